package cmd

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/keypair"
)

// commandName is the command without the program's name, "doctor" or "jwt inspect".
func commandName(c *cobra.Command) string {
	if c == nil || !c.HasParent() {
		return "nsauth"
	}
	_, name, _ := strings.Cut(c.CommandPath(), " ")
	return name
}

// notRun lists the checks of a command that ended before its first check.
func notRun(c *cobra.Command) []finding.Result {
	shown, examines := checksOf[commandName(c)]
	if !examines {
		return []finding.Result{}
	}
	reason := finding.NotRun
	var rows []finding.Result
	if len(shown) == 0 {
		shown = checks.Listed(c.Flags().Changed("assertion") || c.Flags().Changed("assertion-command"))
	}
	for _, r := range checks.NotRun() {
		if slices.Contains(shown, r.ID) {
			r.Status, r.Reason = finding.Skip, &reason
			rows = append(rows, r)
		}
	}
	return rows
}

// checksOf lists the checks of the commands that print a report; none means all.
var checksOf = map[string][]finding.CheckID{
	"doctor":      nil,
	"keycheck":    keypair.Checks(),
	"token":       nil,
	"jwt inspect": {finding.CheckAssertion, finding.CheckRequest},
}
