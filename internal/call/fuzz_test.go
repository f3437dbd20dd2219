package call

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/inspect"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/netsuite"
)

type callSeed struct{ path, header, query, field, data string }

var callSeeds = []callSeed{
	{"record/v1/customer/1", "Prefer: transient", "limit=1", "a=b", ""},
	{"https://1234567.suitetalk.api.netsuite.com/x?y=1#z", "Cookie: a", "q=a IS \"b\"", "a:={}", "{}"},
	{"https://evil.example/", "Authorization: Bearer x", "=", "=", "-"},
	{"//evil.example/x", "X: a\r\nHost: evil.example", "a", "a", "@"},
	{"/services/rest/../x", "x", "a=\r\n", "a:=", "file:"},
	{"a b/c%2Fd\\..\\e", ":", "%=%", ":=1", "text"},
	{"http://127.0.0.1/", "", "", "", ""}, {"?", "É: é", "é=é", "é=é", "\xff"},
	{"https://1234567.suitetalk.api.netsuite.com@evil.example/", "Host:x", "a==", "a=\x00", "[1"},
}

// Whatever is written, what comes of it is refused, or a request to a host of the
// account with nothing in its line or headers that would make another one of it.
func FuzzCallTarget(f *testing.F) {
	if len(callSeeds) < 8 {
		f.Fatal("the seeds are missing")
	}
	for _, s := range callSeeds {
		f.Add(s.path, s.header, s.query, s.field, s.data)
	}
	p, err := profile.Resolve(profile.Input{Flags: map[string][]string{"account": {"1234567"}}})
	if err != nil {
		f.Fatal(err)
	}
	client, err := netsuite.New(netsuite.Options{APIURL: p.APIURL, Hosts: []string{"1234567.restlets.api.netsuite.com"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, path, header, query, field, data string) {
		if strings.HasPrefix(data, "@") || strings.HasPrefix(data, "file:") {
			data = "{}" // files are another matter
		}
		o := Options{Headers: []string{header}, Query: []string{query}, Fields: []string{field}, Data: data}
		if data != "" {
			o.Fields = nil
		}
		a := &cli.App{World: cli.World{Stdin: strings.NewReader("{}")}}
		target, err := newTarget(a, o, p, Path([]string{path}))
		if err != nil {
			return
		}
		r := target.request()
		if o.Fields != nil && !json.Valid(r.Body) {
			t.Fatalf("-f %q makes %q", field, r.Body)
		}
		r.AccessToken = netsuite.NewSecret("token")
		sent, err := client.HTTPRequest(r)
		if err != nil {
			return
		}
		if !slices.Contains([]string{"1234567.suitetalk.api.netsuite.com", "1234567.restlets.api.netsuite.com"}, strings.ToLower(sent.URL.Hostname())) || sent.URL.User != nil {
			t.Fatalf("%q goes to %s", path, sent.URL)
		}
		line := sent.URL.RequestURI()
		if strings.ContainsFunc(line, func(r rune) bool { return r <= ' ' || r >= 0x7f }) || strings.Contains(line, "#") || !strings.HasPrefix(line, "/") && line != "" {
			t.Fatalf("%q becomes %q", path, line)
		}
		for segment := range strings.SplitSeq(sent.URL.Path, "/") {
			if segment == ".." || segment == "." {
				t.Fatalf("%q leads up: %q", path, sent.URL.Path)
			}
		}
		for name, values := range sent.Header {
			if http.CanonicalHeaderKey(name) == "Cookie" || name == "Authorization" && (len(values) != 1 || values[0] != "Bearer token") ||
				strings.ContainsAny(strings.Join(values, ""), "\r\n\x00") {
				t.Fatalf("%q sends %s: %q", header, name, values)
			}
		}
	})
}

// What is taken for an access token is a part of what was given.
func FuzzTokenIn(f *testing.F) {
	seeds := []string{"token", " Bearer token\n", "authorization: bearer a.b.c", `{"access_token":"x"}`, `{"access_token":7}`, "{", "", "Authorization:", "\xff"}
	if len(seeds) < 5 {
		f.Fatal("the seeds are missing")
	}
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		token := tokenIn(text)
		if !strings.HasPrefix(strings.TrimSpace(text), "{") && !strings.Contains(text, token) || token != strings.TrimSpace(token) && !strings.HasPrefix(strings.TrimSpace(text), "{") {
			t.Fatalf("%q of %q", token, text)
		}
		inspect.IsAssertion(netsuite.NewSecret(token))
	})
}
