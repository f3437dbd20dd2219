package cmd

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/call"
	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/doctor"
	"github.com/nsauth/nsauth/internal/emulator/scenario"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/prompt"
	"github.com/nsauth/nsauth/internal/stand"
	"github.com/nsauth/nsauth/internal/text"
	"github.com/nsauth/nsauth/internal/wizard"
)

// doctorOptions are the flags of nsauth doctor.
type doctorOptions struct {
	demo        bool
	keep        string
	only        []string
	skip        []string
	require     []string
	offline     bool
	timeout     time.Duration
	failOn      string
	auditDetail string
	assertion   string
	command     string // --assertion-command
	curl        bool
	workedUntil string
	compare     string
	bundle      string
	dryRun      bool
	auditor     auditorFlags
	fleet       fleetFlags
	askFlags
}

func newDoctor(a *cli.App) *cobra.Command {
	var o doctorOptions
	c := &cobra.Command{
		Use:        "doctor [PROFILE]",
		SuggestFor: []string{"status", "check", "test", "diagnose", "verify", "debug"},
		Short:      "Examine an integration and name the cause of its failure",
		Args:       atMost(1),
		ValidArgsFunction: func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			switch {
			case len(args) > 0:
				return nil, cobra.ShellCompDirectiveNoFileComp
			case !o.demo:
				return profileNames(a, c), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
			}
			return scenarioCompletions(), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
		},
		RunE: func(c *cobra.Command, args []string) error { return runDoctor(c, a, o, args) },
	}
	addProfileFlags(a, c, profile.FieldAPIPath, profile.FieldWarn, profile.FieldFail)
	flags := c.Flags()
	flags.BoolVar(&o.demo, "demo", false, "examine the built-in emulator, in the scenario given as argument")
	flags.StringVar(&o.keep, "keep", "", "keep the demo's files in `FOLDER`, which must not hold them yet")
	flags.StringSliceVar(&o.only, "only", nil, "run only this `CHECK` and what it needs; repeatable")
	flags.StringSliceVar(&o.skip, "skip", nil, "skip this `CHECK`; repeatable")
	flags.StringSliceVar(&o.require, "require", nil, "exit 3 if this `CHECK` is skipped or unknown; repeatable")
	flags.BoolVar(&o.offline, "offline", false, "open no socket: run only what can be proved on this machine")
	flags.DurationVar(&o.timeout, "timeout", checks.DefaultTimeout, "end the measurements after `DURATION`; questions do not count")
	flags.StringVar(&o.assertion, "assertion", "", "examine and send the assertion in `FILE` (- for standard input, env:NAME for a variable)")
	flags.StringVar(&o.command, "assertion-command", "", "examine and send the assertion that `CMD` prints; the platform's shell runs it")
	flags.BoolVar(&o.curl, "curl", false, "print the token request as a curl command, with $ASSERTION in place of the assertion; send nothing")
	flags.StringVar(&o.failOn, "fail-on", "fail", "exit with an error from this `LEVEL` on: fail or warn")
	flags.StringVar(&o.auditDetail, "audit-detail", "", "`CODE` from the Detail column of NetSuite's Login Audit Trail")
	flags.StringVar(&o.workedUntil, "worked-until", "", "`DATE` up to which it worked, such as 2026-11-20 or 2026-11-20T17:42Z")
	flags.StringVar(&o.compare, "compare", "", "examine the profile `NAME` too, and show first what differs from --profile")
	o.fleet.add(c)
	o.auditor.add(a, c)
	flags.StringVar(&o.auditor.application, "application", "", "name or Application ID of the integration record, for the auditor (`NAME`)")
	flags.StringVar(&o.auditor.role, "role", "", "internal `ID` of the mapping's role, for the auditor")
	flags.StringVar(&o.auditor.entity, "entity", "", "internal `ID` of the mapping's entity, for the auditor")
	flags.BoolVar(&o.auditor.wait, "audit-wait", false, "ask the auditor again after 2 and 5 seconds if NetSuite has no entry yet")
	flags.BoolVar(&o.auditor.people, "with-people", false, "put names and addresses that the auditor read into the report")
	flags.StringVar(&o.bundle, "bundle", "", "write report, messages and exchange without secrets to `FILE`, a new ZIP file")
	flags.BoolVar(&o.dryRun, "dry-run", false, "with --bundle: list what the file would hold; send and write nothing")
	addNoState(a, c)
	addMessage(a, c)
	o.addFlags(flags)
	for _, name := range []string{"only", "skip", "require"} {
		completeFrom(a, c, name, checkNames)
	}
	complete(a, c, "fail-on", "fail", "warn")
	_ = c.MarkFlagDirname("keep")
	completeFrom(a, c, "audit-detail", detailCompletions)
	completeFrom(a, c, "compare", func() []string { return profileNames(a, c) })
	return printsReport(a, c)
}

// check refuses flags that contradict each other, and takes the argument as the profile.
func (o doctorOptions) check(c *cobra.Command, a *cli.App, args []string) error {
	switch {
	case a.Message != "" && (o.curl || o.compare != ""):
		return cli.Fail(finding.UsageFlag, "--message cannot be combined with --curl or --compare")
	case o.curl && (o.demo || a.Document()):
		return cli.Fail(finding.UsageFlag, "--curl cannot be combined with --demo or -o "+a.Format)
	case (o.curl || o.compare != "") && (a.Files != nil || a.Document() && !a.JSON()):
		return cli.Fail(finding.UsageFlag, "--curl and --compare print no report: they cannot be combined with --report or -o "+a.Format)
	case o.demo && o.compare != "":
		return cli.Fail(finding.UsageFlag, "--demo and --compare cannot be combined", "give one of them")
	case o.keep != "" && !o.demo:
		return cli.Fail(finding.UsageFlag, "--keep has no effect without --demo")
	case o.demo:
	case len(args) > 0 && a.ProfileName != "" && a.ProfileName != args[0]:
		return cli.Fail(finding.UsageFlag, "the profile has two names: the argument and --profile", "give one of them")
	case len(args) > 0:
		if _, known := scenario.Lookup(args[0]); known && !slices.Contains(profileNames(a, c), args[0]) {
			return cli.Fail(finding.UsageFlag, "there is no profile "+cli.Quoted(args[0])+"; it is a scenario of the demo", "nsauth doctor --demo "+args[0])
		}
		a.ProfileName = args[0]
	}
	return nil
}

func runDoctor(c *cobra.Command, a *cli.App, o doctorOptions, args []string) error {
	if err := o.check(c, a, args); err != nil {
		return err
	}
	choice, by, err := o.fleet.choice(a, c)
	if err != nil {
		return err
	}
	if by != "" {
		err = o.fleet.check(c, by)
	}
	if err == nil {
		err = o.checkBundle(a)
	}
	if err != nil {
		return err
	}
	if by != "" {
		return runFleet(c, a, o, choice)
	}
	if o.dryRun {
		return listBundle(a)
	}
	if o.demo {
		return runDemo(c, a, o, args)
	}
	if o.compare != "" {
		return runCompare(c, a, o)
	}
	request, err := o.request(a)
	if err != nil {
		return err
	}
	request.State = a.LastGood()
	in := input(a, c)
	in.AssertionGiven = o.assertion != "" || o.command != ""
	p, err := cli.ResolveM2M(c.Context(), in)
	if err != nil {
		return err
	}
	short := p.Unset() && !o.ask // the answer names the command that asks
	d, err := a.Dialogue(o.ask, short || o.assertion == "-" || cli.ReadsStdin(p))
	if err != nil {
		return err
	}
	if o.curl {
		return call.PrintCurl(a, p, cli.SyntaxOf(runtime.GOOS))
	}
	// The checks of network and clock work without a key, and need no question about it.
	signs := request.Select.Runs(finding.CheckKey) || request.Select.Runs(finding.CheckAssertion)
	if signs || o.ask || p.Text(profile.FieldAccount) == "" {
		if p, err = wizard.AskMissing(c.Context(), a, d, in, p); err != nil {
			return err
		}
		if instead, err := wizard.OfferChecklist(c.Context(), a, d, p); err != nil {
			return err
		} else if instead {
			return runChecklist(c, a, d, p)
		}
	}
	if request.Given, err = givenAssertion(c.Context(), a, o.assertion, o.command, o.timeout); err != nil {
		return err
	}
	request.Asker = wizard.Asker(a, d, p)
	return o.examineWithAuditor(c, a, a.Host(), p, request)
}

// examineWithAuditor opens the auditor, if there is one, and runs the doctor.
func (o doctorOptions) examineWithAuditor(c *cobra.Command, a *cli.App, w host.World, p *profile.Profile, r doctor.Request) (err error) {
	defer func() {
		if err != nil {
			err = &profile.InProfile{Name: p.Name, Err: err}
		}
	}()
	audit, done, err := o.auditor.open(c.Context(), c, a, w, p)
	if err != nil {
		return err
	}
	defer done()
	r.Audit = audit
	if record := o.prepareBundle(a, 1); record != nil {
		r.Record = record(0, p)
	}
	return examine(c, a, w, p, r)
}

// request checks the options and turns them into a request.
func (o doctorOptions) request(a *cli.App) (doctor.Request, error) {
	r := doctor.Request{Tool: a.Tool, Command: "doctor", Timeout: o.timeout,
		FailOnWarn: o.failOn == "warn", Waiting: a.CheckWaits}
	r.Select.Offline = o.offline
	err := checkFailOn(o.failOn)
	if err != nil {
		return r, err
	}
	if err = cli.CheckTimeout(o.timeout); err != nil {
		return r, err
	}
	if r.WorkedUntil, err = parseUntil(o.workedUntil, a.Started); err != nil {
		return r, err
	}
	if r.AuditDetail, err = auditDetail(o.auditDetail); err != nil {
		return r, err
	}
	for _, list := range []struct {
		flag  string
		names []string
		into  *[]finding.CheckID
	}{{"only", o.only, &r.Select.Only}, {"skip", o.skip, &r.Select.Skip}, {"require", o.require, &r.Select.Require}} {
		if *list.into, err = checkIDs(list.flag, list.names, checks.IDs()); err != nil {
			return r, err
		}
	}
	return r, nil
}

// parseUntil reads --worked-until: a day, or a minute or second of it with its zone.
func parseUntil(text string, now time.Time) (doctor.Until, error) {
	if text == "" {
		return doctor.Until{}, nil
	}
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04Z07:00", time.RFC3339} {
		at, err := time.Parse(layout, text)
		switch {
		case err != nil:
		case at.After(now):
			return doctor.Until{}, cli.Fail(finding.UsageFlag, "--worked-until is in the future", "give the last day, or the last second in UTC, on which it worked")
		default:
			return doctor.Until{Time: at, Day: layout == time.DateOnly}, nil
		}
	}
	return doctor.Until{}, cli.Fail(finding.UsageFlag, "invalid --worked-until: want YYYY-MM-DD or RFC 3339", "such as 2026-11-20 or 2026-11-20T17:42Z")
}

// checkIDs reads the value of --flag: names of the checks in known.
func checkIDs(flag string, names []string, known []finding.CheckID) ([]finding.CheckID, error) {
	var ids []finding.CheckID
	for _, name := range names {
		id := finding.CheckID(strings.TrimSpace(name))
		if !slices.Contains(known, id) {
			return nil, cli.Fail(finding.UsageFlag, fmt.Sprintf("--%s: unknown check %s", flag, cli.Quoted(name)),
				text.DidYouMean(name, namesOf(known), "one of "+strings.Join(namesOf(known), ", "))...)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func namesOf(ids []finding.CheckID) []string {
	var names []string
	for _, id := range ids {
		names = append(names, string(id))
	}
	return names
}

func checkNames() []string { return namesOf(checks.IDs()) }

// checkFailOn checks the value of --fail-on.
func checkFailOn(level string) error {
	if level != "fail" && level != "warn" {
		return cli.Fail(finding.UsageFlag, "invalid --fail-on: want fail or warn")
	}
	return nil
}

// scenarioCompletions are the names, each with its title, by topic.
func scenarioCompletions() []string {
	var list []string
	for _, s := range scenario.All() {
		list = append(list, cobra.CompletionWithDesc(s.Name, s.Title))
	}
	return list
}

// runDemo examines the emulator in this process: both halves of a scenario, over
// loopback only, with neither profile nor environment.
func runDemo(c *cobra.Command, a *cli.App, o doctorOptions, args []string) error {
	request, err := o.request(a)
	if err != nil {
		return err
	}
	given := slices.Sorted(maps.Keys(setFlags(c)))
	for _, flag := range []string{"assertion", "assertion-command", "profile"} {
		if c.Flags().Changed(flag) {
			given = append(given, flag)
		}
	}
	if len(given) > 0 {
		return cli.Fail(finding.UsageFlag, "--"+given[0]+" has no effect with --demo", "leave --demo out to examine a real integration")
	}
	var d *prompt.Dialogue // a demo asks only if told to: no person can look into its account
	if o.ask || a.NoInput {
		if d, err = a.Dialogue(o.ask, false); err != nil {
			return err
		}
	}
	scenario := stand.Healthy
	if len(args) == 1 {
		scenario = args[0]
	}
	demo, err := stand.StartDemo(a, scenario, o.keep, o.offline, o.auditor.name != "")
	if err != nil {
		return err
	}
	defer demo.Close()
	a.Omit = demo.Omit
	a.OnGitHub = false // nothing of the job was examined
	if !a.Document() && !a.Quiet {
		if err := demo.Introduce(a); err != nil {
			return err
		}
	}
	request.Given, request.Asker = demo.Given, wizard.Asker(a, d, demo.Profile)
	return o.examineWithAuditor(c, a, demo.World, demo.Profile, request)
}

// examine runs the doctor and prints its report.
func examine(c *cobra.Command, a *cli.App, w host.World, p *profile.Profile, r doctor.Request) (err error) {
	if r.Pair, err = a.Load(c.Context(), p, r.Select, r.Pair); err != nil {
		return err
	}
	if told := a.Follow(); told != nil {
		r.Told = func(report *finding.Report) { told(0, report, false) }
	}
	report, err := doctor.Examine(c.Context(), w, p, r)
	if err != nil {
		return err
	}
	return a.PrintReport(report)
}
