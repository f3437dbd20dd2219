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

// NewFile is a file that is to be written.
type NewFile struct {
	Path string
	Data secret.Secret
	Perm fs.FileMode
}

// maxBackups bounds the search for a name of a backup that is still free.
const maxBackups = 1000

// WriteNew writes data to a file that does not exist yet, whole or not at all. A
// file, link or anything else of that name makes errors.Is(err, fs.ErrExist) true
// and is left alone.
func WriteNew(path string, data []byte, perm fs.FileMode) error {
	_, err := WriteFiles(context.Background(), []NewFile{{path, secret.New(string(data)), perm}}, false, nil)
	return err
}

// WriteFiles writes files in their order, all of them or none, each under its
// name only once it is whole. Then it calls verify, which may be nil. When ctx
// ends, also between two files or in verify, and when verify returns an error,
// nothing of it is left.
//
// A file, link or anything else that has one of the names makes errors.Is(err,
// fs.ErrExist) true and is left alone, unless replace is set: then a file of that
// name is kept beside the new one, name.pem as name.bak.pem or name.bak2.pem and
// so on, whichever is free for all of them. The names of the backups are returned
// in the order of files, "" where there was nothing. Of a link it is the link
// that is kept, not the file behind it. A folder is never replaced.
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

// checkNames refuses a name that two files have, and one that is there already
// unless it may be replaced.
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

// writing is what WriteFiles has done so far.
type writing struct {
	temporary []string // whole files under names of no meaning
	backups   []string // where what was there is kept, by file
	undoing   []func() error
	link      func(file, name string) error // gives a file a second name; some file systems have none
}

// prepare writes a file whole, under a temporary name in the same folder. The name
// keeps the ending: should the process be killed at this very moment, whatever
// ignores *.pem ignores what is left.
func (w *writing) prepare(_ int, f NewFile) error {
	name := filepath.Join(filepath.Dir(f.Path), ".nsauth-"+rand.Text()+".tmp"+filepath.Ext(f.Path))
	err := create(name, f)
	if err == nil {
		w.temporary = append(w.temporary, name)
	}
	return about(err, f.Path)
}

// create writes a file that does not exist yet; where that fails it is gone again.
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

// about makes an error that names other files one about the file that was meant.
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
	// A second name is given only if nothing has it; a rename would replace.
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

// exchange keeps what has the name path as backup and puts the new file in its
// place. At no time does the name path lead nowhere, where the file system has links.
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

// undo takes back what was published, the last first.
func (w *writing) undo() error {
	var err error
	for i := len(w.undoing) - 1; i >= 0; i-- {
		err = errors.Join(err, w.undoing[i]())
	}
	return err
}

// sweep removes the temporary names.
func (w *writing) sweep() {
	for _, name := range w.temporary {
		os.Remove(name) // gone already, where it was renamed
	}
}

// nameBackups finds names for what is there already: the same suffix for all, so
// that the two halves of a pair stay together.
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

// backupName keeps the ending, so that whatever ignores *.pem ignores the old
// key as well.
func backupName(path string, n int) string {
	suffix := ".bak"
	if n > 1 {
		suffix = fmt.Sprintf(".bak%d", n)
	}
	ext := filepath.Ext(path)
	return strings.TrimSuffix(path, ext) + suffix + ext
}

// syncFolder makes a new name last through a power cut, where the system can.
func syncFolder(path string) {
	if folder, err := os.Open(path); err == nil {
		folder.Sync()
		folder.Close()
	}
}
