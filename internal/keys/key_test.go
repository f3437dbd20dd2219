package keys_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/secret"
)

func TestLoadKey(t *testing.T) {
	tests := []struct {
		file     string
		typ      string
		curve    string
		bits     int
		encoding string
		faults   []string
	}{
		{"rsa-2048.pem", "RSA", "", 2048, "PKCS#8 PEM", []string{"rsa-too-small"}},
		{"rsa-3072.pem", "RSA", "", 3072, "PKCS#8 PEM", nil},
		{"rsa-3072-pkcs1.pem", "RSA", "", 3072, "PKCS#1 PEM", nil},
		{"rsa-3072-e3.pem", "RSA", "", 3072, "PKCS#8 PEM", []string{"exponent-unusual"}},
		{"rsa-3584.pem", "RSA", "", 3584, "PKCS#8 PEM", []string{"rsa-size-unsupported"}},
		{"rsa-4096.pem", "RSA", "", 4096, "PKCS#8 PEM", nil},
		{"rsa-pss-3072.pem", "RSA-PSS", "", 3072, "PKCS#8 PEM", nil},
		{"rsa-pss-3072-sha512.pem", "RSA-PSS", "", 3072, "PKCS#8 PEM", nil},
		{"ec-p224.pem", "EC", "P-224", 224, "PKCS#8 PEM", []string{"curve-unsupported"}},
		{"ec-p256.pem", "EC", "P-256", 256, "PKCS#8 PEM", nil},
		{"ec-p256-pkcs8.der", "EC", "P-256", 256, "PKCS#8 DER", nil},
		{"ec-p256-sec1.pem", "EC", "P-256", 256, "SEC1 PEM", nil},
		{"ec-p256-params-sec1.pem", "EC", "P-256", 256, "SEC1 PEM", nil},
		{"ec-p256-bundle.pem", "EC", "P-256", 256, "PKCS#8 PEM", nil},
		{"ec-p384.pem", "EC", "P-384", 384, "PKCS#8 PEM", nil},
		{"ec-p384-params-sec1.pem", "EC", "P-384", 384, "SEC1 PEM", nil},
		{"ec-p521.pem", "EC", "P-521", 521, "PKCS#8 PEM", nil},
		{"ec-p521-params-sec1.pem", "EC", "P-521", 521, "SEC1 PEM", nil},
		{"ed25519.pem", "Ed25519", "", 256, "PKCS#8 PEM", []string{"type-unsupported/ed25519"}},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			key := loadKey(t, tt.file)
			if key.Type != tt.typ || key.Curve != tt.curve || key.Bits != tt.bits || key.Encoding != tt.encoding {
				t.Errorf("key is %s %q %d %q", key.Type, key.Curve, key.Bits, key.Encoding)
			}
			if key.Path != file(tt.file) || key.Encrypted {
				t.Errorf("path %q, encrypted %v", key.Path, key.Encrypted)
			}
			if key.Signer() == nil || key.Public() == nil {
				t.Error("the key cannot sign")
			}
			wantKinds(t, key.Judge(), tt.faults...)
			for _, f := range key.Judge() {
				if f.Object != keys.ObjectKey || f.Evidence["path"] != key.Path {
					t.Errorf("fault %v has object %q and evidence %v", f, f.Object, f.Evidence)
				}
			}
		})
	}
}

// What a file is instead of a private key that can be read.
func TestLoadKeyFaults(t *testing.T) {
	tests := []struct {
		file   string
		kind   keys.Kind
		reason string
	}{
		{"ec-p256-cert.pem", keys.KindNotAPrivateKey, "certificate"},
		{"ec-p256-cert.der", keys.KindNotAPrivateKey, "certificate"},
		{"ec-secp256k1-cert.pem", keys.KindNotAPrivateKey, "certificate"},
		{"ec-p256-request.pem", keys.KindNotAPrivateKey, "certificate-request"},
		{"ec-p256-public.pem", keys.KindNotAPrivateKey, "public-key"},
		{"rsa-3072-pkcs1-public.pem", keys.KindNotAPrivateKey, "public-key"},
		{"ec-p256-pkcs7.pem", keys.KindNotAPrivateKey, "pkcs7"},
		{"ec-p256.p12", keys.KindEncrypted, "pkcs12"},
		{"ec-p256-encrypted-pkcs8.pem", keys.KindEncrypted, "pkcs8"},
		{"ec-p256-encrypted-rfc1423.pem", keys.KindEncrypted, "rfc1423"},
		{"ec-p256-explicit.pem", keys.KindExplicitParameters, ""},
		{"ec-secp256k1.pem", keys.KindCurveUnsupported, ""},
		{"x25519.pem", keys.KindTypeUnsupported, "x25519"},
		{"dsa.pem", keys.KindTypeUnsupported, "dsa"},
		{"make.sh", keys.KindUnparsable, "no-pem"},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			key, err := keys.LoadKey(file(tt.file))
			fault := wantFault(t, err, keys.ObjectKey, tt.kind, tt.reason)
			if key != nil {
				t.Error("a key came with the fault")
			}
			if fault.Evidence["path"] != file(tt.file) {
				t.Errorf("evidence %v does not name the file", fault.Evidence)
			}
		})
	}
	if _, err := keys.LoadKey(file("ec-secp256k1.pem")); faultOf(t, err).Evidence["curve"] != "secp256k1" {
		t.Errorf("evidence %v does not name the curve", faultOf(t, err).Evidence)
	}
}

// Accidents on the way of a good key to its file. "KEY" stands for ec-p256.pem
// and "B64" for its body on one line.
func TestParseKeyAccidents(t *testing.T) {
	key := string(content(t, file("ec-p256.pem")))
	block, _ := pem.Decode([]byte(key))
	lines := strings.Split(strings.TrimSpace(key), "\n")
	body := strings.Join(lines[1:len(lines)-1], "")
	encode := func(label string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}))
	}
	flipped := bytes.Clone(block.Bytes)
	flipped[0] ^= 1
	huge := append([]byte{0x30, 0x82, 0x80, 0x00}, make([]byte, 0x8000)...)
	copy(huge[4:], []byte{2, 1, 0, 0x30, 0, 4, 0x82, 0x7f, 0xf7})

	tests := []struct {
		name, text string
		kind       keys.Kind
		reason     string
	}{
		{"empty", "", keys.KindUnparsable, "empty"},
		{"white space", " \r\n\t\n", keys.KindUnparsable, "empty"},
		{"prose", "this is not a key", keys.KindUnparsable, "no-pem"},
		{"cut off", key[:len(key)/2], keys.KindUnparsable, "truncated"},
		{"no end line", strings.Join(lines[:len(lines)-1], "\n"), keys.KindUnparsable, "truncated"},
		{"a line is missing", strings.Join(append(append([]string{}, lines[:2]...), lines[3:]...), "\n"), keys.KindUnparsable, "truncated"},
		{"another end line", strings.Replace(key, "END PRIVATE", "END RSA PRIVATE", 1), keys.KindUnparsable, "end-line-differs"},
		{"a dash is missing", strings.Replace(key, "KEY-----\n", "KEY----\n", 1), keys.KindUnparsable, "damaged-header"},
		{"begin line is missing", strings.Join(lines[1:], "\n"), keys.KindUnparsable, "damaged-header"},
		{"not base64", strings.Replace(key, "MI", "M*", 1), keys.KindUnparsable, "bad-base64"},
		{"not DER", encode("PRIVATE KEY", flipped), keys.KindUnparsable, "bad-der"},
		{"empty block", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n", keys.KindUnparsable, "bad-der"},
		{"bytes after it", encode("PRIVATE KEY", append(bytes.Clone(block.Bytes), 1, 2)), keys.KindUnparsable, "trailing-data"},
		{"with the label of a trusted certificate", encode("TRUSTED CERTIFICATE", append(bytes.Clone(block.Bytes), 1, 2)), keys.KindNotAPrivateKey, "certificate"},
		{"PKCS#8 called PKCS#1", encode("RSA PRIVATE KEY", block.Bytes), keys.KindUnparsable, "wrong-label"},
		{"huge", encode("PRIVATE KEY", huge), keys.KindUnparsable, "too-long"},
		{"DER cut off", string(block.Bytes[:60]), keys.KindUnparsable, "truncated"},
		{"OpenSSH", encode("OPENSSH PRIVATE KEY", []byte("openssh-key-v1\x00")), keys.KindUnparsable, "openssh"},
		{"OpenSSH public", "ecdsa-sha2-nistp256 AAAAE2VjZHNh me@here", keys.KindNotAPrivateKey, "openssh-public-key"},
		{"PuTTY", "PuTTY-User-Key-File-3: ecdsa-sha2-nistp256\n", keys.KindUnparsable, "putty"},
		{"PGP", "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nxVgE\n=abcd\n-----END PGP PRIVATE KEY BLOCK-----\n", keys.KindUnparsable, "pgp"},
		{"JWK", `{"kty":"EC","crv":"P-256","d":"AAAA"}`, keys.KindUnparsable, "jwk-damaged"},
		{"JSON", `{"error":"server_error"}`, keys.KindUnparsable, "json"},
		{"Java keystore", "\xfe\xed\xfe\xed\x00\x00\x00\x02", keys.KindUnparsable, "java-keystore"},
		{"PKCS#12 in BER", "\x30\x80\x02\x01\x03\x30\x80", keys.KindUnparsable, "pkcs12"},
		{"HTML", "\n<!DOCTYPE html><html>", keys.KindNotAPrivateKey, "html"},
		{"parameters only", "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n", keys.KindNotAPrivateKey, "parameters"},
		{"a certificate before a damaged key", string(content(t, file("ec-p256-cert.pem"))) + key[:len(key)/2], keys.KindUnparsable, "truncated"},
		{"encrypted called certificate request", strings.ReplaceAll(string(content(t, file("ec-p256-request.pem"))), "CERTIFICATE REQUEST", "PRIVATE KEY"), keys.KindNotAPrivateKey, "certificate-request"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := keys.ParseKey([]byte(tt.text))
			fault := wantFault(t, err, keys.ObjectKey, tt.kind, tt.reason)
			for size := 16; size <= len(body); size += 16 {
				if text := fmt.Sprint(fault, fault.Evidence, fault.Err); strings.Contains(text, body[size-16:size]) {
					t.Fatalf("the fault quotes the key: %s", text)
				}
			}
		})
	}
}

// What is around a key, and how its lines end, does not matter.
func TestParseKeyTolerates(t *testing.T) {
	key := string(content(t, file("ec-p256.pem")))
	want := loadKey(t, "ec-p256.pem").SPKISHA256()
	for name, text := range map[string]string{
		"CRLF":              strings.ReplaceAll(key, "\n", "\r\n"),
		"no last newline":   strings.TrimSpace(key),
		"text before":       "Bag Attributes\n    localKeyID: 01\nKey Attributes: <No Attributes>\n" + key,
		"newlines before":   "\n\n" + key,
		"certificate first": string(content(t, file("ec-p256-cert.pem"))) + key,
		"DER and newline":   string(content(t, file("ec-p256-pkcs8.der"))) + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			got, err := keys.ParseKey([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			if got.SPKISHA256() != want {
				t.Error("another key was read")
			}
		})
	}
}

// A file made to keep the parser busy ends soon all the same.
func TestParseKeyHostile(t *testing.T) {
	number := func(bytes int) *big.Int { // odd, and as long as it says
		n := new(big.Int).Lsh(big.NewInt(1), uint(8*bytes-1))
		return n.Sub(n, big.NewInt(1))
	}
	p := number(1700)
	n := new(big.Int).Mul(p, p)
	long, err := asn1.Marshal(struct {
		Version            int
		N                  *big.Int
		E                  int
		D, P, Q, A, B, Inv *big.Int
	}{0, n, 65537, number(3000), p, p, number(1700), number(1700), number(1700)})
	if err != nil {
		t.Fatal(err)
	}
	deep := bytes.Repeat([]byte{0x30, 0x80}, keys.MaxFileBytes/2)
	for name, data := range map[string][]byte{
		"long numbers": long,
		"many blocks":  bytes.Repeat([]byte("-----BEGIN PRIVATE KEY-----\n"), keys.MaxFileBytes/28),
		"many keys":    bytes.Repeat([]byte("-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n"), keys.MaxFileBytes/60),
		"on one line":  bytes.Repeat([]byte("-----BEGIN PRIVATE KEY-----"), keys.MaxFileBytes/27),
		"deep":         deep,
		"dashes":       bytes.Repeat([]byte("-"), keys.MaxFileBytes),
	} {
		start := time.Now()
		if _, err := keys.ParseKey(data); err == nil {
			t.Errorf("%s: no error", name)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}
}

// Numbers that do not belong together are no key.
func TestParseKeyInconsistent(t *testing.T) {
	for name, at := range map[string]int{"rsa-3072-pkcs1.pem": 100, "rsa-pss-3072.pem": 600} {
		block, _ := pem.Decode(content(t, file(name)))
		block.Bytes[at] ^= 1
		_, err := keys.ParseKey(pem.EncodeToMemory(block))
		wantFault(t, err, keys.ObjectKey, keys.KindUnparsable, "inconsistent")
	}
	// A public exponent of 65536: one bit below 65537, in its last byte.
	block, _ := pem.Decode(content(t, file("rsa-3072-pkcs1.pem")))
	at := bytes.Index(block.Bytes, []byte{2, 3, 1, 0, 1})
	block.Bytes[at+4] = 0
	_, err := keys.ParseKey(pem.EncodeToMemory(block))
	wantFault(t, err, keys.ObjectKey, keys.KindExponentUnusual, "even")

	// SEC1 may leave its curve to the block before it; nobody reads that.
	block, _ = pem.Decode(content(t, file("ec-p256-sec1.pem")))
	bare := append([]byte{0x30, 37}, block.Bytes[2:39]...)
	_, err = keys.ParseKey(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: bare}))
	wantFault(t, err, keys.ObjectKey, keys.KindUnparsable, "missing-curve")
}

func TestMultipleKeys(t *testing.T) {
	one, other := content(t, file("ec-p256.pem")), content(t, file("ec-p256-other.pem"))
	key, err := keys.ParseKey(append(bytes.Clone(one), other...))
	if err != nil {
		t.Fatal(err)
	}
	if key.SPKISHA256() != loadKey(t, "ec-p256.pem").SPKISHA256() {
		t.Error("not the first key")
	}
	wantKinds(t, key.Judge(), "multiple-keys")
	if n := key.Judge()[0].Evidence["count"]; n != 2 {
		t.Errorf("count is %v", n)
	}
	key, err = keys.ParseKey(append(bytes.Clone(one), one...))
	if err != nil {
		t.Fatal(err)
	}
	wantKinds(t, key.Judge())
}

// The fingerprint is that of the SubjectPublicKeyInfo that openssl writes, in
// whatever the key is wrapped.
func TestSPKISHA256(t *testing.T) {
	block, _ := pem.Decode(content(t, file("ec-p256-public.pem")))
	sum := sha256.Sum256(block.Bytes)
	want := hex.EncodeToString(sum[:])
	for _, name := range []string{"ec-p256.pem", "ec-p256-sec1.pem", "ec-p256-params-sec1.pem", "ec-p256-pkcs8.der"} {
		if got := loadKey(t, name).SPKISHA256(); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if loadKey(t, "rsa-3072.pem").SPKISHA256() != loadKey(t, "rsa-3072-pkcs1.pem").SPKISHA256() {
		t.Error("PKCS#8 and PKCS#1 differ")
	}
}

func TestPSSHash(t *testing.T) {
	for name, want := range map[string]crypto.Hash{
		"rsa-pss-3072.pem": 0, "rsa-pss-3072-sha512.pem": crypto.SHA512, "rsa-3072.pem": 0, "ec-p256.pem": 0,
	} {
		if got := loadKey(t, name).PSSHash; got != want {
			t.Errorf("%s: hash %d, want %d", name, got, want)
		}
	}
}

func TestZeroKey(t *testing.T) {
	for _, key := range []*keys.Key{nil, {}} {
		if key.Signer() != nil || key.Public() != nil || key.SPKISHA256() != "" || key.Judge() != nil {
			t.Error("a key without material has some")
		}
		if _, err := key.PKCS8PEM(); err == nil {
			t.Error("a key without material was encoded")
		}
	}
}

func TestReadableByOthers(t *testing.T) {
	key := content(t, file("ec-p256.pem"))
	for mode, want := range map[os.FileMode]string{0o600: "", 0o400: "", 0o700: "", 0o640: "0640", 0o604: "0604", 0o666: "0666"} {
		if runtime.GOOS == "windows" {
			want = ""
		}
		path := filepath.Join(t.TempDir(), "key.pem")
		if err := os.WriteFile(path, key, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		got, err := keys.LoadKey(path)
		if err != nil {
			t.Fatal(err)
		}
		faults := got.Judge()
		switch {
		case want == "" && len(faults) > 0:
			t.Errorf("mode %v: %v", mode, faults)
		case want != "" && (len(faults) != 1 || faults[0].Kind != keys.KindReadableByOthers || faults[0].Evidence["mode"] != want):
			t.Errorf("mode %v: %v", mode, faults)
		}
	}
}

// No formatter, encoder or logger shows a key, a secret, or a part of one,
// also from inside other types' unexported fields.
func TestNothingShowsAKey(t *testing.T) {
	for _, name := range []string{"ec-p256.pem", "rsa-3072.pem", "ed25519.pem"} {
		key := loadKey(t, name)
		text, err := key.PKCS8PEM()
		if err != nil {
			t.Fatal(err)
		}
		type hidden struct {
			key    *keys.Key
			value  keys.Key
			secret secret.Secret
			list   []secret.Secret
		}
		type shown struct {
			Key    *keys.Key
			Value  keys.Key
			Secret secret.Secret
			List   map[string]secret.Secret
		}
		values := []any{
			key, *key, text, &text,
			hidden{key, *key, text, []secret.Secret{text}}, &hidden{key, *key, text, []secret.Secret{text}},
			shown{key, *key, text, map[string]secret.Secret{"a": text}}, []any{key, text},
		}
		var out strings.Builder
		for _, v := range values {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%T", "%p", "%c", "%08b"} {
				fmt.Fprintf(&out, verb+"\n", v)
			}
			encoded, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			out.Write(encoded)
			if encoded, err = yaml.Marshal(v); err != nil {
				t.Fatal(err)
			}
			out.Write(encoded)
			slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v)
			slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
		}
		block, _ := pem.Decode([]byte(text.Reveal()))
		body := strings.Split(text.Reveal(), "\n")[1]
		der := secretPart(t, block.Bytes)
		for _, planted := range []string{
			"PRIVATE KEY", body, body[:32], string(der[:8]),
			fmt.Sprintf("%x", der[:8]), fmt.Sprintf("%X", der[:8]), strings.Trim(fmt.Sprint(der[:8]), "[]"),
		} {
			if strings.Contains(out.String(), planted) {
				t.Errorf("%s: %q is in the output", name, planted)
			}
		}
		if !strings.Contains(out.String(), "<secret>") || !strings.Contains(out.String(), key.String()) {
			t.Errorf("%s: neither placeholder nor description is in the output", name)
		}
	}
}

// secretPart returns bytes of a PKCS#8 key that its public half does not have:
// some in the middle of an RSA exponent, an EC scalar or an Ed25519 seed.
func secretPart(t *testing.T, der []byte) []byte {
	t.Helper()
	key, err := keys.ParseKey(der)
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{"RSA": 600, "EC": 40, "Ed25519": 20}[key.Type]
	return der[at : at+8]
}

// What the signer signs, the certificate verifies.
func TestSignerFitsCertificate(t *testing.T) {
	digest := sha256.Sum256([]byte("data"))
	for _, name := range []string{"ec-p256", "ec-p384", "ec-p521", "rsa-3072", "rsa-pss-3072"} {
		key, cert := loadKey(t, name+".pem"), loadCertificate(t, name+"-cert.pem")
		signature, err := key.Signer().Sign(rand.Reader, digest[:], signOptions(key))
		if err != nil {
			t.Fatal(err)
		}
		if !verifies(cert.Public(), digest[:], signature) {
			t.Errorf("%s: the certificate does not verify what the key signed", name)
		}
	}
}

// Only what NetSuite accepts has a name for certgen.
func TestTypeName(t *testing.T) {
	for _, tt := range []struct {
		typ, curve string
		bits       int
		want       string
	}{
		{"RSA", "", 3072, "rsa-3072"}, {"RSA", "", 4096, "rsa-4096"}, {"RSA-PSS", "", 3072, "rsa-3072"}, {"RSA", "", 2048, ""}, {"RSA", "", 3584, ""},
		{"EC", "P-256", 256, "p-256"}, {"EC", "P-384", 384, "p-384"}, {"EC", "P-521", 521, "p-521"}, {"EC", "P-224", 224, ""}, {"Ed25519", "", 256, ""},
	} {
		if got := keys.TypeName(tt.typ, tt.curve, tt.bits); got != tt.want {
			t.Errorf("%s %s %d: %q, want %q", tt.typ, tt.curve, tt.bits, got, tt.want)
		}
	}
}
