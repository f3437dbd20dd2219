//go:build !windows

package checks

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/keys"
)

// What git prints about a key.
const (
	untracked = "k.pem\n"
	tracked   = "100644 587be6b4c3f93f93c489c0111bba5596147a26cb 0\tk.pem\n"
)

func gitSaying(listed string, err error) func(context.Context, string, ...string) (string, error) {
	return func(context.Context, string, ...string) (string, error) { return listed, err }
}

// Modes and links are other things on Windows; acl_windows_test.go is about its
// access control lists.
func TestExposure(t *testing.T) {
	type want struct {
		code     finding.Code
		severity finding.Severity
		reason   string
	}
	plain := gitSaying(untracked, nil)
	for _, tt := range []struct {
		name string
		make func(t *testing.T, dir string) *keys.Key
		git  func(context.Context, string, ...string) (string, error)
		ci   string
		want []want
		says string
	}{
		{"private, nowhere near a repository", func(t *testing.T, dir string) *keys.Key {
			return keyAt(t, dir+"/k.pem", dir+"/k.pem", 0o600)
		}, plain, "", nil, ""},
		{"readable", func(t *testing.T, dir string) *keys.Key {
			return keyAt(t, dir+"/k.pem", dir+"/k.pem", 0o640)
		}, plain, "", []want{{"key.readable-by-others", finding.Warning, ""}}, "mode 0640"},
		{"readable in CI", func(t *testing.T, dir string) *keys.Key {
			return keyAt(t, dir+"/k.pem", dir+"/k.pem", 0o644)
		}, plain, "true", []want{{"key.readable-by-others", finding.Info, ""}}, "mode 0644"},
		{"CI=false is no CI", func(t *testing.T, dir string) *keys.Key {
			return keyAt(t, dir+"/k.pem", dir+"/k.pem", 0o644)
		}, plain, "False", []want{{"key.readable-by-others", finding.Warning, ""}}, ""},
		{"readable behind a link", func(t *testing.T, dir string) *keys.Key {
			return keyAt(t, dir+"/away/k.pem", dir+"/k.pem", 0o604)
		}, plain, "", []want{{"key.readable-by-others", finding.Warning, "link"}}, "away/k.pem, has mode 0604"},
		{"private behind a link, whose own mode says nothing", func(t *testing.T, dir string) *keys.Key {
			return keyAt(t, dir+"/away/k.pem", dir+"/k.pem", 0o600)
		}, plain, "", nil, ""},
		{"in a repository", func(t *testing.T, dir string) *keys.Key {
			return keyAt(t, repository(t, dir)+"/a/b/k.pem", dir+"/a/b/k.pem", 0o600)
		}, plain, "", []want{{"key.in-git-work-tree", finding.Warning, ""}}, "is not ignored"},
		{"ignored", func(t *testing.T, dir string) *keys.Key {
			return keyAt(t, repository(t, dir)+"/k.pem", dir+"/k.pem", 0o600)
		}, gitSaying("", nil), "", nil, ""},
		{"tracked", func(t *testing.T, dir string) *keys.Key {
			return keyAt(t, repository(t, dir)+"/k.pem", dir+"/k.pem", 0o600)
		}, gitSaying(tracked, nil), "", []want{{"key.in-git-work-tree", finding.Warning, "tracked"}}, "is part of the git repository"},
		{"no git", func(t *testing.T, dir string) *keys.Key {
			return keyAt(t, repository(t, dir)+"/k.pem", dir+"/k.pem", 0o600)
		}, gitSaying("", exec.ErrNotFound), "", []want{{"key.in-git-work-tree", finding.Info, "no-git"}}, "unknown"},
		{"git refuses", func(t *testing.T, dir string) *keys.Key {
			return keyAt(t, repository(t, dir)+"/k.pem", dir+"/k.pem", 0o600)
		}, gitSaying("", &exec.ExitError{}), "", []want{{"key.in-git-work-tree", finding.Info, "git-refused"}}, "unknown"},
		{"a warning in CI too, and both at once", func(t *testing.T, dir string) *keys.Key {
			return keyAt(t, repository(t, dir)+"/k.pem", dir+"/k.pem", 0o644)
		}, plain, "1", []want{{"key.readable-by-others", finding.Info, ""}, {"key.in-git-work-tree", finding.Warning, ""}}, ""},
		{"a link in a repository to a file outside", func(t *testing.T, dir string) *keys.Key {
			repository(t, dir+"/repo")
			return keyAt(t, dir+"/away/k.pem", dir+"/repo/k.pem", 0o600)
		}, plain, "", nil, ""},
		{"a link from outside into a repository", func(t *testing.T, dir string) *keys.Key {
			repository(t, dir+"/repo")
			return keyAt(t, dir+"/repo/k.pem", dir+"/k.pem", 0o600)
		}, plain, "", []want{{"key.in-git-work-tree", finding.Warning, ""}}, "repo"},
		{"a linked work tree", func(t *testing.T, dir string) *keys.Key {
			if err := os.WriteFile(dir+"/.git", []byte("gitdir: /srv/repo/.git/worktrees/x\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			return keyAt(t, dir+"/k.pem", dir+"/k.pem", 0o600)
		}, plain, "", []want{{"key.in-git-work-tree", finding.Warning, ""}}, ""},
		{"another file called .git", func(t *testing.T, dir string) *keys.Key {
			if err := os.WriteFile(dir+"/.git", []byte("notes\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			return keyAt(t, dir+"/k.pem", dir+"/k.pem", 0o600)
		}, plain, "", nil, ""},
		{"an empty folder called .git", func(t *testing.T, dir string) *keys.Key {
			if err := os.Mkdir(dir+"/.git", 0o700); err != nil {
				t.Fatal(err)
			}
			return keyAt(t, dir+"/k.pem", dir+"/k.pem", 0o600)
		}, plain, "", nil, ""},
		{"within .git", func(t *testing.T, dir string) *keys.Key {
			return keyAt(t, repository(t, dir)+"/.git/secrets/k.pem", dir+"/.git/secrets/k.pem", 0o600)
		}, plain, "", nil, ""},
		{"from no file", func(t *testing.T, dir string) *keys.Key {
			k := keyAt(t, repository(t, dir)+"/k.pem", dir+"/k.pem", 0o644)
			k.Path = ""
			return k
		}, plain, "", []want{{"key.readable-by-others", finding.Warning, ""}}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir, err := filepath.EvalSymlinks(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			k := tt.make(t, dir)
			w := host.World{Git: tt.git, LookupEnv: func(name string) (string, bool) { return tt.ci, name == "CI" && tt.ci != "" }}
			var got []want
			text := ""
			for _, f := range withExposure(t.Context(), w, k, fault.OfKeys(k.Judge())) {
				reason, _ := f.Evidence["reason"].(string)
				got = append(got, want{f.Code, f.Severity, reason})
				text += f.Message + "\n"
				if commands := fmt.Sprint(f.Remedy.Commands); reason == "tracked" && !strings.Contains(commands, "certgen --key-type "+keys.TypeName(k.Type, k.Curve, k.Bits)+"]") {
					t.Errorf("commands %s for %v", commands, k)
				}
			}
			if !slices.Equal(got, tt.want) || !strings.Contains(text, tt.says) {
				t.Errorf("%+v, want %+v\n%s", got, tt.want, text)
			}
		})
	}
}
