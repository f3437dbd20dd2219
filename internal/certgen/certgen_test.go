package certgen_test

import (
	"crypto/x509"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/certgen"
	"github.com/nsauth/nsauth/internal/keys"
)

// A generated key and its certificate, of every type, are what NetSuite takes
// and read back as what they are.
func TestGenerate(t *testing.T) {
	signatures := map[certgen.KeyType]x509.SignatureAlgorithm{
		certgen.RSA4096: x509.SHA256WithRSA, certgen.RSA3072: x509.SHA256WithRSA,
		certgen.P256: x509.ECDSAWithSHA256, certgen.P384: x509.ECDSAWithSHA384, certgen.P521: x509.ECDSAWithSHA512,
	}
	for _, keyType := range certgen.KeyTypes() {
		t.Run(string(keyType), func(t *testing.T) {
			t.Parallel()
			if testing.Short() && strings.HasPrefix(string(keyType), "rsa") {
				t.Skip("makes an RSA key, which takes seconds")
			}
			key, err := certgen.Generate(keyType, nil)
			if err != nil {
				t.Fatal(err)
			}
			noFaults(t, key.Judge())
			text, err := key.PKCS8PEM()
			if err != nil {
				t.Fatal(err)
			}
			again, err := (&keys.Loader{Stdin: strings.NewReader(text.Reveal())}).Key(t.Context(), keys.Source{Name: "-"})
			if err != nil {
				t.Fatal(err)
			}
			if again.Encoding != "PKCS#8 PEM" || again.SPKISHA256() != key.SPKISHA256() {
				t.Errorf("read back: %v", again)
			}
			if size := strings.ToLower(key.Type + "-" + again.Curve); !strings.Contains(size, strings.TrimSuffix(string(keyType), "-4096")) && key.Bits != 3072 && key.Bits != 4096 {
				t.Errorf("%s gave %v", keyType, key)
			}

			cert, err := certgen.SelfSign(key, certgen.CertificateTemplate{Subject: "nsauth test", NotBefore: now.Add(123 * time.Millisecond), Days: 730}, nil)
			if err != nil {
				t.Fatal(err)
			}
			noFaults(t, cert.Judge(now))
			if !cert.BelongsTo(again) {
				t.Error("the certificate does not belong to the key")
			}
			if cert.ValidityDays() != 730 || cert.DaysLeft(now) != 730 || !cert.X509.NotBefore.Equal(now) {
				t.Errorf("%d days from %v", cert.ValidityDays(), cert.X509.NotBefore)
			}
			x := cert.X509
			if x.Version != 3 || x.Subject.CommonName != "nsauth test" || x.Issuer.CommonName != "nsauth test" ||
				x.SignatureAlgorithm != signatures[keyType] || len(x.SubjectKeyId) == 0 || len(x.SerialNumber.Bytes()) != 16 {
				t.Errorf("version %d, subject %v, issuer %v, %v, serial %x", x.Version, x.Subject, x.Issuer, x.SignatureAlgorithm, x.SerialNumber)
			}
			if err := x.CheckSignatureFrom(x); err != nil {
				t.Errorf("its own signature: %v", err)
			}
			read, err := keys.ParseCertificate(cert.PEM())
			if err != nil {
				t.Fatal(err)
			}
			if read.ID() != cert.ID() {
				t.Errorf("ID is %s, read back %s", cert.ID(), read.ID())
			}
		})
	}
}

func TestParseKeyType(t *testing.T) {
	for _, want := range certgen.KeyTypes() {
		if got, err := certgen.ParseKeyType(string(want)); err != nil || got != want {
			t.Errorf("%s: %s, %v", want, got, err)
		}
	}
	for _, name := range []string{"", "rsa", "rsa-2048", "RSA-4096", "p-224"} {
		_, err := certgen.ParseKeyType(name)
		if err == nil || !strings.Contains(err.Error(), "rsa-4096, rsa-3072, p-256, p-384, p-521") {
			t.Errorf("%q: error %v does not list the names", name, err)
		}
	}
	if _, err := certgen.Generate("rsa-2048", nil); err == nil {
		t.Error("a key that NetSuite refuses was made")
	}
}

func TestSelfSignRefuses(t *testing.T) {
	key := loadKey(t, "ec-p256.pem")
	good := certgen.CertificateTemplate{Subject: "nsauth", NotBefore: now, Days: 1}
	for name, change := range map[string]func(*certgen.CertificateTemplate){
		"no subject":    func(c *certgen.CertificateTemplate) { c.Subject = "" },
		"long subject":  func(c *certgen.CertificateTemplate) { c.Subject = strings.Repeat("é", 65) },
		"no days":       func(c *certgen.CertificateTemplate) { c.Days = 0 },
		"negative days": func(c *certgen.CertificateTemplate) { c.Days = -1 },
		"731 days":      func(c *certgen.CertificateTemplate) { c.Days = keys.MaxValidityDays + 1 },
	} {
		template := good
		change(&template)
		if _, err := certgen.SelfSign(key, template, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := certgen.SelfSign(&keys.Key{}, good, nil); err == nil {
		t.Error("signed without a key")
	}
	broken := errors.New("no entropy")
	if _, err := certgen.SelfSign(key, good, failing{broken}); !errors.Is(err, broken) {
		t.Errorf("error is %v, want %v", err, broken)
	}
	good.Subject = strings.Repeat("é", 64)
	if _, err := certgen.SelfSign(key, good, nil); err != nil {
		t.Errorf("64 characters: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

var _ io.Reader = failing{}

// How long a key of 4096 bits takes; the search for primes makes single runs
// differ tenfold, so compare medians of many.
func BenchmarkGenerateRSA4096(b *testing.B) {
	for b.Loop() {
		if _, err := certgen.Generate(certgen.RSA4096, nil); err != nil {
			b.Fatal(err)
		}
	}
}
