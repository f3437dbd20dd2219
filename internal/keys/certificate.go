package keys

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"math"
	"slices"
	"time"
)

// Certificate is an X.509 certificate, as NetSuite holds one per mapping.
type Certificate struct {
	Path     string   // the file that it was read from; "" otherwise
	From     string   // any other source: "standard input", "$NAME"; "" otherwise
	Type     string   // of its key: TypeRSA, TypeRSAPSS, TypeEC, TypeEd25519, or another name or OID
	Curve    string   // EC: "P-256", "P-384", ...; "" otherwise
	Encoding string   // "PEM", "DER", "PKCS#12", "JWK" or "generated"
	Bits     int      // of the modulus or the curve; 0 for types that Go does not know
	DER      []byte   // the certificate alone
	Repairs  []Repair // what was repaired to read it, most severe first
	Position int      // among the certificates of the file, from 1; 0 without a file
	Count    int      // of certificates in the file
	X509     *x509.Certificate
	PSSHash  crypto.Hash // RSA-PSS: the one hash that its key may be used with; 0 means any

	public    crypto.PublicKey
	signature algorithm
}

// ParseCertificate reads the first X.509 certificate in data: PEM, DER, the x5c of
// a JSON Web Key, or a PKCS#12 file without a passphrase. The error is a *Fault:
//
//   - KindNotACertificate: private-key, public-key, openssh-public-key,
//     certificate-request, certificate-revocation-list, parameters, jwk, html,
//     word-document, zip, rich-text, pdf
//   - KindKeyUnsupported: explicit-parameters or curve-unsupported, for EC keys
//     that Go cannot read a certificate of
//   - KindUnparsable: another format (pkcs7, pkcs12, java-keystore, json, pgp) or
//     the damage of a private key
func ParseCertificate(data []byte) (*Certificate, error) {
	cert, fault := parseCertificate(data, nil, nil)
	if fault != nil {
		return nil, fault
	}
	return cert, nil
}

// parseCertificate returns the certificate that belongs to k, else the first.
func parseCertificate(data []byte, k *Key, unlock passphraseFinder) (*Certificate, *Fault) {
	found, applied, fault := scanCertificates(data, unlock)
	if fault != nil {
		return nil, fault
	}
	chosen := pick(ObjectCertificate, found)
	cert, fault := readCertificate(chosen)
	var all []blob
	for _, b := range found {
		if b.claims(ObjectCertificate) {
			all = append(all, b)
		}
	}
	for _, b := range all {
		if k == nil || fault == nil && cert.BelongsTo(k) {
			break
		}
		if c, bad := readCertificate(b); bad == nil && c.BelongsTo(k) {
			cert, fault, chosen = c, nil, b
		}
	}
	if fault != nil {
		if fault.Reason == string(publicKey) && chosen.isPublicHalfOf(k) {
			fault.Reason = "public-half"
			fault.with("key", k.Path)
		}
		return nil, fault
	}
	cert.Repairs, cert.Count = applied.list(), len(all)
	cert.Position = 1 + slices.IndexFunc(all, func(b blob) bool { return bytes.Equal(b.der, chosen.der) })
	return cert, nil
}

// isPublicHalfOf reports whether b, a public key in PEM or DER, is that of k.
func (b blob) isPublicHalfOf(k *Key) bool {
	public, err := x509.ParsePKIXPublicKey(b.der)
	if err != nil {
		public, err = x509.ParsePKCS1PublicKey(b.der)
	}
	key, ok := public.(interface{ Equal(crypto.PublicKey) bool })
	return err == nil && ok && k.Public() != nil && key.Equal(k.Public())
}

// scanCertificates is scan that also opens a PKCS#12 file.
func scanCertificates(data []byte, unlock passphraseFinder) ([]blob, repairs, *Fault) {
	found, applied := scan(data)
	if first := pick(ObjectCertificate, found); first.is == pkcs12 && first.isEncrypted() {
		inside, _, fault := first.open(ObjectCertificate, unlock)
		return inside, applied, fault
	}
	return found, applied, nil
}

func readCertificate(b blob) (*Certificate, *Fault) {
	if fault := b.fault(ObjectCertificate); fault != nil {
		return nil, fault
	}
	spki := publicKeyInfo(b)
	alg := algorithmOf(spki[0].Bytes)
	if fault := alg.fault(); fault != nil && (fault.Kind == KindExplicitParameters || fault.Kind == KindCurveUnsupported) {
		fault.Object, fault.Kind, fault.Reason = ObjectCertificate, KindKeyUnsupported, string(fault.Kind)
		return nil, fault
	}
	cert, err := x509.ParseCertificate(b.der)
	if err != nil {
		// The parser's error may quote the file, so it is not passed on.
		return nil, &Fault{Object: ObjectCertificate, Kind: KindUnparsable, Reason: "bad-der"}
	}
	public := cert.PublicKey
	if alg.Type == TypeRSA || alg.Type == TypeRSAPSS {
		if public, err = rsaPublicKey(spki[1]); err != nil {
			return nil, &Fault{Object: ObjectCertificate, Kind: KindUnparsable, Reason: "bad-der"}
		}
	}
	_, curve, bits := describe(public)
	return &Certificate{
		Type: alg.Type, Curve: curve, Bits: bits, Encoding: b.armour, DER: cert.Raw, X509: cert,
		PSSHash: alg.PSSHash, public: public, signature: algorithmOf(b.parts[1].Bytes),
	}, nil
}

// rsaPublicKey reads the key of a SubjectPublicKeyInfo, also with id-RSASSA-PSS, which
// Go does not know. Bytes after the exponent are an error: Go ignores them, other
// programs reject them.
func rsaPublicKey(key asn1.RawValue) (crypto.PublicKey, error) {
	var bits asn1.BitString
	if _, err := asn1.Unmarshal(key.FullBytes, &bits); err != nil {
		return nil, err
	}
	public, err := x509.ParsePKCS1PublicKey(bits.Bytes)
	if err == nil && !bytes.Equal(x509.MarshalPKCS1PublicKey(public), bits.Bytes) {
		err = errors.New("data after modulus and exponent")
	}
	return public, err
}

// publicKeyInfo returns the two parts of a certificate's SubjectPublicKeyInfo,
// algorithm and key, which Go omits for types that it does not know. It follows
// version (absent in v1), serial, signature, issuer, validity and subject.
func publicKeyInfo(b blob) [2]asn1.RawValue {
	tbs, _ := children(b.parts[0].Bytes)
	at := 5
	if tagLetter(tbs[0]) == '0' {
		at++
	}
	var info [2]asn1.RawValue
	parts, _ := children(tbs[at].Bytes)
	copy(info[:], parts)
	return info
}

// CertificateID returns NetSuite's Certificate ID of a certificate in DER: the
// unpadded base64url of its SHA-256, which is also x5t#S256 of RFC 7515, 4.1.8.
// Oracle does not document this; it follows from the certificate and ID that
// Oracle NetSuite Help prints together on page article_0209112025.
func CertificateID(der []byte) string {
	sum := sha256.Sum256(der)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// ID returns the Certificate ID that NetSuite gives this certificate.
func (c *Certificate) ID() string { return CertificateID(c.DER) }

// SHA256 returns the fingerprint that "openssl x509 -fingerprint -sha256" shows,
// in lower-case hex without colons: the bytes of ID.
func (c *Certificate) SHA256() string {
	sum := sha256.Sum256(c.DER)
	return hex.EncodeToString(sum[:])
}

// PEM returns the certificate as one PEM block.
func (c *Certificate) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.DER})
}

// Subject is the subject of the certificate as RFC 4514 writes it, each value a part
// of its own: [pkix.Name] joins values of the same attribute.
func (c *Certificate) Subject() string {
	var name pkix.RDNSequence
	if _, err := asn1.Unmarshal(c.X509.RawSubject, &name); err != nil {
		return c.X509.Subject.String()
	}
	return name.String()
}

// Public returns the certificate's public key. It has RSA-PSS keys too, which are
// missing in X509. It is nil for types that Go does not know.
func (c *Certificate) Public() crypto.PublicKey {
	if c == nil {
		return nil
	}
	return c.public
}

const secondsPerDay = 24 * 60 * 60

// ValidityDays returns the whole days from NotBefore to NotAfter.
func (c *Certificate) ValidityDays() int {
	return WholeDays(c.X509.NotBefore, c.X509.NotAfter)
}

// DaysLeft returns the whole days until the certificate expires: 0 on the last day,
// negative after that.
func (c *Certificate) DaysLeft(now time.Time) int {
	return WholeDays(now, c.X509.NotAfter)
}

// WholeDays returns the days from one time to another, rounded down. It counts in
// seconds: a time.Duration overflows after 292 years, and some certificates are
// valid longer.
func WholeDays(from, to time.Time) int {
	return int(math.Floor(float64(to.Unix()-from.Unix()) / secondsPerDay))
}

// BelongsTo reports whether the certificate is for this key: whether their public
// keys are equal.
func (c *Certificate) BelongsTo(k *Key) bool {
	public, ok := c.Public().(interface{ Equal(crypto.PublicKey) bool })
	return ok && k.Public() != nil && public.Equal(k.Public())
}
