package keys_test

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/keys"
)

// The public keys of RFC 7515, appendices A.2.1 and A.3.1.
const (
	rfcRSA = `{"kty":"RSA","kid":"r","alg":"RS256","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}`
	rfcEC  = `{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X5fCE9-E9LI"}`
)

func TestParseJWKS(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"a set", `{"keys":[` + rfcRSA + `,` + rfcEC + `]}`, "r RS256 RSA 2048; EC P-256"},
		{"a byte order mark", "\xef\xbb\xbf" + rfcEC, "EC P-256"},
		{"one JWK", rfcEC, "EC P-256"},
		{"what cannot be used is passed over", `{"keys":[{"kty":"oct","kid":"s","k":"AAAA"},1,{"kty":"OKP","crv":"Ed25519","x":"AA"},{"use":"enc",` +
			rfcRSA[1:] + `,` + rfcRSA + `]}`, "s none; none; none; r RS256 none; r RS256 RSA 2048"},
		{"a point that is on no curve", `{"keys":[{"kty":"EC","crv":"P-256","x":"AQ","y":"AQ"},` + rfcEC + `]}`, "none; EC P-256"},
		{"another curve", `{"kty":"EC","crv":"secp256k1","x":"AQ","y":"AQ"}`, "no-keys"},
		{"empty", `{"keys":[]}`, "no-keys"},
		{"a shared secret only", `{"keys":[{"kty":"oct","k":"AAAA"}]}`, "no-keys"},
		{"another document", `{"error":"server_error"}`, "not-a-set"},
		{"an array", `[]`, "not-a-set"},
		{"HTML", "<html>", "not-json"},
		{"PEM", "-----BEGIN CERTIFICATE-----", "not-json"},
		{"nothing", "", "not-json"},
		{"too many", `{"keys":[` + strings.Repeat("1,", 100) + `1]}`, "too-many-keys"},
		{"too large", strings.Repeat(" ", keys.MaxFileBytes) + rfcEC, "too-large"},
		{"a modulus of half a megabyte", `{"keys":[{"kty":"RSA","e":"AQAB","n":"` + strings.Repeat("A", 1<<19) + `"}]}`, "no-keys"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			set, err := keys.ParseJWKS([]byte(tt.text))
			if got := describeSet(t, set, err); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

func describeSet(t *testing.T, set []keys.SetKey, err error) string {
	t.Helper()
	if err != nil {
		var unusable *keys.SetError
		if !errors.As(err, &unusable) || set != nil {
			t.Fatalf("%v is a %T", err, err)
		}
		return unusable.Reason
	}
	var list []string
	for _, k := range set {
		what := "none"
		switch pub := k.Public.(type) {
		case *rsa.PublicKey:
			what = fmt.Sprintf("RSA %d", pub.N.BitLen())
		case *ecdsa.PublicKey:
			what = "EC " + pub.Curve.Params().Name
		}
		list = append(list, strings.Join(strings.Fields(k.ID+" "+k.Algorithm+" "+what), " "))
	}
	return strings.Join(list, "; ")
}

// FuzzParseJWKS: no panic, and every key that comes out can be asked for its size.
func FuzzParseJWKS(f *testing.F) {
	for _, s := range []string{rfcRSA, rfcEC, `{"keys":[` + rfcRSA + `]}`, `{"keys":null,"kty":1}`, `{"keys":[{"kty":"EC","crv":"P-521","x":"AQ","y":""}]}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		set, err := keys.ParseJWKS([]byte(text))
		if (err == nil) != (len(set) > 0) {
			t.Fatalf("%d keys, %v", len(set), err)
		}
		describeSet(t, set, err)
	})
}
