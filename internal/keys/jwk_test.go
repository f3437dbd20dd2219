package keys_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/keys"
)

type object = map[string]any

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// asJWK writes a key as RFC 7518 says, without the code under test.
func asJWK(t testing.TB, k *keys.Key) object {
	t.Helper()
	switch key := k.Signer().(type) {
	case *rsa.PrivateKey:
		p := key.Precomputed
		return object{"kty": "RSA", "n": b64(key.N.Bytes()), "e": b64(big.NewInt(int64(key.E)).Bytes()), "d": b64(key.D.Bytes()),
			"p": b64(key.Primes[0].Bytes()), "q": b64(key.Primes[1].Bytes()),
			"dp": b64(p.Dp.Bytes()), "dq": b64(p.Dq.Bytes()), "qi": b64(p.Qinv.Bytes())}
	case *ecdsa.PrivateKey:
		d, err := key.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		point, err := key.PublicKey.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		half := (len(point) - 1) / 2
		return object{"kty": "EC", "crv": k.Curve, "d": b64(d), "x": b64(point[1 : 1+half]), "y": b64(point[1+half:])}
	case ed25519.PrivateKey:
		return object{"kty": "OKP", "crv": "Ed25519", "d": b64(key.Seed()), "x": b64(key[ed25519.SeedSize:])}
	}
	t.Fatalf("no JWK for %v", k)
	return nil
}

func jsonText(t testing.TB, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestJWK(t *testing.T) {
	for _, name := range []string{"rsa-3072", "rsa-2048", "rsa-3072-e3", "ec-p256", "ec-p384", "ec-p521", "ed25519"} {
		want := loadKey(t, name+".pem")
		jwk := asJWK(t, want)
		public := maps.Clone(jwk)
		for _, member := range []string{"d", "p", "q", "dp", "dq", "qi"} {
			delete(public, member)
		}
		for form, v := range map[string]any{
			"key": jwk, "set": object{"keys": []any{jwk}}, "set with public keys": object{"keys": []any{public, jwk, public}},
		} {
			got, err := keys.ParseKey(jsonText(t, v))
			if err != nil {
				t.Errorf("%s, %s: %v", name, form, err)
				continue
			}
			if got.SPKISHA256() != want.SPKISHA256() || got.Type != want.Type || got.Encoding != "JWK" {
				t.Errorf("%s, %s: read %v, want %v", name, form, got, want)
			}
			wantKinds(t, got.Judge(), kinds(want.Judge())...)
		}
		_, err := keys.ParseKey(jsonText(t, public))
		wantFault(t, err, keys.ObjectKey, keys.KindNotAPrivateKey, "public-key")
	}
}

func TestJWKFaults(t *testing.T) {
	ec, rsa := asJWK(t, loadKey(t, "ec-p256.pem")), asJWK(t, loadKey(t, "rsa-3072.pem"))
	other := asJWK(t, loadKey(t, "ec-p256-other.pem"))
	with := func(of object, more ...any) object {
		o := maps.Clone(of)
		for i := 0; i < len(more); i += 2 {
			if o[more[i].(string)] = more[i+1]; more[i+1] == nil {
				delete(o, more[i].(string))
			}
		}
		return o
	}
	zero := func(s any) string { // the same number, longer
		b, _ := base64.RawURLEncoding.DecodeString(s.(string))
		return b64(append([]byte{0}, b...))
	}
	for _, tt := range []struct {
		name   string
		jwk    any
		kind   keys.Kind
		reason string
	}{
		{"no x", with(ec, "x", nil), keys.KindUnparsable, "jwk-damaged"},
		{"another x", with(ec, "x", other["x"]), keys.KindUnparsable, "jwk-damaged"},
		{"another d", with(ec, "d", other["d"]), keys.KindUnparsable, "jwk-damaged"},
		{"a zero in front of d", with(ec, "d", zero(ec["d"])), keys.KindUnparsable, "jwk-damaged"},
		{"a line break in x", with(ec, "x", ec["x"].(string)+"\n"), keys.KindUnparsable, "jwk-damaged"},
		{"a line break in n", with(rsa, "n", rsa["n"].(string)[:64]+"\r\n"+rsa["n"].(string)[64:]), keys.KindUnparsable, "jwk-damaged"},
		{"padding", with(ec, "d", ec["d"].(string)+"="), keys.KindUnparsable, "jwk-damaged"},
		{"base64", with(ec, "d", strings.NewReplacer("-", "+", "_", "/").Replace(ec["d"].(string))+"+"), keys.KindUnparsable, "jwk-damaged"},
		{"a number", with(ec, "d", 12), keys.KindUnparsable, "jwk-damaged"},
		{"a curve of the other kind", with(ec, "crv", "Ed25519"), keys.KindUnparsable, "jwk-damaged"},
		{"an unknown curve", with(ec, "crv", "P-42"), keys.KindUnparsable, "jwk-damaged"},
		{"an unknown type", with(ec, "kty", "AKP"), keys.KindUnparsable, "jwk-damaged"},
		{"secp256k1", with(ec, "crv", "secp256k1"), keys.KindCurveUnsupported, ""},
		{"Ed448", object{"kty": "OKP", "crv": "Ed448", "d": "AAAA", "x": "AAAA"}, keys.KindTypeUnsupported, "ed448"},
		{"symmetric", object{"kty": "oct", "k": "AAAA"}, keys.KindTypeUnsupported, "oct"},
		{"without primes", with(rsa, "p", nil, "q", nil, "dp", nil, "dq", nil, "qi", nil), keys.KindUnparsable, "jwk-incomplete"},
		{"a zero in front of n", with(rsa, "n", zero(rsa["n"])), keys.KindUnparsable, "jwk-damaged"},
		{"primes exchanged", with(rsa, "p", rsa["q"], "q", rsa["p"]), keys.KindUnparsable, "jwk-damaged"},
		{"another exponent", with(rsa, "e", "Aw"), keys.KindUnparsable, "jwk-damaged"},
		{"a third prime", with(rsa, "oth", []any{}), keys.KindUnparsable, "jwk-damaged"},
		{"encrypted", object{"protected": "e30", "ciphertext": "AAAA"}, keys.KindUnparsable, "jwe"},
		{"JSON", object{"error": "server_error"}, keys.KindUnparsable, "json"},
		{"an empty set", object{"keys": []any{}}, keys.KindUnparsable, "json"},
		{"a list", []any{"a"}, keys.KindUnparsable, "json"},
		{"a set of passwords", object{"keys": []any{"a"}}, keys.KindUnparsable, "json"},
	} {
		text := jsonText(t, tt.jwk)
		_, err := keys.ParseKey(text)
		if err == nil {
			t.Errorf("%s: read", tt.name)
			continue
		}
		fault := faultOf(t, err)
		if fault.Kind != tt.kind || fault.Reason != tt.reason {
			t.Errorf("%s: %v, want %s (%s)", tt.name, fault, tt.kind, tt.reason)
		}
		quotesNothing(t, fault, string(text))
	}

	// Of two members of one name two readers take two different ones.
	text := strings.TrimSuffix(string(jsonText(t, ec)), "}") + `,"d":"` + other["d"].(string) + `"}`
	_, err := keys.ParseKey([]byte(text))
	wantFault(t, err, keys.ObjectKey, keys.KindUnparsable, "jwk-damaged")

	text = strings.TrimSuffix(string(jsonText(t, ec)), "}") + `,"use":"sig","use":"enc"}`
	_, err = keys.ParseKey([]byte(text))
	wantFault(t, err, keys.ObjectKey, keys.KindUnparsable, "jwk-damaged")

	// Two private keys in a set are two keys in a file.
	key, err := keys.ParseKey(jsonText(t, object{"keys": []any{ec, other}}))
	if err != nil {
		t.Fatal(err)
	}
	wantKinds(t, key.Judge(), "multiple-keys")
}

// A certificate may lie beside the key (RFC 7517, 4.7).
func TestJWKCertificate(t *testing.T) {
	key, cert := loadKey(t, "ec-p256.pem"), loadCertificate(t, "ec-p256-cert.pem")
	jwk := asJWK(t, key)
	_, err := keys.ParseCertificate(jsonText(t, jwk))
	wantFault(t, err, keys.ObjectCertificate, keys.KindNotACertificate, "private-key")
	jwk["x5c"] = []string{base64.StdEncoding.EncodeToString(cert.DER)}
	got, err := keys.ParseCertificate(jsonText(t, jwk))
	if err != nil || got.ID() != cert.ID() || !got.BelongsTo(key) {
		t.Errorf("%v, %v", got, err)
	}
}
