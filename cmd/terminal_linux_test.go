package cmd

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nsauth/nsauth/internal/diagnosis"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/testkit"
)

// What a person types, and the control characters that the terminal turns into the
// end of the input and into SIGINT.
const (
	ctrlC = "\x03"
	ctrlD = "\x04"
)

// How nsauth asks a terminal to mark what is pasted, and to stop. Neither is seen.
const (
	marksOn  = "\x1b[?2004h"
	marksOff = "\x1b[?2004l"
)

// session is nsauth on a pseudo-terminal of 80 columns, which is its controlling
// terminal: keys do there what they do on a person's.
type session struct {
	*testing.T
	cmd    *exec.Cmd
	master *os.File
	stdout *bytes.Buffer // what did not go to the terminal

	mu     sync.Mutex
	news   *sync.Cond
	shown  []byte // all that the terminal was sent
	seen   int    // how much of it, as one line, was expected already
	marks  bool   // the terminal was asked to mark what is pasted
	closed bool
}

// onTerminal starts nsauth with its three streams on a terminal; those in piped
// ("stdin", "stdout", "stderr") are not. It runs in dir, or in a folder of its own.
func onTerminal(t *testing.T, dir string, env []string, piped string, args ...string) *session {
	t.Helper()
	if testing.Short() {
		t.Skip("a process on a terminal")
	}
	master, slave := testkit.Terminal(t)
	if err := unix.IoctlSetWinsize(int(master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 50, Col: 80}); err != nil {
		t.Fatal(err)
	}
	defer slave.Close()
	s := &session{T: t, master: master, cmd: exec.CommandContext(t.Context(), "nsauth", args...), stdout: &bytes.Buffer{}}
	s.news = sync.NewCond(&s.mu)
	home := t.TempDir()
	if s.cmd.Dir = dir; dir == "" {
		s.cmd.Dir = home
	}
	s.cmd.Env = append([]string{"WORK=" + home, "HOME=" + home, "PATH=" + os.Getenv("PATH"), "TERM=xterm", "NO_COLOR=1", "LC_ALL=C.UTF-8"}, env...)
	s.cmd.Stdin, s.cmd.Stdout, s.cmd.Stderr = slave, slave, slave
	control := 0
	if strings.Contains(piped, "stdin") {
		s.cmd.Stdin, control = nil, 2
	}
	if strings.Contains(piped, "stdout") {
		s.cmd.Stdout = s.stdout
	}
	if strings.Contains(piped, "stderr") {
		s.cmd.Stderr = nil
	}
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: control}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go s.listen()
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill() // it is gone already, unless the test failed
		master.Close()
	})
	return s
}

// listen collects what is shown, until the last process has left the terminal.
// Linux looks for output first and for writers then: what the last process wrote
// in between comes with the next read.
func (s *session) listen() {
	buffer := make([]byte, 4096)
	for failed := 0; failed < 2; {
		n, err := s.master.Read(buffer)
		if failed++; err == nil {
			failed = 0
		}
		s.mu.Lock()
		s.shown = append(s.shown, buffer[:n]...)
		s.marks = s.marks || bytes.Contains(s.shown, []byte(marksOn))
		for _, unseen := range []string{marksOn, marksOff} {
			s.shown = bytes.ReplaceAll(s.shown, []byte(unseen), nil)
		}
		s.closed = failed == 2
		s.news.Broadcast()
		s.mu.Unlock()
	}
}

// inOneLine is text with its blanks and line breaks made one blank each.
func inOneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// expect waits until text is shown, however its lines are broken, after all that
// was expected before.
func (s *session) expect(text string) {
	s.Helper()
	text = inOneLine(text)
	s.await(text, func(shown string) int {
		if at := strings.Index(shown[s.seen:], text); at >= 0 {
			return s.seen + at + len(text)
		}
		return 0
	})
}

// prompt waits for the place to type, at the end of all that is shown.
func (s *session) prompt() {
	s.Helper()
	s.await("a prompt", func(shown string) int {
		if len(shown) > s.seen && (bytes.HasSuffix(s.shown, []byte("\n> ")) || bytes.HasSuffix(s.shown, []byte(") > "))) {
			return len(shown)
		}
		return 0
	})
}

// await waits until found gives the end of what was looked for in all that was
// shown, as one line.
func (s *session) await(what string, found func(shown string) int) {
	s.Helper()
	expired := false
	timer := time.AfterFunc(time.Minute, func() { // only a hang gets there
		s.mu.Lock()
		defer s.mu.Unlock()
		expired = true
		s.news.Broadcast()
	})
	defer timer.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if end := found(inOneLine(string(s.shown))); end > 0 {
			s.seen = end
			return
		}
		if s.closed || expired {
			s.Fatalf("%s is not shown; the terminal has\n%s", what, s.shown)
		}
		s.news.Wait()
	}
}

func (s *session) send(keys string) {
	s.Helper()
	if _, err := s.master.WriteString(keys); err != nil {
		s.Fatal(err)
	}
}

// answer types a line at the next prompt.
func (s *session) answer(line string) {
	s.Helper()
	s.send(line + "\r")
}

// end waits for the process and returns its exit code and all that was shown.
func (s *session) end() (int, string) {
	s.Helper()
	err := s.cmd.Wait()
	var exited *exec.ExitError
	if err != nil && !errors.As(err, &exited) {
		s.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.closed {
		s.news.Wait()
	}
	return s.cmd.ProcessState.ExitCode(), strings.ReplaceAll(string(s.shown), "\r\n", "\n")
}

var (
	tooWide  = regexp.MustCompile(`(?m)^.{81,}$`)
	answered = regexp.MustCompile(`(?m)^Next: (.*\n(?:  .*\n)*)`)
)

// looked checks what a person has in front of them: no line wider than the
// terminal but a link or a path, and one answer.
func (s *session) looked(shown string) string {
	s.Helper()
	for _, line := range tooWide.FindAllString(shown, -1) {
		if !strings.Contains(line, "://") && !strings.Contains(line, "/") {
			s.Errorf("wider than the terminal: %q", line)
		}
	}
	m := answered.FindStringSubmatch(shown)
	if m == nil {
		s.Fatalf("no answer in\n%s", shown)
	}
	return inOneLine(m[1])
}

// refusals are runs that lead to questions, each with those that somebody gets who
// knows nothing, in their order.
func refusals(t *testing.T) []interviewed {
	l := newLab(t)
	demo := func(scenario string) func(*testing.T) *session {
		return func(t *testing.T) *session { return onTerminal(t, "", nil, "", "doctor", "--demo", scenario, "--ask") }
	}
	// A list is refused, and whether a single record would be cannot be found out.
	noWorkbook := append(l.online(answers{
		"list":   refusal(400, "USER_ERROR", "Your current role does not have permission to perform this action."),
		"record": refusal(429, "CONCURRENCY_LIMIT_EXCEEDED", "Concurrent request limit exceeded. Request blocked.")}),
		"--api-path", "record/v1/customer?limit=1", "--no-state")
	return []interviewed{
		{"sandbox-refreshed", demo("sandbox-refreshed"), []diagnosis.QuestionID{diagnosis.AskWorked, "sandbox-refreshed", "mapping-row", "mapping-valid", "integration-enabled",
			"client-id", "grant", "scopes", "features", "role-and-entity", "login-permission", diagnosis.AskDetail}},
		{"login-permission-removed", demo("login-permission-removed"), []diagnosis.QuestionID{"login-permission", "rest-permission"}},
		{"workbook", func(t *testing.T) *session {
			return onTerminal(t, l.dir, []string{"NSAUTH_TEST_NOW=" + labTime().Format(time.RFC3339)}, "", append([]string{"doctor"}, noWorkbook...)...)
		}, []diagnosis.QuestionID{"workbook-permission"}},
	}
}

type interviewed struct {
	name  string
	start func(*testing.T) *session
	ids   []diagnosis.QuestionID
}

// opening is how a question begins, up to the first value in it.
func opening(t *testing.T, id diagnosis.QuestionID) string {
	t.Helper()
	q, ok := diagnosis.LookupQuestion(id, finding.Evidence{"client_id": "\x00", "time": "\x00", "kid": "\x00"})
	if !ok {
		t.Fatalf("there is no question %s", id)
	}
	begin, _, _ := strings.Cut(q.Ask, "\\x00")
	return begin
}

// at starts a run and answers "don't know" up to the last of some questions.
func (r interviewed) at(t *testing.T, ids []diagnosis.QuestionID) *session {
	t.Helper()
	s := r.start(t)
	for i, id := range ids {
		s.expect(fmt.Sprintf("Question %d (", i+1))
		s.expect(opening(t, id))
		s.prompt()
		if i < len(ids)-1 {
			s.answer("d")
			s.expect("Noted.")
		}
	}
	return s
}

// Every question on a terminal, answered each way, and left by each door.
func TestEveryQuestionOnATerminal(t *testing.T) {
	if testing.Short() {
		t.Skip("a process for every question and answer")
	}
	const shownID = "NPMnRyPg-WDWhPiAbisjKiH0fqnBpjOZ367wDTe0pqA"
	covered := map[diagnosis.QuestionID]bool{}
	for _, run := range refusals(t) {
		for i, id := range run.ids {
			covered[id] = true
			q, _ := diagnosis.LookupQuestion(id, nil)
			if q.Kind == diagnosis.YesNo && testkit.LeftOut(i, 12, 12) { // seven processes each
				continue
			}
			t.Run(run.name+"/"+string(id), func(t *testing.T) {
				t.Parallel()
				reach := run.ids[:i+1]
				for _, door := range []struct {
					keys string
					exit int
				}{{"quit\r", 1}, {"q\r", 1}, {ctrlD, 1}, {ctrlC, 130}} {
					s := run.at(t, reach)
					s.send(door.keys)
					code, shown := s.end()
					if code != door.exit || (code == 130) != strings.Contains(shown, "interrupted") {
						t.Errorf("%q: exit %d\n%s", door.keys, code, shown)
					}
					s.looked(shown)
					if i > 0 && !strings.Contains(shown, "Answered, not measured:") || i == 0 && strings.Contains(shown, "Answered, not measured:") {
						t.Errorf("%q: the answers that were given are not there\n%s", door.keys, shown)
					}
				}

				// What is no answer, then back and forth, then each answer in turn.
				s := run.at(t, reach)
				s.answer("perhaps")
				s.prompt()
				s.answer("")
				s.prompt()
				s.answer(strings.Repeat("x", 300))
				s.prompt()
				if i > 0 {
					s.answer("back")
					s.expect(opening(t, run.ids[i-1]))
					s.prompt()
					s.answer("d")
					s.expect(opening(t, id))
					s.prompt()
				}
				switch q.Kind {
				case diagnosis.YesNo:
					yes, no := "Not it: ", "So it is likely: "
					switch id {
					case "sandbox-refreshed": // which asks for what is wrong
						yes, no = no, yes
					case diagnosis.AskWorked:
						yes, no = "Noted", "Noted"
					}
					s.answer("YES")
					s.expect(yes)
					s = run.again(s, reach)
					s.answer("n")
					s.expect(no)
				case diagnosis.CertificateID:
					s.answer("yes") // which says nothing here
					s.expect("Paste it")
					s.prompt()
					s.answer("\x1b[200~" + shownID + "\x1b[201~") // as a terminal frames a paste
					s.expect("So it is likely")
					s = run.again(s, reach)
					s.answer("no")
					s.expect("So it is likely: Certificate has no mapping")
				case diagnosis.AuditDetail:
					s.answer("IntegrationBlokced")
					s.expect("Did you mean IntegrationBlocked?")
					s.prompt()
					s.answer("InvalidState")
					s.expect("probably of another request")
					s = run.again(s, reach)
					s.answer("integrationblocked")
					s.expect("the integration record's State is not Enabled")
					s.expect("So it is likely: Integration record is not enabled")
				}
				s.send(ctrlD) // where a question follows
				code, shown := s.end()
				if said := s.looked(shown); code != 1 || len(said) < 10 {
					t.Errorf("exit %d, answer %q", code, said)
				}
			})
		}
	}
	for _, id := range diagnosis.QuestionIDs() {
		if !covered[id] {
			t.Errorf("%s was not asked", id)
		}
	}
}

// again ends a session and gets to the same question in another one.
func (r interviewed) again(s *session, ids []diagnosis.QuestionID) *session {
	s.Helper()
	s.send(ctrlD)
	if code, shown := s.end(); code != 1 {
		s.Errorf("exit %d\n%s", code, shown)
	}
	return r.at(s.T, ids)
}

// By default questions are asked where there is a person: standard input and
// standard error on a terminal, text, no CI.
func TestWhenQuestionsAreAsked(t *testing.T) {
	if testing.Short() {
		t.Skip("a terminal for every combination")
	}
	l := newLab(t)
	stand := l.runStandIn("--scenario", "integration-disabled")
	defer stand.stop()
	config := filepath.Join(stand.dir, "config.yaml")
	now := "NSAUTH_TEST_NOW=" + labTime().Format(time.RFC3339)
	for _, tt := range []struct {
		name, piped string
		env, args   []string
		asks        bool
	}{
		{name: "a terminal", asks: true},
		{name: "the report goes to a file", piped: "stdout", asks: true},
		{name: "CI", env: []string{"CI=true"}},
		{name: "CI is empty", env: []string{"CI="}, asks: true},
		{name: "--no-input", args: []string{"--no-input"}},
		{name: "-q", args: []string{"-q"}},
		{name: "JSON", args: []string{"-o", "json"}},
		{name: "JSON, forced", args: []string{"-o", "json", "--ask"}, asks: true},
		{name: "CI, forced", env: []string{"CI=true"}, args: []string{"--ask"}, asks: true},
		{name: "standard input is no terminal", piped: "stdin"},
		{name: "standard error is no terminal", piped: "stderr"},
		{name: "the assertion comes from standard input", args: []string{"--assertion", "-"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := onTerminal(t, "", append(tt.env, now), tt.piped, append([]string{"doctor", "--no-state", "--config", config}, tt.args...)...)
			if tt.asks {
				s.prompt()
				s.answer("d")
				s.expect("Question 2")
				s.prompt()
				s.answer("n")
				s.expect("So it is likely: Certificate has no mapping")
			} else {
				s.send(ctrlD) // for those who read standard input all the same
			}
			code, shown := s.end()
			if asked := strings.Contains(shown, "Question 1"); code == 0 || asked != tt.asks {
				t.Errorf("exit %d, asked %t\n%s", code, asked, shown)
			}
			if tt.piped == "stdout" && (!strings.Contains(s.stdout.String(), "Likely: Certificate has no mapping") || strings.Contains(shown, "Next: ")) {
				t.Errorf("the report is not on standard output:\n%s", s.stdout)
			}
		})
	}
}

// The missing values, and the questions of profile init, left by each door.
func TestProfileInitOnATerminal(t *testing.T) {
	typed := []string{"prod", "1234567", strings.Repeat("1c", 32), "new", "", "rest_webservices"}
	steps := []string{"Name", "Account (1 of 6)", "Client ID (2 of 6)", "Private key (3 of 6)", "Certificate ID (5 of 6)", "Scopes (6 of 6)"}
	for i := range steps {
		if testkit.LeftOut(i, 2, 4) { // three processes each
			continue
		}
		t.Run(steps[i], func(t *testing.T) {
			t.Parallel()
			for _, door := range []struct {
				keys string
				exit int
			}{{"quit\r", 2}, {ctrlD, 2}, {ctrlC, 130}} {
				s := onTerminal(t, "", nil, "", "profile", "init")
				for _, line := range typed[:i] {
					s.prompt()
					s.answer(line)
				}
				s.expect(steps[i])
				s.prompt()
				s.send(door.keys)
				code, shown := s.end()
				if code != door.exit {
					t.Errorf("%q: exit %d\n%s", door.keys, code, shown)
				}
				if _, err := os.Stat(filepath.Join(s.cmd.Dir, "config/nsauth/config.yaml")); err == nil {
					t.Errorf("%q: something was saved", door.keys)
				}
			}
		})
	}
	t.Run("to the end", func(t *testing.T) {
		t.Parallel()
		s := onTerminal(t, "", nil, "", "profile", "init")
		for _, line := range typed {
			s.prompt()
			s.answer(line)
		}
		code, shown := s.end()
		if code != 0 || !strings.Contains(shown, "nsauth doctor prod") || strings.Contains(shown, "PRIVATE") {
			t.Errorf("exit %d\n%s", code, shown)
		}
		info, err := os.Stat(filepath.Join(s.cmd.Dir, "config/nsauth/config.yaml"))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", err, info)
		}
	})
	t.Run("the doctor is offered", func(t *testing.T) {
		t.Parallel()
		testdata, err := filepath.Abs("../testdata")
		if err != nil {
			t.Fatal(err)
		}
		for answer, examines := range map[string]bool{"": true, "no": false, "what?": false} {
			s := onTerminal(t, "", nil, "", "profile", "init", "prod", "--account", "1234567_SB1", "--client-id", typed[2],
				"--key", filepath.Join(testdata, "keys", "ec-p256.pem"), "--cert", filepath.Join(testdata, "keys", "ec-p256-cert.pem"))
			for _, title := range []string{"Certificate ID", "Scopes"} {
				s.expect(title)
				s.prompt()
				s.answer("")
			}
			s.expect("account 1234567_SB1 (sandbox)")
			s.expect("private key EC P-256")
			s.expect("Run nsauth doctor with it now?")
			s.prompt()
			s.answer(answer)
			_, shown := s.end()
			if strings.Contains(shown, "Outcome ") != examines || strings.Contains(shown, "Next:\n  1. nsauth doctor prod") == examines {
				t.Errorf("%q:\n%s", answer, shown)
			}
		}
	})
	t.Run("missing values", func(t *testing.T) {
		t.Parallel()
		for _, door := range []struct {
			keys string
			exit int
		}{{"quit\r", 1}, {ctrlD, 1}, {ctrlC, 130}} {
			s := onTerminal(t, "", nil, "", "doctor", "--offline", "--account", "1234567")
			s.expect("Client ID (1 of 3)")
			s.prompt()
			s.answer("1C61CD58-044D-497A-AA29-7A3E9A9BB924")
			s.expect("is an Application ID")
			s.prompt()
			s.answer(typed[2])
			s.expect("Private key (2 of 3)")
			s.prompt()
			s.send(door.keys)
			code, shown := s.end()
			if code != door.exit || code == 1 && !strings.Contains(inOneLine(shown), "no private key file is set") {
				t.Errorf("%q: exit %d\n%s", door.keys, code, shown)
			}
		}
	})
}

// On a terminal an answer is laid out for a person; in a pipe it is what came.
func TestCallOnATerminal(t *testing.T) {
	l := newLab(t)
	stand := l.runStandIn()
	defer stand.stop()
	call := []string{"call", "--no-state", "--config", filepath.Join(stand.dir, "config.yaml")}
	query := append(call[:1:1], append([]string{"suiteql"}, append(call[1:], "SELECT id, companyname FROM customer", "--query", "limit=2")...)...)
	now := "NSAUTH_TEST_NOW=" + labTime().Format(time.RFC3339)
	for _, tt := range []struct {
		args        []string
		piped, want string
	}{
		{append(call, "system/v1/serverTime"), "", "{\n  \""},
		{append(call, "system/v1/serverTime"), "stdout", "{\""},
		{append(call, "system/v1/serverTime", "--jq", "."), "", "{\""},
		{query, "", "companyname "},
		{query, "stdout", `{"links":`},
	} {
		s := onTerminal(t, "", []string{now}, tt.piped, tt.args...)
		code, shown := s.end()
		if tt.piped != "" {
			shown = s.stdout.String()
		}
		if code != 0 || !strings.HasPrefix(shown, tt.want) {
			t.Errorf("%q, %q piped: exit %d\n%s", tt.args, tt.piped, code, shown)
		}
	}
}
