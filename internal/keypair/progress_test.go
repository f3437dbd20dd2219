package keypair

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nsauth/nsauth/internal/cli"
)

// A terminal shows the seconds, and done clears the line.
func TestProgress(t *testing.T) {
	for _, tt := range []struct {
		name           string
		tty            bool
		format, term   string
		quiet          bool
		shown, nothing bool
	}{
		{name: "terminal", tty: true, shown: true},
		{name: "pipe", nothing: true},
		{name: "json", tty: true, format: "json", nothing: true},
		{name: "quiet", tty: true, quiet: true, nothing: true},
		{name: "dumb", tty: true, term: "dumb"},
	} {
		synctest.Test(t, func(t *testing.T) {
			var out bytes.Buffer
			a := &cli.App{World: cli.World{Stderr: &out, Width: func(io.Writer) (int, bool) { return 80, tt.tty }}, Format: tt.format, Quiet: tt.quiet}
			a.LookupEnv = func(string) (string, bool) { return tt.term, tt.term != "" }
			done := progress(a, "making a key")
			time.Sleep(2500 * time.Millisecond)
			done()
			got := out.String()
			switch {
			case tt.nothing && got != "":
				t.Errorf("%s: %q", tt.name, got)
			case tt.shown && (!strings.HasPrefix(got, "making a key\rmaking a key: 1 s\rmaking a key: 2 s\r  ") || !strings.HasSuffix(got, " \r")):
				t.Errorf("%s: %q", tt.name, got)
			case tt.term == "dumb" && got != "making a key\n":
				t.Errorf("%s: %q", tt.name, got)
			}
		})
	}
}
