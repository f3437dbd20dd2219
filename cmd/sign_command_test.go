package cmd

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
)

// elsewhere is a key that a command signs with. It counts the runs.
type elsewhere struct {
	sign func(input string) []byte
	err  error
	runs int
	algs []string
}

func (e *elsewhere) world(w *cli.World) {
	w.Filter = func(_ context.Context, _ string, input []byte, variables []string, stdout, stderr io.Writer) error {
		e.runs++
		e.algs = append(e.algs, variables...)
		if e.err != nil {
			_, _ = io.WriteString(stderr, "no \x1b[2Jluck\n")
			return e.err
		}
		_, err := stdout.Write(e.sign(string(input)))
		return err
	}
}

// exitCode is the error of a command that ended with it.
type exitCode int

func (exitCode) Error() string   { return "exit" }
func (e exitCode) ExitCode() int { return int(e) }

// signing is the flags of a profile whose key is elsewhere.
func (l *lab) signing() []string {
	return []string{"--account", labAccount, "--client-id", labClientID, "--sign-command", "hsm sign", "--cert", labKey + "-cert.pem",
		"--certificate-id=" + l.certificateID(labKey+"-cert.pem")}
}

// An assertion costs one run of the sign command, whatever becomes of it.
func TestSignCommandRunsOnce(t *testing.T) {
	l := newLab(t)
	good := func() *elsewhere { return &elsewhere{sign: l.ecdsa(labKey)} }
	online := append(l.signing(), "--connect-to", l.serve(nil), "--ca-file", "ca.pem")
	for _, tt := range []struct {
		name string
		e    *elsewhere
		args []string
		exit int
		runs int
		code finding.Code
	}{
		{"doctor", good(), append([]string{"doctor"}, online...), 0, 1, ""},
		{"doctor --offline", good(), append([]string{"doctor", "--offline"}, l.signing()...), 0, 1, ""},
		{"token", good(), append([]string{"token", "--no-cache"}, online...), 0, 1, ""},
		{"call", good(), append([]string{"call", "--no-cache", "system/v1/serverTime"}, online...), 0, 1, ""},
		{"jwt build", good(), append([]string{"jwt", "build"}, l.signing()...), 0, 1, ""},
		{"jwt build --dry-run", good(), append([]string{"jwt", "build", "--dry-run"}, l.signing()...), 0, 0, ""},
		{"keycheck", good(), []string{"keycheck", "--sign-command", "hsm sign", "--public-key", "ec-p256-public.pem", "--cert", labKey + "-cert.pem"}, 0, 0, ""},
		{"doctor, which fails", &elsewhere{err: exitCode(3)}, append([]string{"doctor"}, online...), 1, 1, "assertion.sign-command-failed"},
		{"token, which fails", &elsewhere{err: exitCode(3)}, append([]string{"token", "--no-cache"}, online...), 1, 1, "assertion.sign-command-failed"},
		{"another key", &elsewhere{sign: l.ecdsa("ec-p256-other")}, append([]string{"token", "--no-cache"}, online...), 1, 1, "assertion.sign-command-wrong"},
		{"jwt build, which fails", &elsewhere{err: exitCode(3)}, append([]string{"jwt", "build"}, l.signing()...), 2, 1, ""},
		{"certgen, which fails", &elsewhere{err: exitCode(3)}, []string{"certgen", "--sign-command", "hsm sign", "--public-key", l.path("ec-p256-public.pem"), "--out", l.dir, "--name", "none"}, 2, 1, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := l.in(t)
			var r run
			if tt.args[0] == "call" { // it prints what NetSuite answers
				r = nsauth(t, setup{dir: l.dir, world: func(w *cli.World) { w.Now = labTime; tt.e.world(w) }}, tt.args...)
			} else {
				r = l.nsauth(setup{world: tt.e.world}, tt.args...)
			}
			if r.code != tt.exit || tt.e.runs != tt.runs {
				t.Fatalf("exit %d, %d runs, want %d, %d\n%s\n%s", r.code, tt.e.runs, tt.exit, tt.runs, r.stdout, r.stderr)
			}
			if tt.e.err != nil && !strings.HasPrefix(r.stderr, "no \\x1b[2Jluck\n") {
				t.Errorf("standard error: %q", r.stderr)
			}
			if tt.code == "" {
				return
			}
			if raised := codes(r.report(t)); !slices.Contains(raised, tt.code) {
				t.Errorf("%v lacks %s", raised, tt.code)
			}
			if strings.HasPrefix(tt.name, "token") && len(r.dialled) > 0 {
				t.Errorf("without an assertion it connects to %v", r.dialled)
			}
		})
	}
}

// The cache knows the key by its public half.
func TestSignCommandAndTheCache(t *testing.T) {
	l := newLab(t)
	cache := filepath.Join(t.TempDir(), "cache")
	args := append(append([]string{"token"}, l.signing()...), "--connect-to", l.serve(nil), "--ca-file", "ca.pem")
	for i, runs := range []int{1, 0} {
		e := &elsewhere{sign: l.ecdsa(labKey)}
		if r := l.nsauth(setup{world: e.world, cache: cache}, args...); r.code != 0 || e.runs != runs {
			t.Errorf("run %d: exit %d, %d runs of the command\n%s", i, r.code, e.runs, r.stderr)
		}
	}
	// A token of another key is not this one's.
	e := &elsewhere{sign: l.ecdsa("ec-p256-other")}
	if r := l.nsauth(setup{world: e.world, cache: cache}, append(args, "--public-key", l.publicKey("ec-p256-other"))...); r.code != 0 || e.runs != 1 {
		t.Errorf("exit %d, %d runs of the command\n%s", r.code, e.runs, r.stderr)
	}
}

// publicKey writes the public half of a P-256 key.
func (l *lab) publicKey(name string) string {
	l.Helper()
	block, _ := pem.Decode(l.read(l.path(name + "-cert.pem")))
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		l.Fatal(err)
	}
	return l.write(name+"-half.pem", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: cert.RawSubjectPublicKeyInfo}))
}

// What is known of a key elsewhere, and what is wrong with it.
func TestSignCommandChecks(t *testing.T) {
	l := newLab(t)
	e := &elsewhere{sign: l.ecdsa(labKey)}
	report := l.nsauth(setup{world: e.world}, append([]string{"doctor", "--offline"}, l.signing()...)...).report(t)
	row := check(t, report, "key")
	facts, ok := row.Facts.(map[string]any)
	if !ok || facts["encoding"] != "sign command" || facts["curve"] != "P-256" || row.Summary != "EC P-256, sign command" {
		t.Errorf("%q %v", row.Summary, row.Facts)
	}
	if s := check(t, report, "assertion").Summary; s != "ES256, signed by the sign command, signature verified" || !slices.Equal(e.algs, []string{"NSAUTH_SIGN_ALG=ES256"}) {
		t.Errorf("%q %q", s, e.algs)
	}
	for _, tt := range []struct {
		args []string
		want finding.Code
	}{
		{[]string{"--public-key", l.publicKey("ec-p256-other")}, "certificate.key-mismatch"},
		{[]string{"--algorithm", "PS256"}, "assertion.alg-key-mismatch"},
	} {
		e := &elsewhere{sign: l.ecdsa("ec-p256-other")}
		report := l.nsauth(setup{world: e.world}, slices.Concat([]string{"doctor", "--offline"}, l.signing(), tt.args)...).report(t)
		if raised := codes(report); !slices.Contains(raised, tt.want) || slices.Contains(raised, "internal.panic") {
			t.Errorf("%v: %v", tt.args, raised)
		}
	}
	report = l.nsauth(setup{world: e.world}, "doctor", "--offline", "--account", labAccount, "--client-id", labClientID, "--certificate-id=x", "--sign-command", "x").report(t)
	f := check(t, report, "profile").Findings
	if len(f) == 0 || f[0].Code != "profile.missing-value" || f[0].Evidence["name"] != "public_key" {
		t.Errorf("%v", f)
	}
}

// An interrupt ends the command, and is no finding.
func TestSignCommandIsInterrupted(t *testing.T) {
	l := newLab(t)
	for _, command := range [][]string{{"token", "--no-cache"}, {"jwt", "build"}} {
		ctx, stop := context.WithCancel(t.Context())
		r := l.nsauth(setup{ctx: ctx, world: func(w *cli.World) {
			w.Filter = func(ctx context.Context, _ string, _ []byte, _ []string, _, _ io.Writer) error {
				stop()
				<-ctx.Done()
				return errors.New("killed")
			}
		}}, append(command, l.signing()...)...)
		if r.code != int(finding.ExitInterrupted) || strings.Contains(r.stdout+r.stderr, "assertion.") {
			t.Errorf("%v: exit %d\n%s\n%s", command, r.code, r.stdout, r.stderr)
		}
	}
}

// certgen's certificate for a key elsewhere is signed by it.
func TestCertgenWithASignCommand(t *testing.T) {
	l := newLab(t)
	e := &elsewhere{sign: l.ecdsa(labKey)}
	r := l.nsauth(setup{world: e.world}, "certgen", "--sign-command", "hsm sign", "--public-key", l.path("ec-p256-public.pem"), "--out", l.dir, "--name", "hsm")
	if r.code != 0 || e.runs != 1 || !strings.Contains(r.stdout, `"sign_command": "hsm sign"`) {
		t.Fatalf("exit %d, %d runs\n%s\n%s", r.code, e.runs, r.stdout, r.stderr)
	}
	block, _ := pem.Decode(l.read(l.path("hsm-cert.pem")))
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil || cert.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature) != nil {
		t.Errorf("%v", err)
	}
	for _, args := range [][]string{{"--sign-command", "x"}, {"--public-key", "x"}, {"--sign-command", "x", "--public-key", "x", "--for-key", "y"},
		{"--sign-command", "x", "--public-key", l.path("ec-p256-public.pem"), "--encrypt"}, {"--sign-command", "x", "--public-key", l.path("ec-p256.pem")}} {
		if r := l.nsauth(setup{world: e.world}, append([]string{"certgen", "--out", l.dir, "--name", "none"}, args...)...); r.code != 2 || e.runs != 1 {
			t.Errorf("%v: exit %d, %d runs\n%s", args, r.code, e.runs, r.stderr)
		}
	}
}
