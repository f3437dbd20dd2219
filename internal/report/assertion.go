package report

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/text"
)

// assertion shows where a token was found, every header parameter and claim,
// times for people beside the numbers, and what is known of the signature. The
// signature itself is not among them.
func (t *textReport) assertion(facts finding.AssertionFacts, findings []finding.Finding) {
	room := block{statusColumns, 8}
	t.say(room, "input", inputWords(facts.Input))
	t.members(room, "header", facts.Header, nil, nil)
	t.members(room, "claims", facts.Claims, facts.Times, nil)
	if facts.AccessToken != nil {
		t.accessToken(room, *facts.AccessToken)
	}
	t.say(room, "lives", lifetime(facts.LifetimeSeconds))
	if now, err := time.Parse(time.RFC3339, t.r.StartedAt); err == nil && len(facts.Times) > 0 {
		t.say(room, "clock", clockWords(now))
	}
	t.signature(facts, findings)
}

func clockWords(now time.Time) string {
	return text.Time(now) + ` by this machine, for "ago" and "in"`
}

// members writes a header or claims set, times for people beside the numbers, and
// behind a member what note has for it.
func (p *page) members(room block, label string, members map[string]any, times map[string]finding.ClaimedTime, note map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(members)) {
		said := []span{{name + " ", strong}, {jsonText(members[name]), plain}}
		if at, ok := times[name]; ok {
			said = append(said, span{", " + when(at), plain})
		}
		if why := note[name]; why != "" {
			said = append(said, span{"  (" + why + ")", caution})
		}
		p.hung(room, label, said...)
		label = ""
	}
}

// hung writes one of several things behind a label. What does not fit on its line
// goes on further in, so that each begins with its name.
func (p *page) hung(room block, label string, said ...span) {
	const further = 2
	at := room.hang()
	for i, line := range fill(p.words(said), p.width-at, p.width-at-further) {
		if i == 0 {
			p.emit(room.indent, p.safe(room.label(label)), at, line)
		} else {
			p.emit(at+further, nil, at+further, line)
		}
	}
}

// Draft writes an assertion that was made without signing it. Each member that an
// option brought in is marked by note. It returns only the writer's error.
func Draft(w io.Writer, doc AssertionDocument, now time.Time, header, claims map[string]string, o TextOptions) error {
	p := newPage(o)
	room := block{0, 8}
	p.members(room, "header", doc.Header, nil, header)
	p.members(room, "claims", doc.Claims, doc.Times, claims)
	for _, line := range []struct{ label, text string }{{"lives", lifetime(doc.LifetimeSeconds)}, {"clock", clockWords(now)}} {
		if line.text != "" {
			p.row(room.indent, room.label(line.label), room.hang(), span{line.text, plain})
		}
	}
	p.row(room.indent, room.label("signs"), room.hang(), span{"this text, and nothing is signed in a dry run:", plain})
	p.whole(0, nil, 0, span{doc.SigningInput, plain})
	_, err := io.WriteString(w, p.b.String())
	return err
}

func lifetime(seconds *int64) string {
	if seconds == nil {
		return ""
	}
	return fmt.Sprintf("%d s", *seconds)
}

// when is a claimed time as a date, and how far it is from now.
func when(at finding.ClaimedTime) string {
	date := at.Time
	if d, err := time.Parse(time.RFC3339, at.Time); err == nil {
		date = text.Time(d)
	}
	span := text.Duration(time.Duration(at.SecondsFromNow) * time.Second)
	if at.SecondsFromNow <= 0 {
		return date + ", " + span + " ago"
	}
	return date + ", in " + span
}

// signature says what the signature was held against, or what is lacking for it.
func (t *textReport) signature(facts finding.AssertionFacts, findings []finding.Finding) {
	said := ""
	switch checked := facts.Signature != "not-checked"; {
	case facts.Kind == "unknown":
	case checked && facts.CheckedWith != nil:
		said = "The signature was checked with " + *facts.CheckedWith + "."
	case checked:
	case slices.ContainsFunc(findings, keepsFromVerifying):
		said = "The signature is not checked: what is wrong here keeps it from that."
	case facts.Kind == "access-token":
		said = "The signature is not checked: give NetSuite's key set with --jwks."
	default:
		said = "The signature is not checked: give the certificate with --cert, or the key with --key."
	}
	t.row(statusColumns, nil, statusColumns, span{said, faint})
}

// keepsFromVerifying recognises what is wrong with the algorithm, with the parts or
// with the key that was given: another key would not help.
func keepsFromVerifying(f finding.Finding) bool {
	switch f.Code {
	case "assertion.alg-unsupported", "assertion.alg-key-mismatch", "assertion.keys-unavailable":
		return true
	case "assertion.malformed":
		return f.Evidence["reason"] == "parts" || f.Evidence["part"] == "signature"
	}
	family, _, _ := strings.Cut(string(f.Code), ".")
	return f.Severity == finding.Error && (family == "key" || family == "certificate")
}

// accessToken is what NetSuite's own token says.
func (t *textReport) accessToken(room block, a finding.RoleFacts) {
	label := "token"
	scope := strings.Join(a.Scope, " ")
	for _, part := range []struct {
		name  string
		value *string
	}{{"role", a.RoleID}, {"entity", a.EntityID}, {"account", a.Account}, {"Client ID", a.ClientID}, {"Application ID", a.ApplicationID},
		{"scopes", &scope}} {
		if part.value != nil && *part.value != "" {
			t.hung(room, label, span{part.name + " ", strong}, span{*part.value, plain})
			label = ""
		}
	}
}

// formWords say what a text was.
var formWords = map[string]string{
	"curl": "a curl command", "powershell": "a PowerShell command", "http-request": "an HTTP message", "form": "a form", "json": "a JSON body",
	"har": "an HTTP archive", "fetch": "a call of fetch", "text": "a text",
}

// strippedWords say what was taken from a text.
var strippedWords = map[string]string{
	"utf-16": "UTF-16 encoding", "byte-order-mark": "a byte order mark", "invisible-characters": "invisible characters",
	"typographic-quotes": "typographic quotation marks", "curl-command": "the command around it", "powershell-command": "the command around it", "http-request": "the message around it",
	"http-archive": "the archive around it", "fetch-call": "the call around it",
	"surrounding-text": "the text around it", "json-member": "the JSON around it", "form-parameter": "the form around it",
	"percent-encoding": "percent-encoding", "authorization-header": "the header's name", "bearer-prefix": "Bearer",
	"quotes": "quotation marks", "line-breaks": "line breaks", "spaces": "spaces",
}

func wordsOf(stripped []string) string {
	var words []string
	for _, what := range stripped {
		if w, ok := strippedWords[what]; ok {
			what = w
		}
		words = append(words, what)
	}
	return strings.Join(words, ", ")
}

func jsonText(value any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return "?"
	}
	return strings.TrimSpace(b.String())
}

// difference writes two texts below each other and marks the first character in
// which they differ: the message has both in whole.
func (t *textReport) difference(f finding.Finding, indent int) {
	actual, _ := f.Evidence["actual"].(string)
	expected, _ := f.Evidence["expected"].(string)
	if _, compared := f.Evidence["first_difference"]; !compared || actual == "" || expected == "" || actual == expected {
		return
	}
	t.mark(indent, [2]string{"is", "not"}, actual, expected)
}

// nothingInCommon is how many characters two texts must share at their beginning
// to be worth laying side by side, if they are not both URLs.
const nothingInCommon = 8

// isURL recognises http and https, in whatever case.
func isURL(s string) bool {
	scheme, _, found := strings.Cut(strings.ToLower(s), "://")
	return found && (scheme == "https" || scheme == "http")
}

// mark writes two texts of one line each, cut to what fits around the first
// difference, and a mark under it. It reports whether it did: texts that have
// nothing in common are left alone.
func (p *page) mark(indent int, labels [2]string, a, b string) bool {
	first, second := []rune(clean(a)), []rune(clean(b))
	at := 0
	for at < len(first) && at < len(second) && first[at] == second[at] {
		at++
	}
	if at < nothingInCommon && !(isURL(a) && isURL(b)) {
		return false
	}
	room := block{indent, max(len(labels[0]), len(labels[1])) + 2}
	width := max(p.width-room.hang(), 20)
	// In the narrow case some of what is alike before the difference is left out.
	from, dots := 0, ""
	if keep := width * 2 / 3; at > keep {
		from, dots = at-keep+3, "..."
	}
	var before string
	for i, line := range [][]rune{first, second} {
		before = p.show(dots + string(line[from:at]))
		shown := before + p.show(string(line[at:]))
		for columns(shown) > width {
			r := []rune(shown)
			shown = string(r[:len(r)-1])
		}
		p.whole(room.indent, room.label(labels[i]), room.hang(), span{shown, plain})
	}
	p.whole(room.indent, nil, room.indent, span{strings.Repeat(" ", room.room+columns(before)) + "^" + lookAlike(first, second, at), bad})
	return true
}

// lookAlike names the characters under a mark, if one of them is beyond ASCII: a
// Cyrillic letter looks like a Latin one.
func lookAlike(a, b []rune, at int) string {
	if at >= len(a) || at >= len(b) || a[at] < 0x80 && b[at] < 0x80 {
		return ""
	}
	return fmt.Sprintf(" %U, not %U", a[at], b[at])
}
