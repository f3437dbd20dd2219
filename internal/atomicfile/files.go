package atomicfile

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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

// WriteFiles writes all files in their order, or none. A file gets its name once it is
// complete. Then WriteFiles calls verify, unless it is nil. If a write or verify fails,
// or ctx is canceled, WriteFiles removes what it wrote and restores what it renamed.
//
// If a path exists, also as a link, WriteFiles changes nothing, and errors.Is(err,
// fs.ErrExist) is true. With replace it renames an existing file or link instead:
// name.pem becomes name.bak.pem, or name.bak2.pem and so on, with the same suffix for
// all files. It never replaces a folder. backups has the new names in the order of
// files, "" for a path that did not exist.
func WriteFiles(ctx context.Context, files []NewFile, replace bool, verify func() error) (backups []string, err error) {
	w := writing{backups: make([]string, len(files)), link: os.Link}
	return w.write(ctx, files, replace, verify)
}

func (w *writing) write(ctx context.Context, files []NewFile, replace bool, verify func() error) (backups []string, err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, w.undo())
			backups = nil
		}
		w.sweep()
	}()
	if err := checkNames(files, replace); err != nil {
		return nil, err
	}
	if replace {
		if err := w.nameBackups(files); err != nil {
			return nil, err
		}
	}
	for _, step := range []func(i int, f NewFile) error{w.prepare, w.publish} {
		for i, f := range files {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if err := step(i, f); err != nil {
				return nil, err
			}
		}
	}
	if verify != nil {
		if err := verify(); err != nil {
			return nil, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for _, f := range files {
		syncFolder(filepath.Dir(f.Path))
	}
	return w.backups, nil
}

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

// writing is the state of WriteFiles.
type writing struct {
	temporary []string                      // complete files under temporary names
	backups   []string                      // the backup of each file, "" for none
	undoing   []func() error                // what undo calls, in reverse
	link      func(file, name string) error // os.Link; some file systems have no links
}

// prepare writes a complete file under a temporary name in the same folder. The name
// keeps the extension: if the process is killed now, a .gitignore with *.pem also
// ignores the temporary file.
func (w *writing) prepare(_ int, f NewFile) error {
	name := filepath.Join(filepath.Dir(f.Path), ".nsauth-"+rand.Text()+".tmp"+filepath.Ext(f.Path))
	err := create(name, f)
	if err == nil {
		w.temporary = append(w.temporary, name)
	}
	return about(err, f.Path)
}

// create writes a new file, and removes it if writing fails.
func create(path string, f NewFile) error {
	file, err := createExclusive(path, f.Perm)
	if err != nil {
		return err
	}
	_, err = file.WriteString(f.Data.Reveal())
	if err == nil {
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

// publish gives the i-th file its name.
func (w *writing) publish(i int, f NewFile) error {
	if backup := w.backups[i]; backup != "" {
		return w.exchange(w.temporary[i], f.Path, backup)
	}
	// A link fails if the path exists; a rename would replace the file.
	err := w.link(w.temporary[i], f.Path)
	if err != nil && !errors.Is(err, fs.ErrExist) && !errors.Is(err, fs.ErrNotExist) {
		err = create(f.Path, f) // a file system without links
	}
	if err != nil {
		return about(err, f.Path)
	}
	os.Remove(w.temporary[i])
	w.undoing = append(w.undoing, func() error { return os.Remove(f.Path) })
	return nil
}

// exchange renames the file path to backup, and the temporary file to path. On a file
// system with links, path exists at every moment.
func (w *writing) exchange(temporary, path, backup string) error {
	linked := w.link(path, backup) == nil
	if !linked {
		if _, err := os.Lstat(backup); err == nil {
			return exists(backup)
		}
		if err := os.Rename(path, backup); err != nil {
			return about(err, path)
		}
	}
	w.undoing = append(w.undoing, func() error { return os.Rename(backup, path) })
	return about(os.Rename(temporary, path), path)
}

// undo reverts what publish did, the last first.
func (w *writing) undo() error {
	var err error
	for i := len(w.undoing) - 1; i >= 0; i-- {
		err = errors.Join(err, w.undoing[i]())
	}
	return err
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
