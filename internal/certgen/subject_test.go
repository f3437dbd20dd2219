package certgen_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/certgen"
	"github.com/nsauth/nsauth/internal/keys"
)

// The subject is read as RFC 4514 and as openssl write one, or as a common name.
func TestSubject(t *testing.T) {
	key := loadKey(t, "ec-p256.pem")
	for text, want := range map[string][]string{ // in the order of the certificate
		"nsauth":                           {"2.5.4.3=nsauth"},
		"ERP sync, nightly":                {"2.5.4.3=ERP sync, nightly"},
		"stock - 0 = empty":                {"2.5.4.3=stock - 0 = empty"},
		"a/b=c d":                          {"2.5.4.3=a/b=c d"},
		"/srv":                             {"2.5.4.3=/srv"},
		"CN=ERP":                           {"2.5.4.3=ERP"},
		"cn = ERP , o= Example":            {"2.5.4.10=Example", "2.5.4.3=ERP"},
		"CN=ERP,OU=IT,O=Example,C=US":      {"2.5.4.6=US", "2.5.4.10=Example", "2.5.4.11=IT", "2.5.4.3=ERP"},
		`CN=ERP\, sync,O=A\+B\=C`:          {"2.5.4.10=A+B=C", "2.5.4.3=ERP, sync"},
		"CN=a=b":                           {"2.5.4.3=a=b"},
		"/O=Example/CN=ERP":                {"2.5.4.10=Example", "2.5.4.3=ERP"},
		`/O=A, B\/C/CN=ERP`:                {"2.5.4.10=A, B/C", "2.5.4.3=ERP"},
		"CN=x,ST=Bavaria,L=Ulm":            {"2.5.4.7=Ulm", "2.5.4.8=Bavaria", "2.5.4.3=x"},
		"CN=x,emailAddress=it@example.com": {"1.2.840.113549.1.9.1=it@example.com", "2.5.4.3=x"},
		"CN=Müller & Söhne":                {"2.5.4.3=Müller & Söhne"},
		`CN=a\;b\"c`:                       {`2.5.4.3=a;b"c`},
		`CN=M\C3\BCller\2C\ x`:             {"2.5.4.3=Müller, x"},
		" ERP ":                            {"2.5.4.3=ERP"},
		"a;b":                              {"2.5.4.3=a;b"},
		"O=Example":                        {"2.5.4.10=Example"},
		strings.Repeat("é", 64):            {"2.5.4.3=" + strings.Repeat("é", 64)},
	} {
		cert, err := certgen.SelfSign(key, certgen.CertificateTemplate{Subject: text, NotBefore: now, Days: 1}, nil)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		var got []string
		for _, name := range cert.X509.Subject.Names {
			got = append(got, name.Type.String()+"="+name.Value.(string))
		}
		if !slices.Equal(got, want) || string(cert.X509.RawIssuer) != string(cert.X509.RawSubject) {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
	for text, why := range map[string]string{
		"": "empty", "  ": "empty", "a\nb": "line break", "a\x1b[31m": "control", "a\x00": "control", "\xff": "UTF-8",
		"CN=": "empty CN", "CN=ERP,": "without =", "CN=ERP,Example": "without =", "CN=ERP,O=": "empty O",
		"XY=ERP": "want CN", "1.2.3=x": "want CN", "CN=a+O=b": "several values", `CN=a\`: "backslash", `CN=a\C3`: "UTF-8", `CN=a\00`: "control", `CN=a\1B[31m`: "control", "CN=a;O=b": "backslash before ;", `CN="a"`: "backslash before \"",
		"CN=a,C=usa": "3 characters", "CN=a,C=us": "capital", "CN=a,emailAddress=ü@example.com": "ASCII",
		strings.Repeat("é", 65): "65 characters", "CN=x,O=" + strings.Repeat("a", 65): "65 characters in O",
	} {
		_, err := certgen.SelfSign(key, certgen.CertificateTemplate{Subject: text, NotBefore: now, Days: 1}, nil)
		var fault *certgen.SubjectError
		if !errors.As(err, &fault) || !strings.Contains(fault.Why, why) {
			t.Errorf("%q: %v, want %q", text, err, why)
		}
	}
}

// Whatever is typed gives a certificate whose subject reads back as itself, or an
// error that repeats nothing of it.
func FuzzSubject(f *testing.F) {
	for _, s := range []string{"nsauth", "CN=ERP,O=Example", "/O=Example/CN=ERP", `CN=a\,b\2C\ ,C=US`, "a = b", "CN=\xff", "CN=#x", `O=" "`,
		"CN=x,emailAddress=a@b.example", "CN=P,O=a,O=E", strings.Repeat("é,", 40)} {
		f.Add(s)
	}
	key := loadKey(f, "ec-p256.pem")
	make := func(subject string) (*keys.Certificate, error) {
		return certgen.SelfSign(key, certgen.CertificateTemplate{Subject: subject, NotBefore: now, Days: 1}, nil)
	}
	f.Fuzz(func(t *testing.T, text string) {
		cert, err := make(text)
		var fault *certgen.SubjectError
		if err != nil {
			if secret := strings.TrimSpace(text); !errors.As(err, &fault) || len(secret) > 12 && strings.Contains(err.Error(), secret) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if len(cert.X509.Subject.Names) == 0 || string(cert.X509.RawIssuer) != string(cert.X509.RawSubject) {
			t.Fatalf("%q: subject %v", text, cert.X509.Subject)
		}
		for _, name := range cert.X509.Subject.Names {
			if name.Type.String() == "1.2.840.113549.1.9.1" {
				return // Go writes it by its number
			}
		}
		again, err := make(cert.Subject())
		if err != nil || string(again.X509.RawSubject) != string(cert.X509.RawSubject) {
			t.Fatalf("%q became %q: %v", text, cert.Subject(), err)
		}
	})
}

// An RSA-PSS key signs its certificate in the one way that it may be used in.
func TestSelfSignWithPSS(t *testing.T) {
	for _, name := range []string{"rsa-pss-3072.pem", "rsa-pss-3072-sha512.pem"} {
		key := loadKey(t, name)
		cert, err := certgen.SelfSign(key, certgen.CertificateTemplate{Subject: "x", NotBefore: now, Days: 1}, nil)
		if err != nil {
			t.Fatal(err)
		}
		want := "SHA256-RSAPSS"
		if strings.Contains(name, "sha512") {
			want = "SHA512-RSAPSS"
		}
		if got := cert.X509.SignatureAlgorithm.String(); got != want || !cert.BelongsTo(key) {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		noFaults(t, cert.Judge(now))
	}
}
