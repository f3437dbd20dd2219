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
	reports := []*finding.Report{first, second}
	worse := first
	if severity(second) > severity(first) {
		worse = second
	}
	c := &finding.Comparison{SchemaVersion: finding.SchemaVersion, Kind: finding.KindComparison, Tool: first.Tool, Command: first.Command,
		Profiles: []string{nameOf(first), nameOf(second)}, Outcome: worse.Outcome, ExitCode: worse.ExitCode, Error: worse.Error,
		Differences: append(statuses(reports), findings(reports)...), Same: []string{}, Reports: reports}
	for _, v := range comparedValues() {
		values := eachOf(reports, v.of)
		switch {
		case values[0] == nil && values[1] == nil, v.measured && (values[0] == nil || values[1] == nil):
		case equal(values):
			c.Same = append(c.Same, v.name)
		default:
			c.Differences = append(c.Differences, finding.Difference{Kind: finding.DiffersValue, Name: v.name, Title: finding.ComparedTitle(v.name), Values: values})
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

func statuses(reports []*finding.Report) []finding.Difference {
	list := []finding.Difference{}
	for _, c := range reports[0].Checks {
		values := eachOf(reports, func(r *finding.Report) string { return string(checkOf(r, c.ID).Status) })
		if !equal(values) {
			list = append(list, finding.Difference{Kind: finding.DiffersCheck, Name: string(c.ID), Title: c.Title, Values: values})
		}
	}
	return list
}

// findings are those that only one of the two has, or with another severity.
func findings(reports []*finding.Report) []finding.Difference {
	list := []finding.Difference{}
	seen := map[finding.Code]bool{}
	for _, r := range reports {
		for _, c := range r.Checks {
			for _, f := range c.Findings {
				values := eachOf(reports, func(r *finding.Report) string { return severityOf(r, f.Code) })
				if !seen[f.Code] && !equal(values) {
					e, _ := catalog.Lookup(f.Code)
					list = append(list, finding.Difference{Kind: finding.DiffersFinding, Name: string(f.Code), Title: e.Title, Values: values})
				}
				seen[f.Code] = true
			}
		}
	}
	return list
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

func eachOf(reports []*finding.Report, of func(*finding.Report) string) []*string {
	var values []*string
	for _, r := range reports {
		values = append(values, finding.Optional(of(r)))
	}
	return values
}

func equal(values []*string) bool {
	if values[0] == nil || values[1] == nil {
		return values[0] == values[1]
	}
	return *values[0] == *values[1]
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
			f, _ := checkOf(r, finding.CheckProfile).Facts.(finding.ProfileFacts)
			if v := f.Values[name]; v.Source != derived { // a derived value differs with the account
				return v.Value
			}
			return ""
		}}
	}
	role := func(name string, of func(finding.RoleFacts) *string) comparedValue {
		return comparedValue{name: name, measured: true, of: func(r *finding.Report) string {
			f, _ := checkOf(r, finding.CheckRole).Facts.(finding.RoleFacts)
			if v := of(f); v != nil {
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
			f, _ := checkOf(r, finding.CheckKey).Facts.(finding.KeyFacts)
			return f.SPKISHA256
		}},
		{name: "cert", of: func(r *finding.Report) string {
			f, _ := checkOf(r, finding.CheckCertificate).Facts.(finding.CertificateFacts)
			return f.SHA256
		}},
		{name: "certificate_end", of: func(r *finding.Report) string {
			f, _ := checkOf(r, finding.CheckCertificate).Facts.(finding.CertificateFacts)
			return f.NotAfter
		}},
		value("scope"),
		value("algorithm"),
		value("audience"),
		value("api_path"),
		role(diagnosis.IDRole, func(f finding.RoleFacts) *string { return f.RoleID }),
		role(diagnosis.IDEntity, func(f finding.RoleFacts) *string { return f.EntityID }),
	}
}
