package emulator

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// The names that programs give to parameters of the token request, instead of
// the right ones. assertion is RFC 7523's own, of its other use of a JWT.
func misnomers(parameter string) []string {
	switch parameter {
	case "client_assertion":
		return []string{"assertion", "clientAssertion", "client-assertion", "clientassertion", "jwt", "token", "client_secret"}
	case "client_assertion_type":
		return []string{"assertion_type", "clientAssertionType", "client-assertion-type", "clientassertiontype"}
	case "grant_type":
		return []string{"grantType", "grant-type", "granttype", "grant"}
	}
	return nil
}

// nameInstead is the name that a missing parameter has in this form, "" if it
// is not there at all.
func nameInstead(form url.Values, parameter string) string {
	for _, name := range sortedKeys(form) {
		if len(form[name]) == 1 && name != parameter && strings.EqualFold(strings.TrimSpace(name), parameter) {
			return name
		}
	}
	for _, name := range misnomers(parameter) {
		if len(form[name]) != 1 {
			continue
		}
		if parameter == "client_assertion" && strings.Count(form.Get(name), ".") != 2 {
			continue // a client secret, or some other token
		}
		return name
	}
	return ""
}

// misplaced says where a parameter is that the form lacks.
func misplaced(form, query url.Values, parameter string) string {
	if query.Has(parameter) {
		return " in the body; it is in the URL"
	}
	name := nameInstead(form, parameter)
	if name == "" {
		return ""
	}
	return "; there is one named " + logText(name, 40)
}

// multipartForm reads the parameters of a body that is multipart/form-data. Files are
// no parameters, and what follows on a part that breaks off is left out.
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

// jsonForm reads the parameters of a body that is a JSON object of texts.
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

// habitsOfForm finds the habits of a token request around its assertion.
func habitsOfForm(header http.Header, form url.Values) []Habit {
	var found []Habit
	for _, h := range []struct {
		habit Habit
		there bool
	}{
		{HabitClientIDField, form.Has("client_id")},
		{HabitScopeField, form.Has("scope")},
		{HabitBasicHeader, header.Get("Authorization") != ""},
		{HabitCookie, header.Get("Cookie") != ""},
	} {
		if h.there {
			found = append(found, h.habit)
		}
	}
	return found
}

// habitsOfAssertion finds the habits of an assertion. It decides nothing: it
// says of an accepted assertion what nobody knows about NetSuite.
func habitsOfAssertion(raw string, a *account) []Habit {
	token, err := parseJWS(raw)
	if err != nil {
		return nil
	}
	has := func(name string) bool { _, there := token.claims[name]; return there }
	_, typ := token.header["typ"]
	iat, iatFraction, iatOK := seconds(token.claims, "iat")
	exp, expFraction, expOK := seconds(token.claims, "exp")
	aud, _ := stringMember(token.claims, "aud")
	list, _ := texts(token.claims, "aud")
	audArray := len(list) == 1
	if audArray {
		aud = list[0]
	}
	scope, _ := stringMember(token.claims, "scope")
	var found []Habit
	for _, h := range []struct {
		habit Habit
		there bool
	}{
		{HabitTypMissing, !typ},
		{HabitNbf, has("nbf")},
		{HabitSub, has("sub")},
		{HabitJTI, has("jti")},
		{HabitLifetimeHour, iatOK && expOK && exp-iat == int64(MaxLifetime/time.Second)},
		{HabitFractionalTime, iatFraction || expFraction},
		{HabitAudienceArray, audArray},
		{HabitAudienceRESTlet, aud == "https://"+a.label+restletsSuffix+tokenPath},
		{HabitScopeComma, strings.Contains(scope, ",")},
		{HabitScopeSpace, strings.Contains(scope, " ")},
	} {
		if h.there {
			found = append(found, h.habit)
		}
	}
	return found
}

// Codes are the codes that a verdict may have, sorted.
func Codes() []string {
	var codes []string
	for code := range rules() {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	return codes
}
