package stand

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httptrace"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/emulator/scenario"
	"github.com/nsauth/nsauth/internal/emulator/server"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/nsid"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/secret"
	"github.com/nsauth/nsauth/internal/text"
)

// Demo runs a scenario in this process: a server on loopback, and the client's half as
// profile and world.
type Demo struct {
	Scenario scenario.Scenario
	Profile  *profile.Profile
	World    host.World
	// Given is the assertion that the client sends, zero if nsauth makes it.
	Given secret.Secret
	// Folder holds the client's files.
	Folder string

	kept   bool
	stderr io.Writer
	server *server.Server
}

// StartDemo runs a scenario. The client's files are kept in the folder keep, which must
// not hold them yet; if it is "", Close removes them, and those of an auditor are written
// only with audited. Offline opens no socket, not even the server's.
func StartDemo(a *cli.App, scenario, keep string, offline, audited bool) (*Demo, error) {
	s, err := lookUp(scenario)
	if err != nil {
		return nil, err
	}
	prepared, err := prepareScenario(s, "", a.Now, a.GenerateKey)
	if err != nil {
		return nil, err
	}
	d := &Demo{Scenario: prepared.Scenario, kept: keep != "", stderr: a.Stderr}
	if !d.kept && !audited {
		prepared.Auditor = nil
	}
	if err := d.start(a, prepared, keep, offline); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

func (d *Demo) start(a *cli.App, prepared *scenario.Prepared, keep string, offline bool) (err error) {
	if !d.kept {
		if d.Folder, err = os.MkdirTemp("", "nsauth-demo-"); err != nil {
			return cli.Fail(finding.IOWrite, "the demo's folder cannot be made: "+text.WithoutPath(err).Error())
		}
	} else if d.Folder = filepath.Clean(keep); !filepath.IsAbs(keep) {
		d.Folder = filepath.Join(a.Dir, keep)
	}
	if d.server, err = server.New(prepared.Config); err != nil {
		return err
	}
	if !offline {
		if err := d.server.Start("127.0.0.1:0"); err != nil {
			return cli.Fail(finding.UsageConfig, "the demo cannot listen on loopback: "+text.WithoutPath(err).Error())
		}
	}
	if d.kept { // a profile that is used after the demo must not reach NetSuite
		prepared.Profile[string(profile.FieldConnectTo)] = cmp.Or(d.server.Addr(), "127.0.0.1:9")
	}
	if err := prepared.Files(d.Folder); err != nil {
		return filesFailure(err, d.Folder, "--keep")
	}
	d.World = demoWorld(a.Host(), d.Scenario.Client, d.server.Addr())
	if prepared.Assertion != "" {
		d.Given = secret.New(prepared.Assertion)
	}
	d.Profile, err = profile.Resolve(profile.Input{ConfigPath: filepath.Join(d.Folder, scenario.FileConfig), ConfigDir: d.Folder,
		Dir: d.Folder, AssertionGiven: prepared.Assertion != "", OnlyFlags: []profile.Field{profile.FieldConnectTo}})
	if err == nil {
		d.Profile.Config = "" // advised commands cannot use the demo after its end
	}
	return err
}

// Close stops the server, and removes the client's files unless they are kept.
func (d *Demo) Close() {
	if d.server != nil {
		d.server.Close()
	}
	if !d.kept && d.Folder != "" {
		if err := os.RemoveAll(d.Folder); err != nil {
			fmt.Fprintf(d.stderr, "nsauth: warning: the demo's files in %s could not be removed: %s\n", d.Folder, text.WithoutPath(err))
		}
	}
}

// Introduce prints the scenario, and what happens to the client's files.
func (d *Demo) Introduce(a *cli.App) error {
	said := []string{fmt.Sprintf("demo %s: %s", d.Scenario.Name, d.Scenario.Title)}
	if a.Verbose {
		said = append(said, d.Scenario.Story)
	}
	if d.kept {
		said = append(said, "Its files are kept in "+d.Folder+".")
	} else {
		said = append(said, "Its files are temporary; --keep FOLDER keeps them and prints commands for them.")
	}
	err := report.Prose(a.Stderr, a.TextOptions(a.Stderr), said...)
	if err == nil {
		fmt.Fprintln(a.Stderr)
	}
	return err
}

// Omit reports whether a command cannot run after the demo. Its files are removed unless
// they are kept, and its server, the only one with a certificate of that CA, has stopped.
func (d *Demo) Omit(argv []string) bool {
	return slices.ContainsFunc(argv, func(arg string) bool {
		return strings.Contains(arg, d.Folder) && (!d.kept || filepath.Base(arg) == scenario.FileCA)
	})
}

// demoWorld is the client half of a scenario: its clock, its resolver, and
// connections that all end at the emulator.
func demoWorld(w host.World, half scenario.ClientHalf, address string) host.World {
	now, dial := w.Now, w.Dial
	w.Now = func() time.Time { return now().Add(half.ClockOffset) }
	w.LookupEnv = func(string) (string, bool) { return "", false }
	w.SystemProxy, w.Git = nil, nil // the folder for temporary files may lie in a repository
	w.LookupHost = func(_ context.Context, host string) ([]string, error) {
		switch {
		case half.Resolver == scenario.ResolverDown:
			return nil, &net.DNSError{Err: "server misbehaving", Name: host, IsTemporary: true}
		case half.Resolver == scenario.ResolverNXDomainAccount && host != nsid.ControlHost:
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
		if half.Dial == scenario.DialRefused {
			return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
		}
		return dial(ctx, network, address)
	}
	return w
}

// lookUpHost looks up the host of address and reports it to the client's trace, as
// net.Dialer does.
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
