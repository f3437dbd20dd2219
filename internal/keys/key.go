// Package keys reads private keys, which sign assertions, and the X.509 certificates
// that NetSuite holds for them.
//
// Every error is a *Fault, a kind with evidence. A Loader returns the one fault that
// makes a file unreadable; Judge lists all faults of a key or certificate that was
// read. Key material is never in a fault, and formatters and encoders never show it.
package keys

import (
	"bytes"
	"cmp"
	"context"
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

// Key is a private key that can sign. The zero Key is empty.
type Key struct {
	Path      string      // the file that it was read from; "" otherwise
	From      string      // any other source: "standard input", "$NAME"; "" otherwise
	Type      string      // TypeRSA, TypeRSAPSS, TypeEC or TypeEd25519
	Curve     string      // EC: "P-256", "P-384", ...; "" otherwise
	Bits      int         // of the modulus or the curve
	Encoding  string      // "PKCS#1 PEM", "PKCS#8 PEM", "SEC1 PEM", the same with DER, "JWK", "PKCS#12", "generated" or "sign command"
	Elsewhere bool        // a command signs with it
	Encrypted bool        // a passphrase was needed
	Opened    Passphrase  // where the passphrase came from
	Repairs   []Repair    // what was repaired to read it, most severe first
	Mode      fs.FileMode // permission bits of the file; 0 without a file
	PSSHash   crypto.Hash // RSA-PSS: the one hash that the key may be used with; 0 means any

	material *material
}

// material is what must not be shown. In an unexported field of another struct fmt
// does not call Format. It prints a pointer there as an address, but follows one
// pointer for an unsuitable verb such as %s: so the signer needs two.
type material struct {
	signer *crypto.Signer
	spki   []byte // SubjectPublicKeyInfo, DER
	keys   int    // private keys in the same file
}

// maxKeyDER bounds a private key, in bytes: the time to check an RSA key grows faster
// than its size. 16384 bits need 9.3 KB.
const maxKeyDER = 16 << 10

// encodings are the names of the structures that hold a key.
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
func parseKey(data []byte, unlock passphraseFinder) (*Key, *Fault) {
	found, applied := scan(data)
	b := pick(ObjectKey, found)
	encrypted, opened := b.isEncrypted(), Passphrase{}
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
		if !bytes.Equal(other.der, b.der) && other.claims(ObjectKey) && !other.isEncrypted() {
			key.material.keys++
		}
	}
	key.Encrypted, key.Opened, key.Repairs = encrypted && opened.From != "", opened, applied.list()
	return key, nil
}

// encoding names the structure and the encoding of a key: "PKCS#8 PEM".
func (b blob) encoding() string {
	if b.armour == "PEM" || b.armour == "DER" {
		return encodings[b.is] + " " + b.armour
	}
	return b.armour
}

func unparsableKey(reason string) *Fault {
	return &Fault{Object: ObjectKey, Kind: KindUnparsable, Reason: reason}
}

// keyAlgorithm returns the algorithm that a key states.
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

// reasonFromType returns the reason for an unsupported type: its name in lower case,
// "" for an OID.
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
		// Without its PKCS#8 structure, since Go does not know id-RSASSA-PSS.
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
	if err != nil || !ok || !matchesDER(signer, numbers, alg) {
		// The parser's error may quote the file, so it is not passed on.
		return nil, unparsableKey("inconsistent")
	}
	return signer, nil
}

// matchesDER reports whether the key that was read is all that the DER says. Go does
// not check the public point and the curve inside an EC key, and ignores more than
// two prime factors of an RSA key.
func matchesDER(signer crypto.Signer, numbers []byte, alg algorithm) bool {
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
		for _, part := range parts[2:] { // after version and private key
			inner, ok := children(part.Bytes)
			switch {
			case tagLetter(part) != '0' && tagLetter(part) != '1': // Go ignores unknown elements
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

// judgeExponent returns what is wrong with the public exponent of a PKCS#1 private
// key; nil if Go can sign with it.
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

// New makes a Key from a signer. The error is for a type of key without a
// SubjectPublicKeyInfo.
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

// In is the same key. If a command signs with it, the command ends with ctx.
func (k *Key) In(ctx context.Context) *Key {
	bound, ok := k.Signer().(interface {
		In(context.Context) crypto.Signer
	})
	if !ok {
		return k
	}
	own, signer := *k, bound.In(ctx)
	own.material = &material{&signer, k.material.spki, k.material.keys}
	return &own
}

// Public returns the public half, or nil.
func (k *Key) Public() crypto.PublicKey {
	if signer := k.Signer(); signer != nil {
		return signer.Public()
	}
	return nil
}

// SPKISHA256 returns the SHA-256 fingerprint of the public key, in hex: of its
// SubjectPublicKeyInfo in DER (RFC 5280, 4.1). That of an RSA-PSS key is the one for
// rsaEncryption, so that it depends only on the numbers.
func (k *Key) SPKISHA256() string {
	if k.Signer() == nil {
		return ""
	}
	sum := sha256.Sum256(k.material.spki)
	return hex.EncodeToString(sum[:])
}

// String says what kind of key it is, such as "RSA 4096 (PKCS#8 PEM)".
func (k Key) String() string {
	return fmt.Sprintf("%s %s (%s)", k.Type, cmp.Or(k.Curve, fmt.Sprint(k.Bits)), k.Encoding)
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
