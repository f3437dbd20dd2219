package emulator

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
)

// KeyGenerator makes private keys by the names that GenerateKey knows.
type KeyGenerator func(keyType string) (crypto.Signer, error)

// orNew is g, or GenerateKey where there is none.
func (g KeyGenerator) orNew() KeyGenerator {
	if g == nil {
		return GenerateKey
	}
	return g
}

// tokenKey makes the key that signs access tokens.
func tokenKey(generate KeyGenerator) (*rsa.PrivateKey, error) {
	key, err := generate.orNew()("rsa-2048")
	if err != nil {
		return nil, err
	}
	own, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("emulator: token key is a %T, not an RSA key", key)
	}
	return own, nil
}

// GenerateKey makes a new key of a type such as "rsa-3072", "p-256" or "ed25519".
func GenerateKey(keyType string) (crypto.Signer, error) {
	switch keyType {
	case "rsa-2048":
		return rsa.GenerateKey(rand.Reader, 2048)
	case "rsa-3072":
		return rsa.GenerateKey(rand.Reader, 3072)
	case "rsa-3584":
		return rsa.GenerateKey(rand.Reader, 3584)
	case "rsa-4096":
		return rsa.GenerateKey(rand.Reader, 4096)
	case "p-224":
		return ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	case "p-256":
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "p-384":
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "p-521":
		return ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case "ed25519":
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	}
	return nil, fmt.Errorf("unknown key type %q", keyType)
}
