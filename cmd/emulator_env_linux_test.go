package cmd

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/emulator"
	"github.com/nsauth/nsauth/internal/testkit/keypool"
)

// The variables of nsauth emulator --print-env lead a profile that means NetSuite to the
// emulator. Its token is neither in the cache, where the next run without the variables
// would take it for NetSuite's, nor is the run remembered as good. Where the profile
// names the CA, both are kept, and for that profile only.
func TestD1EmulatorByVariables(t *testing.T) {
	if testing.Short() {
		t.Skip("nine processes for each")
	}
	for _, scenario := range []string{"healthy", "tls-inspected"} {
		t.Run(scenario, func(t *testing.T) {
			dir := t.TempDir()
			server := emulator.Serve(t, scenario, keypool.Generate)
			if err := server.Prepared.Files(filepath.Join(dir, "emulator")); err != nil {
				t.Fatal(err)
			}
			settings := map[string]string{}
			for name, value := range server.Prepared.Profile {
				if name != "connect_to" && name != "ca_file" {
					settings[name] = value
				}
			}
			for _, name := range []string{"key", "cert"} {
				settings[name] = filepath.Join(dir, "emulator", filepath.Base(settings[name]))
			}
			config, err := json.Marshal(map[string]any{"default_profile": "prod", "profiles": map[string]any{"prod": settings}})
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "config.yaml"), config, 0o600); err != nil {
				t.Fatal(err)
			}
			ca := filepath.Join(dir, "emulator", "ca.pem")
			variables := []string{"HTTPS_PROXY=http://" + server.Addr(), "SSL_CERT_FILE=" + ca}
			run := func(env []string, args ...string) (code int, said string) {
				c := exec.Command("nsauth", append(args, "--config", "config.yaml")...)
				c.Dir, c.Env = dir, append([]string{"WORK=" + dir, "HOME=" + dir, "PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8"}, env...)
				var out bytes.Buffer
				c.Stdout, c.Stderr = &out, &out
				err := c.Run()
				var exit *exec.ExitError
				if err != nil && !errors.As(err, &exit) {
					t.Fatal(err)
				}
				return c.ProcessState.ExitCode(), out.String()
			}
			kept := func() (files []string) {
				for _, pattern := range []string{"cache/nsauth/tokens/*.json", "state/nsauth/*.json"} {
					found, _ := filepath.Glob(filepath.Join(dir, pattern))
					files = append(files, found...)
				}
				return files
			}
			code, said := run(variables, "token")
			if code != 0 || !strings.Contains(said, "nsauth: note: the token was not cached: ") || !strings.Contains(said, "ca_file") {
				t.Errorf("token by the variables: exit %d\n%s", code, said)
			}
			if code, said := run(variables, "doctor"); code != 0 {
				t.Errorf("doctor by the variables: exit %d\n%s", code, said)
			}
			if files := kept(); files != nil {
				t.Errorf("kept: %q", files)
			}
			if code, said := run(nil, "token"); code == 0 || strings.Contains(said, "from the cache") {
				t.Errorf("token without the variables: exit %d\n%s", code, said)
			}
			if code, said := run(variables, "token", "--ca-file", ca); code != 0 || len(kept()) != 2 {
				t.Errorf("token with the CA: exit %d, kept %q\n%s", code, kept(), said)
			}
			if code, said := run(variables, "token", "--ca-file", ca); code != 0 || !strings.Contains(said, "token from the cache") {
				t.Errorf("token with the CA, again: exit %d\n%s", code, said)
			}
			code, said = run(nil, "doctor")
			if code == 0 || strings.Contains(said, "worked") || strings.Contains(said, "change is in") {
				t.Errorf("doctor without the variables: exit %d\n%s", code, said)
			}
			if code, said := run(nil, "token", "--ca-file", ca); code == 0 {
				t.Errorf("token with the CA and without the proxy: exit %d\n%s", code, said)
			}
		})
	}
}
