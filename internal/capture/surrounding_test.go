package capture_test

import (
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/capture"
)

// signed has a signature of the length of its algorithm.
var signed = "eyJhbGciOiJFUzI1NiIsImtpZCI6IngifQ.eyJpc3MiOiJhIn0." + strings.Repeat("ab", 43)

// A value that is more than the assertion is a fault of the request, in whatever it is
// written.
func TestA6SurroundedAssertion(t *testing.T) {
	curl := func(value string) string {
		return "curl " + endpoint + " -d grant_type=client_credentials -d client_assertion_type=" + urn + " --data-urlencode " + value
	}
	post := func(value string) string {
		return `requests.post("` + endpoint + `", data={"grant_type": "client_credentials", "client_assertion_type": "` + urn + `", "client_assertion": ` + value + `})`
	}
	const fault = "parameter-missing (surrounded) client_assertion"
	for name, c := range map[string]struct{ text, want string }{
		"alone":           {curl("client_assertion=" + signed), ""},
		"bearer":          {curl("'client_assertion=Bearer " + signed + "'"), fault},
		"quoted":          {curl(`'client_assertion="` + signed + `"'`), fault},
		"python bytes":    {curl(`"client_assertion=b'` + signed + `'"`), fault},
		"line break":      {curl("$'client_assertion=" + signed + `\n'`), fault},
		"bytes in Python": {post("b'" + signed + "'"), ""},
		"text of bytes":   {post(`"b'` + signed + `'"`), fault},
		"multipart":       {strings.ReplaceAll(curl(`'client_assertion="`+signed+`"'`), "--data-urlencode", "--form-string"), "content-type multipart/form-data"},
		"wrapped by mail": {curl("'client_assertion=" + signed[:60] + "\n" + signed[60:] + "'"), ""},
	} {
		f := read(c.text)
		if got := strings.Join(f.Faults, ", "); got != c.want || f.Token != signed {
			t.Errorf("%s: %s, token %q; want %s", name, got, f.Token, c.want)
		}
	}
}

// What is not a whole request is said to be not judged.
func TestA5PartsAreNotWhole(t *testing.T) {
	params := "grant_type: 'client_credentials', client_assertion_type: '" + urn + "', client_assertion: '" + signed + "'"
	for name, c := range map[string]struct{ text, want string }{
		"a table":         {"{ " + params + " }", "in-part"},
		"parts beside it": {"const options = { hostname: '1234567.app.netsuite.com', method: 'POST' };\nconst data = { " + params + " };", "in-part"},
		"a call after it": {"const data = { " + params + " };\nsubmit(data);", "in-part"},
		"lines":           {"grant_type: client_credentials\nclient_assertion_type: " + urn + "\nclient_assertion: " + signed, ""},
		"lines with URL":  {"grant_type: client_credentials\nclient_assertion_type: " + urn + "\nclient_assertion: " + signed + "\nurl: " + endpoint, "in-part"},
	} {
		if got := capture.Read(c.text).NotJudged; got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// A header that a builder sets before the call is part of the request.
func TestA5AuthenticationBeforeTheCall(t *testing.T) {
	text := "Http::asForm()->withBasicAuth('a', 'b')->post('" + endpoint + "', ['grant_type' => 'client_credentials', 'client_assertion_type' => '" + urn + "', 'client_assertion' => '" + signed + "'])"
	if got := strings.Join(read(text).Faults, ", "); got != "client-authentication [an Authorization header]" {
		t.Error(got)
	}
}

// Programs for old Macs end lines with a carriage return alone.
func TestA3CarriageReturns(t *testing.T) {
	text := strings.ReplaceAll("POST /services/rest/auth/oauth2/v1/token HTTP/1.1\nHost: 1234567.suitetalk.api.netsuite.com\nContent-Type: application/x-www-form-urlencoded\n\n"+formBody, "\n", "\r")
	if f := read(text); f.Request != "POST "+endpoint || len(f.Faults) > 0 {
		t.Error(f.Request, f.Faults)
	}
}
