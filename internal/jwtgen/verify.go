package jwtgen

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"slices"
)

// Signature is what is known about an assertion's signature.
type Signature string

// The three values. NotChecked means that the key or the algorithm is missing.
const (
	Verified   Signature = "verified"
	Invalid    Signature = "invalid"
	NotChecked Signature = "not-checked"
)

// maxRSABits bounds the work of one verification. NetSuite accepts at most 4096
// (Oracle NetSuite Help, page subsect_162755332391).
const maxRSABits = 16384

// Verify checks the signature with this public key only: it never trusts or fetches
// "jwk", "x5c", "jku" and "x5u" of a header. The algorithm must be one that NetSuite
// accepts, or RS256/384/512, and fit the key. A nil key gives NotChecked, and still a
// fault if no key could verify the signature.
//
// A PSS signature must have a salt as long as the hash (RFC 7518, section 3.5), which
// many libraries do not check. An ECDSA signature must be r||s.
func (a *Assertion) Verify(pub crypto.PublicKey) (Signature, *Fault) {
	alg, known := lookupAlgorithm(a.Algorithm())
	if !known {
		return NotChecked, algorithmFault(a.Header)
	}
	if slices.Contains(a.sealed().unread, partSignature) {
		return NotChecked, nil // Read reported it
	}
	key := describeKey(pub)
	if key.kind == "" {
		return NotChecked, alg.shapeFault(a.sealed().signature, 0)
	}
	if f := key.mismatch(alg); f != nil {
		return Invalid, f
	}
	if f := unusableKey(alg, key); f != nil {
		return NotChecked, f
	}
	if alg.verify(key, alg.digest(a.SigningInput()), a.sealed().signature) {
		return Verified, nil
	}
	return Invalid, a.invalidReason(alg, key)
}

// VerifySignature is Verify for the signature of any message, such as a certificate: nil if
// it is valid.
func VerifySignature(alg string, pub crypto.PublicKey, message, sig []byte) *Fault {
	a := newAssertion(string(message)+".", object{members: map[string]any{"alg": alg}}, object{}, sig)
	verdict, f := a.Verify(pub)
	if f == nil && verdict != Verified {
		f = fault(KindAlgKeyMismatch, "no-key", nil)
	}
	return f
}

// unusableKey is the fault of a key that cannot verify any signature: Go rejects RSA
// below 1024 bits or with an even exponent, and points that are not on their curve.
func unusableKey(alg algorithm, key publicKey) *Fault {
	ev := key.evidence(evidence{"alg": alg.name})
	if key.ec != nil {
		if _, err := key.ec.ECDH(); err != nil {
			return fault(KindAlgKeyMismatch, "key-unusable", ev)
		}
		return nil
	}
	bits := key.rsa.N.BitLen()
	switch {
	case bits > maxRSABits:
		return fault(KindAlgKeyMismatch, "key-too-large", ev)
	case bits < 1024:
		return fault(KindAlgKeyMismatch, "key-too-small", ev)
	case key.rsa.N.Bit(0) == 0 || key.rsa.E < 3 || key.rsa.E%2 == 0:
		return fault(KindAlgKeyMismatch, "key-unusable", ev)
	}
	return nil
}

// shapeFault is the fault of a signature that no key could verify: it is empty, or ASN.1
// instead of r||s, or has another length. ofKey is the length by the RSA key, 0 without one.
func (alg algorithm) shapeFault(sig []byte, ofKey int) *Fault {
	ev := evidence{"alg": alg.name, "length": len(sig)}
	if len(sig) == 0 {
		return fault(KindSignatureInvalid, "empty", ev)
	}
	if f := alg.textFault(sig); f != nil {
		return f
	}
	if alg.scheme != schemeECDSA {
		switch {
		case len(sig) == ofKey, len(sig)%minRSABytes == 0, slices.Contains(ecdsaLengths, len(sig)):
			return nil // of this key, of another one, or of another algorithm
		case ofKey > 0:
			ev["expected_length"] = ofKey
			return cutOrChanged(ev, len(sig) < ofKey)
		}
		ev["wants"] = "384 or 512" // by the keys that NetSuite accepts
		return cutOrChanged(ev, len(sig) < 512)
	}
	size := alg.curveBytes()
	ev["expected_length"] = 2 * size
	if len(sig) == 2*size {
		return nil
	}
	if _, err := parseDER(sig, size); err == nil {
		return fault(KindSignatureEncodingDER, "not-checked", ev)
	}
	begun := sig[0] == 0x30 && len(sig) > 1 && len(sig) < int(sig[1])+2 // an ASN.1 sequence that lacks its end
	return cutOrChanged(ev, begun || len(sig) < 2*size && !slices.Contains(ecdsaLengths, len(sig)))
}

// ecdsaLengths are the bytes of a signature of ES256, ES384 and ES512.
var ecdsaLengths = []int{64, 96, 132}

// cutOrChanged is the fault of a signature whose length no key has. Nothing is certain
// about one that looks cut.
func cutOrChanged(ev evidence, cut bool) *Fault {
	if !cut {
		return fault(KindSignatureInvalid, "length", ev)
	}
	ev["unclear"] = true
	return fault(KindSignatureInvalid, "cut", ev)
}

// invalidReason finds out why a signature is invalid.
func (a *Assertion) invalidReason(alg algorithm, key publicKey) *Fault {
	sig, digest := a.sealed().signature, alg.digest(a.SigningInput())
	if f := alg.shapeFault(sig, key.signatureBytes()); f != nil {
		if f.Kind == KindSignatureEncodingDER {
			f.Reason = "other-key"
			if ecdsa.VerifyASN1(key.ec, digest, sig) {
				f.Reason = ""
			}
		}
		return f
	}
	ev := evidence{"alg": alg.name, "length": len(sig)}
	if key.rsa != nil && len(sig) != key.rsa.Size() {
		ev["expected_length"] = key.rsa.Size()
		return fault(KindSignatureInvalid, "length", ev)
	}
	if alg.scheme == schemePSS && verifyPSS(key.rsa, alg.hash, digest, sig, rsa.PSSSaltLengthAuto) {
		return fault(KindSaltLength, "", evidence{
			"alg": alg.name, "expected": alg.hash.Size(), "salt_length": saltLength(key.rsa, pssHashes{alg.hash, alg.hash}, alg.digest(a.SigningInput()), sig)})
	}
	// Some libraries write one algorithm into the header and sign with another.
	for _, other := range algorithms {
		if other.name != alg.name && key.fits(other) && other.verify(key, other.digest(a.SigningInput()), sig) {
			if ev["signed_with"] = other.name; other.scheme == schemePKCS1 && alg.scheme == schemePSS {
				return fault(KindSignatureInvalid, "pkcs1", ev)
			}
			return fault(KindSignatureInvalid, "other-algorithm", ev)
		}
	}
	if h := a.otherECDSA(alg, key); h != 0 {
		ev["signed_with"] = "ECDSA with " + h.String()
		return fault(KindSignatureInvalid, "other-algorithm", ev)
	}
	if used, salt := a.otherPSS(alg, key); salt >= 0 {
		ev["hash"], ev["mask_hash"], ev["salt_length"], ev["wants"], ev["expected"] = used.hash.String(), used.mgf1.String(), salt, alg.hash.String(), alg.hash.Size()
		return fault(KindSignatureInvalid, "pss-parameters", ev)
	}
	if signed := a.otherInput(alg, key); signed != "" {
		ev["signed"] = signed
		return fault(KindSignatureInvalid, "other-input", ev)
	}
	return fault(KindSignatureInvalid, "other", key.evidence(ev))
}
