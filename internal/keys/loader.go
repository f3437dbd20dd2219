package keys

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/nsauth/nsauth/internal/secret"
	"github.com/nsauth/nsauth/internal/text"
)

// Source says where a key or a certificate is.
type Source struct {
	// Name is the path of a file, "-" for standard input, "env:NAME" for an
	// environment variable or "fd:N" for an open file descriptor.
	Name string
	// Command, where there is no Name, is a command line whose standard output
	// is the key.
	Command string
	// PassphraseFile names what holds the passphrase, as Name does; "" for none.
	PassphraseFile string
}

// IsZero reports whether the source names nothing.
func (s Source) IsZero() bool { return s.Name == "" && s.Command == "" }

// Loader reads keys and certificates from where a Source says. It reads each source
// once, and tries a passphrase that opened something again: a key and a certificate
// may both come from standard input. The zero Loader reads files only.
type Loader struct {
	// LookupEnv looks up an environment variable.
	LookupEnv func(name string) (string, bool)
	// Stdin is standard input.
	Stdin io.Reader
	// Shell runs a command line, its standard output to stdout.
	Shell func(ctx context.Context, command string, stdout io.Writer) error
	// Ask asks a person for a passphrase; nil if there is no one to ask. what
	// names the file.
	Ask func(ctx context.Context, what string) (secret.Secret, error)
	// Dir is where a path that a variable holds starts from.
	Dir string

	mu          sync.Mutex
	seen        map[Source]input
	passphrases map[string]passphrase
	known       []known
}

// Format writes nothing of what was read, for every verb and flag.
func (*Loader) Format(f fmt.State, _ rune) { io.WriteString(f, secret.Placeholder) }

// input is what was read from a source.
type input struct {
	data    []byte
	mode    fs.FileMode // of a file
	path    string      // of a file
	from    string      // what else it comes from, in words: "standard input", "$NAME", ...
	repairs repairs
	fault   *Fault
}

// known is a passphrase that opened something.
type known struct {
	secret.Secret
	Passphrase
}

// Key reads a private key. The error is a *Fault or that of ctx.
//
// KindUnreadable has the reasons missing, is-directory, not-a-regular-file,
// permission, too-large, content-not-path and io; variable-unset, path-in-variable,
// descriptor, no-standard-input and command-failed. See parseKey for the other kinds.
func (l *Loader) Key(ctx context.Context, s Source) (*Key, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	key, fault := l.key(ctx, s)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err() // not the source's doing
	case fault != nil:
		return nil, fault
	}
	return key, nil
}

// Identity names the private key without opening it, by a digest of what was read:
// the same bytes hold the same key. No passphrase is asked for, and whether
// there is a key in it is not looked at. The error is a *Fault of KindUnreadable,
// with Key's reasons, or that of ctx.
func (l *Loader) Identity(ctx context.Context, s Source) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	in := l.read(ctx, ObjectKey, s)
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err() // not the source's doing
	case in.fault != nil:
		return "", in.fault
	}
	sum := sha256.Sum256(in.data)
	return hex.EncodeToString(sum[:]), nil
}

func (l *Loader) key(ctx context.Context, s Source) (*Key, *Fault) {
	in := l.read(ctx, ObjectKey, s)
	if in.fault != nil {
		return nil, in.fault
	}
	key, fault := parseKey(in.data, l.unlocker(ctx, s, in))
	if fault != nil {
		return nil, in.at(fault)
	}
	key.Path, key.Mode, key.From = in.path, in.mode, in.from
	key.Repairs = in.allRepairs(key.Repairs)
	return key, nil
}

// Certificate reads a certificate: of several the one that belongs to k, else
// the first. The error is a *Fault, as of LoadCertificate and Key, or that of
// ctx. KindUnparsable has further reasons: pkcs12-encrypted,
// pkcs12-passphrase-wrong.
func (l *Loader) Certificate(ctx context.Context, s Source, k *Key) (*Certificate, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	in := l.read(ctx, ObjectCertificate, s)
	if in.fault != nil {
		return nil, in.fault
	}
	cert, fault := parseCertificate(in.data, k, l.unlocker(ctx, s, in))
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if fault != nil {
		return nil, in.at(fault)
	}
	cert.Path, cert.From = in.path, in.from
	cert.Repairs = in.allRepairs(cert.Repairs)
	return cert, nil
}

// at says where the thing with the fault is.
func (in input) at(f *Fault) *Fault {
	if in.from != "" {
		f.with("source", in.from)
	}
	return f.at(in.path)
}

func (in input) allRepairs(list []Repair) []Repair {
	all := repairs{}
	for _, r := range list {
		all[r] = true
	}
	for r := range in.repairs {
		all[r] = true
	}
	if in.path == "" {
		delete(all, RepairNoFinalNewline) // only a file ought to have one
	}
	return all.list()
}

// read reads a source, or remembers what it read.
func (l *Loader) read(ctx context.Context, object Object, s Source) input {
	s.PassphraseFile = "" // not read here
	in, ok := l.seen[s]
	if !ok {
		in = l.fetch(ctx, object, s)
		if ctx.Err() != nil {
			return in
		}
		if l.seen == nil {
			l.seen = map[Source]input{}
		}
		l.seen[s] = in
	}
	if in.fault != nil && in.fault.Object != object {
		other := *in.fault // a key and a certificate were to come from here
		other.Object = object
		in.fault = &other
	}
	return in
}

func (l *Loader) fetch(ctx context.Context, object Object, s Source) input {
	name, isVariable := strings.CutPrefix(s.Name, "env:")
	descriptor, isDescriptor := descriptorOf(s.Name)
	switch {
	case s.Name == "" && s.Command != "":
		return l.run(ctx, object, s.Command)
	case s.Name == "-":
		return l.stdin(object)
	case isVariable:
		return l.variable(object, name)
	case isDescriptor:
		in := input{from: "file descriptor " + descriptor}
		data, err := readDescriptor(descriptor)
		return in.bounded(object, data, "descriptor", err)
	}
	in := input{path: s.Name}
	in.data, in.mode, in.fault = read(object, s.Name)
	return in
}

// bounded completes what was read of anything but a file.
func (in input) bounded(object Object, data []byte, reason string, err error) input {
	switch {
	case err != nil:
		in.fault = in.at(&Fault{Object: object, Kind: KindUnreadable, Reason: reason, Err: err})
	case len(data) > MaxFileBytes:
		in.fault = in.at((&Fault{Object: object, Kind: KindUnreadable, Reason: "too-large"}).with("limit_bytes", MaxFileBytes))
	default:
		in.data = data
	}
	return in
}

// run takes what the command prints. Its own words of failure are on the error
// stream; they are not repeated.
func (l *Loader) run(ctx context.Context, object Object, command string) input {
	in := input{from: "the key command"}
	if l.Shell == nil {
		return in.bounded(object, nil, "command-failed", errors.ErrUnsupported)
	}
	out := text.Bounded{Limit: MaxFileBytes}
	err := l.Shell(ctx, command, &out)
	if out.Exceeded() {
		err = nil
	}
	return in.bounded(object, out.Bytes(), "command-failed", err)
}

func (l *Loader) stdin(object Object) input {
	in := input{from: "standard input"}
	if l.Stdin == nil {
		return in.bounded(object, nil, "no-standard-input", errors.ErrUnsupported)
	}
	data, err := text.ReadAtMost(l.Stdin, MaxFileBytes)
	return in.bounded(object, data, "no-standard-input", err)
}

func (l *Loader) variable(object Object, name string) input {
	in := input{from: "$" + name}
	if name == "" {
		in.from = "env: without a name"
	}
	text, set := "", false
	if l.LookupEnv != nil {
		text, set = l.LookupEnv(name)
	}
	if !set || strings.TrimSpace(text) == "" {
		return in.bounded(object, nil, "variable-unset", fs.ErrNotExist)
	}
	if path, ok := l.pathIn(text); ok {
		in.path, in.repairs = path, repairs{RepairPathInVariable: true}
		in.data, in.mode, in.fault = read(object, path)
		return in
	}
	if looksLikePath(unquoted(text)) {
		return in.bounded(object, nil, "path-in-variable", fs.ErrNotExist)
	}
	return in.bounded(object, []byte(text), "", nil)
}

// pathIn recognises a variable that holds the path of a file instead of its
// content: there is a file of that name.
func (l *Loader) pathIn(text string) (string, bool) {
	path := unquoted(text)
	if isContent(path) {
		return "", false
	}
	if l.Dir != "" && !filepath.IsAbs(path) {
		path = filepath.Join(l.Dir, path)
	}
	info, err := os.Stat(path)
	return path, err == nil && info.Mode().IsRegular()
}

// unquoted is a value without the spaces and the quotes around it, which docker's
// env files keep.
func unquoted(text string) string {
	text = strings.TrimSpace(text)
	if n := len(text); n > 1 && (text[0] == '"' || text[0] == '\'') && text[n-1] == text[0] {
		return text[1 : n-1]
	}
	return text
}

// looksLikePath tells the path of a file that is not there from damaged content, by
// the end of its name: no form of a key ends in a dot and these letters.
func looksLikePath(text string) bool {
	const longest = 255
	endings := []string{".pem", ".key", ".p8", ".pk8", ".p12", ".pfx", ".der", ".crt", ".cer", ".jwk", ".json", ".txt"}
	return len(text) <= longest && !isContent(text) && !strings.ContainsAny(text, "{}") &&
		slices.Contains(endings, strings.ToLower(filepath.Ext(text)))
}

// descriptorOf recognises "fd:N" and the names that systems have for it.
func descriptorOf(name string) (string, bool) {
	for _, prefix := range []string{"fd:", "/dev/fd/", "/proc/self/fd/"} {
		if n, ok := strings.CutPrefix(name, prefix); ok {
			return n, true
		}
	}
	return "0", name == "/dev/stdin"
}
