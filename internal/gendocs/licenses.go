package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// program is the package whose modules licenses collects.
const program = "github.com/nsauth/nsauth"

// licensesName is the file that every archive and package has.
const licensesName = "THIRD-PARTY-LICENSES.txt"

// systems are those of a release: other modules are linked on other systems.
var systems = []string{"linux", "darwin", "windows"}

// licenseFile matches the names of files that a copy of a module must keep.
var licenseFile = regexp.MustCompile(`(?i)^(un)?(licen[sc]e|copying|notice|patents)`)

// licenses joins the license files of Go and of all modules that a release links.
func licenses(*cobra.Command) (files, error) {
	linked := map[string][]string{} // folders with linked packages, by "module version"
	roots := map[string]string{}
	for _, system := range systems {
		out, err := goOutput(system, "list", "-deps", "-f",
			"{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}\t{{$.Dir}}{{end}}{{end}}", program)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(out) {
			columns := strings.Split(strings.TrimSpace(line), "\t")
			if len(columns) != 3 {
				continue // the standard library, or nsauth itself
			}
			roots[columns[0]] = columns[1]
			linked[columns[0]] = append(linked[columns[0]], columns[2])
		}
	}
	release, err := goOutput("", "env", "GOVERSION", "GOROOT")
	if err != nil {
		return nil, err
	}
	version, goroot, _ := strings.Cut(strings.TrimSpace(release), "\n")
	name := "Go standard library " + version
	roots[name], linked[name] = goroot, []string{goroot}

	var text bytes.Buffer
	text.WriteString("nsauth contains Go and the modules below. Each has its own license.\n")
	for _, module := range slices.Sorted(maps.Keys(linked)) {
		if err := writeLicenses(&text, module, roots[module], linked[module]); err != nil {
			return nil, err
		}
	}
	return files{licensesName: text.Bytes()}, nil
}

// goOutput is what the go command prints for a system, or for this one.
func goOutput(system string, args ...string) (string, error) {
	c := exec.Command("go", args...)
	c.Env = os.Environ()
	if system != "" {
		c.Env = append(c.Env, "GOOS="+system, "CGO_ENABLED=0")
	}
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("go %s for %q: %w", args[0], system, err)
	}
	return string(out), nil
}

// writeLicenses writes the license files of a module: those in its root, and those in
// the folders between the root and each linked package.
func writeLicenses(text *bytes.Buffer, module, root string, packages []string) error {
	found := map[string]bool{}
	for _, folder := range packages {
		for ; len(folder) >= len(root); folder = filepath.Dir(folder) {
			entries, err := os.ReadDir(folder)
			if err != nil {
				return err
			}
			for _, e := range entries {
				if e.Type().IsRegular() && licenseFile.MatchString(e.Name()) && filepath.Ext(e.Name()) != ".go" {
					found[filepath.Join(folder, e.Name())] = true
				}
			}
		}
	}
	if len(found) == 0 {
		return fmt.Errorf("%s has no license file", module)
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		fmt.Fprintf(text, "\n==== %s: %s\n\n", module, filepath.ToSlash(relative))
		text.Write(bytes.ReplaceAll(bytes.TrimSpace(data), []byte("\r\n"), []byte("\n")))
		text.WriteString("\n")
	}
	return nil
}
