package verdict

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/text"
)

// What a client sent is shown in verdicts and logs only as far as it cannot be a
// secret: an assertion or a token may stand where another thing belongs.

// LogText is what a client sent, fit for a log: what is longer than a name may
// be a token in the wrong place, and is withheld.
func LogText(s string, limit int) string {
	if len(s) > limit {
		return "(long)"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
}

// Shown is a word that a client sent, for a reason.
func Shown(s string) string {
	if s == "" {
		return "empty"
	}
	return LogText(s, 32)
}

// ShownURL is a URL that a client sent, for a reason. What is none is withheld: it
// may be anything.
func ShownURL(s string) string {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		return "no URL"
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return "a URL with more than host and path"
	}
	return u.Scheme + "://" + LogText(u.Host, 80) + LogPath(u.Path)
}

// Span is a stretch of time, to the accuracy that a person needs.
func Span(d time.Duration) string {
	for _, unit := range []struct {
		of   time.Duration
		name string
	}{{24 * time.Hour, "days"}, {time.Hour, "hours"}, {time.Minute, "minutes"}} {
		if d >= 2*unit.of {
			return fmt.Sprintf("%d %s", d/unit.of, unit.name)
		}
	}
	return fmt.Sprintf("%d s", d/time.Second)
}

// LogPath is a URL path, each segment fit for a log.
func LogPath(path string) string {
	segments := strings.Split(path[:min(len(path), 1024)], "/")
	for i, segment := range segments {
		segments[i] = LogText(segment, 64) // a client ID has 64
	}
	return strings.Join(segments[:min(len(segments), 16)], "/")
}

var identifierForm = text.Regexp(`^[A-Za-z0-9_.-]{1,64}$`)

// IsIdentifier reports whether s has the form of a client ID or Certificate ID.
func IsIdentifier(s string) bool { return identifierForm().MatchString(s) }

// Identifier is an ID that a client sent, fit for a log. What cannot be an ID,
// because it is longer or has other characters, may be a token that was put in
// the wrong place, and is withheld.
func Identifier(s string) string {
	if s == "" || IsIdentifier(s) {
		return s
	}
	return "(not an identifier)"
}
