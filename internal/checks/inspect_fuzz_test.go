package checks

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/capture"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/profile"
)

// FuzzInspect: whatever is pasted, there is a result that says at most that
// nothing is known, the signature is verified by no key, and of a token that did
// not parse neither claims nor signature are repeated.
func FuzzInspect(f *testing.F) {
	seeds := 0
	for _, pattern := range []string{"jwt/*.jwt", "oracle/*.jwt", "rfc/*.jwt"} {
		files, err := filepath.Glob(filepath.Join("..", "..", "testdata", pattern))
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range files {
			data, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			token := strings.TrimSpace(string(data))
			for _, around := range [][2]string{{"", ""}, {"Bearer ", "\n"}, {"curl -d 'client_assertion=", "' https://1234567.suitetalk.api.netsuite.com/token"},
				{`{"access_token":"`, `"}`}, {"GET / HTTP/1.1\nAuthorization: Bearer ", "\nCookie: a=b"},
				{"curl -d'", "' https://a@1234567.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token"},
				{"GET /", " HTTP/1.1\nCookie: a=b"}, {"grant_type=x&", "=1"}} {
				f.Add(around[0], token, around[1])
				seeds++
			}
		}
	}
	if seeds == 0 {
		f.Fatal("no seeds")
	}
	p, err := profile.Resolve(profile.Input{Flags: map[string][]string{"account": {"1234567"}}})
	if err != nil {
		f.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
	w := host.World{Now: func() time.Time { return now }}
	f.Fuzz(func(t *testing.T, before, token, after string) {
		results := Inspect(w, p, pairOf(p), capture.Read(before+token+after), nil)
		r := results[0]
		facts, ok := r.Facts.(finding.AssertionFacts)
		if !ok || facts.Signature == "verified" {
			t.Fatalf("facts %v", r.Facts)
		}
		for _, found := range slices.Concat(r.Findings, results[1].Findings) {
			if strings.HasPrefix(string(found.Code), "internal.") {
				t.Fatalf("%q: %s", before+token+after, found.Message)
			}
		}
		said, err := json.Marshal(results)
		if err != nil {
			t.Fatal(err)
		}
		parts := strings.Split(token, ".")
		if facts.Kind != "unknown" || len(parts) < 3 {
			return
		}
		for _, part := range parts[1:] {
			// Names are shown up to 40 characters; claims and signatures are longer.
			if len(part) > 40 && !strings.Contains(before+after, part) && strings.Contains(string(said), part) {
				t.Fatalf("%q is repeated in %s", part, said)
			}
		}
	})
}
