package checks

import (
	"context"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/netsuite"
)

func checkIntegration(_ context.Context, in *inputs) outcome {
	if _, issued := productOf[*netsuite.Token](in, finding.CheckToken); issued {
		return outcome{facts: finding.ProvenBy{By: "token"}, summary: "enabled, with the client credentials grant: a token proves it"}
	}
	return outcome{facts: finding.ProvenBy{By: "none"}, unverified: true, summary: "not tested: needs an access token"}
}
