// Package audit makes the documents of the commands that look into an account with an
// auditor: audit-trail, account and auditor init. It sends nothing itself.
package audit

import (
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/auditor"
	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/text"
)

// The kinds of the documents.
const (
	KindTrail   = "nsauth.audit-trail"
	KindAccount = "nsauth.account"
	KindQueries = "nsauth.auditor"
)

// TrailDocument is what nsauth audit-trail prints. Times are RFC 3339, UTC.
type TrailDocument struct {
	report.Head
	Account  string `json:"account"`
	Auditor  string `json:"auditor"`
	Since    string `json:"since"`
	LookedAt string `json:"looked_at"`
	Complete bool   `json:"complete"` // no entry of that time is missing
	// ReadBackTo is the time of the oldest entry that was read, before the filter; null if all
	// were read, or if its date is unreadable.
	ReadBackTo *string      `json:"read_back_to"`
	Entries    []TrailEntry `json:"entries"` // newest first
	// Unexpected counts the entries that --expect does not list; null without it.
	Unexpected *int `json:"unexpected"`
	ExitCode   int  `json:"exit_code"`
}

// TrailEntry is an entry, with what its Detail means. A value is null if the trail does not
// have it.
type TrailEntry struct {
	At          *string        `json:"at"` // by the clock of NetSuite's query; null if the date is unreadable
	Date        string         `json:"date"`
	Status      string         `json:"status"`
	Detail      *string        `json:"detail"`
	Means       *string        `json:"means"`
	Flows       []catalog.Flow `json:"flows"`
	Causes      []finding.Code `json:"causes"` // in a client credentials integration
	Fix         *string        `json:"fix"`    // of the first cause
	Application *string        `json:"application"`
	TokenName   *string        `json:"token_name"`
	RoleID      *string        `json:"role_id"`
	RoleName    *string        `json:"role_name"`
	UserID      *string        `json:"user_id"`
	UserName    *string        `json:"user_name"`
	IP          *string        `json:"ip"`
	RequestURI  *string        `json:"request_uri"`
	// Unexpected names what --expect does not list: application, role, address.
	Unexpected []string `json:"unexpected"`
}

// Filter says which entries are shown. The zero value shows all.
type Filter struct {
	Failures    bool
	Application string
}

func (f Filter) keeps(e auditor.Entry) bool {
	return (!f.Failures || e.Failed()) && (f.Application == "" || strings.EqualFold(f.Application, e.Application))
}

// Trail makes the document of a trail that was read for d. expect is nil without --expect.
func Trail(t auditor.Trail, d time.Duration, f Filter, expect *Expected) TrailDocument {
	doc := TrailDocument{Head: report.HeadOf(KindTrail), Since: text.UTC(t.Answered.Add(-d)), LookedAt: text.UTC(t.Answered),
		Complete: t.Complete, Entries: []TrailEntry{}}
	if n := len(t.Entries); !t.Complete && n > 0 && t.Entries[n-1].Dated {
		doc.ReadBackTo = new(text.UTC(t.Answered.Add(-t.Entries[n-1].Age)))
	}
	unexpected := 0
	for _, e := range t.Entries {
		if !f.keeps(e) {
			continue
		}
		entry := explained(e, t.Answered)
		if expect != nil {
			if entry.Unexpected = expect.unlisted(e); len(entry.Unexpected) > 0 {
				unexpected++
			}
		}
		doc.Entries = append(doc.Entries, entry)
	}
	if expect != nil {
		doc.Unexpected = &unexpected
	}
	switch {
	case unexpected > 0:
		doc.ExitCode = finding.ExitFail
	case (expect != nil || f != Filter{}) && !doc.Complete:
		doc.ExitCode = finding.ExitInconclusive
	}
	return doc
}

func explained(e auditor.Entry, answered time.Time) TrailEntry {
	entry := TrailEntry{Date: e.Date, Status: e.Status, Detail: finding.Optional(e.Detail), Application: finding.Optional(e.Application),
		TokenName: finding.Optional(e.TokenName), RoleID: finding.Optional(e.RoleID), RoleName: finding.Optional(e.RoleName),
		UserID: finding.Optional(e.UserID), UserName: finding.Optional(e.UserName), IP: finding.Optional(e.IP),
		RequestURI: finding.Optional(e.RequestURI), Flows: []catalog.Flow{}, Causes: []finding.Code{}, Unexpected: []string{}}
	if e.Dated {
		entry.At = new(text.UTC(answered.Add(-e.Age)))
	}
	detail, known := catalog.LookupDetail(e.Detail)
	if !known {
		return entry
	}
	entry.Means, entry.Flows = &detail.Means, detail.Flows
	if e.TokenName != "" { // the causes are those of client credentials
		return entry
	}
	entry.Causes = append(entry.Causes, detail.Codes...)
	if len(detail.Codes) > 0 {
		cause, _ := catalog.Lookup(detail.Codes[0])
		entry.Fix = finding.Optional(catalog.Fill(cause.Remedy.Summary, nil))
	}
	return entry
}
