package explain

import (
	"slices"
	"strings"
	"sync"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
)

// entry is one row of this package's tables.
type entry struct {
	name    string
	family  string
	title   string
	meaning string
	// readings are what it means in each flow; how to tell which is in tell.
	readings []finding.Reading
	// causes are findings that can stand behind it, likeliest first. Their words
	// are the catalogue's.
	causes  []finding.Code
	confirm string         // empty: the first cause's
	do      finding.Remedy // without a summary: the first cause's
	basis   finding.Basis  // empty: the first cause's
	source  string         // empty: the first cause's

	// words are further names, by which programs call it.
	words []string
	// phrases are lower-case texts that mean it; all parts of one must be there.
	phrases [][]string
	// generic gives way to any other explanation of the same text.
	generic bool
	// first puts it before its family's place.
	first bool
}

func (e *entry) names() []string { return append([]string{e.name}, e.words...) }

// all returns every entry: this package's tables and the catalogue.
var all = sync.OnceValue(func() []*entry {
	var list []*entry
	for _, table := range [][]entry{oauthErrors(), auditDetails(), restErrors(), restletErrors(), statuses(), networkFaults(),
		messages(), topics()} {
		for i := range table {
			list = append(list, &table[i])
		}
	}
	twins := map[finding.Code]*entry{} // the OAuth error that a finding stands for
	for _, e := range list {
		if e.family == FamilyOAuth && len(e.causes) > 0 && strings.HasPrefix(string(e.causes[0]), "token.") {
			twins[e.causes[0]] = e
		}
	}
	for _, f := range catalog.All() {
		e := &entry{name: string(f.Code), family: FamilyFinding, title: f.Title, meaning: catalog.Fill(f.Meaning, nil),
			causes: []finding.Code{f.Code}}
		if twin := twins[f.Code]; twin != nil {
			e.causes, e.confirm, e.do = twin.causes, twin.confirm, twin.do
		}
		if len(f.AuditDetails) > 0 {
			e.readings = []finding.Reading{{Where: "Login Audit Trail", Basis: finding.Official,
				Meaning: "The Detail to look for is " + strings.Join(f.AuditDetails, " or ") + "; an entry is not promised."}}
		}
		list = append(list, e)
	}
	return list
})

// explain writes an entry out. The readings for places in context come first.
func (e *entry) explain(context map[string]bool) finding.Explanation {
	x := finding.Explanation{Name: e.name, Family: e.family, Title: e.title, Meaning: e.meaning, Confirm: e.confirm,
		Remedy: fresh(e.do), Basis: e.basis, Source: e.source}
	for _, r := range e.readings {
		r.Applies = context[r.Where]
		x.Readings = append(x.Readings, r)
	}
	slices.SortStableFunc(x.Readings, func(a, b finding.Reading) int { return boolInt(b.Applies) - boolInt(a.Applies) })
	causes := e.causes
	if len(causes) > 0 {
		own, _ := catalog.Lookup(causes[0])
		f := catalog.New(causes[0], nil)
		if x.Confirm == "" {
			x.Confirm = catalog.Fill(own.Confirm, nil)
		}
		if x.Remedy.Summary == "" {
			x.Remedy = f.Remedy
		}
		if x.Basis == "" {
			x.Basis = f.Basis
		}
		if x.Source == "" {
			x.Source = own.Source
		}
		if e.family == FamilyFinding || e.family == FamilyOAuth && strings.HasPrefix(string(causes[0]), "token.") {
			causes = causes[1:] // it is the same thing under another name
		}
	}
	for _, code := range causes {
		c, _ := catalog.Lookup(code)
		x.Causes = append(x.Causes, finding.PossibleCause{Code: code, Title: c.Title, Confirm: catalog.Fill(c.Confirm, nil),
			Remedy: catalog.New(code, nil).Remedy.Summary})
	}
	return x
}

// fresh copies what a caller could change.
func fresh(r finding.Remedy) finding.Remedy {
	r.Steps, r.Docs, r.Commands = slices.Clone(r.Steps), slices.Clone(r.Docs), slices.Clone(r.Commands)
	for i := range r.Commands {
		r.Commands[i] = slices.Clone(r.Commands[i])
	}
	if r.UIPath != nil {
		r.UIPath = new(*r.UIPath)
	}
	return r
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Where a name can be met.
const (
	m2m     = "client credentials (M2M)"
	code    = "authorization code"
	tba     = "token-based authentication (TBA)"
	token   = "token endpoint"
	rest    = "REST call"
	restlet = "RESTlet"
)

// Pages of Oracle's NetSuite Help.
const (
	pageTokenRequest  = "section_162755359851"
	pageAssertion     = "section_162790605110"
	pageCertificates  = "subsect_162755332391"
	pageMapping       = "section_162686838198"
	pageIntegration   = "section_157771733782"
	pageRoles         = "section_157771510070"
	pageAuditTrail    = "section_158323851171"
	pageDetails       = "subsect_158324637123"  // of RESTlets and REST web services
	pageDetailsCode   = "subsect_158711892221"  // of the authorization code flow
	pageDetailsFresh  = "subsect_158711928134"  // of the refresh token request
	pageDetailsTBA    = "subsect_156935170194"  // of TBA
	pageTBAAudit      = "section_1534941538"    // TBA and the audit trail
	pageTBAFlow       = "subsect_156934879823"  // of the TBA authorization flow
	pageTokenErrors   = "subsect_158521832417"  // errors of step two
	pageStepOne       = "subsect_161252455245"  // errors of step one
	pageResource      = "subsect_158521885412"  // WWW-Authenticate
	pageREST          = "section_156570709583"  // o:errorCode
	pageRESTlet       = "section_4634920277"    // RESTlet errors
	pageRESTletAuth   = "section_N2971402"      // header or cookies
	pageConcurrency   = "bridgehead_1525252812" // of RESTlets
	pageWebOnly       = "chapter_157011522878"  // Web Services Only role
	pageDiscovery     = "chapter_157011836591"  // URLs of an account
	pageHosts         = "section_1498251763"
	pageCodeFlow      = "section_158081952044"
	pageCodeStepOne   = "section_158081944642"
	pageRevoke        = "section_161071224088"
	pageAccessToken   = "section_158255317571"
	pageReset         = "section_4395597766"
	pageResetSandbox  = "section_1515141510"
	pageTwoFactor     = "section_1532968056"
	pageTwoFactorMore = "chapter_4247329078"
	pageWebServices   = "section_N3424894"
	pageRotation      = "article_92130837826"
	pageCertificateID = "article_0209112025"
	pageEntities      = "section_157771650112"
	pageServerTime    = "article_0528010158"
	pageSandbox       = "section_4609939018"
)

// look is what to do where only the Login Audit Trail tells more.
func look(summary string, steps []string, pages ...string) finding.Remedy {
	menu := catalog.MenuLoginAuditTrail
	return finding.Remedy{Summary: summary, Steps: steps, UIPath: &menu, Docs: catalog.HelpURLs(pages...)}
}

func do(summary string, steps []string, pages ...string) finding.Remedy {
	return finding.Remedy{Summary: summary, Steps: steps, Docs: catalog.HelpURLs(pages...)}
}

func doAt(menu, summary string, steps []string, pages ...string) finding.Remedy {
	return finding.Remedy{Summary: summary, Steps: steps, UIPath: &menu, Docs: catalog.HelpURLs(pages...)}
}

func says(parts ...string) []string { return parts }
