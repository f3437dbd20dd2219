package htmlreport

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/testkit"
)

// saved are the reports that package report has as examples.
var saved = []string{"ambiguous", "certain", "hostile", "interrupted", "keycheck", "pass", "unicode", "unreachable", "usage"}

func saidIn(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "report", "testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func load(t testing.TB, name string) *finding.Report {
	t.Helper()
	r, err := finding.Read(saidIn(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func rendered(t testing.TB, all *finding.Reports, reports ...*finding.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := Render(&b, reports, all); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// fleetOf is a run over these reports, with a text wherever one comes from outside.
func fleetOf(text string, reports ...*finding.Report) *finding.Reports {
	rs := &finding.Reports{Tool: finding.Tool{Version: text}, Command: text, StartedAt: text, Reports: reports, Outcome: finding.OutcomeFail,
		LeftOut: []finding.LeftOut{{Profile: text, Reason: text}}, Error: &finding.ErrorInfo{Code: text, Message: text, Hints: []string{text}},
		Diagnosis: finding.FleetDiagnosis{Shared: []finding.Shared{{By: finding.SharedBy(text), Value: text, Code: finding.Code(text), Title: text, Profiles: []string{text, text}}}}}
	for _, r := range reports {
		rs.Summary.Add(r.Outcome)
	}
	return rs
}

// The page of every example is whole, and says first what happened and what to do.
func TestPages(t *testing.T) {
	for _, name := range saved {
		r := load(t, name)
		out := rendered(t, nil, r)
		whole(t, out)
		shown := textOf(out)
		if d := r.Diagnosis; d != nil && d.Next != nil {
			answer, next, cause := strings.Index(shown, strings.TrimSuffix(d.Headline[1:], ".")), strings.Index(shown, "Next: "+d.Next.Summary), strings.Index(shown, "Cause")
			if name != "hostile" && (answer < 0 || next < answer || cause >= 0 && cause < next) {
				t.Errorf("%s: answer at %d, next at %d, cause at %d in\n%s", name, answer, next, cause, shown)
			}
		}
		if r.Outcome == finding.OutcomeError {
			continue
		}
		for _, c := range r.Checks {
			if !strings.Contains(shown, report.Clean(c.Title)) {
				t.Errorf("%s: the page lacks the check %s", name, c.ID)
			}
		}
	}
}

// Several profiles begin with their table, from which each is reached.
func TestFleet(t *testing.T) {
	var reports []*finding.Report
	for _, name := range []string{"ambiguous", "pass", "certain", "usage"} {
		reports = append(reports, load(t, name))
	}
	out := rendered(t, fleetOf("shared text", reports...), reports...)
	whole(t, out)
	for _, want := range []string{"<h1>4 profiles: 2 fail, 1 error, 1 pass</h1>", `href="#p4"`, `id="p4"`, "Same shared text", "Not examined: shared text"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %s", want)
		}
	}
	if n := strings.Count(out, "<svg"); n != 2 {
		t.Errorf("%d flowcharts: want one for each profile that was examined and did not pass", n)
	}
}

// Only addresses of NetSuite and Oracle, and the standards, become links.
func TestLinks(t *testing.T) {
	for in, want := range map[string]string{
		"https://1234567-sb1.app.netsuite.com/app/oauth2/clientcredentials/setup.nl": "https://1234567-sb1.app.netsuite.com/app/oauth2/clientcredentials/setup.nl",
		"https://docs.oracle.com/en/x.html":                                          "https://docs.oracle.com/en/x.html",
		"http://docs.oracle.com/":                                                    "",
		"javascript:alert(1)":                                                        "",
		"https://evil.example/netsuite.com":                                          "",
		"https://evilnetsuite.com/":                                                  "",
		"https://a@docs.oracle.com/":                                                 "",
		"https://docs.oracle.com:8443/":                                              "",
		"https://<account>.app.netsuite.com/":                                        "",
		"/app/x.nl":                                                                  "",
	} {
		if got := link(in); got != want {
			t.Errorf("link(%q) = %q, want %q", in, got, want)
		}
	}
	for _, name := range saved {
		r := load(t, name)
		link := "javascript:alert(1)"
		if r.Diagnosis != nil && r.Diagnosis.Next != nil {
			r.Diagnosis.Next.UIURL = &link
		}
		whole(t, rendered(t, nil, r))
	}
}

// elements are all that a page has, with the attributes that they may have.
var elements = map[string]string{
	"html": "lang", "head": "", "meta": "charset name content http-equiv", "title": "id", "style": "", "body": "", "main": "", "section": "id class aria-labelledby aria-label tabindex",
	"h1": "", "h2": "id", "h3": "", "h4": "", "p": "class", "div": "class", "span": "class aria-hidden", "strong": "", "code": "", "pre": "", "a": "href rel",
	"ol": "class", "ul": "", "li": "", "dl": "", "dt": "", "dd": "", "details": "class open", "summary": "", "table": "", "thead": "", "tbody": "", "tr": "", "th": "scope", "td": "",
	"svg": "viewbox role aria-labelledby", "desc": "id", "g": "class transform", "path": "d class", "polygon": "points", "circle": "r", "rect": "x y width height rx", "text": "x y class",
}

var fixedAttributes = regexp.MustCompile(`^[A-Za-z0-9 .,()#_-]*$`)

// whole checks that a page has the elements of the template only, each with its end, and
// nothing that runs or is loaded.
func whole(t testing.TB, page string) {
	t.Helper()
	var open []string
	ids, anchors := map[string]bool{}, []string{}
	z := html.NewTokenizer(strings.NewReader(page))
	for z.Next() != html.ErrorToken {
		tok := z.Token()
		switch tok.Type {
		case html.CommentToken:
			t.Fatalf("a comment: %s", tok)
		case html.EndTagToken:
			if len(open) == 0 || open[len(open)-1] != tok.Data {
				t.Fatalf("</%s> ends %v", tok.Data, open)
			}
			open = open[:len(open)-1]
		case html.StartTagToken, html.SelfClosingTagToken:
			may, known := elements[tok.Data]
			if !known {
				t.Fatalf("the element %s", tok)
			}
			if tok.Type == html.StartTagToken && tok.Data != "meta" {
				open = append(open, tok.Data)
			}
			for _, a := range tok.Attr {
				switch {
				case !slices.Contains(strings.Fields(may), a.Key):
					t.Fatalf("the attribute %s in %s", a.Key, tok)
				case a.Key == "id":
					if ids[a.Val] {
						t.Fatalf("the id %s twice", a.Val)
					}
					ids[a.Val] = true
				case a.Key == "href" && strings.HasPrefix(a.Val, "#"), a.Key == "aria-labelledby":
					anchors = append(anchors, strings.Fields(strings.TrimPrefix(a.Val, "#"))...)
				case a.Key == "href" && link(a.Val) == "":
					t.Fatalf("a link to %s", a.Val)
				case tok.Data != "meta" && a.Key != "href" && !fixedAttributes.MatchString(a.Val):
					t.Fatalf("the attribute %s has %q", a.Key, a.Val)
				}
			}
		case html.TextToken:
			if strings.Contains(strings.Join(open, " "), "style") && tok.Data != "\n"+style {
				t.Fatal("the style sheet is another")
			}
		}
	}
	if len(open) > 0 {
		t.Fatalf("without an end: %v", open)
	}
	for _, id := range anchors {
		if !ids[id] {
			t.Fatalf("no element has the id %q", id)
		}
	}
	for _, r := range page {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Fatalf("the character %U", r)
		}
	}
}

// textOf is what a reader sees, without the style sheet.
func textOf(page string) string {
	_, page, _ = strings.Cut(page, "</style>")
	var b strings.Builder
	for z := html.NewTokenizer(strings.NewReader(page)); z.Next() != html.ErrorToken; {
		if tok := z.Token(); tok.Type == html.TextToken {
			b.WriteString(tok.Data)
		}
	}
	return b.String()
}

// fixed are the keys whose values decide how a document is read.
var fixed = []string{"schema_version", "kind", "id"}

// replaced is a document in which a text stands for every string.
func replaced(v any, text string) any {
	switch v := v.(type) {
	case string:
		return text
	case []any:
		for i := range v {
			v[i] = replaced(v[i], text)
		}
	case map[string]any:
		for k := range v {
			if !slices.Contains(fixed, k) {
				v[k] = replaced(v[k], text)
			}
		}
		if _, claims := v["iss"]; claims {
			v[text] = text
		}
	}
	return v
}

// No text gets out of its place, whatever string of a report it stands for.
func FuzzHostile(f *testing.F) {
	for i, s := range []string{"x", "", "<script>alert(1)</script>", "</style><script>", "</title><svg onload=x>", `"><img src=x onerror=y>`, "' onmouseover='x", "javascript:alert(1)",
		"https://docs.oracle.com/\" onclick=\"x", "https://docs.oracle.com/a b", "\x1b[31m", "\u202egnp", "\xff\xfe\x00", "a\nb", "]]>", "<!--", "{{.}}", "&lt;b&gt;", "url(https://evil.example)", "}</style>",
		"fail", "pass", "é", "\U0001F512", strings.Repeat("<b>", 200)} {
		for which := range uint8(5) {
			if !testkit.LeftOut(i+int(which), 1, 5) {
				f.Add(s, which)
			}
		}
	}
	var docs []string
	for _, name := range []string{"certain", "ambiguous", "usage", "keycheck"} {
		docs = append(docs, string(saidIn(f, name)))
	}
	f.Fuzz(func(t *testing.T, text string, which uint8) {
		var reports []*finding.Report
		for i, doc := range docs {
			if alone := int(which) % (len(docs) + 1); alone < len(docs) && alone != i {
				continue
			}
			var v any
			if err := json.Unmarshal([]byte(doc), &v); err != nil {
				t.Fatal(err)
			}
			data, err := json.Marshal(replaced(v, text))
			if err != nil {
				t.Fatal(err)
			}
			r, err := finding.Read(data)
			if err != nil {
				t.Fatal(err)
			}
			reports = append(reports, r)
		}
		if len(reports) == 1 {
			whole(t, rendered(t, nil, reports...))
			return
		}
		out := rendered(t, fleetOf(text, reports...), reports...)
		whole(t, out)
		if len(out) > 6<<20 {
			t.Fatalf("%d bytes", len(out))
		}
	})
}

// mermaid are the nodes and edges of docs/flowchart.md.
var (
	mermaidNode = regexp.MustCompile(`(\w+)(?:\[|\(\[)"([^"]+)"`)
	mermaidEdge = regexp.MustCompile(`s(\d) -- "?([^"]+?)"? --> (\w+)`)
	checkNames  = regexp.MustCompile(`\[([a-z-]+)\]`)
)

// The drawing has the steps, answers and fixes of docs/flowchart.md, and the reports have
// the checks of each step.
func TestFlowchartIsThatOfTheDocs(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "docs", "flowchart.md"))
	if err != nil {
		t.Fatal(err)
	}
	nodes, checks := map[string]string{}, map[string]int{}
	for _, m := range mermaidNode.FindAllStringSubmatch(string(data), -1) {
		label := strings.ReplaceAll(m[2], "<br>", " ")
		for _, name := range checkNames.FindAllStringSubmatch(label, -1) {
			checks[name[1]] = int(m[1][1] - '0')
		}
		nodes[m[1]] = strings.TrimSpace(checkNames.ReplaceAllString(label, ""))
	}
	var want, got []string
	for _, m := range mermaidEdge.FindAllStringSubmatch(string(data), -1) {
		want = append(want, fmt.Sprintf("%s: %s: %s", nodes["s"+m[1]], m[2], nodes[m[3]]))
	}
	for i, s := range steps {
		next := end
		if i+1 < len(steps) {
			next = steps[i+1].text
		}
		got = append(got, s.text+": yes: "+next)
		for _, f := range s.fixes {
			got = append(got, s.text+": "+f.answer+": "+f.text)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if len(want) != 20 || !slices.Equal(want, got) {
		t.Errorf("docs:\n%s\ndrawn:\n%s", strings.Join(want, "\n"), strings.Join(got, "\n"))
	}
	for _, name := range []string{"pass", "certain", "keycheck"} {
		for _, c := range load(t, name).Checks {
			if step, ok := checks[string(c.ID)]; !ok || step != c.Step {
				t.Errorf("the check %s is at step %d, in the docs at %d", c.ID, c.Step, step)
			}
		}
	}
}

func TestWay(t *testing.T) {
	status := func(code int, word string) finding.TokenFacts { return finding.TokenFacts{Status: &code, Error: &word} }
	result := func(step int, id finding.CheckID, s finding.Status, facts any) finding.Result {
		return finding.Result{ID: id, Step: step, Title: string(id), Status: s, Facts: facts}
	}
	good := []finding.Result{result(0, "profile", "pass", nil), result(3, "key", "pass", nil), result(4, "assertion", "pass", nil), result(5, "clock", "warn", nil), result(6, "network", "pass", nil)}
	forbidden := 403
	for name, c := range map[string]struct {
		more                []finding.Result
		stop, fix           string
		works               bool
		taken, open, proven int
	}{
		"refused":   {[]finding.Result{result(6, "token", "fail", status(500, "server_error")), result(7, "api", "skip", nil)}, "6 ", "alg, iss or kid", false, 7, 2, 4},
		"unknown":   {[]finding.Result{result(6, "token", "fail", status(418, "teapot"))}, "6 ", "", false, 6, 2, 4},
		"forbidden": {[]finding.Result{result(1, "features", "pass", nil), result(2, "integration", "pass", nil), result(6, "token", "pass", nil), result(7, "api", "fail", finding.APIFacts{Calls: []finding.APICall{{Status: &forbidden}}})}, "7 ", "Permission of the record", false, 8, 0, 7},
		"works":     {[]finding.Result{result(1, "features", "pass", nil), result(2, "integration", "pass", nil), result(6, "token", "pass", nil), result(7, "api", "pass", nil)}, "", "", true, 8, 0, 8},
		"offline":   {nil, "", "", false, 6, 2, 5},
		"value":     {[]finding.Result{result(0, "profile", "fail", nil), result(6, "token", "unknown", nil)}, "0 ", "Set the missing value", false, 1, 0, 3},
	} {
		t.Run(name, func(t *testing.T) {
			f := draw(&finding.Report{Checks: append(slices.Clone(good), c.more...)})
			taken, open := 0, 0
			for _, l := range f.Lines {
				if strings.Contains(l.Class, "taken") {
					taken++
				}
				if strings.Contains(l.Class, "open") {
					open++
				}
			}
			if !strings.HasPrefix(f.Stop, c.stop) || (f.Stop == "") != (c.stop == "") || !strings.HasPrefix(f.Fix, c.fix) || (f.Fix == "") != (c.fix == "") || f.Works != c.works ||
				taken != c.taken || open != c.open || len(f.Proven) != c.proven {
				t.Errorf("stop %q, fix %q, works %v, %d taken, %d open, proven %q", f.Stop, f.Fix, f.Works, taken, open, f.Proven)
			}
			for _, step := range f.AlsoWrong { // what is only unknown is not wrong
				if !slices.ContainsFunc(c.more, func(r finding.Result) bool {
					return r.Status == finding.Fail && strings.HasPrefix(step, fmt.Sprint(r.Step))
				}) {
					t.Errorf("%s did not fail", step)
				}
			}
			if n := len(f.Proven) + len(f.Missing) + len(f.AlsoWrong); n != 8 && f.Stop == "" || n != 7 && f.Stop != "" {
				t.Errorf("%d steps are told", n)
			}
			for _, b := range f.Boxes {
				for _, w := range append(b.Lines, b.Checks...) {
					if room := (b.X + b.W - w.X) / 6; len(w.Text) > room {
						t.Errorf("%q has no room", w.Text)
					}
				}
			}
		})
	}
}

func TestDaysLeft(t *testing.T) {
	for days, want := range map[int]string{-31: "expired 31 days ago", -1: "expired 1 day ago", 0: "0 days left", 9: "9 days left"} {
		if got := daysLeft(days); got != want {
			t.Errorf("%d: %s, want %s", days, got, want)
		}
	}
}
