package nsid

import (
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/text"
)

// emptyValues are how languages write a variable that has no value.
var emptyValues = []string{"undefined", "null", "none", "nil", "nan", "[object object]"}

// standIns are the words, without separators, that examples have in place of a value.
var standIns = []string{"changeme", "changethis", "replaceme", "replacethis", "todo", "tbd", "fixme", "placeholder", "insertme", "fillme", "fillin",
	"clientid", "certificateid", "certid", "consumerkey", "accountid", "account", "keyid", "kid", "issuer", "iss", "audience", "aud", "tokenurl", "tokenendpoint",
	"companyid", "applicationid", "scope"}

// standInWords are words that no value of NetSuite has, as in YOUR_CLIENT_ID,
// client-id-here and insertCertificateId. fillers stand beside a stand-in.
var (
	standInWords = []string{"your", "here", "insert", "enter", "replace", "paste", "changeme", "placeholder", "todo"}
	fillers      = []string{"my", "the", "netsuite", "ns", "oauth", "oauth2", "m2m", "actual", "real", "prod", "production", "sandbox", "sb"}
)

// marks are the two ends of what a template puts around a name.
var marks = [][2]string{{"{{", "}}"}, {"${", "}"}, {"$(", ")"}, {"#{", "}"}, {"<%", "%>"}, {"%", "%"}, {"@@", "@@"}, {"__", "__"},
	{"<", ">"}, {"[", "]"}, {"{", "}"}, {"%3C", "%3E"}, {"%3c", "%3e"}, {"%7B", "%7D"}, {"%7b", "%7d"}, {"%24%7B", "%7D"}}

// printfVerb is what a format has in place of a value: %s, %1$s, %@.
var printfVerb = text.Regexp(`^%(\d+\$)?[svdiq@]$`)

// IsEmptyValue reports whether s is how a language writes a variable without a value:
// undefined, None.
func IsEmptyValue(s string) bool { return slices.Contains(emptyValues, strings.ToLower(s)) }

// IsPlaceholder reports whether a value is not a value but what stands for one: an
// empty variable (undefined, None), a template without its value ({{client_id}},
// ${VAR}, %VAR%), or the text of an example (YOUR_CLIENT_ID, <account>, xxx).
func IsPlaceholder(s string) bool {
	s = strings.Trim(strings.TrimSpace(s), "\"'`")
	lower := strings.ToLower(s)
	switch {
	case s == "" || isUUIDInBraces(s):
		return false
	case IsEmptyValue(s), len(s) >= 2 && strings.Trim(lower, "x-_.:") == "" && strings.Contains(lower, "xx"):
		return true
	case printfVerb().MatchString(s), strings.HasPrefix(s, "$"), strings.Trim(s, ".…?") == "", strings.Contains(lower, "process.env"), strings.Contains(lower, "os.environ"), strings.Contains(lower, "getenv"):
		return true
	}
	for _, m := range marks {
		if i := strings.Index(s, m[0]); i >= 0 && strings.Contains(s[i+len(m[0]):], m[1]) && hasName(s, m) {
			return true
		}
	}
	words := wordsOf(s)
	if saysStandIn(words) {
		return true
	}
	words = slices.DeleteFunc(words, func(w string) bool { return slices.Contains(fillers, w) })
	return slices.Contains(standIns, strings.Join(words, ""))
}

// hasName reports whether there is a name between two marks that are also found by
// themselves: % escapes bytes, and _ is in an ID.
func hasName(s string, m [2]string) bool {
	if m[0] != "%" && m[0] != "__" {
		return true
	}
	inner, ok := strings.CutPrefix(s, m[0])
	inner, closed := strings.CutSuffix(inner, m[1])
	return ok && closed && inner != "" && !strings.ContainsAny(inner, "%") && text.NameLike(inner)
}

// saysStandIn reports whether the words are those of an example. An ID is never made of
// words alone.
func saysStandIn(words []string) bool {
	return len(words) > 1 && slices.ContainsFunc(words, func(w string) bool { return slices.Contains(standInWords, w) }) &&
		!slices.ContainsFunc(words, func(w string) bool { return strings.Trim(w, "abcdefghijklmnopqrstuvwxyz") != "" })
}

// wordsOf cuts a name into its words, in lower case: at separators, and where a capital
// follows a small letter.
func wordsOf(s string) []string {
	var b strings.Builder
	for i, r := range s {
		if i > 0 && r >= 'A' && r <= 'Z' && s[i-1] >= 'a' && s[i-1] <= 'z' {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return strings.FieldsFunc(strings.ToLower(b.String()), func(r rune) bool { return strings.ContainsRune("_-. :", r) })
}

// isUUIDInBraces recognises an Application ID as Windows tools write one.
func isUUIDInBraces(s string) bool {
	inner := strings.TrimSuffix(strings.TrimPrefix(s, "{"), "}")
	return inner != s && ClientIDShape(inner) == "application-id"
}

// PlaceholderIn returns the placeholder in the host of a URL, or "": in place of the
// account or of the whole host. The URL need not be valid.
func PlaceholderIn(url string) string {
	_, host, hasScheme := strings.Cut(strings.TrimSpace(url), "://")
	if !hasScheme {
		host = strings.TrimSpace(url)
	}
	host, _, _ = strings.Cut(host, "/")
	label, _, _ := strings.Cut(host, ".")
	for _, service := range Services() {
		if account, ok := strings.CutSuffix(strings.ToLower(host), service.Suffix()); ok {
			label = host[:len(account)]
		}
	}
	switch {
	case label == "" && strings.HasSuffix(strings.ToLower(host), Domain):
		return host // the variable was empty
	case IsPlaceholder(label), slices.ContainsFunc(strings.FieldsFunc(label, func(r rune) bool { return r == '-' || r == '_' }), IsEmptyValue):
		return label
	case strings.ContainsAny(host, "<>{}[]$%") && IsPlaceholder(host):
		return host
	}
	return ""
}
