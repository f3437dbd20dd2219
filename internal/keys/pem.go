package keys

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"maps"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nsauth/nsauth/internal/text"
)

// pemText is one PEM block of a file: from its BEGIN line to the next BEGIN line.
type pemText struct {
	label  string
	before []byte // on the same line
	text   []byte
	line   int // of BEGIN, from 1
}

// block decodes a PEM block. after is the text after its END line.
func (t pemText) block(r repairs) (b blob, after []byte) {
	inner, rest, ends := t.inner()
	after, same := bytes.CutPrefix(rest, []byte("-----END "+t.label+"-----"))
	if is, ok := contentByLabel[t.label]; ok {
		b = blob{is: is, armour: "PEM", label: t.label}
		if _, data, ok := r.decode(string(inner)); ok && is == opensshKey {
			b.alg, b.bits = openSSH(data)
		}
		return b, after
	}
	b = blob{is: truncated, armour: "PEM", label: t.label}
	switch {
	case !ends:
		b.line = t.line + bytes.Count(bytes.TrimSpace(t.text), []byte("\n"))
		return b, nil
	case !same:
		b.is, b.line = "end-line-differs", t.line+bytes.Count(inner, []byte("\n"))
		return b, nil
	case len(t.before) > 0 && len(bytes.TrimSpace(t.before)) == 0:
		r[RepairIndented] = true
	}
	headers, der, ok := r.decode(string(inner))
	if !ok {
		b.is, b.line = badBase64, t.line+cmp.Or(badLine(inner), bytes.Count(bytes.TrimRight(inner, " \t\r\n"), []byte("\n")))
		return b, after
	}
	if strings.Contains(headers["Proc-Type"], "ENCRYPTED") {
		b.is, b.headers, b.der = encryptedRFC1423, headers, der
		return b, after
	}
	b = outline(der)
	b.armour, b.label, b.headers = "PEM", t.label, headers
	if b.is == truncated || b.is == badDER { // where whole lines are missing, no line shows it
		if n := badLine(inner); n > 0 {
			b.line = t.line + n
		}
	}
	return b, after
}

// inner is the text between the BEGIN and the END line; rest starts at the latter.
func (t pemText) inner() (inner, rest []byte, ends bool) {
	begin := len("-----BEGIN ") + len(t.label) + len("-----")
	inner = t.text[min(begin, len(t.text)):] // its dashes may be the next one's
	at := bytes.Index(inner, []byte("-----END "))
	if at < 0 {
		return nil, nil, false
	}
	return inner[:at], inner[at:], true
}

// escapes are characters of a PEM file as JSON strings, .env files and shells write them.
var escapes = strings.NewReplacer(`\\r\\n`, "\n", `\\n`, "\n", `\r\n`, "\n", `\n`, "\n", `\r`, "\n", `\/`, "/",
	`\u002b`, "+", `\u002B`, "+", `\u002f`, "/", `\u002F`, "/", `\u003d`, "=", `\u003D`, "=")

// decode reads headers and base64 of a PEM block, and repairs its line ends.
func (r repairs) decode(text string) (headers map[string]string, der []byte, ok bool) {
	found := repairs{}
	if strings.ContainsFunc(text, isInvisible) {
		found[RepairInvisible] = true
		text = strings.Map(visible, text)
	}
	for tried := 0; ; tried++ {
		plain := escapes.Replace(text)
		if plain == text {
			break
		}
		if tried == 2 { // JSON within JSON is the deepest that tools write
			return nil, nil, false
		}
		found[RepairLiteralNewlines] = true
		text = plain
	}
	oneLine := !strings.Contains(text, "\n")
	if hasLostBackslashes(text) {
		found[RepairLostBackslashes] = true
		headers, der, ok = lostBackslashes(text)
	} else {
		var body string
		headers, body = splitHeaders(text)
		der, ok = strictBase64(body)
		switch {
		case oneLine && strings.ContainsAny(body, " \t"):
			found[RepairSpaces] = true
		case oneLine:
			found[RepairOneLine] = true
		case isIndented(text):
			found[RepairIndented] = true
		}
	}
	if ok {
		maps.Copy(r, found)
	}
	return headers, der, ok
}

func isInvisible(c rune) bool { return c == noBreakSpace || text.IsInvisible(c) }

func visible(c rune) rune {
	switch {
	case c == noBreakSpace:
		return ' '
	case text.IsInvisible(c):
		return -1
	}
	return c
}

const noBreakSpace = '\u00a0'

func isIndented(text string) bool {
	for line := range strings.SplitSeq(text, "\n") {
		if strings.TrimSpace(line) != "" && (line[0] == ' ' || line[0] == '\t') {
			return true
		}
	}
	return false
}

// encryptionHeader is what OpenSSL writes before a key in its traditional encrypted
// format (RFC 1421, 4.6.1), with any white space as line ends. In
// headerWithLostBackslashes the line ends are a lone n, which no value contains; base64
// may begin with an n too.
var (
	encryptionHeader          = header(`\s*`, `\s+`, `\s+`)
	headerWithLostBackslashes = header(`r?n`, `r?n`, `(?:r?n){2}`)
)

func header(before, between, after string) func() *regexp.Regexp {
	return text.Regexp(`^` + before + `Proc-Type:\s?(4,ENCRYPTED)` + between + `DEK-Info:\s?([A-Z0-9-]+,[0-9A-Fa-f]+)` + after)
}

// hasLostBackslashes recognises a block whose line ends are \n without the backslash.
// DER begins with an M in base64, and a header with a P.
func hasLostBackslashes(text string) bool {
	return !strings.Contains(text, "\n") && (strings.HasPrefix(text, "n") || strings.HasPrefix(text, "rn"))
}

// splitHeaders separates the header lines (RFC 1421, 4.6) from the base64 after them,
// and returns those about encryption.
func splitHeaders(text string) (headers map[string]string, body string) {
	if !strings.Contains(text, ":") { // never in base64
		return nil, text
	}
	known := encryptionHeader
	if hasLostBackslashes(text) {
		known = headerWithLostBackslashes
	}
	if m := known().FindStringSubmatchIndex(text); m != nil {
		return map[string]string{"Proc-Type": text[m[2]:m[3]], "DEK-Info": text[m[4]:m[5]]}, text[m[1]:]
	}
	headers = map[string]string{}
	rest := strings.TrimLeft(text, "\r\n")
	for rest != "" {
		line, after, _ := strings.Cut(rest, "\n")
		name, value, isHeader := strings.Cut(line, ":")
		if !isHeader {
			break
		}
		if name = strings.TrimSpace(name); name == "Proc-Type" || name == "DEK-Info" {
			headers[name] = strings.TrimSpace(value)
		}
		rest = after
	}
	return headers, rest
}

// strictBase64 decodes text without its white space. It rejects surplus bits after the
// last byte.
func strictBase64(text string) ([]byte, bool) {
	joined := strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) {
			return -1
		}
		return c
	}, text)
	der, err := base64.StdEncoding.Strict().DecodeString(joined)
	return der, err == nil
}

// lostBackslashes reads a block whose line ends are \n without the backslash. An n is a
// base64 character too, so the length of the lines tells which ones are line ends. Only
// lengths that tools write are tried.
func lostBackslashes(text string) (headers map[string]string, der []byte, ok bool) {
	headers, text = splitHeaders(text)
	for _, end := range []string{"rn", "n"} {
		for _, width := range []int{64, 76} {
			body, fits := unfold(text, end, width, headers != nil)
			if !fits {
				continue
			}
			der, ok := strictBase64(body)
			if ok && (headers != nil || outline(der).der != nil && outline(der).is != badDER) {
				return headers, der, true
			}
		}
	}
	return nil, nil, false
}

// unfold joins lines of one width. Each ends with end, and end is also before the first
// one unless it was read with a header.
func unfold(text, end string, width int, started bool) (string, bool) {
	if !started {
		rest, ok := strings.CutPrefix(text, end)
		if !ok {
			return "", false
		}
		text = rest
	}
	var b strings.Builder
	for len(text) > width {
		line := text[:width]
		rest, ok := strings.CutPrefix(text[width:], end)
		if !ok {
			return "", false
		}
		b.WriteString(line)
		text = rest
	}
	last, ok := strings.CutSuffix(text, end)
	if !ok && text != "" {
		return "", false
	}
	b.WriteString(last)
	return b.String(), true
}

// badLine returns the damaged line of a block, counted from the BEGIN line: one with
// characters outside base64, or with another length than most; 0 if no line differs.
func badLine(inner []byte) int {
	lines := strings.Split(strings.TrimRight(string(inner), " \t\r\n"), "\n")
	counts, width := map[int]int{}, 0
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
		if n := len(lines[i]); i > 0 && n > 0 && !strings.Contains(lines[i], ":") {
			counts[n]++
			if counts[n] > counts[width] || counts[n] == counts[width] && n > width {
				width = n
			}
		}
	}
	for i, line := range lines {
		switch {
		case i == 0 || line == "" || strings.Contains(line, ":"):
		case !utf8.ValidString(line), strings.Trim(line, base64Alphabet) != "":
			return i
		case len(line) > width, len(line) < width && i < len(lines)-1:
			return i
		}
	}
	return 0
}

// base64Alphabet is from RFC 4648, section 4.
const base64Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
