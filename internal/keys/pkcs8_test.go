package keys_test

import (
	"crypto/ecdsa"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/secret"
)

func TestEncryptedPKCS8PEM(t *testing.T) {
	if testing.Short() {
		t.Skip("derives keys from passphrases, which is made to be slow")
	}
	key := loadKey(t, "ec-p256.pem")
	text, err := key.EncryptedPKCS8PEM(secret.New("grüne Neune"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = keys.ParseKey([]byte(text.Reveal()))
	wantFault(t, err, keys.ObjectKey, keys.KindEncrypted, "pkcs8")
	block, _ := pem.Decode([]byte(text.Reveal()))
	if block == nil || block.Type != "ENCRYPTED PRIVATE KEY" {
		t.Fatal("no block of an encrypted key")
	}
	path := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(path, []byte(text.Reveal()), 0o600); err != nil {
		t.Fatal(err)
	}
	open := func(passphrase string) (*keys.Key, error) {
		l := keys.Loader{LookupEnv: func(string) (string, bool) { return passphrase, true }}
		return l.Key(t.Context(), keys.Source{Name: path, PassphraseFile: "env:P"})
	}
	got, err := open("grüne Neune")
	if err != nil || !got.Signer().(*ecdsa.PrivateKey).Equal(key.Signer()) {
		t.Errorf("read back: %v", err)
	}
	_, err = open("grune Neune")
	wantFault(t, err, keys.ObjectKey, keys.KindPassphraseWrong, "pkcs8")
	if openssl, err := exec.LookPath("openssl"); err == nil {
		out, err := exec.Command(openssl, "pkey", "-in", path, "-passin", "pass:grüne Neune").Output()
		plain, perr := key.PKCS8PEM()
		if err != nil || perr != nil || string(out) != plain.Reveal() {
			t.Errorf("openssl: %v, %v", err, perr)
		}
	}
	again, err := key.EncryptedPKCS8PEM(secret.New("grüne Neune"))
	if err != nil || again.Equal(text) {
		t.Errorf("the same salt twice (%v)", err)
	}
	for name, make := range map[string]func() (secret.Secret, error){
		"no passphrase": func() (secret.Secret, error) { return key.EncryptedPKCS8PEM(secret.Secret{}) },
		"no key":        func() (secret.Secret, error) { return (&keys.Key{}).EncryptedPKCS8PEM(secret.New("x")) },
	} {
		if text, err := make(); err == nil || strings.Contains(text.Reveal(), "BEGIN") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
