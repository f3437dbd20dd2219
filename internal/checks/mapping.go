package checks

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/mapping"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/netsuite"
)

// ReadCertificates reads NetSuite's list of certificates.
func ReadCertificates(body []byte) ([]finding.MappedCertificate, error) {
	rows, err := mapping.ReadList(body)
	if err != nil {
		return nil, err
	}
	list := []finding.MappedCertificate{}
	for _, r := range rows {
		list = append(list, mappingFacts(r))
	}
	return list, nil
}

func mappingFacts(m mapping.Mapping) finding.MappedCertificate {
	return finding.MappedCertificate{
		CertificateID: m.CertificateID, Application: m.Application.Name, Role: m.Role.Name, Entity: m.Entity.Name,
		ValidFrom: m.ValidFrom, ValidUntil: m.ValidUntil, Revoked: m.Revoked,
	}
}

// certificateList is NetSuite's answer, which the check "mapping" judges.
type certificateList struct {
	answer *netsuite.Answer
	err    error
}

// certificatesURL is where NetSuite lists the certificates of the Client ID. Its host is
// not the one of the other requests.
func (j *Job) certificatesURL() string {
	return j.Profile.Account.CertificatesURL(j.Profile.Text(profile.FieldClientID))
}

// preconnect connects to the host of the list while the server answers the first two
// requests. It waits until there is an assertion to send and the server of the first
// request is connected: without these, a run never asks for the list.
func preconnect(ctx context.Context, job *Job, produced func(finding.CheckID) bool) any {
	if !job.Select.Runs(finding.CheckToken) { // without a token the list is not asked for
		return nil
	}
	go func() {
		if !produced(finding.CheckAssertion) {
			return
		}
		select {
		case <-job.reached:
			job.Client.Preconnect(ctx, job.certificatesURL())
		case <-ctx.Done():
		}
	}()
	return nil
}

func listCertificates(ctx context.Context, in *inputs) certificateList {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	a, err := in.job.Client.Do(ctx, netsuite.Request{Method: http.MethodGet,
		URL: in.job.certificatesURL(), Header: http.Header{"Accept": {"application/json"}}, AccessToken: accessToken(ctx, in)})
	return certificateList{a, err}
}

func judgeList(_ context.Context, in *inputs, l certificateList) outcome {
	if l.err != nil {
		return outcome{findings: []finding.Finding{catalog.New("mapping.unreadable", connectEvidence(l.err))}}
	}
	if s := l.answer.Status; s == 400 || s == 401 || s == 403 {
		return outcome{skip: finding.NoPermission}
	}
	rows, err := mapping.ReadList(l.answer.Body)
	if l.answer.Status != 200 || err != nil {
		return outcome{findings: []finding.Finding{catalog.New("mapping.unreadable", finding.Evidence{"status": l.answer.Status})}}
	}
	p := in.job.Profile
	o := judgeMapping(rows, p.Text(profile.FieldCertificateID), in.newKeyType(), in.job.World.Now(), thresholds(p))
	o.findings = slices.DeleteFunc(o.findings, in.reportedByCertificate)
	return o
}

// reportedByCertificate reports whether the check "certificate" has already reported
// that the file expires on the same day as the mapping in f. NetSuite may let the
// mapping expire earlier; then both are reported.
func (in *inputs) reportedByCertificate(f finding.Finding) bool {
	c, ok := productOf[*keys.Certificate](in, finding.CheckCertificate)
	if !ok || f.Code != "mapping.expiring-soon" {
		return false
	}
	text, _ := f.Evidence["valid_until"].(string)
	until, _ := mapping.Time(text)
	return until.After(c.X509.NotAfter.Add(-24*time.Hour)) && // the list may have dates without a time
		slices.ContainsFunc(in.seen[finding.CheckCertificate].result.Findings, func(of finding.Finding) bool {
			return of.Code == "certificate.expiring-soon" && of.Severity == f.Severity
		})
}

func connectEvidence(err error) finding.Evidence {
	ev := finding.Evidence{}
	var broken *netsuite.ConnectError
	if errors.As(err, &broken) {
		ev["reason"] = string(broken.Kind)
	}
	return ev
}

// judgeMapping finds the configured certificate in NetSuite's own list. The list may
// be partial: a missing certificate is only information, and counts are "at least".
func judgeMapping(rows []mapping.Mapping, id, newKeyType string, now time.Time, ts limits) outcome {
	facts := finding.MappingFacts{Certificates: []finding.MappedCertificate{}, Active: mapping.CountActive(rows, now)}
	var o outcome
	listed := false
	for _, r := range rows {
		facts.Certificates = append(facts.Certificates, mappingFacts(r))
		if r.CertificateID != id {
			continue
		}
		listed = true
		o.summary = fmt.Sprintf("%s, %s, expires %s", r.Role.Name, r.Entity.Name, validUntilDay(r.ValidUntil))
		from, _ := mapping.Time(r.ValidFrom)
		until, _, dated := r.Ends()
		limit, soon := ts.reached(from, until, now)
		ev := finding.Evidence{"certificate_id": id, "valid_until": r.ValidUntil}
		ev.Set("new_key_type", newKeyType)
		switch state := r.State(now); {
		case state == mapping.Revoked:
			o.findings = append(o.findings, catalog.New("mapping.revoked", ev))
		case state == mapping.Expired:
			o.findings = append(o.findings, catalog.New("mapping.expired", ev))
		case dated && soon:
			ev["days_left"], ev["threshold"] = max(0, keys.WholeDays(now, until)), limit.text
			o.findings = append(o.findings, catalog.New("mapping.expiring-soon", ev).With(limit.severity))
		}
	}
	if !listed {
		o.findings = append(o.findings, catalog.New("mapping.not-listed", finding.Evidence{
			"certificate_id": id, "listed": len(rows)}))
	}
	switch {
	case facts.Active >= mapping.ActiveLimit:
		o.findings = append(o.findings, catalog.New("mapping.limit-reached", finding.Evidence{"active": facts.Active, "limit": mapping.ActiveLimit}))
	case facts.Active == mapping.ActiveLimit-1:
		o.findings = append(o.findings, catalog.New("mapping.limit-near", finding.Evidence{"active": facts.Active, "limit": mapping.ActiveLimit}))
	}
	o.facts = facts
	return o
}

// validUntilDay is the day on which a mapping expires.
func validUntilDay(validUntil string) string {
	if until, ok := mapping.Time(validUntil); ok {
		return until.UTC().Format(time.DateOnly)
	}
	return cmp.Or(validUntil, "unknown")
}
