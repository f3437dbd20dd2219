// Package faults breaks answers on the way, apart from anything that decides
// what the right answer is: a page of HTML from a proxy, a maintenance window,
// a connection that resets. It knows HTTP and nothing of OAuth or NetSuite's
// rules, so that a fault can never weaken a verification.
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
	Flaky           Kind = "flaky"            // Unavailable and Reset in turn, for Count requests, else for two
	RateLimited     Kind = "rate-limited"     // 429 CONCURRENCY_LIMIT_EXCEEDED
	Redirect        Kind = "redirect"         // 302 to Location
	CaptivePortal   Kind = "captive-portal"   // 302 to a portal's log-in page on plain http
	Delay           Kind = "latency"          // the right answer, After late
	Hang            Kind = "hang"             // no answer until the client or the server gives up
	HangBody        Kind = "hang-body"        // the right answer's header and half of its body, then as Hang
	Reset           Kind = "reset"            // the connection ends without an answer
	Truncated       Kind = "truncated"        // the right answer's header and half of its body, then the connection ends
	LengthLie       Kind = "length-lie"       // the right answer under half of its Content-Length
	Endless         Kind = "endless"          // a JSON body without an end
	GzipBomb        Kind = "gzip-bomb"        // Content-Encoding gzip: 1 MB that unpacks to 1 GiB
	WrongType       Kind = "wrong-type"       // the right answer, called text/html
	MalformedHeader Kind = "malformed-header" // a header line that is none

	// Those of the TLS handshake, which know no path; each handshake is one of Count.
	TLSForeignCA Kind = "tls-foreign-ca" // a certificate by a CA that nobody trusts
	TLSExpired   Kind = "tls-expired"    // a certificate that ended a year ago
	TLS11        Kind = "tls-1.1"        // nothing newer than TLS 1.1

	// Clock moves the server's clock by Offset for as long as it is in force.
	Clock Kind = "clock"
)

// The parameters of a fault, beside its name and count.
const (
	paramPath       = "path"
	paramDelay      = "delay"
	paramRetryAfter = "retry-after"
	paramLocation   = "location"
	paramOffset     = "offset"
)

// kind is what one Kind may be given and needs.
type kind struct {
	Kind
	takes []string
	needs string
	where phase
}

// phase is where a fault is met.
type phase int

const (
	inAnswer phase = iota
	inBytes        // an answer that only HTTP/1.1 can break in this way
	inHandshake
	inClock
)

func kinds() []kind {
	path := []string{paramPath}
	return []kind{
		{Kind: HTML, takes: path},
		{Kind: Unavailable, takes: []string{paramPath, paramRetryAfter}},
		{Kind: Flaky, takes: path, where: inBytes},
		{Kind: RateLimited, takes: []string{paramPath, paramRetryAfter}},
		{Kind: Redirect, takes: []string{paramPath, paramLocation}, needs: paramLocation},
		{Kind: CaptivePortal, takes: path},
		{Kind: Delay, takes: []string{paramPath, paramDelay}, needs: paramDelay},
		{Kind: Hang, takes: path},
		{Kind: HangBody, takes: path},
		{Kind: Reset, takes: path, where: inBytes},
		{Kind: Truncated, takes: path},
		{Kind: LengthLie, takes: path, where: inBytes},
		{Kind: Endless, takes: path},
		{Kind: GzipBomb, takes: path},
		{Kind: WrongType, takes: path},
		{Kind: MalformedHeader, takes: path, where: inBytes},
		{Kind: TLSForeignCA, where: inHandshake},
		{Kind: TLSExpired, where: inHandshake},
		{Kind: TLS11, where: inHandshake},
		{Kind: Clock, takes: []string{paramOffset}, needs: paramOffset, where: inClock},
	}
}

func lookup(name Kind) (kind, bool) {
	for _, k := range kinds() {
		if k.Kind == name {
			return k, true
		}
	}
	return kind{}, false
}

// Kinds returns every Kind, in a stable order.
func Kinds() []Kind {
	var names []Kind
	for _, k := range kinds() {
		names = append(names, k.Kind)
	}
	return names
}

// Fault is one way to break answers. Its zero value but for Kind breaks every
// answer, for ever. As JSON it is an object, or the text that Parse takes.
type Fault struct {
	Kind       Kind
	Paths      []string      // URL path prefixes it applies to; empty: all
	Count      int           // how many requests, or TLS handshakes, it breaks; 0: every one
	After      time.Duration // Delay: how late
	RetryAfter int           // seconds, for Unavailable and RateLimited; 0: no such header
	Location   string        // Redirect: where to
	Offset     time.Duration // Clock: how far ahead
}

// The bounds of a Fault. A fault that lasts longer looks like a server that hangs.
const (
	maxCount      = 1_000_000
	maxDelay      = 10 * time.Minute
	maxRetryAfter = 24 * 60 * 60
	maxOffset     = 100 * 365 * 24 * time.Hour
	maxPaths      = 16
	maxText       = 512
)

// Validate says what is wrong with a Fault that cannot be applied.
func (f Fault) Validate() error {
	k, known := lookup(f.Kind)
	if !known {
		return fmt.Errorf("fault: unknown kind %s; one of %s", shorten(string(f.Kind)), joinKinds())
	}
	if err := f.validate(k); err != nil {
		return fmt.Errorf("fault %s: %w", f.Kind, err)
	}
	return nil
}

func (f Fault) validate(k kind) error {
	for _, p := range []struct {
		name string
		set  bool
	}{
		{paramPath, len(f.Paths) > 0}, {paramDelay, f.After != 0}, {paramRetryAfter, f.RetryAfter != 0},
		{paramLocation, f.Location != ""}, {paramOffset, f.Offset != 0},
	} {
		if p.set && !slices.Contains(k.takes, p.name) {
			return fmt.Errorf("takes no %s", p.name)
		}
		if !p.set && k.needs == p.name {
			return fmt.Errorf("no %s", p.name)
		}
	}
	switch {
	case f.Count < 0 || f.Count > maxCount:
		return fmt.Errorf("the count is not between 1 and %d", maxCount)
	case f.Count > 0 && k.where == inClock:
		return errors.New("takes no count")
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
			return errors.New("a path that does not begin with / or is no plain text")
		}
	}
	if f.Location != "" {
		if _, err := url.Parse(f.Location); err != nil || !plain(f.Location) {
			return errors.New("the location is no URL")
		}
	}
	return nil
}

// plain reports whether s can stand in a header and in a specification.
func plain(s string) bool {
	return len(s) <= maxText && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == ',' })
}

// shorten quotes text of unknown origin for a message of one line.
func shorten(s string) string { return strconv.Quote(text.Shorten(s, 40)) }

func joinKinds() string {
	var names []string
	for _, k := range Kinds() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

func (f Fault) matches(path string) bool {
	return len(f.Paths) == 0 || slices.ContainsFunc(f.Paths, func(p string) bool { return strings.HasPrefix(path, p) })
}
