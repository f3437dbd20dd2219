package checks

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/inspect"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/netsuite"
)

// accessToken is the access token that was issued.
func accessToken(_ context.Context, in *inputs) netsuite.Secret {
	t, _ := productOf[*netsuite.Token](in, finding.CheckToken)
	return t.AccessToken
}

// administratorRole is the internal ID of NetSuite's built-in Administrator.
const administratorRole = "3"

func judgeRole(_ context.Context, in *inputs, token netsuite.Secret) outcome {
	a, err := jwtgen.ReadAccessToken(token.Reveal())
	if err != nil {
		return outcome{findings: []finding.Finding{catalog.New("role.unreadable", finding.Evidence{})}}
	}
	o := outcome{
		facts: inspect.RoleFacts(a),
		summary: fmt.Sprintf("role %s, entity %s, scope %s", cmp.Or(a.RoleID, "unknown"), cmp.Or(a.EntityID, "unknown"),
			cmp.Or(strings.Join(a.Scope, " "), "unknown")),
	}
	if a.RoleID == "" && a.EntityID == "" {
		o.findings = append(o.findings, catalog.New("role.unreadable", finding.Evidence{}))
	}
	if a.RoleID == administratorRole {
		o.findings = append(o.findings, catalog.New("role.administrator", finding.Evidence{"role_id": a.RoleID}))
	}
	p := in.job.Profile
	var missing []string
	for _, s := range p.Scope() {
		if !slices.Contains(a.Scope, s) {
			missing = append(missing, s)
		}
	}
	if len(missing) > 0 && len(a.Scope) > 0 {
		o.findings = append(o.findings, catalog.New("role.scope-not-granted", finding.Evidence{
			"missing": missing, "granted": a.Scope, "asked": p.Scope(),
		}))
	}
	o.findings = append(o.findings, inspect.OtherAccount(a, p)...)
	return o
}
