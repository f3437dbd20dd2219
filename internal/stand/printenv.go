package stand

// The output is a script for a shell, with one assignment per line and comments.

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"github.com/nsauth/nsauth/internal/atomicfile"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/emulator/scenario"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/text"
)

// fileNode is the script that Node.js loads before the program.
const fileNode = "node.cjs"

//go:embed node.cjs
var nodeScript []byte

// ClientKinds are the clients that PrintEnv knows.
func ClientKinds() []string { return []string{"sh", "powershell", "node", "python", "dotnet", "java"} }

// PrintEnv prints a script that leads a client to the emulator that wrote dir. goos is
// the platform of the shell that evaluates it.
func PrintEnv(a *cli.App, kind, dir, goos string) error {
	switch {
	case !slices.Contains(ClientKinds(), kind):
		return cli.Fail(finding.UsageFlag, "--print-env is not one of "+strings.Join(ClientKinds(), ", "))
	case a.JSON():
		return cli.Fail(finding.UsageFlag, "--print-env does not support -o json")
	case dir == "":
		return cli.Fail(finding.UsageFlag, "--dir is missing", "name the folder that the running emulator wrote to")
	}
	absolute := dir
	if !filepath.IsAbs(dir) {
		absolute = filepath.Join(a.Dir, dir)
	}
	config := filepath.Join(absolute, scenario.FileConfig)
	for _, name := range []string{scenario.FileConfig, scenario.FileCA} {
		if _, err := os.Stat(filepath.Join(absolute, name)); errors.Is(err, fs.ErrNotExist) {
			return cli.Fail(finding.UsageConfig, filepath.Join(dir, name)+" does not exist",
				"start the emulator first, in another terminal: nsauth emulator --dir "+report.CommandLine(dir))
		}
	}
	// From this file only, without environment variables.
	p, err := profile.Resolve(profile.Input{ConfigPath: config})
	if err != nil {
		return err
	}
	address := p.Text(profile.FieldConnectTo)
	if address == "" {
		return cli.Fail(finding.UsageConfig, filepath.Join(dir, scenario.FileConfig)+" has no connect_to: the emulator did not write it")
	}
	if kind == "node" {
		if err := writeNodeScript(filepath.Join(absolute, fileNode)); err != nil {
			return err
		}
	}
	e := newClientEnv(address, absolute, cli.POSIX)
	if kind == "powershell" || goos == "windows" && kind != "sh" {
		e.shell = cli.PowerShell
	}
	if err := e.print(a.Stdout, kind); err != nil {
		return err
	}
	return printTBA(a.Stdout, config)
}

// printTBA says, as a comment, with what a program can sign as the auditor.
func printTBA(w io.Writer, config string) error {
	p, err := profile.Resolve(profile.Input{ConfigPath: config, ProfileName: scenario.ProfileAuditorTBA})
	if err != nil {
		return nil // the accounts of a file have other profiles
	}
	_, err = fmt.Fprintf(w, "# Token-based authentication as the auditor, with throwaway values that work only here:\n# realm %s, consumer key %s, token ID %s\n# consumer secret in %s, token secret in %s\n",
		p.Account.ID, p.Text(profile.FieldConsumerKey), p.Text(profile.FieldTokenID), p.Text(profile.FieldConsumerSecret), p.Text(profile.FieldTokenSecret))
	return err
}

// writeNodeScript writes the script, but does not overwrite another file.
func writeNodeScript(path string) error {
	err := atomicfile.WriteNew(path, nodeScript, 0o600)
	if errors.Is(err, fs.ErrExist) {
		if present, readErr := os.ReadFile(path); readErr == nil && bytes.Equal(present, nodeScript) {
			return nil
		}
		return cli.Fail(finding.IOExists, path+" already exists with other content; not overwritten")
	}
	if err != nil {
		return cli.Fail(finding.IOWrite, path+" cannot be written: "+text.WithoutPath(err).Error())
	}
	return nil
}

// clientEnv is what the scripts say.
type clientEnv struct {
	Proxy, Host, Port, Dir string // Dir is absolute
	shell                  cli.Syntax
}

func newClientEnv(address, dir string, shell cli.Syntax) clientEnv {
	host, port, _ := net.SplitHostPort(address) // the profile was checked
	return clientEnv{"http://" + address, host, port, dir, shell}
}

//go:embed printenv.txt
var scripts string

// print writes the script of a kind of client.
func (e clientEnv) print(w io.Writer, kind string) error {
	return template.Must(template.New("").Parse(scripts)).ExecuteTemplate(w, kind, e)
}

// Set is an assignment.
func (e clientEnv) Set(name, value string) string {
	return strings.TrimSuffix(fmt.Sprintf(e.shell.Assign, name, e.shell.Quote(value)), "\n")
}

func (e clientEnv) Quote(s string) string           { return e.shell.Quote(s) }
func (e clientEnv) QuotePowerShell(s string) string { return cli.PowerShell.Quote(s) }
func (e clientEnv) POSIX() bool                     { return e.shell.Assign == cli.POSIX.Assign }
func (e clientEnv) CA() string                      { return filepath.Join(e.Dir, scenario.FileCA) }
func (e clientEnv) TrustStore() string              { return filepath.Join(e.Dir, "trust.p12") }

// NodeScript is the path of fileNode as NODE_OPTIONS has it.
func (e clientEnv) NodeScript() string {
	return strings.ReplaceAll(filepath.Join(e.Dir, fileNode), `\`, `\\`)
}
