package diagnosis

import (
	"fmt"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/text"
)

// NetSuite's tolerance for a clock is not documented. A clock that is ahead makes iat a
// time in the future, so it is likely; one that is behind leaves a valid assertion until
// it has expired, so it comes after the account. Neither hides what the account can be.

const skewed = finding.Code("clock.skewed")

// aheadLimit is how many seconds ahead a clock may be to be no cause. It covers the way
// of the request.
const aheadLimit = 5

// clockBehind reports whether f is about a clock that is behind by less than an
// assertion's remaining life.
func clockBehind(f finding.Finding) bool {
	way := f.Evidence["reason"]
	if way == "not-by-ntp" {
		way = f.Evidence["by_date"]
	}
	return f.Code == skewed && way == "behind"
}

// addClockBehind adds, after all others, a clock by which the assertion had not expired.
func (o *observations) addClockBehind(l *list) {
	for _, f := range o.findings {
		if o.refused != nil && clockBehind(f) {
			l.add(finding.Possible, f, catalog.Because("clock-behind", finding.Evidence{"message": f.Message}))
		}
	}
}

// addSlightlyAhead adds, after the set, a clock that is ahead by less than its check
// warns of.
func (o *observations) addSlightlyAhead(l *list) {
	ahead, source := o.ahead()
	if ahead > aheadLimit {
		l.addCode(skewed, catalog.Because("clock-slightly-ahead", finding.Evidence{"offset": fmt.Sprintf("%.0f", ahead), "source": source}))
	}
}

// ahead is by how many seconds at least this machine's clock is ahead, and of which.
func (o *observations) ahead() (seconds float64, source string) {
	f, ok := facts[finding.ClockFacts](o, finding.CheckClock)
	if !ok || f.OffsetSeconds == nil {
		return 0, ""
	}
	seconds = *f.OffsetSeconds
	if f.UncertaintySeconds != nil {
		seconds -= *f.UncertaintySeconds
	}
	if f.Source != nil {
		source = *f.Source
	}
	return seconds, source
}

// datedBy is the name of the time in the evidence of a finding about one. What has
// expired ends at that time, everything else begins then.
var datedBy = map[finding.Code]string{"certificate.expired": "not_after", "certificate.not-yet-valid": "not_before",
	"assertion.expired": "exp", "assertion.issued-in-future": "iat", "assertion.not-before": "nbf"}

// byWrongClock reports whether a finding is true by this machine's wrong clock, and not
// by the clock that it was compared with.
func (o *observations) byWrongClock(f finding.Finding) bool {
	name, dated := datedBy[f.Code]
	if !dated || !o.found(skewed) {
		return false
	}
	at, known := timeIn(f, name)
	reference, compared := timeIn(f, "reference_time")
	over := strings.HasSuffix(string(f.Code), ".expired")
	return known && compared && over == reference.Before(at)
}

func timeIn(f finding.Finding, name string) (time.Time, bool) {
	text, _ := f.Evidence[name].(string)
	at, err := time.Parse(time.RFC3339, text)
	return at, err == nil
}

// newCertificate is how young a certificate is that may not be uploaded yet.
const newCertificate = 4 * time.Hour

// justMade is the evidence of a certificate file that began to be valid shortly before
// the refusal, and with which no token is known.
func (o *observations) justMade() (finding.Evidence, bool) {
	certificate, _ := facts[finding.CertificateFacts](o, finding.CheckCertificate)
	token, _ := facts[finding.TokenFacts](o, finding.CheckToken)
	if token.At == nil || o.context.Worked.kept(IDCertificate) {
		return nil, false
	}
	from, err := time.Parse(time.RFC3339, certificate.NotBefore)
	at, err2 := time.Parse(time.RFC3339, *token.At)
	age := at.Sub(from)
	if err != nil || err2 != nil || age < 0 || age > newCertificate {
		return nil, false
	}
	return finding.Evidence{"from": text.TimeToMinute(from)}, true
}

// uploadFirst puts the mapping before every other possible cause if the certificate was
// just made.
func (o *observations) uploadFirst(l *list) {
	ev, made := o.justMade()
	i := l.index("setup.mapping-missing")
	if !made || i < 0 {
		return
	}
	c := l.causes[i]
	c.Because = o.lead(l) + catalog.Because("just-made", ev)
	l.causes = append([]finding.Cause{c}, append(l.causes[:i:i], l.causes[i+1:]...)...)
}
