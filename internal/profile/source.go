package profile

import (
	"path/filepath"

	"github.com/nsauth/nsauth/internal/text"
)

// SourceKind is a place that settings come from.
type SourceKind string

// The places, strongest first, and SourceDerived for what follows from another
// setting, such as the token endpoint from the account.
const (
	SourceFlag           SourceKind = "flag"
	SourceProfile        SourceKind = "profile"
	SourceEnvironment    SourceKind = "environment"
	SourceEnvFile        SourceKind = "env-file"
	SourceDefaultProfile SourceKind = "default-profile"
	SourceAnswer         SourceKind = "answered" // by a person, for this run
	SourceDefault        SourceKind = "default"
	SourceDerived        SourceKind = "derived"
)

// Source is where one value came from.
type Source struct {
	Kind SourceKind
	Name string // --client-id, NSAUTH_CLIENT_ID, the profile's name, the setting it is derived from
	File string // path of the profile file or env file; empty for the others
	Line int    // in File, from 1; 0 where there is none
}

// String names the source for people: "flag --client-id", "$NSAUTH_CLIENT_ID",
// ".env: NETSUITE_CLIENT_ID", "config.yaml, profile prod".
func (s Source) String() string {
	switch s.Kind {
	case SourceFlag:
		return "flag " + s.Name
	case SourceEnvironment:
		return "$" + s.Name
	case SourceEnvFile:
		return filepath.Base(s.File) + ": " + s.Name
	case SourceProfile, SourceDefaultProfile:
		return filepath.Base(s.File) + ", profile " + s.Name
	case SourceDerived:
		return "from " + s.Name
	}
	return string(s.Kind)
}

// place is the source without the name of the value. Values from one place belong
// together.
func (s Source) place() string {
	switch s.Kind {
	case SourceFlag:
		return "flags"
	case SourceEnvironment:
		return "environment"
	case SourceEnvFile:
		return filepath.Base(s.File)
	}
	return s.String()
}

// subject is the user's name for the value.
func (s Source) subject(f Field) string {
	switch s.Kind {
	case SourceFlag, SourceEnvFile:
		return s.Name
	case SourceEnvironment:
		return "$" + s.Name
	case SourceProfile, SourceDefaultProfile:
		return "profile " + text.QuoteName(s.Name) + ": " + string(f)
	}
	return string(f)
}

// Value is one setting: repaired, with paths resolved, and safe to print.
type Value struct {
	Text   string   // of a list: its items, separated by spaces
	List   []string // only for list settings
	Source Source
	// Repairs says what was repaired on reading:
	// "surrounding-space", "invisible", "quotes"; for an account also "url" or
	// "host". Empty for nearly all values.
	Repairs []string
}

func (v Value) clone() Value {
	v.List = append([]string(nil), v.List...)
	v.Repairs = append([]string(nil), v.Repairs...)
	return v
}
