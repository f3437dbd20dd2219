package cmd

import (
	"embed"
	"strings"

	"github.com/spf13/cobra"
)

// helpFiles has what --help says of each command, in help/COMMAND-SUBCOMMAND.txt:
// the description, then the line "Examples:" and the examples.
//
//go:embed help/*.txt
var helpFiles embed.FS

// addHelp gives c and the commands below it their texts, once they are asked for. What a
// command composes itself, such as a list of names, stays at the end of its description.
func addHelp(c *cobra.Command) {
	if data, err := helpFiles.ReadFile("help/" + helpName(c) + ".txt"); err == nil {
		long, examples, _ := strings.Cut("\n"+string(data), "\nExamples:\n")
		c.Long = strings.TrimSpace(strings.TrimSpace(long) + "\n\n" + strings.TrimRight(c.Long, "\n"))
		c.Example = strings.TrimRight(examples, "\n")
		if !c.Runnable() && !c.HasSubCommands() { // a topic, of which cobra prints the description only
			c.Long, c.Example = c.Long+"\n\nExamples:\n"+c.Example, ""
		}
	}
	for _, sub := range c.Commands() {
		addHelp(sub)
	}
}

func helpName(c *cobra.Command) string {
	return strings.ReplaceAll(strings.TrimPrefix(c.CommandPath(), "nsauth "), " ", "-")
}
