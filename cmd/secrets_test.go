package cmd

import (
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// leaky is a token endpoint that repeats what it was sent in every place where a
// client might pick it up and print it.
type leaky struct {
	mu         sync.Mutex
	assertions []string
	issue      bool
}

const plantedToken = "eyJhbGciOiJSUzI1NiJ9.cGxhbnRlZC1hY2Nlc3MtdG9rZW4.c2VjcmV0LXNpZ25hdHVyZQ"

func (l *leaky) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	form, _ := url.ParseQuery(string(body))
	assertion := form.Get("client_assertion")
	if assertion != "" {
		l.mu.Lock()
		l.assertions = append(l.assertions, assertion)
		l.mu.Unlock()
	}
	echo := assertion + r.Header.Get("Authorization")
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("WWW-Authenticate", `Bearer realm="`+echo+`"`)
	w.Header().Set("Location", "https://other.example/?"+echo)
	if l.issue && assertion != "" {
		_, _ = io.WriteString(w, `{"access_token":"`+plantedToken+`","token_type":"Bearer","expires_in":"3600","scope":"`+assertion+`"}`)
		return
	}
	w.WriteHeader(http.StatusInternalServerError)
	_, _ = io.WriteString(w, `{"error":"server_error","error_description":"you sent `+echo+`","title":"`+echo+`",
		"o:errorDetails":[{"detail":"`+echo+`","o:errorCode":"`+echo+`"}]}`)
}

// No secret is in any output, whatever the command, the format and the server.
// The placeholder being there shows that the search looks at the right place.
func TestSecretsStayInside(t *testing.T) {
	dir := t.TempDir()
	if r := nsauth(t, setup{dir: dir}, "certgen", "--key-type", "p-256", "--out", dir); r.code != 0 {
		t.Fatal(r.stderr)
	}
	key, err := os.ReadFile(filepath.Join(dir, "nsauth-key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(key)
	lines := strings.Split(strings.TrimSpace(string(key)), "\n")
	planted := append([]string{plantedToken, strings.Split(plantedToken, ".")[2], string(block.Bytes)}, lines[1:len(lines)-1]...)

	for _, issue := range []bool{false, true} {
		server := &leaky{issue: issue}
		ts := httptest.NewServer(server)
		defer ts.Close()
		values := []string{"--client-id", strings.Repeat("a", 64), "--certificate-id", strings.Repeat("A", 43),
			"--key", "nsauth-key.pem", "--cert", "nsauth-cert.pem"}
		foreign := append([]string{"--token-url", ts.URL + "/token"}, values...)
		for _, args := range [][]string{
			append([]string{"doctor"}, foreign...), append([]string{"doctor", "-o", "json"}, foreign...),
			append([]string{"doctor", "-o", "json", "--mask-ids"}, foreign...),
			append([]string{"doctor", "--color", "always"}, foreign...), append([]string{"doctor", "-q"}, foreign...),
			append([]string{"call", "system/v1/serverTime", "--api-url", ts.URL}, foreign...),
			append([]string{"token"}, foreign...), append([]string{"token", "-o", "json"}, foreign...),
			append([]string{"profile", "show"}, foreign...), append([]string{"profile", "show", "-o", "json"}, foreign...),
			{"keycheck", "nsauth-key.pem", "--cert", "nsauth-cert.pem"}, {"keycheck", "nsauth-key.pem", "-o", "json"},
			{"keycheck", "--cert", "nsauth-key.pem"}, {"keycheck", "--cert", "nsauth-key.pem", "-o", "json"},
			{"jwt", "inspect", plantedToken}, {"jwt", "inspect", plantedToken, "-o", "json"}, {"jwt", "inspect", plantedToken + ".x"},
			{"doctor", "--key", string(key)}, {"doctor", "--key", string(key), "-o", "json"}, {"keycheck", string(key)},
			{"doctor", "--client-id", plantedToken, "--account", "1", "--offline", "-o", "json"},
			{"doctor", "--client-id", plantedToken, "--account", "1", "--offline"},
			{"profile", "show", "--client-id", plantedToken},
		} {
			if issue && args[0] == "token" {
				continue // printing the token is what it is for
			}
			r := nsauth(t, setup{dir: dir}, args...)
			said := r.stdout + r.stderr
			secrets := planted
			server.mu.Lock()
			for _, a := range server.assertions {
				secrets = append(secrets, a, a[strings.LastIndexByte(a, '.')+1:])
			}
			server.mu.Unlock()
			for _, s := range secrets {
				if strings.Contains(said, s) {
					t.Errorf("nsauth %s prints a secret:\n%s", args[0], said)
					break
				}
			}
		}
		if len(server.assertions) == 0 {
			t.Error("no assertion was sent: nothing was planted")
		}
	}
}
