package diagnosis

import (
	"slices"
	"strconv"
	"strings"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/nsid"
)

// describe adds what the catalog says of each cause, so that a report can be shown
// without the catalog.
func (o *observations) describe(c *finding.Cause) {
	f, found := o.findingOf(c.Code)
	e, remedy := o.entry(c.Code, f)
	if found {
		remedy = f.Remedy
	}
	c.Title, c.Meaning, c.Remedy = e.Title, catalog.Fill(e.Meaning, f.Evidence), remedy
	if e.Question != "" {
		c.Question = new(catalog.Fill(e.Question, o.context.Subject))
	}
	c.Page, c.UIPath, c.UIURL = finding.Optional(remedy.Page), remedy.UIPath, o.address(remedy)
	c.Kind = finding.CauseFailure
	if o.nothingFailed() {
		c.Kind = finding.CauseWarning
	}
	c.ReadBy = readBy(*c, found)
	if o.audited[c.Code] {
		c.ReadBy = finding.ReadByAuditor
	}
}

// readBy says who saw a cause: a person has to look for what no check found.
func readBy(c finding.Cause, found bool) finding.ReadBy {
	family, _, _ := strings.Cut(string(c.Code), ".")
	switch {
	case !found:
		return finding.ReadByPerson
	case slices.Contains([]string{"token", "api", "role", "mapping"}, family):
		return finding.ReadByNetSuite
	}
	return finding.ReadByNsauth
}

// findingOf is the finding of a code. A warning or an error comes before information.
func (o *observations) findingOf(code finding.Code) (finding.Finding, bool) {
	is := func(f finding.Finding) bool { return f.Code == code }
	i := slices.IndexFunc(o.findings, func(f finding.Finding) bool { return is(f) && f.Severity != finding.Info })
	if i < 0 {
		i = slices.IndexFunc(o.findings, is)
	}
	if i < 0 {
		return finding.Finding{}, false
	}
	return o.findings[i], true
}

// entry is the catalog's entry for a code, for the variant that was found, and its
// remedy with the files of this run.
func (o *observations) entry(code finding.Code, f finding.Finding) (catalog.Entry, finding.Remedy) {
	ev := finding.Evidence{"reason": f.Evidence["reason"]}
	values, _ := facts[finding.ProfileFacts](o, finding.CheckProfile)
	for name, field := range map[string]string{"key": "key", "certificate": "cert"} {
		ev.Set(name, values.Values[field].Value)
	}
	ev.Set("new_key_type", o.newKeyType())
	e, ok := catalog.Said(code, ev)
	if !ok {
		return catalog.Entry{Code: code, Title: string(code)}, finding.Remedy{}
	}
	return e, catalog.New(code, ev).Remedy
}

// newKeyType is the type of the present key, for nsauth certgen; "" unless NetSuite accepts it.
func (o *observations) newKeyType() string {
	key, ok := facts[finding.KeyFacts](o, finding.CheckKey)
	switch {
	case !ok || o.results[finding.CheckKey].Status == finding.Fail:
		return ""
	case key.Curve != nil:
		return strings.ToLower(*key.Curve)
	}
	return "rsa-" + strconv.Itoa(key.Bits)
}

// address is that of the page in NetSuite where a remedy applies; nil if the account or
// the path is not known.
func (o *observations) address(m finding.Remedy) *string {
	id, _ := o.context.Subject["account"].(string)
	account, err := nsid.ParseAccount(id)
	if m.UIURL == nil || err != nil {
		return nil
	}
	return new("https://" + account.AppHost() + *m.UIURL)
}
