package main

import (
	"bytes"
	"context"
	"crypto"
	"fmt"
	"html"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/cmd"
)

// recorded is the command in the recording at the top of README.md. Its output has no
// time and no ID, so that it is the same in each run.
const recorded = "nsauth doctor --demo rs256"

// generateKey makes the keys of the recorded run; nil means cli.World's own way.
var generateKey func(keyType string) (crypto.Signer, error)

// recording is a run of nsauth in a terminal as an animated SVG.
func recording(*cobra.Command) (files, error) {
	var out bytes.Buffer
	w := cmd.System()
	w.Stdin, w.Stdout, w.Stderr = strings.NewReader(""), &out, &bytes.Buffer{}
	w.LookupEnv = func(name string) (string, bool) { return "C.UTF-8", name == "LC_ALL" }
	w.EnvNames, w.Interruptible, w.GenerateKey = nil, context.WithCancel, generateKey
	cmd.Main(append(strings.Fields(recorded)[1:], "--color", "always"), w)
	return files{"doctor.svg": terminal(recorded, strings.Split(strings.TrimRight(out.String(), "\n"), "\n"))}, nil
}

const (
	columns   = 80
	cell, row = 8.4, 19
)

// terminal draws the command and, after it was typed, one line of the output after the
// other. A reader who does not want motion gets all of it at once.
func terminal(command string, lines []string) []byte {
	width, height := int(columns*cell)+40, (len(lines)+2)*row+52
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]d %[2]d" width="%[1]d" height="%[2]d" role="img" aria-labelledby="t">
<title id="t">%[3]s, and its answer: the cause, why, and how to fix it</title>
<style>
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #dbe2ea; white-space: pre; }
.r { fill: #ff8a80; } .g { fill: #7ee2a0; } .y { fill: #ffd479; } .b { font-weight: 700; } .d { fill: #a3afbd; }
.l { animation: show 1ms both; } .c { animation: show 1ms .3s both; }
@keyframes show { from { opacity: 0; } to { opacity: 1; } }
@media (prefers-reduced-motion: reduce) { .l, .c { animation: none; } }
</style>
<rect width="%[1]d" height="%[2]d" rx="9" fill="#1a212a"/>
<circle cx="22" cy="20" r="6" fill="#ff5f57"/><circle cx="42" cy="20" r="6" fill="#febc2e"/><circle cx="62" cy="20" r="6" fill="#28c840"/>
`, width, height, command)
	y := 58
	fmt.Fprintf(&b, "<text x=\"20\" y=\"%d\"><tspan class=\"g\">$</tspan></text>\n", y)
	for i, letter := range command {
		if letter != ' ' {
			fmt.Fprintf(&b, "<text class=\"c\" style=\"animation-delay:%.2fs\" x=\"%.1f\" y=\"%d\">%c</text>\n", 0.4+float64(i)*0.05, 20+float64(i+2)*cell, y, letter)
		}
	}
	start := 0.9 + float64(len(command))*0.05
	for i, line := range lines {
		y += row
		if line != "" {
			fmt.Fprintf(&b, "<text class=\"l\" style=\"animation-delay:%.2fs\" y=\"%d\">%s</text>\n", start+float64(i)*0.12, y, styled(line))
		}
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

var sgr = regexp.MustCompile("\x1b\\[([0-9;]*)m")

// styled makes parts of the line of its text and escape sequences. Each part starts at its
// column, and textLength keeps it as wide as its columns in any font.
func styled(line string) string {
	var b strings.Builder
	color, bold, column := "", "", 0
	write := func(text string) {
		n := utf8.RuneCountInString(text)
		if trimmed := strings.TrimSpace(text); trimmed != "" {
			lead := utf8.RuneCountInString(text) - utf8.RuneCountInString(strings.TrimLeft(text, " "))
			fmt.Fprintf(&b, `<tspan x="%.1f" textLength="%.1f"%s>%s</tspan>`, 20+float64(column+lead)*cell,
				float64(utf8.RuneCountInString(trimmed))*cell, class(color, bold), html.EscapeString(trimmed))
		}
		column += n
	}
	last := 0
	for _, m := range sgr.FindAllStringSubmatchIndex(line, -1) {
		write(line[last:m[0]])
		last = m[1]
		for _, code := range strings.Split(line[m[2]:m[3]], ";") {
			switch code {
			case "", "0":
				color, bold = "", ""
			case "1":
				bold = "b"
			case "2":
				color = "d"
			case "22":
				bold = ""
				if color == "d" {
					color = ""
				}
			case "31":
				color = "r"
			case "32":
				color = "g"
			case "33":
				color = "y"
			}
		}
	}
	write(line[last:])
	return b.String()
}

func class(color, bold string) string {
	if both := strings.TrimSpace(color + " " + bold); both != "" {
		return ` class="` + both + `"`
	}
	return ""
}
