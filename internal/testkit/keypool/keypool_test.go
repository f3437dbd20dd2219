package keypool_test

import (
	"crypto"
	"crypto/rsa"
	"testing"

	"github.com/nsauth/nsauth/internal/testkit/keypool"
)

func TestKeysHaveTheirTypeAndDiffer(t *testing.T) {
	for keyType, bits := range map[string]int{"rsa-2048": 2048, "rsa-3072": 3072, "rsa-3584": 3584, "rsa-4096": 4096} {
		one, two := generate(t, keyType), generate(t, keyType)
		if got := one.(*rsa.PrivateKey).N.BitLen(); got != bits {
			t.Errorf("%s has %d bits", keyType, got)
		}
		if one.(*rsa.PrivateKey).Equal(two) {
			t.Errorf("%s: the same key twice in a row", keyType)
		}
	}
	if _, err := keypool.Generate("rsa-1024"); err == nil {
		t.Error("a type that is not in the pool: no error")
	}
}

func generate(t *testing.T, keyType string) crypto.Signer {
	t.Helper()
	key, err := keypool.Generate(keyType)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
