// Package keygen makes the private keys of the stand-in and of its clients.
package keygen

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
)

// Generator makes private keys by the names that Generate knows.
type Generator func(keyType string) (crypto.Signer, error)

// OrNew is g, or Generate where there is none.
func (g Generator) OrNew() Generator {
	if g == nil {
		return Generate
	}
	return g
}

// Generate makes a new key of a type such as "rsa-3072", "p-256" or "ed25519".
func Generate(keyType string) (crypto.Signer, error) {
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
