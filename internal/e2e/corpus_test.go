//go:build e2e

package e2e

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf16"
)

// TestCorpus: every form in which openssl writes keys and certificates, what
// transports do to them, and what is given in their place. What keycheck says is
// held against what openssl says of the same key or certificate.

// corpus counts the files, so that none is left out unseen.
type corpus struct {
	dir   string
	files *atomic.Int32
}

// write puts a file of the corpus into its folder.
func (c *corpus) write(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(c.dir, strings.NewReplacer(" ", "-", "/", "-", ",", "").Replace(name))
	if _, err := os.Stat(path); err == nil {
		t.Fatalf("%s is there already", path)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	c.files.Add(1)
	return path
}

// corpusFiles is how many files there have to be.
const corpusFiles = 120

func TestCorpus(t *testing.T) {
	nightly(t, "makes 256 files with five programs")
	c := &corpus{dir: t.TempDir(), files: new(atomic.Int32)}
	secret := c.write(t, "passphrase", []byte(passphrase+"\n"))
	c.files.Add(-1)
	keys := c.keys(t)
	ran := 0
	for name, part := range map[string]func(*testing.T){
		"kinds": func(t *testing.T) { c.kinds(t, keys) }, "forms": func(t *testing.T) { c.forms(t, keys, secret) },
		"transports": func(t *testing.T) { c.transports(t, keys) }, "certificates": func(t *testing.T) { c.certificates(t, keys) },
		"other things": func(t *testing.T) { c.others(t, keys) },
	} {
		t.Run(name, func(t *testing.T) { ran++; part(t) })
	}
	if n := c.files.Load(); ran == 5 && n < corpusFiles {
		t.Errorf("the corpus has %d files, want at least %d", n, corpusFiles)
	} else {
		t.Logf("%d files", n)
	}
}

// corpusKinds are the kinds of keys, with what keycheck says against each.
var corpusKinds = []struct {
	name, algorithm string
	options         []string
	codes           []string
}{
	{"RSA 1024", "RSA", []string{"rsa_keygen_bits:1024"}, []string{"key.rsa-too-small"}},
	{"RSA 2048", "RSA", []string{"rsa_keygen_bits:2048"}, []string{"key.rsa-too-small"}},
	{"RSA 3072", "RSA", []string{"rsa_keygen_bits:3072"}, nil},
	{"RSA 4096", "RSA", []string{"rsa_keygen_bits:4096"}, nil},
	{"RSA 3584", "RSA", []string{"rsa_keygen_bits:3584"}, []string{"key.rsa-size-unsupported"}},
	{"RSA 8192", "RSA", []string{"rsa_keygen_bits:8192"}, []string{"key.rsa-size-unsupported"}},
	{"RSA exponent 3", "RSA", []string{"rsa_keygen_bits:3072", "rsa_keygen_pubexp:3"}, []string{"key.exponent-unusual"}},
	{"RSA exponent of 33 bits", "RSA", []string{"rsa_keygen_bits:3072", "rsa_keygen_pubexp:4294967297"}, []string{"key.exponent-unusual"}},
	{"RSA of three primes", "RSA", []string{"rsa_keygen_bits:4096", "rsa_keygen_primes:3"}, nil},
	{"RSA-PSS 3072", "RSA-PSS", []string{"rsa_keygen_bits:3072"}, nil},
	{"RSA-PSS 4096 SHA-256", "RSA-PSS", []string{"rsa_keygen_bits:4096", "rsa_pss_keygen_md:sha256", "rsa_pss_keygen_mgf1_md:sha256", "rsa_pss_keygen_saltlen:32"}, nil},
	{"RSA-PSS 3072 SHA-512", "RSA-PSS", []string{"rsa_keygen_bits:3072", "rsa_pss_keygen_md:sha512", "rsa_pss_keygen_mgf1_md:sha512", "rsa_pss_keygen_saltlen:64"}, nil},
	{"RSA-PSS 2048", "RSA-PSS", []string{"rsa_keygen_bits:2048"}, []string{"key.rsa-too-small"}},
	{"P-192", "EC", []string{"ec_paramgen_curve:P-192"}, []string{"key.curve-unsupported"}},
	{"P-224", "EC", []string{"ec_paramgen_curve:P-224"}, []string{"key.curve-unsupported"}},
	{"P-256", "EC", []string{"ec_paramgen_curve:P-256"}, nil},
	{"P-384", "EC", []string{"ec_paramgen_curve:P-384"}, nil},
	{"P-521", "EC", []string{"ec_paramgen_curve:P-521"}, nil},
	{"secp256k1", "EC", []string{"ec_paramgen_curve:secp256k1"}, []string{"key.curve-unsupported"}},
	{"brainpoolP384r1", "EC", []string{"ec_paramgen_curve:brainpoolP384r1"}, []string{"key.curve-unsupported"}},
	{"another curve", "EC", []string{"ec_paramgen_curve:sect283r1"}, []string{"key.curve-unsupported"}},
	{"P-256 explicit", "EC", []string{"ec_paramgen_curve:P-256", "ec_param_enc:explicit"}, []string{"key.explicit-parameters"}},
	{"P-521 explicit", "EC", []string{"ec_paramgen_curve:P-521", "ec_param_enc:explicit"}, []string{"key.explicit-parameters"}},
	{"Ed25519", "ED25519", nil, []string{"key.type-unsupported"}},
	{"Ed448", "ED448", nil, []string{"key.type-unsupported"}},
	{"X25519", "X25519", nil, []string{"key.type-unsupported"}},
	{"X448", "X448", nil, []string{"key.type-unsupported"}},
	{"DSA", "DSA", nil, []string{"key.type-unsupported"}},
	{"DH", "DH", []string{"group:ffdhe2048"}, []string{"key.type-unsupported"}},
}

// keys makes one key of each kind, as PKCS#8 in PEM.
func (c *corpus) keys(t *testing.T) map[string]string {
	made := map[string]string{}
	for _, k := range corpusKinds {
		args := []string{"genpkey", "-algorithm", k.algorithm}
		for _, o := range k.options {
			args = append(args, "-pkeyopt", o)
		}
		if k.algorithm == "DSA" {
			parameters := openssl(t, nil, "genpkey", "-genparam", "-algorithm", "DSA", "-pkeyopt", "dsa_paramgen_bits:2048")
			args = []string{"genpkey", "-paramfile", c.write(t, "dsa parameters.pem", parameters)}
		}
		made[k.name] = c.write(t, k.name+".pem", openssl(t, nil, args...))
	}
	return made
}

// keyIs holds what keycheck says of a file against what openssl says of the key.
func keyIs(t *testing.T, path, source string, codes []string, args ...string) check {
	t.Helper()
	d, r := report(t, append([]string{"keycheck", path}, args...)...)
	key := d.check(t, "key")
	if !slices.Equal(key.codes(), codes) && len(key.codes())+len(codes) > 0 {
		t.Errorf("findings %v, want %v\n%v", key.codes(), codes, r)
	}
	sameKey(t, key, source, !slices.ContainsFunc(codes, func(code string) bool { return code != "key.repaired" }))
	return key
}

func (c *corpus) kinds(t *testing.T, keys map[string]string) {
	for _, k := range corpusKinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			if k.algorithm == "DSA" || k.algorithm == "DH" { // openssl describes them in another form
				d, _ := report(t, "keycheck", keys[k.name])
				if got := d.only(t, "key", k.codes[0]); got.evidence("type") != k.algorithm {
					t.Errorf("type %q", got.evidence("type"))
				}
				return
			}
			keyIs(t, keys[k.name], keys[k.name], k.codes)
			der := c.write(t, k.name+".der", openssl(t, nil, "pkey", "-in", keys[k.name], "-outform", "DER"))
			keyIs(t, der, keys[k.name], k.codes)
		})
	}
}

// corpusForms are the clothes that openssl has for a key; IN stands for its file.
// A code is what keycheck says without being able to read it.
var corpusForms = []struct {
	name, code, reason string
	args               []string
	rsaOnly, ecOnly    bool
}{
	{name: "traditional PEM", args: []string{"pkey", "-traditional"}},
	{name: "traditional DER", args: []string{"pkey", "-traditional", "-outform", "DER"}},
	{name: "PKCS8 AES-128", args: []string{"pkcs8", "-topk8", "-v2", "aes-128-cbc"}},
	{name: "PKCS8 AES-192", args: []string{"pkcs8", "-topk8", "-v2", "aes-192-cbc"}},
	{name: "PKCS8 AES-256", args: []string{"pkcs8", "-topk8", "-v2", "aes-256-cbc"}},
	{name: "PKCS8 AES-256 DER", args: []string{"pkcs8", "-topk8", "-v2", "aes-256-cbc", "-outform", "DER"}},
	{name: "PKCS8 3DES", args: []string{"pkcs8", "-topk8", "-v2", "des3"}},
	{name: "PKCS8 SHA-1", args: []string{"pkcs8", "-topk8", "-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA1"}},
	{name: "PKCS8 SHA-512", args: []string{"pkcs8", "-topk8", "-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512"}},
	{name: "PKCS8 600000 iterations", args: []string{"pkcs8", "-topk8", "-v2", "aes-256-cbc", "-iter", "600000"}},
	{name: "PKCS8 scrypt", args: []string{"pkcs8", "-topk8", "-scrypt"}},
	{name: "PKCS8 scrypt of more", args: []string{"pkcs8", "-topk8", "-scrypt", "-scrypt_N", "32768", "-scrypt_r", "4", "-scrypt_p", "2"}},
	{name: "PBES1 3DES", code: "key.encrypted", reason: "pbes1", args: []string{"pkcs8", "-topk8", "-v1", "PBE-SHA1-3DES"}},
	{name: "PBES1 MD5", code: "key.encrypted", reason: "pbes1", args: []string{"pkcs8", "-topk8", "-v1", "PBE-MD5-DES", "-provider", "legacy", "-provider", "default"}},
	{name: "PKCS8 Camellia", code: "key.encrypted", reason: "cipher-unsupported", args: []string{"pkcs8", "-topk8", "-v2", "camellia-256-cbc"}},
	{name: "RFC 1423 AES-128", args: []string{"pkey", "-traditional", "-aes128"}},
	{name: "RFC 1423 AES-192", args: []string{"pkey", "-traditional", "-aes192"}},
	{name: "RFC 1423 AES-256", args: []string{"pkey", "-traditional", "-aes256"}},
	{name: "RFC 1423 3DES", args: []string{"pkey", "-traditional", "-des3"}},
	{name: "RFC 1423 DES", args: []string{"pkey", "-traditional", "-des", "-provider", "legacy", "-provider", "default"}},
	{name: "RFC 1423 Camellia", code: "key.encrypted", reason: "cipher-unsupported", args: []string{"pkey", "-traditional", "-camellia256"}},
	{name: "PVK", code: "key.unparsable", reason: "pvk", rsaOnly: true, args: []string{"rsa", "-outform", "PVK", "-pvk-none"}},
	{name: "compressed point", ecOnly: true, args: []string{"ec", "-conv_form", "compressed"}},
	{name: "without public half", ecOnly: true, args: []string{"ec", "-no_public"}},
}

func (c *corpus) forms(t *testing.T, keys map[string]string, secret string) {
	for _, name := range []string{"RSA 3072", "P-384", "RSA-PSS 3072 SHA-512"} {
		source := keys[name]
		for _, f := range corpusForms {
			pss := strings.HasPrefix(name, "RSA-PSS")
			if f.rsaOnly && name != "RSA 3072" || f.ecOnly && name != "P-384" ||
				pss && slices.Contains(f.args, "-traditional") { // PKCS#1 cannot say PSS
				continue
			}
			t.Run(name+"/"+f.name, func(t *testing.T) {
				t.Parallel()
				args := append(slices.Clone(f.args), "-in", source)
				if f.args[0] == "pkcs8" || slices.ContainsFunc(f.args, func(a string) bool {
					return strings.HasPrefix(a, "-aes") || strings.HasPrefix(a, "-des") || strings.HasPrefix(a, "-camellia")
				}) {
					args = append(args, "-passout", "pass:"+passphrase)
				}
				path := c.write(t, name+" "+f.name, openssl(t, nil, args...))
				if f.code == "" {
					keyIs(t, path, source, nil, "--passphrase-file", secret)
					return
				}
				d, r := report(t, "keycheck", path, "--passphrase-file", secret)
				got := d.only(t, "key", f.code)
				if got.evidence("reason") != f.reason {
					t.Errorf("reason %q, want %q\n%v", got.evidence("reason"), f.reason, r)
				}
				if f.code == "key.encrypted" || f.reason == "pvk" {
					converted := c.convert(t, got)
					keyIs(t, converted, source, nil, "--passphrase-file", secret)
				}
			})
		}
		certificate := c.write(t, name+" for PKCS12.pem", openssl(t, nil, "req", "-new", "-x509", "-key", source, "-days", "100", "-subj", "/CN=corpus"))
		chain := c.write(t, name+" chain.pem", slices.Concat(read(t, certificate), openssl(t, nil, "req", "-new", "-x509", "-key", keys["P-521"], "-days", "50", "-subj", "/CN=more")))
		for _, f := range []struct {
			name, reason string
			args         []string
			certificate  bool // there is one
		}{
			{"modern", "", []string{"-in", certificate}, true},
			{"with a chain", "", []string{"-in", certificate, "-certfile", chain}, true},
			{"3DES", "", []string{"-in", certificate, "-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"}, true},
			{"RC2", "", []string{"-in", certificate, "-legacy"}, true},
			{"without MAC", "", []string{"-in", certificate, "-nomac"}, true},
			{"without certificates", "", []string{"-nocerts"}, false},
			{"certificates in the clear", "", []string{"-in", certificate, "-certpbe", "NONE"}, true},
			{"nothing encrypted", "", []string{"-in", certificate, "-certpbe", "NONE", "-keypbe", "NONE"}, true},
		} {
			t.Run(name+"/PKCS12 "+f.name, func(t *testing.T) {
				t.Parallel()
				if name == "RSA-PSS 3072 SHA-512" && (f.name == "3DES" || f.name == "RC2") {
					c.oldPSS(t, f.args, source, secret)
					return
				}
				path := filepath.Join(t.TempDir(), "x.p12")
				openssl(t, nil, append([]string{"pkcs12", "-export", "-inkey", source, "-passout", "pass:" + passphrase, "-out", path}, f.args...)...)
				path = c.write(t, name+" PKCS12 "+f.name+".p12", read(t, path))
				keyIs(t, path, source, nil, "--passphrase-file", secret)
				if !f.certificate {
					return
				}
				d, r := report(t, "keycheck", path, "--cert", path, "--passphrase-file", secret)
				if cert := d.check(t, "certificate"); cert.Status != "pass" || hexDigits(cert.text("sha256")) != hexDigits(opensslFingerprint(t, "PEM", certificate)) {
					t.Errorf("certificate: %v", r)
				}
			})
		}
	}
}

// oldPSS: an RSA-PSS key in the old encryption of PKCS#12 is named, and the
// command that is shown makes one that is read.
func (c *corpus) oldPSS(t *testing.T, args []string, source, secret string) {
	path := filepath.Join(t.TempDir(), "old.p12")
	openssl(t, nil, append([]string{"pkcs12", "-export", "-inkey", source, "-passout", "pass:" + passphrase, "-out", path}, args...)...)
	c.files.Add(1)
	d, _ := report(t, "keycheck", path, "--passphrase-file", secret)
	got := d.only(t, "key", "key.unparsable")
	if got.evidence("reason") != "pkcs12" {
		t.Errorf("reason %q", got.evidence("reason"))
	}
	keyIs(t, c.convert(t, got), source, []string{"key.repaired"}) // openssl writes text around it
}

// convert runs the command that a finding shows, with the passphrases that it
// would ask for, and returns the file that it makes.
func (c *corpus) convert(t *testing.T, f raised) string {
	t.Helper()
	dir := t.TempDir()
	made := ""
	for _, command := range f.Remedy.Commands {
		args := slices.Clone(command[1:])
		for i, a := range args {
			if i > 0 && (args[i-1] == "-out" || args[i-1] == "-o" || args[i-1] == "-destkeystore" || command[0] == "cp" || args[i-1] == "-f") {
				args[i] = filepath.Join(dir, a)
				made = args[i]
			} else if i > 0 && args[i-1] == "-in" && !filepath.IsAbs(a) {
				args[i] = filepath.Join(dir, a)
			}
		}
		switch command[0] {
		case "openssl":
			args = append(args, "-passin", "pass:"+passphrase)
			if command[1] == "pkcs8" || slices.Contains(command, "-aes256") {
				args = append(args, "-passout", "pass:"+passphrase)
			}
			if command[1] == "pkcs12" && strings.HasSuffix(fmt.Sprint(f.Evidence["path"]), "old.p12") {
				args = append(args, "-legacy") // as its step says
			}
		case "ssh-keygen":
			args = append(args, "-N", "", "-P", "")
		case "keytool":
			args = append(args, "-srcstorepass", passphrase, "-deststorepass", passphrase)
		}
		if r := run(t, nil, append(os.Environ(), "LC_ALL=C"), program(t, command[0]), args...); r.exit != 0 {
			t.Fatal(r)
		}
		if command[0] != "cp" && !strings.HasSuffix(made, ".p12") {
			if err := os.Chmod(made, 0o600); err != nil {
				t.Fatal(err)
			}
			return made // the certificate's command comes after the key's
		}
	}
	if made == "" {
		t.Fatalf("no command makes a file: %v", f.Remedy.Commands)
	}
	return made
}

func encodeUTF16(text string) []byte {
	out := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(text)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return out
}

// corpusTransports are what a file may go through, and the repair that is said
// first. Without one the damage is explained: a line of the file in which it is.
var corpusTransports = []struct {
	name   string
	damage func(pem string) []byte
	repair string
	code   string
	reason string
}{
	{name: "byte order mark", repair: "byte-order-mark", damage: func(s string) []byte { return []byte("\ufeff" + s) }},
	{name: "UTF-16", repair: "utf-16", damage: func(s string) []byte { return encodeUTF16(strings.ReplaceAll(s, "\n", "\r\n")) }},
	{name: "literal newlines", repair: "literal-newlines", damage: func(s string) []byte { return []byte(strings.ReplaceAll(s, "\n", `\n`)) }},
	{name: "in JSON", repair: "literal-newlines", damage: func(s string) []byte { return []byte(`{"private_key": "` + strings.ReplaceAll(s, "\n", `\n`) + `"}`) }},
	{name: "lost backslashes", repair: "lost-backslashes", damage: func(s string) []byte { return []byte(strings.ReplaceAll(s, "\n", "n")) }},
	{name: "blanks", repair: "spaces", damage: func(s string) []byte { return []byte(strings.ReplaceAll(s, "\n", " ")) }},
	{name: "indented", repair: "indented", damage: func(s string) []byte {
		return []byte("    " + strings.ReplaceAll(strings.TrimSpace(s), "\n", "\n    ") + "\n")
	}},
	{name: "CRLF", repair: "crlf", damage: func(s string) []byte { return []byte(strings.ReplaceAll(s, "\n", "\r\n")) }},
	{name: "text around", repair: "text-around", damage: func(s string) []byte { return []byte("Hello,\n\n" + s + "\nBye\n") }},
	{name: "no final newline", repair: "no-final-newline", damage: func(s string) []byte { return []byte(strings.TrimSpace(s)) }},
	{name: "base64", repair: "base64", damage: func(s string) []byte { return []byte(base64.StdEncoding.EncodeToString([]byte(s))) }},
	{name: "cut off", code: "key.unparsable", reason: "truncated", damage: func(s string) []byte { return []byte(s[:len(s)/2]) }},
	{name: "a line lost", code: "key.unparsable", reason: "truncated", damage: func(s string) []byte {
		lines := strings.SplitAfter(s, "\n")
		return []byte(strings.Join(slices.Delete(lines, 2, 3), ""))
	}},
	{name: "a letter lost", code: "key.unparsable", reason: "bad-base64", damage: func(s string) []byte {
		lines := strings.SplitAfter(s, "\n")
		lines[2] = lines[2][1:]
		return []byte(strings.Join(lines, ""))
	}},
}

func (c *corpus) transports(t *testing.T, keys map[string]string) {
	for _, name := range []string{"RSA 3072", "P-256", "RSA-PSS 3072"} {
		text := string(read(t, keys[name]))
		for _, tt := range corpusTransports {
			t.Run(name+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				path := c.write(t, name+" "+tt.name, tt.damage(text))
				if tt.code == "" {
					key := keyIs(t, path, keys[name], []string{"key.repaired"})
					if got := key.Findings[0].evidence("reason"); got != tt.repair {
						t.Errorf("repair %s, want %s", got, tt.repair)
					}
					return
				}
				d, r := report(t, "keycheck", path)
				got := d.only(t, "key", tt.code)
				if got.evidence("reason") != tt.reason || got.Evidence["line"] == nil {
					t.Errorf("reason %q, line %v\n%v", got.evidence("reason"), got.Evidence["line"], r)
				}
				if openssl := run(t, nil, nil, "openssl", "pkey", "-in", path, "-noout"); openssl.exit == 0 {
					t.Errorf("openssl reads it")
				}
			})
		}
	}
}

func (c *corpus) certificates(t *testing.T, keys map[string]string) {
	now := time.Now()
	stamp := func(days int) string { return now.AddDate(0, 0, days).UTC().Format("20060102150405Z") }
	kinds := []string{"RSA 2048", "RSA 3072", "RSA 4096", "RSA-PSS 3072", "RSA-PSS 3072 SHA-512", "P-224", "P-256", "P-384", "P-521",
		"secp256k1", "P-256 explicit", "Ed25519", "Ed448"}
	unsupported := []string{"RSA 2048", "P-224", "secp256k1", "P-256 explicit", "Ed25519", "Ed448"}
	for i, name := range kinds {
		other := kinds[(i+1)%len(kinds)]
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pem := openssl(t, nil, "req", "-new", "-x509", "-key", keys[name], "-days", strconv.Itoa(30+i), "-subj", "/CN=corpus "+name)
			path := c.write(t, name+" certificate.pem", pem)
			der := c.write(t, name+" certificate.der", openssl(t, pem, "x509", "-outform", "DER"))
			for _, key := range []string{name, other} {
				matches := string(openssl(t, pem, "x509", "-noout", "-pubkey")) == string(publicPEM(t, keys[key]))
				if matches != (key == name) {
					t.Fatalf("openssl's own word on %s and %s: %t", name, key, matches)
				}
				d, r := report(t, "keycheck", keys[key], "--cert", path)
				says := !slices.Contains(d.check(t, "certificate").codes(), "certificate.key-mismatch")
				readable := d.check(t, "key").Facts != nil && !slices.Contains([]string{"secp256k1", "P-256 explicit"}, name)
				if readable && says != matches {
					t.Errorf("%s with the key %s: match %t, by openssl %t\n%v", name, key, says, matches, r)
				}
			}
			for _, file := range []string{path, der} {
				d, r := report(t, "keycheck", "--cert", file)
				cert := d.check(t, "certificate")
				if got := slices.Contains(cert.codes(), "certificate.key-unsupported"); got != slices.Contains(unsupported, name) {
					t.Errorf("findings %v\n%v", cert.codes(), r)
				}
				if cert.Facts != nil {
					sameDates(t, cert, pem)
				}
			}
		})
	}
	// Dates, as openssl ca makes them.
	for _, tt := range []struct {
		name     string
		from, to int
		codes    []string
	}{
		{"expired", -400, -35, []string{"certificate.expired"}},
		{"expired yesterday", -30, -1, []string{"certificate.expired"}},
		{"not yet valid", 2, 300, []string{"certificate.not-yet-valid"}},
		{"ends soon", -100, 10, []string{"certificate.expiring-soon"}},
		{"730 days", -1, 729, nil},
		{"731 days", -1, 730, []string{"certificate.validity-too-long"}},
		{"ten years", -1, 3651, []string{"certificate.validity-too-long"}},
		{"for ever", -1, 365 * 300, []string{"certificate.validity-too-long"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			pem := datedCertificate(t, keys["P-384"], stamp(tt.from), stamp(tt.to))
			path := c.write(t, "certificate "+tt.name+".pem", pem)
			d, r := report(t, "keycheck", keys["P-384"], "--cert", path)
			cert := d.check(t, "certificate")
			if !slices.Equal(cert.codes(), tt.codes) && len(cert.codes())+len(tt.codes) > 0 {
				t.Errorf("findings %v, want %v\n%v", cert.codes(), tt.codes, r)
			}
			sameDates(t, cert, pem)
			// openssl -checkend says the same of the end.
			expired := run(t, pem, nil, "openssl", "x509", "-noout", "-checkend", "0").exit == 1
			if expired != slices.Contains(cert.codes(), "certificate.expired") {
				t.Errorf("expired %t by openssl; findings %v", expired, cert.codes())
			}
			for _, days := range []int{0, 5, 9, 11, 100, 728, 731} {
				at := now.AddDate(0, 0, days).UTC()
				ended := run(t, pem, nil, "openssl", "x509", "-noout", "-checkend", strconv.Itoa(int(time.Until(at).Seconds())+60)).exit == 1
				d, _ := report(t, "keycheck", "--cert", path, "--at", at.Add(time.Minute).Format(time.RFC3339))
				if got := slices.Contains(d.check(t, "certificate").codes(), "certificate.expired"); got != ended {
					t.Errorf("in %d days: expired %t, by openssl %t", days, got, ended)
				}
			}
		})
	}
	t.Run("SHA-1", func(t *testing.T) {
		for _, name := range []string{"RSA 3072", "P-256", "RSA-PSS 3072"} {
			path := c.write(t, name+" SHA-1.pem", openssl(t, nil, "req", "-new", "-x509", "-sha1", "-key", keys[name], "-days", "99", "-subj", "/CN=corpus"))
			d, r := report(t, "keycheck", keys[name], "--cert", path)
			if cert := d.check(t, "certificate"); cert.Status != "pass" || !slices.Equal(cert.codes(), []string{"certificate.sha1-signature"}) {
				t.Errorf("%s: %v", name, r)
			}
		}
	})
	t.Run("bundle", func(t *testing.T) {
		var bundle []byte
		names := []string{"RSA 4096", "P-521", "RSA-PSS 3072"}
		for _, name := range names {
			bundle = append(bundle, openssl(t, nil, "req", "-new", "-x509", "-key", keys[name], "-days", "99", "-subj", "/CN="+name)...)
		}
		path := c.write(t, "bundle.pem", bundle)
		for _, name := range names {
			d, r := report(t, "keycheck", keys[name], "--cert", path)
			if cert := d.check(t, "certificate"); cert.Status != "pass" || cert.text("subject") != "CN="+name {
				t.Errorf("%s: %v", name, r)
			}
		}
	})
}

// sameDates holds the facts of a certificate against what openssl prints.
func sameDates(t *testing.T, cert check, pem []byte) {
	t.Helper()
	for fact, option := range map[string]string{"not_before": "-startdate", "not_after": "-enddate"} {
		_, text, _ := strings.Cut(strings.TrimSpace(string(openssl(t, pem, "x509", "-noout", option))), "=")
		at, err := time.Parse("Jan _2 15:04:05 2006 MST", text)
		if err != nil {
			t.Fatal(err)
		}
		if got := cert.text(fact); got != at.UTC().Format(time.RFC3339) {
			t.Errorf("%s is %q, openssl says %q", fact, got, text)
		}
	}
}

// datedCertificate is self-signed with both dates, which of openssl's commands
// only "ca" takes.
func datedCertificate(t *testing.T, key, from, to string) []byte {
	t.Helper()
	dir := t.TempDir()
	config := "[ca]\ndefault_ca=here\n[here]\ndatabase=" + dir + "/index\nnew_certs_dir=" + dir +
		"\nrand_serial=yes\nunique_subject=no\npolicy=any\n[any]\ncommonName=supplied\n"
	for name, text := range map[string]string{"index": "", "config": config} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	request := filepath.Join(dir, "request")
	openssl(t, nil, "req", "-new", "-key", key, "-subj", "/CN=corpus", "-out", request)
	return openssl(t, nil, "ca", "-batch", "-config", filepath.Join(dir, "config"), "-selfsign", "-keyfile", key, "-in", request,
		"-startdate", from, "-enddate", to, "-notext", "-md", "sha256")
}

// others: what people give in place of a key, each by its own name; and of what
// can be converted, that the command shown does it.
func (c *corpus) others(t *testing.T, keys map[string]string) {
	rsa, ec := keys["RSA 3072"], keys["P-256"]
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	do := func(name string, args ...string) {
		t.Helper()
		if r := run(t, nil, append(os.Environ(), "LC_ALL=C"), program(t, name), args...); r.exit != 0 {
			t.Fatal(r)
		}
	}
	certificate := openssl(t, nil, "req", "-new", "-x509", "-key", ec, "-days", "99", "-subj", "/CN=corpus")
	if err := os.WriteFile(file("cert.pem"), certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	do("ssh-keygen", "-q", "-t", "rsa", "-b", "3072", "-N", "", "-f", file("ssh-rsa"))
	do("ssh-keygen", "-q", "-t", "ecdsa", "-b", "384", "-N", "", "-f", file("ssh-ecdsa"))
	do("ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", passphrase, "-f", file("ssh-small"))
	do("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file("ssh-ed25519"))
	do("puttygen", file("ssh-ed25519"), "-O", "private", "-o", file("ed25519.ppk"))
	do("puttygen", file("ssh-rsa"), "-O", "private", "-o", file("rsa.ppk"), "--ppk-param", "version=2")
	do("puttygen", file("ssh-ecdsa"), "-O", "private", "-o", file("ecdsa.ppk"))
	do("keytool", "-genkeypair", "-keyalg", "RSA", "-keysize", "3072", "-storetype", "JKS", "-keystore", file("java.jks"),
		"-storepass", passphrase, "-keypass", passphrase, "-alias", "k", "-dname", "CN=corpus")
	do("keytool", "-genkeypair", "-keyalg", "RSA", "-keysize", "3072", "-storetype", "JCEKS", "-keystore", file("java.jceks"),
		"-storepass", passphrase, "-keypass", passphrase, "-alias", "k", "-dname", "CN=corpus")
	do("keytool", "-genkeypair", "-keyalg", "EC", "-groupname", "secp256r1", "-storetype", "PKCS12", "-keystore", file("java.p12"),
		"-storepass", passphrase, "-alias", "k", "-dname", "CN=corpus")

	for _, tt := range []struct {
		name, code, reason string
		data               []byte
		convert            bool
	}{
		{"certificate", "key.not-a-private-key", "certificate", certificate, false},
		{"certificate DER", "key.not-a-private-key", "certificate", openssl(t, certificate, "x509", "-outform", "DER"), false},
		{"trusted certificate", "key.not-a-private-key", "certificate", openssl(t, certificate, "x509", "-trustout"), false},
		{"request", "key.not-a-private-key", "certificate-request", openssl(t, nil, "req", "-new", "-key", ec, "-subj", "/CN=x"), false},
		{"public key", "key.not-a-private-key", "public-key", publicPEM(t, ec), false},
		{"public key PKCS1", "key.not-a-private-key", "public-key", openssl(t, nil, "rsa", "-in", rsa, "-RSAPublicKey_out"), false},
		{"parameters", "key.not-a-private-key", "parameters", openssl(t, nil, "ecparam", "-name", "prime256v1"), false},
		{"PKCS7", "key.not-a-private-key", "pkcs7", openssl(t, certificate, "crl2pkcs7", "-nocrl", "-certfile", file("cert.pem")), false},
		{"PKCS7 DER", "key.not-a-private-key", "pkcs7", openssl(t, certificate, "crl2pkcs7", "-nocrl", "-certfile", file("cert.pem"), "-outform", "DER"), false},
		{"OpenSSH RSA", "key.unparsable", "openssh", read(t, file("ssh-rsa")), true},
		{"OpenSSH ECDSA", "key.unparsable", "openssh", read(t, file("ssh-ecdsa")), true},
		{"OpenSSH RSA 2048, encrypted", "key.rsa-too-small", "", read(t, file("ssh-small")), false},
		{"OpenSSH Ed25519", "key.type-unsupported", "ed25519", read(t, file("ssh-ed25519")), false},
		{"PuTTY Ed25519", "key.type-unsupported", "ed25519", read(t, file("ed25519.ppk")), false},
		{"OpenSSH public", "key.not-a-private-key", "openssh-public-key", read(t, file("ssh-rsa.pub")), false},
		{"PuTTY RSA", "key.unparsable", "putty", read(t, file("rsa.ppk")), true},
		{"PuTTY ECDSA", "key.unparsable", "putty", read(t, file("ecdsa.ppk")), true},
		{"JKS", "key.unparsable", "java-keystore", read(t, file("java.jks")), true},
		{"JCEKS", "key.unparsable", "java-keystore", read(t, file("java.jceks")), false},
		{"HTML", "key.not-a-private-key", "html", []byte("<!DOCTYPE html>\n<html><body>Log in</body></html>\n"), false},
		{"JSON", "key.unparsable", "json", []byte(`{"error":"server_error"}`), false},
		{"XML", "key.unparsable", "xml", []byte("<RSAKeyValue><Modulus>AAAA</Modulus></RSAKeyValue>"), false},
		{"Word", "key.not-a-private-key", "word-document", []byte("PK\x03\x04\x14\x00\x06\x00word/document.xml"), false},
		{"RTF", "key.not-a-private-key", "rich-text", append([]byte(`{\rtf1\ansi `), read(t, ec)...), false},
		{"PDF", "key.not-a-private-key", "pdf", []byte("%PDF-1.7\n"), false},
		{"ZIP", "key.not-a-private-key", "zip", []byte("PK\x03\x04\x14\x00key.pem"), false},
		{"nothing", "key.unparsable", "empty", nil, false},
		{"prose", "key.unparsable", "no-pem", []byte("the key is in the other mail\n"), false},
		{"two keys", "key.multiple-keys", "", slices.Concat(read(t, ec), read(t, rsa)), false},
		{"PKCS8 called PKCS1", "key.unparsable", "wrong-label", []byte(strings.ReplaceAll(string(read(t, rsa)), "PRIVATE KEY", "RSA PRIVATE KEY")), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := c.write(t, "other "+tt.name, tt.data)
			d, r := report(t, "keycheck", path)
			got := d.only(t, "key", tt.code)
			if tt.reason != "" && got.evidence("reason") != tt.reason {
				t.Errorf("reason %q, want %q\n%v", got.evidence("reason"), tt.reason, r)
			}
			if tt.convert {
				made := c.convert(t, got)
				var codes []string
				if strings.HasPrefix(string(read(t, made)), "Bag Attributes") {
					codes = []string{"key.repaired"}
				}
				keyIs(t, made, made, codes)
			}
		})
	}
	pkcs7 := openssl(t, nil, "crl2pkcs7", "-nocrl", "-certfile", file("cert.pem"))
	for _, tt := range []struct {
		name, code, reason string
		data               []byte
	}{
		{"PKCS7", "certificate.unparsable", "pkcs7", pkcs7},
		{"key", "certificate.not-a-certificate", "private-key", read(t, ec)},
		{"request", "certificate.not-a-certificate", "certificate-request", openssl(t, nil, "req", "-new", "-key", ec, "-subj", "/CN=x")},
		{"public key", "certificate.not-a-certificate", "public-key", publicPEM(t, ec)},
		{"web page", "certificate.not-a-certificate", "html", []byte("<html></html>")},
		{"cut off", "certificate.unparsable", "truncated", certificate[:len(certificate)/2]},
	} {
		t.Run("as certificate/"+tt.name, func(t *testing.T) {
			path := c.write(t, "as certificate "+tt.name, tt.data)
			d, r := report(t, "keycheck", ec, "--cert", path)
			got := d.only(t, "certificate", tt.code)
			if got.evidence("reason") != tt.reason {
				t.Errorf("reason %q, want %q\n%v", got.evidence("reason"), tt.reason, r)
			}
			if tt.name != "PKCS7" {
				return
			}
			made := filepath.Join(t.TempDir(), "cert.pem")
			command := slices.Clone(got.Remedy.Commands[0])
			command[len(command)-1] = made
			openssl(t, nil, command[1:]...)
			if d, r := report(t, "keycheck", ec, "--cert", made); d.check(t, "certificate").Status != "pass" {
				t.Error(r)
			}
		})
	}
	t.Run("Java PKCS12", func(t *testing.T) {
		path := c.write(t, "java.p12", read(t, file("java.p12")))
		secret := write(t, "passphrase", []byte(passphrase))
		d, r := report(t, "keycheck", path, "--cert", path, "--passphrase-file", secret)
		if d.check(t, "key").text("curve") != "P-256" || !strings.Contains(r.String(), "belongs to the key") {
			t.Error(r)
		}
	})
	t.Run("JWK by jose", func(t *testing.T) {
		type exported struct {
			Name, Error string
			JWK         json.RawMessage
		}
		var cases []map[string]string
		sources := map[string]string{"PS256": rsa, "ES256": ec, "ES512": keys["P-521"]}
		for alg, source := range sources {
			cases = append(cases, map[string]string{"name": alg, "alg": alg, "pkcs8": string(read(t, source))})
		}
		var out []exported
		script(t, cases, &out, node(t, "jose.mjs", "jwk")...)
		if len(out) != len(sources) {
			t.Fatalf("%d answers", len(out))
		}
		for _, e := range out {
			if e.Error != "" {
				t.Fatal(e.Name, e.Error)
			}
			keyIs(t, c.write(t, e.Name+".jwk", e.JWK), sources[e.Name], nil)
		}
	})
}
