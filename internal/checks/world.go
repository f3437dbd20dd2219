package checks

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"golang.org/x/net/http/httpproxy"

	"github.com/nsauth/nsauth/internal/atomicfile"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/netsuite"
)

// World is what the checks may touch outside the process. Every field but Keys,
// SystemProxy and Git is set.
type World struct {
	Now        func() time.Time
	Dial       func(ctx context.Context, network, address string) (net.Conn, error)
	LookupHost func(ctx context.Context, host string) ([]string, error)
	LookupEnv  func(name string) (string, bool)
	// Keys reads keys and certificates; nil reads files only, and asks nobody.
	Keys *keys.Loader
	// SystemProxy reads the operating system's proxy setting; nil if there is none.
	SystemProxy func() SystemProxy
	// Git runs git in a folder and returns what it prints, see RunGit; nil looks at
	// no repository.
	Git       func(ctx context.Context, dir string, args ...string) (string, error)
	UserAgent string
}

// Client is what the checks ask of the server; *netsuite.Client is one.
type Client interface {
	Exchange(ctx context.Context, assertion string) (*netsuite.Token, error)
	Do(ctx context.Context, r netsuite.Request) (*netsuite.Answer, error)
}

// SetupError is a value of the profile that keeps a client from being made, such
// as a CA file that cannot be read.
type SetupError struct {
	Field profile.Field
	Value string
	Why   string
}

func (e *SetupError) Error() string {
	return fmt.Sprintf("%s %s: %s", e.Field, e.Value, e.Why)
}

// noRoots reports whether the system has no list of trusted CAs, as in a container
// image without one. Where verification is the system's own, it always has.
func noRoots() bool {
	pool, err := x509.SystemCertPool()
	return err == nil && pool.Equal(x509.NewCertPool())
}

// maxCAFile bounds the file behind --ca-file. Debian's whole bundle is 220 KiB.
const maxCAFile = 4 << 20

// Connect makes the one client that doctor, token and call share.
func Connect(w World, p *profile.Profile) (*netsuite.Client, error) {
	o := netsuite.Options{
		TokenURL:    p.TokenURL(),
		APIURL:      p.APIURL(),
		ConnectTo:   p.Text(profile.FieldConnectTo),
		DialContext: w.Dial,
		Proxy:       proxyFunc(w, p),
		UserAgent:   w.UserAgent,
		Now:         w.Now,
	}
	if p.Foreign() {
		o.Scope = p.Scope()
	}
	if a, ok := p.Account(); ok {
		o.Hosts = []string{a.RESTHost(), a.RESTletHost()}
	}
	if file := p.Text(profile.FieldCAFile); file != "" {
		pool, err := readCAs(file)
		if err != nil {
			return nil, &SetupError{Field: profile.FieldCAFile, Value: file, Why: err.Error()}
		}
		o.RootCAs = pool
	}
	return netsuite.New(o)
}

// ReadRoots begins to read the system's certificates, which takes some ten
// milliseconds where they are files, so that they are there when a server presents
// its own. Whoever needs them waits for the rest.
func ReadRoots() {
	go func() { _, _ = x509.SystemCertPool() }() // an error comes up again where they are needed
}

// readCAs returns the system's roots and those in file.
func readCAs(file string) (*x509.CertPool, error) {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return nil, fmt.Errorf("cannot be read: %w", atomicfile.Plain(err))
	case !info.Mode().IsRegular():
		return nil, errors.New("is not a file")
	case info.Size() > maxCAFile:
		return nil, errors.New("is larger than 4 MiB")
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", atomicfile.Plain(err))
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(data) {
		return nil, errors.New("holds no certificate in PEM form")
	}
	return pool, nil
}

// proxyConfig is the environment's word on proxies.
func proxyConfig(w World) httpproxy.Config {
	env := func(names ...string) string {
		for _, name := range names {
			if v, ok := w.LookupEnv(name); ok && v != "" {
				return v
			}
		}
		return ""
	}
	return httpproxy.Config{
		HTTPProxy:  env("HTTP_PROXY", "http_proxy"),
		HTTPSProxy: env("HTTPS_PROXY", "https_proxy"),
		NoProxy:    env("NO_PROXY", "no_proxy"),
	}
}

// proxyFunc resolves the proxy per request, from --proxy or the environment.
func proxyFunc(w World, p *profile.Profile) func(*http.Request) (*url.URL, error) {
	if u := p.ProxyURL(); u != nil {
		return func(*http.Request) (*url.URL, error) { return u, nil }
	}
	const unusable = "unusable.invalid"
	config := proxyConfig(w)
	if _, ok := profile.ParseProxy(config.HTTPSProxy); config.HTTPSProxy != "" && !ok {
		// ProxyFunc would take it for none, and what is behind the proxy would be
		// looked up and dialled here.
		config.HTTPSProxy = "http://" + unusable
	}
	resolve := config.ProxyFunc()
	return func(r *http.Request) (*url.URL, error) {
		u, err := resolve(r.URL)
		if u != nil && u.Host == unusable {
			return nil, errors.New("the proxy of the environment is no URL")
		}
		return u, err
	}
}

// LoadKey reads the private key that the profile names. The error is a
// *keys.Fault, or that of ctx.
func LoadKey(ctx context.Context, w World, p *profile.Profile) (*keys.Key, error) {
	return w.Keys.Key(ctx, keySource(p))
}

// KeyIdentity names that key without opening it, see [keys.Loader.Identity].
func KeyIdentity(ctx context.Context, w World, p *profile.Profile) (string, error) {
	return w.Keys.Identity(ctx, keySource(p))
}

func keySource(p *profile.Profile) keys.Source {
	return keys.Source{Name: p.Text(profile.FieldKey), Command: p.Text(profile.FieldKeyCommand), PassphraseFile: p.Text(profile.FieldPassphraseFile)}
}

// LoadCertificate reads the certificate that the profile names: of several in one
// file the one that belongs to k. The error is as LoadKey's.
func LoadCertificate(ctx context.Context, w World, p *profile.Profile, k *keys.Key) (*keys.Certificate, error) {
	return w.Keys.Certificate(ctx, keys.Source{Name: p.Text(profile.FieldCert),
		PassphraseFile: p.Text(profile.FieldPassphraseFile)}, k)
}

// Sign builds the assertion that token, call and doctor send: the same values in
// the same way.
func Sign(w World, p *profile.Profile, k *keys.Key) (*jwtgen.Assertion, error) {
	params, err := Parameters(w, p)
	if err != nil {
		return nil, err
	}
	params.PSSHash = k.PSSHash
	return jwtgen.Build(params, k.Signer())
}

// Parameters is what such an assertion says, but for what the key decides. The
// error is that of the random source.
func Parameters(w World, p *profile.Profile) (jwtgen.Params, error) {
	params := jwtgen.Params{
		Algorithm: p.Text(profile.FieldAlgorithm),
		KeyID:     p.Text(profile.FieldCertificateID),
		Issuer:    p.Text(profile.FieldClientID),
		Audience:  p.Audience(),
		Scope:     p.Scope(),
		IssuedAt:  w.Now(),
	}
	if p.Foreign() {
		// RFC 7523 section 3 demands sub; a server may refuse an assertion without
		// jti. NetSuite documents neither.
		id, err := jwtgen.NewID()
		if err != nil {
			return jwtgen.Params{}, err
		}
		params.Subject, params.JTI = params.Issuer, id
	}
	return params, nil
}
