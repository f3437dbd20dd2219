package explain

import (
	"slices"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/text"
)

// Where a name can be met, in short.
const (
	m2m  = catalog.ClientCredentials
	code = catalog.AuthorizationCode
	tba  = catalog.TokenBased
)

// The names that have to have an answer, from Oracle's pages and the standards.
var promised = map[string]string{
	catalog.FamilyOAuth: `invalid_request invalid_client invalid_grant unauthorized_client unsupported_grant_type invalid_scope
		access_denied unsupported_response_type server_error temporarily_unavailable invalid_token insufficient_scope`,
	catalog.FamilyAudit: `UnsupportedAlgo MissingKeyId MissingKey SignatureValidation InvalidSignature TokenValidityTooBroad TokenNotAcceptable
		TokenExpired AccessTokenExpired InvalidIssuer InvalidIntegration ScopeMismatched InvalidScope IntegrationBlocked FeatureDisabled
		EntityOrRoleDisabled AuthorizationCodeGrantRequired TokenRejected TokenBlocked InvalidTokenType ClientIdMismatch
		UnknownIntegration ClientAuthenticationFailed InvalidState InvalidRedirectURI UnsupportedResponseType
		AuthorizationExplicitlyDenied InvalidGrantType InvalidRequest InvalidGrant RefreshTokenExpired
		consumer_key_refused consumer_key_unknown InvalidTimestamp nonce_used NonceUsed nonce_rejected parameter_rejected
		permission_denied temporary_locked token_rejected UnknownAlgorithm VersionRejected MissingTokenPassportRequiredFields`,
	catalog.FamilyREST: `INVALID_LOGIN USER_ERROR INSUFFICIENT_PERMISSION NONEXISTENT_ID CONCURRENCY_LIMIT_EXCEEDED UNEXPECTED_ERROR
		INVALID_CONTENT INVALID_REQUEST INVALID_PARAMETER`,
	catalog.FamilyRESTlet: `INVALID_LOGIN_ATTEMPT INVALID_LOGIN_CREDENTIALS INVALID_REQUEST SSS_INVALID_SCRIPTLET_ID TWO_FA_REQD SSS_REQUEST_LIMIT_EXCEEDED`,
	catalog.FamilyHTTP:    `302 304 400 401 403 404 405 406 409 412 413 415 429 500 502 503 504`,
	catalog.FamilyNetwork: `407 ENOTFOUND EAI_AGAIN NXDOMAIN ECONNREFUSED ECONNRESET ETIMEDOUT CERTIFICATE_VERIFY_FAILED`,
	catalog.FamilyTopic: `which-flow tba-dates credentials-or-permissions works-in-production-fails-in-sandbox worked-yesterday works-in-postman
		intermittent token-but-calls-fail known-limitations certificate-reuse upload-page token-lifetime expiry-mails sandbox-refresh
		five-certificates two-factor web-services-only-role key-sizes scope-format audience assertion-lifetime rs256-date
		access-token-format administrator-role workbook-or-login-permission audit-trail restlets-with-oauth2 client-secret concurrency who-may-upload
		token-based-authentication-box role-permissions connect-host environments features entity bundled-integration ip-rules`,
}

func TestEveryPromisedNameHasAnAnswer(t *testing.T) {
	want := map[string][]string{}
	for family, names := range promised {
		want[family] = strings.Fields(names)
	}
	for _, e := range catalog.All() {
		want[catalog.FamilyFinding] = append(want[catalog.FamilyFinding], string(e.Code))
		for _, d := range e.AuditDetails {
			if !slices.Contains(want[catalog.FamilyAudit], d) {
				t.Errorf("%s: the Detail %s is not in this test's list", e.Code, d)
			}
		}
	}
	for family, names := range want {
		for _, name := range names {
			// Also as it may be typed.
			for _, typed := range []string{name, " " + name + ".\n", `"` + name + `"`} {
				found := Lookup(typed)
				if !slices.ContainsFunc(found, func(x finding.Explanation) bool { return x.Family == family }) {
					t.Errorf("%q has no answer in the family %s", typed, family)
				}
			}
		}
	}
	for _, same := range [][2]string{{"missingkey", "MissingKey"}, {"Invalid-Grant", "invalid_grant"}, {"KEY.RSA-TOO-SMALL", "key.rsa-too-small"}, {"http 401", "HTTP 401"},
		{"token expired", "TokenExpired"}, {"connection refused", "ECONNREFUSED"}} {
		found := Text(same[0], now()).Explanations
		if len(found) == 0 || found[0].Name != same[1] {
			t.Errorf("%q is not taken for %s: %v", same[0], same[1], found)
		}
	}
	// Only case tells these apart.
	for name, family := range map[string]string{"invalid_request": catalog.FamilyOAuth, "InvalidRequest": catalog.FamilyAudit} {
		if found := Lookup(name); len(found) != 1 || found[0].Family != family {
			t.Errorf("%s: %+v", name, found)
		}
	}
	if found := Lookup("INVALID_REQUEST"); len(found) != 2 {
		t.Errorf("INVALID_REQUEST has %d answers, want REST's and the RESTlets'", len(found))
	}
	for _, unknown := range []string{"", " ", "nonsense", "key", "key.", strings.Repeat("a", 1000), "server_error;rm"} {
		if found := Lookup(unknown); found != nil {
			t.Errorf("Lookup(%q) found %v", unknown, found[0].Name)
		}
	}
}

func TestEveryExplanationIsComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range all() {
		x := e.explain(nil)
		if id := e.Family + " " + e.Name; seen[id] {
			t.Errorf("%s is there twice", id)
		} else {
			seen[id] = true
		}
		for what, text := range map[string]string{"title": x.Title, "meaning": x.Meaning, "confirm": x.Confirm, "remedy": x.Remedy.Summary, "source": x.Source} {
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s has no %s", e.Name, what)
			}
		}
		if !slices.Contains([]finding.Basis{finding.Official, finding.Observed, finding.Inferred}, x.Basis) {
			t.Errorf("%s: basis %q", e.Name, x.Basis)
		}
		if !strings.HasSuffix(x.Meaning, ".") || e.Remedy.Summary != "" && !strings.HasSuffix(e.Remedy.Summary, ".") {
			t.Errorf("%s: meaning or remedy is no sentence: %q %q", e.Name, x.Meaning, x.Remedy.Summary)
		}
		for _, code := range e.Causes {
			if _, ok := catalog.Lookup(code); !ok {
				t.Errorf("%s: no finding %s", e.Name, code)
			}
		}
		for i, code := range e.Causes {
			if slices.Contains(e.Causes[:i], code) {
				t.Errorf("%s names %s twice", e.Name, code)
			}
		}
		for _, r := range x.Readings {
			if r.Where == "" || r.Basis == "" || !strings.HasSuffix(r.Meaning, ".") {
				t.Errorf("%s: reading %+v", e.Name, r)
			}
		}
		for _, text := range texts(x) {
			if strings.ContainsAny(text, "{}\x00") && !strings.Contains(text, `{"error":"server_error"}`) || strings.Contains(text, "  ") ||
				strings.Contains(text, " ,") || text != strings.TrimSpace(text) || len(text) > 520 {
				t.Errorf("%s: %d characters: %q", e.Name, len(text), text)
			}
		}
		for _, p := range e.Phrases {
			for _, part := range p {
				if part != text.LowerASCII(part) || len(part) < 2 {
					t.Errorf("%s: phrase %q", e.Name, part)
				}
			}
		}
	}
	// Names and phrases are what is looked for: each finds its own entry.
	for _, e := range all() {
		for _, p := range e.Phrases {
			if e.Family == catalog.FamilyTopic && len(p) > 1 {
				continue
			}
			text := "log: " + strings.Join(p, " ... ")
			got, also := match(text)
			if !slices.ContainsFunc(got, func(x finding.Explanation) bool { return x.Name == e.Name }) && !slices.Contains(also, e.Name) {
				t.Errorf("the phrase %q does not lead to %s", p, e.Name)
			}
		}
	}
}

// texts are all texts of an explanation.
func texts(x finding.Explanation) []string {
	list := []string{x.Title, x.Meaning, x.Confirm, x.Source, x.Remedy.Summary}
	list = append(list, x.Remedy.Steps...)
	for _, r := range x.Readings {
		list = append(list, r.Meaning)
	}
	for _, c := range x.Causes {
		list = append(list, c.Title, c.Confirm, c.Remedy)
	}
	return list
}

// A fault of the network is never answered with advice about credentials.
func TestNetworkFaultsGetNoCredentialAdvice(t *testing.T) {
	n := 0
	for _, e := range all() {
		if e.Family != catalog.FamilyNetwork {
			continue
		}
		n++
		for _, code := range e.Causes {
			switch family, _, _ := strings.Cut(string(code), "."); family {
			case "network", "clock":
			default:
				if !slices.Contains([]finding.Code{"api.redirected", "api.unavailable", "token.unavailable", "token.unexpected-response"}, code) {
					t.Errorf("%s blames %s", e.Name, code)
				}
			}
		}
		x := e.explain(nil)
		advice := strings.ToLower(x.Remedy.Summary + strings.Join(x.Remedy.Steps, " "))
		for _, word := range []string{"client id", "certificate id", "private key", "certgen", "mapping", "secret", "role", "permission", "integration record"} {
			if strings.Contains(advice, word) {
				t.Errorf("%s advises about %q: %s", e.Name, word, advice)
			}
		}
	}
	if n < 15 {
		t.Errorf("only %d network faults", n)
	}
}

// Where a Detail belongs to several flows, it is said how to tell which.
func TestDetailsOfSeveralFlows(t *testing.T) {
	for name, flows := range map[string][]string{
		"InvalidSignature": {m2m, code, tba}, "FeatureDisabled": {m2m, code, tba}, "IntegrationBlocked": {m2m, code, tba},
		"EntityOrRoleDisabled": {m2m, code}, "InvalidIntegration": {m2m, code}, "ScopeMismatched": {m2m, code}, "InvalidScope": {m2m, code},
		"UnknownIntegration": {m2m, code, tba}, "AuthorizationCodeGrantRequired": {m2m, code},
	} {
		x := Lookup(name)[0]
		var where []string
		for _, r := range x.Readings {
			where = append(where, r.Where)
		}
		for _, f := range flows {
			if !slices.Contains(where, f) {
				t.Errorf("%s does not say what it means in %s: %v", name, f, where)
			}
		}
		if !strings.Contains(x.Confirm, "client_assertion uses client credentials") {
			t.Errorf("%s does not say how to tell the flows apart: %q", name, x.Confirm)
		}
	}
	// What Oracle does not document for client credentials is called inferred.
	for _, name := range []string{"invalid_client", "invalid_grant", "invalid_request", "invalid_scope", "unauthorized_client", "unsupported_grant_type"} {
		x := Lookup(name)[0]
		if x.Readings[0].Where != m2m || x.Readings[0].Basis != finding.Inferred {
			t.Errorf("%s: %+v", name, x.Readings)
		}
	}
}

// Details take their causes from the catalog, and all of them.
func TestDetailsHaveTheCatalogsCauses(t *testing.T) {
	for _, d := range catalog.Details() {
		found := Lookup(d.Name)
		if len(found) == 0 || found[0].Meaning == "" {
			t.Errorf("%s: %+v", d.Name, found)
			continue
		}
		var where []string
		for _, r := range found[0].Readings {
			where = append(where, r.Where)
		}
		for flow, here := range map[catalog.Flow]string{catalog.FlowClientCredentials: m2m, catalog.FlowAuthorizationCode: code, catalog.FlowTokenBased: tba} {
			if d.Of(flow) && !slices.Contains(where, here) {
				t.Errorf("%s does not say what it means in %s: %v", d.Name, flow, where)
			}
		}
	}
	for _, f := range catalog.All() {
		for _, d := range f.AuditDetails {
			x := Lookup(d)[0]
			if !slices.ContainsFunc(x.Causes, func(c finding.PossibleCause) bool { return c.Code == f.Code }) {
				t.Errorf("%s does not name %s", d, f.Code)
			}
		}
	}
	for _, d := range catalog.Details() {
		for _, code := range d.Codes {
			if e, _ := catalog.Lookup(code); !slices.Contains(e.AuditDetails, d.Name) {
				t.Errorf("%s names %s, of which the catalog does not know this Detail", d.Name, code)
			}
		}
	}
}

func TestEveryConflictOfTheSourcesIsNamed(t *testing.T) {
	for name, words := range map[string][]string{
		"rs256-date": {"October 2024", "March 2025"}, "scope-format": {"commas", "array", "spaces"}, "audience": {"suitetalk", "restlets"},
		"assertion-lifetime": {"60 minutes", "two hours"}, "tba-dates": {"2027.1", "2028.1", "2028.2", "tentatively"}, "key-sizes": {"2048", "3072"},
		"access-token-format": {"disagree"}, "administrator-role": {"not allowed", "role 3"}, "workbook-or-login-permission": {"login permission"},
		"audit-trail": {"no entry"}, "restlets-with-oauth2": {"TBA", "OAuth 2.0"}, "client-secret": {"secret", "certificate"},
		"concurrency": {"429", "400"}, "token-based-authentication-box": {"Older guides"}, "role-permissions": {"Log in using Access Tokens"},
		"connect-host": {"netsuite2.com"},
	} {
		said := ""
		for _, x := range Lookup(name) { // a command may have the name of a topic
			said += x.Meaning
		}
		for _, w := range words {
			if !strings.Contains(said, w) {
				t.Errorf("%s does not say %q", name, w)
			}
		}
	}
}

func TestRelated(t *testing.T) {
	for text, want := range map[string]string{
		"kid": "assertion.kid-missing", "our sandbox was refreshed": "sandbox-refresh", "invalid": "invalid_client", "expired access": "AccessTokenExpired", "rsa-too-small": "key.rsa-too-small",
	} {
		got := Related(text)
		if want != "" && !slices.Contains(got, want) {
			t.Errorf("%q: %v lacks %s", text, got, want)
		}
		if len(got) > 5 {
			t.Errorf("%q: %d names", text, len(got))
		}
	}
	if got := Related("the of and xyzzy"); got != nil {
		t.Errorf("got %v", got)
	}
	if got := Related(strings.Repeat("zzz ", 1<<18)); got != nil {
		t.Errorf("got %v", got)
	}
}

func TestReplyAsksForFiveThingsThatAreNoSecrets(t *testing.T) {
	for about, list := range catalog.Requests() {
		if len(list) != 5 {
			t.Errorf("%s asks for %d things", about, len(list))
		}
	}
	for name, want := range map[string]string{
		"server_error": aboutToken, "MissingKey": aboutToken, "key.rsa-too-small": aboutToken, "INVALID_LOGIN": aboutCall, "invalid_token": aboutCall,
		"SSS_INVALID_SCRIPTLET_ID": aboutCall, "api.not-found": aboutCall, "ENOTFOUND": aboutNetwork, "network.timeout": aboutNetwork,
		"nonce_used": aboutOther, "RefreshTokenExpired": aboutToken, "InvalidState": aboutOther, "which-flow": aboutToken,
	} {
		a := Answer{Explanations: Lookup(name)}
		if got := a.about(); got != want {
			t.Errorf("%s is about %s, want %s", name, got, want)
		}
		draft := strings.Join(Reply(a), "\n")
		for _, list := range catalog.Requests()[want] {
			if !strings.Contains(draft, list) {
				t.Errorf("the draft for %s does not ask: %s", name, list)
			}
		}
		if !strings.Contains(draft, "Please send no private key") || !strings.Contains(draft, name) {
			t.Errorf("the draft for %s:\n%s", name, draft)
		}
	}
	if draft := strings.Join(Reply(Answer{}), "\n"); strings.Contains(draft, ": :") || !strings.Contains(draft, "5. ") {
		t.Errorf("the draft for nothing:\n%s", draft)
	}
}

// A Detail's flows are the same in its explanation and in what doctor goes by:
// every flow is explained, and a reading of another flow says that it is inferred.
func TestDetailsAreOfTheFlowsThatAreExplained(t *testing.T) {
	flows := map[string]catalog.Flow{m2m: catalog.FlowClientCredentials, code: catalog.FlowAuthorizationCode, tba: catalog.FlowTokenBased}
	for _, d := range catalog.Details() {
		explained := map[catalog.Flow]bool{}
		for _, r := range Lookup(d.Name)[0].Readings {
			flow := flows[r.Where]
			explained[flow] = true
			if !d.Of(flow) && r.Basis != finding.Inferred {
				t.Errorf("%s: explained as %s of %s, but its flows are %v", d.Name, r.Basis, r.Where, d.Flows)
			}
		}
		for _, flow := range d.Flows {
			if !explained[flow] {
				t.Errorf("%s: is of %s, and its explanation does not say what it means there", d.Name, flow)
			}
		}
		if len(d.Codes) > 0 && !d.Of(catalog.FlowClientCredentials) {
			t.Errorf("%s can stand for %v, but is of %v", d.Name, d.Codes, d.Flows)
		}
	}
}

// The words of REST's message are also a RESTlet's code: a person who types them
// gets both.
func TestInvalidLoginAttempt(t *testing.T) {
	for text, want := range map[string][]string{
		"Invalid login attempt": {"INVALID_LOGIN", "INVALID_LOGIN_ATTEMPT"},
		"INVALID_LOGIN_ATTEMPT": {"INVALID_LOGIN_ATTEMPT"},
		"INVALID_LOGIN":         {"INVALID_LOGIN"},
	} {
		var got []string
		for _, x := range Text(text, now()).Explanations {
			got = append(got, x.Name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

// The Details that Oracle documents beside those of client credentials, and what two of
// them are about: PKCE only.
func TestA23Details(t *testing.T) {
	for name, word := range map[string]string{
		"InvalidRefreshToken": "refresh", "AuthorizationFlowRequired": "TBA", "InvalidCallback": "callback", "MissingRequiredParameter": "TBA",
		"NonceRejected": "nonce", "InvalidVerifier": "oauth_verifier", "InvalidGrant": "PKCE only", "InvalidRequest": "PKCE only",
		"EntityOrRoleDisabled": "View My Roles", "InvalidTokenType": "refresh token", "TokenValidityTooBroad": "access token",
		"role-permissions": "Oracle's pages disagree", "sandbox-refresh": "is removed", "bundled-integration": "only State and Note",
		"features": "Client SuiteScript and Server SuiteScript", "INVALID_RETURN_DATA_FORMAT": "Content-Type",
	} {
		found := Lookup(name)
		if len(found) == 0 || !strings.Contains(found[0].Meaning, word) {
			t.Errorf("%s does not say %q: %+v", name, word, found)
		}
	}
	for _, name := range []string{"MissingKey", "MissingKeyId", "TokenNotAcceptable", "InvalidScope"} {
		x := Lookup(name)[0]
		if !slices.ContainsFunc(x.Readings, func(r finding.Reading) bool { return r.Where == code && strings.Contains(r.Meaning, "refresh token") }) {
			t.Errorf("%s can be of a refresh too: %+v", name, x.Readings)
		}
	}
	for _, e := range catalog.All() {
		if strings.Contains(strings.ToLower(e.Meaning+strings.Join(e.Remedy.Steps, " ")), "older guide") {
			t.Errorf("%s calls a page an older guide", e.Code)
		}
	}
}
