//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// TestMistakes: programs in three languages, none of them changed, each with
// mistakes of its own, are told them by the verdict. The address is NetSuite's
// in all of them.
func TestMistakes(t *testing.T) {
	key := strangerKey(t, "RSA-3072")
	for _, tt := range []struct {
		name    string
		command func(t *testing.T) []string
		status  int
		codes   []string
		reasons []string // words of the reasons, in their order
	}{
		{"node, parameter misnamed", strangerNode("misnamed.mjs", "jsonwebtoken"), 400,
			[]string{"request.parameter-missing"}, []string{"client_assertion; the form has assertion"}},
		{"node, openid-client untouched", strangerNode("untouched.mjs", "openid-client"), 500,
			[]string{"assertion.kid-missing", "assertion.audience-mismatch", "assertion.scope-missing"}, nil},
		// Whether the parameters in it count as missing too is all the same.
		{"python, JSON body", strangerPython("json_body.py"), 400,
			[]string{"request.content-type"}, nil},
		{"python, after an old guide", strangerPython("deprecated.py"), 500,
			[]string{"assertion.alg-deprecated"}, nil}, // fractional times are accepted, as in Oracle's sample
		{"curl, Basic and no kid", shell("basic.sh"), 400,
			[]string{"request.client-authentication", "assertion.kid-missing"}, []string{"Authorization header", "no kid"}},
		{"curl, GET", shell("get.sh"), 405,
			[]string{"request.wrong-method"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := startCounterpart(t, nil)
			argv := tt.command(t)
			r := run(t, nil, c.environment(t, "NETSUITE_CERTIFICATE_ID="+key.id, "NETSUITE_KEY_FILE="+key.key), argv[0], argv[1:]...)
			verdicts := c.Requests()
			if r.exit != 0 || len(verdicts) != 1 {
				t.Fatalf("%d requests\n%v", len(verdicts), r)
			}
			v := verdicts[0]
			codes := slices.DeleteFunc(codesOf(v), func(code string) bool {
				return code == "request.parameter-missing" && !slices.Contains(tt.codes, code)
			})
			if v.Status != tt.status || v.Accepted || !slices.Equal(codes, tt.codes) {
				t.Errorf("status %d, refusals %+v, want %d, %v\n%v", v.Status, v.Refusals, tt.status, tt.codes, r)
			}
			for i, words := range tt.reasons {
				if i >= len(v.Refusals) || !strings.Contains(v.Refusals[i].Reason, words) {
					t.Errorf("no refusal %d with the words %q in %+v", i, words, v.Refusals)
				}
			}
			// It is one request from one of the three, to NetSuite by name.
			if !strings.HasSuffix(v.Host, ".suitetalk.api.netsuite.com") {
				t.Errorf("host %q", v.Host)
			}
			keepsSecrets(t, key, r, v, c.AuditTrail())
		})
	}
}

// keepsSecrets: neither what a program prints nor what the emulator records
// holds a line of the private key or an assertion.
func keepsSecrets(t *testing.T, key registered, r result, records ...any) {
	t.Helper()
	text, err := json.Marshal(records)
	if err != nil {
		t.Fatal(err)
	}
	all := bytes.Join([][]byte{text, r.stdout, []byte(r.stderr)}, nil)
	for line := range strings.Lines(string(read(t, key.key))) {
		if line = strings.TrimSpace(line); bytes.Contains(all, []byte(line)) {
			t.Fatal("a line of the private key is there")
		}
	}
	if bytes.Contains(all, []byte("eyJ")) {
		t.Fatal("an assertion is there")
	}
}

// TestCurl: openssl and curl alone, with --connect-to and --cacert, get a token
// and with it a record, for each algorithm.
func TestCurl(t *testing.T) {
	t.Parallel()
	c := startCounterpart(t, nil)
	environment := func(t *testing.T, alg, kind string) []string {
		key := strangerKey(t, kind)
		return c.environment(t, "ALG="+alg, "KEY="+key.key, "NETSUITE_CERTIFICATE_ID="+key.id)
	}
	for _, pair := range [][2]string{
		{"PS256", "RSA-3072"}, {"PS384", "RSA-3072"}, {"PS512", "RSA-4096"}, {"ES256", "P-256"}, {"ES384", "P-384"}, {"ES512", "P-521"},
	} {
		t.Run(pair[0], func(t *testing.T) {
			argv := shell("netsuite.sh", "record", strangersRecord)(t)
			r := run(t, nil, environment(t, pair[0], pair[1]), argv[0], argv[1:]...)
			body, status, _ := strings.Cut(string(r.stdout), "\n")
			if r.exit != 0 || strings.TrimSpace(status) != "200" {
				t.Fatal(r)
			}
			jq(t, []byte(body), ".id", `"107"`)
		})
	}

	t.Run("not without the CA", func(t *testing.T) {
		env := environment(t, "ES256", "P-256")
		home := t.TempDir()
		curlrc := fmt.Sprintf("connect-to = \"::%s\"\n", c.Addr())
		if err := os.WriteFile(filepath.Join(home, ".curlrc"), []byte(curlrc), 0o600); err != nil {
			t.Fatal(err)
		}
		before := len(c.Requests())
		argv := shell("netsuite.sh", "token")(t)
		r := run(t, nil, append(env, "HOME="+home), argv[0], argv[1:]...)
		if r.exit != 60 { // curl(1): the peer's certificate cannot be authenticated
			t.Error(r)
		}
		for len(c.Requests()) == before { // go test's own limit ends it
			time.Sleep(time.Millisecond)
		}
		v := c.Requests()[before]
		if v.Method != verdict.MethodHandshake || !slices.Equal(codesOf(v), []string{"network.tls-untrusted"}) {
			t.Errorf("%+v", v)
		}
	})

	t.Run("a foreign certificate ID", func(t *testing.T) {
		argv := shell("netsuite.sh", "token")(t)
		r := run(t, nil, append(environment(t, "ES256", "P-256"), "NETSUITE_CERTIFICATE_ID="+strings.Repeat("A", 43)), argv[0], argv[1:]...)
		if want := "{\"error\":\"server_error\"}\n500\n"; r.exit != 0 || string(r.stdout) != want {
			t.Error(r)
		}
		trail := c.AuditTrail()
		if last := trail[len(trail)-1]; last.Detail != "MissingKey" || last.Status != "Failure" {
			t.Errorf("audit trail %+v", last)
		}
	})

	accepted := 0
	for _, v := range c.Requests() {
		if v.Status == http.StatusOK && v.Accepted {
			accepted++
		}
	}
	if accepted != 12 { // a token and a record, six times
		t.Errorf("%d requests accepted, want 12", accepted)
	}
}
