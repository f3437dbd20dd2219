// Package fleet examines several profiles in one run: it chooses them, runs the doctor on
// each, and says what their failures have in common.
package fleet

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/text"
)

// Choice says which profiles of the file to examine: those with Names, all, or those whose
// name matches one of Globs.
type Choice struct {
	Names []string
	All   bool
	Globs []string
}

// Several reports whether c chooses more than one profile by its form.
func (c Choice) Several() bool { return c.All || len(c.Globs) > 0 || len(c.Names) > 1 }

// Choose returns the chosen profiles in the order of the file, and those that are left out:
// a TBA profile has nothing that the doctor examines, and an auditor is used for others. A
// name that was given itself is never left out.
func (c Choice) Choose(file *profile.File, auditors ...string) (names []string, out []finding.LeftOut, err error) {
	if len(file.Profiles) == 0 {
		where := "there is no profile file"
		switch {
		case file.Exists:
			where = file.Path + " has no profiles"
		case file.Path != "":
			where = "there is no profile file " + file.Path
		}
		return nil, nil, cli.Fail(finding.UsageConfig, where, "make one with nsauth profile init, or name the file with --config")
	}
	for _, glob := range c.Globs {
		if _, err := path.Match(glob, ""); err != nil {
			return nil, nil, cli.Fail(finding.UsageFlag, "invalid --match: the pattern "+cli.Quoted(glob)+" does not end",
				"such as 'prod-*'; * matches any characters, ? one, [ab] one of a and b")
		}
		if !slices.ContainsFunc(file.Profiles, matchedBy(glob)) {
			return nil, nil, cli.Fail(finding.UsageConfig, "no profile matches "+cli.Quoted(glob), near(strings.Trim(glob, "*?"), file.Profiles)...)
		}
	}
	for _, name := range c.Names {
		if !slices.Contains(file.Profiles, name) {
			return nil, nil, cli.Fail(finding.UsageConfig, "there is no profile "+text.QuoteName(name), near(name, file.Profiles)...)
		}
	}
	auditors = append(auditors, file.Auditors...)
	for _, name := range file.Profiles {
		matches := slices.ContainsFunc(c.Globs, func(glob string) bool { return matchedBy(glob)(name) })
		given, tba := slices.Contains(c.Names, name), slices.Contains(file.TBA, name)
		switch {
		case !given && !c.All && !matches:
		case tba:
			out = append(out, finding.LeftOut{Profile: name, Reason: "tba"})
		case !given && slices.Contains(auditors, name):
			out = append(out, finding.LeftOut{Profile: name, Reason: "auditor"})
		default:
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, nil, cli.Fail(finding.UsageConfig, "no profile to examine: "+LeftOut(out), "nsauth profile list shows the profiles")
	}
	return names, out, nil
}

// matchedBy says whether the pattern glob matches a name.
func matchedBy(glob string) func(name string) bool {
	return func(name string) bool { matches, _ := path.Match(glob, name); return matches }
}

// near are the hints for a name or a pattern that no profile has.
func near(name string, known []string) []string {
	const most = 10
	quoted := make([]string, 0, most)
	for _, k := range known[:min(most, len(known))] {
		quoted = append(quoted, text.QuoteName(k))
	}
	list := "the profiles are " + strings.Join(quoted, ", ")
	if more := len(known) - len(quoted); more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return text.DidYouMean(name, known, list)
}

// LeftOut names the profiles that were left out, and why.
func LeftOut(list []finding.LeftOut) string {
	why := map[string]string{"tba": "auth: tba", "auditor": "an auditor"}
	var said []string
	for _, l := range list {
		said = append(said, l.Profile+" ("+why[l.Reason]+")")
	}
	return "left out: " + strings.Join(said, ", ")
}
