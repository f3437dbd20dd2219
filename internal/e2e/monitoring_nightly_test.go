//go:build e2e && nightly

package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// The tools of Alertmanager and systemd accept the files of docs/monitoring.
func TestMonitoringTools(t *testing.T) {
	t.Parallel()
	accepted(t, nil, program(t, "amtool"), "check-config", monitoringFiles+"/alertmanager.yaml")

	// The program of the service must exist.
	dir := t.TempDir()
	for _, name := range []string{"nsauth.service", "nsauth.timer"} {
		text := strings.Replace(string(read(t, monitoringFiles+"/"+name)), "/usr/bin/nsauth", binary(t), 1)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	accepted(t, nil, "systemd-analyze", "verify", "--man=no", filepath.Join(dir, "nsauth.service"), filepath.Join(dir, "nsauth.timer"))
}

// The unit tests of the rules fail for each of these mistakes in a rule.
func TestRulesTestsNotice(t *testing.T) {
	t.Parallel()
	rules := string(read(t, monitoringFiles+"/rules.yaml"))
	const ended = "last_over_time(nsauth_certificate_not_after_seconds[2d]) - time()"
	for i, m := range [][2]string{
		{"increase1d > 2.5", "increase1d > 0.5"},
		{"> 3 * (", "> 1 * ("},
		{" / 7", ""},
		{" offset 1d", ""},
		{"\n          or nsauth:refusals:increase1d * 0)", ")"},
		{`{code="token.server-error"}[1h]`, "[1h]"},
		{`          or
          increase(nsauth_refusals_total{code="token.server-error"}[1d]) > 0
          and ignoring (code, check, status)
          last_over_time(nsauth_check_status{check="token",status="pass"}[2d]) == 0
`, ""},
		{"30 * 86400", "20 * 86400"},
		{"0 < last_over_time", "last_over_time"},
		{"0 < last_over_time(nsauth_certificate_not_after_seconds[2d])", "0 < nsauth_certificate_not_after_seconds"},
		{"expr: " + ended, "expr: nsauth_certificate_not_after_seconds - time()"},
		{"expr: " + ended + " <= 0", "expr: " + ended + " <= -86400"},
		{"abs(last_over_time(nsauth_clock_offset_seconds[2d]))", "last_over_time(nsauth_clock_offset_seconds[2d])"},
		{"[2d])) > 60", "[2d])) > 61"},
		{`nsauth_outcome{outcome="fail"}`, "nsauth_outcome"},
		{"for: 3h", "for: 1h"},
		{"inconclusive|error", "inconclusive"},
		{"> 3 * 3600", "> 5 * 3600"},
		{"          or\n          absent_over_time(nsauth_last_run_timestamp_seconds[2d])\n", ""},
		{"for: 10m", "for: 1h"},
		{"        for: 10m\n        labels:\n          severity: warning", "        for: 10m\n        labels:\n          severity: critical"},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			wrong := strings.Replace(rules, m[0], m[1], 1)
			dir := t.TempDir()
			for name, text := range map[string]string{"rules.yaml": wrong, "rules-test.yaml": string(read(t, monitoringFiles+"/rules-test.yaml"))} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			accepted(t, nil, program(t, "promtool"), "check", "rules", filepath.Join(dir, "rules.yaml"))
			if r := run(t, nil, nil, program(t, "promtool"), "test", "rules", filepath.Join(dir, "rules-test.yaml")); wrong == rules || r.exit == 0 {
				t.Errorf("%q instead of %q: the tests pass", m[1], m[0])
			}
		})
	}
}

// Prometheus reads a file of nsauth through node_exporter. Its alerts fire on an expired
// certificate, and after the file vanished. It understands every query of the board.
func TestAlertsFire(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	metrics := filepath.Join(dir, "nsauth.prom")
	if r := nsauth(t, "doctor", "--demo", "expired-certificate", "-q", "--report", "prom="+metrics); r.exit != 1 {
		t.Fatal(r)
	}
	exporter, web := freePort(t), freePort(t)
	start(t, nil, program(t, "prometheus-node-exporter"), "--collector.disable-defaults", "--collector.textfile", "--collector.textfile.directory="+dir, "--web.listen-address="+exporter).await(t, listens(exporter))
	rules := strings.ReplaceAll(string(read(t, monitoringFiles+"/rules.yaml")), "for: 10m", "for: 1s")
	config := "global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [" + write(t, "rules.yaml", []byte(rules)) + "]\n" +
		"scrape_configs: [{job_name: node, static_configs: [{targets: ['" + exporter + "']}]}]\n"
	s := start(t, nil, program(t, "prometheus"), "--config.file="+write(t, "prometheus.yml", []byte(config)), "--storage.tsdb.path="+t.TempDir(), "--web.listen-address="+web)
	s.await(t, listens(web))

	ask := func(path string) (answer struct {
		Status string
		Data   struct {
			Alerts []struct {
				State  string
				Labels map[string]string
			}
			Result []any
		}
	}) {
		t.Helper()
		res, err := http.Get("http://" + web + "/api/v1/" + path)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err == nil && res.StatusCode != http.StatusServiceUnavailable { // it starts
			err = json.Unmarshal(body, &answer)
		}
		if err != nil {
			t.Fatalf("%s: %v\n%s", path, err, body)
		}
		return answer
	}
	firing := func() (names []string) {
		for _, a := range ask("alerts").Data.Alerts {
			if a.State == "firing" {
				names = append(names, a.Labels["alertname"])
			}
		}
		slices.Sort(names)
		return slices.Compact(names)
	}
	want := func(names ...string) {
		t.Helper()
		for deadline := time.Now().Add(2 * time.Minute); !slices.Equal(firing(), names); time.Sleep(200 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("firing: %v, want %v", firing(), names)
			}
		}
	}
	want("NsauthCertificateExpired", "NsauthFails")

	var board struct {
		Panels []struct{ Targets []struct{ Expr string } }
	}
	if err := json.Unmarshal(read(t, monitoringFiles+"/grafana.json"), &board); err != nil {
		t.Fatal(err)
	}
	for _, p := range board.Panels {
		expr := strings.NewReplacer("$instance", ".*", "$profile", ".*").Replace(p.Targets[0].Expr)
		answer := ask("query?query=" + url.QueryEscape(expr))
		unmeasured := strings.Contains(expr, "nsauth_refusals_total") || strings.Contains(expr, "duration") // no token was asked for
		if answer.Status != "success" || len(answer.Data.Result) == 0 && !unmeasured {
			t.Errorf("%s: %+v", expr, answer)
		}
	}

	if err := os.Remove(metrics); err != nil {
		t.Fatal(err)
	}
	want("NsauthCertificateExpired", "NsauthMissing")
}
