package finding

// Explanation is what is known about one name, wherever it comes from: a
// finding code, an OAuth error, a Detail of the Login Audit Trail, an error of
// the API, a text of a program, or a topic. No text of it repeats anything that
// was given to be explained.
type Explanation struct {
	Name    string `json:"name"`   // as NetSuite, the standard or the program writes it
	Family  string `json:"family"` // one of package explain's families
	Title   string `json:"title"`
	Meaning string `json:"meaning"`
	// Readings are what the same name means in different flows or at different
	// endpoints, and how to tell which it is.
	Readings []Reading       `json:"readings"`
	Causes   []PossibleCause `json:"causes"`  // most likely first
	Confirm  string          `json:"confirm"` // the look or command that settles it
	Remedy   Remedy          `json:"remedy"`
	Basis    Basis           `json:"basis"`
	Source   string          `json:"source"`
	// Fields are the names that a program gives to NetSuite's values.
	Fields []FormField `json:"fields,omitempty"`
	Sample *Sample     `json:"sample,omitempty"`
}

// FormField is a field of a program and what belongs there.
type FormField struct {
	Field string `json:"field"`
	Value string `json:"value"`
}

// Sample is a short program that gets a token with a library.
type Sample struct {
	Package string `json:"package"`
	Version string `json:"version"`
	Tested  bool   `json:"tested"` // the end-to-end tests run it against the emulator
	File    string `json:"file"`   // the name to save it under
	Run     string `json:"run"`
	Code    string `json:"code"`
}

// Reading is what a name means in one flow or at one endpoint.
type Reading struct {
	Where   string `json:"where"`
	Meaning string `json:"meaning"`
	Basis   Basis  `json:"basis"`
	Applies bool   `json:"applies"` // what was given shows that it was there
}

// PossibleCause is a finding that can stand behind a name, in the catalog's words.
type PossibleCause struct {
	Code    Code   `json:"code"`
	Title   string `json:"title"`
	Confirm string `json:"confirm"`
	Remedy  string `json:"remedy"` // its summary
}

// Exposure is a secret in a text that was given to be explained: what it is,
// never its value.
type Exposure struct {
	Kind    string  `json:"kind"`
	Title   string  `json:"title"`
	Count   int     `json:"count"`
	Live    string  `json:"live"`    // yes, no (it has ended), or unknown
	EndsAt  *string `json:"ends_at"` // RFC 3339, UTC; of the one that ends last
	Meaning string  `json:"meaning"`
	Remedy  Remedy  `json:"remedy"`
}
