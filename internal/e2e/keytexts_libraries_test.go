//go:build e2e

package e2e

import (
	"bytes"
	"cmp"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

// goTexts is what Go's own packages and golang-jwt say.
func goTexts(t *testing.T, inputs []keyInput) (texts []saidOfKey) {
	t.Helper()
	info := string(openModule(t))
	for _, in := range inputs {
		var data []byte
		if in.File != "" {
			data = read(t, in.File)
		}
		es := strings.HasPrefix(in.Alg, "ES")
		token := jwt.New(jwt.GetSigningMethod(in.Alg))
		say := func(library, version string, err error) {
			text := ""
			if err != nil {
				text = err.Error()
			}
			texts = append(texts, saidOfKey{library, version, in.Name, text})
		}
		signed := func(key any, err error) error {
			if err == nil {
				_, err = token.SignedString(key)
			}
			return err
		}
		if es {
			key, err := jwt.ParseECPrivateKeyFromPEM(data)
			say("golang-jwt", info, signed(key, err))
		} else {
			key, err := jwt.ParseRSAPrivateKeyFromPEM(data)
			say("golang-jwt", info, signed(key, err))
		}
		if in.Name == "good" || in.Name == "good-ec" {
			say("golang-jwt, key as []byte", info, signed(data, nil))
			say("golang-jwt, key as string", info, signed(string(data), nil))
		}
		say("Go crypto/x509", runtime.Version(), signedWithStandardLibrary(data, es))
		certificate := "rsa-3072-cert.pem"
		if es {
			certificate = "ec-p256-cert.pem"
		}
		_, err := tls.X509KeyPair(read(t, "../../testdata/keys/"+certificate), data)
		say("Go crypto/tls", runtime.Version(), err)
	}
	return texts
}

func openModule(t *testing.T) []byte {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Version}}", "github.com/golang-jwt/jwt/v5").Output()
	if err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSpace(out)
}

// signedWithStandardLibrary reads a key as most Go programs do.
func signedWithStandardLibrary(data []byte, es bool) error {
	b, _ := pem.Decode(data)
	if b == nil {
		return errors.New("failed to decode PEM block containing private key") // what many programs say
	}
	key, err := x509.ParsePKCS8PrivateKey(b.Bytes)
	if err != nil {
		return err
	}
	if _, is := key.(*rsa.PrivateKey); !es && !is {
		return errors.New("not an RSA private key")
	}
	if _, is := key.(*ecdsa.PrivateKey); es && !is {
		return errors.New("not an ECDSA private key")
	}
	return nil
}

// opensslTexts is what the openssl command line says.
func opensslTexts(t *testing.T, inputs []keyInput) (texts []saidOfKey) {
	t.Helper()
	version := strings.Fields(string(openssl(t, nil, "version")))[1]
	for _, in := range inputs {
		if in.File == "" {
			continue
		}
		sign := []string{"dgst", "-sha256", "-sign", in.File, "-passin", "pass:" + in.Passphrase, "-hex"}
		if strings.HasPrefix(in.Alg, "PS") {
			sign = append(sign, "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32")
		}
		r := run(t, []byte("x"), bareEnv(t), "openssl", sign...)
		text := ""
		if r.exit != 0 {
			text = strings.TrimSpace(r.stderr)
		}
		texts = append(texts, saidOfKey{"openssl", version, in.Name, text})
	}
	return texts
}

// sshKey is a key that ssh-keygen made, in OpenSSH's own format.
func sshKey(t *testing.T) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "id_rsa")
	if r := run(t, nil, bareEnv(t), "ssh-keygen", "-q", "-t", "rsa", "-b", "3072", "-N", "", "-f", file); r.exit != 0 {
		t.Fatal(r)
	}
	return read(t, file)
}

// javaTexts is what the JDK and Bouncy Castle say.
func javaTexts(t *testing.T, inputs []keyInput) (texts []saidOfKey) {
	t.Helper()
	const jars = "/usr/share/java/bcpkix.jar:/usr/share/java/bcprov.jar:/usr/share/java/bcutil.jar"
	args := []string{"-cp", jars, "clients/KeyTexts.java"}
	for _, in := range inputs {
		args = append(args, in.Name, in.Alg, cmp.Or(in.File, "-"))
	}
	r := run(t, nil, bareEnv(t), "java", args...)
	if r.exit != 0 {
		t.Fatal(r)
	}
	parts := strings.Split(string(r.stdout), "\x00")
	for ; len(parts) > 4; parts = parts[4:] {
		texts = append(texts, saidOfKey{parts[0], parts[1], parts[2], parts[3]})
	}
	return texts
}
