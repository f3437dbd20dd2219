// Package keys reads and recognises the two files behind an assertion:
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
	"slices"
	"strings"
)

// Key is a private key that can sign. Its zero value has none.
type Key struct {
	Path      string      // the file that it was read from; "" otherwise
	From      string      // in words, what else it was read from: "standard input", "$NAME"; "" otherwise
	Type      string      // TypeRSA, TypeRSAPSS, TypeEC or TypeEd25519
	Curve     string      // EC: "P-256", "P-384", ...; "" otherwise
	Bits      int         // of the modulus or the curve
	Encoding  string      // "PKCS#1 PEM", "PKCS#8 PEM", "SEC1 PEM", the same with DER, "JWK", "PKCS#12" or "generated"
	Encrypted bool        // a passphrase was needed: see Opened
	Opened    Passphrase  // where that came from
	Repairs   []Repair    // what was repaired to read it, gravest first
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

// parseKey reads the first private key in data: PKCS#1, PKCS#8 or SEC1, in PEM
// (RFC 7468) or DER, a JSON Web Key or a set of them, or a PKCS#12 file. It repairs
// what copying did to the text. The faults, with their reasons:
//
//   - KindNotAPrivateKey: certificate, certificate-request,
//     certificate-revocation-list, public-key, openssh-public-key, parameters,
//     pkcs7, html, word-document, zip, rich-text, pdf
//   - KindEncrypted: pkcs8, rfc1423, pkcs12, for which there was no passphrase;
//     pbes1, cipher-unsupported, too-costly, for which none would do
//   - KindTypeUnsupported: a type that Go cannot sign with, in lower case, such
//     as dsa, x25519 or oct
//   - KindCurveUnsupported, KindExplicitParameters: a curve that Go does not know
//   - KindExponentUnusual: an RSA exponent that Go does not calculate with: one,
//     even, too-large
//   - KindUnparsable: another format (openssh, putty, pgp, json, xml, pvk,
//     java-keystore, pkcs12, jwe) or damage (empty, truncated, end-line-differs,
//     wrong-label, damaged-header, bad-base64, bad-der, trailing-data,
//     missing-curve, inconsistent, too-long, no-pem, jwk-damaged, jwk-incomplete)
func parseKey(data []byte, unlock unlocker) (*Key, *Fault) {
	found, mended := scan(data)
	b := pick(ObjectKey, found)
	encrypted, opened := b.locked(), Passphrase{}
	if encrypted {
		inside, from, fault := b.open(ObjectKey, unlock)
		if fault != nil {
			return nil, fault
		}
		b, found, opened = pick(ObjectKey, inside), slices.Concat(inside, found), from
	}
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
	key, err := newKey(signer, alg, b.encoding())
	if err != nil {
		return nil, unparsableKey("inconsistent")
	}
	for _, other := range found {
		if !bytes.Equal(other.der, b.der) && other.claims(ObjectKey) && !other.locked() {
			key.material.keys++
		}
	}
	key.Encrypted, key.Opened, key.Repairs = encrypted && opened.From != "", opened, mended.list()
	return key, nil
}

// encoding names what a key was wrapped in.
func (b blob) encoding() string {
	if b.armour == "PEM" || b.armour == "DER" {
		return encodings[b.is] + " " + b.armour
	}
	return b.armour
}

func unparsableKey(reason string) *Fault {
	return &Fault{Object: ObjectKey, Kind: KindUnparsable, Reason: reason}
}

// keyAlgorithm reads what a key says about itself, before any number is looked at.
func keyAlgorithm(b blob) algorithm {
	if b.alg != nil {
		return *b.alg
	}
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
	case !slices.Contains(signable, a.Type):
		f.Kind, f.Reason = KindTypeUnsupported, reasonFromType(a.Type)
	case a.Explicit:
		f.Kind = KindExplicitParameters
	case a.Type == TypeEC && a.Curve == "":
		return unparsableKey("missing-curve")
	case a.Type == TypeEC && !slices.Contains(goCurves, a.Curve):
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
	numbers := b.der
	if b.is == pkcs8 {
		numbers = b.parts[2].Bytes
	}
	var key any
	var err error
	switch {
	case alg.Type == TypeRSA, alg.Type == TypeRSAPSS:
		// Past the PKCS#8 wrapping, since Go does not know id-RSASSA-PSS.
		inner := outline(numbers)
		if inner.is != pkcs1 {
			return nil, unparsableKey("bad-der")
		}
		if fault := judgeExponent(inner, alg.Type); fault != nil {
			return nil, fault
		}
		key, err = x509.ParsePKCS1PrivateKey(numbers)
	case b.is == sec1:
		key, err = x509.ParseECPrivateKey(b.der)
	default:
		key, err = x509.ParsePKCS8PrivateKey(b.der)
	}
	signer, ok := key.(crypto.Signer)
	if err != nil || !ok || !agrees(signer, numbers, alg) {
		// The parser's own words stay out: they may quote what they read.
		return nil, unparsableKey("inconsistent")
	}
	return signer, nil
}

// agrees reports whether all that the DER says is what was read: Go leaves out of
// account the public point and the curve inside of an EC key, and prime factors
// of RSA beyond two.
func agrees(signer crypto.Signer, numbers []byte, alg algorithm) bool {
	switch k := signer.(type) {
	case *rsa.PrivateKey:
		return bytes.Equal(x509.MarshalPKCS1PrivateKey(k), numbers)
	case *ecdsa.PrivateKey:
		point, err := k.PublicKey.Bytes()
		if err != nil {
			return false
		}
		var sequence asn1.RawValue
		if rest, err := asn1.Unmarshal(numbers, &sequence); err != nil || len(rest) > 0 {
			return false
		}
		parts, whole := children(sequence.Bytes)
		if !whole || len(parts) < 2 {
			return false
		}
		for _, part := range parts[2:] { // behind version and private key
			inner, ok := children(part.Bytes)
			switch {
			case tagLetter(part) != '0' && tagLetter(part) != '1': // Go passes over what it does not know
				return false
			case !ok || len(inner) != 1:
				return false
			case tagLetter(part) == '0':
				var again algorithm
				if again.setCurve(inner[0]); again.Curve != alg.Curve {
					return false
				}
			case !isPoint(inner[0], point):
				return false
			}
		}
	}
	return true
}

// isPoint reports whether a BIT STRING is the point (SEC 1, 2.3.3), whole or
// compressed to its first half and a sign.
func isPoint(v asn1.RawValue, point []byte) bool {
	var bits asn1.BitString
	if _, err := asn1.Unmarshal(v.FullBytes, &bits); err != nil || len(bits.Bytes) == 0 {
		return false
	}
	half := 1 + (len(point)-1)/2
	compressed := append([]byte{2 + point[len(point)-1]&1}, point[1:half]...)
	return bytes.Equal(bits.Bytes, point) || bytes.Equal(bits.Bytes, compressed)
}

// maxGoExponent is the largest public exponent that Go calculates with.
const maxGoExponent = 1<<31 - 1

// judgeExponent says why no library of good sense signs with the public exponent
// of a PKCS#1 private key; nil if Go does.
func judgeExponent(b blob, typ string) *Fault {
	e := new(big.Int)
	if _, err := asn1.Unmarshal(b.parts[2].FullBytes, &e); err != nil {
		return unparsableKey("bad-der")
	}
	f := (&Fault{Object: ObjectKey, Kind: KindExponentUnusual}).with("type", typ)
	switch {
	case e.Cmp(big.NewInt(1)) == 0:
		f.Reason = "one"
	case e.Sign() <= 0, e.Bit(0) == 0:
		f.Reason = "even"
	case e.Cmp(big.NewInt(maxGoExponent)) > 0:
		f.Reason = "too-large"
		return f.with("exponent_bits", e.BitLen())
	default:
		return nil
	}
	return f
}

// New makes a Key of a signer; encoding says what it was wrapped in. The error is
// that of a type of key that has no SubjectPublicKeyInfo.
func New(signer crypto.Signer, encoding string) (*Key, error) {
	return newKey(signer, algorithm{}, encoding)
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
