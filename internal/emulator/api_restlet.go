package emulator

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// restletPath is where every RESTlet of an account is called.
const restletPath = "/app/site/hosting/restlet.nl"

// RESTlet is one deployment of a script. It answers a GET with the parameters
// that it got, and a POST with the body.
type RESTlet struct {
	Script, Deploy string // as the URL has them: internal IDs or script IDs
	// Audience is the roles that may call it, by ID; empty means every role.
	Audience []int
}

// DefaultRESTlets are there in an account that names none of its own.
func DefaultRESTlets() []RESTlet {
	return []RESTlet{
		{Script: "1", Deploy: "1"},
		{Script: "customscript_nsauth", Deploy: "customdeploy_nsauth"},
	}
}

func (a *account) indexRESTlets() error {
	if a.RESTlets == nil {
		a.RESTlets = DefaultRESTlets()
	}
	a.RESTlets = slices.Clone(a.RESTlets)
	for i, r := range a.RESTlets {
		if r.Script == "" || r.Deploy == "" {
			return fmt.Errorf("RESTlet %q, %q: no script or no deployment", r.Script, r.Deploy)
		}
		if slices.ContainsFunc(a.RESTlets[:i], func(o RESTlet) bool { return o.Script == r.Script && o.Deploy == r.Deploy }) {
			return fmt.Errorf("RESTlet %q, %q: there twice", r.Script, r.Deploy)
		}
		a.RESTlets[i].Audience = slices.Clone(r.Audience)
	}
	return nil
}

// The formats of a RESTlet's answers, which follow the request's Content-Type
// (Oracle NetSuite Help, section_4634920277).
const (
	formatJSON = "application/json"
	formatText = "text/plain"
	formatXML  = "application/xml"
)

var restletFormats = []string{formatJSON, formatText, formatXML}

// restlet answers a call of a RESTlet. The statuses are those of Oracle NetSuite
// Help, section_4634920277; in which order NetSuite looks is not known.
func (s *Server) restlet(x *exchange) answer {
	r := x.request
	// A GET without a Content-Type is taken as JSON: a guess.
	format, taken := formatJSON, true
	if types := r.Header.Values("Content-Type"); len(types) > 0 {
		t := mediaType(types[0])
		if taken = len(types) == 1 && slices.Contains(restletFormats, t); taken {
			format = t
		}
	} else {
		taken = r.Method == http.MethodGet || r.Method == http.MethodHead
	}
	if x.service == suitetalkSuffix {
		x.refuse("api.restlet-error", "a RESTlet on the host of SuiteTalk")
		return restletError(format, http.StatusForbidden, Guess, "INVALID_DOMAIN", "The RESTlet was called on a domain that does not serve RESTlets.")
	}
	found, a := s.authenticate(x)
	if found == nil {
		return restletRefusal(format, a)
	}
	if !slices.Contains(found.scope, "restlets") {
		x.refuse("token.scope", "the token lacks the scope restlets")
		s.note(x, found.mapping, http.StatusUnauthorized)
		return restletRefusal(format, invalidLogin(x.account.ID))
	}
	query := r.URL.Query()
	i := slices.IndexFunc(x.account.RESTlets, func(l RESTlet) bool {
		return l.Script == query.Get("script") && l.Deploy == query.Get("deploy")
	})
	if i < 0 {
		x.refuse("api.restlet-error", "no RESTlet with this script and deployment")
		return restletError(format, http.StatusNotFound, Observed, "SSS_INVALID_SCRIPTLET_ID", "That Suitelet is invalid, disabled, or no longer exists.")
	}
	if audience := x.account.RESTlets[i].Audience; len(audience) > 0 && !slices.Contains(audience, found.mapping.Role.ID) {
		x.refuse("api.permission-missing", "the role is not in the audience of the deployment")
		return restletError(format, http.StatusForbidden, Guess, "INSUFFICIENT_PERMISSION", "You do not have privileges to view this page.")
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost:
	default:
		x.refuse("request.wrong-method", "the RESTlet has no function for this method")
		a := restletError(format, http.StatusMethodNotAllowed, Guess, "SSS_INVALID_METHOD", "The RESTlet has no function for this method.")
		a.header = map[string]string{"Allow": "GET, POST"}
		return a
	}
	if !taken {
		x.refuse("request.content-type", "Content-Type is none that a RESTlet takes")
		return restletError(format, http.StatusUnsupportedMediaType, Guess, "SSS_INVALID_CONTENT_TYPE",
			"Unsupported Content-Type: a RESTlet takes application/json, text/plain and application/xml.")
	}
	body, err := io.ReadAll(r.Body)
	switch {
	case err != nil:
		x.refuse("api.invalid-request", incomplete(err))
		return restletError(format, http.StatusBadRequest, Guess, "INVALID_REQUEST", "The body cannot be read: "+incomplete(err)+".")
	case r.Method != http.MethodPost && len(body) > 0:
		x.refuse("api.invalid-request", "a GET with a body")
		return restletError(format, http.StatusBadRequest, Guess, "INVALID_REQUEST", "A GET request must not have a body.")
	case r.Method == http.MethodPost && format == formatJSON && !json.Valid(body):
		x.refuse("api.invalid-request", "the body is no JSON")
		return restletError(format, http.StatusBadRequest, Guess, "SYNTAX_ERROR", "The body is no JSON.")
	}
	return runRESTlet(format, r.Method, query, body)
}

// runRESTlet is the script itself: an echo.
func runRESTlet(format, method string, query url.Values, body []byte) answer {
	if method == http.MethodPost && format != formatJSON {
		return answer{http.StatusOK, format + ";charset=utf-8", nil, body, Guess}
	}
	out := struct {
		Parameters map[string]string `json:"parameters"`
		Body       json.RawMessage   `json:"body,omitempty"`
	}{Parameters: map[string]string{}}
	for name := range query {
		if name != "script" && name != "deploy" {
			out.Parameters[name] = query.Get(name)
		}
	}
	if method == http.MethodPost {
		out.Body = body
	}
	return jsonAnswer(http.StatusOK, typeJSON, Guess, out)
}

// restletRefusal is the refusal of REST web services in the words of RESTlets.
func restletRefusal(format string, a answer) answer {
	var out answer
	switch a.status {
	case http.StatusTooManyRequests: // bridgehead_1525252812; the message as users show it
		out = restletError(format, http.StatusBadRequest, Official, "SSS_REQUEST_LIMIT_EXCEEDED", "Request Limit Exceeded!")
	case http.StatusBadRequest:
		out = restletError(format, a.status, Official, "INVALID_REQUEST", "The request could not be understood by the server due to malformed syntax.")
	default:
		out = restletError(format, a.status, Official, "INVALID_LOGIN_ATTEMPT", "Invalid login attempt.")
	}
	out.header = a.header
	return out
}

// restletError is the body that Oracle documents in three formats (section_4634920277).
func restletError(format string, status int, basis Basis, code, message string) answer {
	a := answer{status: status, contentType: format + ";charset=utf-8", basis: basis}
	switch format {
	case formatText:
		a.body = []byte("error code: " + code + "\nerror message: " + message + "\n")
	case formatXML:
		var b strings.Builder
		b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n<error><code>")
		_ = xml.EscapeText(&b, []byte(code)) // a Builder takes everything
		b.WriteString("</code><message>")
		_ = xml.EscapeText(&b, []byte(message))
		b.WriteString("</message></error>\n")
		a.body = []byte(b.String())
	default:
		type inner struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		}
		a.body = jsonAnswer(status, "", basis, map[string]inner{"error": {code, message}}).body
	}
	return a
}
