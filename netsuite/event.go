package netsuite

import (
	"log/slog"
	"time"
)

// EventKind says what happened.
type EventKind string

// The kinds of [Event].
const (
	EventToken   EventKind = "token-request" // a token request was answered, or failed
	EventCall    EventKind = "call"          // any other request was answered, or failed
	EventRenewed EventKind = "renewed"       // a TokenSource has a new token, or failed to get one
	EventDropped EventKind = "dropped"       // a TokenSource dropped a token that was refused
	EventWaiting EventKind = "waiting"       // a try failed, and Duration from Start another one follows
)

// Event is something that happened, for metrics and logs. It holds no token, no
// assertion, no query, no header and no body; the texts of its errors hold none
// of them either.
type Event struct {
	Kind   EventKind
	Method string    // of the request; "" where there is none
	URL    string    // scheme, host and path
	Try    int       // from 1, with EventWaiting
	Status int       // of the answer; 0 if there is none
	Err    error     // of a request that was not answered, and of a renewal that failed
	Start  time.Time // when it began
	// Duration is until the answer's header was read; with EventWaiting how long
	// is waited.
	Duration  time.Duration
	ExpiresIn time.Duration // with EventRenewed: the token's lifetime, 0 if not stated
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
