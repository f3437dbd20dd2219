package cmd

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
)

// Another authorization server gets what RFC 6749 and RFC 7523 ask for, and its
// refusal is not explained with NetSuite's pages.
func TestAnotherAuthorizationServer(t *testing.T) {
	l := newLab(t)
	var form url.Values
	refuse := false
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Method == http.MethodPost {
			form, _ = url.ParseQuery(string(body))
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Date", labTime().Format(http.TimeFormat))
		if refuse || r.Method != http.MethodPost {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"error":"invalid_client"}`)
			return
		}
		_, _ = io.WriteString(w, `{"access_token":"opaque","token_type":"Bearer","expires_in":60,"scope":"read write"}`)
	}))
	defer s.Close()
	args := append([]string{"doctor", "--token-url", s.URL + "/token", "--scope", "read", "--scope", "write"}, l.pair(labKey)...)
	args = append(args, "--client-id", "client")

	report := l.nsauth(setup{}, args...).report(t)
	if report.ExitCode != 0 || check(t, report, "token").Status != finding.Pass {
		t.Errorf("exit %d: %v", report.ExitCode, codes(report))
	}
	if got := form.Get("scope"); got != "read write" {
		t.Errorf("scope parameter %q", got)
	}
	claims := check(t, report, "assertion").Facts.(map[string]any)["claims"].(map[string]any)
	if claims["sub"] != "client" || claims["jti"] == nil || claims["aud"] != s.URL+"/token" {
		t.Errorf("claims %v", claims)
	}
	for _, id := range []finding.CheckID{"certificate-id", "features", "integration", "role", "api", "mapping"} {
		if c := check(t, report, id); c.Status != finding.Skip {
			t.Errorf("%s: %s", id, c.Status)
		}
	}

	refuse = true
	r := l.nsauth(setup{}, args...)
	if r.code != finding.ExitFail {
		t.Errorf("exit %d", r.code)
	}
	text := nsauth(t, setup{dir: l.dir, world: func(w *cli.World) { w.Now = labTime }}, append(args, "-v")...).stdout
	_, answer, _ := strings.Cut(text, "Diagnosis")
	for _, word := range []string{"Login Audit Trail", "docs.oracle.com", "app.netsuite.com"} {
		if strings.Contains(answer, word) {
			t.Errorf("the answer names NetSuite's %s:\n%s", word, answer)
		}
	}
	if !strings.Contains(answer, "invalid_client") {
		t.Error(answer)
	}
}
