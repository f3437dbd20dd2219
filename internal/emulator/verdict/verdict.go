package verdict

import "time"

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
