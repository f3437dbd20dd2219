package cmd

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/explain"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/testkit"
)

// Every name of the list has an explanation, and nothing is read or dialled for it.
func TestEveryNameIsExplained(t *testing.T) {
	list := nsauth(t, setup{}, "explain", "--list", "-o", "json")
	var names report.ExplanationsDocument
	if err := json.Unmarshal([]byte(list.stdout), &names); err != nil || list.code != 0 {
		t.Fatal(err, list.code)
	}
	n := 0
	for _, f := range names.Families {
		for i, name := range f.Names {
			n++
			if testkit.LeftOut(i, 1, 16) {
				continue
			}
			r := nsauth(t, setup{dir: t.TempDir()}, "explain", "-o", "json", name.Name)
			var doc report.ExplanationDocument
			if err := json.Unmarshal([]byte(r.stdout), &doc); err != nil {
				t.Fatal(err)
			}
			if r.code != 0 || len(doc.Explanations) == 0 || doc.Explanations[0].Name != name.Name || len(r.dialled) > 0 {
				t.Errorf("%s: exit %d, dialled %v, %+v", name.Name, r.code, r.dialled, doc.Explanations)
			}
		}
	}
	if n < len(catalog.All())+100 {
		t.Errorf("only %d names", n)
	}
}

// What a newcomer types has an answer, also the name of every command.
func TestEveryCommandIsExplained(t *testing.T) {
	root := Root()
	names := []string{"what is kid?", "an example for python", "n8n", "audit trail", "ps256", "c#", "postman"}
	for _, c := range root.Commands() {
		if c.Runnable() && c.Name() != "help" && c.Name() != "completion" { // a topic explains itself
			names = append(names, c.Name())
			for _, sub := range c.Commands() {
				names = append(names, c.Name()+" "+sub.Name())
			}
		}
	}
	for _, name := range names {
		if r := nsauth(t, setup{}, "explain", name); r.code != 0 {
			t.Errorf("explain %s: exit %d: %s", name, r.code, r.stdout)
		}
	}
	// A word is not explained where it is only used.
	for text, want := range map[string]string{`curl: (6) Could not resolve host, token role node`: "ENOTFOUND", "kid iss aud exp in " + strings.Repeat("a long text ", 9): ""} {
		a := explain.Text(text, time.Now())
		got := ""
		for _, x := range a.Explanations {
			got += x.Name
		}
		if got != want {
			t.Errorf("%q is taken for %q", text, got)
		}
	}
}

// No secret that is pasted is in any output, whatever the way in and the format.
func TestExplainRepeatsNoSecret(t *testing.T) {
	l := newLab(t)
	key := string(l.read(l.path(labKey + ".pem")))
	lines := strings.Split(strings.TrimSpace(key), "\n")
	const secret, opaque = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0", "d41d8cd98f00b204e9800998ecf8427e"
	basic := base64.StdEncoding.EncodeToString([]byte(secret + ":" + secret))
	row := 0
	for kind, p := range map[string]struct {
		text    string
		planted []string
	}{
		"private-key":    {"our key is\n" + key + "and we get server_error", lines[1 : len(lines)-1]},
		"access-token":   {"curl -H 'Authorization: Bearer " + plantedToken + "'\n{\"o:errorCode\":\"INVALID_LOGIN\"}", []string{plantedToken, strings.Split(plantedToken, ".")[2]}},
		"client-secret":  {"client_secret=" + secret + "&x=1", []string{secret}},
		"basic-header":   {"Authorization: Basic " + basic, []string{basic, secret}},
		"refresh-token":  {`{"refresh_token":"` + opaque + `"}`, []string{opaque}},
		"session-cookie": {"> Cookie: JSESSIONID=" + opaque, []string{opaque}},
	} {
		for i, given := range []struct {
			stdin string
			args  []string
		}{{p.text, []string{"-"}}, {"", []string{p.text}}, {"", []string{p.text, "why"}}} {
			if testing.Short() && i > 0 && kind != "private-key" {
				continue
			}
			for _, options := range [][]string{nil, {"--reply"}, {"-q"}, {"--color", "always"}, {"-o", "json"}, {"-o", "json", "--reply"}, {"-o", "json", "--mask-ids"},
				{"--nosuch"}, {"--list"}, {"-o", "json", "--list"}} {
				if row++; testkit.LeftOut(row, 1, 3) {
					continue
				}
				args := append(append([]string{"explain"}, options...), given.args...)
				r := nsauth(t, setup{stdin: given.stdin, dir: l.dir}, args...)
				said := r.stdout + r.stderr
				for _, planted := range p.planted {
					if strings.Contains(said, planted) {
						t.Errorf("%s, %v: the secret is repeated:\n%s", kind, options, said)
					}
				}
				if len(options) > 0 && strings.Contains(options[len(options)-1], "ist") || len(options) > 0 && options[0] == "--nosuch" {
					continue // usage errors
				}
				if r.code != 0 || slices.Contains(options, "json") && !strings.Contains(r.stdout, `"kind": "`+kind+`"`) {
					t.Errorf("%s, %v: exit %d, not named:\n%s", kind, options, r.code, said)
				}
			}
		}
	}
}

func TestExplainBoundsItsInput(t *testing.T) {
	const known = "{\"error\":\"server_error\"}\n"
	most := strings.Repeat("x\n", (explain.MaxBytes-len(known))/2) + known
	for _, tt := range []struct {
		stdin string
		code  int
		says  string
	}{
		{most, 0, "server_error"},
		{most + strings.Repeat("y", 16), 2, "longer than 1024 KiB"},
	} {
		r := nsauth(t, setup{stdin: tt.stdin}, "explain", "-")
		if r.code != tt.code || !strings.Contains(r.stdout+r.stderr, tt.says) {
			t.Errorf("%d bytes: exit %d, %q %q", len(tt.stdin), r.code, r.stdout, r.stderr)
		}
	}
	broken := nsauth(t, setup{world: func(w *cli.World) { w.Stdin = io.MultiReader(strings.NewReader("server_error"), failingReader{}) }}, "explain", "-", "-o", "json")
	if broken.code != 2 || !strings.Contains(broken.stdout, "standard input cannot be read") {
		t.Errorf("exit %d, %s", broken.code, broken.stdout)
	}
	waiting := nsauth(t, setup{world: func(w *cli.World) { w.Terminal = func(io.Reader) bool { return true } }}, "explain")
	if waiting.code != 0 || !strings.Contains(waiting.stdout, "words: assertion, jwt,") || strings.Contains(waiting.stdout, "MissingKey") {
		t.Errorf("on a terminal: exit %d, %q %q", waiting.code, waiting.stdout, waiting.stderr)
	}
	asked := nsauth(t, setup{stdin: known, world: func(w *cli.World) { w.Terminal = func(io.Reader) bool { return true } }}, "explain", "-")
	if asked.code != 0 || !strings.Contains(asked.stderr, "paste the text") || !strings.Contains(asked.stdout, "server_error") {
		t.Errorf("on a terminal: exit %d, %q", asked.code, asked.stderr)
	}
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errors.New("the pipe broke") }
