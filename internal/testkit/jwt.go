package testkit

import (
	"encoding/base64"
	"encoding/json"
	"testing"

	"github.com/nsauth/nsauth/netsuite"
)

// UnsignedJWT is a token with these members and a signature that verifies with no key.
func UnsignedJWT(t testing.TB, header, claims map[string]any) netsuite.Secret {
	t.Helper()
	part := func(v any) string {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(data)
	}
	return netsuite.NewSecret(part(header) + "." + part(claims) + ".c2lnbmF0dXJl")
}
