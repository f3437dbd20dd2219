package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"time"
)

// CA is the emulator's certificate authority. Its clients must be told to trust it.
type CA struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// The TLS certificates are valid for years around now, because the clock of a client
// under test may be wrong on purpose.
const (
	tlsBefore = 5 * 365 * 24 * time.Hour
	tlsAfter  = 20 * 365 * 24 * time.Hour
)

// NewCA makes a certificate authority that is valid around now.
func NewCA(now time.Time) (*CA, error) {
	return NewNamedCA(pkix.Name{CommonName: "nsauth emulator CA", Organization: []string{"nsauth emulator"}}, now)
}

// NewNamedCA is NewCA with another name.
func NewNamedCA(name pkix.Name, now time.Time) (*CA, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("emulator: CA key: %w", err)
	}
	template := &x509.Certificate{
		Subject:               name,
		NotBefore:             now.Add(-tlsBefore),
		NotAfter:              now.Add(tlsAfter),
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("emulator: CA certificate: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	return &CA{cert, key}, err
}

// PEM is the CA's certificate for a client's trust store.
func (ca *CA) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.cert.Raw})
}

// Pool holds only the CA's certificate.
func (ca *CA) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	return pool
}

// Format keeps the private key out of every formatter.
func (ca *CA) Format(f fmt.State, _ rune) { fmt.Fprint(f, "<nsauth emulator CA>") }

// MarshalJSON keeps the private key out of every document.
func (ca *CA) MarshalJSON() ([]byte, error) { return []byte(`"<nsauth emulator CA>"`), nil }

// issue makes the server's certificate for these host names and for loopback.
func (ca *CA) issue(now, notAfter time.Time, names []string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("emulator: TLS key: %w", err)
	}
	if len(names) == 0 {
		return tls.Certificate{}, errors.New("emulator: TLS certificate without a name")
	}
	template := &x509.Certificate{
		Subject:     pkix.Name{CommonName: "nsauth emulator"},
		NotBefore:   now.Add(-tlsBefore),
		NotAfter:    notAfter,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:    names,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca.cert, key.Public(), ca.key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("emulator: TLS certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der, ca.cert.Raw}, PrivateKey: key}, nil
}
