// Package manyprofiles serves many profiles of many accounts, for tests of runs over them.
package manyprofiles

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/keygen"
	"github.com/nsauth/nsauth/internal/emulator/server"
	"github.com/nsauth/nsauth/internal/testkit/keypool"
)

// Fleet is an emulator with many profiles of many accounts, and a profile file for them.
type Fleet struct {
	Dir, Config string
	Server      *server.Server
	Names       []string
	Accounts    []account.Account
}

// New serves so many accounts with so many profiles each. key makes the key of each
// profile; nil makes P-256 keys. Change may alter the accounts; more follows the profiles in
// the file.
func New(t testing.TB, accounts, each int, key func(i int) crypto.Signer, change func(*server.Config), more string) *Fleet {
	t.Helper()
	if key == nil {
		key = func(int) crypto.Signer {
			k, err := keygen.Generate("p-256")
			if err != nil {
				t.Fatal(err)
			}
			return k
		}
	}
	f := &Fleet{Dir: t.TempDir()}
	f.Config = filepath.Join(f.Dir, "config.yaml")
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(f.Dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	values := map[string][3]string{} // by name: account, client ID, Certificate ID
	for a := range accounts {
		acc := account.Account{ID: fmt.Sprint(1000001 + a), Features: account.Features{OAuth2: true, RESTWebServices: true}}
		for n := range each {
			name := fmt.Sprintf("p%04d", len(f.Names))
			sum := sha256.Sum256([]byte(name))
			i := account.Integration{Name: name, ClientID: hex.EncodeToString(sum[:]), ApplicationID: account.ApplicationID(name), Enabled: true,
				ClientCredentialsGrant: true, Scopes: []string{"rest_webservices"}}
			k := key(len(f.Names))
			der, err := certify(k)
			if err != nil {
				t.Fatal(err)
			}
			m := account.Mapping{Certificate: der, ClientID: i.ClientID, Role: account.DefaultRole(), Entity: account.DefaultEntity()}
			m.Role.ID += n
			acc.Integrations, acc.Mappings = append(acc.Integrations, i), append(acc.Mappings, m)
			pkcs8, err := x509.MarshalPKCS8PrivateKey(k)
			if err != nil {
				t.Fatal(err)
			}
			write(name+"-key.pem", armor("PRIVATE KEY", pkcs8))
			write(name+"-cert.pem", armor("CERTIFICATE", der))
			values[name] = [3]string{acc.ID, i.ClientID, m.ID()}
			f.Names = append(f.Names, name)
		}
		f.Accounts = append(f.Accounts, acc)
	}
	ca, err := server.NewCA(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	config := server.Config{Accounts: f.Accounts, CA: ca, MaxConnections: 4096}
	config.GenerateKey = keypool.Generate
	if change != nil {
		change(&config)
	}
	if f.Server, err = server.New(config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Server.Close() })
	if err := f.Server.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	write("ca.pem", string(ca.PEM()))
	text := "profiles:\n"
	for _, name := range f.Names {
		v := values[name]
		text += fmt.Sprintf("  %s:\n    account: %q\n    client_id: %s\n    certificate_id: %s\n    key: %s-key.pem\n    cert: %s-cert.pem\n    connect_to: %s\n    ca_file: ca.pem\n    scope: rest_webservices\n",
			name, v[0], v[1], v[2], name, name, f.Server.Addr())
	}
	write("config.yaml", text+more)
	return f
}

func armor(label string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}))
}

func certify(key crypto.Signer) ([]byte, error) {
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "many profiles"}, NotBefore: now.Add(-24 * time.Hour), NotAfter: now.Add(700 * 24 * time.Hour)}
	return x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
}

// DistinctRSA3072 makes n keys, each with another modulus. They share primes, so that they are
// made in seconds; never use such a key outside a test.
func DistinctRSA3072(t testing.TB, n int) func(i int) crypto.Signer {
	var primes []*big.Int
	for len(primes)*(len(primes)-1)/2 < n {
		p, err := rand.Prime(rand.Reader, 1536)
		if err != nil {
			t.Fatal(err)
		}
		if new(big.Int).Mod(p, big.NewInt(65537)).Cmp(big.NewInt(1)) != 0 {
			primes = append(primes, p)
		}
	}
	return func(i int) crypto.Signer {
		a := 0
		for i >= len(primes)-1-a {
			i -= len(primes) - 1 - a
			a++
		}
		p, q := primes[a], primes[a+1+i]
		one := big.NewInt(1)
		phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
		k := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: 65537}, D: new(big.Int).ModInverse(big.NewInt(65537), phi), Primes: []*big.Int{p, q}}
		k.Precompute()
		if err := k.Validate(); err != nil {
			t.Fatal(err)
		}
		return k
	}
}
