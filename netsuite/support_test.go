package netsuite_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/nsauth/nsauth/netsuite"
)

const (
	restHost = "1234567.suitetalk.api.netsuite.com"
	tokenURL = "https://" + restHost + "/services/rest/auth/oauth2/v1/token"
	// Planted, and searched for in every error.
	assertion   = "eyJhbGciOiJQUzI1NiJ9.eyJpc3MiOiJwbGFudGVkIn0.cGxhbnRlZC1hc3NlcnRpb24tc2lnbmF0dXJl"
	accessToken = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIzOy01In0.cGxhbnRlZC1hY2Nlc3MtdG9rZW4tc2lnbmF0dXJl"
)

// authority is a certificate authority of one test.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
}

func newAuthority(t testing.TB, name string) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a := &authority{key: key, pool: x509.NewCertPool()}
	a.cert = sign(t, template, template, key, key)
	a.pool.AddCert(a.cert)
	return a
}

func sign(t testing.TB, template, parent *x509.Certificate, key, parentKey *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, parentKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// server is a TLS configuration for host, valid for an hour around now+shift.
func (a *authority) server(t testing.TB, host string, shift time.Duration) *tls.Config {
	t.Helper()
	now := time.Now().Add(shift)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
	}
	cert := sign(t, template, a.cert, a.key, a.key)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{cert.Raw}, PrivateKey: a.key}}}
}

// noLeaks fails the test if a goroutine is left when all else is cleaned up.
// It must come before anything that registers a clean-up.
func noLeaks(t testing.TB) {
	t.Helper()
	if _, is := t.(waiting); !is {
		t.Cleanup(func() { goleak.VerifyNone(t) })
	}
}

// waiting is a case of a table whose cases wait at the same time. Its table calls
// noLeaks: a case would see the goroutines of the others.
type waiting struct{ *testing.T }

func together(t *testing.T) waiting {
	t.Parallel()
	return waiting{t}
}

// newServer answers as restHost, and New's options that lead there.
func newServer(t testing.TB, handler http.HandlerFunc) (*httptest.Server, netsuite.Options) {
	t.Helper()
	return newServerWith(t, handler, func(*httptest.Server) {})
}

// newServerWith changes the server before it starts.
func newServerWith(t testing.TB, handler http.HandlerFunc, change func(*httptest.Server)) (*httptest.Server, netsuite.Options) {
	t.Helper()
	noLeaks(t)
	ca := newAuthority(t, "Test CA")
	s := httptest.NewUnstartedServer(handler)
	s.TLS = ca.server(t, restHost, 0)
	s.EnableHTTP2 = true
	s.Config.ErrorLog = quiet
	change(s)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s, netsuite.Options{
		TokenURL: tokenURL, APIURL: "https://" + restHost,
		ConnectTo: s.Listener.Addr().String(), RootCAs: ca.pool,
	}
}

func newClient(t testing.TB, o netsuite.Options) *netsuite.Client {
	t.Helper()
	c, err := netsuite.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdle)
	return c
}

// listen runs serve for every connection to a loopback port until the test is
// over, and then waits for it.
func listen(t testing.TB, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	var conns []net.Conn
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, conn)
			mu.Unlock()
			wg.Go(func() {
				defer conn.Close()
				serve(conn)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for _, c := range conns {
			c.Close()
		}
		mu.Unlock()
		wg.Wait()
	})
	return l.Addr().String()
}

// texts are the texts of err and of all that it wraps, in several verbs.
func texts(err error) string {
	var b strings.Builder
	var walk func(error)
	walk = func(err error) {
		if err == nil {
			return
		}
		fmt.Fprintf(&b, "%v\n%+v\n%#v\n", err, err, err)
		switch u := err.(type) {
		case interface{ Unwrap() error }:
			walk(u.Unwrap())
		case interface{ Unwrap() []error }:
			for _, e := range u.Unwrap() {
				walk(e)
			}
		}
	}
	walk(err)
	return b.String()
}

// noSecrets fails the test if err or the answer in it shows what was planted.
func noSecrets(t testing.TB, err error) {
	t.Helper()
	all := texts(err)
	add := func(a netsuite.Answer) {
		all += string(a.Body)
		a.Body = nil // which would be printed as a million numbers
		all += fmt.Sprintf("%+v", &a)
	}
	if e := (*netsuite.TokenError)(nil); errors.As(err, &e) {
		add(*e.Answer)
	}
	if e := (*netsuite.ConnectError)(nil); errors.As(err, &e) && e.Answer != nil {
		add(*e.Answer)
	}
	for _, secret := range []string{assertion, accessToken} {
		for _, part := range []string{secret, secret[strings.LastIndex(secret, ".")+1:]} {
			if strings.Contains(all, part) {
				t.Errorf("a secret shows in %.2000s", all)
			}
		}
	}
}

func within(t testing.TB, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

// timeoutFor is short where a timeout is expected, but enough for a busy machine to
// reach that point, and long elsewhere.
func timeoutFor(kind netsuite.ConnectKind) time.Duration {
	if kind == netsuite.Timeout {
		return 2 * time.Second
	}
	return time.Minute
}
