package netsuite

import (
	"log/slog"
	"time"
)

// EventKind is what an [Event] is about.
type EventKind string

// The kinds of [Event].
const (
	EventToken   EventKind = "token-request" // a token request was answered, or failed
	EventCall    EventKind = "call"          // any other request was answered, or failed
	EventRenewed EventKind = "renewed"       // a TokenSource has a new token, or failed to get one
	EventDropped EventKind = "dropped"       // a TokenSource dropped a token that the server rejected
	EventWaiting EventKind = "waiting"       // a try failed; the next one follows after Duration
)

// Event reports a request or a renewal, for metrics and logs. Neither it nor its
// error's text holds a token, an assertion, a query, a header or a body.
type Event struct {
	Kind   EventKind
	Method string    // of the request, or ""
	URL    string    // scheme, host and path
	Try    int       // from 1, with EventWaiting
	Status int       // of the answer, or 0
	Err    error     // of a request without an answer, or of a failed renewal
	Start  time.Time // when it began
	// Duration lasts until the answer's header was read; with EventWaiting it is
	// the wait.
	Duration  time.Duration
	ExpiresIn time.Duration // with EventRenewed: the token's lifetime, 0 if unknown
}

// LogValue is the event as attributes.
func (e Event) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("kind", string(e.Kind))}
	for _, a := range []struct {
		set  bool
		attr slog.Attr
	}{
		{e.Method != "", slog.String("method", e.Method)},
		{e.URL != "", slog.String("url", e.URL)},
		{e.Try > 0, slog.Int("try", e.Try)},
		{e.Status > 0, slog.Int("status", e.Status)},
		{e.Duration > 0, slog.Duration("duration", e.Duration)},
		{e.ExpiresIn > 0, slog.Duration("expires_in", e.ExpiresIn)},
	} {
		if a.set {
			attrs = append(attrs, a.attr)
		}
	}
	if e.Err != nil {
		attrs = append(attrs, slog.String("error", e.Err.Error()))
	}
	return slog.GroupValue(attrs...)
}
