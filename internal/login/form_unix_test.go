//go:build !windows

package login

import (
	"os/exec"
	"strings"
	"testing"
)

// hostileToken has every character that a token may have and a shell may mind
// (RFC 6749, appendix A.12, without the blank, which cannot be sent).
func hostileToken() string {
	var b strings.Builder
	for c := byte('!'); c <= '~'; c++ {
		b.WriteByte(c)
	}
	return b.String() + "$(id)`id`''\"\"%PATH%!x!"
}

// A shell that reads the line has the token, whatever is in it.
func TestShellReadsTheToken(t *testing.T) {
	for _, token := range []string{"eyJhbGciOiJSUzI1NiJ9.e30.c2ln", hostileToken(), "'", `\`, "-n"} {
		line, err := Form{Env: "sh"}.Line(token)
		if err != nil {
			t.Fatal(err)
		}
		// A child sees it, so it is exported.
		script := line + "\n" + `exec sh -c 'printf %s "$NETSUITE_ACCESS_TOKEN"'`
		if out, err := exec.Command("sh", "-c", script).CombinedOutput(); err != nil || string(out) != token {
			t.Errorf("%q became %q, %v", token, out, err)
		}
	}
}
