// Package faults breaks answers on the way, independent of what the right answer is: a
// page of HTML from a proxy, a maintenance window, a connection that resets. It knows
// HTTP, but neither OAuth nor NetSuite's rules, so a fault cannot weaken a verification.
package faults

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/text"
)

// Kind names a fault.
type Kind string

const (
	HTML            Kind = "html"             // a login page with status 200, as a proxy or captive portal sends it
	Unavailable     Kind = "unavailable"      // 503 with a JSON body, as in a maintenance window
	Flaky           Kind = "flaky"            // Unavailable and Reset in turn, for Count requests (default 2)
	RateLimited     Kind = "rate-limited"     // 429 CONCURRENCY_LIMIT_EXCEEDED
	Redirect        Kind = "redirect"         // 302 to Location
	CaptivePortal   Kind = "captive-portal"   // 302 to a portal's login page on plain http
	Delay           Kind = "latency"          // the right answer after a delay
	Hang            Kind = "hang"             // no answer until the client or the server gives up
	HangBody        Kind = "hang-body"        // the right answer's header and half of its body, then nothing
	Reset           Kind = "reset"            // the connection ends without an answer
	Truncated       Kind = "truncated"        // the right answer's header and half of its body, then the connection ends
	LengthLie       Kind = "length-lie"       // the right answer under half of its Content-Length
	Endless         Kind = "endless"          // a JSON body without an end
	GzipBomb        Kind = "gzip-bomb"        // Content-Encoding gzip: 1 MB that unpacks to 1 GiB
	WrongType       Kind = "wrong-type"       // the right answer, called text/html
	MalformedHeader Kind = "malformed-header" // an invalid header line
	Conflict        Kind = "conflict"         // 409 with o:errorDetails
	TooLarge        Kind = "too-large"        // 413 with o:errorDetails

	// These come after the request was carried out.
	FailedAfter Kind = "failed-after" // 500
	LostAfter   Kind = "lost-after"   // the connection ends without an answer

	// These rewrite the right answer.
	ListLate     Kind = "list-late"     // a list in a JSON array, without its last row
	AsForm       Kind = "as-form"       // form-encoded instead of JSON
	AsXML        Kind = "as-xml"        // XML instead of JSON
	AsArray      Kind = "as-array"      // in a JSON array
	CellsHuge    Kind = "cells-huge"    // the first cells of a list have 1 MiB each
	CellsControl Kind = "cells-control" // control characters in the cells of a list
	CellsHTML    Kind = "cells-html"    // markup in them
	CellsTyped   Kind = "cells-typed"   // numbers, lists and objects instead of their texts
	PagesEndless Kind = "pages-endless" // another page always follows

	// TLS faults have no path. Count is a number of handshakes.
	TLSForeignCA Kind = "tls-foreign-ca" // a certificate from an untrusted CA
	TLSExpired   Kind = "tls-expired"    // a certificate that expired a year ago
	TLS11        Kind = "tls-1.1"        // nothing newer than TLS 1.1

	// Clock moves the server's clock by Offset.
	Clock Kind = "clock"
)

// The parameters of a fault, after its name and count.
const (
	paramPath       = "path"
	paramDelay      = "delay"
	paramRetryAfter = "retry-after"
	paramLocation   = "location"
	paramOffset     = "offset"
	paramSkip       = "skip"
)

// kind says which parameters a Kind allows and requires, and where it applies.
type kind struct {
	Kind
	allows   []string
	requires string
	where    phase
}

// phase is where a fault applies.
type phase int

const (
	inAnswer phase = iota
	inBytes        // an answer that can be broken in this way only over HTTP/1.1
	inHandshake
	inClock
)

var (
	pathOnly          = []string{paramPath, paramSkip}
	pathAndRetryAfter = []string{paramPath, paramSkip, paramRetryAfter}
)

var kinds = []kind{
	{Kind: HTML, allows: pathOnly},
	{Kind: Unavailable, allows: pathAndRetryAfter},
	{Kind: Flaky, allows: pathOnly, where: inBytes},
	{Kind: RateLimited, allows: pathAndRetryAfter},
	{Kind: Redirect, allows: []string{paramPath, paramSkip, paramLocation}, requires: paramLocation},
	{Kind: CaptivePortal, allows: pathOnly},
	{Kind: Delay, allows: []string{paramPath, paramSkip, paramDelay}, requires: paramDelay},
	{Kind: Hang, allows: pathOnly},
	{Kind: HangBody, allows: pathOnly},
	{Kind: Reset, allows: pathOnly, where: inBytes},
	{Kind: Truncated, allows: pathOnly},
	{Kind: LengthLie, allows: pathOnly, where: inBytes},
	{Kind: Endless, allows: pathOnly},
	{Kind: GzipBomb, allows: pathOnly},
	{Kind: WrongType, allows: pathOnly},
	{Kind: MalformedHeader, allows: pathOnly, where: inBytes},
	{Kind: Conflict, allows: pathOnly},
	{Kind: TooLarge, allows: pathOnly},
	{Kind: FailedAfter, allows: pathOnly},
	{Kind: LostAfter, allows: pathOnly, where: inBytes},
	{Kind: ListLate, allows: pathOnly},
	{Kind: AsForm, allows: pathOnly},
	{Kind: AsXML, allows: pathOnly},
	{Kind: AsArray, allows: pathOnly},
	{Kind: CellsHuge, allows: pathOnly},
	{Kind: CellsControl, allows: pathOnly},
	{Kind: CellsHTML, allows: pathOnly},
	{Kind: CellsTyped, allows: pathOnly},
	{Kind: PagesEndless, allows: pathOnly},
	{Kind: TLSForeignCA, where: inHandshake},
	{Kind: TLSExpired, where: inHandshake},
	{Kind: TLS11, where: inHandshake},
	{Kind: Clock, allows: []string{paramOffset}, requires: paramOffset, where: inClock},
}

func lookup(name Kind) (kind, bool) {
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.Kind == name })
	if i < 0 {
		return kind{}, false
	}
	return kinds[i], true
}

// Kinds returns every Kind, in a stable order.
func Kinds() []Kind {
	var names []Kind
	for _, k := range kinds {
		names = append(names, k.Kind)
	}
	return names
}

// Fault is one way to break answers. With only a Kind it breaks every answer. In JSON it
// is an object, or the text that Parse reads.
type Fault struct {
	Kind       Kind          `json:"kind"`
	Count      int           `json:"count,omitempty"`       // how many requests or TLS handshakes it breaks; 0 means all
	Skip       int           `json:"skip,omitempty"`        // how many requests it leaves alone before the first that it breaks
	Paths      []string      `json:"paths,omitempty"`       // prefixes of URL paths; empty means all
	After      time.Duration `json:"-"`                     // of Delay
	RetryAfter int           `json:"retry_after,omitempty"` // seconds, for Unavailable and RateLimited; 0 means no header
	Location   string        `json:"location,omitempty"`    // the target of Redirect
	Offset     time.Duration `json:"-"`                     // of Clock, positive if ahead
}

// The limits of a Fault. A longer delay would look like a server that hangs.
const (
	maxCount      = 1_000_000
	maxDelay      = 10 * time.Minute
	maxRetryAfter = 24 * 60 * 60
	maxOffset     = 100 * 365 * 24 * time.Hour
	maxPaths      = 16
	maxText       = 512
)

// Validate says why a Fault cannot be applied.
func (f Fault) Validate() error {
	k, known := lookup(f.Kind)
	if !known {
		return fmt.Errorf("fault: unknown kind %s; want one of %s", shorten(string(f.Kind)), strings.Trim(fmt.Sprint(Kinds()), "[]"))
	}
	if err := f.validate(k); err != nil {
		return fmt.Errorf("fault %s: %w", f.Kind, err)
	}
	return nil
}

func (f Fault) validate(k kind) error {
	missing := k.requires
	for _, p := range f.params() {
		if !slices.Contains(k.allows, p.key) {
			return fmt.Errorf("%s is not allowed", p.key)
		}
		if p.key == missing {
			missing = ""
		}
	}
	if missing != "" {
		return fmt.Errorf("%s is missing", missing)
	}
	switch {
	case f.Count < 0 || f.Count > maxCount:
		return fmt.Errorf("the count is not between 1 and %d", maxCount)
	case f.Skip < 0 || f.Skip > maxCount:
		return fmt.Errorf("skip is not between 1 and %d", maxCount)
	case f.Count > 0 && k.where == inClock:
		return errors.New("a count is not allowed")
	case f.After < 0 || f.After > maxDelay:
		return fmt.Errorf("the delay is not between 0 and %d minutes", int(maxDelay.Minutes()))
	case f.RetryAfter < 0 || f.RetryAfter > maxRetryAfter:
		return fmt.Errorf("retry-after is not between 1 and %d seconds", maxRetryAfter)
	case f.Offset < -maxOffset || f.Offset > maxOffset:
		return errors.New("the offset is more than a hundred years")
	case len(f.Paths) > maxPaths:
		return fmt.Errorf("more than %d paths", maxPaths)
	}
	for _, p := range f.Paths {
		if !strings.HasPrefix(p, "/") || !plain(p) {
			return errors.New("a path that does not begin with / or is not plain text")
		}
	}
	if f.Location != "" {
		if _, err := url.Parse(f.Location); err != nil || !plain(f.Location) {
			return errors.New("the location is not a URL")
		}
	}
	return nil
}

// plain reports whether s is safe in a header and in the text that Parse reads.
func plain(s string) bool {
	return len(s) <= maxText && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == ',' })
}

// shorten quotes untrusted text for a message of one line.
func shorten(s string) string { return strconv.Quote(text.Shorten(s, 40)) }

func (f Fault) matches(path string) bool {
	return len(f.Paths) == 0 || slices.ContainsFunc(f.Paths, func(p string) bool { return strings.HasPrefix(path, p) })
}
