package host

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"

	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/text"
	"github.com/nsauth/nsauth/netsuite"
)

// SetupError is a value of the profile with which no client can be made, such as a CA
// file that cannot be read.
type SetupError struct {
	Field profile.Field
	Value string
	Why   string
}

func (e *SetupError) Error() string {
	return fmt.Sprintf("%s %s: %s", e.Field, e.Value, e.Why)
}

// Connect makes the one client that doctor, token and call share.
func Connect(w World, p *profile.Profile) (*netsuite.Client, error) {
	o := netsuite.Options{
		TokenURL:    p.TokenURL,
		APIURL:      p.APIURL,
		ConnectTo:   p.Text(profile.FieldConnectTo),
		DialContext: w.Dial,
		Proxy:       proxyFunc(w, p),
		UserAgent:   w.UserAgent,
		Now:         w.Now,
	}
	if p.Server.ScopeParameter {
		o.Scope = p.Scope()
	}
	if a := p.Account; !a.IsZero() {
		o.Hosts = []string{a.RESTHost(), a.RESTletHost()}
	}
	return connect(p, o)
}

// ConnectElsewhere makes a client for a host that is not the account's, without
// connect_to, which is for NetSuite. The error is a *SetupError or one of netsuite.New.
func ConnectElsewhere(w World, p *profile.Profile, address string) (*netsuite.Client, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, &netsuite.ValueError{Name: "URL", Reason: "unparsable"}
	}
	return connect(p, netsuite.Options{APIURL: u.Scheme + "://" + u.Host, DialContext: w.Dial, Proxy: proxyFunc(w, p),
		UserAgent: w.UserAgent, Now: w.Now})
}

// connect adds the profile's CAs to o and makes the client.
func connect(p *profile.Profile, o netsuite.Options) (*netsuite.Client, error) {
	if file := p.Text(profile.FieldCAFile); file != "" {
		pool, err := readCAs(file)
		if err != nil {
			return nil, &SetupError{Field: profile.FieldCAFile, Value: file, Why: err.Error()}
		}
		o.RootCAs = pool
	}
	return netsuite.New(o)
}

// NoRoots reports whether the system has no trusted CAs, as in some container images.
// It is false where the operating system verifies.
func NoRoots() bool {
	pool, err := x509.SystemCertPool()
	return err == nil && pool.Equal(x509.NewCertPool())
}

// PreloadRoots starts to read the system's CAs, which takes some ten milliseconds where
// they are files. A caller that needs them earlier waits.
func PreloadRoots() {
	go func() { _, _ = x509.SystemCertPool() }() // an error is found again where they are used
}

// maxCAFile bounds the file of --ca-file. Debian's whole bundle is 220 KiB.
const maxCAFile = 4 << 20

// readCAs returns the system's roots and those in file.
func readCAs(file string) (*x509.CertPool, error) {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return nil, fmt.Errorf("cannot be read: %w", text.WithoutPath(err))
	case !info.Mode().IsRegular():
		return nil, errors.New("is not a file")
	}
	data, err := text.ReadFileAtMost(file, maxCAFile)
	switch {
	case err != nil:
		return nil, fmt.Errorf("cannot be read: %w", text.WithoutPath(err))
	case len(data) > maxCAFile:
		return nil, errors.New("is larger than 4 MiB")
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(data) {
		return nil, errors.New("has no certificate in PEM form")
	}
	return pool, nil
}
