package checks

import (
	"context"
	"slices"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/netsuite"
)

func checkFeatures(_ context.Context, in *inputs) outcome {
	_, issued := productOf[*netsuite.Token](in, finding.CheckToken)
	calls, _ := productOf[apiProof](in, finding.CheckAPI)
	untested := ""
	if slices.Contains(in.job.Profile.Scope(), restletScope) && !calls.restlet {
		untested = "; not tested: Client SuiteScript and Server SuiteScript, which RESTlets need"
	}
	switch {
	case issued && calls.query:
		return outcome{facts: finding.ProvenBy{By: "api"}, summary: "OAUTH 2.0, REST WEB SERVICES and SuiteAnalytics Workbook are on: a token and a query prove it" + untested}
	case issued && calls.rest:
		return outcome{facts: finding.ProvenBy{By: "api"}, summary: "OAUTH 2.0 and REST WEB SERVICES are on: a token and a REST call prove it" + untested}
	case issued:
		return outcome{facts: finding.ProvenBy{By: "token"}, unverified: true,
			summary: "OAUTH 2.0 is on: a token proves it; REST WEB SERVICES is not proven by a REST call" + untested}
	}
	return outcome{facts: finding.ProvenBy{By: "none"}, unverified: true, summary: "not tested: needs an access token"}
}
