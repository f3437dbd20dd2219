package checks

import (
	"context"

	"github.com/nsauth/nsauth/internal/capture"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/inspect"
	"github.com/nsauth/nsauth/internal/profile"
)

// checkRequest judges the request around another program's assertion.
func checkRequest(_ context.Context, in *inputs) outcome {
	if in.job.Given.IsZero() {
		return outcome{skip: finding.NotGiven}
	}
	return judgeRequest(in.job.Profile, capture.Read(in.job.Given.Reveal()))
}

// judgeRequest judges the request in a text.
func judgeRequest(p *profile.Profile, text *capture.Paste) outcome {
	v := inspect.Request(p, text)
	switch {
	case v.Cut: // the assertion says so
		return outcome{blockedBy: []finding.CheckID{finding.CheckAssertion}}
	case v.Facts == nil:
		return outcome{skip: finding.NotGiven}
	}
	return outcome{summary: v.Summary, facts: *v.Facts, findings: v.Findings, notJudged: v.NotJudged}
}
