package checks

import (
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/clock"
	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/netsuite"
)

// Every kind that the packages below can raise has its words.
func TestEveryFaultHasItsCode(t *testing.T) {
	for _, r := range apiRules {
		if e, ok := catalog.Lookup(r.then); !ok || e.Owner != finding.CheckAPI {
			t.Errorf("%+v", r)
		}
	}
	for _, explained := range reportedAs {
		for _, code := range explained {
			if _, ok := catalog.Lookup(code); !ok {
				t.Errorf("%s is not in the catalogue", code)
			}
		}
	}
}

func answered(status int, contentType, body string) *netsuite.Answer {
	return &netsuite.Answer{Method: "GET", URL: "https://1234567.suitetalk.api.netsuite.com/services/rest/x", Status: status,
		Header: http.Header{"Content-Type": {contentType}}, Body: []byte(body)}
}

func TestJudgeAnswer(t *testing.T) {
	envelope := func(code, detail string) string {
		return `{"type":"https://www.w3.org/","title":"x","status":1,"o:errorDetails":[{"detail":"` + detail + `","o:errorCode":"` + code + `"}]}`
	}
	for _, tt := range []struct {
		name   string
		answer *netsuite.Answer
		probe  bool
		want   finding.Code // "" for nothing wrong
		status finding.Status
	}{
		{"a record", answered(200, "application/json", `{"id":1}`), false, "", ""},
		{"no content", answered(204, "", ""), false, "", ""},
		{"a login page", answered(200, "text/html", "<html><title>Login</title>"), false, "api.unexpected-response", finding.Fail},
		{"invalid login", answered(401, "application/json", envelope("INVALID_LOGIN", "Invalid login attempt.")), false, "api.invalid-login", finding.Fail},
		{"401 alone", answered(401, "application/json", `{}`), false, "api.invalid-login", finding.Fail},
		{"the misleading 400", answered(400, "application/json", envelope("USER_ERROR", "Your current role does not have permission to perform this action.")), false, "api.workbook-permission-missing", finding.Fail},
		{"the same of a probe", answered(400, "application/json", envelope("USER_ERROR", "Your current role does not have permission to perform this action.")), true, "api.workbook-permission-missing", finding.Pass},
		{"another user error", answered(400, "application/json", envelope("USER_ERROR", "Please enter value(s) for: Name")), false, "api.invalid-request", finding.Fail},
		{"record permission", answered(403, "application/json", envelope("INSUFFICIENT_PERMISSION", "You need the 'Custom Lists' permission")), false, "api.permission-missing", finding.Fail},
		{"record not visible", answered(400, "application/json", envelope("INVALID_PARAMETER", "Invalid search query. Record 'transaction' was not found.")), false, "api.record-not-visible", finding.Fail},
		{"query", answered(400, "application/json", envelope("INVALID_PARAMETER", "Invalid search query. Unknown identifier 'x'.")), false, "api.query-invalid", finding.Fail},
		{"no such record", answered(404, "application/json", envelope("NONEXISTENT_ID", "The record instance does not exist.")), false, "api.not-found", finding.Fail},
		{"concurrency", answered(429, "application/json", envelope("CONCURRENCY_LIMIT_EXCEEDED", "Concurrent request limit exceeded.")), false, "api.rate-limited", finding.Unknown},
		{"concurrency of a RESTlet", answered(400, "application/json", `{"error":{"code":"SSS_REQUEST_LIMIT_EXCEEDED","message":"x"}}`), false, "api.rate-limited", finding.Unknown},
		{"maintenance", answered(503, "text/html", "<html>"), false, "api.unavailable", finding.Unknown},
		{"wrong data center", answered(302, "", ""), false, "api.redirected", finding.Fail},
		{"unexpected", answered(500, "application/json", envelope("UNEXPECTED_ERROR", "An unexpected error occurred. Error ID: abc")), false, "api.unexpected-response", finding.Fail},
		{"a probe refused login", answered(401, "application/json", envelope("INVALID_LOGIN", "x")), true, "api.invalid-login", finding.Fail},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, bad := JudgeAnswer(netsuite.Request{URL: "/services/rest/record/v1/customer"}, tt.answer, tt.probe)
			if !bad {
				f.Code = ""
			}
			if f.Code != tt.want {
				t.Fatalf("%s, want %s", f.Code, tt.want)
			}
			if bad {
				if got := finding.StatusOf([]finding.Finding{f}); got != tt.status {
					t.Errorf("status %s, want %s", got, tt.status)
				}
			}
		})
	}
}

func TestNotTheServer(t *testing.T) {
	for _, tt := range []struct {
		name    string
		answer  *netsuite.Answer
		foreign bool
		want    finding.Code
	}{
		{"an error envelope is NetSuite", answered(401, "application/json", `{"status":401}`), false, ""},
		{"a page with 200", answered(200, "text/html", "<html><title>Sign in</title></html>"), false, "network.not-netsuite"},
		{"a page with 503", answered(503, "text/html", "<html>"), false, "network.unreachable"},
		{"a redirect", answered(302, "application/json", "{}"), false, "network.redirected"},
		{"text", answered(200, "text/plain", "hello"), false, "network.not-netsuite"},
		{"nothing", answered(200, "", ""), false, "network.not-netsuite"},
		{"another server's 404 page", answered(404, "text/html", "<html>"), true, ""},
		{"another server's redirect", answered(301, "", ""), true, "network.redirected"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if code, _ := notTheServer(tt.answer, !tt.foreign); code != tt.want {
				t.Errorf("%s, want %s", code, tt.want)
			}
		})
	}
}

func TestJudgeMapping(t *testing.T) {
	now := time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
	row := func(id, until string, revoked bool) mappingRow {
		return mappingRow{CertificateID: id, ValidFrom: "2025-01-01T00:00:00Z", ValidUntil: until, Revoked: revoked}
	}
	warn := limits{{text: "7d", severity: finding.Error, days: 7}, {text: "30d", severity: finding.Warning, days: 30}}
	for _, tt := range []struct {
		name   string
		rows   []mappingRow
		want   []finding.Code
		status finding.Status
		active int
	}{
		{"fine", []mappingRow{row("ours", "2027-12-31T00:00:00Z", false)}, nil, finding.Pass, 1},
		{"not there", []mappingRow{row("other", "2027-12-31T00:00:00Z", false)}, []finding.Code{"mapping.not-listed"}, finding.Pass, 1},
		{"empty", nil, []finding.Code{"mapping.not-listed"}, finding.Pass, 0},
		{"revoked", []mappingRow{row("ours", "2027-12-31T00:00:00Z", true)}, []finding.Code{"mapping.revoked"}, finding.Fail, 0},
		{"over", []mappingRow{row("ours", "2026-11-22T00:00:00Z", false)}, []finding.Code{"mapping.expired"}, finding.Fail, 0},
		{"soon", []mappingRow{row("ours", "2026-12-10T00:00:00Z", false)}, []finding.Code{"mapping.expiring-soon"}, finding.Warn, 1},
		{"very soon", []mappingRow{row("ours", "2026-11-27T00:00:00Z", false)}, []finding.Code{"mapping.expiring-soon"}, finding.Fail, 1},
		{"a date that nobody can read", []mappingRow{row("ours", "next year", false)}, nil, finding.Pass, 1},
		{"four active", []mappingRow{row("ours", "2027-12-31", false), row("b", "2027-12-31", false), row("c", "2027-12-31", false), row("d", "2027-12-31", false)},
			[]finding.Code{"mapping.limit-near"}, finding.Pass, 4},
		{"five active", []mappingRow{row("ours", "2027-12-31", false), row("b", "2027-12-31", false), row("c", "2027-12-31", false), row("d", "2027-12-31", false), row("e", "2027-12-31", false), row("f", "2027-12-31", true)},
			[]finding.Code{"mapping.limit-reached"}, "", 5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := judgeMapping(tt.rows, "ours", now, warn)
			var got []finding.Code
			for _, f := range o.findings {
				got = append(got, f.Code)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("%v, want %v", got, tt.want)
			}
			if s := finding.StatusOf(o.findings); tt.status != "" && s != tt.status {
				t.Errorf("status %s, want %s", s, tt.status)
			}
			if facts := o.facts.(finding.MappingFacts); facts.Active != tt.active || len(facts.Certificates) != len(tt.rows) {
				t.Errorf("%+v", facts)
			}
		})
	}
}

func TestThresholds(t *testing.T) {
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	until := from.Add(100 * 24 * time.Hour)
	ts := limits{{text: "5%", severity: finding.Error, percent: 5}, {text: "30d", severity: finding.Warning, days: 30}}
	for _, tt := range []struct {
		left time.Duration
		want finding.Severity
	}{
		{31 * 24 * time.Hour, ""}, {30 * 24 * time.Hour, finding.Warning}, {6 * 24 * time.Hour, finding.Warning},
		{5 * 24 * time.Hour, finding.Error}, {time.Hour, finding.Error}, {-time.Hour, finding.Error},
	} {
		got, ok := ts.reached(from, until, until.Add(-tt.left))
		if ok != (tt.want != "") || got.severity != tt.want {
			t.Errorf("%v left: %s, want %s", tt.left, got.severity, tt.want)
		}
	}
}

func TestTheServersYesOutranksOurRules(t *testing.T) {
	small := catalog.New("key.rsa-too-small", finding.Evidence{"bits": 2048})
	results := func(tokenStatus finding.Status) []finding.Result {
		return []finding.Result{
			{ID: finding.CheckKey, Status: finding.Fail, Findings: []finding.Finding{small}},
			{ID: finding.CheckCertificate, Status: finding.Fail, Findings: []finding.Finding{catalog.New("certificate.expiring-soon", nil).With(finding.Error)}},
			{ID: finding.CheckToken, Status: tokenStatus},
			{ID: finding.CheckAPI, Status: finding.Fail, Findings: []finding.Finding{catalog.New("api.permission-missing", nil)}},
		}
	}
	got := downgradeOnceTokenIssued(results(finding.Pass), false)
	if got[0].Status != finding.Warn || got[0].Findings[0].Severity != finding.Warning {
		t.Errorf("key: %s", got[0].Status)
	}
	if got[1].Status != finding.Fail {
		t.Error("--fail is the person's own rule and stays")
	}
	if got[3].Status != finding.Fail {
		t.Error("what comes after the token keeps its severity")
	}
	if got := downgradeOnceTokenIssued(results(finding.Fail), false); got[0].Status != finding.Fail {
		t.Errorf("without a token: %s", got[0].Status)
	}
}

// The server that took the Certificate ID has said which of the two is wrong.
func TestAnAcceptedCertificateID(t *testing.T) {
	results := func(token finding.Status) []finding.Result {
		mismatch := catalog.New("certificate-id.mismatch", finding.Evidence{"configured": "A", "computed": "B", "reason": "case"})
		return []finding.Result{
			{ID: finding.CheckCertificateID, Status: finding.Warn, Findings: []finding.Finding{mismatch}},
			{ID: finding.CheckToken, Status: token},
		}
	}
	for _, tt := range []struct {
		token finding.Status
		given bool // another program's assertion, which says nothing about the profile's ID
		want  string
	}{
		{finding.Pass, false, "Give the certificate that was uploaded."},
		{finding.Pass, true, "Write it as NetSuite shows it, which should be B."},
		{finding.Fail, false, "Write it as NetSuite shows it, which should be B."},
	} {
		r := downgradeOnceTokenIssued(results(tt.token), tt.given)[0]
		if f := r.Findings[0]; r.Status != finding.Warn || len(r.Findings) != 1 || !strings.HasPrefix(f.Remedy.Summary, tt.want) || f.Evidence["computed"] != "B" {
			t.Errorf("%+v: %s %+v", tt, r.Status, f)
		}
	}
}

func TestDescribeOffset(t *testing.T) {
	for _, tt := range []struct {
		offset, uncertainty time.Duration
		want                string
	}{
		{0, 0, "right within 0.1 s"},
		{40 * time.Millisecond, 10 * time.Millisecond, "right within 0.1 s"},
		{500 * time.Millisecond, 510 * time.Millisecond, "right within 2 s"},
		{-400 * time.Millisecond, 500 * time.Millisecond, "right within 1 s"},
		{time.Second, 10 * time.Millisecond, "1.0 s ahead"},
		{-90500 * time.Millisecond, time.Second, "90 s behind"},
		{-20 * time.Minute, time.Second, "20 min 0 s behind"},
		{7*time.Hour + 30*time.Minute, time.Second, "7 h 30 min ahead"},
		{-14689 * time.Hour, time.Second, "612 days behind"},
		{math.MinInt64 + 1, 0, "106751 days behind"},
	} {
		if got := describeOffset(clock.Reading{Offset: tt.offset, Uncertainty: tt.uncertainty}); got != tt.want {
			t.Errorf("%v ± %v: %q, want %q", tt.offset, tt.uncertainty, got, tt.want)
		}
	}
}

// What a REST call's answer says that it is, it has to be; a long one may be whole.
func TestJudgeBrokenJSON(t *testing.T) {
	long := answered(200, "application/json", `{"items":[`)
	long.Truncated = true
	packed := answered(200, "application/json", "\x1f\x8b\x08")
	packed.Truncated = true
	for _, tt := range []struct {
		name   string
		answer *netsuite.Answer
		path   string
		want   bool
	}{
		{"cut", answered(200, "application/json", `{"items":[`), "/services/rest/record/v1/customer", true},
		{"packed", packed, "/services/rest/record/v1/customer", true},
		{"long", long, "/services/rest/record/v1/customer", false},
		{"empty", answered(204, "application/json", ""), "/services/rest/record/v1/customer", false},
		{"a RESTlet's number", answered(200, "application/json", "3"), "/app/site/hosting/restlet.nl", false},
	} {
		f, bad := JudgeAnswer(netsuite.Request{URL: tt.path}, tt.answer, false)
		if bad != tt.want || bad && f.Code != "api.unexpected-response" {
			t.Errorf("%s: %v %s", tt.name, bad, f.Code)
		}
	}
}

// A redirect says the same of where it leads, whoever looks at it: the host, and
// nothing else of the address.
func TestWhereARedirectLeads(t *testing.T) {
	const own = "1234567.suitetalk.api.netsuite.com"
	for location, want := range map[string]any{
		"https://portal.example:8443/login?user=planted": "portal.example",
		"/app/login.nl":           own,
		"//other.example/planted": "other.example",
		"":                        nil,
		"://planted":              nil,
		"https://" + strings.Repeat("x", 300) + ".example/planted": nil,
	} {
		a := answered(302, "", "")
		a.Header.Set("Location", location)
		_, byNetwork := notTheServer(a, true)
		call, bad := JudgeAnswer(netsuite.Request{URL: a.URL}, a, false)
		token := fault.OfToken(&netsuite.TokenError{Answer: a}, "")
		for _, ev := range []finding.Evidence{byNetwork, call.Evidence, token.Evidence} {
			if !bad || ev["location_host"] != want {
				t.Errorf("%q leads to %v, want %v", location, ev["location_host"], want)
			}
		}
		if strings.Contains(call.Message+token.Message, "planted") {
			t.Errorf("%q %q", call.Message, token.Message)
		}
	}
}
