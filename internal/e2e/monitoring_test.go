//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const monitoringFiles = docs + "/monitoring"

// accepted runs a program that checks a file.
func accepted(t *testing.T, stdin []byte, name string, args ...string) {
	t.Helper()
	if r := run(t, stdin, nil, name, args...); r.exit != 0 {
		t.Error(r)
	}
}

// The rules are valid and pass their unit tests, and the command of the service writes metrics
// that promtool accepts: of two profiles, one with a key that is gone, and of one that cannot be
// examined.
func TestMonitoringFiles(t *testing.T) {
	t.Parallel()
	accepted(t, nil, program(t, "promtool"), "check", "rules", monitoringFiles+"/rules.yaml")
	accepted(t, nil, program(t, "promtool"), "test", "rules", monitoringFiles+"/rules-test.yaml")

	s, dir := emulate(t), t.TempDir()
	config := string(read(t, filepath.Join(s.dir, "config.yaml")))
	first := regexp.MustCompile(`(?m)^  emulator:\n(    .*\n)+`).FindString(config)
	second := regexp.MustCompile(`key: .*`).ReplaceAllString(strings.Replace(first, "emulator:", "other:", 1), "key: gone.pem")
	if err := os.WriteFile(filepath.Join(s.dir, "config.yaml"), []byte("profiles:\n"+first+second+"  broken:\n    account: ${NOWHERE}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	command := regexp.MustCompile(`(?m)^ExecStart=/usr/bin/nsauth (.*)$`).FindSubmatch(read(t, monitoringFiles+"/nsauth.service"))
	if first == "" || command == nil {
		t.Fatalf("the service has no command, or no profile is in %s", config)
	}
	args := strings.Fields(strings.NewReplacer("/etc/nsauth", s.dir, "/var/lib/prometheus/node-exporter", dir).Replace(string(command[1])))
	if r := run(t, nil, append(bareEnv(t), "XDG_STATE_HOME="+dir), binary(t), args...); r.exit != 1 {
		t.Fatal(r)
	}
	metrics := read(t, filepath.Join(dir, "nsauth.prom"))
	accepted(t, metrics, program(t, "promtool"), "check", "metrics")
	for _, series := range []string{`nsauth_up{profile="emulator"} 1`, `nsauth_up{profile="other"} 0`, `nsauth_outcome{profile="broken",outcome="error"} 1`,
		`nsauth_refusals_total{profile="emulator",code="token.server-error"} 0`, `{profile="emulator",source="netsuite"}`, `{profile="other",source="file"}`} {
		if !strings.Contains(string(metrics), series) {
			t.Errorf("no %s in\n%s", series, metrics)
		}
	}
}
