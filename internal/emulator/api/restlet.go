package api

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/exchange"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// RESTletPath is where every RESTlet of an account is called.
const RESTletPath = "/app/site/hosting/restlet.nl"

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
func (s *Server) restlet(x *exchange.Exchange) exchange.Answer {
	r := x.Request
	// A GET without a Content-Type is taken as JSON: a guess.
	format, taken := formatJSON, true
	if types := r.Header.Values("Content-Type"); len(types) > 0 {
		t := exchange.MediaType(types[0])
		if taken = len(types) == 1 && slices.Contains(restletFormats, t); taken {
			format = t
		}
	} else {
		taken = r.Method == http.MethodGet || r.Method == http.MethodHead
	}
	if x.Service == account.SuiteTalkSuffix {
		x.Refuse("api.restlet-error", "a RESTlet on the host of SuiteTalk")
		return restletError(format, http.StatusForbidden, verdict.Guess, "INVALID_DOMAIN", "The RESTlet was called on a domain that does not serve RESTlets.")
	}
	found, a := s.session(x)
	if found == nil {
		return restletRefusal(format, a)
	}
	if !slices.Contains(found.Scope, "restlets") {
		x.Refuse("token.scope", "the token lacks the scope restlets")
		x.Note(found.Mapping, http.StatusUnauthorized)
		return restletRefusal(format, exchange.InvalidLogin(x.Account.ID))
	}
	query := r.URL.Query()
	i := slices.IndexFunc(x.Account.RESTlets, func(l account.RESTlet) bool {
		return l.Script == query.Get("script") && l.Deploy == query.Get("deploy")
	})
	if i < 0 {
		x.Refuse("api.restlet-error", "no RESTlet with this script and deployment")
		return restletError(format, http.StatusNotFound, verdict.Observed, "SSS_INVALID_SCRIPTLET_ID", "That Suitelet is invalid, disabled, or no longer exists.")
	}
	if audience := x.Account.RESTlets[i].Audience; len(audience) > 0 && !slices.Contains(audience, found.Mapping.Role.ID) {
		x.Refuse("api.permission-missing", "the role is not in the audience of the deployment")
		return restletError(format, http.StatusForbidden, verdict.Guess, "INSUFFICIENT_PERMISSION", "You do not have privileges to view this page.")
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost:
	default:
		x.Refuse("request.wrong-method", "the RESTlet has no function for this method")
		a := restletError(format, http.StatusMethodNotAllowed, verdict.Guess, "SSS_INVALID_METHOD", "The RESTlet has no function for this method.")
		a.Header = map[string]string{"Allow": "GET, POST"}
		return a
	}
	if !taken {
		return x.Refused("request.content-type", "Content-Type is none that a RESTlet takes", restletError(format, http.StatusUnsupportedMediaType, verdict.Guess, "SSS_INVALID_CONTENT_TYPE",
			"Unsupported Content-Type: a RESTlet takes application/json, text/plain and application/xml."))
	}
	body, err := io.ReadAll(r.Body)
	switch {
	case err != nil:
		x.Refuse("api.invalid-request", exchange.Incomplete(err))
		return restletError(format, http.StatusBadRequest, verdict.Guess, "INVALID_REQUEST", "The body cannot be read: "+exchange.Incomplete(err)+".")
	case r.Method != http.MethodPost && len(body) > 0:
		return x.Refused("api.invalid-request", "a GET with a body", restletError(format, http.StatusBadRequest, verdict.Guess, "INVALID_REQUEST", "A GET request must not have a body."))
	case r.Method == http.MethodPost && format == formatJSON && !json.Valid(body):
		return x.Refused("api.invalid-request", "the body is no JSON", restletError(format, http.StatusBadRequest, verdict.Guess, "SYNTAX_ERROR", "The body is no JSON."))
	}
	return runRESTlet(format, r.Method, query, body)
}

// runRESTlet is the script itself: an echo.
func runRESTlet(format, method string, query url.Values, body []byte) exchange.Answer {
	if method == http.MethodPost && format != formatJSON {
		return exchange.Answer{Status: http.StatusOK, ContentType: format + ";charset=utf-8", Header: nil, Body: body, Basis: verdict.Guess}
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
	return exchange.JSON(http.StatusOK, exchange.TypeJSON, verdict.Guess, out)
}

// restletRefusal is the refusal of REST web services in the words of RESTlets.
func restletRefusal(format string, a exchange.Answer) exchange.Answer {
	var out exchange.Answer
	switch a.Status {
	case http.StatusTooManyRequests: // bridgehead_1525252812; the message as users show it
		out = restletError(format, http.StatusBadRequest, verdict.Official, "SSS_REQUEST_LIMIT_EXCEEDED", "Request Limit Exceeded!")
	case http.StatusBadRequest:
		out = restletError(format, a.Status, verdict.Official, "INVALID_REQUEST", "The request could not be understood by the server due to malformed syntax.")
	default:
		out = restletError(format, a.Status, verdict.Official, "INVALID_LOGIN_ATTEMPT", "Invalid login attempt.")
	}
	out.Header = a.Header
	return out
}

// restletError is the body that Oracle documents in three formats (section_4634920277).
func restletError(format string, status int, basis verdict.Basis, code, message string) exchange.Answer {
	a := exchange.Answer{Status: status, ContentType: format + ";charset=utf-8", Basis: basis}
	switch format {
	case formatText:
		a.Body = []byte("error code: " + code + "\nerror message: " + message + "\n")
	case formatXML:
		var b strings.Builder
		b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n<error><code>")
		_ = xml.EscapeText(&b, []byte(code)) // a Builder takes everything
		b.WriteString("</code><message>")
		_ = xml.EscapeText(&b, []byte(message))
		b.WriteString("</message></error>\n")
		a.Body = []byte(b.String())
	default:
		type inner struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		}
		a.Body = exchange.JSON(status, "", basis, map[string]inner{"error": {code, message}}).Body
	}
	return a
}
