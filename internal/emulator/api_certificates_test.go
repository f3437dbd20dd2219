package emulator

import (
	"crypto"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/testkit/keypool"
)

func pemOf(blockType string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: blockType, Bytes: der}))
}

func freshCertificate(t testing.TB, kind string, days int) ([]byte, crypto.Signer) {
	t.Helper()
	key, err := keypool.Generate(kind)
	if err != nil {
		t.Fatal(err)
	}
	return certify(t, key, days), key
}

func upload(t testing.TB, file string, role, entity any) string {
	t.Helper()
	b, err := json.Marshal(map[string]any{"fileContent": file, "role": role, "entity": entity})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func (c *client) post(t testing.TB, token, url, body string, header ...string) response {
	t.Helper()
	if len(header) == 0 {
		header = []string{"Content-Type", "application/json"}
	}
	return c.do(t, request(t, "POST", url, body, append(header, "Authorization", "Bearer "+token)...))
}

func (c *client) list(t testing.TB, token string) []listedCertificate {
	t.Helper()
	var list []listedCertificate
	res := c.get(t, token, certificatesURL)
	if err := json.Unmarshal([]byte(res.body), &list); err != nil || res.status != 200 {
		t.Fatalf("list: %d %s", res.status, res.body)
	}
	return list
}

// fewer leaves the account with the mapping of one key, so that there is room.
func (f *fixture) fewer(kind string) *fixture {
	f.config.Accounts[0].Mappings = []Mapping{*f.own(kind)}
	return f
}

// A certificate's life: added, listed, used, revoked, refused.
func TestCertificateRotation(t *testing.T) {
	f := newFixture(t).fewer("p-256")
	c := start(t, f.config)
	token := c.token(t, f.genuine("p-256", "ES256").sign(t))
	der, key := freshCertificate(t, "p-384", 3650)

	res := c.post(t, token, certificatesURL, upload(t, pemOf("CERTIFICATE", der), 1012, 1042))
	var added map[string]any
	if err := json.Unmarshal([]byte(res.body), &added); err != nil || res.status != 200 || res.header.Get("Content-Type") != typeJSON {
		t.Fatalf("add: %d %s", res.status, res.body)
	}
	members := slices.Sorted(maps.Keys(added))
	want := []string{"algorithm", "application_id", "certificate", "certificate_id", "created_at", "entity_role_id", "invalidated", "valid_from", "valid_until"}
	if !slices.Equal(members, want) {
		t.Errorf("members %v", members)
	}
	combination, _ := added["entity_role_id"].(map[string]any)
	if fmt.Sprintf("%v %v %v", combination["com"], combination["ent"], combination["rol"]) != "1234567 1042 1012" ||
		added["certificate_id"] != CertificateID(der) || added["algorithm"] != "EC" || added["invalidated"] != false ||
		added["application_id"] != applicationID("main") || added["certificate"] != pemOf("CERTIFICATE", der) {
		t.Errorf("added %v", added)
	}
	from := noon.Add(-day)
	if added["valid_from"] != timestamp(from) || added["valid_until"] != timestamp(from.Add(MaxMappingValidity)) || added["created_at"] != timestamp(noon) {
		t.Errorf("ten years are not shortened to two: %v", added)
	}
	if v := c.last(); !v.Accepted || v.Basis != Official {
		t.Errorf("verdict %+v", v)
	}

	list := c.list(t, token)
	if len(list) != 2 || list[1].CertificateID != CertificateID(der) || list[1].Created != timestamp(noon) || list[1].Revoked ||
		list[1].Application.ID != list[0].Application.ID || list[1].Application.Name != "main" {
		t.Errorf("list %+v", list)
	}
	assertion := func() string {
		d := f.genuine("p-384", "ES384").head("kid", CertificateID(der))
		d.key = key
		return d.sign(t)
	}
	second := c.token(t, assertion())

	revokeURL := certificatesURL + "/" + CertificateID(der) + "/revoke"
	res = c.post(t, token, revokeURL, "")
	if res.status != 200 || res.body != "Successfully revoked" || !strings.HasPrefix(res.header.Get("Content-Type"), "text/plain") {
		t.Errorf("revoke: %d %s", res.status, res.body)
	}
	if !c.list(t, token)[1].Revoked {
		t.Error("not listed as revoked")
	}
	if res := c.exchange(t, assertion()); res.status != 500 || c.last().Refusals[0].Code != "setup.certificate-revoked" || c.last().Refusals[0].Detail != "MissingKey" {
		t.Errorf("a revoked certificate: %d %+v", res.status, c.last())
	}
	if res := c.get(t, second, timeURL); res.status != 200 {
		t.Errorf("a token from before: status %d", res.status)
	}
	if res := c.post(t, token, revokeURL, ""); res.status != 400 || codesOf(c.last())[0] != "mapping.revoked" {
		t.Errorf("revoked twice: %d %s", res.status, res.body)
	}
	if res := c.post(t, token, certificatesURL, upload(t, pemOf("CERTIFICATE", der), 1012, 1042)); res.status != 400 || codesOf(c.last())[0] != "mapping.certificate-in-use" {
		t.Errorf("added again: %d %s", res.status, res.body)
	}
}

func TestCertificateRefusals(t *testing.T) {
	f := newFixture(t).fewer("p-256")
	// Another integration, and another entity of the same one.
	foreign, _ := freshCertificate(t, "p-256", 730)
	other := *f.own("p-256")
	other.Certificate, other.Entity = foreign, Entity{ID: 7, Name: "Somebody Else"}
	elsewhere, _ := freshCertificate(t, "p-256", 730)
	second := *f.own("p-256")
	second.Certificate, second.ClientID = elsewhere, clientID("second")
	f.config.Accounts[0].Mappings = append(f.config.Accounts[0].Mappings, other, second)
	c := start(t, f.config)
	token := c.token(t, f.genuine("p-256", "ES256").sign(t))
	der, _ := freshCertificate(t, "p-256", 730)
	expired, _ := freshCertificate(t, "p-256", 1)
	small := certify(t, testKeys()["rsa-2048"], 730)
	good := pemOf("CERTIFICATE", der)
	before := c.list(t, token)
	if len(before) != 1 {
		t.Errorf("another's certificates are listed: %+v", before)
	}
	for _, tt := range []struct {
		name, body, contentType string
		status                  int
		code                    string // of the verdict
		nsCode, detail          string
	}{
		{"form", "fileContent=x", "application/x-www-form-urlencoded", 400, "api.invalid-request", "INVALID_CONTENT", "Content-Type"},
		{"no JSON", "x", "", 400, "api.invalid-request", "INVALID_CONTENT", "JSON"},
		{"unknown member", `{"file":"x"}`, "", 400, "api.invalid-request", "INVALID_CONTENT", ""},
		{"role as a word", upload(t, good, "admin", 1042), "", 400, "api.invalid-request", "INVALID_CONTENT", ""},
		{"too big", `{"fileContent":"` + strings.Repeat("x", MaxBody) + `"}`, "", 400, "api.invalid-request", "INVALID_CONTENT", ""},
		{"no file", upload(t, "", 1012, 1042), "", 400, "certificate.not-a-certificate", "INVALID_CONTENT", "PEM"},
		{"a key", upload(t, pemOf("PRIVATE KEY", der), 1012, 1042), "", 400, "certificate.not-a-certificate", "INVALID_CONTENT", "another type"},
		{"two", upload(t, good+good, 1012, 1042), "", 400, "certificate.not-a-certificate", "INVALID_CONTENT", "more"},
		{"damaged", upload(t, pemOf("CERTIFICATE", der[:40]), 1012, 1042), "", 400, "certificate.unparsable", "INVALID_CONTENT", ""},
		{"small", upload(t, pemOf("CERTIFICATE", small), 1012, 1042), "", 400, "key.rsa-too-small", "INVALID_CONTENT", "Provided x509 certificate has an invalid bit length"},
		{"expired", upload(t, pemOf("CERTIFICATE", expired), 1012, 1042), "", 400, "certificate.expired", "INVALID_CONTENT", "expired"},
		{"unknown role", upload(t, good, 99, 1042), "", 400, "api.invalid-request", "INVALID_PARAMETER", "role"},
		{"unknown entity", upload(t, good, 1012, 99), "", 400, "api.invalid-request", "INVALID_PARAMETER", "entity"},
		{"no role", upload(t, good, nil, 1042), "", 400, "api.invalid-request", "INVALID_PARAMETER", "role"},
		{"another's entity", upload(t, good, 1012, 7), "", 403, "api.permission-missing", "INSUFFICIENT_PERMISSION", "OAuth 2.0 Authorized Applications Management"},
		{"of another integration", upload(t, pemOf("CERTIFICATE", elsewhere), 1012, 1042), "", 400, "mapping.certificate-in-use", "INVALID_CONTENT", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var header []string
			if tt.contentType != "" {
				header = []string{"Content-Type", tt.contentType}
			}
			res := c.post(t, token, certificatesURL, tt.body, header...)
			code, detail := errorCode(t, res)
			v := c.last()
			if res.status != tt.status || code != tt.nsCode || !strings.Contains(detail, tt.detail) || !slices.Equal(codesOf(v), []string{tt.code}) {
				t.Errorf("status %d, %s %q, verdict %v", res.status, code, detail, codesOf(v))
			}
			if v.Basis != Guess || v.Refusals[0].Detail != "" {
				t.Errorf("verdict %+v", v)
			}
		})
	}
	for path, status := range map[string]int{
		"/" + CertificateID(foreign) + "/revoke":   404, // another's
		"/" + CertificateID(elsewhere) + "/revoke": 404,
		"/unknown/revoke":                          404,
		"/" + CertificateID(der) + "/delete":       404,
		"/" + CertificateID(der):                   404,
		"/":                                        404,
	} {
		if res := c.post(t, token, certificatesURL+path, ""); res.status != status {
			t.Errorf("%s: status %d %s", path, res.status, res.body)
		}
	}
	for _, r := range []struct{ method, url, allow string }{
		{"GET", certificatesURL + "/" + CertificateID(foreign) + "/revoke", "POST"}, {"DELETE", certificatesURL, "GET, POST"},
	} {
		if res := c.do(t, request(t, r.method, r.url, "", "Authorization", "Bearer "+token)); res.status != 405 || res.header.Get("Allow") != r.allow {
			t.Errorf("%s %s: %d %q", r.method, r.url, res.status, res.header.Get("Allow"))
		}
	}
	if after := c.list(t, token); !slices.Equal(after, before) {
		t.Errorf("a refused change changed something: %+v", after)
	}
	if res := c.post(t, "rubbish", certificatesURL, "{}"); res.status != 401 {
		t.Errorf("no token: status %d", res.status)
	}
}

// An administrator manages every certificate of the integration.
func TestCertificatesOfAdministrator(t *testing.T) {
	f := newFixture(t).fewer("p-256")
	other := *f.own("p-256")
	other.Certificate, _ = freshCertificate(t, "p-256", 730)
	other.Entity = Entity{ID: 7, Name: "Somebody Else"}
	f.config.Accounts[0].Mappings = append(f.config.Accounts[0].Mappings, other)
	f.config.Accounts[0].Mappings[0].Role = Role{ID: administratorRole, Name: "Administrator"}
	c := start(t, f.config)
	token := c.token(t, f.genuine("p-256", "ES256").sign(t))
	der, _ := freshCertificate(t, "p-521", 730)
	if res := c.post(t, token, certificatesURL, upload(t, pemOf("CERTIFICATE", der), 1012, 7)); res.status != 200 {
		t.Errorf("add: %d %s", res.status, res.body)
	}
	if res := c.post(t, token, certificatesURL+"/"+CertificateID(other.Certificate)+"/revoke", ""); res.status != 200 {
		t.Errorf("revoke: %d %s", res.status, res.body)
	}
	if list := c.list(t, token); len(list) != 3 || !list[1].Revoked {
		t.Errorf("list %+v", list)
	}
}

// Many who add and revoke at once never get more than five active ones, and
// nobody else is in their way.
func TestCertificatesAtOnce(t *testing.T) {
	f := newFixture(t).fewer("p-256")
	c := start(t, f.config)
	token := c.token(t, f.genuine("p-256", "ES256").sign(t))
	const many = 12
	var bodies, ids []string
	for range many {
		der, _ := freshCertificate(t, "p-256", 730)
		bodies, ids = append(bodies, upload(t, pemOf("CERTIFICATE", der), 1012, 1042)), append(ids, CertificateID(der))
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	statuses := make(map[int]int)
	for _, body := range bodies {
		wg.Go(func() {
			res := c.post(t, token, certificatesURL, body)
			mu.Lock()
			defer mu.Unlock()
			statuses[res.status]++
		})
		wg.Go(func() {
			if active := activeOf(c.list(t, token)); active > MaxActive {
				t.Errorf("%d active", active)
			}
			c.token(t, f.genuine("p-256", "ES256").sign(t))
		})
	}
	wg.Wait()
	if statuses[200] != MaxActive-1 || statuses[400] != many-MaxActive+1 {
		t.Errorf("statuses %v", statuses)
	}
	statuses = make(map[int]int)
	for _, id := range append(ids, ids...) { // each of them twice
		wg.Go(func() {
			res := c.post(t, token, certificatesURL+"/"+id+"/revoke", "")
			mu.Lock()
			defer mu.Unlock()
			statuses[res.status]++
		})
	}
	wg.Wait()
	if statuses[200] != MaxActive-1 || statuses[400] != MaxActive-1 || activeOf(c.list(t, token)) != 1 {
		t.Errorf("statuses %v", statuses)
	}
}

// Changes are made one at a time, also where each takes a while: none is lost.
func TestNoChangeIsLost(t *testing.T) {
	f := newFixture(t).fewer("p-256")
	a, err := indexAccount(f.config.Accounts[0])
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			_ = a.change(func(next *account) error {
				runtime.Gosched()
				next.order = append(next.order, next.order[0])
				return nil
			})
			_ = a.change(func(next *account) error {
				next.order = nil
				return errors.New("refused")
			})
		})
	}
	wg.Wait()
	if n := len(a.current().order); n != 51 || len(a.order) != 1 {
		t.Errorf("%d mappings, %d of the first version", n, len(a.order))
	}
}

func activeOf(list []listedCertificate) (active int) {
	for _, l := range list {
		if !l.Revoked && l.ValidUntil > timestamp(noon) {
			active++
		}
	}
	return active
}

// A list that only grows has an end.
func TestMappingsHaveABound(t *testing.T) {
	f := newFixture(t).fewer("p-256")
	a, err := indexAccount(f.config.Accounts[0])
	if err != nil {
		t.Fatal(err)
	}
	revoked := *a.order[0]
	revoked.Revoked = true
	for len(a.order) < maxMappings {
		a.order = append(a.order, &revoked)
	}
	m := f.config.Accounts[0].Mappings[0]
	m.Certificate, _ = freshCertificate(t, "p-256", 730)
	if _, err := a.admit(m, noon.Add(time.Hour)); err == nil {
		t.Error("no bound")
	}
}
