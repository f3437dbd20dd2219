package verdict

import (
	_ "embed"
	"maps"
	"slices"
	"time"

	"github.com/nsauth/nsauth/internal/strictyaml"
)

// Basis says how well an answer of this server is known to be NetSuite's.
type Basis string

const (
	Official Basis = "official" // Oracle documents it
	Observed Basis = "observed" // somebody saw it and reported it
	Guess    Basis = "guess"    // no source: a default of this server
)

// Refusal is one reason why a request was refused.
type Refusal struct {
	// Code names the reason, in the words of nsauth's findings.
	Code string `json:"code"`
	// Detail is the Detail code of the Login Audit Trail, "" where none is documented.
	Detail string `json:"detail"`
	// Reason says what was found. It never quotes an assertion or a token.
	Reason string `json:"reason"`
	// Basis is that of Detail.
	Basis Basis `json:"basis"`
}

// rule is what is known of one reason: its audit-trail Detail (Oracle NetSuite
// Help, subsect_158324637123) and its error code under ErrorsOAuth, which is
// for client credentials always a guess after RFC 6749 section 5.2 and RFC 7523
// section 3.2. A rule without a Detail is a guess as a whole.
type rule struct{ Detail, OAuth string }

// Error codes of RFC 6749 section 5.2.
const (
	InvalidRequest = "invalid_request"
	InvalidClient  = "invalid_client"
)

//go:embed refusals.yaml
var rulesYAML []byte

var rules = strictyaml.Embedded[map[string]rule](rulesYAML)

// OAuthCode is the error code of RFC 6749 for a refusal.
func OAuthCode(code string) string { return rules()[code].OAuth }

// Refuse makes a Refusal by its rule. A code without a rule is a mistake in
// this package, and a test calls every one.
func Refuse(code, reason string) Refusal {
	r, known := rules()[code]
	if !known {
		panic("emulator: no rule " + code)
	}
	basis := Guess
	if r.Detail != "" {
		basis = Official
	}
	return Refusal{Code: code, Detail: r.Detail, Reason: reason, Basis: basis}
}

// Codes are the codes that a verdict may have, sorted.
func Codes() []string { return slices.Sorted(maps.Keys(rules())) }

// AuditEntry is one row of the Login Audit Trail.
type AuditEntry struct {
	Time          time.Time `json:"time"`
	Account       string    `json:"account"`
	Status        string    `json:"status"` // Success or Failure
	Detail        string    `json:"detail"` // the official Detail code, "" where none is documented
	Basis         Basis     `json:"basis"`  // of Detail
	Application   string    `json:"application"`
	ClientID      string    `json:"client_id"`
	CertificateID string    `json:"certificate_id"`
	Role          string    `json:"role"`
	Entity        string    `json:"entity"`
	IPAddress     string    `json:"ip_address"`
	RequestURI    string    `json:"request_uri"`
}

// MethodHandshake stands in place of a method where a client broke off the TLS
// handshake, or a fault broke it. Such a verdict has no path, no host and no status.
const MethodHandshake = "TLS handshake"

// Verdict is what the server made of one request. It holds no assertion and
// no token: an assertion is its SHA-256.
type Verdict struct {
	Time            time.Time `json:"time"`
	Account         string    `json:"account"` // "" if the Host is no account's
	Host            string    `json:"host"`
	Method          string    `json:"method"`
	Path            string    `json:"path"`
	Status          int       `json:"status"`
	Accepted        bool      `json:"accepted"`
	Refusals        []Refusal `json:"refusals"` // the first one decided the answer
	Habits          []Habit   `json:"habits"`   // what the request has of which no source says what NetSuite does with it
	Basis           Basis     `json:"basis"`    // of the answer
	Fault           string    `json:"fault"`    // the injected fault that answered, "" if none
	ClientID        string    `json:"client_id"`
	CertificateID   string    `json:"certificate_id"`
	AssertionSHA256 string    `json:"assertion_sha256"` // hexadecimal, of the text as sent
}
