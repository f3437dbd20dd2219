package cmd

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/atomicfile"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/emulator"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
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
	printEnv string

	accounts string
	audit    string
	habits   habitFlags
	verdicts string
	faults   faultFlags
}

func newEmulator(a *app) *cobra.Command {
	var o emulatorOptions
	c := &cobra.Command{
		Use:   "emulator",
		Short: "Run a NetSuite stand-in to test against",
		Long: `Serve TLS for the real host names of an account and verify client assertions as
strictly as Oracle documents it. Under --dir it writes ca.pem, key.pem and cert.pem
(a registered pair) and config.yaml (a profile), and says how to reach it. It ends
on Ctrl-C. It is no NetSuite: what no source documents, it answers by a default.

The same address is a forward proxy to these hosts and to no other, so that any
program reaches them unmodified: see --print-env. What the emulator saw is at
http://ADDRESS:PORT/_emulator/.

With --profile, --config or --env-file it stands in for the account of that
profile instead and registers its client ID and certificate (the key is not
needed), so that a program can be tried unchanged. With --accounts it serves the
accounts, integrations, roles and mappings of a YAML file.

Each request is judged as a whole, and the verdict goes to standard error: what
decided the answer, what else is wrong, and how to mend it. --verdicts writes the
same as lines of JSON.

` + faultsHelp() + `

Of some habits of clients no source says what NetSuite makes of them.
` + habitsHelp(),
		Example: `  nsauth emulator --dir emulator
  nsauth doctor --config emulator/config.yaml      # in another terminal
  nsauth emulator --dir broken --scenario mapping-missing
  nsauth emulator --dir mine --profile prod --verdicts verdicts.ndjson
  nsauth emulator --dir several --accounts accounts.yaml
  eval "$(nsauth emulator --dir emulator --print-env sh)"   # for other programs
  nsauth emulator --dir flaky --fault flaky:2 --fault latency,delay=80ms
  nsauth emulator scenarios`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownSubcommand(c, args)
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error {
			if c.Flags().Changed("print-env") {
				return printEnv(a, o.printEnv, o.dir, runtime.GOOS)
			}
			return runEmulator(c, a, o)
		},
	}
	flags := c.Flags()
	flags.StringVar(&o.listen, "listen", "127.0.0.1:8443", "`ADDRESS:PORT` to listen on; port 0 takes a free one")
	flags.StringVar(&o.account, "account", "", "account `ID` to be (default: the scenario's)")
	flags.StringVar(&o.dir, "dir", "", "`FOLDER` to write the client's files to; it must not hold them yet")
	flags.StringVar(&o.scenario, "scenario", healthyScenario, "`NAME` of the scenario to act out")
	flags.StringVar(&o.errors, "errors", string(emulator.ErrorsBare),
		"`HOW` to answer a refused assertion: bare (the status 500 that real users see) or oauth (RFC 6749 codes); scenarios named after such a code have oauth unless it is given")
	o.answers.add(c)
	flags.StringVar(&o.printEnv, "print-env", "",
		"print what leads a `CLIENT` to the emulator that wrote --dir, and end: "+strings.Join(clientKinds(), ", "))
	flags.StringVar(&o.accounts, "accounts", "", "YAML `FILE` of the accounts to serve, instead of a scenario")
	flags.StringVar(&o.audit, "audit", "full", "`HOW` the Login Audit Trail is kept: full, or silent (no entry for what is answered with 500)")
	flags.StringSliceVar(&o.habits.accept, "accept", nil, "take this `HABIT` of clients; repeatable")
	flags.StringSliceVar(&o.habits.refuse, "refuse", nil, "refuse this `HABIT` of clients; repeatable")
	flags.StringVar(&o.verdicts, "verdicts", "", "also write each verdict to this new `FILE`, as a line of JSON")
	_ = c.MarkFlagFilename("accounts")
	_ = c.MarkFlagFilename("verdicts")
	complete(c, "audit", "full", "silent")
	completeFrom(c, "accept", habitNames)
	completeFrom(c, "refuse", habitNames)
	o.faults.add(c)
	_ = c.MarkFlagDirname("dir")
	completeFrom(c, "scenario", scenarioCompletions)
	complete(c, "print-env", clientKinds()...)
	complete(c, "errors", string(emulator.ErrorsBare), string(emulator.ErrorsOAuth))
	c.AddCommand(newScenarios(a))
	return c
}

func runEmulator(c *cobra.Command, a *app, o emulatorOptions) error {
	if o.dir == "" {
		return cli.Fail(finding.UsageFlag, "--dir is missing", "name a folder for the client's files: key, certificate, CA and profile")
	}
	if err := o.configure(c, new(emulator.Config)); err != nil { // before anything is read or made
		return err
	}
	if err := o.answers.check(); err != nil {
		return err
	}
	if err := o.faults.apply(new(emulator.Config)); err != nil {
		return err
	}
	if _, port, err := net.SplitHostPort(o.listen); err != nil || !portNumber(port) {
		return cannotListen(o.listen, "it is not ADDRESS:PORT with a port from 0 to 65535")
	}
	if o.account != "" {
		account, err := netsuite.ParseAccount(o.account)
		if err != nil {
			what, hints := profile.UnsafeAccount(err)
			return cli.Fail(finding.UsageUnsafeValue, "--account "+what, hints...)
		}
		o.account = account.ID
	}
	prepared, err := a.prepareEmulator(c, o)
	if err != nil {
		return err
	}
	if err := o.configure(c, &prepared.Config); err != nil {
		return err
	}
	if err := o.faults.apply(&prepared.Config); err != nil {
		return err
	}
	o.answers.apply(&prepared.Config)
	verdicts := &verdictWriter{app: a, failed: make(chan error, 1)}
	defer verdicts.close()
	prepared.Config.OnVerdict = verdicts.write
	server, err := emulator.New(prepared.Config)
	if err != nil {
		return err
	}
	defer server.Close()
	if err := server.Start(o.listen); err != nil {
		return cannotListen(o.listen, listenReason(err))
	}
	if a.JSON() {
		return cli.Fail(finding.UsageFlag, "emulator prints no document and takes no -o json", "nsauth emulator scenarios -o json lists the scenarios")
	}
	if err := verdicts.open(c.Context(), o.verdicts); err != nil {
		return err
	}
	prepared.Profile["connect_to"] = reachable(server.Addr())
	if err := prepared.Files(o.dir); err != nil {
		verdicts.discard()
		return filesFailure(err, o.dir, "--dir")
	}
	if host, _, err := net.SplitHostPort(server.Addr()); err == nil && !net.ParseIP(host).IsLoopback() {
		fmt.Fprintln(a.Stderr, "nsauth: warning: this address can be reached from other machines")
	}
	if err := a.sayEmulator(o, prepared, server); err != nil {
		return err
	}
	select {
	case <-c.Context().Done():
	case err := <-verdicts.failed:
		return err
	}
	server.Close() // the last requests may still have something to say
	select {
	case err := <-verdicts.failed:
		return err
	default: // a server that is ended by a signal did its work
		return cli.Exit(finding.ExitOK)
	}
}

func (a *app) sayEmulator(o emulatorOptions, p *emulator.Prepared, server *emulator.Server) error {
	if p.Profiles != nil {
		return a.sayRegistered(o, p, server)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "listening on %s as account %s, scenario %s: %s\n", server.Addr(), p.Profile["account"],
		p.Scenario.Name, p.Scenario.Title)
	assertion := ""
	if p.Assertion != "" {
		assertion = " --assertion " + report.CommandLine(filepath.Join(o.dir, emulator.FileAssertion))
	}
	fmt.Fprintf(&b, "\n  nsauth doctor --config %s%s\n", report.CommandLine(filepath.Join(o.dir, emulator.FileConfig)), assertion)
	host, _ := netsuite.ParseAccount(p.Profile["account"])
	fmt.Fprintf(&b, "  curl --cacert %s --connect-to ::%s https://%s%s\n", report.CommandLine(filepath.Join(o.dir, emulator.FileCA)),
		reachable(server.Addr()), host.RESTHost(), netsuite.ServerTimePath)
	b.WriteString(otherWays(o.dir, server.Addr()))
	half := p.Scenario.Client
	if half.ClockOffset != 0 {
		ahead, behind := "ahead", "behind"
		if half.ClockOffset > 0 {
			ahead, behind = behind, ahead
		}
		fmt.Fprintf(&b, "\nThe emulator's clock is %s %s, as if this machine's were %s.\n", half.ClockOffset.Abs(), ahead, behind)
	}
	if half.Resolver != emulator.ResolverNormal || half.Dial != emulator.DialNormal {
		b.WriteString("\nThis scenario also wants a network that fails, which only doctor --demo can show.\n")
	}
	if half.Inspector != "" && !half.Untrusting {
		b.WriteString("\nWith connect_to in the profile, no certificate's issuer is judged: only doctor --demo shows this finding.\n")
	}
	b.WriteString("\nCtrl-C ends it.\n")
	_, err := a.Stdout.Write([]byte(b.String()))
	return err
}

// otherWays says how programs of any kind reach the emulator, and where a person
// looks at what it saw.
func otherWays(dir, address string) string {
	return fmt.Sprintf("\nAny program, by HTTPS_PROXY (sh, powershell, node, python, dotnet, java):\n\n"+
		"  eval \"$(nsauth emulator --dir %s --print-env sh)\"\n"+
		"\nLogin Audit Trail and requests: http://%s/_emulator/\n", report.CommandLine(dir), reachable(address))
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

// filesFailure says why the client's files cannot be written to the folder of a flag.
func filesFailure(err error, dir, flag string) error {
	if errors.Is(err, fs.ErrExist) {
		return cli.Fail(finding.IOExists, existing(err, dir)+" is there already and was left alone", "pass a "+flag+" that does not hold such files")
	}
	return cli.Fail(finding.IOWrite, "the files in "+dir+" cannot be written: "+atomicfile.Plain(err).Error())
}

// existing is the path that stood in the way.
func existing(err error, dir string) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Path
	}
	return "a file in " + dir
}

func portNumber(port string) bool {
	_, err := strconv.ParseUint(port, 10, 16)
	return err == nil
}

func cannotListen(address, reason string) error {
	return cli.Fail(finding.UsageConfig, "cannot listen on "+cli.Quoted(address)+": "+reason, "pass another --listen, such as 127.0.0.1:0")
}

// listenReason words an error of net.Listen.
func listenReason(err error) string {
	var system syscall.Errno
	var lookup *net.DNSError
	switch {
	case errors.As(err, &system):
		return system.Error()
	case errors.As(err, &lookup):
		return "the name cannot be looked up"
	}
	return "the system does not allow it"
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
			topic := emulator.Topic("")
			for _, s := range emulator.Scenarios() {
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
				rows = append(rows, []string{"  " + s.Name, fmt.Sprintf("exit %d", s.Expect.Exit), s.Title})
			}
			if a.JSON() {
				return a.PrintJSON(doc)
			}
			return report.Table(a.Stdout, rows)
		},
	}
}
