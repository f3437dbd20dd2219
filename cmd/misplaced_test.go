package cmd

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/testkit"
	"github.com/nsauth/nsauth/internal/testkit/keypool"
)

const opaqueToken = "9f8Q2mXv7LkT3pZs1Rw6Yc4Nb0Hd5Je8Ga2Ui7Ov"

// misplacedForms are the forms in which a secret gets where another value belongs, each
// with the part that must not be printed.
func misplacedForms(t *testing.T) []struct{ name, value, secret string } {
	t.Helper()
	l := newLab(t)
	key := string(l.read(l.path(labKey + ".pem")))
	lines := strings.Split(strings.TrimSpace(key), "\n")
	inBase64 := base64.StdEncoding.EncodeToString([]byte(key))
	const signature, claims = "c2VjcmV0LXNpZ25hdHVyZQ", "cGxhbnRlZC1hY2Nlc3MtdG9rZW4"
	return []struct{ name, value, secret string }{
		{"JWT", plantedToken, signature},
		{"JWT in two lines", plantedToken[:40] + "\n" + plantedToken[40:] + "\n", signature},
		{"JWT in quotes", `"` + plantedToken + `"`, signature},
		{"JWT without its signature", plantedToken[:strings.LastIndexByte(plantedToken, '.')], claims},
		{"JWT in a folder", "tokens/" + plantedToken, signature},
		{"JWT in a URL", "https://login.example/?t=" + plantedToken, signature},
		{"Bearer", "Bearer " + plantedToken, signature},
		{"header", "Authorization: Bearer " + plantedToken, signature},
		{"answer", `{"access_token":"` + plantedToken + `","expires_in":"3600","token_type":"bearer"}`, signature},
		{"answer with another token", `{"access_token": "` + opaqueToken + `"}`, opaqueToken},
		{"Bearer with another token", "bearer " + opaqueToken, opaqueToken},
		{"form", "grant_type=client_credentials&client_assertion=" + plantedToken, signature},
		{"client secret", "client_secret=" + opaqueToken, opaqueToken},
		{"PEM", key, lines[1]},
		{"PEM in one line", strings.ReplaceAll(key, "\n", `\n`), lines[1]},
		{"PEM in base64", inBase64, inBase64[60:90]},
		{"PEM without its lines", strings.Join(lines[1:len(lines)-1], ""), lines[1]},
		{"JWK", `{"kty":"EC","crv":"P-256","d":"` + opaqueToken + `"}`, opaqueToken},
	}
}

// valueFlags are the commands of the tree, each with its flags that have a value, and ""
// for an argument.
func valueFlags(c *cobra.Command, path []string, each func(path []string, flag string)) {
	for _, sub := range c.Commands() {
		if sub.Name() != "completion" {
			valueFlags(sub, append(slices.Clone(path), sub.Name()), each)
		}
	}
	if !c.Runnable() {
		return
	}
	names := []string{""}
	add := func(f *pflag.Flag) {
		if f.Value.Type() != "bool" {
			names = append(names, f.Name)
		}
	}
	c.LocalFlags().VisitAll(add)
	c.InheritedFlags().VisitAll(add)
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		each(path, name)
	}
}

// Every value of every command is tried with a secret in its place: it is never
// repeated, on no stream and in no format. The flags come from the tree of commands, so
// that a new one is covered. With -short every pair of command and flag has its turn
// with some of the forms, and every flag with all of them.
func TestD3SecretInPlaceOfAValue(t *testing.T) {
	forms := misplacedForms(t)
	dir := t.TempDir()
	t.Chdir(dir) // what is written is written here
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	world := func(stdout, stderr *bytes.Buffer) cli.World {
		w := System()
		w.Stdin, w.Stdout, w.Stderr, w.Dir = strings.NewReader(""), stdout, stderr, dir
		w.ConfigDir, w.CacheDir, w.StateDir = filepath.Join(dir, "config"), filepath.Join(dir, "cache"), filepath.Join(dir, "state")
		w.LookupEnv = func(string) (string, bool) { return "", false }
		w.EnvNames, w.SystemProxy, w.Git, w.AskSecret, w.GenerateKey = nil, nil, nil, nil, keypool.Generate
		w.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no network") }
		w.LookupHost = func(context.Context, string) ([]string, error) { return nil, errors.New("no network") }
		return w
	}
	turn, runs := 0, 0
	valueFlags(Root(), nil, func(path []string, flag string) {
		turn++
		for i, f := range forms {
			if testkit.LeftOut(i+turn, 19, 152) {
				continue
			}
			for _, format := range []string{"text", "json"} {
				args := append(slices.Clone(path), "-o", format)
				if flag == "" {
					args = append(args, f.value)
				} else {
					args = append(args, "--"+flag+"="+f.value)
				}
				var stdout, stderr bytes.Buffer
				w := world(&stdout, &stderr)
				w.Interruptible = context.WithCancel
				if len(path) > 0 && path[0] == "emulator" { // which runs until it is interrupted
					w.Interruptible = func(context.Context) (context.Context, context.CancelFunc) { return ended, cancel }
				}
				Main(args, w)
				runs++
				if said := stdout.String() + stderr.String(); strings.Contains(said, f.secret) {
					t.Errorf("%s --%s, %s, %s:\n%s", strings.Join(path, " "), flag, f.name, format, said)
				}
			}
		}
	})
	if least := 500; runs < least && !testing.Short() || runs < least/4 {
		t.Errorf("%d runs: the flags were not found", runs)
	}
	if names, err := os.ReadDir(dir); err == nil {
		for _, n := range names {
			if strings.ContainsAny(n.Name(), "{.") && strings.Contains(n.Name(), "eyJ") {
				t.Errorf("a file is named by a secret: %s", n.Name()[:10])
			}
		}
	}
}

// The same for every setting, in a variable, an env file and a profile.
func TestD3SecretInASetting(t *testing.T) {
	l := newLab(t)
	for i, f := range misplacedForms(t) {
		r := nsauth(t, setup{env: map[string]string{"NSAUTH_PROFILE": f.value}}, "doctor", "--offline")
		if said := r.stdout + r.stderr; strings.Contains(said, f.secret) {
			t.Errorf("NSAUTH_PROFILE, %s:\n%s", f.name, said)
		}
		r = nsauth(t, setup{env: map[string]string{"NSAUTH_PASSPHRASE_FILE": f.value}}, "certgen", "--key-type", "p-256", "--encrypt", "--out", l.dir)
		if said := r.stdout + r.stderr; strings.Contains(said, f.secret) || r.code != 2 {
			t.Errorf("certgen, %s: exit %d\n%s", f.name, r.code, said)
		}
		if strings.Contains(f.value, "\n") {
			continue // these files have one line; a PEM is tried in one line
		}
		quoted := "'" + strings.ReplaceAll(f.value, "'", "''") + "'"
		for j, info := range profile.Fields() {
			if testkit.LeftOut(i+j, 7, 70) {
				continue
			}
			l.write("config.yaml", []byte("profiles:\n  p:\n    "+string(info.Name)+": "+quoted+"\n"))
			runs := []run{
				nsauth(t, setup{dir: l.dir}, "doctor", "--offline", "--config", "config.yaml", "--profile", "p", "-o", "json"),
				nsauth(t, setup{dir: l.dir}, "profile", "show", "--config", "config.yaml", "--profile", "p"),
			}
			if info.Env != "" {
				l.write("env", []byte(info.Env+"='"+f.value+"'\n"))
				runs = append(runs, nsauth(t, setup{dir: l.dir, env: map[string]string{info.Env: f.value}}, "doctor", "--offline"),
					nsauth(t, setup{dir: l.dir}, "profile", "show", "--env-file", "env", "-o", "json"))
			}
			for k, r := range runs {
				// An env file may hold the key itself (A19), and its reader says what is not one.
				kept := k == 3 && info.Content
				if said := r.stdout + r.stderr; strings.Contains(said, f.secret) || r.code != 2 && !kept {
					t.Errorf("%s, %s, run %d: exit %d\n%s", info.Name, f.name, k, r.code, said)
				}
			}
		}
	}
}

// What is said instead, and what is not refused.
func TestD3WhatIsSaid(t *testing.T) {
	l := newLab(t)
	l.write("token.txt", []byte(plantedToken))
	l.write("hunter2", []byte("x\n"))
	for _, tt := range []struct {
		args []string
		want string // in the error
	}{
		{[]string{"call", "x", "--access-token-file", plantedToken}, "invalid --access-token-file: that is a token (a file or - was expected)"},
		{[]string{"doctor", "--assertion", plantedToken}, "invalid --assertion: that is a token (a file or - was expected)"},
		{[]string{"doctor", "--config", "-----BEGIN PRIVATE KEY-----"}, "invalid --config: that is the content of a key or certificate (a file was expected)"},
		{[]string{"doctor", "--env-file", opaqueToken}, "--env-file is not the path of a file that exists; not shown, it may be a secret"},
		{[]string{"certgen", "--encrypt", "--passphrase-file", "correct horse"}, "--passphrase-file is not the path of a file that exists; not shown, it may be a secret"},
		{[]string{"keycheck", "k.pem", "--passphrase-file", "Tr0ub4dor&3"}, "--passphrase-file is not the path of a file that exists; not shown, it may be the passphrase itself"},
		{[]string{"certgen", "--encrypt", "--passphrase-file", "no/such.txt"}, "no/such.txt does not exist"},
		{[]string{"doctor", "--profile", "p", "--compare", "Bearer " + plantedToken}, "invalid --compare: that is a token (want NAME)"},
		{[]string{"doctor", "--key", "Bearer " + plantedToken}, "--key holds what looks like a token; it takes the path of a file"},
		{[]string{"doctor", "--client-id", `{"access_token":"x1234567"}`}, "--client-id holds what looks like a token"},
		{[]string{"render", opaqueToken}, "an argument may be a secret and is not a file; not shown"},
		{[]string{"keycheck", "k.pem", "--passphrase-file", "hunter2"}, "k.pem"},
		{[]string{"doctor", "--offline", "--account", "1", "--key", "keys/prod-2026-rsa4096-1.pem"}, "prod-2026-rsa4096-1.pem does not exist"},
	} {
		r := nsauth(t, setup{dir: l.dir}, tt.args...)
		if said := strings.Join(strings.Fields(r.stdout+r.stderr), " "); !strings.Contains(said, tt.want) {
			t.Errorf("%.60q: exit %d, want %q:\n%s", tt.args, r.code, tt.want, said)
		}
	}
}

// Of a call too, a secret in place of its path or of the body's file is not repeated.
func TestD3PathAndBodyOfACall(t *testing.T) {
	l := newLab(t)
	for _, form := range misplacedForms(t) {
		for _, args := range [][]string{{form.value}, {"POST", "record/v1/customer", "-d", "@" + form.value}, {"POST", "record/v1/customer", "-d", "file:" + form.value}} {
			r := nsauth(t, setup{dir: l.dir, env: map[string]string{"NSAUTH_TEST_TOKEN": "x"}}, append([]string{"call", "--account", "1234567", "--access-token-file", "env:NSAUTH_TEST_TOKEN", "--dry-run"}, args...)...)
			if all := r.stdout + r.stderr; r.code != 2 || strings.Contains(all, form.secret) {
				t.Errorf("%s, %q: exit %d, %s", form.name, args[0], r.code, all)
			}
		}
	}
	if r := nsauth(t, setup{dir: l.dir, env: map[string]string{"NSAUTH_TEST_TOKEN": "x"}}, "call", "--account", "1234567", "--access-token-file", "env:NSAUTH_TEST_TOKEN", "--dry-run", "record/v1/customer?access_token=no"); r.code != 0 {
		t.Errorf("a query: exit %d, %s", r.code, r.stderr)
	}
}
