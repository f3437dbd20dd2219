package catalog

import (
	"strings"

	"github.com/nsauth/nsauth/internal/finding"
)

// refusal is what to do about a refusal of the emulator. See verdicts.yaml.
type refusal struct {
	Fix  string
	Like finding.Code
}

var refusals = file[map[string]refusal]("verdicts.yaml")

// Fix says in whole sentences what a program is to do about a code of the emulator, in
// this variant; "" where the code says all.
func Fix(code, variant string) string {
	r := refusals()[code]
	if r.Like == "" {
		r.Like = finding.Code(code)
	}
	e, found := Said(r.Like, finding.Evidence{"reason": variant})
	if fix := Fill(e.Remedy.Summary, nil); found && fix != "" {
		return strings.TrimSuffix(fix, ".") + "."
	}
	return r.Fix
}
