package profile

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/text"
)

// envName matches the name of a variable, also of other programs.
var envName = text.Regexp(`^[A-Za-z_][A-Za-z0-9_.-]*$`)

type envEntry struct {
	value  string
	line   int  // 0 in JSON
	expand bool // ${NAME} alone is a variable of the environment
}

// otherShells are lines of PowerShell, cmd.exe, fish and csh that set a variable. A
// backslash in them is a part of a path, and not an escape.
var otherShells = func() (lines [3]func() *regexp.Regexp) {
	const name, value = `([A-Za-z_]\w*)`, `(?:"([^"'\n]*)"|'([^'\n]*)'|([^"'\s][^"'\n]*?))`
	for i, line := range []string{
		`set[ \t]+"` + name + `=([^"'\n]*)()()"`,
		`(?:(?:setx(?:[ \t]+/m)?|setenv|set[ \t]+-\w+)[ \t]+|\$env[:.])` + name + `[ \t]*[= \t][ \t]*` + value + `(?:[ \t]+/m)?`,
		`\[(?:System\.)?Environment\]::SetEnvironmentVariable\([ \t]*["']` + name + `["'][ \t]*,[ \t]*` + value + `(?:,[^,\n]*)?\)`,
	} {
		lines[i] = text.Regexp(`(?im)^[ \t]*` + line + `[ \t]*;?[ \t]*$`)
	}
	return lines
}()

// parseEnvFile reads the variables of an env file, or of a JSON document with objects of
// them. It accepts
//
//   - empty lines, comments with # at the start or after a space, and export, set,
//     declare -x, ENV or - before a name; for a known name also NAME: VALUE
//   - the lines of otherShells, such as $env:NAME = "VALUE" and setx NAME VALUE
//   - 'single quotes': without escapes, also over several lines
//   - "double quotes" and $'...': the same, with \n \r \t \" \' \\ \$ and \` as escapes
//   - quoted and other parts in a row, as in a"b"c
//   - no quotes: up to the end of the line or a comment, without surrounding spaces; a PEM
//     block up to its END line
//
// Nothing is expanded. The last value of a repeated name counts, as in a shell. Lines that
// are no variable are skipped, and so are those of other programs that cannot be read. An
// unknown name that starts with NSAUTH_ is an error: no other program reads it.
func parseEnvFile(path, content string, known []string) (map[string]envEntry, error) {
	if trimmed := strings.TrimSpace(content); strings.HasPrefix(trimmed, "{") && json.Valid([]byte(trimmed)) {
		return parseEnvJSON(path, []byte(trimmed), known)
	}
	entries := map[string]envEntry{}
	content = strings.ReplaceAll(content, "\r\n", "\n")
	for _, line := range otherShells {
		content = line().ReplaceAllString(content, "$1='$2$3$4'")
	}
	for line := 1; content != ""; {
		current, _, _ := strings.Cut(content, "\n")
		name, at, ok := declared(current, known)
		if !ok {
			content = afterLine(content)
			line++
			continue
		}
		value, used, lines, problem := envValue(content[at:], known)
		ours := slices.Contains(known, name) || strings.HasPrefix(name, "NSAUTH_")
		if err := envError(path, line, name, problem, known); ours && err != nil {
			return nil, err
		}
		if problem != "" {
			content = afterLine(content)
			line++
			continue
		}
		entries[name] = envEntry{value: value, line: line}
		content = content[at+used:]
		line += lines
	}
	return entries, nil
}

// envError says what is wrong with a line of nsauth's own; nil for nothing.
func envError(path string, line int, name, problem string, known []string) error {
	fail := func(key, message string, hints ...string) error {
		return &ConfigError{File: path, Line: line, Key: key, Message: message, Hints: hints}
	}
	switch {
	case problem != "":
		return fail(quotableName(name), text.QuoteName(name)+" "+problem,
			"put the value between single quotes if it holds quotes, # or backslashes")
	case name == profileVariable:
		return fail(name, profileVariable+" has no effect in an env file",
			"pass --profile, or set it in the environment: a named profile outranks this file")
	case !slices.Contains(known, name):
		return fail(quotableName(name), "unknown name "+text.QuoteName(name), text.DidYouMean(name, known)...)
	}
	return nil
}

// envPrefixes are what shells and other files write before a name.
var envPrefixes = text.Regexp(`(?i)^\s*(?:(?:export|set|declare -x|typeset -x|ENV|-)\s+|\$env[:.])?`)

// declared returns the variable that a line sets, and where its value begins.
func declared(line string, known []string) (name string, at int, ok bool) {
	if strings.HasPrefix(strings.TrimSpace(line), "#") {
		return "", 0, false
	}
	start := len(envPrefixes().FindString(line))
	end := strings.IndexByte(line[start:], '=')
	if end >= 0 {
		name = strings.TrimSpace(line[start : start+end])
		if envName().MatchString(name) {
			return name, start + end + 1, true
		}
	}
	end = strings.Index(line[start:]+" ", ": ") // YAML
	if end < 0 {
		return "", 0, false
	}
	name = strings.Trim(line[start:start+end], " \t\"'")
	_, _, other := otherName(name)
	if !envName().MatchString(name) || !other && !slices.Contains(known, name) {
		return "", 0, false
	}
	return name, start + end + 1, true
}

// setsOurs reports whether a further line of text sets a variable of nsauth's own: then a
// quote before it was never closed.
func setsOurs(text string, known []string) bool {
	_, rest, _ := strings.Cut(text, "\n")
	for line := range strings.SplitSeq(rest, "\n") {
		if name, _, ok := declared(line, known); ok && (strings.HasPrefix(name, "NSAUTH_") || slices.Contains(known, name)) {
			return true
		}
	}
	return false
}

// envValue reads the value at the beginning of text. used and lines are its length,
// up to the end of its last line.
func envValue(text string, known []string) (value string, used, lines int, problem string) {
	rest := strings.TrimLeft(text, " \t")
	skipped := len(text) - len(rest)
	if !strings.HasPrefix(rest, `"`) && !strings.HasPrefix(rest, "'") && !strings.HasPrefix(rest, "`") && !strings.HasPrefix(rest, "$'") {
		value, used = bareValue(text, known)
		return value, used, max(1, strings.Count(strings.TrimSuffix(text[:used], "\n"), "\n")+1), ""
	}
	var b strings.Builder
	end := 0
	for end < len(rest) && !strings.ContainsRune(" \t\n;", rune(rest[end])) {
		part, n, closed := envPart(rest[end:])
		// One byte before the part: a backslash may have joined its line to the one before.
		if !closed || setsOurs(rest[max(0, end-1):end+n], known) {
			return "", 0, 0, "has a quote that is never closed"
		}
		b.WriteString(part)
		end += n
	}
	tail, _, _ := strings.Cut(rest[end:], "\n")
	if t := strings.TrimLeft(tail, " \t;,"); strings.TrimSpace(t) != "" && t[0] != '#' {
		return "", 0, 0, "has text after its closing quote"
	}
	used = skipped + end
	used += len(text[used:]) - len(afterLine(text[used:]))
	return b.String(), used, strings.Count(rest[:end], "\n") + 1, ""
}

// envPart reads one part of a value: quoted, or up to the next quote or space.
func envPart(s string) (part string, n int, closed bool) {
	quote, start, escapes := s[0], 1, s[0] == '"'
	switch {
	case strings.HasPrefix(s, "$'"):
		quote, start, escapes = '\'', 2, true
	case !strings.ContainsRune("\"'`", rune(quote)):
		n = strings.IndexAny(s, "\"'` \t\n;\\")
		switch {
		case n < 0:
			return s, len(s), true
		case n == 0 && len(s) > 1: // a backslash: what follows it
			return s[1:2], 2, true
		}
		n = max(n, 1)
		return s[:n], n, true
	}
	var b strings.Builder
	for i := start; i < len(s); i++ {
		switch c := s[i]; {
		case c == quote:
			return b.String(), i + 1, true
		case c == '\\' && escapes && i+1 < len(s):
			i++
			b.WriteString(unescape(s[i], quote))
		default:
			b.WriteByte(c)
		}
	}
	return "", 0, false
}

// bareValue reads a value without quotes: the rest of its line, or a PEM block.
func bareValue(text string, known []string) (value string, used int) {
	plain, _, _ := strings.Cut(text, "\n")
	used = len(text) - len(afterLine(text))
	if strings.Contains(plain, "-----BEGIN ") && !strings.Contains(plain, "-----END ") {
		const longest = 24 << 10 // of a PEM block with a key
		if at := strings.Index(text[:min(len(text), longest)], "-----END "); at >= 0 && !setsOurs(text[:at], known) {
			used = at + len(text[at:]) - len(afterLine(text[at:]))
			return strings.TrimSpace(text[:used]), used
		}
	}
	for i := range len(plain) {
		if plain[i] == '#' && (i == 0 || plain[i-1] == ' ' || plain[i-1] == '\t') {
			plain = plain[:i]
			break
		}
	}
	if first, rest, several := strings.Cut(plain, ";"); several {
		if rest = strings.TrimSpace(rest); rest == "" || strings.HasPrefix(rest, "export ") {
			plain = first
		}
	}
	return strings.TrimSpace(plain), used
}

// unescape is the meaning of a backslash and c. Unknown pairs stay unchanged, as a
// Windows path in double quotes needs.
func unescape(c, quote byte) string {
	switch c {
	case 'n':
		return "\n"
	case 'r':
		return "\r"
	case 't':
		return "\t"
	case '"', '\\', '$', '`', quote:
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

// parseEnvJSON reads the variables in a JSON document: members with a text or a number, as
// in the env objects of .mcp.json, and lists of name and value. Two values for one
// variable of nsauth are an error: they may belong to two accounts.
func parseEnvJSON(path string, content []byte, known []string) (map[string]envEntry, error) {
	d := json.NewDecoder(strings.NewReader(string(content)))
	d.UseNumber()
	var document any
	if err := d.Decode(&document); err != nil {
		return nil, &ConfigError{File: path, Message: "the env file is not valid JSON"}
	}
	entries := map[string]envEntry{}
	twice := ""
	add := func(name string, value any) {
		var s string
		switch v := value.(type) {
		case string:
			s = v
		case json.Number:
			s = v.String()
		default:
			return
		}
		_, _, other := otherName(name)
		if old, found := entries[name]; found && old.value != s && (other || slices.Contains(known, name)) {
			twice = cmp.Or(twice, name)
		}
		if envName().MatchString(name) {
			variable := strings.HasPrefix(s, "${") && strings.IndexByte(s, '}') == len(s)-1
			entries[name] = envEntry{value: s, expand: variable && variableName().MatchString(s[2:len(s)-1])}
		}
	}
	walkJSON(document, add)
	if twice != "" {
		return nil, &ConfigError{File: path, Key: quotableName(twice), Message: "the env file has " + text.QuoteName(twice) + " twice, with different values",
			Hints: []string{"save the variables of one account in a file of their own"}}
	}
	return entries, nil
}

// walkJSON calls add for each member of each object, and for each object of name and
// value.
func walkJSON(v any, add func(name string, value any)) {
	switch v := v.(type) {
	case []any:
		for _, one := range v {
			walkJSON(one, add)
		}
	case map[string]any:
		for _, n := range []string{"name", "Name", "key"} {
			for _, member := range []string{"value", "Value"} {
				if name, ok := v[n].(string); ok && v[member] != nil {
					add(name, v[member])
				}
			}
		}
		for name, value := range v {
			add(name, value)
			walkJSON(value, add)
		}
	}
}
