package checks

import (
	"context"
	"fmt"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
)

// values is what the check "profile" leaves for the others.
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
		return o // only what the other checks need to know
	}
	o.facts, o.findings = p.Facts(), p.Findings()
	if len(o.findings) == 0 {
		o.summary = fmt.Sprintf("%d values, all of the right shape", len(p.Values()))
	}
	return o
}
