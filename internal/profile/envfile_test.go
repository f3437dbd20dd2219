package profile

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func knownNames() []string { return []string{"NSAUTH_CLIENT_ID", "NSAUTH_KEY", "NETSUITE_ACCOUNT_ID"} }

func TestEnvFile(t *testing.T) {
	type values = map[string]envEntry
	const id = "NSAUTH_CLIENT_ID"
	tests := []struct {
		name, text string
		want       values
	}{
		{"empty", "", values{}},
		{"plain", "NSAUTH_CLIENT_ID=abc", values{id: {value: "abc", line: 1}}},
		{"blanks", "  NSAUTH_CLIENT_ID = abc  \n", values{id: {value: "abc", line: 1}}},
		{"export", "export NSAUTH_CLIENT_ID=abc\n", values{id: {value: "abc", line: 1}}},
		{"export with a tab", "export\tNSAUTH_CLIENT_ID=abc\n", values{id: {value: "abc", line: 1}}},
		{"a name that starts with export", "exportNSAUTH_CLIENT_ID=abc\n", values{}},
		{"CRLF", "# x\r\nNSAUTH_CLIENT_ID=abc\r\n", values{id: {value: "abc", line: 2}}},
		{"comments", "# NSAUTH_CLIENT_ID=no\n\nNSAUTH_CLIENT_ID=abc # yes\n", values{id: {value: "abc", line: 3}}},
		{"hash inside", "NSAUTH_CLIENT_ID=abc#d", values{id: {value: "abc#d", line: 1}}},
		{"empty value", "NSAUTH_CLIENT_ID=\nNSAUTH_KEY=k", values{id: {value: "", line: 1}, "NSAUTH_KEY": {value: "k", line: 2}}},
		{"comment for value", "NSAUTH_CLIENT_ID= # none", values{id: {value: "", line: 1}}},
		{"equals inside", "NSAUTH_CLIENT_ID=a=b==", values{id: {value: "a=b==", line: 1}}},
		{"single quotes", `NSAUTH_CLIENT_ID='a "b" #\n $c' # x`, values{id: {value: `a "b" #\n $c`, line: 1}}},
		{"double quotes", `NSAUTH_CLIENT_ID="a 'b' # \"c\" \\ \$d\te"`, values{id: {value: "a 'b' # \"c\" \\ $d\te", line: 1}}},
		{"Windows path in double quotes", `NSAUTH_KEY="C:\Users\me\k.pem"`, values{"NSAUTH_KEY": {value: `C:\Users\me\k.pem`, line: 1}}},
		{"several lines", "OTHER=\"-----BEGIN\nNSAUTH_CLIENT_ID=no\n-----END\"\nNSAUTH_CLIENT_ID=yes", values{id: {value: "yes", line: 4}}},
		{"several lines with CRLF", "NSAUTH_CLIENT_ID='a\r\nb'\r\nNSAUTH_KEY=k\r\n", values{id: {value: "a\nb", line: 1}, "NSAUTH_KEY": {value: "k", line: 3}}},
		{"the last wins", "NSAUTH_CLIENT_ID=a\nNSAUTH_CLIENT_ID=b", values{id: {value: "b", line: 2}}},
		{"other names", "PATH=/bin\nspring.name=x\nNETSUITE_OTHER=y\nNETSUITE_ACCOUNT_ID=1", values{"NETSUITE_ACCOUNT_ID": {value: "1", line: 4}}},
		{"nothing is expanded", "NSAUTH_CLIENT_ID=${HOME}", values{id: {value: "${HOME}", line: 1}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseEnvFile(".env", tt.text, knownNames())
			if err != nil {
				t.Fatal(err)
			}
			maps.DeleteFunc(got, func(name string, _ envEntry) bool { return !slices.Contains(knownNames(), name) })
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(envEntry{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestEnvFileErrors(t *testing.T) {
	quotes := []string{"put the value between single quotes if it holds quotes, # or backslashes"}
	tests := []struct {
		name, text, want string
		hints            []string
	}{
		{"open quote", "\n\nNSAUTH_KEY='s3cr3t\nx\n", `.env:3: "NSAUTH_KEY" has a quote that is never closed`, quotes},
		{"text after the quote", `NSAUTH_KEY="a" s3cr3t`, `.env:1: "NSAUTH_KEY" has text after its closing quote`, quotes},
		{"unknown name", "NSAUTH_CLIENTID=s3cr3t", `.env:1: unknown name "NSAUTH_CLIENTID"`, []string{`did you mean "NSAUTH_CLIENT_ID"?`}},
		{"profile", "NSAUTH_PROFILE=prod", ".env:1: NSAUTH_PROFILE has no effect in an env file",
			[]string{"pass --profile, or set it in the environment: a named profile outranks this file"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parseEnvFile(".env", tt.text, knownNames())
			if err == nil || err.Error() != tt.want {
				t.Fatalf("got %v\nwant %s", err, tt.want)
			}
			if diff := cmp.Diff(tt.hints, hintsOf(err)); diff != "" {
				t.Errorf("hints (-want +got):\n%s", diff)
			}
			if strings.Contains(err.Error()+strings.Join(hintsOf(err), ""), planted) {
				t.Errorf("quotes the file: %v", err)
			}
		})
	}
}

// A byte order mark is taken off, and a fault of a value names file and line.
func TestEnvFileResolved(t *testing.T) {
	read := files(map[string]string{"/x/.env": "\ufeff# set-up\r\nexport NETSUITE_ACCOUNT_ID=\"1234567\"\r\nNSAUTH_SCOPE='restlets, rest_webservices'\r\nNSAUTH_ALGORITHM=\r\n"})
	p, err := Resolve(Input{EnvFile: "/x/.env", ReadFile: read})
	if err != nil {
		t.Fatal(err)
	}
	v, _ := p.Get(FieldScope)
	if p.Text(FieldAccount) != "1234567" || len(v.List) != 2 || v.Source.Line != 3 || len(v.Repairs) != 0 {
		t.Errorf("%+v", p.Show())
	}
	if _, set := p.Get(FieldAlgorithm); set {
		t.Error("an empty value counts as set")
	}
	read = files(map[string]string{"/x/.env": "A=1\nNSAUTH_ACCOUNT=s3cr3t.example/\n"})
	_, err = Resolve(Input{EnvFile: "/x/.env", ReadFile: read})
	want := "/x/.env:2: NSAUTH_ACCOUNT is a URL or host name that does not belong to a NetSuite account"
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}
