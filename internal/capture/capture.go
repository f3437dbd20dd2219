// Package capture finds the token in text that a person pastes: with "Bearer", quotes
// or line breaks, or in a whole request such as a curl command, an HTTP message or
// archive, a form or a JSON body. It reports what it removed, and compares the request
// with the token request of Oracle NetSuite Help, page section_162755359851.
//
// It runs, opens and sends nothing. Of the text it repeats only names of headers and
// parameters, since a request may contain any secret. Package jwtgen judges the token.
package capture

import (
	"cmp"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/secret"
	"github.com/nsauth/nsauth/internal/text"
)

// MaxBytes bounds the text: the largest JWT, percent-encoded, and the request around it.
// MaxDocument bounds one in JSON, such as an HTTP archive with its responses.
const (
	MaxBytes    = 256 << 10
	MaxDocument = 8 << 20
)

// Form is the kind of a text.
type Form string

// The forms. Text is any other text that contains a token.
const (
	Bare       Form = "token"
	Curl       Form = "curl"
	PowerShell Form = "powershell"
	HTTP       Form = "http-request"
	HAR        Form = "har"
	Fetch      Form = "fetch"
	URLForm    Form = "form"
	JSON       Form = "json"
	Text       Form = "text"
)

// Use is the purpose of the token, according to the text.
type Use string

// The uses: AsAssertion is the value of client_assertion or of a known misnomer,
// AsAccessToken is in an Authorization header or is called access_token. A lone
// "Bearer" before a token tells nothing.
const (
	UseUnknown    Use = ""
	AsAssertion   Use = "assertion"
	AsAccessToken Use = "access-token"
)

// What Stripped lists.
const (
	ByteOrderMark     = "byte-order-mark"
	UTF16             = "utf-16"
	Typographic       = "typographic-quotes"
	Invisible         = "invisible-characters"
	Bearer            = "bearer-prefix"
	HeaderName        = "authorization-header"
	Quotes            = "quotes"
	LineBreaks        = "line-breaks"
	Spaces            = "spaces"
	PercentEncoding   = "percent-encoding"
	Command           = "curl-command"
	PowerShellCommand = "powershell-command"
	Message           = "http-request"
	Archive           = "http-archive"
	FetchCall         = "fetch-call"
	Parameter         = "form-parameter"
	Member            = "json-member"
	Around            = "surrounding-text"
	Signature         = "signature" // of an assertion that was decoded before
)

// Paste is what was found in a text.
type Paste struct {
	Form Form
	Use  Use
	// Name is the parameter, JSON member or header that held the token, or "".
	Name string
	// Token is the token, valid or not; the whole text if nothing in it looks like a
	// token; zero if the text has a placeholder instead.
	Token secret.Secret
	// Elsewhere says why the token is not in the text: "variable" ($ASSERTION,
	// {{assertion}}, <jwt>), "file" (@assertion.txt), "not-in-log" for a log without
	// the body, or "text-too-large".
	Elsewhere string
	// Stripped is what was removed from around the token, in a fixed order.
	Stripped []string
	// Others is the number of further tokens in the text.
	Others int
	// Request is the request around the token; nil without enough of one.
	Request *Request
	// ReadAs says in a few words how the text was read, for people. It has no secret.
	ReadAs string
	// Guessed says that the token was put together, or found in a text of no known form.
	Guessed bool
	// Decoded is what a text has of an assertion that was decoded before; nil for
	// others. Then there is no token.
	Decoded *Decoded
	// Answer is the response in the text; nil without one.
	Answer *Answer
	// Ending is how the text ends.
	Ending Ending
	// NotJudged is the reason why the request was not judged although the form is
	// known: a variant of the finding request.not-judged; "" where it was.
	NotJudged string
}

// readAs has the words for the forms.
var readAs = map[Form]string{
	Bare: "token", Curl: "curl command", PowerShell: "PowerShell command", HTTP: "HTTP message", HAR: "HTTP archive",
	Fetch: "fetch call", URLForm: "form body", JSON: "JSON body", Text: "text with a token",
}

// order is the order of Stripped.
var order = []string{UTF16, ByteOrderMark, Invisible, Typographic, Command, PowerShellCommand, Message, Archive, FetchCall, Around, Member, Parameter,
	PercentEncoding, HeaderName, Bearer, Quotes, LineBreaks, Spaces, Signature}

// Read finds the token in a text. It never fails: without a token it returns the whole
// text. It does not look into one that is longer than MaxBytes, or for JSON MaxDocument.
func Read(text string) *Paste {
	if len(text) > MaxDocument || len(text) > MaxBytes && !isDocument(text) {
		return &Paste{Form: Bare, Elsewhere: "text-too-large"}
	}
	r := &reader{stripped: map[string]bool{}}
	cleaned := r.unquote(r.clean(text))
	log, cut := untrace(cleaned)
	if r.traced = log != ""; r.traced {
		cleaned, text = log, log
	}
	p := r.read(cleaned)
	r.complete(p, cleaned)
	p.Guessed = p.Guessed || cut
	for _, what := range order {
		if r.stripped[what] && p.Elsewhere == "" {
			p.Stripped = append(p.Stripped, what)
		}
	}
	p.Ending = endingOf(text, p)
	p.Ending.Cut = cut
	p.ReadAs = cmp.Or(p.ReadAs, readAs[p.Form])
	return p
}

// isDocument reports whether a text may be JSON.
func isDocument(pasted string) bool {
	rest := strings.TrimSpace(strings.TrimPrefix(pasted, text.ByteOrderMark))
	return rest != "" && strings.ContainsRune("{[", rune(rest[0]))
}

// reader notes what is removed.
type reader struct {
	stripped map[string]bool
	traced   bool // the text is a log of curl --trace
}

func (r *reader) note(what string) { r.stripped[what] = true }

// clean undoes what editors, chat programs and shells do to a text.
func (r *reader) clean(pasted string) string {
	if decoded, ok := text.DecodeUTF16([]byte(pasted)); ok {
		r.note(UTF16)
		pasted = string(decoded)
	}
	if rest, ok := strings.CutPrefix(pasted, text.ByteOrderMark); ok {
		r.note(ByteOrderMark)
		pasted = rest
	}
	pasted = r.replace(pasted, Typographic, "“", `"`, "”", `"`, "„", `"`, "«", `"`, "»", `"`, "‘", "'", "’", "'", "‚", "'")
	pasted = r.replace(pasted, Invisible, "\u200b", "", "\u200c", "", "\u200d", "", "\u2060", "", "\ufeff", "", "\u00ad", "")
	pasted = strings.ReplaceAll(pasted, "\u00a0", " ")
	return strings.TrimSpace(lineBreaks.Replace(pasted))
}

var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// unquote removes the > before each line of a quoted mail. It keeps those of curl -v,
// which marks what it sends.
func (r *reader) unquote(text string) string {
	if !strings.HasPrefix(text, ">") {
		return text
	}
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		rest, quoted := strings.CutPrefix(line, ">")
		if !quoted && strings.TrimSpace(line) != "" {
			return text
		}
		lines = append(lines, strings.TrimPrefix(rest, " "))
	}
	if method, _ := requestLine(lines[0]); method != "" {
		return text
	}
	r.note(Around)
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

func (r *reader) replace(text, what string, pairs ...string) string {
	changed := strings.NewReplacer(pairs...).Replace(text)
	if changed != text {
		r.note(what)
	}
	return changed
}

// read reads a clean text in the first form that fits.
func (r *reader) read(text string) *Paste {
	for _, form := range []func(string) *Paste{r.powerShell, r.curl, r.command, r.message, r.bruno, r.document, r.json, r.form, r.program, r.named, r.table} {
		if p := form(text); p != nil {
			r.searchAround(p, text)
			if s := secretSettings(text); s != nil && p.Form == URLForm && p.Elsewhere == "file" && p.Token.IsZero() {
				return s // lines of settings, not a form of which a part is missing
			}
			return p
		}
	}
	if s := secretSettings(text); s != nil {
		return s
	}
	return r.bare(text)
}

// bare reads a token alone, or one somewhere in a text.
func (r *reader) bare(text string) *Paste {
	p := &Paste{Form: Bare}
	token := r.unwrap(text, p)
	found := tokensIn(text)
	joined := strings.Join(strings.Fields(token), "")
	if !isSigned(joined) && len(found) > 0 && isSigned(found[0]) {
		joined = "-" // what follows is no part of it
	} else if !isSigned(joined) && strings.Contains(token, "\n") {
		if pieced := piecedTogether(text); pieced != "" {
			r.note(LineBreaks)
			p.setToken(pieced)
			return p
		}
	}
	wrapped := strings.HasPrefix(token, "ey") && !(hasInnerSpace(token) && len(found) > 0 && parts(found[0]) < 2)
	switch {
	case isPlaceholder(token):
		p.setToken(token)
		return p
	case secret.IsTokenText(joined) && (wrapped || len(found) == 0), joined == "":
		r.noteSpace(token, joined)
		p.setToken(joined)
		return p
	case len(found) == 0:
		if p := r.decoded(text); p != nil {
			return p
		}
		p.Token = secret.New(text)
		r.stripped = map[string]bool{}
		return p
	}
	for _, what := range []string{HeaderName, Bearer, Quotes} {
		delete(r.stripped, what) // these were around the whole text, not the token
	}
	return r.fromText(text, found)
}

// fromText returns the first of the tokens found in a text without a known form.
func (r *reader) fromText(text string, found []string) *Paste {
	r.note(Around)
	p := &Paste{Form: Text, Others: len(found) - 1}
	p.Use, p.Name = r.useBefore(text, found[0])
	p.setToken(found[0])
	return p
}

// useBefore reads the use of a token from the name before it, in any quotation marks.
func (r *reader) useBefore(text, token string) (use Use, name string) {
	const around = " \t\"'`:=>,\\"
	before := text[:strings.Index(text, token)]
	before = strings.TrimRight(before[max(0, len(before)-60):], around)
	if n := len(before) - len("bearer"); n >= 0 && strings.EqualFold(before[n:], "bearer") {
		r.note(Bearer)
		before = strings.TrimRight(before[:n], around)
		if n := len(before) - len("authorization"); n >= 0 && strings.EqualFold(before[n:], "authorization") {
			return AsAccessToken, "Authorization"
		}
		return UseUnknown, ""
	}
	for use, names := range map[Use][]string{AsAssertion: {"client_assertion", "clientAssertion"}, AsAccessToken: {"access_token", "accessToken"}} {
		for _, name := range names { // in this case only: a variable tells less
			if strings.HasSuffix(before, name) {
				return use, name
			}
		}
	}
	return UseUnknown, ""
}

// hasInnerSpace reports whether a line has a space within: then it is words, not a long
// token that a terminal or a mail program broke into lines.
func hasInnerSpace(s string) bool {
	for line := range strings.Lines(s) {
		if strings.ContainsAny(strings.TrimSpace(line), " \t") {
			return true
		}
	}
	return false
}

func (r *reader) noteSpace(before, after string) {
	switch {
	case before == after:
	case strings.ContainsAny(before, "\r\n"):
		r.note(LineBreaks)
	default:
		r.note(Spaces)
	}
}

// unwrap removes a header's name, "Bearer" and quotation marks around a token, in any
// order.
func (r *reader) unwrap(s string, p *Paste) string {
	for {
		before := s
		s = strings.TrimSpace(s)
		if rest, ok := cutPrefixFold(s, "authorization:"); ok {
			r.note(HeaderName)
			p.Use, p.Name = AsAccessToken, "Authorization"
			s = strings.TrimSpace(rest)
		}
		if rest, ok := cutPrefixFold(s, "bearer"); ok && rest != "" && strings.ContainsAny(rest[:1], " \t\n") {
			r.note(Bearer)
			s = strings.TrimSpace(rest)
		}
		if n := len(s); n >= 2 && strings.ContainsRune("\"'`", rune(s[0])) {
			r.note(Quotes)
			s = strings.TrimSuffix(s[1:], s[:1])
		}
		if trimmed := strings.TrimRight(s, ",;\"'`"); trimmed != s {
			r.note(Quotes)
			s = trimmed
		}
		if s == before {
			return s
		}
	}
}

func hasPrefixFold(s, prefix string) bool { _, ok := cutPrefixFold(s, prefix); return ok }

func cutPrefixFold(s, prefix string) (rest string, ok bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// setToken stores the token, or the kind of its placeholder.
func (p *Paste) setToken(value string) {
	switch {
	case isPlaceholder(value):
		p.Elsewhere = "variable"
	case strings.HasPrefix(value, "@") && !strings.Contains(value, "."+"ey"):
		p.Elsewhere = "file"
	default:
		p.Token = secret.New(value)
	}
}

// isPlaceholder recognises the placeholders of shells, Postman and manuals.
func isPlaceholder(s string) bool {
	if s == "" || len(s) > 120 || strings.ContainsAny(s, " \n\t") {
		return false
	}
	return s[0] == '$' || s[0] == '<' && s[len(s)-1] == '>' || strings.HasPrefix(s, "{{") ||
		s[0] == '%' && s[len(s)-1] == '%' && len(s) > 2
}

// tokensIn returns the different tokens in a text, those with three parts first.
func tokensIn(text string) []string {
	var found []string
	for _, run := range strings.FieldsFunc(text, func(c rune) bool { return !secret.IsTokenRune(c) }) {
		// A name and =, or a path, may be right before it.
		for _, before := range []string{"=ey", "/ey"} {
			if i := strings.LastIndex(run, before); i >= 0 && (before == "=ey" || !strings.HasPrefix(run, "ey")) {
				run = run[i+1:]
			}
		}
		run = strings.TrimRight(run, ".…")
		if !strings.HasPrefix(run, "ey") {
			run = wholeWithin(run)
		}
		if secret.LooksLikeJWT(run) && !slices.Contains(found, run) {
			found = append(found, run)
		}
		if len(found) >= maxTokens {
			break
		}
	}
	slices.SortStableFunc(found, func(a, b string) int { return parts(a) - parts(b) })
	return found
}

// maxTokens bounds how many tokens are counted in one text.
const maxTokens = 20

// parts is 0 for a token that can be decoded, 1 for another text of three parts, else 2.
func parts(s string) int {
	switch {
	case isWhole(s):
		return 0
	case strings.Count(s, ".") == 2:
		return 1
	}
	return 2
}
