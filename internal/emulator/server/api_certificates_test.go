package server

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/emulatortest"
	"github.com/nsauth/nsauth/internal/emulator/exchange"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

func upload(t testing.TB, file string, role, entity any) string {
	t.Helper()
	b, err := json.Marshal(map[string]any{"fileContent": file, "role": role, "entity": entity})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func (c *client) post(t testing.TB, token, url, body string, header ...string) emulatortest.Response {
	t.Helper()
	if len(header) == 0 {
		header = []string{"Content-Type", "application/json"}
	}
	return c.do(t, emulatortest.Request(t, "POST", url, body, append(header, "Authorization", "Bearer "+token)...))
}

func (c *client) list(t testing.TB, token string) []wireCertificate {
	t.Helper()
	var list []wireCertificate
	res := c.get(t, token, certificatesURL)
	if err := json.Unmarshal([]byte(res.Body), &list); err != nil || res.Status != 200 {
		t.Fatalf("list: %d %s", res.Status, res.Body)
	}
	return list
}

// fewer leaves the account with the mapping of one key, so that there is room.
func (f *fixture) fewer(kind string) *fixture {
	f.config.Accounts[0].Mappings = []account.Mapping{*f.own(kind)}
	return f
}

// A certificate's life: added, listed, used, revoked, refused.
func TestCertificateRotation(t *testing.T) {
	f := newFixture(t).fewer("p-256")
	c := start(t, f.config)
	token := c.token(t, f.Genuine("p-256", "ES256").Sign(t))
	der, key := emulatortest.FreshCertificate(t, "p-384", 3650)

	res := c.post(t, token, certificatesURL, upload(t, emulatortest.PEM("CERTIFICATE", der), 1012, 1042))
	var added map[string]any
	if err := json.Unmarshal([]byte(res.Body), &added); err != nil || res.Status != 200 || res.Header.Get("Content-Type") != exchange.TypeJSON {
		t.Fatalf("add: %d %s", res.Status, res.Body)
	}
	members := slices.Sorted(maps.Keys(added))
	want := []string{"algorithm", "application_id", "certificate", "certificate_id", "created_at", "entity_role_id", "invalidated", "valid_from", "valid_until"}
	if !slices.Equal(members, want) {
		t.Errorf("members %v", members)
	}
	combination, _ := added["entity_role_id"].(map[string]any)
	if fmt.Sprintf("%v %v %v", combination["com"], combination["ent"], combination["rol"]) != "1234567 1042 1012" ||
		added["certificate_id"] != account.CertificateID(der) || added["algorithm"] != "EC" || added["invalidated"] != false ||
		added["application_id"] != 1.0 || added["certificate"] != emulatortest.PEM("CERTIFICATE", der) {
		t.Errorf("added %v", added)
	}
	from := emulatortest.Noon.Add(-24 * time.Hour)
	if added["valid_from"] != day(from) || added["valid_until"] != day(from.Add(account.MaxMappingValidity)) || added["created_at"] != day(emulatortest.Noon) {
		t.Errorf("ten years are not shortened to two: %v", added)
	}
	if v := c.last(); !v.Accepted || v.Basis != verdict.Official {
		t.Errorf("verdict %+v", v)
	}

	list := c.list(t, token)
	if len(list) != 2 || list[1].CertificateID != account.CertificateID(der) || list[1].Created != day(emulatortest.Noon) || list[1].Revoked ||
		list[1].Application.ID != list[0].Application.ID || list[1].Application.Name != "main" {
		t.Errorf("list %+v", list)
	}
	// A22: URLs are relative, and the UUID is in the list only (article_11111634165).
	if l := list[1]; l.Application.URL != "/app/common/integration/integrapp.nl?id=1" || l.Entity.URL != "/app/common/entity/entity.nl?id=1042" ||
		l.Role.URL != "/app/setup/role.nl?id=1012" || l.Application.ApplicationID != account.ApplicationID("main") {
		t.Errorf("list %+v", l)
	}
	assertion := func() string {
		d := f.Genuine("p-384", "ES384").Head("kid", account.CertificateID(der))
		d.Key = key
		return d.Sign(t)
	}
	second := c.token(t, assertion())

	revokeURL := certificatesURL + "/" + account.CertificateID(der) + "/revoke"
	res = c.post(t, token, revokeURL, "")
	if res.Status != 200 || res.Body != "Successfully revoked" || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/plain") {
		t.Errorf("revoke: %d %s", res.Status, res.Body)
	}
	if !c.list(t, token)[1].Revoked {
		t.Error("not listed as revoked")
	}
	if res := c.exchange(t, assertion()); res.Status != 500 || c.last().Refusals[0].Code != "setup.certificate-revoked" || c.last().Refusals[0].Detail != "MissingKey" {
		t.Errorf("a revoked certificate: %d %+v", res.Status, c.last())
	}
	if res := c.get(t, second, timeURL); res.Status != 200 {
		t.Errorf("a token from before: status %d", res.Status)
	}
	if res := c.post(t, token, revokeURL, ""); res.Status != 400 || emulatortest.Codes(c.last())[0] != "mapping.revoked" {
		t.Errorf("revoked twice: %d %s", res.Status, res.Body)
	}
	if res := c.post(t, token, certificatesURL, upload(t, emulatortest.PEM("CERTIFICATE", der), 1012, 1042)); res.Status != 400 || emulatortest.Codes(c.last())[0] != "mapping.certificate-in-use" {
		t.Errorf("added again: %d %s", res.Status, res.Body)
	}
}

func TestCertificateRefusals(t *testing.T) {
	f := newFixture(t).fewer("p-256")
	// Another integration, and another entity of the same one.
	foreign, _ := emulatortest.FreshCertificate(t, "p-256", 730)
	other := *f.own("p-256")
	other.Certificate, other.Entity = foreign, account.Entity{ID: 7, Name: "Somebody Else"}
	elsewhere, _ := emulatortest.FreshCertificate(t, "p-256", 730)
	second := *f.own("p-256")
	second.Certificate, second.ClientID = elsewhere, emulatortest.ClientID("second")
	f.config.Accounts[0].Mappings = append(f.config.Accounts[0].Mappings, other, second)
	c := start(t, f.config)
	token := c.token(t, f.Genuine("p-256", "ES256").Sign(t))
	der, _ := emulatortest.FreshCertificate(t, "p-256", 730)
	expired, _ := emulatortest.FreshCertificate(t, "p-256", 1)
	small := emulatortest.Certify(t, emulatortest.Keys()["rsa-2048"], 730)
	good := emulatortest.PEM("CERTIFICATE", der)
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
		{"a key", upload(t, emulatortest.PEM("PRIVATE KEY", der), 1012, 1042), "", 400, "certificate.not-a-certificate", "INVALID_CONTENT", "another type"},
		{"two", upload(t, good+good, 1012, 1042), "", 400, "certificate.not-a-certificate", "INVALID_CONTENT", "more"},
		{"damaged", upload(t, emulatortest.PEM("CERTIFICATE", der[:40]), 1012, 1042), "", 400, "certificate.unparsable", "INVALID_CONTENT", ""},
		{"small", upload(t, emulatortest.PEM("CERTIFICATE", small), 1012, 1042), "", 400, "key.rsa-too-small", "INVALID_CONTENT", "Provided x509 certificate has an invalid bit length"},
		{"expired", upload(t, emulatortest.PEM("CERTIFICATE", expired), 1012, 1042), "", 400, "certificate.expired", "INVALID_CONTENT", "expired"},
		{"unknown role", upload(t, good, 99, 1042), "", 400, "api.invalid-request", "INVALID_PARAMETER", "role"},
		{"unknown entity", upload(t, good, 1012, 99), "", 400, "api.invalid-request", "INVALID_PARAMETER", "entity"},
		{"no role", upload(t, good, nil, 1042), "", 400, "api.invalid-request", "INVALID_PARAMETER", "role"},
		{"another's entity", upload(t, good, 1012, 7), "", 403, "api.permission-missing", "INSUFFICIENT_PERMISSION", "OAuth 2.0 Authorized Applications Management"},
		{"of another integration", upload(t, emulatortest.PEM("CERTIFICATE", elsewhere), 1012, 1042), "", 400, "mapping.certificate-in-use", "INVALID_CONTENT", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var header []string
			if tt.contentType != "" {
				header = []string{"Content-Type", tt.contentType}
			}
			res := c.post(t, token, certificatesURL, tt.body, header...)
			code, detail := errorCode(t, res)
			v := c.last()
			if res.Status != tt.status || code != tt.nsCode || !strings.Contains(detail, tt.detail) || !slices.Equal(emulatortest.Codes(v), []string{tt.code}) {
				t.Errorf("status %d, %s %q, verdict %v", res.Status, code, detail, emulatortest.Codes(v))
			}
			if v.Basis != verdict.Guess || v.Refusals[0].Detail != "" {
				t.Errorf("verdict %+v", v)
			}
		})
	}
	for path, status := range map[string]int{
		"/" + account.CertificateID(foreign) + "/revoke":   404, // another's
		"/" + account.CertificateID(elsewhere) + "/revoke": 404,
		"/unknown/revoke": 404,
		"/" + account.CertificateID(der) + "/delete": 404,
		"/" + account.CertificateID(der):             404,
		"/":                                          404,
	} {
		if res := c.post(t, token, certificatesURL+path, ""); res.Status != status {
			t.Errorf("%s: status %d %s", path, res.Status, res.Body)
		}
	}
	for _, r := range []struct{ method, url, allow string }{
		{"GET", certificatesURL + "/" + account.CertificateID(foreign) + "/revoke", "POST"}, {"DELETE", certificatesURL, "GET, POST"},
	} {
		if res := c.do(t, emulatortest.Request(t, r.method, r.url, "", "Authorization", "Bearer "+token)); res.Status != 405 || res.Header.Get("Allow") != r.allow {
			t.Errorf("%s %s: %d %q", r.method, r.url, res.Status, res.Header.Get("Allow"))
		}
	}
	if after := c.list(t, token); !slices.Equal(after, before) {
		t.Errorf("a refused change changed something: %+v", after)
	}
	if res := c.post(t, "rubbish", certificatesURL, "{}"); res.Status != 401 {
		t.Errorf("no token: status %d", res.Status)
	}
}

// An administrator manages every certificate of the integration.
func TestCertificatesOfAdministrator(t *testing.T) {
	f := newFixture(t).fewer("p-256")
	other := *f.own("p-256")
	other.Certificate, _ = emulatortest.FreshCertificate(t, "p-256", 730)
	other.Entity = account.Entity{ID: 7, Name: "Somebody Else"}
	f.config.Accounts[0].Mappings = append(f.config.Accounts[0].Mappings, other)
	f.config.Accounts[0].Mappings[0].Role = account.Role{ID: account.AdministratorRole, Name: "Administrator"}
	c := start(t, f.config)
	token := c.token(t, f.Genuine("p-256", "ES256").Sign(t))
	der, _ := emulatortest.FreshCertificate(t, "p-521", 730)
	if res := c.post(t, token, certificatesURL, upload(t, emulatortest.PEM("CERTIFICATE", der), 1012, 7)); res.Status != 200 {
		t.Errorf("add: %d %s", res.Status, res.Body)
	}
	if res := c.post(t, token, certificatesURL+"/"+account.CertificateID(other.Certificate)+"/revoke", ""); res.Status != 200 {
		t.Errorf("revoke: %d %s", res.Status, res.Body)
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
	token := c.token(t, f.Genuine("p-256", "ES256").Sign(t))
	const many = 12
	var bodies, ids []string
	for range many {
		der, _ := emulatortest.FreshCertificate(t, "p-256", 730)
		bodies, ids = append(bodies, upload(t, emulatortest.PEM("CERTIFICATE", der), 1012, 1042)), append(ids, account.CertificateID(der))
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	statuses := make(map[int]int)
	for _, body := range bodies {
		wg.Go(func() {
			res := c.post(t, token, certificatesURL, body)
			mu.Lock()
			defer mu.Unlock()
			statuses[res.Status]++
		})
		wg.Go(func() {
			if active := activeOf(c.list(t, token)); active > account.MaxActive {
				t.Errorf("%d active", active)
			}
			c.token(t, f.Genuine("p-256", "ES256").Sign(t))
		})
	}
	wg.Wait()
	if statuses[200] != account.MaxActive-1 || statuses[400] != many-account.MaxActive+1 {
		t.Errorf("statuses %v", statuses)
	}
	statuses = make(map[int]int)
	for _, id := range append(ids, ids...) { // each of them twice
		wg.Go(func() {
			res := c.post(t, token, certificatesURL+"/"+id+"/revoke", "")
			mu.Lock()
			defer mu.Unlock()
			statuses[res.Status]++
		})
	}
	wg.Wait()
	if statuses[200] != account.MaxActive-1 || statuses[400] != account.MaxActive-1 || activeOf(c.list(t, token)) != 1 {
		t.Errorf("statuses %v", statuses)
	}
}

func activeOf(list []wireCertificate) (active int) {
	for _, l := range list {
		if !l.Revoked && l.ValidUntil >= day(emulatortest.Noon) {
			active++
		}
	}
	return active
}

// day is a date of the list, which has no time.
func day(at time.Time) string { return at.UTC().Format(time.DateOnly) }

// takePermission leaves every mapping's role without a permission.
func takePermission(a *account.Account, permission string) {
	for i := range a.Mappings {
		role := &a.Mappings[i].Role
		role.Permissions = slices.DeleteFunc(slices.Clone(role.Permissions), func(p string) bool { return p == permission })
	}
}
