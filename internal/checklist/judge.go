package checklist

import (
	"cmp"
	"slices"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/diagnosis"
	"github.com/nsauth/nsauth/internal/finding"
)

// Document is the checklist with what was judged and answered.
func (l *List) Document() *finding.Checklist {
	doc := l.head
	state := map[finding.ItemState]*int{finding.ItemOK: &doc.Summary.OK, finding.ItemWrong: &doc.Summary.Wrong,
		finding.ItemOpen: &doc.Summary.Open, finding.ItemNotSeen: &doc.Summary.NotSeen}
	l.remedy = map[string]finding.Remedy{}
	for _, page := range l.pages {
		for _, row := range page.Items {
			doc.Items = append(doc.Items, l.judged(page, row))
		}
	}
	for _, a := range l.answers {
		l.apply(doc.Items, a)
	}
	for _, i := range doc.Items {
		*state[i.State]++
	}
	if doc.Summary.Wrong > 0 {
		doc.ExitCode = finding.ExitFail
	}
	counts := finding.Evidence{"ok": doc.Summary.OK, "total": len(doc.Items)}
	for name, n := range map[string]int{"wrong": doc.Summary.Wrong, "open": doc.Summary.Open, "unseen": doc.Summary.NotSeen} {
		if n > 0 {
			counts[name] = n
		}
	}
	doc.Headline = catalog.Headline("checklist", counts)
	doc.Next = l.next(doc.Items)
	return &doc
}

// judged is an item with the verdict of nsauth, or open.
func (l *List) judged(page catalog.ChecklistPage, row catalog.ChecklistItem) finding.ChecklistItem {
	q, _ := diagnosis.LookupQuestion(diagnosis.QuestionID(row.ID), l.context.Subject)
	item := finding.ChecklistItem{ID: row.ID, Page: page.Page, Title: page.Title, State: finding.ItemOpen, Basis: row.Basis,
		Question: cmp.Or(catalog.Fill(row.Ask, l.context.Subject), q.Ask), Look: cmp.Or(catalog.Fill(row.Look, l.context.Subject), q.Look)}
	if page.Menu != "" {
		path, url := catalog.MenuPage(page.Menu)
		item.UIPath = &path
		if url != "" && l.appHost != "" {
			item.UIURL = new("https://" + l.appHost + url)
		}
	}
	if f := l.found(row.Codes); f.Code != "" {
		l.settle(&item, finding.ItemWrong, finding.ReadByNsauth, f)
	} else if slices.ContainsFunc(row.Judged, func(by string) bool { return l.given[by] }) {
		l.settle(&item, finding.ItemOK, finding.ReadByNsauth, l.found(row.Warns))
	}
	return item
}

// found is the first finding with one of these codes, the zero one if there is none.
func (l *List) found(codes []finding.Code) finding.Finding {
	for _, r := range l.results {
		for _, f := range r.Findings {
			if !f.Accepted && slices.Contains(codes, f.Code) {
				return f
			}
		}
	}
	return finding.Finding{}
}

// settle gives an item its state, and what f says about it.
func (l *List) settle(item *finding.ChecklistItem, state finding.ItemState, by finding.ReadBy, f finding.Finding) {
	item.State, item.By, item.Code = state, &by, nil
	if f.Code != "" {
		item.Code = &f.Code
	}
	item.Message, item.Fix = finding.Optional(f.Message), finding.Optional(f.Remedy.Summary)
	l.remedy[item.ID] = f.Remedy
}

// apply settles the item that an answer is about, and those that it makes needless.
func (l *List) apply(items []finding.ChecklistItem, a diagnosis.Answer) {
	at := l.index(items, string(a.Question))
	if at < 0 {
		return // such as the Login Audit Trail
	}
	row, about := l.row(string(a.Question)), &items[at]
	said := func(state finding.ItemState, code finding.Code, because string) {
		f := finding.Finding{Code: code, Message: because}
		if a.Reply == diagnosis.No || code != "" {
			f.Remedy = row.Remedy(code, l.context.Subject)
		}
		l.settle(about, state, finding.ReadByPerson, f)
	}
	about.Answer = new(string(a.Reply))
	if a.Reply == diagnosis.Pasted {
		about.Answer = &a.Text
	}
	_, asked := diagnosis.LookupQuestion(a.Question, nil)
	switch {
	case a.Reply == diagnosis.DontKnow:
		said(finding.ItemNotSeen, "", "")
	case asked:
		named, out, because := l.says(a)
		if named != "" {
			said(finding.ItemWrong, named, because)
			return
		}
		said(finding.ItemOK, "", because)
		l.exclude(items, out, because)
	case a.Reply == diagnosis.Yes:
		said(finding.ItemOK, "", "")
	case row.Advice:
		said(finding.ItemOK, row.Wrong, "")
	default:
		said(finding.ItemWrong, row.Wrong, "")
	}
}

// says is what the answer to a question of the doctor says. A pasted Certificate ID is
// compared with the configured one; without one, the page is where it is read.
func (l *List) says(a diagnosis.Answer) (named finding.Code, out []finding.Code, because string) {
	computed, _ := l.context.Subject["computed"].(string)
	if a.Reply != diagnosis.Pasted || l.given["certificate-id"] {
		return diagnosis.Says(l.results, l.context, a)
	}
	if computed != "" && computed != a.Text {
		return "setup.mapping-missing", nil, catalog.Because("row-of-another-certificate", nil)
	}
	return "", []finding.Code{"setup.mapping-missing", "setup.sandbox-refreshed"}, ""
}

// exclude settles the open items that are about nothing but excluded causes.
func (l *List) exclude(items []finding.ChecklistItem, out []finding.Code, because string) {
	for _, q := range catalog.Questions() {
		i := l.index(items, q.ID)
		needed := slices.ContainsFunc(q.About, func(code finding.Code) bool { return !slices.Contains(out, code) })
		if i >= 0 && items[i].State == finding.ItemOpen && len(q.About) > 0 && !needed {
			l.settle(&items[i], finding.ItemOK, finding.ReadByPerson, finding.Finding{Message: because})
		}
	}
}

func (l *List) index(items []finding.ChecklistItem, id string) int {
	return slices.IndexFunc(items, func(i finding.ChecklistItem) bool { return i.ID == id })
}

func (l *List) row(id string) catalog.ChecklistItem {
	for _, page := range l.pages {
		if i := slices.IndexFunc(page.Items, func(i catalog.ChecklistItem) bool { return i.ID == id }); i >= 0 {
			return page.Items[i]
		}
	}
	return catalog.ChecklistItem{}
}

// Answer notes an answer, in place of an earlier one to the same question.
func (l *List) Answer(a diagnosis.Answer) {
	l.answers = append(slices.DeleteFunc(l.answers, func(old diagnosis.Answer) bool { return old.Question == a.Question }), a)
}

// Back drops the last answer, and reports whether there is another one to drop.
func (l *List) Back() bool {
	l.answers = l.answers[:max(0, len(l.answers)-1)]
	return len(l.answers) > 0
}

// Ask is the next open item as a question; false if no item is left to ask.
func (l *List) Ask() (diagnosis.Question, finding.ChecklistItem, bool) {
	items := l.Document().Items
	for _, i := range items {
		after := l.index(items, l.row(i.ID).After)
		if i.State != finding.ItemOpen || after >= 0 && items[after].State == finding.ItemWrong {
			continue
		}
		q, asked := diagnosis.LookupQuestion(diagnosis.QuestionID(i.ID), l.context.Subject)
		if !asked {
			q = diagnosis.Question{ID: diagnosis.QuestionID(i.ID), Kind: diagnosis.YesNo}
		}
		q.Ask, q.Look, q.Menu, q.URL = i.Question, i.Look, "", ""
		if i.UIPath != nil {
			q.Menu = *i.UIPath
		}
		return q, i, true
	}
	return diagnosis.Question{}, finding.ChecklistItem{}, false
}

// next is what to do now: the remedy of what is wrong, in the order in which faults are
// best fixed; else the first page to look at.
func (l *List) next(items []finding.ChecklistItem) *finding.NextStep {
	var first, open *finding.ChecklistItem
	place := func(i *finding.ChecklistItem) int {
		if i.Code == nil {
			return catalog.Place("")
		}
		return catalog.Place(*i.Code)
	}
	for n := range items {
		switch i := &items[n]; {
		case i.State == finding.ItemWrong && (first == nil || place(i) < place(first)):
			first = i
		case (i.State == finding.ItemOpen || i.State == finding.ItemNotSeen) && open == nil:
			open = i
		}
	}
	switch {
	case first != nil:
		m := l.remedy[first.ID]
		return &finding.NextStep{Summary: m.Summary, UIPath: first.UIPath, UIURL: first.UIURL, Commands: m.Commands, Docs: m.Docs}
	case open != nil:
		return &finding.NextStep{Summary: catalog.Headline("checklist-open", nil), UIPath: open.UIPath, UIURL: open.UIURL,
			Commands: [][]string{l.again}}
	}
	return &finding.NextStep{Summary: catalog.Headline("checklist-in-order", nil), Commands: [][]string{l.target.Argv("doctor")}}
}
