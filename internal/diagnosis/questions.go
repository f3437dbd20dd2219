package diagnosis

import (
	"cmp"
	"slices"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
)

// QuestionID names a question. IDs are promises to scripts, as finding codes are.
type QuestionID string

// The questions, in the order of the table.
const (
	AskWorked    QuestionID = "worked-before"
	AskRefreshed QuestionID = "sandbox-refreshed"
	AskRow       QuestionID = "mapping-row"
	AskRowValid  QuestionID = "mapping-valid"
	AskState     QuestionID = "integration-enabled"
	AskClientID  QuestionID = "client-id"
	AskGrant     QuestionID = "grant"
	AskScopes    QuestionID = "scopes"
	AskFeatures  QuestionID = "features"
	AskRole      QuestionID = "role-and-entity"
	AskLogin     QuestionID = "login-permission"
	AskREST      QuestionID = "rest-permission"
	AskWorkbook  QuestionID = "workbook-permission"
	AskDetail    QuestionID = "audit-detail"
)

// Kind is what a question takes besides "don't know".
type Kind string

// YesNo takes yes or no; CertificateID and AuditDetail take a pasted value, or no
// where there is none to paste.
const (
	YesNo         Kind = "yes-no"
	CertificateID Kind = "certificate-id"
	AuditDetail   Kind = "audit-detail"
)

// Question is a look into NetSuite that only a person can take.
type Question struct {
	ID   QuestionID
	Kind Kind
	Ask  string // one question
	Look string // what to look for, in whole sentences
	Menu string // where, in NetSuite's menu words
	URL  string // path below the account's UI host, "" where none is known

	about  []finding.Code  // the causes that the answer bears on
	check  finding.CheckID // the check whose fact it answers, if there is one
	fault  Reply           // of YesNo: the reply that names the first of about; the other excludes all
	amiss  string          // what is so after that reply
	proper string          // what is so after the other
}

// questions is the table: the fewest pages to open first. Ask and Look hold
// placeholders that Fill replaces by Context.Subject. The menu path is that of the
// first cause that a question is about.
func questions() []Question {
	return []Question{
		{ID: AskWorked, Kind: YesNo,
			Ask:  "Did this integration get a token before, with these very values?",
			Look: "If it did, what changes by itself or by another hand is looked at first: an ended certificate, a person who left. --worked-until DATE says it from the start."},
		{ID: AskRefreshed, Kind: YesNo, about: []finding.Code{"setup.sandbox-refreshed"}, fault: Yes,
			Ask:   "Was this sandbox refreshed since the integration last worked?",
			Look:  "A refresh clears this page. Whoever ordered it knows the day.",
			amiss: "the sandbox was refreshed", proper: "the sandbox was not refreshed"},
		{ID: AskRow, Kind: CertificateID, check: finding.CheckMapping,
			about: []finding.Code{"setup.mapping-missing", "setup.sandbox-refreshed", "certificate-id.mismatch"},
			Ask:   "Which Certificate ID does the row of this integration show? Paste it; no if there is no such row.",
			Look:  "Find the row by its Application. The Certificate ID has 43 characters[, and {kid} was sent]."},
		{ID: AskRowValid, Kind: YesNo, about: []finding.Code{"setup.certificate-revoked"}, check: finding.CheckMapping, fault: No,
			Ask:   "Is the certificate of this integration's row in force: not revoked, and its Valid until still to come?",
			Look:  "Find the row by its Application. The page's own Valid until counts. It may be earlier than the end in the certificate file.",
			amiss: "the certificate is revoked or past its Valid until", proper: "the certificate is in force"},
		{ID: AskState, Kind: YesNo, about: []finding.Code{"setup.integration-disabled"}, check: finding.CheckIntegration, fault: No,
			Ask:   "Does the integration record's State say Enabled?",
			Look:  "The list has a column State. A record can be Blocked, or wait for approval after an automatic installation.",
			amiss: "the State is not Enabled", proper: "the State is Enabled"},
		{ID: AskClientID, Kind: YesNo, about: []finding.Code{"setup.integration-unknown"}, check: finding.CheckIntegration, fault: No,
			Ask: "Was the Client ID[ {client_id}] copied from this very record, in this account, and were its credentials left alone since?",
			Look: "NetSuite shows a Client ID only once, so compare with what was stored then. Do not press Reset Credentials to see one: " +
				"every program that uses the record would stop.",
			amiss: "the Client ID is not of this record", proper: "the Client ID is of this record"},
		{ID: AskGrant, Kind: YesNo, about: []finding.Code{"setup.grant-not-enabled"}, check: finding.CheckIntegration, fault: No,
			Ask:   "Is Client Credentials (Machine to Machine) Grant ticked on the record?",
			Look:  "Open the record. The box stands under OAuth 2.0. TOKEN-BASED AUTHENTICATION need not be ticked.",
			amiss: "the grant is not ticked", proper: "the grant is ticked"},
		{ID: AskScopes, Kind: YesNo, about: []finding.Code{"setup.scope-not-enabled"}, check: finding.CheckIntegration, fault: No,
			Ask:   "Is the box of each scope that is asked for ticked on the record?",
			Look:  "[Asked for: {scope}. ]The boxes: RESTlets is restlets, REST Web Services is rest_webservices, SuiteAnalytics Connect is suite_analytics.",
			amiss: "a scope is not ticked", proper: "the scopes are ticked"},
		{ID: AskFeatures, Kind: YesNo, about: []finding.Code{"setup.features-disabled"}, check: finding.CheckFeatures, fault: No,
			Ask:   "Are OAUTH 2.0 and REST WEB SERVICES both ticked?",
			Look:  "OAUTH 2.0 stands under Manage Authentication, REST WEB SERVICES under SuiteTalk. TOKEN-BASED AUTHENTICATION is not needed.",
			amiss: "one of the two features is off", proper: "both features are on"},
		{ID: AskRole, Kind: YesNo, about: []finding.Code{"setup.role-or-entity-inactive"}, fault: No,
			Ask:   "Are the role and the entity of this integration's row active, and does the entity still have that role and access?",
			Look:  "The row names both. Open the role, and the entity's own record, usually an employee: neither is inactive, and the role is among the entity's.",
			amiss: "role or entity is inactive, or they no longer belong together", proper: "role and entity are active"},
		{ID: AskLogin, Kind: YesNo, about: []finding.Code{"setup.login-permission-missing"}, fault: No,
			Ask:   "Does the role have the permission Log in using OAuth 2.0 Access Tokens?",
			Look:  "On the role, Permissions > Setup. Log in using Access Tokens is another one, for token-based authentication only.",
			amiss: "the role lacks the log-in permission", proper: "the role has the log-in permission"},
		{ID: AskREST, Kind: YesNo, about: []finding.Code{"api.permission-missing"}, fault: No,
			Ask:   "Does the role have the permission REST Web Services?",
			Look:  "On the role, Permissions > Setup.",
			amiss: "the role lacks REST Web Services", proper: "the role has REST Web Services"},
		{ID: AskWorkbook, Kind: YesNo, about: []finding.Code{"api.workbook-permission-missing"}, fault: No,
			Ask:   "Does the role have the permission SuiteAnalytics Workbook?",
			Look:  "On the role, Permissions > Reports. Lists and SuiteQL need it, single records do not.",
			amiss: "the role lacks SuiteAnalytics Workbook", proper: "the role has SuiteAnalytics Workbook"},
		{ID: AskDetail, Kind: AuditDetail, Menu: catalog.MenuLoginAuditTrail,
			Ask: "Is there an entry for this failure[ at about {time}]? Paste its Detail; no if there is none.",
			Look: "Tick Use Advanced Search, and on Results add Detail and Token-based Application Name. " +
				"An entry is not promised: not every failure is listed."},
	}
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

// Next is the question whose answer would tell most now: whether it worked before,
// where nobody knows, for that orders the causes; then the one about the likeliest
// cause that is left, and among equals the one with the fewest pages to open. The
// audit trail comes last: it takes an advanced search, and may have no
// entry. There is no question where none of the causes lies in the account, where
// one is proven, and where an answer named the cause.
func Next(results []finding.Result, c Context) (Question, bool) {
	left := Left(results, c)
	if len(left) == 0 {
		return Question{}, false
	}
	const first, last = 0, 1 << 10
	rank := func(q Question) int {
		switch {
		case q.ID == AskWorked && c.Worked == nil && c.detail() == "" && newPicture(results, c).refused != nil:
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
		if !c.answered(q.ID) && rank(q) >= 0 {
			open = append(open, q)
		}
	}
	if len(open) == 0 {
		return Question{}, false
	}
	slices.SortStableFunc(open, func(a, b Question) int { return cmp.Compare(rank(a), rank(b)) })
	return open[0].fill(c.Subject), true
}

// Left lists the causes that questions can still tell apart, likeliest first.
func Left(results []finding.Result, c Context) []finding.Code {
	p := newPicture(results, c)
	if c.Foreign || p.refused == nil && !p.callRefused() {
		return nil
	}
	for _, e := range p.effects() {
		if e.names {
			return nil
		}
	}
	causes, _ := p.causes(p.ruledOut())
	var left, matched []finding.Code
	for _, cause := range causes {
		switch {
		case cause.Confidence == finding.Certain:
			return nil
		case cause.ConsequenceOf != nil, p.refused != nil && cause.Code == p.refused.Code:
		case p.detailNames(cause.Code):
			matched = append(matched, cause.Code)
		case cause.Confidence == finding.Possible, cause.Code == "certificate-id.mismatch", whyOf()[cause.Code] != "":
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

// askable are those causes that there is a question about.
func askable(left []finding.Code) []finding.Code {
	all := questions()
	return slices.DeleteFunc(left, func(code finding.Code) bool {
		return !slices.ContainsFunc(all, func(q Question) bool { return slices.Contains(q.about, code) })
	})
}

// callRefused reports an API call whose refusal has several possible causes.
func (p *picture) callRefused() bool {
	return slices.ContainsFunc(p.findings, func(f finding.Finding) bool {
		_, ambiguous := ambiguousCall(f)
		return ambiguous && f.Severity != finding.Info
	})
}
