package capture

import (
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/secret"
)

const formType = "application/x-www-form-urlencoded"

// Request is what is known of the request around a token: nothing in it is a
// secret.
type Request struct {
	Method string // "" if the text does not say
	// URL is without user, query and fragment; "" if the text does not say.
	URL string
	// ContentType is the media type of the body, in lower case; "" if there is
	// none, or the text does not say.
	ContentType string
	// Parameters are the names in form or JSON body, in order.
	Parameters []string
	// ToTokenEndpoint says that it asks for an access token, and is no call of an API.
	ToTokenEndpoint bool
	// Faults are what is wrong with it, in the order of Kinds.
	Faults []*Fault
}

// pair is a parameter.
type pair struct{ name, value string }

// bodyKind is how a body is written.
type bodyKind int

const (
	bodyForm bodyKind = iota
	bodyJSON
	bodyMultipart
	bodyOther
)

// request is everything that was read, secrets too. It stays in this package.
type request struct {
	method, url, path string
	written           string // the URL as it was given
	query             []pair
	params            []pair
	kind              bodyKind
	hasBody           bool
	opaque            bool // a part of the body is not in the text
	variable          bool // it is in a variable that the text does not set
	headers           bool // the text shows every header there is
	authorization     []string
	contentType       []string
	cookie            bool
	encoded           bool // a value was percent-encoded
	get, put          bool // options of curl
}

func (q *request) header(name, value string) {
	value = strings.TrimSpace(value)
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "authorization":
		q.authorization = append(q.authorization, value)
	case "content-type":
		q.contentType = append(q.contentType, value)
	case "cookie":
		q.cookie = true
	case "host":
		if q.url != "" && strings.HasPrefix(q.url, "/") {
			q.url = "https://" + value + q.url
		}
	}
}

func (q *request) add(name, value string) { q.params = append(q.params, pair{name, value}) }

// body reads a body by its looks.
func (q *request) body(text string) {
	switch trimmed := strings.TrimSpace(text); {
	case strings.HasPrefix(trimmed, "{"):
		q.kind = bodyJSON
		q.jsonBody(trimmed)
	case strings.HasPrefix(trimmed, "--") && strings.Contains(trimmed, "form-data"):
		q.kind = bodyMultipart
		q.multipartBody(trimmed)
	case strings.Contains(trimmed, "="):
		q.encoded = q.encoded || strings.Contains(trimmed, "%")
		q.params = append(q.params, pairs(strings.Join(strings.Fields(trimmed), ""))...)
	case trimmed != "":
		q.kind = bodyOther
	}
}

// jsonBody takes the texts of a JSON object for parameters, in the order of the
// text. Of a body that is no JSON nothing is taken.
func (q *request) jsonBody(text string) {
	dec := json.NewDecoder(strings.NewReader(text))
	if token, err := dec.Token(); err != nil || token != json.Delim('{') {
		q.opaque = true
		return
	}
	for dec.More() {
		name, err := dec.Token()
		var value any
		if err != nil || dec.Decode(&value) != nil {
			q.opaque = true
			return
		}
		if s, isText := value.(string); isText {
			q.add(name.(string), s)
		}
	}
}

func (q *request) multipartBody(text string) {
	boundary, _, _ := strings.Cut(text, "\n")
	if len(q.contentType) > 0 {
		if _, params, err := mime.ParseMediaType(q.contentType[0]); err == nil && params["boundary"] != "" {
			boundary = "--" + params["boundary"]
		}
	}
	r := multipart.NewReader(strings.NewReader(strings.ReplaceAll(text, "\n", "\r\n")), strings.TrimPrefix(strings.TrimSpace(boundary), "--"))
	for {
		part, err := r.NextPart()
		if err != nil {
			return
		}
		value, err := io.ReadAll(part)
		if err != nil {
			return
		}
		q.add(part.FormName(), string(value))
	}
}

// pairs reads name=value&name=value. A + stays, because a token in plain base64
// has it; so does an escape that is none.
func pairs(s string) []pair {
	var list []pair
	for item := range strings.SplitSeq(s, "&") {
		if item == "" {
			continue
		}
		name, value, _ := strings.Cut(item, "=")
		list = append(list, pair{unescape(name), unescape(value)})
	}
	return list
}

func unescape(s string) string {
	if decoded, err := url.PathUnescape(s); err == nil {
		return decoded
	}
	return s
}

// names of parameters and JSON members that hold a token, those of assertions
// first.
var (
	assertionNames = []string{"client_assertion", "assertion", "clientAssertion", "client-assertion", "clientassertion", "jwt"}
	accessNames    = []string{"access_token", "accessToken", "access-token"}
)

// fromRequest finds the token of a request and judges what is around it.
func (r *reader) fromRequest(form Form, q *request) *Paste {
	if form == Curl {
		q.headers = true
		q.finish()
	}
	p := &Paste{Form: form}
	p.Request = q.judge()
	r.named(q, p, AsAssertion, assertionNames)
	r.named(q, p, AsAccessToken, accessNames)
	if !p.Token.IsZero() || p.Elsewhere != "" {
		return p
	}
	for _, value := range q.authorization {
		if scheme, rest, _ := strings.Cut(value, " "); strings.EqualFold(scheme, "bearer") || LooksLikeJWT(scheme) {
			r.took(HeaderName)
			p.Use, p.Name = AsAccessToken, "Authorization"
			token := r.undress(value, &Paste{})
			if strings.EqualFold(token, "bearer") {
				token = strings.TrimSpace(rest)
			}
			p.settle(token)
			return p
		}
	}
	for _, x := range slices.Concat(q.params, q.query) {
		if LooksLikeJWT(x.value) {
			p.Name = x.name
			r.value(x.value, q, p)
			return p
		}
	}
	switch {
	case q.variable:
		p.Elsewhere = "variable"
	case q.opaque:
		p.Elsewhere = "file"
	}
	return p
}

// named takes the value of the first parameter that has one of names for the
// token, in the order of names, unless a token was found before.
func (r *reader) named(q *request, p *Paste, use Use, names []string) {
	for _, name := range names {
		for _, params := range [][]pair{q.params, q.query} {
			if !p.Token.IsZero() || p.Elsewhere != "" {
				return
			}
			i := slices.IndexFunc(params, func(x pair) bool { return strings.EqualFold(x.name, name) && x.value != "" })
			if i >= 0 {
				p.Use, p.Name = use, params[i].name
				r.value(params[i].value, q, p)
			}
		}
	}
}

// elsewhere looks for a token in the text around a request that has none, or only a
// variable's name in its place: in a script it is set somewhere above.
func (r *reader) elsewhere(p *Paste, text string) {
	if !p.Token.IsZero() {
		return
	}
	found := tokensIn(text)
	if len(found) == 0 {
		return
	}
	for _, what := range []string{Parameter, Member, PercentEncoding} {
		delete(r.stripped, what) // from around the variable
	}
	r.took(Around)
	p.Elsewhere, p.Token, p.Others = "", secret.New(found[0]), len(found)-1
}

// value takes a parameter's value for the token.
func (r *reader) value(value string, q *request, p *Paste) {
	if q.kind == bodyJSON {
		r.took(Member)
	} else {
		r.took(Parameter)
	}
	if q.encoded {
		r.took(PercentEncoding)
	}
	p.settle(value)
}

// form reads the body of a form by itself, also with its parameters in lines, as
// Postman copies them.
func (r *reader) form(text string) *Paste {
	sep := ""
	for _, s := range []string{"=", ":"} {
		name, _, ok := strings.Cut(strings.TrimLeft(text, "&?\"' "), s)
		if ok && isParameter(strings.TrimSpace(name)) {
			sep = s
		}
	}
	if sep == "" {
		return nil
	}
	q := &request{hasBody: true}
	if lines := strings.Split(text, "\n"); len(lines) > 1 && allPairs(lines, sep) || sep == ":" {
		for _, line := range lines {
			name, value, _ := strings.Cut(strings.TrimRight(strings.TrimLeft(line, "& "), "& "), sep)
			q.add(strings.TrimSpace(name), strings.TrimSpace(value))
		}
	} else {
		text = strings.Trim(text, "\"'` ")
		if joined := strings.Join(strings.Fields(text), ""); joined != text {
			r.noteSpace(text, joined)
		}
		q.body(strings.TrimLeft(text, "&?"))
	}
	return r.fromRequest(URLForm, q)
}

// isParameter says whether a form may begin with this name.
func isParameter(name string) bool {
	return slices.Contains(required, name) || slices.Contains(assertionNames, name) || slices.Contains(accessNames, name) ||
		slices.ContainsFunc(required, func(p string) bool { return slices.Contains(misnomers[p], name) }) ||
		slices.Contains([]string{"client_id", "client_secret", "scope"}, name)
}

func allPairs(lines []string, sep string) bool {
	for _, line := range lines {
		name, _, ok := strings.Cut(strings.TrimLeft(line, "& "), sep)
		if !ok || strings.ContainsAny(strings.TrimSpace(name), " &.") {
			return false
		}
	}
	return true
}

// json reads a JSON body, a token response, or any JSON with a token in it.
func (r *reader) json(text string) *Paste {
	if text == "" || !strings.ContainsRune("{[", rune(text[0])) || !json.Valid([]byte(text)) {
		return nil
	}
	q := &request{hasBody: true, kind: bodyJSON}
	if text[0] == '{' {
		q.jsonBody(text)
	}
	p := r.fromRequest(JSON, q)
	if p.Token.IsZero() && p.Elsewhere == "" {
		found := tokensIn(text)
		if len(found) == 0 {
			return nil
		}
		return r.fromText(text, found)
	}
	return p
}
