package stand

// The output is a script for a shell, with one assignment per line and comments.

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

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
	e := clientEnv{proxy: "http://" + address, address: address, dir: absolute, shell: cli.POSIX}
	if kind == "powershell" || goos == "windows" && kind != "sh" {
		e.shell = cli.PowerShell
	}
	_, err = a.Stdout.Write([]byte(e.print(kind)))
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

// clientEnv is what clients must know.
type clientEnv struct {
	proxy, address, dir string // dir is absolute
	shell               cli.Syntax
}

func (e clientEnv) print(kind string) string {
	var b strings.Builder
	note := func(lines ...string) {
		for _, line := range lines {
			b.WriteString("# " + line + "\n")
		}
	}
	set := func(name, value string) { fmt.Fprintf(&b, e.shell.Assign, name, e.shell.Quote(value)) }
	ca := filepath.Join(e.dir, scenario.FileCA)
	proxy := func() {
		set("HTTPS_PROXY", e.proxy)
		if e.shell.Assign == cli.POSIX.Assign {
			set("https_proxy", e.proxy) // wget reads only this; in Windows the two are one
		}
		set("NO_PROXY", "localhost,127.0.0.1,::1")
	}

	note("For NetSuite's hosts only: every other host is refused with status 403.")
	switch kind {
	case "sh", "powershell":
		proxy()
		set("SSL_CERT_FILE", ca)       // OpenSSL, Go and .NET on Linux, Python's ssl, Ruby
		set("CURL_CA_BUNDLE", ca)      // curl
		set("REQUESTS_CA_BUNDLE", ca)  // Python's requests
		set("NODE_EXTRA_CA_CERTS", ca) // Node.js
		set("NODE_USE_ENV_PROXY", "1") // Node.js from 22.21 and 24 on
		note("Node.js before 22.21: --print-env node. Java: --print-env java. .NET: --print-env dotnet.")
	case "node":
		note("Node.js reads HTTPS_PROXY only from 22.21 and 24 on, and then only when told to.",
			"For older versions, "+fileNode+" leads https and fetch to the emulator; newer ones work with it too.")
		proxy()
		set("NODE_EXTRA_CA_CERTS", ca)
		set("NODE_USE_ENV_PROXY", "1")
		set("NODE_OPTIONS", `--require "`+strings.ReplaceAll(filepath.Join(e.dir, fileNode), `\`, `\\`)+`"`)
	case "python":
		note("urllib and httpx: SSL_CERT_FILE. requests: REQUESTS_CA_BUNDLE.",
			"aiohttp reads the proxy only with ClientSession(trust_env=True).")
		proxy()
		set("SSL_CERT_FILE", ca)
		set("REQUESTS_CA_BUNDLE", ca)
	case "dotnet":
		note("HttpClient reads HTTPS_PROXY everywhere, and SSL_CERT_FILE on Linux.")
		proxy()
		set("SSL_CERT_FILE", ca)
		note("On Windows add the CA to your own trust store while you test:",
			"  Import-Certificate -CertStoreLocation Cert:\\CurrentUser\\Root -FilePath "+cli.PowerShell.Quote(ca),
			"  Get-ChildItem Cert:\\CurrentUser\\Root | Where-Object Subject -Match 'nsauth emulator CA' | Remove-Item",
			"On macOS likewise: Keychain Access, or security add-trusted-cert and remove-trusted-cert.")
	case "java":
		e.printJava(&b, note, set, ca)
	}
	return b.String()
}

// printJava makes a trust store first, because Java does not read PEM files.
func (e clientEnv) printJava(b *strings.Builder, note func(...string), set func(name, value string), ca string) {
	store := filepath.Join(e.dir, "trust.p12")
	keytool := "keytool -importcert -noprompt -alias nsauth-emulator -storetype PKCS12 -storepass changeit" +
		" -keystore " + e.shell.Quote(store) + " -file " + e.shell.Quote(ca)
	note("The trust store holds only the emulator's CA, and no secret.")
	if e.shell.Assign == cli.POSIX.Assign {
		fmt.Fprintf(b, "rm -f %s\n%s 2>&1\n", e.shell.Quote(store), keytool)
	} else {
		fmt.Fprintf(b, "Remove-Item -Force -ErrorAction Ignore %s\n%s\n", e.shell.Quote(store), keytool)
	}
	host, port := e.address[:strings.LastIndex(e.address, ":")], e.address[strings.LastIndex(e.address, ":")+1:]
	note("Every Java program reads JAVA_TOOL_OPTIONS; or pass the same options after java.")
	set("JAVA_TOOL_OPTIONS", strings.Join([]string{
		`-Dhttps.proxyHost=` + strings.Trim(host, "[]"),
		`-Dhttps.proxyPort=` + port,
		`-Djavax.net.ssl.trustStore="` + store + `"`,
		`-Djavax.net.ssl.trustStoreType=PKCS12`,
		`-Djavax.net.ssl.trustStorePassword=changeit`,
	}, " "))
}
