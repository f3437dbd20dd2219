package jwtgen

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"encoding/asn1"
	"errors"
	"math/big"
	"reflect"

	"github.com/golang-jwt/jwt/v5"
)

// signingMethod is an algorithm for golang-jwt, whose own methods need a private key in
// memory. This one works with any crypto.Signer.
type signingMethod struct{ algorithm }

var _ jwt.SigningMethod = signingMethod{}

// Alg is the value of the header's "alg".
func (m signingMethod) Alg() string { return m.name }

// Sign signs with a crypto.Signer. A crypto.MessageSigner gets the text, not its hash. The
// salt of a PSS signature is as long as the hash (RFC 7518, section 3.5).
func (m signingMethod) Sign(signingString string, key any) ([]byte, error) {
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, jwt.ErrInvalidKeyType
	}
	var opts crypto.SignerOpts = m.hash
	if m.scheme == schemePSS {
		opts = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: m.hash}
	}
	sig, err := crypto.SignMessage(signer, rand.Reader, []byte(signingString), opts)
	if err != nil || m.scheme != schemeECDSA {
		return sig, err
	}
	return rawFromDER(sig, m.curveBytes())
}

// Verify implements golang-jwt's interface. Assertion.Verify says more.
func (m signingMethod) Verify(signingString string, sig []byte, key any) error {
	if k := describeKey(key); !k.fits(m.algorithm) || !m.verify(k, m.digest(signingString), sig) {
		return jwt.ErrSignatureInvalid
	}
	return nil
}

func (a algorithm) digest(signingString string) []byte {
	h := a.hash.New()
	h.Write([]byte(signingString))
	return h.Sum(nil)
}

// verify checks a signature strictly: the salt of PSS is as long as the hash, and ECDSA
// is r||s. The key must fit.
func (a algorithm) verify(k publicKey, digest, sig []byte) bool {
	switch a.scheme {
	case schemePSS:
		return verifyPSS(k.rsa, a.hash, digest, sig, rsa.PSSSaltLengthEqualsHash)
	case schemePKCS1:
		return rsa.VerifyPKCS1v15(k.rsa, a.hash, digest, sig) == nil
	case schemeECDSA:
		der, err := derFromRaw(sig, a.curveBytes())
		return err == nil && ecdsa.VerifyASN1(k.ec, digest, der)
	}
	return false
}

func verifyPSS(k *rsa.PublicKey, h crypto.Hash, digest, sig []byte, salt int) bool {
	return rsa.VerifyPSS(k, h, digest, sig, &rsa.PSSOptions{SaltLength: salt, Hash: h}) == nil
}

// curveBytes is the length of r, and of s, in a raw ECDSA signature.
func (a algorithm) curveBytes() int {
	return (a.curve().Params().BitSize + 7) / 8
}

// ecdsaSignature is ECDSA-Sig-Value of RFC 3279, section 2.2.3: the form of
// crypto.Signer, OpenSSL and most signing hardware.
type ecdsaSignature struct{ R, S *big.Int }

var errNotECDSA = errors.New("not an ECDSA signature")

// parseDER reads an ASN.1 ECDSA signature for a curve of size bytes.
func parseDER(der []byte, size int) (ecdsaSignature, error) {
	var sig ecdsaSignature
	rest, err := asn1.Unmarshal(der, &sig)
	if err != nil || len(rest) > 0 ||
		sig.R.Sign() <= 0 || sig.S.Sign() <= 0 || sig.R.BitLen() > size*8 || sig.S.BitLen() > size*8 {
		return ecdsaSignature{}, errNotECDSA
	}
	return sig, nil
}

// rawFromDER turns an ASN.1 ECDSA signature into r||s, each padded to size bytes
// (RFC 7518, section 3.4).
func rawFromDER(der []byte, size int) ([]byte, error) {
	sig, err := parseDER(der, size)
	if err != nil {
		return nil, err
	}
	raw := make([]byte, 2*size)
	sig.R.FillBytes(raw[:size])
	sig.S.FillBytes(raw[size:])
	return raw, nil
}

// derFromRaw is the reverse, for the standard library.
func derFromRaw(raw []byte, size int) ([]byte, error) {
	if len(raw) != 2*size {
		return nil, errNotECDSA
	}
	return asn1.Marshal(ecdsaSignature{
		R: new(big.Int).SetBytes(raw[:size]),
		S: new(big.Int).SetBytes(raw[size:]),
	})
}

// isNilSigner also recognises an interface that holds a nil pointer.
func isNilSigner(s crypto.Signer) bool {
	if s == nil {
		return true
	}
	v := reflect.ValueOf(s)
	return v.Kind() == reflect.Pointer && v.IsNil()
}
