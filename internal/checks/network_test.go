package checks

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/emulator/scenario"
	"github.com/nsauth/nsauth/internal/emulator/server"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/nsid"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/testkit"
	"github.com/nsauth/nsauth/internal/testkit/keypool"
	"github.com/nsauth/nsauth/netsuite"
)

const restHost = "1234567.suitetalk.api.netsuite.com"

// authority is a CA of one test, in a file as --ca-file wants it.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string
}

func newAuthority(t *testing.T, organization string) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{key: key, file: filepath.Join(t.TempDir(), "ca.pem")}
	a.cert = a.sign(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: organization + " CA", Organization: []string{organization}},
		IsCA:    true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	})
	data := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
	if err := os.WriteFile(a.file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *authority) sign(t *testing.T, template *x509.Certificate) *x509.Certificate {
	t.Helper()
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	if template.NotAfter.IsZero() {
		template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	}
	parent := a.cert
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// serves makes a server for host, with the CA's own certificate in its chain.
func (a *authority) serves(t *testing.T, host string, handler http.HandlerFunc) string {
	t.Helper()
	leaf := a.sign(t, &x509.Certificate{Subject: pkix.Name{CommonName: host}, DNSNames: []string{host}})
	s := httptest.NewUnstartedServer(handler)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{leaf.Raw, a.cert.Raw}, PrivateKey: a.key}}}
	s.EnableHTTP2 = true
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// listen runs serve for every connection until the test is over.
func listen(t *testing.T, serve func(net.Conn)) string {
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
			wg.Go(func() { defer conn.Close(); serve(conn) })
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

// proxySays is a proxy that answers CONNECT with text, whatever was asked.
func proxySays(text string) func(net.Conn) {
	return func(c net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			io.WriteString(c, text)
		}
	}
}

// tunnel is a proxy that connects to address, and notes what it was asked for.
func tunnel(address string, asked *sync.Map) func(net.Conn) {
	return func(c net.Conn) {
		r, err := http.ReadRequest(bufio.NewReader(c))
		if err != nil {
			return
		}
		asked.Store(r.Method+" "+r.Host, true)
		target, err := net.Dial("tcp", address)
		if err != nil {
			return
		}
		io.WriteString(c, "HTTP/1.1 200 Connection established\r\n\r\n")
		var wg sync.WaitGroup
		wg.Go(func() { io.Copy(target, c); target.Close() })
		wg.Go(func() { io.Copy(c, target); c.Close() })
		wg.Wait()
	}
}

// hang holds a connection until the other side lets go.
func hang(c net.Conn) { io.Copy(io.Discard, c) }

func answers(status int, contentType, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

var netsuiteAnswers = answers(401, "application/vnd.oracle.resource+json", `{"title":"Unauthorized","status":401}`)

// line is the world of one test: what names resolve to, and what was dialled.
type line struct {
	host.World
	mu               sync.Mutex
	dialled, lookups []string
}

// newLine leads every connection to address, with a resolver that knows the
// control host only.
func newLine(t *testing.T, address string) *line {
	t.Helper()
	l := &line{}
	l.World = host.World{
		Now:       time.Now,
		UserAgent: "nsauth/test",
		LookupEnv: func(string) (string, bool) { return "", false },
		LookupHost: func(_ context.Context, host string) ([]string, error) {
			l.note(&l.lookups, host)
			if host == nsid.ControlHost {
				return []string{"192.0.2.1"}, nil
			}
			return nil, notFound(host)
		},
		Dial: func(ctx context.Context, network, to string) (net.Conn, error) {
			l.note(&l.dialled, to)
			if address != "" {
				to = address
			}
			return new(net.Dialer).DialContext(ctx, network, to)
		},
	}
	return l
}

func (l *line) note(list *[]string, s string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	*list = append(*list, s)
}

func notFound(host string) error {
	return &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
}

// cannotResolve makes every connection fail in the look-up, as net.Dialer does.
func (l *line) cannotResolve(err error) {
	l.Dial = func(_ context.Context, network, to string) (net.Conn, error) {
		l.note(&l.dialled, to)
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
}

// probe is the result of the network check alone.
func probe(t *testing.T, w host.World, ctx context.Context, flags map[string]string) finding.Result {
	t.Helper()
	given := map[string][]string{"account": {"1234567"}}
	for name, value := range flags {
		given[name] = []string{value}
	}
	p, err := profile.Resolve(profile.Input{Flags: given})
	if err != nil {
		t.Fatal(err)
	}
	client, err := host.Connect(w, p)
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdle()
	if ctx == nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
	}
	results := Run(ctx, Job{World: w, Profile: p, Client: client,
		Select: Selection{Only: []finding.CheckID{finding.CheckNetwork}, Show: []finding.CheckID{finding.CheckNetwork}}})
	return results[0]
}

func only(t *testing.T, r finding.Result) finding.Finding {
	t.Helper()
	if len(r.Findings) != 1 {
		t.Fatalf("%s: %+v", r.Status, r.Findings)
	}
	return r.Findings[0]
}

// Every way in which NetSuite is not reached, over real sockets, ends in its own
// code, and each code of the catalog is one of them.
func TestNetworkFindings(t *testing.T) {
	ca, foreign := newAuthority(t, "Amazon"), newAuthority(t, "Example Corp")
	page := "<html><head><title>Sign in to\n the Wi-Fi</title></head></html>"
	none := finding.Evidence{}
	type given struct {
		flags map[string]string
		env   map[string]string
		dial  func(*line) // changes the world
	}
	proxied := func(serve func(net.Conn)) func(t *testing.T) (string, given) {
		return func(t *testing.T) (string, given) {
			return "", given{flags: map[string]string{"proxy": "http://" + listen(t, serve)}}
		}
	}
	answered := func(h http.HandlerFunc) func(t *testing.T) (string, given) {
		return func(t *testing.T) (string, given) { return ca.serves(t, restHost, h), given{} }
	}
	raw := func(serve func(net.Conn)) func(t *testing.T) (string, given) {
		return func(t *testing.T) (string, given) { return listen(t, serve), given{} }
	}
	resolver := func(change func(*line)) func(t *testing.T) (string, given) {
		return func(*testing.T) (string, given) { return "", given{dial: change} }
	}
	raised := map[finding.Code]bool{}
	for name, tt := range map[string]struct {
		line    func(t *testing.T) (address string, g given)
		hurry   time.Duration // the server keeps us waiting
		code    finding.Code
		status  finding.Status
		message string // a part of it
		ev      finding.Evidence
	}{
		"NetSuite": {line: answered(netsuiteAnswers), status: finding.Pass},

		"no such account": {line: resolver(func(l *line) { l.cannotResolve(notFound(restHost)) }),
			code: "network.account-not-found", status: finding.Fail, message: "the account's host " + restHost + " does not exist in DNS, but system.netsuite.com does",
			ev: finding.Evidence{"host": restHost, "control_host": "system.netsuite.com", "account": "1234567"}},
		"no NetSuite at all": {line: resolver(func(l *line) {
			l.cannotResolve(notFound(restHost))
			l.LookupHost = func(_ context.Context, host string) ([]string, error) { return nil, notFound(host) }
		}), code: "network.dns-failure", status: finding.Unknown, message: "nor system.netsuite.com", ev: finding.Evidence{"host": restHost}},
		"control name unanswered": {line: resolver(func(l *line) {
			l.cannotResolve(notFound(restHost))
			l.LookupHost = func(context.Context, string) ([]string, error) { return nil, errors.New("no answer") }
		}), code: "network.dns-failure", status: finding.Unknown, ev: none},
		"resolver down": {line: resolver(func(l *line) {
			l.cannotResolve(&net.DNSError{Err: "server misbehaving", IsTemporary: true})
		}), code: "network.dns-failure", status: finding.Unknown, message: "the name " + restHost, ev: none},
		"no such host of one's own": {line: func(*testing.T) (string, given) {
			return "", given{flags: map[string]string{"connect-to": "nosuch.example:8443"},
				dial: func(l *line) { l.cannotResolve(notFound("nosuch.example")) }}
		}, code: "network.dns-failure", status: finding.Unknown, message: "nosuch.example", ev: finding.Evidence{"host": "nosuch.example"}},
		"no such api_url": {line: func(*testing.T) (string, given) {
			return "", given{flags: map[string]string{"api-url": "https://nosuch.example"},
				dial: func(l *line) { l.cannotResolve(notFound("nosuch.example")) }}
		}, code: "network.dns-failure", status: finding.Unknown, ev: finding.Evidence{"host": "nosuch.example"}},

		"closed port": {line: func(t *testing.T) (string, given) { return testkit.ClosedPort(t), given{} },
			code: "network.unreachable", status: finding.Unknown, message: "refused the connection", ev: finding.Evidence{"kind": "refused"}},
		"reset": {line: answered(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }),
			code: "network.unreachable", status: finding.Unknown, message: "was closed", ev: finding.Evidence{"kind": "reset"}},
		"gateway down": {line: answered(answers(502, "text/html", page)),
			code: "network.unreachable", status: finding.Unknown, message: `502 ("Sign in to the Wi-Fi")`, ev: finding.Evidence{"status": 502, "title": "Sign in to the Wi-Fi"}},
		"proxy not running": {line: func(t *testing.T) (string, given) {
			return "", given{flags: map[string]string{"proxy": "http://" + testkit.ClosedPort(t)}}
		}, code: "network.unreachable", status: finding.Unknown, message: "cannot be reached (refused)", ev: finding.Evidence{"kind": "proxy-unreachable", "detail": "refused"}},
		"proxy of the environment makes no sense": {line: func(t *testing.T) (string, given) { // not: there is none
			return ca.serves(t, restHost, netsuiteAnswers), given{env: map[string]string{"HTTPS_PROXY": "http://secret-user:hun ter2@proxy.example:3128"}}
		}, code: "network.unreachable", status: finding.Unknown, message: "its address is invalid", ev: finding.Evidence{"reason": "invalid-proxy"}},
		"proxy of the environment of a kind that nobody knows": {line: func(t *testing.T) (string, given) {
			return ca.serves(t, restHost, netsuiteAnswers), given{env: map[string]string{"HTTPS_PROXY": "::::"}}
		}, code: "network.unreachable", status: finding.Unknown, message: "its address is invalid", ev: finding.Evidence{"reason": "invalid-proxy"}},
		"proxy does not exist": {line: func(*testing.T) (string, given) {
			return "", given{flags: map[string]string{"proxy": "http://proxy.example:3128"},
				dial: func(l *line) { l.cannotResolve(notFound("proxy.example")) }}
		}, code: "network.unreachable", status: finding.Unknown, message: "the proxy http://proxy.example:3128 cannot be reached (dns-not-found)", ev: none},

		"silent after connect": {line: raw(hang), hurry: 2 * time.Second, code: "network.timeout", status: finding.Unknown,
			message: "phase: tls", ev: finding.Evidence{"reason": "tls"}},
		"silent after TLS": {line: answered(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), hurry: 5 * time.Second, // enough for TLS

			code: "network.timeout", status: finding.Unknown, message: "phase: answer", ev: finding.Evidence{"reason": "answer"}},
		"silent proxy": {line: proxied(hang), hurry: 2 * time.Second, code: "network.timeout", status: finding.Unknown, message: "phase: proxy", ev: none},

		"foreign CA": {line: func(t *testing.T) (string, given) { return foreign.serves(t, restHost, netsuiteAnswers), given{} },
			code: "network.tls-untrusted", status: finding.Fail, message: "issued by CN=Example Corp CA,O=Example Corp",
			ev: finding.Evidence{"issuer": "CN=Example Corp CA,O=Example Corp", "chain": []string{
				"CN=" + restHost + " (issued by CN=Example Corp CA,O=Example Corp)",
				"CN=Example Corp CA,O=Example Corp (issued by itself)"}}},
		"another host's certificate": {line: func(t *testing.T) (string, given) { return ca.serves(t, "portal.example", netsuiteAnswers), given{} },
			code: "network.tls-untrusted", status: finding.Fail, message: "is for another host", ev: finding.Evidence{"reason": "wrong-host"}},

		"plain HTTP": {line: raw(func(c net.Conn) { c.Read(make([]byte, 1)); io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n") }),
			code: "network.tls-handshake", status: finding.Fail, message: "does not speak TLS", ev: finding.Evidence{"reason": "not-tls"}},
		"closes in the handshake": {line: raw(func(c net.Conn) { c.Read(make([]byte, 1)) }),
			code: "network.tls-handshake", status: finding.Fail, message: "closed the connection during", ev: none},

		"an issuer of its own": {line: func(t *testing.T) (string, given) {
			return foreign.serves(t, restHost, netsuiteAnswers), given{flags: map[string]string{"ca-file": foreign.file}}
		}, code: "network.tls-inspected", status: finding.Pass, message: "CN=Example Corp CA,O=Example Corp",
			ev: finding.Evidence{"host": restHost, "issuer": "CN=Example Corp CA,O=Example Corp", "ca_file": foreign.file}},

		"proxy says 403": {line: proxied(proxySays("HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\n\r\n" + page)),
			code: "network.proxy-refused", status: finding.Fail, message: "status 403", ev: finding.Evidence{"proxy_status": 403, "reason": "status"}},
		"proxy closes": {line: proxied(proxySays("")),
			code: "network.proxy-refused", status: finding.Fail, message: "closed the connection instead", ev: finding.Evidence{"reason": "closed"}},
		"proxy sends a page": {line: proxied(proxySays("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 64\r\n\r\n" + page)),
			code: "network.proxy-refused", status: finding.Fail, message: "sent a web page instead", ev: finding.Evidence{"reason": "page"}},

		"proxy wants NTLM": {line: proxied(proxySays("HTTP/1.1 407 X\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n\r\n")),
			code: "network.proxy-auth-unsupported", status: finding.Fail, message: "does not support: Negotiate, NTLM",
			ev: finding.Evidence{"proxy_status": 407, "proxy_takes": []string{"Negotiate", "NTLM"}}},
		"proxy wants a password": {line: proxied(proxySays("HTTP/1.1 407 X\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n")),
			code: "network.proxy-auth-unsupported", status: finding.Fail, message: "requires authentication (status 407): Basic", ev: finding.Evidence{"reason": "credentials-missing"}},
		"proxy wants another password": {line: func(t *testing.T) (string, given) {
			return "", given{flags: map[string]string{
				"proxy": "http://user:hunter2@" + listen(t, proxySays("HTTP/1.1 407 X\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n"))}}
		}, code: "network.proxy-auth-unsupported", status: finding.Fail, message: "rejected the user name", ev: finding.Evidence{"reason": "credentials-rejected"}},
		"proxy of the environment": {line: func(t *testing.T) (string, given) {
			return "", given{env: map[string]string{"https_proxy": "http://" + listen(t, proxySays("HTTP/1.1 407 X\r\n\r\n"))}}
		}, code: "network.proxy-auth-unsupported", status: finding.Fail, message: "requires authentication (status 407)", ev: none},

		"a web page": {line: answered(answers(200, "text/html", page)),
			code: "network.not-netsuite", status: finding.Fail, message: restHost + ` sent a web page ("Sign in to the Wi-Fi")`,
			ev: finding.Evidence{"title": "Sign in to the Wi-Fi", "status": 200, "content_type": "text/html"}},
		"not HTTP": {line: raw(func(c net.Conn) {
			leaf := ca.sign(t, &x509.Certificate{DNSNames: []string{restHost}})
			s := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{leaf.Raw}, PrivateKey: ca.key}}})
			s.Read(make([]byte, 1))
			io.WriteString(s, "220 mail.example ESMTP\r\n")
			s.Close()
		}), code: "network.not-netsuite", status: finding.Fail, ev: finding.Evidence{"kind": "malformed"}},

		"a redirect": {line: answered(answers(302, "text/html", page, "Location", "https://portal.example:8443/login?user=secret-user")),
			code: "network.redirected", status: finding.Fail, message: "redirects to portal.example (status 302)", ev: finding.Evidence{"location_host": "portal.example"}},
		"a redirect to itself": {line: answered(answers(307, "application/json", "{}", "Location", "/elsewhere")),
			code: "network.redirected", status: finding.Fail, message: "redirects to " + restHost, ev: finding.Evidence{"location_host": restHost}},
		"a redirect without a word": {line: answered(answers(302, "application/json", "{}")),
			code: "network.redirected", status: finding.Fail, message: restHost + " redirects (status 302)", ev: finding.Evidence{"location_host": nil}},
		"a redirect to nowhere": {line: answered(answers(301, "application/json", "{}", "Location", "https://"+strings.Repeat("x", 300)+".example/")),
			code: "network.redirected", status: finding.Fail, message: restHost + " redirects (status 301)", ev: finding.Evidence{"location_host": nil}},
	} {
		raised[tt.code] = true
		t.Run(name, func(t *testing.T) {
			t.Cleanup(func() { goleak.VerifyNone(t) })
			address, g := tt.line(t)
			l := newLine(t, address)
			if g.dial != nil {
				g.dial(l)
			}
			l.LookupEnv = func(name string) (string, bool) { v, ok := g.env[name]; return v, ok }
			flags := map[string]string{"ca-file": ca.file}
			maps.Copy(flags, g.flags)
			var ctx context.Context
			if tt.hurry > 0 {
				hurried, cancel := context.WithTimeout(t.Context(), tt.hurry)
				defer cancel()
				ctx = hurried
			}
			r := probe(t, l.World, ctx, flags)
			if r.Status != tt.status {
				t.Errorf("status %s, want %s", r.Status, tt.status)
			}
			if tt.code == "" {
				if len(r.Findings) != 0 {
					t.Errorf("%+v", r.Findings)
				}
				return
			}
			f := only(t, r)
			if f.Code != tt.code || !strings.Contains(f.Message, tt.message) {
				t.Errorf("%s: %s", f.Code, f.Message)
			}
			for key, want := range tt.ev {
				if got := f.Evidence[key]; fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("evidence %s: %v, want %v", key, got, want)
				}
			}
			for _, secret := range []string{"hunter2", "secret-user"} {
				if strings.Contains(fmt.Sprintf("%+v", r), secret) {
					t.Errorf("%s is repeated: %+v", secret, r)
				}
			}
			if facts := r.Facts.(finding.NetworkFacts); facts.Host == "" || facts.Addresses == nil || (facts.Proxy != nil) != ((g.flags["proxy"] != "" || g.env != nil) && tt.ev["reason"] != "invalid-proxy") {
				t.Errorf("facts %+v", facts)
			}
		})
	}
	for _, e := range catalog.All() {
		if strings.HasPrefix(string(e.Code), "network.") && !raised[e.Code] {
			t.Errorf("no test raises %s", e.Code)
		}
	}
}

// An untrusted certificate is shown as it came, leaf first, and --ca-file is named.
func TestUntrustedNamesTheChainAndTheWayOut(t *testing.T) {
	ca := newAuthority(t, "Example Corp")
	l := newLine(t, ca.serves(t, restHost, netsuiteAnswers))
	f := only(t, probe(t, l.World, nil, nil))
	if !strings.Contains(f.Remedy.Summary, "--ca-file") || len(f.Remedy.Steps) == 0 ||
		!strings.Contains(f.Remedy.Steps[0], "leaf first: CN="+restHost+" (issued by CN=Example Corp CA,O=Example Corp); CN=Example Corp CA,O=Example Corp (issued by itself).") {
		t.Errorf("%+v", f.Remedy)
	}
}

// What is advised leads along the way that the run took: to the address that was
// dialled, with the CA and the proxy that it had.
func TestAdviceIsOfTheWayTaken(t *testing.T) {
	closed, proxy := testkit.ClosedPort(t), "http://"+testkit.ClosedPort(t)
	ca := newAuthority(t, "Amazon")
	const target = "https://" + restHost + "/services/rest/system/v1/serverTime"
	for name, tt := range map[string]struct {
		flags   map[string]string
		summary string
		command []string
		hint    string // a step, "" for none
	}{
		"direct": {nil, "Check firewall and proxy: " + restHost + ":443 must be reachable.", []string{"curl", "-sSv", target}, ""},
		"connect_to": {map[string]string{"connect-to": closed, "ca-file": ca.file}, "Check firewall and proxy: " + closed + " must be reachable.",
			[]string{"curl", "-sSv", "--connect-to", "::" + closed, "--cacert", ca.file, target}, "connects to " + closed + " for every host of the account (--connect-to)"},
		"api_url": {map[string]string{"api-url": "https://" + restHost + ":8443"}, "Check firewall and proxy: " + restHost + ":8443 must be reachable.",
			[]string{"curl", "-sSv", strings.Replace(target, restHost, restHost+":8443", 1)}, ""},
		"proxy": {map[string]string{"proxy": proxy}, "Correct --proxy, or HTTPS_PROXY in the environment, or start the proxy.", nil, ""},
	} {
		l := newLine(t, closed)
		f := only(t, probe(t, l.World, nil, tt.flags))
		var command []string
		if len(f.Remedy.Commands) > 0 {
			command = f.Remedy.Commands[0]
		}
		if f.Code != "network.unreachable" || f.Remedy.Summary != tt.summary || !slices.Equal(command, tt.command) ||
			(len(f.Remedy.Steps) > 0) != (tt.hint != "") || tt.hint != "" && !strings.Contains(f.Remedy.Steps[0], tt.hint) {
			t.Errorf("%s: %s %+v", name, f.Code, f.Remedy)
		}
	}
}

// By a clock that is wrong a server's certificate looks out of date: then no CA
// file helps, and both clocks are shown.
func TestAServersCertificateOutOfDate(t *testing.T) {
	ca := newAuthority(t, "Amazon")
	now := time.Now()
	for reason, leaf := range map[string]*x509.Certificate{
		"expired":       {NotBefore: now.Add(-48 * time.Hour), NotAfter: now.Add(-24 * time.Hour)},
		"not-yet-valid": {NotBefore: now.Add(24 * time.Hour), NotAfter: now.Add(48 * time.Hour)},
	} {
		leaf.DNSNames = []string{restHost}
		signed := ca.sign(t, leaf)
		l := newLine(t, listen(t, func(c net.Conn) {
			s := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{signed.Raw}, PrivateKey: ca.key}}})
			_ = s.Handshake()
			s.Close()
		}))
		f := only(t, probe(t, l.World, nil, map[string]string{"ca-file": ca.file}))
		if f.Code != "network.tls-untrusted" || f.Evidence["reason"] != reason || !strings.HasPrefix(f.Remedy.Summary, "Check this machine's date") ||
			f.Evidence["local_time"] == nil || !strings.HasSuffix(f.Message, " by this machine's clock") || !strings.Contains(f.Message, "; it is ") {
			t.Errorf("%s: %s %q %+v", reason, f.Code, f.Message, f.Remedy)
		}
	}
}

// Through a proxy nothing of NetSuite's is looked up here, and the proxy is the
// one address that is dialled.
func TestAProxyLooksUpItself(t *testing.T) {
	t.Cleanup(func() { goleak.VerifyNone(t) })
	ca := newAuthority(t, "Amazon")
	var asked sync.Map
	proxy := listen(t, tunnel(ca.serves(t, restHost, netsuiteAnswers), &asked))
	for name, env := range map[string]string{"--proxy": "", "HTTPS_PROXY": "http://" + proxy} {
		t.Run(name, func(t *testing.T) {
			l := newLine(t, "")
			flags := map[string]string{"ca-file": ca.file}
			if env == "" {
				flags["proxy"] = "http://user:hunter2@" + proxy
			}
			l.LookupEnv = func(name string) (string, bool) { return env, name == "HTTPS_PROXY" && env != "" }
			r := probe(t, l.World, nil, flags)
			if len(l.lookups) != 0 || !slices.Equal(l.dialled, []string{proxy}) {
				t.Errorf("looked up %v, dialled %v", l.lookups, l.dialled)
			}
			facts := r.Facts.(finding.NetworkFacts)
			if r.Status != finding.Pass || facts.Proxy == nil || *facts.Proxy != "http://"+proxy || len(facts.Addresses) != 0 {
				t.Errorf("%s %v, %+v", r.Status, r.Findings, facts)
			}
			if facts.DNSMS != nil || facts.ConnectMS == nil || facts.ProxyMS == nil || facts.TLSMS == nil || facts.FirstByteMS == nil {
				t.Errorf("timings %+v", facts)
			}
			if !strings.HasPrefix(r.Summary, restHost+" answers through http://"+proxy+", TLS 1.3, ") || !strings.Contains(r.Summary, "proxy ") {
				t.Errorf("summary %q", r.Summary)
			}
		})
	}
	if _, ok := asked.Load("CONNECT " + restHost + ":443"); !ok {
		t.Error("the proxy was not asked for NetSuite's host")
	}
}

// NO_PROXY leads around the proxy, and then names are looked up here again.
func TestNoProxy(t *testing.T) {
	l := newLine(t, "")
	l.LookupEnv = func(name string) (string, bool) {
		v := map[string]string{"HTTPS_PROXY": "http://proxy.example:3128", "NO_PROXY": ".netsuite.com"}[name]
		return v, v != ""
	}
	l.cannotResolve(notFound(restHost))
	r := probe(t, l.World, nil, nil)
	if f := only(t, r); f.Code != "network.account-not-found" || !slices.Equal(l.dialled, []string{restHost + ":443"}) ||
		!slices.Equal(l.lookups, []string{nsid.ControlHost}) || r.Facts.(finding.NetworkFacts).Proxy != nil {
		t.Errorf("%s, dialled %v, looked up %v", f.Code, l.dialled, l.lookups)
	}
}

func TestFactsOfAnAnswer(t *testing.T) {
	ca := newAuthority(t, "DigiCert Inc")
	l := newLine(t, ca.serves(t, restHost, netsuiteAnswers))
	r := probe(t, l.World, nil, map[string]string{"ca-file": ca.file})
	facts := r.Facts.(finding.NetworkFacts)
	if facts.Host != restHost || !slices.Equal(facts.Addresses, []string{"127.0.0.1"}) || facts.Proxy != nil || facts.ProxyMS != nil ||
		facts.ConnectMS == nil || facts.TLSMS == nil || facts.FirstByteMS == nil || *facts.TLSVersion != "TLS 1.3" ||
		*facts.Issuer != "CN=DigiCert Inc CA,O=DigiCert Inc" ||
		!strings.HasPrefix(r.Summary, restHost+" answers at 127.0.0.1, TLS 1.3, certificate issued by DigiCert Inc, ") {
		t.Errorf("%+v", facts)
	}
	if len(l.lookups) != 0 {
		t.Errorf("looked up %v beside what the connection needs", l.lookups)
	}

	// A dialler that looks names up says what it found, as net.Dialer does.
	dial := l.Dial
	l.Dial = func(ctx context.Context, network, to string) (net.Conn, error) {
		trace := httptrace.ContextClientTrace(ctx)
		trace.DNSStart(httptrace.DNSStartInfo{Host: restHost})
		trace.DNSDone(httptrace.DNSDoneInfo{Addrs: []net.IPAddr{{IP: net.ParseIP("192.0.2.1")}, {IP: net.ParseIP("2001:db8::1")}}})
		return dial(ctx, network, to)
	}
	r = probe(t, l.World, nil, map[string]string{"ca-file": ca.file})
	facts = r.Facts.(finding.NetworkFacts)
	if !slices.Equal(facts.Addresses, []string{"192.0.2.1", "2001:db8::1"}) || facts.DNSMS == nil || !strings.Contains(r.Summary, "(DNS ") {
		t.Errorf("%+v, summary %q", facts, r.Summary)
	}
}

func TestDescribeTimings(t *testing.T) {
	ms := time.Millisecond
	for _, tt := range []struct {
		t    netsuite.Timings
		want string
	}{
		{netsuite.Timings{DNS: 3 * ms, Connect: 9 * ms, TLS: 14 * ms, FirstByte: 8 * ms}, "34 ms (DNS 3, connect 9, TLS 14, first byte 8)"},
		{netsuite.Timings{DNS: 2600 * time.Microsecond, Connect: 1500 * time.Microsecond, FirstByte: 1}, "5 ms (DNS 3, connect 2, first byte 0)"},
		{netsuite.Timings{Connect: ms, Proxy: 20 * ms, TLS: 2 * ms, FirstByte: 3 * ms}, "26 ms (connect 1, proxy 20, TLS 2, first byte 3)"},
		{netsuite.Timings{FirstByte: 12 * ms}, "12 ms (first byte 12)"},
	} {
		if got := describeTimings(tt.t); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
	a := &netsuite.Answer{TLSVersion: "TLS 1.3"}
	if got := describeAnswer(finding.NetworkFacts{Host: "h"}, a); got != "h answers, TLS 1.3" {
		t.Errorf("without timings: %q", got)
	}
	a = &netsuite.Answer{TLSVersion: "TLS 1.2", RemoteAddr: "[2001:db8::1]:443", TLSIssuer: "CN=own CA", Chain: []netsuite.PeerCertificate{{Issuer: "CN=own CA"}}}
	if got := describeAnswer(finding.NetworkFacts{Host: "h"}, a); got != "h answers at 2001:db8::1, TLS 1.2, certificate issued by CN=own CA" {
		t.Errorf("an issuer without an organization: %q", got)
	}
	if got := describeAnswer(finding.NetworkFacts{Host: "h"}, &netsuite.Answer{}); got != "h answers" {
		t.Errorf("without TLS: %q", got)
	}
}

// Whose issuer is judged, and whose is not.
func TestInspected(t *testing.T) {
	for name, tt := range map[string]struct {
		organization string
		flags        map[string]string
		host         string
		want         bool
	}{
		"a company":         {"Example Corp", nil, restHost, true},
		"almost a CA":       {"DigiCert Inc Example", nil, restHost, true},
		"no organization":   {"", nil, restHost, true},
		"the likely one":    {"DigiCert Inc", nil, restHost, false},
		"another public CA": {"Let's Encrypt", nil, restHost, false},
		"the emulator":      {"nsauth emulator", nil, restHost, false},
		"connect_to":        {"Example Corp", map[string]string{"connect-to": "ADDRESS"}, restHost, false},
		"an API of one's own": {"Example Corp", map[string]string{"api-url": "https://api.example"},
			"api.example", false},
		"a foreign server": {"Example Corp", map[string]string{"token-url": "https://login.example/token"}, "login.example", false},
	} {
		t.Run(name, func(t *testing.T) {
			ca := newAuthority(t, tt.organization)
			address := ca.serves(t, tt.host, netsuiteAnswers)
			flags := map[string]string{"ca-file": ca.file}
			for k, v := range tt.flags {
				flags[k] = strings.ReplaceAll(v, "ADDRESS", address)
			}
			r := probe(t, newLine(t, address).World, nil, flags)
			if r.Status != finding.Pass || (len(r.Findings) == 1) != tt.want {
				t.Fatalf("%s, %+v", r.Status, r.Findings)
			}
			if tt.want && (r.Findings[0].Code != "network.tls-inspected" || r.Findings[0].Severity != finding.Info || r.Summary == "") {
				t.Errorf("%+v, summary %q", r.Findings[0], r.Summary)
			}
		})
	}
}

// A page and a foreign issuer are both told: the one explains the other.
func TestAPageBehindAnInspector(t *testing.T) {
	ca := newAuthority(t, "Example Corp")
	l := newLine(t, ca.serves(t, restHost, answers(200, "text/html", "<html><title>Gateway</title>")))
	r := probe(t, l.World, nil, map[string]string{"ca-file": ca.file})
	if r.Status != finding.Fail || len(r.Findings) != 2 || r.Findings[0].Code != "network.not-netsuite" || r.Findings[1].Code != "network.tls-inspected" {
		t.Errorf("%s %+v", r.Status, r.Findings)
	}
}

// The system's proxy is a hint for who cannot reach NetSuite and has named no proxy.
func TestSystemProxyHint(t *testing.T) {
	ca := newAuthority(t, "Amazon")
	reached := ca.serves(t, restHost, netsuiteAnswers)
	hint := "--proxy http://proxy.example:8080"
	for name, tt := range map[string]struct {
		address string
		flags   map[string]string
		env     string
		system  func() host.SystemProxy
		want    string
	}{
		"not reached": {"", nil, "", func() host.SystemProxy { return host.SystemProxy{URL: "http://proxy.example:8080"} }, hint},
		"a script": {"", nil, "", func() host.SystemProxy { return host.SystemProxy{Script: "http://wpad.example/p.pac"} },
			"proxy script http://wpad.example/p.pac"},
		"reached":       {reached, map[string]string{"ca-file": ca.file}, "", func() host.SystemProxy { return host.SystemProxy{URL: "http://proxy.example:8080"} }, ""},
		"--proxy":       {"", map[string]string{"proxy": "http://127.0.0.1:9"}, "", func() host.SystemProxy { return host.SystemProxy{URL: "http://proxy.example:8080"} }, ""},
		"--connect-to":  {"", map[string]string{"connect-to": "127.0.0.1:9"}, "", func() host.SystemProxy { return host.SystemProxy{URL: "http://proxy.example:8080"} }, ""},
		"environment":   {"", nil, "http://127.0.0.1:9", func() host.SystemProxy { return host.SystemProxy{URL: "http://proxy.example:8080"} }, ""},
		"none":          {"", nil, "", func() host.SystemProxy { return host.SystemProxy{} }, ""},
		"no such thing": {"", nil, "", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			address := tt.address
			if address == "" {
				address = testkit.ClosedPort(t)
			}
			l := newLine(t, address)
			l.SystemProxy = tt.system
			l.LookupEnv = func(name string) (string, bool) { return tt.env, name == "HTTPS_PROXY" && tt.env != "" }
			r := probe(t, l.World, nil, tt.flags)
			if name == "reached" {
				if len(r.Findings) != 0 {
					t.Errorf("%+v", r.Findings)
				}
				return
			}
			f := only(t, r)
			steps := strings.Join(f.Remedy.Steps, "\n")
			if f.Code != "network.unreachable" || tt.want == "" && strings.Contains(steps, "Windows") || !strings.Contains(steps, tt.want) {
				t.Errorf("%s, steps %q", f.Code, steps)
			}
			if _, named := f.Evidence["system_proxy"]; named != (tt.want == hint) {
				t.Errorf("evidence %v", f.Evidence)
			}
		})
	}
}

// A whole run needs one connection a host: the network check's is that of the token
// request and of the calls; the list of certificates is on the restlets host.
func TestOneConnectionPerHost(t *testing.T) {
	t.Cleanup(func() { goleak.VerifyNone(t) })
	for name, tt := range map[string]struct {
		only        []finding.CheckID
		connections int
		requests    []string
	}{
		"all checks": {nil, 2, []string{"GET serverTime", "POST token", "GET serverTime", "POST suiteql", "GET certificates"}},
		"one host":   {[]finding.CheckID{finding.CheckAPI}, 1, []string{"GET serverTime", "POST token", "GET serverTime", "POST suiteql"}},
	} {
		t.Run(name, func(t *testing.T) {
			prepared, err := scenario.Prepare(scenario.Scenario{Name: "connections"}, time.Now, keypool.Generate)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			if err := prepared.Files(dir); err != nil {
				t.Fatal(err)
			}
			server, err := server.New(prepared.Config)
			if err != nil {
				t.Fatal(err)
			}
			if err := server.Start("127.0.0.1:0"); err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			p, err := profile.Resolve(profile.Input{ConfigPath: filepath.Join(dir, scenario.FileConfig), ConfigDir: dir, Dir: dir})
			if err != nil {
				t.Fatal(err)
			}
			l := newLine(t, server.Addr())
			client, err := host.Connect(l.World, p)
			if err != nil {
				t.Fatal(err)
			}
			defer client.CloseIdle()
			var mu sync.Mutex
			waited := map[string]int{} // for each host, by check: one more than it ended
			named := func(_ context.Context, id finding.CheckID, host string) func() {
				count := func(n int) {
					mu.Lock()
					defer mu.Unlock()
					waited[string(id)+" "+host] += n
				}
				count(1)
				return func() { count(-1) }
			}
			for _, r := range Run(t.Context(), Job{World: noUDP(l.World), Profile: p, Pair: pairOf(p), Client: client, Select: Selection{Only: tt.only}, Waiting: named}) {
				if r.Status != finding.Pass && (r.Reason == nil || *r.Reason != finding.NotSelected && *r.Reason != finding.NotConfigured) {
					t.Errorf("%s: %s %v", r.ID, r.Status, r.Findings)
				}
			}
			var requests []string
			for _, v := range server.Requests() {
				requests = append(requests, v.Method+" "+v.Path[strings.LastIndexByte(v.Path, '/')+1:])
			}
			slices.Sort(requests)
			if want := slices.Sorted(slices.Values(tt.requests)); !slices.Equal(requests, want) {
				t.Errorf("requests %v, want %v", requests, want)
			}
			const rest, restlets = " 1234567.suitetalk.api.netsuite.com", " 1234567.restlets.api.netsuite.com"
			want := map[string]int{"network" + rest: 0, "token" + rest: 0, "api" + rest: 0}
			if name == "all checks" {
				want["clock time.cloudflare.com and 2 more"], want["mapping"+restlets] = 0, 0
			}
			if !maps.Equal(waited, want) {
				t.Errorf("waits %v, want %v", waited, want)
			}
			if got := len(l.dialled); got != tt.connections {
				t.Errorf("%d connections for %d requests, want %d", got, len(requests), tt.connections)
			}
		})
	}
}

// noUDP leaves the time servers out.
func noUDP(w host.World) host.World {
	dial := w.Dial
	w.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if !strings.HasPrefix(network, "tcp") {
			return nil, fmt.Errorf("no time server in this test: %w", errors.ErrUnsupported)
		}
		return dial(ctx, network, address)
	}
	return w
}

func TestNotTheServer(t *testing.T) {
	for _, tt := range []struct {
		name    string
		answer  *netsuite.Answer
		foreign bool
		want    finding.Code
	}{
		{"an error envelope is NetSuite", answered(401, "application/json", `{"status":401}`), false, ""},
		{"a page with 200", answered(200, "text/html", "<html><title>Sign in</title></html>"), false, "network.not-netsuite"},
		{"a page with 503", answered(503, "text/html", "<html>"), false, "network.unreachable"},
		{"a redirect", answered(302, "application/json", "{}"), false, "network.redirected"},
		{"text", answered(200, "text/plain", "hello"), false, "network.not-netsuite"},
		{"nothing", answered(200, "", ""), false, "network.not-netsuite"},
		{"another server's 404 page", answered(404, "text/html", "<html>"), true, ""},
		{"another server's redirect", answered(301, "", ""), true, "network.redirected"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if code, _ := notTheServer(tt.answer, !tt.foreign); code != tt.want {
				t.Errorf("%s, want %s", code, tt.want)
			}
		})
	}
}
