package finding

// KindComparison is the kind of a Comparison.
const KindComparison = "nsauth.comparison"

// Comparison is two reports side by side, what differs first.
type Comparison struct {
	SchemaVersion string   `json:"schema_version"`
	Kind          string   `json:"kind"` // "nsauth.comparison"
	Tool          Tool     `json:"tool"`
	Command       string   `json:"command"`
	Profiles      []string `json:"profiles"` // the names of the two, in the order of all that follows
	// Outcome and ExitCode are those of the worse of the two.
	Outcome  Outcome    `json:"outcome"`
	ExitCode int        `json:"exit_code"`
	Error    *ErrorInfo `json:"error"`
	Summary  string     `json:"summary"` // with which it works, and what follows
	// Differences are the checks, findings and values that are not the same; Same
	// names the values that are.
	Differences []Difference `json:"differences"`
	Same        []string     `json:"same"`
	Reports     []*Report    `json:"reports"`
}

// DifferenceKind says what differs.
type DifferenceKind string

// A check's status, a finding's severity, or a value.
const (
	DiffersCheck   DifferenceKind = "check"
	DiffersFinding DifferenceKind = "finding"
	DiffersValue   DifferenceKind = "value"
)

// Difference is one thing that is not the same with both profiles.
type Difference struct {
	Kind   DifferenceKind `json:"kind"`
	Name   string         `json:"name"`   // the check's ID, the finding's code, or the value's name
	Title  string         `json:"title"`  // the same for people
	Values []*string      `json:"values"` // one per profile; null where there is none
}

// ComparedTitle is what people call a value of a Comparison, by its name.
func ComparedTitle(name string) string {
	return map[string]string{
		"account": "Account", "client_id": "Client ID", "certificate_id": "Certificate ID",
		"key": "Public key (SHA-256)", "cert": "Certificate (SHA-256)", "certificate_end": "Certificate's end",
		"scope": "Scope", "algorithm": "Algorithm", "audience": "Audience", "api_path": "API path",
		"role_id": "Role", "entity_id": "Entity",
	}[name]
}
