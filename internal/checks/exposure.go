package checks

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/keys"
)

// This file looks at who else can get at the private key: other users of the
// machine, and whoever gets to see the git repository that it lies in.

// exposure returns the findings about a key's file, next to those of its content.
// judged are the latter, some of which it makes more precise.
func exposure(ctx context.Context, w World, k *keys.Key, judged []finding.Finding) []finding.Finding {
	if k.Path == "" {
		return judged
	}
	real, err := filepath.EvalSymlinks(k.Path)
	if err != nil {
		return judged
	}
	var found []finding.Finding
	for _, f := range judged {
		if f.Code == "key.readable-by-others" {
			f = readable(w, k.Path, real, f.Evidence)
		}
		found = append(found, f)
	}
	if names := otherReaders(real); len(names) > 0 {
		found = append(found, readable(w, k.Path, real, finding.Evidence{"path": k.Path, "readers": names, "reason": "acl"}))
	}
	if f, ok := inWorkTree(ctx, w, k.Path, real); ok {
		found = append(found, f)
	}
	return found
}

// readable is the finding for a file that others may read. The mode of a file in
// a CI job's container says little: nobody else is there, and the file is often
// mounted with whatever mode the runner chose.
func readable(w World, path, real string, ev finding.Evidence) finding.Finding {
	if linked(path) {
		ev["target"] = real
		if ev["reason"] == nil {
			ev["reason"] = "link"
		}
	}
	ci := w.LookupEnv != nil && isCI(w.LookupEnv)
	if ci {
		ev["ci"] = true
	}
	f := catalog.New("key.readable-by-others", ev)
	if ci {
		f = f.With(finding.Info)
	}
	return f
}

func linked(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&os.ModeSymlink != 0
}

// isCI says whether this is a job of a CI system: all the usual ones set CI.
func isCI(lookup func(string) (string, bool)) bool {
	v, _ := lookup("CI")
	return v != "" && v != "0" && !strings.EqualFold(v, "false")
}

// inWorkTree finds a key that the next commit would publish. The work tree is
// found by looking at the folders above the file, the real one behind a link:
// git keeps of a link only where it leads. Whether the file is ignored only git
// can tell, with its patterns in up to four places. See RunGit.
func inWorkTree(ctx context.Context, w World, path, real string) (finding.Finding, bool) {
	root := workTreeOf(real)
	if root == "" || w.Git == nil {
		return finding.Finding{}, false
	}
	ev := finding.Evidence{"path": path, "work_tree": root}
	if linked(path) {
		ev["target"] = real
	}
	dir, name := filepath.Dir(real), "./"+filepath.Base(real)
	listed, err := w.Git(ctx, dir, "ls-files", "--stage", "--others", "--exclude-standard", "--", ":(literal)"+name)
	var refused *exec.ExitError
	switch {
	case errors.As(err, &refused):
		ev["reason"] = "git-refused"
	case err != nil:
		ev["reason"] = "no-git"
	case listed == "": // it is ignored
		return finding.Finding{}, false
	case strings.Contains(listed, "\t"): // mode, object and stage stand before it
		ev["reason"] = "tracked"
	}
	return catalog.New("key.in-git-work-tree", ev), true
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
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxGitFile))
	return err == nil && strings.HasPrefix(string(text), "gitdir:")
}
