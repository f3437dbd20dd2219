package netsuite

import (
	"cmp"
	"encoding/json"
	"encoding/xml"
	"strings"

	"github.com/nsauth/nsauth/internal/text"
)

// Bounds of texts from a body, in characters.
const (
	maxCode = 100
	maxText = 1000
)

var (
	// The characters of RFC 6749, section 5.2, except the space. NetSuite's own
	// codes are capital letters and underscores.
	codeShape       = text.Regexp(`^[\x21\x23-\x5B\x5D-\x7E]{1,100}$`)
	errorIDInDetail = text.Regexp(`Error ID: ?([0-9A-Za-z_-]+)`)
	challengeError  = text.Regexp(`(?i)\bBearer\b.*?\berror="([^"]*)"`)
)

// errorCode is s if it can be an error code, else "".
func errorCode(s string) string {
	if !codeShape().MatchString(s) {
		return ""
	}
	return s
}

// APIErrorFrom reads the error in an answer of a REST call or RESTlet. It returns
// nil for a nil answer and for a status 2xx. Any other answer gives an error, at
// least with the status.
func APIErrorFrom(a *Answer) *APIError {
	if a == nil || a.Status/100 == 2 {
		return nil
	}
	e := &APIError{Answer: a}
	m := members(a.Body)
	e.Title = oneLine(stringMember(m, "title"), maxText)
	var details []json.RawMessage
	json.Unmarshal(m["o:errorDetails"], &details)
	sources := []map[string]json.RawMessage{m}
	if len(details) > 0 {
		sources = []map[string]json.RawMessage{members(details[0]), m}
	}
	for _, s := range sources {
		e.Code = cmp.Or(e.Code, errorCode(stringMember(s, "o:errorCode")))
		e.Detail = cmp.Or(e.Detail, oneLine(stringMember(s, "detail"), maxText))
		e.ErrorPath = cmp.Or(e.ErrorPath, oneLine(stringMember(s, "o:errorPath"), maxText))
	}
	restlet := members(m["error"])
	e.Code = cmp.Or(e.Code, errorCode(stringMember(restlet, "code")), errorCode(stringMember(m, "error")))
	e.Detail = cmp.Or(e.Detail, oneLine(stringMember(restlet, "message"), maxText),
		oneLine(stringMember(m, "error_description"), maxText))
	if m == nil && !a.IsHTML() {
		code, message := restletErrorNotJSON(a.Body)
		e.Code, e.Detail = errorCode(code), oneLine(message, maxText)
	}
	if c := challengeError().FindStringSubmatch(strings.Join(a.Header.Values("WWW-Authenticate"), ", ")); c != nil {
		e.Code = cmp.Or(e.Code, errorCode(c[1]))
	}
	if id := errorIDInDetail().FindStringSubmatch(e.Detail); id != nil {
		e.ErrorID = id[1]
	}
	return e
}

var textError = text.Regexp(`^\s*error code: ?(\S+)\s*\n(?:error )?message: ?([^\r\n]*)`)

// restletErrorNotJSON reads the error of a RESTlet that was not called with JSON:
// XML, or lines of text (Oracle NetSuite Help, section_4634920277).
func restletErrorNotJSON(body []byte) (code, message string) {
	if m := textError().FindSubmatch(body); m != nil {
		return string(m[1]), string(m[2])
	}
	var e struct {
		XMLName xml.Name `xml:"error"`
		Code    string   `xml:"code"`
		Message string   `xml:"message"`
	}
	if xml.Unmarshal(body, &e) != nil {
		return "", ""
	}
	return e.Code, e.Message
}
