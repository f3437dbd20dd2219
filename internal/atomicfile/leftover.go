package atomicfile

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/text"
)

// A temporary file has the number of its process in its name: a process that was killed
// left it, and the next one that writes there removes it.

// replacing matches the suffix of Replace's temporary files, also of older versions.
var replacing = text.Regexp(`^(?:([0-9]+)-)?[0-9]+$`)

// temporaryName matches the names of WriteFiles's temporary files, also of older versions.
var temporaryName = text.Regexp(`^\.nsauth-(?:([0-9]+)-)?[A-Z2-7]{26}\.tmp(\.[A-Za-z0-9]+)?$`)

// longestWrite is longer than any write of Replace. In a container the process numbers of
// killed runs belong to new processes, often the same one: 1.
const longestWrite = 10 * time.Minute

// sweepReplaced removes what Replace left of the file path in runs that were killed.
func sweepReplaced(path string) {
	prefix := "." + filepath.Base(path) + "."
	_ = sweepFolder(filepath.Dir(path), longestWrite, func(name string) (pid string, ok bool) {
		suffix, ok := strings.CutPrefix(name, prefix)
		m := replacing().FindStringSubmatch(suffix)
		if !ok || m == nil {
			return "", false
		}
		return m[1], true
	})
}

// sweepWritten removes what WriteFiles left in a folder in runs that were killed, and
// returns the paths.
func sweepWritten(dir string) []string {
	return sweepFolder(dir, 0, func(name string) (pid string, ok bool) {
		m := temporaryName().FindStringSubmatch(name)
		if m == nil {
			return "", false
		}
		return m[1], true
	})
}

// sweepFolder removes the files of a folder that ours names, unless their process runs. If
// oldest is not zero, it removes older files anyway.
func sweepFolder(dir string, oldest time.Duration, ours func(name string) (pid string, ok bool)) (removed []string) {
	entries, err := os.ReadDir(cmp.Or(dir, "."))
	if err != nil {
		return nil
	}
	for _, e := range entries {
		pid, ok := ours(e.Name())
		if !ok || !e.Type().IsRegular() {
			continue
		}
		if n, err := strconv.Atoi(pid); err == nil && (n == os.Getpid() || running(n)) && !older(e, oldest) {
			continue
		}
		if path := filepath.Join(dir, e.Name()); os.Remove(path) == nil {
			removed = append(removed, path)
		}
	}
	slices.Sort(removed)
	return removed
}

// older reports whether a file was last written before so long; 0 is forever.
func older(e fs.DirEntry, age time.Duration) bool {
	info, err := e.Info()
	return age > 0 && err == nil && time.Since(info.ModTime()) > age
}

// own is the beginning of a temporary file's variable part.
func own() string { return fmt.Sprintf("%d-", os.Getpid()) }
