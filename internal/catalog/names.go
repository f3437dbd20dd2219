package catalog

import (
	"slices"
	"strings"
	"sync"

	"github.com/nsauth/nsauth/internal/finding"
)

// Name is what nsauth explain knows by name, or by the texts that mean it.
type Name struct {
	Name    string
	Family  string `yaml:"-"`
	Title   string
	Meaning string
	// Readings are what it means in each flow; how to tell which is in Confirm.
	Readings []finding.Reading
	// Causes are findings that can stand behind it, most likely first. Their words
	// are the catalog's.
	Causes  []finding.Code
	Confirm string         // empty: the first cause's
	Remedy  finding.Remedy `yaml:"-"` // without a summary: the first cause's
	Basis   finding.Basis  // empty: the first cause's
	Source  string         // empty: the first cause's

	Also []string // further names, by which programs call it
	// Phrases are lower-case texts that mean it; all parts of one must be there.
	Phrases [][]string `yaml:"-"`
	Generic bool       // gives way to any other explanation of the same text
	First   bool       // comes before the place of its family
	Fields  []finding.FormField
	Sample  *finding.Sample
}

// Family is a family of names. words/families.yaml says what its parts mean.
type Family struct {
	Name, Title, Word string
	Rank              int
}

// Families lists the families in the order in which they are shown.
var Families = file[[]Family]("families.yaml")

// FamilyOf is the family of that name.
func FamilyOf(name string) Family {
	if i := slices.IndexFunc(Families(), func(f Family) bool { return f.Name == name }); i >= 0 {
		return Families()[i]
	}
	return Family{Word: name}
}

// The families that a program names.
const (
	FamilyOAuth   = "oauth"
	FamilyAudit   = "audit-trail"
	FamilyREST    = "rest"
	FamilyRESTlet = "restlet"
	FamilyHTTP    = "http"
	FamilyNetwork = "network"
	FamilyMessage = "message"
	FamilyTopic   = "topic"
	FamilyTerm    = "term"
	FamilyFinding = "finding"
)

// Signs are parts of a text, in lower case, and where they show that it was.
var Signs = file[map[string]string]("context.yaml")

// Where a name can be met.
const (
	ClientCredentials = "client credentials (M2M)"
	AuthorizationCode = "authorization code"
	TokenBased        = "token-based authentication (TBA)"
	TokenEndpoint     = "token endpoint"
	RESTCall          = "REST call"
	RESTletCall       = "RESTlet"
)

// Names lists all names but those of findings, by family. What it returns must not
// be changed.
func Names() []Name { return names() }

var names = sync.OnceValue(func() []Name {
	var all []Name
	for _, f := range Families() {
		switch f.Name {
		case FamilyAudit:
			all = append(all, detailNames()...)
			continue
		case FamilyFinding:
			continue
		}
		for _, row := range file[nameFile]("names/" + f.Name + ".yaml")().Names {
			n := row.Name
			n.Family, n.Remedy, n.Source = f.Name, row.Remedy.written(), pageIDs().Replace(n.Source)
			n.Readings = withBasis(n.Readings)
			if n.Sample != nil {
				code, _ := words.ReadFile("words/libraries/" + n.Sample.Code) // the schema test reads it too
				n.Sample.Code = string(code)
			}
			for _, phrase := range row.Phrases {
				n.Phrases = append(n.Phrases, strings.Split(phrase, " ... "))
			}
			all = append(all, n)
		}
	}
	return all
})

// nameFile is a file of names.
type nameFile struct {
	Names []struct {
		Name    `yaml:",inline"`
		Remedy  remedy
		Phrases []string
	}
}

// withBasis makes official what says nothing else.
func withBasis(readings []finding.Reading) []finding.Reading {
	for i := range readings {
		if readings[i].Basis == "" {
			readings[i].Basis = finding.Official
		}
	}
	return readings
}

// detailNames are the Details of the Login Audit Trail, but for further spellings
// of one that is there.
func detailNames() []Name {
	var list []Name
	texts := detailFile()
	for _, d := range texts.Details {
		if d.Meaning == "" {
			continue
		}
		n := Name{Name: d.Name, Family: FamilyAudit, Title: strings.ToUpper(d.Means[:1]) + d.Means[1:], Meaning: d.Meaning,
			Readings: withBasis(d.Readings), Also: d.Also, Causes: d.Codes, Remedy: d.Remedy.written(), Basis: finding.Official, Source: helpPages(d.Pages)}
		official := func(where, meaning string) finding.Reading {
			return finding.Reading{Where: where, Meaning: meaning, Basis: finding.Official}
		}
		switch {
		case slices.Equal(d.Flows, []Flow{FlowTokenBased}):
			n.Readings = []finding.Reading{official(TokenBased, texts.Readings.TokenBased)}
			n.Confirm = texts.Confirm.TokenBased
		case len(n.Readings) == 0:
			n.Readings = []finding.Reading{official(ClientCredentials, texts.Readings.ClientCredentials)}
			if d.Of(FlowAuthorizationCode) {
				n.Readings = append(n.Readings, official(AuthorizationCode, texts.Readings.AuthorizationCode))
			}
		}
		if len(n.Readings) > 1 {
			n.Confirm = texts.Confirm.SeveralFlows
		}
		if n.Confirm == "" && len(n.Causes) == 0 {
			n.Confirm = texts.Confirm.NoCause
		}
		list = append(list, n)
	}
	return list
}

// secretsFile is secrets.yaml.
type secretsFile struct {
	Secrets []struct {
		Kind, Title, Meaning string
		Remedy               remedy
	}
}

var secrets = file[secretsFile]("secrets.yaml")

// Secrets says of each kind of secret what it is worth and what to do, gravest
// first.
func Secrets() []finding.Exposure {
	var list []finding.Exposure
	for _, s := range secrets().Secrets {
		list = append(list, finding.Exposure{Kind: s.Kind, Title: s.Title, Meaning: s.Meaning, Remedy: s.Remedy.written()})
	}
	return list
}
