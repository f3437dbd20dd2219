//go:build e2e

package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// made is what certgen says of what it made: the part of its document that these
// tests read.
type made struct {
	KeyPath         string `json:"key_path"`
	CertificatePath string `json:"certificate_path"`
	DERPath         string `json:"der_path"`
	CertificateID   string `json:"certificate_id"`
	Subject         string `json:"subject"`
	NotBefore       string `json:"not_before"`
	NotAfter        string `json:"not_after"`
	Encrypted       bool   `json:"encrypted"`
}

func certgen(t *testing.T, args ...string) made {
	t.Helper()
	r := nsauth(t, append(append([]string{"certgen"}, args...), "-o", "json")...)
	var m made
	if r.exit != 0 || json.Unmarshal(r.stdout, &m) != nil {
		t.Fatal(r)
	}
	return m
}

// keyTypes are those that certgen makes, with an algorithm of each.
var keyTypes = map[string]string{"rsa-4096": "PS256", "rsa-3072": "PS512", "p-256": "ES256", "p-384": "ES384", "p-521": "ES512"}

// TestCertgenReaders: openssl, jose and Java's keytool read everything that
// certgen writes: keys of every type, plain and behind a passphrase, and
// certificates in PEM and DER. They find in it what certgen says.
func TestCertgenReaders(t *testing.T) {
	t.Parallel()
	pass := write(t, "passphrase", []byte(passphrase+"\n"))
	type jobs struct {
		Name       string `json:"name"`
		Alg        string `json:"alg"`
		Key        string `json:"key"`
		Passphrase string `json:"passphrase"`
		PEM        string `json:"pem"`
		DER        string `json:"der"`
	}
	var cases []jobs
	all := map[string]made{}
	for keyType, alg := range keyTypes {
		for _, encrypted := range []bool{false, true} {
			name := keyType
			args := []string{"--key-type", keyType, "--out", t.TempDir(), "--der", "--days", "30",
				"--subject", `CN=ERP\, nightly,O=Müller & Söhne,C=DE`}
			if encrypted {
				name += " encrypted"
				args = append(args, "--encrypt", "--passphrase-file", pass)
			}
			m := certgen(t, args...)
			all[name] = m
			j := jobs{Name: name, Alg: alg, Key: string(read(t, m.KeyPath)), PEM: string(read(t, m.CertificatePath)),
				DER: base64.StdEncoding.EncodeToString(read(t, m.DERPath))}
			if encrypted {
				j.Passphrase = passphrase
			}
			cases = append(cases, j)
		}
	}

	var answers []struct {
		Name, Error string
		Verified    bool
		X5tS256     string `json:"x5tS256"`
		SameDER     bool   `json:"sameDER"`
		Subject     string
		ValidTo     time.Time `json:"validTo"`
	}
	script(t, cases, &answers, node(t, "certgen.mjs")...)
	if len(answers) != len(cases) || len(cases) != 10 {
		t.Fatalf("%d answers to %d cases", len(answers), len(cases))
	}
	for _, a := range answers {
		m := all[a.Name]
		if a.Error != "" || !a.Verified || !a.SameDER || a.X5tS256 != m.CertificateID ||
			a.ValidTo.UTC().Format(time.RFC3339) != m.NotAfter || !strings.Contains(a.Subject, "CN=ERP\\, nightly") {
			t.Errorf("jose and Node.js: %+v, certgen: %+v", a, m)
		}
	}

	for name, m := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// openssl checks the numbers, also behind the passphrase, and not without it.
			if out := openssl(t, nil, "pkey", "-in", m.KeyPath, "-passin", "file:"+pass, "-check", "-noout"); !bytes.Contains(out, []byte("Key is valid")) {
				t.Errorf("openssl pkey -check: %s", out)
			}
			if m.Encrypted != strings.HasSuffix(name, " encrypted") {
				t.Errorf("encrypted: %t", m.Encrypted)
			}
			if wrong := run(t, nil, nil, "openssl", "pkey", "-in", m.KeyPath, "-passin", "pass:another", "-noout"); (wrong.exit != 0) != m.Encrypted {
				t.Errorf("with another passphrase: %v", wrong)
			}
			if m.Encrypted {
				text := openssl(t, nil, "asn1parse", "-in", m.KeyPath)
				for _, want := range []string{"PBES2", "PBKDF2", "hmacWithSHA256", "aes-256-cbc"} {
					if !bytes.Contains(text, []byte(want)) {
						t.Errorf("openssl asn1parse has no %s:\n%s", want, text)
					}
				}
			}
			private := openssl(t, nil, "pkey", "-in", m.KeyPath, "-passin", "file:"+pass, "-pubout")
			for form, path := range map[string]string{"PEM": m.CertificatePath, "DER": m.DERPath} {
				if got := openssl(t, nil, "x509", "-inform", form, "-in", path, "-noout", "-pubkey"); !bytes.Equal(got, private) {
					t.Errorf("%s: the certificate holds another public key", form)
				}
			}
			if got := certificateID(t, m.DERPath); got != m.CertificateID {
				t.Errorf("the Certificate ID by openssl is %q, by certgen %q", got, m.CertificateID)
			}
			subject := string(openssl(t, nil, "x509", "-in", m.CertificatePath, "-noout", "-subject", "-nameopt", "RFC2253,-esc_msb,utf8"))
			if got := strings.TrimSpace(strings.TrimPrefix(subject, "subject=")); got != `CN=ERP\, nightly,O=Müller & Söhne,C=DE` {
				t.Errorf("the subject by openssl is %q", got)
			}

			// The end: openssl takes it for over one second after, and not one before.
			end, err := time.Parse(time.RFC3339, m.NotAfter)
			if err != nil {
				t.Fatal(err)
			}
			begin, err := time.Parse(time.RFC3339, m.NotBefore)
			if err != nil || end.Sub(begin) != 30*24*time.Hour {
				t.Errorf("from %s to %s (%v)", m.NotBefore, m.NotAfter, err)
			}
			const slack = 30 * time.Second // for a loaded machine
			for _, at := range []struct {
				offset time.Duration
				exit   int
			}{{-slack, 0}, {slack, 1}} {
				seconds := int(time.Until(end.Add(at.offset)).Seconds())
				if r := run(t, nil, nil, "openssl", "x509", "-in", m.CertificatePath, "-noout", "-checkend", strconv.Itoa(seconds)); r.exit != at.exit {
					t.Errorf("%v from the end, want exit %d: %v", at.offset, at.exit, r)
				}
			}
			if early := time.Since(begin); early < 4*time.Minute || early > time.Hour {
				t.Errorf("the certificate began %v ago, want five minutes", early)
			}
			serial := strings.TrimSpace(string(openssl(t, nil, "x509", "-in", m.CertificatePath, "-noout", "-serial")))
			if !regexp.MustCompile(`^serial=[4-7][0-9A-F]{31}$`).MatchString(serial) {
				t.Errorf("%s: want a positive number of 16 octets", serial)
			}
		})
	}

	// Java imports both forms, and computes the same fingerprint.
	keytool := program(t, "keytool")
	store := filepath.Join(t.TempDir(), "store.p12")
	for name, m := range all {
		for _, path := range []string{m.CertificatePath, m.DERPath} {
			alias := strings.ReplaceAll(name, " ", "-") + filepath.Ext(path)
			r := run(t, nil, os.Environ(), keytool, "-importcert", "-noprompt", "-file", path, "-keystore", store, "-storepass", "changeit", "-alias", alias)
			if r.exit != 0 {
				t.Errorf("%s: %v", alias, r)
			}
		}
		if strings.HasSuffix(name, " encrypted") {
			continue // the certificate is of the same kind
		}
		r := run(t, nil, os.Environ(), keytool, "-list", "-v", "-keystore", store, "-storepass", "changeit", "-alias", name+".pem")
		want := strings.TrimSpace(opensslFingerprint(t, "PEM", m.CertificatePath))
		if r.exit != 0 || !bytes.Contains(r.stdout, []byte("SHA256: "+want)) {
			t.Errorf("%s: no fingerprint %s: %v", name, want, r)
		}
	}
}

// TestCertgenForOpensslKeys: a certificate for a key that openssl made, of every
// kind that NetSuite takes, is one that openssl takes for it.
func TestCertgenForOpensslKeys(t *testing.T) {
	for name, key := range map[string]string{
		"RSA": makeRSA(t, 3072), "P-521": makeEC(t, "P-521"),
		"RSA-PSS": makeKey(t, "RSA-PSS", "rsa_keygen_bits:3072", "rsa_pss_keygen_md:sha384", "rsa_pss_keygen_mgf1_md:sha384", "rsa_pss_keygen_saltlen:48"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := read(t, key)
			m := certgen(t, "--for-key", key, "--out", t.TempDir())
			if out := openssl(t, nil, "verify", "-CAfile", m.CertificatePath, m.CertificatePath); !strings.HasSuffix(strings.TrimSpace(string(out)), ": OK") {
				t.Errorf("openssl verify: %s", out)
			}
			modulus := func(args ...string) string {
				return string(openssl(t, nil, append(args, "-noout")...))
			}
			if name != "P-521" {
				if a, b := modulus("x509", "-modulus", "-in", m.CertificatePath), modulus("rsa", "-modulus", "-in", key); a != b {
					t.Errorf("another modulus:\n%s%s", a, b)
				}
			} else if !bytes.Equal(openssl(t, nil, "x509", "-in", m.CertificatePath, "-noout", "-pubkey"), publicPEM(t, key)) {
				t.Error("another public key")
			}
			if !bytes.Equal(before, read(t, key)) {
				t.Error("the key was changed")
			}
			entries, err := os.ReadDir(filepath.Dir(m.CertificatePath))
			if err != nil || len(entries) != 1 {
				t.Errorf("%v, %v: want the certificate alone", entries, err)
			}
		})
	}
}
