// Package report writes a report as text, and every document as JSON with its JSON
// Schema.
//
// It decides nothing: outcome and exit code are in the report, the words are in package
// catalog. It escapes what a terminal would obey.
package report

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/nsauth/nsauth/internal/finding"
)

// SchemaVersion is the version of every document. Within 1.x keys are only added.
const SchemaVersion = finding.SchemaVersion

// The kinds of documents, as their "kind" says.
const (
	KindReport       = finding.KindReport
	KindToken        = "nsauth.token"
	KindTokenCache   = "nsauth.token-cache"
	KindCertificate  = "nsauth.certificate"
	KindProfile      = "nsauth.profile"
	KindProfiles     = "nsauth.profiles"
	KindVersion      = "nsauth.version"
	KindScenarios    = "nsauth.scenarios"
	KindExplanation  = "nsauth.explanation"
	KindExplanations = "nsauth.explanations"
	KindEvent        = "nsauth.event"
)

// Head is how every document but the report begins; a report carries the same
// two keys itself.
type Head struct {
	SchemaVersion string `json:"schema_version"`
	Kind          string `json:"kind"`
}

// TokenDocument is an access token and what is known about it. It is the one
// document that holds a secret, in plain text because that is its purpose; a
// formatter prints none of it.
type TokenDocument struct {
	Head
	AccessToken string   `json:"access_token"`
	TokenType   string   `json:"token_type"`
	ExpiresAt   *string  `json:"expires_at"` // RFC 3339, UTC; null when the server did not say
	ExpiresIn   *int64   `json:"expires_in"` // seconds
	Scope       []string `json:"scope"`
	Account     *string  `json:"account"`
	RoleID      *string  `json:"role_id"`
	EntityID    *string  `json:"entity_id"`
	Cached      bool     `json:"cached"`
	// ReceivedAt is when the token was issued, by the local clock; RFC 3339, UTC.
	ReceivedAt string `json:"received_at"`
	// Attempts are the token requests of this run, in order; none with Cached.
	Attempts []finding.TokenAttempt `json:"attempts"`
}

// Format prints a placeholder for every verb, so that no log line can hold the token.
func (TokenDocument) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "<secret>") }

// LogValue keeps the token out of structured logs.
func (TokenDocument) LogValue() slog.Value { return slog.StringValue("<secret>") }

// TokenCacheDocument says which tokens are kept, without the tokens.
type TokenCacheDocument struct {
	Head
	Directory *string     `json:"directory"` // null where there is no place for one
	Tokens    []KeptToken `json:"tokens"`
	Removed   *int        `json:"removed"` // how many tokens clear removed; null from list
}

// KeptToken is one of them. If Error says why the file is invalid, the rest is unknown.
type KeptToken struct {
	File          string   `json:"file"` // its name in Directory
	TokenURL      *string  `json:"token_url"`
	ClientID      *string  `json:"client_id"`
	CertificateID *string  `json:"certificate_id"`
	Scope         []string `json:"scope"` // as asked for
	ReceivedAt    *string  `json:"received_at"`
	ExpiresAt     *string  `json:"expires_at"`
	Ended         bool     `json:"ended"`
	Error         *string  `json:"error"`
}

// CertificateDocument is what certgen made. Times are RFC 3339, UTC.
type CertificateDocument struct {
	Head
	KeyPath         string               `json:"key_path"` // of the new key, or what --for-key said
	CertificatePath string               `json:"certificate_path"`
	DERPath         *string              `json:"der_path"`
	KeyType         string               `json:"key_type"`
	Encrypted       bool                 `json:"encrypted"` // a passphrase protects the new key
	Subject         string               `json:"subject"`   // as RFC 4514 writes it
	CertificateID   string               `json:"certificate_id"`
	NotBefore       string               `json:"not_before"`
	NotAfter        string               `json:"not_after"`
	Backups         []string             `json:"backups"`  // existing files, under their new names
	Warnings        []CertificateWarning `json:"warnings"` // of keycheck, on what was written
	NetSuite        NetSuiteShows        `json:"netsuite"`
	Profile         CertificateProfile   `json:"profile"`
	NextSteps       []string             `json:"next_steps"`
}

// CertificateWarning is a finding of keycheck in a certificate document.
type CertificateWarning struct {
	Code     finding.Code     `json:"code"`
	Severity finding.Severity `json:"severity"`
	Message  string           `json:"message"`
	Remedy   string           `json:"remedy"`
}

// NetSuiteShows is what NetSuite will show of a certificate once it is uploaded,
// and where.
type NetSuiteShows struct {
	UIPath        string `json:"ui_path"`
	UIURL         string `json:"ui_url"` // below the account's UI host
	CertificateID string `json:"certificate_id"`
	ValidFrom     string `json:"valid_from"`
	ValidUntil    string `json:"valid_until"`
	Algorithm     string `json:"algorithm"` // RSA or EC
}

// CertificateProfile are the settings of a profile that follow from a new
// certificate. Paths are absolute: a profile's are relative to its file.
type CertificateProfile struct {
	CertificateID string `json:"certificate_id"`
	// Key, KeyCommand or SignCommand is where the key is; all are null where it
	// cannot be read a second time.
	Key         *string `json:"key"`
	KeyCommand  *string `json:"key_command"`
	SignCommand *string `json:"sign_command"`
	Cert        string  `json:"cert"`
	// PassphraseFile is where the passphrase of the key was read from.
	PassphraseFile *string `json:"passphrase_file"`
}

// ProfileDocument is a profile as it was resolved, each value with its source.
type ProfileDocument struct {
	Head
	Name   *string                         `json:"name"`
	File   *string                         `json:"file"`
	Values map[string]finding.ProfileValue `json:"values"`
}

// ProfilesDocument lists the profiles of a profile file.
type ProfilesDocument struct {
	Head
	File     *string         `json:"file"`    // where it is or would be
	Default  *string         `json:"default"` // the name of the default profile
	Profiles []ListedProfile `json:"profiles"`
}

// ListedProfile is one row: the values that the profile itself sets.
type ListedProfile struct {
	Name          string  `json:"name"`
	Default       bool    `json:"default"`
	Auth          string  `json:"auth"` // m2m or tba; m2m also with Error
	Account       *string `json:"account"`
	ClientID      *string `json:"client_id"`
	CertificateID *string `json:"certificate_id"`
	Error         *string `json:"error"` // why it cannot be used, in words
}

// VersionDocument says which nsauth this is. A build need not know Commit and Date.
type VersionDocument struct {
	Head
	Version string  `json:"version"`
	Commit  *string `json:"commit"`
	Date    *string `json:"date"`
	Go      string  `json:"go"`
}

// ScenariosDocument lists the emulator's scenarios.
type ScenariosDocument struct {
	Head
	Scenarios []Scenario `json:"scenarios"`
}

// Scenario is one row: the exit code that the doctor must end with, and either
// the finding that a check must raise first or the causes that cannot be told apart.
type Scenario struct {
	Name     string         `json:"name"`
	Topic    string         `json:"topic"`
	Title    string         `json:"title"`
	ExitCode int            `json:"exit_code"`
	Finding  *finding.Code  `json:"finding"`
	Causes   []finding.Code `json:"causes"`
}

// HeadOf is the head of a document of the current version.
func HeadOf(kind string) Head { return Head{SchemaVersion: SchemaVersion, Kind: kind} }
