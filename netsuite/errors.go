package netsuite

import (
	"fmt"
	"strings"

	"github.com/nsauth/nsauth/internal/paginate"
)

// InsecureURLError rejects plain http to any but a loopback address: anyone on
// the network could read the assertion or token.
type InsecureURLError struct {
	URL string // scheme and host only
}

func (e *InsecureURLError) Error() string {
	return fmt.Sprintf("plain http to %s refused: http is for loopback addresses only", e.URL)
}

// ForeignHostError rejects a request to a host that is neither the account's nor
// given in [Options].
type ForeignHostError struct {
	Host    string   // host:port
	Allowed []string // the allowed hosts, host:port, sorted
}

func (e *ForeignHostError) Error() string {
	return fmt.Sprintf("request to %s refused: allowed hosts are %s", e.Host, strings.Join(e.Allowed, ", "))
}

// As makes the error one of package paginate, for the address of a next page.
func (e *ForeignHostError) As(target any) bool {
	foreign, ok := target.(*paginate.Foreign)
	if ok {
		*foreign = paginate.Foreign(e.Host)
	}
	return ok
}

// ValueError says that an option or a part of a request is invalid. It never quotes
// the value, which may hold a password or a token.
type ValueError struct {
	// Name is TokenURL, APIURL, Hosts, ConnectTo, ClientID, CertificateID, Key, Algorithm,
	// Lifetime, URL, Method, Header and its name, AccessToken, assertion, Account,
	// ConsumerKey, ConsumerSecret, TokenID, TokenSecret or Body.
	Name string
	// Reason is one of
	//	missing      required and empty
	//	unparsable   not a URL, or not HOST:PORT
	//	relative     no scheme and host, and not a path that starts with one /
	//	scheme       neither https nor http
	//	userinfo     a user name or password in the URL
	//	path         a path or query where only scheme and host are allowed
	//	dot-segments . or .. between the slashes of a path
	//	characters   bytes that are not allowed there
	//	not-allowed  a header that only the client sets
	//	not-taken    an algorithm or a lifetime that NetSuite rejects
	//	unsignable   a form without GetBody: a TBA signs its parameters
	Reason string
}

func (e *ValueError) Error() string { return fmt.Sprintf("%s is invalid: %s", e.Name, e.Reason) }

// TokenError is an answer of the token endpoint without a usable access token: a
// status other than 2xx, or a 2xx without a token.
type TokenError struct {
	Answer *Answer // never nil
	// Code and Description are the error and error_description of the body
	// (RFC 6749, section 5.2), or "". NetSuite sends a bare
	// {"error":"server_error"} for many causes.
	Code            string
	Description     string
	WWWAuthenticate string // the header's values, joined by ", "
}

func (e *TokenError) Error() string {
	switch {
	case e.Code != "":
		return fmt.Sprintf("token endpoint answered HTTP %d, error %s", e.Answer.Status, e.Code)
	case e.Answer.Status/100 == 2:
		return fmt.Sprintf("token endpoint answered HTTP %d without an access token", e.Answer.Status)
	}
	return fmt.Sprintf("token endpoint answered HTTP %d", e.Answer.Status)
}

// APIError is an answer of a REST call or RESTlet with a status other than 2xx.
// Make it with [APIErrorFrom].
type APIError struct {
	Answer *Answer // never nil
	// Code is the first o:errorCode of a REST answer, the error.code of a
	// RESTlet's, or the error of an OAuth body or Bearer challenge; "" if there
	// is none. It says more than the status: NetSuite sends permission errors as
	// 400 USER_ERROR.
	// Sources: Oracle NetSuite Help, section_156570709583 and section_4634920277.
	Code      string
	Title     string // such as Bad Request, or ""
	Detail    string // NetSuite's own text, on one line
	ErrorPath string // o:errorPath: the invalid member of the body
	ErrorID   string // for NetSuite's support
}

func (e *APIError) Error() string {
	if e.Code == "" {
		return fmt.Sprintf("NetSuite answered HTTP %d", e.Answer.Status)
	}
	return fmt.Sprintf("NetSuite answered HTTP %d, %s", e.Answer.Status, e.Code)
}

// TooLargeError is an answer whose body is longer than [MaxBody]. Answer has the part
// that was read.
type TooLargeError struct {
	Answer *Answer
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("the body of the answer is longer than %d bytes", MaxBody)
}

// ConnectKind says why a request has no complete answer.
type ConnectKind string

// The kinds of [ConnectError].
const (
	DNSNotFound      ConnectKind = "dns-not-found"     // the resolver says that the host does not exist
	DNSFailure       ConnectKind = "dns-failure"       // the resolver failed
	Refused          ConnectKind = "refused"           // the port is closed
	Unreachable      ConnectKind = "unreachable"       // no connection, for any other reason
	Timeout          ConnectKind = "timeout"           // Reason is the phase in which the time ran out
	Canceled         ConnectKind = "canceled"          // the caller's context was canceled
	TLSUntrusted     ConnectKind = "tls-untrusted"     // the certificate could not be verified for the host; see Chain
	TLSHandshake     ConnectKind = "tls-handshake"     // the TLS handshake failed
	ProxyUnreachable ConnectKind = "proxy-unreachable" // no connection to the proxy itself
	ProxyRefused     ConnectKind = "proxy-refused"     // the proxy refused to connect
	ProxyAuth        ConnectKind = "proxy-auth"        // the proxy requires authentication (407)
	Reset            ConnectKind = "reset"             // the connection was closed before an answer
	Malformed        ConnectKind = "malformed"         // the answer is not HTTP
	Incomplete       ConnectKind = "incomplete"        // the body of the answer is incomplete; see Answer
)

// The phases of a request, the Reason of a [Timeout] and of a [Canceled].
const (
	phaseStart   = "start"
	phaseDNS     = "dns"
	phaseConnect = "connect"
	phaseProxy   = "proxy"
	phaseTLS     = "tls"
	phaseAnswer  = "answer"
	phaseBody    = "body"
)

// ConnectError says that a request has no complete answer. It says nothing about
// credentials. errors.Is finds the errors of package context in it.
type ConnectError struct {
	Kind ConnectKind
	// Reason refines some kinds:
	//	timeout, canceled  the phase: start, dns, connect, proxy, tls, answer, body
	//	tls-untrusted      unknown-authority, wrong-host, expired, not-yet-valid, no-roots, invalid
	//	tls-handshake      not-tls, protocol-version, alert, closed, other
	//	proxy-unreachable  the kind it would be without a proxy, or invalid-proxy
	//	proxy-refused      status, closed, page (a web page came instead of TLS)
	//	proxy-auth         credentials-missing, credentials-rejected, scheme-unsupported; "" if
	//	                   the proxy names no scheme
	//	others             ""
	Reason           string
	Host             string            // the host of the URL
	Addr             string            // the address dialled last, or ""
	Addresses        []string          // the addresses of the host's name, nil if it was not resolved
	Proxy            string            // scheme and host of the proxy, "" without one
	ProxyStatus      int               // status with which the proxy refused, or 0
	ProxyAuthSchemes []string          // how the proxy accepts authentication: Basic, NTLM, ...
	Chain            []PeerCertificate // presented by an untrusted server, leaf first
	Answer           *Answer           // if the body is incomplete: status, header and the part that came
	Timings          Timings           // of the phases that were reached
	Err              error             // the cause; never what a server wrote after it had the request
}

// PeerCertificate names a certificate that a server presented.
type PeerCertificate struct {
	Subject, Issuer    string // distinguished names, as RFC 2253 writes them
	IssuerOrganization string // the O of Issuer, or ""
}

var connectWords = map[ConnectKind]string{
	DNSNotFound:      "the host does not exist",
	DNSFailure:       "the host name could not be looked up",
	Refused:          "the connection was refused",
	Unreachable:      "no connection",
	Timeout:          "timeout",
	Canceled:         "canceled",
	TLSUntrusted:     "the certificate is not trusted",
	TLSHandshake:     "the TLS handshake failed",
	ProxyUnreachable: "no connection to the proxy",
	ProxyRefused:     "the proxy refused to connect",
	ProxyAuth:        "the proxy requires authentication",
	Reset:            "the connection was closed without an answer",
	Malformed:        "the answer is not HTTP",
	Incomplete:       "the answer is incomplete",
}

func (e *ConnectError) Error() string {
	s := e.Host + ": " + connectWords[e.Kind]
	if e.Reason != "" {
		s += " (" + e.Reason + ")"
	}
	return s
}

func (e *ConnectError) Unwrap() error { return e.Err }
