package cli

import (
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/prompt"
)

// Dialogue is how a person is asked; nil where no person is to be asked. By
// default a person is asked if standard input and standard error are terminals, the output
// is text, and CI is not set. Force is --ask; stdinTaken says that standard input is
// read for something else.
func (a *App) Dialogue(force, stdinTaken bool) (*prompt.Dialogue, error) {
	_, talks := a.TerminalWidth(a.Stderr)
	ci, _ := a.LookupEnv("CI")
	switch {
	case force && a.NoInput:
		return nil, Fail(finding.UsageFlag, "--ask and --no-input cannot be combined")
	case force && stdinTaken:
		return nil, Fail(finding.UsageFlag, "--ask reads answers from standard input, but another value is read from it too",
			"give a file instead of -")
	case a.NoInput, stdinTaken:
		return nil, nil
	case force, talks && a.Terminal(a.Stdin) && a.Format == "text" && !a.Quiet && ci == "":
		return prompt.NewDialogue(a.Stdin, a.Stderr), nil
	}
	return nil, nil
}
