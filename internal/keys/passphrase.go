package keys

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/nsauth/nsauth/internal/secret"
	"github.com/nsauth/nsauth/internal/text"
)

// tries is how often a person is asked for a passphrase.
const tries = 3

// passphraseFinder tries the passphrases that worked before, then that of the file, or
// else asks a person.
func (l *Loader) passphraseFinder(ctx context.Context, s Source, in input) passphraseFinder {
	return func(object Object, decrypt decrypter) ([]blob, Passphrase, *Fault) {
		for _, k := range l.known {
			if inside, fault := decrypt(k.Reveal()); fault == nil || fault.Kind != KindPassphraseWrong {
				return inside, k.Passphrase, fault
			}
		}
		if s.PassphraseFile != "" {
			return l.fromFile(s.PassphraseFile, decrypt)
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
			inside, fault := decrypt(secret.Reveal())
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

// noPassphrase is for a passphrase file that cannot be used.
func noPassphrase(object Object, path, reason string) *Fault {
	return (&Fault{Object: object, Kind: KindEncrypted, Reason: "passphrase-file-" + reason}).with("passphrase_file", path)
}

// fromFile tries the passphrase in a file: first without the final line break, which
// editors add, then with it.
func (l *Loader) fromFile(path string, decrypt decrypter) ([]blob, Passphrase, *Fault) {
	text, reason := l.readPassphrase(path)
	if reason != "" {
		return nil, Passphrase{}, noPassphrase("", path, reason)
	}
	cut := strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
	candidates := []string{strings.TrimPrefix(cut, "\xef\xbb\xbf"), cut, text}
	for _, c := range slices.Compact(candidates) {
		inside, fault := decrypt(c)
		switch {
		case fault == nil:
			return inside, l.remember(c, Passphrase{From: "file", NewlineCut: cut != text && c != text}), nil
		case fault.Kind != KindPassphraseWrong:
			return nil, Passphrase{}, fault
		}
	}
	fault := wrongPassphrase().with("passphrase_file", path)
	fault.Reason = passphraseDefect(cut)
	return nil, Passphrase{}, fault
}

// maxPassphrase bounds a passphrase file, in bytes. OpenSSL reads at most 1 KiB.
const maxPassphrase = 4 << 10

// passphrase is the content of a passphrase file, or the reason why it has none.
type passphrase struct {
	secret.Secret
	reason string
}

// readPassphrase reads a file once, also a pipe such as a shell's <(...), standard
// input (-), a variable (env:NAME) or a descriptor (fd:N). reason is one of
// KindUnreadable, or "empty".
func (l *Loader) readPassphrase(path string) (text, reason string) {
	p, ok := l.passphrases[path]
	if !ok {
		data, err := l.readPassphraseBytes(path)
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

func (l *Loader) readPassphraseBytes(path string) ([]byte, error) {
	if name, ok := strings.CutPrefix(path, "env:"); ok {
		value, set := l.lookup(name)
		if !set {
			return nil, fs.ErrNotExist
		}
		return []byte(value), nil
	}
	if number, ok := DescriptorOf(path); ok {
		return readDescriptor(number)
	}
	if path == "-" && l.Stdin != nil {
		return text.ReadAtMost(l.Stdin, maxPassphrase)
	}
	var wait time.Duration
	if l.PipeWait != nil {
		wait = l.PipeWait()
	}
	return text.ReadFileWithin(path, maxPassphrase, wait)
}

// passphraseDefect names what in a wrong passphrase may not belong to it; "" if nothing
// does.
func passphraseDefect(text string) string {
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

// NewPassphrase reads the passphrase for a new key from a file, standard input (-), a
// variable (env:NAME) or a descriptor (fd:N). It must be one line, since openssl reads
// only the first.
//
// reason is "", or why there is none: one of KindUnreadable, empty or several-lines.
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
