//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestKeycheckKinds: keys of every kind that openssl makes, judged by NetSuite's
// rules: RSA of 3072 or 4096 bits, EC on P-256, P-384 or P-521.
func TestKeycheckKinds(t *testing.T) {
	for _, tt := range []struct {
		name      string
		algorithm string
		options   []string
		status    string
		codes     []string // exactly these findings
	}{
		{"RSA 2048", "RSA", []string{"rsa_keygen_bits:2048"}, "fail", []string{"key.rsa-too-small"}},
		{"RSA 3072", "RSA", []string{"rsa_keygen_bits:3072"}, "pass", nil},
		{"RSA 4096", "RSA", []string{"rsa_keygen_bits:4096"}, "pass", nil},
		{"RSA 3584", "RSA", []string{"rsa_keygen_bits:3584"}, "fail", []string{"key.rsa-size-unsupported"}},
		{"RSA exponent 3", "RSA", []string{"rsa_keygen_bits:3072", "rsa_keygen_pubexp:3"}, "warn", []string{"key.exponent-unusual"}},
		{"RSA-PSS 3072", "RSA-PSS", []string{"rsa_keygen_bits:3072"}, "pass", nil},
		{"RSA-PSS 3072, SHA-256", "RSA-PSS", []string{"rsa_keygen_bits:3072", "rsa_pss_keygen_md:sha256", "rsa_pss_keygen_mgf1_md:sha256", "rsa_pss_keygen_saltlen:32"}, "pass", nil},
		{"RSA-PSS 2048", "RSA-PSS", []string{"rsa_keygen_bits:2048"}, "fail", []string{"key.rsa-too-small"}},
		{"P-224", "EC", []string{"ec_paramgen_curve:P-224"}, "fail", []string{"key.curve-unsupported"}},
		{"P-256", "EC", []string{"ec_paramgen_curve:P-256"}, "pass", nil},
		{"P-384", "EC", []string{"ec_paramgen_curve:P-384"}, "pass", nil},
		{"P-521", "EC", []string{"ec_paramgen_curve:P-521"}, "pass", nil},
		{"secp256k1", "EC", []string{"ec_paramgen_curve:secp256k1"}, "fail", []string{"key.curve-unsupported"}},
		{"brainpool", "EC", []string{"ec_paramgen_curve:brainpoolP256r1"}, "fail", []string{"key.curve-unsupported"}},
		{"explicit parameters", "EC", []string{"ec_paramgen_curve:P-256", "ec_param_enc:explicit"}, "fail", []string{"key.explicit-parameters"}},
		{"Ed25519", "ED25519", nil, "fail", []string{"key.type-unsupported"}},
		{"Ed448", "ED448", nil, "fail", []string{"key.type-unsupported"}},
		{"X25519", "X25519", nil, "fail", []string{"key.type-unsupported"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := makeKey(t, tt.algorithm, tt.options...)
			d, r := report(t, "keycheck", path)
			key := d.check(t, "key")
			if key.Status != tt.status || !slices.Equal(key.codes(), tt.codes) {
				t.Errorf("status %s, findings %v, want %s, %v\n%v", key.Status, key.codes(), tt.status, tt.codes, r)
			}
			if want := map[string]int{"fail": 1}[tt.status]; r.exit != want {
				t.Errorf("exit %d, want %d", r.exit, want)
			}
			sameKey(t, key, path, tt.status != "fail")
		})
	}
}

// TestKeycheckFormats: the same key in each format that openssl writes.
func TestKeycheckFormats(t *testing.T) {
	for _, kind := range []struct {
		name string
		make func(*testing.T) string
	}{
		{"RSA", func(t *testing.T) string { return makeRSA(t, 3072) }},
		{"EC", func(t *testing.T) string { return makeEC(t, "P-256") }},
	} {
		source := kind.make(t)
		for _, tt := range []struct {
			name   string
			args   []string
			status string
			codes  []string
		}{
			{"PKCS#8", []string{"pkey"}, "pass", nil},
			{"traditional", []string{"pkey", "-traditional"}, "pass", nil},
			{"PKCS#8 DER", []string{"pkcs8", "-topk8", "-nocrypt", "-outform", "DER"}, "pass", nil},
			{"traditional DER", []string{"pkey", "-traditional", "-outform", "DER"}, "pass", nil},
			{"PKCS#8 encrypted", []string{"pkey", "-aes256", "-passout", "pass:" + passphrase}, "fail", []string{"key.encrypted"}},
			{"traditional encrypted", []string{"pkey", "-traditional", "-aes256", "-passout", "pass:" + passphrase}, "fail", []string{"key.encrypted"}},
			{"public", []string{"pkey", "-pubout"}, "fail", []string{"key.not-a-private-key"}},
			{"certificate request", []string{"req", "-new", "-subj", "/CN=x", "-key", source}, "fail", []string{"key.not-a-private-key"}},
			{"certificate", []string{"req", "-new", "-x509", "-subj", "/CN=x", "-key", source}, "fail", []string{"key.not-a-private-key"}},
		} {
			t.Run(kind.name+" "+tt.name, func(t *testing.T) {
				t.Parallel()
				args := tt.args
				if args[0] != "req" {
					args = append(slices.Clone(args), "-in", source)
				}
				path := write(t, "key.pem", openssl(t, nil, args...))
				d, r := report(t, "keycheck", path)
				key := d.check(t, "key")
				if key.Status != tt.status || !slices.Equal(key.codes(), tt.codes) {
					t.Errorf("status %s, findings %v, want %s, %v\n%v", key.Status, key.codes(), tt.status, tt.codes, r)
				}
				if !slices.Equal(tt.codes, []string{"key.not-a-private-key"}) {
					sameKey(t, key, path, tt.status == "pass")
				}
			})
		}
	}

	t.Run("DSA", func(t *testing.T) {
		path := write(t, "key.pem", openssl(t, nil, "dsaparam", "-noout", "-genkey", "1024"))
		d, r := report(t, "keycheck", path)
		if codes := d.check(t, "key").codes(); r.exit != 1 || !slices.Equal(codes, []string{"key.type-unsupported"}) {
			t.Errorf("findings %v\n%v", codes, r)
		}
	})

	t.Run("EC behind its parameters", func(t *testing.T) {
		path := write(t, "key.pem", openssl(t, nil, "ecparam", "-name", "prime256v1", "-genkey"))
		if data := read(t, path); !strings.HasPrefix(string(data), "-----BEGIN EC PARAMETERS-----") {
			t.Fatalf("openssl wrote no parameters:\n%s", data)
		}
		d, r := report(t, "keycheck", path)
		if key := d.check(t, "key"); key.Status != "pass" {
			t.Errorf("status %s\n%v", key.Status, r)
		}
		sameKey(t, d.check(t, "key"), path, true)
	})
}

// sameKey compares the facts with what "openssl pkey -text" says. A key that
// cannot be used may have no facts; those that it has must be right.
func sameKey(t *testing.T, key check, path string, facts bool) {
	t.Helper()
	if key.Facts == nil {
		if facts {
			t.Error("the check has no facts")
		}
		return
	}
	want := describeKey(t, path)
	got := keyText{kind: strings.ToUpper(key.text("type")), bits: key.number("bits"), curve: key.text("curve")}
	if want.bits == 0 { // openssl prints none for Ed25519 and its like
		got.bits, got.curve = 0, ""
	}
	if !facts { // what could not be read is left out
		if got.bits == 0 {
			want.bits = 0
		}
		if got.kind == "" {
			want.kind = ""
		}
		if got.curve == "" {
			want.curve = ""
		}
	}
	if got != want {
		t.Errorf("keycheck reads %+v, openssl %+v", got, want)
	}
	if got := key.text("spki_sha256"); (facts || got != "") && got != spkiSHA256(t, path) {
		t.Errorf("spki_sha256 is %q, by openssl %q", got, spkiSHA256(t, path))
	}
}

// TestKeycheckCertificates: what openssl prints of a certificate is what
// keycheck reports, in PEM and in DER.
func TestKeycheckCertificates(t *testing.T) {
	key := makeEC(t, "P-256")
	for _, tt := range []struct {
		name   string
		days   int
		form   string
		status string
		codes  []string
	}{
		{"a year, PEM", 365, "PEM", "pass", nil},
		{"two years, PEM", 730, "PEM", "pass", nil},
		{"two years, DER", 730, "DER", "pass", nil},
		{"longer than NetSuite takes", 1000, "PEM", "warn", []string{"certificate.validity-too-long"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			certificate := makeCertificate(t, key, tt.days)
			if tt.form == "DER" {
				openssl(t, nil, "x509", "-in", certificate, "-outform", "DER", "-out", certificate)
			}
			field := func(option string) string {
				out := openssl(t, nil, "x509", "-inform", tt.form, "-in", certificate, "-noout", option)
				_, value, _ := strings.Cut(strings.TrimSpace(string(out)), "=")
				return value
			}
			date := func(option string) string {
				at, err := time.Parse("Jan _2 15:04:05 2006 MST", field(option))
				if err != nil {
					t.Fatal(err)
				}
				return at.UTC().Format(time.RFC3339)
			}
			id := certificateID(t, certificate)

			for name, configured := range map[string][]string{"no ID configured": nil, "ID configured": {"--certificate-id", id}} {
				d, r := report(t, append([]string{"keycheck", key, "--cert", certificate}, configured...)...)
				if r.exit != 0 {
					t.Errorf("%s: exit %d\n%v", name, r.exit, r)
				}
				c := d.check(t, "certificate")
				if c.Status != tt.status || !slices.Equal(c.codes(), tt.codes) {
					t.Errorf("%s: status %s, findings %v, want %s, %v\n%v", name, c.Status, c.codes(), tt.status, tt.codes, r)
				}
				for fact, want := range map[string]string{"not_before": date("-startdate"), "not_after": date("-enddate")} {
					if got := c.text(fact); got != want {
						t.Errorf("%s: %s is %q, openssl says %q", name, fact, got, want)
					}
				}
				if got := c.number("validity_days"); got != tt.days {
					t.Errorf("%s: validity_days is %d, openssl was asked for %d", name, got, tt.days)
				}
				if got, want := hexDigits(c.text("sha256")), hexDigits(opensslFingerprint(t, tt.form, certificate)); got != want {
					t.Errorf("%s: sha256 is %q, openssl says %q", name, got, want)
				}
				if got, want := hexDigits(c.text("serial")), hexDigits(field("-serial")); got != want {
					t.Errorf("%s: serial is %q, openssl says %q", name, got, want)
				}
				ids := d.check(t, "certificate-id")
				if got := ids.text("computed"); got != id {
					t.Errorf("%s: the computed Certificate ID is %q, openssl's %q\n%v", name, got, id, r)
				}
				if got := ids.text("configured"); configured != nil && got != id || configured == nil && got != "" {
					t.Errorf("%s: the configured Certificate ID is %q", name, got)
				}
				if len(ids.Findings) > 0 {
					t.Errorf("%s: certificate-id has findings %v", name, ids.codes())
				}
			}
		})
	}

	t.Run("with another ID", func(t *testing.T) {
		t.Parallel()
		certificate := makeCertificate(t, key, 365)
		other := certificateID(t, makeCertificate(t, key, 366))
		d, r := report(t, "keycheck", key, "--cert", certificate, "--certificate-id", other)
		if codes := d.check(t, "certificate-id").codes(); !slices.Equal(codes, []string{"certificate-id.mismatch"}) {
			t.Errorf("findings %v, want certificate-id.mismatch alone\n%v", codes, r)
		}
	})

	t.Run("of another key", func(t *testing.T) {
		t.Parallel()
		certificate := makeCertificate(t, makeEC(t, "P-256"), 365)
		d, r := report(t, "keycheck", key, "--cert", certificate)
		c := d.check(t, "certificate")
		if r.exit != 1 || !slices.Equal(c.codes(), []string{"certificate.key-mismatch"}) {
			t.Errorf("findings %v, want certificate.key-mismatch alone\n%v", c.codes(), r)
		}
	})
}

func opensslFingerprint(t *testing.T, form, certificate string) string {
	t.Helper()
	out := openssl(t, nil, "x509", "-inform", form, "-in", certificate, "-noout", "-fingerprint", "-sha256")
	_, value, _ := strings.Cut(string(out), "=")
	return value
}

// hexDigits drops what writers of hexadecimal numbers differ in.
func hexDigits(s string) string {
	s = strings.NewReplacer(":", "", " ", "", "\n", "").Replace(strings.ToLower(s))
	return strings.TrimLeft(s, "0")
}

// TestKeycheckUnreadable: files that hold no key, and what is no file.
func TestKeycheckUnreadable(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"empty": "", "text": "hello\n", "cut": "-----BEGIN PRIVATE KEY-----\nMIIB\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		"missing": "key.unreadable",
		"empty":   "key.unparsable", "text": "key.unparsable", "cut": "key.unparsable",
	} {
		d, r := report(t, "keycheck", filepath.Join(dir, name))
		if codes := d.check(t, "key").codes(); r.exit != 1 || !slices.Equal(codes, []string{want}) {
			t.Errorf("%s: findings %v, want %s\n%v", strconv.Quote(name), codes, want, r)
		}
	}
}
