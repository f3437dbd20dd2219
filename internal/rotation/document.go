package rotation

import (
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/report"
)

// Kind is the kind of a Document.
const Kind = "nsauth.rotation"

// The outcomes of a Entry.
const (
	OutcomeDone      = "done"
	OutcomePlanned   = "planned" // --dry-run
	OutcomeUndone    = "undone"
	OutcomeUnchanged = "unchanged" // there was nothing to do
	OutcomeStopped   = "stopped"   // see the error
)

// Document says which certificates were rotated, added or revoked.
type Document struct {
	report.Head
	Command   string  `json:"command"` // rotate, add or revoke
	ExitCode  int     `json:"exit_code"`
	Rotations []Entry `json:"rotations"`
}

// Entry is what was done for one profile. Paths are absolute.
type Entry struct {
	Profile   *string            `json:"profile"`
	Account   *string            `json:"account"`
	ClientID  *string            `json:"client_id"`
	Outcome   string             `json:"outcome"`
	ExitCode  int                `json:"exit_code"`
	Profiles  []string           `json:"profiles"` // that are switched
	Old       FilePair           `json:"old"`
	New       FilePair           `json:"new"`
	RevokeOld *string            `json:"revoke_old"` // now, never or a duration
	Steps     []StepDone         `json:"steps"`
	Requests  []RequestShown     `json:"requests"` // that --dry-run did not send
	Journal   *string            `json:"journal"`
	Error     *finding.ErrorInfo `json:"error"`
}

// FilePair is a certificate with its files.
type FilePair struct {
	CertificateID *string `json:"certificate_id"`
	Key           *string `json:"key"`
	Cert          *string `json:"cert"`
}

// StepDone is one thing that was done.
type StepDone struct {
	Step   string `json:"step"`
	Detail string `json:"detail"`
}

// RequestShown is a request that would be sent, without its token.
type RequestShown struct {
	Step   string `json:"step"`
	Method string `json:"method"`
	URL    string `json:"url"`
	Body   string `json:"body"` // "" for none
}

// named is a name with its internal ID, such as "Integration (1012)".
func named(name, id string) string {
	switch {
	case name == "":
		return id
	case id == "":
		return name
	}
	return name + " (" + id + ")"
}
