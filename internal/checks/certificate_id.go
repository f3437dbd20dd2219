package checks

import (
	"context"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/inspect"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/text"
	"github.com/nsauth/nsauth/netsuite"
)

func checkCertificateID(ctx context.Context, in *inputs) outcome {
	c, ok := from[*keys.Certificate](in, finding.CheckCertificate)
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
		o.summary = "is this certificate's"
		if in.job.Folder != nil {
			o.summary = "is that of " + relativeTo(in.job.Folder.Path, c.Path)
		}
	case in.raised("profile.certificate-id-malformed") && in.job.shows(finding.CheckProfile):
		o.blockedBy = []finding.CheckID{finding.CheckProfile} // the fault is reported there
	default:
		ev := finding.Evidence{"configured": configured, "computed": computed, "certificate": c.Path}
		f, other := finding.Finding{}, false
		if reason := inspect.Misspelt(configured, c); reason != "" {
			ev["reason"] = reason
			o.summary = "is this certificate's, written in another way"
		} else if netsuite.CertificateIDShape(configured) != "" { // the profile, whose fault it is, is not shown
			ev["reason"], o.summary = "malformed", "is no Certificate ID"
		} else {
			f, other = belongsToOtherFile(ctx, c, configured)
			o.summary = "is not this certificate's"
		}
		if !other {
			f = catalog.New("certificate-id.mismatch", ev)
		}
		o.findings = []finding.Finding{f}
	}
	return o
}

// judgeIDInFolder judges the Certificate ID where a folder was given and no
// certificate of it was chosen.
func (in *inputs) judgeIDInFolder(configured string, o outcome) outcome {
	f := in.job.Folder
	o.summary = text.Counted(len(f.Certificates), "certificate") + " and " + text.Counted(len(f.Keys), "key") + " in the folder"
	if configured == "" {
		return o
	}
	ev := finding.Evidence{"reason": "none-in-folder", "configured": configured, "folder": f.Path, "certificates": len(f.Certificates)}
	if f.Incomplete != "" {
		ev["incomplete"] = f.Incomplete
	}
	o.findings = []finding.Finding{catalog.New("certificate-id.mismatch", ev)}
	return o
}

// belongsToOtherFile looks among the files in the certificate's folder for the one whose ID
// was configured instead.
func belongsToOtherFile(ctx context.Context, c *keys.Certificate, configured string) (finding.Finding, bool) {
	if c.Path == "" {
		return finding.Finding{}, false
	}
	other := keys.CertificateBeside(ctx, c.Path, configured)
	if other == nil {
		return finding.Finding{}, false
	}
	ev := finding.Evidence{"configured": configured, "computed": c.ID(), "certificate": c.Path, "other": other.Path,
		"other_not_after": text.UTC(other.X509.NotAfter)}
	if inspect.SameKey(c.Public(), other.Public()) {
		ev["reason"] = "same-key"
	}
	return catalog.New("certificate-id.belongs-to-other-file", ev), true
}
