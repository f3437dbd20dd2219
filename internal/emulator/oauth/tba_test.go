package oauth

import (
	"net/http"
	"strings"
	"testing"
)

// The base string of RFC 5849, section 3.4.1.1, as far as its parameters are in URL and
// header; the example's form body would add its own.
func TestBaseStringOfRFC5849(t *testing.T) {
	r, err := http.NewRequest(http.MethodPost, "https://EXAMPLE.com:443/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b&c2=&a3=2+q", nil)
	if err != nil {
		t.Fatal(err)
	}
	header, err := parseTBAHeader(`OAuth realm="Example", oauth_consumer_key="9djdj82h48djs9d2", oauth_token="kkk9d7dh3k39sjv7", ` +
		`oauth_signature_method="HMAC-SHA256", oauth_timestamp="137131201", oauth_nonce="7d8f3e4a", oauth_signature="bYT5CMsGcbgUdFHObYMEfcx6bsw%3D"`)
	if err != nil {
		t.Fatal(err)
	}
	want := "POST&https%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26" +
		"oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA256%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
	if got := baseString(r, header); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestTBAHeaderIsStrict(t *testing.T) {
	good := `OAuth realm="A",oauth_consumer_key="c",oauth_token="t",oauth_signature_method="HMAC-SHA256",oauth_timestamp="1",oauth_nonce="n",oauth_signature="s%2B%3D"`
	if got, err := parseTBAHeader(good); err != nil || got["oauth_signature"] != "s+=" {
		t.Fatalf("%v, %v", got, err)
	}
	for name, header := range map[string]string{
		"twice": good + `,realm="A"`, "unknown": good + `,oauth_callback="x"`, "unquoted": good + `,oauth_version=1.0`,
		"not encoded": strings.Replace(good, "%2B", "+", 1), "bad escape": strings.Replace(good, "%2B", "%2", 1), "empty": strings.Replace(good, `"A"`, `""`, 1),
		"missing": strings.Replace(good, `oauth_token="t",`, "", 1), "long": good + strings.Repeat(" ", maxTBAHeader), "alone": "OAuth",
	} {
		if got, err := parseTBAHeader(header); err == nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// FuzzTBAHeader: a header is an error, or all its parameters were understood.
func FuzzTBAHeader(f *testing.F) {
	f.Add(`OAuth realm="A",oauth_consumer_key="c",oauth_token="t",oauth_signature_method="HMAC-SHA256",oauth_timestamp="1",oauth_nonce="n",oauth_signature="s%2B%3D"`)
	f.Add(`OAuth realm="A"`)
	f.Fuzz(func(t *testing.T, header string) {
		params, err := parseTBAHeader(header)
		if err != nil {
			if params != nil || strings.Contains(err.Error(), "%") {
				t.Fatalf("%v, %v", params, err)
			}
			return
		}
		if n := strings.Count(header, `="`); n < len(params) || len(params) < len(tbaRequired) {
			t.Fatalf("%d parameters of %d", len(params), n)
		}
	})
}
