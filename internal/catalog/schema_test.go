package catalog

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/strictyaml"
)

// schema collects what is wrong with a set of files of words.
type schema struct {
	files    fs.FS
	problems []string
	seen     map[string]bool // files
	used     map[string]bool // "pages.yaml mapping"
	codes    map[finding.Code]bool
	pages    map[string]page
	menus    map[string]menu
	remedies map[string]remedy
}

func (s *schema) fail(format string, args ...any) {
	s.problems = append(s.problems, fmt.Sprintf(format, args...))
}

func decoded[T any](s *schema, name string) T {
	s.seen[name] = true
	var v T
	data, err := fs.ReadFile(s.files, name)
	if err == nil {
		err = strictyaml.Decode(data, &v)
	}
	if err != nil {
		s.fail("%s: %v", name, err)
	}
	return v
}

var placeholderForm = regexp.MustCompile(`^\{[a-z0-9_]+(\|[^{}\[\]|]+)?\}$`)

// text checks that a text is there where it must be, and its placeholders.
func (s *schema) text(where, text string, required bool) {
	switch {
	case required && text == "":
		s.fail("%s is missing", where)
	case text != strings.Join(strings.Fields(text), " "):
		s.fail("%s has stray spaces: %q", where, text)
	}
	open := byte(0)
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '[':
			if open != 0 {
				s.fail("%s: [ within [: %q", where, text)
			}
			open = '['
		case ']':
			if open == 0 {
				s.fail("%s: ] without [: %q", where, text)
			}
			open = 0
		case '{':
			end := strings.IndexByte(text[i:], '}')
			if end < 0 || !placeholderForm.MatchString(text[i:i+end+1]) {
				s.fail("%s: not a placeholder: %q", where, text[i:])
				return
			}
			i += end
		case '}':
			s.fail("%s: } without {: %q", where, text)
		}
	}
	if open != 0 {
		s.fail("%s: [ without ]: %q", where, text)
	}
}

func (s *schema) oneOf(where, value string, of ...string) {
	if !slices.Contains(of, value) {
		s.fail("%s: %q is none of %s", where, value, strings.Join(of, ", "))
	}
}

func (s *schema) uses(where, file, name string, there bool) {
	s.used[file+" "+name] = true
	if !there {
		s.fail("%s: %s has no %q", where, file, name)
	}
}

func (s *schema) page(where, name string) {
	_, ok := s.pages[name]
	s.uses(where, "pages.yaml", name, ok)
}

// source checks the pages that a source names in braces.
func (s *schema) source(where, text string) {
	for _, name := range regexp.MustCompile(`\{([a-z0-9-]+)\}`).FindAllStringSubmatch(text, -1) {
		s.page(where+": source", name[1])
	}
}

func (s *schema) causes(where string, codes []finding.Code) {
	for _, code := range codes {
		if !s.codes[code] {
			s.fail("%s: no finding has the code %q", where, code)
		}
	}
}

func (s *schema) remedy(where string, r remedy) {
	if r.Like != "" {
		_, ok := s.remedies[r.Like]
		s.uses(where, "remedies.yaml", r.Like, ok)
	}
	s.text(where+": summary", r.Summary, false)
	for _, t := range slices.Concat(r.Steps, r.Commands, r.Windows) {
		s.text(where, t, true)
	}
	if r.Menu != "" {
		_, ok := s.menus[r.Menu]
		s.uses(where, "menus.yaml", r.Menu, ok)
	}
	for _, name := range r.Docs {
		s.page(where+": docs", name)
	}
}

// said is whether a remedy has a summary, its own or the shared one's.
func (s *schema) said(r remedy) bool { return r.Summary != "" || s.remedies[r.Like].Summary != "" }

var bases = []string{string(finding.Official), string(finding.Observed), string(finding.Inferred)}

func (s *schema) findings() {
	families := map[string]familyFile{}
	for _, name := range familiesOf(s.files, "findings") {
		f := decoded[familyFile](s, "findings/"+name+".yaml")
		families[name] = f
		for _, row := range f.Findings {
			if prefix, _, _ := strings.Cut(string(row.Code), "."); prefix != name {
				s.fail("findings/%s.yaml: %s belongs in another file", name, row.Code)
			}
			if s.codes[row.Code] {
				s.fail("%s is there twice", row.Code)
			}
			s.codes[row.Code] = true
		}
	}
	for name, f := range families {
		for _, row := range f.Findings {
			if check := string(max(f.Check, row.Owner)); name != "internal" || check != "" {
				s.oneOf(string(row.Code)+": check", check, "profile", "key", "certificate", "certificate-id", "assertion", "request", "network", "clock", "token", "features", "integration", "role", "api", "mapping", "audit-trail", "setup")
			}
			s.finding(string(row.Code), row.Entry, row.Remedy)
			for reason, v := range row.Variants {
				s.variant(string(row.Code)+" "+reason, v.Variant, v.Remedy)
			}
		}
	}
}

func (s *schema) finding(code string, e Entry, r remedy) {
	s.oneOf(code+": severity", string(e.Severity), "error", "warning", "info")
	s.oneOf(code+": status", string(e.Status), "", "unknown")
	s.oneOf(code+": basis", string(e.Basis), bases...)
	for key, text := range map[string]string{"title": e.Title, "message": e.Message, "meaning": e.Meaning, "confirm": e.Confirm} {
		s.text(code+": "+key, text, true)
	}
	if e.Source == "" || !s.said(r) {
		s.fail("%s: source or remedy is missing", code)
	}
	s.source(code, e.Source)
	s.remedy(code, r)
}

func (s *schema) variant(where string, v Variant, r *remedy) {
	for key, text := range map[string]string{"title": v.Title, "message": v.Message, "meaning": v.Meaning, "confirm": v.Confirm} {
		s.text(where+": "+key, text, false)
	}
	s.oneOf(where+": severity", string(v.Severity), "", "error", "warning", "info")
	s.oneOf(where+": basis", string(v.Basis), append(bases, "")...)
	if r != nil {
		if s.remedy(where, *r); !s.said(*r) {
			s.fail("%s: remedy without a summary", where)
		}
	}
}

// familiesOf are the names of the files in a folder.
func familiesOf(files fs.FS, dir string) []string {
	paths, _ := fs.Glob(files, dir+"/*.yaml")
	names := make([]string, len(paths))
	for i, p := range paths {
		names[i] = strings.TrimSuffix(path.Base(p), ".yaml")
	}
	return names
}

func (s *schema) readings(where string, readings []finding.Reading) {
	for _, r := range readings {
		s.oneOf(where+": where", r.Where, ClientCredentials, AuthorizationCode, TokenBased, TokenEndpoint, RESTCall, RESTletCall)
		s.oneOf(where+": basis", string(r.Basis), append(bases, "")...)
		s.plain(where+": reading", r.Meaning)
	}
}

func (s *schema) names() {
	var known []string
	for _, f := range decoded[[]Family](s, "families.yaml") {
		s.plain("families.yaml: "+f.Name, f.Name, f.Word, f.Title)
		known = append(known, f.Name)
	}
	for _, family := range familiesOf(s.files, "names") {
		s.oneOf("names", family, known...)
		for _, row := range decoded[nameFile](s, "names/"+family+".yaml").Names {
			where := family + " " + row.Name.Name
			s.plain(where, row.Name.Name, row.Title, row.Meaning)
			s.causes(where, row.Causes)
			s.readings(where, row.Readings)
			s.remedy(where, row.Remedy)
			s.source(where, row.Source)
			s.oneOf(where+": basis", string(row.Basis), append(bases, "")...)
			if len(row.Causes) == 0 && (row.Confirm == "" || !s.said(row.Remedy) || row.Basis == "" || row.Source == "") {
				s.fail("%s: without causes it needs confirm, remedy, basis and source", where)
			}
			for _, f := range row.Fields {
				s.plain(where+": fields", f.Field, f.Value)
			}
			if (row.Sample != nil) != (family == "library") || (len(row.Fields) > 0) != (family == "program") {
				s.fail("%s: a library has a sample, a program has fields", where)
			}
			if row.Sample != nil {
				s.sample(where, *row.Sample)
			}
			for _, p := range row.Phrases {
				if p == "" || p != strings.ToLower(p) {
					s.fail("%s: phrase %q is not in lower case", where, p)
				}
			}
		}
	}
}

// sample checks a sample and its code: as short as promised, in ASCII, and its first
// line names the package and the version.
func (s *schema) sample(where string, x finding.Sample) {
	const mostLines, mostColumns = 25, 150
	s.plain(where+": sample", x.Package, x.Version, x.File, x.Run)
	s.seen["libraries/"+x.Code] = true
	code, err := fs.ReadFile(s.files, "libraries/"+x.Code)
	if err != nil {
		s.fail("%s: %v", where, err)
		return
	}
	lines := strings.Split(strings.TrimSuffix(string(code), "\n"), "\n")
	if len(lines) > mostLines || !strings.HasSuffix(string(code), "\n") {
		s.fail("%s: %s has %d lines, the most is %d", where, x.Code, len(lines), mostLines)
	}
	for _, name := range strings.Split(x.Package, " and ") {
		if !strings.Contains(lines[0], name) || !strings.Contains(lines[0], x.Version) {
			s.fail("%s: the first line of %s does not name %s %s", where, x.Code, name, x.Version)
		}
	}
	for i, line := range lines {
		if len(line) > mostColumns || line != strings.TrimRight(line, " \t\r") || strings.ContainsFunc(line, func(r rune) bool { return r > '~' || r < ' ' && r != '\t' }) {
			s.fail("%s: line %d of %s is too long, or not plain: %q", where, i+1, x.Code, line)
		}
	}
	for _, value := range []string{"NETSUITE_ACCOUNT_ID", "NETSUITE_CLIENT_ID", "NETSUITE_CERTIFICATE_ID", "NETSUITE_PRIVATE_KEY_PATH"} {
		if !strings.Contains(string(code), value) {
			s.fail("%s: %s does not read %s", where, x.Code, value)
		}
	}
}

// plain checks texts that have no placeholders to fill.
func (s *schema) plain(where string, texts ...string) {
	for _, t := range texts {
		if t == "" || t != strings.Join(strings.Fields(t), " ") {
			s.fail("%s: a text is missing or has stray spaces: %q", where, t)
		}
	}
}

var pageID = regexp.MustCompile(`^(section|subsect|article|chapter|bridgehead)_[0-9A-Za-z]+$`)

func (s *schema) shared() {
	for name, p := range s.pages {
		if (p.ID == "") == (p.URL == "") || p.About == "" || p.ID != "" && !pageID.MatchString(p.ID) || p.URL != "" && !strings.HasPrefix(p.URL, "https://") {
			s.fail("pages.yaml: %s: %+v", name, p)
		}
	}
	for name, m := range s.menus {
		if !strings.HasPrefix(m.Path, "Setup > ") && !strings.HasPrefix(m.Path, "Lists > ") || m.URL != "" && !strings.HasPrefix(m.URL, "/app/") {
			s.fail("menus.yaml: %s: %+v", name, m)
		}
	}
	for name, r := range s.remedies {
		if s.remedy("remedies.yaml: "+name, r); r.Like != "" {
			s.fail("remedies.yaml: %s is like another", name)
		}
	}
}

func (s *schema) details() {
	details := decoded[detailsFile](s, "details.yaml")
	known := map[string]bool{}
	for _, d := range details.Details {
		s.plain("details.yaml: "+d.Name, d.Name, d.Means)
		for _, f := range d.Flows {
			s.oneOf("details.yaml: "+d.Name, string(f), string(FlowClientCredentials), string(FlowAuthorizationCode), string(FlowTokenBased))
		}
		s.causes("details.yaml: "+d.Name, d.Codes)
		s.readings("details.yaml: "+d.Name, d.Readings)
		s.remedy("details.yaml: "+d.Name, d.Remedy)
		for _, name := range d.Pages {
			s.page("details.yaml: "+d.Name, name)
		}
		if (d.Meaning == "") != (d.Pages == nil) {
			s.fail("details.yaml: %s has only one of meaning and pages", d.Name)
		}
		known[d.Name] = true
	}
	for _, family := range familiesOf(s.files, "findings") {
		for _, row := range decoded[familyFile](s, "findings/"+family+".yaml").Findings {
			for _, d := range row.AuditDetails {
				if !known[d] {
					s.fail("%s: details.yaml has no %s", row.Code, d)
				}
			}
		}
	}
}

func (s *schema) questions() {
	questions := decoded[questionsFile](s, "questions.yaml")
	for _, q := range questions.Questions {
		s.text("question "+q.ID, q.Ask, true)
		s.text("question "+q.ID, q.Look, true)
		s.causes("question "+q.ID, q.About)
		s.oneOf("question "+q.ID+": kind", q.Kind, "yes-no", "certificate-id", "audit-detail")
		if q.Menu != "" {
			_, ok := s.menus[q.Menu]
			s.uses("question "+q.ID, "menus.yaml", q.Menu, ok)
		}
		if q.Kind == "yes-no" && len(q.About) > 0 && (q.IfFault == "" || q.IfOK == "" || q.Fault != "yes" && q.Fault != "no") {
			s.fail("question %s: fault, if-fault or if-ok is missing", q.ID)
		}
	}
	reasons := decoded[diagnosisFile](s, "diagnosis.yaml")
	s.causes("diagnosis.yaml", slices.Collect(maps.Keys(reasons.Unseen)))
	s.causes("diagnosis.yaml", slices.Collect(maps.Keys(reasons.Calls)))
	for name, text := range reasons.Because {
		s.text("diagnosis.yaml: "+name, text, true)
	}
}

func (s *schema) checklist() {
	asked := map[string]Question{}
	for _, q := range decoded[questionsFile](s, "questions.yaml").Questions {
		asked[q.ID] = q
	}
	seen := map[string]bool{}
	for _, p := range decoded[[]ChecklistPage](s, "checklist.yaml") {
		s.plain("checklist.yaml: "+p.Page, p.Page, p.Title)
		if p.Menu != "" {
			_, ok := s.menus[p.Menu]
			s.uses("checklist.yaml: "+p.Page, "menus.yaml", p.Menu, ok)
		}
		for _, i := range p.Items {
			s.checklistItem("checklist.yaml: "+i.ID, i, asked[i.ID])
			if seen[i.ID] || i.After != "" && !seen[i.After] {
				s.fail("checklist.yaml: %s is there twice, or comes before %q", i.ID, i.After)
			}
			seen[i.ID] = true
		}
	}
}

func (s *schema) checklistItem(where string, i ChecklistItem, q Question) {
	s.text(where+": ask", i.Ask, q.ID == "")
	s.text(where+": look", i.Look, q.ID == "")
	s.text(where+": fix", i.Fix, q.ID == "" && i.Wrong == "")
	s.oneOf(where+": basis", string(i.Basis), bases...)
	s.oneOf(where+": only", i.Only, "", "sandbox", "restlets")
	if i.Source == "" || i.Wrong != "" && i.Fix != "" || q.ID != "" && (i.Wrong != "" || i.Fix != "") {
		s.fail("%s: source is missing, or the remedy is there twice", where)
	}
	s.source(where, i.Source)
	for _, by := range i.Judged {
		s.oneOf(where+": judged", by, "account", "client-id", "certificate-id", "scope", "key", "certificate", "pair", "computed-id")
	}
	if (len(i.Judged) == 0) != (len(i.Codes)+len(i.Warns) == 0) {
		s.fail("%s: judged without codes, or codes without judged", where)
	}
	s.causes(where, slices.Concat(i.Codes, i.Warns, slices.DeleteFunc([]finding.Code{i.Wrong}, func(c finding.Code) bool { return c == "" })))
}

func (s *schema) others() {
	for _, x := range decoded[secretsFile](s, "secrets.yaml").Secrets {
		s.plain("secrets.yaml", x.Kind, x.Title, x.Meaning)
		s.remedy("secrets.yaml: "+x.Kind, x.Remedy)
	}
	for _, x := range decoded[[]Setting](s, "settings.yaml") {
		s.plain("settings.yaml: "+x.Name, x.Title, x.Ask, x.Look)
		s.causes("settings.yaml: "+x.Name, slices.DeleteFunc([]finding.Code{x.Where}, func(c finding.Code) bool { return c == "" }))
	}
	for code, r := range decoded[map[string]refusal](s, "verdicts.yaml") {
		switch {
		case (r.Fix == "") == (r.Like == "") || s.codes[finding.Code(code)]:
			s.fail("verdicts.yaml: %s needs fix or like, and is not a finding", code)
		case r.Fix != "":
			s.plain("verdicts.yaml: "+code, r.Fix)
		default:
			s.causes("verdicts.yaml: "+code, []finding.Code{r.Like})
		}
	}
	for sign, where := range decoded[map[string]string](s, "context.yaml") {
		s.readings("context.yaml: "+sign, []finding.Reading{{Where: where, Meaning: strings.TrimSpace(sign)}})
	}
	for reader, topics := range decoded[map[string]map[string]map[string]string](s, "messages.yaml") {
		s.oneOf("messages.yaml", reader, "all", "admin", "developer", "support")
		for topic, texts := range topics {
			for name, text := range texts {
				s.text("messages.yaml: "+reader+" "+topic+" "+name, text, true)
			}
		}
	}
	decoded[map[string][]string](s, "requests.yaml")
	decoded[map[string]string](s, "repairs.yaml")
}

// check is everything that is wrong with the files of words.
func check(files fs.FS) []string {
	s := &schema{files: files, seen: map[string]bool{}, used: map[string]bool{}, codes: map[finding.Code]bool{}}
	s.pages, s.menus, s.remedies = decoded[map[string]page](s, "pages.yaml"), decoded[map[string]menu](s, "menus.yaml"), decoded[map[string]remedy](s, "remedies.yaml")
	s.findings()
	s.names()
	s.shared()
	s.details()
	s.questions()
	s.checklist()
	s.others()
	for file, names := range map[string][]string{"pages.yaml": slices.Collect(maps.Keys(s.pages)), "remedies.yaml": slices.Collect(maps.Keys(s.remedies)), "menus.yaml": slices.Collect(maps.Keys(s.menus))} {
		for _, name := range names {
			if !s.used[file+" "+name] {
				s.fail("%s: nothing uses %s", file, name)
			}
		}
	}
	_ = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !s.seen[name] {
			s.fail("%s is read by nothing", name)
		}
		return err
	})
	return s.problems
}

func TestSchema(t *testing.T) {
	files, err := fs.Sub(words, "words")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range check(files) {
		t.Error(p)
	}
	if got := familiesOf(files, "findings"); len(got) != len(families) {
		t.Errorf("families are %v, files %v", families, got)
	}
	if len(places()) != len(All()) {
		t.Errorf("%d codes begin a line of their file, %d are parsed", len(places()), len(All()))
	}
}

// Every mistake that a person can make in a file is named.
func TestSchemaSeesMistakes(t *testing.T) {
	type mistake struct{ file, old, broken, want string }
	made := map[string]int{}
	var together [][]mistake // at most one of each file: to check all files takes long
	for _, m := range []mistake{
		{"findings/key.yaml", "  severity: error\n", "  severty: error\n", "field severty not found"},
		{"findings/key.yaml", "  severity: error\n", "  severity: fatal\n", `key.unreadable: severity: "fatal"`},
		{"findings/key.yaml", "  title: Key file could not be read\n", "", "key.unreadable: title is missing"},
		{"findings/key.yaml", "check: key\n", "check: keys\n", `check: "keys"`},
		{"findings/key.yaml", "- code: key.unreadable", "- code: keys.unreadable", "keys.unreadable belongs in another file"},
		{"findings/key.yaml", "- code: key.encrypted", "- code: key.unreadable", "key.unreadable is there twice"},
		{"findings/key.yaml", "file[ {path}]", "file[ {path]", "key.unreadable: message: not a placeholder"},
		{"findings/key.yaml", "file[ {path}]", "file[ {path}", "key.unreadable: message: [ within ["},
		{"findings/key.yaml", "like: new-certificate", "like: new-certificates", `remedies.yaml has no "new-certificates"`},
		{"findings/key.yaml", "{certificates}", "{certificatez}", `source: pages.yaml has no "certificatez"`},
		{"findings/key.yaml", "details: [UnsupportedAlgo]", "details: [UnsupportedAlg]", "details.yaml has no UnsupportedAlg"},
		{"names/rest.yaml", "api.not-found", "api.not-there", `no finding has the code "api.not-there"`},
		{"names/rest.yaml", "where: REST call", "where: REST", `where: "REST"`},
		{"names/rest.yaml", "- invalid login attempt", "- Invalid login attempt", "not in lower case"},
		{"names/library.yaml", "code: node.mjs", "code: nodes.mjs", "libraries/nodes.mjs: file does not exist"},
		{"names/library.yaml", "version: 6.2.18", "version: 6.2.19", "the first line of node.mjs does not name jose 6.2.19"},
		{"names/library.yaml", "sample: {package: jose", "fields: [{field: a, value: b}]\n  sample: {package: jose", "a library has a sample"},
		{"libraries/python.py", "import os, time\n", "import os\nimport time\n\n\n\n", "python.py has 26 lines, the most is 25"},
		{"libraries/ruby.rb", "require 'json'", "require 'json' ’", "line 2 of ruby.rb"},
		{"libraries/ruby.rb", "NETSUITE_CLIENT_ID", "CLIENT_ID", "ruby.rb does not read NETSUITE_CLIENT_ID"},
		{"details.yaml", "flows: [client credentials", "flows: [machine", `"machine" is none of`},
		{"questions.yaml", "setup.features-disabled", "setup.feature-disabled", `no finding has the code "setup.feature-disabled"`},
		{"checklist.yaml", "wrong: clock.skewed", "wrong: clock.skew", `no finding has the code "clock.skew"`},
		{"checklist.yaml", "judged: [scope]", "judged: [scopes]", `judged: "scopes"`},
		{"checklist.yaml", "only: sandbox", "only: sandboxes", `only: "sandboxes"`},
		{"checklist.yaml", "after: mapping-row", "after: mapping-names", `comes before "mapping-names"`},
		{"checklist.yaml", "{features}", "{feature}", `source: pages.yaml has no "feature"`},
		{"settings.yaml", "where: setup.mapping-missing", "where: setup.mapping-gone", `no finding has the code "setup.mapping-gone"`},
		{"settings.yaml", "  title: Account\n", "", "settings.yaml: account: a text is missing"},
		{"verdicts.yaml", "{like: api.is-assertion}", "{like: api.assertion}", `no finding has the code "api.assertion"`},
		{"verdicts.yaml", "token.invalid:", "key.unreadable:", "verdicts.yaml: key.unreadable needs fix or like"},
		{"pages.yaml", "id: section_162686838198", "id: 162686838198", "pages.yaml: mapping"},
		{"remedies.yaml", "new-certificate:", "unused:\n  summary: Do it.\nnew-certificate:", "nothing uses unused"},
		{"menus.yaml", "  path: Setup > Integration > Manage Integrations", "  path: Customization", "menus.yaml: integrations"},
		{"menus.yaml", "mapping:", "mapping: {path: Setup > A}\nmapping:", "already defined"},
	} {
		if made[m.file] == len(together) {
			together = append(together, nil)
		}
		together[made[m.file]] = append(together[made[m.file]], m)
		made[m.file]++
	}
	for i, mistakes := range together {
		if testing.Short() && i%4 != 0 {
			continue
		}
		broken := fstest.MapFS{}
		files, _ := fs.Sub(words, "words")
		_ = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := fs.ReadFile(files, name)
			for _, m := range mistakes {
				if name != m.file {
					continue
				}
				changed := strings.Replace(string(data), m.old, m.broken, 1)
				if changed == string(data) {
					t.Errorf("%s does not hold %q", name, m.old)
				}
				data = []byte(changed)
			}
			broken[name] = &fstest.MapFile{Data: data}
			return err
		})
		found := check(broken)
		for _, m := range mistakes {
			if !slices.ContainsFunc(found, func(p string) bool { return strings.Contains(p, m.want) }) {
				t.Errorf("%s with %q: nothing says %q: %q", m.file, m.broken, m.want, found[:min(5, len(found))])
			}
		}
	}
}
