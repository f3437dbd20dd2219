package checks

import (
	"context"
	"fmt"
	"slices"

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
			certPath:      p.Text(profile.FieldCert) != "" || in.job.Folder != nil || in.job.Pair.Certificate != nil || in.job.Pair.CertificateErr != nil,
		},
	}
	if !in.job.shows(finding.CheckProfile) {
		return o // the other checks need its product
	}
	o.facts, o.findings = p.Facts(), slices.DeleteFunc(p.Findings(), in.job.concernsNothing())
	if len(p.Missing()) == 0 && in.job.shows(finding.CheckAssertion) {
		o.findings = slices.DeleteFunc(o.findings, func(f finding.Finding) bool { return f.Code == profile.ScriptID })
	}
	if len(o.findings) == 0 {
		o.summary = fmt.Sprintf("%d values, all well-formed", len(p.Values()))
	}
	return o
}

// concernsNothing returns what is true of a finding about a value that no selected check
// needs: nsauth doctor --only network,clock works without a key.
func (j *Job) concernsNothing() func(finding.Finding) bool {
	needed := j.Select.needed(table())
	signs := needed[clientID] && needed[certificateID]
	return func(f finding.Finding) bool {
		name, _ := f.Evidence["name"].(string)
		switch v := value(name); {
		case needed == nil, len(needed) > 0 && j.Profile.Unset():
			return false
		case f.Code == "profile.mixed-sources", v == "scope", v == "algorithm":
			return !signs
		case slices.Contains([]value{account, clientID, certificateID, keyPath, certPath}, v):
			return !needed[v]
		}
		return false
	}
}

// needed lists the values that the selected checks need, and those that they cannot do
// without; nil for all. A clock can be compared with time servers only.
func (s Selection) needed(rows []check) map[value]bool {
	if _, selected := s.resolve(rows); len(s.Only) == 0 || selected[finding.CheckProfile] {
		return nil
	}
	values := map[value]bool{}
	s.Only = slices.DeleteFunc(slices.Clone(s.Only), func(id finding.CheckID) bool { return id == finding.CheckClock })
	if len(s.Only) == 0 {
		return values
	}
	wanted, _ := s.resolve(rows)
	for _, c := range rows {
		for _, v := range c.needs {
			values[v] = values[v] || wanted[c.id]
		}
	}
	values[certificateID] = values[certificateID] || wanted[finding.CheckCertificateID]
	return values
}
