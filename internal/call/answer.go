package call

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/nsauth/nsauth/internal/secret"
	"github.com/nsauth/nsauth/internal/text"
	"github.com/nsauth/nsauth/netsuite"
)

// shownMembers are the members of a token endpoint's answer that hold no secret.
var shownMembers = []string{"error", "error_description", "error_uri", "expires_in", "scope", "token_type"}

// jwtLike matches what may be a token, or the beginning of one.
var jwtLike = text.Regexp(`eyJ[0-9A-Za-z_-]{8,}(\.[0-9A-Za-z_-]*)*`)

// withoutToken is an answer of the token endpoint as it may be shown. Of a body that is
// not a plain JSON object, there is only the length and the type: where a token is in it
// is not known.
func withoutToken(a *netsuite.Answer) *netsuite.Answer {
	if a == nil {
		return nil
	}
	shown := *a
	shown.Header = http.Header{}
	for name, values := range a.Header {
		for _, v := range values {
			shown.Header[name] = append(shown.Header[name], jwtLike().ReplaceAllString(v, secret.Placeholder))
		}
	}
	if len(a.Body) == 0 {
		return &shown
	}
	body, plain := plainObject(a.Body)
	if !plain {
		kind := a.ContentType()
		if kind == "" {
			kind = "unknown type"
		}
		body = fmt.Appendf(nil, "(%d bytes of %s, not shown: it is not a plain JSON object)", len(a.Body), kind)
	}
	shown.Body = body
	return &shown
}

// plainObject returns a JSON object of plain values, in which a placeholder replaces every
// text that may be a secret. It is false for anything else: other values in it, a name
// twice or with an escape.
func plainObject(body []byte) ([]byte, bool) {
	d := json.NewDecoder(bytes.NewReader(text.TrimBOM(body)))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, false
	}
	shown := []byte("{")
	var names []string
	for d.More() {
		name, _ := d.Token()
		key, isText := name.(string)
		written, err := json.Marshal(key)
		if !isText || err != nil || slices.Contains(names, key) || !bytes.Contains(body, written) {
			return nil, false
		}
		value, err := d.Token()
		if _, nested := value.(json.Delim); err != nil || nested {
			return nil, false
		}
		if s, is := value.(string); is {
			if value = jwtLike().ReplaceAllString(s, secret.Placeholder); !slices.Contains(shownMembers, key) {
				value = secret.Placeholder
			}
		}
		if len(names) > 0 {
			shown = append(shown, ',')
		}
		names = append(names, key)
		shown = append(append(shown, written...), ':')
		if shown, err = appendJSON(shown, value); err != nil {
			return nil, false
		}
	}
	if _, err := d.Token(); err != nil { // the closing brace
		return nil, false
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, false
	}
	return append(shown, '}'), true
}

func appendJSON(b []byte, value any) ([]byte, error) {
	data, err := encodeJSON(value)
	return append(b, data...), err
}
