package capture

import (
	"mime"
	"slices"
	"strings"
)

// Kind is what is wrong with a request: the part of a finding code behind
// "request.".
type Kind string

// The kinds, in the order in which a request's faults are listed.
const (
	KindWrongMethod          Kind = "wrong-method"
	KindContentType          Kind = "content-type"
	KindParameterMissing     Kind = "parameter-missing"
	KindParameterRepeated    Kind = "parameter-repeated"
	KindClientAuthentication Kind = "client-authentication"
	KindCookie               Kind = "cookie"
)

// KindInfo is one kind and the reasons that it can come with.
type KindInfo struct {
	Kind    Kind
	Reasons []string
}

// Kinds lists every kind that is raised.
func Kinds() []KindInfo {
	return []KindInfo{
		{KindWrongMethod, []string{""}},
		{KindContentType, []string{"", "missing", "json-body"}},
		{KindParameterMissing, []string{"", "wrong-name", "wrong-value", "in-query"}},
		{KindParameterRepeated, []string{""}},
		{KindClientAuthentication, []string{""}},
		{KindCookie, []string{""}},
	}
}

// Fault is one thing that is wrong with a request. Evidence has names in
// snake_case and texts; no value of a header or parameter is among them but a
// media type and a short word, and no name that could be a value.
type Fault struct {
	Kind     Kind
	Reason   string
	Evidence map[string]any
}

// Alike says whether another fault is of the same kind and reason.
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

// misnomers are what programs call a parameter instead. assertion is the name in
// RFC 7523's other use of a JWT, as a grant.
var misnomers = map[string][]string{
	"grant_type":            {"grantType", "grant-type", "granttype", "grant"},
	"client_assertion_type": {"clientAssertionType", "client-assertion-type", "clientassertiontype", "assertion_type"},
	"client_assertion":      {"assertion", "clientAssertion", "client-assertion", "clientassertion", "jwt", "client_secret", "token"},
}

// judge says what is known of a request and what is wrong with it; nil if there
// is nothing to go by.
func (q *request) judge() *Request {
	out := &Request{Method: shown(q.method), URL: shownURL(q.url), ToTokenEndpoint: q.asksForToken()}
	for _, p := range q.params {
		out.Parameters = append(out.Parameters, shown(p.name))
		if len(out.Parameters) == maxNames {
			break
		}
	}
	if len(q.contentType) > 0 {
		out.ContentType = shown(mediaType(q.contentType[0]))
	}
	switch {
	case out.ToTokenEndpoint:
		out.Faults = slices.Concat(q.judgeMethod(), q.judgeContentType(), q.judgeParameters(), q.judgeRepeated(),
			q.judgeAuthentication(), q.judgeCookie())
	case q.url == "":
		return nil // a token response, or some other JSON
	default:
		out.Faults = q.judgeCookie()
	}
	return out
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

func (q *request) judgeMethod() []*Fault {
	if q.method == "" || q.method == "POST" {
		return nil
	}
	return []*Fault{{KindWrongMethod, "", map[string]any{"method": shown(q.method)}}}
}

func (q *request) judgeContentType() []*Fault {
	if q.method != "" && q.method != "POST" && !q.hasBody {
		return nil // there is nothing to have a type
	}
	if len(q.contentType) == 0 {
		switch {
		case q.kind == bodyJSON:
			return []*Fault{{KindContentType, "json-body", map[string]any{}}}
		case q.headers:
			return []*Fault{{KindContentType, "missing", map[string]any{}}}
		}
		return nil
	}
	if got := mediaType(q.contentType[0]); got != formType {
		return []*Fault{{KindContentType, "", map[string]any{"content_type": shown(got)}}}
	}
	if q.kind == bodyJSON {
		return []*Fault{{KindContentType, "json-body", map[string]any{"content_type": formType}}}
	}
	return nil
}

func mediaType(s string) string {
	if t, _, err := mime.ParseMediaType(s); err == nil {
		return t
	}
	s, _, _ = strings.Cut(s, ";")
	return strings.ToLower(strings.TrimSpace(s))
}

func (q *request) judgeParameters() []*Fault {
	var faults []*Fault
	for _, name := range required {
		i := slices.IndexFunc(q.params, func(p pair) bool { return p.name == name })
		if i >= 0 {
			if want := requiredValue[name]; want != "" && q.params[i].value != want && !isPlaceholder(q.params[i].value) {
				ev := map[string]any{"parameter": name, "expected": want}
				if isWord(q.params[i].value) {
					ev["actual"] = q.params[i].value
				}
				faults = append(faults, &Fault{KindParameterMissing, "wrong-value", ev})
			}
			if name == "client_assertion" && strings.TrimSpace(q.params[i].value) == "" {
				faults = append(faults, &Fault{KindParameterMissing, "", map[string]any{"parameter": name}})
			}
			continue
		}
		switch instead := q.instead(name); {
		case instead != "":
			faults = append(faults, &Fault{KindParameterMissing, "wrong-name", map[string]any{"parameter": name, "given": shown(instead)}})
		case count(q.query, name) > 0:
			faults = append(faults, &Fault{KindParameterMissing, "in-query", map[string]any{"parameter": name}})
		case !q.opaque:
			faults = append(faults, &Fault{KindParameterMissing, "", map[string]any{"parameter": name}})
		}
	}
	return faults
}

// instead is the name under which a parameter that is missing was given, or "".
// Only what looks like a JWT is taken for the assertion.
func (q *request) instead(name string) string {
	for _, p := range q.params {
		switch {
		case strings.EqualFold(strings.TrimSpace(p.name), name):
			return p.name
		case !slices.Contains(misnomers[name], p.name):
		case name != "client_assertion", LooksLikeJWT(p.value), isPlaceholder(p.value) && p.name != "client_secret":
			return p.name
		}
	}
	return ""
}

func (q *request) judgeRepeated() []*Fault {
	var faults []*Fault
	times := map[string]int{}
	for _, p := range q.params {
		if times[p.name]++; times[p.name] == 2 && len(faults) < maxNames {
			faults = append(faults, &Fault{KindParameterRepeated, "", map[string]any{"parameter": shown(p.name)}})
		}
	}
	return faults
}

func (q *request) judgeAuthentication() []*Fault {
	var what []string
	if len(q.authorization) > 0 {
		what = append(what, "an Authorization header")
	}
	for _, name := range []string{"client_id", "client_secret"} {
		if count(q.params, name)+count(q.query, name) > 0 && q.instead("client_assertion") != name {
			what = append(what, name)
		}
	}
	if len(what) == 0 {
		return nil
	}
	return []*Fault{{KindClientAuthentication, "", map[string]any{"what": what}}}
}

func (q *request) judgeCookie() []*Fault {
	if !q.cookie {
		return nil
	}
	return []*Fault{{KindCookie, "", map[string]any{}}}
}

// maxNames and maxName bound what is repeated of a request. Names are shorter than
// every secret: in a request that is out of order, one may stand in a name's place.
const (
	maxNames = 32
	maxName  = 40
)

// unshown stands for what is not repeated.
const unshown = "..."

// shown is a name, a method or a media type as it may be repeated.
func shown(s string) string {
	if len(s) > maxName || LooksLikeJWT(s) || strings.IndexFunc(s, func(c rune) bool {
		return !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.ContainsRune("_-./+[]", c))
	}) >= 0 {
		return unshown
	}
	return s
}

// shownURL is a URL whose parts could all be names.
func shownURL(s string) string {
	scheme, rest, absolute := strings.Cut(s, "://")
	if !absolute {
		scheme, rest = "", s
	}
	if len(rest) > maxURL {
		return unshown
	}
	parts := strings.Split(rest, "/")
	for i, part := range parts {
		if i > 0 || !absolute { // the first is the host
			parts[i] = shown(part)
		} else if !isHost(part) {
			parts[i] = unshown
		}
	}
	if rest = strings.Join(parts, "/"); absolute {
		return shown(scheme) + "://" + rest
	}
	return rest
}

// isHost says whether a host, with or without a port, can be repeated: label by
// label, since a token has dots as well, and may stand behind something else.
func isHost(s string) bool {
	unfit := func(label string) bool { return shown(label) == unshown }
	return len(s) <= 253 && !LooksLikeJWT(s) && !slices.ContainsFunc(strings.Split(strings.ReplaceAll(s, ":", "."), "."), unfit)
}

// maxURL is longer than any URL of NetSuite's API.
const maxURL = 2000

// isWord says whether a value is one of a vocabulary, such as a grant type: it
// can be repeated.
func isWord(s string) bool {
	return len(s) > 0 && len(s) <= 80 && !LooksLikeJWT(s) &&
		strings.IndexFunc(s, func(c rune) bool { return !('a' <= c && c <= 'z' || strings.ContainsRune("_:-", c)) }) < 0
}
