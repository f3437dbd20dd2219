package auditor

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/nsauth/nsauth/internal/nsid"
	"github.com/nsauth/nsauth/internal/strictyaml"
	"github.com/nsauth/nsauth/internal/text"
)

// Query is one row of queries.yaml, whose comments say what its members mean.
type Query struct {
	Name       string
	Shows      string
	Permission string
	Basis      string
	SQL        string
}

//go:embed queries.yaml
var queriesYAML []byte

var tables = strictyaml.Embedded[struct{ Queries []Query }](queriesYAML)

// Queries lists every query that an auditor can send.
func Queries() []Query { return tables().Queries }

func lookup(name string) Query {
	for _, q := range Queries() {
		if q.Name == name {
			return q
		}
	}
	panic("no query " + name)
}

var placeholder = text.Regexp(`\{([a-z]+):([a-z]+)\}`)

// The kinds of values. A value of each needs no quoting: no character in it has a meaning
// in SQL.
var (
	uuidShape    = text.Regexp(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)
	minutesShape = text.Regexp(`^[0-9]{1,6}$`)
)

// IsApplicationID reports whether s can be an Application ID, a UUID.
func IsApplicationID(s string) bool { return uuidShape().MatchString(s) }

func isKind(kind, value string) bool {
	switch kind {
	case "id":
		return nsid.IsInternalID(value)
	case "uuid":
		return IsApplicationID(value)
	case "minutes":
		return minutesShape().MatchString(value)
	}
	return false
}

// Text is the query with values in its placeholders. The error names a value that is
// missing or not of its kind, and does not repeat it.
func (q Query) Text(values map[string]string) (string, error) {
	var wrong error
	sql := placeholder().ReplaceAllStringFunc(q.SQL, func(found string) string {
		name, kind, _ := strings.Cut(strings.Trim(found, "{}"), ":")
		value := values[name]
		if !isKind(kind, value) {
			value = ""
			wrong = fmt.Errorf("the query %s needs a %s of the kind %s", q.Name, name, kind)
		}
		return value
	})
	if wrong != nil {
		return "", wrong
	}
	return sql, nil
}
