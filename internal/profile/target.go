package profile

import "strings"

// Target is where a command line of nsauth finds its values: the file of --config, and the
// name of a profile. Each is "" if nsauth finds it without.
type Target struct{ Config, Profile string }

// Target is what a command line needs to use the same profile again.
func (p *Profile) Target() Target {
	t := Target{Config: p.Config}
	if p.Named {
		t.Profile = p.Name
	}
	return t
}

// Argv is a command of nsauth, such as "profile show", for the target. A text that a log would
// take for a command is left to the reader.
func (t Target) Argv(command string, rest ...string) []string {
	argv := append([]string{"nsauth"}, strings.Fields(command)...)
	if t.Config != "" {
		argv = append(argv, "--config", plainOr("FILE", t.Config))
	}
	switch {
	case strings.HasPrefix(t.Profile, "-"):
		argv = append(argv, "--profile="+plainOr("NAME", t.Profile))
	case t.Profile != "":
		argv = append(argv, "--profile", plainOr("NAME", t.Profile))
	}
	return append(argv, rest...)
}

// plainOr is s, or the placeholder if report.Clean may write s as another text.
func plainOr(placeholder, s string) string {
	if strings.Contains(s, "::") || strings.Contains(s, "##") {
		return placeholder
	}
	return s
}
