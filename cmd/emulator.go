package cmd

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/emulator"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/netsuite"
)

// emulatorOptions are the flags of nsauth emulator.
type emulatorOptions struct {
	listen   string
	account  string
	dir      string
	scenario string
	errors   string
	answers  answerFlags
}

func newEmulator(a *app) *cobra.Command {
	var o emulatorOptions
	c := &cobra.Command{
		Use:   "emulator",
		Short: "Run a NetSuite stand-in to test against",
		Long: `Serve TLS for the real host names of an account and verify client assertions as
strictly as Oracle documents it. Under --dir it writes ca.pem, key.pem and cert.pem
(a registered pair) and config.yaml (a profile), and says how to reach it. It ends
on Ctrl-C. It is no NetSuite: what no source documents, it answers by a default.`,
		Example: `  nsauth emulator --dir emulator
  nsauth doctor --config emulator/config.yaml      # in another terminal
  nsauth emulator --dir broken --scenario mapping-missing
  nsauth emulator scenarios`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownSubcommand(c, args)
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return runEmulator(c, a, o) },
	}
	flags := c.Flags()
	flags.StringVar(&o.listen, "listen", "127.0.0.1:8443", "`ADDRESS:PORT` to listen on; port 0 takes a free one")
	flags.StringVar(&o.account, "account", "", "account `ID` to be (default: the scenario's)")
	flags.StringVar(&o.dir, "dir", "", "`FOLDER` to write the client's files to; it must not hold them yet")
	flags.StringVar(&o.scenario, "scenario", healthyScenario, "`NAME` of the scenario to act out")
	flags.StringVar(&o.errors, "errors", string(emulator.ErrorsBare),
		"`HOW` to answer a refused assertion: bare (the status 500 that real users see) or oauth (RFC 6749 codes)")
	o.answers.add(c)
	_ = c.MarkFlagDirname("dir")
	completeFrom(c, "scenario", scenarioNames)
	complete(c, "errors", string(emulator.ErrorsBare), string(emulator.ErrorsOAuth))
	c.AddCommand(newScenarios(a))
	return c
}

func runEmulator(c *cobra.Command, a *app, o emulatorOptions) error {
	if o.dir == "" {
		return fail(finding.UsageFlag, "--dir is missing", "name a folder for the client's files: key, certificate, CA and profile")
	}
	if o.errors != string(emulator.ErrorsBare) && o.errors != string(emulator.ErrorsOAuth) {
		return fail(finding.UsageFlag, "--errors is neither bare nor oauth")
	}
	if err := o.answers.check(); err != nil {
		return err
	}
	if o.account != "" {
		account, err := netsuite.ParseAccount(o.account)
		if err != nil {
			return fail(finding.UsageUnsafeValue, err.Error())
		}
		o.account = account.ID
	}
	prepared, err := prepareScenario(o.scenario, o.account, a.Now)
	if err != nil {
		return err
	}
	prepared.Config.Errors = emulator.Errors(o.errors)
	o.answers.apply(&prepared.Config)
	if !a.quiet {
		prepared.Config.OnVerdict = func(v emulator.Verdict) { fmt.Fprintln(a.Stderr, verdictLine(v)) }
	}
	server, err := emulator.New(prepared.Config)
	if err != nil {
		return err
	}
	defer server.Close()
	if err := server.Start(o.listen); err != nil {
		return fail(finding.UsageConfig, "cannot listen on "+o.listen+": "+listenReason(err), "pass another --listen, such as 127.0.0.1:0")
	}
	if a.json() {
		return fail(finding.UsageFlag, "emulator prints no document and takes no -o json", "nsauth emulator scenarios -o json lists the scenarios")
	}
	prepared.Profile["connect_to"] = reachable(server.Addr())
	if err := prepared.Files(o.dir); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return fail(finding.IOExists, existing(err, o.dir)+" is there already and was left alone", "pass a --dir that does not hold such files")
		}
		return fail(finding.IOWrite, "the files in "+o.dir+" cannot be written: "+checks.Plain(err).Error())
	}
	if host, _, err := net.SplitHostPort(server.Addr()); err == nil && !net.ParseIP(host).IsLoopback() {
		fmt.Fprintln(a.Stderr, "nsauth: warning: this address can be reached from other machines")
	}
	if err := a.sayEmulator(o, prepared, server); err != nil {
		return err
	}
	<-c.Context().Done() // a server that is ended by a signal did its work: exit code 0
	return exit(finding.ExitOK)
}

func (a *app) sayEmulator(o emulatorOptions, p *emulator.Prepared, server *emulator.Server) error {
	var b strings.Builder
	fmt.Fprintf(&b, "listening on %s as account %s, scenario %s: %s\n", server.Addr(), p.Profile["account"],
		p.Scenario.Name, p.Scenario.Title)
	fmt.Fprintf(&b, "\n  nsauth doctor --config %s\n", filepath.Join(o.dir, emulator.FileConfig))
	host, _ := netsuite.ParseAccount(p.Profile["account"])
	fmt.Fprintf(&b, "  curl --cacert %s --connect-to ::%s https://%s%s\n", filepath.Join(o.dir, emulator.FileCA),
		reachable(server.Addr()), host.RESTHost(), netsuite.ServerTimePath)
	half := p.Scenario.Client
	if half.ClockOffset != 0 {
		fmt.Fprintf(&b, "\nThis scenario also wants a local clock that is off by %s, which only doctor --demo can show.\n", half.ClockOffset)
	}
	if half.Resolver != emulator.ResolverNormal || half.Dial != emulator.DialNormal {
		b.WriteString("\nThis scenario also wants a network that fails, which only doctor --demo can show.\n")
	}
	if half.Inspector != "" {
		b.WriteString("\nWith connect_to in the profile, no certificate's issuer is judged: only doctor --demo shows this finding.\n")
	}
	b.WriteString("\nCtrl-C ends it.\n")
	_, err := a.Stdout.Write([]byte(b.String()))
	return err
}

// reachable is an address that this machine can dial: 0.0.0.0 and :: cannot be
// dialled everywhere.
func reachable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return address
}

// existing is the path that stood in the way.
func existing(err error, dir string) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Path
	}
	return "a file in " + dir
}

func listenReason(err error) string {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err.Error()
	}
	return err.Error()
}

// verdictLine is one request as a line: time, status, request, and what decided it.
func verdictLine(v emulator.Verdict) string {
	line := fmt.Sprintf("%s %d %s %s", v.Time.UTC().Format(time.TimeOnly), v.Status, v.Method, v.Path)
	if v.Fault != "" {
		line += "  fault " + v.Fault
	}
	for _, r := range v.Refusals {
		line += fmt.Sprintf("  %s: %s", r.Code, r.Reason)
	}
	return line
}

func newScenarios(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "scenarios",
		Short:   "List the scenarios of the emulator",
		Example: "  nsauth emulator scenarios\n  nsauth emulator scenarios -o json | jq -r '.scenarios[].name'",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			doc := report.NewScenariosDocument()
			var rows [][]string
			for _, s := range emulator.Scenarios() {
				row := report.Scenario{Name: s.Name, Title: s.Title, ExitCode: s.Expect.Exit}
				if s.Expect.Finding != "" {
					row.Finding = new(finding.Code(s.Expect.Finding))
				}
				for _, cause := range s.Expect.Causes {
					row.Causes = append(row.Causes, finding.Code(cause))
				}
				doc.Scenarios = append(doc.Scenarios, row)
				rows = append(rows, []string{s.Name, fmt.Sprintf("exit %d", s.Expect.Exit), s.Title})
			}
			if a.json() {
				return a.printJSON(doc)
			}
			return report.Table(a.Stdout, rows)
		},
	}
}
