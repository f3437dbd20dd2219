package cmd

import (
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/netsuite"
)

func TestCurl(t *testing.T) {
	r := nsauth(t, setup{}, "doctor", "--curl", "--account", "1234567-sb1", "--proxy", "http://me:hidden@127.0.0.1:3128")
	if r.code != 0 || len(r.dialled) > 0 {
		t.Fatalf("exit %d, dialled %v, %s", r.code, r.dialled, r.stderr)
	}
	for _, want := range []string{
		"curl --request POST 'https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token'",
		"--header 'Content-Type: application/x-www-form-urlencoded'", `--data "client_assertion=$ASSERTION"`,
		"--data 'grant_type=client_credentials'",
		"--data 'client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer'",
	} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("%s\nlacks %s", r.stdout, want)
		}
	}
	if strings.Contains(r.stdout, "hidden") {
		t.Error("the proxy's password is shown")
	}
	for _, args := range [][]string{{"doctor", "--curl"}, {"doctor", "--curl", "--demo"}, {"doctor", "--curl", "--account", "1", "-o", "json"}} {
		if r := nsauth(t, setup{}, args...); r.code != finding.ExitUsage {
			t.Errorf("%v: exit %d", args, r.code)
		}
	}
}

// The command that is printed sends what the client sends: a shell takes it apart.
func TestCurlIsTheClientsRequest(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		return // Windows: the quoting is for POSIX shells only
	}
	r := nsauth(t, setup{}, "doctor", "--curl", "--account", "1234567")
	script := `ASSERTION=a.b.c; curl() { for a in "$@"; do printf '%s\n' "$a"; done; }; ` + r.stdout
	out, err := exec.Command(sh, "-c", script).Output()
	if err != nil {
		t.Fatal(err)
	}
	args := strings.Split(strings.TrimSpace(string(out)), "\n")
	got := http.Header{}
	var form []string
	for i, a := range args {
		switch a {
		case "--header":
			name, value, _ := strings.Cut(args[i+1], ": ")
			got.Add(name, value)
		case "--data":
			form = append(form, args[i+1])
		}
	}
	client, err := netsuite.New(netsuite.Options{TokenURL: args[2], UserAgent: got.Get("User-Agent")})
	if err != nil {
		t.Fatal(err)
	}
	want, err := client.TokenRequest("a.b.c")
	if err != nil {
		t.Fatal(err)
	}
	for name := range want.Header {
		if got.Get(name) != want.Header.Get(name) {
			t.Errorf("%s: %q, want %q", name, got.Get(name), want.Header.Get(name))
		}
	}
	if len(got) != len(want.Header) || len(form) != 3 {
		t.Errorf("headers %v, form %v", got, form)
	}
}
