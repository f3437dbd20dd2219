package fleet

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
)

// trait is a cause of one report, and one thing that another report with the same cause may
// share.
type trait struct {
	code   finding.Code
	title  string
	by     finding.SharedBy
	value  string
	offset float64 // of the clock, in seconds; of other traits 0
	// outcome is how urgent the cause is in its report.
	outcome finding.Outcome
}

// sameOffset is how far apart two measurements of the same clock may be, in seconds.
const sameOffset = 5

// traitsOf lists the traits of the causes of r that explain its outcome.
func traitsOf(r *finding.Report) []trait {
	if r.Diagnosis == nil {
		return errorTraits(r.Error)
	}
	s := subjectOf(r)
	var all []trait
	explained := false
	for _, c := range r.Diagnosis.Causes {
		if c.ConsequenceOf != nil || c.Confidence == finding.Possible {
			continue
		}
		explained = true
		all = append(all, s.traitsOf(r, c.Code, c.Title)...)
	}
	if code := symptomOf(r); !explained && code != "" {
		e, _ := catalog.Said(code, evidenceOf(r, code))
		all = s.traitsOf(r, code, e.Title)
	}
	return all
}

// errorTraits finds the CA file that cannot be used, for which nothing was examined. The message is
// that of a host.SetupError.
func errorTraits(e *finding.ErrorInfo) []trait {
	if e == nil {
		return nil
	}
	setting, is := strings.CutPrefix(e.Message, string(profile.FieldCAFile)+" ")
	file, why, found := strings.Cut(setting, ": ")
	if !is || !found {
		return nil
	}
	return []trait{{code: finding.Code(e.Code), title: "CA file " + why, by: finding.ByMachine, value: file, outcome: finding.OutcomeError}}
}

// symptomOf is the code of the first finding of a check that failed: all that is known where
// each cause is only possible.
func symptomOf(r *finding.Report) finding.Code {
	for _, status := range []finding.Status{finding.Fail, finding.Unknown} {
		for _, c := range r.Checks {
			for _, f := range c.Findings {
				if c.Status == status && f.Severity != finding.Info && !f.Accepted {
					return f.Code
				}
			}
		}
	}
	return ""
}

// mainCode is what the first line about r is about: its first cause, or its symptom.
func mainCode(r *finding.Report) finding.Code {
	row := finding.RowOf(r)
	if row.Confidence == finding.Possible {
		return symptomOf(r)
	}
	return row.Cause
}

func (s subject) traitsOf(r *finding.Report, code finding.Code, title string) (all []trait) {
	for _, t := range s.traits(code, evidenceOf(r, code)) {
		if t.value != "" {
			t.code, t.title, t.outcome = code, title, urgency(r, code)
			all = append(all, t)
		}
	}
	return all
}

// urgency is the outcome of the check that raised code, or that of the report.
func urgency(r *finding.Report, code finding.Code) finding.Outcome {
	outcomes := map[finding.Status]finding.Outcome{finding.Fail: finding.OutcomeFail, finding.Unknown: finding.OutcomeInconclusive, finding.Warn: finding.OutcomeWarn}
	for _, c := range r.Checks {
		for _, f := range c.Findings {
			if outcome, urgent := outcomes[c.Status]; urgent && f.Code == code {
				return outcome
			}
		}
	}
	return r.Outcome
}

// subject is what a report is about.
type subject struct{ account, certificate, role string }

func subjectOf(r *finding.Report) subject {
	var s subject
	if r.Profile != nil {
		s.account, s.certificate = deref(r.Profile.Account), deref(r.Profile.CertificateID)
	}
	for _, c := range r.Checks {
		if facts, ok := c.Facts.(finding.RoleFacts); ok {
			s.role = deref(facts.RoleID)
		}
	}
	return s
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// evidenceOf is that of the first finding with code; a cause that no check raised has none.
func evidenceOf(r *finding.Report, code finding.Code) finding.Evidence {
	for _, c := range r.Checks {
		for _, f := range c.Findings {
			if f.Code == code {
				return f.Evidence
			}
		}
	}
	return nil
}

// of is a text of the evidence, or the items of a list in one text.
func of(ev finding.Evidence, name string) string {
	switch v := ev[name].(type) {
	case string:
		return v
	case []string:
		return strings.Join(v, ", ")
	case []any: // of a document that was read
		var items []string
		for _, item := range v {
			items = append(items, fmt.Sprint(item))
		}
		return strings.Join(items, ", ")
	}
	return ""
}

// traits says what others may share of a cause: only what can be behind it, and only what was
// measured or configured.
func (s subject) traits(code finding.Code, ev finding.Evidence) []trait {
	account := trait{by: finding.ByAccount, value: s.account}
	certificate := trait{by: finding.ByCertificate, value: s.certificate}
	role := trait{by: finding.ByRole}
	if id := cmp.Or(s.role, of(ev, "role_id")); id != "" && s.account != "" {
		role.value = id + " of " + s.account
	}
	family, name, _ := strings.Cut(string(code), ".")
	begins := func(prefixes ...string) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(name, p) })
	}
	switch family {
	case "clock":
		return clockTraits(name, ev)
	case "network":
		if name == "account-not-found" {
			return []trait{account}
		}
		return networkTraits(ev)
	case "key":
		return []trait{{by: finding.ByMachine, value: cmp.Or(of(ev, "work_tree"), of(ev, "path"))}}
	case "certificate":
		return []trait{certificate, {by: finding.ByMachine, value: of(ev, "path")}}
	case "certificate-id":
		return []trait{certificate}
	case "mapping", "setup", "role", "api":
		switch {
		case family == "mapping" && !begins("limit-"), begins("mapping-", "certificate-"):
			return []trait{certificate, account}
		case family == "role", begins("role-", "login-", "permission-", "workbook-"):
			return []trait{role, account}
		}
		return []trait{account}
	case "token":
		return []trait{account}
	}
	return nil
}

func clockTraits(name string, ev finding.Evidence) []trait {
	offset, measured := ev["offset_seconds"].(float64)
	switch {
	case name == "skewed" && measured:
		return []trait{{by: finding.ByClock, value: fmt.Sprintf("%+.0f s", offset), offset: offset}}
	case name == "skewed":
		return nil
	}
	return []trait{{by: finding.ByNetwork, value: of(ev, "ntp_servers")}}
}

// networkTraits finds the part of the way to the server that is the same. What is set on this
// machine comes before what lies beyond it.
func networkTraits(ev finding.Evidence) []trait {
	for _, name := range []string{"proxy", "connect_to", "ca_file"} {
		if value := of(ev, name); value != "" {
			return []trait{{by: finding.ByMachine, value: value}}
		}
	}
	if of(ev, "reason") == "no-roots" {
		return []trait{{by: finding.ByMachine, value: "no CA certificates"}}
	}
	return []trait{{by: finding.ByNetwork, value: cmp.Or(of(ev, "control_host"), of(ev, "issuer"), of(ev, "endpoint"), of(ev, "host"))}}
}

// groups collects traits of several reports.
type groups struct {
	list   []*group
	byKey  map[[3]string]*group
	clocks []*group
}

type group struct {
	trait
	profiles []string
}

// add adds the traits of a profile.
func (g *groups) add(profile string, traits []trait) {
	for _, t := range traits {
		to := g.of(t)
		if finding.Worse(t.outcome, 0, to.outcome, 0) {
			to.outcome = t.outcome
		}
		if n := len(to.profiles); n == 0 || to.profiles[n-1] != profile {
			to.profiles = append(to.profiles, profile)
		}
	}
}

// of is the group that t belongs to.
func (g *groups) of(t trait) *group {
	key := [3]string{string(t.code), string(t.by), t.value}
	if t.by == finding.ByClock { // no two measurements are equal
		for _, c := range g.clocks {
			if c.code == t.code && math.Abs(c.offset-t.offset) <= sameOffset {
				return c
			}
		}
	} else if known := g.byKey[key]; known != nil {
		return known
	}
	if g.byKey == nil {
		g.byKey = map[[3]string]*group{}
	}
	made := &group{trait: t}
	g.list, g.byKey[key] = append(g.list, made), made
	if t.by == finding.ByClock {
		g.clocks = append(g.clocks, made)
	}
	return made
}

// closest orders what can be shared: of two that the same profiles share, the first says more.
var closest = []finding.SharedBy{finding.ByCertificate, finding.ByRole, finding.ByMachine, finding.ByNetwork, finding.ByClock, finding.ByAccount}

// shared are the groups of at least two profiles: the most urgent first, then the largest, then
// the first seen. A group within another one of the same cause is left out.
func (g *groups) shared() []finding.Shared {
	list := slices.DeleteFunc(slices.Clone(g.list), func(x *group) bool { return len(x.profiles) < 2 })
	slices.SortStableFunc(list, func(a, b *group) int {
		return cmp.Or(cmp.Compare(len(b.profiles), len(a.profiles)), cmp.Compare(slices.Index(closest, a.by), slices.Index(closest, b.by)))
	})
	var kept []*group
	for i, x := range list {
		if !slices.ContainsFunc(list[:i], func(y *group) bool { return y.code == x.code && within(x.profiles, y.profiles) }) {
			kept = append(kept, x)
		}
	}
	slices.SortStableFunc(kept, func(a, b *group) int {
		return cmp.Or(byUrgency(a.outcome, b.outcome), cmp.Compare(len(b.profiles), len(a.profiles)),
			cmp.Compare(slices.Index(g.list, a), slices.Index(g.list, b)))
	})
	out := []finding.Shared{}
	for _, x := range kept {
		out = append(out, finding.Shared{By: x.by, Value: x.value, Code: x.code, Title: x.title, Profiles: x.profiles})
	}
	return out
}

// byUrgency compares two outcomes, the worse one first.
func byUrgency(a, b finding.Outcome) int {
	switch {
	case finding.Worse(a, 0, b, 0):
		return -1
	case finding.Worse(b, 0, a, 0):
		return 1
	}
	return 0
}

// within reports whether all of a are in b; both have the order of the reports.
func within(a, b []string) bool {
	i := 0
	for _, name := range b {
		if i < len(a) && a[i] == name {
			i++
		}
	}
	return i == len(a)
}
