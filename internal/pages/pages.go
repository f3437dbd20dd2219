// Package pages follows the pages of a list as NetSuite gives them: collections
// of records, and SuiteQL. It holds one record at a time, whatever the list's
// length, and trusts no page: each says where the next one is.
//
// Source of the shape: Oracle NetSuite Help, page section_156414087576.
package pages

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/nsauth/nsauth/netsuite"
)

// MaxItem bounds one record, in bytes, and whatever else stands between two.
const MaxItem = 16 << 20

// Walk says how a list is read.
type Walk struct {
	// Resolve checks a request without sending it: [netsuite.Client.HTTPRequest].
	Resolve func(netsuite.Request) (*http.Request, error)
	// Open sends the request for a page, counted from 1. Its error ends the walk.
	Open func(ctx context.Context, r netsuite.Request, page int) (io.ReadCloser, error)
	// Item gets each record as it came; it is not to be kept. Its error ends the walk.
	Item func(json.RawMessage) error
	// MaxPages ends the walk, 0 never.
	MaxPages int
}

// Result is what was read.
type Result struct {
	Pages, Items int
	More         bool // MaxPages ended it before the list did
}

// Fault is a page that cannot be followed.
type Fault struct {
	// Reason is one of
	//	not-a-list    an answer without items
	//	malformed     not the JSON of one page
	//	too-large     a record of more than MaxItem bytes
	//	loop          the next page is one that was read already
	//	no-progress   an empty page that says that there is more
	//	foreign-host  the next page is on another host
	//	next          the address of the next page cannot be used
	Reason string
	Page   int    // from 1
	URL    string // of this page
	Host   string // of the next page, with foreign-host
}

func (f *Fault) Error() string { return "page " + strconv.Itoa(f.Page) + ": " + f.Reason }

// Run reads the list that first asks for, page by page. The next page is where
// the link "next" says, else, as long as a page says hasMore, at the offset behind
// this one. Method, header and body stay those of first. Errors of its own are a
// *Fault; others are those of Resolve, Open, Item and of the body.
func (w Walk) Run(ctx context.Context, first netsuite.Request) (Result, error) {
	var got Result
	resolved, err := w.Resolve(first)
	if err != nil {
		return got, err
	}
	r, at := first, resolved.URL
	seen := map[[sha256.Size]byte]bool{sha256.Sum256([]byte(at.String())): true}
	for {
		number := got.Pages + 1
		fault := func(reason string) error { return &Fault{Reason: reason, Page: number, URL: at.String()} }
		p, err := w.page(ctx, r, number)
		got.Items += p.items
		if err != nil {
			if reason, own := reasons[err]; own {
				err = fault(reason)
			}
			return got, err
		}
		got.Pages++
		next, more := p.after(at)
		switch {
		case !more:
			return got, nil
		case p.items == 0:
			return got, fault("no-progress")
		case got.Pages == w.MaxPages:
			got.More = true
			return got, nil
		}
		r.URL = next
		resolved, err := w.Resolve(r)
		var foreign *netsuite.ForeignHostError
		switch {
		case errors.As(err, &foreign):
			return got, &Fault{Reason: "foreign-host", Page: number, URL: at.String(), Host: foreign.Host}
		case err != nil:
			return got, fault("next")
		}
		sum := sha256.Sum256([]byte(resolved.URL.String()))
		if seen[sum] {
			return got, fault("loop")
		}
		seen[sum], at = true, resolved.URL
	}
}

func (w Walk) page(ctx context.Context, r netsuite.Request, number int) (page, error) {
	body, err := w.Open(ctx, r, number)
	if err != nil {
		return page{}, err
	}
	defer body.Close()
	return read(body, w.Item)
}
