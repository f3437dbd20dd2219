package diagnosis

import (
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
)

// recorded is the Detail that NetSuite recorded for the refused request, as the auditor
// read it; proven says that the entry is that of this very request. It is "" if there is
// no entry, or if several entries disagree.
func (o *observations) recorded() (detail, at string, proven bool) {
	f, _ := facts[finding.AuditTrailFacts](o, finding.CheckAuditTrail)
	for i, e := range f.Entries {
		if e.Detail == nil || i > 0 && *e.Detail != detail {
			return "", e.At, false
		}
		detail, at = *e.Detail, e.At
	}
	return detail, at, f.Proven
}

// withoutDetail are the causes of a refused token request for which Oracle documents no
// Detail of client credentials.
var withoutDetail = []finding.Code{"setup.grant-not-enabled", "setup.login-permission-missing"}

// recordedSilently are the causes to look at first if the entry of this very request has no
// Detail. That is an inference: a cause with a documented Detail may be recorded without it.
func (o *observations) recordedSilently() []finding.Code {
	f, _ := facts[finding.AuditTrailFacts](o, finding.CheckAuditTrail)
	if o.refused == nil || !f.Proven || f.Entries[0].Detail != nil {
		return nil
	}
	set := o.remaining()
	return slices.DeleteFunc(slices.Clone(withoutDetail), func(code finding.Code) bool { return !slices.Contains(set, code) })
}

// trailRead reports whether the auditor looked into the Login Audit Trail: then a person
// need not.
func (o *observations) trailRead() bool {
	f, ok := facts[finding.AuditTrailFacts](o, finding.CheckAuditTrail)
	return ok && f.LookedAt != nil
}

// read are the findings about what the auditor read in the account.
func (o *observations) read() []finding.Finding {
	var read []finding.Finding
	for _, f := range o.findings {
		if f.Evidence["read_by"] == string(finding.ReadByAuditor) && f.Severity != finding.Info {
			read = append(read, f)
		}
	}
	return read
}

// set is what only NetSuite can tell apart behind the refusal of this run.
func (o *observations) set() []finding.Code {
	if o.refused != nil {
		return o.remaining()
	}
	var set []finding.Code
	for _, f := range o.findings {
		if call, several := ambiguous(f); several && f.Severity != finding.Info {
			set = append(set, call.Set...)
		}
	}
	return set
}

// meant are the causes that a recorded Detail can stand for in this run.
func (o *observations) meant(l *list, detail string) []finding.Code {
	d, _ := catalog.LookupDetail(detail)
	set := o.set()
	return slices.DeleteFunc(slices.Clone(d.Codes), func(code finding.Code) bool {
		f, found := o.findingOf(code)
		inSet := slices.Contains(set, code) && !l.out[code]
		return !inSet && (!found || f.Severity == finding.Info)
	})
}

// addRead adds what the auditor read: the Detail that NetSuite recorded for this request,
// and the states of records. Both prove, where it is known for sure that the entry or the
// record is the one of this request. It returns what they exclude.
func (o *observations) addRead(l *list) (excluded []finding.RuledOut) {
	detail, at, proven := o.recorded()
	read, silent := o.read(), o.recordedSilently()
	if o.context.Foreign || detail == "" && len(read) == 0 && len(silent) == 0 {
		return nil
	}
	o.audited = map[finding.Code]bool{}
	meant := o.meant(l, detail)
	decided := proven && len(meant) > 0
	if decided {
		excluded = o.addRecorded(l, meant, finding.Evidence{"detail": detail, "at": at})
	}
	for _, f := range read {
		sure := finding.Likely
		if f.Evidence["proven"] == true && (!proven || slices.Contains(meant, f.Code)) {
			sure = finding.Certain
		}
		o.addAudited(l, sure, f.Code, f.Message+", read by the auditor")
	}
	for _, code := range silent {
		if !l.out[code] && !l.has(finding.Certain) {
			o.addAudited(l, finding.Likely, code, catalog.Because("recorded-silently", finding.Evidence{"at": at}))
		}
	}
	if !decided && detail != "" {
		for _, code := range meant {
			o.addAudited(l, finding.Likely, code, catalog.Because("recorded-perhaps", finding.Evidence{"detail": detail, "at": at}))
		}
	}
	return excluded
}

// addRecorded adds the causes that the Detail of this very request means, and returns the
// members of the set that it excludes.
func (o *observations) addRecorded(l *list, meant []finding.Code, recorded finding.Evidence) (excluded []finding.RuledOut) {
	shown := slices.DeleteFunc(slices.Clone(meant), func(code finding.Code) bool {
		return !slices.ContainsFunc(o.read(), func(f finding.Finding) bool { return f.Code == code })
	})
	because := catalog.Because("recorded", recorded)
	switch {
	case len(meant) == 1:
		o.addAudited(l, finding.Certain, meant[0], because)
	case len(shown) == 1:
		o.addAudited(l, finding.Certain, shown[0], because)
	default:
		for _, code := range meant {
			o.addAudited(l, finding.Likely, code, because+o.unseenByAuditor(code))
		}
	}
	for _, code := range o.set() {
		if !slices.Contains(meant, code) && !l.out[code] {
			excluded = append(excluded, finding.RuledOut{Code: code, Because: catalog.Because("recorded-other", recorded)})
			l.out[code] = true
		}
	}
	return excluded
}

// addAudited adds a cause that the auditor's reading names.
func (o *observations) addAudited(l *list, c finding.Confidence, code finding.Code, because string) {
	f, found := o.findingOf(code)
	if !found {
		f = finding.Finding{Code: code}
	}
	l.add(c, f, because)
	o.audited[code] = true
}

// setupParts are the parts of the check "setup" that show a member of the set.
var setupParts = map[finding.Code][]string{
	"setup.integration-disabled":      {"integration"},
	"setup.role-or-entity-inactive":   {"role", "entity", "entity_roles"},
	"setup.login-permission-missing":  {"role", "permissions"},
	"api.permission-missing":          {"role", "permissions"},
	"api.workbook-permission-missing": {"role", "permissions"},
	"setup.mapping-missing":           {"certificates"},
	"setup.certificate-revoked":       {"certificates"},
	"setup.sandbox-refreshed":         {"certificates"},
}

// unseenByAuditor says why the auditor does not settle a member of the set; "" without an
// auditor.
func (o *observations) unseenByAuditor(code finding.Code) string {
	f, looked := facts[finding.SetupFacts](o, finding.CheckSetup)
	if !looked {
		return ""
	}
	parts, shown := setupParts[code]
	if !shown {
		return catalog.Because("auditor-cannot-see", nil)
	}
	for _, part := range parts {
		if reason := f.NotSeen[part]; reason != "" {
			return catalog.Because("auditor-did-not-see", finding.Evidence{"reason": reason})
		}
	}
	if code == "setup.role-or-entity-inactive" && len(o.read()) == 0 {
		return catalog.Because("role-switched-off", nil)
	}
	return ""
}

// recordEnabled excludes a record that is not enabled, where the auditor saw that it is:
// this record, or every record of the account.
func (o *observations) recordEnabled() (finding.Evidence, bool) {
	f, ok := facts[finding.SetupFacts](o, finding.CheckSetup)
	switch {
	case !ok:
		return nil, false
	case f.Integration != nil && strings.EqualFold(f.Integration.State, "Enabled"):
		return finding.Evidence{"application": f.Integration.Name}, true
	}
	return nil, f.AllEnabled
}

// clientIDListed excludes an unknown Client ID, where NetSuite's own list has certificates of it.
func (o *observations) clientIDListed() (finding.Evidence, bool) {
	f, _ := facts[finding.SetupFacts](o, finding.CheckSetup)
	if len(f.Certificates) == 0 {
		return nil, false
	}
	return finding.Evidence{"application": f.Certificates[0].Application}, true
}

// featureOn excludes that OAUTH 2.0 is off, where the auditor itself uses it.
func (o *observations) featureOn() (finding.Evidence, bool) {
	f, _ := facts[finding.SetupFacts](o, finding.CheckSetup)
	return nil, f.OAuth2On
}

// loginPermitted excludes a missing login permission, where the auditor saw it in the role
// of this request.
func (o *observations) loginPermitted() (finding.Evidence, bool) {
	f, ok := facts[finding.SetupFacts](o, finding.CheckSetup)
	if !ok || f.Role == nil || f.Role.KnownBy == finding.KnownByProfile {
		return nil, false
	}
	return finding.Evidence{"role_id": f.Role.ID}, slices.ContainsFunc(f.Role.Permissions, func(p finding.AuditedPermission) bool {
		return p.Key == "ADMI_LOGIN_OAUTH2" && p.Level != "0" && p.Level != ""
	})
}

// rowListed excludes a mapping that is not there or not in force, where the auditor saw
// its row in NetSuite's own list.
func (o *observations) rowListed() (finding.Evidence, bool) {
	f, ok := facts[finding.SetupFacts](o, finding.CheckSetup)
	sent, _ := o.certificateIDs()
	if !ok || o.found("setup.certificate-revoked") {
		return nil, false
	}
	i := slices.IndexFunc(f.Certificates, func(c finding.MappedCertificate) bool { return sent != "" && c.CertificateID == sent })
	if i < 0 {
		return nil, false
	}
	return finding.Evidence{"certificate_id": sent, "valid_until": f.Certificates[i].ValidUntil}, !f.Certificates[i].Revoked
}
