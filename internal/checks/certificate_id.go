package checks

import (
	"context"
	"maps"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/inspect"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/nsid"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/text"
)

func checkCertificateID(ctx context.Context, in *inputs) outcome {
	c, ok := productOf[*keys.Certificate](in, finding.CheckCertificate)
	configured := in.job.Profile.Text(profile.FieldCertificateID)
	facts := finding.CertificateIDFacts{Configured: finding.Optional(configured), Folder: folderFacts(in.job.Folder, in.job.at())}
	if !ok {
		return in.judgeIDInFolder(configured, outcome{facts: facts})
	}
	computed := c.ID()
	facts.Computed = &computed
	o := outcome{facts: facts, summary: "NetSuite will show " + computed}
	switch {
	case configured == "" && in.job.AbsentIsNotGiven:
		o.skip = finding.NotGiven
	case configured == "":
		o.skip = finding.NotConfigured
	case configured == computed:
		o.summary = "matches the certificate"
		if in.job.Folder != nil {
			o.summary = "matches " + relativeTo(in.job.Folder.Path, c.Path)
		}
	case in.raised("profile.certificate-id-malformed") && in.job.shows(finding.CheckProfile), nsid.IsPlaceholder(configured) && in.raised("profile.placeholder"):
		o.blockedBy = []finding.CheckID{finding.CheckProfile} // the fault is reported there
	case nsid.CertificateIDShape(configured) == "script-id" && in.job.shows(finding.CheckAssertion):
		o.blockedBy = []finding.CheckID{finding.CheckAssertion} // or there
	default:
		var f finding.Finding
		f, o.summary = judgeOtherID(ctx, c, configured)
		o.findings = []finding.Finding{f}
	}
	return o
}

// judgeOtherID says how a Certificate ID differs from that of c.
func judgeOtherID(ctx context.Context, c *keys.Certificate, configured string) (finding.Finding, string) {
	ev := finding.Evidence{"configured": configured, "computed": c.ID(), "certificate": c.Path}
	summary := "does not match the certificate"
	if reason := inspect.Misspelt(configured, c); reason != "" {
		ev["reason"], summary = reason, "matches the certificate, but is written differently"
	} else if nsid.CertificateIDShape(configured) != "" { // the check "profile", which reports it, is not shown
		ev["reason"], summary = "malformed", "is not a Certificate ID"
		if nsid.CertificateIDShape(configured) == "script-id" {
			ev["reason"] = "script-id"
		}
	} else if other := keys.CertificateInFolderOf(ctx, c.Path, configured); other != nil {
		ev["other"], ev["other_not_after"] = other.Path, text.UTC(other.X509.NotAfter)
		if inspect.SameKey(c.Public(), other.Public()) {
			ev["reason"] = "same-key"
		}
		return catalog.New("certificate-id.belongs-to-other-file", ev), summary
	}
	return catalog.New("certificate-id.mismatch", ev), summary
}

// judgeIDInFolder judges the Certificate ID where a folder was given and no
// certificate in it was chosen.
func (in *inputs) judgeIDInFolder(configured string, o outcome) outcome {
	f := in.job.Folder
	o.summary = text.Counted(len(f.Certificates), "certificate") + " and " + text.Counted(len(f.Keys), "key") + " in the folder"
	if configured == "" {
		return o
	}
	ev := finding.Evidence{"reason": "none-in-folder", "configured": configured, "folder": f.Path, "certificates": len(f.Certificates)}
	ev.Set("incomplete", f.Incomplete)
	o.findings = []finding.Finding{catalog.New("certificate-id.mismatch", ev)}
	return o
}

// addComputedID says in the finding about a Certificate ID that is not set which one the
// certificate file has.
func addComputedID(results []finding.Result) []finding.Result {
	computed := ""
	for _, r := range results {
		if r.ID == finding.CheckCertificate && r.Status == finding.Fail { // perhaps not the mapping's file
			return results
		}
		if f, ok := r.Facts.(finding.CertificateIDFacts); ok && f.Computed != nil {
			computed = *f.Computed
		}
	}
	for _, r := range results {
		for i, f := range r.Findings {
			if computed == "" || f.Code != "profile.missing-value" || f.Evidence["name"] != string(profile.FieldCertificateID) {
				continue
			}
			ev := maps.Clone(f.Evidence)
			ev["reason"], ev["computed"] = "certificate-id-computed", computed
			if facts, ok := r.Facts.(finding.ProfileFacts); ok {
				ev.Set("certificate", facts.Values[string(profile.FieldCert)].Value)
			}
			r.Findings[i] = catalog.New(f.Code, ev)
		}
	}
	return results
}
