package server

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/emulatortest"
	"github.com/nsauth/nsauth/internal/emulator/oauth"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
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
			c.token(t, f.Genuine(tt.kind, tt.alg).Sign(t))

			d := f.Genuine(tt.kind, tt.alg)
			theirs := jwt.NewWithClaims(jwt.GetSigningMethod(tt.alg), jwt.MapClaims(d.Claims))
			theirs.Header["kid"] = f.KeyIDs[tt.kind]
			text, err := theirs.SignedString(d.Key)
			if err != nil {
				t.Fatal(err)
			}
			c.token(t, text)
		})
	}
	for _, v := range c.Requests() {
		if !v.Accepted || len(v.Refusals) != 0 || v.ClientID != emulatortest.ClientID("main") || len(v.AssertionSHA256) != 64 {
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
	g := func() *emulatortest.Draft { return f.Genuine("p-256", "ES256") }
	for name, d := range map[string]*emulatortest.Draft{
		"scope array":       g().Claim("scope", []string{"restlets", "rest_webservices"}),
		"scope by comma":    g().Claim("scope", "restlets,rest_webservices"),
		"jti and sub":       g().Claim("jti", "x").Claim("sub", emulatortest.ClientID("main")),
		"nbf":               g().Claim("nbf", emulatortest.Noon.Unix()),
		"aud array":         g().Claim("aud", []string{tokenURL}),
		"typ in lower case": g().Head("typ", "jwt"),
		"no typ":            g().Head("typ", nil),
		"lifetime 3599":     g().Claim("exp", emulatortest.Noon.Unix()+3599),
		"one second left":   g().Claim("iat", emulatortest.Noon.Unix()-299).Claim("exp", emulatortest.Noon.Unix()+1),
		"future, tolerated": g().Claim("iat", emulatortest.Noon.Add(oauth.FutureTolerance).Unix()),
	} {
		t.Run(name, func(t *testing.T) { c.token(t, d.Sign(t)) })
	}
}

func changed(d *emulatortest.Draft, change func(*emulatortest.Draft)) *emulatortest.Draft {
	change(d)
	return d
}

// Each rule has a way to break it, with the code and the audit trail's Detail.
func TestRefuses(t *testing.T) {
	f := newFixture(t)
	f.own("p-384").Revoked = true
	f.own("p-521").ValidUntil = emulatortest.Noon
	f.own("p-521").ValidFrom = emulatortest.Noon.Add(-24 * time.Hour)
	c := start(t, f.config)

	rsa := func() *emulatortest.Draft { return f.Genuine("rsa-3072", "PS256") }
	ec := func() *emulatortest.Draft { return f.Genuine("p-256", "ES256") }
	at := func(s int64) int64 { return emulatortest.Noon.Unix() + s }
	claims := func(extra string) string {
		return fmt.Sprintf(`{"iss":%q,"scope":"rest_webservices","aud":%q,"iat":%d,"exp":%d%s}`, emulatortest.ClientID("main"), tokenURL, at(0), at(300), extra)
	}
	header := func(extra string) string {
		return fmt.Sprintf(`{"typ":"JWT","alg":"ES256","kid":%q%s}`, f.KeyIDs["p-256"], extra)
	}
	altered := func(alter func(string) string) *emulatortest.Draft {
		return changed(ec(), func(d *emulatortest.Draft) { d.Alter = alter })
	}

	tests := []struct {
		name   string
		draft  *emulatortest.Draft
		code   string
		detail string
	}{
		{"RS256", changed(rsa().Head("alg", "RS256"), func(d *emulatortest.Draft) { d.PKCS1 = true }), "assertion.alg-deprecated", "UnsupportedAlgo"},
		{"RS512", changed(rsa().Head("alg", "RS512"), func(d *emulatortest.Draft) { d.PKCS1 = true }), "assertion.alg-deprecated", "UnsupportedAlgo"},
		{"none", altered(func(s string) string { return s }).Head("alg", "none"), "assertion.alg-unsupported", "UnsupportedAlgo"},
		{"none, without a signature", altered(func(s string) string { return s[:strings.LastIndexByte(s, '.')+1] }).Head("alg", "none"), "assertion.alg-unsupported", "UnsupportedAlgo"},
		{"HS256", ec().Head("alg", "HS256"), "assertion.alg-unsupported", "UnsupportedAlgo"},
		{"alg in lower case", ec().Head("alg", "es256"), "assertion.alg-unsupported", "UnsupportedAlgo"},
		{"alg a number", changed(ec(), func(d *emulatortest.Draft) { d.RawHeader = strings.Replace(header(""), `"ES256"`, "256", 1) }), "assertion.alg-unsupported", "UnsupportedAlgo"},
		{"alg of another key type", ec().Head("alg", "PS256"), "assertion.alg-key-mismatch", "SignatureValidation"},
		{"alg of another curve", ec().Head("alg", "ES384"), "assertion.alg-key-mismatch", "SignatureValidation"},
		{"salt 20", changed(rsa(), func(d *emulatortest.Draft) { d.Salt = 20 }), "assertion.salt-length", "SignatureValidation"},
		{"salt as long as can be", changed(rsa(), func(d *emulatortest.Draft) { d.Salt = 384 - 32 - 2 }), "assertion.salt-length", "SignatureValidation"},
		{"PKCS#1 v1.5 under PS256", changed(rsa(), func(d *emulatortest.Draft) { d.PKCS1 = true }), "assertion.signature-invalid", "SignatureValidation"},
		{"ECDSA signature in DER", changed(ec(), func(d *emulatortest.Draft) { d.DER = true }), "assertion.signature-encoding-der", "SignatureValidation"},
		{"another key", changed(ec(), func(d *emulatortest.Draft) { k, _ := keypool.Generate("p-256"); d.Key = k }), "assertion.signature-invalid", "SignatureValidation"},
		{"no kid", ec().Head("kid", nil), "assertion.kid-missing", "MissingKeyId"},
		{"empty kid", ec().Head("kid", ""), "assertion.kid-missing", "MissingKeyId"},
		{"kid a number", ec().Head("kid", 5), "assertion.kid-malformed", "MissingKey"},
		{"kid cut off", ec().Head("kid", f.KeyIDs["p-256"][:42]), "assertion.kid-malformed", "MissingKey"},
		{"kid in hex", ec().Head("kid", strings.Repeat("a1", 32)), "assertion.kid-malformed", "MissingKey"},
		{"kid of nobody", ec().Head("kid", strings.Repeat("A", 43)), "setup.mapping-missing", "MissingKey"},
		{"kid of another", ec().Head("kid", f.KeyIDs["rsa-3072"]), "assertion.alg-key-mismatch", "SignatureValidation"},
		{"kid revoked", f.Genuine("p-384", "ES384"), "setup.certificate-revoked", "MissingKey"},
		{"kid expired", f.Genuine("p-521", "ES512"), "certificate.expired", "MissingKey"},
		{"RSA 2048", f.Genuine("rsa-2048", "PS256"), "key.rsa-too-small", "MissingKey"},
		{"typ of an access token", ec().Head("typ", "at+jwt"), "assertion.typ-unexpected", ""},
		{"crit", ec().Head("crit", []string{"b64"}).Head("b64", false), "assertion.crit-unsupported", ""},
		{"no iss", ec().Claim("iss", nil), "assertion.issuer-missing", "InvalidIssuer"},
		{"iss an Application ID", ec().Claim("iss", account.ApplicationID("main")), "assertion.issuer-is-application-id", "InvalidIssuer"},
		{"iss of nobody", ec().Claim("iss", emulatortest.ClientID("nobody")), "setup.integration-unknown", "UnknownIntegration"},
		{"iss in upper case", ec().Claim("iss", strings.ToUpper(emulatortest.ClientID("main"))), "setup.integration-unknown", "UnknownIntegration"},
		{"iss of another integration", ec().Claim("iss", emulatortest.ClientID("second")), "assertion.issuer-mismatch", "InvalidIssuer"},
		{"no aud", ec().Claim("aud", nil), "assertion.audience-missing", ""},
		{"two aud", ec().Claim("aud", []string{tokenURL, "https://x.example"}), "assertion.audience-mismatch", ""},
		{"aud a number", ec().Claim("aud", 5), "assertion.audience-mismatch", ""},
		{"aud with a slash", ec().Claim("aud", tokenURL+"/"), "assertion.audience-mismatch", ""},
		{"aud of the sandbox", ec().Claim("aud", strings.Replace(tokenURL, "1234567", "1234567-sb1", 1)), "assertion.audience-mismatch", ""},
		{"aud is the issuer", ec().Claim("aud", testIssuer), "assertion.audience-mismatch", ""},
		{"no iat", ec().Claim("iat", nil), "assertion.time-claim-invalid", ""},
		{"no exp", ec().Claim("exp", nil), "assertion.time-claim-invalid", ""},
		{"exp a string", ec().Claim("exp", fmt.Sprint(at(300))), "assertion.time-claim-invalid", ""},
		{"iat with an exponent", ec().Claim("iat", json.Number("1.7e9")), "assertion.time-claim-invalid", ""},
		{"milliseconds", ec().Claim("iat", at(0)*1000).Claim("exp", at(300)*1000), "assertion.time-claim-invalid", ""},
		{"negative iat", ec().Claim("iat", -5), "assertion.time-claim-invalid", ""},
		{"exp before iat", ec().Claim("iat", at(50)).Claim("exp", at(20)), "assertion.time-claim-invalid", ""},
		{"expired this second", ec().Claim("iat", at(-300)).Claim("exp", at(0)), "assertion.expired", "TokenExpired"},
		{"issued in the future", ec().Claim("iat", at(61)).Claim("exp", at(361)), "assertion.issued-in-future", "TokenNotAcceptable"},
		{"nbf in the future", ec().Claim("nbf", at(61)), "assertion.not-before", ""},
		{"an hour and a second", ec().Claim("exp", at(3601)), "assertion.lifetime-too-long", "TokenValidityTooBroad"},
		{"over an hour", ec().Claim("exp", at(3601)), "assertion.lifetime-too-long", "TokenValidityTooBroad"},
		{"no scope", ec().Claim("scope", nil), "assertion.scope-missing", "InvalidScope"},
		{"empty scope", ec().Claim("scope", ""), "assertion.scope-missing", "InvalidScope"},
		{"empty scopes", ec().Claim("scope", []string{}), "assertion.scope-missing", "InvalidScope"},
		{"null in scope", ec().Claim("scope", []any{nil}), "assertion.scope-missing", "InvalidScope"},
		{"scopes by space", ec().Claim("scope", "restlets rest_webservices"), "assertion.scope-separator", "InvalidScope"},
		{"unknown scope", ec().Claim("scope", "rest-webservices"), "assertion.scope-unknown", "InvalidScope"},
		{"mcp", ec().Claim("scope", "mcp"), "assertion.scope-not-for-m2m", "InvalidScope"},
		{"scope not ticked", ec().Claim("scope", []string{"rest_webservices", "suite_analytics"}), "setup.scope-not-enabled", "ScopeMismatched"},
		{"header member twice", changed(ec(), func(d *emulatortest.Draft) { d.RawHeader = header(`,"alg":"ES256"`) }), "assertion.duplicate-member", ""},
		{"claim twice", changed(ec(), func(d *emulatortest.Draft) { d.RawClaims = claims(`,"iss":"x"`) }), "assertion.duplicate-member", ""},
		{"claim twice by escape", changed(ec(), func(d *emulatortest.Draft) { d.RawClaims = claims(`,"i\u0073s":"x"`) }), "assertion.duplicate-member", ""},
		{"something after the claims", changed(ec(), func(d *emulatortest.Draft) { d.RawClaims = claims("") + "x" }), "assertion.malformed", ""},
		{"claims an array", changed(ec(), func(d *emulatortest.Draft) { d.RawClaims = `["iss"]` }), "assertion.malformed", ""},
		{"padding", altered(func(s string) string { return s + "==" }), "assertion.malformed", ""},
		{"a line break", altered(func(s string) string { return s[:10] + "\n" + s[10:] }), "assertion.malformed", ""},
		{"a zero before s", altered(lengthenS), "assertion.signature-invalid", "SignatureValidation"},
		{"spare bits set", altered(spareBit), "assertion.malformed", ""},
		{"a space at the end", altered(func(s string) string { return s + " " }), "assertion.malformed", ""},
		{"two parts", altered(func(s string) string { return s[:strings.LastIndex(s, ".")] }), "assertion.malformed", ""},
		{"no signature", altered(func(s string) string { return s[:strings.LastIndex(s, ".")+1] }), "assertion.malformed", ""},
		{"a fourth part", altered(func(s string) string { return s + ".e30" }), "assertion.malformed", ""},
		{"a long one", altered(func(s string) string { return s + strings.Repeat("A", 64<<10) }), "assertion.malformed", ""},
		{"no JWT", altered(func(string) string { return "hello" }), "assertion.malformed", ""},
	}
	bare := c.exchange(t, "hello")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res := c.exchange(t, tt.draft.Sign(t))
			codes := emulatortest.Codes(c.last())
			if !slices.Contains(codes, tt.code) {
				t.Fatalf("status %d, codes %v, want %s", res.Status, codes, tt.code)
			}
			if codes[0] != tt.code {
				t.Errorf("first code %s, want %s", codes[0], tt.code)
			}
			if c.last().Accepted {
				t.Error("accepted")
			}
			trail := c.AuditTrail()
			if got := trail[len(trail)-1]; got.Status != "Failure" || got.Detail != tt.detail || (got.Basis == verdict.Official) != (tt.detail != "") {
				t.Errorf("audit trail %+v, want Detail %q", got, tt.detail)
			}
			emulatortest.SameAnswer(t, bare, res)
		})
	}
}

// The reason says what was found, so that it can be found in the program.
func TestReasons(t *testing.T) {
	f := newFixture(t)
	f.own("p-384").Revoked = true
	f.own("p-521").ValidFrom, f.own("p-521").ValidUntil = emulatortest.Noon.Add(-24*time.Hour), emulatortest.Noon
	c := start(t, f.config)
	ec := func() *emulatortest.Draft { return f.Genuine("p-256", "ES256") }
	jwtInPlace := ec().Sign(t)
	for _, tt := range []struct {
		draft  *emulatortest.Draft
		reason string
	}{
		{ec().Head("alg", "HS256"), "alg is HS256, not one of PS256, PS384, PS512, ES256, ES384, ES512"},
		{ec().Head("alg", "none"), "alg is none, not one of PS256, PS384, PS512, ES256, ES384, ES512"},
		{ec().Head("alg", nil), "no alg in the header"},
		{ec().Head("alg", strings.Repeat("A", 64)), "alg is (long), not one of PS256, PS384, PS512, ES256, ES384, ES512"},
		{ec().Head("typ", "at+jwt"), "typ is at+jwt, not JWT"},
		{ec().Head("kid", "abc"), "kid has 3 characters and is not a Certificate ID: those have 43, of A-Z a-z 0-9 - and _"},
		{ec().Head("kid", jwtInPlace), fmt.Sprintf("kid has %d characters and is not a Certificate ID: those have 43, of A-Z a-z 0-9 - and _", len(jwtInPlace))},
		{ec().Head("kid", strings.Repeat("A", 43)), "no certificate with the ID " + strings.Repeat("A", 43) + " in account 1234567"},
		{f.Genuine("rsa-2048", "PS256"), "the registered certificate's key is RSA 2048"},
		{f.Genuine("p-384", "ES384"), "the registered certificate is revoked"},
		{f.Genuine("p-521", "ES512"), "the registered certificate expired at " + emulatortest.Noon.Format(time.RFC3339)},
		{changed(f.Genuine("rsa-3072", "PS256"), func(d *emulatortest.Draft) { d.Salt = 20 }), "the salt of the PSS signature is not as long as the hash (32 bytes for PS256)"},
		{changed(f.Genuine("rsa-3072", "PS384"), func(d *emulatortest.Draft) { d.PKCS1 = true }), "the signature is PKCS #1 v1.5, as for RS384; PS384 is RSA-PSS"},
		{changed(ec(), func(d *emulatortest.Draft) { d.DER = true }), "the signature is in DER; ES256 has r and s side by side, 64 bytes"},
		{changed(ec(), func(d *emulatortest.Draft) { d.Alter = lengthenS }), "the signature has 65 bytes; ES256 has 64"},
		{changed(ec(), func(d *emulatortest.Draft) { d.Key, _ = keypool.Generate("p-256") }), "the signature was made with another key than the registered certificate's, or the assertion was changed"},
		{ec().Claim("iss", nil), "no iss"},
		{ec().Claim("iss", 5), "iss is not a string"},
		{ec().Claim("iss", account.ApplicationID("main")), "iss " + account.ApplicationID("main") + " is a UUID: an Application ID, not a Client ID"},
		{ec().Claim("iss", emulatortest.ClientID("nobody")), "no integration record of account 1234567 has the Client ID " + emulatortest.ClientID("nobody")},
		{ec().Claim("iss", jwtInPlace), "no integration record of account 1234567 has the Client ID (not an identifier)"},
		{ec().Claim("aud", nil), "no aud; want the token URL " + tokenURL},
		{ec().Claim("aud", []string{tokenURL, "x"}), "aud is a list of 2; want one string, the token URL " + tokenURL},
		{ec().Claim("aud", tokenURL+"/"), "aud is " + tokenURL + "/; want the token URL " + tokenURL},
		{ec().Claim("aud", testIssuer), "aud is " + testIssuer + "; want the token URL " + tokenURL},
		{ec().Claim("aud", jwtInPlace), "aud is not a URL; want the token URL " + tokenURL},
		{ec().Claim("aud", "https://x.example/"+jwtInPlace), "aud is https://x.example/(long); want the token URL " + tokenURL},
		{ec().Claim("aud", "https://u:p@x.example/?q"), "aud is a URL with more than host and path; want the token URL " + tokenURL},
		{ec().Claim("exp", nil), "no exp"},
		{ec().Claim("exp", "5"), "exp is a string; want a number without quotation marks"},
		{ec().Claim("exp", true), "exp is not a number"},
		{ec().Claim("iat", -5), "iat is not a whole number of seconds"},
		{ec().Claim("iat", emulatortest.Noon.UnixMilli()), "iat has 13 digits: seconds since 1970 have 10, milliseconds 13"},
		{ec().Claim("exp", emulatortest.Noon.Unix()+7200), "exp is 7200 s after iat; it must be less than 3600 s"},
		{ec().Claim("iat", emulatortest.Noon.Unix()-300).Claim("exp", emulatortest.Noon.Unix()-5), "exp was 5 seconds ago by the server's clock"},
		{ec().Claim("iat", emulatortest.Noon.Add(50*time.Hour).Unix()).Claim("exp", emulatortest.Noon.Add(51*time.Hour-1).Unix()), "iat is 2 days ahead of the server's clock"},
		{ec().Claim("scope", nil), "no scope"},
		{ec().Claim("scope", 5), "scope is neither a string nor a list of strings"},
		{ec().Claim("scope", ""), "scope is empty"},
		{ec().Claim("scope", "restlets rest_webservices"), "scope is one string with spaces"},
		{ec().Claim("scope", "rest"), "unknown scope rest"},
		{ec().Claim("scope", []string{jwtInPlace}), "unknown scope (long)"},
	} {
		c.exchange(t, tt.draft.Sign(t))
		var reasons []string
		for _, r := range c.last().Refusals {
			reasons = append(reasons, r.Reason)
		}
		if !slices.Contains(reasons, tt.reason) {
			t.Errorf("reasons %q, want %q", reasons, tt.reason)
		}
		if emulatortest.Contains([]byte(strings.Join(reasons, "\n")), jwtInPlace[:20], jwtInPlace[len(jwtInPlace)-20:]) != "" {
			t.Errorf("an assertion in %q", reasons)
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

func TestErrorsOAuth(t *testing.T) {
	f := newFixture(t)
	f.config.Errors = oauth.ErrorsOAuth
	c := start(t, f.config)
	for _, tt := range []struct {
		draft  *emulatortest.Draft
		status int
		body   string
	}{
		{f.Genuine("p-256", "ES256").Head("kid", nil), 401, `{"error":"invalid_client"}`},
		{f.Genuine("p-256", "ES256").Claim("scope", "mcp"), 400, `{"error":"invalid_scope"}`},
	} {
		res := c.exchange(t, tt.draft.Sign(t))
		if res.Status != tt.status || res.Body != tt.body {
			t.Errorf("status %d, body %s; want %d, %s", res.Status, res.Body, tt.status, tt.body)
		}
		if got := res.Header.Get("WWW-Authenticate"); (tt.status == 401) != (got == `Basic realm="1234567"`) {
			t.Errorf("WWW-Authenticate %q", got)
		}
	}
}

// A habit's switch turns its default round.
func TestHabits(t *testing.T) {
	f := newFixture(t)
	f.config.NarrowScope = true // no integration record here has suite_analytics
	g := func() *emulatortest.Draft { return f.Genuine("p-256", "ES256") }
	drafts := map[verdict.Habit]*emulatortest.Draft{
		verdict.HabitTypMissing:      g().Head("typ", nil),
		verdict.HabitNbf:             g().Claim("nbf", emulatortest.Noon.Unix()),
		verdict.HabitSub:             g().Claim("sub", "x"),
		verdict.HabitJTI:             g().Claim("jti", "x"),
		verdict.HabitLifetimeHour:    g().Claim("exp", emulatortest.Noon.Unix()+3600),
		verdict.HabitFractionalTime:  g().Claim("iat", json.Number(fmt.Sprintf("%d.25", emulatortest.Noon.Unix()-1))),
		verdict.HabitAudienceArray:   g().Claim("aud", []string{tokenURL}),
		verdict.HabitAudienceRESTlet: g().Claim("aud", restletsURL+oauth.TokenPath),
		verdict.HabitAudienceConnect: g().Claim("aud", "https://1234567.connect.api.netsuite.com"+oauth.TokenPath),
		verdict.HabitScopeConnect:    g().Claim("scope", []string{"SuiteAnalytics", "rest_webservices"}),
		verdict.HabitReused:          g(),
		verdict.HabitScopeComma:      g().Claim("scope", "restlets,rest_webservices"),
		verdict.HabitScopeSpace:      g().Claim("scope", "restlets rest_webservices"),
	}
	fields := map[verdict.Habit]func(values map[string][]string, header *[]string){
		verdict.HabitClientIDField: func(v map[string][]string, _ *[]string) { v["client_id"] = []string{emulatortest.ClientID("main")} },
		verdict.HabitScopeField:    func(v map[string][]string, _ *[]string) { v["scope"] = []string{"rest_webservices"} },
		verdict.HabitBasicHeader:   func(_ map[string][]string, h *[]string) { *h = append(*h, "Authorization", "Basic eDp5") },
		verdict.HabitCookie:        func(_ map[string][]string, h *[]string) { *h = append(*h, "Cookie", "a=b") },
	}
	for _, h := range verdict.Habits() {
		if auditorHabits[h.Habit] != nil {
			continue // TestHabitsOfAnAuditor
		}
		t.Run(string(h.Habit), func(t *testing.T) {
			d := drafts[h.Habit]
			if d == nil {
				d = g()
			}
			values, header := emulatortest.Form(d.Sign(t)), []string{"Content-Type", "application/x-www-form-urlencoded"}
			if change := fields[h.Habit]; change != nil {
				change(values, &header)
			} else if drafts[h.Habit] == nil {
				t.Fatal("no test of this habit")
			}
			for _, accept := range []bool{true, false} {
				config := f.config
				if accept {
					config.Accept = []verdict.Habit{h.Habit}
				} else {
					config.Refuse = []verdict.Habit{h.Habit}
				}
				c := start(t, config)
				if h.Habit == verdict.HabitReused {
					c.do(t, emulatortest.Request(t, "POST", tokenURL, values.Encode(), header...))
				}
				res := c.do(t, emulatortest.Request(t, "POST", tokenURL, values.Encode(), header...))
				if (res.Status == 200) != accept {
					t.Errorf("accept %v: status %d, refusals %+v", accept, res.Status, c.last().Refusals)
				}
			}
			c := start(t, f.config)
			if res := c.do(t, emulatortest.Request(t, "POST", tokenURL, values.Encode(), header...)); (res.Status == 200) != h.Accepted {
				t.Errorf("default: status %d, want accepted %v", res.Status, h.Accepted)
			}
		})
	}
}

// The whole request is judged, and not only the assertion in it.
func TestRequestShape(t *testing.T) {
	f := newFixture(t)
	c := start(t, f.config)
	text := f.Genuine("p-256", "ES256").Sign(t)
	formType := []string{"Content-Type", "application/x-www-form-urlencoded"}
	good := emulatortest.Form(text).Encode()
	misnamed := emulatortest.Form("")
	misnamed.Del("client_assertion")
	misnamed.Set("assertion", text)
	wrongGrant := emulatortest.Form(text)
	wrongGrant.Set("grant_type", "password")
	wrongType := emulatortest.Form(text)
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
		{"another client", "POST", good + "&client_id=" + emulatortest.ClientID("other"), formType, 400, "invalid_request", "request.client-id-mismatch"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := c.do(t, emulatortest.Request(t, tt.method, tokenURL, tt.body, tt.header...))
			if res.Status != tt.status || res.Body != `{"error":"`+tt.error+`"}` {
				t.Errorf("status %d, body %s; want %d, %s", res.Status, res.Body, tt.status, tt.error)
			}
			if codes := emulatortest.Codes(c.last()); len(codes) == 0 || codes[0] != tt.code {
				t.Errorf("codes %v, want %s", codes, tt.code)
			}
		})
	}
	// Parameters in the URL are none.
	res := c.do(t, emulatortest.Request(t, "POST", tokenURL+"?"+good, "", formType...))
	if res.Status != 400 {
		t.Errorf("parameters in the URL: status %d", res.Status)
	}
	for _, v := range c.Requests() {
		if v.Accepted {
			t.Errorf("accepted: %+v", v)
		}
	}
}

// A13: a program that uses local time is told so, in both directions.
func TestA13WholeHours(t *testing.T) {
	f := newFixture(t)
	c := start(t, f.config)
	for _, tt := range []struct {
		ahead         time.Duration
		code, variant string
	}{
		{-5 * time.Hour, "assertion.expired", "time-zone"}, {-5*time.Hour - 33*time.Minute, "assertion.expired", "time-zone"},
		{5*time.Hour + 30*time.Minute, "assertion.issued-in-future", "time-zone"}, {5*time.Hour + 45*time.Minute, "assertion.issued-in-future", "time-zone"},
		{-5*time.Hour - 12*time.Minute, "assertion.expired", ""}, {-30 * time.Minute, "assertion.expired", ""}, {20 * time.Minute, "assertion.issued-in-future", ""},
	} {
		iat := emulatortest.Noon.Add(tt.ahead)
		c.exchange(t, f.Genuine("p-256", "ES256").Claim("iat", iat.Unix()).Claim("exp", iat.Add(5*time.Minute).Unix()).Sign(t))
		r := c.last().Refusals[0]
		if r.Code != tt.code || r.Variant != tt.variant || (tt.variant != "") != strings.Contains(r.Reason, "whole hours") {
			t.Errorf("%v ahead: %+v", tt.ahead, r)
		}
	}
}

// A10: an assertion that comes again after it ended is called so, not only expired; one
// that comes again before is accepted, and noted.
func TestA10Reused(t *testing.T) {
	f := newFixture(t)
	c := start(t, f.config)
	expired := f.Genuine("p-256", "ES256").Claim("iat", emulatortest.Noon.Unix()-700).Claim("exp", emulatortest.Noon.Unix()-400).Sign(t)
	for i, want := range []string{"assertion.expired", "assertion.reused", "assertion.reused"} {
		c.exchange(t, expired)
		if r := c.last().Refusals[0]; r.Code != want || r.Detail != "TokenExpired" {
			t.Errorf("request %d: %+v", i+1, r)
		}
	}
	good := f.Genuine("p-256", "ES256").Sign(t)
	for _, want := range []bool{false, true} {
		if res := c.exchange(t, good); res.Status != 200 || slices.Contains(c.last().Habits, verdict.HabitReused) != want {
			t.Errorf("status %d, habits %v", res.Status, c.last().Habits)
		}
	}
	f.config.Refuse = []verdict.Habit{verdict.HabitReused}
	c = start(t, f.config)
	c.exchange(t, good)
	if res := c.exchange(t, good); res.Status != 500 || c.last().Refusals[0].Code != "assertion.reused" || c.last().Refusals[0].Detail != "" {
		t.Errorf("status %d, %+v", res.Status, c.last().Refusals)
	}
}

// A11: each way to spoil a signature or its encoding has a variant, which has its own fix.
func TestA11Variants(t *testing.T) {
	f := newFixture(t)
	c := start(t, f.config)
	good := f.Genuine("p-256", "ES256").Sign(t)
	input := good[:strings.LastIndex(good, ".")]
	signature := good[len(input)+1:]
	raw, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil {
		t.Fatal(err)
	}
	with := func(text string) string { return input + "." + base64.RawURLEncoding.EncodeToString([]byte(text)) }
	for _, tt := range []struct{ sent, code, variant string }{
		{input + "." + signature + "==", "assertion.malformed", "base64-padding"},
		{`"` + good + `"`, "assertion.malformed", "quoted"},
		{good + "\n", "assertion.malformed", "space"},
		{"Bearer " + good, "assertion.malformed", "bearer-prefix"},
		{with("1"), "assertion.signature-invalid", "boolean"},
		{with("[object Promise]"), "assertion.signature-invalid", "not-bytes"},
		{with(fmt.Sprintf("%x", raw)), "assertion.signature-invalid", "hex"},
		{with(signature), "assertion.signature-invalid", "encoded-twice"},
	} {
		c.exchange(t, tt.sent)
		if r := c.last().Refusals; len(r) != 1 || r[0].Code != tt.code || r[0].Variant != tt.variant {
			t.Errorf("%s: %+v", tt.variant, r)
		}
	}
}
