// Package inspect judges assertions that other programs made, and the requests
// around them.
package inspect

import (
	"cmp"
	"context"
	"fmt"
	"github.com/nsauth/nsauth/internal/capture"
	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/finding"
	"maps"
	"slices"
	"time"

	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/secret"
)

// Verdict is the result for an assertion or an access token.
type Verdict struct {
	Summary  string
	Facts    finding.AssertionFacts
	Findings []finding.Finding
}

// Inspect judges another program's token by p at the time now. It verifies the signature with set, or else with pair.
func Inspect(ctx context.Context, now time.Time, p *profile.Profile, pair keys.Pair, text *capture.Paste, set *KeySet) Verdict {
	v := inspectToken(ctx, now, p, pair, text, set)
	v.Facts.Input = inputFacts(text)
	v.Findings = append(v.Findings, p.Placeholders()...)
	if text.Guessed {
		markUnclear(v.Findings)
	}
	if len(v.Findings) == 0 && v.Facts.Kind == "assertion" {
		v.Summary += ", no fault found"
	}
	return v
}

// unreadable is the verdict on a text without a readable token.
func unreadable(findings ...finding.Finding) Verdict {
	return Verdict{Findings: findings, Facts: finding.AssertionFacts{Header: map[string]any{}, Claims: map[string]any{},
		Signature: string(jwtgen.NotChecked), MadeBy: "given", Kind: "unknown", Times: map[string]finding.ClaimedTime{}}}
}

// readToken parses a token as far as possible; nil if nothing can be read.
func readToken(token string) (*jwtgen.Assertion, []finding.Finding) {
	a, faults := jwtgen.Read(token)
	return a, fault.OfJWTs(faults)
}

func inspectToken(ctx context.Context, now time.Time, p *profile.Profile, pair keys.Pair, text *capture.Paste, set *KeySet) Verdict {
	if f := cutFault(text); f != nil {
		return unreadable(fault.OfJWT(f))
	}
	if text.Elsewhere != "" {
		return unreadable(catalog.New("assertion.malformed", finding.Evidence{"reason": text.Elsewhere}))
	}
	if text.Decoded != nil {
		return inspectDecoded(ctx, now, p, text)
	}
	a, findings := readToken(text.Token.Reveal())
	if a == nil {
		return unreadable(findings...)
	}
	if a.IsAccessToken() {
		v := inspectAccessToken(now, p, a, text, set)
		v.Findings = append(findings, v.Findings...)
		return v
	}
	by, without := set.verifier(a)
	if set == nil {
		by, without = verifierOf(pair)
	}
	v := Given(ctx, now, p, a, by)
	v.Findings = slices.Concat(without, findings, v.Findings)
	v.Summary = fmt.Sprintf("%s, signature %s", cmp.Or(a.Algorithm(), "unknown"), v.Facts.Signature)
	if r := text.Request; r != nil && slices.Contains(r.Parameters, "scope") {
		for i, f := range v.Findings {
			if f.Code == "assertion.scope-missing" && f.Evidence["reason"] == "absent" {
				v.Findings[i] = catalog.New(f.Code, finding.Evidence{"reason": "in-form", "member": "scope"})
			}
		}
	}
	if text.Use == capture.AsAccessToken && (text.Request == nil || !text.Request.ToTokenEndpoint) {
		v.Findings = append(v.Findings, catalog.New("api.is-assertion", nil))
	}
	return v
}

// markUnclear says of findings that the text was not fully understood. No cause is
// certain then.
func markUnclear(findings []finding.Finding) {
	for i := range findings {
		findings[i].Evidence = maps.Clone(findings[i].Evidence)
		if findings[i].Evidence == nil {
			findings[i].Evidence = finding.Evidence{}
		}
		findings[i].Evidence["unclear"] = true
	}
}

// inspectDecoded judges an assertion of which the text has only the decoded header and
// claims. What the text does not have may be there, so that no finding is certain.
func inspectDecoded(ctx context.Context, now time.Time, p *profile.Profile, text *capture.Paste) Verdict {
	a, faults := jwtgen.ReadDecoded(text.Decoded.Header, text.Decoded.Claims)
	v := Given(ctx, now, p, a, Verifier{})
	v.Findings = append(fault.OfJWTs(faults), v.Findings...)
	switch {
	case text.Decoded.Claims == "":
		v.Findings = append(v.Findings, catalog.New("assertion.malformed", finding.Evidence{"reason": "claims-not-in-text"}))
	case text.Decoded.Header == "":
		v.Findings = append(v.Findings, catalog.New("assertion.malformed", finding.Evidence{"reason": "header-not-in-text"}))
	}
	markUnclear(v.Findings)
	v.Summary = cmp.Or(a.Algorithm(), "unknown") + ", signature not in the text"
	return v
}

// ReadGiven finds the assertion in a text as jwt inspect does, and returns why the
// text cannot be sent unchanged.
func ReadGiven(text string) (*jwtgen.Assertion, []finding.Finding) {
	a, err := jwtgen.Parse(text)
	if err == nil {
		return a, nil
	}
	var findings []finding.Finding
	pasted := capture.Read(text)
	if f := cutFault(pasted); f != nil {
		return nil, []finding.Finding{fault.OfJWT(f)}
	}
	if token := pasted.Token.Reveal(); token != text && secret.LooksLikeJWT(token) {
		f := *err.(*jwtgen.Fault)
		if f.Reason == "no-jwt" || f.Reason == "json-document" {
			f.Reason = "surrounded"
		}
		findings, text = append(findings, fault.OfJWT(&f)), token
	}
	a, faults := readToken(text)
	return a, slices.Concat(findings, faults)
}

// verifierOf verifies with the certificate, else with the key. A file that cannot be
// read is a finding.
func verifierOf(pair keys.Pair) (Verifier, []finding.Finding) {
	switch {
	case pair.Certificate != nil:
		return WithCertificate(pair.Certificate), nil
	case pair.CertificateErr != nil:
		return Verifier{}, fault.Findings(pair.CertificateErr)
	case pair.Key != nil:
		return WithKey(pair.Key), nil
	case pair.KeyErr != nil:
		return Verifier{}, fault.Findings(pair.KeyErr)
	}
	return Verifier{}, nil
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
