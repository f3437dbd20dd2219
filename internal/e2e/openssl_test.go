//go:build e2e

package e2e

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// What the openssl command line makes and what it says.

// makeKey makes a private key, as PKCS#8 in PEM, in a new file.
func makeKey(t *testing.T, algorithm string, options ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key.pem")
	args := []string{"genpkey", "-algorithm", algorithm, "-out", path}
	for _, o := range options {
		args = append(args, "-pkeyopt", o)
	}
	openssl(t, nil, args...)
	return path
}

// makeRSA and makeEC are the two kinds that NetSuite takes.
func makeRSA(t *testing.T, bits int) string {
	t.Helper()
	return makeKey(t, "RSA", fmt.Sprintf("rsa_keygen_bits:%d", bits))
}

func makeEC(t *testing.T, curve string) string {
	t.Helper()
	return makeKey(t, "EC", "ec_paramgen_curve:"+curve, "ec_param_enc:named_curve")
}

// makeCertificate makes a self-signed certificate of a key, as Oracle's guide does.
func makeCertificate(t *testing.T, key string, days int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cert.pem")
	openssl(t, nil, "req", "-new", "-x509", "-key", key, "-sha256", "-days", strconv.Itoa(days),
		"-subj", "/CN=nsauth end-to-end test", "-out", path)
	return path
}

// publicPEM is the public half of a key.
func publicPEM(t *testing.T, key string) []byte {
	t.Helper()
	return openssl(t, nil, "pkey", "-in", key, "-pubout")
}

// keyText is what "openssl pkey -text" says of a key.
type keyText struct {
	kind  string // RSA, RSA-PSS, EC, ED25519, ...
	bits  int    // 0 where openssl prints none
	curve string // its NIST name, or else its OID's name
}

var (
	bitsLine  = regexp.MustCompile(`Private-Key: \((\d+) bit`)
	kindLine  = regexp.MustCompile(`^([A-Z0-9]+) Private-Key:`)
	curveLine = regexp.MustCompile(`ASN1 OID: (\S+)`)
	nistLine  = regexp.MustCompile(`NIST CURVE: (\S+)`)
)

func describeKey(t *testing.T, path string) keyText {
	t.Helper()
	text := string(openssl(t, nil, "pkey", "-in", path, "-passin", "pass:"+passphrase, "-noout", "-text"))
	first := func(re *regexp.Regexp) string {
		if m := re.FindStringSubmatch(text); m != nil {
			return m[1]
		}
		return ""
	}
	k := keyText{kind: first(kindLine), curve: first(nistLine)}
	k.bits, _ = strconv.Atoi(first(bitsLine))
	if k.curve == "" {
		k.curve = first(curveLine)
	}
	switch {
	case k.kind != "":
	case strings.Contains(text, "PSS parameter restrictions"): // "No ..." where there are none
		k.kind = "RSA-PSS"
	case strings.Contains(text, "\nmodulus:"):
		k.kind = "RSA"
	case k.curve != "":
		k.kind = "EC"
	default:
		t.Fatalf("openssl describes the key in a way that this test does not know:\n%s", text)
	}
	return k
}

// passphrase opens the encrypted keys of these tests; openssl ignores it where
// a key is not encrypted.
const passphrase = "end-to-end"

// spkiSHA256 is the hex fingerprint of a key's public half, by openssl. That of
// an RSA-PSS key is taken as if it were a plain RSA key: by way of PKCS#1, which
// has no room to say otherwise.
func spkiSHA256(t *testing.T, key string) string {
	t.Helper()
	args := []string{"pkey", "-in", key, "-passin", "pass:" + passphrase, "-pubout", "-outform", "DER"}
	var stdin []byte
	if describeKey(t, key).kind == "RSA-PSS" {
		stdin = openssl(t, nil, "rsa", "-in", key, "-RSAPublicKey_out", "-outform", "DER")
		args = []string{"rsa", "-RSAPublicKey_in", "-inform", "DER", "-pubout", "-outform", "DER"}
	}
	der := openssl(t, stdin, args...)
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}

// certificateID is NetSuite's Certificate ID, by openssl: the SHA-256 of the
// DER, in base64url without padding.
func certificateID(t *testing.T, certificate string) string {
	t.Helper()
	form := "PEM"
	if !strings.Contains(string(read(t, certificate)), "-----BEGIN") {
		form = "DER"
	}
	der := openssl(t, nil, "x509", "-inform", form, "-in", certificate, "-outform", "DER")
	return base64.RawURLEncoding.EncodeToString(openssl(t, der, "dgst", "-sha256", "-binary"))
}
