package stand

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
	"github.com/nsauth/nsauth/internal/report"
)

// A handshake that a program broke off is no request: what is said of it is what
// the program lacks.
func TestVerdictOfAHandshake(t *testing.T) {
	got := verdictText(verdict.Verdict{Method: verdict.MethodHandshake, Refusals: []verdict.Refusal{{Code: "network.tls-untrusted", Reason: "the reason"}}}, report.TextOptions{})
	want := "00:00:00Z --- TLS handshake\n" +
		"  refused   network.tls-untrusted: Server certificate is not trusted: the reason\n" +
		"  fix       nsauth emulator --print-env prints what makes a program trust ca.pem.\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// A verdict at the width of a terminal: each line fits, what is to be done is said
// once for reasons that share it, and a fault of the handshake blames no program.
func TestVerdictText(t *testing.T) {
	refusal := func(code, reason string) verdict.Refusal { return verdict.Refusal{Code: code, Reason: reason} }
	for _, tt := range []struct {
		verdict verdict.Verdict
		want    string
	}{
		{verdict.Verdict{Account: "1234567", Status: 400, Method: "POST", Path: "/services/rest/auth/oauth2/v1/token", Refusals: []verdict.Refusal{
			refusal("request.content-type", "Content-Type is application/json, not application/x-www-form-urlencoded"),
			refusal("request.parameter-missing", "no parameter client_assertion_type"),
			refusal("request.parameter-missing", "no parameter client_assertion; the form has assertion"),
		}, Habits: []verdict.Habit{verdict.HabitTypMissing}}, `
15:00:00Z 400 POST /services/rest/auth/oauth2/v1/token
  refused   request.content-type: Content-Type is wrong: Content-Type is
            application/json, not application/x-www-form-urlencoded
  fix       Send the parameters as a url-encoded form.
  also      request.parameter-missing: Parameter is missing: no parameter
            client_assertion_type
  also      request.parameter-missing: Parameter is missing: no parameter
            client_assertion; the form has assertion
  fix       Send all three parameters under their exact names.
  unknown   typ-missing (no typ in the header): NetSuite may or may not accept
            it (typ is optional (RFC 7519 section 5.1)); see
            --accept=typ-missing and --refuse=typ-missing
`},
		{verdict.Verdict{Account: "1234567", Status: 401, Method: "GET", Path: "/services/rest/system/v1/serverTime", Refusals: []verdict.Refusal{
			{Code: "token.expired", Detail: "AccessTokenExpired", Reason: "the token has expired"}}}, `
15:00:00Z 401 GET /services/rest/system/v1/serverTime
  refused   token.expired: the token has expired
  fix       Get a new access token, and use each only until some minutes before
            it expires.
  audit     AccessTokenExpired is the Detail for this in the Login Audit Trail
`},
		{verdict.Verdict{Method: verdict.MethodHandshake, Fault: "tls-expired"}, `
15:00:00Z --- TLS handshake
  fault     tls-expired, as configured
`},
		{verdict.Verdict{Account: "1234567", Method: "GET", Path: "/x", Fault: "reset"}, `
15:00:00Z --- GET /x
  fault     reset, as configured
`},
		{verdict.Verdict{Status: 403, Method: "CONNECT", Host: "example.com:443", Refusals: []verdict.Refusal{
			refusal("proxy.refused", "example.com:443: not a host of the accounts here: 1234567")}}, `
15:00:00Z 403 CONNECT example.com:443
  refused   proxy.refused: example.com:443: not a host of the accounts here:
            1234567
  fix       Check the program's account ID and URLs: this proxy serves only the
            NetSuite hosts of its accounts.
`},
		{verdict.Verdict{Status: 503, Method: "GET", Path: "/", Host: "x.suitetalk.api.netsuite.com"}, `
15:00:00Z 503 GET /
  note      no account served here has the host x.suitetalk.api.netsuite.com
`},
		{verdict.Verdict{Status: 200, Method: "GET", Path: "/rest/datacenterurls", Host: "rest.netsuite.com", Accepted: true}, `
15:00:00Z 200 GET /rest/datacenterurls
`},
	} {
		tt.verdict.Time = time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
		if got := "\n" + verdictText(tt.verdict, report.TextOptions{Width: 80}); got != tt.want {
			t.Errorf("got%swant%s", got, tt.want)
		}
		// In a log each paragraph is a line.
		log := verdictText(tt.verdict, report.TextOptions{})
		if strings.Join(strings.Fields(log), " ") != strings.Join(strings.Fields(tt.want), " ") || strings.Contains(log, "\n    ") {
			t.Errorf("in a log: %s", log)
		}
	}
}

// The verdict on the page of the emulator is one that a program gets.
func TestVerdictOfThePage(t *testing.T) {
	page, err := os.ReadFile("../../docs/emulator.md")
	if err != nil {
		t.Fatal(err)
	}
	v := verdict.Verdict{Time: time.Date(2026, 11, 23, 15, 4, 5, 0, time.UTC), Account: "1234567", Status: 400, Method: "POST",
		Path: "/services/rest/auth/oauth2/v1/token", Refusals: []verdict.Refusal{
			{Code: "request.parameter-missing", Reason: "no parameter client_assertion; the form has assertion"},
			{Code: "assertion.alg-deprecated", Reason: "alg is RS256, which NetSuite no longer accepts"},
		}, Habits: []verdict.Habit{verdict.HabitJTI}}
	if want := "```text\n" + verdictText(v, report.TextOptions{Width: 80}) + "```\n"; !strings.Contains(string(page), want) {
		t.Errorf("docs/emulator.md does not have\n%s", want)
	}
}

// Every code of a request or an assertion has words in the catalog, other than
// those that only a switch of the emulator's brings about, and a body that did not
// arrive, of which there is no more to say than the reason.
func TestVerdictsHaveWords(t *testing.T) {
	own := []string{"request.parameter-unexpected", "request.incomplete", "assertion.claim-refused"}
	seen := 0
	for _, code := range verdict.Codes() {
		family, _, _ := strings.Cut(code, ".")
		if !slices.Contains([]string{"request", "assertion", "key", "certificate", "setup", "token", "proxy"}, family) || slices.Contains(own, code) {
			continue
		}
		seen++
		if fix := catalog.Fix(code, ""); !strings.HasSuffix(fix, ".") {
			t.Errorf("%s has no words: %q", code, fix)
		}
		text := verdictText(verdict.Verdict{Account: "1", Refusals: []verdict.Refusal{{Code: code, Reason: "the reason"}}}, report.TextOptions{})
		if !strings.Contains(text, "  refused   "+code+": ") || strings.ContainsAny(text, "{}[]") && !strings.Contains(text, "[inferred]") && !strings.Contains(text, "[observed]") {
			t.Errorf("%s reads %s", code, text)
		}
	}
	if seen < 40 {
		t.Errorf("only %d codes", seen)
	}
}

func TestVerdictsMasked(t *testing.T) {
	clientID := strings.Repeat("1c34", 16)
	v := verdict.Verdict{Account: "7654321_SB1", Host: "7654321-sb1.suitetalk.api.netsuite.com", ClientID: clientID,
		Refusals: []verdict.Refusal{{Code: "setup.integration-unknown", Reason: "no integration record of account 7654321_SB1 has this Client ID"}}}
	masked := maskVerdict(v)
	b, err := json.Marshal(masked)
	if err != nil {
		t.Fatal(err)
	}
	if text := string(b) + verdictText(masked, report.TextOptions{}); strings.Contains(text, "7654321") || strings.Contains(text, clientID) {
		t.Errorf("an ID in %s", text)
	}
	if v.Refusals[0].Reason == masked.Refusals[0].Reason {
		t.Error("the original was changed")
	}
}
