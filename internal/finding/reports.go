package finding

import (
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/text"
)

// KindReports is the kind of a Reports.
const KindReports = "nsauth.reports"

// Reports is one run over several profiles. The parts that are only known at the end follow
// the reports, so that the document can be written while the run lasts.
type Reports struct {
	SchemaVersion string         `json:"schema_version"`
	Kind          string         `json:"kind"` // "nsauth.reports"
	Tool          Tool           `json:"tool"`
	Command       string         `json:"command"`
	StartedAt     string         `json:"started_at"` // RFC 3339, UTC
	LeftOut       []LeftOut      `json:"left_out"`   // profiles that were selected and not examined
	Reports       []*Report      `json:"reports"`    // in the order of the profile file
	DurationMS    int64          `json:"duration_ms"`
	Outcome       Outcome        `json:"outcome"` // the worst, see Worst
	ExitCode      int            `json:"exit_code"`
	Error         *ErrorInfo     `json:"error"` // only of an interrupted run
	Summary       OutcomeCounts  `json:"summary"`
	Diagnosis     FleetDiagnosis `json:"diagnosis"`
}

// LeftOut is a profile that was not examined. Reason is tba or auditor.
type LeftOut struct {
	Profile string `json:"profile"`
	Reason  string `json:"reason"`
}

// OutcomeCounts counts reports by outcome.
type OutcomeCounts struct {
	Profiles     int `json:"profiles"`
	Pass         int `json:"pass"`
	Warn         int `json:"warn"`
	Fail         int `json:"fail"`
	Inconclusive int `json:"inconclusive"`
	Error        int `json:"error"`
	Interrupted  int `json:"interrupted"`
}

// Add counts one more report.
func (c *OutcomeCounts) Add(o Outcome) {
	c.Profiles++
	n := map[Outcome]*int{OutcomePass: &c.Pass, OutcomeWarn: &c.Warn, OutcomeFail: &c.Fail,
		OutcomeInconclusive: &c.Inconclusive, OutcomeError: &c.Error, OutcomeInterrupted: &c.Interrupted}[o]
	if n != nil {
		*n++
	}
}

// FleetDiagnosis says what the failures of several profiles have in common.
type FleetDiagnosis struct {
	Shared []Shared `json:"shared"`
}

// SharedBy says what profiles with the same cause share.
type SharedBy string

// What profiles can share, the widest first. Machine is this machine and what is set on it.
const (
	ByClock       SharedBy = "clock"
	ByMachine     SharedBy = "machine"
	ByNetwork     SharedBy = "network"
	ByCertificate SharedBy = "certificate"
	ByRole        SharedBy = "role"
	ByAccount     SharedBy = "account"
)

// Shared is a cause that several profiles have, with the one thing behind it.
type Shared struct {
	By       SharedBy `json:"by"`
	Value    string   `json:"value"` // the account, role, host, ... that is the same
	Code     Code     `json:"code"`
	Title    string   `json:"title"` // of the code
	Profiles []string `json:"profiles"`
}

// outcomeRank orders outcomes, the worst last.
var outcomeRank = []Outcome{OutcomePass, OutcomeWarn, OutcomeInconclusive, OutcomeError, OutcomeFail, OutcomeInterrupted}

// Worse reports whether a report with outcome a and exit code m decides over one with b and n.
// A fail outranks a profile that could not be examined, and an interrupt outranks them all.
func Worse(a Outcome, m int, b Outcome, n int) bool {
	if i, j := slices.Index(outcomeRank, a), slices.Index(outcomeRank, b); i != j {
		return i > j
	}
	return m > n // a warning under --fail-on=warn
}

// FleetRow is a report in one row of a table. Absent values are "".
type FleetRow struct {
	Profile  string
	Account  string
	Outcome  Outcome
	ExitCode int
	Cause    Code   // the first cause, or the code of the error
	Title    string // of the cause, or the message of the error
	// Confidence is that of the cause: a possible one is the first of a set. It is "" of an
	// error.
	Confidence Confidence
	Others     int    // how many more causes are possible
	NotAfter   string // of the certificate's file, a day
	DaysLeft   *int   // until then; negative once expired
	ListedEnd  string // of the certificate in NetSuite's own list, a day
	NotChecked []CheckID
}

// RowOf is the row of r.
func RowOf(r *Report) FleetRow {
	row := FleetRow{Outcome: r.Outcome, ExitCode: r.ExitCode}
	certificate := ""
	if p := r.Profile; p != nil {
		row.Profile, row.Account, certificate = deref(p.Name), deref(p.Account), deref(p.CertificateID)
	}
	if r.Error != nil {
		row.Cause, row.Title = Code(r.Error.Code), r.Error.Message
	}
	if r.Diagnosis != nil && len(r.Diagnosis.Causes) > 0 {
		first := r.Diagnosis.Causes[0]
		row.Cause, row.Title, row.Confidence = first.Code, first.Title, first.Confidence
		_, set, _ := SortCauses(r.Diagnosis.Causes)
		row.Others = max(0, len(set)-1)
	}
	_, asked := TrailOf(r.Checks) // else the checks of an auditor were not wanted
	for _, c := range r.Checks {
		switch facts := c.Facts.(type) {
		case CertificateFacts:
			row.NotAfter, _, _ = strings.Cut(facts.NotAfter, "T")
			row.DaysLeft = &facts.DaysLeft
		case MappingFacts:
			row.ListedEnd = listedEnd(facts, certificate)
		}
		if c.unjudged() && (asked || c.ID != CheckAuditTrail && c.ID != CheckSetup) {
			row.NotChecked = append(row.NotChecked, c.ID)
		}
	}
	return row
}

// Hedged is what is said of the cause, no surer than it is.
func (r FleetRow) Hedged(said string) string {
	switch {
	case r.Confidence != Possible:
		return said
	case r.Others > 0:
		return "possible: " + said + ", or " + text.Counted(r.Others, "other")
	}
	return "possible: " + said
}

// unjudged reports whether a check that was wanted has no result.
func (r Result) unjudged() bool {
	if r.Status == Skip {
		return r.Reason == nil || *r.Reason != NotSelected
	}
	return r.Status == Unknown
}

// listedEnd is the day on which NetSuite's list lets a certificate expire.
func listedEnd(facts MappingFacts, id string) string {
	for _, c := range facts.Certificates {
		if id == "" || c.CertificateID != id {
			continue
		}
		for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateTime, time.DateOnly} {
			if at, err := time.Parse(layout, c.ValidUntil); err == nil {
				return at.UTC().Format(time.DateOnly)
			}
		}
		return c.ValidUntil
	}
	return ""
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
