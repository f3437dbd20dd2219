package login

import (
	"strings"
	"testing"
)

// The rules of the other shells.
func TestTokenForms(t *testing.T) {
	const plain = "eyJ.a-b_c~d+e/f=="
	for _, tt := range []struct {
		form        Form
		token, want string // "" is refused
	}{
		{Form{}, plain, plain},
		{Form{Header: true}, plain, "Authorization: Bearer " + plain},
		{Form{Env: "sh"}, plain, "export NETSUITE_ACCESS_TOKEN='" + plain + "'"},
		{Form{Env: "sh"}, "a'b", `export NETSUITE_ACCESS_TOKEN='a'\''b'`},
		// about_Quoting_Rules: nothing is expanded between single quotes, and two are one.
		{Form{Env: "powershell"}, plain, "$env:NETSUITE_ACCESS_TOKEN = '" + plain + "'"},
		{Form{Env: "powershell"}, "a'$x`\"", "$env:NETSUITE_ACCESS_TOKEN = 'a''$x`\"'"},
		{Form{Env: "cmd"}, plain, `set "NETSUITE_ACCESS_TOKEN=` + plain + `"`},
		{Form{Env: "cmd"}, "a&b|c^d<e>f", `set "NETSUITE_ACCESS_TOKEN=a&b|c^d<e>f"`},
		{Form{Env: "cmd"}, "a%b", ""},
		{Form{Env: "cmd"}, `a"b`, ""},
		{Form{Env: "cmd"}, "a!b", ""},
		{Form{Env: "dotenv"}, plain, "NETSUITE_ACCESS_TOKEN=" + plain},
		{Form{Env: "dotenv"}, `a$b"c#d\n`, `NETSUITE_ACCESS_TOKEN='a$b"c#d\n'`},
		{Form{Env: "dotenv"}, "a'b", ""},
	} {
		got, err := tt.form.Line(tt.token)
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%+v of %q: %q, %v; want %q", tt.form, tt.token, got, err, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), tt.token) {
			t.Errorf("the error has the token: %v", err)
		}
	}
}
