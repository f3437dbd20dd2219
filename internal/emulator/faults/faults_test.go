package faults

import (
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestValidate(t *testing.T) {
	for _, f := range []Fault{{}, {Kind: "x"}, {Kind: HTML, Count: -1}, {Kind: Delay, After: -1}, {Kind: Redirect}, {Kind: Redirect, Location: "a\r\nb"}} {
		var s Set
		if err := s.Replace(f); err == nil {
			t.Errorf("%+v: no error", f)
		}
	}
}

func TestTake(t *testing.T) {
	var s Set
	if _, ok := s.Take("/"); ok {
		t.Error("a fault from nowhere")
	}
	if err := s.Replace(Fault{Kind: HTML, Paths: []string{"/a"}, Count: 2}, Fault{Kind: Unavailable, Paths: []string{"/a", "/b"}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Replace(Fault{Kind: "x"}); err == nil {
		t.Fatal("no error")
	}
	var got []string
	for _, path := range []string{"/a/1", "/c", "/b", "/a", "/a"} {
		f, _ := s.Take(path)
		got = append(got, string(f.Kind))
	}
	if want := "html,,unavailable,html,unavailable"; strings.Join(got, ",") != want {
		t.Errorf("%v, want %s", got, want)
	}
}

func TestAnswers(t *testing.T) {
	for _, tt := range []struct {
		fault  Fault
		status int
		body   string
		header string
	}{
		{Fault{Kind: HTML}, 200, "<title>Example Corp", ""},
		{Fault{Kind: Unavailable, RetryAfter: 7}, 503, `"status":503`, "7"},
		{Fault{Kind: RateLimited}, 429, "CONCURRENCY_LIMIT_EXCEEDED", ""},
		{Fault{Kind: Conflict}, 409, `"o:errorCode":"RECORD_CHANGED"`, ""},
		{Fault{Kind: TooLarge}, 413, `"o:errorCode":"REQUEST_TOO_LARGE"`, ""},
		{Fault{Kind: Redirect, Location: "https://portal.example/"}, 302, "Found", ""},
	} {
		w := httptest.NewRecorder()
		status := tt.fault.Apply(w, httptest.NewRequest("GET", "/", nil))
		if status != tt.status || w.Code != tt.status || !strings.Contains(w.Body.String(), tt.body) || w.Header().Get("Retry-After") != tt.header {
			t.Errorf("%s: %d %s", tt.fault.Kind, status, w.Body)
		}
		if w.Header().Get("Location") != tt.fault.Location {
			t.Errorf("%s: Location %q", tt.fault.Kind, w.Header().Get("Location"))
		}
	}
}

func TestAborts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, tt := range []struct {
			fault  Fault
			aborts bool
			takes  time.Duration
		}{
			{Fault{Kind: Reset}, true, 0},
			{Fault{Kind: Truncated}, true, 0},
			{Fault{Kind: Hang}, true, time.Minute},
			{Fault{Kind: HangBody}, true, time.Minute},
			{Fault{Kind: Delay, After: time.Second}, false, time.Second},
			{Fault{Kind: Delay, After: time.Hour}, true, time.Minute},
		} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			r := httptest.NewRequest("GET", "/", nil).WithContext(ctx)
			began := time.Now()
			aborted := func() (aborted bool) {
				defer func() {
					if p, is := recover().(error); is {
						aborted = errors.Is(p, http.ErrAbortHandler)
					}
				}()
				w := httptest.NewRecorder()
				if status := tt.fault.Apply(w, r); status != 0 {
					t.Errorf("%+v: status %d", tt.fault, status)
				}
				_, err := tt.fault.Wrap(w, r).Write([]byte("right"))
				if err != nil || w.Body.String() != "right" {
					t.Errorf("%+v: %q, %v", tt.fault, w.Body, err)
				}
				return false
			}()
			cancel()
			if took := time.Since(began); aborted != tt.aborts || took != tt.takes {
				t.Errorf("%+v: aborted %v after %v", tt.fault, aborted, took)
			}
		}
	})
}

// The bomb is a whole gzip file of one GiB.
func TestGzipBomb(t *testing.T) {
	w := httptest.NewRecorder()
	w.Body.Grow(2 << 20)
	(Fault{Kind: GzipBomb}).Apply(w, httptest.NewRequest("GET", "/", nil))
	if n := w.Body.Len(); n > 2<<20 || w.Header().Get("Content-Encoding") != "gzip" {
		t.Errorf("%d bytes", n)
	}
	if size := binary.LittleEndian.Uint32(w.Body.Bytes()[w.Body.Len()-4:]); size != 1<<30 { // RFC 1952, section 2.3.1
		t.Errorf("the file says that it has %d bytes", size)
	}
	if testing.Short() {
		return
	}
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, z); err != nil || n != 1<<30 {
		t.Errorf("%d bytes, %v", n, err)
	}
}
