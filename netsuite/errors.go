package netsuite

import (
	"fmt"
	"strings"
)

// InsecureURLError is the refusal to speak plain http to anything but a
// loopback address: anyone on the way could read the assertion or token.
type InsecureURLError struct {
	URL string // scheme and host only
}

func (e *InsecureURLError) Error() string {
	return fmt.Sprintf("plain http to %s refused: http is for loopback addresses only", e.URL)
}

// ForeignHostError is the refusal to send a request to a host that is neither
// the account's nor given in [Options].
type ForeignHostError struct {
	Host    string   // host:port
	Allowed []string // the hosts that may be asked, host:port, sorted
}

func (e *ForeignHostError) Error() string {
	return fmt.Sprintf("request to %s refused: only %s may be asked", e.Host, strings.Join(e.Allowed, ", "))
}

// ValueError is an option or a part of a request that cannot be used. It never
// quotes the value, which may hold a password or a token.
type ValueError struct {
	// Name is TokenURL, APIURL, Hosts, ConnectTo, ClientID, CertificateID, Key, Algorithm,
	// Lifetime, URL, Method, Header and its name, AccessToken or assertion.
	Name string
	// Reason is one of
	//	missing      needed and empty
	//	unparsable   not a URL, or not HOST:PORT
	//	relative     no scheme and host, and not a path that starts with one /
	//	scheme       neither https nor http
	//	userinfo     a user name or password in the URL
	//	path         a path or query where only scheme and host belong
	//	dot-segments . or .. between the slashes of a path
	//	characters   bytes that cannot stand there
	//	not-allowed  a header that the client itself is in charge of
	//	not-taken    an algorithm or a lifetime that NetSuite refuses
	Reason string
}

func (e *ValueError) Error() string { return fmt.Sprintf("%s cannot be used: %s", e.Name, e.Reason) }

// TokenError is an answer of the token endpoint that holds no usable access
// token: any status but 2xx, or a 2xx without one.
type TokenError struct {
	Answer *Answer // what the endpoint said, never nil
	// Code and Description are the error and error_description of the body
	// (RFC 6749, section 5.2), or "". NetSuite is known to send a bare
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

// APIError is what an answer other than 2xx of a REST call or RESTlet says.
// Make it with [APIErrorFrom].
type APIError struct {
	Answer *Answer // what the server said, never nil
	// Code is the first o:errorCode of a REST answer, the error.code of a
	// RESTlet's, or the error of an OAuth body or Bearer challenge; "" if there
	// is none. It says more than the status: NetSuite sends permission errors as
	// 400 USER_ERROR.
	// Sources: Oracle NetSuite Help, section_156570709583 and section_4634920277.
	Code      string
	Title     string // such as Bad Request, "" if not stated
	Detail    string // NetSuite's own text, on one line
	ErrorPath string // the member of the body that is at fault, o:errorPath
	ErrorID   string // to give to NetSuite's support
}

func (e *APIError) Error() string {
	if e.Code == "" {
		return fmt.Sprintf("NetSuite answered HTTP %d", e.Answer.Status)
	}
	return fmt.Sprintf("NetSuite answered HTTP %d, %s", e.Answer.Status, e.Code)
}

// ConnectKind says what kept a request from being answered.
type ConnectKind string

// The kinds of [ConnectError].
const (
	DNSNotFound      ConnectKind = "dns-not-found"     // the resolver says that the host does not exist
	DNSFailure       ConnectKind = "dns-failure"       // the resolver gave no usable answer
	Refused          ConnectKind = "refused"           // the port is closed
	Unreachable      ConnectKind = "unreachable"       // no connection for any other reason
	Timeout          ConnectKind = "timeout"           // the time was up; Reason says in which phase
	Canceled         ConnectKind = "canceled"          // the caller's context was canceled
	TLSUntrusted     ConnectKind = "tls-untrusted"     // a certificate that is not the host's, as far as we can tell; see Chain
	TLSHandshake     ConnectKind = "tls-handshake"     // TLS came to no agreement
	ProxyUnreachable ConnectKind = "proxy-unreachable" // no connection to the proxy itself
	ProxyRefused     ConnectKind = "proxy-refused"     // the proxy will not connect us
	ProxyAuth        ConnectKind = "proxy-auth"        // the proxy wants a user name and password (407)
	Reset            ConnectKind = "reset"             // the connection ended before an answer
	Malformed        ConnectKind = "malformed"         // what came back is not HTTP
	Incomplete       ConnectKind = "incomplete"        // the answer broke off in its body; see Answer
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

// ConnectError is a request without a whole answer. It says nothing about
// credentials. The errors of package context stay recognisable through it.
type ConnectError struct {
	Kind ConnectKind // what kept the request from being answered
	// Reason refines some kinds:
	//	timeout, canceled  the phase: start, dns, connect, proxy, tls, answer, body
	//	tls-untrusted      unknown-authority, wrong-host, expired, not-yet-valid, no-roots, invalid
	//	tls-handshake      not-tls, protocol-version, alert, closed, other
	//	proxy-unreachable  the kind it would be without a proxy, or invalid-proxy
	//	proxy-refused      status, closed, page (it sent a page for people and no TLS came through)
	//	proxy-auth         credentials-missing, credentials-rejected, scheme-unsupported; "" if
	//	                   the proxy does not say what it takes
	//	others             ""
	Reason      string
	Host        string            // the host asked, as in the URL
	Addr        string            // the address dialled last, "" before any
	Addresses   []string          // what the host's name was resolved to, nil if it was not
	Proxy       string            // scheme and host of the proxy, "" without one
	ProxyStatus int               // status of the proxy's refusal, 0 without one
	ProxyTakes  []string          // how a proxy that wants a login can be logged in to: Basic, NTLM, ...
	Chain       []PeerCertificate // what an untrusted server presented, leaf first
	Answer      *Answer           // status, header and what there is of the body, if it broke off there
	Timings     Timings           // of the phases that were reached
	Err         error             // the cause; never holds what a server wrote after it had seen the request
}

// PeerCertificate names a certificate that a server presented.
type PeerCertificate struct {
	Subject, Issuer    string // distinguished names, as RFC 2253 writes them
	IssuerOrganization string // the O of Issuer, "" if it has none
}

var connectWords = map[ConnectKind]string{
	DNSNotFound:      "the host does not exist",
	DNSFailure:       "the host name could not be looked up",
	Refused:          "the connection was refused",
	Unreachable:      "no connection",
	Timeout:          "the time was up",
	Canceled:         "canceled",
	TLSUntrusted:     "the certificate is not trusted",
	TLSHandshake:     "the TLS handshake failed",
	ProxyUnreachable: "no connection to the proxy",
	ProxyRefused:     "the proxy refused",
	ProxyAuth:        "the proxy wants authentication",
	Reset:            "the connection was closed without an answer",
	Malformed:        "the answer is not HTTP",
	Incomplete:       "the answer broke off",
}

func (e *ConnectError) Error() string {
	s := e.Host + ": " + connectWords[e.Kind]
	if e.Reason != "" {
		s += " (" + e.Reason + ")"
	}
	return s
}

func (e *ConnectError) Unwrap() error { return e.Err }
