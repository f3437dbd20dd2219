package stand

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/cli"
)

// Folder names with quotes, spaces and shell syntax stay one value.
func TestPrintEnvQuotes(t *testing.T) {
	const odd = `/tmp/it's $(a) "b" \c`
	for _, kind := range ClientKinds() {
		for name, shell := range map[string]cli.Syntax{"posix": cli.POSIX, "powershell": cli.PowerShell} {
			text := script(t, newClientEnv("[::1]:8443", odd, shell), kind)
			for line := range strings.Lines(text) {
				if strings.HasPrefix(line, "#") {
					continue
				}
				// Without its quoted parts a line has nothing of the folder's name.
				bare := strings.ReplaceAll(line, `'\''`, "")
				if name == "powershell" {
					bare = strings.ReplaceAll(line, "''", "")
				}
				parts := strings.Split(strings.TrimSuffix(bare, "\n"), "'")
				if len(parts)%2 == 0 {
					t.Errorf("%s, %s: a quote is open in %s", kind, name, line)
					continue
				}
				for i := 0; i < len(parts); i += 2 {
					if strings.Contains(parts[i], "$(") || strings.Contains(parts[i], `"`) {
						t.Errorf("%s, %s: %q is outside the quotes of %s", kind, name, parts[i], line)
					}
				}
			}
			if kind == "java" && !strings.Contains(text, "-Dhttps.proxyHost=::1 -Dhttps.proxyPort=8443") {
				t.Errorf("java: %s", text)
			}
		}
	}
}

// A POSIX shell reads the values as they are. Where there is none, the test
// above is all.
func TestPrintEnvInAShell(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Log("no sh: not tried")
		return
	}
	dir := filepath.Join(t.TempDir(), `it's $(exit 7) "b"`)
	text := script(t, newClientEnv("127.0.0.1:1", dir, cli.POSIX), "sh")
	out, err := exec.Command(shell, "-c", `set -eu; eval "$1"; printf '%s\n' "$HTTPS_PROXY" "$SSL_CERT_FILE"`, "sh", text).CombinedOutput()
	if want := "http://127.0.0.1:1\n" + filepath.Join(dir, "ca.pem") + "\n"; err != nil || string(out) != want {
		t.Errorf("%v\n got %s\nwant %s", err, out, want)
	}
}

func script(t *testing.T, e clientEnv, kind string) string {
	t.Helper()
	var b strings.Builder
	if err := e.print(&b, kind); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
