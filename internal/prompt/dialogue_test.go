package prompt_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"unicode"

	"github.com/nsauth/nsauth/internal/prompt"
)

func TestLine(t *testing.T) {
	long := strings.Repeat("x", prompt.MaxLine+1)
	for _, tt := range []struct {
		name, in string
		want     []string
		err      error
	}{
		{"lines", "yes\nno\n", []string{"yes", "no"}, io.EOF},
		{"no line break at the end", "yes\nno", []string{"yes", "no"}, io.EOF},
		{"an empty line is an answer", "\nno\n", []string{"", "no"}, io.EOF},
		{"Windows", "yes\r\n", []string{"yes"}, io.EOF},
		{"nothing", "", nil, io.EOF},
		{"a framed paste", "\x1b[200~MissingKey\x1b[201~\n", []string{"MissingKey"}, io.EOF},
		{"a byte order mark, a zero-width blank, blanks, a bell", "\ufeff \u200bMissingKey\a \t\n", []string{"MissingKey"}, io.EOF},
		{"not UTF-8", "a\xff\xfeb\n", []string{"ab"}, io.EOF},
		{"too long, and the next one is read", long + "\nyes\n", nil, prompt.ErrTooLong},
		{"too long at the end", long, nil, prompt.ErrTooLong},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			d := prompt.NewDialogue(strings.NewReader(tt.in), &out)
			for _, want := range tt.want {
				if got, err := d.Line(t.Context(), "> "); got != want || err != nil {
					t.Fatalf("%q, %v, want %q", got, err, want)
				}
			}
			if got, err := d.Line(t.Context(), "> "); got != "" || !errors.Is(err, tt.err) {
				t.Fatalf("at the end %q, %v", got, err)
			}
			// No terminal breaks the lines: what follows begins on a line of its own.
			if want := strings.Repeat("> \n", len(tt.want)+1); out.String() != want {
				t.Errorf("wrote %q, want %q", out.String(), want)
			}
		})
	}
	d := prompt.NewDialogue(strings.NewReader(long+"\nyes\n"), io.Discard)
	if _, err := d.Line(t.Context(), ""); !errors.Is(err, prompt.ErrTooLong) {
		t.Error(err)
	}
	if got, err := d.Line(t.Context(), ""); got != "yes" || err != nil {
		t.Errorf("after a line that is too long: %q, %v", got, err)
	}
}

// A read that was given up is not lost: what was typed then answers the next question.
func TestLineEndsWithItsContext(t *testing.T) {
	r, w := io.Pipe()
	var out bytes.Buffer
	d := prompt.NewDialogue(r, &out)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := d.Line(ctx, "first? ")
		ended <- err
	}()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if _, err := d.Line(ctx, "never? "); !errors.Is(err, context.Canceled) || strings.Contains(out.String(), "never") {
		t.Errorf("asked after the end: %v, %q", err, out.String())
	}
	go func() { _, _ = io.WriteString(w, "yes\n"); w.Close() }()
	if got, err := d.Line(t.Context(), "second? "); got != "yes" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error)  { return 0, errors.New("gone") }
func (broken) Write([]byte) (int, error) { return 0, errors.New("gone") }

func TestLineOnABrokenStream(t *testing.T) {
	if _, err := prompt.NewDialogue(broken{}, io.Discard).Line(t.Context(), ""); err == nil || err.Error() != "gone" {
		t.Error(err)
	}
	if _, err := prompt.NewDialogue(strings.NewReader("yes\n"), broken{}).Line(t.Context(), "? "); err == nil || err.Error() != "gone" {
		t.Error(err)
	}
}

func TestChosen(t *testing.T) {
	choices := prompt.Choices{prompt.Yes, prompt.DontKnow}
	for in, want := range map[string]string{"yes": "yes", "Y": "yes", "DON'T KNOW": "don't know", "?": "", "": "", "ye": "", "yes no": ""} {
		if got, ok := choices.Chosen(in); got != want || ok != (want != "") {
			t.Errorf("%q chooses %q", in, got)
		}
	}
	if got := choices.String(); got != "yes / don't know" {
		t.Error(got)
	}
}

func TestIsTerminal(t *testing.T) {
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if prompt.IsTerminal(f) || prompt.IsTerminal(strings.NewReader("")) || prompt.IsTerminal(nil) {
		t.Error("no terminal is taken for one")
	}
}

// Whatever comes in, a line can be printed and is bounded, and reading ends.
func FuzzLine(f *testing.F) {
	for _, seed := range []string{"yes\n", "\x1b[200~a\x1b[201~\r\n", "a\x00b\n\n", strings.Repeat("y", 5000), "\xff\xfe\n", "\u202egnp\u2066\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		d := prompt.NewDialogue(strings.NewReader(in), io.Discard)
		for range strings.Count(in, "\n") + 1 {
			line, err := d.Line(t.Context(), "")
			if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, prompt.ErrTooLong) {
				t.Fatal(err)
			}
			if len(line) > prompt.MaxLine || strings.TrimSpace(line) != line || strings.ContainsFunc(line, unicode.IsControl) {
				t.Fatalf("line %q", line)
			}
		}
		if _, err := d.Line(t.Context(), ""); !errors.Is(err, io.EOF) && !errors.Is(err, prompt.ErrTooLong) {
			t.Fatalf("more lines than line breaks: %v", err)
		}
	})
}
