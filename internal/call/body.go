package call

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/text"
	"github.com/nsauth/nsauth/netsuite"
)

// body writes the answer's body to standard output, or what --jq makes of it. The
// error is a *netsuite.ConnectError if the body broke off.
func (r *caller) body(ctx context.Context, answer *incoming) error {
	if r.options.Include {
		if err := r.writeHeader(r.Stdout, answer.Answer); err != nil {
			return err
		}
	}
	if r.filter == nil || !answer.ok() {
		return r.copyBody(answer)
	}
	whole, err := readWhole(answer)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(r.Stdout)
	defer out.Flush()
	if err := r.filter.run(ctx, out, whole); err != nil {
		return err
	}
	return out.Flush()
}

// writeHeader writes status and headers as HTTP has them, but for what a terminal would
// obey.
func (r *caller) writeHeader(w io.Writer, a *netsuite.Answer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %d %s\r\n", a.Protocol, a.Status, http.StatusText(a.Status))
	for _, name := range slices.Sorted(maps.Keys(a.Header)) {
		for _, v := range a.Header.Values(name) {
			fmt.Fprintf(&b, "%s: %s\r\n", printable([]byte(name)), r.masked(printable([]byte(v))))
		}
	}
	b.WriteString("\r\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// printable is a text of others without what a terminal would obey.
func printable(text []byte) string {
	return strings.Map(func(c rune) rune {
		if c == '\n' || c == '\t' || unicode.IsPrint(c) {
			return c
		}
		return '\uFFFD'
	}, string(text))
}

// copyBody hands a body over as it comes. On a terminal JSON is laid out for a person,
// what is not text would make a mess, and what a terminal obeys is no matter of a
// server's.
func (r *caller) copyBody(body io.Reader) error {
	if _, tty := r.TerminalWidth(r.Stdout); !tty {
		_, err := io.Copy(r.Stdout, body)
		return err
	}
	head := bufio.NewReaderSize(body, 4<<10)
	begin, _ := head.Peek(1) // waits for the first bytes, not for all of them
	begin, _ = head.Peek(max(len(begin), head.Buffered()))
	if bytes.IndexByte(begin, 0) >= 0 {
		return cli.Fail(finding.UsageFlag, "the response is not text and was not written to the terminal", "redirect it to a file: nsauth call ... > response")
	}
	to := &terminalWriter{w: r.Stdout}
	rest := io.Reader(head)
	if first := bytes.TrimLeft(text.TrimBOM(begin), " \t\r\n"); len(first) > 0 && (first[0] == '{' || first[0] == '[') {
		done, raw, err := r.readable(to, head)
		if err != nil {
			return err
		}
		if done {
			return to.end()
		}
		rest = raw
	}
	if _, err := io.Copy(to, rest); err != nil {
		_ = to.end()
		return err
	}
	return to.end()
}

// terminalWriter replaces what a terminal would obey. A character may come in two
// writes. At its end whatever comes next begins a line.
type terminalWriter struct {
	w    io.Writer
	rest []byte // the beginning of a character
	last byte
}

func (t *terminalWriter) end() error {
	if t.last == 0 || t.last == '\n' {
		return nil
	}
	_, err := io.WriteString(t.w, "\n")
	return err
}

func (t *terminalWriter) Write(p []byte) (int, error) {
	data := append(t.rest, p...)
	end := len(data)
	for n := 1; n < utf8.UTFMax && n <= len(data); n++ {
		if c := data[len(data)-n]; utf8.RuneStart(c) {
			if !utf8.FullRune(data[len(data)-n:]) {
				end = len(data) - n
			}
			break
		}
	}
	if len(p) > 0 {
		t.last = p[len(p)-1]
	}
	t.rest = bytes.Clone(data[end:])
	shown := strings.Map(func(c rune) rune {
		if unicode.IsControl(c) && c != '\n' && c != '\t' && c != '\r' || unicode.Is(unicode.Bidi_Control, c) {
			return '\uFFFD'
		}
		return c
	}, string(data[:end]))
	if _, err := io.WriteString(t.w, shown); err != nil {
		return 0, err
	}
	return len(p), nil
}
