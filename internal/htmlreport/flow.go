package htmlreport

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/text"
)

// The flowchart of docs/flowchart.md as a drawing, with the way that a run took.

// A step is a question of the flowchart. Fixes are where its other answers lead.
type step struct {
	text  string
	fixes []fix
}

// A fix applies if the server gave this answer; with "no" it is the only one.
type fix struct{ answer, text string }

const (
	tokenStep = 6
	callStep  = 7
	end       = "OAuth 2.0 works"
	no        = "no"
)

// steps are those of docs/flowchart.md, by number and in the same words.
var steps = []step{
	{"0 Values: account, Client ID, Certificate ID, key", []fix{{no, "Set the missing value: nsauth profile init"}}},
	{"1 Features OAUTH 2.0 and REST WEB SERVICES enabled?", []fix{{no, "Setup > Company > Enable Features > SuiteCloud"}}},
	{"2 Integration record Enabled, Client Credentials grant, scopes?", []fix{{no, "Setup > Integration > Manage Integrations"}}},
	{"3 Key type and size, certificate dates, Certificate ID of this certificate?", []fix{{no, "New pair with nsauth certgen; upload it at Setup > Integration > Manage Authentication > OAuth 2.0 Client Credentials (M2M) Setup"}}},
	{"4 Assertion: alg, kid, iss, aud, scope, signature; request?", []fix{{no, "Correct the program that signs: nsauth jwt inspect"}}},
	{"5 Clock in sync with NetSuite?", []fix{{no, "Synchronize the clock of this machine"}}},
	{"6 NetSuite reached, assertion accepted?", []fix{
		{"500 server_error", "alg, iss or kid, or a page of steps 1, 2, 3: Login Audit Trail, then --audit-detail"},
		{"400 invalid_grant", "Signature, iat and exp"},
		{"401 invalid_client", "Client ID; record Enabled"},
		{"400 invalid_request", "Parameters of the request"},
	}},
	{"7 Call works; role, entity, mapping?", []fix{
		{"401", "Permission Log in using OAuth 2.0 Access Tokens"},
		{"403", "Permission of the record: Setup > Users/Roles > Manage Roles"},
	}},
}

// A way is how far a run came in the flowchart.
type way struct {
	status [8]finding.Status // of each step; skip for one without a result
	checks [8][]finding.Result
	stop   int    // the step that is not right, -1 for none
	reach  int    // the last step that is known
	answer string // of the server at step 6 or 7, as in a fix
}

func wayOf(r *finding.Report) way {
	w := way{stop: -1}
	for i := range steps {
		for _, c := range r.Checks {
			if c.Step == i {
				w.checks[i] = append(w.checks[i], c)
			}
		}
		w.status[i] = worst(w.checks[i])
		if w.status[i] != finding.Skip {
			w.reach = i
		}
	}
	for _, bad := range []finding.Status{finding.Fail, finding.Unknown} {
		if i := slices.Index(w.status[:], bad); i >= 0 && w.stop < 0 {
			w.stop, w.reach = i, i
		}
	}
	w.answer = answerAt(r, w.stop)
	return w
}

// answerAt is what the server answered at the step where the way stops, "" for another step.
func answerAt(r *finding.Report, stop int) (answer string) {
	for _, c := range r.Checks {
		switch facts := c.Facts.(type) {
		case finding.TokenFacts:
			if stop == tokenStep && facts.Status != nil && facts.Error != nil {
				answer = fmt.Sprintf("%d %s", *facts.Status, *facts.Error)
			}
		case finding.APIFacts:
			for _, call := range facts.Calls {
				if stop == callStep && call.Status != nil && *call.Status >= 400 {
					answer = fmt.Sprint(*call.Status)
				}
			}
		}
	}
	return answer
}

// worst is the status of a step. A check that was skipped beside others says nothing.
func worst(checks []finding.Result) finding.Status {
	for _, s := range []finding.Status{finding.Fail, finding.Unknown, finding.Warn, finding.Pass} {
		if slices.ContainsFunc(checks, func(c finding.Result) bool { return c.Status == s }) {
			return s
		}
	}
	return finding.Skip
}

func proven(s finding.Status) bool { return s == finding.Pass || s == finding.Warn }

// works reports whether the run came to the end of the flowchart.
func (w way) works() bool {
	return w.stop < 0 && proven(w.status[tokenStep]) && proven(w.status[callStep])
}

// taken reports whether the way leads from step i to the next one.
func (w way) taken(i int) bool { return i < w.reach || i == callStep && w.works() }

// fix reports whether the way ends at this fix of step i.
func (w way) fix(i int, f fix) bool { return i == w.stop && (f.answer == no || f.answer == w.answer) }

// A flow is the drawing, with what it says in words.
type flow struct {
	Height                     int
	Boxes                      []box
	Lines                      []line
	Stop                       string // the step at which the way ends, "" for none
	Answer, Fix                string // the server's answer there, and where it leads
	Works                      bool
	Proven, Missing, AlsoWrong []string
}

// A box has its text in lines, each with its place.
type box struct {
	Class         string
	X, Y, W, H    int
	Status        finding.Status // "" for none
	SignX, SignY  int
	Lines, Checks []words
}

type words struct {
	X, Y  int
	Class string
	Text  string
}

// A line leads from one box to the next; its head is a triangle at its end.
type line struct {
	Class, Path, Head string
	Label             words
}

// The measures of the drawing, in units of a pixel on a phone.
const (
	width     = 360
	left      = 32 // of a step; the signs are in front of it
	spine     = 58 // of the line down
	fixLeft   = 100
	row       = 17
	pad       = 9
	gap       = 24
	stepChars = 40
	fixChars  = 33
)

// draw draws the flowchart with the way of a run.
func draw(r *finding.Report) *flow {
	w := wayOf(r)
	f := &flow{Works: w.works()}
	y := 4
	for i, s := range steps {
		status := w.status[i]
		class := "step"
		if i <= w.reach {
			class = "step taken"
		}
		if i == w.stop {
			class = "step stop"
			f.Stop, f.Answer = s.text, w.answer
		}
		b := box{Class: class, X: left, Y: y, W: width - left - 4, Status: status}
		b.Lines = place(wrap(s.text, stepChars), left+pad, y+pad+12, "q")
		b.Checks = place(wrapList(w.checks[i], stepChars+5), left+pad, y+pad+12+len(b.Lines)*row, "c")
		b.H = pad*2 + (len(b.Lines)+len(b.Checks))*row
		b.SignX, b.SignY = 15, y+b.H/2
		f.Boxes = append(f.Boxes, b)
		top := y + b.H
		y = f.fixes(w, i, top)
		f.Lines = append(f.Lines, down(top, y, w.taken(i), !proven(status)))
		f.sort(s.text, status)
	}
	class := "end"
	if f.Works {
		class = "end taken"
	}
	f.Boxes = append(f.Boxes, box{Class: class, X: left, Y: y, W: width - left - 4, H: row + 2*pad,
		Lines: place([]string{end}, left+pad, y+pad+12, "q")})
	f.Height = y + row + 2*pad + 4
	return f
}

// fixes draws where the other answers of a step lead, and returns where the next step begins.
func (f *flow) fixes(w way, i, top int) int {
	y := top + 10
	for _, x := range steps[i].fixes {
		class := "fix"
		if w.fix(i, x) {
			class, f.Fix = "fix taken", x.text
		}
		rows := wrap(x.text, fixChars)
		b := box{Class: class, X: fixLeft, Y: y, W: width - fixLeft - 4}
		if x.answer != no {
			rows = append([]string{x.answer}, rows...)
		}
		b.H = pad*2 - 4 + len(rows)*row
		b.Lines = place(rows, fixLeft+pad, y+pad+10, "f")
		if x.answer != no {
			b.Lines[0].Class = "f answer"
		}
		at := y + b.H/2
		l := line{Class: "line", Path: fmt.Sprintf("M%d %dV%dH%d", spine, top, at, fixLeft-6), Head: fmt.Sprintf("%d,%d %d,%d %d,%d", fixLeft-7, at-4, fixLeft, at, fixLeft-7, at+4)}
		if class != "fix" {
			l.Class = "line taken"
		}
		if x.answer == no {
			l.Label = words{spine + 12, at - 5, "l", no}
		}
		f.Lines, f.Boxes = append(f.Lines, l), append(f.Boxes, b)
		y += b.H + 8
	}
	return y - 8 + gap
}

// down is the line to the next step. It is open where the step before it is not proven.
func down(from, to int, taken, open bool) line {
	l := line{Class: "line", Path: fmt.Sprintf("M%d %dV%d", spine, from, to-6), Head: fmt.Sprintf("%d,%d %d,%d %d,%d", spine-4, to-7, spine, to, spine+4, to-7),
		Label: words{spine + 8, to - 8, "l", "yes"}}
	switch {
	case taken && open:
		l.Class = "line taken open"
	case taken:
		l.Class = "line taken"
	}
	return l
}

// sort says in words what a step proved.
func (f *flow) sort(question string, s finding.Status) {
	switch {
	case proven(s):
		f.Proven = append(f.Proven, question)
	case question != f.Stop && s == finding.Fail:
		f.AlsoWrong = append(f.AlsoWrong, question)
	case question != f.Stop:
		f.Missing = append(f.Missing, question)
	}
}

func place(rows []string, x, y int, class string) []words {
	placed := make([]words, len(rows))
	for i, s := range rows {
		placed[i] = words{x, y + i*row, class, s}
	}
	return placed
}

// wrap parts a text into lines of at most n characters, if its words are no longer.
func wrap(s string, n int) (rows []string) { return fill(strings.Fields(s), " ", n) }

// wrapList names the checks of a step, each with its status.
func wrapList(checks []finding.Result, n int) (rows []string) {
	var said []string
	for _, c := range checks {
		said = append(said, cut(c.ID)+": "+cut(c.Status))
	}
	return fill(said, ", ", n)
}

// cut bounds an ID or a status of a saved report.
func cut[T ~string](s T) string {
	short, _ := text.CutRunes(report.Clean(string(s)), 20)
	return short
}

func fill(parts []string, between string, n int) (rows []string) {
	for _, p := range parts {
		if last := len(rows) - 1; last >= 0 && len(rows[last])+len(between)+len(p) <= n {
			rows[last] += between + p
		} else {
			rows = append(rows, p)
		}
	}
	return rows
}
