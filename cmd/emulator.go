package cmd

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/emulator/oauth"
	"github.com/nsauth/nsauth/internal/emulator/scenario"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/stand"
)

func newEmulator(a *cli.App) *cobra.Command {
	var o stand.Options
	var client string // of --print-env
	c := &cobra.Command{
		Use:   "emulator",
		Short: "Run a NetSuite stand-in to test against",
		Long: faultsHelp() + `

No source says how NetSuite reacts to some habits of clients.
` + habitsHelp(),
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownSubcommand(c, args)
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error {
			if c.Flags().Changed("print-env") {
				return stand.PrintEnv(a, client, o.Dir, runtime.GOOS)
			}
			for flag, value := range map[string]*string{"scenario": &o.Scenario, "errors": &o.Errors, "audit": &o.Audit,
				"expires-in": &o.ExpiresIn, "token-shape": &o.TokenShape} {
				if !c.Flags().Changed(flag) {
					*value = "" // a scenario has its own default
				}
			}
			return stand.Run(c.Context(), a, o)
		},
	}
	flags := c.Flags()
	flags.StringVar(&o.Listen, "listen", stand.DefaultListen, "`ADDRESS:PORT` to listen on; port 0 picks a free one")
	flags.StringVar(&o.Account, "account", "", "account `ID` to serve (default: the scenario's)")
	flags.StringVar(&o.Dir, "dir", "", "`FOLDER` for the client's files; it may exist, its files must not exist yet")
	flags.StringVar(&o.Scenario, "scenario", stand.Healthy, "`NAME` of the scenario to serve")
	flags.StringVar(&client, "print-env", "",
		"print the settings that lead a `CLIENT` to the emulator that wrote --dir, and exit: "+strings.Join(stand.ClientKinds(), ", "))
	flags.StringVar(&o.Accounts, "accounts", "", "YAML `FILE` of the accounts to serve, instead of a scenario")
	flags.StringVar(&o.Verdicts, "verdicts", "", "also write each verdict to this new `FILE`, as a line of JSON")
	_ = c.MarkFlagDirname("dir")
	_ = c.MarkFlagFilename("accounts")
	_ = c.MarkFlagFilename("verdicts")
	completeFrom(a, c, "scenario", scenarioCompletions)
	complete(a, c, "print-env", stand.ClientKinds()...)
	addAnswerFlags(a, c, &o)
	c.AddCommand(newScenarios(a), newHealth(a))
	return c
}

// addAnswerFlags adds the flags that say how the server answers.
func addAnswerFlags(a *cli.App, c *cobra.Command, o *stand.Options) {
	flags := c.Flags()
	flags.StringVar(&o.Errors, "errors", string(oauth.ErrorsBare),
		"`HOW` to answer a rejected assertion: bare (the status 500 that users see) or oauth (RFC 6749 codes); scenarios named after such a code default to oauth")
	flags.StringVar(&o.Audit, "audit", "full", "`HOW` to keep the Login Audit Trail: full, or silent (no entry for answers with status 500)")
	flags.DurationVar(&o.AuditDelay, "audit-delay", 0, "`DURATION` before an entry of the Login Audit Trail can be queried, such as 20s")
	flags.DurationVar(&o.AuditZone, "audit-zone", 0, "`DURATION` by which dates of LoginAudit are ahead of SYSDATE, such as 5h30m")
	flags.DurationVar(&o.SessionZone, "session-zone", 0, "`DURATION` by which SYSDATE is ahead of UTC, such as -8h")
	flags.StringSliceVar(&o.Accept, "accept", nil, "accept this `HABIT` of clients; repeatable")
	flags.StringSliceVar(&o.Refuse, "refuse", nil, "refuse this `HABIT` of clients; repeatable")
	flags.Var((*list)(&o.Faults), "fault",
		"break answers by `NAME[:COUNT][,KEY=VALUE]...`, such as flaky:2 or latency,delay=80ms; repeatable")
	flags.DurationVar(&o.ClockOffset, "clock-offset", 0, "`DURATION` by which the server's clock is ahead, such as 10m or -20m")
	flags.StringVar(&o.ExpiresIn, "expires-in", string(oauth.ExpiresInNumber), "`HOW` to write expires_in in a token response: number or string")
	flags.StringVar(&o.TokenShape, "token-shape", string(oauth.Shape2026), "`YEAR` of Oracle's sample that access tokens follow: 2026 or 2021")
	flags.IntVar(&o.Concurrency, "concurrency", 0, "refuse API calls beyond this `NUMBER` at once, as NetSuite does (default 0: no limit)")
	flags.IntVar(&o.RetryAfter, "retry-after", 0, "`SECONDS` for a Retry-After header in such a refusal (default 0: no header)")
	flags.IntVar(&o.Customers, "customers", 0, "add this `NUMBER` of customers, for lists of many pages (default 0)")
	complete(a, c, "errors", string(oauth.ErrorsBare), string(oauth.ErrorsOAuth))
	complete(a, c, "audit", "full", "silent")
	completeFrom(a, c, "accept", stand.HabitNames)
	completeFrom(a, c, "refuse", stand.HabitNames)
	completeFrom(a, c, "fault", stand.FaultNames)
	complete(a, c, "expires-in", string(oauth.ExpiresInNumber), string(oauth.ExpiresInString))
	complete(a, c, "token-shape", string(oauth.Shape2026), string(oauth.Shape2021))
}

// faultsHelp lists the faults.
func faultsHelp() string {
	return fmt.Sprintf(`--fault breaks the next COUNT answers, or all. If several faults match a request,
the first one applies. The keys are path (a prefix; repeatable), skip (requests
before the first), delay, retry-after (seconds), location and offset. The faults:

%s

While it runs, POST {"faults":["flaky:2"]} to /_emulator/faults to replace them,
DELETE to remove them, GET to list them. No fault breaks /_emulator/ and
/healthz, and no TLS fault breaks handshakes for the name localhost.`, inLines(stand.FaultNames(), "  "))
}

// habitsHelp lists the habits by their defaults.
func habitsHelp() string {
	byDefault := map[bool][]string{}
	for _, h := range verdict.Habits() {
		byDefault[h.Accepted] = append(byDefault[h.Accepted], string(h.Habit))
	}
	return "Accepted unless --refuse names them:\n" + inLines(byDefault[true], "  ") +
		"\nRefused unless --accept names them:\n" + inLines(byDefault[false], "  ")
}

// inLines is a list in indented lines of a terminal's width.
func inLines(names []string, indent string) string {
	return indent + report.Wrap(strings.Join(names, ", "), len(indent), 78)
}

func newHealth(a *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "health [ADDRESS:PORT]",
		Short: "Say whether the emulator is ready",
		Args:  atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			if a.JSON() {
				return cli.Fail(finding.UsageFlag, "emulator health does not support -o json", "its exit code is the answer")
			}
			address := stand.DefaultListen
			if len(args) == 1 {
				address = args[0]
			}
			return stand.Health(c.Context(), a, address)
		},
	}
}

func newScenarios(a *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "scenarios",
		Short: "List the scenarios of the emulator",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			doc := report.ScenariosDocument{Head: report.HeadOf(report.KindScenarios)}
			var rows [][]string
			topic := scenario.Topic("")
			for _, s := range scenario.All() {
				row := report.Scenario{Name: s.Name, Topic: string(s.Topic), Title: s.Title, ExitCode: s.Expect.Exit}
				if s.Expect.Finding != "" {
					row.Finding = new(finding.Code(s.Expect.Finding))
				}
				for _, cause := range s.Expect.Causes {
					row.Causes = append(row.Causes, finding.Code(cause))
				}
				doc.Scenarios = append(doc.Scenarios, row)
				if s.Topic != topic {
					if topic != "" {
						rows = append(rows, nil)
					}
					topic = s.Topic
					rows = append(rows, []string{string(topic) + ":"})
				}
				mark := ""
				if s.ForProfiles() {
					mark = "profile"
				}
				rows = append(rows, []string{"  " + s.Name, fmt.Sprintf("exit %d", s.Expect.Exit), mark, s.Title})
			}
			if a.JSON() {
				return a.PrintJSON(doc)
			}
			return report.Table(a.Stdout, rows)
		},
	}
}
