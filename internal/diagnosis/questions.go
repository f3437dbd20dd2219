package diagnosis

import (
	"cmp"
	"slices"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
)

// QuestionID names a question. IDs are promises to scripts, as finding codes are.
type QuestionID string

// The questions that the code asks for by name; the others are only in questions.yaml.
const (
	AskWorked QuestionID = "worked-before"
	AskDetail QuestionID = "audit-detail"
)

// Kind is what a question accepts besides "don't know".
type Kind string

// YesNo accepts yes or no; CertificateID and AuditDetail accept a pasted value, or no
// if there is none.
const (
	YesNo         Kind = "yes-no"
	CertificateID Kind = "certificate-id"
	AuditDetail   Kind = "audit-detail"
)

// Question asks for something that only a person can see in NetSuite.
type Question struct {
	ID   QuestionID
	Kind Kind
	Ask  string // one question
	Look string // what to look for, in whole sentences
	Menu string // where, in NetSuite's menu words
	URL  string // path below the account's UI host, "" where none is known

	about   []finding.Code  // the causes that the answer concerns
	check   finding.CheckID // the check whose fact it answers, if there is one
	fault   Reply           // of YesNo: the reply that names the first of about; the other excludes all
	ifFault string          // what is so after that reply
	ifOK    string          // what is so after the other reply
}

// questions lists all questions, in the order in which to ask them.
func questions() []Question {
	var list []Question
	for _, row := range catalog.Questions() {
		q := Question{ID: QuestionID(row.ID), Kind: Kind(row.Kind), Ask: row.Ask, Look: row.Look,
			about: row.About, check: row.Check, fault: Reply(row.Fault), ifFault: row.IfFault, ifOK: row.IfOK}
		if row.Menu != "" {
			q.Menu = catalog.Menu(row.Menu)
		}
		list = append(list, q)
	}
	return list
}

// QuestionIDs lists all questions, in the order of the table.
func QuestionIDs() []QuestionID {
	var ids []QuestionID
	for _, q := range questions() {
		ids = append(ids, q.ID)
	}
	return ids
}

// LookupQuestion finds a question by its ID, its words filled from subject.
func LookupQuestion(id QuestionID, subject finding.Evidence) (Question, bool) {
	for _, q := range questions() {
		if q.ID == id {
			return q.fill(subject), true
		}
	}
	return Question{}, false
}

func (q Question) fill(subject finding.Evidence) Question {
	q.Ask, q.Look = catalog.Fill(q.Ask, subject), catalog.Fill(q.Look, subject)
	if len(q.about) > 0 {
		e, _ := catalog.Lookup(q.about[0])
		if e.Remedy.UIPath != nil {
			q.Menu = *e.Remedy.UIPath
		}
		if e.Remedy.UIURL != nil {
			q.URL = *e.Remedy.UIURL
		}
	}
	return q
}

// Next is the question whose answer tells most now. First comes whether it worked
// before, if unknown, because that orders the causes; then the question about the most
// likely cause that is left, and among equals the one with the fewest pages to open.
// The audit trail comes last: it needs an advanced search, and may have no entry. There
// is no question if no cause is in the account, if one is proven, or if an answer named
// the cause.
func Next(results []finding.Result, c Context) (Question, bool) {
	left := Left(results, c)
	if len(left) == 0 {
		return Question{}, false
	}
	const first, last = 0, 1 << 10
	rank := func(q Question) int {
		switch {
		case q.ID == AskWorked && c.Worked == nil && c.detail() == "" && newObservations(results, c).refused != nil:
			return first
		case q.ID == AskDetail:
			return last
		}
		for i, code := range left {
			if slices.Contains(q.about, code) {
				return i
			}
		}
		return -1
	}
	var open []Question
	for _, q := range questions() {
		if !c.answered(q.ID) && rank(q) >= 0 && (q.ID != AskDetail || !newObservations(results, c).trailRead()) {
			open = append(open, q)
		}
	}
	if len(open) == 0 {
		return Question{}, false
	}
	slices.SortStableFunc(open, func(a, b Question) int { return cmp.Compare(rank(a), rank(b)) })
	return open[0].fill(c.Subject), true
}

// Left lists the causes that questions can still tell apart, most likely first.
func Left(results []finding.Result, c Context) []finding.Code {
	o := newObservations(results, c)
	if c.Foreign || o.refused == nil && !o.callRefused() {
		return nil
	}
	for _, e := range o.effects() {
		if e.names {
			return nil
		}
	}
	causes, _ := o.causes(o.ruledOut())
	var left, matched []finding.Code
	for _, cause := range causes {
		switch {
		case cause.Confidence == finding.Certain:
			return nil
		case cause.ConsequenceOf != nil, o.refused != nil && cause.Code == o.refused.Code:
		case o.detailNames(cause.Code):
			matched = append(matched, cause.Code)
		case cause.Confidence == finding.Possible, cause.Code == "certificate-id.mismatch", catalog.Unseen()[cause.Code] != "":
			left = append(left, cause.Code)
		}
	}
	switch len(matched) {
	case 0:
		return askable(left)
	case 1: // the audit trail has settled it
		return nil
	}
	return askable(matched)
}

// askable are the causes that a question is about.
func askable(left []finding.Code) []finding.Code {
	all := questions()
	return slices.DeleteFunc(left, func(code finding.Code) bool {
		return !slices.ContainsFunc(all, func(q Question) bool { return slices.Contains(q.about, code) })
	})
}

// callRefused reports whether an API call was refused for one of several causes.
func (o *observations) callRefused() bool {
	return slices.ContainsFunc(o.findings, func(f finding.Finding) bool {
		_, several := ambiguous(f)
		return several && f.Severity != finding.Info
	})
}
