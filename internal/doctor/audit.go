package doctor

import (
	"slices"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/diagnosis"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/lastgood"
	"github.com/nsauth/nsauth/internal/profile"
)

// audit is r.Audit with the role and the entity that the last good run had, which are those
// of the mapping as long as the certificate is the same. They outrank what a person says.
func (r Request) audit(p *profile.Profile, record *lastgood.Record) *checks.Audit {
	if r.Audit == nil || record == nil || record.Identifiers[diagnosis.IDCertificate] != p.Text(profile.FieldCertificateID) {
		return r.Audit
	}
	a := *r.Audit
	role, entity := record.Identifiers[diagnosis.IDRole], record.Identifiers[diagnosis.IDEntity]
	if role != "" && entity != "" {
		a.RoleID, a.EntityID, a.KnownBy = role, entity, finding.KnownByLastRun
	}
	return &a
}

// contradiction says that what NetSuite recorded for this request and what nsauth measured
// do not go together; "" if they do, or if nothing is proven.
func contradiction(results []finding.Result, d *finding.Diagnosis) string {
	trail := factsOf[finding.AuditTrailFacts](results)
	if d == nil || !trail.Proven || trail.Entries[0].Detail == nil {
		return ""
	}
	name := *trail.Entries[0].Detail
	detail, known := catalog.LookupDetail(name)
	named := func(code finding.Code) bool { return slices.Contains(detail.Codes, code) }
	switch {
	case !known:
		return finding.NoteRecorded + "the Detail " + name + " for this request, read by the auditor. Oracle does not document it, so it names no cause."
	case slices.ContainsFunc(d.Causes, func(c finding.Cause) bool { return named(c.Code) }):
		return ""
	}
	said := finding.NoteRecorded + name + " for this request"
	if i := slices.IndexFunc(d.RuledOut, func(r finding.RuledOut) bool { return named(r.Code) }); i >= 0 {
		said += ", but nsauth found: " + d.RuledOut[i].Because
	}
	return said + ". The two contradict each other: the request may have been changed on its way, or the entry is of another request. " +
		name + ", read by the auditor, means: " + detail.Means + "."
}
