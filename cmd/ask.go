package cmd

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/text"
	"github.com/nsauth/nsauth/internal/wizard"
)

// askFlags say whether a person is asked, next to --no-input, which every command
// has.
type askFlags struct{ ask bool }

func (o *askFlags) addFlags(flags *pflag.FlagSet) {
	flags.BoolVar(&o.ask, "ask", false, "ask questions even if this is not a terminal, or the output is not text")
}

// auditDetail takes a Detail in any case, as Oracle writes it.
func auditDetail(detail string) (string, error) {
	if detail == "" {
		return "", nil
	}
	d, ok := catalog.LookupDetail(detail)
	if !ok {
		return "", cli.Fail(finding.UsageFlag, "--audit-detail names no Detail of the Login Audit Trail: "+cli.Quoted(detail),
			text.DidYouMean(strings.TrimSpace(detail), wizard.DetailNames(), "paste the Detail column's word alone, such as MissingKey or IntegrationBlocked",
				"where to find it: "+catalog.Menu("login-audit-trail"))...)
	}
	return d.Name, nil
}

// detailCompletions are the Details of a client credentials integration first.
func detailCompletions() []string {
	var own, other []string
	for _, d := range catalog.Details() {
		c := cobra.CompletionWithDesc(d.Name, d.Means)
		if d.Of(catalog.FlowClientCredentials) {
			own = append(own, c)
		} else {
			other = append(other, c)
		}
	}
	return append(own, other...)
}
