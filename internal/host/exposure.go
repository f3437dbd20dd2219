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

// Exposure is who else can get at a file: other users of the machine, and
// readers of the git repository that it lies in.
type Exposure struct {
	Target   string   // the file behind a link; "" where the path is none
	Readers  []string // other accounts that the access list names, on Windows
	WorkTree string   // the git work tree around the file; "" without one
	Git      GitState // of the file, where there is a work tree
}

// GitState is what git makes of a file in its work tree.
type GitState string

// The states. Refused and Absent say that git could not be asked.
const (
	GitIgnored   GitState = "ignored"
	GitUntracked GitState = "untracked"
	GitTracked   GitState = "tracked"
	GitRefused   GitState = "git-refused"
	GitAbsent    GitState = "no-git"
)

// ExposureOf looks around the file at path. The zero Exposure says nothing is known,
// as of a file that is gone.
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

// InCI reports whether this is a job of a CI system: all the usual ones set CI.
func InCI(w World) bool {
	if w.LookupEnv == nil {
		return false
	}
	v, _ := w.LookupEnv("CI")
	return v != "" && v != "0" && !strings.EqualFold(v, "false")
}

// gitState asks git about a file by its real name: git keeps of a link only where
// it leads. Whether the file is ignored only git can tell, with its patterns in up
// to four places. See RunGit.
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
	case strings.Contains(listed, "\t"): // mode, object and stage stand before it
		return GitTracked
	}
	return GitUntracked
}

// maxGitFile bounds a .git that is a file, which holds the name of a folder.
const maxGitFile = 4 << 10

// workTreeOf returns the folder of the git work tree that holds the file, or "".
// What lies within .git itself is never committed.
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

// isGit tells a repository from another thing of that name. In a linked work
// tree and in a submodule .git is a file that says where the repository is.
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
