package audit

import (
	"context"
	"errors"

	"github.com/nsauth/nsauth/internal/auditor"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/report"
)

// QueriesDocument is what nsauth auditor init prints: every query of the auditor, and
// whether it worked.
type QueriesDocument struct {
	report.Head
	Account  *string `json:"account"` // null if nothing was sent
	Auditor  *string `json:"auditor"`
	Queries  []Tried `json:"queries"`
	Worked   int     `json:"worked"`
	ExitCode int     `json:"exit_code"`
}

// Tried is a query, and how it ended.
type Tried struct {
	Name       string `json:"name"`
	Shows      string `json:"shows"`
	Permission string `json:"permission"`
	Basis      string `json:"basis"` // of the permission and the columns
	SQL        string `json:"sql"`
	// Result is worked, or why there is no answer: refused, not-visible, unreadable,
	// no-answer, or not-run.
	Result string  `json:"result"`
	Rows   *int    `json:"rows"`
	Status *int    `json:"status"` // of HTTP; null without an answer
	Code   *string `json:"error_code"`
}

// Untried lists the queries without sending one.
func Untried() QueriesDocument {
	doc := QueriesDocument{Head: report.HeadOf(KindQueries), Queries: []Tried{}}
	for _, q := range auditor.Queries() {
		doc.Queries = append(doc.Queries, Tried{Name: q.Name, Shows: q.Shows, Permission: q.Permission, Basis: q.Basis, SQL: q.SQL, Result: string(finding.NotRun)})
	}
	return doc
}

// Trouble is what all the queries have in common that did not work.
type Trouble string

const (
	CredentialRefused Trouble = "credential-refused"
	// NoSuiteQL: NetSuite refused each query as it does for a role without SuiteAnalytics
	// Workbook.
	NoSuiteQL Trouble = "no-suiteql"
)

// Trouble is "" if they have nothing in common.
func (d *QueriesDocument) Trouble() Trouble {
	userError := 0
	for _, t := range d.Queries {
		switch {
		case t.Result == string(auditor.Refused):
			return CredentialRefused
		case t.Result == string(auditor.NotVisible) && t.Code != nil && *t.Code == "USER_ERROR":
			userError++
		}
	}
	if userError == len(d.Queries) {
		return NoSuiteQL
	}
	return ""
}

// TryQueries sends every query once. It stops when the auditor itself is refused: the
// others would be too, and NetSuite counts failed logins.
func TryQueries(ctx context.Context, a *auditor.Auditor) QueriesDocument {
	doc := Untried()
	refused := false
	for i, q := range auditor.Queries() {
		t := &doc.Queries[i]
		t.Result = string(auditor.Refused)
		if !refused {
			rows, err := a.Try(ctx, q)
			var e *auditor.Error
			if errors.As(err, &e) {
				t.Result, t.Code = string(e.Reason), finding.Optional(e.Code)
				if e.Status != 0 {
					t.Status = &e.Status
				}
				refused = e.Reason == auditor.Refused
			} else {
				t.Result, t.Rows = "worked", &rows
				doc.Worked++
			}
		}
	}
	if doc.Worked < len(doc.Queries) {
		doc.ExitCode = finding.ExitFail
	}
	return doc
}
