package paginate

import (
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/nsauth/nsauth/internal/text"
)

// The faults of one page, which knows nothing of the others.
var (
	errNotAList  = errors.New("not a list")
	errMalformed = errors.New("malformed")
	errTooLarge  = errors.New("too large")
)

var reasons = map[error]string{errNotAList: "not-a-list", errMalformed: "malformed", errTooLarge: "too-large"}

// page is what one page says beside its records.
type page struct {
	items   int // records read
	next    string
	hasMore *bool
	offset  *int
	count   *int
	total   *int
}

// begin is the offset of the page.
func (p page) begin(at *url.URL) int {
	offset, _ := strconv.Atoi(at.Query().Get("offset"))
	if p.offset != nil {
		offset = *p.offset
	}
	return offset
}

// after is where the next page is; false if there is none.
func (p page) after(at *url.URL) (string, bool) {
	switch {
	case p.hasMore != nil && !*p.hasMore:
		return "", false
	case p.next != "":
		return p.next, true
	case p.hasMore == nil:
		return "", false
	}
	query := at.Query()
	offset := p.begin(at)
	count := p.items
	if p.count != nil && *p.count > 0 {
		count = *p.count
	}
	query.Set("offset", strconv.Itoa(offset+count))
	next := *at
	next.RawQuery = query.Encode()
	return next.String(), true
}

// soon is after for a page whose records are still to come.
func (p page) soon(at *url.URL) (string, bool) {
	if p.next == "" && (p.count == nil || *p.count <= 0) {
		return "", false
	}
	return p.after(at)
}

// read reads one page and hands its records over as they come. begin is told what
// the page says before its records.
func read(body io.Reader, item func(json.RawMessage) error, begin func(page)) (page, error) {
	r := &reader{body: text.WithoutBOM(body), begin: begin}
	// Faster than encoding/json's, which reads every record twice.
	p, err := r.page(jsontext.NewDecoder(r, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)), item)
	if r.err != nil && r.err != io.EOF { // what the decoder makes of it says less
		err = r.err
	}
	return p, err
}

// reader bounds what is read between two records, and keeps the body's error.
type reader struct {
	body  io.Reader
	begin func(page)
	left  int
	err   error
}

func (r *reader) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	if r.left <= 0 {
		r.err = errTooLarge
		return 0, r.err
	}
	n, err := r.body.Read(p[:min(len(p), r.left)])
	r.left -= n
	r.err = err
	return n, err
}

func (r *reader) page(dec *jsontext.Decoder, item func(json.RawMessage) error) (p page, err error) {
	r.left = MaxItem
	switch start, err := dec.ReadToken(); {
	case err != nil:
		return p, errMalformed
	case start.Kind() != '{':
		return p, errNotAList
	}
	listed := false
	for dec.PeekKind() != '}' {
		token, err := dec.ReadToken()
		if err != nil {
			return p, errMalformed
		}
		name := token.String()
		if name != "items" {
			value, err := dec.ReadValue()
			if err != nil {
				return p, errMalformed
			}
			p.note(name, value)
			continue
		}
		if listed {
			return p, errMalformed
		}
		listed = true
		if err := r.items(dec, &p, item); err != nil {
			return p, err
		}
	}
	if _, err := dec.ReadToken(); err != nil {
		return p, errMalformed
	}
	if _, err := dec.ReadToken(); err != io.EOF {
		return p, errMalformed
	}
	if !listed {
		return p, errNotAList
	}
	return p, nil
}

func (r *reader) items(dec *jsontext.Decoder, p *page, item func(json.RawMessage) error) error {
	switch start, err := dec.ReadToken(); {
	case err != nil:
		return errMalformed
	case start.Kind() != '[':
		return errNotAList
	}
	r.begin(*p)
	for dec.PeekKind() != ']' {
		value, err := dec.ReadValue()
		if err != nil {
			return errMalformed
		}
		if err := item(json.RawMessage(value)); err != nil {
			return err
		}
		p.items++
		r.left = MaxItem
	}
	if _, err := dec.ReadToken(); err != nil {
		return errMalformed
	}
	return nil
}

// note keeps a member that says where the next page is. One of another type counts
// as absent.
func (p *page) note(name string, value []byte) {
	switch name {
	case "links":
		var links []struct{ Rel, Href string }
		if json.Unmarshal(value, &links) != nil {
			return
		}
		for _, l := range links {
			if l.Rel == "next" {
				p.next = l.Href
			}
		}
	case "hasMore":
		p.hasMore = member[bool](value)
	case "offset":
		p.offset = member[int](value)
	case "count":
		p.count = member[int](value)
	case "totalResults":
		p.total = member[int](value)
	}
}

func member[T any](value []byte) *T {
	var v *T
	if json.Unmarshal(value, &v) != nil {
		return nil
	}
	return v
}
