//go:build e2e

package e2e

import (
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/testkit"
)

// failing are servers that fail, each in its own way, and what explain has to
// call what a program says of it.
type failing struct {
	refused, silent, cut, plain, untrusted, page, refusal, calls string
	ca                                                           string // of untrusted, which is not made out to localhost
}

func startFailing(t *testing.T) failing {
	t.Helper()
	listener := func(serve func(net.Conn)) string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				serve(c)
			}
		}()
		return l.Addr().String()
	}
	answer := func(status int, kind, body string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		})
	}
	plain := func(h http.Handler) string {
		s := httptest.NewServer(h)
		t.Cleanup(s.Close)
		return s.Listener.Addr().String()
	}
	secure := httptest.NewUnstartedServer(answer(500, "application/json", `{"error":"server_error"}`))
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes, which have to fail
	secure.StartTLS()
	t.Cleanup(secure.Close)
	refusal := plain(answer(500, "application/json", `{"error":"server_error"}`))
	return failing{
		refused:   "http://" + testkit.ClosedPort(t) + "/",
		silent:    "http://" + listener(func(c net.Conn) { t.Cleanup(func() { c.Close() }) }) + "/",
		cut:       "http://" + listener(func(c net.Conn) { c.Close() }) + "/",
		plain:     "https://" + refusal + "/",
		untrusted: secure.URL + "/",
		page:      "http://" + plain(answer(200, "text/html", "<!DOCTYPE html><html><head><title>Welcome</title></head></html>")) + "/",
		refusal:   "http://" + refusal + "/services/rest/auth/oauth2/v1/token",
		calls: "http://" + plain(answer(401, "application/json",
			`{"title":"Unauthorized","status":401,"o:errorDetails":[{"detail":"Invalid login attempt.","o:errorCode":"INVALID_LOGIN"}]}`)) + "/services/rest/record/v1/customer/1",
		ca: write(t, "ca.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw})),
	}
}

// explained asks explain what a text is about.
func explained(t *testing.T, what, text, want string) {
	t.Helper()
	r := run(t, []byte(text), bareEnv(t), binary(t), "explain", "-o", "json", "-")
	if r.exit != 0 {
		t.Errorf("%s is not known:\n%s", what, text)
		return
	}
	name := run(t, r.stdout, nil, "jq", "-r", ".explanations[0].name")
	if got := strings.TrimSpace(string(name.stdout)); got != want {
		t.Errorf("%s is explained as %s, want %s:\n%s", what, got, want, text)
	}
	if strings.Contains(string(r.stdout), "127.0.0.1") {
		t.Errorf("%s: the text is repeated", what)
	}
}

// failures runs a program that prints failures, one for each name wanted.
func failures(t *testing.T, env []string, names []string, command ...string) {
	t.Helper()
	r := run(t, nil, env, command[0], command[1:]...)
	parts := strings.Split(r.stderr, "\n----\n")
	if len(parts) != len(names)+1 {
		t.Fatalf("%d failures, want %d\n%v", len(parts)-1, len(names), r)
	}
	for i, want := range names {
		explained(t, fmt.Sprintf("%s, failure %d", filepath.Base(command[len(command)-1]), i+1), parts[i], want)
	}
}

// TestExplainWhatProgramsSay: real programs fail, and what they say of it is
// explained as what it is.
func TestExplainWhatProgramsSay(t *testing.T) {
	t.Parallel()
	f := startFailing(t)
	localhost := strings.Replace(f.untrusted, "127.0.0.1", "localhost", 1)
	urls := []string{f.refused, f.silent, f.cut, f.plain, f.untrusted}
	names := []string{"ECONNREFUSED", "ETIMEDOUT", "ECONNRESET", "not-tls", "CERTIFICATE_VERIFY_FAILED"}
	garbage := write(t, "garbage.pem", []byte("-----BEGIN PRIVATE KEY-----\\nnot a key\\n-----END PRIVATE KEY-----"))
	encrypted := write(t, "encrypted.pem", openssl(t, nil, "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072", "-aes256", "-pass", "pass:throwaway"))
	ec := write(t, "ec.pem", openssl(t, nil, "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"))

	t.Run("Node.js fetch", func(t *testing.T) {
		failures(t, bareEnv(t), append(names, "html-page", "server_error"), node(t, append([]string{"failures.mjs", "fetch"}, append(urls, f.page, f.refusal)...)...)...)
	})
	t.Run("Node.js https", func(t *testing.T) {
		var secure []string
		for _, u := range urls {
			secure = append(secure, strings.Replace(u, "http:", "https:", 1))
		}
		failures(t, bareEnv(t), names, node(t, append([]string{"failures.mjs", "https"}, secure...)...)...)
	})
	t.Run("Node.js and another name", func(t *testing.T) {
		failures(t, append(bareEnv(t), "NODE_EXTRA_CA_CERTS="+f.ca), []string{"ERR_TLS_CERT_ALTNAME_INVALID"}, node(t, "failures.mjs", "https", localhost)...)
	})
	t.Run("Node.js keys", func(t *testing.T) {
		failures(t, bareEnv(t), []string{
			"key-unreadable", "key-base64-broken", "key-unreadable",
			"key-unreadable", "key-not-pkcs8", "key-encrypted", // jsonwebtoken does not tell one from the other
		}, node(t, "failures.mjs", "keys", garbage, encrypted)...)
		r := run(t, nil, bareEnv(t), "node", node(t, "failures.mjs", "keys", ec)[1:]...)
		explained(t, "jsonwebtoken with PS256 and an EC key", strings.Split(r.stderr, "\n----\n")[0], "ec-key-for-rsa-algorithm")
	})
	t.Run("Python", func(t *testing.T) {
		failures(t, bareEnv(t), append(names, "html-page", "HTTP 500", "HTTP 401"), python(t, append([]string{"failures.py", "urls"}, append(urls, f.page, f.refusal, f.calls)...)...)...)
		failures(t, bareEnv(t), []string{"ENOTFOUND"}, python(t, "failures.py", "name")...)
		failures(t, append(bareEnv(t), "SSL_CERT_FILE="+f.ca), []string{"ERR_TLS_CERT_ALTNAME_INVALID"}, python(t, "failures.py", "urls", localhost)...)
		failures(t, bareEnv(t), []string{"key-unreadable", "key-encrypted"}, python(t, "failures.py", "keys", garbage, encrypted)...)
	})
	t.Run("Java", func(t *testing.T) {
		// Of a refused connection it keeps the reason to itself.
		failures(t, bareEnv(t), append(append([]string{"no-answer"}, names[1:]...), "server_error"), append([]string{"java", "clients/Failures.java"}, append(urls, f.refusal)...)...)
	})
	t.Run("curl", func(t *testing.T) {
		for i, u := range append(urls, f.page, f.refusal, f.calls) {
			r := run(t, nil, bareEnv(t), "curl", "-sSv", "-m", "1", "-d", "grant_type=client_credentials", u)
			explained(t, "curl "+u, r.stderr+string(r.stdout), append(names, "html-page", "server_error", "INVALID_LOGIN")[i])
		}
		r := run(t, nil, bareEnv(t), "curl", "-sS", "--cacert", f.ca, localhost)
		explained(t, "curl and another name", r.stderr, "ERR_TLS_CERT_ALTNAME_INVALID")
		for status, want := range map[int]string{407: "proxy-log-in", 403: "proxy-refused"} {
			proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
			t.Cleanup(proxy.Close)
			r := run(t, nil, bareEnv(t), "curl", "-sSv", "-x", proxy.URL, "https://1234567.suitetalk.api.netsuite.com/")
			explained(t, fmt.Sprintf("curl and a proxy that says %d", status), r.stderr, want)
		}
	})
	t.Run("Go", func(t *testing.T) {
		client := &http.Client{Timeout: time.Second, Transport: &http.Transport{}}
		for i, u := range urls {
			_, err := client.Post(u, "application/x-www-form-urlencoded", strings.NewReader("grant_type=client_credentials"))
			if err == nil {
				t.Fatalf("%s worked", u)
			}
			explained(t, "Go and "+u, err.Error(), names[i])
		}
	})
	t.Run("openssl", func(t *testing.T) {
		r := run(t, nil, bareEnv(t), "openssl", "pkey", "-in", garbage, "-noout")
		explained(t, "openssl pkey", r.stderr, "key-unreadable")
	})
}
