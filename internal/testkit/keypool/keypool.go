// Package keypool has private keys for tests, where making an RSA key would take
// longer than the test. The keys are public: nothing may ever trust one.
package keypool

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	_ "embed"
	"encoding/pem"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
)

//go:generate sh make.sh

//go:embed testdata/rsa-keys.pem
var rsaKeys []byte

// pool is the keys of one type. Whoever asks gets the next one, so that two keys of
// a test differ.
type pool struct {
	keys []func() (crypto.Signer, error)
	next atomic.Uint32
}

// pools reads the file once; a key is parsed when it is first handed out.
var pools = sync.OnceValue(func() map[string]*pool {
	all := make(map[string]*pool)
	for rest := rsaKeys; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return all
		}
		keyType := block.Headers["Type"]
		if all[keyType] == nil {
			all[keyType] = new(pool)
			// Processes that run one after the other begin at different keys.
			all[keyType].next.Store(uint32(os.Getpid()))
		}
		all[keyType].keys = append(all[keyType].keys, sync.OnceValues(func() (crypto.Signer, error) {
			key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
			if err != nil {
				return nil, err
			}
			return key.(crypto.Signer), nil
		}))
	}
})

// Generate stands in for making a key of a type such as "rsa-3072": RSA keys are
// taken from the pool in turn, and the others, which take no time, are new.
func Generate(keyType string) (crypto.Signer, error) {
	switch keyType {
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
	p, found := pools()[keyType]
	if !found {
		return nil, fmt.Errorf("keypool: unknown key type %q", keyType)
	}
	return p.keys[int(p.next.Add(1))%len(p.keys)]()
}
