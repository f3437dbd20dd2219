package keys_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"math/big"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/keys"
)

func oracle(name string) string { return filepath.Join("..", "..", "testdata", "oracle", name) }

// Oracle prints this certificate and its Certificate ID on one page.
func TestCertificateIDOfOracle(t *testing.T) {
	cert, err := keys.LoadCertificate(oracle("oracle-certificate.pem"))
	if err != nil {
		t.Fatal(err)
	}
	want := strings.TrimSpace(string(content(t, oracle("oracle-certificate-id.txt"))))
	if got := cert.ID(); got != want || len(got) != 43 {
		t.Errorf("ID is %s, want %s", got, want)
	}
	if got := keys.CertificateID(cert.DER); got != want {
		t.Errorf("CertificateID is %s, want %s", got, want)
	}
	// openssl x509 -fingerprint -sha256
	if got := cert.SHA256(); got != "34f3274723e0f960d684f8806e2b232a21f47ea9c1a63399dfaef00d37b4a6a0" {
		t.Errorf("fingerprint is %s", got)
	}
	if cert.Type != "EC" || cert.Curve != "P-256" || cert.Bits != 256 || cert.ValidityDays() != 30 {
		t.Errorf("certificate is %s %s %d, %d days", cert.Type, cert.Curve, cert.Bits, cert.ValidityDays())
	}
}

// The ID is of the DER: PEM, DER, line ends and neighbours make no difference.
func TestCertificateIDOfEncodings(t *testing.T) {
	want := loadCertificate(t, "ec-p256-cert.pem").ID()
	pemText := content(t, file("ec-p256-cert.pem"))
	for name, data := range map[string][]byte{
		"DER":             content(t, file("ec-p256-cert.der")),
		"DER and newline": append(content(t, file("ec-p256-cert.der")), '\n'),
		"bundle":          content(t, file("ec-p256-bundle.pem")),
		"CRLF":            bytes.ReplaceAll(pemText, []byte("\n"), []byte("\r\n")),
		"text before":     append([]byte("subject=CN = x\n"), pemText...),
		"old label":       bytes.ReplaceAll(pemText, []byte(" CERTIFICATE"), []byte(" X509 CERTIFICATE")),
		"written again":   loadCertificate(t, "ec-p256-cert.der").PEM(),
	} {
		cert, err := keys.ParseCertificate(data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if cert.ID() != want {
			t.Errorf("%s: ID is %s, want %s", name, cert.ID(), want)
		}
	}
}

func TestLoadCertificate(t *testing.T) {
	tests := []struct {
		file     string
		typ      string
		curve    string
		bits     int
		encoding string
		days     int
		faults   []string
	}{
		{"rsa-2048-cert.pem", "RSA", "", 2048, "PEM", 730, []string{"key-unsupported/rsa-too-small"}},
		{"rsa-3072-cert.pem", "RSA", "", 3072, "PEM", 730, nil},
		{"rsa-4096-cert.pem", "RSA", "", 4096, "PEM", 730, nil},
		{"rsa-3072-sha1-cert.pem", "RSA", "", 3072, "PEM", 730, []string{"sha1-signature"}},
		{"rsa-pss-3072-cert.pem", "RSA-PSS", "", 3072, "PEM", 730, nil},
		{"rsa-pss-3072-sha1-cert.pem", "RSA-PSS", "", 3072, "PEM", 730, []string{"sha1-signature"}},
		{"rsa-pss-3072-saltlen-cert.pem", "RSA-PSS", "", 3072, "PEM", 730, nil},
		{"ec-p224-cert.pem", "EC", "P-224", 224, "PEM", 730, []string{"key-unsupported/curve-unsupported"}},
		{"ec-p256-cert.pem", "EC", "P-256", 256, "PEM", 730, nil},
		{"ec-p256-cert.der", "EC", "P-256", 256, "DER", 730, nil},
		{"ec-p256-v1-cert.pem", "EC", "P-256", 256, "PEM", 730, nil},
		{"ec-p384-cert.pem", "EC", "P-384", 384, "PEM", 730, nil},
		{"ec-p521-cert.pem", "EC", "P-521", 521, "PEM", 730, nil},
		{"ec-p256-expired-cert.pem", "EC", "P-256", 256, "PEM", 730, []string{"expired"}},
		{"ec-p256-future-cert.pem", "EC", "P-256", 256, "PEM", 730, []string{"not-yet-valid"}},
		{"ec-p256-five-years-cert.pem", "EC", "P-256", 256, "PEM", 1825, []string{"validity-too-long"}},
		{"ed25519-cert.pem", "Ed25519", "", 256, "PEM", 730, []string{"key-unsupported/type-unsupported"}},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			cert := loadCertificate(t, tt.file)
			if cert.Type != tt.typ || cert.Curve != tt.curve || cert.Bits != tt.bits || cert.Encoding != tt.encoding {
				t.Errorf("certificate is %s %q %d %q", cert.Type, cert.Curve, cert.Bits, cert.Encoding)
			}
			if cert.ValidityDays() != tt.days {
				t.Errorf("%d days, want %d", cert.ValidityDays(), tt.days)
			}
			if cert.Public() == nil {
				t.Error("no public key")
			}
			wantKinds(t, cert.Judge(now), tt.faults...)
			for _, f := range cert.Judge(now) {
				if f.Object != keys.ObjectCertificate || f.Evidence["path"] != cert.Path {
					t.Errorf("fault %v has object %q and evidence %v", f, f.Object, f.Evidence)
				}
			}
		})
	}
}

func TestLoadCertificateFaults(t *testing.T) {
	tests := []struct {
		file   string
		kind   keys.Kind
		reason string
	}{
		{"ec-p256.pem", keys.KindNotACertificate, "private-key"},
		{"ec-p256-sec1.pem", keys.KindNotACertificate, "private-key"},
		{"ec-p256-params-sec1.pem", keys.KindNotACertificate, "private-key"},
		{"ec-p256-pkcs8.der", keys.KindNotACertificate, "private-key"},
		{"rsa-3072-pkcs1.pem", keys.KindNotACertificate, "private-key"},
		{"ec-p256-encrypted-pkcs8.pem", keys.KindNotACertificate, "private-key"},
		{"ec-p256-encrypted-rfc1423.pem", keys.KindNotACertificate, "private-key"},
		{"ec-p256-public.pem", keys.KindNotACertificate, "public-key"},
		{"rsa-3072-pkcs1-public.pem", keys.KindNotACertificate, "public-key"},
		{"ec-p256-request.pem", keys.KindNotACertificate, "certificate-request"},
		{"ec-p256-pkcs7.pem", keys.KindUnparsable, "pkcs7"},
		{"ec-p256.p12", keys.KindUnparsable, "pkcs12-encrypted"},
		{"ec-p256-explicit-cert.pem", keys.KindKeyUnsupported, "explicit-parameters"},
		{"ec-secp256k1-cert.pem", keys.KindKeyUnsupported, "curve-unsupported"},
		{"make.sh", keys.KindUnparsable, "no-pem"},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			cert, err := keys.LoadCertificate(file(tt.file))
			wantFault(t, err, keys.ObjectCertificate, tt.kind, tt.reason)
			if cert != nil {
				t.Error("a certificate came with the fault")
			}
		})
	}
	text := content(t, file("ec-p256-cert.pem"))
	der := content(t, file("ec-p256-cert.der"))
	for reason, data := range map[string][]byte{
		"empty":               nil,
		"truncated":           text[:len(text)/2],
		"no-pem":              []byte("\xfe\xff\x00-"),
		"trailing-data":       append(bytes.Clone(der), 1),
		"bad-der":             bytes.Replace(der, []byte{0x17, 0x0d}, []byte{0x17, 0x0c}, 1), // a date that is none
		"wrong-label":         bytes.ReplaceAll(text, []byte(" CERTIFICATE"), []byte(" X509 CRL")),
		"trusted-certificate": bytes.ReplaceAll(text, []byte(" CERTIFICATE"), []byte(" TRUSTED CERTIFICATE")),
	} {
		_, err := keys.ParseCertificate(data)
		wantFault(t, err, keys.ObjectCertificate, keys.KindUnparsable, reason)
	}
	// An exponent of one byte, with two bytes after it.
	for _, name := range []string{"rsa-3072-cert.pem", "rsa-pss-3072-cert.pem"} {
		der := loadCertificate(t, name).DER
		_, err := keys.ParseCertificate(bytes.Replace(der, []byte{2, 3, 1, 0, 1}, []byte{2, 1, 3, 0, 1}, 1))
		wantFault(t, err, keys.ObjectCertificate, keys.KindUnparsable, "bad-der")
	}
}

func TestParseRevocationList(t *testing.T) {
	issuer := *loadCertificate(t, "ec-p256-cert.pem").X509
	issuer.KeyUsage = x509.KeyUsageCRLSign
	list := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: now, NextUpdate: now}
	der, err := x509.CreateRevocationList(rand.Reader, list, &issuer, loadKey(t, "ec-p256.pem").Signer())
	if err != nil {
		t.Fatal(err)
	}
	_, err = keys.ParseCertificate(der)
	wantFault(t, err, keys.ObjectCertificate, keys.KindNotACertificate, "certificate-revocation-list")
	_, err = keys.ParseKey(der)
	wantFault(t, err, keys.ObjectKey, keys.KindNotAPrivateKey, "certificate-revocation-list")
}

// The dates at their very seconds. RFC 5280, 4.1.2.5 counts both ends as valid.
func TestCertificateDates(t *testing.T) {
	cert := loadCertificate(t, "ec-p256-cert.pem")
	from, to := cert.X509.NotBefore, cert.X509.NotAfter
	tests := []struct {
		name     string
		now      time.Time
		faults   []string
		daysLeft int
	}{
		{"a second before", from.Add(-time.Second), []string{"not-yet-valid"}, 730},
		{"the first second", from, nil, 730},
		{"31 days left", to.AddDate(0, 0, -31), nil, 31},
		{"30 days left", to.AddDate(0, 0, -30), nil, 30},
		{"half a day left", to.Add(-12 * time.Hour), nil, 0},
		{"the last second", to, nil, 0},
		{"a second later", to.Add(time.Second), []string{"expired"}, -1},
		{"two days later", to.AddDate(0, 0, 2), []string{"expired"}, -2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wantKinds(t, cert.Judge(tt.now), tt.faults...)
			if got := cert.DaysLeft(tt.now); got != tt.daysLeft {
				t.Errorf("%d days left, want %d", got, tt.daysLeft)
			}
		})
	}
	// A year that a time.Duration does not reach.
	forever := *cert.X509
	forever.NotAfter = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	long := *cert
	long.X509 = &forever
	if got := long.ValidityDays(); got != 2912199 {
		t.Errorf("%d days until the year 9999", got)
	}
}

func TestBelongsTo(t *testing.T) {
	names := []string{"rsa-2048", "rsa-3072", "rsa-4096", "rsa-pss-3072", "ec-p224", "ec-p256", "ec-p256-other", "ec-p384", "ec-p521", "ed25519"}
	for _, certName := range names {
		cert := loadCertificate(t, certName+"-cert.pem")
		for _, keyName := range names {
			if got, want := cert.BelongsTo(loadKey(t, keyName+".pem")), certName == keyName; got != want {
				t.Errorf("certificate of %s belongs to %s: %v", certName, keyName, got)
			}
		}
	}
	cert := loadCertificate(t, "ec-p256-cert.pem")
	if !cert.BelongsTo(loadKey(t, "ec-p256-params-sec1.pem")) {
		t.Error("the same key in SEC1 does not match")
	}
	if cert.BelongsTo(nil) || cert.BelongsTo(&keys.Key{}) || (*keys.Certificate)(nil).BelongsTo(loadKey(t, "ec-p256.pem")) {
		t.Error("something belongs to nothing")
	}
}

// signOptions are for a SHA-256 digest.
func signOptions(key *keys.Key) crypto.SignerOpts {
	if _, ok := key.Public().(*rsa.PublicKey); ok {
		return &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
	}
	return crypto.SHA256
}

func verifies(public crypto.PublicKey, digest, signature []byte) bool {
	switch public := public.(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPSS(public, crypto.SHA256, digest, signature, nil) == nil
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(public, digest, signature)
	}
	return false
}
