package checklist

import (
	"slices"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/diagnosis"
	"github.com/nsauth/nsauth/internal/finding"
)

// Report is the checklist as a report, for a message to hand on: an item that is wrong
// is a cause, and one that is open or not seen is a possible cause with its question.
func (l *List) Report() *finding.Report {
	doc := l.Document()
	r := &finding.Report{SchemaVersion: doc.SchemaVersion, Kind: finding.KindReport, Tool: doc.Tool, Command: doc.Command, StartedAt: doc.StartedAt,
		Profile: doc.Profile, Outcome: finding.OutcomePass, ExitCode: doc.ExitCode, Diagnosis: &finding.Diagnosis{}}
	for _, check := range l.results {
		if check.Status == finding.Pass {
			r.Checks = append(r.Checks, check)
		}
	}
	if doc.Summary.Wrong > 0 {
		r.Outcome = finding.OutcomeFail
	}
	var wrong, unseen []finding.Cause
	for _, i := range doc.Items {
		switch i.State {
		case finding.ItemWrong:
			wrong = append(wrong, l.cause(i, l.remedy[i.ID]))
		case finding.ItemOpen, finding.ItemNotSeen:
			c := l.cause(i, l.remedyIfWrong(i.ID))
			c.Confidence, c.ReadBy = finding.Possible, finding.ReadByPerson
			unseen = append(unseen, c)
		}
	}
	slices.SortStableFunc(wrong, func(a, b finding.Cause) int { return catalog.Place(a.Code) - catalog.Place(b.Code) })
	r.Diagnosis.Causes = append(wrong, unseen...)
	return r
}

// cause is an item as a cause that remedy fixes.
func (l *List) cause(i finding.ChecklistItem, remedy finding.Remedy) finding.Cause {
	c := finding.Cause{Kind: finding.CauseFailure, Confidence: finding.Certain, Title: i.Title, Question: &i.Question, Page: &i.Page, UIPath: i.UIPath, UIURL: i.UIURL,
		Remedy: remedy, Because: i.Question}
	if i.By != nil {
		c.ReadBy = *i.By
	}
	if i.Code != nil {
		c.Code = *i.Code
	}
	if i.Message != nil {
		c.Because = *i.Message
	}
	return c
}

// remedyIfWrong is what to do about an item if a person finds that it is wrong.
func (l *List) remedyIfWrong(id string) finding.Remedy {
	for _, reply := range []diagnosis.Reply{diagnosis.No, diagnosis.Yes} {
		if code, _, _ := l.says(diagnosis.Answer{Question: diagnosis.QuestionID(id), Reply: reply}); code != "" {
			return l.row(id).Remedy(code, l.context.Subject)
		}
	}
	return l.row(id).Remedy("", l.context.Subject)
}
