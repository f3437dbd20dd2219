package cmd

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nsauth/nsauth/internal/capture"
	"github.com/nsauth/nsauth/internal/testkit"
)

// longCurl is a curl command in one line of 4.8 KB, with the token after what a
// terminal keeps of a line.
func longCurl(t *testing.T) string {
	t.Helper()
	token, err := os.ReadFile("../testdata/jwt/ps256.jwt")
	if err != nil {
		t.Fatal(err)
	}
	before := "curl -X POST 'https://1234567.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token' -H 'X-Trace: "
	after := "' -d 'grant_type=client_credentials&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion=" +
		strings.TrimSpace(string(token)) + "'"
	return before + strings.Repeat("x", 4800-len(before)-len(after)) + after
}

const pasteNow = "NSAUTH_TEST_NOW=2026-11-23T15:01:00Z"

// inPieces types a text as a terminal program sends it.
func (s *session) inPieces(keys string) {
	s.Helper()
	for len(keys) > 0 {
		n := min(len(keys), 512)
		s.send(keys[:n])
		keys = keys[n:]
	}
}

// What is typed or pasted on a terminal gets the verdict that it gets through a pipe.
func TestPasteOnATerminal(t *testing.T) {
	curl := longCurl(t)
	works := filepath.Join(t.TempDir(), "works.txt")
	if err := os.WriteFile(works, []byte(curl), 0o600); err != nil {
		t.Fatal(err)
	}
	lines := strings.ReplaceAll(curl, " -d", " \\\n -d")
	for _, tt := range []struct {
		name, text, keys string
		args             []string
	}{
		{"one long line", curl, curl + "\r" + ctrlD, []string{"jwt", "inspect"}},
		{"no line break at the end", curl, curl + ctrlD, []string{"jwt", "inspect", "-"}},
		{"a marked paste", curl, "\x1b[200~" + curl + "\x1b[201~\r" + ctrlD, []string{"jwt", "inspect"}},
		{"several lines", lines, "\x1b[200~" + strings.ReplaceAll(lines, "\n", "\r") + "\x1b[201~\r" + ctrlD, []string{"jwt", "inspect"}},
		{"jwt diff", curl, curl + "\r" + ctrlD, []string{"jwt", "diff", works, "-"}},
		{"explain", curl + " MissingKey", curl + " MissingKey\r" + ctrlD, []string{"explain", "-"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := onTerminal(t, "", []string{pasteNow}, "stdout", tt.args...)
			piped := exec.CommandContext(t.Context(), "nsauth", tt.args...)
			piped.Dir, piped.Env, piped.Stdin = s.cmd.Dir, s.cmd.Env, strings.NewReader(tt.text)
			want, err := piped.Output()
			s.expect("paste the text, then end it with Ctrl-D")
			s.inPieces(tt.keys)
			code, shown := s.end()
			if got := s.stdout.String(); got != string(want) || code != piped.ProcessState.ExitCode() || len(want) == 0 {
				t.Errorf("exit %d, %v on a terminal\n%s\nthrough a pipe\n%s\nshown\n%s", code, err, got, want, shown)
			}
			if !s.marks {
				t.Error("the terminal was not asked to mark what is pasted")
			}
		})
	}
}

// Every form of a program, a collection or a raw log is read on a terminal as through a
// pipe.
func TestA3A5PastesOnATerminal(t *testing.T) {
	token, err := os.ReadFile("../testdata/jwt/es256.jwt")
	if err != nil {
		t.Fatal(err)
	}
	forms, err := filepath.Glob("../internal/capture/testdata/forms/*")
	if err != nil || len(forms) < 40 {
		t.Fatalf("%d forms, %v", len(forms), err)
	}
	for i, form := range forms {
		if testkit.LeftOut(i, 8, 32) { // two processes each
			continue
		}
		t.Run(filepath.Base(form), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(form)
			if err != nil {
				t.Fatal(err)
			}
			text := strings.ReplaceAll(string(data), "ASSERTION_JWT", strings.TrimSpace(string(token)))
			s := onTerminal(t, "", []string{pasteNow}, "stdout", "jwt", "inspect")
			piped := exec.CommandContext(t.Context(), "nsauth", "jwt", "inspect")
			piped.Dir, piped.Env, piped.Stdin = s.cmd.Dir, s.cmd.Env, strings.NewReader(text)
			want, _ := piped.Output()
			s.expect("paste the text, then end it with Ctrl-D")
			s.inPieces("\x1b[200~" + strings.ReplaceAll(text, "\n", "\r") + "\x1b[201~\r" + ctrlD)
			code, shown := s.end()
			if got := s.stdout.String(); got != string(want) || code != piped.ProcessState.ExitCode() || !strings.Contains(got, "read as: ") {
				t.Errorf("exit %d on a terminal\n%s\nthrough a pipe\n%s\nshown\n%s", code, got, want, shown)
			}
		})
	}
}

// TestA4WrongURLOnATerminal: each wrong URL that is pasted on a terminal gets the verdict
// that it gets through a pipe.
func TestA4WrongURLOnATerminal(t *testing.T) {
	for i, tt := range wrongURLs {
		if testkit.LeftOut(i, 3, 12) { // two processes each
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text := posts(t, tt.url)
			args := []string{"jwt", "inspect", "--account", "1234567"}
			s := onTerminal(t, "", []string{pasteNow}, "stdout", args...)
			piped := exec.CommandContext(t.Context(), "nsauth", args...)
			piped.Dir, piped.Env, piped.Stdin = s.cmd.Dir, s.cmd.Env, strings.NewReader(text)
			want, err := piped.Output()
			s.expect("paste the text, then end it with Ctrl-D")
			s.inPieces("\x1b[200~" + strings.ReplaceAll(text, "\n", "\r") + "\x1b[201~\r" + ctrlD)
			code, shown := s.end()
			got := s.stdout.String()
			if got != string(want) || code != piped.ProcessState.ExitCode() {
				t.Errorf("exit %d, %v on a terminal\n%s\nthrough a pipe\n%s\nshown\n%s", code, err, got, want, shown)
			}
			if strings.Contains(got, "request.wrong-url") != (tt.reason != "") || (code == 1) != (tt.severity == "error") {
				t.Errorf("exit %d\n%s", code, got)
			}
		})
	}
}

// Whatever ends the reading, the terminal is as it was.
func TestPasteLeavesTheTerminalAsItWas(t *testing.T) {
	for _, tt := range []struct {
		name, prompt, keys string
		args               []string
		exit               int
	}{
		{"Ctrl-D", "Ctrl-D", "hello\r" + ctrlD, []string{"jwt", "inspect"}, 1},
		{"Ctrl-C", "Ctrl-D", "hello" + ctrlC, []string{"jwt", "inspect"}, 130},
		{"a signal that ends the process", "Ctrl-D", "hello\x1c", []string{"jwt", "inspect"}, 2},
		{"Ctrl-C in a question", "> ", "prod" + ctrlC, []string{"profile", "init"}, 130},
		{"more than is looked into", "Ctrl-D", strings.Repeat("x\r", capture.MaxBytes/2+1) + ctrlD, []string{"jwt", "inspect"}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := onTerminal(t, "", nil, "", tt.args...)
			settings := func() unix.Termios {
				now, err := unix.IoctlGetTermios(int(s.master.Fd()), unix.TCGETS)
				if err != nil {
					t.Fatal(err)
				}
				return *now
			}
			s.expect(tt.prompt)
			if settings().Lflag&unix.ICANON != 0 {
				t.Error("the terminal edits the line itself")
			}
			s.inPieces(tt.keys)
			code, shown := s.end()
			if now := settings(); code != tt.exit || now.Lflag&(unix.ICANON|unix.ECHO|unix.ISIG|unix.IEXTEN) != unix.ICANON|unix.ECHO|unix.ISIG|unix.IEXTEN {
				t.Errorf("exit %d, local modes %#x\n%.2000s", code, now.Lflag, shown)
			}
		})
	}
}

// A person corrects what is typed.
func TestCorrectedAnswer(t *testing.T) {
	s := onTerminal(t, "", nil, "", "profile", "init")
	s.prompt()
	s.answer("wrong\x15prof\x7fd\x1b[D")
	s.expect("Account (1 of 6)")
	s.prompt()
	s.send(ctrlD)
	if code, shown := s.end(); code != 2 || !strings.Contains(shown, "prof\b \bd") {
		t.Errorf("exit %d\n%q", code, shown)
	}
}
