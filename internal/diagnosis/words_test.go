package diagnosis

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/strictyaml"
)

// Every reason that the package names is in diagnosis.yaml, and none is there for
// nothing.
func TestReasonsAreThoseOfTheFile(t *testing.T) {
	data, err := os.ReadFile("../catalog/words/diagnosis.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file map[string]map[string]string
	if err := strictyaml.Decode(data, &file); err != nil {
		t.Fatal(err)
	}
	reasons := file["because"]
	var source strings.Builder
	names, _ := filepath.Glob("*.go")
	for _, name := range names {
		if !strings.HasSuffix(name, "_test.go") {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			source.Write(text)
		}
	}
	for _, b := range tables().BlindSpots {
		source.WriteString(` "` + b.Because + `"`)
	}
	for name := range reasons {
		if !strings.Contains(source.String(), `"`+name+`"`) {
			t.Errorf("nothing names the reason %s", name)
		}
	}
	named := regexp.MustCompile(`(?:Because|effectOf)\((?:[^()"]|"[a-z.-]*\.[a-z-]*")*"([a-z-]+)"`).FindAllStringSubmatch(source.String(), -1)
	for _, n := range named {
		if reasons[n[1]] == "" {
			t.Errorf("diagnosis.yaml has no reason %s", n[1])
		}
	}
	if len(named) < 15 {
		t.Errorf("only %d reasons found in the source", len(named))
	}
	for _, x := range exclusions() {
		if reasons[x.because] == "" {
			t.Errorf("diagnosis.yaml has no reason %s", x.because)
		}
	}
	for _, b := range tables().BlindSpots {
		if reasons[b.Because] == "" {
			t.Errorf("diagnosis.yaml has no reason %s", b.Because)
		}
	}
}
