package cmd

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/fleet"
	"github.com/nsauth/nsauth/internal/formats"
	"github.com/nsauth/nsauth/internal/profile"
)

// fleetFlags say which profiles a run examines.
type fleetFlags struct {
	all      bool
	match    []string
	parallel int
}

func (f *fleetFlags) add(c *cobra.Command) {
	c.Flags().BoolVar(&f.all, "all-profiles", false, "examine every profile of the profile file")
	c.Flags().StringArrayVar(&f.match, "match", nil, "examine every profile whose name matches `GLOB`, such as 'prod-*'; repeatable")
	c.Flags().IntVar(&f.parallel, "parallel", fleet.DefaultParallel, fmt.Sprintf("examine at most `N`, up to %d, of several profiles at once, and 4 of one account", fleet.MaxParallel))
}

// choice is what was chosen, and the flag that chose it; the flag is "" for one profile.
func (f *fleetFlags) choice(a *cli.App, c *cobra.Command) (choice fleet.Choice, flag string, err error) {
	names := profile.SplitNames(a.ProfileName)
	several := strings.Contains(a.ProfileName, ",") && !slices.Contains(profileNames(a, c), a.ProfileName)
	var given []string
	for _, way := range []struct {
		flag string
		is   bool
	}{{"--all-profiles", f.all}, {"--match", len(f.match) > 0}, {"--profile " + a.ProfileName, several}, {"--profile", a.ProfileName != "" && !several}} {
		if way.is {
			given = append(given, way.flag)
		}
	}
	switch {
	case len(given) > 1:
		return choice, "", cli.Fail(finding.UsageFlag, strings.Join(given, " and ")+" cannot be combined", "give one of --profile, --match and --all-profiles")
	case f.all || len(f.match) > 0 || several:
		if several && len(names) == 0 {
			return choice, "", cli.Fail(finding.UsageFlag, "--profile names no profile", "such as --profile prod,sandbox")
		}
		return fleet.Choice{Names: names, All: f.all, Globs: f.match}, given[0], nil
	case c.Flags().Changed("parallel"):
		return choice, "", cli.Fail(finding.UsageFlag, "--parallel has no effect with one profile", "name several with --profile a,b, --match or --all-profiles")
	}
	return choice, "", nil
}

// forOne are the flags that are about one profile, beside its identity.
var forOne = []string{"audience", "token-url", "api-url", "passphrase-file", "assertion", "assertion-command", "audit-detail", "worked-until",
	"application", "role", "entity", "curl", "ask", "demo", "compare", "message"}

// check refuses what cannot be meant for several profiles.
func (f *fleetFlags) check(c *cobra.Command, flag string) error {
	names := forOne
	for _, info := range profile.Fields() {
		if info.Identity {
			names = append(slices.Clip(names), info.Flag)
		}
	}
	for _, name := range names {
		if given := c.Flags().Lookup(name); given != nil && given.Changed {
			return cli.Fail(finding.UsageFlag, "--"+name+" cannot be combined with "+flag, "omit it, or examine one profile at a time")
		}
	}
	if f.parallel < 1 || f.parallel > fleet.MaxParallel {
		return cli.Fail(finding.UsageFlag, fmt.Sprintf("invalid --parallel: want a number from 1 to %d", fleet.MaxParallel))
	}
	return nil
}

// runFleet examines several profiles.
func runFleet(c *cobra.Command, a *cli.App, o doctorOptions, choice fleet.Choice) error {
	request, err := o.request(a)
	if err != nil {
		return err
	}
	request.State, request.Waiting = a.LastGood(), nil
	files := profile.NewFiles()
	in := a.Input(nil)
	in.Files = files
	file, err := profile.List(in)
	if err != nil {
		return err
	}
	var auditors []string
	if o.auditor.name != "" {
		auditors = append(auditors, o.auditor.name)
	}
	r := &fleet.Run{App: a, World: a.Host(), Parallel: o.fleet.parallel, Request: request, Flags: setFlags(c), Files: files}
	if r.Names, r.LeftOut, err = choice.Choose(file, auditors...); err != nil {
		return err
	}
	if len(choice.Names) > 0 && len(r.LeftOut) > 0 { // someone asked for them
		fmt.Fprintln(a.Stderr, "nsauth: warning: "+fleet.LeftOut(r.LeftOut))
	}
	if o.dryRun {
		return listBundle(a, r.Subjects(c.Context())...)
	}
	r.Record = o.prepareBundle(a, len(r.Names))
	r.Audit = func(ctx context.Context, own *cli.App, p *profile.Profile) (*checks.Audit, func(), error) {
		return o.auditor.open(ctx, c, own, own.Host(), p)
	}
	return printFleet(c.Context(), a, r)
}

// printFleet runs r and prints its reports. A document for standard output alone is written
// while the run lasts.
func printFleet(ctx context.Context, a *cli.App, r *fleet.Run) error {
	github, _ := a.LookupEnv("GITHUB_ACTIONS")
	if a.JSON() && !a.MaskIDs && len(a.Files) == 0 && a.Bundle == nil && github != "true" {
		exit, err := r.WriteJSON(ctx, a.Stdout)
		if err != nil {
			return err
		}
		return cli.Exit(exit)
	}
	r.Told = a.Follow()
	doc := r.Document(ctx)
	// All reports are in memory now, so what each format leaves behind is collected early.
	if percent, _ := a.LookupEnv("GOGC"); percent == "" { // else a person chose
		defer debug.SetGCPercent(debug.SetGCPercent(50))
	}
	return a.PrintRun(formats.Several(doc), doc.ExitCode, func() error { return fleetText(a, doc) })
}

func fleetText(a *cli.App, doc *finding.Reports) error {
	return fleet.Text(a.Stdout, doc, a.TextOptions(a.Stdout), a)
}
