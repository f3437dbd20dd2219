package server

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/api"
	"github.com/nsauth/nsauth/internal/emulator/emulatortest"
	"github.com/nsauth/nsauth/internal/emulator/exchange"
	"github.com/nsauth/nsauth/internal/emulator/oauth"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

const (
	timeURL    = restURL + "/services/rest/system/v1/serverTime"
	suiteqlURL = restURL + "/services/rest/query/v1/suiteql"
	probe      = `{"q":"SELECT CURRENT_DATE AS today FROM dual"}`
)

var certificatesURL = restletsURL + api.ClientsPath + emulatortest.ClientID("main") + "/certificates"

func (c *client) get(t testing.TB, token, url string, header ...string) emulatortest.Response {
	t.Helper()
	if token != "" {
		header = append(header, "Authorization", "Bearer "+token)
	}
	return c.do(t, emulatortest.Request(t, "GET", url, "", header...))
}

func (c *client) query(t testing.TB, token, body string, header ...string) emulatortest.Response {
	t.Helper()
	if len(header) == 0 {
		header = []string{"Prefer", "transient", "Content-Type", "application/json"}
	}
	return c.do(t, emulatortest.Request(t, "POST", suiteqlURL, body, append(header, "Authorization", "Bearer "+token)...))
}

// errorCode is o:errorCode and the detail beside it.
func errorCode(t testing.TB, r emulatortest.Response) (code, detail string) {
	t.Helper()
	var e exchange.RESTErrorBody
	if err := json.Unmarshal([]byte(r.Body), &e); err != nil || len(e.Details) != 1 || e.Status != r.Status || e.Title == "" || e.Type == "" {
		t.Fatalf("status %d: not an error envelope: %s", r.Status, r.Body)
	}
	return e.Details[0].Code, e.Details[0].Detail
}

// The label of an answer is no better than what is known of it: one body is
// documented for some causes, reported for others, and for the rest a guess.
func TestBasisOfRefusedCalls(t *testing.T) {
	f := newFixture(t)
	f.own("p-384").Role = account.Role{ID: 7, Permissions: []string{account.PermissionLogin, account.PermissionREST}}
	f.own("p-521").Role = account.Role{ID: 8, Permissions: []string{account.PermissionLogin, "Customers"}}
	c := start(t, f.config)
	token := c.token(t, f.Genuine("p-256", "ES256").Sign(t))
	customer := restURL + api.RecordPath + "customer/107"
	for _, tt := range []struct {
		name, token string
		header      []string
		status      int
		code        string
		basis       verdict.Basis
	}{
		{"no header", "", nil, 401, "request.authorization-missing", verdict.Guess},
		{"a changed token", token[:len(token)-8] + "AAAAAAAA", nil, 401, "token.invalid", verdict.Official},
		{"a cookie", token, []string{"Cookie", "a=b"}, 401, "request.cookie", verdict.Observed},
		{"two tokens", token + " " + token, nil, 400, "request.authorization-malformed", verdict.Official},
		{"no permission for the record", c.token(t, f.Genuine("p-384", "ES384").Sign(t)), nil, 403, "api.permission-missing", verdict.Observed},
		{"no REST Web Services", c.token(t, f.Genuine("p-521", "ES512").Sign(t)), nil, 403, "api.permission-missing", verdict.Guess},
	} {
		res := c.get(t, tt.token, customer, tt.header...)
		if v := c.last(); res.Status != tt.status || emulatortest.Codes(v)[0] != tt.code || v.Basis != tt.basis {
			t.Errorf("%s: status %d, %+v, want %d, %s, %s", tt.name, res.Status, v, tt.status, tt.code, tt.basis)
		}
	}
}

// A token, verified by the published key, and every call it opens.
func TestHealthyFlow(t *testing.T) {
	f := newFixture(t)
	c := start(t, f.config)
	if res := c.get(t, "", timeURL); res.Status != 401 {
		t.Errorf("unsigned serverTime: status %d", res.Status)
	} else if code, detail := errorCode(t, res); code != "INVALID_LOGIN" || !strings.HasPrefix(detail, "Invalid login attempt. For more details, see the Login Audit Trail") {
		t.Errorf("unsigned serverTime: %s %s", code, detail)
	} else if got := res.Header.Get("WWW-Authenticate"); got != `Bearer realm="1234567", error="invalid_token", error_description="Invalid login attempt."` {
		t.Errorf("WWW-Authenticate %s", got)
	}

	token := c.token(t, f.Genuine("rsa-3072", "PS256").Sign(t))
	checkAccessToken(t, c, token)

	res := c.get(t, token, timeURL)
	if res.Status != 200 || res.Body != `{"serverTime":"2026-11-23T12:00:00.000Z"}` {
		t.Errorf("serverTime: %d %s", res.Status, res.Body)
	}
	if res.Header.Get("Date") != "Mon, 23 Nov 2026 12:00:00 GMT" || len(res.Header.Values("Date")) != 1 {
		t.Errorf("Date %q", res.Header.Values("Date"))
	}
	var page struct {
		Count int              `json:"count"`
		Items []map[string]any `json:"items"`
		More  bool             `json:"hasMore"`
		Total int              `json:"totalResults"`
		Links []wireLink       `json:"links"`
	}
	decode := func(r emulatortest.Response) {
		t.Helper()
		if err := json.Unmarshal([]byte(r.Body), &page); err != nil || r.Status != 200 {
			t.Fatalf("status %d: %s", r.Status, r.Body)
		}
	}
	decode(c.query(t, token, probe))
	if page.Count != 1 || page.Items[0]["today"] != "11/23/2026" {
		t.Errorf("probe: %+v", page)
	}
	decode(c.query(t, token, `{"q":"select id, companyname as name from customer"}`))
	if page.Count != 3 || page.Items[0]["id"] != "107" || page.Items[0]["name"] == nil {
		t.Errorf("customers: %+v", page)
	}
	// What is not understood is refused, not left out: wrong rows would look right.
	for _, q := range []string{"select id from customer where id = 108 or id = 109", "select id from customer group by id"} {
		if r := c.query(t, token, `{"q":"`+q+`"}`); r.Status != 400 {
			t.Errorf("%s: status %d", q, r.Status)
		}
	}
	decode(c.get(t, token, restURL+api.RecordPath+"customer?limit=2"))
	if page.Count != 2 || !page.More || page.Total != 3 {
		t.Errorf("page 1: %+v", page)
	}
	next := page.Links[slices.IndexFunc(page.Links, func(l wireLink) bool { return l.Rel == "next" })].Href
	decode(c.get(t, token, next))
	if page.Count != 1 || page.More || page.Items[0]["id"] != "109" {
		t.Errorf("page 2: %+v", page)
	}
	if res := c.get(t, token, restURL+api.RecordPath+"customer/107"); res.Status != 200 || !strings.Contains(res.Body, `"id":"107"`) {
		t.Errorf("customer 107: %d %s", res.Status, res.Body)
	}
	var list []wireCertificate
	res = c.get(t, token, certificatesURL)
	if err := json.Unmarshal([]byte(res.Body), &list); err != nil || len(list) != 5 {
		t.Fatalf("certificates: %d %s", res.Status, res.Body)
	}
	for _, l := range list {
		if !slices.Contains(slices.Collect(maps.Values(f.KeyIDs)), l.CertificateID) || l.Role.ID != 1012 || l.Entity.ID != 1042 || l.ValidUntil == "" || l.Algorithm == "" {
			t.Errorf("certificate %+v", l)
		}
	}
}

// checkAccessToken reads a token by the published key and with no code of ours.
func checkAccessToken(t *testing.T, c *client, token string) {
	t.Helper()
	res := c.get(t, "", restURL+"/services/rest/auth/oauth2/v1/keys")
	if kid := verifyByKey(t, res.Body, token); !strings.HasPrefix(kid, "c.1234567.2026-11-23_") {
		t.Errorf("kid %s", kid)
	}
	parts := strings.Split(token, ".")
	body, _ := base64.RawURLEncoding.DecodeString(parts[1])
	var claims map[string]any
	if err := json.Unmarshal(body, &claims); err != nil {
		t.Fatal(err)
	}
	aud := claims["aud"].([]any)
	if claims["sub"] != "1012;1042" || aud[0] != account.ApplicationID("main")+";1234567" || aud[1] != emulatortest.ClientID("main") || claims["iss"] != testIssuer {
		t.Errorf("claims %s", body)
	}
	if claims["exp"].(float64)-claims["iat"].(float64) != 3600 {
		t.Errorf("claims %s", body)
	}
}

// verifyByKey verifies a token by a JWK set with one key, whose kid it returns.
func verifyByKey(t testing.TB, keySet, token string) string {
	t.Helper()
	var set struct {
		Keys []struct{ Kid, N, E string } `json:"keys"`
	}
	if err := json.Unmarshal([]byte(keySet), &set); err != nil || len(set.Keys) != 1 {
		t.Fatalf("keys: %s", keySet)
	}
	number := func(s string) *big.Int {
		b, err := base64.RawURLEncoding.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return new(big.Int).SetBytes(b)
	}
	parts := strings.Split(token, ".")
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	key := &rsa.PublicKey{N: number(set.Keys[0].N), E: int(number(set.Keys[0].E).Int64())}
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], number(parts[2]).FillBytes(make([]byte, key.Size()))); err != nil {
		t.Error(err)
	}
	if header := decodeText(t, parts[0]); !strings.Contains(header, `"kid":"`+set.Keys[0].Kid+`"`) {
		t.Errorf("header %s, kid %s", header, set.Keys[0].Kid)
	}
	return set.Keys[0].Kid
}

// What a role lacks gives exactly the answers of Oracle's pages and the field reports.
func TestPermissions(t *testing.T) {
	one, all := restURL+api.RecordPath+"customer/107", restURL+api.RecordPath+"customer?limit=1"
	const userError = "Your current role does not have permission to perform this action."
	for _, tt := range []struct {
		without      string
		url          string // "" means the query
		status       int
		code, detail string
	}{
		{"", one, 200, "", ""},
		{"", restURL + api.RecordPath + "customer/99", 404, "NONEXISTENT_ID", ""},
		{"", restURL + api.RecordPath + "unicorn", 404, "NOT_FOUND", ""},
		{"", restURL + api.RecordPath + "customer?limit=0", 400, "INVALID_PARAMETER", ""},
		{"", restURL + api.RecordPath + "customer?limit=2&offset=1", 400, "INVALID_PARAMETER", ""},
		{"", restURL + "/services/rest/nothing", 404, "NOT_FOUND", ""},
		{"Customers", one, 403, "INSUFFICIENT_PERMISSION", "'Customers'"},
		{"Customers", all, 403, "INSUFFICIENT_PERMISSION", "'Customers'"},
		{account.PermissionWorkbook, one, 200, "", ""},
		{account.PermissionWorkbook, all, 400, "USER_ERROR", userError},
		{account.PermissionWorkbook, "", 400, "USER_ERROR", userError},
		{account.PermissionREST, one, 403, "INSUFFICIENT_PERMISSION", "'" + account.PermissionREST + "'"},
		{account.PermissionREST, timeURL, 200, "", ""},
		{account.PermissionCertificates, certificatesURL, 403, "INSUFFICIENT_PERMISSION", account.PermissionCertificates},
		{"", restletsURL + api.ClientsPath + emulatortest.ClientID("second") + "/certificates", 404, "NOT_FOUND", ""},
	} {
		t.Run(tt.without+" "+tt.url, func(t *testing.T) {
			f := newFixture(t)
			if tt.without != "" {
				takePermission(&f.config.Accounts[0], tt.without)
			}
			c := start(t, f.config)
			token := c.token(t, f.Genuine("p-256", "ES256").Sign(t))
			var res emulatortest.Response
			if tt.url == "" {
				res = c.query(t, token, probe)
			} else {
				res = c.get(t, token, tt.url)
			}
			if res.Status != tt.status {
				t.Fatalf("status %d, want %d: %s", res.Status, tt.status, res.Body)
			}
			if tt.code == "" {
				return
			}
			if code, detail := errorCode(t, res); code != tt.code || !strings.Contains(detail, tt.detail) {
				t.Errorf("%s: %s", code, detail)
			}
			if v := c.last(); v.Accepted || len(v.Refusals) == 0 {
				t.Errorf("verdict %+v", v)
			}
		})
	}
}

func TestAuthentication(t *testing.T) {
	f := newFixture(t)
	now := emulatortest.Noon
	f.config.Now = func() time.Time { return now }
	f.config.Accounts[0].ID, f.config.Accounts[1].ID = "1234567", "1234567_SB1"
	c := start(t, f.config)
	assertion := f.Genuine("p-256", "ES256").Sign(t)
	token := c.token(t, assertion)
	narrow := c.token(t, f.Genuine("p-256", "ES256").Claim("scope", "restlets").Sign(t))
	parts := strings.Split(token, ".")
	forged := base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(decodeText(t, parts[1]), `"exp":1`, `"exp":2`, 1)))
	sandboxURL := strings.Replace(timeURL, "1234567", "1234567-sb1", 1)
	for _, tt := range []struct {
		name, url string
		header    []string
		status    int
		code      string // of the verdict
		detail    string // of the audit trail's last entry, "-" for a success
	}{
		{"good", timeURL, []string{"Authorization", "Bearer " + token}, 200, "", "-"},
		{"scheme in lower case", timeURL, []string{"Authorization", "bearer " + token}, 200, "", "-"},
		{"cookie", timeURL, []string{"Authorization", "Bearer " + token, "Cookie", "JSESSIONID=x"}, 401, "request.cookie", ""},
		{"basic", timeURL, []string{"Authorization", "Basic eDp5"}, 400, "request.authorization-malformed", "-"},
		{"no token", timeURL, []string{"Authorization", "Bearer"}, 400, "request.authorization-malformed", "-"},
		{"two headers", timeURL, []string{"Authorization", "Bearer " + token, "Authorization", "Bearer " + token}, 400, "request.authorization-malformed", "-"},
		{"rubbish", timeURL, []string{"Authorization", "Bearer rubbish"}, 401, "token.invalid", "InvalidSignature"},
		{"the assertion", timeURL, []string{"Authorization", "Bearer " + assertion}, 401, "token.is-assertion", "InvalidTokenType"},
		{"forged", timeURL, []string{"Authorization", "Bearer " + parts[0] + "." + forged + "." + parts[2]}, 401, "token.invalid", "InvalidSignature"},
		{"other account", sandboxURL, []string{"Authorization", "Bearer " + token}, 401, "token.account-mismatch", ""},
		{"scope", timeURL, []string{"Authorization", "Bearer " + narrow}, 401, "token.scope", "ScopeMismatched"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := len(c.AuditTrail())
			res := c.get(t, "", tt.url, tt.header...)
			codes := emulatortest.Codes(c.last())
			if res.Status != tt.status || tt.code != "" && !slices.Equal(codes, []string{tt.code}) {
				t.Errorf("status %d, codes %v; want %d, %s", res.Status, codes, tt.status, tt.code)
			}
			trail := c.AuditTrail()[before:]
			if tt.status == 200 {
				if len(trail) != 1 || trail[0].Status != "Success" || trail[0].Detail != "" || trail[0].RoleID != 1012 || trail[0].EntityID != 1042 {
					t.Errorf("audit trail %+v", trail)
				}
			} else if tt.detail == "-" {
				if len(trail) != 0 {
					t.Errorf("audit trail %+v", trail)
				}
			} else if len(trail) != 1 || trail[0].Status != "Failure" || trail[0].Detail != tt.detail {
				t.Errorf("audit trail %+v, want %q", trail, tt.detail)
			}
		})
	}
	now = emulatortest.Noon.Add(oauth.TokenLifetime - time.Second)
	if res := c.get(t, token, timeURL); res.Status != 200 {
		t.Errorf("a second before its end: status %d", res.Status)
	}
	now = emulatortest.Noon.Add(oauth.TokenLifetime)
	if res := c.get(t, token, timeURL); res.Status != 401 || emulatortest.Codes(c.last())[0] != "token.expired" {
		t.Errorf("at its end: status %d", res.Status)
	}
}

func decodeText(t testing.TB, segment string) string {
	b, err := base64.RawURLEncoding.DecodeString(segment)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestSuiteQL(t *testing.T) {
	f := newFixture(t)
	c := start(t, f.config)
	token := c.token(t, f.Genuine("p-256", "ES256").Sign(t))
	jsonType := []string{"Content-Type", "application/json"}
	for _, tt := range []struct {
		name, body string
		header     []string
		code       string
		detail     string
	}{
		{"no Prefer", probe, jsonType, "INVALID_HEADER", "Prefer"},
		{"no JSON type", probe, []string{"Prefer", "transient"}, "INVALID_CONTENT", "Content-Type"},
		{"no JSON", "SELECT", nil, "INVALID_CONTENT", ""},
		{"no q", "{}", nil, "INVALID_CONTENT", ""},
		{"two values", probe + "{}", nil, "INVALID_CONTENT", ""},
		{"too big", `{"q":"` + strings.Repeat("x", MaxBody) + `"}`, nil, "INVALID_CONTENT", ""},
		{"record without permission", `{"q":"SELECT id FROM salesorder"}`, nil, "INVALID_PARAMETER", "Record 'salesorder' was not found."},
		{"no such record", `{"q":"SELECT id FROM transaction"}`, nil, "INVALID_PARAMETER", "Record 'transaction' was not found."},
		{"no such column", `{"q":"SELECT nope FROM customer"}`, nil, "INVALID_PARAMETER", "Unknown identifier 'nope'."},
		{"not SQL", `{"q":"hello"}`, nil, "INVALID_PARAMETER", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := c.query(t, token, tt.body, tt.header...)
			if code, detail := errorCode(t, res); res.Status != 400 || code != tt.code || !strings.Contains(detail, tt.detail) {
				t.Errorf("status %d, %s: %s", res.Status, code, detail)
			}
		})
	}
	if res := c.get(t, token, suiteqlURL); res.Status != 405 {
		t.Errorf("GET: status %d", res.Status)
	}
}

func TestFeatureREST(t *testing.T) {
	f := newFixture(t)
	f.config.Accounts[0].Features.RESTWebServices = false
	c := start(t, f.config)
	token := c.token(t, f.Genuine("p-256", "ES256").Sign(t))
	if res := c.get(t, token, timeURL); res.Status != 403 {
		t.Errorf("status %d", res.Status)
	}
}

func TestHosts(t *testing.T) {
	f := newFixture(t)
	c := start(t, f.config)
	for _, tt := range []struct {
		host, path string
		status     int
		text       string
	}{
		{"1234567" + account.AppSuffix, "/app/login/secure/enterpriselogin.nl", 200, "<title>NetSuite - Customer Login</title>"},
		{"9999999" + account.SuiteTalkSuffix, oauth.TokenPath, 503, "No service is available at this URL"},
		{"evil.example", oauth.TokenPath, 503, "No service is available at this URL"},
		{"1234567" + account.RESTletsSuffix, oauth.TokenPath, 404, "NOT_FOUND"},
		{"1234567" + account.SuiteTalkSuffix, api.ClientsPath + emulatortest.ClientID("main") + "/certificates", 404, "NOT_FOUND"},
		{"1234567" + account.SuiteTalkSuffix + ":8443", "/services/rest/system/v1/serverTime", 401, "INVALID_LOGIN"},
		{"1234567" + strings.ToUpper(account.SuiteTalkSuffix), "/services/rest/system/v1/serverTime", 401, "INVALID_LOGIN"},
		{"127.0.0.1", "/services/rest/system/v1/serverTime", 503, ""}, // two accounts: which one?
		{"evil.example", "/healthz", 421, "not a name of this emulator"},
		{"127.0.0.1", "/healthz", 200, `"ok"`},
		{"127.0.0.1", "/_emulator/audit-trail", 200, "["},
		{"127.0.0.1", "/_emulator/requests", 200, "["},
	} {
		r := emulatortest.Request(t, "GET", restURL+tt.path, "")
		r.Host = tt.host
		if res := c.do(t, r); res.Status != tt.status || !strings.Contains(res.Body, tt.text) {
			t.Errorf("%s%s: status %d, %s", tt.host, tt.path, res.Status, res.Body)
		} else if res.Header.Get("Date") != emulatortest.Noon.Format(http.TimeFormat) {
			t.Errorf("%s%s: Date %s", tt.host, tt.path, res.Header.Get("Date"))
		}
	}
	// An only account is there by the loopback names too, with all its services.
	f.config.Accounts = f.config.Accounts[:1]
	c = start(t, f.config)
	for _, host := range []string{"127.0.0.1:8443", "localhost", "[::1]:8443"} {
		r := emulatortest.Request(t, "GET", timeURL, "")
		r.Host = host
		if res := c.do(t, r); res.Status != 401 {
			t.Errorf("%s: status %d", host, res.Status)
		}
	}
}
