package checks

import (
	"fmt"
	"time"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
)

func certificateFacts(c *keys.Certificate, now time.Time) finding.CertificateFacts {
	return finding.CertificateFacts{
		NotBefore:    c.X509.NotBefore.UTC().Format(time.RFC3339),
		NotAfter:     c.X509.NotAfter.UTC().Format(time.RFC3339),
		ValidityDays: c.ValidityDays(),
		DaysLeft:     c.DaysLeft(now),
		Serial:       fmt.Sprintf("%x", c.X509.SerialNumber),
		Subject:      c.Subject(),
		SHA256:       c.SHA256(),
	}
}

// threshold is a time before a certificate's end at which it becomes a finding.
type threshold struct {
	text     string
	severity finding.Severity
	days     int
	percent  int // of the validity; used when days is 0
}

// limits are the thresholds of a profile, gravest first.
type limits []threshold

func thresholds(p *profile.Profile) limits {
	var ts limits
	for _, t := range []struct {
		field    profile.Field
		severity finding.Severity
	}{{profile.FieldFail, finding.Error}, {profile.FieldWarn, finding.Warning}} {
		if days, percent, ok := p.Threshold(t.field); ok {
			ts = append(ts, threshold{text: p.Text(t.field), severity: t.severity, days: days, percent: percent})
		}
	}
	return ts
}

// reached returns the gravest threshold that the end of a validity has passed. A
// share of a validity whose beginning is not known (zero) is never reached.
func (ts limits) reached(from, until, now time.Time) (threshold, bool) {
	for _, t := range ts {
		before := time.Duration(t.days) * 24 * time.Hour
		if t.percent > 0 {
			if from.IsZero() {
				continue
			}
			before = until.Sub(from) / 100 * time.Duration(t.percent)
		}
		if until.Sub(now) <= before {
			return t, true
		}
	}
	return threshold{}, false
}
