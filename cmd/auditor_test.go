package cmd

import (
	"context"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/testkit"
)

// audited is a running emulator that refuses the profile "emulator", with more profiles in
// its file. Each is that of the auditor with other lines.
func (l *lab) audited() *trial {
	l.Helper()
	e := l.runStandIn("--scenario", "integration-disabled")
	config := filepath.Join(e.dir, "config.yaml")
	text := string(l.read(config))
	section := func(name string) string {
		_, rest, _ := strings.Cut(text, "\n  "+name+":\n")
		end := regexp.MustCompile(`(?m)^  \S`).FindStringIndex(rest)
		if end != nil {
			rest = rest[:end[0]]
		}
		return rest
	}
	m2m, tba := section("auditor"), section("auditor-tba")
	line := func(of, key, value string) string {
		return regexp.MustCompile(`(?m)^    `+key+`: .*\n`).ReplaceAllLiteralString(of, "    "+key+": "+value+"\n")
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		l.Fatal(err)
	}
	l.Cleanup(func() { silent.Close() })
	for name, lines := range map[string]string{
		"foreign":      "    client_id: x\n    token_url: https://idp.example/token\n    key: key.pem\n",
		"no-key":       line(m2m, "key", "no/such.pem"),
		"key-folder":   line(m2m, "key", "auditor"),
		"encrypted":    line(m2m, "key", l.path("ec-p256-encrypted-pkcs8.pem")),
		"upper":        line(tba, "auth", "TBA"),
		"sandbox":      line(tba, "account", "1234567-sb1"),
		"secret-value": line(tba, "consumer_secret", tbaConsumerSecret[:60]+"beef"),
		"no-secret":    regexp.MustCompile(`(?m)^    token_secret: .*\n`).ReplaceAllString(tba, ""),
		"no-file":      line(tba, "token_secret", "no-such.txt"),
		"wrong":        line(tba, "token_secret", "wrong.txt"),
		"silent":       line(tba, "connect_to", silent.Addr().String()),
		"itself":       section("emulator") + "    auditor: itself\n",
		"elsewhere":    section("emulator") + "    auditor: nosuch\n",
	} {
		alone := text + "  " + name + ":\n" + lines
		if err := os.WriteFile(filepath.Join(e.dir, name+".yaml"), []byte(alone), 0o600); err != nil {
			l.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(e.dir, "wrong.txt"), []byte(tbaTokenSecret), 0o600); err != nil {
		l.Fatal(err)
	}
	return e
}

func atLabTime(w *cli.World) { w.Now = labTime }

// Wrong input is said in one error: what, where, and what to do.
func TestAuditorWrongInput(t *testing.T) {
	l := newLab(t)
	e := l.audited()
	defer e.stop()
	for name, text := range map[string]string{"broken.yaml": "applications: [a\n", "text.yaml": "applications: Orders\n", "empty.yaml": "", "key.yaml": "application: [Orders]\n",
		"value.yaml": "roles:\n", "address.yaml": "addresses: [10.0.0]\n", "bool.yaml": "roles: [true]\n", "large.yaml": strings.Repeat("#", 2<<20)} {
		l.write(name, []byte(text))
	}
	for row, tt := range []struct {
		config string // also the auditor's name
		args   []string
		code   int
		want   []string
	}{
		{"foreign", []string{"doctor"}, 2, []string{`"foreign" cannot be an auditor: its server is not NetSuite`, "profile list"}},
		{"no-key", []string{"doctor"}, 2, []string{`auditor "no-key": `, "such.pem does not exist", "--profile no-key says how"}},
		{"no-key", []string{"audit-trail"}, 2, []string{`auditor "no-key": `, "such.pem does not exist"}},
		{"key-folder", []string{"account"}, 2, []string{`auditor "key-folder": `, "folder"}},
		{"encrypted", []string{"doctor", "--no-input"}, 2, []string{`auditor "encrypted": `, "is encrypted, and no passphrase is set", "passphrase_file"}},
		{"encrypted", []string{"auditor", "init", "-q"}, 2, []string{"is encrypted, and no passphrase is set"}},
		{"upper", []string{"doctor"}, 2, []string{"upper.yaml:", "auth takes m2m or tba"}},
		{"sandbox", []string{"audit-trail", "--profile", "emulator"}, 2, []string{`"sandbox" is of account 1234567_SB1, the profile of 1234567`}},
		{"secret-value", []string{"doctor"}, 2, []string{"consumer_secret is not the path of a file", "it may be the secret itself", "env:NAME"}},
		{"no-secret", []string{"doctor"}, 2, []string{`"no-secret" cannot be an auditor: token_secret missing`}},
		{"no-file", []string{"account"}, 2, []string{`auditor "no-file": token_secret: `, "no-such.txt does not exist"}},
		{"wrong", []string{"audit-trail"}, 3, []string{"auditor.refused", "nsauth call system/v1/serverTime --profile wrong"}},
		{"wrong", []string{"account"}, 3, []string{"auditor.refused"}},
		{"emulator", []string{"doctor"}, 2, []string{`"emulator" cannot be its own auditor`}},
		{"itself", []string{"doctor", "itself"}, 2, []string{`"itself" cannot be its own auditor`}},
		{"elsewhere", []string{"doctor", "elsewhere"}, 2, []string{`there is no profile "nosuch"`, "the auditor's name is from elsewhere.yaml, profile elsewhere"}},
		{"nosuch", []string{"audit-trail"}, 2, []string{`there is no profile "nosuch"`}},
		{"auditor", []string{"doctor", "--role", "3.5"}, 2, []string{"invalid --role: want an internal ID"}},
		{"auditor", []string{"doctor", "--entity", "5;DROP"}, 2, []string{"invalid --entity"}},
		{"auditor", []string{"audit-trail", "--since", "-1h"}, 2, []string{"invalid --since"}},
		{"auditor", []string{"audit-trail", "--since", "1d"}, 2, []string{"--since is not a duration"}},
		{"auditor", []string{"audit-trail", "-o", "short"}, 2, []string{"want text or json"}},
		{"auditor", []string{"audit-trail", "--expect", "broken.yaml"}, 2, []string{"broken.yaml: line 1: ", "not valid YAML", "a bracket is not closed"}},
		{"auditor", []string{"audit-trail", "--expect", "text.yaml"}, 2, []string{"text.yaml: line 1: applications is not a list"}},
		{"auditor", []string{"audit-trail", "--expect", "empty.yaml"}, 2, []string{"empty.yaml: it has none of the lists"}},
		{"auditor", []string{"audit-trail", "--expect", "key.yaml"}, 2, []string{`unknown key "application"`, `did you mean "applications"`}},
		{"auditor", []string{"audit-trail", "--expect", "value.yaml"}, 2, []string{"value.yaml: line 1: roles has no value", "[] allows none"}},
		{"auditor", []string{"audit-trail", "--expect", "address.yaml"}, 2, []string{`"10.0.0" is neither an address nor a range`}},
		{"auditor", []string{"audit-trail", "--expect", "bool.yaml"}, 2, []string{"put the value in quotes"}},
		{"auditor", []string{"audit-trail", "--expect", "large.yaml"}, 2, []string{"large.yaml: more than 1048576 bytes"}},
		{"auditor", []string{"audit-trail", "--expect", "."}, 2, []string{"it is a folder"}},
		{"auditor", []string{"audit-trail", "--expect", "no.yaml"}, 2, []string{"no.yaml cannot be read"}},
	} {
		if testkit.LeftOut(row, 1, 3) {
			continue
		}
		file := filepath.Join(e.dir, tt.config+".yaml")
		if _, err := os.Stat(file); err != nil {
			file = filepath.Join(e.dir, "config.yaml")
		}
		args := append(tt.args, "--config", file)
		if i := slices.Index(args, "--expect"); i >= 0 {
			args[i+1] = l.path(args[i+1])
		}
		if tt.config != "itself" && tt.config != "elsewhere" {
			args = append(args, "--auditor", tt.config)
		}
		r := nsauth(t, setup{world: func(w *cli.World) {
			w.Now = labTime
			w.AskSecret = func(context.Context, string) (string, error) { t.Error("asks for a passphrase"); return "", nil }
		}}, args...)
		if r.code != tt.code || strings.Count(r.stderr, "nsauth: error: ") != 1 || strings.Count(r.stderr, "\n") > 4 || strings.Contains(r.stderr, "beef") {
			t.Errorf("%q: exit %d, want %d\n%s", args, r.code, tt.code, r.stderr)
		}
		for _, want := range tt.want {
			if !strings.Contains(r.stderr, want) {
				t.Errorf("%q: %q is missing:\n%s", args, want, r.stderr)
			}
		}
	}
	// A variable that is set for all profiles is no mistake in the auditor's own doctor.
	r := nsauth(t, setup{world: atLabTime, env: map[string]string{"NSAUTH_AUDITOR": "auditor"}}, "doctor", "auditor", "--config", filepath.Join(e.dir, "config.yaml"))
	if r.code != 0 {
		t.Errorf("exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	// A name that no record has neither hides the entry nor the reason.
	r = nsauth(t, setup{world: atLabTime}, "doctor", "--config", filepath.Join(e.dir, "config.yaml"), "--auditor", "auditor-tba", "--application", "demo", "-v")
	for _, want := range []string{"IntegrationBlocked", "no record with that name or"} {
		if r.code != 1 || !strings.Contains(strings.Join(strings.Fields(r.stdout), " "), want) {
			t.Errorf("%q is missing, exit %d\n%s", want, r.code, r.stdout)
		}
	}
}

// Ctrl-C while an auditor reads ends the command as interrupted: it does not say that
// nothing was seen.
func TestAuditorInterrupted(t *testing.T) {
	l := newLab(t)
	e := l.audited()
	defer e.stop()
	for _, args := range [][]string{{"audit-trail"}, {"account"}, {"auditor", "init", "-q"}, {"audit-trail", "-o", "json"}, {"account", "-o", "json"}, {"doctor", "--profile", "emulator"}} {
		ctx, cancel := context.WithCancel(t.Context())
		r := nsauth(t, setup{ctx: ctx, world: func(w *cli.World) {
			w.Now = labTime
			dial := w.Dial
			var silent sync.Once
			w.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
				c, err := dial(ctx, network, address)
				if _, port, _ := net.SplitHostPort(address); err == nil && strings.Contains(string(l.read(filepath.Join(e.dir, "silent.yaml"))), ":"+port+"\n") {
					silent.Do(cancel)
				}
				return c, err
			}
		}}, append(args, "--config", filepath.Join(e.dir, "silent.yaml"), "--auditor", "silent")...)
		cancel()
		if r.code != 130 || !strings.Contains(r.stdout+r.stderr, "interrupted") || strings.Contains(r.stdout+r.stderr, "no-answer") {
			t.Errorf("%q: exit %d\n%s%s", args, r.code, r.stdout, r.stderr)
		}
	}
}

// The secrets of both credentials are in no output and in no file, whatever the command and
// the format. People are in the output of audit-trail, and in others with -v or --with-people.
func TestAuditorKeepsSecretsAndPeople(t *testing.T) {
	l := newLab(t)
	e := l.audited()
	defer e.stop()
	var planted []string
	for _, name := range []string{"key.pem", "auditor/key.pem", "auditor-tba/consumer-secret.txt", "auditor-tba/token-secret.txt", "wrong.txt"} {
		for _, line := range strings.Split(strings.TrimSpace(string(l.read(filepath.Join(e.dir, name)))), "\n") {
			if !strings.HasPrefix(line, "-----") {
				planted = append(planted, line)
			}
		}
	}
	token := nsauth(t, setup{world: atLabTime, cache: l.path("cache")}, "token", "--config", filepath.Join(e.dir, "config.yaml"), "--profile", "auditor")
	if token.code != 0 {
		t.Fatal(token.stderr)
	}
	people := regexp.MustCompile(`Integration User|Auditor User|example\.com|\b127\.0\.0\.1\b`)
	jwt := regexp.MustCompile(`eyJ[\w-]+\.eyJ[\w-]+\.[\w-]{40,}`)
	signature := regexp.MustCompile(`oauth_signature="[^<]`)
	for i, name := range []string{"auditor", "auditor-tba", "wrong"} {
		for j, args := range [][]string{
			{"doctor"}, {"doctor", "-o", "json"}, {"doctor", "-o", "short"}, {"doctor", "-q"}, {"doctor", "-o", "json", "--mask-ids"},
			{"doctor", "--message", "admin"}, {"doctor", "--message", "developer"}, {"doctor", "--message", "support"}, {"doctor", "--message", "admin", "-v"}, {"doctor", "-o", "json", "-v"},
			{"doctor", "--audit-wait", "--application", "nsauth demo"},
			{"doctor", "-v"}, {"doctor", "--with-people", "-o", "json"}, {"doctor", "--with-people"},
			{"account"}, {"account", "-o", "json"}, {"account", "-v"}, {"account", "--with-people"}, {"account", "--with-people", "-o", "json"},
			{"auditor", "init"}, {"auditor", "init", "-o", "json"}, {"auditor", "init", "-v"}, {"auditor", "init", "-q"},
			{"audit-trail"}, {"audit-trail", "-o", "json"}, {"audit-trail", "-v"}, {"audit-trail", "--failures", "-q"},
		} {
			if testkit.LeftOut(i+j, 3, 8) {
				continue
			}
			state, cache := t.TempDir(), t.TempDir()
			run := append(append([]string(nil), args...), "--config", filepath.Join(e.dir, "config.yaml"), "--profile", "emulator", "--auditor", name)
			if name == "wrong" {
				run[len(args)+1] = filepath.Join(e.dir, "wrong.yaml")
			}
			r := nsauth(t, setup{world: atLabTime, state: state, cache: cache}, run...)
			if r.code == 2 {
				t.Errorf("%q: exit 2\n%s", run, r.stderr)
			}
			said := r.stdout + r.stderr
			for _, dir := range []string{state, cache} {
				_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
					if err == nil && d.Type().IsRegular() {
						said += string(l.read(path))
					}
					return nil
				})
			}
			for _, s := range planted {
				if strings.Contains(said, s) {
					t.Errorf("%q: a secret is shown", run)
				}
			}
			if jwt.MatchString(said) || signature.MatchString(said) {
				t.Errorf("%q: a token or a signature is shown", run)
			}
			line := strings.Join(args, " ")
			allowed := args[0] == "audit-trail" || strings.HasSuffix(line, "-v") && line != "doctor --message admin -v" && line != "doctor -o json -v" || strings.Contains(line, "--with-people")
			// The address that the server was reached at is one of nsauth's own checks.
			if found := people.FindString(strings.NewReplacer("answers at 127.0.0.1", "", `"127.0.0.1"`, "", "127.0.0.1:", "").Replace(r.stdout)); found != "" && !allowed {
				t.Errorf("%q names %s:\n%s", run, found, r.stdout)
			}
			if name != "wrong" && strings.Contains(line, "--with-people -o json") && !people.MatchString(r.stdout) {
				t.Errorf("%q names nobody", run)
			}
		}
	}
}
