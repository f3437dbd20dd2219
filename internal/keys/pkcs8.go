package keys

import (
	"crypto/x509"
	"encoding/pem"
	"errors"

	"github.com/nsauth/nsauth/internal/secret"
)

// errNoKey is for a Key or Certificate without content.
var errNoKey = errors.New("there is no key")

// PKCS8PEM returns the private key, unencrypted, as a PEM block "PRIVATE KEY".
// An RSA-PSS key is written as a plain RSA key of the same numbers.
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

// errNoPassphrase keeps a key from being encrypted with nothing.
var errNoPassphrase = errors.New("the passphrase is empty")

// EncryptedPKCS8PEM returns the private key encrypted with a passphrase, as a PEM
// block "ENCRYPTED PRIVATE KEY".
func (k *Key) EncryptedPKCS8PEM(passphrase secret.Secret) (secret.Secret, error) {
	switch {
	case k.Signer() == nil:
		return secret.Secret{}, errNoKey
	case passphrase.IsZero():
		return secret.Secret{}, errNoPassphrase
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
