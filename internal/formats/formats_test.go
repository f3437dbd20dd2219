package formats

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/testkit"
)

var update = flag.Bool("update", false, "rewrite golden files")

// saved are the reports that package report has as examples, one for each way a run can end.
var saved = []string{"ambiguous", "certain", "interrupted", "keycheck", "pass", "unicode", "unreachable", "usage"}

func load(t testing.TB, name string) *finding.Report {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "report", "testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := finding.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// fleet is a run over examples, each as a profile of its own.
func fleet(t testing.TB, names ...string) Run {
	rs := &finding.Reports{SchemaVersion: report.SchemaVersion, Kind: finding.KindReports, Tool: finding.Tool{Name: "nsauth", Version: "0.1.0"},
		Command: "doctor", StartedAt: "2026-11-23T15:00:00Z", Outcome: finding.OutcomeFail, ExitCode: 1,
		LeftOut:   []finding.LeftOut{{Profile: "audit", Reason: "auditor"}},
		Diagnosis: finding.FleetDiagnosis{Shared: []finding.Shared{{By: finding.ByAccount, Value: "1234567_SB1", Code: "setup.features-disabled", Title: "A feature is off", Profiles: []string{"ambiguous", "certain"}}}}}
	for _, name := range names {
		r := load(t, name)
		subject := finding.Subject{}
		if r.Profile != nil {
			subject = *r.Profile
		}
		subject.Name, r.Profile = &name, &subject
		rs.Reports = append(rs.Reports, r)
		rs.Summary.Add(r.Outcome)
	}
	return Several(rs)
}

// runs are the examples, alone and together.
func runs(t testing.TB) map[string]Run {
	all := map[string]Run{"fleet": fleet(t, saved...)}
	for _, name := range saved {
		all[name] = One(load(t, name))
	}
	return all
}

func written(t testing.TB, format string, r Run, o Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, format, r, o); err != nil {
		t.Fatalf("%s: %v", format, err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	for name, run := range map[string]Run{"certain": One(load(t, "certain")), "fleet": fleet(t, saved...)} {
		for _, f := range All() {
			if f.Name == JSON {
				continue // package report has it
			}
			file, got := filepath.Join("testdata", name+"."+f.Name), written(t, f.Name, run, Options{})
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(strings.ReplaceAll(string(want), "\r\n", "\n"), got); d != "" {
				t.Errorf("%s (-want +got):\n%s", file, d)
			}
		}
	}
}

// A saved run gives the same bytes again, in every format.
func TestSavedRunGivesTheSameBytes(t *testing.T) {
	for name, run := range runs(t) {
		again, err := Read([]byte(written(t, JSON, run, Options{})))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, f := range All() {
			for i, o := range []Options{{}, {MaskIDs: true}, {ShowIDs: true}} {
				if testkit.LeftOut(i, 1, 3) {
					continue
				}
				if d := cmp.Diff(written(t, f.Name, run, o), written(t, f.Name, again, o)); d != "" {
					t.Errorf("%s as %s, %+v (-made +saved):\n%s", name, f.Name, o, d)
				}
			}
		}
	}
}

// All formats of one run say the same outcome, exit code and counts.
func TestFormatsAgree(t *testing.T) {
	for name, run := range runs(t) {
		suites := junitOf(t, written(t, JUnit, run, Options{ShowIDs: true})).Suites
		rows := rowsOf(t, written(t, CSV, run, Options{}))[1:]
		series := seriesOf(t, written(t, Prom, run, Options{ShowIDs: true}))
		marked := written(t, Markdown, run, Options{ShowIDs: true})
		events := eventsOf(t, written(t, JSONL, run, Options{}))
		if last := events[len(events)-1]; (last.Event == eventAll) != (run.all != nil) || run.all != nil && last.Profiles != run.all.Summary {
			t.Errorf("%s: the last event is %+v", name, last)
		}
		if len(suites) != len(run.Reports) || len(rows) != len(run.Reports) {
			t.Fatalf("%s: %d suites, %d rows", name, len(suites), len(rows))
		}
		for i, r := range run.Reports {
			s, suite, profile := r.Summary, suites[i], nameOf(r)
			properties := map[string]string{}
			for _, p := range suite.Properties {
				properties[p.Name] = p.Value
			}
			extra := len(suite.Cases) - len(r.Checks)
			if properties["outcome"] != string(r.Outcome) || properties["exit_code"] != fmt.Sprint(r.ExitCode) ||
				suite.Tests != len(suite.Cases) || suite.Skipped != s.Skip || suite.Failures+suite.Errors != s.Fail+s.Unknown+extra || extra < 0 || extra > 1 {
				t.Errorf("%s, %s: %+v; the report has %+v", name, profile, suite, s)
			}
			if r.ExitCode != 0 && suite.Failures+suite.Errors == 0 {
				t.Errorf("%s, %s: exit code %d and JUnit is green", name, profile, r.ExitCode)
			}
			if rows[i][2] != string(r.Outcome) || rows[i][3] != fmt.Sprint(r.ExitCode) {
				t.Errorf("%s: row %v", name, rows[i])
			}
			label := func(more string) string { return fmt.Sprintf(`{profile=%q%s}`, profile, more) }
			if series["nsauth_outcome"+label(fmt.Sprintf(`,outcome=%q`, r.Outcome))] != "1" {
				t.Errorf("%s, %s: no outcome %s in %v", name, profile, r.Outcome, series)
			}
			counts := map[finding.Status]int{}
			for _, c := range r.Checks {
				for _, status := range []finding.Status{"pass", "warn", "fail", "skip", "unknown"} {
					if series["nsauth_check_status"+label(fmt.Sprintf(`,check=%q,status=%q`, c.ID, status))] == "1" {
						counts[status]++
					}
				}
			}
			if got := (finding.Summary{Pass: counts["pass"], Warn: counts["warn"], Fail: counts["fail"], Skip: counts["skip"], Unknown: counts["unknown"]}); got != s {
				t.Errorf("%s, %s: series %+v, report %+v", name, profile, got, s)
			}
			if up := r.Outcome == finding.OutcomePass || r.Outcome == finding.OutcomeWarn; (series["nsauth_up"+label("")] == "1") != up {
				t.Errorf("%s, %s: nsauth_up is not %v", name, profile, up)
			}
			line := fmt.Sprintf("Checks: %d pass, %d warn, %d fail, %d unknown, %d skip; exit code %d<", s.Pass, s.Warn, s.Fail, s.Unknown, s.Skip, r.ExitCode)
			if (run.all == nil || r.Outcome != finding.OutcomePass) && !strings.Contains(marked, line) {
				t.Errorf("%s: no line %q in\n%s", name, line, marked)
			}
			own := slices.DeleteFunc(slices.Clone(events), func(e event) bool { return run.all != nil && (e.Profile == nil || *e.Profile != profile) })
			if len(own) != len(r.Checks)+2 {
				t.Fatalf("%s, %s: %d events for %d checks", name, profile, len(own), len(r.Checks))
			}
			if end := own[len(own)-1]; end.Outcome != r.Outcome || end.ExitCode != r.ExitCode || end.Summary != s {
				t.Errorf("%s: %+v", name, end)
			}
		}
	}
}

type event struct {
	Event    string
	Profile  *string
	Outcome  finding.Outcome
	ExitCode int `json:"exit_code"`
	Summary  finding.Summary
	Profiles finding.OutcomeCounts
}

// eventsOf reads JSON lines, each of which is valid by its schema.
func eventsOf(t testing.TB, text string) (events []event) {
	t.Helper()
	raw, _ := report.Schema("event")
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("urn:test", doc); err != nil {
		t.Fatal(err)
	}
	schema := c.MustCompile("urn:test")
	for line := range strings.Lines(text) {
		var e event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(line))
		if err == nil {
			err = schema.Validate(value)
		}
		if err != nil {
			t.Errorf("%v: %s", err, line)
		}
		events = append(events, e)
	}
	return events
}

func junitOf(t testing.TB, text string) (all junitSuites) {
	t.Helper()
	if err := xml.Unmarshal([]byte(text), &all); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return all
}

func rowsOf(t testing.TB, text string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return rows
}

var (
	promComment = regexp.MustCompile(`^# (HELP|TYPE) (nsauth_[a-z_]+) [^\\]+$`)
	promSample  = regexp.MustCompile(`^(nsauth_[a-z_]+\{[a-z]+="(?:[^"\\\n]|\\[\\"n])*"(?:,[a-z]+="(?:[^"\\\n]|\\[\\"n])*")*\}) (-?[0-9.]+)$`)
)

// seriesOf reads the text format of Prometheus, in which each series occurs once.
func seriesOf(t testing.TB, text string) map[string]string {
	t.Helper()
	series := map[string]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if promComment.MatchString(line) {
			continue
		}
		m := promSample.FindStringSubmatch(line)
		if m == nil || series[m[1]] != "" {
			t.Fatalf("not a sample, or there twice: %s", line)
		}
		series[m[1]] = m[2]
	}
	return series
}

// IDs are masked where a report goes to others, unless a person asks for them.
func TestMask(t *testing.T) {
	run := One(load(t, "certain"))
	ids := []string{*run.Reports[0].Profile.Account, *run.Reports[0].Profile.ClientID, *run.Reports[0].Profile.CertificateID}
	masked := []string{Short, GitHub, JUnit, Markdown, Prom}
	for _, f := range All() {
		if f.Masked != slices.Contains(masked, f.Name) {
			t.Errorf("%s: masked %v", f.Name, f.Masked)
		}
		shows := func(o Options) bool {
			return slices.ContainsFunc(ids, func(id string) bool { return strings.Contains(written(t, f.Name, run, o), id) })
		}
		if shows(Options{MaskIDs: true}) || shows(Options{}) == f.Masked && f.Name != Prom && f.Name != GitHub || f.Masked && shows(Options{}) {
			t.Errorf("%s: an ID is shown or missing", f.Name)
		}
		if f.Name == JUnit && !shows(Options{ShowIDs: true}) {
			t.Errorf("%s: --no-mask-ids shows no ID", f.Name)
		}
	}
}

// What a run did not measure has no sample, and what it needs for an alert always has one.
func TestMetricsOfARunThatFailed(t *testing.T) {
	series := seriesOf(t, written(t, Prom, One(load(t, "usage")), Options{}))
	for _, name := range []string{`nsauth_up{profile=""}`, `nsauth_last_run_timestamp_seconds{profile=""}`} {
		if _, there := series[name]; !there {
			t.Errorf("%s is missing in %v", name, series)
		}
	}
	for name := range series {
		if strings.HasPrefix(name, "nsauth_certificate") || strings.HasPrefix(name, "nsauth_clock") || strings.HasPrefix(name, "nsauth_request") || strings.HasPrefix(name, "nsauth_refusals") {
			t.Errorf("%s was not measured", name)
		}
	}
	r := load(t, "certain")
	r.Profile.Name = &[]string{"a\"b\\c"}[0]
	end := "2027-01-01T00:00:00Z"
	r.History = &finding.History{Refusals: map[finding.Code]int{"token.server-error": 3, "token.invalid-grant": 0}, CertificateEnds: finding.CertificateEnds{NetSuite: &end}}
	series = seriesOf(t, written(t, Prom, One(r), Options{}))
	for name, want := range map[string]string{
		`nsauth_refusals_total{profile="a\"b\\c",code="token.server-error"}`:        "3",
		`nsauth_refusals_total{profile="a\"b\\c",code="token.invalid-grant"}`:       "0",
		`nsauth_certificate_not_after_seconds{profile="a\"b\\c",source="netsuite"}`: "1798761600",
		`nsauth_up{profile="a\"b\\c"}`:                                              "0",
		`nsauth_certificate_not_after_seconds{profile="a\"b\\c",source="file"}`:     "1822348800",
		`nsauth_last_run_timestamp_seconds{profile="a\"b\\c"}`:                      "1795446000.412",
	} {
		if series[name] != want {
			t.Errorf("%s is %q, want %s; %v", name, series[name], want, series)
		}
	}
}

// A summary that is too long ends with a sentence, at the end of a profile.
func TestMarkdownLimit(t *testing.T) {
	run := fleet(t, saved...)
	whole := written(t, Markdown, run, Options{})
	cut := written(t, Markdown, run, Options{Limit: len(whole) - 1})
	if len(cut) >= len(whole) || !strings.HasSuffix(cut, "profiles are not shown.\n") || strings.Count(cut, "<details>") != strings.Count(cut, "</details>") {
		t.Errorf("%d of %d bytes: %s", len(cut), len(whole), cut[max(0, len(cut)-200):])
	}
	if got := written(t, Markdown, run, Options{Limit: len(whole) * 2}); got != whole {
		t.Error("it was cut though there is room")
	}
}

func TestUnknownFormat(t *testing.T) {
	if err := Write(&bytes.Buffer{}, "nosuch", One(load(t, "pass")), Options{}); err == nil || Known("nosuch") || !Known(JUnit) {
		t.Error(err)
	}
	for _, doc := range []string{"", `{"kind":"nsauth.token"}`, `{"kind":"nsauth.reports"}`, `{"kind":"nsauth.report","schema_version":"1.0","checks":{}}`} {
		if _, err := Read([]byte(doc)); err == nil {
			t.Errorf("%q was read", doc)
		}
	}
}

func TestFiles(t *testing.T) {
	for _, test := range []struct {
		values []string
		files  []File
		bad    *BadFile
	}{
		{nil, nil, nil},
		{[]string{"junit=a=b.xml", "csv=x/y.csv"}, []File{{JUnit, "a=b.xml"}, {CSV, "x/y.csv"}}, nil},
		{[]string{"junit"}, nil, &BadFile{BadSyntax, "junit", ""}},
		{[]string{"junit="}, nil, &BadFile{BadSyntax, "junit", ""}},
		{[]string{"xml=a", "prom=b"}, []File{{Prom, "b"}}, &BadFile{BadFormat, "xml", "a"}},
		{[]string{"text=a"}, nil, &BadFile{BadFormat, "text", "a"}},
		{[]string{"json=-"}, nil, &BadFile{BadStdout, "json", "-"}},
		{[]string{"json=a", "csv=./a"}, []File{{JSON, "a"}}, &BadFile{BadTwice, "csv", "./a"}},
	} {
		files, bad := Files(test.values)
		if d := cmp.Diff(test.files, files) + cmp.Diff(test.bad, bad); d != "" {
			t.Errorf("%q: %s", test.values, d)
		}
	}
	got := FilesIn([]string{"doctor", "--report", "junit=a", "--nosuch", "--report=bad=b", "--report=csv=c", "--", "--report=prom=d"})
	if d := cmp.Diff([]File{{JUnit, "a"}, {CSV, "c"}}, got); d != "" {
		t.Error(d)
	}
	if got := FilesIn([]string{"--report"}); got != nil {
		t.Error(got)
	}
}

// The checklist shows its texts as they are, and masks IDs on request.
func TestChecklist(t *testing.T) {
	account, path, url, fix := "1234567_SB1", "Setup > *x*", "https://1234567-sb1.app.netsuite.com/app", "Copy it."
	doc := &finding.Checklist{Profile: &finding.Subject{Account: &account}, Headline: "1 wrong", Next: &finding.NextStep{Summary: "Tick the *box* <here>."}, Items: []finding.ChecklistItem{
		{Page: "a", Title: "The a", State: finding.ItemOK, Question: "Is it?"},
		{Page: "a", Title: "The a", State: finding.ItemOK, Question: "Is it alone?", Fix: &fix},
		{Page: "b", Title: "The b", UIPath: &path, UIURL: &url, State: finding.ItemWrong, Question: "Which ID\x1b[31m?", Fix: &fix},
		{Page: "b", Title: "The b", State: finding.ItemNotSeen, Question: "Valid?"},
		{Page: "b", Title: "The b", State: finding.ItemOpen, Question: "A POST?", Look: "Look here."},
	}}
	var b, masked bytes.Buffer
	if err := Checklist(&b, doc, Options{}); err != nil {
		t.Fatal(err)
	}
	want := "# NetSuite checklist: account 1234567\\_SB1\n\n1 wrong.\n\n## The a\n\n- [x] Is it?\n- [x] **Note:** Is it alone? Copy it.\n\n" +
		"## The b\n\nSetup > \\*x\\*\n\n<" + url + ">\n\n- [ ] **Wrong:** Which ID\\\\x1b\\[31m? Copy it.\n- [ ] **Not seen:** Valid?\n- [ ] A POST? Look here.\n\n**Next:** Tick the \\*box\\* \\<here>.\n"
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Error(d)
	}
	if err := Checklist(&masked, doc, Options{MaskIDs: true}); err != nil || strings.Contains(masked.String(), "1234567") {
		t.Errorf("%v\n%s", err, masked.String())
	}
}

// The first problem of each profile comes before the second one of any.
func TestAnnotationsOfEachProfile(t *testing.T) {
	found := slices.Collect(strings.Lines(written(t, GitHub, fleet(t, "certain", "ambiguous"), Options{})))
	for i, name := range []string{"certain", "ambiguous", "certain"} {
		if start := "::error title=nsauth " + name + "::"; !strings.HasPrefix(found[i], start) {
			t.Errorf("annotation %d is not %s:\n%s", i+1, start, strings.Join(found, ""))
		}
	}
}

// The causes that are left if a named one is not it are a problem only without a named one.
func TestProblemsOfANamedCause(t *testing.T) {
	r := load(t, "ambiguous")
	named := r.Diagnosis.Causes[0]
	named.Code, named.Confidence = "certificate-id.mismatch", finding.Likely
	r.Diagnosis.Causes = append([]finding.Cause{named}, r.Diagnosis.Causes...)
	for _, p := range report.Problems(r) {
		if strings.Contains(p.Said, "; one of ") {
			t.Errorf("beside %s: %s", named.Code, p.Said)
		}
	}
}
