package netsuite_test

import (
	"crypto"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"

	"github.com/nsauth/nsauth/internal/emulator"
	"github.com/nsauth/nsauth/internal/emulator/scenario"
	"github.com/nsauth/nsauth/internal/emulator/server"
	"github.com/nsauth/nsauth/internal/testkit/keypool"
	"github.com/nsauth/nsauth/netsuite"
)

// stand is an emulator for an example, with a client that is registered there.
type stand struct {
	address                 string
	roots                   *x509.CertPool
	clientID, certificateID string
	key                     crypto.Signer
	keyFile                 string
	server                  *server.Server
}

// standIn starts an emulator; done ends it. An example that has none panics.
func standIn() (s *stand, done func()) {
	t := &outsideTests{}
	served := emulator.Serve(t, "healthy", keypool.Generate)
	dir, err := os.MkdirTemp("", "nsauth-example-")
	if err != nil {
		panic(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	p := served.Prepared
	if err := p.Files(filepath.Join(dir, "emulator")); err != nil {
		panic(err)
	}
	return &stand{
		address: served.Addr(), roots: served.CertPool(),
		clientID: p.Profile["client_id"], certificateID: p.Profile["certificate_id"],
		key: p.Key(), keyFile: filepath.Join(dir, "emulator", scenario.FileKey), server: served.Server,
	}, t.done
}

// tokensIssued is how many token requests the emulator answered with a token.
func (s *stand) tokensIssued() int {
	n := 0
	for _, v := range s.server.Requests() {
		if v.Path == netsuite.TokenPath && v.Status == 200 {
			n++
		}
	}
	return n
}

// connect is a session with an emulator of its own.
func connect(change ...func(*netsuite.Options)) (session *netsuite.Session, done func()) {
	s, end := standIn()
	account, err := netsuite.ParseAccount("1234567")
	if err != nil {
		panic(err)
	}
	o := netsuite.Options{TokenURL: account.TokenURL(), APIURL: account.RESTURL(), ConnectTo: s.address, RootCAs: s.roots}
	for _, f := range change {
		f(&o)
	}
	client, err := netsuite.New(o)
	if err != nil {
		panic(err)
	}
	source, err := client.TokenSource(netsuite.Credentials{ClientID: s.clientID, CertificateID: s.certificateID, Key: s.key}, netsuite.SourceOptions{})
	if err != nil {
		panic(err)
	}
	return client.NewSession(source, netsuite.Retry{}), func() {
		client.CloseIdle()
		end()
	}
}

// outsideTests is a test where there is none.
type outsideTests struct{ cleanups []func() }

func (*outsideTests) Helper()                           {}
func (t *outsideTests) Cleanup(f func())                { t.cleanups = append(t.cleanups, f) }
func (*outsideTests) Errorf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (*outsideTests) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func (t *outsideTests) done() {
	for i := len(t.cleanups) - 1; i >= 0; i-- {
		t.cleanups[i]()
	}
}
