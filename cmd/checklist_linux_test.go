package cmd

import (
	"fmt"
	"strings"
	"testing"
)

// The checklist on a terminal, left by each door, and offered by the doctor to a person
// who has all but the private key.
func TestChecklistOnATerminal(t *testing.T) {
	if testing.Short() {
		t.Skip("a process for every door")
	}
	const shownID = "NPMnRyPg-WDWhPiAbisjKiH0fqnBpjOZ367wDTe0pqA"
	begin := func(t *testing.T, piped string, args ...string) *session {
		return onTerminal(t, "", nil, piped, append([]string{"checklist", "--account", "1234567"}, args...)...)
	}
	for _, door := range []struct {
		keys string
		exit int
	}{{"quit\r", 1}, {ctrlD, 1}, {ctrlC, 130}} {
		t.Run(strings.TrimSpace(door.keys), func(t *testing.T) {
			t.Parallel()
			s := begin(t, "")
			s.expect("Account (36 left)")
			s.prompt()
			s.answer("perhaps")
			s.expect("Please answer yes / no / don't know / quit.")
			s.prompt()
			s.answer("yes")
			s.expect("Noted.")
			s.expect("Features (35 left)")
			s.prompt()
			s.answer("n")
			s.expect("Wrong. Tick OAUTH 2.0 (Manage Authentication)")
			s.prompt()
			s.send(door.keys)
			code, shown := s.end()
			if code != door.exit {
				t.Errorf("exit %d\n%s", code, shown)
			}
			if !strings.Contains(s.looked(shown), "Tick OAUTH 2.0") || !strings.Contains(shown, fmt.Sprint("Exit code ", door.exit)) || strings.Contains(shown, "interrupted") != (code == 130) {
				t.Errorf("no next step\n%s", shown)
			}
		})
	}
	t.Run("to the end", func(t *testing.T) {
		t.Parallel()
		s := begin(t, "stdout", "-o", "text")
		for asked := true; asked; {
			s.prompt()
			s.mu.Lock()
			last := string(s.shown[strings.LastIndex(string(s.shown), " left)"):])
			s.mu.Unlock()
			asked = strings.Contains(string(s.shown), " left)") && !strings.Contains(string(s.shown), "(1 left)")
			if strings.Contains(last, "Paste it") {
				s.answer("\x1b[200~" + shownID + "\x1b[201~") // as a terminal frames a paste
				continue
			}
			s.answer("y")
		}
		if code, _ := s.end(); code != 0 || !strings.HasPrefix(s.stdout.String(), "✓ account 1234567: 37 of 37 in order\n") {
			t.Errorf("exit %d\n%s", code, s.stdout)
		}
	})
	for _, piped := range []string{"stdin", "stderr"} {
		t.Run("no terminal at "+piped, func(t *testing.T) {
			t.Parallel()
			s := begin(t, piped)
			s.send(ctrlD)
			if code, shown := s.end(); code != 0 || strings.Contains(shown, " left)") {
				t.Errorf("exit %d\n%s", code, shown)
			}
		})
	}
	t.Run("offered by the doctor", func(t *testing.T) {
		t.Parallel()
		for _, door := range []struct {
			keys, then string
			exit       int
		}{{"yes\r", "Account (34 left)", 0}, {"\r", "Private key is not set", 1}, {ctrlD, "Private key is not set", 1}, {ctrlC, "interrupted", 130}} {
			s := onTerminal(t, "", nil, "", "doctor", "--offline", "--account", "1234567", "--client-id", strings.Repeat("1c", 32), "--certificate-id", shownID)
			s.expect("Private key (1 of 1)")
			s.prompt()
			s.send(ctrlD)
			s.expect("No private key? nsauth checklist goes through")
			s.expect("Start it now?")
			s.prompt()
			s.send(door.keys)
			s.expect(door.then)
			s.send(ctrlD) // where a question follows
			if code, shown := s.end(); code != door.exit {
				t.Errorf("%q: exit %d\n%s", door.keys, code, shown)
			}
		}
	})
}
