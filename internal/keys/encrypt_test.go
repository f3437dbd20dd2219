package keys_test

import (
	"crypto/ecdsa"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/youmark/pkcs8"

	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/secret"
)

func TestEncryptedPKCS8PEM(t *testing.T) {
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
	got, err := pkcs8.ParsePKCS8PrivateKey(block.Bytes, []byte("grüne Neune"))
	if err != nil || !got.(*ecdsa.PrivateKey).Equal(key.Signer()) {
		t.Errorf("read back: %v", err)
	}
	if _, err := pkcs8.ParsePKCS8PrivateKey(block.Bytes, []byte("grune Neune")); err == nil {
		t.Error("another passphrase opens it")
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
