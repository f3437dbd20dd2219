package verdict

import (
	_ "embed"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/strictyaml"
)

// Basis says how well it is known that NetSuite answers in this way.
type Basis string

const (
	Official Basis = "official" // Oracle documents it
	Observed Basis = "observed" // a user saw it and reported it
	Guess    Basis = "guess"    // no source: this server's default
)

// Refusal is one reason to reject a request.
type Refusal struct {
	// Code names the reason, as nsauth's findings do.
	Code string `json:"code"`
	// Variant names the variant of that finding, with a fix of its own; "" for none.
	Variant string `json:"variant"`
	// Detail is the Detail code of the Login Audit Trail, "" if none is documented.
	Detail string `json:"detail"`
	// Reason says what was found. It never quotes an assertion or a token.
	Reason string `json:"reason"`
	// Basis is that of Detail.
	Basis Basis `json:"basis"`
}

// rule is what is known about one reason: its Detail in the Login Audit Trail
// (Oracle NetSuite Help, subsect_158324637123) and its error code under
// ErrorsOAuth. For client credentials that code is a guess after RFC 6749 section
// 5.2 and RFC 7523 section 3.2. A rule without a Detail is a guess as a whole.
type rule struct{ Detail, OAuth string }

// Error codes of RFC 6749 section 5.2.
const (
	InvalidRequest = "invalid_request"
	InvalidClient  = "invalid_client"
)

//go:embed refusals.yaml
var rulesYAML []byte

var rules = strictyaml.Embedded[map[string]rule](rulesYAML)

// OAuthCode is the RFC 6749 error code of a refusal.
func OAuthCode(code string) string { return rules()[code].OAuth }

// Refuse makes a Refusal by its rule. It panics if the code has no rule.
func Refuse(code, reason string) Refusal { return RefuseVariant(code, "", reason) }

// RefuseVariant makes a Refusal of a variant, which may have a rule of its own.
func RefuseVariant(code, variant, reason string) Refusal {
	r, known := rules()[code+"/"+variant]
	if !known {
		r, known = rules()[code]
	}
	if !known {
		panic("emulator: no rule " + code)
	}
	basis := Guess
	if r.Detail != "" {
		basis = Official
	}
	return Refusal{Code: code, Variant: variant, Detail: r.Detail, Reason: reason, Basis: basis}
}

// Codes are the codes that a verdict may have, sorted.
func Codes() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(rules())), func(code string) bool { return strings.Contains(code, "/") })
}

// AuditEntry is one row of the Login Audit Trail.
type AuditEntry struct {
	Time          time.Time `json:"time"`
	Account       string    `json:"account"`
	Status        string    `json:"status"` // Success or Failure
	Detail        string    `json:"detail"` // the official Detail code, "" if none is documented
	Basis         Basis     `json:"basis"`  // of Detail
	Application   string    `json:"application"`
	ClientID      string    `json:"client_id"`
	CertificateID string    `json:"certificate_id"`
	Role          string    `json:"role"`
	RoleID        int       `json:"role_id"` // 0 if not known, as EntityID
	Entity        string    `json:"entity"`
	EntityID      int       `json:"entity_id"`
	Email         string    `json:"email"`
	TokenName     string    `json:"token_name"` // of a token of token-based authentication
	IPAddress     string    `json:"ip_address"`
	UserAgent     string    `json:"user_agent"`
	RequestURI    string    `json:"request_uri"`
}

// MethodHandshake replaces the method in the verdict on a failed TLS handshake.
// Such a verdict has no path, host or status.
const MethodHandshake = "TLS handshake"

// Verdict is how the server judged one request. It holds no assertion or token, only
// an assertion's SHA-256.
type Verdict struct {
	Time            time.Time `json:"time"`
	Account         string    `json:"account"` // "" if the Host belongs to no account
	Host            string    `json:"host"`
	Method          string    `json:"method"`
	Path            string    `json:"path"`
	Status          int       `json:"status"`
	Accepted        bool      `json:"accepted"`
	Refusals        []Refusal `json:"refusals"` // the first one decided the answer
	Habits          []Habit   `json:"habits"`   // those of the request
	Basis           Basis     `json:"basis"`    // of the answer
	Fault           string    `json:"fault"`    // the injected fault that answered, "" if none
	ClientID        string    `json:"client_id"`
	CertificateID   string    `json:"certificate_id"`
	AssertionSHA256 string    `json:"assertion_sha256"` // hexadecimal, of the text as sent
}
