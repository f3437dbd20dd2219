package keys_test

import (
	"crypto"
	"crypto/x509"
	"testing"

	gopkcs12 "software.sslmate.com/src/go-pkcs12"

	"github.com/nsauth/nsauth/internal/keys"
)

// Modern and legacy PKCS#12, with and without a passphrase, with a chain.
func TestPKCS12(t *testing.T) {
	for _, name := range []string{"ec-p256", "rsa-3072"} {
		key, cert := loadKey(t, name+".pem"), loadCertificate(t, name+"-cert.pem")
		chain := []*x509.Certificate{loadCertificate(t, "ec-p384-cert.pem").X509}
		for form, encoder := range map[string]*gopkcs12.Encoder{
			"modern": gopkcs12.Modern2023, "newest": gopkcs12.Modern2026, "3DES": gopkcs12.LegacyDES, "RC2": gopkcs12.LegacyRC2,
			"no passphrase": gopkcs12.Passwordless,
		} {
			passphrase := throwaway
			if form == "no passphrase" {
				passphrase = ""
			}
			der, err := encoder.Encode(key.Signer(), cert.X509, chain, passphrase)
			if err != nil {
				t.Fatal(err)
			}
			path := write(t, name+".p12", der)
			for _, answers := range [][]string{{throwaway}, {"wrong", throwaway}} {
				p := &person{answers: answers}
				l := &keys.Loader{Ask: p.ask}
				got, err := l.Key(t.Context(), keys.Source{Name: path})
				if err != nil {
					t.Errorf("%s, %s: %v", name, form, err)
					continue
				}
				if got.SPKISHA256() != key.SPKISHA256() || got.Encoding != "PKCS#12" || got.Encrypted != (passphrase != "") {
					t.Errorf("%s, %s: %v, encrypted %v", name, form, got, got.Encrypted)
				}
				gotCert, err := l.Certificate(t.Context(), keys.Source{Name: path}, got)
				if err != nil || gotCert.ID() != cert.ID() || gotCert.Count != 2 || gotCert.Position != 1 {
					t.Errorf("%s, %s: %v, %v", name, form, gotCert, err)
				}
				if passphrase == "" && len(p.asked) > 0 {
					t.Errorf("%s, %s: asked for a passphrase", name, form)
				}
			}
		}
	}
	// Cut off at any place, it is no PKCS#12 file; it is never half of a key.
	der := content(t, file("ec-p256.p12"))
	for n := 1; n < len(der); n += 37 {
		if key, err := keys.ParseKey(der[:n]); key != nil || faultOf(t, err).Object != keys.ObjectKey {
			t.Fatalf("%d bytes: %v, %v", n, key, err)
		}
	}
}

// Of a bundle the certificate counts that belongs to the key.
func TestBundle(t *testing.T) {
	var text []byte
	names := []string{"ec-p384", "rsa-3072", "ec-p256"}
	for _, name := range names {
		text = append(text, content(t, file(name+"-cert.pem"))...)
	}
	path := write(t, "bundle.pem", text)
	for i, name := range names {
		key := loadKey(t, name+".pem")
		cert, err := (&keys.Loader{}).Certificate(t.Context(), keys.Source{Name: path}, key)
		if err != nil || !cert.BelongsTo(key) || cert.Position != i+1 || cert.Count != len(names) {
			t.Errorf("%s: %+v, %v", name, cert, err)
		}
	}
	cert, err := (&keys.Loader{}).Certificate(t.Context(), keys.Source{Name: path}, loadKey(t, "ec-p521.pem"))
	if err != nil || cert.Position != 1 {
		t.Errorf("of no key: %+v, %v", cert, err)
	}
}

// An RSA-PSS key keeps what it is restricted to, however it is wrapped.
func TestPSSHashOfEncrypted(t *testing.T) {
	for _, name := range []string{"rsa-pss-3072-sha512-encrypted.pem", "rsa-pss-3072-sha512.p12"} {
		l := &keys.Loader{Ask: (&person{answers: []string{throwaway}}).ask}
		key, err := l.Key(t.Context(), keys.Source{Name: file(name)})
		if err != nil || key.Type != keys.TypeRSAPSS || key.PSSHash != crypto.SHA512 || key.SPKISHA256() != loadKey(t, "rsa-pss-3072-sha512.pem").SPKISHA256() {
			t.Errorf("%s: %v, %v", name, key, err)
		}
	}
}
