package server

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/emulator/emulatortest"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// The whole request is judged, and the assertion too, whatever is wrong around it.
func TestWholeRequestIsJudged(t *testing.T) {
	f := newFixture(t)
	good := f.Genuine("p-256", "ES256").Sign(t)
	bad := f.Genuine("p-256", "ES256").Head("kid", nil).Sign(t)
	const formType = "application/x-www-form-urlencoded"
	asJSON := func(values map[string][]string) string {
		members := map[string]string{}
		for name, v := range values {
			members[name] = v[0]
		}
		b, err := json.Marshal(members)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	const boundary = "parts"
	asMultipart := func(values map[string][]string) string {
		var b strings.Builder
		for name, v := range values {
			b.WriteString("--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + v[0] + "\r\n")
		}
		return b.String() + "--" + boundary + "--\r\n"
	}
	renamed := func(assertion, from, to string) string {
		values := emulatortest.Form(assertion)
		values[to] = values[from]
		values.Del(from)
		return values.Encode()
	}
	c := start(t, f.config)
	for name, tt := range map[string]struct {
		method, body string
		header       []string
		codes        []string
		reason       string
	}{
		"in order":              {"POST", emulatortest.Form(good).Encode(), []string{"Content-Type", formType}, nil, ""},
		"misnamed":              {"POST", renamed(good, "client_assertion", "assertion"), []string{"Content-Type", formType}, []string{"request.parameter-missing"}, "the form has assertion"},
		"misnamed and no kid":   {"POST", renamed(bad, "client_assertion", "assertion"), []string{"Content-Type", formType}, []string{"request.parameter-missing", "assertion.kid-missing"}, "the form has assertion"},
		"other case":            {"POST", renamed(good, "grant_type", "Grant_Type"), []string{"Content-Type", formType}, []string{"request.parameter-missing"}, "the form has Grant_Type"},
		"no Content-Type":       {"POST", emulatortest.Form(good).Encode(), nil, []string{"request.content-type"}, "no Content-Type"},
		"text":                  {"POST", emulatortest.Form(good).Encode(), []string{"Content-Type", "text/plain"}, []string{"request.content-type"}, "text/plain"},
		"JSON":                  {"POST", asJSON(emulatortest.Form(good)), []string{"Content-Type", "application/json"}, []string{"request.content-type"}, "application/json"},
		"JSON under a form":     {"POST", asJSON(emulatortest.Form(bad)), []string{"Content-Type", formType}, []string{"request.content-type", "assertion.kid-missing"}, "the body is JSON"},
		"Basic and Cookie":      {"POST", emulatortest.Form(good).Encode(), []string{"Content-Type", formType, "Authorization", "Basic eDp5", "Cookie", "a=b"}, []string{"request.client-authentication", "request.cookie"}, "Authorization"},
		"Cookie":                {"POST", emulatortest.Form(good).Encode(), []string{"Content-Type", formType, "Cookie", "a=b"}, []string{"request.cookie"}, "Cookie"},
		"repeated":              {"POST", emulatortest.Form(good).Encode() + "&grant_type=client_credentials", []string{"Content-Type", formType}, []string{"request.parameter-repeated"}, "grant_type"},
		"another grant":         {"POST", strings.Replace(emulatortest.Form(good).Encode(), "client_credentials", "password", 1), []string{"Content-Type", formType}, []string{"request.grant-type"}, "client_credentials"},
		"GET":                   {"GET", "", nil, []string{"request.wrong-method"}, "the method is GET, not POST"},
		"GET, in the URL":       {"GET ?" + emulatortest.Form(bad).Encode(), "", nil, []string{"request.wrong-method", "assertion.kid-missing"}, "not POST"},
		"PUT, no kid":           {"PUT", emulatortest.Form(bad).Encode(), []string{"Content-Type", formType}, []string{"request.wrong-method", "assertion.kid-missing"}, "the method is PUT"},
		"in the URL":            {"POST ?" + emulatortest.Form(bad).Encode(), "", []string{"Content-Type", formType}, []string{"request.parameter-missing", "assertion.kid-missing"}, "no parameter grant_type in the body; it is in the URL"},
		"multipart":             {"POST", asMultipart(emulatortest.Form(bad)), []string{"Content-Type", "multipart/form-data; boundary=" + boundary}, []string{"request.content-type", "assertion.kid-missing"}, "multipart/form-data"},
		"multipart broken off":  {"POST", "--" + boundary + "\r\nContent-Disposition: form-data; name=grant_type\r\n\r\nclient", []string{"Content-Type", "multipart/form-data; boundary=" + boundary}, []string{"request.content-type", "request.parameter-missing"}, "multipart/form-data"},
		"a secret for the JWT":  {"POST", renamed("hunter2", "client_assertion", "client_secret"), []string{"Content-Type", formType}, []string{"request.parameter-missing", "request.client-authentication"}, ""},
		"A9 client secret":      {"POST", "grant_type=client_credentials&client_id=x&client_secret=hunter2", []string{"Content-Type", formType}, []string{"request.client-secret-flow"}, "client_secret in place of an assertion"},
		"A9 Basic header":       {"POST", "grant_type=client_credentials", []string{"Content-Type", formType, "Authorization", "Basic eDp5"}, []string{"request.client-secret-flow"}, "a Basic header in place"},
		"another secret flow":   {"POST", "grant_type=refresh_token&client_secret=hunter2", []string{"Content-Type", formType}, []string{"request.grant-type", "request.parameter-missing", "request.client-authentication"}, ""},
		"A11 encoded twice":     {"POST", strings.Replace(emulatortest.Form(good).Encode(), "urn%3Aietf", "urn%253Aietf", 1), []string{"Content-Type", formType}, []string{"request.encoded-twice"}, "urn:ietf:params"},
		"A11 JWT encoded twice": {"POST", strings.ReplaceAll(emulatortest.Form(bad).Encode(), ".", "%252E"), []string{"Content-Type", formType}, []string{"request.encoded-twice", "assertion.kid-missing"}, "its dots are %2E"},
		"JSON that is an array": {"POST", "[1]", []string{"Content-Type", "application/json"}, []string{"request.content-type", "request.parameter-missing"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			method, query, inURL := strings.Cut(tt.method, " ")
			url := tokenURL
			if inURL {
				url += query
			}
			res := c.do(t, emulatortest.Request(t, method, url, tt.body, tt.header...))
			v := c.last()
			var codes []string
			for _, r := range v.Refusals {
				if !slices.Contains(codes, r.Code) {
					codes = append(codes, r.Code)
				}
			}
			if !slices.Equal(codes, tt.codes) || v.Accepted != (res.Status == 200) || v.Accepted != (tt.codes == nil) {
				t.Fatalf("status %d, codes %v, want %v", res.Status, codes, tt.codes)
			}
			if res.Status != 200 && res.Body != `{"error":"invalid_request"}` && res.Body != `{"error":"unsupported_grant_type"}` && res.Body != `{"error":"invalid_client"}` {
				t.Errorf("the answer is %s", res.Body)
			}
			if tt.codes != nil && !strings.Contains(v.Refusals[0].Reason, tt.reason) {
				t.Errorf("the reason is %q", v.Refusals[0].Reason)
			}
			if all, err := json.Marshal(v); err != nil || strings.Contains(string(all), good) || strings.Contains(string(all), bad) || strings.Contains(string(all), "hunter2") {
				t.Errorf("%v, or an assertion in %s", err, all)
			}
		})
	}
}

// TestA4WrongURL: a token request to another host or path of the account is refused there,
// and the verdict names the token endpoint.
func TestA4WrongURL(t *testing.T) {
	f := newFixture(t)
	c := start(t, f.config)
	body := emulatortest.Form(f.Genuine("p-256", "ES256").Sign(t)).Encode()
	for name, url := range map[string]string{
		"restlets host":  strings.Replace(tokenURL, "suitetalk", "restlets", 1),
		"app host":       strings.Replace(tokenURL, "suitetalk.api", "app", 1),
		"another path":   strings.Replace(tokenURL, "/v1/", "/v2/", 1),
		"trailing slash": tokenURL + "/",
	} {
		c.do(t, emulatortest.Request(t, "POST", url, body, "Content-Type", "application/x-www-form-urlencoded"))
		if v := c.last(); v.Accepted || len(v.Refusals) != 1 || v.Refusals[0].Code != "request.wrong-url" || !strings.Contains(v.Refusals[0].Reason, tokenURL) {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

// What a program left around an assertion is named, and what is wrong with the
// assertion itself too.
func TestTextAroundAnAssertion(t *testing.T) {
	f := newFixture(t)
	good, bad := f.Genuine("p-256", "ES256").Sign(t), f.Genuine("p-256", "ES256").Head("kid", nil).Sign(t)
	c := start(t, f.config)
	for sent, want := range map[string][]string{
		"Bearer " + good:                  {"it begins with Bearer"},
		"bearer  \"" + bad + "\"":         {"it begins with Bearer", "no kid in the header"},
		`"` + bad + `"`:                   {"it has a quotation mark", "no kid in the header"},
		bad + "\n":                        {"it has a space or line break", "no kid in the header"},
		bad[:60] + "\r\n" + bad[60:]:      {"it has a space or line break"},
		good + "==":                       {"signature: ends in =, which is not allowed in a JWT"},
		"+" + bad:                         {"header: has + or /: base64, not base64url"},
		good + "." + good:                 {"6 parts separated by dots, not three"},
		"-----BEGIN CERTIFICATE-----\nMI": {"a PEM file, with a key or certificate"},
	} {
		if res := c.do(t, emulatortest.Request(t, "POST", tokenURL, emulatortest.Form(sent).Encode(), "Content-Type", "application/x-www-form-urlencoded")); res.Status != 500 {
			t.Errorf("%q: status %d", want[0], res.Status)
		}
		v := c.last()
		var reasons []string
		for _, r := range v.Refusals {
			reasons = append(reasons, r.Reason)
		}
		if v.Accepted || !slices.Equal(reasons, want) || v.Refusals[0].Code != "assertion.malformed" {
			t.Errorf("%v, want %q", v.Refusals, want)
		}
	}
}

// What a request has that no source speaks of is in the verdict of an accepted one.
func TestVerdictNamesHabits(t *testing.T) {
	f := newFixture(t)
	c := start(t, f.config)
	values := emulatortest.Form(f.Genuine("p-256", "ES256").Claim("jti", "x").Claim("sub", "x").Claim("aud", []string{tokenURL}).Sign(t))
	values.Set("client_id", emulatortest.ClientID("main"))
	c.do(t, emulatortest.Request(t, "POST", tokenURL, values.Encode(), "Content-Type", "application/x-www-form-urlencoded"))
	want := []verdict.Habit{verdict.HabitClientIDField, verdict.HabitSub, verdict.HabitJTI, verdict.HabitAudienceArray}
	if v := c.last(); !v.Accepted || !slices.Equal(v.Habits, want) {
		t.Errorf("accepted %v, habits %v, want %v", v.Accepted, v.Habits, want)
	}
}
