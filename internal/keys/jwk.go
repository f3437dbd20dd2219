package keys

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"math/big"
	"slices"
	"strings"
)

// maxJWKs bounds the keys of a JWK set. Published sets have fewer than ten.
const maxJWKs = 64

// Contents of a JSON Web Key that cannot be used.
const (
	jwkDamaged    content = "jwk-damaged"    // a member is missing, repeated or not valid
	jwkIncomplete content = "jwk-incomplete" // RSA without its primes
	jwkEncrypted  content = "jwe"            // RFC 7516
)

// jsonKeys reads a JSON Web Key or a set of them (RFC 7517); nil for other text.
func jsonKeys(data []byte) []blob {
	text := bytes.TrimSpace(data)
	if text[0] != '{' {
		return nil
	}
	members, ok := object(text)
	if !ok {
		if bytes.Contains(text, []byte(`"kty"`)) {
			return []blob{{is: jwkDamaged}}
		}
		return nil
	}
	if set, isSet := members["keys"]; isSet {
		var list []json.RawMessage
		if json.Unmarshal(set, &list) != nil || len(list) == 0 || len(list) > maxJWKs {
			return nil
		}
		var found []blob
		for _, one := range list {
			members, ok := object(one)
			if !ok || members["kty"] == nil {
				return nil
			}
			found = append(found, jsonKey(members)...)
		}
		return found
	}
	switch {
	case members["kty"] != nil:
		return jsonKey(members)
	case members["ciphertext"] != nil && members["protected"] != nil:
		return []blob{{is: jwkEncrypted}}
	}
	return nil
}

// object splits a JSON object into its members. A repeated member is an error: two
// programs could read two different keys.
func object(text []byte) (map[string]json.RawMessage, bool) {
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, false
	}
	members := map[string]json.RawMessage{}
	for d.More() {
		t, err := d.Token()
		name, isName := t.(string)
		var value json.RawMessage
		if err != nil || !isName || members[name] != nil || d.Decode(&value) != nil {
			return nil, false
		}
		members[name] = value
	}
	if _, err := d.Token(); err != nil {
		return nil, false
	}
	_, err := d.Token()
	return members, err == io.EOF
}

// jwkMembers reads the numbers of one JSON Web Key.
type jwkMembers struct {
	raw map[string]json.RawMessage
	bad bool
}

func (m *jwkMembers) text(name string) string {
	var s string
	if m.raw[name] != nil && json.Unmarshal(m.raw[name], &s) != nil {
		m.bad = true
	}
	return s
}

// bytes reads base64url without padding (RFC 7515, section 2). The decoder would skip
// line breaks.
func (m *jwkMembers) bytes(name string) []byte {
	text := m.text(name)
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	m.bad = m.bad || err != nil || len(b) == 0 || strings.ContainsAny(text, "\r\n")
	return b
}

// number reads a Base64urlUInt, which has no leading zero (RFC 7518, section 2).
func (m *jwkMembers) number(name string) *big.Int {
	b := m.bytes(name)
	m.bad = m.bad || len(b) > 0 && b[0] == 0
	return new(big.Int).SetBytes(b)
}

// jsonKey is the key in one JSON Web Key, as PKCS#8, and the certificates in it.
func jsonKey(raw map[string]json.RawMessage) []blob {
	m := &jwkMembers{raw: raw}
	kty := m.text("kty")
	if kty == "oct" {
		return []blob{{is: jwkOct}}
	}
	key := blob{is: publicKey}
	if raw["d"] != nil {
		key = m.private(kty)
	}
	key.armour = "JWK"
	return append([]blob{key}, m.certificates()...)
}

// ecCurves are the curves of RFC 7518, 6.2.1.1.
var ecCurves = map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}

// joseCurves are the curves of RFC 7518 and 8812, and the types of RFC 8037.
var joseCurves = map[string]algorithm{
	"P-256": {Type: TypeEC, Curve: "P-256"}, "P-384": {Type: TypeEC, Curve: "P-384"}, "P-521": {Type: TypeEC, Curve: "P-521"},
	"secp256k1": {Type: TypeEC, Curve: "secp256k1"},
	"Ed25519":   {Type: TypeEd25519}, "Ed448": {Type: "Ed448"}, "X25519": {Type: "X25519"}, "X448": {Type: "X448"},
}

func (m *jwkMembers) private(kty string) blob {
	if kty == "RSA" {
		for _, name := range []string{"p", "q", "dp", "dq", "qi"} {
			if m.raw[name] == nil {
				return blob{is: jwkIncomplete}
			}
		}
		return m.marshal(m.rsa())
	}
	alg, known := joseCurves[m.text("crv")]
	switch {
	case !known || (kty == "EC") != (alg.Type == TypeEC) || kty != "EC" && kty != "OKP":
		return blob{is: jwkDamaged}
	case alg.fault() != nil:
		return blob{is: pkcs8, alg: &alg}
	case kty == "EC":
		return m.marshal(m.ec(alg.Curve))
	}
	return m.marshal(m.ed25519())
}

func (m *jwkMembers) marshal(key any) blob {
	if m.bad {
		return blob{is: jwkDamaged}
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return blob{is: jwkDamaged}
	}
	return outline(der)
}

// ec reads a key. Its numbers must have the length of the curve (RFC 7518, 6.2), and
// its public half must match the private one.
func (m *jwkMembers) ec(name string) any {
	k, err := ecdsa.ParseRawPrivateKey(ecCurves[name], m.bytes("d"))
	if err != nil {
		m.bad = true
		return nil
	}
	public := slices.Concat([]byte{4}, m.bytes("x"), m.bytes("y"))
	point, err := k.PublicKey.Bytes()
	m.bad = m.bad || err != nil || !bytes.Equal(point, public)
	return k
}

func (m *jwkMembers) ed25519() any {
	seed := m.bytes("d")
	if len(seed) != ed25519.SeedSize {
		m.bad = true
		return nil
	}
	k, public := ed25519.NewKeyFromSeed(seed), m.bytes("x")
	m.bad = m.bad || !bytes.Equal(k[ed25519.SeedSize:], public)
	return k
}

// certificates are those of x5c (RFC 7517, 4.7): base64, not base64url.
func (m *jwkMembers) certificates() []blob {
	var list []string
	if m.raw["x5c"] == nil || json.Unmarshal(m.raw["x5c"], &list) != nil || len(list) > maxJWKs {
		return nil
	}
	var found []blob
	for _, text := range list {
		der, ok := strictBase64(text)
		if !ok {
			continue
		}
		b := outline(der)
		b.armour = "JWK"
		found = append(found, b)
	}
	return found
}

func (m *jwkMembers) rsa() any {
	if m.raw["oth"] != nil {
		m.bad = true
		return nil
	}
	e := m.number("e")
	k := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: m.number("n"), E: int(e.Int64())}, D: m.number("d"),
		Primes: []*big.Int{m.number("p"), m.number("q")}}
	dp, dq, qi := m.number("dp"), m.number("dq"), m.number("qi")
	if m.bad || e.BitLen() > 31 || k.N.BitLen() > 8*maxKeyDER || k.Validate() != nil {
		m.bad = true
		return nil
	}
	k.Precompute()
	if k.Precomputed.Dp.Cmp(dp) != 0 || k.Precomputed.Dq.Cmp(dq) != 0 || k.Precomputed.Qinv.Cmp(qi) != 0 {
		m.bad = true
	}
	return k
}
