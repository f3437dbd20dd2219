package cmd

import (
	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/cli"
)

// Root returns the tree of commands for those who describe it: the pages of
// docs/commands, the man pages, the completions. Its commands are not to be
// run: they have no world to run in. Main runs nsauth.
func Root() *cobra.Command {
	root := newRoot(new(cli.App))
	addHelp(root)
	return root
}
