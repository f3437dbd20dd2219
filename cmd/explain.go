package cmd

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/capture"
	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/explain"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/text"
)

func newExplain(a *cli.App) *cobra.Command {
	var list, reply bool
	c := &cobra.Command{
		Use:   "explain [CODE|TEXT|-]",
		Short: "Say what an error, a code or a pasted answer means",
		Args:  cobra.ArbitraryArgs,
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			var names []string
			if len(args) == 0 {
				for _, n := range explain.Names() {
					if !strings.ContainsAny(n.Name, " :") {
						names = append(names, n.Name+"\t"+n.Title)
					}
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			if list {
				if len(args) > 0 || reply {
					return cli.Fail(finding.UsageFlag, "--list cannot be combined with other arguments")
				}
				return printNames(a, true)
			}
			if len(args) == 0 && !reply && a.Terminal(a.Stdin) {
				return printNames(a, false)
			}
			text, err := textToExplain(a, c, args)
			if err != nil {
				return err
			}
			return printExplanation(a, text, reply, len(args) == 1)
		},
	}
	c.Flags().BoolVar(&list, "list", false, "list the names that can be explained, by family")
	c.Flags().BoolVar(&reply, "reply", false, "draft a reply to the person who sent the error: five things to send back, none secret")
	return c
}

// textToExplain is what was given: the arguments, or standard input.
func textToExplain(a *cli.App, c *cobra.Command, args []string) (string, error) {
	hints := []string{"nsauth explain CODE, or - and the text on standard input", "nsauth explain --list lists the names"}
	if len(args) > 0 && (len(args) > 1 || args[0] != "-") {
		text := strings.Join(args, " ")
		if strings.TrimSpace(text) == "" {
			return "", cli.Fail(finding.UsageFlag, "no text to explain", hints...)
		}
		return text, nil
	}
	a.BeginPaste()
	data, err := cli.UnlessInterrupted(c.Context(), func() ([]byte, error) {
		return text.ReadAtMost(a.Stdin, explain.MaxBytes)
	})
	switch {
	case c.Context().Err() != nil:
		return "", c.Context().Err()
	case err != nil:
		return "", cli.Fail(finding.UsageConfig, "standard input cannot be read: "+text.WithoutPath(err).Error())
	case len(data) > explain.MaxBytes:
		return "", cli.Fail(finding.UsageConfig, fmt.Sprintf("standard input is longer than %d KiB", explain.MaxBytes>>10),
			"the error and the lines around it are enough")
	case strings.TrimSpace(string(data)) == "":
		return "", cli.Fail(finding.UsageConfig, "standard input is empty", hints...)
	}
	return string(data), nil
}

func printExplanation(a *cli.App, text string, reply, one bool) error {
	answer := explain.Text(text, a.Now())
	doc := report.ExplanationDocument{Head: report.HeadOf(report.KindExplanation)}
	doc.Secrets, doc.Explanations, doc.AlsoSeen = answer.Secrets, answer.Explanations, answer.AlsoSeen
	if !answer.Known() {
		doc.ExitCode = finding.ExitFail
		doc.Related = nearNames(text)
	}
	draft := explain.Reply(answer)
	if reply {
		doc.Reply = finding.Optional(strings.Join(draft, "\n\n"))
	}
	var err error
	switch {
	case a.JSON(): // nothing in it is anybody's, so that there is nothing to mask
		err = report.JSON(a.Stdout, doc)
	case reply:
		err = report.Letter(a.Stdout, a.TextOptions(a.Stdout), draft)
	default:
		err = report.Explanation(a.Stdout, doc, a.TextOptions(a.Stdout))
	}
	if err != nil {
		return err
	}
	if !answer.Known() && !a.JSON() {
		hint := "nsauth explain --list lists what can be explained"
		if _, err := os.Stat(text); one && err == nil {
			hint = "this is the name of a file; to explain its content: nsauth explain - < FILE"
		} else if n := capture.LineLimit(text); n > 0 {
			hint = fmt.Sprintf("the text looks cut at %d bytes; give it in a file: nsauth explain - < FILE", n)
		}
		fmt.Fprintln(a.Stderr, "nsauth: hint: "+hint)
	}
	return cli.Exit(doc.ExitCode)
}

// nearNames are known names near one that is not known.
func nearNames(name string) []string {
	var known []string
	for _, n := range explain.Names() {
		known = append(known, n.Name)
	}
	names := explain.Related(name)
	if near := text.Nearest(strings.TrimSpace(name), known); near != "" {
		names = append([]string{near}, slices.DeleteFunc(names, func(n string) bool { return n == near })...)
	}
	return names
}

// printNames prints every name with its title, or the names of topics and words only.
func printNames(a *cli.App, titles bool) error {
	doc := report.ExplanationsDocument{Head: report.HeadOf(report.KindExplanations)}
	names, groups := explain.Names(), []string(nil)
	for _, f := range catalog.Families() {
		if !titles && f.Name != catalog.FamilyTopic && f.Rank > 0 {
			continue
		}
		family, known := report.ExplanationFamily{Name: f.Name, Title: f.Title}, []string(nil)
		for _, n := range names {
			if n.Family == f.Name {
				family.Names = append(family.Names, report.ExplanationName{Name: n.Name, Title: n.Title})
				known = append(known, n.Name)
			}
		}
		groups = append(groups, f.Title+": "+strings.Join(known, ", "), "")
		doc.Families = append(doc.Families, family)
	}
	if a.JSON() {
		return report.JSON(a.Stdout, doc)
	}
	if !titles {
		return report.Prose(a.Stdout, a.TextOptions(a.Stdout), append(groups, "For each: nsauth explain NAME. Errors and codes: nsauth explain --list.")...)
	}
	return report.ExplanationNames(a.Stdout, doc, a.TextOptions(a.Stdout))
}
