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
	e := Expectations(w, p)
	public, findings := verifier(p)
	if !a.IsAccessToken() {
		e.Public = public // an access token is signed by NetSuite, not by our key
	}
	for _, f := range a.Judge(e) {
		findings = append(findings, fromJWT(f))
	}
	state, _ := a.Verify(e.Public)
	o := outcome{findings: findings, facts: assertionFacts(a, state, "given")}
	o.summary = fmt.Sprintf("%s, signature %s", orUnknown(a.Algorithm()), state)
	if len(findings) == 0 {
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
