package checks

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/capture"
	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/profile"
)

// Inspect is the check "assertion" on a token that another program made, and on
// the request around it. It judges it against what p has, and verifies the
// signature with set, or else where p names a certificate or key.
func Inspect(w host.World, p *profile.Profile, text *capture.Paste, set *KeySet) finding.Result {
	var row check
	for _, c := range table() {
		if c.id == finding.CheckAssertion {
			row = c
		}
	}
	row.run = func(ctx context.Context, _ *inputs) outcome { return inspect(ctx, w, p, text, set) }
	n := &node{check: row}
	results := []finding.Result{row.result(n.execute(context.Background(), nil), true)}
	return accept(showClocks(results, w.Now()), p)[0]
}

func inspect(ctx context.Context, w host.World, p *profile.Profile, text *capture.Paste, set *KeySet) outcome {
	o := inspectToken(ctx, w, p, text, set)
	facts, _ := o.facts.(finding.AssertionFacts)
	if o.facts == nil {
		facts = finding.AssertionFacts{Header: map[string]any{}, Claims: map[string]any{}, Signature: string(jwtgen.NotChecked),
			MadeBy: "given", Kind: "unknown", Times: map[string]finding.ClaimedTime{}}
	}
	facts.Input = inputFacts(text)
	o.facts = facts
	o.findings = append(o.findings, requestFaults(text)...)
	if len(o.findings) == 0 && facts.Kind == "assertion" {
		o.summary += ", no fault found"
	}
	return o
}

// requestFaults says what is wrong with the request around a token.
func requestFaults(text *capture.Paste) []finding.Finding {
	if text.Request == nil {
		return nil
	}
	var findings []finding.Finding
	for _, f := range text.Request.Faults {
		findings = append(findings, fromRequest(f))
	}
	return findings
}

// readToken takes a token apart as far as it can be read; nil if nothing can.
func readToken(token string) (*jwtgen.Assertion, []finding.Finding) {
	a, faults := jwtgen.Read(token)
	var findings []finding.Finding
	for _, f := range faults {
		findings = append(findings, fromJWT(f))
	}
	return a, findings
}

func inspectToken(ctx context.Context, w host.World, p *profile.Profile, text *capture.Paste, set *KeySet) outcome {
	if text.Elsewhere != "" {
		return outcome{findings: []finding.Finding{catalog.New("assertion.malformed", finding.Evidence{"reason": text.Elsewhere})}}
	}
	a, findings := readToken(text.Token.Reveal())
	if a == nil {
		return outcome{findings: findings}
	}
	if a.IsAccessToken() {
		o := inspectAccessToken(w, p, a, text, set)
		o.findings = append(findings, o.findings...)
		return o
	}
	by, without := set.verifier(a)
	if set == nil {
		by, without = verifierOf(ctx, w, p)
	}
	in := &inputs{id: finding.CheckAssertion, job: &Job{World: w, Profile: p}}
	o := in.judgeAssertion(ctx, a, by, "given")
	o.findings = slices.Concat(without, findings, o.findings)
	o.summary = fmt.Sprintf("%s, signature %s", orUnknown(a.Algorithm()), o.facts.(finding.AssertionFacts).Signature)
	if r := text.Request; r != nil && slices.Contains(r.Parameters, "scope") {
		for i, f := range o.findings {
			if f.Code == "assertion.scope-missing" && f.Evidence["reason"] == "absent" {
				o.findings[i] = catalog.New(f.Code, finding.Evidence{"reason": "in-form", "member": "scope"})
			}
		}
	}
	if text.Use == capture.AsAccessToken && (text.Request == nil || !text.Request.ToTokenEndpoint) {
		o.findings = append(o.findings, catalog.New("api.is-assertion", nil))
	}
	return o
}

// inspectAccessToken explains NetSuite's own token. It is a fault only where an
// assertion belongs: unless the text itself calls it an access token. Then what
// keeps it from being of use is said.
func inspectAccessToken(w host.World, p *profile.Profile, a *jwtgen.Assertion, text *capture.Paste, set *KeySet) outcome {
	var o outcome
	inPlace := text.Use == capture.AsAccessToken || slices.Contains(text.Stripped, capture.Bearer)
	if !inPlace {
		for _, f := range a.Judge(jwtgen.Expect{}) {
			o.findings = append(o.findings, fromJWT(f))
		}
	}
	by, without := set.verifier(a)
	state, fault := a.Verify(by.public)
	if state == jwtgen.Invalid && fault != nil {
		ev := finding.Evidence{"reason": "access-token", "key_id": a.KeyID(), "alg": a.Algorithm()}
		o.findings = append(o.findings, catalog.New("assertion.signature-invalid", ev))
	}
	o.findings = append(o.findings, without...)
	facts := assertionFacts(a, state, "given", w.Now())
	facts.Kind = "access-token"
	if state != jwtgen.NotChecked {
		facts.CheckedWith = finding.Optional(by.name)
	}
	o.summary = "access token of NetSuite"
	if t, err := jwtgen.ReadAccessToken(a.Raw().Reveal()); err == nil {
		facts.AccessToken = &finding.RoleFacts{
			RoleID: finding.Optional(t.RoleID), EntityID: finding.Optional(t.EntityID), ApplicationID: finding.Optional(t.ApplicationID),
			ClientID: finding.Optional(t.ClientID), Account: finding.Optional(t.Account), Scope: t.Scope,
		}
		o.summary += describeAccessToken(t, w.Now())
		if inPlace {
			o.findings = append(o.findings, ofNoUse(t, p, w.Now())...)
		}
	}
	o.summary += ", signature " + string(state)
	o.facts = facts
	return o
}

// ofNoUse says why a call with the token is refused: its time is over, or it is of
// another account than the profile's.
func ofNoUse(t *jwtgen.AccessToken, p *profile.Profile, now time.Time) []finding.Finding {
	var findings []finding.Finding
	if past := now.Sub(t.Expires); !t.Expires.IsZero() && past >= 0 {
		findings = append(findings, catalog.New("assertion.access-token-expired", finding.Evidence{"exp": utc(t.Expires), "seconds": past.Seconds()}))
	}
	return append(findings, ofOtherAccount(t, p)...)
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
		fmt.Fprintf(&b, ", valid for another %s", finding.Span(left))
	default:
		fmt.Fprintf(&b, ", expired %s ago", finding.Span(-left))
	}
	return b.String()
}

// verifierOf reads the profile's certificate, else its key. A file that cannot be
// read is a finding.
func verifierOf(ctx context.Context, w host.World, p *profile.Profile) (verifier, []finding.Finding) {
	if p.Text(profile.FieldCert) != "" {
		c, err := host.LoadCertificate(ctx, w, p, nil)
		if err != nil {
			return verifier{}, fromError(err)
		}
		return certificateVerifier(c), nil
	}
	if p.HasKey() {
		k, err := host.LoadKey(ctx, w, p)
		if err != nil {
			return verifier{}, fromError(err)
		}
		return keyVerifier(k), nil
	}
	return verifier{}, nil
}

// fromRequest maps a fault of another program's request.
func fromRequest(f *capture.Fault) finding.Finding {
	return catalog.New(finding.Code("request."+string(f.Kind)), withReason(f.Evidence, f.Reason))
}

func inputFacts(text *capture.Paste) *finding.InputFacts {
	facts := &finding.InputFacts{Form: string(text.Form), Name: finding.Optional(text.Name), Use: finding.Optional(string(text.Use)),
		Stripped: text.Stripped, FurtherTokens: text.Others}
	if r := text.Request; r != nil {
		facts.Request = &finding.RequestFacts{Method: finding.Optional(r.Method), URL: finding.Optional(r.URL),
			ContentType: finding.Optional(r.ContentType), Parameters: r.Parameters, ToTokenEndpoint: r.ToTokenEndpoint}
	}
	return facts
}
