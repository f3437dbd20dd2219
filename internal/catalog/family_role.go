package catalog

import "github.com/nsauth/nsauth/internal/finding"

// roleEntries: what the access token says. Its form has changed over the years, so
// only the scope, which Oracle documents and the call depends on, is an error.
func roleEntries() []Entry {
	claims := help(pageAccessToken)
	return []Entry{
		{
			Code: "role.administrator", Severity: finding.Warning,
			Title:   "Integration runs as Administrator",
			Message: "the token is for the Administrator role[ (role ID {role_id})]",
			Meaning: "It works: Oracle's own samples map this role. But whoever gets the key can do everything in the account.",
			Remedy: finding.Remedy{
				Summary: "Map a role that has only what the integration needs.",
				Steps:   []string{"It needs Log in using OAuth 2.0 Access Tokens, REST Web Services for REST calls, and the records' own permissions."},
				UIPath:  new(menuMapping), UIURL: new(urlMapping),
				Docs: oracle(pageMapping, pageRoles),
			},
			Confirm: menuMapping + " shows the role of the mapping",
			Basis:   finding.Inferred, Source: "samples in " + help(pageRotationList) + "; least privilege",
		},
		{
			Code: "role.scope-not-granted", Severity: finding.Error,
			Title:   "Scope not granted",
			Message: "the token lacks {missing|a scope}, which was asked for[; it has {granted}]",
			Meaning: "Calls that need the missing scope are refused, though a token was issued.",
			Remedy: finding.Remedy{
				Summary: "Tick the scope on the integration record.",
				UIPath:  new(menuIntegration),
				Docs:    oracle(pageIntegration),
			},
			Confirm: menuIntegration + " > the record shows the ticked scopes",
			Basis:   finding.Official, Source: help(pageAccessToken, pageResourceErrors),
		},
		{
			Code: "role.account-mismatch", Severity: finding.Warning,
			Title:   "Token of another account",
			Message: "the token is for account {token_account|of another name}; the profile names {account|another one}",
			Meaning: "A call to the configured account's host will be refused, or reach other data than you think.",
			Remedy: finding.Remedy{
				Summary:  "Use host, Client ID, Certificate ID and key of one account.",
				Commands: [][]string{{"nsauth", "profile", "show"}},
				UIPath:   new(menuCompanyURLs),
				Docs:     oracle(pageAccessToken),
			},
			Confirm: menuCompanyURLs + " shows the account of that host",
			Basis:   finding.Inferred, Source: claims,
		},
		{
			Code: "role.unreadable", Severity: finding.Info,
			Title:   "Token does not show its role",
			Message: "the access token does not show role and entity in a known form",
			Meaning: "Oracle changes the token's claims from time to time. The token itself is not affected.",
			Remedy: finding.Remedy{
				Summary: "Look at the mapping for role and entity.",
				UIPath:  new(menuMapping), UIURL: new(urlMapping),
				Docs: oracle(pageAccessToken),
			},
			Confirm: menuMapping + " shows role and entity of the mapping",
			Basis:   finding.Observed, Source: claims,
		},
	}
}
