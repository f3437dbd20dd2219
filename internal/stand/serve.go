// Package stand runs the built-in emulator for people: it prepares the accounts, says how
// programs reach the emulator, and prints a verdict on each request.
package stand

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"syscall"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/emulator/server"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/text"
)

// Healthy is the scenario in which everything works.
const Healthy = "healthy"

// Run runs the emulator until ctx ends.
func Run(ctx context.Context, a *cli.App, o Options) error {
	if err := o.validate(); err != nil {
		return err
	}
	prepared, err := prepare(ctx, a, o)
	if err != nil {
		return err
	}
	if a.JSON() {
		return cli.Fail(finding.UsageFlag, "emulator does not support -o json", "nsauth emulator scenarios -o json lists the scenarios")
	}
	if err := o.apply(&prepared.Config); err != nil {
		return err
	}
	verdicts := &verdictWriter{app: a, failed: make(chan error, 1)}
	defer verdicts.close()
	prepared.Config.OnVerdict, prepared.Config.Fixes = verdicts.write, fixesOf
	if s := prepared.Scenario; s.Name != "" {
		prepared.Config.About = "Scenario " + s.Name + ": " + s.Title + ". " + s.Story
	}
	server, err := server.New(prepared.Config)
	if err != nil {
		return err
	}
	defer server.Close()
	if err := server.Start(o.Listen); err != nil {
		return cannotListen(o.Listen, listenReason(err))
	}
	if err := verdicts.open(ctx, o.Verdicts); err != nil {
		return err
	}
	prepared.Profile["connect_to"] = reachable(server.Addr())
	if err := prepared.Files(o.Dir); err != nil {
		verdicts.discard()
		return filesFailure(err, o.Dir, "--dir")
	}
	if host, _, err := net.SplitHostPort(server.Addr()); err == nil && !net.ParseIP(host).IsLoopback() {
		fmt.Fprintln(a.Stderr, "nsauth: warning: this address can be reached from other machines")
	}
	if err := announce(a, o, prepared, server); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
	case err := <-verdicts.failed:
		return err
	}
	server.Close() // the last requests may still fail to be written
	select {
	case err := <-verdicts.failed:
		return err
	default: // a signal is the regular way to stop
		return cli.Exit(finding.ExitOK)
	}
}

// filesFailure says why the client's files cannot be written to a flag's folder.
func filesFailure(err error, dir, flag string) error {
	if errors.Is(err, fs.ErrExist) {
		return cli.Fail(finding.IOExists, existing(err, dir)+" already exists; not overwritten", "pass a "+flag+" folder without such files")
	}
	return cli.Fail(finding.IOWrite, "the files in "+dir+" cannot be written: "+text.WithoutPath(err).Error())
}

// existing is the path of the existing file.
func existing(err error, dir string) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Path
	}
	return "a file in " + dir
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
