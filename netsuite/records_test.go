package netsuite_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/netsuite"
)

const listPath = "/services/rest/query/v1/suiteql?limit=2"

// paged answers a query with pages of two records, of total in all. change replaces a
// page, by its number from 1.
func paged(total int, change func(page int, w http.ResponseWriter) bool) *books {
	pages := 0
	return &books{handle: func(w http.ResponseWriter, r *http.Request) bool {
		var offset int
		_, _ = fmt.Sscan(r.URL.Query().Get("offset"), &offset)
		pages++
		if change != nil && change(pages, w) {
			return true
		}
		var items []string
		for id := offset; id < min(offset+2, total); id++ {
			items = append(items, fmt.Sprintf(`{"id":"%d"}`, id))
		}
		next := ""
		if offset+2 < total {
			next = fmt.Sprintf(`{"rel":"next","href":"https://%s%s&offset=%d"}`, restHost, listPath, offset+2)
		}
		_, _ = fmt.Fprintf(w, `{"links":[%s],"hasMore":%t,"offset":%d,"items":[%s],"totalResults":%d}`, next, next != "", offset, strings.Join(items, ","), total)
		return true
	}}
}

// recordsOf reads a list: the IDs of its records, and the error at its end.
func recordsOf(t *testing.T, s *netsuite.Session, most int) (ids string, err error) {
	t.Helper()
	r := netsuite.Request{Method: http.MethodPost, URL: listPath, Header: http.Header{"Prefer": {"transient"}}, Body: []byte(`{"q":"SELECT id"}`)}
	for record, err := range s.Records(t.Context(), r) {
		if err != nil {
			return ids, err
		}
		var v struct{ ID string }
		if err := json.Unmarshal(record, &v); err != nil {
			t.Fatal(err)
		}
		if ids += v.ID; len(ids) == most {
			break
		}
	}
	return ids, nil
}

// A list comes whole, in order, with the same request for each page.
func TestB7Records(t *testing.T) {
	b := paged(7, nil)
	session, _ := newSession(t, b, netsuite.Retry{}, func(o *netsuite.Options) { o.MaxConcurrent = 1 })
	if ids, err := recordsOf(t, session, 0); ids != "0123456" || err != nil {
		t.Errorf("%s, %v", ids, err)
	}
	for i, r := range b.requests {
		if r.Method != http.MethodPost || r.Header.Get("Prefer") != "transient" || b.bodies[i] != `{"q":"SELECT id"}` {
			t.Errorf("request %d: %s %s %q", i, r.Method, r.Header, b.bodies[i])
		}
	}
	// The caller may stop, and the session is as good as before.
	if ids, err := recordsOf(t, session, 3); ids != "012" || err != nil {
		t.Errorf("%s, %v", ids, err)
	}
	if ids, err := recordsOf(t, session, 0); ids != "0123456" || err != nil {
		t.Errorf("%s, %v", ids, err)
	}
}

// What breaks a list is an error after its records, and a page is asked for again as
// long as there are retries.
func TestB7RecordsBroken(t *testing.T) {
	status := func(at, status int) func(int, http.ResponseWriter) bool {
		return func(page int, w http.ResponseWriter) bool {
			if page != at {
				return false
			}
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, `{"o:errorDetails":[{"detail":"no","o:errorCode":"USER_ERROR"}]}`)
			return true
		}
	}
	body := func(at int, text string) func(int, http.ResponseWriter) bool {
		return func(page int, w http.ResponseWriter) bool {
			if page == at {
				_, _ = io.WriteString(w, text)
			}
			return page == at
		}
	}
	for name, tt := range map[string]struct {
		change func(int, http.ResponseWriter) bool
		ids    string
		is     error  // or
		reason string // of a ListError
	}{
		"busy once":     {change: status(2, 503), ids: "0123456"},
		"refused":       {change: status(2, 400), ids: "01", is: netsuite.UserError},
		"refused first": {change: status(1, 403), is: netsuite.Status(403)},
		"not a list":    {change: body(1, `{"id":"1"}`), reason: "not-a-list"},
		"cut off":       {change: body(2, `{"items":[{"id":"2"},`), ids: "012", reason: "malformed"},
		"another host":  {change: body(1, `{"links":[{"rel":"next","href":"https://evil.example/"}],"items":[{"id":"0"}]}`), ids: "0", reason: "foreign-host"},
		"B10":           {change: body(2, `{"hasMore":false,"offset":2,"items":[{"id":"2"}],"totalResults":7}`), ids: "012", reason: "incomplete"},
	} {
		t.Run(name, func(t *testing.T) {
			b := paged(7, tt.change)
			session, _ := newSession(t, b, netsuite.Retry{Max: 1}, nil)
			ids, err := recordsOf(t, session, 0)
			var list *netsuite.ListError
			switch {
			case ids != tt.ids || (err != nil) != (tt.is != nil || tt.reason != ""):
				t.Errorf("%s, %v", ids, err)
			case tt.is != nil && !errors.Is(err, tt.is):
				t.Error(err)
			case tt.reason != "" && (!errors.As(err, &list) || list.Reason != tt.reason || !strings.Contains(err.Error(), tt.reason)):
				t.Errorf("%+v", err)
			case tt.reason == "incomplete" && (list.Items != 3 || list.Total != 7 || list.Page != 2):
				t.Errorf("%+v", list)
			case tt.reason == "foreign-host" && list.Host != "evil.example:443":
				t.Errorf("%+v", list)
			}
		})
	}
	b := &books{}
	session, _ := newSession(t, b, netsuite.Retry{}, nil)
	for _, err := range session.Records(t.Context(), netsuite.Request{URL: "https://evil.example/"}) {
		var foreign *netsuite.ForeignHostError
		if !errors.As(err, &foreign) || b.issued != 0 {
			t.Errorf("%v, %d logins", err, b.issued)
		}
	}
}

// A percent sign that begins no escape is escaped in the query, and refused in the path.
func TestB11StrayPercent(t *testing.T) {
	c := newClient(t, netsuite.Options{APIURL: "https://" + restHost})
	for ref, want := range map[string]string{
		"/x?q=50%":              "/x?q=50%25",
		"/x?q=50%+and%20more":   "/x?q=50%25+and%20more",
		"/x?q=name LIKE 'a%'":   "/x?q=name%20LIKE%20'a%25'",
		"/a%2Fb?%2":             "/a%2Fb?%252",
		"/x?q=%E2%82%AC&r=%25%": "/x?q=%E2%82%AC&r=%25%25",
	} {
		r, err := c.HTTPRequest(netsuite.Request{URL: ref})
		if err != nil || strings.TrimPrefix(r.URL.String(), "https://"+restHost) != want {
			t.Errorf("%s: %v, %v", ref, r, err)
		}
	}
	var value *netsuite.ValueError
	if err := c.Check(netsuite.Request{URL: "/a/%zz"}); !errors.As(err, &value) || value.Reason != "unparsable" {
		t.Error(err)
	}
}
