// Package capture finds the token in text as people copy it: with "Bearer" before
// it, quotation marks around it, line breaks in it, or within a whole request,
// as a curl command, an HTTP message or archive, a form or a JSON body. It says what it took
// away, and judges the request around the token as NetSuite's token endpoint is
// documented to take it (Oracle NetSuite Help, page section_162755359851).
//
// Nothing is executed, opened or sent, and nothing of the text is repeated but
// the names of headers and parameters: a request may hold any secret. The token
// itself is not judged here, and not repaired: that is for package jwtgen.
package capture

import (
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/secret"
	"github.com/nsauth/nsauth/internal/text"
)

// MaxBytes bounds the text: room for a JWT of the largest size that is looked at,
// each character percent-encoded, and for the request around it.
const MaxBytes = 256 << 10

// Form is what a text turned out to be.
type Form string

// The forms. Text is anything else that has a token in it somewhere.
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

// Use is what the text says that the token is for.
type Use string

// The uses: AsAssertion is the value of client_assertion or of a known misnomer,
// AsAccessToken stands in an Authorization header or is called access_token.
// A mere "Bearer" before a token says nothing: people copy it along.
const (
	Unsaid        Use = ""
	AsAssertion   Use = "assertion"
	AsAccessToken Use = "access-token"
)

// What is taken away around a token, as Stripped names it.
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
)

// Paste is what was found in a text.
type Paste struct {
	Form Form
	Use  Use
	// Name is the parameter, JSON member or header that held the token, or "".
	Name string
	// Token is the token, whatever is wrong with it; the whole text if nothing in
	// it looks like one, and zero if the text says that the token is elsewhere.
	Token secret.Secret
	// Elsewhere is what stands in the token's place: "variable" ($ASSERTION,
	// {{assertion}}, <jwt>) or "file" (@assertion.txt).
	Elsewhere string
	// Stripped is what was taken away from around the token, each thing once, in a
	// fixed order.
	Stripped []string
	// Others counts further tokens in the text, which were not looked at.
	Others int
	// Request is the request around the token; nil if there is none, or only a
	// part that says nothing.
	Request *Request
}

// order is that of Stripped.
var order = []string{UTF16, ByteOrderMark, Invisible, Typographic, Command, PowerShellCommand, Message, Archive, FetchCall, Around, Member, Parameter,
	PercentEncoding, HeaderName, Bearer, Quotes, LineBreaks, Spaces}

// Read takes a text apart. It never fails: what is no token comes back whole. A
// text longer than MaxBytes is not looked into.
func Read(text string) *Paste {
	if len(text) > MaxBytes {
		return &Paste{Form: Bare, Token: secret.New(text)}
	}
	r := &reader{stripped: map[string]bool{}}
	p := r.read(r.unquote(r.clean(text)))
	for _, what := range order {
		if r.stripped[what] && p.Elsewhere == "" {
			p.Stripped = append(p.Stripped, what)
		}
	}
	return p
}

// reader notes what is taken away.
type reader struct{ stripped map[string]bool }

func (r *reader) took(what string) { r.stripped[what] = true }

// clean undoes what editors, chat programs and shells do to a text.
func (r *reader) clean(pasted string) string {
	if decoded, ok := text.DecodeUTF16([]byte(pasted)); ok {
		r.took(UTF16)
		pasted = string(decoded)
	}
	if rest, ok := strings.CutPrefix(pasted, text.ByteOrderMark); ok {
		r.took(ByteOrderMark)
		pasted = rest
	}
	pasted = r.replace(pasted, Typographic, "“", `"`, "”", `"`, "„", `"`, "«", `"`, "»", `"`, "‘", "'", "’", "'", "‚", "'")
	pasted = r.replace(pasted, Invisible, "\u200b", "", "\u200c", "", "\u200d", "", "\u2060", "", "\ufeff", "", "\u00ad", "")
	pasted = strings.ReplaceAll(pasted, "\u00a0", " ")
	return strings.TrimSpace(strings.ReplaceAll(pasted, "\r\n", "\n"))
}

// unquote takes away the > with which mail programs begin the lines of an answer. curl
// -v marks what it sends in the same way.
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
	r.took(Around)
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

func (r *reader) replace(text, what string, pairs ...string) string {
	changed := strings.NewReplacer(pairs...).Replace(text)
	if changed != text {
		r.took(what)
	}
	return changed
}

// read finds out which form a clean text has.
func (r *reader) read(text string) *Paste {
	for _, form := range []func(string) *Paste{r.powerShell, r.curl, r.message, r.fetch, r.archive, r.json, r.form} {
		if p := form(text); p != nil {
			r.elsewhere(p, text)
			return p
		}
	}
	return r.bare(text)
}

// bare reads a token by itself, or one somewhere in a text.
func (r *reader) bare(text string) *Paste {
	p := &Paste{Form: Bare}
	token := r.undress(text, p)
	found := tokensIn(text)
	joined := strings.Join(strings.Fields(token), "")
	wrapped := strings.HasPrefix(token, "ey") && !(spaced(token) && len(found) > 0 && parts(found[0]) == 0)
	switch {
	case isPlaceholder(token):
		p.settle(token)
		return p
	case isTokenText(joined) && (wrapped || len(found) == 0), joined == "":
		r.noteSpace(token, joined)
		p.settle(joined)
		return p
	case len(found) == 0:
		p.Token = secret.New(text)
		r.stripped = map[string]bool{}
		return p
	}
	for _, what := range []string{HeaderName, Bearer, Quotes} {
		delete(r.stripped, what) // from around the whole text, and not the token
	}
	return r.fromText(text, found)
}

// fromText gives the first of the tokens found in a text that has no known form.
func (r *reader) fromText(text string, found []string) *Paste {
	r.took(Around)
	p := &Paste{Form: Text, Others: len(found) - 1}
	p.Use, p.Name = r.useIn(text, found[0])
	p.settle(found[0])
	return p
}

// useIn is what a text says right before a token that it is for: programs have the
// names of parameters and headers in quotation marks of their own.
func (r *reader) useIn(text, token string) (use Use, name string) {
	const around = " \t\"'`:=>,\\"
	before := text[:strings.Index(text, token)]
	before = strings.TrimRight(before[max(0, len(before)-60):], around)
	if n := len(before) - len("bearer"); n >= 0 && strings.EqualFold(before[n:], "bearer") {
		r.took(Bearer)
		before = strings.TrimRight(before[:n], around)
		if n := len(before) - len("authorization"); n >= 0 && strings.EqualFold(before[n:], "authorization") {
			return AsAccessToken, "Authorization"
		}
		return Unsaid, ""
	}
	for use, names := range map[Use][]string{AsAssertion: {"client_assertion", "clientAssertion"}, AsAccessToken: {"access_token", "accessToken"}} {
		for _, name := range names { // as parameters are written: a variable's name says less
			if strings.HasSuffix(before, name) {
				return use, name
			}
		}
	}
	return Unsaid, ""
}

// spaced says whether a line has a space within: words, and not one long token
// that a terminal or a mail program broke into lines.
func spaced(s string) bool {
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
		r.took(LineBreaks)
	default:
		r.took(Spaces)
	}
}

// undress takes a header's name, "Bearer" and quotation marks from around a
// token, in whatever order they are wrapped.
func (r *reader) undress(s string, p *Paste) string {
	for {
		before := s
		s = strings.TrimSpace(s)
		if rest, ok := cutPrefixFold(s, "authorization:"); ok {
			r.took(HeaderName)
			p.Use, p.Name = AsAccessToken, "Authorization"
			s = strings.TrimSpace(rest)
		}
		if rest, ok := cutPrefixFold(s, "bearer"); ok && rest != "" && strings.ContainsAny(rest[:1], " \t\n") {
			r.took(Bearer)
			s = strings.TrimSpace(rest)
		}
		if n := len(s); n >= 2 && strings.ContainsRune("\"'`", rune(s[0])) {
			r.took(Quotes)
			s = strings.TrimSuffix(s[1:], s[:1])
		}
		if trimmed := strings.TrimRight(s, ",;\"'`"); trimmed != s {
			r.took(Quotes)
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

// settle takes value for the token, unless it says that the token is elsewhere.
func (p *Paste) settle(value string) {
	switch {
	case isPlaceholder(value):
		p.Elsewhere = "variable"
	case strings.HasPrefix(value, "@") && !strings.Contains(value, "."+"ey"):
		p.Elsewhere = "file"
	default:
		p.Token = secret.New(value)
	}
}

// isPlaceholder recognises what shells, Postman and manuals have in a token's
// place.
func isPlaceholder(s string) bool {
	if s == "" || len(s) > 120 || strings.ContainsAny(s, " \n\t") {
		return false
	}
	return s[0] == '$' || s[0] == '<' && s[len(s)-1] == '>' || strings.HasPrefix(s, "{{") ||
		s[0] == '%' && s[len(s)-1] == '%' && len(s) > 2
}

// isTokenText says whether s has no character that a JWT, or a damaged one,
// cannot have, and something of a JWT: a dot.
func isTokenText(s string) bool {
	return strings.Contains(s, ".") && strings.IndexFunc(s, func(c rune) bool { return !isTokenRune(c) }) < 0
}

// isTokenRune also takes what a wrong base64 brings in, and the mark of something
// that was left out.
func isTokenRune(c rune) bool {
	return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || strings.ContainsRune("-_.+/=…", c)
}

// LooksLikeJWT says whether s begins as every JWT does, with an encoded {" , and
// has a dot.
func LooksLikeJWT(s string) bool {
	return len(s) > 20 && strings.HasPrefix(s, "ey") && isTokenText(s)
}

// tokensIn finds the different tokens in a text, those with three parts first.
func tokensIn(text string) []string {
	var found []string
	for _, run := range strings.FieldsFunc(text, func(c rune) bool { return !isTokenRune(c) }) {
		// A name and =, or a path, may stand right before it.
		for _, before := range []string{"=ey", "/ey"} {
			if i := strings.LastIndex(run, before); i >= 0 && (before == "=ey" || !strings.HasPrefix(run, "ey")) {
				run = run[i+1:]
			}
		}
		run = strings.TrimRight(run, ".…")
		if LooksLikeJWT(run) && !slices.Contains(found, run) {
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

// parts is 0 for a text of three parts, else 1.
func parts(s string) int {
	if strings.Count(s, ".") == 2 {
		return 0
	}
	return 1
}
