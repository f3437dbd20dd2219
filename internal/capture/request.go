package capture

import (
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/secret"
)

const formType = "application/x-www-form-urlencoded"

// Request is the request around a token, without secrets.
type Request struct {
	Method string // "" if the text does not say
	// URL has no user, query and fragment; "" if the text does not say.
	URL string
	// ContentType is the media type of the body, in lower case; "" if unknown.
	ContentType string
	// Parameters are the names in form or JSON body, in order.
	Parameters []string
	// ToTokenEndpoint says that it requests an access token and is not an API call.
	ToTokenEndpoint bool
	// OtherFlow is the grant type of another flow of NetSuite than M2M, else "".
	OtherFlow string
	// Written is the URL as it was given, with its query.
	Written secret.Secret
	// Faults are what is wrong with it, in the order of the kinds.
	Faults []*Fault
}

// pair is a parameter.
type pair struct{ name, value string }

// bodyKind is the encoding of a body.
type bodyKind int

const (
	bodyForm bodyKind = iota
	bodyJSON
	bodyMultipart
	bodyOther
)

// request is everything that was read, with its secrets. It stays in this package.
type request struct {
	method, url, path string
	written           string // the URL as it was given
	query             []pair
	params            []pair
	kind              bodyKind
	hasBody           bool
	incomplete        bool   // a part of the body is not in the text
	inVariable        bool   // the body is in a variable that the text does not set
	notLogged         bool   // the text is a log without the body
	name              string // of the request in a collection or file
	input             string // the standard input of the command
	shown             string // the line after the first, which may be the status
	entry             string // which one of an archive it is
	length            string // the Content-Length
	implied           string // the Content-Type that a library sends by itself
	post              bool   // a switch of PHP's curl
	by                *library
	answer            *Answer
	allHeaders        bool // the text shows every header
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
	case "content-length":
		q.length = value
	case "host":
		if q.url != "" && strings.HasPrefix(q.url, "/") {
			q.url = "https://" + value + q.url
		}
	}
}

func (q *request) add(name, value string) { q.params = append(q.params, pair{name, value}) }

// body reads a body and guesses its encoding.
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

// jsonBody reads the members of a JSON object as parameters, in order. It ignores an
// invalid one.
func (q *request) jsonBody(text string) {
	v := readJSON(text)
	if v == nil {
		q.incomplete = true
		return
	}
	q.jsonMembers(v)
}

func (q *request) jsonMembers(v *value) {
	for _, x := range v.items {
		if x.value.kind == textValue && x.name != "" {
			q.add(x.name, x.value.text)
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

// pairs reads name=value&name=value. It keeps a +, which a token in plain base64 has,
// and invalid escapes.
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

// Names of parameters and JSON members that contain a token.
var (
	assertionNames = []string{"client_assertion", "assertion", "clientAssertion", "client-assertion", "clientassertion", "jwt"}
	accessNames    = []string{"access_token", "accessToken", "access-token"}
)

// fromRequest finds the token of a request and judges the request.
func (r *reader) fromRequest(form Form, q *request) *Paste {
	if form == Curl {
		q.allHeaders = true
		q.finish()
	}
	p := &Paste{Form: form}
	p.Request = q.judge()
	switch {
	case p.Request == nil || !p.Request.ToTokenEndpoint:
	case p.Request.OtherFlow != "":
		p.NotJudged = OtherFlow
		return p
	case q.notLogged:
		p.NotJudged = "body-not-in-log"
	case q.incomplete && q.hasBody:
		p.NotJudged = "in-part"
	}
	r.fromParameters(q, p, AsAssertion, assertionNames)
	r.fromParameters(q, p, AsAccessToken, accessNames)
	if !p.Token.IsZero() || p.Elsewhere != "" {
		return p
	}
	for _, value := range q.authorization {
		if scheme, rest, _ := strings.Cut(value, " "); strings.EqualFold(scheme, "bearer") || secret.LooksLikeJWT(scheme) {
			r.note(HeaderName)
			p.Use, p.Name = AsAccessToken, "Authorization"
			token := r.unwrap(value, &Paste{})
			if strings.EqualFold(token, "bearer") {
				token = strings.TrimSpace(rest)
			}
			p.setToken(token)
			return p
		}
	}
	for _, x := range slices.Concat(q.params, q.query) {
		if secret.LooksLikeJWT(x.value) {
			p.Name = x.name
			r.setValue(x.value, q, p)
			return p
		}
	}
	switch {
	case q.inVariable:
		p.Elsewhere = "variable"
	case q.notLogged:
		p.Elsewhere = "not-in-log"
	case q.incomplete:
		p.Elsewhere = "file"
	}
	return p
}

// fromParameters uses the first parameter with one of names as the token, in the order of
// names, unless a token was found before.
func (r *reader) fromParameters(q *request, p *Paste, use Use, names []string) {
	for _, name := range names {
		for _, params := range [][]pair{q.params, q.query} {
			if !p.Token.IsZero() || p.Elsewhere != "" {
				return
			}
			i := slices.IndexFunc(params, func(x pair) bool { return strings.EqualFold(x.name, name) && x.value != "" })
			if i >= 0 {
				p.Use, p.Name = use, params[i].name
				r.setValue(params[i].value, q, p)
			}
		}
	}
}

// searchAround looks for a token in the text around a request without one: a script may
// set it in a variable above.
func (r *reader) searchAround(p *Paste, text string) {
	if !p.Token.IsZero() {
		return
	}
	found := tokensIn(text)
	if len(found) == 0 {
		return
	}
	for _, what := range []string{Parameter, Member, PercentEncoding} {
		delete(r.stripped, what) // these were around the variable
	}
	r.note(Around)
	p.Elsewhere, p.Token, p.Others = "", secret.New(found[0]), len(found)-1
}

// setValue uses the value of a parameter as the token.
func (r *reader) setValue(value string, q *request, p *Paste) {
	if q.kind == bodyJSON {
		r.note(Member)
	} else {
		r.note(Parameter)
	}
	if q.encoded {
		r.note(PercentEncoding)
	}
	if decoded := decodedFully(value); decoded != value && secret.LooksLikeJWT(decoded) {
		r.note(PercentEncoding)
		value = decoded
	}
	p.setToken(value)
}

// form reads the body of a form alone. It is nil for other text.
func (r *reader) form(text string) *Paste {
	text = strings.Trim(text, "\"'` ")
	name, _, ok := strings.Cut(strings.TrimLeft(text, "&?"), "=")
	if !ok || !isParameter(strings.TrimSpace(unescape(name))) {
		return nil
	}
	if joined := strings.Join(strings.Fields(text), ""); joined != text {
		r.noteSpace(text, joined)
	}
	q := &request{hasBody: true}
	q.body(strings.TrimLeft(text, "&?"))
	return r.fromRequest(URLForm, q)
}

// isParameter reports whether a form may begin with this name.
func isParameter(name string) bool {
	return slices.Contains(required, name) || slices.Contains(assertionNames, name) || slices.Contains(accessNames, name) ||
		slices.ContainsFunc(required, func(p string) bool { return slices.Contains(misnomers[p], name) }) ||
		slices.Contains([]string{"client_id", "client_secret", "scope"}, name)
}

// json reads a JSON body, a token response, or any JSON with a token in it.
func (r *reader) json(text string) *Paste {
	root := readJSON(text)
	if root == nil {
		return nil
	}
	q := &request{hasBody: true, kind: bodyJSON}
	q.jsonMembers(root)
	if p := r.fromRequest(JSON, q); !p.Token.IsZero() || p.Elsewhere != "" || p.Request.Has(KindClientSecretFlow) {
		return p
	}
	if found := tokensIn(text); len(found) > 0 {
		return r.fromText(text, found)
	}
	return nil
}
