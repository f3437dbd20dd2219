package keys

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"syscall"

	"github.com/nsauth/nsauth/internal/secret"
	"github.com/nsauth/nsauth/internal/text"
)

// tries is how often a person is asked for a passphrase.
const tries = 3

// unlocker tries the passphrases that there are: those that have opened
// something before, the file's, a person's.
func (l *Loader) unlocker(ctx context.Context, s Source, in input) unlocker {
	return func(object Object, open lock) ([]blob, Passphrase, *Fault) {
		for _, k := range l.known {
			if inside, fault := open(k.Reveal()); fault == nil || fault.Kind != KindPassphraseWrong {
				return inside, k.Passphrase, fault
			}
		}
		if s.PassphraseFile != "" {
			return l.fromFile(s.PassphraseFile, open)
		}
		if l.Ask == nil {
			return nil, Passphrase{}, &Fault{Kind: KindEncrypted}
		}
		what := in.path
		if what == "" {
			what = in.from
		}
		for range tries {
			secret, err := l.Ask(ctx, what)
			if err != nil || secret.IsZero() {
				return nil, Passphrase{}, &Fault{Kind: KindEncrypted}
			}
			inside, fault := open(secret.Reveal())
			if fault == nil {
				return inside, l.remember(secret.Reveal(), Passphrase{From: "terminal"}), nil
			}
			if fault.Kind != KindPassphraseWrong {
				return nil, Passphrase{}, fault
			}
		}
		return nil, Passphrase{}, wrongPassphrase().with("tries", tries)
	}
}

func (l *Loader) remember(text string, from Passphrase) Passphrase {
	l.known = append(l.known, known{secret.New(text), from})
	return from
}

// noPassphrase is for a passphrase file that gives none.
func noPassphrase(object Object, path, reason string) *Fault {
	return (&Fault{Object: object, Kind: KindEncrypted, Reason: "passphrase-file-" + reason}).with("passphrase_file", path)
}

// fromFile tries the passphrase in a file: without the line break at its end,
// which an editor puts there, and only then with it.
func (l *Loader) fromFile(path string, open lock) ([]blob, Passphrase, *Fault) {
	text, reason := l.readPassphrase(path)
	if reason != "" {
		return nil, Passphrase{}, noPassphrase("", path, reason)
	}
	cut := strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
	candidates := []string{strings.TrimPrefix(cut, "\xef\xbb\xbf"), cut, text}
	for _, c := range slices.Compact(candidates) {
		inside, fault := open(c)
		switch {
		case fault == nil:
			return inside, l.remember(c, Passphrase{From: "file", NewlineCut: cut != text && c != text}), nil
		case fault.Kind != KindPassphraseWrong:
			return nil, Passphrase{}, fault
		}
	}
	fault := wrongPassphrase().with("passphrase_file", path)
	fault.Reason = oddPassphrase(cut)
	return nil, Passphrase{}, fault
}

// maxPassphrase bounds a passphrase file. OpenSSL takes at most 1 KiB.
const maxPassphrase = 4 << 10

// passphrase is what a passphrase file holds, or the reason why there is none.
type passphrase struct {
	secret.Secret
	reason string
}

// readPassphrase reads any file, also a pipe as of a shell's <(...), standard
// input (-), a variable (env:NAME) or a descriptor (fd:N), or remembers what it
// read. reason is one of those of KindUnreadable, or "empty".
func (l *Loader) readPassphrase(path string) (text, reason string) {
	p, ok := l.passphrases[path]
	if !ok {
		data, err := l.slurp(path)
		switch {
		case errors.Is(err, syscall.EISDIR):
			p.reason = "is-directory"
		case err != nil:
			p.reason = reasonOf(err)
		case len(data) > maxPassphrase:
			p.reason = "too-large"
		case len(bytes.Trim(data, "\r\n")) == 0:
			p.reason = "empty"
		default:
			p.Secret = secret.New(string(data))
		}
		if l.passphrases == nil {
			l.passphrases = map[string]passphrase{}
		}
		l.passphrases[path] = p
	}
	return p.Reveal(), p.reason
}

func (l *Loader) slurp(path string) ([]byte, error) {
	if name, ok := strings.CutPrefix(path, "env:"); ok {
		value, set := "", false
		if l.LookupEnv != nil {
			value, set = l.LookupEnv(name)
		}
		if !set {
			return nil, fs.ErrNotExist
		}
		return []byte(value), nil
	}
	if number, ok := descriptorOf(path); ok {
		return readDescriptor(number)
	}
	if path == "-" && l.Stdin != nil {
		return text.ReadAtMost(l.Stdin, maxPassphrase)
	}
	return text.ReadFileAtMost(path, maxPassphrase)
}

// oddPassphrase says what a passphrase that does not fit has that may not belong
// to it; "" for nothing.
func oddPassphrase(text string) string {
	switch {
	case strings.HasPrefix(text, "\xef\xbb\xbf"), strings.HasPrefix(text, "\xff\xfe"), strings.HasPrefix(text, "\xfe\xff"):
		return "file-byte-order-mark"
	case strings.Contains(text, "\n"):
		return "file-several-lines"
	case strings.TrimSpace(text) != text:
		return "file-blanks"
	case len(text) > 1 && (text[0] == '"' || text[0] == '\'') && text[len(text)-1] == text[0]:
		return "file-quotes"
	}
	return ""
}

// NewPassphrase reads the passphrase for a key that is being made from a file, or
// from standard input (-), a variable (env:NAME) or a descriptor (fd:N): the one
// that a Loader tries first when it opens the key. It has to be one line, since
// openssl reads no further.
//
// reason is "" or why there is none: one of KindUnreadable, empty or several-lines.
func (l *Loader) NewPassphrase(name string) (passphrase secret.Secret, reason string) {
	content, reason := l.readPassphrase(name)
	if reason != "" {
		return secret.Secret{}, reason
	}
	line := strings.TrimSuffix(strings.TrimSuffix(content, "\n"), "\r")
	line = text.TrimBOM(line)
	switch {
	case line == "":
		return secret.Secret{}, "empty"
	case strings.ContainsAny(line, "\r\n\x00"):
		return secret.Secret{}, "several-lines"
	}
	return secret.New(line), ""
}
