//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestReportFormats: python3-junitparser counts in our JUnit what our report says, and
// Prometheus's own promtool accepts our metrics.
func TestReportFormats(t *testing.T) {
	dir := t.TempDir()
	scenarios := []string{"healthy", "wrong-kid", "expiring-soon", "token-unavailable", "key-mismatch"}
	var reports []document
	read := []string{"junit.py"}
	for _, s := range append(scenarios, "nosuch") {
		at := func(name string) string { return filepath.Join(dir, s+"."+name) }
		r := nsauth(t, "doctor", "--demo", s, "-o", "json", "--report", "junit="+at("xml"), "--report", "prom="+at("prom"))
		var d document
		if err := json.Unmarshal(r.stdout, &d); err != nil || d.ExitCode != r.exit {
			t.Fatalf("%s: %v, exit code %d", s, err, r.exit)
		}
		reports, read = append(reports, d), append(read, at("xml"))
		metrics, err := os.Open(at("prom"))
		if err != nil {
			t.Fatal(err)
		}
		defer metrics.Close()
		promtool := exec.Command(program(t, "promtool"), "check", "metrics")
		promtool.Stdin = metrics
		if out, err := promtool.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: %v\n%s", s, err, out)
		}
	}
	argv := python(t, read...)
	var files [][]struct {
		Name                             string
		Tests, Failures, Errors, Skipped int
		Properties                       map[string]string
		Cases                            [][4]string
	}
	out, err := exec.Command(argv[0], argv[1:]...).Output()
	if err == nil {
		err = json.Unmarshal(out, &files)
	}
	if err != nil || len(files) != len(reports) {
		t.Fatalf("%v: %s", err, out)
	}
	for i, suites := range files {
		d := reports[i]
		if len(suites) != 1 {
			t.Fatalf("%d suites", len(suites))
		}
		suite, want, got := suites[0], map[string]int{}, map[string]int{}
		for _, c := range d.Checks {
			want[strings.Replace(c.Status, "warn", "pass", 1)]++
		}
		if d.Outcome == "error" {
			want["unknown"]++ // the test case of the run
		}
		for _, c := range suite.Cases {
			got[c[2]]++
			if c[2] != "pass" && c[3] == "" {
				t.Errorf("%v says nothing", c)
			}
			if !strings.HasPrefix(c[0], "nsauth.") {
				t.Errorf("class %q", c[0])
			}
		}
		for status, n := range want {
			if got[status] != n {
				t.Errorf("%s: %d cases are %s, want %d", suite.Name, got[status], status, n)
			}
		}
		if suite.Tests != len(suite.Cases) || suite.Failures != want["fail"] || suite.Errors != want["unknown"] || suite.Skipped != want["skip"] ||
			suite.Properties["outcome"] != d.Outcome || suite.Properties["exit_code"] != strconv.Itoa(d.ExitCode) {
			t.Errorf("%+v", suite)
		}
	}
}
