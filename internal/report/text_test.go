package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/diagnosis"
	"github.com/nsauth/nsauth/internal/finding"
)

var update = flag.Bool("update", false, "write the golden files anew; read them afterwards")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s (-want +got):\n%s", file, d)
	}
}

// render writes the whole text of a report.
func render(r *finding.Report, o TextOptions) string {
	o.Verbose = true
	return printed(r, o)
}

func printed(r *finding.Report, o TextOptions) string {
	var b bytes.Buffer
	if err := Text(&b, r, o); err != nil {
		panic(err)
	}
	return b.String()
}

func TestTextGolden(t *testing.T) {
	for _, e := range examples() {
		for _, width := range []int{80, 120} {
			golden(t, fmt.Sprintf("%s-%d.txt", e.name, width), []byte(render(e.report, TextOptions{Width: width})))
			golden(t, fmt.Sprintf("%s-%d.ansi", e.name, width), []byte(render(e.report, TextOptions{Width: width, Color: true})))
		}
	}
	for _, e := range examples() {
		golden(t, e.name+"-short.txt", []byte(printed(e.report, TextOptions{Width: 80})))
		golden(t, e.name+"-short.ansi", []byte(printed(e.report, TextOptions{Width: 120, Color: true})))
	}
	for _, name := range []string{"certain", "ambiguous", "unicode"} {
		for _, e := range examples() {
			if e.name == name {
				golden(t, name+"-quiet.txt", []byte(render(e.report, TextOptions{Quiet: true})))
				golden(t, name+"-masked.txt", []byte(render(e.report, TextOptions{MaskIDs: true})))
				golden(t, name+"-ascii-40.txt", []byte(render(e.report, TextOptions{Width: 40, ASCII: true})))
			}
		}
	}
}

var label = regexp.MustCompile(`^(link|docs|fix|check|[0-9]+\.)$`)

var sgr = regexp.MustCompile("\x1b\\[[0-9;]*m")

func TestTextProperties(t *testing.T) {
	for _, e := range examples() {
		for i, width := range []int{0, 1, 40, 57, 80, 100, 120, 400} {
			if testing.Short() && i%3 != 0 { // this package cannot import testkit
				continue
			}
			for _, o := range []TextOptions{{}, {Color: true}, {Quiet: true}, {MaskIDs: true}, {ASCII: true, Color: true},
				{Verbose: true}, {Verbose: true, Color: true}, {Verbose: true, Quiet: true}, {Verbose: true, MaskIDs: true}, {Verbose: true, ASCII: true, Color: true}} {
				o.Width = width
				out := printed(e.report, o)
				if plain := sgr.ReplaceAllString(out, ""); o.Color {
					o.Color = false
					if d := cmp.Diff(printed(e.report, o), plain); d != "" {
						t.Errorf("%s %+v: colour changes the text:\n%s", e.name, o, d)
					}
					out = plain
				}
				limit := max(width, minWidth)
				if width == 0 {
					limit = defaultWidth
				}
				for line := range strings.SplitSeq(strings.TrimSuffix(out, "\n"), "\n") {
					if strings.HasSuffix(line, " ") {
						t.Errorf("%s %+v: trailing blank: %q", e.name, o, line)
					}
					if Clean(line) != line {
						t.Errorf("%s %+v: control characters: %q", e.name, o, line)
					}
					if o.ASCII && ascii(line) != line {
						t.Errorf("%s %+v: not ASCII: %q", e.name, o, line)
					}
					piped := o.Width == 0 && strings.HasPrefix(line, "nsauth: ") // an error stays one line
					if Columns(line) > limit && !piped && !mayBeWide(line, e.report) {
						t.Errorf("%s %+v: %d columns: %q", e.name, o, Columns(line), line)
					}
				}
				if strings.Contains(out, "\n\n\n") || strings.HasPrefix(out, "\n") || strings.HasSuffix(out, "\n\n") {
					t.Errorf("%s %+v: stray empty lines", e.name, o)
				}
			}
		}
	}
}

// mayBeWide says whether a line may be wider than the page: a command of the
// report, or a single token, alone or behind a label.
func mayBeWide(line string, r *finding.Report) bool {
	for _, o := range []TextOptions{{}, {ASCII: true}, {MaskIDs: true}} {
		p, r := page{ascii: o.ASCII}, r
		if o.MaskIDs {
			r = Mask(r)
		}
		for _, c := range r.Checks {
			for _, f := range c.Findings {
				for _, argv := range f.Remedy.Commands {
					if strings.HasSuffix(line, " "+p.commandLine(argv)) {
						return true
					}
				}
			}
		}
	}
	fields := strings.Fields(line)
	return len(fields) == 1 || len(fields) == 2 && label.MatchString(fields[0])
}

// A hostile server may fill lines of ours, but begin none.
func TestTextForgesNoLine(t *testing.T) {
	out := render(hostile(), TextOptions{Width: 4000})
	for line := range strings.SplitSeq(out, "\n") {
		if strings.HasPrefix(line, "FAIL     Forged") || strings.HasPrefix(line, "nsauth: error: forged") {
			t.Errorf("forged line %q", line)
		}
	}
	for _, want := range []string{`\x1b[2J`, `\x07`, `\x7f`, `\u009b`, `\u202e`, `\u200b`, `\xff\xfe`, `\u2028`, `\u00a0`, `\x00`, "🙂"} {
		if !strings.Contains(out, want) {
			t.Errorf("%s is not shown", want)
		}
	}
}

func TestQuiet(t *testing.T) {
	if out := render(passing(), TextOptions{Quiet: true}); out != "" {
		t.Errorf("quiet and all is well, but: %q", out)
	}
	out := render(certain(), TextOptions{Quiet: true})
	if strings.Contains(out, "\npass ") || strings.Contains(out, "\nskip ") || !strings.Contains(out, "FAIL     Private key") {
		t.Errorf("quiet shows:\n%s", out)
	}
	noted := certain()
	set(noted, finding.CheckToken, finding.Fail, "500", serverError().With(finding.Info))
	if out := render(noted, TextOptions{Quiet: true}); strings.Contains(out, "note ") {
		t.Errorf("quiet shows a note:\n%s", out)
	}
	required := end(func() *finding.Report {
		r := base()
		skip(r, finding.NoPermission, finding.CheckMapping)
		skip(r, finding.NotSelected, finding.CheckClock)
		r.Diagnosis = &finding.Diagnosis{}
		return r
	}(), finding.Demand{MustRun: []finding.CheckID{finding.CheckMapping}})
	out = render(required, TextOptions{Quiet: true})
	if !strings.Contains(out, "skip     Mapping") || strings.Contains(out, "Clock") {
		t.Errorf("a skip that makes the run inconclusive is hidden:\n%s", out)
	}
}

// The words come from the catalog unless a test says otherwise, and every code
// of it can be a finding, a cause and a member of the list of possible causes.
func TestTextOfTheWholeCatalog(t *testing.T) {
	all := catalog.All()
	if len(all) < 50 {
		t.Fatalf("the catalog has %d entries", len(all))
	}
	for _, e := range all {
		for _, confidence := range []finding.Confidence{finding.Certain, finding.Possible} {
			r := base()
			set(r, finding.CheckToken, finding.Fail, "", catalog.New(e.Code, nil))
			r.Diagnosis = &finding.Diagnosis{Causes: []finding.Cause{{Code: e.Code, Confidence: confidence, Because: "x"}, {Code: "other.code", Confidence: confidence}}}
			var b bytes.Buffer
			if err := Text(&b, end(r, finding.Demand{}), TextOptions{}); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(b.String(), string(e.Code)) {
				t.Errorf("%s: code is not shown", e.Code)
			}
			for line := range strings.SplitSeq(b.String(), "\n") {
				if Columns(line) > 80 && !mayBeWide(line, r) {
					t.Errorf("%s: %d columns: %q", e.Code, Columns(line), line)
				}
			}
			if i := strings.IndexAny(b.String(), "{}"); i >= 0 {
				t.Errorf("%s: placeholder left: %q", e.Code, b.String()[i:min(i+40, b.Len())])
			}
		}
	}
}

var textSeeds = []string{"", "plain words", hostileText, "\x1b]8;;http://evil\x07", exampleCertificateID, "日本語", strings.Repeat("a b ", 2000), "> >"}

// Whatever a server puts into a report, the page stays a page: nothing steers the
// terminal, no line ends in a blank, none begins like a line of ours, and the
// JSON is valid.
func FuzzText(f *testing.F) {
	if len(textSeeds) < 8 {
		f.Fatal("seeds are missing")
	}
	for i, s := range textSeeds {
		f.Add(s, textSeeds[(i+1)%len(textSeeds)], i*20, i%2 == 0)
	}
	f.Fuzz(func(t *testing.T, a, b string, width int, ascii bool) {
		r := certain()
		r.Checks[7].Summary, r.Checks[7].Findings[0].Message = a, b
		r.Checks[0].Findings[0].Remedy = finding.Remedy{Summary: b, Steps: []string{a, b}, Commands: [][]string{{a, b}}, UIPath: &a, UIURL: &b, Docs: []string{a}}
		r.Profile.Name, r.Profile.Account = &a, &b
		r.Diagnosis.Causes[1].Because, r.Diagnosis.Causes[1].Confirm, r.Diagnosis.RuledOut[0].Because = a, b, a
		out := render(r, TextOptions{Width: width, ASCII: ascii})
		for line := range strings.SplitSeq(strings.TrimSuffix(out, "\n"), "\n") {
			if Clean(line) != line && len(line) < maxTextRunes {
				t.Errorf("control characters in %q", line)
			}
			if strings.HasSuffix(line, " ") {
				t.Errorf("trailing blank in %q", line)
			}
		}
		if got := strings.Count("\n"+out, "\nFAIL "); got != 2 {
			t.Errorf("%d lines begin with FAIL:\n%s", got, out)
		}
		if raw := toJSON(t, r); !json.Valid(raw) {
			t.Errorf("not JSON: %s", raw)
		}
	})
}

// The diagnosis says with each cause what the audit trail would show; a list of
// causes says it once. This holds for the words that package diagnosis uses now.
func TestSetSaysTheAuditTrailOnce(t *testing.T) {
	r := ambiguous()
	r.Diagnosis = diagnosis.Diagnose(r.Checks, diagnosis.Context{})
	var b bytes.Buffer
	if err := Text(&b, r, TextOptions{Verbose: true}); err != nil {
		t.Fatal(err)
	}
	_, answer, _ := strings.Cut(b.String(), "\nDiagnosis\n")
	if n := strings.Count(strings.Join(strings.Fields(answer), " "), catalog.Menu("login-audit-trail")); n != 1 {
		t.Errorf("the audit trail's place is named %d times:\n%s", n, answer)
	}
	if !regexp.MustCompile(`(?m)^    MissingKey +1, 2$`).MatchString(answer) {
		t.Errorf("no list of Details:\n%s", answer)
	}
}

// A long message that is a cause's reason stands in the diagnosis only; a short one
// and a symptom's stand at their checks.
func TestLongMessageIsSaidOnce(t *testing.T) {
	long := "the Certificate ID " + exampleCertificateID + " does not match the one computed from the certificate: " + strings.Repeat("a", 43)
	for message, want := range map[string]int{long: 1, "the Certificate ID is another one": 2} {
		r := base()
		set(r, finding.CheckCertificateID, finding.Warn, "is not this certificate's",
			finding.Finding{Code: "certificate-id.mismatch", Severity: finding.Warning, Message: message})
		set(r, finding.CheckToken, finding.Fail, "500 server_error", serverError())
		r.Diagnosis = diagnosis.Diagnose(r.Checks, diagnosis.Context{})
		out := strings.Join(strings.Fields(render(end(r, finding.Demand{}), TextOptions{})), " ")
		if n := strings.Count(out, message); n != want {
			t.Errorf("%q stands there %d times, not %d:\n%s", message, n, want, out)
		}
		if n := strings.Count(out, serverError().Message); n != 1 {
			t.Errorf("the symptom's message stands there %d times:\n%s", n, out)
		}
	}
}

// What is ruled out helps to choose from a set of causes; beside a cause that is
// known, or one of the network, it is noise.
func TestRuledOutStandsByASet(t *testing.T) {
	for name, want := range map[string]bool{"ambiguous": true, "certain": false, "unreachable": false} {
		for _, e := range examples() {
			if e.name != name {
				continue
			}
			d := *e.report.Diagnosis
			d.RuledOut = []finding.RuledOut{{Code: "clock.skewed", Because: "offset +0.2 s"}}
			e.report.Diagnosis = &d
			out := render(e.report, TextOptions{})
			_, answer, _ := strings.Cut(out, "\nDiagnosis\n")
			if strings.Contains(out, "Ruled out:") != want || strings.Contains(answer, "Ruled out:") != want {
				t.Errorf("%s: \"Ruled out:\" is wanted in the diagnosis: %v\n%s", name, want, out)
			}
		}
	}
}
