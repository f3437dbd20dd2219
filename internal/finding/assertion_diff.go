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
	// SignaturesCompared is false if no key was at hand that one of them verifies with.
	SignaturesCompared bool `json:"signatures_compared"`
	// InBoth are faults that both have.
	InBoth []SidedFinding `json:"in_both"`
}

// OnlyRequest is the side that has a request where the other has none, else "".
func (d *AssertionDiff) OnlyRequest() string {
	a, b := d.A.Input, d.B.Input
	switch hasA, hasB := a != nil && a.Request != nil, b != nil && b.Request != nil; {
	case hasA && !hasB:
		return "A"
	case hasB && !hasA:
		return "B"
	}
	return ""
}

// NotCompared says in the outcome what was not compared, "" for nothing.
func (d *AssertionDiff) NotCompared() string {
	s := ""
	if !d.SignaturesCompared {
		s += ", signatures not compared"
	}
	if d.OnlyRequest() != "" {
		s += ", requests not compared"
	}
	return s
}

// WhyNotCompared says why the signatures were not compared, and what to give.
func (d *AssertionDiff) WhyNotCompared() string {
	for _, side := range []DiffSide{d.A, d.B} {
		switch {
		case side.NotCheckedBecause != nil:
			return *side.NotCheckedBecause
		case side.CheckedWith != nil && side.Signature == "invalid" && d.A.Signature == d.B.Signature:
			return "neither verifies with " + *side.CheckedWith + "; give the key or certificate of the one that works"
		}
	}
	return "give --cert, --key or --jwks"
}

// DiffSide is one of the two.
type DiffSide struct {
	Name  string      `json:"name"` // a file or variable, "standard input" or "argument"
	Kind  string      `json:"kind"` // assertion, access-token
	Input *InputFacts `json:"input"`
	// Signature is verified, invalid or not-checked.
	Signature string `json:"signature"`
	// CheckedWith is the file or key that it was checked with. NotCheckedBecause says why a
	// key that was given could not be used.
	CheckedWith       *string `json:"checked_with"`
	NotCheckedBecause *string `json:"not_checked_because"`
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
