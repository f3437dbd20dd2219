package cmd

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/prompt"
	"github.com/nsauth/nsauth/internal/text"
)

func newProfileRemove(a *cli.App) *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use:               "remove NAME",
		Short:             "Remove a profile from the profile file",
		SuggestFor:        []string{"remove", "delete", "rm"},
		Args:              atMost(1),
		ValidArgsFunction: completeProfile(a),
		RunE: func(c *cobra.Command, args []string) error {
			file, err := profileFile(a, c, args, "remove NAME", 1)
			if err != nil {
				return err
			}
			if err := confirmChange(a, c, file, yes, "Remove the profile "+args[0]+"?", args[0]); err != nil {
				return err
			}
			if err := cli.SaveProfile(file.Path, profile.Change{Profile: args[0], Remove: true}); err != nil {
				return err
			}
			said := args[0] + " is removed from " + file.Path + "; its key and certificate stay"
			if file.Default == args[0] && len(file.Profiles) > 1 {
				said += "\nNo profile is the default now. To choose one: nsauth profile use NAME"
			}
			return changed(a, c, said)
		},
	}
	addYes(c, &yes)
	return c
}

func newProfileRename(a *cli.App) *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use:               "rename NAME NEW-NAME",
		Short:             "Give a profile another name",
		Args:              atMost(2),
		ValidArgsFunction: completeProfile(a),
		RunE: func(c *cobra.Command, args []string) error {
			file, err := profileFile(a, c, args, "rename NAME NEW-NAME", 2)
			if err != nil {
				return err
			}
			if err := confirmChange(a, c, file, yes, "Rename the profile "+args[0]+" to "+args[1]+"?", args[0]); err != nil {
				return err
			}
			err = cli.SaveProfile(file.Path, profile.Change{Profile: args[0], NewName: args[1]})
			if errors.Is(err, profile.ErrExists) {
				return cli.Fail(finding.IOExists, "profile "+cli.Quoted(args[1])+" already exists; nothing was changed", "nsauth profile list shows the names")
			} else if err != nil {
				return err
			}
			return changed(a, c, args[0]+" is now "+args[1]+" in "+file.Path)
		},
	}
	addYes(c, &yes)
	return c
}

func newProfileUndo(a *cli.App) *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use:        "undo",
		Short:      "Take back the last change of the profile file",
		SuggestFor: []string{"undo"},
		Args:       noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			file, err := profile.List(profile.Input{ConfigPath: a.ConfigPath, ConfigDir: a.ConfigDir, Dir: a.Dir, LookupEnv: a.LookupEnv,
				ReadFile: func(string) ([]byte, error) { return nil, nil }}) // for its path alone: it may be unreadable
			if err != nil {
				return err
			}
			last, err := profile.Last(file.Path)
			switch {
			case errors.Is(err, profile.ErrNoChange):
				return cli.Fail(finding.UsageConfig, "there is no change to undo in "+file.Path, "nsauth profile init, use, remove and rename keep what they change")
			case err != nil:
				return err
			}
			file.Production = last.Production
			what := strings.Join(last.Profiles, ", ")
			if what == "" {
				what = "the default profile or the text alone"
			}
			if last.Edited && !yes {
				return cli.Fail(finding.UsageConfig, file.Path+" was edited after the last change by nsauth; undo would take that back too: "+what,
					"--yes does it; a second nsauth profile undo restores the file")
			}
			if err := confirmChange(a, c, file, yes, "Undo the last change of "+what+"?", last.Profiles...); err != nil {
				return err
			}
			if err := cli.Saved(file.Path, profile.Undo(file.Path, last)); err != nil {
				return err
			}
			return changed(a, c, "the last change of "+file.Path+" is undone: "+what+stateAfter(last))
		},
	}
	addYes(c, &yes)
	return c
}

// stateAfter says which profiles exist after an undo, and which do not.
func stateAfter(l *profile.LastChange) string {
	said := ""
	for _, name := range l.Profiles {
		switch {
		case slices.Contains(l.Restored, name):
			said += "\n" + name + " exists again"
		case slices.Contains(l.Dropped, name):
			said += "\n" + name + " no longer exists"
		default:
			said += "\n" + name + " has its values from before the change"
		}
	}
	return said
}

func addYes(c *cobra.Command, yes *bool) {
	c.Flags().BoolVarP(yes, "yes", "y", false, "do not ask for confirmation in a profile with production: true")
}

// profileFile is the profile file of a command whose first argument names a profile.
func profileFile(a *cli.App, c *cobra.Command, args []string, use string, n int) (*profile.File, error) {
	switch {
	case len(args) < n:
		return nil, cli.Fail(finding.UsageFlag, "the name of the profile is missing", "nsauth profile "+use, "nsauth profile list shows the names")
	case a.ProfileName != "":
		return nil, cli.Fail(finding.UsageFlag, "give the name as argument, not with --profile", "nsauth profile "+use)
	}
	file, err := profile.List(input(a, c))
	if err != nil {
		return nil, err
	}
	if !slices.Contains(file.Profiles, args[0]) {
		return nil, cli.Fail(finding.UsageConfig, "there is no profile "+cli.Quoted(args[0]), text.DidYouMean(args[0], file.Profiles, "nsauth profile list shows the names")...)
	}
	return file, nil
}

// confirmChange asks before a change of a profile for production. Without a terminal
// --yes has to say it.
func confirmChange(a *cli.App, c *cobra.Command, file *profile.File, yes bool, question string, names ...string) error {
	production := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !slices.Contains(file.Production, name) })
	if yes || len(production) == 0 {
		return nil
	}
	said := strings.Join(production, ", ") + " is for production"
	d, err := a.Dialogue(false, false)
	if err != nil {
		return err
	}
	if d == nil {
		return cli.Fail(finding.UsageFlag, said+": nothing was changed", "--yes changes it without a question")
	}
	answer, err := d.Line(c.Context(), said+". "+question+" (yes / no) ")
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, prompt.ErrTooLong) {
		return err
	}
	if _, agreed := (prompt.Choices{prompt.Yes}).Chosen(answer); !agreed || err != nil {
		return cli.Fail(finding.UsageFlag, "not confirmed: nothing was changed")
	}
	return nil
}

// changed says what was changed; as JSON it lists the profiles that there are now.
func changed(a *cli.App, c *cobra.Command, said string) error {
	switch {
	case a.JSON():
		return listProfiles(a, c)
	case a.Quiet:
		return nil
	}
	_, err := fmt.Fprintln(a.Stdout, said+"\nTo take it back: nsauth profile undo")
	return err
}

// completeProfile completes a first argument that names a profile.
func completeProfile(a *cli.App) func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return profileNames(a, c), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	}
}
