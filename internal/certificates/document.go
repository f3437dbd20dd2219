// Package certificates joins NetSuite's lists of certificates with the profiles that sign
// with them and the files that hold them, and judges the result.
package certificates

import (
	"github.com/nsauth/nsauth/internal/report"
)

// Kind is the kind of a Document.
const Kind = "nsauth.certificates"

// Document is what nsauth cert list, show and inventory print. What is not known is null.
type Document struct {
	report.Head
	Command      string       `json:"command"`
	LookedAt     string       `json:"looked_at"` // RFC 3339, UTC
	WithinDays   int          `json:"within_days"`
	ExitCode     int          `json:"exit_code"`
	Profiles     []Profile    `json:"profiles"`
	Lists        []ClientList `json:"lists"`
	Certificates []Row        `json:"certificates"`
	Judgements   []Judgement  `json:"judgements"`
	NotExamined  []string     `json:"not_examined"` // folders in which not every file was looked at
}

// Profile is a profile, and how its certificate was looked for.
type Profile struct {
	Name          string  `json:"name"`
	Account       *string `json:"account"`
	ClientID      *string `json:"client_id"`
	CertificateID *string `json:"certificate_id"`
	State         Asked   `json:"state"`
	Message       *string `json:"message"` // why its list was not read
}

// Asked says whether the list of a profile's Client ID was read.
type Asked string

// The states of a profile.
const (
	Read     Asked = "read"      // with this profile
	Shared   Asked = "shared"    // with another profile of the same Client ID
	NotRead  Asked = "not-read"  // and no other profile read it before
	NotAsked Asked = "not-asked" // it was not to be read
	LeftOut  Asked = "left-out"  // it has no certificates of NetSuite
)

// ClientList is NetSuite's list of one Client ID. It may be partial.
type ClientList struct {
	Account      string  `json:"account"`
	ClientID     string  `json:"client_id"`
	Integration  *string `json:"integration"`
	ReadBy       *string `json:"read_by"`      // the profile; null if it was not read
	Certificates *int    `json:"certificates"` // how many it has
	Active       *int    `json:"active"`       // at least
}

// Row is a certificate in one combination of integration, role and entity, or one that is
// in no list. Dates of NetSuite are as it sent them.
type Row struct {
	Account       *string  `json:"account"`
	ClientID      *string  `json:"client_id"`
	CertificateID *string  `json:"certificate_id"` // null for a profile that names none
	Listed        *bool    `json:"listed"`         // null if the list was not read
	State         State    `json:"state"`
	Integration   *string  `json:"integration"`
	ApplicationID *string  `json:"application_id"`
	RoleID        *string  `json:"role_id"`
	Role          *string  `json:"role"`
	EntityID      *string  `json:"entity_id"`
	Entity        *string  `json:"entity"`
	Algorithm     *string  `json:"algorithm"`
	Created       *string  `json:"created"`
	ValidFrom     *string  `json:"valid_from"`
	ValidUntil    *string  `json:"valid_until"`
	ExpiresAt     *string  `json:"expires_at"` // RFC 3339, UTC: the end of valid_until, else of the file
	DaysLeft      *int     `json:"days_left"`  // to expires_at; negative after it, null if it is revoked
	Revoked       *bool    `json:"revoked"`
	SignedBy      []string `json:"signed_by"` // profiles
	Files         []string `json:"files"`
	File          *File    `json:"file"`    // the certificate, if a file or profile has it
	Message       *string  `json:"message"` // why the state is not known
	// RevokeAfter is when a rotation wants it revoked, RFC 3339, UTC; null if none does.
	RevokeAfter *string `json:"revoke_after"`
}

// State is what is known of a row.
type State string

// The states of a row.
const (
	Active    State = "active"
	Due       State = "due" // active, and expires within --within
	Expired   State = "expired"
	Revoked   State = "revoked"
	NotListed State = "not-listed" // the list was read
	NotMapped State = "not-mapped" // a file whose certificate is in no list that was read
	Unknown   State = "unknown"
)

// File is what a certificate itself says.
type File struct {
	Subject   string  `json:"subject"`
	KeyType   string  `json:"key_type"` // such as EC P-256
	SHA256    string  `json:"sha256"`
	KeySHA256 *string `json:"key_sha256"` // of its public key
	NotBefore string  `json:"not_before"` // RFC 3339, UTC
	NotAfter  string  `json:"not_after"`
	// KeySince is the oldest date of the key: of its certificates, or of their mappings.
	KeySince string `json:"key_since"`
}

// Judgement is something that a person should know. Basis is list, files or both.
type Judgement struct {
	Judgement      string   `json:"judgement"`
	Code           *string  `json:"code"` // of the finding that explains it, for nsauth explain
	Level          Level    `json:"level"`
	Basis          string   `json:"basis"`
	CertificateIDs []string `json:"certificate_ids"`
	Profiles       []string `json:"profiles"`
	Message        string   `json:"message"`
	Remedy         *string  `json:"remedy"`
}

// Level says what a judgement does to the exit code.
type Level string

// The levels, worst first, with exit code 1, 3, 4 and 0.
const (
	Problem   Level = "problem"
	Unsettled Level = "unknown"
	Soon      Level = "due"
	Note      Level = "note"
)
