package emulator

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/nsauth/nsauth/internal/testkit/keypool"
)

// Every algorithm with every key that fits it is accepted, signed by this
// test's own code and by golang-jwt.
func TestAccepts(t *testing.T) {
	f := newFixture(t)
	c := start(t, f.config)
	for _, tt := range []struct{ kind, alg string }{
		{"rsa-3072", "PS256"}, {"rsa-3072", "PS384"}, {"rsa-3072", "PS512"},
		{"p-256", "ES256"}, {"p-384", "ES384"}, {"p-521", "ES512"},
	} {
		t.Run(tt.alg, func(t *testing.T) {
			c.token(t, f.genuine(tt.kind, tt.alg).sign(t))

			d := f.genuine(tt.kind, tt.alg)
			theirs := jwt.NewWithClaims(jwt.GetSigningMethod(tt.alg), jwt.MapClaims(d.claims))
			theirs.Header["kid"] = f.kid[tt.kind]
			text, err := theirs.SignedString(d.key)
			if err != nil {
				t.Fatal(err)
			}
			c.token(t, text)
		})
	}
	for _, v := range c.Requests() {
		if !v.Accepted || len(v.Refusals) != 0 || v.ClientID != clientID("main") || len(v.AssertionSHA256) != 64 {
			t.Errorf("verdict %+v", v)
		}
	}
	for _, e := range c.AuditTrail() {
		if e.Status != "Success" || e.Detail != "" || e.Application != "main" || e.Role == "" || e.Entity == "" {
			t.Errorf("audit %+v", e)
		}
	}
}

// What may vary in a genuine assertion.
func TestAcceptsVariants(t *testing.T) {
	f := newFixture(t)
	c := start(t, f.config)
	g := func() *draft { return f.genuine("p-256", "ES256") }
	for name, d := range map[string]*draft{
		"scope array":       g().claim("scope", []string{"restlets", "rest_webservices"}),
		"scope by comma":    g().claim("scope", "restlets,rest_webservices"),
		"jti and sub":       g().claim("jti", "x").claim("sub", clientID("main")),
		"nbf":               g().claim("nbf", noon.Unix()),
		"aud array":         g().claim("aud", []string{tokenURL}),
		"typ in lower case": g().head("typ", "jwt"),
		"no typ":            g().head("typ", nil),
		"lifetime 3599":     g().claim("exp", noon.Unix()+3599),
		"one second left":   g().claim("iat", noon.Unix()-299).claim("exp", noon.Unix()+1),
		"future, tolerated": g().claim("iat", noon.Add(FutureTolerance).Unix()),
	} {
		t.Run(name, func(t *testing.T) { c.token(t, d.sign(t)) })
	}
}

func changed(d *draft, change func(*draft)) *draft { change(d); return d }

// Each rule has a way to break it, with the code and the audit trail's Detail.
func TestRefuses(t *testing.T) {
	f := newFixture(t)
	f.own("p-384").Revoked = true
	f.own("p-521").ValidUntil = noon
	f.own("p-521").ValidFrom = noon.Add(-day)
	c := start(t, f.config)

	rsa := func() *draft { return f.genuine("rsa-3072", "PS256") }
	ec := func() *draft { return f.genuine("p-256", "ES256") }
	at := func(s int64) int64 { return noon.Unix() + s }
	claims := func(extra string) string {
		return fmt.Sprintf(`{"iss":%q,"scope":"rest_webservices","aud":%q,"iat":%d,"exp":%d%s}`, clientID("main"), tokenURL, at(0), at(300), extra)
	}
	header := func(extra string) string {
		return fmt.Sprintf(`{"typ":"JWT","alg":"ES256","kid":%q%s}`, f.kid["p-256"], extra)
	}
	altered := func(alter func(string) string) *draft {
		return changed(ec(), func(d *draft) { d.alter = alter })
	}

	tests := []struct {
		name   string
		draft  *draft
		code   string
		detail string
	}{
		{"RS256", changed(rsa().head("alg", "RS256"), func(d *draft) { d.pkcs1 = true }), "assertion.alg-deprecated", "UnsupportedAlgo"},
		{"RS512", changed(rsa().head("alg", "RS512"), func(d *draft) { d.pkcs1 = true }), "assertion.alg-deprecated", "UnsupportedAlgo"},
		{"none", altered(func(s string) string { return s }).head("alg", "none"), "assertion.alg-unsupported", "UnsupportedAlgo"},
		{"none, without a signature", altered(func(s string) string { return s[:strings.LastIndexByte(s, '.')+1] }).head("alg", "none"), "assertion.alg-unsupported", "UnsupportedAlgo"},
		{"HS256", ec().head("alg", "HS256"), "assertion.alg-unsupported", "UnsupportedAlgo"},
		{"alg in lower case", ec().head("alg", "es256"), "assertion.alg-unsupported", "UnsupportedAlgo"},
		{"alg a number", changed(ec(), func(d *draft) { d.rawHeader = strings.Replace(header(""), `"ES256"`, "256", 1) }), "assertion.alg-unsupported", "UnsupportedAlgo"},
		{"alg of another key type", ec().head("alg", "PS256"), "assertion.alg-key-mismatch", "SignatureValidation"},
		{"alg of another curve", ec().head("alg", "ES384"), "assertion.alg-key-mismatch", "SignatureValidation"},
		{"salt 20", changed(rsa(), func(d *draft) { d.salt = 20 }), "assertion.salt-length", "SignatureValidation"},
		{"salt as long as can be", changed(rsa(), func(d *draft) { d.salt = 384 - 32 - 2 }), "assertion.salt-length", "SignatureValidation"},
		{"PKCS#1 v1.5 under PS256", changed(rsa(), func(d *draft) { d.pkcs1 = true }), "assertion.signature-invalid", "SignatureValidation"},
		{"ECDSA signature in DER", changed(ec(), func(d *draft) { d.der = true }), "assertion.signature-encoding-der", "SignatureValidation"},
		{"another key", changed(ec(), func(d *draft) { k, _ := keypool.Generate("p-256"); d.key = k }), "assertion.signature-invalid", "SignatureValidation"},
		{"no kid", ec().head("kid", nil), "assertion.kid-missing", "MissingKeyId"},
		{"empty kid", ec().head("kid", ""), "assertion.kid-missing", "MissingKeyId"},
		{"kid a number", ec().head("kid", 5), "assertion.kid-malformed", "MissingKey"},
		{"kid cut off", ec().head("kid", f.kid["p-256"][:42]), "assertion.kid-malformed", "MissingKey"},
		{"kid in hex", ec().head("kid", strings.Repeat("a1", 32)), "assertion.kid-malformed", "MissingKey"},
		{"kid of nobody", ec().head("kid", strings.Repeat("A", 43)), "setup.mapping-missing", "MissingKey"},
		{"kid of another", ec().head("kid", f.kid["rsa-3072"]), "assertion.alg-key-mismatch", "SignatureValidation"},
		{"kid revoked", f.genuine("p-384", "ES384"), "setup.certificate-revoked", "MissingKey"},
		{"kid expired", f.genuine("p-521", "ES512"), "certificate.expired", "MissingKey"},
		{"RSA 2048", f.genuine("rsa-2048", "PS256"), "key.rsa-too-small", "MissingKey"},
		{"typ of an access token", ec().head("typ", "at+jwt"), "assertion.typ-unexpected", ""},
		{"crit", ec().head("crit", []string{"b64"}).head("b64", false), "assertion.crit-unsupported", ""},
		{"no iss", ec().claim("iss", nil), "assertion.issuer-missing", "InvalidIssuer"},
		{"iss an Application ID", ec().claim("iss", applicationID("main")), "assertion.issuer-is-application-id", "InvalidIssuer"},
		{"iss of nobody", ec().claim("iss", clientID("nobody")), "setup.integration-unknown", "InvalidIssuer"},
		{"iss in upper case", ec().claim("iss", strings.ToUpper(clientID("main"))), "setup.integration-unknown", "InvalidIssuer"},
		{"iss of another integration", ec().claim("iss", clientID("second")), "assertion.issuer-mismatch", "InvalidIssuer"},
		{"no aud", ec().claim("aud", nil), "assertion.audience-missing", ""},
		{"two aud", ec().claim("aud", []string{tokenURL, "https://x.example"}), "assertion.audience-mismatch", ""},
		{"aud a number", ec().claim("aud", 5), "assertion.audience-mismatch", ""},
		{"aud with a slash", ec().claim("aud", tokenURL+"/"), "assertion.audience-mismatch", ""},
		{"aud of the sandbox", ec().claim("aud", strings.Replace(tokenURL, "1234567", "1234567-sb1", 1)), "assertion.audience-mismatch", ""},
		{"aud on the restlets host", ec().claim("aud", restletsURL+tokenPath), "assertion.audience-mismatch", ""},
		{"aud is the issuer", ec().claim("aud", tokenIssuer), "assertion.audience-mismatch", ""},
		{"no iat", ec().claim("iat", nil), "assertion.time-claim-invalid", ""},
		{"no exp", ec().claim("exp", nil), "assertion.time-claim-invalid", ""},
		{"exp a string", ec().claim("exp", fmt.Sprint(at(300))), "assertion.time-claim-invalid", ""},
		{"iat with a fraction", ec().claim("iat", json.Number(fmt.Sprintf("%d.5", at(-1)))), "assertion.time-claim-invalid", ""},
		{"iat with an exponent", ec().claim("iat", json.Number("1.7e9")), "assertion.time-claim-invalid", ""},
		{"milliseconds", ec().claim("iat", at(0)*1000).claim("exp", at(300)*1000), "assertion.time-claim-invalid", ""},
		{"negative iat", ec().claim("iat", -5), "assertion.time-claim-invalid", ""},
		{"exp before iat", ec().claim("iat", at(50)).claim("exp", at(20)), "assertion.time-claim-invalid", ""},
		{"expired this second", ec().claim("iat", at(-300)).claim("exp", at(0)), "assertion.expired", "TokenExpired"},
		{"issued in the future", ec().claim("iat", at(61)).claim("exp", at(361)), "assertion.issued-in-future", "TokenNotAcceptable"},
		{"nbf in the future", ec().claim("nbf", at(61)), "assertion.not-before", ""},
		{"an hour exactly", ec().claim("exp", at(3600)), "assertion.lifetime-too-long", "TokenValidityTooBroad"},
		{"over an hour", ec().claim("exp", at(3601)), "assertion.lifetime-too-long", "TokenValidityTooBroad"},
		{"no scope", ec().claim("scope", nil), "assertion.scope-missing", "InvalidScope"},
		{"empty scope", ec().claim("scope", ""), "assertion.scope-missing", "InvalidScope"},
		{"empty scopes", ec().claim("scope", []string{}), "assertion.scope-missing", "InvalidScope"},
		{"null in scope", ec().claim("scope", []any{nil}), "assertion.scope-missing", "InvalidScope"},
		{"scopes by space", ec().claim("scope", "restlets rest_webservices"), "assertion.scope-separator", "InvalidScope"},
		{"unknown scope", ec().claim("scope", "rest-webservices"), "assertion.scope-unknown", "InvalidScope"},
		{"mcp", ec().claim("scope", "mcp"), "assertion.scope-not-for-m2m", "InvalidScope"},
		{"scope not ticked", ec().claim("scope", []string{"rest_webservices", "suite_analytics"}), "setup.scope-not-enabled", "ScopeMismatched"},
		{"header member twice", changed(ec(), func(d *draft) { d.rawHeader = header(`,"alg":"ES256"`) }), "assertion.duplicate-member", ""},
		{"claim twice", changed(ec(), func(d *draft) { d.rawClaims = claims(`,"iss":"x"`) }), "assertion.duplicate-member", ""},
		{"claim twice by escape", changed(ec(), func(d *draft) { d.rawClaims = claims(`,"i\u0073s":"x"`) }), "assertion.duplicate-member", ""},
		{"something after the claims", changed(ec(), func(d *draft) { d.rawClaims = claims("") + "x" }), "assertion.malformed", ""},
		{"claims an array", changed(ec(), func(d *draft) { d.rawClaims = `["iss"]` }), "assertion.malformed", ""},
		{"padding", altered(func(s string) string { return s + "==" }), "assertion.malformed", ""},
		{"a line break", altered(func(s string) string { return s[:10] + "\n" + s[10:] }), "assertion.malformed", ""},
		{"a zero before s", altered(lengthenS), "assertion.signature-invalid", "SignatureValidation"},
		{"spare bits set", altered(spareBit), "assertion.malformed", ""},
		{"a space at the end", altered(func(s string) string { return s + " " }), "assertion.malformed", ""},
		{"two parts", altered(func(s string) string { return s[:strings.LastIndex(s, ".")] }), "assertion.malformed", ""},
		{"no signature", altered(func(s string) string { return s[:strings.LastIndex(s, ".")+1] }), "assertion.malformed", ""},
		{"a fourth part", altered(func(s string) string { return s + ".e30" }), "assertion.malformed", ""},
		{"a long one", altered(func(s string) string { return s + strings.Repeat("A", maxJWT) }), "assertion.malformed", ""},
		{"no JWT", altered(func(string) string { return "hello" }), "assertion.malformed", ""},
	}
	bare := c.exchange(t, "hello")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res := c.exchange(t, tt.draft.sign(t))
			codes := codesOf(c.last())
			if !slices.Contains(codes, tt.code) {
				t.Fatalf("status %d, codes %v, want %s", res.status, codes, tt.code)
			}
			if codes[0] != tt.code {
				t.Errorf("first code %s, want %s", codes[0], tt.code)
			}
			if c.last().Accepted {
				t.Error("accepted")
			}
			trail := c.AuditTrail()
			if got := trail[len(trail)-1]; got.Status != "Failure" || got.Detail != tt.detail || (got.Basis == Official) != (tt.detail != "") {
				t.Errorf("audit trail %+v, want Detail %q", got, tt.detail)
			}
			sameAnswer(t, bare, res)
		})
	}
}

// The reason says what was found, so that it can be found in the program.
func TestReasons(t *testing.T) {
	f := newFixture(t)
	f.own("p-384").Revoked = true
	f.own("p-521").ValidFrom, f.own("p-521").ValidUntil = noon.Add(-day), noon
	c := start(t, f.config)
	ec := func() *draft { return f.genuine("p-256", "ES256") }
	jwtInPlace := ec().sign(t)
	for _, tt := range []struct {
		draft  *draft
		reason string
	}{
		{ec().head("alg", "HS256"), "alg is HS256, not one of PS256, PS384, PS512, ES256, ES384, ES512"},
		{ec().head("alg", "none"), "alg is none, not one of PS256, PS384, PS512, ES256, ES384, ES512"},
		{ec().head("alg", nil), "no alg in the header"},
		{ec().head("alg", strings.Repeat("x", 64)), "alg is (long), not one of PS256, PS384, PS512, ES256, ES384, ES512"},
		{ec().head("typ", "at+jwt"), "typ is at+jwt, not JWT"},
		{ec().head("kid", "abc"), "kid has 3 characters and is no Certificate ID: all known ones have 43, of A-Z a-z 0-9 - and _"},
		{ec().head("kid", jwtInPlace), fmt.Sprintf("kid has %d characters and is no Certificate ID: all known ones have 43, of A-Z a-z 0-9 - and _", len(jwtInPlace))},
		{ec().head("kid", strings.Repeat("A", 43)), "no certificate with the ID " + strings.Repeat("A", 43) + " in account 1234567"},
		{f.genuine("rsa-2048", "PS256"), "the registered certificate's key is RSA 2048"},
		{f.genuine("p-384", "ES384"), "the registered certificate is revoked"},
		{f.genuine("p-521", "ES512"), "the registered certificate ended at " + noon.Format(time.RFC3339)},
		{changed(f.genuine("rsa-3072", "PS256"), func(d *draft) { d.salt = 20 }), "the salt of the PSS signature is not as long as the hash, which is 32 bytes for PS256"},
		{changed(f.genuine("rsa-3072", "PS384"), func(d *draft) { d.pkcs1 = true }), "the signature is one of PKCS #1 v1.5, as of RS384; PS384 is RSA-PSS"},
		{changed(ec(), func(d *draft) { d.der = true }), "the signature is in DER; ES256 has r and s side by side, 64 bytes"},
		{changed(ec(), func(d *draft) { d.alter = lengthenS }), "the signature has 65 bytes; ES256 has 64"},
		{changed(ec(), func(d *draft) { d.key, _ = keypool.Generate("p-256") }), "another key than the registered certificate's made it, or it was changed afterwards"},
		{ec().claim("iss", nil), "no iss"},
		{ec().claim("iss", 5), "iss is no string"},
		{ec().claim("iss", applicationID("main")), "iss " + applicationID("main") + " is a UUID: an Application ID, not a Client ID"},
		{ec().claim("iss", clientID("nobody")), "no integration record of account 1234567 has the Client ID " + clientID("nobody")},
		{ec().claim("iss", jwtInPlace), "no integration record of account 1234567 has the Client ID (not an identifier)"},
		{ec().claim("aud", nil), "no aud; the token URL is wanted, " + tokenURL},
		{ec().claim("aud", []string{tokenURL, "x"}), "aud is a list of 2; one string is wanted, the token URL " + tokenURL},
		{ec().claim("aud", tokenURL+"/"), "aud is " + tokenURL + "/; the token URL is wanted, " + tokenURL},
		{ec().claim("aud", tokenIssuer), "aud is " + tokenIssuer + "; the token URL is wanted, " + tokenURL},
		{ec().claim("aud", jwtInPlace), "aud is no URL; the token URL is wanted, " + tokenURL},
		{ec().claim("aud", "https://x.example/"+jwtInPlace), "aud is https://x.example/(long); the token URL is wanted, " + tokenURL},
		{ec().claim("aud", "https://u:p@x.example/?q"), "aud is a URL with more than host and path; the token URL is wanted, " + tokenURL},
		{ec().claim("exp", nil), "no exp"},
		{ec().claim("exp", "5"), "exp is a string; a number without quotation marks is wanted"},
		{ec().claim("exp", true), "exp is no number"},
		{ec().claim("iat", -5), "iat is not a whole number of seconds"},
		{ec().claim("iat", json.Number("1.5")), "iat is not a whole number of seconds"},
		{ec().claim("iat", noon.UnixMilli()), "iat has 13 digits: seconds since 1970 have 10, milliseconds 13"},
		{ec().claim("exp", noon.Unix()+7200), "exp is 7200 s after iat; less than 3600 s is wanted"},
		{ec().claim("iat", noon.Unix()-300).claim("exp", noon.Unix()-5), "exp was 5 s ago by the server's clock"},
		{ec().claim("iat", noon.Add(50*time.Hour).Unix()).claim("exp", noon.Add(51*time.Hour-1).Unix()), "iat is 2 days ahead of the server's clock"},
		{ec().claim("scope", nil), "no scope"},
		{ec().claim("scope", 5), "scope is neither a string nor a list of strings"},
		{ec().claim("scope", ""), "scope is empty"},
		{ec().claim("scope", "restlets rest_webservices"), "scope is one string with spaces in it"},
		{ec().claim("scope", "rest"), "the scope rest, which NetSuite does not know"},
		{ec().claim("scope", []string{jwtInPlace}), "the scope (long), which NetSuite does not know"},
	} {
		c.exchange(t, tt.draft.sign(t))
		var reasons []string
		for _, r := range c.last().Refusals {
			reasons = append(reasons, r.Reason)
		}
		if !slices.Contains(reasons, tt.reason) {
			t.Errorf("reasons %q, want %q", reasons, tt.reason)
		}
		if contains([]byte(strings.Join(reasons, "\n")), jwtInPlace[:20], jwtInPlace[len(jwtInPlace)-20:]) != "" {
			t.Errorf("an assertion in %q", reasons)
		}
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", 119 * time.Second: "119 s", 120 * time.Second: "2 minutes", 119 * time.Minute: "119 minutes",
		2 * time.Hour: "2 hours", 47 * time.Hour: "47 hours", 48 * time.Hour: "2 days", 10000 * time.Hour: "416 days",
	} {
		if got := span(d); got != want {
			t.Errorf("%s: %s, want %s", d, got, want)
		}
	}
}

// lengthenS puts a zero byte before the s of an ES256 signature: the same
// number, in another form.
func lengthenS(text string) string {
	i := strings.LastIndex(text, ".") + 1
	signature, err := base64.RawURLEncoding.DecodeString(text[i:])
	if err != nil {
		return ""
	}
	return text[:i] + base64.RawURLEncoding.EncodeToString(slices.Insert(signature, 32, 0))
}

// spareBit sets a bit of the last character that stands for no byte: the same
// bytes, in another text.
func spareBit(text string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	end := len(text) - 1
	return text[:end] + string(alphabet[strings.IndexByte(alphabet, text[end])+1])
}

func codesOf(v Verdict) []string {
	var codes []string
	for _, r := range v.Refusals {
		codes = append(codes, r.Code)
	}
	return codes
}

// sameAnswer compares to the byte what a client sees.
func sameAnswer(t *testing.T, a, b response) {
	t.Helper()
	if a.status != 500 || a.body != `{"error":"server_error"}` {
		t.Errorf("status %d, body %q: not the bare error", a.status, a.body)
	}
	if a.status != b.status || a.body != b.body || fmt.Sprint(a.header) != fmt.Sprint(b.header) {
		t.Errorf("answers can be told apart:\n%+v\n%+v", a, b)
	}
}

// Every single changed character makes a genuine assertion a refused one.
func TestOneCharacter(t *testing.T) {
	f := newFixture(t)
	s, err := New(f.config)
	if err != nil {
		t.Fatal(err)
	}
	v := judger{s.accounts["1234567"], noon, s.takes, false}
	text := f.genuine("p-256", "ES256").sign(t)
	if !v.judge(text).accepted() {
		t.Fatal("the genuine one is refused")
	}
	for i := range text {
		for _, other := range []byte{'A', 'B', '_', '.', '=', '\n'} {
			if text[i] == other {
				continue
			}
			changed := text[:i] + string(other) + text[i+1:]
			if v.judge(changed).accepted() {
				t.Fatalf("accepted with character %d of %d changed", i, len(text))
			}
		}
	}
}

// The set-up of the account, one fault at a time, is answered as one.
func TestSetupBytes(t *testing.T) {
	details := map[Change]string{
		MappingMissing: "MissingKey", CertificateRevoked: "MissingKey", IntegrationDisabled: "IntegrationBlocked",
		IntegrationUnknown: "MissingKey", GrantNotEnabled: "", ScopeNotEnabled: "ScopeMismatched", FeaturesDisabled: "FeatureDisabled",
		RoleOrEntityInactive: "EntityOrRoleDisabled", LoginPermissionMissing: "", SandboxRefreshed: "MissingKey",
	}
	var first response
	for i, code := range setupCauses(string(SandboxRefreshed)) {
		change := Change(code)
		detail, listed := details[change]
		if !listed {
			t.Fatalf("no expectation for %s", change)
		}
		p, err := Prepare(Scenario{Name: "set", Server: ServerHalf{Changes: []Change{change}}}, atNoon, keypool.Generate)
		if err != nil {
			t.Fatal(err)
		}
		c, assertion := prepared(t, p)
		res := c.exchange(t, assertion)
		if i == 0 {
			first = res
		}
		sameAnswer(t, first, res)
		if got := c.AuditTrail(); len(got) != 1 || got[0].Detail != detail {
			t.Errorf("%s: audit trail %+v, want %q", change, got, detail)
		}
		if code := c.last().Refusals[0].Code; code != string(change) && change != SandboxRefreshed && change != IntegrationUnknown {
			t.Errorf("%s: verdict %s", change, code)
		}
	}
}

func TestErrorsOAuth(t *testing.T) {
	f := newFixture(t)
	f.config.Errors = ErrorsOAuth
	c := start(t, f.config)
	for _, tt := range []struct {
		draft  *draft
		status int
		body   string
	}{
		{f.genuine("p-256", "ES256").head("kid", nil), 401, `{"error":"invalid_client"}`},
		{f.genuine("p-256", "ES256").claim("scope", "mcp"), 400, `{"error":"invalid_scope"}`},
	} {
		res := c.exchange(t, tt.draft.sign(t))
		if res.status != tt.status || res.body != tt.body {
			t.Errorf("status %d, body %s; want %d, %s", res.status, res.body, tt.status, tt.body)
		}
		if got := res.header.Get("WWW-Authenticate"); (tt.status == 401) != (got == `Basic realm="1234567"`) {
			t.Errorf("WWW-Authenticate %q", got)
		}
	}
}

// A habit's switch turns its default round.
func TestHabits(t *testing.T) {
	f := newFixture(t)
	g := func() *draft { return f.genuine("p-256", "ES256") }
	drafts := map[Habit]*draft{
		HabitTypMissing:      g().head("typ", nil),
		HabitNbf:             g().claim("nbf", noon.Unix()),
		HabitSub:             g().claim("sub", "x"),
		HabitJTI:             g().claim("jti", "x"),
		HabitLifetimeHour:    g().claim("exp", noon.Unix()+3600),
		HabitFractionalTime:  g().claim("iat", json.Number(fmt.Sprintf("%d.25", noon.Unix()-1))),
		HabitAudienceArray:   g().claim("aud", []string{tokenURL}),
		HabitAudienceRESTlet: g().claim("aud", restletsURL+tokenPath),
		HabitScopeComma:      g().claim("scope", "restlets,rest_webservices"),
		HabitScopeSpace:      g().claim("scope", "restlets rest_webservices"),
	}
	fields := map[Habit]func(values map[string][]string, header *[]string){
		HabitClientIDField: func(v map[string][]string, _ *[]string) { v["client_id"] = []string{clientID("main")} },
		HabitScopeField:    func(v map[string][]string, _ *[]string) { v["scope"] = []string{"rest_webservices"} },
		HabitBasicHeader:   func(_ map[string][]string, h *[]string) { *h = append(*h, "Authorization", "Basic eDp5") },
		HabitCookie:        func(_ map[string][]string, h *[]string) { *h = append(*h, "Cookie", "a=b") },
	}
	for _, h := range Habits() {
		t.Run(string(h.Habit), func(t *testing.T) {
			d := drafts[h.Habit]
			if d == nil {
				d = g()
			}
			values, header := form(d.sign(t)), []string{"Content-Type", "application/x-www-form-urlencoded"}
			if change := fields[h.Habit]; change != nil {
				change(values, &header)
			} else if drafts[h.Habit] == nil {
				t.Fatal("no test of this habit")
			}
			for _, accept := range []bool{true, false} {
				config := f.config
				if accept {
					config.Accept = []Habit{h.Habit}
				} else {
					config.Refuse = []Habit{h.Habit}
				}
				c := start(t, config)
				res := c.do(t, request(t, "POST", tokenURL, values.Encode(), header...))
				if (res.status == 200) != accept {
					t.Errorf("accept %v: status %d, refusals %+v", accept, res.status, c.last().Refusals)
				}
			}
			c := start(t, f.config)
			if res := c.do(t, request(t, "POST", tokenURL, values.Encode(), header...)); (res.status == 200) != h.Accepted {
				t.Errorf("default: status %d, want accepted %v", res.status, h.Accepted)
			}
		})
	}
}

// The whole request is judged, and not only the assertion in it.
func TestRequestShape(t *testing.T) {
	f := newFixture(t)
	c := start(t, f.config)
	text := f.genuine("p-256", "ES256").sign(t)
	formType := []string{"Content-Type", "application/x-www-form-urlencoded"}
	good := form(text).Encode()
	misnamed := form("")
	misnamed.Del("client_assertion")
	misnamed.Set("assertion", text)
	wrongGrant := form(text)
	wrongGrant.Set("grant_type", "password")
	wrongType := form(text)
	wrongType.Set("client_assertion_type", "jwt")
	for _, tt := range []struct {
		name, method, body string
		header             []string
		status             int
		error, code        string
	}{
		{"GET", "GET", "", nil, 405, "invalid_request", "request.wrong-method"},
		{"PUT", "PUT", good, formType, 405, "invalid_request", "request.wrong-method"},
		{"no content type", "POST", good, nil, 400, "invalid_request", "request.content-type"},
		{"JSON", "POST", `{"grant_type":"client_credentials"}`, []string{"Content-Type", "application/json"}, 400, "invalid_request", "request.content-type"},
		{"two content types", "POST", good, append(formType, formType...), 400, "invalid_request", "request.content-type"},
		{"empty", "POST", "", formType, 400, "invalid_request", "request.parameter-missing"},
		{"misnamed", "POST", misnamed.Encode(), formType, 400, "invalid_request", "request.parameter-missing"},
		{"assertion twice", "POST", good + "&client_assertion=" + text, formType, 400, "invalid_request", "request.parameter-repeated"},
		{"grant twice", "POST", good + "&grant_type=client_credentials", formType, 400, "invalid_request", "request.parameter-repeated"},
		{"anything twice", "POST", good + "&a=1&a=2", formType, 400, "invalid_request", "request.parameter-repeated"},
		{"other grant", "POST", wrongGrant.Encode(), formType, 400, "unsupported_grant_type", "request.grant-type"},
		{"other assertion type", "POST", wrongType.Encode(), formType, 400, "invalid_request", "request.malformed"},
		{"not encoded", "POST", "client_assertion=%zz", formType, 400, "invalid_request", "request.malformed"},
		{"client secret", "POST", good + "&client_secret=x", formType, 400, "invalid_request", "request.client-authentication"},
		{"big", "POST", strings.Repeat("a", MaxBody+1), formType, 400, "invalid_request", "request.incomplete"},
		{"very big", "POST", strings.Repeat("a", 20*MaxBody), formType, 400, "invalid_request", "request.incomplete"}, // and the answer arrives
		{"another client", "POST", good + "&client_id=" + clientID("other"), formType, 400, "invalid_request", "request.client-id-mismatch"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := c.do(t, request(t, tt.method, tokenURL, tt.body, tt.header...))
			if res.status != tt.status || res.body != `{"error":"`+tt.error+`"}` {
				t.Errorf("status %d, body %s; want %d, %s", res.status, res.body, tt.status, tt.error)
			}
			if codes := codesOf(c.last()); len(codes) == 0 || codes[0] != tt.code {
				t.Errorf("codes %v, want %s", codes, tt.code)
			}
		})
	}
	// Parameters in the URL are none.
	res := c.do(t, request(t, "POST", tokenURL+"?"+good, "", formType...))
	if res.status != 400 {
		t.Errorf("parameters in the URL: status %d", res.status)
	}
	for _, v := range c.Requests() {
		if v.Accepted {
			t.Errorf("accepted: %+v", v)
		}
	}
}

func TestEveryRuleIsKnown(t *testing.T) {
	for code, r := range rules() {
		got := refuse(code, "")
		if (got.Basis == Official) != (r.detail != "") {
			t.Errorf("%s: basis %s with Detail %q", code, got.Basis, r.detail)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("an unknown code makes a refusal")
		}
	}()
	refuse("no.such-rule", "")
}

// FuzzAssertion: nothing but what was signed with a registered key is ever
// accepted, nothing makes the judge panic, and a reason is a line of plain text
// without a part of the assertion in it.
func FuzzAssertion(f *testing.F) {
	fix := newFixture(f)
	s, err := New(fix.config)
	if err != nil {
		f.Fatal(err)
	}
	v := judger{s.accounts["1234567"], noon, s.takes, false}
	genuine := make(map[string]bool)
	for _, tt := range []struct{ kind, alg string }{{"rsa-3072", "PS256"}, {"p-256", "ES256"}, {"p-521", "ES512"}} {
		text := fix.genuine(tt.kind, tt.alg).sign(f)
		if !v.judge(text).accepted() {
			f.Fatalf("%s: the genuine one is refused", tt.alg)
		}
		genuine[text] = true
		for _, seed := range []string{text, fix.genuine(tt.kind, tt.alg).claim("aud", "https://x.example/\n"+text).sign(f), text[:len(text)-1], "." + text, strings.Replace(text, ".", "..", 1)} {
			f.Add(seed)
		}
	}
	for _, seed := range []string{"", ".", "..", "e30.e30.AA", "bnVsbA.bnVsbA.AA", fix.genuine("p-256", "ES256").head("kid", nil).sign(f)} {
		f.Add(seed)
	}
	if len(genuine) != 3 {
		f.Fatal("no genuine seeds")
	}
	f.Fuzz(func(t *testing.T, text string) {
		j := v.judge(text)
		if j.accepted() && !genuine[text] {
			t.Fatal("accepted what was never signed")
		}
		if !j.accepted() && len(j.refusals) == 0 {
			t.Fatal("refused without a reason")
		}
		for _, r := range j.refusals {
			if r.Reason == "" || len(r.Reason) > 1500 || strings.ContainsFunc(r.Reason, func(c rune) bool { return c < ' ' || c > '~' }) {
				t.Fatalf("%s: reason %q", r.Code, r.Reason)
			}
			for part := range strings.SplitSeq(text, ".") {
				if len(part) > 64 && strings.Contains(r.Reason, part) {
					t.Fatalf("%s: a part of the assertion is in the reason", r.Code)
				}
			}
		}
	})
}

// The two years of a mapping are NetSuite's, whatever the certificate says.
func TestShortenedValidity(t *testing.T) {
	der := certify(t, testKeys()["p-256"], 3650)
	integrations := map[string]*Integration{"c": {ClientID: "c"}}
	m, err := indexMapping(Mapping{Certificate: der, ClientID: "c"}, integrations)
	if err != nil {
		t.Fatal(err)
	}
	if got := m.ValidUntil.Sub(m.ValidFrom); got != MaxMappingValidity {
		t.Errorf("valid for %v", got)
	}
	for _, tt := range []struct {
		at   time.Time
		want string
	}{
		{m.ValidFrom.Add(-time.Second), "certificate.not-yet-valid"},
		{m.ValidFrom, ""},
		{m.ValidUntil.Add(-time.Second), ""},
		{m.ValidUntil, "certificate.expired"},
	} {
		if got := m.inactive(tt.at); got != tt.want {
			t.Errorf("at %v: %q, want %q", tt.at, got, tt.want)
		}
	}
}
