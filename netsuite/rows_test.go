package netsuite_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nsauth/nsauth/netsuite"
)

// One path rejects every token that another accepts. Each success says that the token is
// good, and still the logins are bounded.
func TestB8RejectedOnOnePath(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &books{handle: func(w http.ResponseWriter, r *http.Request) bool {
			rejects := r.URL.Query().Has("rejected")
			if rejects {
				w.WriteHeader(http.StatusUnauthorized)
			}
			return rejects
		}}
		session, _, end := inMemory(t, b, netsuite.Retry{}, 0)
		defer end()
		both := func() {
			if _, err := session.Do(t.Context(), netsuite.Request{URL: recordPath}); err != nil {
				t.Fatal(err)
			}
			if _, err := session.Do(t.Context(), netsuite.Request{URL: recordPath + "?rejected"}); !errors.Is(err, netsuite.Status(401)) {
				t.Fatal(err)
			}
		}
		for range 25 {
			both()
		}
		if b.issued != 6 {
			t.Errorf("%d logins for 50 calls", b.issued)
		}
		time.Sleep(61 * time.Second)
		if both(); b.issued != 7 {
			t.Errorf("%d logins after a minute", b.issued)
		}
	})
}

// The endpoint hangs while the token has minutes left. A caller with little time still
// makes its call with that token.
func TestB8LittleTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &books{}
		hangs := false
		session, _, end := inMemory(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if hangs && r.URL.Path == netsuite.TokenPath {
				_, _ = io.Copy(io.Discard, r.Body)
				<-r.Context().Done()
				return
			}
			b.ServeHTTP(w, r)
		}), netsuite.Retry{}, 0)
		defer end()
		if _, err := session.Do(t.Context(), netsuite.Request{URL: recordPath}); err != nil {
			t.Fatal(err)
		}
		hangs = true
		time.Sleep(58 * time.Minute)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := session.Do(ctx, netsuite.Request{URL: recordPath}); err != nil || b.issued != 1 {
			t.Errorf("%v, %d logins", err, b.issued)
		}
	})
}

// A body that ends before its Content-Length is an error, and a long error is an error
// with the part that was read.
func TestB7Variants(t *testing.T) {
	for name, tt := range map[string]struct {
		status, size int
		length       string
		want         func(error) bool
	}{
		"all of the limit": {status: 200, size: netsuite.MaxBody, want: func(err error) bool { return err == nil }},
		"one byte more": {status: 201, size: netsuite.MaxBody + 1, want: func(err error) bool {
			large := (*netsuite.TooLargeError)(nil)
			return errors.As(err, &large)
		}},
		"a long error": {status: 404, size: 3 << 20, want: func(err error) bool {
			refused := (*netsuite.APIError)(nil)
			return errors.As(err, &refused) && refused.Answer.Truncated && len(refused.Answer.Body) == netsuite.MaxBody
		}},
		"cut": {status: 200, size: 100, length: "1000", want: func(err error) bool {
			broken := (*netsuite.ConnectError)(nil)
			return errors.As(err, &broken)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			b := &books{handle: func(w http.ResponseWriter, r *http.Request) bool {
				if tt.length != "" {
					w.Header().Set("Content-Length", tt.length)
				}
				w.WriteHeader(tt.status)
				_, _ = w.Write(make([]byte, tt.size))
				return true
			}}
			session, _ := newSession(t, b, netsuite.Retry{}, nil)
			if answer, err := session.Do(t.Context(), netsuite.Request{URL: recordPath}); !tt.want(err) {
				t.Errorf("%v, %v", answer != nil, err)
			}
		})
	}
}
