package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/testkit"
)

// screen is a terminal, or a pipe, that keeps what it is sent.
type screen struct {
	terminal bool
	columns  int
	mu       sync.Mutex
	raw      strings.Builder
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.raw.Write(p)
}

// shows is what a person sees.
func (s *screen) shows() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return testkit.Screen(s.raw.String())
}

// onScreen is a run whose standard output and standard error are on these screens.
func onScreen(env map[string]string, stdout, stderr *screen) *App {
	w := System("nsauth")
	w.CodePage = nil
	w.Stdout, w.Stderr = stdout, stderr
	w.Width = func(w io.Writer) (int, bool) { s := w.(*screen); return s.columns, s.terminal }
	w.LookupEnv = func(name string) (string, bool) {
		v, set := env[name]
		if name == "LC_ALL" && !set {
			return "C.UTF-8", true
		}
		return v, set
	}
	w.Terminal = func(io.Reader) bool { return true }
	return New(w, finding.Tool{}, nil)
}

// The line on a terminal second by second: of several works it names the longest.
func TestLiveLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &screen{terminal: true, columns: 80}
		a := onScreen(nil, s, s)
		sees := func(after time.Duration, want string) {
			t.Helper()
			time.Sleep(after)
			synctest.Wait()
			if got := s.shows(); got != want {
				t.Errorf("%q\nwant %q", got, want)
			}
		}
		first := a.CheckWaits(t.Context(), "network", "a.example")
		sees(500*time.Millisecond, "")
		second := a.CheckWaits(t.Context(), "clock", "b.example and 2 more")
		sees(499*time.Millisecond, "")
		sees(time.Millisecond, "waiting for a.example (network check, 1 s)…")
		sees(time.Second, "waiting for a.example (network check, 2 s)…")
		first()
		sees(0, "waiting for b.example and 2 more (clock check, 1 s)…")
		sees(time.Second, "waiting for b.example and 2 more (clock check, 2 s)…")
		fmt.Fprintln(a.Stderr, "nsauth: a note")
		sees(999*time.Millisecond, "nsauth: a note\n")
		sees(time.Millisecond, "nsauth: a note\nwaiting for b.example and 2 more (clock check, 3 s)…")
		fmt.Fprint(a.Stdout, "half a line")
		sees(5*time.Second, "nsauth: a note\nhalf a line")
		fmt.Fprint(a.Stdout, " and the rest\n")
		sees(time.Second, "nsauth: a note\nhalf a line and the rest\nwaiting for b.example and 2 more (clock check, 9 s)…")
		second()
		sees(0, "nsauth: a note\nhalf a line and the rest\n")
		sees(time.Hour, "nsauth: a note\nhalf a line and the rest\n")

		// Short works one after another are one wait.
		third := a.WaitingFor(t.Context(), "c.example", "token request")
		sees(700*time.Millisecond, "nsauth: a note\nhalf a line and the rest\n")
		third()
		a.WaitingFor(t.Context(), "c.example", "call")
		sees(299*time.Millisecond, "nsauth: a note\nhalf a line and the rest\n")
		sees(time.Millisecond, "nsauth: a note\nhalf a line and the rest\nwaiting for c.example (call)…")
		sees(time.Second, "nsauth: a note\nhalf a line and the rest\nwaiting for c.example (call, 1 s)…")
		a.Finish(t.Context(), "call", nil, nil)
		sees(time.Hour, "nsauth: a note\nhalf a line and the rest\n")
	})
}

// The line is nowhere but on a person's terminal.
func TestLiveLineIsForAPerson(t *testing.T) {
	for _, tt := range []struct {
		name   string
		env    map[string]string
		change func(*App, *screen)
		shown  bool
	}{
		{name: "terminal", change: func(*App, *screen) {}, shown: true},
		{name: "an empty CI", env: map[string]string{"CI": ""}, change: func(*App, *screen) {}, shown: true},
		{name: "CI", env: map[string]string{"CI": "true"}, change: func(*App, *screen) {}},
		{name: "dumb", env: map[string]string{"TERM": "dumb"}, change: func(*App, *screen) {}},
		{name: "pipe", change: func(_ *App, s *screen) { s.terminal = false }},
		{name: "json", change: func(a *App, _ *screen) { a.Format = "json" }},
		{name: "another format", change: func(a *App, _ *screen) { a.Format = "short" }},
		{name: "quiet", change: func(a *App, _ *screen) { a.Quiet = true }},
		{name: "very narrow", change: func(_ *App, s *screen) { s.columns = 3 }},
		{name: "no columns", change: func(_ *App, s *screen) { s.columns = 0 }},
		{name: "output before, to another program", change: func(a *App, _ *screen) { fmt.Fprintln(a.Stdout, "a page") }},
		{name: "the run made no App", change: func(a *App, _ *screen) { a.live = nil }},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &screen{terminal: true, columns: 80}
			a := onScreen(tt.env, new(screen), s)
			tt.change(a, s)
			done := a.WaitingFor(t.Context(), "a.example", "call")
			time.Sleep(90 * time.Second)
			synctest.Wait()
			if got := s.raw.String() != ""; got != tt.shown {
				t.Errorf("%s: %q", tt.name, s.raw.String())
			}
			done()
			if s.shows() != "" {
				t.Errorf("%s: %q is left", tt.name, s.shows())
			}
		})
	}
}

// While a person is asked there is no line, neither in the question nor below it.
func TestLiveLineStaysOutOfQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &screen{terminal: true, columns: 80}
		a := onScreen(nil, s, s)
		sees := func(want string) {
			t.Helper()
			synctest.Wait()
			if got := s.shows(); got != want {
				t.Errorf("%q\nwant %q", got, want)
			}
		}
		a.AskSecret = func(context.Context, string) (string, error) {
			fmt.Fprint(s, "Passphrase: ") // on the terminal itself
			time.Sleep(time.Minute)
			sees("Passphrase:")
			fmt.Fprintln(s)
			return "secret", nil
		}
		ctx, cancel := context.WithCancel(t.Context())
		a.WaitingFor(ctx, "a.example", "call")
		time.Sleep(1500 * time.Millisecond)
		sees("waiting for a.example (call, 1 s)…")
		if _, err := a.PromptSecret(ctx, ""); err != nil {
			t.Fatal(err)
		}
		time.Sleep(900 * time.Millisecond)
		sees("Passphrase:\n")
		time.Sleep(100 * time.Millisecond)
		sees("Passphrase:\nwaiting for a.example (call, 62 s)…")
		fmt.Fprint(s, echo) // as a terminal does
		cancel()
		sees("Passphrase:\n")

		// A question in a line of its own, and the answer that the terminal echoes.
		fmt.Fprint(a.Stderr, "Sure? > ")
		fmt.Fprint(s, "yes\n")
		done := a.WaitingFor(t.Context(), "a.example", "call")
		time.Sleep(time.Second)
		sees("Passphrase:\nSure? > yes\nwaiting for a.example (call, 1 s)…")
		fmt.Fprint(a.Stderr, "And now? > ")
		time.Sleep(time.Minute)
		sees("Passphrase:\nSure? > yes\nAnd now? >")
		done()
	})
}

func TestLiveLineFits(t *testing.T) {
	for _, tt := range []struct {
		columns int
		ascii   bool
		host    string
		mask    bool
		want    string
	}{
		{80, false, "1234567-sb1.suitetalk.api.netsuite.com", false, "waiting for 1234567-sb1.suitetalk.api.netsuite.com (network check, 1 s)…"},
		{80, true, "a.example", false, "waiting for a.example (network check, 1 s)..."},
		{40, false, "1234567-sb1.suitetalk.api.netsuite.com", false, "waiting for 1234567-sb1.suitetalk.ap…"},
		{40, true, "1234567-sb1.suitetalk.api.netsuite.com", false, "waiting for 1234567-sb1.suitetalk...."},
		{80, false, "1234567.suitetalk.api.netsuite.com", true, "waiting for the server (network check, 1 s)…"},
		{80, false, "ü\x1b[2J.example", false, `waiting for \u00fc\x1b[2J.example (network check, 1 s)…`},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &screen{terminal: true, columns: tt.columns}
			a := onScreen(nil, s, s)
			a.ASCII, a.MaskIDs = tt.ascii, tt.mask
			done := a.CheckWaits(t.Context(), "network", tt.host)
			time.Sleep(time.Second)
			synctest.Wait()
			if got := s.shows(); got != tt.want || len([]rune(got)) >= tt.columns {
				t.Errorf("%q, want %q", got, tt.want)
			}
			done()
		})
	}
}
