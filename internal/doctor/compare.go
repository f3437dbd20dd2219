package doctor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/diagnosis"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
)

// Compare compares the reports of two profiles: what works with only one of them, and
// what differs between them.
func Compare(first, second *finding.Report) *finding.Comparison {
	worse := first
	if severity(second) > severity(first) {
		worse = second
	}
	c := &finding.Comparison{SchemaVersion: finding.SchemaVersion, Kind: finding.KindComparison, Tool: first.Tool, Command: first.Command,
		Profiles: []string{nameOf(first), nameOf(second)}, Outcome: worse.Outcome, ExitCode: worse.ExitCode, Error: worse.Error,
		Differences: []finding.Difference{}, Same: []string{}, Reports: []*finding.Report{first, second}}
	both := func(of func(*finding.Report) string) [2]string { return [2]string{of(first), of(second)} }
	differ := func(kind finding.DifferenceKind, name, title string, values [2]string) {
		if values[0] != values[1] {
			c.Differences = append(c.Differences, finding.Difference{Kind: kind, Name: name, Title: title,
				Values: []*string{finding.Optional(values[0]), finding.Optional(values[1])}})
		}
	}
	for _, check := range first.Checks {
		differ(finding.DiffersCheck, string(check.ID), check.Title, both(func(r *finding.Report) string { return string(checkOf(r, check.ID).Status) }))
	}
	for _, code := range codesOf(first, second) {
		e, _ := catalog.Lookup(code)
		differ(finding.DiffersFinding, string(code), e.Title, both(func(r *finding.Report) string { return severityOf(r, code) }))
	}
	for _, v := range comparedValues() {
		values := both(v.of)
		switch {
		case values == [2]string{}, v.measured && slices.Contains(values[:], ""):
		case values[0] == values[1]:
			c.Same = append(c.Same, v.name)
		default:
			differ(finding.DiffersValue, v.name, finding.ComparedTitle(v.name), values)
		}
	}
	c.Summary = summary(c)
	return c
}

// severity ranks outcomes: a comparison has the exit code of the worse report.
func severity(r *finding.Report) int {
	order := []finding.Outcome{finding.OutcomePass, finding.OutcomeWarn, finding.OutcomeInconclusive, finding.OutcomeFail,
		finding.OutcomeError, finding.OutcomeInterrupted}
	return 2*slices.Index(order, r.Outcome) + min(r.ExitCode, 1)
}

func nameOf(r *finding.Report) string {
	if r.Profile != nil && r.Profile.Name != nil {
		return *r.Profile.Name
	}
	return ""
}

// summary says with which of the two it works, and what follows.
func summary(c *finding.Comparison) string {
	did := func(r *finding.Report) string {
		switch {
		case r.Outcome == finding.OutcomePass || r.Outcome == finding.OutcomeWarn:
			return "works"
		case r.Outcome == finding.OutcomeFail:
			return "fails"
		}
		return "could not be verified"
	}
	a, b := did(c.Reports[0]), did(c.Reports[1])
	if a == b {
		return strings.ToUpper(a[:1]) + a[1:] + " with both" + sameCause(c.Reports)
	}
	s := fmt.Sprintf("%s with %s, %s with %s", strings.ToUpper(a[:1])+a[1:], c.Profiles[0], b, c.Profiles[1])
	good, bad := 0, 1
	if b == "works" {
		good, bad = 1, 0
	}
	if did(c.Reports[good]) == "works" && issued(c.Reports[good].Checks) && !issued(c.Reports[bad].Checks) && onlyInAccount(c.Reports[bad]) &&
		slices.Contains(c.Same, "key") && slices.Contains(c.Same, "certificate_id") {
		s += fmt.Sprintf(". The same key and Certificate ID get a token with %s, so they belong together: check the set-up in the account of %s",
			c.Profiles[good], c.Profiles[bad])
	}
	return s
}

// onlyInAccount reports whether every cause left is in the set-up in NetSuite.
func onlyInAccount(r *finding.Report) bool {
	if r.Diagnosis == nil || len(r.Diagnosis.Causes) == 0 {
		return false
	}
	return !slices.ContainsFunc(r.Diagnosis.Causes, func(c finding.Cause) bool {
		return c.ConsequenceOf == nil && !strings.HasPrefix(string(c.Code), "setup.")
	})
}

// sameCause names the first cause if both reports have the same.
func sameCause(reports []*finding.Report) string {
	var first []finding.Code
	for _, r := range reports {
		if r.Diagnosis != nil && len(r.Diagnosis.Causes) > 0 && r.Diagnosis.Causes[0].Confidence != finding.Possible {
			first = append(first, r.Diagnosis.Causes[0].Code)
		}
	}
	if len(first) < 2 || first[0] != first[1] {
		return ""
	}
	return ", for the same cause: " + string(first[0])
}

// codesOf are the codes of the findings of both reports, each once.
func codesOf(reports ...*finding.Report) (codes []finding.Code) {
	for _, r := range reports {
		for _, c := range r.Checks {
			for _, f := range c.Findings {
				if !slices.Contains(codes, f.Code) {
					codes = append(codes, f.Code)
				}
			}
		}
	}
	return codes
}

func severityOf(r *finding.Report, code finding.Code) string {
	for _, c := range r.Checks {
		for _, f := range c.Findings {
			if f.Code == code {
				return string(f.Severity)
			}
		}
	}
	return ""
}

func checkOf(r *finding.Report, id finding.CheckID) finding.Result {
	for _, c := range r.Checks {
		if c.ID == id {
			return c
		}
	}
	return finding.Result{}
}

// factsOf are the facts of the check that has facts of type T, else zero.
func factsOf[T any](results []finding.Result) (none T) {
	for _, c := range results {
		if facts, ok := c.Facts.(T); ok {
			return facts
		}
	}
	return none
}

// comparedValue is a value of a set-up that may differ.
type comparedValue struct {
	name     string
	of       func(*finding.Report) string
	measured bool // known only with a token; a missing token is a difference of its own
}

func comparedValues() []comparedValue {
	derived := profile.Source{Kind: profile.SourceDerived, Name: string(profile.FieldAccount)}.String()
	value := func(name string) comparedValue {
		return comparedValue{name: name, of: func(r *finding.Report) string {
			if v := factsOf[finding.ProfileFacts](r.Checks).Values[name]; v.Source != derived { // a derived value differs with the account
				return v.Value
			}
			return ""
		}}
	}
	role := func(name string, of func(finding.RoleFacts) *string) comparedValue {
		return comparedValue{name: name, measured: true, of: func(r *finding.Report) string {
			if v := of(factsOf[finding.RoleFacts](r.Checks)); v != nil {
				return *v
			}
			return ""
		}}
	}
	return []comparedValue{
		value("account"),
		value("client_id"),
		value("certificate_id"),
		{name: diagnosis.IDKey, of: func(r *finding.Report) string {
			return factsOf[finding.KeyFacts](r.Checks).SPKISHA256
		}},
		{name: "cert", of: func(r *finding.Report) string {
			return factsOf[finding.CertificateFacts](r.Checks).SHA256
		}},
		{name: "certificate_end", of: func(r *finding.Report) string {
			return factsOf[finding.CertificateFacts](r.Checks).NotAfter
		}},
		value("scope"),
		value("algorithm"),
		value("audience"),
		value("api_path"),
		role(diagnosis.IDRole, func(f finding.RoleFacts) *string { return f.RoleID }),
		role(diagnosis.IDEntity, func(f finding.RoleFacts) *string { return f.EntityID }),
	}
}
