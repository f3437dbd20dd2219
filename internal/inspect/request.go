package inspect

import (
	"cmp"
	"fmt"

	"github.com/nsauth/nsauth/internal/capture"
	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/secret"
)

// RequestVerdict is the result for the request around a token.
type RequestVerdict struct {
	Summary  string
	Facts    *finding.TokenRequestFacts // nil for a token alone
	Findings []finding.Finding
	// Cut says that the text was cut or is too large, so that nothing of it is judged.
	Cut bool
	// NotJudged says that there is a request, or may be, of which something was not judged.
	NotJudged bool
}

// Request judges the request around the token in a text by p and the token's aud.
func Request(p *profile.Profile, text *capture.Paste) RequestVerdict {
	r := text.Request
	switch {
	case cutFault(text) != nil, text.Elsewhere == "text-too-large":
		return RequestVerdict{Cut: true}
	case text.Decoded != nil, r == nil && text.NotJudged == "" && (text.Form == capture.Bare || text.Form == capture.JSON || text.Form == capture.URLForm):
		return RequestVerdict{}
	}
	v := RequestVerdict{Summary: "read as: " + text.ReadAs, Facts: &finding.TokenRequestFacts{ReadAs: text.ReadAs, Parameters: []string{}}}
	if r != nil {
		v.Facts.Method, v.Facts.URL = finding.Optional(r.Method), finding.Optional(r.URL)
		v.Facts.Parameters = append(v.Facts.Parameters, r.Parameters...)
		if f := wrongURL(p, r, audienceOf(text)); f != nil && r.OtherFlow == "" {
			v.Findings = append(v.Findings, *f)
		}
		for _, f := range r.Faults {
			v.Findings = append(v.Findings, fault.OfRequest(f))
		}
	}
	if text.Guessed {
		markUnclear(v.Findings)
	}
	v.NotJudged = r == nil || text.NotJudged != "" || r.URL == "" || !r.ToTokenEndpoint
	unread := text.NotJudged
	if r != nil && r.ToTokenEndpoint && r.URL != "" {
		if _, readable := targetOf(r); !readable {
			unread, v.NotJudged = cmp.Or(unread, "url"), true
		}
	}
	if r == nil || unread != "" {
		ev := finding.Evidence{"read_as": text.ReadAs}
		ev.Set("reason", unread)
		if r != nil {
			ev.Set("grant_type", r.OtherFlow)
		}
		v.Findings = append(v.Findings, catalog.New("request.not-judged", ev))
	}
	if a := text.Answer; a != nil {
		v.Summary += fmt.Sprintf("; the answer is %d", a.Status)
		if a.Error != "" {
			v.Summary += " " + a.Error + " (nsauth explain " + a.Error + ")"
		}
	}
	switch {
	case len(v.Findings) > 0:
	case !r.ToTokenEndpoint:
		v.Summary += ", not a token request"
	case r.URL == "":
		v.Summary += ", parameters correct; the text has no URL"
	default:
		v.Summary += ", no fault found"
	}
	return v
}

// audienceOf is the aud of the token in a text, as far as it can be read.
func audienceOf(text *capture.Paste) string {
	a, _ := jwtgen.Read(text.Token.Reveal())
	if a == nil {
		return ""
	}
	audience, _ := a.Claims["aud"].(string)
	return audience
}

// WithoutAssertion reports whether the request in a text is of a flow that has no
// assertion: only the request is judged then.
func WithoutAssertion(text *capture.Paste) bool {
	return text.NotJudged == capture.OtherFlow || // whose refresh token may be a JWT
		text.Request.Has(capture.KindClientSecretFlow) && !secret.LooksLikeJWT(text.Token.Reveal())
}
