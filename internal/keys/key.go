// Package keys reads, recognises and makes the two files behind an assertion:
// the private key that signs it and the X.509 certificate that NetSuite holds.
//
// Whatever is wrong comes back as a *Fault, a kind with evidence. Load and Parse
// return the one fault that leaves nothing to work with; Judge lists all faults
// of a key or certificate that could be read. No fault, no formatter and no
// encoder shows key material.
package keys

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math/big"
	"strings"
)

// Key is a private key that can sign. Its zero value has none.
type Key struct {
	Path      string      // where it was read from; "" otherwise
	Type      string      // TypeRSA, TypeRSAPSS, TypeEC or TypeEd25519
	Curve     string      // EC: "P-256", "P-384", ...; "" otherwise
	Bits      int         // of the modulus or the curve
	Encoding  string      // "PKCS#1 PEM", "PKCS#8 PEM", "SEC1 PEM", the same with DER, or "generated"
	Encrypted bool        // the file is encrypted
	Mode      fs.FileMode // permission bits of the file; 0 if it was read from none
	PSSHash   crypto.Hash // RSA-PSS: the one hash that the key may be used with; 0 means any

	material *material
}

// material is what must not be shown. Where fmt cannot call Format, in another
// struct's unexported field, it prints a pointer as an address; but with a verb
// that does not fit, such as %s, it follows one pointer. So the signer is behind
// two.
type material struct {
	signer *crypto.Signer
	spki   []byte // SubjectPublicKeyInfo, DER
	keys   int    // private keys in the same file
}

// maxKeyDER bounds the one private key in a file: checking the numbers of an RSA
// key takes time that grows faster than its size. 16384 bits need 9.3 KB.
const maxKeyDER = 16 << 10

// encodings name what a key was wrapped in.
var encodings = map[content]string{pkcs1: "PKCS#1", pkcs8: "PKCS#8", sec1: "SEC1"}

// LoadKey reads a private key from a regular file of at most MaxFileBytes. The
// error is a *Fault.
//
// KindUnreadable has the reasons missing, is-directory, not-a-regular-file,
// permission, too-large, content-not-path and io. The other kinds are those of
// ParseKey.
func LoadKey(path string) (*Key, error) {
	data, mode, fault := read(ObjectKey, path)
	if fault != nil {
		return nil, fault
	}
	key, fault := parseKey(data)
	if fault != nil {
		return nil, fault.at(path)
	}
	key.Path, key.Mode = path, mode
	return key, nil
}

// ParseKey reads the first private key in data: PKCS#1, PKCS#8 or SEC1, in PEM
// (RFC 7468) or DER. The error is a *Fault:
//
//   - KindNotAPrivateKey: certificate, certificate-request,
//     certificate-revocation-list, public-key, openssh-public-key, parameters,
//     pkcs7, html
//   - KindEncrypted: pkcs8, rfc1423
//   - KindTypeUnsupported: a type that Go cannot sign with, in lower case, such
//     as dsa or x25519
//   - KindCurveUnsupported, KindExplicitParameters: a curve that Go does not know
//   - KindUnparsable: another format (openssh, putty, pgp, jwk, json,
//     java-keystore, pkcs12) or damage (empty, byte-order-mark, utf-16,
//     literal-newlines, one-line, indented, text-before-begin, truncated,
//     end-line-differs, wrong-label, damaged-header, bare-base64, bad-base64,
//     bad-der, trailing-data, missing-curve, inconsistent, exponent-out-of-range,
//     too-long, no-pem)
func ParseKey(data []byte) (*Key, error) {
	key, fault := parseKey(data)
	if fault != nil {
		return nil, fault
	}
	return key, nil
}

func parseKey(data []byte) (*Key, *Fault) {
	found := blobs(data)
	b := pick(ObjectKey, found)
	if fault := b.fault(ObjectKey); fault != nil {
		return nil, fault
	}
	if len(b.der) > maxKeyDER {
		return nil, unparsableKey("too-long").with("bytes", len(b.der)).with("limit_bytes", maxKeyDER)
	}
	alg := keyAlgorithm(b)
	if fault := alg.fault(); fault != nil {
		return nil, fault
	}
	signer, fault := parseSigner(b, alg)
	if fault != nil {
		return nil, fault
	}
	key, err := newKey(signer, alg, encodings[b.is]+" "+b.armour)
	if err != nil {
		return nil, unparsableKey("inconsistent")
	}
	for _, other := range found {
		if !bytes.Equal(other.der, b.der) && other.claims(ObjectKey) {
			key.material.keys++
		}
	}
	return key, nil
}

func unparsableKey(reason string) *Fault {
	return &Fault{Object: ObjectKey, Kind: KindUnparsable, Reason: reason}
}

// keyAlgorithm reads what a key says about itself, before any number is looked at.
func keyAlgorithm(b blob) algorithm {
	switch b.is {
	case pkcs8:
		return algorithmOf(b.parts[1].Bytes)
	case sec1:
		alg := algorithm{Type: TypeEC}
		for _, part := range b.parts {
			if inner, ok := children(part.Bytes); tagLetter(part) == '0' && ok && len(inner) == 1 {
				alg.setCurve(inner[0])
			}
		}
		return alg
	}
	return algorithm{Type: TypeRSA}
}

// fault says why Go cannot sign with a key of this algorithm; nil if it can.
func (a algorithm) fault() *Fault {
	f := &Fault{Object: ObjectKey}
	switch {
	case a.Type == "":
		return unparsableKey("bad-der")
	case !signable[a.Type]:
		f.Kind, f.Reason = KindTypeUnsupported, reasonFromType(a.Type)
	case a.Explicit:
		f.Kind = KindExplicitParameters
	case a.Type == TypeEC && a.Curve == "":
		return unparsableKey("missing-curve")
	case a.Type == TypeEC && !goCurves[a.Curve]:
		f.Kind = KindCurveUnsupported
		f.with("curve", a.Curve)
	default:
		return nil
	}
	return f.with("type", a.Type)
}

// reasonFromType returns the reason for an unsupported type: its name in lower
// case, or nothing for one that is only known by its OID.
func reasonFromType(name string) string {
	if strings.Trim(name, "0123456789.") == "" {
		return ""
	}
	return strings.ToLower(name)
}

func parseSigner(b blob, alg algorithm) (crypto.Signer, *Fault) {
	rsaDER := b.der
	if b.is == pkcs8 {
		rsaDER = b.parts[2].Bytes
	}
	var key any
	var err error
	switch {
	case alg.Type == TypeRSA, alg.Type == TypeRSAPSS:
		// Past the PKCS#8 wrapping, since Go does not know id-RSASSA-PSS.
		if inner := outline(rsaDER); inner.is != pkcs1 {
			return nil, unparsableKey("bad-der")
		} else if e := exponentOf(inner); e.BitLen() > 31 || e.Cmp(big.NewInt(3)) < 0 || e.Bit(0) == 0 {
			return nil, unparsableKey("exponent-out-of-range")
		}
		key, err = x509.ParsePKCS1PrivateKey(rsaDER)
	case b.is == sec1:
		key, err = x509.ParseECPrivateKey(b.der)
	default:
		key, err = x509.ParsePKCS8PrivateKey(b.der)
	}
	signer, ok := key.(crypto.Signer)
	if err != nil || !ok {
		// The parser's own words stay out: they may quote what they read.
		return nil, unparsableKey("inconsistent")
	}
	return signer, nil
}

// exponentOf returns the public exponent of a PKCS#1 private key.
func exponentOf(b blob) *big.Int {
	e := new(big.Int)
	if _, err := asn1.Unmarshal(b.parts[2].FullBytes, &e); err != nil {
		return new(big.Int)
	}
	return e
}

// newKey describes a signer.
func newKey(signer crypto.Signer, alg algorithm, encoding string) (*Key, error) {
	spki, err := x509.MarshalPKIXPublicKey(signer.Public())
	if err != nil {
		return nil, err
	}
	typ, curve, bits := describe(signer.Public())
	key := &Key{Type: typ, Curve: curve, Bits: bits, Encoding: encoding, material: &material{&signer, spki, 1}}
	if alg.Type == TypeRSAPSS {
		key.Type, key.PSSHash = TypeRSAPSS, alg.PSSHash
	}
	return key, nil
}

// describe names the type, curve and size of a public key.
func describe(pub crypto.PublicKey) (typ, curve string, bits int) {
	switch pub := pub.(type) {
	case *rsa.PublicKey:
		return TypeRSA, "", pub.N.BitLen()
	case *ecdsa.PublicKey:
		return TypeEC, pub.Curve.Params().Name, pub.Curve.Params().BitSize
	case ed25519.PublicKey:
		return TypeEd25519, "", 8 * len(pub)
	}
	return "", "", 0
}

// Signer returns the key for signing, or nil.
func (k *Key) Signer() crypto.Signer {
	if k == nil || k.material == nil {
		return nil
	}
	return *k.material.signer
}

// Public returns the public half, or nil.
func (k *Key) Public() crypto.PublicKey {
	if signer := k.Signer(); signer != nil {
		return signer.Public()
	}
	return nil
}

// SPKISHA256 returns the SHA-256 fingerprint of the public key, in hex: of its
// SubjectPublicKeyInfo in DER (RFC 5280, 4.1). For an RSA-PSS key too it is
// taken over the form for rsaEncryption, so that it depends on the numbers only.
func (k *Key) SPKISHA256() string {
	if k.Signer() == nil {
		return ""
	}
	sum := sha256.Sum256(k.material.spki)
	return hex.EncodeToString(sum[:])
}

// String says what kind of key it is, such as "RSA 4096 (PKCS#8 PEM)".
func (k Key) String() string {
	size := k.Curve
	if size == "" {
		size = fmt.Sprint(k.Bits)
	}
	return fmt.Sprintf("%s %s (%s)", k.Type, size, k.Encoding)
}

// GoString is String.
func (k Key) GoString() string { return k.String() }

// Format writes String for every verb and flag.
func (k Key) Format(f fmt.State, _ rune) { io.WriteString(f, k.String()) }

// LogValue is String.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalJSON gives the description of the key, never the key.
func (k Key) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{
		"type": k.Type, "curve": k.Curve, "bits": k.Bits, "encoding": k.Encoding, "encrypted": k.Encrypted,
	})
}
