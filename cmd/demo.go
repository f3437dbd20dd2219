package cmd

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http/httptrace"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/atomicfile"
	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/emulator"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/prompt"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/secret"
	"github.com/nsauth/nsauth/netsuite"
)

// healthyScenario is what --demo shows without an argument.
const healthyScenario = "healthy"

// runDemo examines the emulator in this process: both halves of a scenario, over
// loopback only, with neither profile nor environment.
func runDemo(c *cobra.Command, a *app, o doctorOptions, args []string) error {
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
	var d *prompt.Dialogue // a demo asks only if told to: nobody has its account to look at
	if o.ask || a.NoInput {
		if d, err = a.Dialogue(o.ask, false); err != nil {
			return err
		}
	}
	name := healthyScenario
	if len(args) == 1 {
		name = args[0]
	}
	prepared, err := prepareScenario(name, "", a.Now)
	if err != nil {
		return err
	}
	dir, remove, err := demoFolder(a, o.keep)
	if err != nil {
		return err
	}
	defer remove()
	if err := prepared.Files(dir); err != nil {
		return filesFailure(err, dir, "--keep")
	}
	a.Omit = withoutDemo(dir, o.keep != "")
	server, err := emulator.New(prepared.Config)
	if err != nil {
		return err
	}
	defer server.Close()
	if !o.offline { // which opens no socket, the demo's own included
		if err := server.Start("127.0.0.1:0"); err != nil {
			return cli.Fail(finding.UsageConfig, "the demo cannot listen on loopback: "+atomicfile.Plain(err).Error())
		}
	}
	p, err := profile.Resolve(profile.Input{ConfigPath: filepath.Join(dir, emulator.FileConfig), ConfigDir: dir, Dir: dir,
		AssertionGiven: prepared.Assertion != ""})
	if err != nil {
		return err
	}
	if prepared.Assertion != "" {
		request.Given = checks.Given{Secret: secret.New(prepared.Assertion)}
	}
	if !a.JSON() && !a.Quiet {
		s := prepared.Scenario
		files := "Its files are temporary; --keep FOLDER keeps them, and commands on them are then printed too."
		if o.keep != "" {
			files = "Its files are kept in " + dir + "."
		}
		if err := report.Prose(a.Stderr, a.TextOptions(a.Stderr), fmt.Sprintf("demo %s: %s", s.Name, s.Title), s.Story, files); err != nil {
			return err
		}
		fmt.Fprintln(a.Stderr)
	}
	request.Asker = a.asker(d, p)
	return examine(c, a, demoWorld(a.World.World, prepared.Scenario.Client, server.Addr()), p, request)
}

// demoFolder is the folder for the demo's files, with what removes it in the end.
func demoFolder(a *app, keep string) (dir string, remove func(), err error) {
	switch {
	case keep == "":
		if dir, err = os.MkdirTemp("", "nsauth-demo-"); err != nil {
			return "", nil, cli.Fail(finding.IOWrite, "the demo's folder cannot be made: "+atomicfile.Plain(err).Error())
		}
		return dir, func() { os.RemoveAll(dir) }, nil
	case !filepath.IsAbs(keep):
		keep = filepath.Join(a.Dir, keep)
	}
	return filepath.Clean(keep), func() {}, nil
}

// withoutDemo reports whether a command cannot be run after the demo: its files
// are gone unless they are kept, and its server, which alone has a certificate of
// that CA, is gone in any case.
func withoutDemo(dir string, kept bool) func(argv []string) bool {
	return func(argv []string) bool {
		return slices.ContainsFunc(argv, func(arg string) bool {
			return strings.Contains(arg, dir) && (!kept || filepath.Base(arg) == emulator.FileCA)
		})
	}
}

// prepareScenario makes a scenario, for another account than its own if one is given.
func prepareScenario(name, account string, now func() time.Time) (*emulator.Prepared, error) {
	s, ok := emulator.LookupScenario(name)
	if !ok {
		return nil, cli.Fail(finding.UsageFlag, "there is no scenario "+cli.Quoted(name),
			cli.NearHint(name, scenarioNames(), "nsauth emulator scenarios lists them")...)
	}
	if account != "" {
		s.Server.Account = account
	}
	prepared, err := emulator.Prepare(s, now)
	if err != nil {
		return nil, cli.Fail(finding.UsageConfig, err.Error())
	}
	return prepared, nil
}

// demoWorld is the client half of a scenario: its clock, its resolver, and
// connections that all end at the emulator.
func demoWorld(w host.World, half emulator.ClientHalf, address string) host.World {
	now, dial := w.Now, w.Dial
	w.Now = func() time.Time { return now().Add(half.ClockOffset) }
	w.LookupEnv = func(string) (string, bool) { return "", false }
	w.SystemProxy, w.Git = nil, nil // the folder for temporary files may lie in a repository
	w.LookupHost = func(_ context.Context, host string) ([]string, error) {
		switch {
		case half.Resolver == emulator.ResolverDown:
			return nil, &net.DNSError{Err: "server misbehaving", Name: host, IsTemporary: true}
		case half.Resolver == emulator.ResolverNXDomainAccount && host != netsuite.ControlHost:
			return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
		}
		return []string{"127.0.0.1"}, nil
	}
	lookUp := w.LookupHost
	w.Dial = func(ctx context.Context, network, to string) (net.Conn, error) {
		if !strings.HasPrefix(network, "tcp") {
			return nil, fmt.Errorf("the demo has no time server: %w", errors.ErrUnsupported)
		}
		if err := lookUpHost(ctx, lookUp, to); err != nil {
			return nil, &net.OpError{Op: "dial", Net: network, Err: err}
		}
		if half.Dial == emulator.DialRefused {
			return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
		}
		return dial(ctx, network, address)
	}
	return w
}

// lookUpHost looks up the host of address and reports it as net.Dialer does, so that
// the client sees a look-up.
func lookUpHost(ctx context.Context, lookUp func(context.Context, string) ([]string, error), address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	trace := httptrace.ContextClientTrace(ctx)
	if trace != nil && trace.DNSStart != nil {
		trace.DNSStart(httptrace.DNSStartInfo{Host: host})
	}
	found, err := lookUp(ctx, host)
	done := httptrace.DNSDoneInfo{Err: err}
	for _, ip := range found {
		done.Addrs = append(done.Addrs, net.IPAddr{IP: net.ParseIP(ip)})
	}
	if trace != nil && trace.DNSDone != nil {
		trace.DNSDone(done)
	}
	return err
}
