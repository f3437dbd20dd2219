package formats

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/testkit"
)

// The rules by which GitHub's runner reads a log, stated again for the tests.

// logWords are the commands that the runner knows.
var logWords = []string{"add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "internal-set-repo-path",
	"notice", "remove-matcher", "save-state", "set-env", "set-output", "stop-commands", "warning"}

type workflowCommand struct {
	name, data string
	properties map[string]string
}

// obeyed is the command that the runner sees in a line of a log: at its beginning, after
// spaces, as ::NAME KEY=VALUE,...::DATA, or anywhere as ##[NAME ...].
func obeyed(line string) (workflowCommand, bool) {
	if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "::"); ok {
		if head, data, ok := strings.Cut(rest, "::"); ok {
			name, list, _ := strings.Cut(head, " ")
			if !slices.Contains(logWords, strings.ToLower(name)) {
				return workflowCommand{}, false
			}
			c := workflowCommand{name: name, properties: map[string]string{}}
			for _, pair := range strings.Split(list, ",") {
				if key, value, ok := strings.Cut(strings.TrimSpace(pair), "="); ok {
					c.properties[key] = strings.NewReplacer("%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%").Replace(value)
				}
			}
			c.data = strings.NewReplacer("%0D", "\r", "%0A", "\n", "%25", "%").Replace(data)
			return c, true
		}
	}
	if _, rest, ok := strings.Cut(line, "##["); ok {
		head, data, ok := strings.Cut(rest, "]")
		name, _, _ := strings.Cut(head, " ")
		return workflowCommand{name: name, data: data}, ok && slices.Contains(logWords, strings.ToLower(name))
	}
	return workflowCommand{}, false
}

func commandsIn(text string) (all []workflowCommand) {
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if c, ok := obeyed(line); ok {
			all = append(all, c)
		}
	}
	return all
}

// The test sees the commands that it has to see.
func TestObeyed(t *testing.T) {
	for line, want := range map[string]string{
		"::error title=a%3A%2C%25,file=b::c%25%0Ad": "error a:,% c%\nd", "  ::add-mask::x": "add-mask  x", "said: ##[warning]x": "warning  x", "::Error::x": "Error  x",
		"a ::error::x": "", "::nosuch::x": "", ":: error::x": "", "::error:x": "", "##[nosuch]": "",
	} {
		c, ok := obeyed(line)
		if got := c.name + " " + c.properties["title"] + " " + c.data; ok != (want != "") || ok && got != want {
			t.Errorf("%s: %v %q", line, ok, got)
		}
	}
}

// An annotation arrives as it was meant, the worst first, and at most ten of them.
func TestAnnotations(t *testing.T) {
	r := load(t, "certain")
	name := "100%2C, a:b\r\nc"
	r.Profile.Name = &name
	r.Diagnosis.Causes = r.Diagnosis.Causes[:1]
	r.Diagnosis.Causes[0].Title = "50%0A: x, y\nz"
	got := commandsIn(written(t, GitHub, One(r), Options{ShowIDs: true}))
	if len(got) < 2 || got[0].name != "error" || got[0].properties["title"] != "nsauth 100%2C, a:b c" || !strings.Contains(got[0].data, "50%0A: x, y z") {
		t.Fatalf("%+v", got)
	}
	for _, count := range []int{1, 9, 10, 11, 25} {
		rs := &finding.Reports{}
		for i := range count {
			rs.Reports = append(rs.Reports, load(t, []string{"usage", "unicode"}[i%2])) // an error and a warning
		}
		got := commandsIn(written(t, GitHub, Several(rs), Options{}))
		var levels []string
		for _, c := range got {
			levels = append(levels, c.name)
		}
		if len(got) != min(count, maxAnnotations) || !slices.IsSorted(levels) || count > 10 && !strings.Contains(got[9].data, "more problems") {
			t.Errorf("%d problems: %v", count, levels)
		}
	}
	if got := written(t, GitHub, One(load(t, "pass")), Options{}); got != "" {
		t.Errorf("a run that passed: %q", got)
	}
}

// GitLab tells test cases apart by suite, class name and name, takes the first of failure,
// error and skipped, shows only its body, and links what system-out calls an attachment.
func TestGitLabReadsJUnit(t *testing.T) {
	rs := fleet(t, saved...).all
	twin := load(t, "certain") // of the same name, with each check twice
	twin.Checks = append(twin.Checks, twin.Checks...)
	twin.Checks[0].Summary = "[[ATTACHMENT|/etc/passwd]]"
	rs.Reports = append(rs.Reports, twin, load(t, "certain"))
	statuses := map[string]int{}
	seen := map[string]bool{}
	text := written(t, JUnit, Several(rs), Options{})
	if strings.Contains(text, "[[ATTACHMENT") {
		t.Error("a text makes GitLab link a file")
	}
	for _, suite := range junitOf(t, text).Suites {
		for _, c := range suite.Cases {
			key := suite.Name + "\x00" + c.ClassName + "\x00" + c.Name
			if seen[key] || c.ClassName == "" || c.Name == "" {
				t.Errorf("%q occurs twice", key)
			}
			seen[key] = true
			for status, f := range map[string]*junitFault{"failed": c.Failure, "error": c.Error, "skipped": c.Skipped} {
				if f == nil {
					continue
				}
				statuses[status]++
				if strings.TrimSpace(f.Body) == "" {
					t.Errorf("%s is %s, and GitLab shows nothing", key, status)
				}
			}
		}
	}
	if statuses["failed"] < 3 || statuses["error"] < 3 || statuses["skipped"] < 3 {
		t.Error(statuses)
	}
}

// The body of a failure says what to do.
func TestJUnitSaysWhatToDo(t *testing.T) {
	suite := junitOf(t, written(t, JUnit, One(load(t, "certain")), Options{})).Suites[0]
	for _, c := range suite.Cases {
		if strings.HasPrefix(c.Name, "key: ") && (c.Failure == nil || c.Failure.Type != "key.rsa-too-small" || !strings.Contains(c.Failure.Body, "Fix: Make a new key") || !strings.Contains(c.Failure.Body, "In NetSuite: Setup > ")) {
			t.Errorf("%+v", c.Failure)
		}
	}
	early := junitOf(t, written(t, JUnit, One(load(t, "usage")), Options{})).Suites[0]
	last := early.Cases[len(early.Cases)-1]
	if early.Errors != 1 || early.Failures != 0 || last.Error == nil || last.Error.Type != "usage.flag" || !strings.Contains(last.Error.Body, "Hint: ") {
		t.Errorf("%+v", last)
	}
}

// hostile are texts that a profile, a certificate or a server may have.
var hostile = []string{
	"x", "", " ", "\x00", "\xff\xfe", "a\xc3", "\ufffe\uffff", "\u2028\u2029\u202e\u200b", "\x1b[31mred\x1b[0m\x07", "\x9b31m", "a\nb\r\nc\rd\te\x0bf\x0c\x85g",
	"::error::pwned", "a\n::error::pwned", "\r::add-mask::e", "::stop-commands::x", "::error title=a::b::error::c", " ::SET-ENV name=a::b", "##[error]x", "a ##[add-mask]e", "##vso[task.setvariable variable=a]b",
	"%0A::error::x", "100%", "a,b:c", "<script>alert(1)</script>", "</system-out><failure/>", "]]>", "<!--", "<![CDATA[", "&lt;&#8203;&amp;", "<details>", "</details>", "<img src=x onerror=y>",
	"|", "a|b|c", "\\", "\\|", "`", "```\n# x", "~~~", "[a](javascript:b)", "![a](http://b/c.png)", "[[ATTACHMENT|/etc/passwd]]", "@someone", "@org/team and user@example.com", "#123", "owner/repo#1", "GH-12", "!45", "~label", "/close", "\n/close", "- [ ] x", "1. x", "# x", "---", "===", "    code",
	"http://example.com/a_b*c", "https://www.example.com", "www.example.com", "=1+1", "+1", "-1", "@SUM(1)", " =1", "\t=1", "\"", "\"\"\n\"", "'", "a\"b\\c\nd", "{profile=\"x\"} 1", "# TYPE nsauth_up counter",
	"CN=\"<b>x</b>\",O=::error::", strings.Repeat("::error::", 200), strings.Repeat("\U0001F512", 50), strings.Repeat("A", 5000),
}

// planted are examples in which everything that comes from outside is text.
func planted(t testing.TB, text string, which int) (name string, run Run) {
	if which %= 3; which > 0 {
		name = []string{"certain", "usage"}[which-1]
		r := load(t, name)
		plant(r, text)
		return name, One(r)
	}
	rs := fleet(t, "ambiguous", "keycheck", "interrupted")
	names := []string{text, text, "third"}
	for i, r := range rs.Reports {
		plant(r, text)
		r.Profile.Name = &names[i]
	}
	d := &rs.all.Diagnosis.Shared[0]
	d.By, d.Value, d.Title, d.Code, d.Profiles = finding.SharedBy(text), text, text, finding.Code(text), []string{text, text}
	rs.all.LeftOut = []finding.LeftOut{{Profile: text, Reason: text}}
	return "fleet", rs
}

func plant(r *finding.Report, text string) {
	p := &text
	r.Tool.Version, r.Command = text, text
	if r.Profile == nil {
		r.Profile = &finding.Subject{}
	}
	r.Profile = &finding.Subject{Name: p, Account: p, ClientID: p, CertificateID: p}
	remedy := func(m *finding.Remedy) {
		m.Summary, m.Steps, m.Commands, m.UIPath, m.UIURL, m.Docs = text, []string{text, text}, [][]string{{text, text}}, p, p, []string{text}
	}
	for i := range r.Checks {
		c := &r.Checks[i]
		c.Title, c.Summary = text, text
		if facts, ok := c.Facts.(finding.CertificateFacts); ok {
			facts.Subject, facts.Serial = text, text
			c.Facts = facts
		}
		if c.Reason != nil {
			reason := finding.Reason(text)
			c.Reason = &reason
		}
		for j := range c.Findings {
			f := &c.Findings[j]
			f.Code, f.Message, f.Evidence = finding.Code(text), text, finding.Evidence{"body": text}
			remedy(&f.Remedy)
		}
	}
	if r.Error != nil {
		r.Error.Code, r.Error.Message, r.Error.Hints = text, text, []string{text, text}
	}
	r.Notes = []string{text}
	if d := r.Diagnosis; d != nil {
		d.Headline = text
		if d.Next != nil {
			d.Next = &finding.NextStep{Summary: text, UIPath: p, UIURL: p, Commands: [][]string{{text}}}
		}
		for i := range d.Causes {
			c := &d.Causes[i]
			c.Code, c.Title, c.Because, c.Confirm, c.UIPath, c.UIURL, c.AuditDetails = finding.Code(text), text, text, text, p, p, nil
			remedy(&c.Remedy)
		}
	}
}

// ownMarkup is what writeMarkdown itself writes as HTML, and what shows a markup character as it is.
var ownMarkup = regexp.MustCompile(`^<details><summary>Checks: [0-9a-z ,;]*</summary>$|^</details>$|^Page: <https://[^<>\s]*>$|\\.|&#8203;`)

// formula is a cell that a spreadsheet computes.
var formula = regexp.MustCompile(`^ *[=+@\t\r-]`)

// No text gets out of its place: not in any format, whatever it is.
func FuzzHostile(f *testing.F) {
	if len(hostile) < 50 {
		f.Fatal("the seeds are missing")
	}
	for i, s := range hostile {
		for run := range 3 {
			if run == i%3 && !testkit.LeftOut(i/3, 2, 12) || testkit.Nightly { // by day each in one run
				f.Add(s, uint8(run))
			}
		}
	}
	lines := map[string]int{}
	for i := range 3 {
		name, run := planted(f, "x", i)
		for _, format := range All() {
			lines[name+format.Name] = strings.Count(written(f, format.Name, run, Options{ShowIDs: true}), "\n")
		}
	}
	f.Fuzz(func(t *testing.T, text string, which uint8) {
		name, run := planted(t, text, int(which))
		inert(t, name, run, text, lines)
	})
}

// large is the least length of a text that tests do not write into every format.
func large() int { return testkit.Size(1<<20, 1<<18, 1<<15) }

// A server may answer with a megabyte.
func TestHostileMegabyte(t *testing.T) {
	for i, text := range []string{strings.Repeat("::error::\n", large()/8), strings.Repeat("A", large())} {
		if testkit.LeftOut(i, 1, 2) {
			continue
		}
		r := load(t, "certain")
		r.Profile.Name, r.Checks[1].Summary, r.Checks[1].Findings[0].Message, r.Diagnosis.Causes[0].Title = &text, text, text, text
		for _, f := range All() {
			if f.Name == JSON || f.Name == JSONL {
				continue // which have the whole text, many times
			}
			if out := written(t, f.Name, One(r), Options{}); len(out) > 1<<20 {
				t.Errorf("%s has %d bytes", f.Name, len(out))
			}
		}
		inert(t, "certain", One(r), text, nil)
	}
}

// inert checks a run with a hostile text. lines has the lines of a run with a harmless one.
func inert(t *testing.T, name string, run Run, text string, lines map[string]int) {
	t.Helper()
	for _, f := range All() {
		for _, o := range []Options{{ShowIDs: true}, {MaskIDs: true}} {
			if len(text) >= large() && (f.Name == JSON || f.Name == JSONL || o.MaskIDs) || lines != nil && f.Name == HTML {
				continue // package htmlreport has a fuzz target of its own
			}
			out := written(t, f.Name, run, o)
			for _, r := range out {
				if r != '\n' && r != '\ufe0f' && (r < ' ' || r >= 0x7f && r <= 0x9f || r >= 0x2028 && r <= 0x202e || r == 0xfffe || r == 0xffff || r == 0x200b) {
					t.Fatalf("%s as %s has the character %U, with %q", name, f.Name, r, text)
				}
			}
			commands := commandsIn(out)
			if f.Name != GitHub && len(commands) > 0 || len(commands) > maxAnnotations {
				t.Fatalf("%s as %s: a CI log obeys %+v, with %q", name, f.Name, commands, text)
			}
			if f.Name == GitHub && len(commands) != strings.Count(out, "\n") {
				t.Fatalf("%s: a line is no annotation, with %q:\n%s", name, text, out)
			}
			// Package htmlreport tests what a page has: a link depends on the account.
			if strings.TrimSpace(report.Clean(text)) != "" && lines != nil && f.Name != JSON && f.Name != HTML && f.Name != Prom && strings.Count(out, "\n") != lines[name+f.Name] {
				t.Fatalf("%s as %s has %d lines instead of %d, with %q:\n%s", name, f.Name, strings.Count(out, "\n"), lines[name+f.Name], text, out)
			}
			read(t, f.Name, run, out, text)
		}
	}
}

// read reads a run as its readers do.
func read(t *testing.T, format string, run Run, out, text string) {
	t.Helper()
	switch format {
	case JSON:
		if _, err := Read([]byte(out)); err != nil {
			t.Fatal(err)
		}
	case JUnit:
		for i, suite := range junitOf(t, out).Suites {
			seen := map[string]bool{}
			if n := len(run.Reports[i].Checks); len(suite.Cases) != n && len(suite.Cases) != n+1 {
				t.Fatalf("%d cases with %q", len(suite.Cases), text)
			}
			for _, c := range suite.Cases {
				if seen[c.Name] {
					t.Fatalf("two cases %q", c.Name)
				}
				seen[c.Name] = true
			}
		}
	case CSV:
		for i, row := range rowsOf(t, out) {
			for n, cell := range row {
				if n != 3 && n != 7 && i > 0 && formula.MatchString(cell) {
					t.Fatalf("a formula: %q", cell)
				}
			}
		}
	case Prom:
		seriesOf(t, out)
	case Markdown:
		fence := "" // of a block of code
		for line := range strings.Lines(out) {
			line = strings.TrimSuffix(line, "\n")
			switch {
			case fence != "" && line == fence:
				fence = ""
			case fence != "":
			case len(line) > 2 && strings.Trim(line, "`") == "":
				fence = line
			case strings.ContainsAny(ownMarkup.ReplaceAllString(line, ""), "<[`"), strings.HasPrefix(line, "/"):
				t.Fatalf("markup in %q, with %q", line, text)
			}
		}
		if fence != "" {
			t.Fatalf("a block of code has no end, with %q:\n%s", text, out)
		}
	}
}
