package netsuite

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"

	"github.com/nsauth/nsauth/internal/paginate"
)

// ListError is a list that cannot be read to its end. The records before it are right.
type ListError struct {
	// Reason is one of
	//	not-a-list    an answer without items
	//	malformed     not the JSON of one page
	//	too-large     a record of more than 16 MiB
	//	loop          the next page is one that was read already
	//	no-progress   an empty page that says that there is more
	//	foreign-host  the next page is on another host, and was not requested
	//	foreign-path  the next page is on another path, and was not requested
	//	next          the address of the next page cannot be used
	//	incomplete    the list ended before Total; NetSuite ends each after 1,000 pages
	//	              and 100,000 records
	//	limit         the list ended there, and no page says how long it is
	Reason string
	Page   int    // from 1
	URL    string // of this page
	Host   string // of the next page, with foreign-host
	Items  int    // records up to here, from the list's begin
	Total  int    // records of the list as the last page says, with incomplete
}

func (e *ListError) Error() string {
	if e.Reason == "incomplete" {
		return fmt.Sprintf("list: page %d: incomplete, %d of %d records", e.Page, e.Items, e.Total)
	}
	return fmt.Sprintf("list: page %d: %s", e.Page, e.Reason)
}

// Records makes a call whose answer is a list, and returns its records from all pages:
// a collection of records (GET), or a SuiteQL query (POST, with the header Prefer:
// transient). The next page is requested while the records of this one are used, with
// the same method, header and body. It holds two pages in memory. Write the largest
// limit into the URL (limit=1000): NetSuite ends a list after 1,000 pages.
//
//	for record, err := range session.Records(ctx, netsuite.Request{URL: "/services/rest/record/v1/customer?limit=1000"}) {
//
// An error is the last pair: a [*ListError], or an error of [Session.Open] or
// [Stream.Read]. Pages are retried as [Session.Open] does, for any method: a list
// changes nothing.
func (s *Session) Records(ctx context.Context, r Request) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		if err := s.client.Check(r); err != nil {
			yield(nil, err)
			return
		}
		list := *s
		list.reads = true
		at := func(ref string) Request {
			page := r
			page.URL = ref
			return page
		}
		_, err := paginate.Walk{
			Resolve: func(ref string) (*url.URL, error) { return paginate.URLOf(s.client.HTTPRequest(at(ref))) },
			Open: func(ctx context.Context, ref string, _ int) (io.ReadCloser, error) {
				stream, err := list.Open(ctx, at(ref))
				if err != nil {
					return nil, err
				}
				stream.DiscardBody()
				return stream, nil
			},
			Item: func(record json.RawMessage) error {
				if !yield(bytes.Clone(record), nil) {
					return errEnough
				}
				return nil
			},
		}.Run(ctx, r.URL)
		var fault *paginate.Fault
		switch {
		case err == nil || errors.Is(err, errEnough):
			return
		case errors.As(err, &fault):
			e := ListError(*fault)
			err = &e
		}
		yield(nil, err)
	}
}

// errEnough ends a walk whose caller wants no more records.
var errEnough = errors.New("enough")
