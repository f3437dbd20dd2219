package atomicfile

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/secret"
)

// The permission bits of new files.
const (
	OwnerOnly fs.FileMode = 0o600
	Readable  fs.FileMode = 0o644
)

// NewFile is a file to write.
type NewFile struct {
	Path string
	Data secret.Secret
	Perm fs.FileMode
}

// maxBackups limits the search for an unused backup name.
const maxBackups = 1000

// WriteNew writes data to a new file, completely or not at all. It changes nothing if
// path exists, also as a link; then errors.Is(err, fs.ErrExist) is true.
func WriteNew(path string, data []byte, perm fs.FileMode) error {
	_, err := WriteFiles(context.Background(), []NewFile{{path, secret.New(string(data)), perm}}, false, nil)
	return err
}

// WriteFiles is Set.Write without further options.
func WriteFiles(ctx context.Context, files []NewFile, replace bool, verify func() error) (backups []string, err error) {
	return Set{Files: files, Replace: replace, Verify: verify}.Write(ctx)
}

// Set is files that belong together.
type Set struct {
	Files   []NewFile
	Replace bool // an existing file gets the name of a backup
	Brief   bool // the files are of one run: a power failure may lose them
	// Verify checks the files under their names; nil checks nothing.
	Verify func() error
	// Swept is told of each file that a killed run left in their folders, and that was
	// removed. BackedUp is told once of the backups, before a file is replaced: if the
	// process is killed from then on, the old files are complete there. Both may be nil.
	Swept    func(path string)
	BackedUp func(backups []string)
}

// Write writes all files in their order, or none. A file gets its name once it is
// complete. Then Write calls Verify. If a write or Verify fails, or ctx is canceled,
// Write removes what it wrote and restores what it renamed.
//
// If a path exists, also as a link, Write changes nothing, and errors.Is(err,
// fs.ErrExist) is true. With Replace it renames an existing file or link instead:
// name.pem becomes name.bak.pem, or name.bak2.pem and so on, with the same suffix for
// all files. It never replaces a folder. backups has the new names in the order of
// Files, "" for a path that did not exist.
func (s Set) Write(ctx context.Context) (backups []string, err error) {
	w := writing{Set: s, backups: make([]string, len(s.Files)), link: os.Link}
	return w.write(ctx)
}

func (w *writing) write(ctx context.Context) (backups []string, err error) {
	files := w.Files
	defer func() {
		if err != nil {
			err = errors.Join(err, w.undo())
			backups = nil
		}
		w.sweep()
	}()
	if err := checkNames(files, w.Replace); err != nil {
		return nil, err
	}
	w.sweepFolders()
	if err := w.each(ctx, w.prepare); err != nil {
		return nil, err
	}
	if w.Replace {
		if err := w.keepOld(ctx); err != nil {
			return nil, err
		}
	}
	if err := w.each(ctx, w.publish); err != nil {
		return nil, err
	}
	if w.Verify != nil {
		if err := w.Verify(); err != nil {
			return nil, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for _, f := range files {
		if !w.Brief {
			syncFolder(filepath.Dir(f.Path))
		}
	}
	return w.backups, nil
}

// each calls step for every file, until ctx is canceled.
func (w *writing) each(ctx context.Context, step func(i int, f NewFile) error) error {
	for i, f := range w.Files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := step(i, f); err != nil {
			return err
		}
	}
	return nil
}

// keepOld gives all existing files the names of backups too, before the first is
// replaced, so that old files that belong together are never lost.
func (w *writing) keepOld(ctx context.Context) error {
	for {
		if err := w.nameBackups(w.Files); err != nil {
			return err
		}
		err := w.each(ctx, w.backUp)
		switch {
		case errors.Is(err, errTaken): // by a backup of another process, since it was chosen
			if err := w.undo(); err != nil {
				return err
			}
			w.undoing = nil
			continue
		case err != nil:
			return err
		}
		kept := slices.DeleteFunc(slices.Clone(w.backups), func(name string) bool { return name == "" })
		if len(kept) > 0 && w.BackedUp != nil {
			w.BackedUp(kept)
		}
		return nil
	}
}

// errTaken means that the name of a backup was taken after it was chosen.
var errTaken = errors.New("the name of the backup is taken")

// checkNames rejects a path that two files have, and one that exists unless replace
// is set.
func checkNames(files []NewFile, replace bool) error {
	seen := map[string]bool{}
	for _, f := range files {
		path := filepath.Clean(f.Path)
		_, err := os.Lstat(f.Path)
		if seen[path] || !replace && err == nil {
			return exists(f.Path)
		}
		seen[path] = true
	}
	return nil
}

func exists(path string) error { return &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist} }

// writing is the state of Set.Write.
type writing struct {
	Set
	temporary []string                      // complete files under temporary names
	backups   []string                      // the backup of each file, "" for none
	undoing   []func() error                // what undo calls, in reverse
	link      func(file, name string) error // os.Link; some file systems have no links
}

// prepare writes a complete file under a temporary name in the same folder. The name
// keeps the extension: if the process is killed now, a .gitignore with *.pem also
// ignores the temporary file.
func (w *writing) prepare(_ int, f NewFile) error {
	name := filepath.Join(filepath.Dir(f.Path), ".nsauth-"+own()+rand.Text()+".tmp"+filepath.Ext(f.Path))
	err := w.create(name, f)
	if err == nil {
		w.temporary = append(w.temporary, name)
	}
	return about(err, f.Path)
}

// create writes a new file, and removes it if writing fails.
func (w *writing) create(path string, f NewFile) error {
	file, err := createExclusive(path, f.Perm)
	if err != nil {
		return err
	}
	_, err = file.WriteString(f.Data.Reveal())
	if err == nil && !w.Brief {
		err = file.Sync()
	}
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// about replaces the paths in an error with path, the file that the caller knows.
func about(err error, path string) error {
	var (
		file *fs.PathError
		link *os.LinkError
	)
	switch {
	case errors.As(err, &file):
		return &fs.PathError{Op: file.Op, Path: path, Err: file.Err}
	case errors.As(err, &link):
		return &fs.PathError{Op: link.Op, Path: path, Err: link.Err}
	}
	return err
}

// backUp gives the i-th file's predecessor the name of its backup. On a file system with
// links, path exists at every moment.
func (w *writing) backUp(i int, f NewFile) error {
	backup := w.backups[i]
	if backup == "" {
		return nil
	}
	err := w.link(f.Path, backup)
	if err != nil {
		if _, err := os.Lstat(backup); err == nil {
			return errTaken
		}
		err = os.Rename(f.Path, backup) // a file system without links
	}
	if err != nil {
		return about(err, f.Path)
	}
	w.undoing = append(w.undoing, func() error { return restore(backup, f.Path) })
	return nil
}

// restore gives a file its old name back, and takes that of the backup away.
func restore(backup, path string) error {
	old, err := os.Lstat(backup)
	if now, pathErr := os.Lstat(path); err == nil && pathErr == nil && os.SameFile(old, now) {
		return os.Remove(backup) // it was not replaced; a rename would leave both names
	}
	return os.Rename(backup, path)
}

// publish gives the i-th file its name.
func (w *writing) publish(i int, f NewFile) error {
	if w.backups[i] != "" {
		return about(os.Rename(w.temporary[i], f.Path), f.Path)
	}
	// A link fails if the path exists; a rename would replace the file.
	err := w.link(w.temporary[i], f.Path)
	if err != nil && !errors.Is(err, fs.ErrExist) && !errors.Is(err, fs.ErrNotExist) {
		err = w.create(f.Path, f) // a file system without links
	}
	if err != nil {
		return about(err, f.Path)
	}
	os.Remove(w.temporary[i])
	w.undoing = append(w.undoing, func() error { return os.Remove(f.Path) })
	return nil
}

// undo reverts what backUp and publish did, the last first.
func (w *writing) undo() error {
	var err error
	for i := len(w.undoing) - 1; i >= 0; i-- {
		err = errors.Join(err, w.undoing[i]())
	}
	return err
}

// sweepFolders removes what runs that were killed left in the folders.
func (w *writing) sweepFolders() {
	seen := map[string]bool{}
	for _, f := range w.Files {
		dir := filepath.Dir(f.Path)
		if seen[dir] {
			continue
		}
		seen[dir] = true
		for _, path := range sweepWritten(dir) {
			if w.Swept != nil {
				w.Swept(path)
			}
		}
	}
}

// sweep removes the temporary files.
func (w *writing) sweep() {
	for _, name := range w.temporary {
		os.Remove(name) // fails if the file was renamed
	}
}

// nameBackups chooses the backup names of existing files. All get the same suffix, so
// that a key and its certificate stay together.
func (w *writing) nameBackups(files []NewFile) error {
	present := make([]bool, len(files))
	for i, f := range files {
		info, err := os.Lstat(f.Path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		case info.Mode()&fs.ModeSymlink == 0 && !info.Mode().IsRegular():
			return exists(f.Path)
		default:
			present[i] = true
		}
	}
	for n := 1; n <= maxBackups; n++ {
		free := true
		for i, f := range files {
			w.backups[i] = ""
			if _, err := os.Lstat(backupName(f.Path, n)); err == nil {
				free = false
			}
			if present[i] {
				w.backups[i] = backupName(f.Path, n)
			}
		}
		if free {
			return nil
		}
	}
	return exists(backupName(files[0].Path, maxBackups))
}

// backupName returns the n-th backup name of path. It keeps the extension, so that a
// .gitignore with *.pem also ignores the old key.
func backupName(path string, n int) string {
	suffix := ".bak"
	if n > 1 {
		suffix = fmt.Sprintf(".bak%d", n)
	}
	ext := filepath.Ext(path)
	return strings.TrimSuffix(path, ext) + suffix + ext
}

// syncFolder flushes a folder to disk, so that new names survive a power failure.
// Errors are ignored: some systems cannot do it.
func syncFolder(path string) {
	if folder, err := os.Open(path); err == nil {
		folder.Sync()
		folder.Close()
	}
}
