package checks

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/netsuite"
)

// server reaches the server, or what a command already received from it.
func (in *inputs) server() Client {
	if in.job.Recorded != nil {
		return in.job.Recorded
	}
	return in.job.Client
}

func checkNetwork(ctx context.Context, in *inputs) outcome {
	ctx, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	p := in.job.Profile
	target := p.APIURL() + netsuite.ServerTimePath
	if p.Foreign() {
		target = p.TokenURL()
	}
	facts := finding.NetworkFacts{Host: hostOf(target), Addresses: []string{}}
	if u := in.proxyFor(target); u != "" {
		facts.Proxy = &u
	}
	direct := facts.Proxy == nil && p.Text(profile.FieldConnectTo) == "" && in.job.Recorded == nil
	if direct && net.ParseIP(facts.Host) == nil {
		started := in.job.World.Now()
		addresses, err := in.job.World.LookupHost(ctx, facts.Host)
		if err != nil {
			return outcome{facts: facts, findings: []finding.Finding{in.nameFailed(ctx, facts.Host, err)}}
		}
		facts.Addresses, facts.DNSMS = addresses, milliseconds(in.job.World.Now().Sub(started))
	}
	a, err := in.server().Do(ctx, netsuite.Request{Method: http.MethodGet, URL: target,
		Header: http.Header{"Accept": {"application/json"}}})
	if err != nil {
		return outcome{facts: facts, findings: fromError(err)}
	}
	facts.TLSVersion, facts.Issuer = optional(a.TLSVersion), optional(a.TLSIssuer)
	o := outcome{facts: facts, product: a, summary: facts.Host + " answers"}
	if f, bad := notTheServer(a, p.Foreign()); bad {
		return outcome{facts: facts, findings: []finding.Finding{f}}
	}
	return o
}

// notTheServer judges who answered: JSON is NetSuite, and so is any answer of
// another authorization server that is neither a page nor a redirect.
func notTheServer(a *netsuite.Answer, foreign bool) (finding.Finding, bool) {
	ev := finding.Evidence{"host": hostOf(a.URL), "status": a.Status}
	switch {
	case a.Status >= 300 && a.Status < 400:
		ev["location_host"] = hostOf(a.Header.Get("Location"))
		return finding.New("network.redirected", ev), true
	case a.IsJSON():
		return finding.Finding{}, false
	case unavailable[a.Status]:
		ev["reason"] = "gateway" // down, or a gateway that cannot reach it: not a verdict on who it is
		return finding.New("network.unreachable", ev), true
	case foreign:
		return finding.Finding{}, false
	}
	ev["content_type"] = a.ContentType()
	if a.IsHTML() {
		ev["reason"] = "html"
		if title := a.HTMLTitle(); title != "" {
			ev["title"] = title
		}
	}
	return finding.New("network.not-netsuite", ev), true
}

// nameFailed tells a host that does not exist from a resolver that does not
// work: only the name of a host that surely exists can.
func (in *inputs) nameFailed(ctx context.Context, host string, err error) finding.Finding {
	if ctx.Err() != nil {
		return finding.New("network.timeout", finding.Evidence{"host": host, "reason": "dns"})
	}
	var dns *net.DNSError
	_, ours := in.job.Profile.Account()
	if errors.As(err, &dns) && dns.IsNotFound && ours && !in.job.Profile.Foreign() {
		if _, err := in.job.World.LookupHost(ctx, netsuite.ControlHost); err == nil {
			return finding.New("network.account-not-found", finding.Evidence{
				"host": host, "control_host": netsuite.ControlHost, "account": in.job.Profile.Text(profile.FieldAccount),
			})
		}
	}
	return finding.New("network.dns-failure", finding.Evidence{"host": host})
}

func (in *inputs) proxyFor(target string) string {
	if in.job.Profile.Text(profile.FieldConnectTo) != "" {
		return ""
	}
	r, err := http.NewRequest(http.MethodGet, target, nil)
	if err != nil {
		return ""
	}
	u, err := proxyFunc(in.job.World, in.job.Profile)(r)
	if err != nil || u == nil {
		return ""
	}
	return u.Scheme + "://" + u.Host // without its user name and password
}

func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

func milliseconds(d time.Duration) *float64 {
	ms := float64(d.Microseconds()) / 1000
	return &ms
}
