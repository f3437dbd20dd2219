package report

import (
	"cmp"
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

// assertion shows where a token was found, its header parameters and claims, and
// whether the signature was verified, but not the signature itself.
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

// members writes a header or claims set, each number of seconds with its date, and each
// member with its note.
func (p *page) members(room block, label string, members map[string]any, times map[string]finding.ClaimedTime, note map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(members)) {
		said := []span{{name + " ", strong}, {jsonText(members[name]), plain}}
		if at, ok := times[name]; ok {
			said = append(said, span{", " + when(at), plain})
		}
		if why := note[name]; why != "" {
			said = append(said, span{"  (" + why + ")", caution})
		}
		p.item(room, label, said...)
		label = ""
	}
}

// item writes one of several items after a label. It indents continuation lines, so
// that each item begins with its name.
func (p *page) item(room block, label string, said ...span) {
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

// Draft writes an unsigned assertion. header and claims have a note for each member
// that an option set. It returns only the writer's error.
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
	p.row(room.indent, room.label("signs"), room.hang(), span{"this text; a dry run signs nothing:", plain})
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

// signature says what the signature was verified with, or what is missing for that.
func (t *textReport) signature(facts finding.AssertionFacts, findings []finding.Finding) {
	said := ""
	switch checked := facts.Signature != "not-checked"; {
	case facts.Kind == "unknown":
	case checked && facts.CheckedWith != nil:
		said = "The signature was checked with " + *facts.CheckedWith + "."
	case checked:
	case slices.ContainsFunc(findings, preventsVerifying):
		said = "The signature is not checked: the errors below prevent it."
	case facts.Input != nil && slices.Contains(facts.Input.Stripped, "signature"):
		said = "The signature is not checked: the text does not have it."
	case facts.Kind == "access-token":
		said = "The signature is not checked: give NetSuite's key set with --jwks."
	default:
		said = "The signature is not checked: give the certificate with --cert, or the key with --key."
	}
	t.row(statusColumns, nil, statusColumns, span{said, faint})
}

// preventsVerifying recognises errors of the algorithm, of the parts or of the given
// key, with which no signature can be verified.
func preventsVerifying(f finding.Finding) bool {
	switch f.Code {
	case "assertion.alg-unsupported", "assertion.alg-key-mismatch", "assertion.keys-unavailable":
		return true
	case "assertion.malformed":
		return f.Evidence["reason"] == "parts" || f.Evidence["part"] == "signature"
	}
	family, _, _ := strings.Cut(string(f.Code), ".")
	return f.Severity == finding.Error && (family == "key" || family == "certificate")
}

// accessToken writes what a NetSuite access token says.
func (t *textReport) accessToken(room block, a finding.RoleFacts) {
	label := "token"
	scope := strings.Join(a.Scope, " ")
	for _, part := range []struct {
		name  string
		value *string
	}{{"role", a.RoleID}, {"entity", a.EntityID}, {"account", a.Account}, {"Client ID", a.ClientID}, {"Application ID", a.ApplicationID},
		{"scopes", &scope}} {
		if part.value != nil && *part.value != "" {
			t.item(room, label, span{part.name + " ", strong}, span{*part.value, plain})
			label = ""
		}
	}
}

// formWords names the form of a text.
var formWords = map[string]string{
	"curl": "a curl command", "powershell": "a PowerShell command", "http-request": "an HTTP message", "form": "a form", "json": "a JSON body",
	"har": "an HTTP archive", "fetch": "a fetch call", "text": "a text",
}

// strippedWords names what was removed around a token.
var strippedWords = map[string]string{
	"utf-16": "UTF-16 encoding", "byte-order-mark": "a byte order mark", "invisible-characters": "invisible characters",
	"typographic-quotes": "typographic quotation marks", "curl-command": "the command around it", "powershell-command": "the command around it", "http-request": "the message around it",
	"http-archive": "the archive around it", "fetch-call": "the call around it",
	"surrounding-text": "the text around it", "json-member": "the JSON around it", "form-parameter": "the form around it",
	"percent-encoding": "percent-encoding", "authorization-header": "the header's name", "bearer-prefix": "Bearer",
	"quotes": "quotation marks", "line-breaks": "line breaks", "spaces": "spaces",
	"signature": "the signature, before it was pasted",
}

func strippedText(stripped []string) string {
	var words []string
	for _, what := range stripped {
		words = append(words, cmp.Or(strippedWords[what], what))
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

// difference writes two texts one below the other and marks the first character that
// differs. The message has both in full.
func (t *textReport) difference(f finding.Finding, indent int) {
	actual, _ := f.Evidence["actual"].(string)
	expected, _ := f.Evidence["expected"].(string)
	if _, compared := f.Evidence["first_difference"]; !compared || actual == "" || expected == "" || actual == expected {
		return
	}
	t.markDifference(indent, [2]string{"got", "want"}, actual, expected)
}

// minCommonPrefix is how many characters two texts must have in common at the beginning
// for a comparison to help, unless both are URLs.
const minCommonPrefix = 8

// isURL recognises http and https in any case.
func isURL(s string) bool {
	scheme, _, found := strings.Cut(strings.ToLower(s), "://")
	return found && (scheme == "https" || scheme == "http")
}

// markDifference writes two texts on a line each, cut to what fits around the first
// difference, and a mark under it. It reports whether it did: texts without a common
// prefix are not compared.
func (p *page) markDifference(indent int, labels [2]string, a, b string) bool {
	first, second := []rune(Clean(a)), []rune(Clean(b))
	at := 0
	for at < len(first) && at < len(second) && first[at] == second[at] {
		at++
	}
	if at < minCommonPrefix && !(isURL(a) && isURL(b)) {
		return false
	}
	room := block{indent, max(len(labels[0]), len(labels[1])) + 2}
	width := max(p.width-room.hang(), 20)
	// On a narrow page some of the common prefix is left out.
	from, dots := 0, ""
	if keep := width * 2 / 3; at > keep {
		from, dots = at-keep+3, "..."
	}
	var before string
	for i, line := range [][]rune{first, second} {
		before = p.show(dots + string(line[from:at]))
		shown := before + p.show(string(line[at:]))
		for Columns(shown) > width {
			r := []rune(shown)
			shown = string(r[:len(r)-1])
		}
		p.whole(room.indent, room.label(labels[i]), room.hang(), span{shown, plain})
	}
	p.whole(room.indent, nil, room.indent, span{strings.Repeat(" ", room.room+Columns(before)) + "^" + lookAlike(first, second, at), bad})
	return true
}

// lookAlike names the two characters at a mark if one of them is not ASCII: a Cyrillic
// letter looks like a Latin one.
func lookAlike(a, b []rune, at int) string {
	if at >= len(a) || at >= len(b) || a[at] < 0x80 && b[at] < 0x80 {
		return ""
	}
	return fmt.Sprintf(" got %U, want %U", a[at], b[at])
}
