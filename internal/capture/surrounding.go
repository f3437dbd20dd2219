package capture

import "strings"

// surrounding says what a program left around the token in a value; "" for a token
// alone, and for text of which it is not clear that it is a part of the value.
func surrounding(value string) string {
	found := tokensIn(value)
	if len(found) == 0 || !isSigned(found[0]) {
		return ""
	}
	before, after, _ := strings.Cut(value, found[0])
	prefix, suffix := strings.TrimSpace(before), strings.TrimSpace(after)
	switch {
	case before == "" && after == "":
		return ""
	case prefix == "" && suffix == "":
		return "a space or line break"
	case strings.EqualFold(prefix, "bearer") && suffix == "":
		return "Bearer"
	case prefix == suffix && strings.Contains("\"'`", prefix):
		return "quotation marks"
	case (prefix == "b'" || prefix == `b"`) && suffix == prefix[1:]:
		return "the marks of Python's bytes"
	}
	return ""
}
