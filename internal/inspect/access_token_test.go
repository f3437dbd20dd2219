package inspect

import (
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/testkit"
	"github.com/nsauth/nsauth/netsuite"
)

func TestIsAssertion(t *testing.T) {
	assertion := map[string]any{"iss": strings.Repeat("1c34", 16), "aud": "https://1234567.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token"}
	kid := map[string]any{"alg": "PS256", "kid": "NPMnRyPg-WDWhPiAbisjKiH0fqnBpjOZ367wDTe0pqA"}
	for name, tt := range map[string]struct {
		token netsuite.Secret
		want  bool
	}{
		"assertion":              {testkit.UnsignedJWT(t, kid, assertion), true},
		"by its audience alone":  {testkit.UnsignedJWT(t, map[string]any{"alg": "PS256"}, map[string]any{"aud": assertion["aud"]}), true},
		"NetSuite's token":       {testkit.UnsignedJWT(t, map[string]any{"alg": "RS256", "kid": "c.1.2026-01-18_02-18-17"}, map[string]any{"sub": "3;-5", "iss": "https://system.netsuite.com", "aud": []string{"x;1", strings.Repeat("a", 64)}}), false},
		"another server's token": {testkit.UnsignedJWT(t, map[string]any{"alg": "RS256", "kid": "1"}, map[string]any{"sub": "x", "iss": "https://idp.example"}), false},
		"opaque":                 {netsuite.NewSecret("opaque"), false},
		"nothing":                {netsuite.Secret{}, false},
	} {
		if got := IsAssertion(tt.token); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Which company number a token of 2021 names for a sandbox is not documented.
func TestWhichAccountsAreCompared(t *testing.T) {
	for _, tt := range []struct {
		ours, theirs, shape string
		mismatch            bool
	}{
		{"1234567", "1234567", "2021", false},
		{"1234567", "7654321", "2021", true},
		{"1234567_SB1", "1234567", "2021", false},
		{"1234567_SB1", "4030059", "2021", false},
		{"TSTDRV1234567", "4030059", "2021", false},
		{"1234567_SB1", "1234567_SB2", "2021", true},
		{"1234567_SB1", "1234567", "2026", true},
		{"1234567_SB1", "1234567-sb1", "2026", false},
		{"1234567", "", "2026", false},
	} {
		ours, err := netsuite.ParseAccount(tt.ours)
		if err != nil {
			t.Fatal(err)
		}
		token := &jwtgen.AccessToken{Account: tt.theirs, Shape: tt.shape}
		if got := comparableAccount(token, ours) && !sameAccount(ours, tt.theirs); got != tt.mismatch {
			t.Errorf("%v: mismatch %v", tt, got)
		}
	}
}
