package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// reaching names what can open a connection, look up a name or start a program, by
// import path.
var reaching = map[string][]string{
	"net": {"Dial", "DialTimeout", "DialTCP", "DialUDP", "DialIP", "DialUnix", "Dialer", "DefaultResolver", "Resolver", "FileConn", "ResolveIPAddr", "ResolveTCPAddr", "ResolveUDPAddr",
		"LookupAddr", "LookupCNAME", "LookupHost", "LookupIP", "LookupMX", "LookupNS", "LookupPort", "LookupSRV", "LookupTXT"},
	"net/http":   {"Get", "Head", "Post", "PostForm", "DefaultClient", "DefaultTransport", "Client", "Transport"},
	"crypto/tls": {"Dial", "DialWithDialer", "Dialer"},
	"os/exec":    {"Command", "CommandContext", "Cmd"},
	"os":         {"StartProcess"},
	"syscall":    {"Socket", "Connect", "Exec", "ForkExec", "StartProcess"},
}

// reached is every such place of the program. nsauth gives the client and the clock the
// dialer of its world, so that all its connections pass through internal/cli/world.go:
// TestSent in cmd records them there.
var reached = map[string][]string{
	"internal/cli/world.go":          {"net.DefaultResolver", "net.Dialer"},
	"netsuite/client.go":             {"http.Transport", "net.Dialer"},    // the dialer for other programs
	"netsuite/session.go":            {"http.Client"},                     // for other programs, with the client's transport
	"internal/clock/ntp.go":          {"net.Dialer"},                      // if none is given
	"internal/host/git.go":           {"exec.CommandContext"},             // git, about a key's folder
	"internal/cli/shell_other.go":    {"exec.Cmd", "exec.CommandContext"}, // key_command and the like
	"internal/cli/shell_windows.go":  {"exec.Cmd", "exec.Command", "exec.CommandContext"},
	"internal/cli/become_unix.go":    {"syscall.Exec"},                  // the command of nsauth exec
	"internal/cli/become_windows.go": {"exec.Cmd"},                      // the same
	"internal/stand/health.go":       {"http.Client", "http.Transport"}, // the emulator, with the dialer of the world
	"internal/gendocs/licenses.go":   {"exec.Command"},                  // go, when a release is built
	// The emulator's own clients, for tests in Go.
	"internal/emulator/emulator.go":         {"http.Client"},
	"internal/emulator/server/server.go":    {"http.Client", "http.Transport", "net.Dialer"},
	"netsuite/netsuitetest/netsuitetest.go": {"http.Client"},
}

// Nothing in the program connects anywhere but where this test knows of: there is no
// telemetry, and no check for updates.
func TestConnections(t *testing.T) {
	found, files := map[string][]string{}, 0
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		base := path.Base(name)
		if d.IsDir() {
			if name != "." && (strings.HasPrefix(base, ".") || base == "testdata" || base == "tools" || base == "node_modules") || slices.Contains(free, name) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		files++
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		packages := map[string]string{} // by the name in the file
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if imported == "net/smtp" || imported == "net/rpc" || imported == "plugin" {
				t.Errorf("%s imports %s", name, imported)
			}
			if reaching[imported] != nil {
				local := path.Base(imported)
				if spec.Name != nil {
					local = spec.Name.Name
				}
				packages[local] = imported
			}
		}
		if len(packages) == 0 {
			return nil
		}
		if file, err = parser.ParseFile(token.NewFileSet(), name, nil, 0); err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, ok := sel.X.(*ast.Ident)
			if !ok || !slices.Contains(reaching[packages[pkg.Name]], sel.Sel.Name) {
				return true
			}
			if what := path.Base(packages[pkg.Name]) + "." + sel.Sel.Name; !slices.Contains(found[name], what) {
				found[name] = append(found[name], what)
			}
			return true
		})
		return nil
	})
	if err != nil || files < 300 {
		t.Fatalf("%d files, %v", files, err)
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		slices.Sort(found[name])
		if !slices.Equal(found[name], reached[name]) {
			t.Errorf("%s reaches out with %q; the list has %q. What does it connect to? SECURITY.md says what is sent to whom", name, found[name], reached[name])
		}
	}
	for name := range reached {
		if found[name] == nil {
			t.Errorf("%s reaches out no longer: take it out of the list", name)
		}
	}
}
