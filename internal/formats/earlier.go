package formats

import "github.com/nsauth/nsauth/internal/text"

// HeadSize is how many bytes of a file [Earlier] needs at most.
const HeadSize = 4 << 10

// beginnings are how the reports of each format begin.
var beginnings = map[string]func(string) bool{
	JSON:     begins(`\{\s*"schema_version"\s*:\s*"[^"]*"\s*,\s*"kind"\s*:\s*"nsauth\.reports?"`),
	JSONL:    begins(`\{"schema_version":"[^"]*","kind":"nsauth\.event"`),
	JUnit:    begins(`<\?xml [^>]*>\s*<testsuites name="nsauth"`),
	Markdown: begins(`## (?:✅|⚠️|❌|❔) |\| \| Profile \| Account \| Cause \|`),
	HTML:     begins(`<!DOCTYPE html>\s*<html lang="en">\s*<head>\s*(?:<meta [^>]*>\s*)*<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">`),
	Prom:     begins(`# HELP nsauth_`),
	GitHub:   begins(`::(?:error|warning) title=nsauth`),
	Short:    begins(`(?:error|fail|inconclusive|interrupted|pass|warn) [^\r\n]+: |left out: `),
	CSV:      begins(`profile,account,outcome,`),
}

func begins(expr string) func(string) bool {
	matcher := text.Regexp("^(?:" + expr + ")")
	return func(head string) bool { return matcher().MatchString(head) }
}

// Earlier reports whether a file that begins with head has an earlier report of this format, or
// nothing.
func Earlier(format string, head []byte) bool {
	return len(head) == 0 || beginnings[format](text.UTF8(string(head)))
}
