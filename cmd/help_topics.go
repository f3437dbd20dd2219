package cmd

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/profile"
)

// newTopics are pages of nsauth help that belong to no command. What they list is made
// from the settings.
func newTopics() []*cobra.Command {
	var variables, settings strings.Builder
	for _, f := range profile.Fields() {
		usage := strings.ReplaceAll(f.Usage, "`", "")
		fmt.Fprintf(&settings, "  %-24s %s\n", f.Name, usage)
		flag := ""
		if f.Flag != "" {
			flag = "--" + f.Flag
		}
		if f.Env != "" {
			fmt.Fprintln(&variables, strings.TrimRight(fmt.Sprintf("  %-30s %-27s %s", f.Env, f.LegacyEnv, flag), " "))
		}
	}
	return []*cobra.Command{
		{Use: "exit-codes", Short: "What each exit code means"},
		{Use: "environment", Short: "The environment variables, and which value wins", Long: variables.String()},
		{Use: "config", Short: "The profile file and its settings", Long: settings.String()},
	}
}
