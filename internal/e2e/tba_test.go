//go:build e2e

package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/netsuite"
)

// TestTBASignatures: for the same nonce and timestamp, what the client signs and the
// signature are those of npm's oauth-1.0a and Python's requests-oauthlib. Where oauth-1.0a
// departs from RFC 5849, section 3.4.1.3.1, only Python is compared, and the test says why.
func TestTBASignatures(t *testing.T) {
	type pair struct {
		Key    string `json:"key"`
		Secret string `json:"secret"`
	}
	type request struct {
		Method    string `json:"method"`
		URL       string `json:"url"`
		Consumer  pair   `json:"consumer"`
		Token     pair   `json:"token"`
		Realm     string `json:"realm"`
		Nonce     string `json:"nonce"`
		Timestamp int64  `json:"timestamp"`
	}
	type answer struct{ Base, Signature string }
	const host = "https://1234567-sb1.suitetalk.api.netsuite.com"
	const query, restlet = host + "/services/rest/query/v1/suiteql", "https://1234567-sb1.restlets.api.netsuite.com/app/site/hosting/restlet.nl"
	tests := []struct{ method, url, notInNode string }{
		{method: "GET", url: host + "/services/rest/record/v1/customer/107"},
		{method: "POST", url: query},
		{method: "POST", url: query + "?limit=1000&offset=2000"},
		{method: "DELETE", url: restlet + "?script=512&deploy=1"},
		{method: "GET", url: restlet + "?script=customscript_a&deploy=customdeploy_a&a1=x&A=y&a=z&oauth=1"},
		{method: "GET", url: host + "/services/rest/record/v1/customer?q=email%20IS%20%22a%20b%40example.com%22"},
		{method: "GET", url: restlet + "?name=%C3%BC%E2%82%AC%F0%9F%98%80"},
		{method: "GET", url: restlet + "?empty=&script=1"},
		{method: "GET", url: restlet + "?id=3&id=1&id=10&id=2&script=1"},
		{method: "GET", url: restlet + "?id=a%20b&id=a%2Fb&id=a&script=1"},
		{method: "GET", url: restlet + "?marks=%21%27%28%29%2A~-._&plus=1%2B1"},
		{method: "GET", url: restlet + "?marks=!'()*~-._"},
		{method: "GET", url: restlet + "?reserved=%3A%2F%3F%23%5B%5D%40%24%26%2C%3B%3D%25"},
		{method: "GET", url: restlet + "?twice=%2525%2B%20"},
		{method: "GET", url: host + "/services/rest/record/v1/a%20b/eid%3AX%2F1"},
		{method: "PATCH", url: host + ":8443/services/rest/record/v1/customer/107?replace=addressbook"},
		{"GET", restlet + "?plus=a+b", "it keeps a plus sign, which is a space in a query"},
		{"GET", restlet + "?id=&id=1", "it drops the first of two values if that is empty"},
		{"GET", restlet + "?na%20me=1", "it does not decode names"},
	}
	account, err := netsuite.ParseAccount("1234567-sb1")
	if err != nil {
		t.Fatal(err)
	}
	var requests []request
	var ours []answer
	for i, tt := range tests {
		r := request{Method: tt.method, URL: tt.url, Consumer: pair{strings.Repeat("0c", 32), strings.Repeat("5e", 32)},
			Token: pair{strings.Repeat("0d", 32), strings.Repeat("a1", 32)}, Realm: account.ID, Nonce: strings.Repeat("n", 20) + string(rune('a'+i)), Timestamp: 1795000000 + int64(i)}
		if i%2 == 1 { // reserved characters in the key
			r.Consumer.Secret, r.Token.Secret = "a&b=c%20+/~", "!*'();:@"
		}
		requests = append(requests, r)
		sent, err := http.NewRequest(r.Method, r.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := netsuite.TBA{Account: account, ConsumerKey: r.Consumer.Key, ConsumerSecret: netsuite.NewSecret(r.Consumer.Secret),
			TokenID: r.Token.Key, TokenSecret: netsuite.NewSecret(r.Token.Secret),
			Now: func() time.Time { return time.Unix(r.Timestamp, 0) }, Nonce: func() string { return r.Nonce }}.Sign(sent)
		if err != nil {
			t.Fatal(err)
		}
		ours = append(ours, answer{signed.BaseString, signed.Value.Reveal()})
	}
	for name, command := range map[string][]string{"oauth-1.0a": node(t, "tba.mjs"), "requests-oauthlib": python(t, "tba.py")} {
		var theirs []answer
		script(t, requests, &theirs, command...)
		if len(theirs) != len(ours) {
			t.Fatalf("%s: %d answers", name, len(theirs))
		}
		for i, got := range theirs {
			if departs := name == "oauth-1.0a" && tests[i].notInNode != ""; departs == (got == ours[i]) {
				t.Errorf("%s, %s %s (departs: %t)\n got %s\n     %s\nwant %s\n     %s", name, tests[i].method, tests[i].url, departs, got.Base, got.Signature, ours[i].Base, ours[i].Signature)
			}
		}
	}
}
