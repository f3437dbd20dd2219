package report

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/nsauth/nsauth/internal/finding"
)

// A saved report says as text what it said when it was made.
func TestReadGivesTheSameText(t *testing.T) {
	for _, e := range examples() {
		saved, err := finding.Read(toJSON(t, e.report))
		if err != nil {
			t.Errorf("%s: %v", e.name, err)
			continue
		}
		for _, o := range []TextOptions{{Width: 80}, {Width: 80, Verbose: true}, {MaskIDs: true}, {Quiet: true}} {
			if d := cmp.Diff(printed(e.report, o), printed(saved, o)); d != "" && !e.invalid { // JSON replaces invalid UTF-8
				t.Errorf("%s %+v (-made +saved):\n%s", e.name, o, d)
			}
		}
		if d := cmp.Diff(string(toJSON(t, e.report)), string(toJSON(t, saved))); d != "" && !e.invalid {
			t.Errorf("%s: the saved report is another one:\n%s", e.name, d)
		}
	}
}

func TestReadRejects(t *testing.T) {
	for doc, want := range map[string]string{
		"":                         "not JSON",
		"[]":                       "a JSON array, not an object",
		"{}":                       "it has no kind",
		`{"kind":"nsauth.token"}`:  `its kind is "nsauth.token"`,
		`{"kind":"nsauth.report"}`: `its schema_version is ""`,
		`{"kind":"nsauth.report","schema_version":"1.0","checks":[{"id":"token","facts":{"status":"x"}}]}`: `facts of check "token"`,
		`{"kind":"nsauth.report","schema_version":"1.0","checks":{}}`:                                      "checks cannot be a JSON object",
	} {
		if _, err := finding.Read([]byte(doc)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", doc, err, want)
		}
	}
}

// What Read accepts can be printed, and is read the same again.
func FuzzRead(f *testing.F) {
	for _, e := range examples() {
		var b bytes.Buffer
		if err := JSON(&b, e.report); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Add([]byte(`{"kind":"nsauth.report","schema_version":"1.0","diagnosis":{"causes":[{},{}]},"checks":[{"facts":[]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := finding.Read(data)
		if err != nil {
			return
		}
		for _, o := range []TextOptions{{Width: 80}, {Verbose: true, ASCII: true}} {
			if err := Text(new(bytes.Buffer), r, o); err != nil {
				t.Fatal(err)
			}
		}
		first := toJSON(t, r)
		again, err := finding.Read(first)
		if err != nil {
			t.Fatalf("%v\n%s", err, first)
		}
		if d := cmp.Diff(string(first), string(toJSON(t, again))); d != "" {
			t.Error(d)
		}
	})
}

// A report with much to say still fits the screen.
func TestCrowdedReportFitsTheScreen(t *testing.T) {
	r := base()
	r.Profile.Account = ptr("TSTDRV1234567_SB1")
	path := "/home/integration/" + strings.Repeat("folder/", 5) + "key.pem" // 60 characters
	var causes []finding.Cause
	for i, id := range []finding.CheckID{finding.CheckProfile, finding.CheckKey, finding.CheckCertificate, finding.CheckToken} {
		f := finding.Finding{Code: finding.Code(fmt.Sprintf("key.fault-%d", i)), Severity: finding.Error, Basis: finding.Official,
			Message: "the file " + path + " is not what it should be: " + strings.Repeat("it has a fault, ", 12),
			Remedy: finding.Remedy{Summary: strings.Repeat("Make it again. ", 9), Steps: []string{strings.Repeat("Look at "+path+". ", 5), "Then run it."},
				UIPath: ptr("Setup > Integration > Manage Authentication > OAuth 2.0 Client Credentials (M2M) Setup"), UIURL: ptr("/app/oauth2/clientcredentials/setup.nl")}}
		set(r, id, finding.Fail, "it is wrong", f, f, f)
		causes = append(causes, finding.Cause{Code: f.Code, Confidence: finding.Certain, Because: f.Message})
	}
	for i := range 8 {
		causes = append(causes, finding.Cause{Code: finding.Code(fmt.Sprintf("setup.cause-%d", i)), Confidence: finding.Possible, Because: "only NetSuite shows it"})
	}
	blocked(r, finding.CheckToken, finding.CheckFeatures, finding.CheckIntegration, finding.CheckRole, finding.CheckAPI, finding.CheckMapping)
	r.Diagnosis = &finding.Diagnosis{Causes: causes, Worked: &finding.Worked{Summary: strings.Repeat("It worked before. ", 20)}}
	end(r, finding.Demand{})
	for _, o := range []TextOptions{{Width: 80}, {Width: 80, ASCII: true}, {Width: 120}, {}} {
		out := printed(r, o)
		if n := strings.Count(out, "\n"); n > maxRows {
			t.Errorf("%+v: %d rows:\n%s", o, n, out)
		}
		if !strings.Contains(out, "\nNext: ") || !strings.Contains(out, "\nMore: ") || !strings.Contains(out, "\nOutcome fail") {
			t.Errorf("%+v: the end is missing:\n%s", o, out)
		}
	}
}

// Reports of today hold by the first schema of version 1.0, so that programs written
// for it still read them.
func TestFirstSchemaAcceptsReports(t *testing.T) {
	raw, err := os.ReadFile("testdata/report-1.0-first.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("first.json", doc); err != nil {
		t.Fatal(err)
	}
	first, err := c.Compile("first.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range examples() {
		if e.invalid {
			continue
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(toJSON(t, e.report)))
		if err != nil {
			t.Fatal(err)
		}
		if err := first.Validate(doc); err != nil {
			t.Errorf("%s: %v", e.name, err)
		}
	}
}
