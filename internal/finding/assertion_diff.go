package finding

// KindAssertionDiff is the kind of an AssertionDiff.
const KindAssertionDiff = "nsauth.assertion-diff"

// AssertionDiff is two assertions side by side. No signature is in it.
type AssertionDiff struct {
	SchemaVersion string   `json:"schema_version"`
	Kind          string   `json:"kind"` // "nsauth.assertion-diff"
	A             DiffSide `json:"a"`
	B             DiffSide `json:"b"`
	// Matters reports whether a difference is known to matter to NetSuite.
	Matters  bool `json:"matters"`
	ExitCode int  `json:"exit_code"`
	// Differences have those that matter first.
	Differences []AssertionDifference `json:"differences"`
	// Same names what is the same, or of the same shape where it is meant to differ.
	Same []string `json:"same"` // "header.alg", ...
	// InBoth are faults that both have.
	InBoth []SidedFinding `json:"in_both"`
}

// DiffSide is one of the two.
type DiffSide struct {
	Name  string      `json:"name"` // a file or variable, "standard input" or "argument"
	Kind  string      `json:"kind"` // assertion, access-token
	Input *InputFacts `json:"input"`
}

// AssertionDifference is one way in which they differ.
type AssertionDifference struct {
	Part  string `json:"part"` // header, claims, signature, token, request
	Name  string `json:"name"`
	A     any    `json:"a"` // null if absent
	B     any    `json:"b"`
	TypeA string `json:"a_type"` // string, number, boolean, array, object, null, absent
	TypeB string `json:"b_type"`
	// How is value, type, only-in-a, only-in-b, or form: the same in another shape.
	How string `json:"how"`
	// Matters is yes, perhaps (not documented, or it depends on the key) or no.
	Matters  string         `json:"matters"`
	Findings []SidedFinding `json:"findings"`
}

// SidedFinding is a finding, and which of the two it is about.
type SidedFinding struct {
	Side *string `json:"side"` // a, b; null for both
	Finding
}
