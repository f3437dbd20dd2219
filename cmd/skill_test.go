package cmd

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/strictyaml"
)

// Every command of the skill for agents ends with the code that stands beside it, on an
// account where the mapping is missing. None prints a secret, or an ID.
func TestSkill(t *testing.T) {
	page, err := os.ReadFile("../docs/skill/SKILL.md")
	if err != nil {
		t.Fatal(err)
	}
	_, front, _ := strings.Cut(string(page), "---\n")
	front, body, _ := strings.Cut(front, "\n---\n")
	var head struct{ Name, Description string }
	if err := strictyaml.Decode([]byte(front), &head); err != nil || head.Name != "nsauth" || len(head.Description) < 100 || len(head.Description) > 1024 {
		t.Errorf("front matter: %v, %+v", err, head)
	}

	l := newLab(t)
	t.Chdir(l.dir)
	stand := l.runStandIn("--scenario", "mapping-missing")
	home := filepath.Dir(stand.dir)
	if err := os.Rename(stand.dir, filepath.Join(home, "nsauth")); err != nil {
		t.Fatal(err)
	}
	world := func(w *cli.World) { w.ConfigDir, w.Now = home, labTime }
	built := nsauth(t, setup{dir: l.dir, world: world}, "jwt", "build", "--algorithm", "RS256", "--key", "rsa-3072.pem")
	l.write("assertion.txt", []byte(built.stdout))
	secrets := []string{strings.TrimSpace(built.stdout), "PRIVATE KEY", "eyJ"}
	shown := nsauth(t, setup{dir: l.dir, world: world}, "profile", "show", "-o", "json")
	secrets = append(secrets, regexp.MustCompile(`[0-9a-f]{64}|[A-Za-z0-9_-]{43}\b`).FindAllString(shown.stdout, -1)...)
	if built.code != 0 || len(secrets) < 5 {
		t.Fatalf("exit %d: %s; %d secrets and IDs", built.code, built.stderr, len(secrets))
	}

	command := regexp.MustCompile(`(?m)^ *nsauth (.+?)(?: > (\S+))? +# (?:.*, )?exit (\d+)$`)
	blocks := regexp.MustCompile("(?ms)^ *```sh\n(.*?)\n *```$").FindAllStringSubmatch(body, -1)
	ran := 0
	for _, block := range blocks {
		for _, line := range strings.Split(block[1], "\n") {
			m := command.FindStringSubmatch(line)
			if m == nil {
				t.Errorf("no command with its exit code: %s", line)
				continue
			}
			ran++
			args := strings.Fields(m[1])
			r := nsauth(t, setup{dir: l.dir, world: world}, args...)
			if code := string(rune('0' + r.code)); code != m[3] {
				t.Errorf("nsauth %s: exit %s, and the page says %s\n%s%s", m[1], code, m[3], r.stdout, r.stderr)
			}
			if m[2] != "" {
				l.write(m[2], []byte(r.stdout))
			}
			for _, secret := range secrets {
				if strings.Contains(r.stdout+r.stderr, secret) {
					t.Errorf("nsauth %s prints %.8s...", m[1], secret)
				}
			}
			if args[0] != "version" && args[0] != "schema" && args[0] != "explain" && args[0] != "emulator" && !slices.Contains(args, "--mask-ids") {
				t.Errorf("nsauth %s: without --mask-ids", m[1])
			}
		}
	}
	if ran < 15 {
		t.Errorf("only %d commands", ran)
	}
	// What it forbids exists: a renamed command would no longer be forbidden.
	for _, name := range []string{"token", "jwt build", "certgen", "profile init", "call"} {
		if c, _, err := newRoot(cli.New(System(), tool(), nil)).Find(strings.Fields(name)); err != nil || !c.Runnable() || !strings.Contains(body, "nsauth "+name+"`") && !strings.Contains(body, "`"+name+"`") && !strings.Contains(body, "nsauth "+name+" ") {
			t.Errorf("%s: %v, or the page does not forbid it", name, err)
		}
	}
}
