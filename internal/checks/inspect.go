package checks

import (
	"context"
	"fmt"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
)

// Inspect is the check "assertion" on an assertion that another program made. It
// judges it against what p has, and verifies the signature where p names a
// certificate or key.
func Inspect(w World, p *profile.Profile, raw string) finding.Result {
	var row check
	for _, c := range table() {
		if c.id == finding.CheckAssertion {
			row = c
		}
	}
	row.run = func(context.Context, *inputs) outcome { return inspect(w, p, raw) }
	n := &node{check: row}
	results := []finding.Result{row.result(n.execute(context.Background(), nil), true)}
	return accept(showClocks(results, w.Now()), p)[0]
}

func inspect(w World, p *profile.Profile, raw string) outcome {
	a, err := jwtgen.Parse(raw)
	if err != nil {
		return outcome{findings: fromError(err)}
	}
	by, unreadable := verifierOf(p)
	in := &inputs{id: finding.CheckAssertion, job: &Job{World: w, Profile: p}}
	o := in.judgeAssertion(a, by, "given")
	o.findings = append(unreadable, o.findings...)
	o.summary = fmt.Sprintf("%s, signature %s", orUnknown(a.Algorithm()), o.facts.(finding.AssertionFacts).Signature)
	if len(o.findings) == 0 {
		o.summary += ", no fault found"
	}
	return o
}

// verifierOf reads the profile's certificate, else its key. A file that cannot be
// read is a finding.
func verifierOf(p *profile.Profile) (verifier, []finding.Finding) {
	if path := p.Text(profile.FieldCert); path != "" {
		c, err := keys.LoadCertificate(path)
		if err != nil {
			return verifier{}, fromError(err)
		}
		return verifier{c.Public(), c.ID()}, nil
	}
	if path := p.Text(profile.FieldKey); path != "" {
		k, err := keys.LoadKey(path)
		if err != nil {
			return verifier{}, fromError(err)
		}
		return verifier{public: k.Public()}, nil
	}
	return verifier{}, nil
}
