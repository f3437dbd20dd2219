// Package signcommand signs with a key that stays where it is: a command gets the bytes on
// standard input and prints the signature.
//
// The command gets the whole message and not its hash, because programs differ in which hash
// they take. Every signature is verified with the public key, as strictly as a server does.
package signcommand

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/text"
)

// Variable names the algorithm for the command, such as PS256.
const Variable = "NSAUTH_SIGN_ALG"

// MaxAnswer bounds what a command may print, and what is shown of its errors, in bytes.
const MaxAnswer = 64 << 10

// Options say how a command runs.
type Options struct {
	// Run runs a command line in the platform's shell. Its error has the method ExitCode
	// if the command ended with one.
	Run func(ctx context.Context, command string, input []byte, variables []string, stdout, stderr io.Writer) error
	// Stderr shows the errors of the command, without control characters.
	Stderr io.Writer
	// Limit is how long a command may run; nil is without a limit.
	Limit func() time.Duration
}

// Signer is a key that a command signs with. It implements crypto.MessageSigner.
type Signer struct {
	command string
	public  crypto.PublicKey
	options Options
	ctx     context.Context
}

var _ crypto.MessageSigner = (*Signer)(nil)

// New is the signer that a command line stands for, with the public key of its key.
func New(command string, public crypto.PublicKey, o Options) *Signer {
	return &Signer{command: command, public: public, options: o, ctx: context.Background()}
}

// In is the same signer. Its commands end with ctx.
func (s *Signer) In(ctx context.Context) crypto.Signer {
	bound := *s
	bound.ctx = ctx
	return &bound
}

// Public is the public key.
func (s *Signer) Public() crypto.PublicKey { return s.public }

// Sign fails: a command signs messages, not hashes.
func (s *Signer) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("a sign command signs a message, not its hash")
}

// SignMessage runs the command once. An ECDSA signature is in ASN.1, as crypto.Signer
// requires. The error is a *Fault, or that of the signer's context.
func (s *Signer) SignMessage(_ io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	alg := s.algorithm(opts)
	if alg == "" {
		return nil, &Fault{Kind: Failed, Reason: "no-algorithm"}
	}
	answer, err := s.run(message, alg)
	if err != nil {
		return nil, err
	}
	return s.read(answer, alg, message)
}

// algorithm is the name of RFC 7518 for what is asked for, or "".
func (s *Signer) algorithm(opts crypto.SignerOpts) string {
	hash := opts.HashFunc()
	switch key := s.public.(type) {
	case *rsa.PublicKey:
		scheme := "RS"
		if _, ok := opts.(*rsa.PSSOptions); ok {
			scheme = "PS"
		}
		if 8*hash.Size() < 256 {
			return ""
		}
		return fmt.Sprint(scheme, 8*hash.Size())
	case *ecdsa.PublicKey:
		return map[string]string{"P-256/32": "ES256", "P-384/48": "ES384", "P-521/64": "ES512"}[fmt.Sprintf("%s/%d", key.Params().Name, hash.Size())]
	}
	return ""
}

// run returns what the command prints.
func (s *Signer) run(message []byte, alg string) ([]byte, error) {
	if s.options.Run == nil {
		return nil, &Fault{Kind: Failed, Reason: "not-run", Err: errors.ErrUnsupported}
	}
	ctx, cancel := s.ctx, context.CancelFunc(func() {})
	if s.options.Limit != nil {
		ctx, cancel = context.WithTimeout(s.ctx, s.options.Limit())
	}
	defer cancel()
	began := time.Now()
	out, shown := text.Bounded{Limit: MaxAnswer}, &text.Plain{To: s.options.Stderr, Limit: MaxAnswer}
	err := s.options.Run(ctx, s.command, message, []string{Variable + "=" + alg}, &out, shown)
	shown.End()
	var ended interface{ ExitCode() int }
	switch {
	case errors.Is(s.ctx.Err(), context.Canceled):
		return nil, s.ctx.Err()
	case out.Exceeded():
		return nil, (&Fault{Kind: Failed, Reason: "too-large"}).with("limit_bytes", MaxAnswer)
	case err != nil && ctx.Err() != nil:
		return nil, (&Fault{Kind: Failed, Reason: "timed-out", Err: err}).with("seconds", int(time.Since(began).Round(time.Second)/time.Second))
	case errors.As(err, &ended) && ended.ExitCode() >= 0:
		return nil, exited(ended.ExitCode(), err)
	case errors.As(err, &ended):
		return nil, &Fault{Kind: Failed, Reason: "killed", Err: err}
	case err != nil:
		return nil, &Fault{Kind: Failed, Reason: "not-run", Err: err}
	}
	return out.Bytes(), nil
}

// exited is the fault of an exit code. 127 (in cmd.exe 9009) means that there is no such
// program, and 126 that it cannot be run.
func exited(code int, err error) *Fault {
	reason := map[int]string{127: "not-found", 9009: "not-found", 126: "not-executable"}[code]
	if reason == "" {
		reason = "exit"
	}
	return (&Fault{Kind: Failed, Reason: reason, Err: err}).with("exit_code", code)
}

// The kinds of faults, the parts of finding codes after "assertion.".
const (
	Failed = "sign-command-failed" // it printed no signature
	Wrong  = "sign-command-wrong"  // it printed another signature
)

// Fault is why a command's answer cannot be used. It never quotes the answer.
type Fault struct {
	Kind     string
	Reason   string         // kebab-case; "" for none
	Evidence map[string]any // snake_case names
	Err      error          // the cause, if there is one: of the system, or a *jwtgen.Fault
}

func (f *Fault) with(name string, value any) *Fault {
	if f.Evidence == nil {
		f.Evidence = map[string]any{}
	}
	f.Evidence[name] = value
	return f
}

// Error names kind and reason.
func (f *Fault) Error() string { return f.Kind + " (" + f.Reason + ")" }

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.Err }

// wrong is the fault of a signature that is not the one that was asked for.
func wrong(f *jwtgen.Fault, alg string) *Fault {
	w := &Fault{Kind: Wrong, Reason: f.Reason, Evidence: f.Evidence, Err: f}
	if f.Kind == jwtgen.KindSaltLength {
		w.Reason = "salt-length"
	}
	return w.with("alg", alg)
}
