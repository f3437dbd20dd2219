package netsuite

import (
	"crypto/sha1"
	"net/url"
	"strings"
	"testing"
)

// The example of RFC 5849, section 3.4.1.1: names twice and with escapes, an empty value,
// one without an equals sign, and a form as the body.
func TestTBABaseStringOfTheRFC(t *testing.T) {
	u, err := url.Parse("http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b")
	if err != nil {
		t.Fatal(err)
	}
	got, err := baseString("post", u, "c2&a3=2+q", []parameter{{"oauth_consumer_key", "9djdj82h48djs9d2"}, {"oauth_token", "kkk9d7dh3k39sjv7"},
		{"oauth_signature_method", "HMAC-SHA1"}, {"oauth_timestamp", "137131201"}, {"oauth_nonce", "7d8f3e4a"}})
	const want = "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26" +
		"oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26" +
		"oauth_token%3Dkkk9d7dh3k39sjv7"
	if err != nil || got != want {
		t.Errorf("%v\n got %s\nwant %s", err, got, want)
	}
}

// The signatures of RFC 5849, section 1.2, which are of HMAC-SHA1.
func TestTBASignaturesOfTheRFC(t *testing.T) {
	consumer := NewSecret("kd94hf93k423kf44")
	for _, tt := range []struct {
		method, url string
		token       Secret
		own         []parameter
		want        string
	}{
		{"POST", "https://photos.example.net/initiate", Secret{}, []parameter{{"oauth_timestamp", "137131200"}, {"oauth_nonce", "wIjqoS"},
			{"oauth_callback", "http://printer.example.com/ready"}}, "74KNZJeDHnMBp0EMJ9ZHt/XKycU="},
		{"POST", "https://photos.example.net/token", NewSecret("hdhd0244k9j7ao03"), []parameter{{"oauth_timestamp", "137131201"}, {"oauth_nonce", "walatlh"},
			{"oauth_token", "hh5s93j4hdidpola"}, {"oauth_verifier", "hfdp7dh39dks9884"}}, "gKgrFCywp7rO0OXSjdot/IHF7IU="},
		{"GET", "http://photos.example.net/photos?file=vacation.jpg&size=original", NewSecret("pfkkdhi9sl3r4s00"),
			[]parameter{{"oauth_timestamp", "137131202"}, {"oauth_nonce", "chapoH"}, {"oauth_token", "nnch734d00sl2jdk"}}, "MdpQcU8iPSUjWoN/UDMsK2sui9I="},
	} {
		u, err := url.Parse(tt.url)
		if err != nil {
			t.Fatal(err)
		}
		base, err := baseString(tt.method, u, "", append(tt.own, parameter{"oauth_consumer_key", "dpf43f3p2l4k3l03"}, parameter{"oauth_signature_method", "HMAC-SHA1"}))
		if got := sign(sha1.New, base, consumer, tt.token); err != nil || got != tt.want {
			t.Errorf("%s: %s, %v; want %s", tt.url, got, err, tt.want)
		}
	}
}

// RFC 5849, section 3.4.1.2, and what is sent: host and scheme in lower case, no default
// port, the path as it is escaped.
func TestTBABaseURI(t *testing.T) {
	for written, want := range map[string]string{
		"http://EXAMPLE.COM:80/r%20v/X?id=123": "http://example.com/r%20v/X",
		"https://www.example.net:8080/?q=1":    "https://www.example.net:8080/",
		"HTTPS://Example.com:443":              "https://example.com/",
		"https://[::1]:443/a":                  "https://[::1]/a",
		"https://[::1]:8443/a":                 "https://[::1]:8443/a",
		"http://example.com:443/a%2Fb!~":       "http://example.com:443/a%2Fb!~",
	} {
		u, err := url.Parse(written)
		if err != nil {
			t.Fatal(err)
		}
		if got := baseURI(u); got != want {
			t.Errorf("%s: %s, want %s", written, got, want)
		}
	}
}

var baseStringSeeds = []string{
	"", "limit=5&offset=10", "q=a+b", "q=a%20b", "q=%C3%BC", "a=1&a=1&a=0", "a&b=&=c", "x=!'()*~-._", "a=%3D%26%2525", "a=b=c", "&&a=1&", "a=%zz", "A=1&a=2&a1=3", "realm=x", "a;b=c",
}

// A base string says exactly which parameters were signed: read back, it has each of
// them, in order, and nothing more. So no two requests have the same one.
func FuzzTBABaseString(f *testing.F) {
	if len(baseStringSeeds) < 12 {
		f.Fatal("the seeds are missing")
	}
	for _, query := range baseStringSeeds {
		f.Add("/services/rest/query/v1/suiteql", query, "n'o(n)c*e! ~")
	}
	f.Fuzz(func(t *testing.T, path, query, nonce string) {
		u := &url.URL{Scheme: "https", Host: "1234567.suitetalk.api.netsuite.com", Path: path, RawQuery: query}
		base, err := baseString("GET", u, "", []parameter{{"oauth_nonce", nonce}})
		want, wrong := url.ParseQuery(strings.ReplaceAll(query, ";", "%3B"))
		if (err != nil) != (wrong != nil) {
			t.Fatalf("%q: %v, but %v", query, err, wrong)
		}
		if err != nil {
			return
		}
		want.Add("oauth_nonce", nonce)
		parts := strings.Split(base, "&")
		if len(parts) != 3 || strings.Trim(base, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%&") != "" {
			t.Fatalf("%q is not three encoded parts", base)
		}
		uri, _ := url.PathUnescape(parts[1])
		all, _ := url.PathUnescape(parts[2])
		if uri != "https://1234567.suitetalk.api.netsuite.com"+u.EscapedPath() && path != "" {
			t.Fatalf("%q has the address %q", base, uri)
		}
		got, previous := url.Values{}, ""
		for pair := range strings.SplitSeq(all, "&") {
			name, value, _ := strings.Cut(pair, "=")
			if key := name + "\x00" + value; key < previous {
				t.Fatalf("%q is not sorted", all)
			} else {
				previous = key
			}
			name, _ = url.PathUnescape(name)
			value, _ = url.PathUnescape(value)
			got.Add(name, value)
		}
		if len(got) != len(want) {
			t.Fatalf("%q has %d names, want %d", all, len(got), len(want))
		}
		for name, values := range want {
			have := map[string]int{}
			for _, v := range got[name] {
				have[v]++
			}
			for _, v := range values {
				have[v]--
			}
			for v, n := range have {
				if n != 0 {
					t.Fatalf("%q: %q=%q is there %+d times too often", all, name, v, n)
				}
			}
		}
	})
}
