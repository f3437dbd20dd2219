package diagnosis

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/strictyaml"
)

// tableData is tables.yaml, whose comments say what each table holds.
type tableData struct {
	Suspects       []suspect
	Reach          []finding.Code
	Refusals       []finding.Code
	Announces      []finding.Code
	InferredCalls  []finding.Code                  `yaml:"inferred-calls"`
	PriorOrder     []finding.Code                  `yaml:"prior-order"`
	WhenItWorked   []finding.Code                  `yaml:"when-it-worked"`
	Hints          map[finding.Code][]finding.Code `yaml:"hints"`
	WhenChanged    map[string][]finding.Code       `yaml:"when-changed"`
	Disproved      map[finding.Code][]string       `yaml:"disproved"`
	BlindSpots     []blindSpot                     `yaml:"blind-spots"`
	AmbiguousCalls map[finding.Code]ambiguousCall  `yaml:"ambiguous-calls"`
}

type suspect struct {
	Code                    finding.Code
	Weak, Always, Universal bool
	rank                    int // the place in the table
}

type blindSpot struct {
	Code    finding.Code
	Because string
	Last    bool
}

type ambiguousCall struct {
	Set         []finding.Code
	Path        string
	ExplainedBy []finding.Code `yaml:"explained-by"`
}

//go:embed tables.yaml
var tablesYAML []byte

var tables = strictyaml.Embedded[tableData](tablesYAML)

// Refusals are the findings of a token request that the server refused.
func Refusals() []finding.Code { return slices.Clone(tables().Refusals) }

// suspects are the suspects of tables.yaml by code.
var suspects = sync.OnceValue(func() map[finding.Code]suspect {
	m := map[finding.Code]suspect{}
	for i, s := range tables().Suspects {
		s.rank = i
		m[s.Code] = s
	}
	return m
})

// ambiguous returns the row of a refused call that has several possible causes,
// unless the check itself found out which of them it is: by a second call, or
// because the token says so. The causes are those of OAuth 2.0, so a call signed with a
// TBA token has none of them.
func ambiguous(f finding.Finding) (ambiguousCall, bool) {
	if f.Evidence["read_by"] != nil { // of the role, not of the call
		return ambiguousCall{}, false
	}
	call, ok := tables().AmbiguousCalls[f.Code]
	reason, _ := f.Evidence["reason"].(string)
	path, _ := f.Evidence["path"].(string)
	settled := reason == "by-id-works" || f.Code == "api.invalid-login" && slices.Contains([]string{"expired", "scope", "not-a-jwt"}, reason)
	return call, ok && !settled && f.Evidence["auth"] == nil && strings.HasSuffix(path, call.Path)
}

// explains reports whether a refusal, of a token or of a call, follows from code.
func explains(code finding.Code) bool {
	if _, ok := suspects()[code]; ok || catalog.Unseen()[code] != "" {
		return true
	}
	for _, call := range tables().AmbiguousCalls {
		if slices.Contains(call.ExplainedBy, code) {
			return true
		}
	}
	return false
}
