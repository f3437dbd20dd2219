// Package finding holds plain data: what the checks found, in the shape that
// every output format, script and test relies on. It imports nothing of ours;
// package catalog has the words.
package finding

import "strings"

// Code names one thing that can be wrong, such as "key.rsa-too-small". The part
// before the dot is its family. Codes are promises to scripts: they are added,
// never renamed or reused.
type Code string

// Severity says how sure and how grave a finding is. What Oracle documents as
// refused is an error; what is inferred from samples is a warning.
type Severity string

// The three severities, gravest first.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Info    Severity = "info"
)

// Status is the outcome of one check.
type Status string

// The five statuses. Unknown means that the check could not verify anything; it
// never counts as a pass.
const (
	Pass    Status = "pass"
	Warn    Status = "warn"
	Fail    Status = "fail"
	Skip    Status = "skip"
	Unknown Status = "unknown"
)

// Basis says what a rule rests on.
type Basis string

// The three bases: Oracle's own documentation, a field report or a measurement,
// or a conclusion from either.
const (
	Official Basis = "official"
	Observed Basis = "observed"
	Inferred Basis = "inferred"
)

// Evidence is what was measured, as typed facts for programs: strings, numbers,
// booleans and lists of them. It never holds a secret and never prose to parse.
type Evidence map[string]any

// Set adds a text, unless it is empty.
func (e Evidence) Set(name, value string) {
	if value != "" {
		e[name] = value
	}
}

// Remedy is what to do about a finding. Strings are final text, ready to show.
type Remedy struct {
	Summary  string     `json:"summary"`
	Steps    []string   `json:"steps"`
	Commands [][]string `json:"commands"` // argv each
	UIPath   *string    `json:"ui_path"`  // NetSuite's own menu words, such as "Setup > Integration > ..."
	UIURL    *string    `json:"ui_url"`   // path below the account's UI host, where one is known
	Docs     []string   `json:"docs"`
	// Page is the short name of the page at UIPath, such as "mapping".
	Page string `json:"-"`
}

// Finding is one thing that a check noticed.
type Finding struct {
	Code     Code     `json:"code"`
	Severity Severity `json:"severity"`
	Message  string   `json:"message"`
	Evidence Evidence `json:"evidence"`
	Basis    Basis    `json:"basis"`
	Remedy   Remedy   `json:"remedy"`
	// Accepted is set where the profile's accept list names the code: the
	// finding is shown and no longer counts.
	Accepted bool `json:"accepted"`
	// Unverified is set where the code says only that something could not be
	// verified: its check is unknown, neither failed nor passed.
	Unverified bool `json:"-"`
}

// CheckID names a check. IDs carry no parameters and are never reused.
type CheckID string

// The checks, in the order in which they are shown.
const (
	CheckProfile       CheckID = "profile"
	CheckKey           CheckID = "key"
	CheckCertificate   CheckID = "certificate"
	CheckCertificateID CheckID = "certificate-id"
	CheckAssertion     CheckID = "assertion"
	CheckRequest       CheckID = "request" // only of another program's assertion
	CheckNetwork       CheckID = "network"
	CheckClock         CheckID = "clock"
	CheckToken         CheckID = "token"
	CheckFeatures      CheckID = "features"
	CheckIntegration   CheckID = "integration"
	CheckRole          CheckID = "role"
	CheckAPI           CheckID = "api"
	CheckMapping       CheckID = "mapping"
	CheckAuditTrail    CheckID = "audit-trail"
	CheckSetup         CheckID = "setup"
)

// Reason says why a check was skipped when no other check blocked it.
type Reason string

// Why a check was skipped.
const (
	NotSelected   Reason = "not-selected"
	Offline       Reason = "offline"
	NotConfigured Reason = "not-configured"
	NotGiven      Reason = "not-given"
	NoScope       Reason = "no-scope"
	NoPermission  Reason = "no-permission"
	ForeignServer Reason = "foreign-server"
	NotRun        Reason = "not-run"
)

// Result is what one check established.
type Result struct {
	ID         CheckID   `json:"id"`
	Step       int       `json:"step"` // of the troubleshooting flowchart, 0 to 7
	Title      string    `json:"title"`
	Status     Status    `json:"status"`
	Selected   bool      `json:"selected"`
	Reason     *Reason   `json:"reason"`     // only with skip
	BlockedBy  []CheckID `json:"blocked_by"` // only with skip
	Summary    string    `json:"summary"`
	DurationMS int64     `json:"duration_ms"`
	Facts      any       `json:"facts"` // one of the *Facts types, or nil
	Findings   []Finding `json:"findings"`
	// NotJudged is set where something was not judged: that is no pass for --require.
	NotJudged bool `json:"-"`
}

// Confidence says how sure a cause is.
type Confidence string

// Certain is what was measured here, or what NetSuite said in plain words. The others
// are inferred.
const (
	Certain  Confidence = "certain"
	Likely   Confidence = "likely"
	Possible Confidence = "possible"
)

// CauseKind says whether a cause explains a failure.
type CauseKind string

// CauseWarning is a warning of a run in which nothing failed.
const (
	CauseFailure CauseKind = "failure"
	CauseWarning CauseKind = "warning"
)

// ReadBy says who saw what a cause rests on.
type ReadBy string

// Person is also who has to look at what only NetSuite's pages show.
const (
	ReadByNsauth   ReadBy = "nsauth"
	ReadByNetSuite ReadBy = "netsuite"
	ReadByAuditor  ReadBy = "auditor"
	ReadByPerson   ReadBy = "person"
)

// Cause is one possible reason for the failure, best first in a Diagnosis. Its words
// are final text, so that a report can be shown without the catalog.
type Cause struct {
	Code          Code       `json:"code"`
	Kind          CauseKind  `json:"kind"`
	Confidence    Confidence `json:"confidence"`
	ReadBy        ReadBy     `json:"read_by"`
	Title         string     `json:"title"`
	Meaning       string     `json:"meaning"`  // why it matters; "" where the catalog says nothing
	Question      *string    `json:"question"` // what to look for on the page
	Page          *string    `json:"page"`     // short name of the NetSuite page, such as "mapping"
	UIPath        *string    `json:"ui_path"`  // menu path of that page
	UIURL         *string    `json:"ui_url"`   // its address, where the account and the path are known
	Remedy        Remedy     `json:"remedy"`
	Because       string     `json:"because"`
	Confirm       string     `json:"confirm"`       // the look or command that settles it
	AuditDetails  []string   `json:"audit_details"` // each would confirm it, in the Detail column of the Login Audit Trail; Confirm names them last
	ConsequenceOf *Code      `json:"consequence_of"`
}

// SortCauses parts causes into those to fix, the set that only NetSuite can tell apart,
// and the consequences of others. A single possible cause is no set.
func SortCauses(causes []Cause) (main, set, follows []Cause) {
	for _, c := range causes {
		switch {
		case c.ConsequenceOf != nil:
			follows = append(follows, c)
		case c.Confidence == Possible && c.Kind != CauseWarning:
			set = append(set, c)
		default:
			main = append(main, c)
		}
	}
	if len(set) == 1 {
		main, set = append(main, set[0]), nil
	}
	return main, set, follows
}

// ConfirmParts parts Confirm into the look and what the Login Audit Trail would
// show, which is "" without AuditDetails.
func (c Cause) ConfirmParts() (look, trail string) {
	if len(c.AuditDetails) == 0 {
		return c.Confirm, ""
	}
	at := max(0, strings.LastIndex(c.Confirm, InAuditTrail(c.AuditDetails)))
	return strings.TrimSuffix(c.Confirm[:at], "; "), c.Confirm[at:]
}

// InAuditTrail names Details of the Login Audit Trail, each of which would do.
func InAuditTrail(details []string) string {
	return "Detail " + strings.Join(details, " or ") + " in the Login Audit Trail"
}

// RuledOut is a cause that the evidence excludes.
type RuledOut struct {
	Code    Code   `json:"code"`
	Title   string `json:"title"`
	Because string `json:"because"`
}

// Answer is what a person answered to a question; it is never called proven.
type Answer struct {
	ID       string `json:"id"` // of the question, such as "mapping-row"
	Question string `json:"question"`
	Answer   string `json:"answer"`
}

// WorkedBy says from where it is known that a set-up worked.
type WorkedBy string

// The three sources: nsauth's own record of the last good run, --worked-until, and
// a person's answer to a question.
const (
	WorkedByRecord   WorkedBy = "record"
	WorkedByGiven    WorkedBy = "given"
	WorkedByAnswered WorkedBy = "answered"
)

// Worked is what is known of the last time that the set-up got a token.
// Identifiers have the names of the profile's values.
type Worked struct {
	At      *string           `json:"at"` // RFC 3339, UTC; a date where a person gave one; null if unknown
	By      WorkedBy          `json:"by"`
	Same    []string          `json:"same"`    // identifiers that are what they were then
	Changed []string          `json:"changed"` // identifiers that are not
	Was     map[string]string `json:"was"`     // what the changed ones were
	Summary string            `json:"summary"` // all this in a sentence, and what follows
}

// NextStep is the one thing to do now.
type NextStep struct {
	Summary  string     `json:"summary"`
	UIPath   *string    `json:"ui_path"`
	UIURL    *string    `json:"ui_url"` // address of the page
	Commands [][]string `json:"commands"`
	Docs     []string   `json:"docs"`
}

// Diagnosis is the answer of a report.
type Diagnosis struct {
	Headline string     `json:"headline"` // what happened, in one sentence
	Next     *NextStep  `json:"next"`     // null if there is nothing to do
	Causes   []Cause    `json:"causes"`
	RuledOut []RuledOut `json:"ruled_out"`
	Answers  []Answer   `json:"answers"`
	Worked   *Worked    `json:"worked"` // null where nothing is known of an earlier run
}

// Outcome is the one-word result of a report.
type Outcome string

// The outcomes of a run.
const (
	OutcomePass         Outcome = "pass"
	OutcomeWarn         Outcome = "warn"
	OutcomeFail         Outcome = "fail"
	OutcomeInconclusive Outcome = "inconclusive"
	OutcomeError        Outcome = "error"
	OutcomeInterrupted  Outcome = "interrupted"
)

// ErrorInfo says why a command could not do its work at all.
type ErrorInfo struct {
	Code    string   `json:"code"`
	Message string   `json:"message"`
	Hints   []string `json:"hints"`
}

// The codes of ErrorInfo.
const (
	UsageFlag        = "usage.flag"
	UsageConfig      = "usage.config"
	UsageUnsafeValue = "usage.unsafe-value"
	IOWrite          = "io.write"
	IOExists         = "io.exists"
	Interrupted      = "interrupted"
)

// Interruption is the ErrorInfo of a run that a person stopped.
func Interruption() *ErrorInfo {
	return &ErrorInfo{Code: Interrupted, Message: "interrupted before the end", Hints: []string{}}
}

// Tool names the program that wrote a report.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Subject is the profile that a report is about. Absent values are nil.
type Subject struct {
	Name          *string `json:"name"`
	Account       *string `json:"account"`
	ClientID      *string `json:"client_id"`
	CertificateID *string `json:"certificate_id"`
}

// Summary counts the checks by status.
type Summary struct {
	Pass    int `json:"pass"`
	Warn    int `json:"warn"`
	Fail    int `json:"fail"`
	Skip    int `json:"skip"`
	Unknown int `json:"unknown"`
}

// SchemaVersion is the version of every document, and KindReport the kind of a Report.
const (
	SchemaVersion = "1.0"
	KindReport    = "nsauth.report"
)

// Optional is nil for an empty text: absent values are null in every document.
func Optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// Report is the document that doctor, keycheck and jwt inspect print.
type Report struct {
	SchemaVersion string     `json:"schema_version"`
	Kind          string     `json:"kind"` // "nsauth.report"
	Tool          Tool       `json:"tool"`
	Command       string     `json:"command"`
	StartedAt     string     `json:"started_at"` // RFC 3339, UTC
	DurationMS    int64      `json:"duration_ms"`
	Profile       *Subject   `json:"profile"`
	Outcome       Outcome    `json:"outcome"`
	ExitCode      int        `json:"exit_code"`
	Error         *ErrorInfo `json:"error"`
	Summary       Summary    `json:"summary"`
	Checks        []Result   `json:"checks"`
	Diagnosis     *Diagnosis `json:"diagnosis"`
	// Notes say what this run did not examine or could not know; a sentence each.
	Notes []string `json:"notes"`
	// Attempts are the token requests of token and call, in order. Of doctor's one
	// request the check "token" has the facts.
	Attempts []TokenAttempt `json:"attempts"`
	// History is what the runs of the profile have seen so far; nil without a state.
	History *History `json:"history,omitempty"`
}

// History adds up the runs of a profile, the one of the report included.
type History struct {
	Since           string          `json:"since"`            // RFC 3339, UTC: when the count began
	Refusals        map[Code]int    `json:"refusals"`         // of the token endpoint and of calls
	CertificateEnds CertificateEnds `json:"certificate_ends"` // also if this run could not read them
}

// CertificateEnds are when the certificate expires, RFC 3339 in UTC; null if never read.
type CertificateEnds struct {
	File     *string `json:"file"`
	NetSuite *string `json:"netsuite"`
}

// TokenAttempt is one token request, with an assertion of its own.
type TokenAttempt struct {
	StartedAt  string `json:"started_at"` // RFC 3339, UTC
	DurationMS int64  `json:"duration_ms"`
	Status     *int   `json:"status"` // null when no answer came
	// Error is the answer's "error" member, the kind of the connection's fault, or
	// no-token for a 2xx without one; null if there is none of these.
	Error  *string `json:"error"`
	WaitMS *int64  `json:"wait_ms"` // until the next one; null behind the last
}
