//go:build e2e

package e2e

import (
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/capture"
)

// TestA6CurlForm: the value of --form is read as curl sends it, with every kind of
// quotation.
func TestA6CurlForm(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Fatal(err)
	}
	sent := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		sent <- r.FormValue("client_assertion")
	}))
	defer server.Close()
	for _, value := range []string{"A", `"A"`, `"A\"B"`, `"A\\B\C"`, `"A";type=text/plain`, ` "A" `, "A;B", "A;type=text/plain", `"A`, `A"B"`, `"A"B`, " A ", `"`, "'A'", "A,B", `"A;B"`} {
		value = strings.NewReplacer("A", "eyJhbGciOiJFUzI1NiJ9.e30.c2ln", "B", "eyJiIjoxfQ").Replace(value)
		run(t, nil, nil, curl, "--silent", "--noproxy", "*", "--form", "client_assertion="+value, server.URL+"/token")
		want := <-sent
		quoted := "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
		if got := capture.Read("curl " + server.URL + "/token --form client_assertion=" + quoted).Token.Reveal(); got != want {
			t.Errorf("%s: read as %q, curl sends %q", value, got, want)
		}
	}
}
