package netsuite

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Other modules import the package. Its exported declarations name internal types
// only through aliases. It imports the standard library and the packages of inside.
// The test parses the files, so that no cache hides a change.
func TestPublicAPI(t *testing.T) {
	const module = "github.com/nsauth/nsauth/"
	inside := []string{"internal/jwtgen", "internal/nsid", "internal/paginate", "internal/secret", "internal/text"}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	for _, entry := range entries {
		name := entry.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		files++
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		internal := map[string]bool{}
		for _, spec := range f.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			if first, _, _ := strings.Cut(imported, "/"); strings.Contains(first, ".") &&
				!slices.Contains(inside, strings.TrimPrefix(imported, module)) && imported != "golang.org/x/oauth2" {
				t.Errorf("%s imports %s", name, imported)
			}
			if strings.HasPrefix(imported, module+"internal/") {
				local := path.Base(imported)
				if spec.Name != nil {
					local = spec.Name.Name
				}
				internal[local] = true
			}
		}
		// public looks for internal types in what readers outside see of a
		// declaration: all but bodies and the unexported fields of structs.
		var public func(ast.Node)
		public = func(node ast.Node) {
			ast.Inspect(node, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.StructType:
					for _, field := range n.Fields.List {
						if len(field.Names) == 0 || slices.ContainsFunc(field.Names, (*ast.Ident).IsExported) {
							public(field.Type)
						}
					}
					return false
				case *ast.SelectorExpr:
					if x, ok := n.X.(*ast.Ident); ok && internal[x.Name] {
						t.Errorf("%s: an exported declaration mentions %s.%s", fset.Position(n.Pos()), x.Name, n.Sel.Name)
					}
				}
				return true
			})
		}
		for _, decl := range f.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() {
					public(d.Type)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch s := spec.(type) {
					case *ast.TypeSpec:
						if s.Name.IsExported() && !s.Assign.IsValid() {
							public(s)
						}
					case *ast.ValueSpec:
						switch {
						case !s.Names[0].IsExported():
						case d.Tok == token.VAR:
							public(s)
						case s.Type != nil:
							public(s.Type)
						}
					}
				}
			}
		}
	}
	if files < 5 {
		t.Fatalf("only %d files were looked at", files)
	}
}
