package shellwords

import (
	"os/exec"
	"strings"
	"testing"
)

// sh splits a command line into the same words.
func TestSplitMatchesShell(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	values := []string{"a b", `it's`, `"q"`, `\`, `\\n`, "a\\\nb", "x=1&y=2", "$", "`", "ü"}
	for _, v := range values {
		for _, word := range []string{
			"'" + strings.ReplaceAll(v, "'", `'\''`) + "'",
			`"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`").Replace(v) + `"`,
		} {
			out, err := exec.Command(sh, "-c", "printf %s "+word).Output()
			if err != nil {
				t.Fatal(err)
			}
			got := Split("curl -d "+word, 0)
			if len(got) != 3 || got[2] != string(out) {
				t.Errorf("%s: %q, sh says %q", word, got, out)
			}
		}
	}
}
