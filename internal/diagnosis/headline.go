package diagnosis

import (
	"cmp"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
)

// headline says in one sentence what happened.
func (o *observations) headline(causes []finding.Cause) string {
	issued := "nothing-failed"
	if o.issued {
		issued = "works"
	}
	main, set, _ := finding.SortCauses(causes)
	unset, names := o.unset()
	switch {
	case o.context.Outcome == finding.OutcomeInterrupted:
		return catalog.Headline("interrupted", nil)
	case unset != "":
		return catalog.Headline(unset, finding.Evidence{"profiles": strings.Join(names, ", ")})
	case o.nothingFailed():
		return catalog.Headline(issued, finding.Evidence{"title": o.firstTitle(main), "more": more(len(main))})
	case len(main) > 0:
		return catalog.Headline("cause", finding.Evidence{"title": main[0].Title, "more": more(len(main))})
	case len(set) > 0:
		return o.setHeadline(set)
	}
	return catalog.Headline("cause", finding.Evidence{"title": o.firstTitle(nil)})
}

func more(n int) any {
	if n < 2 {
		return nil
	}
	return n - 1
}

// setHeadline says what was refused, if only NetSuite can say why.
func (o *observations) setHeadline(set []finding.Cause) string {
	inAccount := !slices.ContainsFunc(set, func(c finding.Cause) bool { return !strings.HasPrefix(string(c.Code), "setup.") })
	var refusal finding.Finding
	name := "not-known"
	switch {
	case o.refused != nil && inAccount:
		name, refusal = "refused-correct", *o.refused
	case o.refused != nil:
		name, refusal = "refused", *o.refused
	case o.callRefused():
		name = "call-refused"
		i := slices.IndexFunc(o.findings, func(f finding.Finding) bool { _, several := ambiguous(f); return several })
		refusal = o.findings[i]
	}
	ev := finding.Evidence{"count": len(set), "status": refusal.Evidence["status"],
		"error": cmp.Or(refusal.Evidence["error"], refusal.Evidence["error_code"])}
	return catalog.Headline(name, ev)
}

// firstTitle is the title of the first warning or error, of a cause or else of any
// finding.
func (o *observations) firstTitle(causes []finding.Cause) string {
	if len(causes) > 0 {
		return causes[0].Title
	}
	for _, f := range o.findings {
		if f.Severity != finding.Info && !f.Accepted {
			e, _ := o.entry(f.Code, f)
			return e.Title
		}
	}
	return catalog.Headline("undecided", nil)
}

// next is the one thing to do now: the remedy of the first cause, or for a set the
// first page to open.
func (o *observations) next(causes []finding.Cause) *finding.NextStep {
	main, set, _ := finding.SortCauses(causes)
	unset, names := o.unset()
	switch {
	case len(names) > 0:
		return &finding.NextStep{Summary: catalog.Headline(unset+"-next", nil), Commands: [][]string{{"nsauth", "doctor", names[0]}}}
	case unset != "":
		return &finding.NextStep{Summary: catalog.Headline(unset+"-next", nil), Commands: [][]string{{"nsauth", "profile", "init"}}}
	case len(main) > 0:
		return o.nextOf(main[0].Remedy)
	case len(set) > 0:
		return o.nextOfSet(set)
	}
	for _, f := range o.findings {
		if f.Severity != finding.Info && !f.Accepted {
			return o.nextOf(f.Remedy)
		}
	}
	return nil
}

func (o *observations) nextOf(m finding.Remedy) *finding.NextStep {
	if m.Summary == "" {
		return nil
	}
	step := &finding.NextStep{Summary: m.Summary, UIPath: m.UIPath, UIURL: o.address(m), Commands: m.Commands, Docs: m.Docs}
	if m.UIPath != nil { // then a command that only looks is not the next step
		step.Commands = slices.DeleteFunc(slices.Clone(m.Commands), func(argv []string) bool { return !makes(argv) })
	}
	return step
}

// makes reports whether a command makes something that the page needs.
func makes(argv []string) bool {
	return len(argv) > 1 && argv[0] == "nsauth" && argv[1] == "certgen"
}

// nextOfSet is the page of the first cause, and the Login Audit Trail where it can
// tell the causes apart.
func (o *observations) nextOfSet(set []finding.Cause) *finding.NextStep {
	step := o.nextOf(set[0].Remedy)
	if step == nil || set[0].Page == nil {
		return step
	}
	step.Commands = [][]string{}
	trail := slices.ContainsFunc(set, func(c finding.Cause) bool { return len(c.AuditDetails) > 0 })
	ev := finding.Evidence{"time": o.context.Subject["time"]}
	if path := set[0].UIPath; path != nil {
		ev.Set("page", strings.TrimSpace((*path)[strings.LastIndexByte(*path, '>')+1:]))
	}
	name := "open-page"
	trail = trail && o.context.detail() == "" && !o.trailRead()
	if trail {
		name = "open-page-or-trail"
		step.Commands = append(step.Commands, []string{"nsauth", "doctor", "--audit-detail", "DETAIL"})
	}
	if _, made := o.justMade(); made && trail && set[0].Code == "setup.mapping-missing" {
		values, _ := facts[finding.ProfileFacts](o, finding.CheckProfile)
		name = "upload-first"
		file := values.Values["cert"].Value
		ev.Set("certificate", file[strings.LastIndexAny(file, `/\\`)+1:])
	}
	step.Summary = catalog.Headline(name, ev)
	return step
}

// nothingFailed reports a run in which all that was found is a warning.
func (o *observations) nothingFailed() bool {
	if o.context.Outcome != "" {
		return o.context.Outcome == finding.OutcomeWarn
	}
	for _, r := range o.results {
		if r.Status == finding.Fail || r.Status == finding.Unknown {
			return false
		}
	}
	return true
}

// unset is the headline of a run without a profile and without any value, else "", and
// the first names of the profile file.
func (o *observations) unset() (headline string, names []string) {
	for _, f := range o.findings {
		all, ok := f.Evidence["profiles"].([]string)
		switch {
		case ok && len(all) == 0:
			return "no-profile", nil
		case ok:
			return "no-default-profile", all[:min(len(all), 5)]
		}
	}
	return "", nil
}
