package netsuite

import (
	"bytes"
	"encoding/json"
	"html"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/nsauth/nsauth/internal/secret"
	"github.com/nsauth/nsauth/internal/text"
)

// MaxBody is how much of an answer's body is read, in bytes. NetSuite's tokens
// and errors are a few kilobytes.
const MaxBody = 1 << 20

// Answer is what came back for one request, whatever its status.
type Answer struct {
	Method string // of the request
	URL    string // that was asked, whole
	// Sent is just before the request was written to its connection and
	// Received when the answer's header had been read, by [Options].Now. The
	// server's clock read Date somewhere between the two.
	Sent, Received time.Time
	Protocol       string      // such as HTTP/2.0
	Status         int         // of HTTP
	Header         http.Header // without secrets that were sent, as Body
	// Body holds at most [MaxBody] bytes. Where the server repeated the
	// assertion or access token that it was sent, or issued a token, a
	// placeholder stands instead.
	Body      []byte
	Truncated bool // the body was longer than Body
	// RemoteAddr is the address that the connection goes to: a proxy's, if
	// there is one.
	RemoteAddr string
	// Addresses are what the host's name was resolved to for this request; nil
	// if nothing was looked up, as behind a proxy or on a kept connection.
	Addresses  []string
	TLSVersion string            // "TLS 1.3"; "" for plain http
	TLSIssuer  string            // of the server's certificate; names an inspecting proxy
	Chain      []PeerCertificate // what the server presented, leaf first
	Timings    Timings           // how long each phase took
}

// Date is the server's clock as its Date header has it, in whole seconds
// (RFC 9110, section 6.6.1). False means that there is none that can be read.
func (a *Answer) Date() (time.Time, bool) {
	t, err := http.ParseTime(a.Header.Get("Date"))
	return t, err == nil
}

// ContentType is the media type in lower case, without parameters; "" if it is
// not stated or cannot be read.
func (a *Answer) ContentType() string {
	t, _, err := mime.ParseMediaType(a.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return t
}

// IsJSON reports whether the body is a whole JSON object or array, whatever
// the header calls it.
func (a *Answer) IsJSON() bool {
	b := bytes.TrimLeft(a.Body, " \t\r\n")
	return !a.Truncated && len(b) > 0 && (b[0] == '{' || b[0] == '[') && json.Valid(b)
}

// IsHTML reports whether the body is a page for people: called HTML by the
// header or recognised by its beginning, and not JSON.
func (a *Answer) IsHTML() bool {
	if a.IsJSON() {
		return false
	}
	t := a.ContentType()
	return t == "text/html" || t == "application/xhtml+xml" ||
		strings.HasPrefix(http.DetectContentType(a.Body), "text/html")
}

var htmlTitle = text.Regexp(`(?is)<title\b[^>]*>(.*?)</title\s*>`)

// HTMLTitle is the title of an HTML page on one line, "" if there is none.
func (a *Answer) HTMLTitle() string {
	m := htmlTitle().FindSubmatch(a.Body)
	if m == nil || !a.IsHTML() {
		return ""
	}
	return oneLine(html.UnescapeString(string(m[1])), 120)
}

// oneLine makes a server's text fit to be shown: a single line without control
// or formatting characters, of at most max characters.
func oneLine(s string, max int) string {
	// Four bytes a character and as many again for what is dropped below.
	if limit := 8 * max; len(s) > limit {
		s = s[:limit]
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	r := []rune(strings.Join(strings.Fields(s), " "))
	if len(r) > max {
		r = append(r[:max-1], '…')
	}
	return string(r)
}

// tokenMember matches the text of a JSON member whose name says that it holds
// a token, also if the document breaks off in it.
var tokenMember = text.Regexp(`(?i)("(?:access|refresh|id)_?token"\s*:\s*")(?:[^"\\]|\\.)*\\?`)

// hideTokens takes issued tokens out of a body of the token endpoint.
func hideTokens(body []byte) []byte {
	return tokenMember().ReplaceAll(body, []byte("${1}"+secret.Placeholder))
}

// hide takes a sent secret out of everything that the server wrote.
func (a *Answer) hide(sent string) {
	for _, s := range parts(sent) {
		a.Body = bytes.ReplaceAll(a.Body, []byte(s), []byte(secret.Placeholder))
		header := http.Header{}
		for name, values := range a.Header {
			// Names are in canonical form, which changes the case of letters.
			if len(name) >= len(s) && strings.Contains(strings.ToLower(name), strings.ToLower(s)) {
				name = secret.Placeholder
			}
			for _, v := range values {
				header[name] = append(header[name], strings.ReplaceAll(v, s, secret.Placeholder))
			}
		}
		a.Header = header
	}
}

// parts are the secret and its signature alone, which is what makes it one. A
// short text is left alone: it would be found everywhere.
func parts(secret string) []string {
	const short = 16
	var found []string
	for _, s := range []string{secret, secret[strings.LastIndexByte(secret, '.')+1:]} {
		if len(s) >= short && !slices.Contains(found, s) {
			found = append(found, s)
		}
	}
	return found
}
