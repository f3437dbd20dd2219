package inspect

import (
	"fmt"

	"github.com/nsauth/nsauth/internal/capture"
	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/finding"
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

// Request judges the request around the token in a text.
func Request(text *capture.Paste) RequestVerdict {
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
		for _, f := range r.Faults {
			v.Findings = append(v.Findings, fault.OfRequest(f))
		}
	}
	if text.Guessed {
		markUnclear(v.Findings)
	}
	v.NotJudged = r == nil || text.NotJudged != "" || r.URL == "" || !r.ToTokenEndpoint
	if r == nil || text.NotJudged != "" {
		ev := finding.Evidence{"read_as": text.ReadAs}
		if text.NotJudged != "" {
			ev["reason"] = text.NotJudged
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
