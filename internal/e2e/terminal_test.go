//go:build e2e

package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// exited is what the shell in the terminal prints after nsauth.
var exited = regexp.MustCompile(`(?m)^\[exit (\d+)\]$`)

// atPrompt recognises the last line of the terminal when a person is to type.
var atPrompt = regexp.MustCompile(`\n>$|(^|\n)Passphrase for .*:$`)

// inTerminal runs a command line of the shell in tmux, a terminal of so many
// columns, and returns the lines as they stand there at the end, with those that
// did not fit put together again; and every byte that the terminal was sent. What
// is typed are lines, each at a prompt.
func inTerminal(t *testing.T, columns int, env []string, command string, typed ...string) (lines []string, sent string) {
	t.Helper()
	m := newTerminal(t, columns, env...)
	m.start(command)
	answeredAt := ""
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		shown, recorded := m.shows(), m.raw()
		// Each line that was typed stands behind its prompt.
		if len(typed) > 0 && shown != answeredAt && atPrompt.MatchString(strings.TrimRight(shown, " \n")) {
			answeredAt = shown // until the key's echo is there
			m.keys("-l", typed[0])
			m.keys("Enter")
			typed = typed[1:]
			continue
		}
		if exited.MatchString(shown) && strings.Contains(recorded, "[exit ") {
			for _, line := range strings.Split(strings.TrimRight(shown, "\n"), "\n") {
				lines = append(lines, strings.TrimRight(line, " ")) // tmux fills up
			}
			return lines, recorded
		}
		if time.Now().After(deadline) {
			t.Fatalf("not done after %v; the terminal shows\n%s", patience, shown)
		}
	}
}

// longURL is a line that may be too long: an address that would be no address any
// more if it were broken, with at most its label in front of it.
var longURL = regexp.MustCompile(`^ *([a-z]+ +)?https://\S+$`)

// TestTerminal: in a real terminal the report is as wide as the terminal, and
// coloured unless NO_COLOR is set.
func TestTerminal(t *testing.T) {
	for _, columns := range []int{80, 120} {
		for _, env := range [][]string{nil, {"NO_COLOR=1"}} {
			t.Run(fmt.Sprintf("%d columns, %v", columns, env), func(t *testing.T) {
				// stdout: the report. What the demo says of itself is on stderr.
				lines, sent := inTerminal(t, columns, env, "'"+binary(t)+"' doctor --demo wrong-kid")
				if escapes := strings.Contains(sent, "\x1b["); escapes != (env == nil) {
					t.Errorf("escape sequences: %t, environment %v\n%q", escapes, env, sent)
				}
				if env == nil && (!strings.Contains(sent, "\x1b[31") || !strings.Contains(sent, "\x1b[32m")) {
					t.Errorf("neither red nor green among the escape sequences:\n%q", sent)
				}
				widest := 0
				for _, line := range lines {
					width := utf8.RuneCountInString(line) // each of these characters is one column wide
					if width > columns && !longURL.MatchString(line) {
						t.Errorf("%d columns: %q", width, line)
					}
					if width <= columns {
						widest = max(widest, width)
					}
				}
				if widest < columns-20 {
					t.Errorf("the widest line has %d columns: the width is not used", widest)
				}
				// From the bottom up: exit code, Outcome, More, and above it Next, whose
				// further lines are indented.
				last := len(lines) - 1
				if lines[last] != "[exit 1]" || !strings.HasPrefix(lines[last-1], "Outcome fail, exit code 1: ") || !strings.HasPrefix(lines[last-2], "More: ") {
					t.Errorf("the last lines are %q", lines[max(0, last-3):])
				}
				next := last - 3
				for next > 0 && strings.HasPrefix(lines[next], "  ") {
					next--
				}
				if !strings.HasPrefix(lines[next], "Next: Copy the Certificate ID") {
					t.Errorf("the lines above Outcome are %q", lines[next:last-1])
				}
			})
		}
	}
}

// TestQuestions: in a real terminal of 80 columns the questions are read and
// answered; what was typed stands behind its prompt.
func TestQuestions(t *testing.T) {
	lines, sent := inTerminal(t, 80, nil, "'"+binary(t)+"' doctor --demo integration-disabled --ask", "n", "d", "maybe", "y", "b", "yes", "no")
	for _, line := range lines {
		if utf8.RuneCountInString(line) > 80 && !longURL.MatchString(line) {
			t.Errorf("wider than the terminal: %q", line)
		}
	}
	shown := strings.Join(lines, "\n")
	for _, want := range []string{"\n> d\n  Noted.\n", "\n> maybe\n  Please answer yes / no / don't know / back / quit.\n> y\n  Not it: ", "\n> b\n",
		"\n> no\n  So it is likely: Integration record is not enabled.\n", "\nLikely: Integration record is not enabled", "\n[exit 1]"} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q is not shown in\n%s", want, shown)
		}
	}
	// Nothing is drawn twice: no sequence moves the cursor.
	marks := strings.NewReplacer("\x1b[?2004h", "", "\x1b[?2004l", "") // of pasted text
	if moves := regexp.MustCompile("\x1b\\[[0-9;?]*[A-HJKfhlsu]").FindString(marks.Replace(sent)); moves != "" {
		t.Errorf("the cursor is moved by %q", moves)
	}
}

// TestPassphraseInTerminal: a person is asked for the passphrase, nothing of it is
// shown, and a mistake can be made good. Where nobody can answer nobody is asked.
func TestPassphraseInTerminal(t *testing.T) {
	key := write(t, "key.pem", openssl(t, nil, "pkcs8", "-topk8", "-in", makeEC(t, "P-256"), "-passout", "pass:"+passphrase))
	for _, tt := range []struct {
		name, command string
		typed         []string
		asked, exit   int
	}{
		{"right", "keycheck " + key, []string{passphrase}, 1, 0},
		{"right at last", "keycheck " + key, []string{"one", "two", passphrase}, 3, 0},
		{"wrong", "keycheck " + key, []string{"one", "two", "three"}, 3, 1},
		{"nothing", "keycheck " + key, []string{""}, 1, 1},
		{"--no-input", "keycheck --no-input " + key, nil, 0, 1},
		{"standard input is no terminal", "keycheck " + key + " </dev/null", nil, 0, 1},
		{"doctor", "doctor --no-input --offline --account 1234567 --key " + key, nil, 0, 1},
		{"token", "token --timeout 5s --no-cache --account 1234567 --client-id " + strings.Repeat("ab", 32) + " --certificate-id=" + strings.Repeat("a", 43) +
			" --connect-to 127.0.0.1:1 --key " + key, []string{passphrase}, 1, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			lines, sent := inTerminal(t, 100, nil, "'"+binary(t)+"' "+tt.command, tt.typed...)
			text := strings.Join(lines, "\n")
			if asked := strings.Count(text, "Passphrase for "); asked != tt.asked {
				t.Errorf("asked %d times\n%s", asked, text)
			}
			if m := exited.FindStringSubmatch(text); m[1] != fmt.Sprint(tt.exit) {
				t.Errorf("exit %s, want %d\n%s", m[1], tt.exit, text)
			}
			if strings.Contains(sent, passphrase) {
				t.Errorf("the passphrase is shown\n%q", sent)
			}
		})
	}
}
