package catalog

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/text"
)

// maxValue bounds one value in a text, in characters. Values come from files,
// profiles and servers; the evidence keeps them whole.
const maxValue = 160

// maxList bounds the number of values that a list shows.
const maxList = 10

// Fill replaces the placeholders in text by evidence:
//
//	{name}       the value of ev["name"]
//	{name|word}  the value, or word where there is none
//	[ ... ]      a part that vanishes when a placeholder in it has no value
//
// A value that is absent, nil, an empty string or an empty list counts as none.
// Control and other unprintable characters are escaped and long values shortened,
// so that no value can write to a terminal or flood a line. A placeholder never
// survives: one without a value, a default and a group becomes "unknown".
func Fill(text string, ev finding.Evidence) string {
	s, complete := fill(text, ev, printable)
	if !complete {
		s = strings.ReplaceAll(s, hole, "unknown")
	}
	return s
}

// hole marks a placeholder without a value. It cannot come from a value: those
// are escaped, or refused as an argument.
const hole = "\x00"

// fill replaces placeholders, passing each value through show. It reports whether
// every placeholder outside an optional part had a value.
func fill(text string, ev finding.Evidence, show func(string) string) (string, bool) {
	var b strings.Builder
	for text != "" {
		i := strings.IndexAny(text, "{[")
		if i < 0 {
			b.WriteString(text)
			break
		}
		b.WriteString(text[:i])
		closing := "}"
		if text[i] == '[' {
			closing = "]"
		}
		inner, rest, ok := strings.Cut(text[i+1:], closing)
		if !ok { // unclosed: plain text
			b.WriteString(text[i:])
			break
		}
		if text[i] == '[' {
			if part, complete := fill(inner, ev, show); complete {
				b.WriteString(part)
			}
		} else {
			b.WriteString(value(inner, ev, show))
		}
		text = rest
	}
	return b.String(), !strings.Contains(b.String(), hole)
}

func value(placeholder string, ev finding.Evidence, show func(string) string) string {
	name, fallback, hasFallback := strings.Cut(placeholder, "|")
	if list, ok := ev[name].([]string); ok {
		var shown []string // each shortened by itself: the last says as much as the first
		for _, s := range list[:min(len(list), maxList)] {
			if name == "also" {
				s = cmp.Or(repairs()[s], s) // a repair in words
			}
			shown = append(shown, show(s))
		}
		if more := len(list) - maxList; more > 0 {
			shown = append(shown, fmt.Sprintf("and %d more", more))
		}
		between := ", "
		if slices.ContainsFunc(shown, func(s string) bool { return strings.Contains(s, ",") }) {
			between = "; " // such as the names in certificates
		}
		if s := strings.Join(shown, between); s != "" {
			return s
		}
	} else if s := format(ev[name]); s != "" {
		return show(phrase(name, s))
	}
	if hasFallback {
		return fallback
	}
	return hole
}

// phrase is what a person reads for a value: a time in words, and what a server
// said without its full stop, for the message goes on.
func phrase(name, s string) string {
	switch name {
	case "detail":
		if !strings.HasSuffix(s, "..") {
			return strings.TrimSuffix(s, ".")
		}
	case "retry_after":
		if s != "" && strings.Trim(s, "0123456789") == "" {
			return s + " s"
		}
	case "exp", "iat", "nbf", "local_time", "reference_time", "not_before", "not_after", "valid_until", "expired_at":
		if at, err := time.Parse(time.RFC3339, s); err == nil {
			return text.Time(at)
		}
	}
	return s
}

// format writes one evidence value; the empty string means that there is none.
func format(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []any:
		parts := make([]string, 0, len(v))
		for _, p := range v {
			parts = append(parts, format(p))
		}
		return strings.Join(parts, ", ")
	case float64: // at most one decimal: no figure here is measured better
		return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
	case time.Time:
		return v.UTC().Format(time.RFC3339)
	}
	return fmt.Sprint(v)
}

// printable escapes what could act on a terminal and shortens what is too long.
func printable(s string) string {
	head, rest := text.CutRunes(s, maxValue)
	if rest != "" {
		rest = "..."
	}
	return text.Escape(head, unicode.IsPrint) + rest
}

// fillRemedy returns r with every text filled, fresh slices and no nil ones. A step that
// comes out empty is dropped; so is an empty argument, and a command with a
// placeholder that has no value. Arguments keep their values exactly: they are run,
// and the code that prints them quotes them.
func fillRemedy(r finding.Remedy, ev finding.Evidence) finding.Remedy {
	out := finding.Remedy{
		Summary:  Fill(r.Summary, ev),
		Steps:    []string{},
		Commands: [][]string{},
		Page:     r.Page,
		UIPath:   fresh(r.UIPath),
		UIURL:    fresh(r.UIURL),
		Docs:     append([]string{}, r.Docs...),
	}
	for _, step := range r.Steps {
		if s := Fill(step, ev); s != "" {
			out.Steps = append(out.Steps, s)
		}
	}
	for _, command := range r.Commands {
		if argv, ok := fillCommand(command, ev); ok {
			out.Commands = append(out.Commands, argv)
		}
	}
	return out
}

// fresh is a copy that can be changed.
func fresh(s *string) *string {
	if s == nil {
		return nil
	}
	return new(*s)
}

// fillCommand fills the arguments of a command. One that is an optional part as a
// whole may stand for several, with spaces between them: they come and go together.
func fillCommand(command []string, ev finding.Evidence) ([]string, bool) {
	exact := func(s string) string { return s }
	argv := make([]string, 0, len(command))
	for _, arg := range command {
		if inner, ok := strings.CutPrefix(arg, "["); ok && strings.HasSuffix(inner, "]") {
			if several, complete := fillCommand(strings.Fields(strings.TrimSuffix(inner, "]")), ev); complete {
				argv = append(argv, several...)
			}
			continue
		}
		s, complete := fill(arg, ev, exact)
		if !complete {
			return nil, false
		}
		if s != "" {
			argv = append(argv, s)
		}
	}
	return argv, true
}
