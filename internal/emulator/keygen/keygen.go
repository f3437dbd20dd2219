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

// Generator makes private keys of the types that Generate knows.
type Generator func(keyType string) (crypto.Signer, error)

// OrNew is g, or Generate if g is nil.
func (g Generator) OrNew() Generator {
	if g == nil {
		return Generate
	}
	return g
}

var (
	rsaBits = map[string]int{"rsa-2048": 2048, "rsa-3072": 3072, "rsa-3584": 3584, "rsa-4096": 4096}
	curves  = map[string]elliptic.Curve{"p-224": elliptic.P224(), "p-256": elliptic.P256(), "p-384": elliptic.P384(), "p-521": elliptic.P521()}
)

// Generate makes a new key of a type such as "rsa-3072", "p-256" or "ed25519".
func Generate(keyType string) (crypto.Signer, error) {
	if bits := rsaBits[keyType]; bits != 0 {
		return rsa.GenerateKey(rand.Reader, bits)
	}
	if curve := curves[keyType]; curve != nil {
		return ecdsa.GenerateKey(curve, rand.Reader)
	}
	if keyType == "ed25519" {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	}
	return nil, fmt.Errorf("unknown key type %q", keyType)
}
