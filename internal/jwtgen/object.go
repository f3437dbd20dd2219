package jwtgen

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"unicode/utf8"
)

// maxDepth bounds the nesting of a header or claims set. Real ones have two
// levels, or three with an embedded key.
const maxDepth = 16

// maxDuplicates bounds how many duplicates are kept. Each has a path that may be as
// long as the text.
const maxDuplicates = 64

// object is a JSON object with exact numbers (json.Number), and its duplicate members.
// RFC 7515, section 4, forbids them: parsers differ in which one they use. Here, as in
// Go, the last one counts.
type object struct {
	members    map[string]any
	duplicates []string // paths such as "exp" and "jwk.kty", each once, as found
}

// decodeObject reads exactly one JSON object. On an error, reason is one of the reasons
// of malformed, and offset counts bytes of the JSON text.
func decodeObject(data []byte) (o object, reason string, offset int) {
	if bytes.HasPrefix(data, []byte("\xef\xbb\xbf")) {
		return object{}, "byte-order-mark", 0
	}
	if i := invalidUTF8(data); i >= 0 {
		return object{}, "not-utf8", i
	}
	var whole json.RawMessage
	if err := json.Unmarshal(data, &whole); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			offset = int(syntax.Offset)
		}
		return object{}, "json", offset
	}
	// From here on the text is one valid JSON value.
	w := walker{dec: json.NewDecoder(bytes.NewReader(data))}
	w.dec.UseNumber()
	v, ok := w.value("", 0)
	if !ok {
		return object{}, "too-deep", int(w.dec.InputOffset())
	}
	members, ok := v.(map[string]any)
	if !ok {
		return object{}, "not-object", 0
	}
	return object{members, w.duplicates}, "", 0
}

func invalidUTF8(data []byte) int {
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// walker reads valid JSON token by token, because json.Unmarshal would drop duplicate
// members.
type walker struct {
	dec        *json.Decoder
	duplicates []string
}

// value reads the next value. ok is false if it is nested too deeply.
func (w *walker) value(path string, depth int) (v any, ok bool) {
	token, err := w.dec.Token()
	if err != nil || depth > maxDepth {
		return nil, false
	}
	switch token {
	case json.Delim('{'):
		return w.object(path, depth)
	case json.Delim('['):
		return w.array(path, depth)
	}
	return token, true
}

func (w *walker) object(path string, depth int) (any, bool) {
	members := map[string]any{}
	for w.dec.More() {
		token, err := w.dec.Token()
		name, isName := token.(string)
		if err != nil || !isName {
			return nil, false
		}
		at := name
		if path != "" {
			at = path + "." + name
		}
		if _, again := members[name]; again && len(w.duplicates) < maxDuplicates && !slices.Contains(w.duplicates, at) {
			w.duplicates = append(w.duplicates, at)
		}
		v, ok := w.value(at, depth+1)
		if !ok {
			return nil, false
		}
		members[name] = v
	}
	_, err := w.dec.Token() // }
	return members, err == nil
}

func (w *walker) array(path string, depth int) (any, bool) {
	items := []any{}
	for w.dec.More() {
		v, ok := w.value(path, depth+1)
		if !ok {
			return nil, false
		}
		items = append(items, v)
	}
	_, err := w.dec.Token() // ]
	return items, err == nil
}
