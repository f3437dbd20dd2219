package keys

import (
	"context"
	"crypto"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nsauth/nsauth/internal/secret"
	"github.com/nsauth/nsauth/internal/text"
)

// Source says where a key or a certificate is.
type Source struct {
	// Name is the path of a file, "-" for standard input, "env:NAME" for an
	// environment variable or "fd:N" for an open file descriptor.
	Name string
	// Command, if Name is "", is a command line that prints the key.
	Command string
	// SignCommand is a command line that signs with a key elsewhere. Then Name is the
	// source of its public key or certificate.
	SignCommand string
	// PassphraseFile names the source of the passphrase as Name does; "" for none.
	PassphraseFile string
}

// IsZero reports whether the source names nothing.
func (s Source) IsZero() bool { return s.Name == "" && s.Command == "" }

// Loader reads keys and certificates from a Source. It reads each source once, since
// key and certificate may both come from standard input, and reuses passphrases.
// The zero Loader reads files only.
type Loader struct {
	// LookupEnv looks up an environment variable.
	LookupEnv func(name string) (string, bool)
	// Stdin is standard input.
	Stdin io.Reader
	// Shell runs a command line and writes its standard output to stdout.
	Shell func(ctx context.Context, command string, stdout io.Writer) error
	// Elsewhere is the signer that a command line stands for, with its public key.
	Elsewhere func(command string, public crypto.PublicKey) crypto.Signer
	// Ask asks a person for the passphrase of the file what; it may be nil.
	Ask func(ctx context.Context, what string) (secret.Secret, error)
	// Dir is the base of a relative path in a variable.
	Dir string
	// PipeWait says how long a pipe may take; nil is two minutes.
	PipeWait func() time.Duration

	mu          sync.Mutex
	variables   map[string]variable
	seen        map[Source]input
	passphrases map[string]passphrase
	known       []known
}

// variable is the value of a variable that is not in the environment.
type variable struct {
	secret.Secret
	overrides bool // the environment
}

// Remember adds a variable that env:NAME means, such as one of an env file: if it
// overrides, before one of the environment, else only in its absence.
func (l *Loader) Remember(name, value string, overrides bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.variables == nil {
		l.variables = map[string]variable{}
	}
	l.variables[name] = variable{secret.New(value), overrides}
}

// lookup finds the variable that env:NAME means.
func (l *Loader) lookup(name string) (string, bool) {
	given, known := l.variables[name]
	if known && given.overrides {
		return given.Reveal(), true
	}
	if l.LookupEnv != nil {
		if text, set := l.LookupEnv(name); set && (strings.TrimSpace(text) != "" || !known) {
			return text, true
		}
	}
	return given.Reveal(), known
}

// Format never writes what was read, whatever verb and flags.
func (*Loader) Format(f fmt.State, _ rune) { io.WriteString(f, secret.Placeholder) }

// input is what was read from a source.
type input struct {
	data    []byte
	mode    fs.FileMode // of a file
	path    string      // of a file
	from    string      // any other source: "standard input", "$NAME", ...
	repairs repairs
	fault   *Fault
}

// known is a passphrase that decrypted something.
type known struct {
	secret.Secret
	Passphrase
}

// Key reads a private key. The error is a *Fault or that of ctx.
//
// KindUnreadable has the reasons missing, is-directory, not-a-regular-file,
// permission, too-large, content-not-path and io; variable-unset, variable-empty, path-in-variable,
// descriptor, no-standard-input and command-failed. See parseKey for the other kinds.
func (l *Loader) Key(ctx context.Context, s Source) (*Key, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	key, fault := l.key(ctx, s)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case fault != nil:
		return nil, fault
	}
	return key, nil
}

// Identity is a digest of the bytes of a private key, so that the same key can be
// recognised without its passphrase. It does not check that the bytes are a key. Of a key
// elsewhere it is the fingerprint of the public key. The error is a *Fault of
// KindUnreadable, with Key's reasons, one of KindPublicKeyUnusable, or that of ctx.
func (l *Loader) Identity(ctx context.Context, s Source) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.SignCommand != "" {
		key, fault := l.elsewhere(ctx, s)
		switch {
		case ctx.Err() != nil:
			return "", ctx.Err()
		case fault != nil:
			return "", fault
		}
		return key.SPKISHA256(), nil
	}
	in := l.read(ctx, ObjectKey, s)
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case in.fault != nil:
		return "", in.fault
	}
	sum := sha256.Sum256(in.data)
	return hex.EncodeToString(sum[:]), nil
}

func (l *Loader) key(ctx context.Context, s Source) (*Key, *Fault) {
	if s.SignCommand != "" {
		return l.elsewhere(ctx, s)
	}
	in := l.read(ctx, ObjectKey, s)
	if in.fault != nil {
		return nil, in.fault
	}
	key, fault := parseKey(in.data, l.passphraseFinder(ctx, s, in))
	if fault != nil {
		return nil, in.at(fault)
	}
	key.Path, key.Mode, key.From = in.path, in.mode, in.from
	key.Repairs = in.allRepairs(key.Repairs)
	return key, nil
}

// Certificate reads a certificate: of several the one that belongs to k, else the
// first. The error is a *Fault with the reasons of Key and ParseCertificate, or that of
// ctx. KindUnparsable has further reasons: pkcs12-encrypted, pkcs12-passphrase-wrong.
func (l *Loader) Certificate(ctx context.Context, s Source, k *Key) (*Certificate, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	in := l.read(ctx, ObjectCertificate, s)
	if in.fault != nil {
		return nil, in.fault
	}
	cert, fault := parseCertificate(in.data, k, l.passphraseFinder(ctx, s, in))
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

// HoldsKey reports whether a source holds a private key that needs no passphrase of its
// own: a PKCS#12 file has one for key and certificate.
func (l *Loader) HoldsKey(ctx context.Context, s Source) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	in := l.read(ctx, ObjectCertificate, s)
	if in.fault != nil || ctx.Err() != nil {
		return false
	}
	found, _ := scan(in.data)
	b := pick(ObjectKey, found)
	if b.is == pkcs12 && b.isEncrypted() {
		inside, _, fault := b.open(ObjectKey, l.passphraseFinder(ctx, s, in))
		if fault != nil || len(inside) == 0 {
			return false
		}
		b = pick(ObjectKey, inside)
	}
	return b.claims(ObjectKey) && !b.isEncrypted()
}

// at adds the source to a fault.
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
		delete(all, RepairNoFinalNewline) // only expected of a file
	}
	return all.list()
}

// read reads a source once.
func (l *Loader) read(ctx context.Context, object Object, s Source) input {
	s.PassphraseFile, s.SignCommand = "", "" // do not matter here
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
		other := *in.fault // key and certificate have the same source
		other.Object = object
		in.fault = &other
	}
	return in
}

func (l *Loader) fetch(ctx context.Context, object Object, s Source) input {
	name, isVariable := strings.CutPrefix(s.Name, "env:")
	descriptor, isDescriptor := DescriptorOf(s.Name)
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

// bounded completes input that is not from a file.
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

// run reads what the command prints. The command's own error messages are on its
// standard error; they are not repeated.
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
	text, set := l.lookup(name)
	switch {
	case !set:
		return in.bounded(object, nil, "variable-unset", fs.ErrNotExist)
	case strings.TrimSpace(text) == "":
		return in.bounded(object, nil, "variable-empty", fs.ErrNotExist)
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

// pathIn recognises a variable that holds the path of a file that exists, instead of
// its content.
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

// unquoted is a value without surrounding spaces and quotes, which Docker keeps from
// env files.
func unquoted(text string) string {
	text = strings.TrimSpace(text)
	if n := len(text); n > 1 && (text[0] == '"' || text[0] == '\'') && text[n-1] == text[0] {
		return text[1 : n-1]
	}
	return text
}

// looksLikePath tells the path of a missing file from damaged content by its
// extension.
func looksLikePath(text string) bool {
	const longest = 255
	endings := []string{".pem", ".key", ".p8", ".pk8", ".p12", ".pfx", ".der", ".crt", ".cer", ".jwk", ".json", ".txt"}
	return len(text) <= longest && !isContent(text) && !strings.ContainsAny(text, "{}") &&
		slices.Contains(endings, strings.ToLower(filepath.Ext(text)))
}

// Forget forgets what was read from files, variables and commands, so that a long run sees
// what changed there. What cannot be read again stays: standard input, descriptors, pipes,
// and the passphrases that worked.
func (l *Loader) Forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	again := func(name string) bool {
		if _, ok := DescriptorOf(name); ok || name == "-" {
			return false
		}
		info, err := os.Stat(name)
		return err != nil || info.Mode().IsRegular()
	}
	maps.DeleteFunc(l.seen, func(s Source, _ input) bool { return again(s.Name) })
	maps.DeleteFunc(l.passphrases, func(name string, _ passphrase) bool { return again(name) })
}

// DescriptorOf recognises "fd:N" and the equivalent names of files.
func DescriptorOf(name string) (string, bool) {
	for _, prefix := range []string{"fd:", "/dev/fd/", "/proc/self/fd/"} {
		if n, ok := strings.CutPrefix(name, prefix); ok {
			return n, true
		}
	}
	return "0", name == "/dev/stdin"
}
