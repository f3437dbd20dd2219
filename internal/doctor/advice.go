package doctor

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/text"
)

// advised has the commands of nsauth that a report advises and that read the profile file, and
// whether they read a profile. keycheck is not among them: it is advised with its own files.
var advised = map[string]bool{
	"auditor init": true, "call": true, "call suiteql": true, "checklist": true, "doctor": true, "emulator": true,
	"jwt diff": true, "jwt inspect": true, "profile init": true, "profile list": false, "profile show": true, "profile use": false, "token": true,
}

// inText finds them in a text, with what they already name.
var inText = regexp.MustCompile(`(^|[ (])nsauth (` + strings.Join(slices.SortedFunc(maps.Keys(advised), func(a, b string) int { return strings.Compare(b, a) }), "|") + `)` +
	`( --profile NAME| --(?:config|demo|profile))?($|[ .,;:)])`)

// advice makes the commands that a report advises use the profile that was examined.
type advice profile.Target

// complete does so in a whole report.
func (a advice) complete(r *finding.Report) {
	if a == (advice{}) {
		return
	}
	r.Checks = slices.Clone(r.Checks)
	for i, c := range r.Checks {
		r.Checks[i] = a.result(c)
	}
	r.Notes = a.texts(r.Notes)
	if r.Diagnosis == nil {
		return
	}
	for i := range r.Diagnosis.Causes {
		c := &r.Diagnosis.Causes[i]
		c.Confirm, c.Remedy = a.text(c.Confirm), a.remedy(c.Remedy)
	}
	if next := r.Diagnosis.Next; next != nil {
		next.Summary, next.Commands = a.text(next.Summary), a.commands(next.Commands)
	}
}

// result is a check with completed remedies.
func (a advice) result(c finding.Result) finding.Result {
	if a == (advice{}) {
		return c
	}
	c.Findings = slices.Clone(c.Findings)
	for i, f := range c.Findings {
		c.Findings[i].Remedy = a.remedy(f.Remedy)
	}
	return c
}

func (a advice) remedy(m finding.Remedy) finding.Remedy {
	m.Summary, m.Steps, m.Commands = a.text(m.Summary), a.texts(m.Steps), a.commands(m.Commands)
	return m
}

func (a advice) commands(all [][]string) [][]string {
	all = slices.Clone(all)
	for i, argv := range all {
		all[i] = a.argv(argv)
	}
	return all
}

func (a advice) argv(argv []string) []string {
	if argv[0] != "nsauth" {
		return argv
	}
	for n := min(3, len(argv)); n > 1; n-- {
		command := strings.Join(argv[1:n], " ")
		reads, ok := advised[command]
		if !ok || slices.Contains(argv, "--config") {
			continue
		}
		if !reads || slices.Contains(argv, "--profile") {
			a.Profile = ""
		}
		return profile.Target(a).Argv(command, argv[n:]...)
	}
	return argv
}

func (a advice) texts(all []string) []string {
	all = slices.Clone(all)
	for i, s := range all {
		all[i] = a.text(s)
	}
	return all
}

func (a advice) text(s string) string {
	if !strings.Contains(s, "nsauth ") {
		return s
	}
	return inText.ReplaceAllStringFunc(s, func(found string) string {
		part := inText.FindStringSubmatch(found)
		before, command, named, after := part[1], part[2], part[3], part[4]
		const example = " --profile NAME"
		if named != "" && named != example {
			return found
		}
		if !advised[command] {
			a.Profile = ""
		}
		if a.Profile != "" {
			named = ""
		}
		argv := profile.Target(a).Argv(command)
		for i, arg := range argv {
			argv[i] = text.ShellQuote(arg, unicode.IsPrint)
		}
		return before + strings.Join(argv, " ") + named + after
	})
}
