package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/certgen"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/keypair"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/testkit"
)

// What certgen prints for a profile is YAML with which keycheck finds the pair,
// whatever the folder is called.
func TestCertgenProfileLines(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "it's a # folder: {x}")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	r := nsauth(t, setup{}, "certgen", "--key-type", "p-256", "--out", dir)
	_, lines, found := strings.Cut(r.stdout, "run: nsauth doctor\n")
	if r.code != 0 || !found {
		t.Fatalf("exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	config := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(config, []byte("profiles:\n     new:\n"+lines), 0o600); err != nil {
		t.Fatal(err)
	}
	checked := nsauth(t, setup{}, "keycheck", "--config", config, "--profile", "new", "-o", "json")
	if rep := checked.report(t); checked.code != 0 || rep.Summary.Pass != 3 {
		t.Errorf("exit %d, %+v\n%s", checked.code, rep.Summary, checked.stdout)
	}
}

// asking answers the questions for a passphrase in their order.
func asking(answers ...any) func(*cli.World) {
	return func(w *cli.World) {
		w.Terminal = func(io.Reader) bool { return true }
		w.AskSecret = func(ctx context.Context, _ string) (string, error) {
			answer := answers[0]
			answers = answers[1:]
			if err, ok := answer.(error); ok {
				return "", err
			}
			return answer.(string), nil
		}
	}
}

// The passphrase is asked for twice, and nothing is written unless both are the same.
func TestCertgenAsksTwice(t *testing.T) {
	for row, tt := range []struct {
		name    string
		answers []any
		code    int
		says    string
	}{
		{"the same", []any{"correct horse", "correct horse"}, 0, ""},
		{"different", []any{"correct horse", "correct hoarse"}, 2, "passphrases do not match"},
		{"empty", []any{""}, 2, "passphrase is empty"},
		{"end of input", []any{io.EOF}, 2, "no passphrase was entered"},
		{"no terminal", []any{errors.New("x")}, 2, "without a terminal"},
	} {
		if testkit.LeftOut(row, 1, 2) {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			r := nsauth(t, setup{world: asking(tt.answers...)}, "certgen", "--key-type", "p-256", "--encrypt", "--out", dir)
			if r.code != tt.code || !strings.Contains(r.stderr, tt.says) {
				t.Errorf("exit %d, %s", r.code, r.stderr)
			}
			if strings.Contains(r.stdout+r.stderr, "correct") {
				t.Errorf("a passphrase is shown:\n%s%s", r.stdout, r.stderr)
			}
			want := map[int]int{0: 2, 2: 0}[tt.code]
			if left, _ := os.ReadDir(dir); len(left) != want {
				t.Errorf("%d files, want %d", len(left), want)
			}
		})
	}
}

// --passphrase-file is also $NSAUTH_PASSPHRASE_FILE, and - is standard input.
func TestCertgenPassphraseSources(t *testing.T) {
	if testing.Short() {
		t.Skip("derives keys from passphrases, which is made to be slow")
	}
	file := filepath.Join(t.TempDir(), "p.txt")
	if err := os.WriteFile(file, []byte("\uFEFFcorrect horse\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]setup{
		"environment": {env: map[string]string{"NSAUTH_PASSPHRASE_FILE": file}},
		"stdin":       {env: map[string]string{"NSAUTH_PASSPHRASE_FILE": "-"}, stdin: "correct horse\n"},
	} {
		dir := t.TempDir()
		if r := nsauth(t, s, "certgen", "--key-type", "p-256", "--encrypt", "--out", dir); r.code != 0 {
			t.Errorf("%s: exit %d, %s", name, r.code, r.stderr)
		}
		if data, err := os.ReadFile(filepath.Join(dir, "nsauth-key.pem")); err != nil || !bytes.HasPrefix(data, []byte("-----BEGIN ENCRYPTED PRIVATE KEY-----\n")) {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := nsauth(t, setup{stdin: strings.Repeat("x", 5000)}, "certgen", "--key-type", "p-256", "--encrypt", "--passphrase-file", "-", "--out", t.TempDir())
	if r.code != 2 || !strings.Contains(r.stderr, "too long") {
		t.Errorf("exit %d, %s", r.code, r.stderr)
	}
}

// cancelling is a context that is cancelled when it has been asked so many times.
type cancelling struct {
	context.Context
	cancel context.CancelFunc
	left   atomic.Int64
}

func (c *cancelling) Err() error {
	if c.left.Add(-1) < 0 {
		c.cancel()
	}
	return c.Context.Err()
}

// Ctrl-C at any moment leaves nothing behind, also between the two files and
// while they are being checked; and what --force would have replaced is there.
func TestCertgenStopsAnywhere(t *testing.T) {
	for _, force := range []bool{false, true} {
		stopped := 0
		for left := 0; ; left++ {
			if left > 500 {
				t.Fatal("the context is asked without end")
			}
			dir := t.TempDir()
			args := []string{"certgen", "--key-type", "p-256", "--out", dir, "-o", "json"}
			if force {
				args = append(args, "--force")
				for _, name := range []string{"nsauth-key.pem", "nsauth-cert.pem"} {
					if err := os.WriteFile(filepath.Join(dir, name), []byte("mine"), 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
			ctx, cancel := context.WithCancel(t.Context())
			r := nsauth(t, setup{world: func(w *cli.World) {
				w.Interruptible = func(context.Context) (context.Context, context.CancelFunc) {
					c := &cancelling{Context: ctx, cancel: cancel}
					c.left.Store(int64(left))
					return c, cancel
				}
			}}, args...)
			entries, _ := os.ReadDir(dir)
			if r.code == finding.ExitOK {
				if want := map[bool]int{false: 2, true: 4}[force]; len(entries) != want || stopped < 5 {
					t.Errorf("%d files, stopped %d times before", len(entries), stopped)
				}
				break
			}
			stopped++
			if r.code != finding.ExitInterrupted {
				t.Fatalf("exit %d\n%s", r.code, r.stdout)
			}
			for _, e := range entries {
				if data, _ := os.ReadFile(filepath.Join(dir, e.Name())); !force || string(data) != "mine" || strings.Contains(e.Name(), ".bak") {
					t.Errorf("after %d: %s is left", left, e.Name())
				}
			}
			if force && len(entries) != 2 {
				t.Errorf("after %d: %d files, want 2", left, len(entries))
			}
		}
	}
}

// Warnings of keycheck on what was written are in both formats.
func TestCertgenWarns(t *testing.T) {
	p := &keypair.Made{KeyPath: "k.pem", CertificatePath: "c.pem"}
	p.Warnings = []finding.Finding{catalog.New("key.in-git-work-tree", finding.Evidence{"path": "k.pem"})}
	p.Key, p.Certificate = pairFor(t)
	for _, format := range []string{"text", "json"} {
		var out bytes.Buffer
		a := &cli.App{World: System(), Format: format, Color: "never"}
		a.Stdout = &out
		if err := printCertificate(a, p, keypair.Options{}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), "key.in-git-work-tree") || strings.Contains(out.String(), "OK: NetSuite accepts") {
			t.Errorf("%s:\n%s", format, out.String())
		}
		if format == "json" {
			var doc report.CertificateDocument
			if err := json.Unmarshal(out.Bytes(), &doc); err != nil || len(doc.Warnings) != 1 || doc.Warnings[0].Remedy == "" {
				t.Errorf("%v, %+v", err, doc.Warnings)
			}
		}
	}
}

func TestIndented(t *testing.T) {
	text := "one two three four"
	for width, want := range map[int]string{0: text, 80: text, 14: "one two\n     three\n     four"} {
		if got := report.Wrap(text, 5, width); got != want {
			t.Errorf("%d: %q", width, got)
		}
	}
	if got := fmt.Sprint(yamlText("it's"), yamlText("a\nb")); got != `'it''s'"a\nb"` {
		t.Error(got)
	}
}

func pairFor(t *testing.T) (*keys.Key, *keys.Certificate) {
	t.Helper()
	k, err := certgen.Generate(certgen.P256, nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := certgen.SelfSign(k, certgen.CertificateTemplate{Subject: "x", NotBefore: time.Now(), Days: 730}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return k, c
}
