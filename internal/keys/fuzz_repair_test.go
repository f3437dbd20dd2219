package keys_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/keys"
)

// FuzzRepairs damages a good key in ways that are undone, one upon the other, and
// then takes away and puts in bytes anywhere. What is read is that key or none:
// no repair makes another key of it.
func FuzzRepairs(f *testing.F) {
	names := []string{"ec-p256.pem", "ec-p256-sec1.pem", "rsa-3072-pkcs1.pem", "rsa-pss-3072.pem", "ec-p521-params-sec1.pem"}
	for i := range names {
		for d := range damages {
			f.Add(uint8(i), uint8(d), uint8(0), 0, 0, []byte(nil))
			f.Add(uint8(i), uint8(d), uint8(d+3), 60+d, 1, []byte("n"))
		}
	}
	var whole []*keys.Key // parsed once: that takes longer than a repair
	for _, name := range names {
		whole = append(whole, loadKey(f, name))
	}
	f.Fuzz(func(t *testing.T, which, first, second uint8, at, gone int, more []byte) {
		name, want := names[int(which)%len(names)], whole[int(which)%len(names)]
		text := damages[int(first)%len(damages)].damage(string(content(t, file(name))))
		text = damages[int(second)%len(damages)].damage(text)
		at = min(max(at, 0), len(text))
		gone = min(max(gone, 0), len(text)-at)
		data := slices.Concat([]byte(text[:at]), more, []byte(text[at+gone:]))

		key, err := keys.ParseKey(data)
		if err != nil {
			if fault := faultOf(t, err); fault.Object != keys.ObjectKey {
				t.Fatal(fault)
			}
			if len(more) == 0 && gone == 0 && second == 0 {
				t.Fatalf("%s is not undone: %v", damages[int(first)%len(damages)].name, err)
			}
			return
		}
		// A whole other key may have been put in; nothing shorter is one.
		if key.SPKISHA256() != want.SPKISHA256() && len(more) < 32 {
			t.Fatalf("another key comes out: %v, repairs %v", key, key.Repairs)
		}
		original, _ := want.PKCS8PEM()
		again, _ := key.PKCS8PEM()
		if key.SPKISHA256() == want.SPKISHA256() && !original.Equal(again) {
			t.Fatal("the private numbers differ")
		}
	})
}

// FuzzJWK: a JSON Web Key that is read has the very numbers that were written, in
// the one form that RFC 7518 has for each.
func FuzzJWK(f *testing.F) {
	for _, name := range []string{"rsa-3072", "ec-p256", "ec-p384", "ec-p521", "ed25519"} {
		jwk := asJWK(f, loadKey(f, name+".pem"))
		text := jsonText(f, jwk)
		f.Add(text)
		f.Add(jsonText(f, object{"keys": []any{jwk}}))
		f.Add(bytes.Replace(text, []byte(`"d":"`), []byte(`"d":"A`), 1))
		f.Add(bytes.Replace(text, []byte(`"d":"`), []byte(`"d":"\n`), 1))
		for member := range jwk {
			without := maps.Clone(jwk)
			delete(without, member)
			f.Add(jsonText(f, without))
		}
	}
	f.Add([]byte(`{"kty":"oct","k":"AAAA"}`))
	f.Add([]byte(`{"kty":"EC","kty":"RSA"}`))
	f.Add([]byte(`{"keys":[{"kty":"EC"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		key, err := keys.ParseKey(text)
		if err != nil {
			quotesNothing(t, faultOf(t, err), strings.ToLower(string(text)+"~"))
			return
		}
		if key.Encoding != "JWK" {
			return
		}
		var one map[string]any
		if json.Unmarshal(text, &one) != nil || one["kty"] == nil {
			return // a set
		}
		for member, want := range asJWK(t, key) {
			if one[member] != want {
				t.Fatalf("%s is another one", member)
			}
		}
		for _, member := range []string{"d", "x", "n"} {
			s, _ := one[member].(string)
			if b, err := base64.RawURLEncoding.DecodeString(s); err != nil || b64(b) != s {
				t.Fatalf("%s has two forms", member)
			}
		}
	})
}
