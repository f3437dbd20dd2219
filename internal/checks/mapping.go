package checks

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/auditor"
	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/netsuite"
)

// mappingRow is one row of NetSuite's list of certificates (Oracle NetSuite Help, page
// article_11111634165).
type mappingRow struct {
	Application   named  `json:"application"`
	Entity        named  `json:"entity"`
	Role          named  `json:"role"`
	ValidFrom     string `json:"valid_from"`
	ValidUntil    string `json:"valid_until"`
	Revoked       bool   `json:"revoked"`
	CertificateID string `json:"certificate_id"`
}

// ReadCertificates reads NetSuite's list of certificates.
func ReadCertificates(body []byte) ([]finding.MappedCertificate, error) {
	var rows []mappingRow
	if err := json.Unmarshal(body, &rows); err != nil {
		return nil, err
	}
	list := []finding.MappedCertificate{}
	for _, r := range rows {
		list = append(list, r.facts())
	}
	return list, nil
}

func (r mappingRow) facts() finding.MappedCertificate {
	return finding.MappedCertificate{
		CertificateID: r.CertificateID, Application: r.Application.Name, Role: r.Role.Name, Entity: r.Entity.Name,
		ValidFrom: r.ValidFrom, ValidUntil: r.ValidUntil, Revoked: r.Revoked,
	}
}

type named struct {
	// ID is an internal ID: a number, or a text.
	ID   json.RawMessage `json:"id"`
	Name string          `json:"name"`
}

// internalID is the internal ID, "" if there is none.
func (n named) internalID() string {
	if id := strings.Trim(string(n.ID), `"`); auditor.IsID(id) {
		return id
	}
	return ""
}

// activeLimit is how many certificates one integration record may have active
// (Oracle NetSuite Help, page section_162686838198).
const activeLimit = 5

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
	var rows []mappingRow
	if l.answer.Status != 200 || json.Unmarshal(l.answer.Body, &rows) != nil {
		return outcome{findings: []finding.Finding{catalog.New("mapping.unreadable", finding.Evidence{"status": l.answer.Status})}}
	}
	p := in.job.Profile
	o := judgeMapping(rows, p.Text(profile.FieldCertificateID), in.job.World.Now(), thresholds(p))
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
	until, _ := MappingTime(text)
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
func judgeMapping(rows []mappingRow, id string, now time.Time, ts limits) outcome {
	facts := finding.MappingFacts{Certificates: []finding.MappedCertificate{}}
	var o outcome
	listed := false
	for _, r := range rows {
		facts.Certificates = append(facts.Certificates, r.facts())
		until, last, dated := mappingEnds(r.ValidUntil)
		if !r.Revoked && (!dated || last.After(now)) {
			facts.Active++
		}
		if r.CertificateID != id {
			continue
		}
		listed = true
		o.summary = fmt.Sprintf("%s, %s, expires %s", r.Role.Name, r.Entity.Name, validUntilDay(r.ValidUntil))
		from, _ := MappingTime(r.ValidFrom)
		limit, soon := ts.reached(from, until, now)
		ev := finding.Evidence{"certificate_id": id, "valid_until": r.ValidUntil}
		switch {
		case r.Revoked:
			o.findings = append(o.findings, catalog.New("mapping.revoked", ev))
		case dated && !last.After(now):
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
	case facts.Active >= activeLimit:
		o.findings = append(o.findings, catalog.New("mapping.limit-reached", finding.Evidence{"active": facts.Active, "limit": activeLimit}))
	case facts.Active == activeLimit-1:
		o.findings = append(o.findings, catalog.New("mapping.limit-near", finding.Evidence{"active": facts.Active, "limit": activeLimit}))
	}
	o.facts = facts
	return o
}

// validUntilDay is the day on which a mapping expires.
func validUntilDay(validUntil string) string {
	if until, ok := MappingTime(validUntil); ok {
		return until.UTC().Format(time.DateOnly)
	}
	return cmp.Or(validUntil, "unknown")
}

// MappingEnd is when a certificate with that Valid until has expired in every time zone.
func MappingEnd(validUntil string) (time.Time, bool) {
	_, last, ok := mappingEnds(validUntil)
	return last, ok
}

// westmost is how long after UTC a day ends in the westmost time zone, UTC-12.
const westmost = 12 * time.Hour

// mappingEnds are the end of a Valid until in UTC, and in the westmost time zone. Oracle's
// samples have bare dates: a certificate is valid to the end of its last day, and the
// time zone of the list is not known.
func mappingEnds(validUntil string) (utc, last time.Time, ok bool) {
	utc, ok = MappingTime(validUntil)
	if _, err := time.Parse(time.RFC3339, validUntil); err == nil || !ok {
		return utc, utc, ok
	}
	if utc.Equal(utc.Truncate(24 * time.Hour)) {
		utc = utc.AddDate(0, 0, 1)
	}
	return utc, utc.Add(westmost), true
}

// MappingTime parses a time in the list. Without a zone, which Oracle's samples have,
// it is taken as UTC.
func MappingTime(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05.000Z", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
