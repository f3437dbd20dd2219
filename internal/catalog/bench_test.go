package catalog

import (
	"io/fs"
	"path"
	"testing"

	"github.com/nsauth/nsauth/internal/strictyaml"
)

// What a command pays that needs every file, such as nsauth explain.
func BenchmarkParseAll(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		err := fs.WalkDir(words, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := fs.ReadFile(words, name)
			if err != nil {
				return err
			}
			switch path.Base(path.Dir(name)) {
			case "findings":
				return strictyaml.Decode(data, new(familyFile))
			case "names":
				return strictyaml.Decode(data, new(nameFile))
			}
			return strictyaml.Decode(data, new(any))
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
