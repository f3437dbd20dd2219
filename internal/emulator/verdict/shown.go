package verdict

import (
	"net/url"
	"strings"

	"github.com/nsauth/nsauth/internal/text"
)

// LogText is what a client sent, safe for a log. A text over limit bytes is
// withheld: it may be an assertion or a token in the wrong place.
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

// Shown is a word that a client sent, safe for a Reason.
func Shown(s string) string {
	if s == "" {
		return "empty"
	}
	return LogText(s, 32)
}

// ShownURL is a URL that a client sent, safe for a Reason. Anything else is withheld.
func ShownURL(s string) string {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		return "not a URL"
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return "a URL with more than host and path"
	}
	return u.Scheme + "://" + LogText(u.Host, 80) + LogPath(u.Path)
}

// LogPath is a URL path, each segment safe for a log.
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

// Identifier is an ID that a client sent, safe for a log. A text that cannot be an
// ID is withheld: it may be a token in the wrong place.
func Identifier(s string) string {
	if s == "" || IsIdentifier(s) {
		return s
	}
	return "(not an identifier)"
}
