package cmd

import (
	"os/exec"
	"runtime"
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
	if runtime.GOOS == "windows" {
		t.Skip("sh is the shell of other systems")
	}
	for _, token := range []string{"eyJhbGciOiJSUzI1NiJ9.e30.c2ln", hostileToken(), "'", `\`, "-n"} {
		line, err := tokenForm{env: "sh"}.line(token)
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

// The rules of the other shells.
func TestTokenForms(t *testing.T) {
	const plain = "eyJ.a-b_c~d+e/f=="
	for _, tt := range []struct {
		form        tokenForm
		token, want string // "" is refused
	}{
		{tokenForm{}, plain, plain},
		{tokenForm{header: true}, plain, "Authorization: Bearer " + plain},
		{tokenForm{env: "sh"}, plain, "export NETSUITE_ACCESS_TOKEN='" + plain + "'"},
		{tokenForm{env: "sh"}, "a'b", `export NETSUITE_ACCESS_TOKEN='a'\''b'`},
		// about_Quoting_Rules: nothing is expanded between single quotes, and two are one.
		{tokenForm{env: "powershell"}, plain, "$env:NETSUITE_ACCESS_TOKEN = '" + plain + "'"},
		{tokenForm{env: "powershell"}, "a'$x`\"", "$env:NETSUITE_ACCESS_TOKEN = 'a''$x`\"'"},
		{tokenForm{env: "cmd"}, plain, `set "NETSUITE_ACCESS_TOKEN=` + plain + `"`},
		{tokenForm{env: "cmd"}, "a&b|c^d<e>f", `set "NETSUITE_ACCESS_TOKEN=a&b|c^d<e>f"`},
		{tokenForm{env: "cmd"}, "a%b", ""},
		{tokenForm{env: "cmd"}, `a"b`, ""},
		{tokenForm{env: "cmd"}, "a!b", ""},
		{tokenForm{env: "dotenv"}, plain, "NETSUITE_ACCESS_TOKEN=" + plain},
		{tokenForm{env: "dotenv"}, `a$b"c#d\n`, `NETSUITE_ACCESS_TOKEN='a$b"c#d\n'`},
		{tokenForm{env: "dotenv"}, "a'b", ""},
	} {
		got, err := tt.form.line(tt.token)
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%+v of %q: %q, %v; want %q", tt.form, tt.token, got, err, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), tt.token) {
			t.Errorf("the error has the token: %v", err)
		}
	}
}
