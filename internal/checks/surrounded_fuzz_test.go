package checks_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/capture"
	"github.com/nsauth/nsauth/internal/doctor"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/profile"
)

// maxAround bounds the text on either side of the assertion.
const maxAround = 64 << 10

// wraps are the ways in which programs break a long text, each a line break and what is
// before and after it; "" for none.
var wraps = [][2]string{{"", ""}, {"", "\n"}, {"", "\r\n  "}, {"", "\\\n"}, {`"`, "\" \\\n\""}, {`"`, "\" +\n  \""}, {"'", "'\n'"}, {"", "\n> "}}

// wrapped breaks a token into lines of n characters.
func wrapped(token string, how byte, n int) string {
	w := wraps[int(how)%(len(wraps))]
	if w[1] == "" {
		return token
	}
	var lines []string
	for len(token) > n {
		lines = append(lines, token[:n])
		token = token[n:]
	}
	return w[0] + strings.Join(append(lines, token), w[1]) + w[0]
}

// FuzzSurrounded: whatever is around one good assertion, it is found, or the text is
// called unclear. Nothing is certain about an assertion that is good.
func FuzzSurrounded(f *testing.F) {
	data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "jwt", "es256.jwt"))
	if err != nil {
		f.Fatal(err)
	}
	token := strings.TrimSpace(string(data))
	seeds := [][2]string{{"", ""}, {"Bearer ", "\n"}, {"jwt=", ";"}, {"x", " "}, {"client_assertion=", "&grant_type=client_credentials"}, {"\"", "\","}, {"```\n", "\n```"},
		{"curl -d 'client_assertion=", "' https://1234567.suitetalk.api.netsuite.com/token"}, {"{\"access_token\":\"", "\"}"}, {"ey", "\nThanks"}, {"eyJ.a.b ", " eyJ.a.b"},
		{"POST /token HTTP/1.1\n\nclient_assertion=", "\n\nHTTP/1.1 500 x\n\n{}"}, {"requests.post('https://x/token', data={'client_assertion': '", "'})"},
		{"new(\"assertion\", \"", "\")"}, {"grant_type: a\nclient_assertion: \"", "\"\n"}, {"client_assertion=abc&x=", ""}, {"-----BEGIN X-----\n", "\n-----END X-----"},
		{"{\"alg\":\"none\"}\n{\"iss\":\"a\",\"aud\":\"b\"}\n", ""}, {"irm https://x/token -Method Post -Body @{client_assertion='", "'}"}, {"$A\n", "\n@x"}, {"<", ">"}, {"> ", "\n> x"}}
	if len(seeds) == 0 {
		f.Fatal("no seeds")
	}
	for i, s := range seeds {
		for how := range wraps {
			f.Add(s[0], s[1], byte(how+i), byte(20+7*how))
		}
	}
	p, err := profile.Resolve(profile.Input{Flags: map[string][]string{"account": {"1234567"}}})
	if err != nil {
		f.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 15, 1, 0, 0, time.UTC)
	w := host.World{Now: func() time.Time { return now }}
	judge := func(text string) (claims map[string]any, certain []finding.Code) {
		r := doctor.Inspect(w, p, doctor.Request{Command: "jwt inspect"}, capture.Read(text), nil)
		if facts, ok := r.Checks[0].Facts.(finding.AssertionFacts); ok {
			claims = facts.Claims
		}
		if r.Diagnosis != nil {
			for _, c := range r.Diagnosis.Causes {
				if c.Confidence == finding.Certain {
					certain = append(certain, c.Code)
				}
			}
		}
		return claims, certain
	}
	good, certain := judge(token)
	if len(good) == 0 || len(certain) > 0 {
		f.Fatalf("%v %v", good, certain)
	}
	f.Fuzz(func(t *testing.T, before, after string, how, n byte) {
		if len(before) > maxAround || len(after) > maxAround || strings.ContainsAny(after[:min(1, len(after))], tokenBytes) {
			return // more characters of a token make it another one
		}
		text := before + wrapped(token, how, int(n)+16) + after
		claims, certain := judge(text)
		found := claims["iss"] == good["iss"] && claims["aud"] == good["aud"]
		for _, code := range certain {
			if !found || strings.HasPrefix(string(code), "assertion.") {
				t.Fatalf("found %v, certain: %v\n%q", found, certain, text)
			}
		}
	})
}

const tokenBytes = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=."
