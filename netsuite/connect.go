package netsuite

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"syscall"

	"github.com/nsauth/nsauth/internal/text"
)

type dialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

// dialOnly connects to addr instead of the requested address.
func dialOnly(addr string, dial dialFunc) dialFunc {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		traceFrom(ctx).set(func(s *traceState) { s.addr = addr })
		return dial(ctx, network, addr)
	}
}

// guardDial reports connections to the request's trace. It allows plain http only
// to a loopback address, even if "localhost" resolves to another one.
func guardDial(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		t := traceFrom(ctx)
		t.enter(phaseConnect)
		t.set(func(s *traceState) { s.addr = addr })
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		if a, ok := conn.RemoteAddr().(*net.TCPAddr); ok && t.plain && !a.IP.IsLoopback() {
			conn.Close()
			return nil, &InsecureURLError{URL: "http://" + t.state().host}
		}
		if t.state().proxy != "" {
			t.enter(phaseProxy)
		}
		return conn, nil
	}
}

// errProxyChoice replaces the error of Options.Proxy, whose text may hold the
// proxy's password.
var errProxyChoice = errors.New("no usable proxy URL")

// proxyFor calls choose for the proxy of an https request. Plain http never uses a
// proxy: it must not leave this machine.
func proxyFor(choose func(*http.Request) (*url.URL, error)) func(*http.Request) (*url.URL, error) {
	return func(r *http.Request) (*url.URL, error) {
		if choose == nil || r.URL.Scheme != "https" {
			return nil, nil
		}
		u, err := choose(r)
		switch {
		case err != nil:
			return nil, errProxyChoice
		case u == nil:
			return nil, nil
		case u.Hostname() == "":
			return nil, errProxyChoice
		}
		socks := u.Scheme == "socks5" || u.Scheme == "socks5h"
		if !socks && u.Scheme != "http" && u.Scheme != "https" {
			return nil, errProxyChoice
		}
		traceFrom(r.Context()).set(func(s *traceState) {
			s.proxy, s.login = u.Scheme+"://"+u.Host, u.User != nil
			s.tunnel = socks // SOCKS has no CONNECT
		})
		return u, nil
	}
}

// proxyStatus is the status of a proxy that refused CONNECT.
type proxyStatus int

func (s proxyStatus) Error() string { return fmt.Sprintf("proxy answered HTTP %d", int(s)) }

// proxyAnswered keeps the status of a proxy's answer to CONNECT: the transport
// reports only its text.
func proxyAnswered(ctx context.Context, _ *url.URL, _ *http.Request, res *http.Response) error {
	t := traceFrom(ctx)
	if res.StatusCode != http.StatusOK {
		t.set(func(s *traceState) { s.schemes = authSchemes(res.Header.Values("Proxy-Authenticate")) })
		return proxyStatus(res.StatusCode)
	}
	// A tunnel has no content, but a Content-Type alone proves nothing. It was a
	// web page only if the TLS handshake fails too.
	content, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	t.set(func(s *traceState) { s.tunnel, s.page = true, content == "text/html" })
	return nil
}

// maxSchemes bounds how many schemes of a proxy are kept.
const maxSchemes = 8

var authScheme = text.Regexp(`^[A-Za-z][A-Za-z0-9-]{0,19}$`)

// authSchemes are the authentication schemes that a header offers (RFC 9110,
// section 11.6.1): the first word of each part.
func authSchemes(values []string) []string {
	var found []string
	for _, v := range values {
		for part := range strings.SplitSeq(v, ",") {
			name, _, _ := strings.Cut(strings.TrimSpace(part), " ")
			if authScheme().MatchString(name) && !slices.Contains(found, name) && len(found) < maxSchemes {
				found = append(found, name)
			}
		}
	}
	return found
}

// authReason is why a proxy asks for authentication. Go's transport sends the user
// and password of the proxy's URL as Basic (RFC 7617), and knows no other scheme.
func (s traceState) authReason() string {
	basic := slices.ContainsFunc(s.schemes, func(name string) bool { return strings.EqualFold(name, "Basic") })
	switch {
	case len(s.schemes) == 0:
		return ""
	case !basic:
		return "scheme-unsupported"
	case s.login:
		return "credentials-rejected"
	}
	return "credentials-missing"
}

// Windows has its own numbers for these errors (winsock2.h). What syscall names after
// POSIX never comes from it.
const (
	winsockAborted = syscall.Errno(10053)
	winsockReset   = syscall.Errno(10054)
	winsockRefused = syscall.Errno(10061)
)

func wasReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, winsockReset) || errors.Is(err, winsockAborted)
}

// fail turns an error of the transport into a typed one.
func (t *trace) fail(ctx context.Context, err error) error {
	if insecure := (*InsecureURLError)(nil); errors.As(err, &insecure) {
		return insecure
	}
	s := t.state()
	e := t.failure(s, err)
	e.Kind, e.Reason = classify(ctx, s, err)
	if e.Kind == Unreachable && wasReset(err) {
		// A server that accepts and resets at once: whether the reset comes before the end
		// of connect or after it is chance, and the answer must not be.
		if e.Kind, e.Reason = TLSHandshake, "closed"; t.plain {
			e.Kind, e.Reason = Reset, ""
		}
	}
	switch {
	case e.Kind == Timeout || e.Kind == Canceled:
		// The transport reports a deadline in several ways; the context in one.
		if cause := ended(ctx); cause != nil {
			e.Err = cause
		}
	case s.written:
		e.Err = safeCause(err)
	}
	if status := proxyStatus(0); errors.As(err, &status) {
		e.ProxyStatus, e.ProxyAuthSchemes = int(status), s.schemes
	}
	if untrusted := (*tls.CertificateVerificationError)(nil); errors.As(err, &untrusted) {
		e.Chain = peerCertificates(untrusted.UnverifiedCertificates)
	}
	// An error on the way to the proxy says nothing about the host: an unknown
	// proxy is not an unknown account.
	own := []ConnectKind{Timeout, Canceled, ProxyRefused, ProxyAuth}
	if op := (*net.OpError)(nil); errors.As(err, &op) && op.Op == "proxyconnect" && !slices.Contains(own, e.Kind) {
		e.Kind, e.Reason = ProxyUnreachable, string(e.Kind)
	}
	if errors.Is(err, errProxyChoice) {
		e.Kind, e.Reason = ProxyUnreachable, "invalid-proxy"
	}
	return e
}

// failure is what is known about a request that failed with err.
func (t *trace) failure(s traceState, err error) *ConnectError {
	return &ConnectError{Host: hostname(s.host), Addr: s.addr, Addresses: s.addresses, Proxy: s.proxy,
		Timings: s.timingsUntil(t.now()), Err: err}
}

// failBody turns the error of an incomplete body into a typed one.
func (t *trace) failBody(ctx context.Context, err error, a *Answer) error {
	s := t.state()
	e := t.failure(s, safeCause(err))
	e.Kind, e.Answer = Incomplete, a
	if kind, ok := timeoutOrCanceled(ctx, err); ok {
		e.Kind, e.Reason = kind, phaseBody
		if cause := ended(ctx); cause != nil {
			e.Err = cause
		}
	}
	return e
}

// timeoutOrCanceled reports whether a timeout or the caller stopped a request.
func timeoutOrCanceled(ctx context.Context, err error) (ConnectKind, bool) {
	var timeout net.Error
	switch {
	case errors.Is(ended(ctx), context.Canceled):
		return Canceled, true
	case ctx.Err() != nil, errors.As(err, &timeout) && timeout.Timeout():
		return Timeout, true
	}
	return "", false
}

// classify finds kind and reason. Errors that name their cause come first, then
// timeouts, then the phase in which the request failed.
func classify(ctx context.Context, s traceState, err error) (ConnectKind, string) {
	var (
		untrusted *tls.CertificateVerificationError
		dns       *net.DNSError
		status    proxyStatus
	)
	switch {
	case errors.As(err, &status) && status == http.StatusProxyAuthRequired:
		return ProxyAuth, s.authReason()
	case errors.As(err, &status):
		return ProxyRefused, "status"
	case errors.As(err, &untrusted):
		return TLSUntrusted, untrustedReason(untrusted.Err)
	case errors.As(err, &dns) && dns.IsNotFound:
		return DNSNotFound, ""
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, winsockRefused):
		return Refused, ""
	}
	// Without a deadline in between, the resolver itself failed.
	if dns != nil && ctx.Err() == nil {
		return DNSFailure, ""
	}
	if s.page && s.phase == phaseTLS && !errors.Is(ended(ctx), context.Canceled) {
		return ProxyRefused, "page"
	}
	if kind, ok := timeoutOrCanceled(ctx, err); ok {
		return kind, s.phase
	}
	switch {
	case s.phase == phaseProxy:
		return ProxyRefused, "closed"
	case s.phase == phaseTLS:
		return TLSHandshake, handshakeReason(err)
	case !s.written:
		return Unreachable, ""
	case s.began && !isClosed(err):
		return Malformed, ""
	}
	return Reset, ""
}

// untrustedReason is why a certificate is not trusted.
func untrustedReason(err error) string {
	var (
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
		roots     x509.SystemRootsError
	)
	switch {
	case errors.As(err, &authority):
		return "unknown-authority"
	case errors.As(err, &host):
		return "wrong-host"
	case errors.As(err, &roots):
		return "no-roots"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		// x509 has one reason for both; only the text tells them apart.
		if strings.Contains(invalid.Detail, "is before") {
			return "not-yet-valid"
		}
		return "expired"
	}
	return "invalid"
}

// handshakeReason is why the TLS handshake failed. Package tls has no types for
// most reasons.
func handshakeReason(err error) string {
	var (
		record tls.RecordHeaderError
		op     *net.OpError
	)
	text := err.Error()
	switch {
	case errors.As(err, &record):
		return "not-tls"
	case strings.Contains(text, "protocol version not supported"), // the server's alert
		strings.Contains(text, "unsupported protocol version"): // our own error
		return "protocol-version"
	case errors.As(err, &op) && op.Op == "remote error":
		return "alert"
	case isClosed(err):
		return "closed"
	}
	return "other"
}

func isClosed(err error) bool {
	var op *net.OpError
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.ErrClosedPipe) ||
		errors.Is(err, net.ErrClosed) || errors.As(err, &op)
}

// safeCause is err without its text: net/http and HTTP/2 quote what the server
// wrote, and a server may repeat the secret that it was sent.
func safeCause(err error) error {
	for _, cause := range []error{io.ErrUnexpectedEOF, io.EOF, syscall.ECONNRESET, winsockReset, syscall.EPIPE, io.ErrClosedPipe, net.ErrClosed} {
		if errors.Is(err, cause) {
			return cause
		}
	}
	return errors.New("the answer cannot be read")
}

// peerCertificates describes a presented chain, up to ten certificates.
func peerCertificates(certs []*x509.Certificate) []PeerCertificate {
	const maxChain = 10
	var c []PeerCertificate
	for _, cert := range certs[:min(len(certs), maxChain)] {
		c = append(c, PeerCertificate{
			Subject:            oneLine(cert.Subject.String(), maxText),
			Issuer:             oneLine(cert.Issuer.String(), maxText),
			IssuerOrganization: oneLine(strings.Join(cert.Issuer.Organization, " "), maxText),
		})
	}
	return c
}

// hostname is host without a port.
func hostname(host string) string { return (&url.URL{Host: host}).Hostname() }
