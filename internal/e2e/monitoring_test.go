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
	if first == "" {
		t.Fatalf("no profile is in %s", config)
	}
	second := regexp.MustCompile(`key: .*`).ReplaceAllString(strings.Replace(first, "emulator:", "other:", 1), "key: gone.pem")
	if err := os.WriteFile(filepath.Join(s.dir, "config.yaml"), []byte("profiles:\n"+first+second+"  broken:\n    account: ${NOWHERE}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := service(t, s, dir); r.exit != 1 {
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

// service runs the command of the service with its umask, and with dir for its folders.
func service(t *testing.T, s stand, dir string) result {
	t.Helper()
	unit := string(read(t, monitoringFiles+"/nsauth.service"))
	command := regexp.MustCompile(`(?m)^ExecStart=/usr/bin/nsauth (.*)$`).FindStringSubmatch(unit)
	umask := regexp.MustCompile(`(?m)^UMask=([0-7]+)$`).FindStringSubmatch(unit)
	if command == nil || umask == nil {
		t.Fatalf("the service has no command or no umask\n%s", unit)
	}
	args := strings.Fields(strings.NewReplacer("/etc/nsauth", s.dir, "/var/lib/prometheus/node-exporter", dir).Replace(command[1]))
	return run(t, nil, append(bareEnv(t), "XDG_STATE_HOME="+dir), "sh", append([]string{"-c", `umask "$1"; shift; exec "$@"`, "sh", umask[1], binary(t)}, args...)...)
}

// node_exporter is another user: it can read the metrics of the service, and nothing of its state.
func TestServiceModes(t *testing.T) {
	t.Parallel()
	s, dir := emulate(t), t.TempDir()
	if r := service(t, s, dir); r.exit > 1 {
		t.Fatal(r)
	}
	state, err := filepath.Glob(filepath.Join(dir, "nsauth", "*.json"))
	if err != nil || len(state) == 0 {
		t.Fatal(state, err)
	}
	want := map[string]os.FileMode{filepath.Join(dir, "nsauth.prom"): 0o644, filepath.Join(dir, "nsauth"): 0o700}
	for _, path := range state {
		want[path] = 0o600
	}
	for path, mode := range want {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, want %o", path, info.Mode(), mode)
		}
	}
}
