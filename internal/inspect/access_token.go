package inspect

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/authserver"
	"github.com/nsauth/nsauth/internal/capture"
	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/nsid"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/text"
	"github.com/nsauth/nsauth/netsuite"
)

// inspectAccessToken explains a NetSuite access token. Where an assertion was expected
// it is a fault. Where the text itself calls it an access token, the verdict says why
// NetSuite would reject it.
func inspectAccessToken(now time.Time, p *profile.Profile, a *jwtgen.Assertion, text *capture.Paste, set *KeySet) Verdict {
	var v Verdict
	expected := text.Use == capture.AsAccessToken || slices.Contains(text.Stripped, capture.Bearer)
	if !expected {
		v.Findings = fault.OfJWTs(a.Judge(jwtgen.Expect{Rules: authserver.NetSuite}))
	}
	by, without := set.verifier(a)
	state, invalid := a.Verify(by.public)
	if state == jwtgen.Invalid && invalid != nil {
		ev := finding.Evidence{"reason": "access-token", "key_id": a.KeyID(), "alg": a.Algorithm()}
		v.Findings = append(v.Findings, catalog.New("assertion.signature-invalid", ev))
	}
	v.Findings = append(v.Findings, without...)
	facts := assertionFacts(a, state, "given", now)
	facts.Kind = "access-token"
	if state != jwtgen.NotChecked {
		facts.CheckedWith = finding.Optional(by.name)
	}
	v.Summary = "NetSuite access token"
	if t, err := jwtgen.ReadAccessToken(a.Raw().Reveal()); err == nil {
		facts.AccessToken = new(RoleFacts(t))
		v.Summary += describeAccessToken(t, now)
		if expected {
			v.Findings = append(v.Findings, whyUnusable(t, p, now)...)
		}
	}
	v.Summary += ", signature " + string(state)
	v.Facts = facts
	return v
}

// whyUnusable says why a call with the token is rejected: the token has expired, or it
// is for another account than the profile's.
func whyUnusable(t *jwtgen.AccessToken, p *profile.Profile, now time.Time) []finding.Finding {
	var findings []finding.Finding
	if past := now.Sub(t.Expires); !t.Expires.IsZero() && past >= 0 {
		findings = append(findings, catalog.New("assertion.access-token-expired", finding.Evidence{"exp": text.UTC(t.Expires), "seconds": past.Seconds()}))
	}
	return append(findings, OtherAccount(t, p)...)
}

func describeAccessToken(t *jwtgen.AccessToken, now time.Time) string {
	var b strings.Builder
	for _, part := range []struct{ name, value string }{{"role", t.RoleID}, {"entity", t.EntityID}, {"account", t.Account}} {
		if part.value != "" {
			fmt.Fprintf(&b, ", %s %s", part.name, part.value)
		}
	}
	switch left := t.Expires.Sub(now); {
	case t.Expires.IsZero():
	case left > 0:
		fmt.Fprintf(&b, ", expires in %s", text.Duration(left))
	default:
		fmt.Fprintf(&b, ", expired %s ago", text.Duration(-left))
	}
	return b.String()
}

// IsAssertion reports whether a token that was given as an access token is a client
// assertion, which only the token endpoint accepts.
func IsAssertion(token netsuite.Secret) bool {
	a, err := jwtgen.Parse(token.Reveal())
	if err != nil || a.IsAccessToken() {
		return false
	}
	audience, _ := a.Claims["aud"].(string)
	return nsid.CertificateIDShape(a.KeyID()) == "" || nsid.ClientIDShape(a.Issuer()) == "" ||
		strings.HasSuffix(audience, nsid.TokenPath)
}

// OtherAccount returns a finding if the token is for another account than the profile's.
func OtherAccount(a *jwtgen.AccessToken, p *profile.Profile) []finding.Finding {
	ours := p.Account
	if ours.IsZero() || !comparableAccount(a, ours) || sameAccount(ours, a.Account) {
		return nil
	}
	return []finding.Finding{catalog.New("role.account-mismatch", finding.Evidence{"account": ours.ID, "token_account": a.Account})}
}

// comparableAccount reports whether the token's account can be compared with ours. In
// the token format of 2021 the subject begins with a company number. Which number an
// account such as a sandbox has is not documented.
func comparableAccount(t *jwtgen.AccessToken, ours nsid.Account) bool {
	return t.Account != "" && (t.Shape != "2021" || isNumber(ours.ID) || !isNumber(t.Account))
}

func isNumber(s string) bool {
	return s != "" && len(s) < 20 && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

// sameAccount compares account IDs in their canonical form.
func sameAccount(ours nsid.Account, theirs string) bool {
	a, err := nsid.ParseAccount(theirs)
	return err == nil && a.ID == ours.ID
}

// RoleFacts returns whom an access token acts for.
func RoleFacts(t *jwtgen.AccessToken) finding.RoleFacts {
	return finding.RoleFacts{RoleID: finding.Optional(t.RoleID), EntityID: finding.Optional(t.EntityID),
		ApplicationID: finding.Optional(t.ApplicationID), ClientID: finding.Optional(t.ClientID),
		Account: finding.Optional(t.Account), Scope: t.Scope}
}
