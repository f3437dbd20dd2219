package server

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/api"
	"github.com/nsauth/nsauth/internal/emulator/emulatortest"
	"github.com/nsauth/nsauth/internal/emulator/exchange"
	"github.com/nsauth/nsauth/internal/emulator/oauth"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

func TestSwitchesAreChecked(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"expires_in":  func(c *Config) { c.ExpiresIn = "x" },
		"token shape": func(c *Config) { c.TokenShape = "2019" },
		"limit":       func(c *Config) { c.ConcurrencyLimit = -1 },
		"Retry-After": func(c *Config) { c.RetryAfter = -1 },
	} {
		f := newFixture(t)
		change(&f.config)
		if s, err := New(f.config); err == nil {
			s.Close()
			t.Errorf("%s: no error", name)
		} else if !strings.HasPrefix(err.Error(), "emulator: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestExpiresIn(t *testing.T) {
	for how, want := range map[oauth.ExpiresIn]string{"": `"expires_in":3600,`, oauth.ExpiresInNumber: `"expires_in":3600,`, oauth.ExpiresInString: `"expires_in":"3600",`} {
		f := newFixture(t)
		f.config.ExpiresIn = how
		c := start(t, f.config)
		if res := c.exchange(t, f.Genuine("p-256", "ES256").Sign(t)); res.Status != 200 || !strings.Contains(res.Body, want) {
			t.Errorf("%q: status %d without %s", how, res.Status, want)
		}
	}
}

// A token in the shape of 2021 has the members of Oracle's sample, is signed by
// the published key, and opens the calls of its own account only.
func TestTokenFormatOf2021(t *testing.T) {
	f := newFixture(t)
	f.config.TokenShape = oauth.Shape2021
	f.config.Accounts[1].Integrations = f.config.Accounts[0].Integrations
	c := start(t, f.config)
	token := c.token(t, f.Genuine("p-256", "ES256").Sign(t))
	parts := strings.Split(token, ".")
	if got := decodeText(t, parts[0]); !strings.Contains(got, `"kid":"s.SYSTEM.2020_1"`) || !strings.Contains(got, `"alg":"RS256"`) {
		t.Errorf("header %s", got)
	}
	var claims struct {
		Subject  string   `json:"sub"`
		Audience []string `json:"aud"`
		Origin   int64    `json:"oit"`
		Expires  int64    `json:"exp"`
		Issued   int64    `json:"iat"`
		ID       string   `json:"jti"`
	}
	if err := json.Unmarshal([]byte(decodeText(t, parts[1])), &claims); err != nil {
		t.Fatal(err)
	}
	if claims.Subject != "1234567;0;1012;1042;N" || !slices.Equal(claims.Audience, []string{emulatortest.ClientID("main"), "app:" + account.ApplicationID("main")}) ||
		!strings.HasPrefix(claims.ID, "a.c.") || claims.Expires-claims.Issued != 3600 || claims.Origin != claims.Issued {
		t.Errorf("claims %+v", claims)
	}
	keys := c.get(t, "", restURL+"/services/rest/auth/oauth2/v1/keys")
	verifyByKey(t, keys.Body, token)
	if res := c.get(t, token, timeURL); res.Status != 200 || c.last().ClientID != emulatortest.ClientID("main") {
		t.Errorf("status %d, client %q", res.Status, c.last().ClientID)
	}
	if res := c.get(t, token, strings.Replace(timeURL, "1234567", "1234567-sb1", 1)); res.Status != 401 || emulatortest.Codes(c.last())[0] != "token.account-mismatch" {
		t.Errorf("another account: %d %v", res.Status, emulatortest.Codes(c.last()))
	}
	if res := c.get(t, parts[0]+"."+parts[1]+"."+base64.RawURLEncoding.EncodeToString(make([]byte, 256)), timeURL); res.Status != 401 {
		t.Errorf("forged: status %d", res.Status)
	}
}

// The permissions of a role, each call under each absence. What is left out is
// the healthy answer.
func TestPermissionMatrix(t *testing.T) {
	calls := []struct{ name, method, url, body string }{
		{"serverTime", "GET", timeURL, ""},
		{"one", "GET", restURL + api.RecordPath + "customer/107", ""},
		{"list", "GET", restURL + api.RecordPath + "customer?limit=1", ""},
		{"query", "POST", suiteqlURL, probe},
		{"query of customers", "POST", suiteqlURL, `{"q":"SELECT id FROM customer"}`},
		{"catalog", "GET", catalogURL, ""},
		{"customer's metadata", "GET", catalogURL + "/customer", ""},
		{"governance", "GET", governanceURL, ""},
		{"certificates", "GET", certificatesURL, ""},
		{"RESTlet", "GET", restletURL, ""},
	}
	const (
		ok        = "200 "
		restGone  = "403 INSUFFICIENT_PERMISSION"
		workbook  = "400 USER_ERROR"
		invisible = "400 INVALID_PARAMETER"
	)
	healthy := map[string]string{"governance": restGone}
	for without, want := range map[string]map[string]string{
		"":                             {},
		"Customers":                    {"one": restGone, "list": restGone, "query of customers": invisible, "customer's metadata": restGone},
		account.PermissionWorkbook:     {"list": workbook, "query": workbook, "query of customers": workbook},
		account.PermissionREST:         {"one": restGone, "list": restGone, "query": restGone, "query of customers": restGone, "catalog": restGone, "customer's metadata": restGone},
		account.PermissionCertificates: {"certificates": restGone},
	} {
		t.Run(without, func(t *testing.T) {
			f := newFixture(t)
			takePermission(&f.config.Accounts[0], without)
			c := start(t, f.config)
			token := c.token(t, f.Genuine("p-256", "ES256").Claim("scope", []string{"rest_webservices", "restlets"}).Sign(t))
			for _, call := range calls {
				res := c.do(t, emulatortest.Request(t, call.method, call.url, call.body, "Authorization", "Bearer "+token,
					"Content-Type", "application/json", "Prefer", "transient"))
				got := fmt.Sprint(res.Status, " ")
				if res.Status != 200 {
					code, _ := errorCode(t, res)
					got += code
				}
				expected, other := want[call.name]
				if !other {
					expected = healthy[call.name]
				}
				if expected == "" {
					expected = ok
				}
				if got != expected {
					t.Errorf("%s: %s, want %s: %s", call.name, got, expected, res.Body)
				}
				if v := c.last(); v.Accepted != (res.Status == 200) || v.Basis == "" {
					t.Errorf("%s: verdict %+v", call.name, v)
				}
			}
		})
	}
}

func TestPaging(t *testing.T) {
	f := newFixture(t)
	c := start(t, f.config)
	token := c.token(t, f.Genuine("p-256", "ES256").Sign(t))
	const base = restURL + api.RecordPath + "customer"
	for _, tt := range []struct {
		query        string
		count, total int
		more         bool
		links        string // rel limit offset
	}{
		{"", 3, 3, false, "self 1000 0"},
		{"?limit=3", 3, 3, false, "self 3 0"},
		{"?limit=1", 1, 3, true, "next 1 1, last 1 2, self 1 0"},
		{"?limit=1&offset=1", 1, 3, true, "previous 1 0, first 1 0, next 1 2, last 1 2, self 1 1"},
		{"?limit=1&offset=2", 1, 3, false, "previous 1 1, first 1 0, self 1 2"},
		{"?limit=2&offset=2", 1, 3, false, "previous 2 0, first 2 0, self 2 2"},
		{"?limit=2&offset=100", 0, 3, false, "previous 2 2, first 2 0, self 2 100"},
	} {
		for _, by := range []string{"list", "query"} {
			url, res := base, emulatortest.Response{}
			if by == "list" {
				res = c.get(t, token, url+tt.query)
			} else {
				url = suiteqlURL
				res = c.do(t, emulatortest.Request(t, "POST", url+tt.query, `{"q":"SELECT id FROM customer"}`, "Prefer", "transient",
					"Content-Type", "application/json", "Authorization", "Bearer "+token))
			}
			var p wirePage
			if err := json.Unmarshal([]byte(res.Body), &p); err != nil || res.Status != 200 {
				t.Fatalf("%s%s: %d %s", by, tt.query, res.Status, res.Body)
			}
			var links []string
			for _, l := range p.Links {
				var limit, offset int
				if _, err := fmt.Sscanf(l.Href, url+"?limit=%d&offset=%d", &limit, &offset); err != nil {
					t.Errorf("%s: %v", l.Href, err)
				}
				links = append(links, fmt.Sprint(l.Rel, " ", limit, " ", offset))
			}
			if p.Count != tt.count || len(p.Items) != tt.count || p.Total != tt.total || p.HasMore != tt.more || strings.Join(links, ", ") != tt.links {
				t.Errorf("%s%s: %+v, links %v", by, tt.query, p, links)
			}
			if got := res.Header.Get("Content-Type"); got != exchange.TypeCollection {
				t.Errorf("Content-Type %q", got)
			}
		}
	}
	for query, parameter := range map[string]string{"?limit=0": "limit", "?limit=1001": "limit", "?limit=x": "limit", "?limit=-1": "limit",
		"?limit=2&offset=1": "offset", "?offset=x": "offset", "?offset=7": "offset", "?offset=99999999999999999999": "offset"} {
		res := c.get(t, token, base+query)
		if code, _ := errorCode(t, res); res.Status != 400 || code != "INVALID_PARAMETER" || !strings.Contains(res.Body, `"o:errorQueryParam":"`+parameter+`"`) {
			t.Errorf("%s: %d %s", query, res.Status, res.Body)
		}
	}
}

func TestFilter(t *testing.T) {
	f := newFixture(t)
	c := start(t, f.config)
	token := c.token(t, f.Genuine("p-256", "ES256").Sign(t))
	for q, want := range map[string]string{
		`companyName IS "Brightwater GmbH"`: "108", `id EQUAL 107`: "107", `COMPANYNAME START_WITH c`: "109", `email CONTAIN r`: "107 108 109",
		`email END_WITH finch.example`: "107", `id IS_NOT 107`: "108 109", `email CONTAIN_NOT "al"`: "108 109", `id IS 1`: "",
		`fax IS 1`: "400", `id LIKE 1`: "400", `id IS`: "400", ``: "400", `id IS 1 OR id IS 2`: "400",
	} {
		res := c.get(t, token, restURL+api.RecordPath+"customer?limit=1000&q="+url.QueryEscape(q))
		got := fmt.Sprint(res.Status)
		if res.Status == 200 {
			var p wirePage
			if err := json.Unmarshal([]byte(res.Body), &p); err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, item := range p.Items {
				ids = append(ids, fmt.Sprint(item.(map[string]any)["id"]))
			}
			got = strings.Join(ids, " ")
		} else if code, _ := errorCode(t, res); code != "INVALID_PARAMETER" || !strings.Contains(res.Body, `"o:errorQueryParam":"q"`) {
			t.Errorf("%s: %s", q, res.Body)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", q, got, want)
		}
	}
	// The next page is of the same records.
	var p wirePage
	res := c.get(t, token, restURL+api.RecordPath+"customer?limit=1&q="+url.QueryEscape("id IS_NOT 107"))
	if err := json.Unmarshal([]byte(res.Body), &p); err != nil || len(p.Links) == 0 || p.Links[0].Rel != "next" {
		t.Fatalf("%s", res.Body)
	}
	if res := c.get(t, token, p.Links[0].Href); !strings.Contains(res.Body, `"id":"109"`) {
		t.Errorf("%s: %s", p.Links[0].Href, res.Body)
	}
}

// The refusals of queries have the words and members that users report.
func TestQueryRefusals(t *testing.T) {
	f := newFixture(t).fewer("p-256")
	f.own("p-256").Role.Permissions = append(emulatortest.Role().Permissions, "Find Transaction")
	c := start(t, f.config)
	token := c.token(t, f.Genuine("p-256", "ES256").Sign(t))
	const prefix = "Invalid search query. Detailed unprocessed description follows. Search error occurred: "
	for q, detail := range map[string]string{
		"SELECT nope FROM customer":                "Unknown identifier 'nope'. Available identifiers are: {customer=customer}.",
		"SELECT id FROM vendor":                    "Record 'vendor' was not found.",
		"SELECT unbilledOrders FROM customer":      "Field 'unbilledorders' for record 'customer' was not found. Reason: NOT_EXPOSED.",
		"SELECT id, prefCCProcessor FROM customer": "Field 'prefccprocessor' for record 'customer' was not found. Reason: REMOVED.",
	} {
		body, _ := json.Marshal(map[string]string{"q": q})
		res := c.query(t, token, string(body))
		if code, got := errorCode(t, res); res.Status != 400 || code != "INVALID_PARAMETER" || got != prefix+detail || !strings.Contains(res.Body, `"o:errorQueryParam":"q"`) {
			t.Errorf("%s: %d %s", q, res.Status, res.Body)
		}
		if v := c.last(); v.Basis != verdict.Observed {
			t.Errorf("%s: %+v", q, v)
		}
	}
	if res := c.query(t, token, `{"q":"SELECT id, type FROM transaction"}`); res.Status != 200 || !strings.Contains(res.Body, `"totalResults":2`) {
		t.Errorf("transactions: %d %s", res.Status, res.Body)
	}
	if res := c.get(t, token, restURL+api.RecordPath+"transaction"); res.Status != 404 {
		t.Errorf("transaction is no record type: status %d", res.Status)
	}
	res := c.query(t, token, probe, "Content-Type", "application/json")
	if !strings.Contains(res.Body, `"o:errorHeader":"Prefer"`) {
		t.Errorf("no Prefer: %s", res.Body)
	}
	// What a token was put into is not kept.
	secret := strings.Split(token, ".")[2]
	c.query(t, token, `{"q":"SELECT `+secret+` FROM `+secret+`"}`)
	kept, _ := json.Marshal(c.Requests())
	if n := emulatortest.Contains(kept, secret[:40]); n != "" {
		t.Error("a token is kept")
	}
}

func TestCatalog(t *testing.T) {
	f := newFixture(t)
	c := start(t, f.config)
	token := c.token(t, f.Genuine("p-256", "ES256").Sign(t))
	for _, tt := range []struct {
		path, accept string
		status       int
		contentType  string
		text, not    string
	}{
		{"", "", 200, exchange.TypeJSON, `"name":"customer"`, `"name":"employee"`},
		{"/", "application/json", 200, exchange.TypeJSON, `"name":"customer"`, `"name":"transaction"`},
		{"?select=customer", "application/json", 200, exchange.TypeJSON, `metadata-catalog/customer"`, ""},
		{"?select=customer,employee", "application/json", 400, exchange.TypeError, `"o:errorQueryParam":"select"`, ""},
		{"", "application/swagger+json", 200, wireSwagger, `"openapi":"3.0.1"`, "/employee"},
		{"?select=customer", "application/swagger+json, application/json;q=0.5", 200, wireSwagger, `"/customer/{id}"`, ""},
		{"/customer", "application/schema+json", 200, wireSchema, `"companyName":{"title":"companyName","type":"string"`, ""},
		{"/customer", "application/swagger+json", 200, wireSwagger, `"/customer"`, ""},
		{"/Customer", "*/*", 200, exchange.TypeJSON, `{"name":"customer","links":[`, ""},
		{"/employee", "", 403, exchange.TypeError, "INSUFFICIENT_PERMISSION", ""},
		{"/unicorn", "", 404, exchange.TypeError, "NOT_FOUND", ""},
		{"/transaction", "", 404, exchange.TypeError, "NOT_FOUND", ""},
	} {
		var header []string
		if tt.accept != "" {
			header = []string{"Accept", tt.accept}
		}
		res := c.get(t, token, catalogURL+tt.path, header...)
		if res.Status != tt.status || res.Header.Get("Content-Type") != tt.contentType || !strings.Contains(res.Body, tt.text) || tt.not != "" && strings.Contains(res.Body, tt.not) {
			t.Errorf("%s %s: %d %s %s", tt.path, tt.accept, res.Status, res.Header.Get("Content-Type"), res.Body)
		}
		if !json.Valid([]byte(res.Body)) || c.last().Basis == verdict.Official {
			t.Errorf("%s %s: %+v", tt.path, tt.accept, c.last())
		}
	}
}

func TestGovernance(t *testing.T) {
	f := newFixture(t)
	f.own("p-256").Role = account.Role{ID: account.AdministratorRole, Name: "Administrator"}
	f.config.ConcurrencyLimit = 7
	c := start(t, f.config)
	token := c.token(t, f.Genuine("p-256", "ES256").Sign(t))
	if res := c.get(t, token, governanceURL); res.Status != 200 || c.last().Basis != verdict.Official ||
		res.Body != `{"accountConcurrencyLimit":7,"accountUnallocatedConcurrencyLimit":7,"integrationLimitType":"accountLimit"}` {
		t.Errorf("%d %s", res.Status, res.Body)
	}
	if res := c.post(t, token, governanceURL, ""); res.Status != 405 {
		t.Errorf("POST: status %d", res.Status)
	}
}

func TestDataCenterURLs(t *testing.T) {
	c := start(t, newFixture(t).config)
	const url = "https://rest.netsuite.com/rest/datacenterurls"
	ours := func(label string) string {
		return `{"webservicesDomain":"https://` + label + `.suitetalk.api.netsuite.com","restDomain":"https://` + label +
			`.restlets.api.netsuite.com","systemDomain":"https://` + label + `.app.netsuite.com"}`
	}
	for query, want := range map[string]string{
		"?account=1234567":               ours("1234567"),
		"?account=1234567&c=1234567":     ours("1234567"),
		"?account=1234567_SB1":           ours("1234567-sb1"),
		"?account=1234567-sb1":           ours("1234567-sb1"),
		"?account=9999999":               `{"webservicesDomain":"https://webservices.netsuite.com","restDomain":"https://rest.netsuite.com","systemDomain":"https://system.netsuite.com"}`,
		"?account=evil.example%2F%0D%0A": `{"webservicesDomain":"https://webservices.netsuite.com","restDomain":"https://rest.netsuite.com","systemDomain":"https://system.netsuite.com"}`,
	} {
		res := c.get(t, "", url+query)
		if res.Status != 200 || res.Body != want || (c.last().Basis == verdict.Official) == strings.Contains(query, "evil") {
			t.Errorf("%s: %d %s, %s", query, res.Status, res.Body, c.last().Basis)
		}
	}
	if res := c.get(t, "", url); res.Status != 400 {
		t.Errorf("no account: status %d", res.Status)
	}
	if res := c.post(t, "", url, ""); res.Status != 405 {
		t.Errorf("POST: status %d", res.Status)
	}
	if res := c.get(t, "", "https://rest.netsuite.com/services/rest/system/v1/serverTime"); res.Status != 503 {
		t.Errorf("another path of that host: status %d", res.Status)
	}
	if res := c.get(t, "", restURL+"/rest/datacenterurls?account=1234567"); res.Status != 404 {
		t.Errorf("the path on another host: status %d", res.Status)
	}
}

func TestRevokeEndpoint(t *testing.T) {
	f := newFixture(t)
	c := start(t, f.config)
	token := c.token(t, f.Genuine("p-256", "ES256").Sign(t))
	url := restURL + oauth.RevokePath
	basic := func(client, secret string) []string {
		return []string{"Content-Type", "application/x-www-form-urlencoded", "Authorization",
			"Basic " + base64.StdEncoding.EncodeToString([]byte(client+":"+secret))}
	}
	good := basic(emulatortest.ClientID("main"), "secret")
	for _, tt := range []struct {
		name, method, body string
		header             []string
		status             int
		text               string
	}{
		{"a token", "POST", "token=" + token, good, 200, ""},
		{"nothing known", "POST", "token=x", good, 200, ""},
		{"GET", "GET", "", good, 405, "METHOD_NOT_ALLOWED"},
		{"no client", "POST", "token=x", good[:2], 401, `{"error":"invalid_client"}`},
		{"unknown client", "POST", "token=x", basic("nobody", "secret"), 401, `{"error":"invalid_client"}`},
		{"no secret", "POST", "token=x", basic(emulatortest.ClientID("main"), ""), 401, `{"error":"invalid_client"}`},
		{"JSON", "POST", "{}", append([]string{"Content-Type", "application/json"}, good[2:]...), 400, `{"error":"invalid_request"}`},
		{"no token", "POST", "", good, 400, `{"error":"invalid_request"}`},
		{"two tokens", "POST", "token=x&token=y", good, 400, `{"error":"invalid_request"}`},
		{"no form", "POST", "%zz", good, 400, `{"error":"invalid_request"}`},
		{"too big", "POST", "token=" + strings.Repeat("x", MaxBody), good, 400, `{"error":"invalid_request"}`},
	} {
		res := c.do(t, emulatortest.Request(t, tt.method, url, tt.body, tt.header...))
		if res.Status != tt.status || !strings.Contains(res.Body, tt.text) || tt.status == 200 && res.Body != "" {
			t.Errorf("%s: %d %s", tt.name, res.Status, res.Body)
		}
		if (tt.status == 401) != (res.Header.Get("WWW-Authenticate") == `Basic realm="1234567"`) {
			t.Errorf("%s: WWW-Authenticate %q", tt.name, res.Header.Get("WWW-Authenticate"))
		}
		if c.last().Basis != verdict.Guess {
			t.Errorf("%s: basis %s", tt.name, c.last().Basis)
		}
	}
	if res := c.get(t, token, timeURL); res.Status != 200 {
		t.Errorf("the access token after it: status %d", res.Status)
	}
}

// hold begins a call and returns once the server waits for its body; the call
// ends, and is answered, with the function that it returns.
func hold(t *testing.T, c *client, token string) (end func()) {
	t.Helper()
	conn := raw(t, c)
	fmt.Fprintf(conn, "POST %s?script=1&deploy=1 HTTP/1.1\r\nHost: 1234567%s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"+
		"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n", api.RESTletPath, account.RESTletsSuffix, token)
	r := bufio.NewReader(conn)
	line, err := r.ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "HTTP/1.1 100") {
		t.Fatalf("%q %v", line, err)
	}
	return func() {
		fmt.Fprint(conn, "{}")
		for !strings.HasPrefix(line, "HTTP/1.1 200") {
			if line, err = r.ReadString('\n'); err != nil {
				t.Fatal(err)
			}
		}
		conn.Close()
	}
}

func TestConcurrencyLimit(t *testing.T) {
	for _, retryAfter := range []int{0, 3} {
		f := newFixture(t)
		f.config.ConcurrencyLimit, f.config.RetryAfter = 2, retryAfter
		c := start(t, f.config)
		token := c.token(t, f.Genuine("p-256", "ES256").Claim("scope", []string{"rest_webservices", "restlets"}).Sign(t))
		first := hold(t, c, token)
		if res := c.get(t, token, timeURL); res.Status != 200 {
			t.Fatalf("within the limit: status %d", res.Status)
		}
		second := hold(t, c, token)
		want := ""
		if retryAfter > 0 {
			want = "3"
		}
		for _, url := range []string{timeURL, certificatesURL, restURL + api.RecordPath + "customer/107"} {
			res := c.get(t, token, url)
			code, detail := errorCode2(t, res)
			if res.Status != 429 || code != "CONCURRENCY_LIMIT_EXCEEDED" || detail != "Concurrent request limit exceeded. Request blocked." ||
				!strings.Contains(res.Body, `"title":"Bad Request","status":429`) || res.Header.Get("Retry-After") != want {
				t.Errorf("%s: %d %s %q", url, res.Status, res.Body, res.Header.Get("Retry-After"))
			}
		}
		res := c.get(t, token, restletURL)
		if code, _ := restletCode(t, res); res.Status != 400 || code != "SSS_REQUEST_LIMIT_EXCEEDED" || res.Header.Get("Retry-After") != want {
			t.Errorf("RESTlet: %d %s", res.Status, res.Body)
		}
		if v := c.last(); v.Basis != verdict.Official || emulatortest.Codes(v)[0] != "api.rate-limited" {
			t.Errorf("verdict %+v", v)
		}
		// Tokens are still issued, keys still shown, a bad token is still a bad token,
		// and another account has a limit of its own.
		c.token(t, f.Genuine("p-256", "ES256").Sign(t))
		for url, status := range map[string]int{restURL + "/services/rest/auth/oauth2/v1/keys": 200, "https://1234567-sb1" + account.SuiteTalkSuffix + "/services/rest/system/v1/serverTime": 401} {
			if res := c.get(t, "", url); res.Status != status {
				t.Errorf("%s: status %d", url, res.Status)
			}
		}
		if res := c.get(t, "rubbish", timeURL); res.Status != 401 {
			t.Errorf("a bad token: status %d", res.Status)
		}
		first()
		second()
		c.Server.mustFree(t)
	}
}

// errorCode2 is errorCode for the one envelope whose title is not its status's.
func errorCode2(t testing.TB, r emulatortest.Response) (code, detail string) {
	t.Helper()
	var e exchange.RESTErrorBody
	if err := json.Unmarshal([]byte(r.Body), &e); err != nil || len(e.Details) != 1 {
		t.Fatalf("status %d: %s", r.Status, r.Body)
	}
	return e.Details[0].Code, e.Details[0].Detail
}

// mustFree waits until no call is under way any more: an answer reaches the
// client before its handler has ended.
func (s *Server) mustFree(t *testing.T) {
	t.Helper()
	if err := s.Close(); err != nil { // waits for the handlers
		t.Error(err)
	}
	for _, a := range s.accounts {
		if !a.Enter(1) {
			t.Errorf("account %s: calls under way", a.ID)
		}
	}
}

// However many call at once, none is answered wrongly and none is counted for ever.
func TestConcurrencyAtOnce(t *testing.T) {
	f := newFixture(t)
	f.config.ConcurrencyLimit = 3
	c := start(t, f.config)
	token := c.token(t, f.Genuine("p-256", "ES256").Sign(t))
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 10 {
				if res := c.get(t, token, timeURL); res.Status != 200 && res.Status != 429 {
					t.Errorf("status %d", res.Status)
				}
			}
		})
	}
	wg.Wait()
	c.Server.mustFree(t)
}
