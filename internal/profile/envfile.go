package profile

import (
	"strings"

	"github.com/nsauth/nsauth/internal/text"
)

// envName matches the name of a variable, also of other programs.
var envName = text.Regexp(`^[A-Za-z_][A-Za-z0-9_.-]*$`)

type envEntry struct {
	value string
	line  int
}

// parseEnvFile reads NAME=VALUE lines and keeps the known names. It accepts
//
//   - empty lines, comments with # at the start or after a space, and export before a name
//   - 'single quotes': without escapes, also over several lines
//   - "double quotes": the same, with \n \r \t \" \\ \$ and \` as escapes
//   - no quotes: up to the end of the line or a comment, without surrounding spaces
//
// Nothing is expanded. The last value of a repeated name counts, as in a shell. Names
// of other programs are skipped. An unknown name that starts with NSAUTH_ is an error:
// no other program reads it.
func parseEnvFile(path, content string, known []string) (map[string]envEntry, error) {
	wanted := make(map[string]bool, len(known))
	for _, k := range known {
		wanted[k] = true
	}
	entries := map[string]envEntry{}
	content = strings.ReplaceAll(content, "\r\n", "\n")
	for line := 1; content != ""; {
		start := line
		fail := func(key, message string, hints ...string) error {
			return &ConfigError{File: path, Line: start, Key: key, Message: message, Hints: hints}
		}
		current, _, _ := strings.Cut(content, "\n")
		declaration := strings.TrimSpace(current)
		if declaration == "" || declaration[0] == '#' {
			content = afterLine(content)
			line++
			continue
		}
		before, _, hasEquals := strings.Cut(current, "=")
		name := strings.TrimSpace(before)
		if rest, ok := strings.CutPrefix(name, "export"); ok && rest != strings.TrimLeft(rest, " \t") {
			name = strings.TrimSpace(rest)
		}
		switch {
		case !hasEquals:
			return nil, fail("", "expected NAME=VALUE and found no equals sign",
				"a value of several lines needs quotes; comments start with #")
		case !envName().MatchString(name):
			return nil, fail("", "expected the name of a variable before the equals sign")
		}
		value, used, lines, problem := envValue(content[len(before)+1:])
		if problem != "" {
			return nil, fail(quotableName(name), text.QuoteName(name)+" "+problem,
				"put the value between single quotes if it holds quotes, # or backslashes")
		}
		content = content[len(before)+1+used:]
		line += lines
		switch {
		case wanted[name]:
			entries[name] = envEntry{value: value, line: start}
		case name == profileVariable:
			return nil, fail(name, profileVariable+" has no effect in an env file",
				"pass --profile, or set it in the environment: a named profile outranks this file")
		case strings.HasPrefix(name, "NSAUTH_"):
			return nil, fail(quotableName(name), "unknown name "+text.QuoteName(name), text.DidYouMean(name, known)...)
		}
	}
	return entries, nil
}

// envValue reads the value at the beginning of text. used and lines are its length,
// up to the end of its last line.
func envValue(text string) (value string, used, lines int, problem string) {
	rest := strings.TrimLeft(text, " \t")
	skipped := len(text) - len(rest)
	if rest == "" || rest[0] != '"' && rest[0] != '\'' {
		plain, _, _ := strings.Cut(text, "\n")
		used = len(text) - len(afterLine(text))
		for i := range len(plain) {
			if plain[i] == '#' && (i == 0 || plain[i-1] == ' ' || plain[i-1] == '\t') {
				plain = plain[:i]
				break
			}
		}
		return strings.TrimSpace(plain), used, 1, ""
	}
	quote := rest[0]
	var b strings.Builder
	for i := 1; i < len(rest); i++ {
		switch c := rest[i]; {
		case c == quote:
			tail, _, _ := strings.Cut(rest[i+1:], "\n")
			if t := strings.TrimSpace(tail); t != "" && t[0] != '#' {
				return "", 0, 0, "has text after its closing quote"
			}
			used = skipped + i + 1
			used += len(text[used:]) - len(afterLine(text[used:]))
			return b.String(), used, strings.Count(rest[:i], "\n") + 1, ""
		case c == '\\' && quote == '"' && i+1 < len(rest):
			i++
			b.WriteString(unescape(rest[i]))
		default:
			b.WriteByte(c)
		}
	}
	return "", 0, 0, "has a quote that is never closed"
}

// unescape is the meaning of a backslash and c. Unknown pairs stay unchanged, as a
// Windows path in double quotes needs.
func unescape(c byte) string {
	switch c {
	case 'n':
		return "\n"
	case 'r':
		return "\r"
	case 't':
		return "\t"
	case '"', '\\', '$', '`':
		return string(c)
	}
	return "\\" + string(c)
}

// afterLine is what follows the first line of text.
func afterLine(text string) string {
	_, after, _ := strings.Cut(text, "\n")
	return after
}

// quotableName is name if an error may show it, else nothing.
func quotableName(name string) string {
	if text.NameLike(name) {
		return name
	}
	return ""
}
