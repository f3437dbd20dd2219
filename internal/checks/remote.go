package checks

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/nsauth/nsauth/internal/clock"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/jwtgen"
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

// Clock limits, in seconds. NetSuite publishes no tolerance for assertions; the
// notes of the field call one minute too much.
const (
	skewLimit     = 60 * time.Second
	disagreeLimit = 5 * time.Second
)

func checkClock(ctx context.Context, in *inputs) outcome {
	var facts finding.ClockFacts
	var best *clock.Reading
	if a, ok := from[*netsuite.Answer](in, finding.CheckNetwork); ok {
		if date, ok := a.Date(); ok {
			r := clock.FromDate(a.Sent, a.Received, date, hostOf(a.URL))
			best = &r
		}
	}
	ntp := in.askNTP(ctx)
	if ntp != nil {
		facts.NTPOffsetSeconds = seconds(ntp.Offset)
		if best == nil {
			best = ntp
		}
	}
	if best == nil {
		return outcome{facts: facts, findings: []finding.Finding{finding.New("clock.unmeasured", finding.Evidence{})}}
	}
	facts.OffsetSeconds, facts.UncertaintySeconds, facts.Source =
		seconds(best.Offset), seconds(best.Uncertainty), &best.Source
	o := outcome{facts: facts, product: best,
		summary: fmt.Sprintf("%s by the clock of %s", describeOffset(best.Offset), best.Source)}
	now := in.job.World.Now()
	ev := finding.Evidence{
		"offset_seconds": *facts.OffsetSeconds, "offset": describeOffset(best.Offset), "source": best.Source,
		"uncertainty_seconds": *facts.UncertaintySeconds,
		"local_time":          now.UTC().Format(timeFormat),
		"reference_time":      now.Add(-best.Offset).UTC().Format(timeFormat),
	}
	off, lifetime := best.Offset, jwtgen.DefaultLifetime
	if a, ok := from[*jwtgen.Assertion](in, finding.CheckAssertion); ok {
		if stated, ok := a.Lifetime(); ok {
			lifetime = stated
		}
	}
	switch {
	case -off-best.Uncertainty >= lifetime:
		ev["reason"] = "assertion-expired"
		o.findings = append(o.findings, finding.New("clock.skewed", ev))
	case off.Abs()-best.Uncertainty > skewLimit:
		ev["reason"] = map[bool]string{true: "ahead", false: "behind"}[off > 0]
		o.findings = append(o.findings, finding.New("clock.skewed", ev))
	}
	if ntp != nil && best != ntp && (ntp.Offset-best.Offset).Abs() > disagreeLimit+ntp.Uncertainty+best.Uncertainty {
		o.findings = append(o.findings, finding.New("clock.sources-disagree", finding.Evidence{
			"source": best.Source, "offset": describeOffset(best.Offset),
			"ntp_source": ntp.Source, "ntp_offset": describeOffset(ntp.Offset),
			"local_time": ev["local_time"],
		}))
	}
	return o
}

// askNTP asks the first server that answers. It is silent about one that does
// not: UDP is often blocked.
func (in *inputs) askNTP(ctx context.Context) *clock.Reading {
	if in.job.Recorded != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, ntpLimit)
	defer cancel()
	for _, server := range in.job.Profile.List(profile.FieldNTPServer) {
		r, err := clock.QueryNTP(ctx, server, clock.Options{Dial: in.job.World.Dial, Now: in.job.World.Now})
		if err == nil {
			return &r
		}
	}
	return nil
}

// describeOffset says which way the local clock is off.
func describeOffset(d time.Duration) string {
	switch d = d.Round(100 * time.Millisecond); {
	case d > 0:
		return fmt.Sprintf("%.1f s ahead", d.Seconds())
	case d < 0:
		return fmt.Sprintf("%.1f s behind", -d.Seconds())
	}
	return "0.0 s off"
}

func checkToken(ctx context.Context, in *inputs) outcome {
	ctx, cancel := context.WithTimeout(ctx, exchangeLimit)
	defer cancel()
	a, _ := from[*jwtgen.Assertion](in, finding.CheckAssertion)
	t, err := in.server().Exchange(ctx, a.Raw().Reveal())
	if errors.Is(err, errNotSent) {
		return outcome{skip: finding.NotRun}
	}
	if err != nil {
		var facts finding.TokenFacts
		var refused *netsuite.TokenError
		if errors.As(err, &refused) {
			facts.Status, facts.Error = &refused.Answer.Status, optional(refused.Code)
		}
		return outcome{facts: facts, findings: fromError(err)}
	}
	facts := finding.TokenFacts{Status: &t.Answer.Status}
	o := outcome{product: t, summary: "issued"}
	if t.ExpiresIn > 0 {
		s := int64(t.ExpiresIn / time.Second)
		facts.ExpiresIn = &s
		o.summary = fmt.Sprintf("issued, good for %d minutes", t.ExpiresIn/time.Minute)
	}
	o.facts = facts
	return o
}

func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

func seconds(d time.Duration) *float64 {
	s := d.Round(time.Millisecond).Seconds()
	return &s
}

func milliseconds(d time.Duration) *float64 {
	ms := float64(d.Microseconds()) / 1000
	return &ms
}
