package finding

import "slices"

// OmitCommands removes commands from the remedies of a report.
func OmitCommands(r *Report, omit func(argv []string) bool) {
	drop := func(commands *[][]string) { *commands = slices.DeleteFunc(slices.Clone(*commands), omit) }
	for i := range r.Checks {
		for j := range r.Checks[i].Findings {
			drop(&r.Checks[i].Findings[j].Remedy.Commands)
		}
	}
	if r.Diagnosis == nil {
		return
	}
	for i := range r.Diagnosis.Causes {
		drop(&r.Diagnosis.Causes[i].Remedy.Commands)
	}
	if next := r.Diagnosis.Next; next != nil {
		drop(&next.Commands)
	}
}
