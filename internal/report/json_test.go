package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/text"
)

func toJSON(t *testing.T, doc any) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := JSON(&b, doc); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// compiledOnce has the schemas by kind: to compile one takes longer than most tests.
var compiledOnce sync.Map

func compiled(t *testing.T, kind string) *jsonschema.Schema {
	t.Helper()
	if schema, done := compiledOnce.Load(kind); done {
		return schema.(*jsonschema.Schema)
	}
	raw, known := Schema(kind)
	if !known {
		t.Fatalf("unknown kind %s", kind)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("urn:test", doc); err != nil {
		t.Fatal(err)
	}
	schema := c.MustCompile("urn:test")
	compiledOnce.Store(kind, schema)
	return schema
}

// validate checks a document against the schema of the kind that it states.
func validate(t *testing.T, raw []byte) error {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return compiled(t, doc.(map[string]any)["kind"].(string)).Validate(doc)
}

func exampleDocuments() map[string]any {
	tok := TokenDocument{Head: HeadOf(KindToken)}
	tok.AccessToken, tok.TokenType, tok.Cached = "planted-token", "bearer", true
	tok.ExpiresIn, tok.ExpiresAt, tok.Account = ptr(int64(3600)), ptr("2026-11-23T16:00:00Z"), ptr("1234567_SB1")
	bare := TokenDocument{Head: HeadOf(KindToken)}
	bare.AccessToken, bare.ReceivedAt = "x", "2026-11-23T15:00:00Z"
	tok.ReceivedAt = "2026-11-23T15:00:00Z"
	tok.Attempts = []finding.TokenAttempt{
		{StartedAt: "2026-11-23T14:59:58Z", DurationMS: 12, Status: ptr(503), WaitMS: ptr(int64(2000))},
		{StartedAt: "2026-11-23T15:00:00Z", DurationMS: 240, Status: ptr(200)}}
	cert := CertificateDocument{Head: HeadOf(KindCertificate)}
	cert.KeyPath, cert.CertificatePath, cert.KeyType, cert.CertificateID = "key.pem", "cert.pem", "rsa-4096", exampleCertificateID
	cert.Subject, cert.DERPath, cert.Backups = "CN=nsauth", ptr("cert.cer"), []string{"key.bak.pem"}
	cert.Warnings = []CertificateWarning{{Code: "key.in-git-work-tree", Severity: "warning", Message: "m", Remedy: "r"}}
	cert.NetSuite = NetSuiteShows{UIPath: "Setup", UIURL: "/app", CertificateID: exampleCertificateID,
		ValidFrom: "2026-11-23T00:00:00Z", ValidUntil: "2028-11-22T00:00:00Z", Algorithm: "RSA"}
	cert.Profile = CertificateProfile{CertificateID: exampleCertificateID, Key: ptr("key.pem"), Cert: "cert.pem", PassphraseFile: ptr("p.txt")}
	cert.NotBefore, cert.NotAfter, cert.NextSteps = "2026-11-23T00:00:00Z", "2028-11-22T00:00:00Z", []string{"Upload <cert.pem> & map it."}
	prof := ProfileDocument{Head: HeadOf(KindProfile)}
	prof.Name, prof.Values = ptr("prod"), map[string]finding.ProfileValue{"account": {Value: "1234567_SB1", Source: "flag --account"}}
	vers := VersionDocument{Head: HeadOf(KindVersion)}
	vers.Version, vers.Go = "0.1.0", "go1.26"
	scen := ScenariosDocument{Head: HeadOf(KindScenarios)}
	scen.Scenarios = []Scenario{
		{Name: "wrong-kid", Topic: "IDs", Title: "Certificate ID of another certificate", ExitCode: 1, Finding: ptr(finding.Code("certificate-id.mismatch"))},
		{Name: "mapping-missing", Topic: "set-up in NetSuite", Title: "No mapping", ExitCode: 1, Causes: []finding.Code{"setup.mapping-missing"}}}
	kept := TokenCacheDocument{Head: HeadOf(KindTokenCache)}
	kept.Directory, kept.Tokens = ptr("/home/me/.cache/nsauth/tokens"), []KeptToken{
		{File: "0a.json", TokenURL: ptr("https://1234567.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token"),
			ClientID: ptr(strings.Repeat("1c34", 16)), CertificateID: ptr(exampleCertificateID), Scope: []string{"rest_webservices"},
			ReceivedAt: ptr("2026-11-23T15:00:00Z"), ExpiresAt: ptr("2026-11-23T16:00:00Z")},
		{File: "0b.json", Error: ptr("0b.json: it does not hold a complete token")}}
	return map[string]any{"checklist": exampleChecklist(), "token": tok, "token-bare": bare, "token-cache": kept, "certificate": cert, "profile": prof, "profile-empty": ProfileDocument{Head: HeadOf(KindProfile)},
		"version": vers, "scenarios": scen, "scenarios-empty": ScenariosDocument{Head: HeadOf(KindScenarios)},
		"explanation": exampleExplanation(), "explanation-sample": exampleSample(), "explanation-empty": ExplanationDocument{Head: HeadOf(KindExplanation)}, "explanations": exampleNames()}
}

func TestJSONGolden(t *testing.T) {
	for _, e := range examples() {
		raw := toJSON(t, e.report)
		golden(t, e.name+".json", raw)
		if err := validate(t, raw); (err != nil) != e.invalid {
			t.Errorf("%s: %v", e.name, err)
		}
		masked := toJSON(t, Mask(e.report))
		if err := validate(t, masked); (err != nil) != e.invalid {
			t.Errorf("%s, masked: %v", e.name, err)
		}
	}
	golden(t, "certain-masked.json", toJSON(t, Mask(certain())))
	for name, doc := range exampleDocuments() {
		raw := toJSON(t, doc)
		golden(t, "document-"+name+".json", raw)
		if err := validate(t, raw); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestJSONIsOneSafeDocument(t *testing.T) {
	for _, e := range examples() {
		raw := toJSON(t, e.report)
		if !bytes.HasSuffix(raw, []byte("}\n")) || bytes.HasSuffix(raw, []byte("\n\n")) {
			t.Errorf("%s: does not end in one newline", e.name)
		}
		d := json.NewDecoder(bytes.NewReader(raw))
		var back finding.Report
		if err := d.Decode(&back); err != nil {
			t.Fatal(err)
		}
		if d.More() {
			t.Errorf("%s: more than one document", e.name)
		}
		for _, r := range string(raw) {
			if r != '\n' && !unicode.IsPrint(r) {
				t.Errorf("%s: %U is written raw", e.name, r)
			}
		}
		// Invalid UTF-8 becomes U+FFFD, as JSON must; all else comes back.
		if got, want := back.Checks[0].Summary, strings.ToValidUTF8(e.report.Checks[0].Summary, "\ufffd"); got != want {
			t.Errorf("%s: summary came back as %q", e.name, got)
		}
		if e.name == "hostile" && back.Checks[7].Summary != strings.ReplaceAll(strings.ReplaceAll(hostileText, "\xff", "\ufffd"), "\xfe", "\ufffd") {
			t.Errorf("hostile text came back as %q", back.Checks[7].Summary)
		}
	}
	if raw := toJSON(t, map[string]string{"a": "<b>&\U000e0041\x7f"}); string(raw) != "{\n  \"a\": \"<b>&\\udb40\\udc41\\u007f\"\n}\n" {
		t.Errorf("got %s", raw)
	}
}

func TestJSONLeavesTheReportAlone(t *testing.T) {
	r := certain()
	toJSON(t, r)
	Mask(r)
	if d := cmp.Diff(certain(), r); d != "" {
		t.Error(d)
	}
	if r.Checks[0].BlockedBy != nil {
		t.Error("the caller's nil list was filled")
	}
}

func TestJSONWritesNothingOnError(t *testing.T) {
	r := base()
	r.Checks[6].Facts = finding.ClockFacts{OffsetSeconds: ptr(math.NaN())}
	var b bytes.Buffer
	if err := JSON(&b, r); err == nil || b.Len() > 0 {
		t.Errorf("error %v, %d bytes written", err, b.Len())
	}
	full := errors.New("disk full")
	if err := JSON(failing{full}, base()); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
	if err := Text(failing{full}, certain(), TextOptions{}); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// What a schema is for: each way to break a good document is noticed.
func TestSchemaRejects(t *testing.T) {
	type m = map[string]any
	good := toJSON(t, certain())
	if err := validate(t, good); err != nil {
		t.Fatalf("before: %v", err)
	}
	check := func(d m, i int) m { return d["checks"].([]any)[i].(m) }
	for name, breakIt := range map[string]func(d m){
		"no kind":                     func(d m) { delete(d, "exit_code") },
		"other version":               func(d m) { d["schema_version"] = "2.0" },
		"null checks":                 func(d m) { d["checks"] = nil },
		"outcome":                     func(d m) { d["outcome"] = "failed" },
		"exit code of another":        func(d m) { d["exit_code"] = 0 },
		"fail without diagnosis":      func(d m) { d["diagnosis"] = nil },
		"error in a fail":             func(d m) { d["error"] = m{"code": "io.write", "message": "x", "hints": []any{}} },
		"error outcome without error": func(d m) { d["outcome"], d["exit_code"] = "error", 2 },
		"local time":                  func(d m) { d["started_at"] = "2026-11-23T15:00:00+01:00" },
		"status":                      func(d m) { check(d, 0)["status"] = "ok" },
		"check id":                    func(d m) { check(d, 0)["id"] = "profiles" },
		"no selected":                 func(d m) { delete(check(d, 0), "selected") },
		"reason on a pass":            func(d m) { check(d, 2)["reason"] = "offline" },
		"skip without why":            func(d m) { check(d, 12)["blocked_by"] = []any{} },
		"unknown reason":              func(d m) { check(d, 12)["reason"] = "because" },
		"blocked by nothing known":    func(d m) { check(d, 12)["blocked_by"] = []any{"tokens"} },
		"null findings":               func(d m) { check(d, 2)["findings"] = nil },
		"facts of another check":      func(d m) { check(d, 1)["facts"] = m{"by": "token"} },
		"a fact of another type":      func(d m) { check(d, 1)["facts"].(m)["bits"] = "2048" },
		"a fact out of range":         func(d m) { check(d, 4)["facts"].(m)["signature"] = "ok" },
		"code":                        func(d m) { check(d, 1)["findings"].([]any)[0].(m)["code"] = "too-small" },
		"severity":                    func(d m) { check(d, 1)["findings"].([]any)[0].(m)["severity"] = "fatal" },
		"basis":                       func(d m) { check(d, 1)["findings"].([]any)[0].(m)["basis"] = "guess" },
		"no accepted":                 func(d m) { delete(check(d, 1)["findings"].([]any)[0].(m), "accepted") },
		"nested evidence":             func(d m) { check(d, 1)["findings"].([]any)[0].(m)["evidence"] = m{"a": m{"b": 1}} },
		"empty command":               func(d m) { check(d, 1)["findings"].([]any)[0].(m)["remedy"].(m)["commands"] = []any{[]any{}} },
		"confidence":                  func(d m) { d["diagnosis"].(m)["causes"].([]any)[0].(m)["confidence"] = "sure" },
		"no consequence_of":           func(d m) { delete(d["diagnosis"].(m)["causes"].([]any)[0].(m), "consequence_of") },
	} {
		t.Run(name, func(t *testing.T) {
			doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(good))
			if err != nil {
				t.Fatal(err)
			}
			d := doc.(m)
			breakIt(d)
			if compiled(t, "report").Validate(d) == nil {
				t.Error("accepted")
			}
		})
	}
	for name, edit := range map[string][2]string{
		"token":       {`"access_token": "planted-token"`, `"access_token": ""`},
		"certificate": {`"2026-11-23T00:00:00Z"`, `"23.11.2026"`},
		"profile":     {`"source"`, `"from"`},
		"version":     {`"go"`, `"golang"`},
		"checklist":   {`"state": "open"`, `"state": "unknown"`},
		"scenarios":   {`"exit_code": 1`, `"exit_code": 7`},
	} {
		raw := string(toJSON(t, exampleDocuments()[name]))
		broken := strings.Replace(raw, edit[0], edit[1], 1)
		if broken == raw {
			t.Errorf("%s: nothing to break", name)
		}
		if validate(t, []byte(broken)) == nil {
			t.Errorf("%s: accepted %s", name, edit[1])
		}
	}
}

// Unknown keys are for later versions of the same major one.
func TestSchemaIgnoresUnknownKeys(t *testing.T) {
	raw := strings.Replace(string(toJSON(t, certain())), `"started_at"`, `"later": [1], "started_at"`, 1)
	if err := validate(t, []byte(raw)); err != nil {
		t.Error(err)
	}
}

func TestSchemaKinds(t *testing.T) {
	want := []string{"account", "assertion-diff", "assertion", "audit-trail", "auditor", "certificate", "certificates", "checklist", "comparison", "event", "explanation", "explanations", "profile", "profiles", "report", "reports", "rotation", "scenarios", "token-cache", "token", "version"}
	if got := Schemas(); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	for _, kind := range []string{KindReport, KindAssertion, finding.KindAssertionDiff, KindToken, KindCertificate, KindProfile, KindVersion, KindScenarios, finding.KindComparison, finding.KindReports,
		KindEvent, KindExplanation, KindExplanations, KindProfiles, finding.KindChecklist} {
		raw, known := Schema(kind)
		if !known || !strings.Contains(string(raw), strconv.Quote(kind)) {
			t.Errorf("%s: %t", kind, known)
		}
	}
	for in, near := range map[string]string{"reprot": "report", "Tokens": "token", "nsauth.profil": "profile", "zzz": "", "": "",
		"../schema/report": "", "report.json": "", strings.Repeat("report", 1000): ""} {
		if _, known := Schema(in); known {
			t.Errorf("%q is a kind", in)
		}
		if got := text.Nearest(strings.TrimPrefix(in, "nsauth."), Schemas()); got != near {
			t.Errorf("%q: nearest is %q, want %q", in, got, near)
		}
	}
}

// The schemas and the Go types say the same: each key of a struct is required
// and described, and each key described is there.
func TestSchemaMatchesTypes(t *testing.T) {
	for _, c := range []struct {
		kind, def string
		doc       any
	}{
		{"report", "", finding.Report{}}, {"report", "check", finding.Result{}}, {"report", "finding", finding.Finding{}},
		{"report", "remedy", finding.Remedy{}}, {"report", "diagnosis", finding.Diagnosis{}}, {"report", "cause", finding.Cause{}}, {"report", "next", finding.NextStep{}},
		{"report", "worked", finding.Worked{}}, {"report", "error", finding.ErrorInfo{}},
		{"report", "facts-profile", finding.ProfileFacts{}}, {"report", "facts-key", finding.KeyFacts{}},
		{"report", "facts-certificate", finding.CertificateFacts{}}, {"report", "facts-certificate-id", finding.CertificateIDFacts{}},
		{"report", "facts-request", finding.TokenRequestFacts{}}, {"report", "facts-assertion", finding.AssertionFacts{}}, {"report", "claimed-time", finding.ClaimedTime{}},
		{"report", "input", finding.InputFacts{}}, {"report", "request", finding.RequestFacts{}}, {"report", "facts-network", finding.NetworkFacts{}},
		{"report", "folder", finding.FolderFacts{}}, {"report", "folder-certificate", finding.FolderCertificate{}}, {"report", "folder-key", finding.FolderKey{}},
		{"report", "facts-clock", finding.ClockFacts{}}, {"report", "ntp-server", finding.NTPServer{}}, {"report", "facts-token", finding.TokenFacts{}},
		{"report", "token-attempt", finding.TokenAttempt{}}, {"token", "attempt", finding.TokenAttempt{}},
		{"token-cache", "", TokenCacheDocument{}}, {"token-cache", "token", KeptToken{}},
		{"report", "facts-features", finding.ProvenBy{}}, {"report", "facts-integration", finding.ProvenBy{}},
		{"report", "facts-role", finding.RoleFacts{}}, {"report", "facts-api", finding.APIFacts{}},
		{"report", "facts-mapping", finding.MappingFacts{}},
		{"checklist", "", finding.Checklist{}}, {"checklist", "item", finding.ChecklistItem{}}, {"checklist", "summary", finding.ChecklistCounts{}}, {"checklist", "next", finding.NextStep{}},
		{"comparison", "", finding.Comparison{}}, {"comparison", "difference", finding.Difference{}},
		{"reports", "", finding.Reports{}}, {"reports", "left-out", finding.LeftOut{}}, {"reports", "summary", finding.OutcomeCounts{}},
		{"reports", "diagnosis", finding.FleetDiagnosis{}}, {"reports", "shared", finding.Shared{}},
		{"token", "", TokenDocument{}}, {"assertion", "", AssertionDocument{}}, {"assertion-diff", "", finding.AssertionDiff{}}, {"assertion-diff", "side", finding.DiffSide{}},
		{"assertion-diff", "difference", finding.AssertionDifference{}}, {"assertion-diff", "finding", finding.SidedFinding{}}, {"certificate", "", CertificateDocument{}},
		{"certificate", "warning", CertificateWarning{}}, {"certificate", "netsuite", NetSuiteShows{}}, {"certificate", "profile", CertificateProfile{}}, {"profile", "", ProfileDocument{}},
		{"explanation", "", ExplanationDocument{}}, {"explanation", "secret", finding.Exposure{}}, {"explanation", "explanation", finding.Explanation{}},
		{"explanation", "reading", finding.Reading{}}, {"explanation", "cause", finding.PossibleCause{}}, {"explanation", "remedy", finding.Remedy{}},
		{"explanation", "field", finding.FormField{}}, {"explanation", "sample", finding.Sample{}},
		{"explanations", "", ExplanationsDocument{}}, {"explanations", "family", ExplanationFamily{}}, {"explanations", "name", ExplanationName{}},
		{"version", "", VersionDocument{}}, {"scenarios", "", ScenariosDocument{}}, {"scenarios", "scenario", Scenario{}},
	} {
		raw, known := Schema(c.kind)
		if !known {
			t.Fatalf("unknown kind %s", c.kind)
		}
		type object struct {
			Required   []string            `json:"required"`
			Properties map[string]any      `json:"properties"`
			Defs       map[string]struct { // of the document
				Required   []string       `json:"required"`
				Properties map[string]any `json:"properties"`
			} `json:"$defs"`
		}
		var s object
		if err := json.Unmarshal(raw, &s); err != nil {
			t.Fatal(err)
		}
		if c.def != "" {
			s.Required, s.Properties = s.Defs[c.def].Required, s.Defs[c.def].Properties
		}
		var described []string
		for key := range s.Properties {
			described = append(described, key)
		}
		keys, optional := keysOf(reflect.TypeOf(c.doc))
		for _, list := range [][]string{keys, described, s.Required} {
			slices.Sort(list)
		}
		if d := cmp.Diff(keys, described); d != "" {
			t.Errorf("%s %s: Go type and schema (-go +schema):\n%s", c.kind, c.def, d)
		}
		always := slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return optional[key] })
		if d := cmp.Diff(always, s.Required); d != "" {
			t.Errorf("%s %s: Go type and required keys (-go +schema):\n%s", c.kind, c.def, d)
		}
	}
}

// keysOf are the keys of a struct, and which of them a document may lack: those that a
// later version added.
func keysOf(t reflect.Type) (keys []string, optional map[string]bool) {
	optional = map[string]bool{}
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			embedded, more := keysOf(f.Type)
			keys = append(keys, embedded...)
			maps.Copy(optional, more)
			continue
		}
		key, option, _ := strings.Cut(f.Tag.Get("json"), ",")
		optional[key] = option == "omitempty"
		if key == "-" {
			continue
		}
		keys = append(keys, key)
	}
	return keys, optional
}

// The words of package finding are the words of the schema. They are read from
// its source, so that a new one cannot be forgotten here.
func TestSchemaKnowsEveryWord(t *testing.T) {
	words := map[string][]string{}
	file, err := parser.ParseFile(token.NewFileSet(), "../finding/finding.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, spec := range g.Specs {
			v := spec.(*ast.ValueSpec)
			typ, typed := v.Type.(*ast.Ident)
			if !typed {
				continue // no vocabulary
			}
			word, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			words[typ.Name] = append(words[typ.Name], word)
		}
	}
	raw, _ := Schema("report")
	var s map[string]any
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatal(err)
	}
	at := func(path ...string) []string {
		var v any = s
		for _, p := range path {
			v = v.(map[string]any)[p]
		}
		var out []string
		for _, w := range v.([]any) {
			if w != nil {
				out = append(out, w.(string))
			}
		}
		return out
	}
	for typ, got := range map[string][]string{
		"CheckID":    at("$defs", "check_id", "enum"),
		"Status":     at("$defs", "check", "properties", "status", "enum"),
		"Reason":     at("$defs", "check", "properties", "reason", "enum"),
		"Severity":   at("$defs", "finding", "properties", "severity", "enum"),
		"Basis":      at("$defs", "finding", "properties", "basis", "enum"),
		"Confidence": at("$defs", "cause", "properties", "confidence", "enum"),
		"Outcome":    at("properties", "outcome", "enum"),
	} {
		if d := cmp.Diff(words[typ], got); d != "" || len(got) == 0 {
			t.Errorf("%s (-finding +schema):\n%s", typ, d)
		}
	}
	// And each of them has its place in the text.
	for _, w := range words["Status"] {
		if statusLook[finding.Status(w)].text == "" {
			t.Errorf("status %s has no look", w)
		}
	}
	for _, w := range words["Severity"] {
		if severityLook[finding.Severity(w)].text == "" {
			t.Errorf("severity %s has no look", w)
		}
	}
	for _, w := range words["Reason"] {
		if reasonWords[finding.Reason(w)] == "" {
			t.Errorf("reason %s has no words", w)
		}
	}
	r := certain()
	cause := r.Diagnosis.Causes[0]
	r.Diagnosis.Causes = nil
	for _, e := range catalog.All() {
		cause.Code = e.Code
		r.Diagnosis.Causes = append(r.Diagnosis.Causes, cause)
	}
	if err := validate(t, toJSON(t, r)); err != nil {
		t.Error(err)
	}
}

func TestTokenDocumentKeepsItsSecret(t *testing.T) {
	tok := exampleDocuments()["token"].(TokenDocument)
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "doc", tok, "ptr", &tok)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "doc", tok, "ptr", &tok)
	if strings.Contains(log.String(), "planted") || strings.Count(log.String(), "<secret>") != 4 {
		t.Errorf("got %s", log.String())
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if got := fmt.Sprintf(verb+verb, tok, &tok); got != "<secret><secret>" {
			t.Errorf("%s: %s", verb, got)
		}
	}
	if !strings.Contains(string(toJSON(t, tok)), "planted-token") {
		t.Error("the document lacks the token that it is for")
	}
}

func TestCloneLeavesForeignTypesWhole(t *testing.T) {
	type doc struct {
		At   time.Time       `json:"at"`
		Raw  json.RawMessage `json:"raw"`
		List []int           `json:"list"`
		Any  any             `json:"any"`
		Nil  *finding.Remedy `json:"nil"`
	}
	in := doc{At: time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC), Raw: json.RawMessage(`{"a":null}`), Any: []any{map[string]any(nil), nil, 1.5, "x"}}
	if got, want := string(toJSON(t, in)), "{\n  \"at\": \"2026-11-23T15:00:00Z\",\n  \"raw\": {\n    \"a\": null\n  },\n  \"list\": [],\n"+
		"  \"any\": [\n    {},\n    null,\n    1.5,\n    \"x\"\n  ],\n  \"nil\": null\n}\n"; got != want {
		t.Errorf("got %s", got)
	}
	if got := string(toJSON(t, nil)); got != "null\n" {
		t.Errorf("nil gives %q", got)
	}
}
