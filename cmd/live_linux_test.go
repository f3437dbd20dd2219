package cmd

import (
	"net"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/testkit"
)

// A person whose network hangs is told what nsauth waits for; at the end only the
// report is left, also after Ctrl-C.
func TestWaitingOnATerminal(t *testing.T) {
	l := newLab(t)
	asAccount := []string{"--account", labAccount, "--no-input"}
	const own = "ACCESS_TOKEN"
	for name, tt := range map[string]struct {
		args      []string
		doing     string
		interrupt bool
		exit      int
	}{
		"doctor":      {append(asAccount, "doctor", "--only", "network"), "network check", false, 1},
		"interrupted": {append(asAccount, "doctor", "--only", "network"), "network check", true, 130},
		"token":       {append(l.identity(), "token", "--no-cache"), "token request", false, 1},
		"call":        {append(asAccount, "call", "record/v1/customer", "--access-token-file", "env:"+own), "call", false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listener, err := net.Listen("tcp", "127.0.0.1:0") // connects, and says nothing
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			s := onTerminal(t, l.dir, []string{own + "=x"}, "", append(tt.args, "--connect-to", listener.Addr().String())...)
			s.expect("waiting for 1234567.suitetalk.api.netsuite.com (" + tt.doing + ", 1 s)…")
			if tt.interrupt {
				s.send(ctrlC)
			} else {
				connection, err := listener.Accept()
				if err != nil {
					t.Fatal(err)
				}
				connection.Close()
			}
			code, shown := s.end()
			screen := testkit.Screen(shown)
			if code != tt.exit || strings.Contains(screen, "waiting for") || strings.Contains(screen, "^C") || strings.TrimSpace(screen[:1]) == "" {
				t.Errorf("exit %d\n%s", code, screen)
			}
		})
	}
}
