package catalog

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/nsauth/nsauth/internal/finding"
)

// Flow is a way of authentication that entries of the Login Audit Trail belong to.
type Flow string

// The flows whose Details Oracle documents.
const (
	FlowClientCredentials Flow = "client credentials"
	FlowAuthorizationCode Flow = "authorization code"
	FlowTokenBased        Flow = "token-based authentication"
)

// Detail is a value of the Detail column in NetSuite's Login Audit Trail.
type Detail struct {
	Name string
	// Flows that it is documented for. Oracle has one table for all calls with an
	// OAuth 2.0 token, so that client credentials share it with the code flow. Where
	// one of Codes can be meant by it, client credentials are among them by inference.
	Flows []Flow
	Means string // Oracle's problem statement, in our words: one clause, no full stop
	// Codes are the causes in a client credentials integration that it can stand
	// for, in the catalog's order; none for a Detail of other flows.
	Codes []finding.Code `yaml:"causes"`
}

// Of reports whether the Detail is documented for a flow.
func (d Detail) Of(f Flow) bool { return slices.Contains(d.Flows, f) }

// OtherFlow says of a Detail that is not documented for client credentials what its
// entry in the Login Audit Trail is likely to be.
func (d Detail) OtherFlow() string {
	words := make([]string, len(d.Flows))
	for i, f := range d.Flows {
		words[i] = string(f)
	}
	return "Oracle documents the Detail " + d.Name + " for another flow (" + strings.Join(words, ", ") + "): " +
		"its entry in the Login Audit Trail is probably of another request."
}

// detailRow is a Detail with what nsauth explain says of it.
type detailRow struct {
	Detail   `yaml:",inline"`
	Meaning  string
	Readings []finding.Reading
	Remedy   remedy
	Also     []string
	Pages    []string
}

// detailsFile is details.yaml.
type detailsFile struct {
	Confirm struct {
		SeveralFlows string `yaml:"several-flows"`
		TokenBased   string `yaml:"token-based"`
		NoCause      string `yaml:"no-cause"`
	}
	Readings struct {
		ClientCredentials string `yaml:"client-credentials"`
		AuthorizationCode string `yaml:"authorization-code"`
		TokenBased        string `yaml:"token-based"`
	}
	Details []detailRow
}

var detailFile = file[detailsFile]("details.yaml")

// Details lists every Detail that Oracle documents, in alphabetical order within
// the flow. What it returns must not be changed.
func Details() []Detail { return details() }

var details = sync.OnceValue(func() []Detail {
	var list []Detail
	for _, row := range detailFile().Details {
		d := row.Detail
		d.Codes = slices.SortedFunc(slices.Values(d.Codes), func(a, b finding.Code) int { return cmp.Compare(Place(a), Place(b)) })
		list = append(list, d)
	}
	return list
})

// LookupDetail finds a Detail by its name, whatever its case.
func LookupDetail(name string) (Detail, bool) {
	for _, d := range Details() {
		if strings.EqualFold(d.Name, strings.TrimSpace(name)) {
			return d, true
		}
	}
	return Detail{}, false
}
