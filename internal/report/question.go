package report

import (
	"io"

	"github.com/nsauth/nsauth/internal/finding"
)

// Question is one question to the user. Empty parts are left out.
type Question struct {
	Heading string // such as "Question 2 (9 causes left)"
	Ask     string
	Menu    string // NetSuite menu path
	URL     string // path on the account's UI host
	Account string // for the host of URL
	Look    string // what to look for
	TBA     string // for users of token-based authentication
	Enter   string // what an empty line means
	Choices string // the possible answers
}

// Ask writes a question. The user types on the next line.
func Ask(w io.Writer, q Question, o TextOptions) error {
	t := questionPage(o, q.Account)
	t.row(0, nil, 0, span{q.Heading, faint})
	t.row(0, nil, 2, span{q.Ask, strong})
	b := block{2, 7}
	t.say(b, "where", q.Menu)
	if q.URL != "" {
		t.say(b, "link", PageURL(t.r, q.URL))
	}
	t.say(b, "look", q.Look)
	t.say(b, "TBA", q.TBA)
	t.say(b, "Enter", q.Enter)
	t.row(2, nil, 2, span{q.Choices, faint})
	return t.flush(w, o)
}

// Remark writes below a question what the answer led to, or why it is invalid.
func Remark(w io.Writer, s string, o TextOptions) error {
	t := questionPage(o, "")
	t.row(2, nil, 4, span{s, plain})
	return t.flush(w, o)
}

// questionPage is an empty page about an account.
func questionPage(o TextOptions, account string) *textReport {
	r := &finding.Report{Profile: &finding.Subject{Account: finding.Optional(account)}}
	return &textReport{page: newPage(o), r: r}
}

func (t *textReport) flush(w io.Writer, o TextOptions) error {
	s := t.b.String()
	if o.MaskIDs {
		s = Mask(s)
	}
	_, err := io.WriteString(w, s)
	return err
}
