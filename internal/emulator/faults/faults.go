// Package faults breaks answers on the way, apart from anything that decides
// what the right answer is: a page of HTML from a proxy, a maintenance window,
// a connection that resets. It knows HTTP and nothing of OAuth or NetSuite's
// rules, so that a fault can never weaken a verification.
package faults

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Kind names a fault.
type Kind string

const (
	HTML        Kind = "html"         // a login page with status 200, as a proxy or captive portal sends it
	Unavailable Kind = "unavailable"  // 503 with a JSON body, as in a maintenance window
	RateLimited Kind = "rate-limited" // 429 CONCURRENCY_LIMIT_EXCEEDED
	Redirect    Kind = "redirect"     // 302 to Location
	Delay       Kind = "delay"        // the right answer, After late
	Hang        Kind = "hang"         // no answer until the client or the server gives up
	Reset       Kind = "reset"        // the connection ends without an answer
	Truncated   Kind = "truncated"    // half a JSON body under a whole one's Content-Length
)

// Kinds returns every Kind, in a stable order.
func Kinds() []Kind {
	return []Kind{HTML, Unavailable, RateLimited, Redirect, Delay, Hang, Reset, Truncated}
}

// Fault is one way to break answers. Its zero value but for Kind breaks every
// answer, for ever.
type Fault struct {
	Kind       Kind          `json:"kind"`
	Paths      []string      `json:"paths,omitempty"`       // URL path prefixes it applies to; empty: all
	Count      int           `json:"count,omitempty"`       // how many requests it breaks; 0: every one
	After      time.Duration `json:"after,omitempty"`       // Delay: how late
	RetryAfter int           `json:"retry_after,omitempty"` // seconds, for Unavailable and RateLimited; 0: no such header
	Location   string        `json:"location,omitempty"`    // Redirect: where to
}

// Validate says what is wrong with a Fault that cannot be applied.
func (f Fault) Validate() error {
	switch {
	case !slices.Contains(Kinds(), f.Kind):
		return fmt.Errorf("fault: unknown kind %q", f.Kind)
	case f.Count < 0 || f.After < 0 || f.RetryAfter < 0:
		return fmt.Errorf("fault %s: negative count or time", f.Kind)
	case f.Kind == Redirect && f.Location == "":
		return fmt.Errorf("fault %s: no location", f.Kind)
	case strings.ContainsAny(f.Location, "\r\n"):
		return fmt.Errorf("fault %s: location with a line break", f.Kind)
	}
	return nil
}

func (f Fault) matches(path string) bool {
	return len(f.Paths) == 0 || slices.ContainsFunc(f.Paths, func(p string) bool { return strings.HasPrefix(path, p) })
}

// Set is the faults in force. It may be changed and used by many goroutines.
type Set struct {
	mu     sync.Mutex
	faults []*counted
}

type counted struct {
	Fault
	left int // meaningful when Count > 0
}

// Replace puts these faults in force instead of the present ones. On an error
// the present ones stay.
func (s *Set) Replace(faults ...Fault) error {
	next := make([]*counted, len(faults))
	for i, f := range faults {
		if err := f.Validate(); err != nil {
			return err
		}
		next[i] = &counted{f, f.Count}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = next
	return nil
}

// Take returns the first fault in force for this URL path and uses up one of
// its count.
func (s *Set) Take(path string) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if !f.matches(path) || f.Count > 0 && f.left == 0 {
			continue
		}
		f.left = max(0, f.left-1)
		return f.Fault, true
	}
	return Fault{}, false
}

// Apply breaks one answer and reports its status; 0 means that nothing was
// answered yet and the right answer is still to be given. A reset or a hang
// ends with a panic of http.ErrAbortHandler, as net/http asks for.
func (f Fault) Apply(w http.ResponseWriter, r *http.Request) (status int) {
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(f.RetryAfter))
	}
	switch f.Kind {
	case Delay:
		timer := time.NewTimer(f.After)
		defer timer.Stop()
		select {
		case <-timer.C:
			return 0
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		}
	case Hang:
		_, _ = io.Copy(io.Discard, r.Body) // net/http notices a client that leaves only after the body
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case Reset:
		panic(http.ErrAbortHandler)
	case Redirect:
		w.Header().Set("Location", f.Location)
		return write(w, http.StatusFound, "text/html; charset=utf-8", "<html><title>Found</title></html>\n")
	case Unavailable:
		return write(w, http.StatusServiceUnavailable, restError, unavailableBody)
	case RateLimited:
		return write(w, http.StatusTooManyRequests, restError, rateLimitedBody)
	case Truncated:
		w.Header().Set("Content-Length", "4096")
		write(w, http.StatusOK, "application/json", `{"access_token":"`)
		_ = http.NewResponseController(w).Flush() // else nothing of it is sent
		panic(http.ErrAbortHandler)
	}
	return write(w, http.StatusOK, "text/html; charset=utf-8", loginPage)
}

func write(w http.ResponseWriter, status int, contentType, body string) int {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body)) // a client that is gone needs no answer
	return status
}

const (
	restError = "application/vnd.oracle.resource+json; type=error; charset=UTF-8"

	// A guess: Oracle documents a 503 for RESTlets, and its body nowhere.
	unavailableBody = `{"type":"https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html#sec10.5.4","title":"Service Unavailable","status":503,` +
		`"o:errorDetails":[{"detail":"The service is temporarily unavailable. Try again later.","o:errorCode":"SERVICE_UNAVAILABLE"}]}`

	// Oracle NetSuite Help, section_156570709583, with its title "Bad Request".
	rateLimitedBody = `{"type":"https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html#sec10.4","title":"Bad Request","status":429,` +
		`"o:errorDetails":[{"detail":"Concurrent request limit exceeded. Request blocked.","o:errorCode":"CONCURRENCY_LIMIT_EXCEEDED"}]}`

	loginPage = `<!DOCTYPE html>
<html><head><title>Example Corp Secure Web Gateway: sign in</title></head>
<body><h1>Sign in to continue</h1><form method="post" action="/login"><input name="user"><input name="password" type="password"></form></body></html>
`
)
