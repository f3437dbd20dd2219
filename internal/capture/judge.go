package capture

import (
	"mime"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/secret"
)

// Kind is what is wrong with a request: the part of a finding code after "request.".
type Kind string

// The kinds, in the order in which a request's faults are listed.
const (
	KindWrongMethod          Kind = "wrong-method"
	KindContentType          Kind = "content-type"
	KindParameterMissing     Kind = "parameter-missing"
	KindParameterRepeated    Kind = "parameter-repeated"
	KindClientAuthentication Kind = "client-authentication"
	KindCookie               Kind = "cookie"
	KindClientSecretFlow     Kind = "client-secret-flow"
	KindEncodedTwice         Kind = "encoded-twice"
)

// Fault is one thing that is wrong with a request. Evidence has names in snake_case.
// Of headers and parameters it has only names, a media type and short words.
type Fault struct {
	Kind     Kind
	Reason   string
	Evidence map[string]any
}

// Alike reports whether another fault has the same kind and reason.
func (f *Fault) Alike(other *Fault) bool { return f.Kind == other.Kind && f.Reason == other.Reason }

func (f *Fault) Error() string {
	s := "request: " + string(f.Kind)
	if f.Reason != "" {
		s += ": " + f.Reason
	}
	return s
}

const (
	grantType     = "client_credentials"
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
)

// required are the parameters of the token request, and the one value that two
// of them have (Oracle NetSuite Help, page section_162755359851).
var required = []string{"grant_type", "client_assertion_type", "client_assertion"}

var requiredValue = map[string]string{"grant_type": grantType, "client_assertion_type": assertionType}

// misnomers are wrong names that programs use for a parameter. assertion is the name in
// RFC 7523's other use of a JWT, as a grant.
var misnomers = map[string][]string{
	"grant_type":            {"grantType", "grant-type", "granttype", "grant"},
	"client_assertion_type": {"clientAssertionType", "client-assertion-type", "clientassertiontype", "assertion_type"},
	"client_assertion":      {"assertion", "clientAssertion", "client-assertion", "clientassertion", "jwt", "client_secret", "token"},
}

// judge returns the request without its secrets, with its faults; nil if there is
// too little to judge.
func (q *request) judge() *Request {
	r := &Request{Method: secret.Name(q.method), URL: secret.URL(q.url), ToTokenEndpoint: q.asksForToken()}
	if q.url == "" && !r.ToTokenEndpoint {
		return nil // a token response, or some other JSON
	}
	for _, p := range q.params[:min(len(q.params), maxNames)] {
		r.Parameters = append(r.Parameters, secret.Name(p.name))
	}
	if len(q.contentType) > 0 {
		r.ContentType = secret.Name(mediaType(q.contentType[0]))
	}
	r.Written = secret.New(q.written)
	if r.OtherFlow = q.otherFlow(); r.OtherFlow != "" {
		return r
	}
	if r.ToTokenEndpoint && q.secretFlow() {
		r.fault(KindClientSecretFlow, "")
		return r
	}
	if r.ToTokenEndpoint {
		if q.method != "" && q.method != "POST" {
			r.fault(KindWrongMethod, "", "method", secret.Name(q.method))
		}
		q.judgeContentType(r)
		for _, name := range required {
			q.judgeParameter(r, name)
		}
		q.judgeRepeated(r)
		q.judgeAuthentication(r)
	}
	if q.cookie {
		r.fault(KindCookie, "")
	}
	return r
}

// fault adds a fault with evidence, which is names and values in turn.
func (r *Request) fault(kind Kind, reason string, evidence ...any) {
	f := &Fault{kind, reason, map[string]any{}}
	for i := 0; i < len(evidence); i += 2 {
		f.Evidence[evidence[i].(string)] = evidence[i+1]
	}
	r.Faults = append(r.Faults, f)
}

// asksForToken tells a token request from a call.
func (q *request) asksForToken() bool {
	path := strings.TrimRight(strings.ToLower(q.path), "/")
	if strings.HasSuffix(path, "/token") || strings.Contains(path, "/oauth2/") && strings.HasSuffix(path, "token") {
		return true
	}
	has := func(name string) bool { return count(q.params, name)+count(q.query, name) > 0 }
	if q.url == "" && len(q.query) == 0 && q.kind == bodyJSON && has("access_token") {
		return false // the answer
	}
	return has("grant_type") || has("client_assertion") || has("client_assertion_type") || has("assertion") && q.hasBody
}

func count(params []pair, name string) int {
	n := 0
	for _, p := range params {
		if p.name == name {
			n++
		}
	}
	return n
}

func (q *request) judgeContentType(r *Request) {
	if q.method != "" && q.method != "POST" && !q.hasBody {
		return // without a body there is no type
	}
	declared := len(q.contentType) > 0
	switch {
	case declared && mediaType(q.contentType[0]) != formType:
		r.fault(KindContentType, "", "content_type", r.ContentType)
	case declared && q.kind == bodyJSON:
		r.fault(KindContentType, "json-body", "content_type", formType)
	case q.kind == bodyJSON:
		r.fault(KindContentType, "json-body")
	case !declared && q.allHeaders:
		r.fault(KindContentType, "missing")
	}
}

func mediaType(s string) string {
	if t, _, err := mime.ParseMediaType(s); err == nil {
		return t
	}
	s, _, _ = strings.Cut(s, ";")
	return strings.ToLower(strings.TrimSpace(s))
}

// judgeParameter judges one of the required parameters.
func (q *request) judgeParameter(r *Request, name string) {
	i := slices.IndexFunc(q.params, func(p pair) bool { return p.name == name })
	if i < 0 {
		switch instead := q.misnamed(name); {
		case instead != "":
			r.fault(KindParameterMissing, "wrong-name", "parameter", name, "given", secret.Name(instead))
		case count(q.query, name) > 0:
			r.fault(KindParameterMissing, "in-query", "parameter", name)
		case !q.incomplete:
			r.fault(KindParameterMissing, "", "parameter", name)
		}
		return
	}
	value, want := q.params[i].value, requiredValue[name]
	switch decoded := decodedFully(value); {
	case decoded != value && want != "" && decoded == want && q.kind == bodyForm:
		r.fault(KindEncodedTwice, "", "parameter", name, "expected", want)
	case decoded != value && want == "" && secret.LooksLikeJWT(decoded) && q.kind == bodyForm:
		r.fault(KindEncodedTwice, "assertion", "parameter", name)
	case want != "" && value != want && !isPlaceholder(value):
		evidence := []any{"parameter", name, "expected", want}
		if secret.IsWord(value) || secret.IsNear(value, want) {
			evidence = append(evidence, "actual", value)
		}
		reason := "wrong-value"
		if slices.Contains(otherFlows, value) { // right for another flow
			reason, evidence = OtherFlow, append(evidence, "unclear", true)
		}
		r.fault(KindParameterMissing, reason, evidence...)
	case want == "" && surrounding(value) != "" && q.kind != bodyMultipart: // there the type is the first fault
		r.fault(KindParameterMissing, "surrounded", "parameter", name, "surrounding", surrounding(value))
	case want == "" && strings.TrimSpace(value) == "":
		r.fault(KindParameterMissing, "", "parameter", name)
	}
}

// misnamed returns the wrong name under which a missing parameter was given, or "". The
// value of the assertion must look like a JWT.
func (q *request) misnamed(name string) string {
	for _, p := range q.params {
		switch {
		case strings.EqualFold(strings.TrimSpace(p.name), name):
			return p.name
		case !slices.Contains(misnomers[name], p.name):
		case name != "client_assertion", secret.LooksLikeJWT(p.value), isPlaceholder(p.value) && p.name != "client_secret":
			return p.name
		}
	}
	return ""
}

func (q *request) judgeRepeated(r *Request) {
	times, repeated := map[string]int{}, 0
	for _, p := range q.params {
		if times[p.name]++; times[p.name] == 2 && repeated < maxNames {
			repeated++
			r.fault(KindParameterRepeated, "", "parameter", secret.Name(p.name))
		}
	}
}

func (q *request) judgeAuthentication(r *Request) {
	var what []string
	if len(q.authorization) > 0 {
		what = append(what, "an Authorization header")
	}
	for _, name := range []string{"client_id", "client_secret"} {
		if count(q.params, name)+count(q.query, name) > 0 && q.misnamed("client_assertion") != name {
			what = append(what, name)
		}
	}
	if len(what) > 0 {
		r.fault(KindClientAuthentication, "", "what", what)
	}
}

// maxNames bounds what is repeated of a request.
const maxNames = 32
