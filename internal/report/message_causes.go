package report

import (
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/text"
)

// What is wrong, in a message: where to look, what to change, what to send back.

// wrong writes the causes that are known, each with its fix and its page.
func (m *message) wrong() {
	if e := m.r.Error; e != nil {
		m.step(m.fit(e.Message))
	}
	for _, c := range m.plan.main {
		m.cause(c)
	}
	if len(m.plan.main)+len(m.plan.set) == 0 {
		for _, check := range m.r.Checks {
			for _, f := range counted(check) {
				m.cause(finding.Cause{Code: f.Code, Title: check.Title, Because: f.Message, Remedy: f.Remedy, UIPath: f.Remedy.UIPath})
			}
		}
	}
	if m.ours() {
		m.line(2, m.say("wrong", "first"))
	}
}

// cause writes what is wrong, and for who can change it the fix and the page.
func (m *message) cause(c finding.Cause) {
	why := Sentence(m.fit(c.Because))
	if !strings.Contains(strings.ToLower(why), strings.ToLower(c.Title)) {
		why = strings.TrimSpace(c.Title + ". " + why)
	}
	m.step(why)
	if m.reader == ReaderSupport {
		return
	}
	const indent = 5
	steps, path := c.Remedy.Steps, value(c.UIPath)
	if elsewhere(c) && m.reader == ReaderAdmin { // who cannot follow them
		m.line(indent, m.say("wrong", "elsewhere"))
		steps = nil
	}
	m.labelled(indent, m.say("wrong", "fix")+" ", m.fit(c.Remedy.Summary))
	for _, s := range steps {
		m.labelled(indent, "- ", m.fit(s))
	}
	m.labelled(indent, m.say("wrong", "page")+" ", path)
	m.line(indent, value(c.UIURL))
	if own(c, "key", "certificate", "certificate-id", "setup") {
		m.upload(path)
	}
}

// upload says once who makes the certificate, on the page where one is uploaded.
func (m *message) upload(path string) {
	if path == catalog.Menu("mapping") && !m.uploads {
		m.line(5, m.say("wrong", "certificate"))
		m.uploads = true
	}
}

// possible writes the causes that look the same from outside: for the administrator a
// question each, by page, and for the others their titles.
func (m *message) possible() {
	set := m.plan.set
	switch {
	case len(set) == 0:
		return
	case m.reader == ReaderAdmin:
		m.questions(set)
		return
	case m.plan.isChecklist():
		m.items(set)
		return
	}
	m.line(2, m.say("set", m.setIntro(set)))
	pages, byPage := paged(set, menuPath)
	for _, page := range pages {
		var titles []string
		for _, c := range byPage[page] {
			titles = append(titles, c.Title)
		}
		if said := strings.Join(titles, "; "); m.reader == ReaderDeveloper && page != "" {
			m.bullet(page + ": " + said)
		} else {
			m.bullet(said)
		}
	}
}

// isChecklist reports whether the set are the open items of a checklist.
func (p plan) isChecklist() bool { return len(p.set) > 0 && p.set[0].Code == "" }

// items writes for a developer the items of a checklist that are not in NetSuite.
func (m *message) items(set []finding.Cause) {
	for _, c := range set {
		if m.reader == ReaderDeveloper && c.UIPath == nil && c.Question != nil {
			m.step(*c.Question)
			m.labelled(5, m.say("wrong", "fix")+" ", m.fit(c.Remedy.Summary))
		}
	}
}

// menuPath is where a cause is changed in NetSuite, "" for one that is not.
func menuPath(c finding.Cause) string { return value(c.UIPath) }

func (m *message) setIntro(set []finding.Cause) string {
	switch {
	case len(m.plan.main) > 0:
		return "after"
	case inNetSuite(set):
		return "account"
	}
	return "mixed"
}

func (m *message) questions(set []finding.Cause) {
	intro := "intro"
	switch {
	case m.state == "not-sent": // no failure is known that a page explains
		intro = "check"
	case len(m.plan.main) > 0:
		intro = "after"
	}
	pages, byPage := paged(slices.DeleteFunc(slices.Clone(set), func(c finding.Cause) bool { return c.Question == nil || c.UIPath == nil }), menuPath)
	if len(pages) > 0 {
		m.line(2, m.say("set", intro))
	}
	for _, path := range pages {
		m.step(path)
		m.line(5, value(byPage[path][0].UIURL))
		m.upload(path)
		for i, c := range byPage[path] {
			m.labelled(5, string(rune('a'+i))+") ", *c.Question)
			m.labelled(8, m.say("wrong", "fix")+" ", m.fit(c.Remedy.Summary))
		}
	}
}

// trail says where NetSuite itself may name the cause.
func (m *message) trail() {
	if m.state == "refused" && !m.known() || m.state == "call-refused" && len(m.plan.set) > 0 {
		m.line(2, catalog.Menu("login-audit-trail"))
		m.line(2, m.say("trail", "text"))
	}
}

// known reports whether the first cause is certain.
func (m *message) known() bool {
	return len(m.plan.main) > 0 && m.plan.main[0].Confidence == finding.Certain
}

// docs are the pages about what is wrong; without a cause, those about the request.
func (m *message) docs() {
	var pages []string
	for _, c := range m.plan.main {
		for _, page := range c.Remedy.Docs {
			if !slices.Contains(pages, page) {
				pages = append(pages, page)
			}
		}
	}
	if len(pages) == 0 {
		pages = []string{m.say("docs", "assertion"), m.say("docs", "token-request")}
	}
	for _, page := range pages {
		m.bullet(page)
	}
}

// open is the state, or "elsewhere" for an administrator who has nothing to change, or
// "known" where all that is left is to fix the cause. A support case stays open unless
// the cause is the caller's own.
func (m *message) open() string {
	inNetSuite := func(c finding.Cause) bool { return !elsewhere(c) }
	if m.reader == ReaderAdmin && m.known() && !slices.ContainsFunc(m.plan.main, inNetSuite) {
		return "elsewhere"
	}
	known := m.known() || len(m.plan.main) > 0 && len(m.plan.set) == 0
	if known && (m.state == "refused" || m.state == "call-refused") && (m.reader != ReaderSupport || m.ours()) {
		return "known"
	}
	return m.state
}

// ours reports whether the first cause is the caller's own.
func (m *message) ours() bool {
	return len(m.plan.main) > 0 && own(m.plan.main[0], "profile", "certificate-id", "key", "certificate", "assertion", "request", "clock")
}

// elsewhere reports whether a cause is changed in the files, the program or the machine
// of the caller alone.
func elsewhere(c finding.Cause) bool {
	return c.UIPath == nil && own(c, "key", "certificate", "assertion", "request", "clock")
}

func own(c finding.Cause, families ...string) bool {
	family, _, _ := strings.Cut(string(c.Code), ".")
	return slices.Contains(families, family)
}

func (m *message) ask() { m.line(2, m.say("ask", m.open())) }

func (m *message) reply() {
	state := m.open()
	for _, n := range []string{"1", "2", "3", "4"} {
		m.step(m.say("reply", state+" "+n))
	}
	if m.uploads {
		m.step(m.say("reply", "upload"))
	}
}

// fromAfar replaces words that mean the machine and the profile of the sender.
var fromAfar = strings.NewReplacer("this machine's clock", "the sender's clock", "this machine", "the sender's machine", " the profile", " the settings")

// fit is a text of the report for this reader: without the paths of files, and "" if it
// is about nsauth itself.
func (m *message) fit(s string) string {
	s = m.withoutFolders(s)
	for _, c := range m.r.Checks {
		for _, f := range c.Findings {
			if file, ok := f.Evidence["path"].(string); ok && file != "" && c.ID != finding.CheckAPI {
				s = strings.ReplaceAll(s, file, fileName(file))
			}
		}
	}
	for pattern := range strings.FieldsSeq(m.say("leave-out", "words")) {
		prefix, open := strings.CutSuffix(pattern, "*")
		for word := range strings.FieldsSeq(s) {
			if word = strings.Trim(word, `.,;:()"'$`); word == prefix || open && strings.HasPrefix(word, prefix) {
				return ""
			}
		}
	}
	return fromAfar.Replace(s)
}

// Sentence ends s with a full stop, and begins it with a capital unless that would
// change the name of a claim.
func Sentence(s string) string {
	if s == "" {
		return ""
	}
	first, _, _ := strings.Cut(s, " ")
	if r := []rune(s); !slices.Contains(slices.Concat(headerNames, claimNames), first) {
		s = strings.ToUpper(string(r[:1])) + string(r[1:])
	}
	return noStop(s) + "."
}

// utc is an RFC 3339 time as people read it, "" for anything else.
func utc(s string) string {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return ""
	}
	return text.Time(t)
}
