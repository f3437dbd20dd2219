package checks

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/nsid"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/netsuite"
)

// reply is what the check "network" judges.
type reply struct {
	answer *netsuite.Answer
	err    error
	// unasked says that no request was made for this check; answer is the call's.
	unasked bool
	// signed says that answer is the token endpoint's, which the check "token" judges.
	signed bool
}

// probeTarget is the URL of the first request of a run.
func (in *inputs) probeTarget() string {
	if p := in.job.Profile; !p.Server.NetSuite {
		return p.TokenURL
	}
	return in.job.Profile.APIURL + netsuite.ServerTimePath
}

// askServer makes the first request of a run, unsigned, on the connection that the
// other requests use too.
func askServer(ctx context.Context, in *inputs) reply {
	ctx, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	reached := sync.OnceFunc(func() { close(in.job.reached) })
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { reached() }})
	a, err := in.job.Client.Do(ctx, netsuite.Request{Method: http.MethodGet, URL: in.probeTarget(),
		Header: http.Header{"Accept": {"application/json"}}})
	return reply{answer: a, err: err}
}

func judgeNetwork(ctx context.Context, in *inputs, r reply) outcome {
	target := in.probeTarget()
	facts := finding.NetworkFacts{Host: fault.HostOf(target), Addresses: []string{},
		Proxy: finding.Optional(host.ProxyFor(in.job.World, in.job.Profile, target))}
	var broken *netsuite.ConnectError
	switch {
	case r.unasked && r.answer != nil:
		return outcome{facts: facts, skip: finding.NotRun, product: r.answer}
	case r.unasked, errors.Is(r.err, context.Canceled):
		return outcome{facts: facts, skip: finding.NotRun}
	case errors.As(r.err, &broken):
		addTimings(&facts, broken.Timings)
		facts.Addresses = append(facts.Addresses, broken.Addresses...)
		return outcome{facts: facts, findings: []finding.Finding{in.connectFailed(ctx, target, broken)}}
	case r.err != nil:
		return outcome{facts: facts, findings: fault.Findings(r.err)}
	}
	a := r.answer
	addTimings(&facts, a.Timings)
	facts.TLSVersion, facts.Issuer = finding.Optional(a.TLSVersion), finding.Optional(a.TLSIssuer)
	facts.Addresses = append(facts.Addresses, a.Addresses...)
	if ip, _, err := net.SplitHostPort(a.RemoteAddr); err == nil && len(a.Addresses) == 0 && in.direct(facts.Proxy != nil) {
		facts.Addresses = []string{ip} // the URL has an address, or the dialler reports no lookup
	}
	o := outcome{facts: facts}
	code, ev := notTheServer(a, in.job.Profile.Server.NetSuite)
	if code != "" && r.signed {
		return outcome{facts: facts, skip: finding.NotRun, product: unproven{}}
	}
	if code != "" {
		o.findings = []finding.Finding{in.networkFinding(target, code, ev)}
	} else {
		o.product, o.summary = a, describeAnswer(facts, a)
	}
	if f, ok := in.tlsInspected(a); ok {
		o.findings = append(o.findings, f)
	}
	return o
}

// unproven is the product of an answer whose sender only the check "token" can judge.
type unproven struct{}

// direct reports whether the host in a URL is looked up and connected to without proxy
// and connect_to.
func (in *inputs) direct(proxied bool) bool {
	return !proxied && in.job.Profile.Text(profile.FieldConnectTo) == ""
}

// addTimings adds how long each phase took.
func addTimings(facts *finding.NetworkFacts, t netsuite.Timings) {
	for _, f := range []struct {
		fact **float64
		took time.Duration
	}{
		{&facts.DNSMS, t.DNS}, {&facts.ConnectMS, t.Connect}, {&facts.ProxyMS, t.Proxy}, {&facts.TLSMS, t.TLS},
		{&facts.FirstByteMS, t.FirstByte},
	} {
		if f.took > 0 {
			*f.fact = milliseconds(f.took)
		}
	}
}

// describeAnswer is the summary for a server that answers, such as
// "HOST answers at 192.0.2.1, TLS 1.3, certificate issued by DigiCert Inc, 34 ms (DNS
// 3, connect 9, TLS 14, first byte 8)".
func describeAnswer(facts finding.NetworkFacts, a *netsuite.Answer) string {
	parts := []string{facts.Host + " answers"}
	if facts.Proxy != nil {
		parts[0] += " through " + *facts.Proxy
	} else if address, _, err := net.SplitHostPort(a.RemoteAddr); err == nil {
		parts[0] += " at " + address
	}
	if a.TLSVersion != "" {
		parts = append(parts, a.TLSVersion)
	}
	if len(a.Chain) > 0 {
		parts = append(parts, "certificate issued by "+cmp.Or(a.Chain[0].IssuerOrganization, a.TLSIssuer))
	}
	if a.Timings.Total() > 0 {
		parts = append(parts, describeTimings(a.Timings))
	}
	return strings.Join(parts, ", ")
}

// describeTimings lists the phases and their total, of the rounded figures so that a
// reader can add them up.
func describeTimings(t netsuite.Timings) string {
	var phases []string
	total := 0
	for _, p := range []struct {
		name string
		took time.Duration
	}{{"DNS", t.DNS}, {"connect", t.Connect}, {"proxy", t.Proxy}, {"TLS", t.TLS}, {"first byte", t.FirstByte}} {
		if p.took > 0 {
			ms := int(math.Round(p.took.Seconds() * 1000))
			total += ms
			phases = append(phases, fmt.Sprintf("%s %d", p.name, ms))
		}
	}
	return fmt.Sprintf("%d ms (%s)", total, strings.Join(phases, ", "))
}

// notTheServer returns why the answer is not the server's, or "". JSON counts as
// NetSuite's. Another authorization server may send anything but a redirect.
func notTheServer(a *netsuite.Answer, isNetSuite bool) (finding.Code, finding.Evidence) {
	ev := finding.Evidence{"host": fault.HostOf(a.URL), "origin": fault.OriginOf(a.URL), "status": a.Status}
	ev.Set("title", a.HTMLTitle())
	switch {
	case a.Status >= 300 && a.Status < 400:
		ev.Set("location_host", fault.LocationHost(a))
		return "network.redirected", ev
	case a.IsJSON():
		return "", nil
	case fault.IsUnavailable(a.Status):
		ev["reason"] = "gateway" // the server is down, or a gateway cannot reach it
		return "network.unreachable", ev
	case !isNetSuite:
		return "", nil
	}
	ev["content_type"] = a.ContentType()
	if a.IsHTML() {
		ev["reason"] = "html"
	}
	return "network.not-netsuite", ev
}

// requestFailed returns the findings for a failed request to target.
func (in *inputs) requestFailed(ctx context.Context, target string, err error) []finding.Finding {
	var broken *netsuite.ConnectError
	if errors.As(err, &broken) {
		return []finding.Finding{in.connectFailed(ctx, target, broken)}
	}
	return fault.Findings(err)
}

// connectFailed returns the finding for a target that did not answer.
func (in *inputs) connectFailed(ctx context.Context, target string, e *netsuite.ConnectError) finding.Finding {
	code, ev := fault.ConnectFault(e)
	if ev["reason"] == "unknown-authority" && host.NoRoots() {
		ev["reason"] = "no-roots" // this machine has no CAs; the server may be fine
	}
	if e.Kind == netsuite.DNSNotFound && in.direct(e.Proxy != "") && in.job.Profile.Account.OwnsHost(e.Host) {
		// A missing host and a broken resolver give the same error; only the lookup of a
		// host that exists tells them apart.
		ev["control_host"] = nsid.ControlHost
		if _, err := in.job.World.LookupHost(ctx, nsid.ControlHost); err == nil {
			code, ev["account"] = "network.account-not-found", in.job.Profile.Text(profile.FieldAccount)
		}
	}
	return in.networkFinding(target, code, ev)
}

// networkFinding makes a finding with the way that the request took: connect_to, CA
// file, proxy, and a system proxy that nsauth does not use.
func (in *inputs) networkFinding(target string, code finding.Code, ev finding.Evidence) finding.Finding {
	p := in.job.Profile
	connectTo := p.Text(profile.FieldConnectTo)
	ev["endpoint"] = cmp.Or(connectTo, hostPortOf(target))
	ev.Set("connect_to", connectTo)
	ev.Set("origin", fault.OriginOf(target))
	ev.Set("ca_file", p.Text(profile.FieldCAFile))
	ev.Set("proxy", host.ProxyFor(in.job.World, p, target))
	system := host.UnusedSystemProxy(in.job.World, p)
	ev.Set("system_proxy", system.URL)
	ev.Set("system_proxy_script", system.Script)
	return catalog.New(code, ev)
}

// tlsInspected reports a trusted certificate that no public CA issued. It judges only
// the account's own hosts, without connect_to.
func (in *inputs) tlsInspected(a *netsuite.Answer) (finding.Finding, bool) {
	p := in.job.Profile
	if p.Text(profile.FieldConnectTo) != "" || !p.Account.OwnsHost(fault.HostOf(a.URL)) || len(a.Chain) == 0 ||
		host.IsPublicCA(a.Chain[0].IssuerOrganization) {
		return finding.Finding{}, false
	}
	ev := finding.Evidence{"host": fault.HostOf(a.URL), "issuer": a.TLSIssuer, "chain": fault.DescribeChain(a.Chain)}
	ev.Set("ca_file", p.Text(profile.FieldCAFile))
	return catalog.New("network.tls-inspected", ev), true
}

// hostPortOf is the host and port of a URL.
func hostPortOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	port := map[string]string{"https": "443", "http": "80"}[u.Scheme]
	return net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), port))
}

func milliseconds(d time.Duration) *float64 {
	ms := float64(d.Microseconds()) / 1000
	return &ms
}
