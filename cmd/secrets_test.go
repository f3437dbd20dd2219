package cmd

import (
	"crypto/ecdsa"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/nsauth/nsauth/internal/cli"
)

// leaky repeats what it was sent in every place where a client might pick it up
// and print it.
type leaky struct {
	mu    sync.Mutex
	seen  []string // assertions
	issue bool     // answers the token request with a token
}

const plantedToken = "eyJhbGciOiJSUzI1NiJ9.cGxhbnRlZC1hY2Nlc3MtdG9rZW4.c2VjcmV0LXNpZ25hdHVyZQ"

func (l *leaky) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	form, _ := url.ParseQuery(string(body))
	assertion := form.Get("client_assertion")
	if assertion != "" {
		l.mu.Lock()
		l.seen = append(l.seen, assertion)
		l.mu.Unlock()
	}
	echo := assertion + strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("WWW-Authenticate", `Bearer realm="`+echo+`"`)
	h.Set("Location", "https://other.example/?"+echo)
	h.Set("Date", labTime().Format(http.TimeFormat))
	if l.issue && assertion != "" {
		_, _ = io.WriteString(w, `{"access_token":"`+plantedToken+`","token_type":"Bearer","expires_in":"3600","scope":"`+assertion+`"}`)
		return
	}
	w.WriteHeader(http.StatusInternalServerError)
	_, _ = io.WriteString(w, `{"error":"server_error","error_description":"you sent `+echo+`","title":"`+echo+`",
		"o:errorDetails":[{"detail":"you sent `+echo+`","o:errorCode":"UNEXPECTED_ERROR"}]}`)
}

func (l *leaky) assertions() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.seen...)
}

// serveLeaky starts it under NetSuite's names.
func (l *lab) serveLeaky(server *leaky) string {
	l.Helper()
	s := httptest.NewUnstartedServer(server)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{l.tls}}
	s.StartTLS()
	l.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// forms are the ways in which a binary secret could be printed.
func forms(secret []byte) []string {
	return []string{string(secret), hex.EncodeToString(secret), strings.ToUpper(hex.EncodeToString(secret)),
		base64.StdEncoding.EncodeToString(secret), base64.RawURLEncoding.EncodeToString(secret),
		strings.Trim(fmt.Sprint(secret[:16]), "[]")}
}

// No secret is in any output, whatever the command, the format and the server.
// That the placeholder is there shows that the search looks at the right place.
func TestSecretsStayInside(t *testing.T) {
	l := newLab(t)
	keyText := string(l.read(l.path(labKey + ".pem")))
	private, err := privateKey[*ecdsa.PrivateKey](l, labKey).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	planted := append(forms(private), plantedToken, strings.Split(plantedToken, ".")[2])
	lines := strings.Split(strings.TrimSpace(keyText), "\n")
	planted = append(planted, lines[1:len(lines)-1]...)
	const passphrase = "throwaway" // of the encrypted keys in testdata
	planted = append(planted, passphrase)
	l.write("passphrase.txt", []byte(passphrase+"\n"))
	locked := []string{"--passphrase-file", "passphrase.txt"}

	everything := ""
	for _, issue := range []bool{false, true} {
		server := &leaky{issue: issue}
		address := l.serveLeaky(server)
		plain := httptest.NewServer(server)
		t.Cleanup(plain.Close)
		netsuite := append(l.identity(), "--connect-to", address, "--ca-file", "ca.pem")
		foreign := append(l.identity(), "--token-url", plain.URL+"/token")
		with := func(rest []string, args ...string) []string { return append(args, rest...) }
		runs := [][]string{
			with(netsuite, "doctor"), with(netsuite, "doctor", "-o", "json"), with(netsuite, "doctor", "-o", "json", "--mask-ids"),
			with(netsuite, "doctor", "--color", "always"), with(netsuite, "doctor", "-q"), with(netsuite, "doctor", "--curl"),
			with(netsuite, "doctor", "--message", "admin", "--no-mask-ids"), with(netsuite, "doctor", "--message", "developer", "--no-mask-ids"),
			with(netsuite, "doctor", "--message", "support", "--no-mask-ids"),
			with(netsuite, "doctor", "--api-path", "record/v1/customer/1", "-o", "json"),
			with(netsuite, "doctor", "--only", "api", "-o", "json"), with(netsuite, "doctor", "--only", "mapping", "-o", "json"),
			with(netsuite, "call", "system/v1/serverTime"), with(netsuite, "call", "GET", "record/v1/customer/1"),
			with(netsuite, "call", "x", "-v", "-i", "--no-cache"), with(netsuite, "call", "suiteql", "SELECT 1", "--paginate", "-v", "--no-cache"),
			with(netsuite, "call", "x", "-f", "a=b", "--dry-run"), with(netsuite, "call", "x", "--jq", ".", "--no-cache"),
			with(netsuite, "call", plantedToken), with(netsuite, "call", "x", "-d", plantedToken), with(netsuite, "call", "x", "-H", "Authorization: Bearer "+plantedToken),
			with(netsuite, "call", "x", "-f", plantedToken), with(netsuite, "call", "x", "--query", plantedToken), with(netsuite, "call", plantedToken, "x"),
			with(netsuite, "token"), with(netsuite, "token", "-o", "json"),
			with(foreign, "doctor"), with(foreign, "doctor", "-o", "json"), with(foreign, "token"), with(foreign, "token", "-o", "json"),
			with(netsuite, "profile", "show"), with(netsuite, "profile", "show", "-o", "json"),
			{"keycheck", labKey + ".pem", "--cert", labKey + "-cert.pem"}, {"keycheck", labKey + ".pem", "-o", "json"},
			with(locked, "keycheck", "ec-p256-encrypted-pkcs8.pem"), with(locked, "keycheck", "ec-p256-encrypted-rfc1423.pem", "-o", "json"),
			with(locked, "keycheck", "ec-p256.p12", "--cert", "ec-p256.p12", "-o", "json"), with(locked, "keycheck", "dsa.pem", "-o", "json"),
			with(append(locked, netsuite...), "doctor", "--key", "ec-p256-encrypted-pkcs8.pem", "-o", "json"),
			with(append(locked, netsuite...), "token", "--key", "ec-p256-encrypted-pkcs8.pem"),
			{"keycheck", "ec-p256.p12", "--passphrase-file", "env:WRONG", "-o", "json"},
			{"keycheck", "--key-command", "cat " + labKey + ".pem; echo " + passphrase + " >&2 | true", "-o", "json"},
			{"keycheck", "--cert", labKey + ".pem"}, {"keycheck", "--cert", labKey + ".pem", "-o", "json"},
			{"jwt", "inspect", plantedToken}, {"jwt", "inspect", plantedToken, "-o", "json"}, {"jwt", "inspect", plantedToken + ".x"},
			{"doctor", "--key", keyText}, {"doctor", "--key", keyText, "-o", "json"}, {"keycheck", keyText},
			{"doctor", "--client-id", plantedToken, "--account", "1", "--offline", "-o", "json"},
			{"doctor", "--client-id", plantedToken, "--account", "1", "--offline"}, {"profile", "show", "--client-id", plantedToken},
			{"jwt", "inspect", "--certificate-id", plantedToken, plantedToken}, {"schema", plantedToken}, {plantedToken},
		}
		for i, args := range runs {
			if issue && args[0] == "token" {
				continue // printing the token is what it is for
			}
			if testing.Short() && i%3 != 0 {
				continue
			}
			r := nsauth(t, setup{dir: l.dir, world: func(w *cli.World) { w.Now = labTime }}, args...)
			said := r.stdout + r.stderr
			everything += said
			secrets := planted
			for _, a := range server.assertions() {
				secrets = append(secrets, a, a[strings.LastIndexByte(a, '.')+1:])
			}
			for _, s := range secrets {
				if strings.Contains(said, s) {
					t.Errorf("nsauth %s prints a secret:\n%s", strings.Join(args[:min(2, len(args))], " "), said)
					break
				}
			}
		}
		if len(server.assertions()) == 0 {
			t.Error("no assertion was sent: nothing was planted")
		}
	}
	if !strings.Contains(everything, "<secret>") {
		t.Error("no placeholder anywhere: the server's echo was not looked at")
	}
}
