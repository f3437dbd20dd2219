//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	emu "github.com/nsauth/nsauth/internal/emulator/server"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// These tests put the emulator to use by programs that nobody here wrote the
// cryptography or the OAuth of. The emulator runs in the test's own process, so
// that its verdicts and its audit trail can be read as they are.

// strangersAccount is the account of tokenURL.
const strangersAccount = "1234567_SB1"

// strangersRecord is a record that the emulator has, under its path.
const strangersRecord = "/services/rest/record/v1/customer/107"

// registered is a key whose certificate the emulator knows. The two files are
// its halves.
type registered struct {
	key, public, id string
	certificate     []byte // DER
}

// strangersKeys are made by openssl, once for all tests, one for each size and
// curve that NetSuite takes.
var strangersKeys = sync.OnceValues(func() (map[string]registered, error) {
	kinds := map[string][]string{
		"RSA-3072": {"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"},
		"RSA-4096": {"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:4096"},
		"P-256":    {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"},
		"P-384":    {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"},
		"P-521":    {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"},
	}
	keys := map[string]registered{}
	for kind, args := range kinds {
		path := filepath.Join(scratch, "stranger-"+kind)
		k := registered{key: path + ".key.pem", public: path + ".public.pem"}
		for _, command := range [][]string{
			append([]string{"genpkey", "-out", k.key}, args...),
			{"pkey", "-in", k.key, "-pubout", "-out", k.public},
			{"req", "-new", "-x509", "-key", k.key, "-sha256", "-days", "365", "-subj", "/CN=" + kind, "-out", path + ".cert.pem"},
		} {
			if out, err := exec.Command("openssl", command...).CombinedOutput(); err != nil {
				return nil, fmt.Errorf("openssl %v: %w\n%s", command, err, out)
			}
		}
		data, err := os.ReadFile(path + ".cert.pem")
		if err != nil {
			return nil, err
		}
		block, _ := pem.Decode(data)
		if block == nil {
			return nil, fmt.Errorf("%s.cert.pem holds no PEM", path)
		}
		k.certificate, k.id = block.Bytes, account.CertificateID(block.Bytes)
		keys[kind] = k
	}
	return keys, nil
})

func strangerKey(t *testing.T, kind string) registered {
	t.Helper()
	keys, err := strangersKeys()
	if err != nil {
		t.Fatal(err)
	}
	k, known := keys[kind]
	if !known {
		t.Fatalf("no key %s", kind)
	}
	return k
}

// strangersCA is the CA of all these emulators; its file is what programs trust.
var strangersCA = sync.OnceValues(func() (*emu.CA, error) {
	ca, err := emu.NewCA(time.Now())
	if err != nil {
		return nil, err
	}
	return ca, os.WriteFile(filepath.Join(scratch, "strangers-ca.pem"), ca.PEM(), 0o600)
})

// counterpart is an emulator that knows the registered keys.
type counterpart struct {
	*emu.Server
	ca string // file
	// http reaches it under NetSuite's host names.
	http *http.Client
}

func startCounterpart(t *testing.T, change func(*emu.Config)) counterpart {
	t.Helper()
	ca, err := strangersCA()
	if err != nil {
		t.Fatal(err)
	}
	shop := account.Account{
		ID:       strangersAccount,
		Features: account.Features{OAuth2: true, RESTWebServices: true},
		Integrations: []account.Integration{{
			Name: "strangers", ClientID: clientID, Enabled: true, ClientCredentialsGrant: true,
			ApplicationID: "0B0A9C3D-51E2-4F66-8F3E-0C6A5D1E2F30", Scopes: []string{"restlets", "rest_webservices", "suite_analytics"},
		}},
	}
	keys, err := strangersKeys()
	if err != nil {
		t.Fatal(err)
	}
	for i, kind := range slices.Sorted(maps.Keys(keys)) {
		shop.Mappings = append(shop.Mappings, account.Mapping{
			Certificate: keys[kind].certificate, ClientID: clientID, Entity: account.Entity{ID: 100 + i, Name: "User of " + kind},
			Role: account.Role{ID: 1012, Name: "Integration", Permissions: []string{account.PermissionLogin, account.PermissionREST, "Customers"}},
		})
	}
	config := emu.Config{Accounts: []account.Account{shop}, CA: ca}
	if change != nil {
		change(&config)
	}
	server, err := emu.New(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, server.Addr())
		},
		TLSClientConfig: &tls.Config{RootCAs: ca.Pool()},
	}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return counterpart{server, filepath.Join(scratch, "strangers-ca.pem"), &http.Client{Transport: transport, Timeout: patience}}
}

// environment is what makes programs in any of the three languages reach this
// emulator under NetSuite's names, without a change to them.
func (c counterpart) environment(t *testing.T, more ...string) []string {
	t.Helper()
	home, host := t.TempDir(), strings.TrimPrefix(strings.SplitN(tokenURL, "/services", 2)[0], "https://")
	curlrc := fmt.Sprintf("connect-to = \"%s:443:%s\"\ncacert = \"%s\"\n", host, c.Addr(), c.ca)
	if err := os.WriteFile(filepath.Join(home, ".curlrc"), []byte(curlrc), 0o600); err != nil {
		t.Fatal(err)
	}
	absolute := func(path string) string {
		path, err := filepath.Abs(path)
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	return append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "EMULATOR=" + c.Addr(),
		"NODE_OPTIONS=--require=" + absolute("npm/strangers/reach.cjs"), "NODE_EXTRA_CA_CERTS=" + c.ca,
		"PYTHONPATH=" + absolute("python/reach"), "EMULATOR_CA=" + c.ca,
		"NETSUITE_ACCOUNT=" + strings.TrimSuffix(host, ".suitetalk.api.netsuite.com"), "NETSUITE_CLIENT_ID=" + clientID,
	}, more...)
}

// reply is what came of one case.
type reply struct {
	Name   string `json:"name"`
	Error  string `json:"error"` // the stranger's own
	Status int    `json:"status"`
	JWT    string `json:"jwt"`
}

// attempt is one token request that a stranger is asked to make.
type attempt struct {
	Name     string            `json:"name"`
	Alg      string            `json:"alg"`
	Key      string            `json:"key"`
	Public   string            `json:"public"`
	Header   map[string]any    `json:"header"`
	Claims   map[string]any    `json:"claims"`
	Endpoint string            `json:"endpoint"`
	ClientID string            `json:"client_id"`
	Form     map[string]string `json:"form,omitempty"`
	Basic    bool              `json:"basic,omitempty"`
	Cookie   bool              `json:"cookie,omitempty"`

	salt   int                             // 0 means as long as the hash
	finish func(*testing.T, string) string // what is done to the assertion, nil if nothing
	codes  []string                        // of the refusals, none if it is to be accepted
	detail string                          // in the audit trail
}

// newAttempt is one that is in order.
func newAttempt(k registered, name, alg string, scope any) attempt {
	now := time.Now().Unix()
	return attempt{
		Name: name, Alg: alg, Key: k.key, Public: k.public, Endpoint: tokenURL, ClientID: clientID,
		Header: map[string]any{"typ": "JWT", "kid": k.id},
		Claims: map[string]any{"iss": clientID, "scope": scope, "aud": tokenURL, "iat": now, "exp": now + 300},
	}
}

// post sends an assertion as the documentation asks for it.
func (c counterpart) post(t *testing.T, jwt string) int {
	t.Helper()
	answer, err := c.http.PostForm(tokenURL, url.Values{
		"grant_type":            {"client_credentials"},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		"client_assertion":      {jwt},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case answer.StatusCode == http.StatusOK && !bytes.Contains(body, []byte(`"access_token"`)):
		t.Error("status 200 without an access_token")
	case answer.StatusCode != http.StatusOK && string(body) != `{"error":"server_error"}`:
		t.Errorf("status %d, %s: not the bare answer", answer.StatusCode, body)
	}
	return answer.StatusCode
}

// stranger makes attempts, one after the other. Those that fail before a
// request was sent have status 0.
type stranger func(t *testing.T, c counterpart, attempts []attempt) []reply

// signer is a stranger that makes assertions only; the test sends them.
func signer(sign func(t *testing.T, c counterpart, attempts []attempt) []reply) stranger {
	return func(t *testing.T, c counterpart, attempts []attempt) []reply {
		t.Helper()
		replies := sign(t, c, attempts)
		for i := range replies {
			if replies[i].Error != "" {
				continue
			}
			if finish := attempts[i].finish; finish != nil {
				replies[i].JWT = finish(t, replies[i].JWT)
			}
			replies[i].Status = c.post(t, replies[i].JWT)
		}
		return replies
	}
}

// batch is a stranger, or the signing part of one, that reads attempts and
// prints replies as JSON.
func batch(command func(t *testing.T) []string) func(*testing.T, counterpart, []attempt) []reply {
	return func(t *testing.T, c counterpart, attempts []attempt) []reply {
		t.Helper()
		stdin, err := json.Marshal(attempts)
		if err != nil {
			t.Fatal(err)
		}
		argv := command(t)
		r := run(t, stdin, c.environment(t), argv[0], argv[1:]...)
		if r.exit != 0 {
			t.Fatal(r)
		}
		var replies []reply
		if err := json.Unmarshal(r.stdout, &replies); err != nil {
			t.Fatalf("%v\n%v", err, r)
		}
		return replies
	}
}

// strangerNode is a program in npm/strangers, and needs that npm package.
func strangerNode(name, library string) func(t *testing.T) []string {
	return func(t *testing.T) []string {
		if _, err := os.Stat(filepath.Join("npm/node_modules", library)); err != nil {
			t.Fatalf("%v\nrun: npm ci --prefix internal/e2e/npm", err)
		}
		return node(t, filepath.Join("strangers", name), library)
	}
}

func strangerPython(name string) func(t *testing.T) []string {
	return func(t *testing.T) []string { return python(t, filepath.Join("strangers", name)) }
}

// shell is a script in shell/.
func shell(name string, args ...string) func(t *testing.T) []string {
	return func(t *testing.T) []string {
		return append([]string{"bash", filepath.Join("shell", name)}, args...)
	}
}

// opensslSigner runs the shell script for each attempt.
func opensslSigner(t *testing.T, c counterpart, attempts []attempt) []reply {
	t.Helper()
	var replies []reply
	for _, a := range attempts {
		header := maps.Clone(a.Header)
		header["alg"] = a.Alg
		env := c.environment(t, "ALG="+a.Alg, "KEY="+a.Key, "PUBLIC="+a.Public, "HEADER="+text(t, header), "CLAIMS="+text(t, a.Claims))
		if a.salt > 0 {
			env = append(env, fmt.Sprintf("SALT=%d", a.salt))
		}
		argv := shell("netsuite.sh", "sign")(t)
		r := run(t, nil, env, argv[0], argv[1:]...)
		if r.exit != 0 {
			t.Fatal(r)
		}
		replies = append(replies, reply{Name: a.Name, JWT: strings.TrimSpace(string(r.stdout))})
	}
	return replies
}

func text(t *testing.T, value any) string {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// strangers are all of them. openid-client and oauth4webapi send their requests
// themselves; of the others the test sends the assertions, except that the
// openssl script sends its own in TestCurl.
var strangers = map[string]stranger{
	"jose":          signer(batch(strangerNode("sign.mjs", "jose"))),
	"jsonwebtoken":  signer(batch(strangerNode("sign.mjs", "jsonwebtoken"))),
	"PyJWT":         signer(batch(strangerPython("sign.py"))),
	"golang-jwt":    signer(golangSigner),
	"openssl":       signer(opensslSigner),
	"openid-client": batch(strangerNode("client.mjs", "openid-client")),
	"oauth4webapi":  batch(strangerNode("client.mjs", "oauth4webapi")),
}

// clients are the strangers whose requests cannot be changed on their way.
var clients = []string{"openid-client", "oauth4webapi"}

// bareToClients is what the clients make of the bare 500: they read an error
// code only where the status is 4xx, so that their users never see this one.
const bareToClients = "unexpected HTTP"

func signersOnly(stranger string) bool { return !slices.Contains(clients, stranger) }

func oneOf(names ...string) func(string) bool {
	return func(stranger string) bool { return slices.Contains(names, stranger) }
}

// pair is an algorithm with a key that fits it.
type pair struct{ alg, kind string }

var (
	pssPairs   = []pair{{"PS256", "RSA-3072"}, {"PS384", "RSA-3072"}, {"PS512", "RSA-3072"}}
	ecdsaPairs = []pair{{"ES256", "P-256"}, {"ES384", "P-384"}, {"ES512", "P-521"}}
	onePair    = []pair{{"PS256", "RSA-3072"}}
	twoPairs   = []pair{{"PS256", "RSA-3072"}, {"ES256", "P-256"}}
)

// inOrder are the six algorithms with every key that fits them. No stranger is
// left out: all seven do all six.
func inOrder(t *testing.T, name string) []attempt {
	var attempts []attempt
	for _, pair := range slices.Concat(pssPairs, ecdsaPairs, []pair{{"PS256", "RSA-4096"}, {"PS384", "RSA-4096"}, {"PS512", "RSA-4096"}}) {
		var scope any = "rest_webservices"
		if len(attempts)%2 == 1 {
			scope = []string{"restlets", "rest_webservices"}
		}
		a := newAttempt(strangerKey(t, pair.kind), pair.alg+" "+pair.kind, pair.alg, scope)
		if !signersOnly(name) {
			// What the hook has to set, and no more; times, iss, sub and jti
			// are the client's.
			a.Header = map[string]any{"kid": a.Header["kid"]}
			a.Claims = map[string]any{"aud": tokenURL, "scope": scope}
		}
		attempts = append(attempts, a)
	}
	return attempts
}

// alterations are the twelve, each of an attempt that is in order.
var alterations = []struct {
	name   string
	change func(t *testing.T, a *attempt)
	codes  []string
	detail string
	makers func(stranger string) bool // nil: all
	pairs  []pair
}{
	{"one bit of the signature", func(_ *testing.T, a *attempt) { a.finish = tampered },
		[]string{"assertion.signature-invalid"}, "SignatureValidation", signersOnly, slices.Concat(pssPairs, ecdsaPairs)},
	// The others sign with a salt as long as the hash and have no say in it.
	{"salt of 20 bytes", func(_ *testing.T, a *attempt) { a.salt = 20 },
		[]string{"assertion.salt-length"}, "SignatureValidation", oneOf("openssl", "golang-jwt"), pssPairs},
	{"ECDSA signature in DER", func(_ *testing.T, a *attempt) { a.finish = inDER },
		[]string{"assertion.signature-encoding-der"}, "SignatureValidation", signersOnly, ecdsaPairs},
	{"RS256", func(_ *testing.T, a *attempt) { a.Alg = "RS256" },
		[]string{"assertion.alg-deprecated"}, "UnsupportedAlgo", nil, onePair},
	// The clients have no such thing.
	{"none", func(_ *testing.T, a *attempt) { a.Alg = "none" },
		[]string{"assertion.alg-unsupported"}, "UnsupportedAlgo", signersOnly, twoPairs},
	{"HS256 with the public key", func(_ *testing.T, a *attempt) { a.Alg = "HS256" },
		[]string{"assertion.alg-unsupported"}, "UnsupportedAlgo", nil, twoPairs},
	{"kid missing", func(_ *testing.T, a *attempt) { delete(a.Header, "kid") },
		[]string{"assertion.kid-missing"}, "MissingKeyId", nil, twoPairs},
	{"foreign kid", func(_ *testing.T, a *attempt) { a.Header["kid"] = account.CertificateID([]byte("foreign")) },
		[]string{"setup.mapping-missing"}, "MissingKey", nil, twoPairs},
	{"lifetime of 3601 s", func(_ *testing.T, a *attempt) { a.Claims["exp"] = a.Claims["iat"].(int64) + 3601 },
		[]string{"assertion.lifetime-too-long"}, "TokenValidityTooBroad", nil, twoPairs},
	{"iat in ten minutes", func(_ *testing.T, a *attempt) {
		a.Claims["iat"], a.Claims["exp"] = a.Claims["iat"].(int64)+600, a.Claims["exp"].(int64)+600
	}, []string{"assertion.issued-in-future"}, "TokenNotAcceptable", nil, twoPairs},
	{"times as strings", func(_ *testing.T, a *attempt) {
		a.Claims["iat"], a.Claims["exp"] = fmt.Sprint(a.Claims["iat"]), fmt.Sprint(a.Claims["exp"])
	}, []string{"assertion.time-claim-invalid", "assertion.time-claim-invalid"}, "", nil, twoPairs},
	{"aud of another account", func(_ *testing.T, a *attempt) { a.Claims["aud"] = strings.Replace(tokenURL, "-sb1", "", 1) },
		[]string{"assertion.audience-mismatch"}, "", nil, twoPairs},
}

// unwilling are alterations that a stranger itself refuses to make, and its words.
var unwilling = map[string]map[string]string{
	"jsonwebtoken": {"times as strings": `"exp" should be a number of seconds`},
	"PyJWT":        {"HS256 with the public key": "asymmetric key"},
}

func inDER(t *testing.T, jwt string) string {
	t.Helper()
	dot := strings.LastIndexByte(jwt, '.')
	return jwt[:dot+1] + base64.RawURLEncoding.EncodeToString(derSignature(t, decode(t, jwt[dot+1:])))
}

// TestStrangers: what strangers sign the emulator takes, with each of the six
// algorithms; and it refuses each of the twelve alterations, with the Detail
// that Oracle documents.
func TestStrangers(t *testing.T) {
	nightly(t, "runs every client library")
	made := map[string]bool{}
	for name, perform := range strangers {
		var attempts []attempt
		attempts = append(attempts, inOrder(t, name)...)
		for _, alteration := range alterations {
			if alteration.makers != nil && !alteration.makers(name) {
				continue
			}
			for _, pair := range alteration.pairs {
				a := newAttempt(strangerKey(t, pair.kind), alteration.name+", "+pair.alg, pair.alg, "rest_webservices")
				alteration.change(t, &a)
				a.codes, a.detail = alteration.codes, alteration.detail
				if name == "jose" && a.Alg == "none" {
					a.codes = append(slices.Clone(a.codes), "assertion.kid-missing") // its unsecured JWT has no such member
				}
				attempts = append(attempts, a)
				if unwilling[name][alteration.name] == "" {
					made[alteration.name] = true
				}
			}
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := startCounterpart(t, nil)
			replies := perform(t, c, attempts)
			if len(replies) != len(attempts) {
				t.Fatalf("%d replies to %d attempts", len(replies), len(attempts))
			}
			c.compare(t, name, attempts, replies)
		})
	}
	for _, alteration := range alterations {
		if !made[alteration.name] {
			t.Errorf("no stranger makes: %s", alteration.name)
		}
	}
	if len(alterations) != 12 {
		t.Errorf("%d alterations", len(alterations))
	}
}

// compare holds the emulator's verdicts and its audit trail, which are in the
// order of the requests, against what each attempt expects.
func (c counterpart) compare(t *testing.T, name string, attempts []attempt, replies []reply) {
	t.Helper()
	verdicts, trail := c.Requests(), c.AuditTrail()
	if len(verdicts) != len(trail) {
		t.Fatalf("%d verdicts, %d rows in the audit trail", len(verdicts), len(trail))
	}
	for i, a := range attempts {
		words := ""
		for alteration, said := range unwilling[name] {
			if strings.HasPrefix(a.Name, alteration+",") {
				words = said
			}
		}
		if words != "" {
			if replies[i].Status != 0 || !strings.Contains(replies[i].Error, words) {
				t.Errorf("%s: status %d, error %q, but %s is known to refuse this itself: %s", a.Name, replies[i].Status, replies[i].Error, name, words)
			}
			continue
		}
		if replies[i].Status == 0 || len(verdicts) == 0 {
			t.Errorf("%s: no request: %s", a.Name, replies[i].Error)
			continue
		}
		status, outcome := http.StatusOK, "Success"
		if len(a.codes) > 0 {
			status, outcome = http.StatusInternalServerError, "Failure"
		}
		v, row := verdicts[0], trail[0]
		verdicts, trail = verdicts[1:], trail[1:]
		if replies[i].Status != status || v.Status != status || v.Accepted != (status == http.StatusOK) || !slices.Equal(codesOf(v), a.codes) {
			t.Errorf("%s: status %d, refusals %+v, want %d, %v\nthe program says %q", a.Name, replies[i].Status, v.Refusals, status, a.codes, replies[i].Error)
		}
		if row.Status != outcome || row.Detail != a.detail {
			t.Errorf("%s: audit trail %s %q, want %s %q", a.Name, row.Status, row.Detail, outcome, a.detail)
		}
		if !signersOnly(name) && ((status == http.StatusOK) != (replies[i].Error == "") || status != http.StatusOK && !strings.Contains(replies[i].Error, bareToClients)) {
			t.Errorf("%s: status %d, and the client says %q", a.Name, status, replies[i].Error)
		}
	}
	if len(verdicts) > 0 {
		t.Errorf("%d requests more than attempts", len(verdicts))
	}
}

func codesOf(v verdict.Verdict) []string {
	var codes []string
	for _, r := range v.Refusals {
		codes = append(codes, r.Code)
	}
	return codes
}
