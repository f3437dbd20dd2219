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

// to makes every connection go to addr.
func to(addr string, dial dialFunc) dialFunc {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		traceFrom(ctx).set(func(s *traceState) { s.addr = addr })
		return dial(ctx, network, addr)
	}
}

// guard reports connections to the request's trace, and lets plain http reach
// a loopback address only, whatever "localhost" was resolved to.
func guard(dial dialFunc) dialFunc {
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

// errProxyChoice stands for an unusable answer of Options.Proxy, whose own
// text may hold the proxy's password.
var errProxyChoice = errors.New("no usable proxy URL")

// proxyFor asks choose for the proxy of an https request. Plain http is for
// loopback addresses and never leaves the machine through a proxy.
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
			s.tunnel = socks // there is no CONNECT to be answered
		})
		return u, nil
	}
}

// proxyStatus is a proxy's refusal of CONNECT.
type proxyStatus int

func (s proxyStatus) Error() string { return fmt.Sprintf("proxy answered HTTP %d", int(s)) }

// proxyAnswered looks at a proxy's answer to CONNECT while its status is still
// known: the transport itself would report only the text beside it.
func proxyAnswered(ctx context.Context, _ *url.URL, _ *http.Request, res *http.Response) error {
	t := traceFrom(ctx)
	if res.StatusCode != http.StatusOK {
		t.set(func(s *traceState) { s.schemes = authSchemes(res.Header.Values("Proxy-Authenticate")) })
		return proxyStatus(res.StatusCode)
	}
	// A tunnel has no content, but a header about it proves nothing: only if no
	// TLS comes through was it a page.
	content, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	t.set(func(s *traceState) { s.tunnel, s.page = true, content == "text/html" })
	return nil
}

// maxSchemes bounds what is repeated of a proxy's offer.
const maxSchemes = 8

var authScheme = text.Regexp(`^[A-Za-z][A-Za-z0-9-]{0,19}$`)

// authSchemes are the names of the ways to log in that a header offers (RFC 9110,
// section 11.6.1): the first word of each part, if it is a word.
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

// authReason says why a proxy wants a login. Go's transport sends what is in the
// proxy's URL as Basic (RFC 7617), and knows nothing else.
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

// fail makes a typed error of what the transport reports.
func (t *trace) fail(ctx context.Context, err error) error {
	if insecure := (*InsecureURLError)(nil); errors.As(err, &insecure) {
		return insecure
	}
	s := t.state()
	e := t.failure(s, err)
	e.Kind, e.Reason = classify(ctx, s, err)
	switch {
	case e.Kind == Timeout || e.Kind == Canceled:
		// The transport reports a deadline in several ways; this one is plain.
		if cause := ctx.Err(); cause != nil {
			e.Err = cause
		}
	case s.written:
		e.Err = safeCause(err)
	}
	if status := proxyStatus(0); errors.As(err, &status) {
		e.ProxyStatus, e.ProxyTakes = int(status), s.schemes
	}
	if untrusted := (*tls.CertificateVerificationError)(nil); errors.As(err, &untrusted) {
		e.Chain = chain(untrusted.UnverifiedCertificates)
	}
	// What goes wrong on the way to the proxy is no fault of the host: a proxy
	// that does not exist is not an account that does not exist.
	own := []ConnectKind{Timeout, Canceled, ProxyRefused, ProxyAuth}
	if op := (*net.OpError)(nil); errors.As(err, &op) && op.Op == "proxyconnect" && !slices.Contains(own, e.Kind) {
		e.Kind, e.Reason = ProxyUnreachable, string(e.Kind)
	}
	if errors.Is(err, errProxyChoice) {
		e.Kind, e.Reason = ProxyUnreachable, "invalid-proxy"
	}
	return e
}

// failure is what is known of a request that ended in err.
func (t *trace) failure(s traceState, err error) *ConnectError {
	return &ConnectError{Host: hostname(s.host), Addr: s.addr, Addresses: s.addresses, Proxy: s.proxy,
		Timings: s.timings(t.now()), Err: err}
}

// failBody makes a typed error of a body that broke off.
func (t *trace) failBody(ctx context.Context, err error, a *Answer) error {
	s := t.state()
	e := t.failure(s, safeCause(err))
	e.Kind, e.Answer = Incomplete, a
	if kind, ok := stopped(ctx, err); ok {
		e.Kind, e.Reason = kind, phaseBody
		if cause := ctx.Err(); cause != nil {
			e.Err = cause
		}
	}
	return e
}

// stopped reports whether the end of the time or the caller ended a request.
func stopped(ctx context.Context, err error) (ConnectKind, bool) {
	var timeout net.Error
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return Canceled, true
	case ctx.Err() != nil, errors.As(err, &timeout) && timeout.Timeout():
		return Timeout, true
	}
	return "", false
}

// classify finds kind and reason. What names its cause comes first, then the
// end of the time, then the phase in which it happened.
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
		return TLSUntrusted, distrust(untrusted.Err)
	case errors.As(err, &dns) && dns.IsNotFound:
		return DNSNotFound, ""
	case errors.Is(err, syscall.ECONNREFUSED):
		return Refused, ""
	}
	// A resolver that gives up by itself has failed; one that is given up on,
	// because the time is up, has not.
	if dns != nil && ctx.Err() == nil {
		return DNSFailure, ""
	}
	if s.page && s.phase == phaseTLS && !errors.Is(ctx.Err(), context.Canceled) {
		return ProxyRefused, "page"
	}
	if kind, ok := stopped(ctx, err); ok {
		return kind, s.phase
	}
	switch {
	case s.phase == phaseProxy:
		return ProxyRefused, "closed"
	case s.phase == phaseTLS:
		return TLSHandshake, handshake(err)
	case !s.written:
		return Unreachable, ""
	case s.began && !isClosed(err):
		return Malformed, ""
	}
	return Reset, ""
}

// distrust says why a certificate was not trusted.
func distrust(err error) string {
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
		// One reason for both ends, told apart by the text alone.
		if strings.Contains(invalid.Detail, "is before") {
			return "not-yet-valid"
		}
		return "expired"
	}
	return "invalid"
}

// handshake says why TLS came to no agreement. Package tls has no types for
// most of it.
func handshake(err error) string {
	var (
		record tls.RecordHeaderError
		op     *net.OpError
	)
	text := err.Error()
	switch {
	case errors.As(err, &record):
		return "not-tls"
	case strings.Contains(text, "protocol version not supported"), // the server's alert
		strings.Contains(text, "unsupported protocol version"): // our own refusal
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

// causes are the errors that are kept after the server has seen the request.
var causes = []error{io.ErrUnexpectedEOF, io.EOF, syscall.ECONNRESET, syscall.EPIPE, io.ErrClosedPipe, net.ErrClosed}

// safeCause is err without its text: net/http and HTTP/2 quote what the server
// wrote, and a server may write back what it was sent.
func safeCause(err error) error {
	for _, cause := range causes {
		if errors.Is(err, cause) {
			return cause
		}
	}
	return errors.New("the answer cannot be read")
}

// maxChain bounds what is shown of a presented chain.
const maxChain = 10

func chain(certs []*x509.Certificate) []PeerCertificate {
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
