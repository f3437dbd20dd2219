package keys

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// The permission bits of new files.
const (
	keyPerm         fs.FileMode = 0o600
	certificatePerm fs.FileMode = 0o644
)

// errMismatch keeps WritePair from writing two files that are no pair.
var errMismatch = errors.New("the certificate does not belong to the key")

// WriteNew writes data to a file that does not exist yet, whole or not at all. A
// file, link or anything else of that name makes errors.Is(err, fs.ErrExist) true
// and is left alone.
func WriteNew(path string, data []byte, perm fs.FileMode) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return errors.Join(err, os.Remove(path))
	}
	syncFolder(filepath.Dir(path))
	return nil
}

// syncFolder makes a new name last through a power cut, where the system can.
func syncFolder(path string) {
	if folder, err := os.Open(path); err == nil {
		folder.Sync()
		folder.Close()
	}
}

// WritePair writes a key as unencrypted PKCS#8, private to the user, and its
// certificate, both in PEM. Either both files are there afterwards or neither;
// it never overwrites one: errors.Is(err, fs.ErrExist).
func WritePair(keyPath string, key *Key, certPath string, cert *Certificate) error {
	if !cert.BelongsTo(key) {
		return errMismatch
	}
	if filepath.Clean(keyPath) == filepath.Clean(certPath) {
		return &fs.PathError{Op: "create", Path: certPath, Err: fs.ErrExist}
	}
	text, err := key.PKCS8PEM()
	if err != nil {
		return err
	}
	if err := WriteNew(keyPath, []byte(text.Reveal()), keyPerm); err != nil {
		return err
	}
	if err := WriteNew(certPath, cert.PEM(), certificatePerm); err != nil {
		return errors.Join(err, os.Remove(keyPath))
	}
	return nil
}
