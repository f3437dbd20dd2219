package inspect

import (
	"context"
	"time"

	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/finding"

	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/nsid"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/text"
)

// Judge returns the facts of an assertion and what is wrong with it, by e and by. given
// says that another program made it: then it also examines the certificates in the same
// folder.
func Judge(ctx context.Context, a *jwtgen.Assertion, e jwtgen.Expect, by Verifier, given bool) (finding.AssertionFacts, []*jwtgen.Fault) {
	if !a.IsAccessToken() {
		e.Public, e.PSSHash = by.public, by.pssHash // an access token is signed by NetSuite
	}
	if e.CertificateID == "" && e.Rules.KeyIDRequired {
		e.CertificateID = by.certificateID
	}
	faults := a.Judge(e)
	madeBy := "nsauth"
	if given {
		madeBy = "given"
		if e.Rules.KeyIDRequired {
			faults = NameOwnID(thumbprintFaults(a, by, kidFaults(ctx, a, by, faults)), by)
		}
	}
	state, _ := a.Verify(e.Public)
	facts := assertionFacts(a, state, madeBy, e.Now)
	if state != jwtgen.NotChecked {
		facts.CheckedWith = finding.Optional(by.name)
	}
	return facts, faults
}

// Given judges another program's assertion at the time now.
func Given(ctx context.Context, now time.Time, p *profile.Profile, a *jwtgen.Assertion, by Verifier) Verdict {
	facts, faults := Judge(ctx, a, Expectations(now, p), by, true)
	return Verdict{Facts: facts, Findings: fault.OfJWTs(faults)}
}

// Expectations returns what an assertion for this profile should say at the time now.
// The signature is not verified unless the caller adds a public key.
func Expectations(now time.Time, p *profile.Profile) jwtgen.Expect {
	e := jwtgen.Expect{
		Now:           now,
		ClientID:      p.Text(profile.FieldClientID),
		CertificateID: p.Text(profile.FieldCertificateID),
		Audience:      p.Audience,
		Rules:         p.Server,
	}
	if p.Server.NetSuite {
		e.ClientID, e.CertificateID = unlessPlaceholder(e.ClientID), unlessPlaceholder(e.CertificateID)
	}
	switch {
	case !p.Server.TokenURLAudience:
	case p.Server.NetSuite && nsid.IsPlaceholder(p.Text(profile.FieldAccount)): // the profile is the fault
		e.Audience = ""
	case !p.Account.IsZero(): // also where token_url names another account's endpoint
		e.Audience = p.Account.TokenURL()
	default:
		e.Audience = p.TokenURL
	}
	return e
}

// unlessPlaceholder is a value with which an assertion can be compared, or "".
func unlessPlaceholder(s string) string {
	if nsid.IsPlaceholder(s) {
		return ""
	}
	return s
}

// assertionFacts are the facts of an assertion without its signature.
func assertionFacts(a *jwtgen.Assertion, state jwtgen.Signature, madeBy string, now time.Time) finding.AssertionFacts {
	facts := finding.AssertionFacts{Header: a.Header, Claims: a.Claims, Signature: string(state), MadeBy: madeBy, Kind: "assertion"}
	facts.Times, facts.LifetimeSeconds = ClaimedTimes(a, now)
	return facts
}

// ClaimedTimes returns iat, exp and nbf where they are times, and exp - iat in seconds
// if both are.
func ClaimedTimes(a *jwtgen.Assertion, now time.Time) (times map[string]finding.ClaimedTime, lifetime *int64) {
	times = map[string]finding.ClaimedTime{}
	for _, name := range []string{"iat", "exp", "nbf"} {
		if t, ok := a.Time(name); ok {
			times[name] = finding.ClaimedTime{Time: text.UTC(t), SecondsFromNow: int64(t.Sub(now).Round(time.Second) / time.Second)}
		}
	}
	if d, ok := a.Lifetime(); ok {
		lifetime = new(int64(d / time.Second))
	}
	return times, lifetime
}
