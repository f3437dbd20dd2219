package cmd

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/emulator/scenario"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/testkit"
)

const diagnosesFile = "testdata/diagnoses.txt"

// Every scenario ends as it says: its exit code, and either its finding first or
// its whole set of causes, with nothing certain in it. The causes of each, how sure
// they are and the exit code are a table, testdata/diagnoses.txt:
// go test ./cmd -run TestScenarios -update.
func TestScenarios(t *testing.T) {
	var mu sync.Mutex
	said := map[string]string{}
	t.Run("each", func(t *testing.T) { everyScenario(t, &mu, said) })
	var b strings.Builder
	for _, s := range scenario.All() {
		b.WriteString(said[s.Name])
	}
	if len(said) != len(scenario.All()) {
		return // only some were run
	}
	if *update {
		if err := os.WriteFile(diagnosesFile, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(diagnosesFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.ReplaceAll(string(want), "\r\n", "\n"), b.String()); diff != "" {
		t.Errorf("%s (-want +got); go test ./cmd -run Scenario -update writes it:\n%s", diagnosesFile, diff)
	}
}

// inBrief is a report in as many lines as it has causes.
func inBrief(name string, r finding.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: exit %d\n", name, r.ExitCode)
	if r.Diagnosis == nil {
		return b.String()
	}
	for _, c := range r.Diagnosis.Causes {
		fmt.Fprintf(&b, "  %-8s  %s", c.Confidence, c.Code)
		if c.ConsequenceOf != nil {
			fmt.Fprintf(&b, "  <- %s", *c.ConsequenceOf)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func everyScenario(t *testing.T, mu *sync.Mutex, said map[string]string) {
	for i, s := range scenario.All() {
		t.Run(s.Name, func(t *testing.T) {
			if testkit.LeftOut(i, 1, 16) {
				t.Skip("one scenario of sixteen will do")
			}
			t.Parallel()
			r := nsauth(t, setup{}, "doctor", "--demo", s.Name, "-o", "json")
			report := r.report(t)
			mu.Lock()
			said[s.Name] = inBrief(s.Name, report)
			mu.Unlock()
			if r.code != s.Expect.Exit || report.ExitCode != r.code {
				t.Fatalf("exit %d, want %d; findings %v", r.code, s.Expect.Exit, codes(report))
			}
			if len(report.Checks) != len(checks.Listed(s.Client.Program != nil)) {
				t.Errorf("%d checks", len(report.Checks))
			}
			for _, address := range r.dialled {
				if !strings.HasPrefix(address, "127.0.0.1:") {
					t.Errorf("the demo reached out to %s", address)
				}
			}
			expected(t, s, report)
			onOneScreen(t, report)
			handedOn(t, report)
			text := nsauth(t, setup{stdin: r.stdout}, "render", "-")
			if text.code != 0 || !strings.Contains(text.stdout, fmt.Sprintf(", exit code %d", r.code)) {
				t.Errorf("as text: exit %d:\n%s", text.code, text.stdout)
			}
		})
	}
}

// savedAgain is a report as it is read from a file.
func savedAgain(t *testing.T, r finding.Report) *finding.Report {
	t.Helper()
	var doc bytes.Buffer
	if err := report.JSON(&doc, r); err != nil {
		t.Fatal(err)
	}
	saved, err := finding.Read(doc.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

// onOneScreen holds the text of a saved report against the screen that it must fit.
func onOneScreen(t *testing.T, r finding.Report) {
	t.Helper()
	var text, whole bytes.Buffer
	saved := savedAgain(t, r)
	_ = report.Text(&text, saved, report.TextOptions{Width: 80})
	_ = report.Text(&whole, saved, report.TextOptions{Width: 80, Verbose: true})
	rows := strings.Split(strings.TrimSuffix(text.String(), "\n"), "\n")
	limit := 30
	if d := r.Diagnosis; d != nil && len(d.Causes) > 0 && d.Causes[0].Confidence != finding.Possible {
		if another := slices.IndexFunc(d.Causes[1:], func(c finding.Cause) bool { return c.Confidence != finding.Possible && c.ConsequenceOf == nil }); another < 0 {
			limit = 24
		}
	}
	if len(rows) > limit {
		t.Errorf("%d rows, want at most %d:\n%s", len(rows), limit, text.String())
	}
	if first, last := rows[0], rows[len(rows)-1]; !strings.Contains(first, "emulator") || !strings.HasPrefix(last, "Outcome "+string(r.Outcome)) {
		t.Errorf("first row %q, last row %q", first, last)
	}
	if next := strings.Count(text.String(), "\nNext: "); next != min(r.ExitCode, 1) && r.Outcome != finding.OutcomeWarn {
		t.Errorf("%d next steps:\n%s", next, text.String())
	}
	for _, c := range r.Checks {
		unasked := c.Reason != nil && *c.Reason == finding.NotConfigured // of an auditor
		if !unasked && !strings.Contains(whole.String(), c.Title) {
			t.Errorf("-v does not show %s:\n%s", c.Title, whole.String())
		}
	}
}

// expected holds a report against what the scenario says.
func expected(t *testing.T, s scenario.Scenario, report finding.Report) {
	t.Helper()
	found := codes(report)
	if s.Expect.Finding != "" && (len(found) == 0 || string(found[0]) != s.Expect.Finding) {
		t.Errorf("findings %v, want %s first", found, s.Expect.Finding)
	}
	switch {
	case s.Expect.Exit != 0:
		diagnosed(t, s, report)
	case len(found) == 0 && (report.Outcome != finding.OutcomePass || report.Diagnosis != nil):
		t.Errorf("outcome %s, diagnosis %v", report.Outcome, report.Diagnosis)
	}
}

// diagnosed holds the diagnosis against what the scenario expects.
func diagnosed(t *testing.T, s scenario.Scenario, report finding.Report) {
	t.Helper()
	if report.Diagnosis == nil || len(report.Diagnosis.Causes) == 0 {
		t.Fatalf("no diagnosis for %v", codes(report))
	}
	first := report.Diagnosis.Causes[0]
	if s.Expect.Finding != "" && string(first.Code) != s.Expect.Finding {
		t.Errorf("first cause %s, want %s", first.Code, s.Expect.Finding)
	}
	if len(s.Expect.Causes) == 0 {
		return
	}
	var named []string
	for _, c := range report.Diagnosis.Causes {
		if c.Confidence == finding.Certain {
			t.Errorf("%s is called certain, though it cannot be told from the others", c.Code)
		}
		if c.Because == "" || c.Confirm == "" {
			t.Errorf("%s: because %q, confirm %q", c.Code, c.Because, c.Confirm)
		}
		named = append(named, string(c.Code))
	}
	for _, want := range s.Expect.Causes {
		if !slices.Contains(named, want) {
			t.Errorf("causes %v lack %s", named, want)
		}
	}
	for _, got := range named {
		if !slices.Contains(s.Expect.Causes, got) {
			t.Errorf("cause %s is outside the set", got)
		}
	}
}

// What doctor proves locally and NetSuite documents as refused is called certain.
func TestCertainCauses(t *testing.T) {
	for row, name := range []string{"rs256", "key-mismatch", "application-id", "small-key", "expired-certificate", "clock-behind"} {
		if testkit.LeftOut(row, 1, 3) {
			continue
		}
		report := nsauth(t, setup{}, "doctor", "--demo", name, "-o", "json").report(t)
		if c := report.Diagnosis.Causes[0]; c.Confidence != finding.Certain {
			t.Errorf("%s: %s is only %s", name, c.Code, c.Confidence)
		}
	}
	report := nsauth(t, setup{}, "doctor", "--demo", "wrong-kid", "-o", "json").report(t)
	if c := report.Diagnosis.Causes[0]; c.Code != "certificate-id.mismatch" || c.Confidence != finding.Likely {
		t.Errorf("wrong-kid: %s is %s; an inferred warning is at most likely", c.Code, c.Confidence)
	}
}

// A fault of the network or a proxy, a clock by which the assertion has expired, and
// maintenance bring no advice about credentials: no cause and no finding about them,
// and no word of what to do with them. A clock that is ahead is no proof (A1).
func TestNoCredentialAdviceForOtherCauses(t *testing.T) {
	others := map[string]bool{"tls-inspected": true, "records-unavailable": true, "rate-limited": true, "restlet-rate-limited": true}
	tried := 0
	for _, s := range scenario.All() {
		family, _, _ := strings.Cut(s.Expect.Finding, ".")
		if family != "network" && family != "clock" && !others[s.Name] &&
			!slices.Contains([]string{"token.unavailable", "token.rate-limited", "token.unexpected-response"}, s.Expect.Finding) {
			continue
		}
		tried++
		if testkit.LeftOut(tried, 1, 8) {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			r := nsauth(t, setup{}, "doctor", "--demo", s.Name, "-o", "json")
			report := r.report(t)
			about := codes(report)
			if family == "clock" && report.Diagnosis.Causes[0].Confidence == finding.Likely {
				about = append(about, report.Diagnosis.Causes[0].Code)
				if len(report.Diagnosis.Causes) < 11 {
					t.Errorf("only %d causes", len(report.Diagnosis.Causes))
				}
			} else if report.Diagnosis != nil {
				for _, c := range report.Diagnosis.Causes {
					about = append(about, c.Code)
				}
			}
			for _, code := range about {
				switch area, _, _ := strings.Cut(string(code), "."); area {
				case "network", "clock", "token", "api":
				default:
					t.Errorf("%s is about credentials or the set-up", code)
				}
			}
			text := nsauth(t, setup{}, "doctor", "--demo", s.Name).stdout
			if i := strings.Index(text, "\nDiagnosis\n"); i >= 0 {
				for _, word := range []string{"certgen", "keycheck", "Client ID", "Certificate ID", "mapping", "Mapping", "upload", "Manage Integrations"} {
					if strings.Contains(text[i:], word) {
						t.Errorf("the diagnosis says %q:\n%s", word, text[i:])
					}
				}
			}
		})
	}
	if tried < 18 {
		t.Errorf("only %d scenarios", tried)
	}
}

// A certificate for longer than two years may have expired in NetSuite before it does
// by its file: that member of the set then comes first, and says so.
func TestShortenedCertificateComesFirst(t *testing.T) {
	report := nsauth(t, setup{}, "doctor", "--demo", "five-years-over", "-o", "json").report(t)
	if c := report.Diagnosis.Causes[0]; c.Code != "setup.certificate-revoked" || !strings.Contains(c.Because, "is 740 days old") {
		t.Errorf("%s: %s", c.Code, c.Because)
	}
}

func TestSelection(t *testing.T) {
	for row, tt := range []struct {
		args     []string
		ran      []finding.CheckID // selected, with a result
		helpers  []finding.CheckID // ran because they are needed
		exit     int
		scenario string
	}{
		{args: []string{"--only", "key"}, ran: []finding.CheckID{"key"}, helpers: []finding.CheckID{"profile"}},
		{args: []string{"--only", "certificate-id"}, ran: []finding.CheckID{"certificate-id"}, helpers: []finding.CheckID{"profile", "certificate"}},
		{args: []string{"--only", "token"}, ran: []finding.CheckID{"token"}, helpers: []finding.CheckID{"profile", "key", "assertion", "network"}},
		{args: []string{"--only", "token", "--only", "clock"}, ran: []finding.CheckID{"clock", "token"}, helpers: []finding.CheckID{"profile", "key", "assertion", "network"}},
		{args: []string{"--only", "key,certificate"}, ran: []finding.CheckID{"key", "certificate"}, helpers: []finding.CheckID{"profile"}},
		{args: []string{"--only", "certificate", "--require", "token"}, exit: 3, ran: []finding.CheckID{"certificate"}, helpers: []finding.CheckID{"profile"}},
		{args: []string{"--only", "certificate", "--fail-on", "warn"}, scenario: "expiring-soon", exit: 4,
			ran: []finding.CheckID{"certificate"}, helpers: []finding.CheckID{"profile"}},
	} {
		if testkit.LeftOut(row, 1, 3) {
			continue
		}
		t.Run(strings.Join(tt.args, " "), func(t *testing.T) {
			if tt.scenario == "" {
				tt.scenario = "administrator-role" // an EC key, which is made at once
			}
			r := nsauth(t, setup{}, append(append([]string{"doctor", "--demo", tt.scenario}, tt.args...), "-o", "json")...)
			report := r.report(t)
			if r.code != tt.exit || len(report.Checks) != len(checks.Listed(false)) {
				t.Errorf("exit %d with %d checks, want %d with %d", r.code, len(report.Checks), tt.exit, len(checks.Listed(false)))
			}
			for _, c := range report.Checks {
				selected, helper := slices.Contains(tt.ran, c.ID), slices.Contains(tt.helpers, c.ID)
				if c.Selected != selected {
					t.Errorf("%s: selected %v", c.ID, c.Selected)
				}
				if (selected || helper) == (c.Status == finding.Skip) {
					t.Errorf("%s: %s", c.ID, c.Status)
				}
				if c.Status == finding.Skip && (c.Reason == nil || *c.Reason != finding.NotSelected) {
					t.Errorf("%s: skipped for %v", c.ID, c.Reason)
				}
			}
		})
	}
	// Why it is no success is said, also quietly.
	required := nsauth(t, setup{}, "doctor", "--demo", "administrator-role", "--only", "key", "--require", "key,token", "-q")
	if said := strings.Join(strings.Fields(required.stdout), " "); required.code != 3 ||
		!strings.Contains(said, "The check token was required (--require) but skipped") || strings.Contains(said, "check key was required") {
		t.Errorf("exit %d\n%s", required.code, required.stdout)
	}
	r := nsauth(t, setup{}, "doctor", "--demo", "administrator-role", "--skip", "network", "-o", "json")
	if c := check(t, r.report(t), "token"); c.Status != finding.Skip || !slices.Equal(c.BlockedBy, []finding.CheckID{"network"}) {
		t.Errorf("token behind a skipped network: %s %v", c.Status, c.BlockedBy)
	}
}

// A run that ends early says so and keeps its shape.
func TestTimeoutKeepsTheReportWhole(t *testing.T) {
	r := nsauth(t, setup{}, "doctor", "--demo", "administrator-role", "--timeout", "1ns", "-o", "json")
	report := r.report(t)
	if r.code != finding.ExitInconclusive || len(report.Checks) != len(checks.Listed(false)) {
		t.Errorf("exit %d, %d checks", r.code, len(report.Checks))
	}
	if !slices.Contains(codes(report), "internal.timed-out") {
		t.Errorf("findings %v", codes(report))
	}
}

func TestAuditDetailNarrowsTheSet(t *testing.T) {
	report := nsauth(t, setup{}, "doctor", "--demo", "mapping-missing", "--audit-detail", "IntegrationBlocked", "-o", "json").report(t)
	if c := report.Diagnosis.Causes[0]; c.Code != "setup.integration-disabled" || c.Confidence != finding.Likely {
		t.Errorf("first cause %s, %s", c.Code, c.Confidence)
	}
	for _, c := range report.Diagnosis.Causes[1:] {
		if strings.HasPrefix(string(c.Code), "setup.") {
			t.Errorf("%s is still a cause, though the Detail is another's", c.Code)
		}
	}
}
