package checks

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/text"
)

func checkCertificate(ctx context.Context, in *inputs) outcome {
	k, ok := productOf[*keys.Key](in, finding.CheckKey)
	if in.job.Folder != nil {
		c, none := in.certificateInFolder(ctx, k)
		if c == nil {
			return none
		}
		if k == nil && in.job.Folder.All {
			k = keyInFolder(in.job.Folder, c)
		}
		o := in.judgedInFolder(ctx, c, k)
		if in.job.Folder.All {
			o.findings = append(o.findings, fault.OfKeys(in.job.Folder.FaultsOf(keys.ObjectCertificate))...)
		}
		return o
	}
	c, err := in.job.Pair.Certificate, in.job.Pair.CertificateErr
	if c == nil {
		if _, _, swapped := in.job.Pair.Swapped(); swapped {
			return outcome{blockedBy: []finding.CheckID{finding.CheckKey}}
		}
		findings := fault.Findings(err)
		var locked *keys.Fault
		if errors.As(err, &locked) && in.raised(samePassphrase[locked.Reason]) {
			return outcome{blockedBy: []finding.CheckID{finding.CheckKey}}
		}
		if !ok && slices.ContainsFunc(findings, in.reportedByKey) {
			return outcome{blockedBy: []finding.CheckID{finding.CheckKey}}
		}
		return outcome{findings: findings}
	}
	return in.judgeCertificate(ctx, c, k)
}

// judgeCertificate says what is wrong with a certificate, and with the pair of it and
// the key k, which may be nil.
func (in *inputs) judgeCertificate(ctx context.Context, c *keys.Certificate, k *keys.Key) outcome {
	matches := k != nil && c.BelongsTo(k)
	now := in.job.at()
	o := outcome{product: c, findings: in.withoutNetSuiteRules(fault.OfKeys(c.Judge(now))), facts: certificateFacts(c, now)}
	switch {
	case k == nil && in.job.Folder != nil && in.job.Folder.All: // the keys of others were judged
	case k == nil || matches:
		o.findings = slices.DeleteFunc(o.findings, in.reportedByKey)
	default:
		ev := finding.Evidence{"key": in.keyName(k), "certificate": c.Path, "key_type": describeKey(k), "certificates": c.Count}
		if pair := (keys.Pair{Key: k, Certificate: c}); pair.OfOneSource() {
			ev["reason"] = "same-file"
			ev.Set("source", k.From)
		}
		ev.Set("belonging", certificateForKey(ctx, c, k, now))
		o.findings = append([]finding.Finding{catalog.New("certificate.key-mismatch", ev)}, o.findings...)
	}
	left := c.DaysLeft(now)
	if limit, ok := thresholds(in.job.Profile).reached(c.X509.NotBefore, c.X509.NotAfter, now); ok && left >= 0 {
		ev := finding.Evidence{"path": c.Path, "days_left": left, "not_after": text.UTC(c.X509.NotAfter), "threshold": limit.text}
		ev.Set("new_key_type", keys.TypeName(c.Type, c.Curve, c.Bits))
		f := catalog.New("certificate.expiring-soon", ev)
		o.findings = append(o.findings, f.With(limit.severity))
	}
	if o.summary = expiry(c, now); c.Count > 1 {
		o.summary += fmt.Sprintf(", number %d of %d in the file", c.Position, c.Count)
	}
	if matches && !slices.ContainsFunc(o.findings, func(f finding.Finding) bool { return f.Severity != finding.Info }) {
		o.summary += ", matches the key"
	}
	return o
}

// newKeyType is the type of the key after that of this run: the same one if NetSuite accepts it.
func (in *inputs) newKeyType() string {
	if c, ok := productOf[*keys.Certificate](in, finding.CheckCertificate); ok {
		return keys.TypeName(c.Type, c.Curve, c.Bits)
	}
	if k, ok := productOf[*keys.Key](in, finding.CheckKey); ok {
		return keys.TypeName(k.Type, k.Curve, k.Bits)
	}
	return ""
}

// keyName names a key as a command can read it again: its file, or env:NAME.
func (in *inputs) keyName(k *keys.Key) string {
	if given := in.job.Profile.Text(profile.FieldKey); k.Path == "" && strings.HasPrefix(given, "env:") {
		return given
	}
	return k.Path
}

// expiry says when a certificate expires or expired.
func expiry(c *keys.Certificate, now time.Time) string {
	end, left := c.X509.NotAfter.UTC().Format(time.DateOnly), c.DaysLeft(now)
	if left < 0 {
		return "expired " + end
	}
	return "expires " + end + " (in " + text.Counted(left, "day") + ")"
}

// certificateForKey returns the path of a certificate that belongs to the key, in the
// folder of c, which does not; or "".
func certificateForKey(ctx context.Context, c *keys.Certificate, k *keys.Key, now time.Time) string {
	if c.Path == "" {
		return ""
	}
	f, err := keys.ReadFolder(ctx, filepath.Dir(c.Path), keys.QuickScan())
	if err != nil {
		return ""
	}
	if found := CertificateIn(f, "", k, now); found != nil {
		return found.Path
	}
	return ""
}

// samePassphrase maps a certificate's fault to the finding of the check "key" about the
// same passphrase: both are in one PKCS#12 file.
var samePassphrase = map[string]finding.Code{
	"pkcs12-encrypted": "key.encrypted", "pkcs12-passphrase-wrong": "key.passphrase-wrong",
}

// reportedByKey reports whether the check "key" has already reported the fault f of
// the certificate's key: the same key in two files is one fault.
func (in *inputs) reportedByKey(f finding.Finding) bool {
	kind, _ := f.Evidence["reason"].(string) // the key.* code's last part
	return f.Code == "certificate.key-unsupported" && in.raised(finding.Code("key."+kind))
}

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

// threshold is a time before a certificate expires at which it becomes a finding.
type threshold struct {
	text     string
	severity finding.Severity
	days     int
	percent  int // of the validity; used when days is 0
}

// limits are the thresholds of a profile, errors before warnings.
type limits []threshold

func thresholds(p *profile.Profile) limits {
	var ts limits
	for _, t := range []struct {
		before   *profile.Threshold
		field    profile.Field
		severity finding.Severity
	}{{p.Fail, profile.FieldFail, finding.Error}, {p.Warn, profile.FieldWarn, finding.Warning}} {
		if t.before != nil {
			ts = append(ts, threshold{text: p.Text(t.field), severity: t.severity, days: t.before.Days, percent: t.before.Percent})
		}
	}
	return ts
}

// reached returns the first threshold that now has passed. A percentage of the
// validity is never reached where from is not known (zero).
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
