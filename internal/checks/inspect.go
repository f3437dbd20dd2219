package checks

import (
	"crypto"
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
	return row.result(inspect(w, p, raw), true)
}

func inspect(w World, p *profile.Profile, raw string) outcome {
	a, err := jwtgen.Parse(raw)
	if err != nil {
		return outcome{findings: fromError(err)}
	}
	public, unreadable := verifier(p)
	in := &inputs{id: finding.CheckAssertion, job: &Job{World: w, Profile: p}}
	o := in.judgeAssertion(a, public, "given")
	o.findings = append(unreadable, o.findings...)
	o.summary = fmt.Sprintf("%s, signature %s", orUnknown(a.Algorithm()), o.facts.(finding.AssertionFacts).Signature)
	if len(o.findings) == 0 {
		o.summary += ", no fault found"
	}
	return o
}

// verifier is the public key of the profile's certificate, else of its key; nil
// without either. A file that cannot be read is a finding.
func verifier(p *profile.Profile) (crypto.PublicKey, []finding.Finding) {
	if path := p.Text(profile.FieldCert); path != "" {
		c, err := keys.LoadCertificate(path)
		if err != nil {
			return nil, fromError(err)
		}
		return c.Public(), nil
	}
	if path := p.Text(profile.FieldKey); path != "" {
		k, err := keys.LoadKey(path)
		if err != nil {
			return nil, fromError(err)
		}
		return k.Public(), nil
	}
	return nil, nil
}
