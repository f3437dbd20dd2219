//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestQuiet runs the shipped program where no network exists, in a namespace of its own
// whose kernel counts each attempt to reach one: a look-up and a connection alike. What
// needs no network makes no attempt.
func TestQuiet(t *testing.T) {
	e := emulate(t)
	config := string(read(t, filepath.Join(e.dir, "config.yaml")))
	config = regexp.MustCompile(`(?m)^ +connect_to: .*\n`).ReplaceAllString(config, "")
	profile := filepath.Join(e.dir, "offline.yaml")
	if err := os.WriteFile(profile, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	attempts := func(args ...string) (exit int, count string) {
		t.Helper()
		// The words after "count" are the kernel's: of IPv4, then of IPv6.
		script := `"$@" >/dev/null 2>&1 </dev/null; code=$?; awk -v code=$code '
			/^Ip:/ { if (!n) { for (i = 1; i <= NF; i++) if ($i == "OutNoRoutes") n = i } else v4 = $n }
			/^Ip6OutNoRoutes/ { v6 = $2 }
			END { print code, "count", v4 + v6 }' /proc/net/snmp /proc/net/snmp6`
		r := run(t, nil, append(bareEnv(t), "HOME="+dir), "unshare", append([]string{"--net", "sh", "-c", script, "sh", binary(t)}, args...)...)
		if _, err := fmt.Sscanf(string(r.stdout), "%d count %s", &exit, &count); err != nil {
			t.Fatalf("%v\n%v\nrun as root, or allow namespaces", err, r)
		}
		return exit, count
	}
	// The trap works: what needs NetSuite is counted.
	if exit, count := attempts("token", "--config", profile, "--no-cache"); count == "0" || exit != 3 {
		t.Fatalf("token: exit %d, %s attempts counted", exit, count)
	}
	for _, args := range []string{
		"version", "--version", "--help", "doctor --help", "doctor --offline --config " + profile, "keycheck --config " + profile, "jwt build --config " + profile,
		"certgen --key-type p-256 --out " + filepath.Join(dir, "made"), "checklist --no-input --config " + profile, "explain server_error", "explain --list",
		"profile list --config " + profile, "profile show --config " + profile, "schema report", "schema config", "emulator scenarios", "completion bash",
		"token cache list", "token cache clear", "jwt diff " + profile + " " + profile, "help environment", "nosuch", "doctor --nosuch",
	} {
		if _, count := attempts(strings.Fields(args)...); count != "0" {
			t.Errorf("nsauth %s: %s attempts to reach a network", args, count)
		}
	}
}
