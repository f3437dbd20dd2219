// Package certgen creates private keys of the types that NetSuite accepts, and
// self-signed certificates for them.
package certgen

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	cryptorand "crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/keys"
)

// KeyType is the name of a key type that NetSuite accepts, as in --key-type.
type KeyType string

// These are all types that NetSuite accepts (Oracle NetSuite Help, page
// subsect_162755332391).
const (
	RSA4096 KeyType = "rsa-4096"
	RSA3072 KeyType = "rsa-3072"
	P256    KeyType = "p-256"
	P384    KeyType = "p-384"
	P521    KeyType = "p-521"
)

// KeyTypes returns all key types, the default first.
func KeyTypes() []KeyType { return []KeyType{RSA4096, RSA3072, P256, P384, P521} }

// ParseKeyType reads the name of a key type. The error lists all names.
func ParseKeyType(s string) (KeyType, error) {
	names := make([]string, 0, len(KeyTypes()))
	for _, t := range KeyTypes() {
		if s == string(t) {
			return t, nil
		}
		names = append(names, string(t))
	}
	return "", fmt.Errorf("unknown key type %q: want %s", s, strings.Join(names, ", "))
}

// TypeOf returns the type of k, or "" if NetSuite does not accept it.
func TypeOf(k *keys.Key) KeyType {
	return KeyType(keys.TypeName(k.Type, k.Curve, k.Bits))
}

// Generate creates a private key of type t with generate, or with the standard
// library if generate is nil.
func Generate(t KeyType, generate func(keyType string) (crypto.Signer, error)) (*keys.Key, error) {
	if _, err := ParseKeyType(string(t)); err != nil {
		return nil, err
	}
	if generate == nil {
		generate = generateNew
	}
	signer, err := generate(string(t))
	if err != nil {
		return nil, err
	}
	return keys.New(signer, "generated")
}

func generateNew(keyType string) (crypto.Signer, error) {
	switch KeyType(keyType) {
	case RSA4096:
		return rsa.GenerateKey(cryptorand.Reader, 4096)
	case RSA3072:
		return rsa.GenerateKey(cryptorand.Reader, 3072)
	}
	curves := map[KeyType]elliptic.Curve{P256: elliptic.P256(), P384: elliptic.P384(), P521: elliptic.P521()}
	return ecdsa.GenerateKey(curves[KeyType(keyType)], cryptorand.Reader) // Generate knows the type
}

// CertificateTemplate has the values of a new certificate.
type CertificateTemplate struct {
	// Subject is a common name, "ERP sync", or a distinguished name,
	// "CN=ERP,O=Example" (RFC 4514) or "/O=Example/CN=ERP" (as openssl writes it).
	Subject   string
	NotBefore time.Time // truncated to seconds
	Days      int       // validity in days of 24 hours, 1 to keys.MaxValidityDays
}

// SelfSign creates a certificate for k, signed by k with SHA-256, or with SHA-384 and
// SHA-512 for P-384 and P-521. It has the same form as the sample on page
// article_0209112025 of Oracle NetSuite Help: version 3, a subject key identifier, and
// critical basic constraints CA:TRUE, openssl's default. rand makes the serial number
// and the signature; nil means crypto/rand. The error is a *SubjectError if the
// subject is invalid.
func SelfSign(k *keys.Key, t CertificateTemplate, rand io.Reader) (*keys.Certificate, error) {
	if k.Signer() == nil {
		return nil, errors.New("private key is missing")
	}
	name, err := subject(t.Subject)
	if err != nil {
		return nil, err
	}
	rawName, err := asn1.Marshal(name)
	if err != nil {
		return nil, err
	}
	if t.Days < 1 || t.Days > keys.MaxValidityDays {
		return nil, fmt.Errorf("invalid validity of %d days: want 1 to %d", t.Days, keys.MaxValidityDays)
	}
	if rand == nil {
		rand = cryptorand.Reader
	}
	serial, err := serialNumber(rand)
	if err != nil {
		return nil, err
	}
	from := t.NotBefore.UTC().Truncate(time.Second)
	template := &x509.Certificate{
		SerialNumber: serial,
		RawSubject:   rawName,
		NotBefore:    from,
		// Not AddDate(2, 0, 0), which is 731 days across a leap year.
		NotAfter:              from.Add(time.Duration(t.Days) * 24 * time.Hour),
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	if k.Type == keys.TypeRSAPSS { // the default, PKCS #1 v1.5, is not allowed
		template.SignatureAlgorithm = pssSignatures[k.PSSHash]
	}
	if k.Elsewhere && k.Type == keys.TypeRSA { // a key in a store is often for PSS alone
		template.SignatureAlgorithm = x509.SHA256WithRSAPSS
	}
	der, err := x509.CreateCertificate(rand, template, template, k.Public(), k.Signer())
	if err != nil {
		return nil, err
	}
	cert, err := keys.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	cert.Encoding, cert.Position = "generated", 0
	return cert, nil
}

// pssSignatures has the signature algorithm for the hash that an RSA-PSS key is
// limited to; 0 is a key without a limit.
var pssSignatures = map[crypto.Hash]x509.SignatureAlgorithm{
	0: x509.SHA256WithRSAPSS, crypto.SHA256: x509.SHA256WithRSAPSS,
	crypto.SHA384: x509.SHA384WithRSAPSS, crypto.SHA512: x509.SHA512WithRSAPSS,
}

// serialNumber returns a positive number of 16 octets with 126 random bits
// (RFC 5280, 4.1.2.2 allows 20).
func serialNumber(rand io.Reader) (*big.Int, error) {
	var b [16]byte
	if _, err := io.ReadFull(rand, b[:]); err != nil {
		return nil, err
	}
	b[0] = b[0]&0x7f | 0x40
	return new(big.Int).SetBytes(b[:]), nil
}
