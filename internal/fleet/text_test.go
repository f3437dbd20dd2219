package fleet

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/report"
)

var update = flag.Bool("update", false, "rewrite testdata")

// fleetOf is a document with each outcome, made by hand.
func fleetOf(list ...*finding.Report) *finding.Reports {
	doc := &finding.Reports{SchemaVersion: finding.SchemaVersion, Kind: finding.KindReports, Tool: finding.Tool{Name: "nsauth"}, Command: "doctor", Reports: list}
	var all collector
	for _, r := range list {
		r.Command = "doctor"
		all.add(summarize(r))
	}
	all.finish(&Run{World: now(), started: now().Now()}, doc)
	return doc
}

func mixed() *finding.Reports {
	well := failing("prod-eu", "1234567 x", "", nil)
	well.Outcome, well.ExitCode, well.Diagnosis = finding.OutcomePass, 0, nil
	well.Checks = []finding.Result{{ID: finding.CheckCertificate, Status: finding.Pass, Facts: finding.CertificateFacts{NotAfter: "2028-10-30T00:00:00Z", DaysLeft: 700}},
		{ID: finding.CheckMapping, Status: finding.Pass, Facts: finding.MappingFacts{Certificates: []finding.MappedCertificate{{CertificateID: "x", ValidUntil: "2027-01-01"}}}}}
	soon := failing("prod-us", "1234567 y", "certificate.expiring-soon", nil)
	soon.Outcome, soon.ExitCode = finding.OutcomeWarn, 0
	soon.Diagnosis.Causes[0].Title, soon.Diagnosis.Headline = "Certificate expires soon", "works, but the certificate expires in 9 days"
	soon.Checks = []finding.Result{{ID: finding.CheckCertificate, Status: finding.Warn, Facts: finding.CertificateFacts{NotAfter: "2026-12-09T00:00:00Z", DaysLeft: 9}},
		{ID: finding.CheckMapping, Status: finding.Skip, Reason: new(finding.NoPermission)}}
	a, b := failing("sandbox-of-the-integration-with-a-long-name", "1234567_SB1 x", "setup.features-disabled", nil), failing("sandbox", "1234567_SB1 y", "setup.features-disabled", nil)
	a.Diagnosis.Next = &finding.NextStep{Summary: "Enable OAUTH 2.0 in Setup > Company > Enable Features > SuiteCloud > Manage Authentication."}
	set := failing("set", "7654321 z", "token.server-error", nil)
	set.Diagnosis.Headline = "NetSuite rejected a correct assertion (500 server_error)"
	set.Diagnosis.Causes = []finding.Cause{{Code: "setup.mapping-missing", Title: "Certificate has no mapping", Confidence: finding.Possible}, {Code: "setup.features-disabled", Confidence: finding.Possible}}
	hostile := failing("\x1b[31m::error::\nrow\u202e", "\x1b[2J", "token.server-error", nil)
	hostile.Diagnosis.Causes[0].Title = "<script>\x1b]0;x\x07" + strings.Repeat("A", 1<<20)
	broken := failing("broken", "-", "", nil)
	broken.Outcome, broken.ExitCode, broken.Diagnosis, broken.Checks, broken.Profile.Account = finding.OutcomeError, 2, nil, []finding.Result{{ID: finding.CheckProfile, Status: finding.Skip}}, nil
	broken.Error = &finding.ErrorInfo{Code: finding.UsageConfig, Message: "/home/me/.config/nsauth/config.yaml:7: $NS_KEY is not set", Hints: []string{"set $NS_KEY"}}
	doc := fleetOf(well, soon, a, b, set, hostile, broken)
	doc.LeftOut = []finding.LeftOut{{Profile: "reader", Reason: "auditor"}, {Profile: "old", Reason: "tba"}}
	return doc
}

// The page at some widths; no row is wider, except a command, and nothing of a name or a server's text moves the
// cursor.
func TestText(t *testing.T) {
	for name, o := range map[string]report.TextOptions{"80": {Width: 80}, "120": {Width: 120}, "ascii": {ASCII: true, Width: 80}, "40": {Width: 40}} {
		var b bytes.Buffer
		if err := Text(&b, mixed(), o, app); err != nil {
			t.Fatal(err)
		}
		path := "testdata/text-" + name + ".txt"
		if *update {
			if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(b.Bytes(), want) {
			t.Errorf("%v\n%s\nwant\n%s", err, b.Bytes(), want)
		}
		for _, line := range strings.Split(b.String(), "\n") {
			if n := report.Columns(line); n > o.Width && o.Width >= 80 && !strings.HasPrefix(line, "More: ") {
				t.Errorf("%s: %d columns: %s", name, n, line)
			}
			if strings.ContainsAny(line, "\x1b\x07\r\u202e") {
				t.Errorf("%s: %q", name, line)
			}
		}
	}
}

// With colour only the looks differ; -v shows each report; -q nothing when all is well.
func TestTextOptions(t *testing.T) {
	text := func(doc *finding.Reports, o report.TextOptions) string {
		var b strings.Builder
		if err := Text(&b, doc, o, app); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	colored := text(mixed(), report.TextOptions{Color: true})
	for _, code := range []string{"\x1b[31;1m", "\x1b[0;22m", "\x1b[1m", "\x1b[22m", "\x1b[32m", "\x1b[33m", "\x1b[0m"} {
		colored = strings.ReplaceAll(colored, code, "")
	}
	if plain := text(mixed(), report.TextOptions{}); colored != plain {
		t.Errorf("with colour\n%s\nwithout\n%s", colored, plain)
	}
	stopped := mixed()
	stopped.Outcome, stopped.Reports[0].Outcome = finding.OutcomeInterrupted, finding.OutcomeInterrupted
	if s := text(stopped, report.TextOptions{}); strings.Contains(s, "More: ") {
		t.Errorf("stopped: %s", s)
	}
	if v := text(mixed(), report.TextOptions{Verbose: true}); strings.Count(v, "Outcome ") < 7 || strings.Contains(v, "More: -v") {
		t.Errorf("-v: %s", v)
	}
	well := mixed().Reports[0]
	if all := text(fleetOf(well), report.TextOptions{}); strings.Contains(all, "More: ") {
		t.Errorf("all is well: %s", all)
	}
	if q := text(fleetOf(well), report.TextOptions{Quiet: true}); q != "" {
		t.Errorf("-q: %s", q)
	}
	if q := text(mixed(), report.TextOptions{Quiet: true}); !strings.Contains(q, "Outcome fail") {
		t.Errorf("-q: %s", q)
	}
	if masked := text(mixed(), report.TextOptions{MaskIDs: true}); strings.Contains(masked, "1234567") {
		t.Errorf("--mask-ids: %s", masked)
	}
}

// app is the run that the text ends.
var app = &cli.App{ConfigPath: "c.yaml"}

func now() host.World {
	return host.World{Now: func() time.Time { return time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC) }}
}

// Long names that differ only in the middle stay different where they are cut.
func TestNamesStayDifferent(t *testing.T) {
	long := "prod-warehouse-orders-%s-nightly-sync-of-the-shop"
	var list []*finding.Report
	for _, middle := range []string{"eu-west", "eu-north", "us-east", "名前-east"} {
		list = append(list, failing(strings.Replace(long, "%s", middle, 1), "1234567 x", "setup.features-disabled", nil))
	}
	list[3].Outcome = finding.OutcomeInterrupted
	for _, width := range []int{60, 80, 120} {
		for _, ascii := range []bool{false, true} {
			var b strings.Builder
			if err := Text(&b, fleetOf(list...), report.TextOptions{Width: width, ASCII: ascii}, app); err != nil {
				t.Fatal(err)
			}
			seen := map[string]bool{}
			table, _, _ := strings.Cut(b.String(), "\n\n")
			for _, line := range strings.Split(table, "\n")[1:] {
				if strings.Contains(line, " 1234567 ") {
					name, _, _ := strings.Cut(strings.TrimLeft(line, "✗! "), " ")
					seen[name] = true
				}
				if report.Columns(line) > width {
					t.Errorf("%d: %s", width, line)
				}
			}
			if len(seen) != len(list) || strings.Count(table, "features-disabled: ") > 3 {
				t.Errorf("%d: %v\n%s", width, seen, table)
			}
		}
	}
}

// What profiles share may need another step in each: then each has its own.
func TestStepsOfSharedCause(t *testing.T) {
	step := func(name, said string) *finding.Report {
		r := failing(name, "1 x", "setup.mapping-missing", nil)
		r.Diagnosis.Next = &finding.NextStep{Summary: said}
		return r
	}
	var b bytes.Buffer
	if err := Text(&b, fleetOf(step("a", "Upload a.pem."), step("b", "Upload b.pem."), step("c", "Upload a.pem.")), report.TextOptions{Width: 80}, app); err != nil {
		t.Fatal(err)
	}
	if strings.Count(b.String(), "Upload a.pem.") != 1 || strings.Count(b.String(), "Upload b.pem.") != 1 || !strings.Contains(b.String(), "\nb: ") {
		t.Error(b.String())
	}
}
