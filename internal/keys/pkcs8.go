package keys

import (
	"crypto/x509"
	"encoding/pem"
	"errors"

	"github.com/nsauth/nsauth/internal/secret"
)

// errNoKey is for an empty Key.
var errNoKey = errors.New("private key is missing")

// PKCS8PEM returns the private key, unencrypted, as a PEM block "PRIVATE KEY". An
// RSA-PSS key becomes a plain RSA key of the same numbers.
func (k *Key) PKCS8PEM() (secret.Secret, error) {
	if k.Signer() == nil {
		return secret.Secret{}, errNoKey
	}
	der, err := x509.MarshalPKCS8PrivateKey(k.Signer())
	if err != nil {
		return secret.Secret{}, err
	}
	return secret.New(string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))), nil
}

// EncryptedPKCS8PEM returns the private key encrypted with a passphrase, as a PEM
// block "ENCRYPTED PRIVATE KEY".
func (k *Key) EncryptedPKCS8PEM(passphrase secret.Secret) (secret.Secret, error) {
	switch {
	case k.Signer() == nil:
		return secret.Secret{}, errNoKey
	case passphrase.IsZero():
		return secret.Secret{}, errors.New("the passphrase is empty")
	}
	der, err := x509.MarshalPKCS8PrivateKey(k.Signer())
	if err != nil {
		return secret.Secret{}, err
	}
	if der, err = encryptPKCS8(der, passphrase.Reveal()); err != nil {
		return secret.Secret{}, err
	}
	return secret.New(string(pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: der}))), nil
}
