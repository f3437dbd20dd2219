package checks

import (
	"context"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/netsuite"
)

func checkFeatures(_ context.Context, in *inputs) outcome {
	_, issued := productOf[*netsuite.Token](in, finding.CheckToken)
	calls, _ := productOf[apiProof](in, finding.CheckAPI)
	switch {
	case issued && calls.rest:
		return outcome{facts: finding.ProvenBy{By: "api"}, summary: "OAUTH 2.0 and REST WEB SERVICES are on: a token and a REST call prove it"}
	case issued:
		return outcome{facts: finding.ProvenBy{By: "token"}, unverified: true,
			summary: "OAUTH 2.0 is on: a token proves it; REST WEB SERVICES is not proven by a REST call"}
	}
	return outcome{facts: finding.ProvenBy{By: "none"}, unverified: true, summary: "not tested: needs an access token"}
}
