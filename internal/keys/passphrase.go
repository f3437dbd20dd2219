package keys

import (
	"strings"

	"github.com/nsauth/nsauth/internal/secret"
)

// NewPassphrase reads the passphrase for a key that is being made from a file, or
// from standard input (-), a variable (env:NAME) or a descriptor (fd:N): the one
// that a Loader tries first when it opens the key. It has to be one line, since
// openssl reads no further.
//
// reason is "" or why there is none: one of KindUnreadable, empty or several-lines.
func (l *Loader) NewPassphrase(name string) (text secret.Secret, reason string) {
	content, reason := l.readPassphrase(name)
	if reason != "" {
		return secret.Secret{}, reason
	}
	line := strings.TrimSuffix(strings.TrimSuffix(content, "\n"), "\r")
	line = strings.TrimPrefix(line, "\xef\xbb\xbf") // what Windows editors put in front
	switch {
	case line == "":
		return secret.Secret{}, "empty"
	case strings.ContainsAny(line, "\r\n\x00"):
		return secret.Secret{}, "several-lines"
	}
	return secret.New(line), ""
}
