package keygen

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"fmt"
	"strings"
	"testing"
)

// One RSA key is made here; the sizes of the others are read from the table.
func TestGenerate(t *testing.T) {
	for _, keyType := range []string{"rsa-2048", "rsa-3072", "rsa-3584", "rsa-4096", "p-224", "p-256", "p-384", "p-521", "ed25519"} {
		t.Run(keyType, func(t *testing.T) {
			if bits, isRSA := rsaBits[keyType]; isRSA {
				if got := fmt.Sprintf("rsa-%d", bits); got != keyType {
					t.Errorf("would make a key of type %s", got)
				}
				if testing.Short() || bits > 2048 {
					return
				}
			}
			key, err := Generate(keyType)
			if err != nil {
				t.Fatal(err)
			}
			if got := typeOf(key); got != keyType {
				t.Errorf("made a key of type %s", got)
			}
		})
	}
	if _, err := Generate("rsa"); err == nil {
		t.Error("unknown type: no error")
	}
}

func typeOf(key crypto.Signer) string {
	switch k := key.(type) {
	case *rsa.PrivateKey:
		return fmt.Sprintf("rsa-%d", k.N.BitLen())
	case *ecdsa.PrivateKey:
		return strings.ToLower(k.Curve.Params().Name)
	case ed25519.PrivateKey:
		return "ed25519"
	}
	return ""
}
