// Package paginate follows the pages of a list as NetSuite gives them: collections
// of records, and SuiteQL. It holds two pages, or of longer ones four megabytes each,
// whatever the list's length, and trusts no page: each says where the next one is.
//
// Source of the shape: Oracle NetSuite Help, page section_156414087576.
package paginate

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"strconv"
	"strings"
)

// MaxItem bounds one record, in bytes, and whatever else stands between two.
const MaxItem = 16 << 20

// NetSuite ends a list there, whatever is left of it.
const (
	maxPages   = 1000
	maxResults = 100_000
)

// Foreign is another host, host:port: the error of Resolve, or what it is as.
type Foreign string

func (f Foreign) Error() string { return "another host: " + string(f) }

// URLOf returns the URL of a request, for a Resolve that prepares one.
func URLOf(r *http.Request, err error) (*url.URL, error) {
	if err != nil {
		return nil, err
	}
	return r.URL, nil
}

// Walk says how a list is read.
type Walk struct {
	// Resolve checks the address of a page, which may be relative. The error is a
	// Foreign if it is on another host.
	Resolve func(ref string) (*url.URL, error)
	// Open sends the request for the page at ref, counted from 1. Its error ends the
	// walk, and not ctx: it may hold an answer in place of a page, which is still to be
	// read. It is called while Item still gets the records of the page before, of which
	// everything has been received by then: there are never two answers under way.
	Open func(ctx context.Context, ref string, page int) (io.ReadCloser, error)
	// Item gets each record as it came; it is not to be kept. Its error ends the walk.
	Item func(json.RawMessage) error
	// Done is told of the end of each page; nil if not needed. Its error ends the walk.
	Done func() error
	// MaxPages ends the walk, 0 never.
	MaxPages int
}

// Result is what was read.
type Result struct {
	Pages, Items int
	More         bool // MaxPages ended it before the list did
	// AtLimit says that the list ended at NetSuite's limit for every list. The last page
	// says that there is no more, which may not be so.
	AtLimit bool
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
	//	foreign-path  the next page is on another path, which would be another request
	//	next          the address of the next page cannot be used
	//	incomplete    the last page says that the list is longer than what was read
	//	limit         the list ended at NetSuite's limit, and no page says how long it is
	Reason string
	Page   int    // from 1
	URL    string // of this page
	Host   string // of the next page, with foreign-host
	// Items and Total are what was read, and what the last page says, counted from the
	// list's begin. Total is 0 if it does not say it.
	Items, Total int
}

func (f *Fault) Error() string { return "page " + strconv.Itoa(f.Page) + ": " + f.Reason }

// Run reads the list at first, page by page. The next page is where the link "next"
// says, else, as long as a page says hasMore, at the offset behind this one. Errors of
// its own are a *Fault; others are those of Resolve, Open, Item, Done and of the body.
// When it returns, nothing is under way any more.
func (w Walk) Run(ctx context.Context, first string) (got Result, err error) {
	at, err := w.Resolve(first)
	if err != nil {
		return got, err
	}
	r := &run{Walk: w, at: at, number: 1, seen: map[[sha256.Size]byte]bool{}}
	r.seen[sha256.Sum256([]byte(r.at.String()))] = true
	r.coming = r.fetch(ctx, destination{first, r.at}, 1)
	defer func() { r.coming.drop() }()
	before := 0 // records before the first page
	for {
		p, err := r.page(ctx)
		got.Items += p.items
		if err != nil {
			if reason, own := reasons[err]; own {
				err = r.fault(reason)
			}
			return got, err
		}
		if got.Pages++; got.Pages == 1 {
			before = p.begin(r.at)
		}
		if w.Done != nil {
			if err := w.Done(); err != nil {
				return got, err
			}
		}
		next, more := p.after(r.at)
		switch {
		case !more:
			return r.end(got, before, p.total)
		case p.items == 0:
			return got, r.fault("no-progress")
		case got.Pages == w.MaxPages:
			got.More = true
			return got, nil
		}
		if err := r.turn(ctx, next); err != nil {
			return got, err
		}
	}
}

// end judges the end of a list: whether it is the end of what there is.
func (r *run) end(got Result, before int, total *int) (Result, error) {
	f := &Fault{Page: r.number, URL: r.at.String(), Items: before + got.Items}
	got.AtLimit = got.Pages == maxPages || f.Items == maxResults
	switch {
	case total != nil && *total > f.Items:
		f.Reason, f.Total = "incomplete", *total
	case total == nil && got.AtLimit:
		f.Reason = "limit"
	default:
		return got, nil
	}
	return got, f
}

// run is a walk under way.
type run struct {
	Walk
	at     *url.URL // of the present page
	number int      // of the present page, from 1
	seen   map[[sha256.Size]byte]bool
	coming *fetch // the present page, or the one behind it; nil for none
	spare  *ahead // room for a page, nil for none
}

func (r *run) fault(reason string) error {
	return &Fault{Reason: reason, Page: r.number, URL: r.at.String()}
}

// page reads the page that is coming, and sends for the next one as soon as it is
// known where that is and all of this one was received.
func (r *run) page(ctx context.Context) (page, error) {
	f := r.coming
	r.coming = nil
	if err := f.wait(); err != nil {
		return page{}, err
	}
	defer func() {
		f.drop()
		r.spare = f.page
	}()
	return read(f.page, r.Item, func(p page) {
		next, known := p.soon(r.at)
		if !known || !f.page.whole() || r.number == r.MaxPages {
			return
		}
		if to, err := r.resolve(next); err == nil {
			r.coming = r.fetch(ctx, to, r.number+1)
			runtime.Gosched() // the request goes out before the records are read
		}
	})
}

// turn makes the next page the present one.
func (r *run) turn(ctx context.Context, href string) error {
	if r.coming == nil || r.coming.to.ref != href { // the page said something else in the end
		next, err := r.resolve(href)
		if err != nil {
			return err
		}
		r.coming.drop()
		r.coming = r.fetch(ctx, next, r.number+1)
	}
	next := r.coming.to
	r.seen[sha256.Sum256([]byte(next.url.String()))] = true
	r.at, r.number = next.url, r.number+1
	return nil
}

// destination is a page that may be asked for.
type destination struct {
	ref string // as the page before has it
	url *url.URL
}

// resolve checks the address of the next page. The error is a *Fault.
func (r *run) resolve(href string) (destination, error) {
	resolved, err := r.Resolve(href)
	var foreign Foreign
	switch {
	case errors.As(err, &foreign):
		return destination{}, &Fault{Reason: "foreign-host", Page: r.number, URL: r.at.String(), Host: string(foreign)}
	case err != nil:
		return destination{}, r.fault("next")
	case r.seen[sha256.Sum256([]byte(resolved.String()))]:
		return destination{}, r.fault("loop")
	case !samePath(resolved, r.at):
		return destination{}, r.fault("foreign-path")
	}
	return destination{href, resolved}, nil
}

// samePath reports whether two pages are of one list. NetSuite's links may write the name
// of a record in another case.
func samePath(a, b *url.URL) bool {
	path := func(u *url.URL) string { return strings.TrimRight(u.EscapedPath(), "/") }
	return strings.EqualFold(path(a), path(b))
}
