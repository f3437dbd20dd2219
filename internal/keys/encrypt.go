package keys

import (
	"crypto"
	"encoding/pem"
	"errors"

	pbes "github.com/youmark/pkcs8"

	"github.com/nsauth/nsauth/internal/secret"
)

// pbes2 is what new encrypted keys are made with: PBES2 (RFC 8018) with AES-256
// and PBKDF2 over HMAC-SHA-256, which openssl since 1.1.0 and Java read. The
// count is what OWASP recommends for this function as of 2023.
func pbes2() *pbes.Opts {
	return &pbes.Opts{
		Cipher:  pbes.AES256CBC,
		KDFOpts: pbes.PBKDF2Opts{SaltSize: 16, IterationCount: 600_000, HMACHash: crypto.SHA256},
	}
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
	der, err := pbes.MarshalPrivateKey(k.Signer(), []byte(passphrase.Reveal()), pbes2())
	if err != nil {
		return secret.Secret{}, err
	}
	return secret.New(string(pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: der}))), nil
}
