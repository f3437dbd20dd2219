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

// RESTletPath is the URL path of every RESTlet.
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
// Help, section_4634920277; the order of NetSuite's checks is not known.
func (s *Server) restlet(x *exchange.Exchange) exchange.Answer {
	r := x.Request
	// A GET without a Content-Type means JSON: a guess.
	format, accepted := formatJSON, true
	if types := r.Header.Values("Content-Type"); len(types) > 0 {
		t := exchange.MediaType(types[0])
		if accepted = len(types) == 1 && slices.Contains(restletFormats, t); accepted {
			format = t
		}
	} else {
		accepted = r.Method == http.MethodGet || r.Method == http.MethodHead
	}
	refused := func(code, reason string, status int, basis verdict.Basis, nsCode, message string) exchange.Answer {
		return x.Refused(code, reason, restletError(format, status, basis, nsCode, message))
	}
	if x.Service == account.SuiteTalkSuffix {
		return refused("api.restlet-error", "a RESTlet on the host of SuiteTalk",
			http.StatusForbidden, verdict.Guess, "INVALID_DOMAIN", "The RESTlet was called on a domain that does not serve RESTlets.")
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
	x.Note(found.Mapping, http.StatusOK)
	query := r.URL.Query()
	i := slices.IndexFunc(x.Account.RESTlets, func(l account.RESTlet) bool {
		return l.Script == query.Get("script") && l.Deploy == query.Get("deploy")
	})
	if i < 0 {
		return refused("api.restlet-error", "no RESTlet with this script and deployment", http.StatusNotFound, verdict.Observed, "SSS_INVALID_SCRIPTLET_ID", "That Suitelet is invalid, disabled, or no longer exists.")
	}
	if audience := x.Account.RESTlets[i].Audience; len(audience) > 0 && !slices.Contains(audience, found.Mapping.Role.ID) {
		return refused("api.permission-missing", "the role is not in the audience of the deployment", http.StatusForbidden, verdict.Guess, "INSUFFICIENT_PERMISSION", "You do not have privileges to view this page.")
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost:
	default:
		a := refused("request.wrong-method", "the RESTlet has no function for this method", http.StatusMethodNotAllowed, verdict.Guess, "SSS_INVALID_METHOD", "The RESTlet has no function for this method.")
		a.Header = map[string]string{"Allow": "GET, POST"}
		return a
	}
	if !accepted {
		return refused("request.content-type", "a RESTlet does not accept this Content-Type", http.StatusUnsupportedMediaType, verdict.Guess, "SSS_INVALID_CONTENT_TYPE",
			"Unsupported Content-Type: a RESTlet accepts application/json, text/plain and application/xml.")
	}
	body, err := io.ReadAll(r.Body)
	bad := func(reason, nsCode, message string) exchange.Answer {
		return refused("api.invalid-request", reason, http.StatusBadRequest, verdict.Guess, nsCode, message)
	}
	switch {
	case err != nil:
		return bad(exchange.Incomplete(err), "INVALID_REQUEST", "The body cannot be read: "+exchange.Incomplete(err)+".")
	case r.Method != http.MethodPost && len(body) > 0:
		return bad("a GET with a body", "INVALID_REQUEST", "A GET request must not have a body.")
	case r.Method == http.MethodPost && format == formatJSON && !json.Valid(body):
		return bad("the body is not valid JSON", "SYNTAX_ERROR", "The body is not valid JSON.")
	}
	return runRESTlet(format, r.Method, query, body)
}

// runRESTlet is the script itself. It echoes the request.
func runRESTlet(format, method string, query url.Values, body []byte) exchange.Answer {
	if method == http.MethodPost && format != formatJSON {
		return exchange.Answer{Status: http.StatusOK, ContentType: format + ";charset=utf-8", Body: body, Basis: verdict.Guess}
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

// restletRefusal translates an error of REST Web Services to that of a RESTlet.
func restletRefusal(format string, a exchange.Answer) exchange.Answer {
	status, code, message := a.Status, "INVALID_LOGIN_ATTEMPT", "Invalid login attempt."
	switch a.Status {
	case http.StatusTooManyRequests: // bridgehead_1525252812; users report this message
		status, code, message = http.StatusBadRequest, "SSS_REQUEST_LIMIT_EXCEEDED", "Request Limit Exceeded!"
	case http.StatusBadRequest:
		code, message = "INVALID_REQUEST", "The request could not be understood by the server due to malformed syntax."
	}
	out := restletError(format, status, verdict.Official, code, message)
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
		_ = xml.EscapeText(&b, []byte(code)) // writing to a Builder never fails
		b.WriteString("</code><message>")
		_ = xml.EscapeText(&b, []byte(message))
		b.WriteString("</message></error>\n")
		a.Body = []byte(b.String())
	default:
		a.Body = exchange.JSON(status, "", basis, map[string]any{"error": map[string]string{"code": code, "message": message}}).Body
	}
	return a
}
