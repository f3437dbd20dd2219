// Package keypool has private keys for tests, because making an RSA key would take
// longer than the test. The keys are public: never trust one.
package keypool

import (
	"crypto"
	"crypto/x509"
	_ "embed"
	"encoding/pem"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/nsauth/nsauth/internal/emulator/keygen"
)

//go:generate sh make.sh

//go:embed testdata/rsa-keys.pem
var rsaKeys []byte

// pool is the keys of one type. Each call gets the next one, so that two keys of a
// test differ.
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

// Generate stands in for keygen.Generate in tests: it returns RSA keys from the pool
// in turn, and generates the others, which is fast.
func Generate(keyType string) (crypto.Signer, error) {
	if !strings.HasPrefix(keyType, "rsa-") {
		return keygen.Generate(keyType)
	}
	p, found := pools()[keyType]
	if !found {
		return nil, fmt.Errorf("keypool: unknown key type %q", keyType)
	}
	return p.keys[int(p.next.Add(1))%len(p.keys)]()
}
