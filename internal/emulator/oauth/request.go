package oauth

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/emulator/exchange"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// misnomers are wrong names that programs use for the parameters of a token request.
// RFC 7523 itself uses assertion, for its other use of a JWT.
var misnomers = map[string][]string{
	"client_assertion":      {"assertion", "clientAssertion", "client-assertion", "clientassertion", "jwt", "token", "client_secret"},
	"client_assertion_type": {"assertion_type", "clientAssertionType", "client-assertion-type", "clientassertiontype"},
	"grant_type":            {"grantType", "grant-type", "granttype", "grant"},
}

// misnamed is the wrong name under which a form has a parameter, "" if none.
func misnamed(form url.Values, parameter string) string {
	for _, name := range slices.Sorted(maps.Keys(form)) {
		if len(form[name]) == 1 && name != parameter && strings.EqualFold(strings.TrimSpace(name), parameter) {
			return name
		}
	}
	for _, name := range misnomers[parameter] {
		if len(form[name]) != 1 {
			continue
		}
		if parameter == "client_assertion" && strings.Count(form.Get(name), ".") != 2 {
			continue // a client secret or another token
		}
		return name
	}
	return ""
}

// misplaced says where a missing parameter was sent instead.
func misplaced(form, query url.Values, parameter string) string {
	if query.Has(parameter) {
		return " in the body; it is in the URL"
	}
	name := misnamed(form, parameter)
	if name == "" {
		return ""
	}
	return "; the form has " + verdict.LogText(name, 40)
}

// multipartForm reads the parameters of a multipart/form-data body, without files and
// without anything that follows a damaged part.
func multipartForm(contentType string, body []byte) (url.Values, bool) {
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil || media != "multipart/form-data" || params["boundary"] == "" {
		return nil, false
	}
	form := url.Values{}
	for parts := multipart.NewReader(bytes.NewReader(body), params["boundary"]); ; {
		part, err := parts.NextRawPart()
		if err != nil {
			return form, true
		}
		value, err := io.ReadAll(part)
		if err == nil && part.FileName() == "" {
			form.Add(part.FormName(), string(value))
		}
	}
}

// jsonForm reads the string members of a body that is a JSON object.
func jsonForm(body []byte) (url.Values, bool) {
	if !strings.HasPrefix(strings.TrimLeft(string(body[:min(len(body), 64)]), " \t\r\n"), "{") {
		return nil, false
	}
	var members map[string]any
	if err := json.Unmarshal(body, &members); err != nil {
		return nil, false
	}
	form := url.Values{}
	for name, value := range members {
		if text, isText := value.(string); isText {
			form.Set(name, text)
		}
	}
	return form, true
}

func judgeContentType(x *exchange.Exchange) {
	switch types := x.Request.Header.Values("Content-Type"); {
	case len(types) == 0:
		x.Refuse("request.content-type", "no Content-Type; want application/x-www-form-urlencoded")
	case len(types) > 1:
		x.Refuse("request.content-type", "more than one Content-Type")
	case exchange.MediaType(types[0]) != "application/x-www-form-urlencoded":
		x.Refuse("request.content-type", "Content-Type is "+verdict.LogText(exchange.MediaType(types[0]), 40)+", not application/x-www-form-urlencoded")
	}
}

// readParameters reads the parameters of a body in any of three formats, so that one
// verdict lists every error. ok is false if the body has none of them.
func readParameters(x *exchange.Exchange, body []byte) (form url.Values, ok bool) {
	if form, isJSON := jsonForm(body); isJSON {
		if len(x.Verdict.Refusals) == 0 || x.Verdict.Refusals[0].Code != "request.content-type" {
			x.Refuse("request.content-type", "the body is JSON, not a form")
		}
		return form, true
	}
	if form, isMultipart := multipartForm(x.Request.Header.Get("Content-Type"), body); isMultipart {
		return form, true
	}
	form, err := url.ParseQuery(string(body))
	return form, err == nil
}

// secretFlow says with what a request authenticates if that is a client secret, as other
// servers' client credentials flow demands (RFC 6749, section 2.3.1); "" if it is not.
func secretFlow(header http.Header, form, query url.Values) string {
	for _, name := range []string{"client_assertion", "client_assertion_type"} {
		if form.Has(name) || query.Has(name) || misnamed(form, name) != "" {
			return ""
		}
	}
	grant, has := form.Get("grant_type"), form.Has("grant_type")
	basic := strings.HasPrefix(strings.ToLower(header.Get("Authorization")), "basic ")
	switch {
	case has && grant != "client_credentials":
		return ""
	case form.Has("client_secret"):
		return "client_secret"
	case basic && has:
		return "a Basic header"
	}
	return ""
}

// decodeTwice refuses parameters that are URL-encoded twice, and decodes them, so that the
// assertion is judged too.
func decodeTwice(x *exchange.Exchange, form url.Values) {
	for _, name := range []string{"grant_type", "client_assertion_type", "client_assertion"} {
		values := form[name]
		if len(values) != 1 || !strings.Contains(values[0], "%") {
			continue
		}
		plain, err := url.PathUnescape(values[0])
		if err != nil {
			continue
		}
		want := map[string]string{"grant_type": "client_credentials", "client_assertion_type": assertionType}[name]
		switch {
		case want != "" && plain == want:
			x.Refuse("request.encoded-twice", name+" is URL-encoded twice; want "+want)
		case want == "" && strings.Count(plain, ".") == 2 && strings.Count(values[0], ".") < 2:
			x.Refuse("request.encoded-twice", name+" is URL-encoded twice; its dots are %2E")
		default:
			continue
		}
		form.Set(name, plain)
	}
}
