package jwtgen

import (
	"crypto"
	"crypto/dsa" //lint:ignore SA1019 DSA keys are only named, never used
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	_ "crypto/sha256" // crypto.SHA256
	_ "crypto/sha512" // crypto.SHA384, crypto.SHA512
	"fmt"
	"slices"
	"strings"
)

// scheme is a signature scheme.
type scheme int

const (
	schemePSS   scheme = iota // RSASSA-PSS, RFC 8017 section 8.1
	schemePKCS1               // RSASSA-PKCS1-v1_5, RFC 8017 section 8.2
	schemeECDSA               // ECDSA, raw r||s (RFC 7518, section 3.4)
)

// algorithm is one row of RFC 7518, section 3.1.
type algorithm struct {
	name      string
	scheme    scheme
	hash      crypto.Hash
	curve     func() elliptic.Curve // ECDSA only
	accepted  bool                  // one of the six that Oracle lists (page section_162790605110)
	buildable bool                  // Build uses it if it is named
}

// algorithms is the allow-list for signing and verifying, in the order of preference.
// NetSuite rejects RS256; it is here so that such assertions can be recognised and,
// for a comparison, made.
var algorithms = []algorithm{
	{name: "PS256", scheme: schemePSS, hash: crypto.SHA256, accepted: true, buildable: true},
	{name: "PS384", scheme: schemePSS, hash: crypto.SHA384, accepted: true, buildable: true},
	{name: "PS512", scheme: schemePSS, hash: crypto.SHA512, accepted: true, buildable: true},
	{name: "ES256", scheme: schemeECDSA, hash: crypto.SHA256, curve: elliptic.P256, accepted: true, buildable: true},
	{name: "ES384", scheme: schemeECDSA, hash: crypto.SHA384, curve: elliptic.P384, accepted: true, buildable: true},
	{name: "ES512", scheme: schemeECDSA, hash: crypto.SHA512, curve: elliptic.P521, accepted: true, buildable: true},
	{name: "RS256", scheme: schemePKCS1, hash: crypto.SHA256, buildable: true},
	{name: "RS384", scheme: schemePKCS1, hash: crypto.SHA384},
	{name: "RS512", scheme: schemePKCS1, hash: crypto.SHA512},
}

// Algorithms lists the values of "alg" that NetSuite accepts (Oracle NetSuite
// Help, page section_162790605110).
func Algorithms() []string {
	var names []string
	for _, a := range algorithms {
		if a.accepted {
			names = append(names, a.name)
		}
	}
	return names
}

// AlgorithmFor is the algorithm that fits a public key: PS256 for RSA, and the
// algorithm of an elliptic curve (RFC 7518, section 3.4). restriction is the one hash
// that an RSA-PSS key allows, 0 for any other key. The error is a *Fault,
// alg-key-mismatch.
func AlgorithmFor(pub crypto.PublicKey, restriction crypto.Hash) (string, error) {
	k := describeKey(pub)
	if alg := algorithmForPSS(restriction); alg != "" && k.rsa != nil {
		return alg, nil
	}
	if fits := k.algorithms(); len(fits) > 0 {
		return fits[0], nil
	}
	reason := "no-algorithm"
	if k.kind == "" {
		reason = "no-key"
	}
	return "", fault(KindAlgKeyMismatch, reason, k.evidence(nil))
}

// pssFault is the fault of an RSA-PSS key that does not allow the algorithm's hash,
// or nil (RFC 4055, section 3.1). OpenSSL rejects such signatures; whether NetSuite
// does is unknown.
func pssFault(alg string, restriction crypto.Hash) *Fault {
	a, known := lookupAlgorithm(alg)
	if restriction == 0 || !known || a.scheme == schemeECDSA || a.scheme == schemePSS && a.hash == restriction {
		return nil
	}
	ev := evidence{"alg": alg, "key_type": "RSA-PSS", "key_hash": restriction.String()}
	if fits := algorithmForPSS(restriction); fits != "" {
		ev["expected"] = []string{fits}
	}
	return fault(KindAlgKeyMismatch, "pss-hash", ev)
}

// algorithmForPSS is the algorithm for an RSA-PSS key that allows only this hash, or "".
func algorithmForPSS(restriction crypto.Hash) string {
	for _, a := range algorithms {
		if a.accepted && a.scheme == schemePSS && a.hash == restriction {
			return a.name
		}
	}
	return ""
}

// lookupAlgorithm finds a row by its exact name.
func lookupAlgorithm(name string) (algorithm, bool) {
	i := slices.IndexFunc(algorithms, func(a algorithm) bool { return a.name == name })
	if i < 0 {
		return algorithm{}, false
	}
	return algorithms[i], true
}

// publicKey describes a public key. Exactly one of rsa and ec is set, and neither for
// a key that no algorithm can use.
type publicKey struct {
	kind  string // RSA, EC, Ed25519, DSA, other; "" for no key
	curve string // EC only
	rsa   *rsa.PublicKey
	ec    *ecdsa.PublicKey
}

// describeKey never panics: a nil or incomplete key has no kind.
func describeKey(pub crypto.PublicKey) publicKey {
	switch k := pub.(type) {
	case nil:
		return publicKey{}
	case *rsa.PublicKey:
		if k == nil || k.N == nil {
			return publicKey{}
		}
		return publicKey{kind: "RSA", rsa: k}
	case *ecdsa.PublicKey:
		//lint:ignore SA1019 a key without a point is rejected before it is used
		if k == nil || k.Curve == nil || k.X == nil || k.Y == nil {
			return publicKey{}
		}
		return publicKey{kind: "EC", curve: k.Curve.Params().Name, ec: k}
	case ed25519.PublicKey:
		return publicKey{kind: "Ed25519"}
	case *dsa.PublicKey:
		return publicKey{kind: "DSA"}
	}
	return publicKey{kind: fmt.Sprintf("%T", pub)}
}

// fits reports whether the key can be used with the algorithm.
func (k publicKey) fits(a algorithm) bool {
	if a.scheme == schemeECDSA {
		return k.ec != nil && k.ec.Curve == a.curve()
	}
	return k.rsa != nil
}

// signatureBytes is the length of a signature by an RSA key, 0 for another key.
func (k publicKey) signatureBytes() int {
	if k.rsa == nil {
		return 0
	}
	return k.rsa.Size()
}

// algorithms lists what NetSuite accepts from this key, best first.
func (k publicKey) algorithms() []string {
	var names []string
	for _, a := range algorithms {
		if a.accepted && k.fits(a) {
			names = append(names, a.name)
		}
	}
	return names
}

// evidence describes the key, added to ev.
func (k publicKey) evidence(ev evidence) evidence {
	if ev == nil {
		ev = evidence{}
	}
	if k.kind != "" {
		ev["key_type"] = k.kind
	}
	if k.curve != "" {
		ev["curve"] = k.curve
	}
	if k.rsa != nil {
		ev["key_bits"] = k.rsa.N.BitLen()
	}
	if fits := k.algorithms(); len(fits) > 0 {
		ev["expected"] = fits
	}
	return ev
}

// mismatch is the fault of a key that does not fit the algorithm, or nil.
func (k publicKey) mismatch(a algorithm) *Fault {
	if k.fits(a) {
		return nil
	}
	ev := k.evidence(evidence{"alg": a.name})
	switch {
	case k.kind == "":
		return fault(KindAlgKeyMismatch, "no-key", ev)
	case a.scheme == schemeECDSA && k.ec != nil:
		ev["alg_curve"] = a.curve().Params().Name
		return fault(KindAlgKeyMismatch, "curve", ev)
	}
	return fault(KindAlgKeyMismatch, "key-type", ev)
}

// algorithmFault judges the header's "alg" alone. It is nil for one of the six.
func algorithmFault(header map[string]any) *Fault {
	v, present := header["alg"]
	if !present {
		return fault(KindAlgUnsupported, "missing", evidence{"supported": Algorithms()})
	}
	name, ok := v.(string)
	if !ok {
		return fault(KindAlgUnsupported, "not-a-string", evidence{"actual_type": JSONType(v), "supported": Algorithms()})
	}
	if a, known := lookupAlgorithm(name); known {
		if a.accepted {
			return nil
		}
		return fault(KindAlgDeprecated, "", evidence{"alg": name, "supported": Algorithms()})
	}
	ev := evidence{"alg": short(name), "supported": Algorithms()}
	upper := strings.ToUpper(name)
	if _, known := lookupAlgorithm(upper); known {
		ev["nearest"] = upper
		return fault(KindAlgUnsupported, "case", ev)
	}
	switch {
	case upper == "NONE":
		return fault(KindAlgUnsupported, "none", ev)
	case upper == "HS256" || upper == "HS384" || upper == "HS512":
		return fault(KindAlgUnsupported, "symmetric", ev)
	}
	return fault(KindAlgUnsupported, "other", ev)
}
