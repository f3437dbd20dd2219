package emulator

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
	for how, want := range map[ExpiresIn]string{"": `"expires_in":3600,`, ExpiresInNumber: `"expires_in":3600,`, ExpiresInString: `"expires_in":"3600",`} {
		f := newFixture(t)
		f.config.ExpiresIn = how
		c := start(t, f.config)
		if res := c.exchange(t, f.genuine("p-256", "ES256").sign(t)); res.status != 200 || !strings.Contains(res.body, want) {
			t.Errorf("%q: status %d without %s", how, res.status, want)
		}
	}
}

// A token in the shape of 2021 has the members of Oracle's sample, is signed by
// the published key, and opens the calls of its own account only.
func TestShape2021(t *testing.T) {
	f := newFixture(t)
	f.config.TokenShape = Shape2021
	f.config.Accounts[1].Integrations = f.config.Accounts[0].Integrations
	c := start(t, f.config)
	token := c.token(t, f.genuine("p-256", "ES256").sign(t))
	parts := strings.Split(token, ".")
	if got := decodeText(t, parts[0]); !strings.Contains(got, `"kid":"s.SYSTEM.2020_1"`) || !strings.Contains(got, `"alg":"RS256"`) {
		t.Errorf("header %s", got)
	}
	var claims accessClaims
	if err := json.Unmarshal([]byte(decodeText(t, parts[1])), &claims); err != nil {
		t.Fatal(err)
	}
	if claims.Subject != "1234567;0;1012;1042;N" || !slices.Equal(claims.Audience, []string{clientID("main"), "app:" + applicationID("main")}) ||
		!strings.HasPrefix(claims.ID, "a.c.") || claims.Expires-claims.Issued != 3600 || claims.Origin != claims.Issued {
		t.Errorf("claims %+v", claims)
	}
	keys := c.get(t, "", restURL+"/services/rest/auth/oauth2/v1/keys")
	verifyByKey(t, keys.body, token)
	if res := c.get(t, token, timeURL); res.status != 200 || c.last().ClientID != clientID("main") {
		t.Errorf("status %d, client %q", res.status, c.last().ClientID)
	}
	if res := c.get(t, token, strings.Replace(timeURL, "1234567", "1234567-sb1", 1)); res.status != 401 || codesOf(c.last())[0] != "token.account-mismatch" {
		t.Errorf("another account: %d %v", res.status, codesOf(c.last()))
	}
	if res := c.get(t, parts[0]+"."+parts[1]+"."+base64.RawURLEncoding.EncodeToString(make([]byte, 256)), timeURL); res.status != 401 {
		t.Errorf("forged: status %d", res.status)
	}
}

// The permissions of a role, each call under each absence. What is left out is
// the healthy answer.
func TestPermissionMatrix(t *testing.T) {
	calls := []struct{ name, method, url, body string }{
		{"serverTime", "GET", timeURL, ""},
		{"one", "GET", restURL + recordPath + "customer/107", ""},
		{"list", "GET", restURL + recordPath + "customer?limit=1", ""},
		{"query", "POST", suiteqlURL, probe},
		{"query of customers", "POST", suiteqlURL, `{"q":"SELECT id FROM customer"}`},
		{"catalogue", "GET", restURL + catalogPath, ""},
		{"customer's metadata", "GET", restURL + catalogPath + "/customer", ""},
		{"governance", "GET", restURL + governancePath, ""},
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
		"":                     {},
		"Customers":            {"one": restGone, "list": restGone, "query of customers": invisible, "customer's metadata": restGone},
		PermissionWorkbook:     {"list": workbook, "query": workbook, "query of customers": workbook},
		PermissionREST:         {"one": restGone, "list": restGone, "query": restGone, "query of customers": restGone, "catalogue": restGone, "customer's metadata": restGone},
		PermissionCertificates: {"certificates": restGone},
	} {
		t.Run(without, func(t *testing.T) {
			f := newFixture(t)
			withoutPermission(&f.config.Accounts[0], without)
			c := start(t, f.config)
			token := c.token(t, f.genuine("p-256", "ES256").claim("scope", []string{"rest_webservices", "restlets"}).sign(t))
			for _, call := range calls {
				res := c.do(t, request(t, call.method, call.url, call.body, "Authorization", "Bearer "+token,
					"Content-Type", "application/json", "Prefer", "transient"))
				got := fmt.Sprint(res.status, " ")
				if res.status != 200 {
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
					t.Errorf("%s: %s, want %s: %s", call.name, got, expected, res.body)
				}
				if v := c.last(); v.Accepted != (res.status == 200) || v.Basis == "" {
					t.Errorf("%s: verdict %+v", call.name, v)
				}
			}
		})
	}
}

func TestPaging(t *testing.T) {
	f := newFixture(t)
	c := start(t, f.config)
	token := c.token(t, f.genuine("p-256", "ES256").sign(t))
	const base = restURL + recordPath + "customer"
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
			url, res := base, response{}
			if by == "list" {
				res = c.get(t, token, url+tt.query)
			} else {
				url = suiteqlURL
				res = c.do(t, request(t, "POST", url+tt.query, `{"q":"SELECT id FROM customer"}`, "Prefer", "transient",
					"Content-Type", "application/json", "Authorization", "Bearer "+token))
			}
			var p page
			if err := json.Unmarshal([]byte(res.body), &p); err != nil || res.status != 200 {
				t.Fatalf("%s%s: %d %s", by, tt.query, res.status, res.body)
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
			if got := res.header.Get("Content-Type"); got != typeCollection {
				t.Errorf("Content-Type %q", got)
			}
		}
	}
	for query, parameter := range map[string]string{"?limit=0": "limit", "?limit=1001": "limit", "?limit=x": "limit", "?limit=-1": "limit",
		"?limit=2&offset=1": "offset", "?offset=x": "offset", "?offset=7": "offset", "?offset=99999999999999999999": "offset"} {
		res := c.get(t, token, base+query)
		if code, _ := errorCode(t, res); res.status != 400 || code != "INVALID_PARAMETER" || !strings.Contains(res.body, `"o:errorQueryParam":"`+parameter+`"`) {
			t.Errorf("%s: %d %s", query, res.status, res.body)
		}
	}
}

func TestFilter(t *testing.T) {
	f := newFixture(t)
	c := start(t, f.config)
	token := c.token(t, f.genuine("p-256", "ES256").sign(t))
	for q, want := range map[string]string{
		`companyName IS "Brightwater GmbH"`: "108", `id EQUAL 107`: "107", `COMPANYNAME START_WITH c`: "109", `email CONTAIN r`: "107 108 109",
		`email END_WITH finch.example`: "107", `id IS_NOT 107`: "108 109", `email CONTAIN_NOT "al"`: "108 109", `id IS 1`: "",
		`fax IS 1`: "400", `id LIKE 1`: "400", `id IS`: "400", ``: "400", `id IS 1 OR id IS 2`: "400",
	} {
		res := c.get(t, token, restURL+recordPath+"customer?limit=1000&q="+url.QueryEscape(q))
		got := fmt.Sprint(res.status)
		if res.status == 200 {
			var p page
			if err := json.Unmarshal([]byte(res.body), &p); err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, item := range p.Items {
				ids = append(ids, fmt.Sprint(item.(map[string]any)["id"]))
			}
			got = strings.Join(ids, " ")
		} else if code, _ := errorCode(t, res); code != "INVALID_PARAMETER" || !strings.Contains(res.body, `"o:errorQueryParam":"q"`) {
			t.Errorf("%s: %s", q, res.body)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", q, got, want)
		}
	}
	// The next page is of the same records.
	var p page
	res := c.get(t, token, restURL+recordPath+"customer?limit=1&q="+url.QueryEscape("id IS_NOT 107"))
	if err := json.Unmarshal([]byte(res.body), &p); err != nil || len(p.Links) == 0 || p.Links[0].Rel != "next" {
		t.Fatalf("%s", res.body)
	}
	if res := c.get(t, token, p.Links[0].Href); !strings.Contains(res.body, `"id":"109"`) {
		t.Errorf("%s: %s", p.Links[0].Href, res.body)
	}
}

// The refusals of queries have the words and members that users report.
func TestQueryRefusals(t *testing.T) {
	f := newFixture(t).fewer("p-256")
	f.own("p-256").Role.Permissions = append(usualRole().Permissions, "Find Transaction")
	c := start(t, f.config)
	token := c.token(t, f.genuine("p-256", "ES256").sign(t))
	const prefix = "Invalid search query. Detailed unprocessed description follows. Search error occurred: "
	for q, detail := range map[string]string{
		"SELECT nope FROM customer":                "Unknown identifier 'nope'. Available identifiers are: {customer=customer}.",
		"SELECT id FROM vendor":                    "Record 'vendor' was not found.",
		"SELECT unbilledOrders FROM customer":      "Field 'unbilledorders' for record 'customer' was not found. Reason: NOT_EXPOSED.",
		"SELECT id, prefCCProcessor FROM customer": "Field 'prefccprocessor' for record 'customer' was not found. Reason: REMOVED.",
	} {
		body, _ := json.Marshal(map[string]string{"q": q})
		res := c.query(t, token, string(body))
		if code, got := errorCode(t, res); res.status != 400 || code != "INVALID_PARAMETER" || got != prefix+detail || !strings.Contains(res.body, `"o:errorQueryParam":"q"`) {
			t.Errorf("%s: %d %s", q, res.status, res.body)
		}
		if v := c.last(); v.Basis != Observed {
			t.Errorf("%s: %+v", q, v)
		}
	}
	if res := c.query(t, token, `{"q":"SELECT id, type FROM transaction"}`); res.status != 200 || !strings.Contains(res.body, `"totalResults":2`) {
		t.Errorf("transactions: %d %s", res.status, res.body)
	}
	if res := c.get(t, token, restURL+recordPath+"transaction"); res.status != 404 {
		t.Errorf("transaction is no record type: status %d", res.status)
	}
	res := c.query(t, token, probe, "Content-Type", "application/json")
	if !strings.Contains(res.body, `"o:errorHeader":"Prefer"`) {
		t.Errorf("no Prefer: %s", res.body)
	}
	// What a token was put into is not kept.
	secret := strings.Split(token, ".")[2]
	c.query(t, token, `{"q":"SELECT `+secret+` FROM `+secret+`"}`)
	kept, _ := json.Marshal(c.Requests())
	if n := contains(kept, secret[:40]); n != "" {
		t.Error("a token is kept")
	}
}

func TestCatalog(t *testing.T) {
	f := newFixture(t)
	c := start(t, f.config)
	token := c.token(t, f.genuine("p-256", "ES256").sign(t))
	for _, tt := range []struct {
		path, accept string
		status       int
		contentType  string
		text, not    string
	}{
		{"", "", 200, typeJSON, `"name":"customer"`, `"name":"employee"`},
		{"/", "application/json", 200, typeJSON, `"name":"customer"`, `"name":"transaction"`},
		{"?select=customer", "application/json", 200, typeJSON, `metadata-catalog/customer"`, ""},
		{"?select=customer,employee", "application/json", 400, typeError, `"o:errorQueryParam":"select"`, ""},
		{"", "application/swagger+json", 200, typeSwagger, `"openapi":"3.0.1"`, "/employee"},
		{"?select=customer", "application/swagger+json, application/json;q=0.5", 200, typeSwagger, `"/customer/{id}"`, ""},
		{"/customer", "application/schema+json", 200, typeSchema, `"companyName":{"title":"companyName","type":"string"`, ""},
		{"/customer", "application/swagger+json", 200, typeSwagger, `"/customer"`, ""},
		{"/Customer", "*/*", 200, typeJSON, `{"name":"customer","links":[`, ""},
		{"/employee", "", 403, typeError, "INSUFFICIENT_PERMISSION", ""},
		{"/unicorn", "", 404, typeError, "NOT_FOUND", ""},
		{"/transaction", "", 404, typeError, "NOT_FOUND", ""},
	} {
		var header []string
		if tt.accept != "" {
			header = []string{"Accept", tt.accept}
		}
		res := c.get(t, token, restURL+catalogPath+tt.path, header...)
		if res.status != tt.status || res.header.Get("Content-Type") != tt.contentType || !strings.Contains(res.body, tt.text) || tt.not != "" && strings.Contains(res.body, tt.not) {
			t.Errorf("%s %s: %d %s %s", tt.path, tt.accept, res.status, res.header.Get("Content-Type"), res.body)
		}
		if !json.Valid([]byte(res.body)) || c.last().Basis == Official {
			t.Errorf("%s %s: %+v", tt.path, tt.accept, c.last())
		}
	}
}

func TestGovernance(t *testing.T) {
	f := newFixture(t)
	f.own("p-256").Role = Role{ID: administratorRole, Name: "Administrator"}
	f.config.ConcurrencyLimit = 7
	c := start(t, f.config)
	token := c.token(t, f.genuine("p-256", "ES256").sign(t))
	if res := c.get(t, token, restURL+governancePath); res.status != 200 || c.last().Basis != Official ||
		res.body != `{"accountConcurrencyLimit":7,"accountUnallocatedConcurrencyLimit":7,"integrationLimitType":"accountLimit"}` {
		t.Errorf("%d %s", res.status, res.body)
	}
	if res := c.post(t, token, restURL+governancePath, ""); res.status != 405 {
		t.Errorf("POST: status %d", res.status)
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
		if res.status != 200 || res.body != want || (c.last().Basis == Official) != strings.Contains(query, "1234567") {
			t.Errorf("%s: %d %s, %s", query, res.status, res.body, c.last().Basis)
		}
	}
	if res := c.get(t, "", url); res.status != 400 {
		t.Errorf("no account: status %d", res.status)
	}
	if res := c.post(t, "", url, ""); res.status != 405 {
		t.Errorf("POST: status %d", res.status)
	}
	if res := c.get(t, "", "https://rest.netsuite.com/services/rest/system/v1/serverTime"); res.status != 503 {
		t.Errorf("another path of that host: status %d", res.status)
	}
	if res := c.get(t, "", restURL+"/rest/datacenterurls?account=1234567"); res.status != 404 {
		t.Errorf("the path on another host: status %d", res.status)
	}
}

func TestRevokeEndpoint(t *testing.T) {
	f := newFixture(t)
	c := start(t, f.config)
	token := c.token(t, f.genuine("p-256", "ES256").sign(t))
	url := restURL + revokePath
	basic := func(client, secret string) []string {
		return []string{"Content-Type", "application/x-www-form-urlencoded", "Authorization",
			"Basic " + base64.StdEncoding.EncodeToString([]byte(client+":"+secret))}
	}
	good := basic(clientID("main"), "secret")
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
		{"no secret", "POST", "token=x", basic(clientID("main"), ""), 401, `{"error":"invalid_client"}`},
		{"JSON", "POST", "{}", append([]string{"Content-Type", "application/json"}, good[2:]...), 400, `{"error":"invalid_request"}`},
		{"no token", "POST", "", good, 400, `{"error":"invalid_request"}`},
		{"two tokens", "POST", "token=x&token=y", good, 400, `{"error":"invalid_request"}`},
		{"no form", "POST", "%zz", good, 400, `{"error":"invalid_request"}`},
		{"too big", "POST", "token=" + strings.Repeat("x", MaxBody), good, 400, `{"error":"invalid_request"}`},
	} {
		res := c.do(t, request(t, tt.method, url, tt.body, tt.header...))
		if res.status != tt.status || !strings.Contains(res.body, tt.text) || tt.status == 200 && res.body != "" {
			t.Errorf("%s: %d %s", tt.name, res.status, res.body)
		}
		if (tt.status == 401) != (res.header.Get("WWW-Authenticate") == `Basic realm="1234567"`) {
			t.Errorf("%s: WWW-Authenticate %q", tt.name, res.header.Get("WWW-Authenticate"))
		}
		if c.last().Basis != Guess {
			t.Errorf("%s: basis %s", tt.name, c.last().Basis)
		}
	}
	if res := c.get(t, token, timeURL); res.status != 200 {
		t.Errorf("the access token after it: status %d", res.status)
	}
}

// hold begins a call and returns once the server waits for its body; the call
// ends, and is answered, with the function that it returns.
func hold(t *testing.T, c *client, token string) (end func()) {
	t.Helper()
	conn := raw(t, c)
	fmt.Fprintf(conn, "POST %s?script=1&deploy=1 HTTP/1.1\r\nHost: 1234567%s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"+
		"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n", restletPath, restletsSuffix, token)
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
		token := c.token(t, f.genuine("p-256", "ES256").claim("scope", []string{"rest_webservices", "restlets"}).sign(t))
		first := hold(t, c, token)
		if res := c.get(t, token, timeURL); res.status != 200 {
			t.Fatalf("within the limit: status %d", res.status)
		}
		second := hold(t, c, token)
		want := ""
		if retryAfter > 0 {
			want = "3"
		}
		for _, url := range []string{timeURL, certificatesURL, restURL + recordPath + "customer/107"} {
			res := c.get(t, token, url)
			code, detail := errorCode2(t, res)
			if res.status != 429 || code != "CONCURRENCY_LIMIT_EXCEEDED" || detail != "Concurrent request limit exceeded. Request blocked." ||
				!strings.Contains(res.body, `"title":"Bad Request","status":429`) || res.header.Get("Retry-After") != want {
				t.Errorf("%s: %d %s %q", url, res.status, res.body, res.header.Get("Retry-After"))
			}
		}
		res := c.get(t, token, restletURL)
		if code, _ := restletCode(t, res); res.status != 400 || code != "SSS_REQUEST_LIMIT_EXCEEDED" || res.header.Get("Retry-After") != want {
			t.Errorf("RESTlet: %d %s", res.status, res.body)
		}
		if v := c.last(); v.Basis != Official || codesOf(v)[0] != "api.rate-limited" {
			t.Errorf("verdict %+v", v)
		}
		// Tokens are still issued, keys still shown, a bad token is still a bad token,
		// and another account has a limit of its own.
		c.token(t, f.genuine("p-256", "ES256").sign(t))
		for url, status := range map[string]int{restURL + "/services/rest/auth/oauth2/v1/keys": 200, "https://1234567-sb1" + suitetalkSuffix + "/services/rest/system/v1/serverTime": 401} {
			if res := c.get(t, "", url); res.status != status {
				t.Errorf("%s: status %d", url, res.status)
			}
		}
		if res := c.get(t, "rubbish", timeURL); res.status != 401 {
			t.Errorf("a bad token: status %d", res.status)
		}
		first()
		second()
		c.Server.mustFree(t)
	}
}

// errorCode2 is errorCode for the one envelope whose title is not its status's.
func errorCode2(t testing.TB, r response) (code, detail string) {
	t.Helper()
	var e restEnvelope
	if err := json.Unmarshal([]byte(r.body), &e); err != nil || len(e.Details) != 1 {
		t.Fatalf("status %d: %s", r.status, r.body)
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
		if n := a.shared.calls.Load(); n != 0 {
			t.Errorf("account %s: %d calls under way", a.ID, n)
		}
	}
}

// However many call at once, none is answered wrongly and none is counted for ever.
func TestConcurrencyAtOnce(t *testing.T) {
	f := newFixture(t)
	f.config.ConcurrencyLimit = 3
	c := start(t, f.config)
	token := c.token(t, f.genuine("p-256", "ES256").sign(t))
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 10 {
				if res := c.get(t, token, timeURL); res.status != 200 && res.status != 429 {
					t.Errorf("status %d", res.status)
				}
			}
		})
	}
	wg.Wait()
	c.Server.mustFree(t)
}
