package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/nsauth/nsauth"

// arrows is the whole import graph of the project: a package may import what
// its row names and nothing else of ours. It is read from the files themselves,
// because a test that asks the go command is kept green by the test cache.
var arrows = map[string][]string{
	".":                        {"cmd"},
	"cmd":                      {"*"},
	"netsuite":                 {"internal/jwtgen", "internal/nsid", "internal/paginate"},
	"netsuite/netsuitetest":    {"netsuite", "internal/emulator", "internal/emulator/faults", "internal/emulator/oauth", "internal/emulator/server", "internal/emulator/verdict"},
	"internal/text":            {},
	"internal/secret":          {},
	"internal/nsid":            {},
	"internal/authserver":      {"internal/nsid"},
	"internal/keys":            {"internal/nsid"},
	"internal/certgen":         {"internal/keys"},
	"internal/clock":           {},
	"internal/finding":         {},
	"internal/catalog":         {"internal/finding", "internal/strictyaml"},
	"internal/secretscan":      {},
	"internal/capture":         {"internal/shellwords", "internal/strictyaml"},
	"internal/shellwords":      {},
	"internal/prompt":          {},
	"internal/emulator":        {"internal/emulator/keygen", "internal/emulator/scenario", "internal/emulator/server"},
	"internal/emulator/faults": {},
	"internal/atomicfile":      {},
	"internal/lastgood":        {"internal/atomicfile"},
	"internal/strictyaml":      {},
	"internal/jwtgen":          {"internal/authserver", "internal/nsid"},
	"internal/profile":         {"internal/authserver", "internal/strictyaml", "internal/catalog", "internal/finding", "internal/atomicfile", "internal/nsid", "internal/secretscan"},
	"internal/tokencache":      {"netsuite", "internal/atomicfile"},
	"internal/diagnosis":       {"internal/catalog", "internal/finding", "internal/nsid", "internal/strictyaml"},
	"internal/checklist":       {"internal/catalog", "internal/diagnosis", "internal/finding", "internal/profile"},
	"internal/explain":         {"internal/catalog", "internal/finding", "internal/secretscan"},
	"internal/report":          {"internal/catalog", "internal/finding", "internal/nsid"},
	"internal/formats":         {"internal/finding", "internal/htmlreport", "internal/mapping", "internal/report"},
	"internal/bundle":          {"internal/finding", "internal/formats", "internal/report"},
	"internal/htmlreport":      {"internal/finding", "internal/report"},
	"internal/host":            {"internal/profile", "internal/keys", "internal/finding", "netsuite"},
	"internal/signcommand":     {"internal/jwtgen"},
	"internal/fault":           {"internal/catalog", "internal/finding", "internal/keys", "internal/jwtgen", "internal/capture", "internal/paginate", "internal/signcommand", "netsuite"},
	"internal/inspect": {"internal/authserver", "internal/host", "internal/fault", "internal/catalog", "internal/finding", "internal/profile", "internal/keys", "internal/jwtgen",
		"internal/capture", "internal/nsid", "netsuite"},
	"internal/checks": {"internal/auditor", "internal/mapping", "internal/host", "internal/inspect", "internal/fault", "internal/catalog", "internal/finding", "internal/profile", "internal/keys", "internal/jwtgen",
		"internal/capture", "internal/clock", "internal/nsid", "netsuite"},
	"internal/mapping":  {"internal/nsid", "netsuite"},
	"internal/auditor":  {"internal/nsid", "internal/strictyaml", "netsuite"},
	"internal/paginate": {},
	"internal/audit":    {"internal/auditor", "internal/catalog", "internal/checks", "internal/finding", "internal/mapping", "internal/report", "internal/strictyaml"},
	"internal/cli": {"internal/host", "internal/checks", "internal/finding", "internal/formats", "internal/keys", "internal/atomicfile", "internal/profile",
		"internal/prompt", "internal/report", "internal/lastgood", "internal/secretscan", "internal/signcommand", "netsuite"},
	"internal/login": {"internal/auditor", "internal/catalog", "internal/keys", "internal/cli", "internal/fault", "internal/inspect", "internal/checks", "internal/doctor", "internal/finding", "internal/host", "internal/jwtgen", "internal/mapping", "internal/profile",
		"internal/nsid", "internal/report", "internal/secretscan", "internal/tokencache", "netsuite"},
	"internal/certificates": {"internal/catalog", "internal/cli", "internal/fault", "internal/finding", "internal/formats", "internal/host", "internal/keys", "internal/login", "internal/mapping", "internal/nsid", "internal/profile", "internal/report", "internal/rotation"},
	"internal/stand": {"internal/fault", "internal/cli", "internal/host", "internal/emulator/account", "internal/emulator/accountsfile", "internal/emulator/faults", "internal/emulator/keygen", "internal/emulator/oauth",
		"internal/emulator/scenario", "internal/emulator/server", "internal/emulator/verdict", "internal/catalog", "internal/finding",
		"internal/nsid", "internal/profile", "internal/report", "internal/atomicfile"},
	"internal/call": {"internal/atomicfile", "internal/cli", "internal/login", "internal/fault", "internal/inspect", "internal/jwtgen", "internal/catalog", "internal/checks", "internal/finding", "internal/host",
		"internal/paginate", "internal/profile", "internal/prompt", "internal/report", "internal/secretscan", "netsuite"},
	"internal/keypair": {"internal/cli", "internal/host", "internal/fault", "internal/signcommand", "internal/certgen", "internal/keys", "internal/checks", "internal/doctor", "internal/profile", "internal/catalog",
		"internal/finding", "internal/report", "internal/atomicfile"},
	"internal/rotation": {"internal/atomicfile", "internal/certgen", "internal/checks", "internal/cli", "internal/fault", "internal/finding", "internal/host",
		"internal/keypair", "internal/keys", "internal/mapping", "internal/nsid", "internal/profile", "internal/prompt", "internal/report", "netsuite"},
	"internal/wizard": {"internal/checklist", "internal/cli", "internal/keypair", "internal/certgen", "internal/keys", "internal/doctor", "internal/diagnosis",
		"internal/profile", "internal/prompt", "internal/catalog", "internal/finding", "internal/report"},
	"internal/gendocs": {"cmd"},
	"internal/handon":  {"internal/atomicfile", "internal/cli", "internal/finding", "internal/keys", "internal/login", "internal/profile", "netsuite"},
	"internal/doctor": {"internal/keys", "internal/mapping", "internal/host", "internal/inspect", "internal/checks", "internal/diagnosis", "internal/catalog", "internal/finding", "internal/capture", "internal/profile",
		"internal/lastgood", "internal/clock", "netsuite"},
	"internal/fleet": {"internal/catalog", "internal/checks", "internal/cli", "internal/clock", "internal/doctor", "internal/finding", "internal/formats", "internal/host", "internal/keys", "internal/profile",
		"internal/report"},

	// The stand-in shares no code with what it tests.
	"internal/emulator/account":      {"internal/strictyaml"},
	"internal/emulator/accountsfile": {"internal/emulator/account", "internal/emulator/verdict", "internal/strictyaml"},
	"internal/emulator/api":          {"internal/emulator/account", "internal/emulator/exchange", "internal/emulator/oauth", "internal/emulator/verdict"},
	"internal/emulator/exchange":     {"internal/emulator/account", "internal/emulator/verdict"},
	"internal/emulator/keygen":       {},
	"internal/emulator/oauth":        {"internal/emulator/account", "internal/emulator/exchange", "internal/emulator/keygen", "internal/emulator/verdict"},
	"internal/emulator/scenario": {"internal/emulator/account", "internal/emulator/faults", "internal/emulator/keygen", "internal/emulator/oauth",
		"internal/emulator/server", "internal/atomicfile", "internal/strictyaml"},
	"internal/emulator/server": {"internal/emulator/account", "internal/emulator/api", "internal/emulator/exchange", "internal/emulator/faults",
		"internal/emulator/oauth", "internal/emulator/verdict", "internal/emulator/web"},
	"internal/emulator/verdict": {"internal/strictyaml"},
	"internal/emulator/web":     {"internal/emulator/account", "internal/emulator/exchange", "internal/emulator/faults", "internal/emulator/verdict", "internal/strictyaml"},
}

// leaves names the packages that every package may import: they import none of ours.
var leaves = []string{"internal/text", "internal/secret"}

// homes names the packages that may import an outside dependency.
var homes = map[string][]string{
	"github.com/spf13/cobra":             {"cmd", "internal/gendocs"},
	"github.com/spf13/pflag":             {"cmd", "internal/gendocs"},
	"github.com/spf13/viper":             {"internal/profile"},
	"go.yaml.in/yaml/v3":                 {"internal/strictyaml", "internal/profile"},
	"github.com/golang-jwt/jwt/v5":       {"internal/jwtgen", "netsuite"},
	"golang.org/x/oauth2":                {"netsuite"},
	"golang.org/x/net":                   {"internal/host"},
	"golang.org/x/sys":                   {"internal/host", "internal/atomicfile", "internal/prompt"},
	"github.com/beevik/ntp":              {"internal/clock"},
	"github.com/fatih/color":             {"internal/report"},
	"golang.org/x/text":                  {"internal/report"},
	"golang.org/x/term":                  {"internal/prompt"},
	"golang.org/x/crypto":                {"internal/keys"},
	"software.sslmate.com/src/go-pkcs12": {"internal/keys"},
	"github.com/gofrs/flock":             {"internal/atomicfile"},
	"github.com/itchyny/gojq":            {"internal/call"},
	"github.com/go-json-experiment/json": {"internal/paginate"},
}

// free lists packages that only tests use; they may import anything.
var free = []string{"internal/e2e", "internal/testkit", "internal/testkit/keypool", "internal/testkit/manyprofiles", "internal/emulator/emulatortest"}

func TestImportsFollowTheLayout(t *testing.T) {
	used := map[string]bool{} // "package imported"
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		base := path.Base(name)
		if d.IsDir() {
			if name != "." && (strings.HasPrefix(base, ".") || base == "testdata" || base == "tools" || base == "node_modules") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		pkg := path.Dir(name)
		if slices.Contains(free, pkg) {
			return nil
		}
		allowed, placed := arrows[pkg]
		if !placed {
			t.Errorf("%s: package %s has no place in the layout; give it a row in this test", name, pkg)
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			used[pkg+" "+strings.TrimPrefix(imported, module+"/")] = true
			if why := forbidden(pkg, allowed, imported); why != "" {
				t.Errorf("%s imports %s: %s", name, imported, why)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(used) < 50 {
		t.Fatalf("only %d imports seen: the test does not look at the project", len(used))
	}
	for pkg, allowed := range arrows {
		for _, imported := range allowed {
			if imported != "*" && !used[pkg+" "+imported] {
				t.Errorf("%s does not import %s: take the arrow out", pkg, imported)
			}
		}
	}
}

// forbidden says why pkg may not import imported, or "".
func forbidden(pkg string, allowed []string, imported string) string {
	if ours, ok := strings.CutPrefix(imported, module+"/"); ok {
		_, placed := arrows[ours] // what only tests use is not
		if slices.Contains(allowed, "*") && placed || slices.Contains(allowed, ours) || slices.Contains(leaves, ours) {
			return ""
		}
		return "the layout has no such arrow"
	}
	if !strings.Contains(strings.SplitN(imported, "/", 2)[0], ".") {
		return "" // standard library
	}
	for dep, at := range homes {
		if imported == dep || strings.HasPrefix(imported, dep+"/") {
			if slices.Contains(at, pkg) {
				return ""
			}
			return "that dependency lives in " + strings.Join(at, ", ")
		}
	}
	return "that dependency has no home; argue it in the commit and give it a row in this test"
}

// clientNeeds is all that a program gets with the importable client, beside the
// standard library: nothing of a command line.
var clientNeeds = []string{"github.com/golang-jwt/jwt/v5", "golang.org/x/oauth2", "github.com/go-json-experiment/json"}

func TestTheClientImportsNoCommandLine(t *testing.T) {
	seen := map[string]bool{}
	var visit func(pkg string)
	visit = func(pkg string) {
		if seen[pkg] {
			return
		}
		seen[pkg] = true
		for _, file := range parsed(t, pkg, parser.ImportsOnly) {
			for _, spec := range file.Imports {
				imported, err := strconv.Unquote(spec.Path.Value)
				if err != nil {
					t.Fatal(err)
				}
				if ours, ok := strings.CutPrefix(imported, module+"/"); ok {
					visit(ours)
					continue
				}
				if !strings.Contains(strings.SplitN(imported, "/", 2)[0], ".") {
					continue
				}
				if !slices.ContainsFunc(clientNeeds, func(dep string) bool { return imported == dep || strings.HasPrefix(imported, dep+"/") }) {
					t.Errorf("%s imports %s", pkg, imported)
				}
			}
		}
	}
	visit("netsuite")
	if !seen["internal/jwtgen"] || !seen["internal/nsid"] {
		t.Fatalf("only %v seen: the test does not look at what the client needs", seen)
	}
}

// What a program can name of the client is the client's own, or it could not be
// used from outside this module. An alias makes an internal type the client's own.
func TestTheClientExportsNoInternalType(t *testing.T) {
	exported := 0
	for _, file := range parsed(t, "netsuite", 0) {
		internal := map[string]string{} // by the name in the file
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(imported, "/internal/") {
				name := path.Base(imported)
				if spec.Name != nil {
					name = spec.Name.Name
				}
				internal[name] = imported
			}
		}
		for _, node := range signatures(file) {
			exported++
			ast.Inspect(node, func(n ast.Node) bool {
				if sel, ok := n.(*ast.SelectorExpr); ok {
					if pkg, ok := sel.X.(*ast.Ident); ok && internal[pkg.Name] != "" {
						t.Errorf("an exported signature mentions %s.%s", internal[pkg.Name], sel.Sel.Name)
					}
				}
				return true
			})
		}
	}
	if exported < 50 {
		t.Fatalf("only %d exported signatures seen", exported)
	}
}

// signatures are the parts of a file that another module can see: parameters and
// results, the types of exported fields, variables and constants.
func signatures(file *ast.File) []ast.Node {
	var nodes []ast.Node
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() {
				nodes = append(nodes, d.Type)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					if !s.Name.IsExported() || s.Assign.IsValid() {
						continue
					}
					body, isStruct := s.Type.(*ast.StructType)
					if !isStruct {
						nodes = append(nodes, s.Type)
						continue
					}
					for _, field := range body.Fields.List {
						if len(field.Names) == 0 || slices.ContainsFunc(field.Names, (*ast.Ident).IsExported) {
							nodes = append(nodes, field.Type)
						}
					}
				case *ast.ValueSpec:
					if slices.ContainsFunc(s.Names, (*ast.Ident).IsExported) && s.Type != nil {
						nodes = append(nodes, s.Type)
					}
				}
			}
		}
	}
	return nodes
}

// parsed are the files of a package, without its tests.
func parsed(t *testing.T, pkg string, mode parser.Mode) []*ast.File {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(filepath.FromSlash(pkg), "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: %d files, %v", pkg, len(names), err)
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, mode)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

func TestForbiddenArrows(t *testing.T) {
	for _, tt := range []struct{ pkg, imported string }{
		{"internal/emulator/oauth", module + "/internal/jwtgen"},
		{"internal/keys", module + "/internal/finding"},
		{"netsuite", module + "/internal/finding"},
		{"internal/report", "github.com/spf13/cobra"},
		{"cmd", "example.com/unknown"},
		{"cmd", module + "/internal/testkit"},
	} {
		if forbidden(tt.pkg, arrows[tt.pkg], tt.imported) == "" {
			t.Errorf("%s may import %s", tt.pkg, tt.imported)
		}
	}
}

// docs/architecture.md draws arrows that the code has, and has a row for every
// package.
func TestArchitecturePageFollowsTheTable(t *testing.T) {
	data, err := os.ReadFile("docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(data)
	path := func(node string) string {
		switch node {
		case "main":
			return "."
		case "cmd", "netsuite":
			return node
		}
		return "internal/" + node
	}
	drawn := regexp.MustCompile(`(?m)^ +(\w+)(?:\[".*"\])? --> (\w+)$`).FindAllStringSubmatch(page, -1)
	for _, arrow := range drawn {
		from, to := path(arrow[1]), path(arrow[2])
		if !slices.Contains(imports(t, from), module+"/"+to) {
			t.Errorf("the page draws %s --> %s, and %s does not import %s", arrow[1], arrow[2], from, to)
		}
	}
	if len(drawn) < 20 {
		t.Errorf("only %d arrows found on the page", len(drawn))
	}
	for pkg := range arrows {
		if pkg != "." && !strings.Contains(page, "| `"+pkg+"` |") {
			t.Errorf("docs/architecture.md has no row for %s", pkg)
		}
	}
	for _, row := range regexp.MustCompile("(?m)^\\| `(.*?)` \\|").FindAllStringSubmatch(page, -1) {
		if _, placed := arrows[row[1]]; !placed {
			t.Errorf("docs/architecture.md has a row for %s, which is not a package", row[1])
		}
	}
}

// An arrow that no import needs would let one in unnoticed.
func TestTableHasNoUnusedArrow(t *testing.T) {
	for pkg, allowed := range arrows {
		used := imports(t, pkg)
		for _, to := range allowed {
			if to != "*" && !slices.Contains(used, module+"/"+to) {
				t.Errorf("the table lets %s import %s, and it does not", pkg, to)
			}
		}
	}
}

// imports are the paths that a package imports, without its tests.
func imports(t *testing.T, pkg string) []string {
	t.Helper()
	if paths, known := importsOf[pkg]; known {
		return paths
	}
	var paths []string
	for _, file := range parsed(t, pkg, parser.ImportsOnly) {
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			paths = append(paths, imported)
		}
	}
	importsOf[pkg] = paths
	return paths
}

// importsOf is what imports returned before.
var importsOf = map[string][]string{}

// Files are created by atomicfile alone, which makes those that only their owner can read,
// on Windows too. The generator of the pages makes public ones.
func TestD7OnePackageCreatesFiles(t *testing.T) {
	creates := regexp.MustCompile(`\bos\.(WriteFile|Create|CreateTemp|O_CREATE)\b`)
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		folder := filepath.ToSlash(filepath.Dir(name))
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") ||
			folder == "internal/atomicfile" || folder == "internal/gendocs" || strings.HasPrefix(folder, "internal/testkit") || strings.HasPrefix(folder, "tools") {
			return err
		}
		data, err := os.ReadFile(name)
		if found := creates.Find(data); found != nil {
			t.Errorf("%s: %s", name, found)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
