package report

import (
	"io"

	"github.com/nsauth/nsauth/internal/finding"
)

// Question is one question as a person sees it. Empty parts are left out.
type Question struct {
	Heading string // how far the interview got: "Question 2 (9 causes left)"
	Ask     string
	Menu    string // where, in NetSuite's menu words
	URL     string // path below the account's UI host
	Account string // whose host that is
	Look    string // what to look for
	TBA     string // for those who come from token-based authentication
	Enter   string // what an empty line stands for
	Choices string // what can be answered
}

// Ask writes a question. What is typed begins on the next line.
func Ask(w io.Writer, q Question, o TextOptions) error {
	t := talk(o, q.Account)
	t.row(0, nil, 0, span{q.Heading, faint})
	t.row(0, nil, 2, span{q.Ask, strong})
	b := block{2, 7}
	t.say(b, "where", q.Menu)
	if q.URL != "" {
		t.say(b, "link", t.link(q.URL))
	}
	t.say(b, "look", q.Look)
	t.say(b, "TBA", q.TBA)
	t.say(b, "Enter", q.Enter)
	t.row(2, nil, 2, span{q.Choices, faint})
	return t.flush(w, o)
}

// Remark writes what an answer led to, or why it cannot be taken, below a question.
func Remark(w io.Writer, s string, o TextOptions) error {
	t := talk(o, "")
	t.row(2, nil, 4, span{s, plain})
	return t.flush(w, o)
}

// talk is an empty page about an account.
func talk(o TextOptions, account string) *textReport {
	r := &finding.Report{Profile: &finding.Subject{Account: finding.Optional(account)}}
	return &textReport{page: newPage(o), r: r, lookup: catalogued}
}

func (t *textReport) flush(w io.Writer, o TextOptions) error {
	s := t.b.String()
	if o.MaskIDs {
		s = Mask(s)
	}
	_, err := io.WriteString(w, s)
	return err
}
