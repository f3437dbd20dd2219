package profile

import (
	"fmt"
)

// ConfigError says that the configuration cannot be used: exit code 2,
// usage.config. It never quotes a value.
type ConfigError struct {
	File    string // empty for flags and the environment
	Line    int    // from 1; 0 where there is none
	Key     string // the key, flag or variable as it was written; empty for the whole file
	Message string // one clause, lower case, no full stop
	Hints   []string
	Err     error // the operating system's error that caused it, or nil
}

// Error gives file, line and message; the hints are for the caller to print.
func (e *ConfigError) Error() string { return at(e.File, e.Line) + e.Message }

// Unwrap returns the operating system's error, such as fs.ErrNotExist.
func (e *ConfigError) Unwrap() error { return e.Err }

// InProfile is an error of a run with the profile Name.
type InProfile struct {
	Name string
	Err  error
}

func (e *InProfile) Error() string { return e.Err.Error() }

// Unwrap returns the error itself.
func (e *InProfile) Unwrap() error { return e.Err }

// UnsafeError says that an account or URL would send an assertion or token to another
// host, or that someone else may have written a command: exit code 2,
// usage.unsafe-value, before any lookup or connection. It never quotes the value.
type UnsafeError struct {
	Field   Field
	Source  Source
	Reason  string // kebab-case, such as "userinfo" or "insecure-url"
	Message string // one clause, lower case, no full stop
	Hints   []string
}

// Error gives the place and the message; the hints are for the caller to print.
func (e *UnsafeError) Error() string { return at(e.Source.File, e.Source.Line) + e.Message }

func at(file string, line int) string {
	switch {
	case file == "":
		return ""
	case line > 0:
		return fmt.Sprintf("%s:%d: ", file, line)
	}
	return file + ": "
}

// fault is the error of a check of one value; the caller adds its source.
type fault struct {
	unsafe  bool
	reason  string // only with unsafe
	message string // continues "--token-url ..."
	hints   []string
}

func (f *fault) at(field Field, s Source) error {
	message := s.subject(field) + " " + f.message
	if f.unsafe {
		return &UnsafeError{Field: field, Source: s, Reason: f.reason, Message: message, Hints: f.hints}
	}
	key := string(field)
	switch s.Kind {
	case SourceFlag, SourceEnvironment, SourceEnvFile:
		key = s.Name
	}
	return &ConfigError{File: s.File, Line: s.Line, Key: key, Message: message, Hints: f.hints}
}
