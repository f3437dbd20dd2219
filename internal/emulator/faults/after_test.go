package faults

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAfter(t *testing.T) {
	if w := through(t, ListLate, 200, `[{"a":1},{"b":2}]`); w.Body.String() != `[{"a":1}]` || w.Code != 200 || w.Header().Get("Content-Length") != "9" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for _, body := range []string{"", "[]", `{"a":1}`, "<html>"} {
		if w := through(t, ListLate, 400, body); w.Code != 400 || w.Body.String() != body {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	if w := through(t, FailedAfter, 200, "{}"); w.Code != 500 || !strings.Contains(w.Body.String(), `"status":500`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	w := httptest.NewRecorder()
	defer func() {
		if p, is := recover().(error); !is || !errors.Is(p, http.ErrAbortHandler) || w.Body.Len() > 0 {
			t.Errorf("%v, %s", p, w.Body)
		}
	}()
	_, _ = Fault{Kind: LostAfter}.Wrap(w, httptest.NewRequest("POST", "/", nil)).Write([]byte("right"))
}

func TestSkip(t *testing.T) {
	f, err := Parse("html:2,path=/a,skip=2")
	if err != nil || f.String() != "html:2,path=/a,skip=2" {
		t.Fatal(f, err)
	}
	var s Set
	if err := s.Replace(f, Fault{Kind: Unavailable, Skip: 1}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, path := range []string{"/a", "/b", "/a", "/a", "/a", "/a"} {
		f, _ := s.Take(path)
		got = append(got, string(f.Kind))
	}
	if want := ",unavailable,unavailable,html,html,unavailable"; strings.Join(got, ",") != want {
		t.Errorf("%v, want %s", got, want)
	}
	for _, spec := range []string{"html,skip=0", "html,skip=x", "html,skip=2000000", "clock,offset=1m,skip=1", "tls-1.1,skip=1"} {
		if _, err := Parse(spec); err == nil {
			t.Errorf("%s: no error", spec)
		}
	}
}
