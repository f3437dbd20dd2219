//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// repo is a git repository in a home of its own, and a key to put into it.
type repo struct {
	*testing.T
	home, dir string
	key       []byte
}

func newRepo(t *testing.T) *repo {
	home := t.TempDir()
	r := &repo{T: t, home: home, dir: filepath.Join(home, "repo"), key: read(t, makeEC(t, "P-256"))}
	r.git("init", "-q", r.dir)
	return r
}

func (r *repo) env() []string {
	return []string{"HOME=" + r.home, "XDG_CONFIG_HOME=" + filepath.Join(r.home, ".config"), "PATH=" + os.Getenv("PATH"),
		"GIT_AUTHOR_NAME=t", "GIT_AUTHOR_EMAIL=t@example.com", "GIT_COMMITTER_NAME=t", "GIT_COMMITTER_EMAIL=t@example.com"}
}

func (r *repo) git(args ...string) {
	r.Helper()
	if _, err := os.Stat(r.dir); err == nil {
		args = append([]string{"-C", r.dir}, args...)
	}
	if out := run(r.T, nil, r.env(), "git", args...); out.exit != 0 {
		r.Fatal(out)
	}
}

// file writes a file below the repository.
func (r *repo) file(name, text string, perm os.FileMode) string {
	r.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		r.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), perm); err != nil {
		r.Fatal(err)
	}
	return path
}

func (r *repo) keyFile(name string) string { r.Helper(); return r.file(name, string(r.key), 0o600) }

// TestKeyInWorkTree: what keycheck says of a key in a repository is what git's
// own rules make of it, whichever of its places they stand in.
func TestKeyInWorkTree(t *testing.T) {
	const code = "key.in-git-work-tree"
	for _, tt := range []struct {
		name   string
		make   func(*repo) string
		reason string // "none" for no finding
	}{
		{"not ignored", func(r *repo) string { return r.keyFile("key.pem") }, ""},
		{"in a folder, named oddly", func(r *repo) string { return r.keyFile("a b/:(top)[k]*.pem") }, ""},
		{"named like a flag", func(r *repo) string { return r.keyFile("--stdin") }, ""},
		{".gitignore", func(r *repo) string { r.file(".gitignore", "*.pem\n", 0o600); return r.keyFile("a/key.pem") }, "none"},
		{".gitignore of the folder", func(r *repo) string { r.file("a/.gitignore", "/key.pem\n", 0o600); return r.keyFile("a/key.pem") }, "none"},
		{".gitignore takes it out again", func(r *repo) string {
			r.file(".gitignore", "*.pem\n!key.pem\n", 0o600)
			return r.keyFile("key.pem")
		}, ""},
		{"an ignored folder", func(r *repo) string {
			r.file(".gitignore", "secrets/\n!key.pem\n", 0o600)
			return r.keyFile("secrets/deep/key.pem")
		}, "none"},
		{"info/exclude", func(r *repo) string { r.file(".git/info/exclude", "key.*\n", 0o600); return r.keyFile("key.pem") }, "none"},
		{"the user's own excludes", func(r *repo) string {
			if err := os.MkdirAll(filepath.Join(r.home, ".config/git"), 0o700); err != nil {
				r.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(r.home, ".config/git/ignore"), []byte("*.pem\n"), 0o600); err != nil {
				r.Fatal(err)
			}
			return r.keyFile("key.pem")
		}, "none"},
		{"core.excludesFile", func(r *repo) string {
			r.git("config", "core.excludesFile", r.file("../mine", "*.pem\n", 0o600))
			return r.keyFile("key.pem")
		}, "none"},
		{"staged", func(r *repo) string { p := r.keyFile("key.pem"); r.git("add", "key.pem"); return p }, "tracked"},
		{"committed, and ignored since", func(r *repo) string {
			p := r.keyFile("key.pem")
			r.git("add", "key.pem")
			r.git("commit", "-q", "-m", "x")
			r.file(".gitignore", "*.pem\n", 0o600)
			return p
		}, "tracked"},
		{"a linked work tree", func(r *repo) string {
			r.file("x", "x", 0o600)
			r.git("add", "x")
			r.git("commit", "-q", "-m", "x")
			r.git("worktree", "add", "-q", filepath.Join(r.home, "linked"))
			return r.keyFile("../linked/key.pem")
		}, ""},
		{"within .git", func(r *repo) string { return r.keyFile(".git/key.pem") }, "none"},
		{"beside the repository", func(r *repo) string { return r.keyFile("../key.pem") }, "none"},
		{"a damaged repository", func(r *repo) string { r.file(".git/config", "[core\n", 0o600); return r.keyFile("key.pem") }, "git-refused"},
		{"a link from outside", func(r *repo) string {
			link := filepath.Join(r.home, "link.pem")
			if err := os.Symlink(r.keyFile("key.pem"), link); err != nil {
				r.Fatal(err)
			}
			return link
		}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRepo(t)
			path := tt.make(r)
			// A variable that leads git elsewhere must not count.
			env := append(r.env(), "GIT_DIR="+filepath.Join(r.home, "nowhere"), "GIT_CEILING_DIRECTORIES="+r.dir)
			d, out := parse(t, run(t, nil, env, binary(t), "keycheck", "--key", path, "-o", "json"))
			key := d.check(t, "key")
			if tt.reason == "none" {
				if len(key.Findings) > 0 {
					t.Errorf("findings %v\n%v", key.codes(), out)
				}
				return
			}
			if !slices.Equal(key.codes(), []string{code}) {
				t.Fatalf("findings %v, want %s\n%v", key.codes(), code, out)
			}
			if got, _ := key.Findings[0].Evidence["reason"].(string); got != tt.reason {
				t.Errorf("reason %q, want %q", got, tt.reason)
			}
			if want := map[bool]string{true: "pass", false: "warn"}[tt.reason == "git-refused"]; key.Status != want {
				t.Errorf("status %s, want %s", key.Status, want)
			}
		})
	}

	// certgen says so of the key that it has just made, and the demo, whose files
	// are gone in a moment, says nothing.
	t.Run("a new key", func(t *testing.T) {
		r := newRepo(t)
		out := run(t, nil, r.env(), binary(t), "certgen", "--key-type", "p-256", "--out", r.dir, "-o", "json")
		jq(t, out.stdout, "[.warnings[].code]", `["`+code+`"]`)
		r.file(".gitignore", "*-key.pem\n", 0o600)
		out = run(t, nil, r.env(), binary(t), "certgen", "--key-type", "p-256", "--out", r.dir, "--name", "other", "-o", "json")
		jq(t, out.stdout, "[.warnings[].code]", `[]`)
		d, _ := parse(t, run(t, nil, append(r.env(), "TMPDIR="+r.dir), binary(t), "doctor", "--demo", "-o", "json"))
		if key := d.check(t, "key"); key.Status != "pass" {
			t.Errorf("the demo's key: %v", key.codes())
		}
	})

	t.Run("no git", func(t *testing.T) {
		r := newRepo(t)
		env := []string{"HOME=" + r.home, "PATH=" + r.home}
		d, _ := parse(t, run(t, nil, env, binary(t), "keycheck", r.keyFile("key.pem"), "-o", "json"))
		if f := d.only(t, "key", code); f.evidence("reason") != "no-git" {
			t.Errorf("reason %s", f.evidence("reason"))
		}
	})

	// The repository may be somebody else's: asking about it starts nothing.
	t.Run("starts nothing", func(t *testing.T) {
		r := newRepo(t)
		mark := filepath.Join(r.home, "started")
		program := r.file("../program", "#!/bin/sh\necho x >>'"+mark+"'\n", 0o700)
		r.keyFile("other")
		r.git("add", "other")
		for _, setting := range []string{"core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "filter.x.clean", "diff.external", "alias.ls-files"} {
			r.git("config", setting, program)
		}
		for _, hook := range []string{"post-index-change", "fsmonitor-watchman", "reference-transaction"} {
			r.file(".git/hooks/"+hook, "#!/bin/sh\necho x >>'"+mark+"'\n", 0o700)
		}
		if err := os.RemoveAll(mark); err != nil { // git config and add may have run some of it
			t.Fatal(err)
		}
		d, _ := parse(t, run(t, nil, r.env(), binary(t), "keycheck", r.keyFile("key.pem"), "-o", "json"))
		d.only(t, "key", code)
		if text, err := os.ReadFile(mark); err == nil {
			t.Errorf("a program of the repository ran %d times", strings.Count(string(text), "x"))
		}
		// The trap works: git without nsauth's care runs into it.
		run(t, nil, r.env(), "git", "-C", r.dir, "status")
		if _, err := os.Stat(mark); err != nil {
			t.Error("the trap does not work: git status started nothing")
		}
	})

	// Of a repository of another user git says nothing.
	t.Run("another user's", func(t *testing.T) {
		if os.Geteuid() != 0 {
			t.Log("only root can make a repository of another user; the refusal is tested with a damaged one")
			return
		}
		r := newRepo(t)
		path := r.keyFile("key.pem")
		for _, p := range []string{r.dir, filepath.Join(r.dir, ".git")} {
			if err := os.Chown(p, 65534, 65534); err != nil {
				t.Fatal(err)
			}
		}
		d, _ := parse(t, run(t, nil, r.env(), binary(t), "keycheck", path, "-o", "json"))
		if f := d.only(t, "key", code); f.evidence("reason") != "git-refused" {
			t.Errorf("reason %s", f.evidence("reason"))
		}
	})
}
