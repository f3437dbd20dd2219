package report

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/nsauth/nsauth/internal/finding"
)

// shortBlock is where the parts of a cause are written.
var shortBlock = block{2, 6}

func (t *textReport) part(n int, label, body string) {
	if strings.TrimSpace(body) != "" {
		t.rowsOf(n, shortBlock.indent, shortBlock.label(label), shortBlock.hang(), span{body, plain})
	}
}

// firstCause writes the cause to fix first: why, how and where.
func (t *textReport) firstCause(c finding.Cause, d detail) {
	sure := map[finding.Confidence]string{finding.Likely: "Likely: ", finding.Possible: "Possible: "}[c.Confidence]
	if c.Kind == finding.CauseWarning {
		sure = ""
	}
	t.rowsOf(2, 0, nil, 2, span{sure, confidenceLook[c.Confidence]}, span{c.Title, strong}, span{" (" + string(c.Code) + ")", faint})
	t.part(d.why, "why", WhyOf(c))
	t.fix(c.Remedy, d.fix)
	if c.UIPath != nil {
		t.part(2, "page", *c.UIPath)
	}
	if c.UIURL != nil {
		t.part(1, "", *c.UIURL)
	}
}

// fix writes what a remedy says to do, in at most n rows.
func (t *textReport) fix(m finding.Remedy, n int) {
	steps := append([]string{m.Summary}, m.Steps...)
	label := "fix"
	for i, step := range steps {
		before := t.rows()
		number := ""
		if i > 0 {
			number = fmt.Sprintf("%d. ", i)
		}
		t.rowsOf(min(n, 2), shortBlock.indent, append(shortBlock.label(label), span{number, plain}), shortBlock.hang()+len(number), span{step, plain})
		label = ""
		if n -= t.rows() - before; n <= 0 {
			return
		}
	}
}

// WhyOf is why a cause matters. What a person answered or read is said as that.
func WhyOf(c finding.Cause) string {
	if c.ReadBy == finding.ReadByPerson || c.ReadBy == finding.ReadByAuditor || c.Meaning == "" {
		return c.Because
	}
	return c.Meaning
}

// otherCauses names what is left after the first cause, a row each.
func (t *textReport) otherCauses(p plan, d detail) {
	others := p.main[1:]
	more := max(0, len(others)-d.others)
	if more == 1 {
		more = 0
	}
	for _, c := range others[:len(others)-more] {
		t.rowsOf(1, 0, []span{{"Also:", plain}}, 6, span{c.Title, strong}, span{" (" + string(c.Code) + ")", faint})
	}
	if more > 0 {
		t.rowsOf(1, 0, nil, 0, span{fmt.Sprintf("and %d more: -v", more), plain})
	}
	switch {
	case len(p.set) > 1 && inNetSuite(p.set) && p.main[0].UIPath == nil:
		t.rowsOf(1, 0, nil, 0, span{fmt.Sprintf("If that is not it: one of %d causes, first %s (-v lists them).", len(p.set), p.set[0].Code), plain})
	case len(p.set) > 1 && inNetSuite(p.set):
		t.rowsOf(1, 0, nil, 0, span{fmt.Sprintf("If that is correct there, it is one of %d causes in the account: -v lists them.", len(p.set)), plain})
	case len(p.set) > 1:
		t.rowsOf(1, 0, nil, 0, span{fmt.Sprintf("If that is not it, it is one of %d causes: -v lists them.", len(p.set)), plain})
	}
}

// pagesOf lists a set by the page in NetSuite that a person has open, with a question
// for each cause.
func (t *textReport) pagesOf(set []finding.Cause, d detail) {
	pages, byPage := paged(set, func(c finding.Cause) string {
		if c.Question == nil { // no page answers it
			return ""
		}
		return value(c.Page)
	})
	t.rowsOf(2, 0, nil, 0, span{t.setShort(set, len(pages)), plain})
	for i, page := range pages {
		causes := byPage[page]
		label := []span{{fmt.Sprintf("%d", i+1), strong}, {" ", plain}}
		if page == "" {
			t.rowsOf(1, 0, label, 2, span{"Here, on this machine", strong})
		} else {
			t.rowsOf(2, 0, label, 2, span{value(causes[0].UIPath), strong})
			if u := causes[0].UIURL; u != nil {
				t.rowsOf(1, 2, nil, 2, span{*u, plain})
			}
		}
		if i >= d.pages && len(causes) > 1 {
			t.rowsOf(1, 2, nil, 4, span{fmt.Sprintf("- %d causes: -v lists them", len(causes)), plain})
			continue
		}
		for _, c := range causes {
			question := cmp.Or(value(c.Question), c.Title+": "+c.Because)
			if value(c.Page) != "mapping" { // whose Certificate ID a person looks for
				question = shorten(question)
			}
			t.rowsOf(1+min(1, d.below), 2, nil, 4, span{"- " + question, plain})
		}
	}
}

// paged groups causes by their page, "" for those without one, and lists the pages in
// the order of the causes.
func paged(set []finding.Cause, page func(finding.Cause) string) (pages []string, byPage map[string][]finding.Cause) {
	byPage = map[string][]finding.Cause{}
	for _, c := range set {
		at := page(c)
		if byPage[at] == nil {
			pages = append(pages, at)
		}
		byPage[at] = append(byPage[at], c)
	}
	return pages, byPage
}

func (t *textReport) setShort(set []finding.Cause, pages int) string {
	switch {
	case t.issued():
		return "Key, certificate and IDs are in order. NetSuite gives this answer for each of these; most likely first:"
	case inNetSuite(set) && pages == 1:
		return "The cause is in the account, on this page. NetSuite gives the same answer for each of these:"
	case inNetSuite(set):
		return "The cause is in the account. NetSuite gives the same answer for all of these, so look at each page, most likely first:"
	}
	return "It is one of these, in the order in which to look:"
}
