package paginate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
)

const base = "https://1234567.suitetalk.api.netsuite.com/services/rest/record/v1/customer"

// site answers each URL with a body, and refuses other hosts.
type site struct {
	pages map[string]string
	asked []string
	items []string
	wrap  func(io.Reader) io.Reader
	limit int // of items, before Item fails
}

var errItem = errors.New("the output is full")

func (s *site) walk(maxPages int) (Result, error) {
	w := Walk{
		MaxPages: maxPages,
		Resolve: func(ref string) (*url.URL, error) {
			u, err := url.Parse(ref)
			if err != nil {
				return nil, errors.New("unparsable")
			}
			u = must(url.Parse(base)).ResolveReference(u)
			if u.Host != must(url.Parse(base)).Host {
				return nil, Foreign(u.Host)
			}
			return u, nil
		},
		Open: func(_ context.Context, ref string, page int) (io.ReadCloser, error) {
			s.asked = append(s.asked, ref)
			body, ok := s.pages[ref]
			if !ok || page != len(s.asked) {
				return nil, fmt.Errorf("page %d at %s was not expected", page, ref)
			}
			var reader io.Reader = strings.NewReader(body)
			if s.wrap != nil {
				reader = s.wrap(reader)
			}
			return io.NopCloser(reader), nil
		},
		Item: func(raw json.RawMessage) error {
			if s.limit > 0 && len(s.items) == s.limit {
				return errItem
			}
			s.items = append(s.items, string(raw))
			return nil
		},
	}
	return w.Run(context.Background(), base)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestWalk(t *testing.T) {
	next := func(href string) string {
		return `"links":[{"rel":"self","href":"` + base + `"},{"rel":"next","href":"` + href + `"}],`
	}
	for _, tt := range []struct {
		name   string
		pages  map[string]string
		max    int
		want   Result
		fault  string // "" for none
		page   int
		asked  string // URLs, without the base
		items  string
		unless error
	}{
		{name: "links", pages: map[string]string{
			base:               `{` + next(base+"?offset=2") + `"count":2,"hasMore":true,"items":[{"id":"1"}, {"id":"2"}],"offset":0,"totalResults":3}`,
			base + "?offset=2": `{"links":[],"count":1,"hasMore":false,"items":[{"id":"3"}],"offset":2,"totalResults":3}`},
			want: Result{Pages: 2, Items: 3}, asked: " ?offset=2", items: `{"id":"1"} {"id":"2"} {"id":"3"}`},
		{name: "links behind the items, and no hasMore", pages: map[string]string{
			base:               `{"items":[1],` + strings.TrimSuffix(next(base+"?offset=1"), ",") + `}`,
			base + "?offset=1": `{"items":[]}`},
			want: Result{Pages: 2, Items: 1}, asked: " ?offset=1", items: `1`},
		{name: "offsets alone", pages: map[string]string{
			base:               `{"hasMore":true,"count":2,"offset":0,"items":[1,2]}`,
			base + "?offset=2": `{"hasMore":true,"items":[3,4]}`,
			base + "?offset=4": `{"hasMore":false,"items":[5]}`},
			want: Result{Pages: 3, Items: 5}, asked: " ?offset=2 ?offset=4", items: `1 2 3 4 5`},
		{name: "a relative link", pages: map[string]string{
			base:      `{` + next("?page=2") + `"items":[1]}`,
			"?page=2": `{"items":[2]}`},
			want: Result{Pages: 2, Items: 2}, asked: " ?page=2", items: `1 2`},
		{name: "one page", pages: map[string]string{base: `{"items":[]}`}, want: Result{Pages: 1}, asked: ""},
		{name: "a link beside hasMore false", pages: map[string]string{base: `{` + next(base+"?x=1") + `"hasMore":false,"items":[1]}`},
			want: Result{Pages: 1, Items: 1}, items: "1"},
		{name: "as many pages as were asked for", max: 1, pages: map[string]string{base: `{` + next(base+"?x=1") + `"hasMore":true,"items":[1]}`},
			want: Result{Pages: 1, Items: 1, More: true}, items: "1"},
		{name: "the last page is the last that was asked for", max: 1, pages: map[string]string{base: `{"hasMore":false,"items":[1]}`},
			want: Result{Pages: 1, Items: 1}, items: "1"},
		{name: "to itself", pages: map[string]string{base: `{` + next(base) + `"items":[1]}`}, want: Result{Pages: 1, Items: 1}, fault: "loop", page: 1, items: "1"},
		{name: "in a circle", pages: map[string]string{
			base: `{` + next(base+"?a") + `"items":[1]}`, base + "?a": `{` + next(base+"?b") + `"items":[2]}`, base + "?b": `{` + next(base+"?a") + `"items":[3]}`},
			want: Result{Pages: 3, Items: 3}, fault: "loop", page: 3, asked: " ?a ?b", items: "1 2 3"},
		{name: "a server that ignores the offset", pages: map[string]string{
			base: `{"hasMore":true,"offset":0,"items":[1]}`, base + "?offset=1": `{"hasMore":true,"offset":0,"items":[1]}`},
			want: Result{Pages: 2, Items: 2}, fault: "loop", page: 2, asked: " ?offset=1", items: "1 1"},
		{name: "to another host", pages: map[string]string{base: `{` + next("https://evil.example/x") + `"items":[1]}`},
			want: Result{Pages: 1, Items: 1}, fault: "foreign-host", page: 1, items: "1"},
		{name: "D12 to another path", pages: map[string]string{base: `{` + next(strings.Replace(base, "/services/", "/other/services/", 1)+"?x=1") + `"items":[1]}`},
			want: Result{Pages: 1, Items: 1}, fault: "foreign-path", page: 1, items: "1"},
		{name: "D12 to the same path in another case", pages: map[string]string{base: `{` + next(base+"/?x=1") + `"items":[1]}`, base + "/?x=1": `{"items":[2]}`},
			want: Result{Pages: 2, Items: 2}, asked: " /?x=1", items: "1 2"},
		{name: "to nowhere", pages: map[string]string{base: `{` + next(`https://%zz`) + `"items":[1]}`}, want: Result{Pages: 1, Items: 1}, fault: "next", page: 1, items: "1"},
		{name: "no progress", pages: map[string]string{base: `{"hasMore":true,"items":[]}`}, want: Result{Pages: 1}, fault: "no-progress", page: 1},
		{name: "a record", pages: map[string]string{base: `{"id":"107"}`}, fault: "not-a-list", page: 1},
		{name: "an array", pages: map[string]string{base: `[1,2]`}, fault: "not-a-list", page: 1},
		{name: "items of another type", pages: map[string]string{base: `{"items":{}}`}, fault: "not-a-list", page: 1},
		{name: "nothing", pages: map[string]string{base: ``}, fault: "malformed", page: 1},
		{name: "cut off", pages: map[string]string{base: `{"items":[1,2`}, want: Result{Items: 2}, fault: "malformed", page: 1, items: "1 2"},
		{name: "cut off behind the items", pages: map[string]string{base: `{"items":[1,2]`}, want: Result{Items: 2}, fault: "malformed", page: 1, items: "1 2"},
		{name: "something behind it", pages: map[string]string{base: `{"items":[1]}{"items":[2]}`}, want: Result{Items: 1}, fault: "malformed", page: 1, items: "1"},
		{name: "items twice", pages: map[string]string{base: `{"items":[1],"items":[2]}`}, want: Result{Items: 1}, fault: "malformed", page: 1, items: "1"},
		{name: "a byte order mark", pages: map[string]string{base: "\ufeff" + `{"items":[1]}`}, want: Result{Pages: 1, Items: 1}, items: "1"},
		{name: "B10: less than there is", pages: map[string]string{base: `{"hasMore":false,"items":[1,2],"totalResults":3}`},
			want: Result{Pages: 1, Items: 2}, fault: "incomplete", page: 1, items: "1 2"},
		{name: "B10: no hasMore, and less than there is", pages: map[string]string{base: `{"items":[1,2],"totalResults":3}`},
			want: Result{Pages: 1, Items: 2}, fault: "incomplete", page: 1, items: "1 2"},
		{name: "B10: nothing of what there is", pages: map[string]string{base: `{"items":[],"totalResults":3}`}, want: Result{Pages: 1}, fault: "incomplete", page: 1},
		{name: "B10: from an offset to the end", pages: map[string]string{base: `{"hasMore":false,"offset":10,"items":[1,2],"totalResults":12}`},
			want: Result{Pages: 1, Items: 2}, items: "1 2"},
		{name: "B10: from an offset and not to the end", pages: map[string]string{base: `{"hasMore":false,"offset":10,"items":[1,2],"totalResults":13}`},
			want: Result{Pages: 1, Items: 2}, fault: "incomplete", page: 1, items: "1 2"},
		{name: "B10: MaxPages knows that there is more", max: 1, pages: map[string]string{base: `{"hasMore":true,"offset":0,"items":[1],"totalResults":3}`},
			want: Result{Pages: 1, Items: 1, More: true}, items: "1"},
		{name: "odd types", pages: map[string]string{base: `{"links":7,"hasMore":"yes","count":-1,"offset":[],"items":[1]}`}, want: Result{Pages: 1, Items: 1}, items: "1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for how, wrap := range map[string]func(io.Reader) io.Reader{"whole": nil, "by bytes": iotest.OneByteReader} {
				s := &site{pages: tt.pages, wrap: wrap}
				got, err := s.walk(tt.max)
				var fault *Fault
				errors.As(err, &fault)
				if fault == nil && err != nil || (fault != nil) != (tt.fault != "") || fault != nil && (fault.Reason != tt.fault || fault.Page != tt.page || fault.URL == "") {
					t.Fatalf("%s: %v, want %q", how, err, tt.fault)
				}
				if fault != nil && (fault.Host == "evil.example") != (tt.fault == "foreign-host") {
					t.Errorf("%s: host %q", how, fault.Host)
				}
				var asked []string
				for _, r := range s.asked {
					asked = append(asked, strings.TrimPrefix(r, base))
				}
				if got != tt.want || strings.Join(asked, " ") != tt.asked || strings.Join(s.items, " ") != tt.items {
					t.Errorf("%s: %+v, asked %q, items %q", how, got, asked, s.items)
				}
			}
		})
	}
}

// NetSuite ends every list after 1,000 pages or 100,000 records. Who reads to there is
// told, and it is a fault unless the server says that there was no more.
func TestB10Limit(t *testing.T) {
	for _, tt := range []struct {
		size, pages, total int // of a page; total is not stated if it is 0
		fault              string
		limit              bool
	}{
		{size: 5, pages: 1000, total: 7000, fault: "incomplete", limit: true}, {size: 5, pages: 1000, fault: "limit", limit: true},
		{size: 5, pages: 1000, total: 5000, limit: true}, {size: 5, pages: 999, total: 4995}, {size: 5, pages: 999},
		{size: 1000, pages: 100, total: 123_456, fault: "incomplete", limit: true}, {size: 1000, pages: 100, fault: "limit", limit: true},
		{size: 1000, pages: 100, total: 100_000, limit: true}, {size: 1000, pages: 101, total: 101_000},
	} {
		items := strings.TrimSuffix(strings.Repeat("1,", tt.size), ",")
		w := Walk{
			Resolve: url.Parse,
			Open: func(_ context.Context, _ string, page int) (io.ReadCloser, error) {
				total := ""
				if tt.total > 0 {
					total = fmt.Sprintf(`"totalResults":%d,`, tt.total)
				}
				return io.NopCloser(strings.NewReader(fmt.Sprintf(`{"hasMore":%t,%s"offset":%d,"items":[%s]}`, page < tt.pages, total, (page-1)*tt.size, items))), nil
			},
			Item: func(json.RawMessage) error { return nil },
		}
		got, err := w.Run(t.Context(), base)
		reason, total := "", 0
		if fault := (*Fault)(nil); errors.As(err, &fault) {
			reason, total = fault.Reason, fault.Total
			if fault.Items != tt.size*tt.pages || fault.Page != tt.pages {
				t.Errorf("%+v", fault)
			}
		}
		if reason != tt.fault || got.AtLimit != tt.limit || got.Items != tt.size*tt.pages || reason == "incomplete" && total != tt.total {
			t.Errorf("%+v: %+v, %v", tt, got, err)
		}
	}
}

// Errors of others come through as they are, at once.
func TestWalkPassesErrorsOn(t *testing.T) {
	broken := errors.New("incomplete")
	s := &site{pages: map[string]string{base: `{"items":[1,2,`}, wrap: func(r io.Reader) io.Reader {
		return io.MultiReader(r, iotest.ErrReader(broken))
	}}
	if got, err := s.walk(0); err != broken || got.Items != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	s = &site{pages: map[string]string{base: `{"hasMore":true,"items":[1,2,3]}`}, limit: 2}
	if got, err := s.walk(0); err != errItem || got.Items != 2 || len(s.asked) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	s = &site{}
	if _, err := s.walk(0); err == nil {
		t.Error("no error of Open")
	}
}

// A refusal may hold an answer whose body is still to be read.
func TestRefusalOutlivesTheWalk(t *testing.T) {
	var ctx context.Context
	w := Walk{
		Resolve: url.Parse,
		Open: func(c context.Context, _ string, _ int) (io.ReadCloser, error) {
			ctx = c
			return nil, errItem
		},
	}
	if _, err := w.Run(t.Context(), base); err != errItem || ctx.Err() != nil {
		t.Errorf("%v, and the request's end: %v", err, ctx.Err())
	}
}

// zeros is a string without an end.
type zeros struct{}

var manyZeros = strings.Repeat("0", 64<<10)

func (zeros) Read(p []byte) (int, error) { return copy(p, manyZeros), nil }

func TestOneRecordHasABound(t *testing.T) {
	for _, begin := range []string{`{"items":["`, `{"x":"`, `{"items":[1,2],"x":"`} {
		s := &site{pages: map[string]string{base: begin}, wrap: func(r io.Reader) io.Reader { return io.MultiReader(r, zeros{}) }}
		var fault *Fault
		if _, err := s.walk(0); !errors.As(err, &fault) || fault.Reason != "too-large" {
			t.Errorf("%s: %v", begin, err)
		}
		if testing.Short() { // each reads 16 MiB
			return
		}
	}
	// Many records may be more than that together.
	big := `"` + strings.Repeat("x", MaxItem/3) + `",`
	s := &site{pages: map[string]string{base: `{"items":[` + strings.Repeat(big, 9) + `1]}`}}
	if got, err := s.walk(0); err != nil || got.Items != 10 {
		t.Errorf("%+v, %v", got, err)
	}
}

var pageSeeds = []string{
	`{"links":[{"rel":"next","href":"` + base + `?offset=1"}],"count":1,"hasMore":true,"items":[{"id":"1","links":[]}],"offset":0,"totalResults":2}`,
	`{"items":[]}`, `{"items":[1,"a",null,{},[]]}`, `{"items":[1]`, `{"items":[1],"items":[2]}`, `{"items":{}}`, `{"a":1}`, `[]`, `null`, ``, `{`,
	` { "items" : [ 1 , 2 ] , "x" : "\u0000" } `, `{"items":[1]} x`, "{\"items\":[\"\xff\"]}", `{"hasMore":true,"offset":9223372036854775807,"count":9,"items":[1]}`,
}

// Whatever a page is, its records come out as encoding/json reads them, or there
// is a fault.
func FuzzPage(f *testing.F) {
	if len(pageSeeds) < 10 {
		f.Fatal("the seeds are missing")
	}
	for _, s := range pageSeeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		var items []json.RawMessage
		p, err := read(strings.NewReader(body), func(raw json.RawMessage) error {
			items = append(items, bytes.Clone(raw))
			return nil
		}, func(page) {})
		if err != nil {
			if _, known := reasons[err]; !known {
				t.Fatalf("%v", err)
			}
			return
		}
		var want struct{ Items []json.RawMessage }
		if err := json.Unmarshal([]byte(body), &want); err != nil {
			t.Fatalf("read, and is no JSON: %v", err)
		}
		if p.items != len(items) {
			t.Fatalf("%d counted, %d read", p.items, len(items))
		}
		var whole map[string]json.RawMessage
		_ = json.Unmarshal([]byte(body), &whole)
		var list []json.RawMessage
		if err := json.Unmarshal(whole["items"], &list); err != nil || len(list) != len(items) {
			t.Fatalf("%d records, %d in it, %v", len(items), len(list), err)
		}
		for i := range list {
			if !bytes.Equal(list[i], items[i]) {
				t.Fatalf("%s is not %s", items[i], list[i])
			}
		}
		at, _ := url.Parse(base)
		p.after(at)
	})
}

// A page of any length is read. The next one is asked for as soon as this one is
// there, and never before, and comes in while the records of this one are handed over,
// however slowly that is.
func TestNextPageComesWhileThisOneIsRead(t *testing.T) {
	const head = `{"links":[{"rel":"next","href":"` + base + `?2"}],"items":[`
	for _, tt := range []struct {
		name  string
		size  int
		early bool // before the records are handed over
	}{{"short", 10, true}, {"as long as there is room", maxAhead - 1, true}, {"longer", maxAhead, false}, {"much longer", 3 * maxAhead, false}} {
		fill := strings.Repeat(" ", tt.size-min(tt.size, len(head)+len("1,2]}")))
		first, second := watch(head+"1,"+fill+"2]}"), watch(`{"items":[3]}`)
		w := Walk{
			Resolve: url.Parse,
			Open: func(_ context.Context, _ string, page int) (io.ReadCloser, error) {
				if page == 1 {
					return io.NopCloser(first), nil
				}
				select {
				case <-first.ended:
				default:
					t.Errorf("%s: page 2 was asked for while page 1 was under way", tt.name)
				}
				return io.NopCloser(second), nil
			},
		}
		var items []string
		w.Item = func(raw json.RawMessage) error {
			if items = append(items, string(raw)); tt.early && len(items) == 1 {
				<-second.ended
			}
			return nil
		}
		got, err := w.Run(t.Context(), base)
		if err != nil || got != (Result{Pages: 2, Items: 3}) || strings.Join(items, " ") != "1 2 3" {
			t.Errorf("%s: %+v, %v, %v", tt.name, got, items, err)
		}
	}
}

// watched is a page that tells when it was read to its end.
type watched struct {
	io.Reader
	once  sync.Once
	ended chan struct{}
}

func watch(text string) *watched {
	return &watched{Reader: strings.NewReader(text), ended: make(chan struct{})}
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if err != nil {
		w.once.Do(func() { close(w.ended) })
	}
	return n, err
}
