package cmd

import (
	"strings"
	"testing"
)

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
