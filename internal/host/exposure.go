package host

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/nsauth/nsauth/internal/text"
)

// Exposure is who else can read a file: other users of the machine, and readers of the
// git repository around it.
type Exposure struct {
	Target   string   // where the path leads if it is a symbolic link; else ""
	Readers  []string // other accounts in the access control list, on Windows
	WorkTree string   // the git work tree around the file; "" without one
	Git      GitState // of the file; "" without a work tree
}

// GitState is git's state of a file in a work tree.
type GitState string

// The states. After GitRefused and GitAbsent the file's state is unknown.
const (
	GitIgnored   GitState = "ignored"
	GitUntracked GitState = "untracked"
	GitTracked   GitState = "tracked"
	GitRefused   GitState = "git-refused"
	GitAbsent    GitState = "no-git"
)

// ExposureOf returns who else can read the file at path; zero if it does not exist.
func ExposureOf(ctx context.Context, w World, path string) Exposure {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return Exposure{}
	}
	e := Exposure{Readers: otherReaders(real)}
	if info, err := os.Lstat(path); err == nil && info.Mode()&os.ModeSymlink != 0 {
		e.Target = real
	}
	if w.Git != nil {
		if e.WorkTree = workTreeOf(real); e.WorkTree != "" {
			e.Git = gitState(ctx, w, real)
		}
	}
	return e
}

// InCI reports whether this is a CI job: all usual CI systems set CI.
func InCI(w World) bool {
	if w.LookupEnv == nil {
		return false
	}
	v, _ := w.LookupEnv("CI")
	return v != "" && v != "0" && !strings.EqualFold(v, "false")
}

// gitState asks git about a file by its real path, because git stores only the target
// of a symbolic link. Only git knows all ignore patterns. See RunGit.
func gitState(ctx context.Context, w World, real string) GitState {
	dir, name := filepath.Dir(real), "./"+filepath.Base(real)
	listed, err := w.Git(ctx, dir, "ls-files", "--stage", "--others", "--exclude-standard", "--", ":(literal)"+name)
	var refused *exec.ExitError
	switch {
	case errors.As(err, &refused):
		return GitRefused
	case err != nil:
		return GitAbsent
	case listed == "":
		return GitIgnored
	case strings.Contains(listed, "\t"): // after mode, object and stage
		return GitTracked
	}
	return GitUntracked
}

// maxGitFile bounds a .git file, which holds the path of a folder.
const maxGitFile = 4 << 10

// workTreeOf returns the folder of the git work tree around the file, or "". What is in
// .git itself is never committed.
func workTreeOf(file string) string {
	file, err := filepath.Abs(file)
	if err != nil {
		return ""
	}
	for dir := filepath.Dir(file); ; dir = filepath.Dir(dir) {
		if filepath.Base(dir) == ".git" {
			return ""
		}
		if isGit(filepath.Join(dir, ".git")) {
			return dir
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
	}
}

// isGit reports whether path is a .git of a repository. In a linked work tree and in a
// submodule it is a file that says where the repository is.
func isGit(path string) bool {
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	if info.IsDir() {
		_, err := os.Lstat(filepath.Join(path, "HEAD"))
		return err == nil
	}
	if !info.Mode().IsRegular() {
		return false
	}
	data, err := text.ReadFileAtMost(path, maxGitFile)
	return err == nil && strings.HasPrefix(string(data), "gitdir:")
}
