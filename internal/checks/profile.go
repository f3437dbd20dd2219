package checks

import (
	"context"
	"fmt"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
)

// values says which values the profile has; the check "profile" produces it.
type values map[value]bool

func checkProfile(_ context.Context, in *inputs) outcome {
	p := in.job.Profile
	o := outcome{
		product: values{
			account:       !p.Lacks(profile.FieldAccount),
			clientID:      p.Text(profile.FieldClientID) != "",
			certificateID: !p.Lacks(profile.FieldCertificateID),
			keyPath:       p.HasKey(),
			certPath:      p.Text(profile.FieldCert) != "" || in.job.Folder != nil,
		},
	}
	if !in.job.shows(finding.CheckProfile) {
		return o // the other checks need its product
	}
	o.facts, o.findings = p.Facts(), p.Findings()
	if len(o.findings) == 0 {
		o.summary = fmt.Sprintf("%d values, all well-formed", len(p.Values()))
	}
	return o
}
