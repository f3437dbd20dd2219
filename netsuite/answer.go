package netsuite

import (
	"bytes"
	"encoding/json"
	"html"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/nsauth/nsauth/internal/secret"
	"github.com/nsauth/nsauth/internal/text"
)

// MaxBody bounds how much of an answer's body is read, in bytes. NetSuite's
// tokens and errors are a few kilobytes.
const MaxBody = 1 << 20

// Answer is the response to one request, of any status.
type Answer struct {
	Method string // of the request
	URL    string // of the request, complete
	// Sent is the time just before the request was written to its connection.
	// Received is the time when the answer's header had been read. Both are by
	// [Options].Now. The server set Date between the two.
	Sent, Received time.Time
	Protocol       string      // such as HTTP/2.0
	Status         int         // of HTTP
	Header         http.Header // secrets that were sent are replaced, as in Body
	// Body holds at most [MaxBody] bytes. A placeholder replaces an issued token,
	// and the assertion or access token of the request.
	Body      []byte
	Truncated bool // the body was longer than Body
	// RemoteAddr is the address at the other end of the connection: the proxy's,
	// if there is one.
	RemoteAddr string
	// Addresses are the addresses that this request resolved the host's name to.
	// It is nil without a lookup: through a proxy or on a kept connection.
	Addresses  []string
	TLSVersion string            // "TLS 1.3"; "" for plain http
	TLSIssuer  string            // of the server's certificate; names an inspecting proxy
	Chain      []PeerCertificate // presented by the server, leaf first
	Timings    Timings           // how long each phase took
}

// Date is the server's time from its Date header, in whole seconds (RFC 9110,
// section 6.6.1). It is false if the header is missing or invalid.
func (a *Answer) Date() (time.Time, bool) {
	t, err := http.ParseTime(a.Header.Get("Date"))
	return t, err == nil
}

// ContentType is the media type in lower case, without parameters; "" if it is
// missing or invalid.
func (a *Answer) ContentType() string {
	t, _, err := mime.ParseMediaType(a.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return t
}

// IsJSON reports whether the body is a complete JSON object or array. It ignores
// the Content-Type and a byte order mark.
func (a *Answer) IsJSON() bool {
	b := bytes.TrimLeft(text.TrimBOM(a.Body), " \t\r\n")
	return !a.Truncated && len(b) > 0 && (b[0] == '{' || b[0] == '[') && json.Valid(b)
}

// IsHTML reports whether the body is a web page: HTML by its header or its
// beginning, and not JSON.
func (a *Answer) IsHTML() bool {
	if a.IsJSON() {
		return false
	}
	t := a.ContentType()
	return t == "text/html" || t == "application/xhtml+xml" ||
		strings.HasPrefix(http.DetectContentType(a.Body), "text/html")
}

var htmlTitle = text.Regexp(`(?is)<title\b[^>]*>(.*?)</title\s*>`)

// HTMLTitle is the title of an HTML page, on one line; "" if there is none.
func (a *Answer) HTMLTitle() string {
	m := htmlTitle().FindSubmatch(a.Body)
	if m == nil || !a.IsHTML() {
		return ""
	}
	return oneLine(html.UnescapeString(string(m[1])), 120)
}

// oneLine makes a server's text safe to show: a single line without control or
// formatting characters, of at most max characters.
func oneLine(s string, max int) string {
	// Four bytes for each character, and as many for what is dropped below.
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

// The places where a token may be in a body of the token endpoint: members of JSON, even
// if the document is cut off inside them, parameters of a form, elements of XML. What has
// the shape of a JWT is hidden anywhere.
var (
	tokenMember  = text.Regexp(`(?i)("(?:[a-z]+_?)?token"\s*:\s*")(?:[^"\\]|\\.)*\\?`)
	tokenElement = text.Regexp(`(?i)((?:[a-z]+_?)?token(?:=|>\s*)"?)[^\s"'<>&]+`)
	tokenShape   = text.Regexp(`eyJ[0-9A-Za-z_-]{8,}(?:\.[0-9A-Za-z_-]*)*`)
	tokenName    = text.Regexp(`(?i)^(?:[a-z]+_?)?token$`)
)

// hideTokens replaces issued tokens in a body of the token endpoint.
func hideTokens(body []byte) []byte {
	var parsed any
	if json.Unmarshal(text.TrimBOM(body), &parsed) == nil {
		for _, token := range tokensIn(parsed) { // also of a name with escapes
			body = bytes.ReplaceAll(body, []byte(token), []byte(secret.Placeholder))
		}
	}
	for _, pattern := range []func() *regexp.Regexp{tokenMember, tokenElement} {
		body = pattern().ReplaceAll(body, []byte("${1}"+secret.Placeholder))
	}
	return tokenShape().ReplaceAll(body, []byte(secret.Placeholder))
}

// tokensIn are the texts in a JSON value whose name is that of a token.
func tokensIn(value any) (found []string) {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			found = append(found, tokensIn(item)...)
		}
	case map[string]any:
		for name, item := range v {
			if s, is := item.(string); is && s != "" && tokenName().MatchString(name) {
				found = append(found, s)
			}
			found = append(found, tokensIn(item)...)
		}
	}
	return found
}

// hide replaces secrets in everything that the server wrote.
func (a *Answer) hide(secrets []string) {
	for _, s := range secrets {
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

// secretParts are the secret and its signature alone, the part that must stay
// secret. Short texts are left out: they would match anywhere.
func secretParts(secret string) []string {
	const short = 16
	var found []string
	for _, s := range []string{secret, secret[strings.LastIndexByte(secret, '.')+1:]} {
		if len(s) >= short && !slices.Contains(found, s) {
			found = append(found, s)
		}
	}
	return found
}
