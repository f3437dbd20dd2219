package keys

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/nsauth/nsauth/internal/text"
)

// MaxFileBytes bounds one key or certificate file. The largest real ones, bundles of a
// whole chain, have a few dozen kilobytes.
const MaxFileBytes = 1 << 20

// read returns the content of a regular file and its permission bits.
func read(object Object, path string) ([]byte, fs.FileMode, *Fault) {
	if isContent(path) {
		// This path may be the private key itself, so it is not repeated.
		return nil, 0, &Fault{Object: object, Kind: KindUnreadable, Reason: "content-not-path"}
	}
	data, mode, reason, err := readRegular(path)
	if reason == "" {
		return data, mode, nil
	}
	if is := foreignName(path); reason == "missing" && is != "" {
		return nil, 0, blob{is: is}.fault(object) // it may be a secret, so it is not repeated
	}
	fault := (&Fault{Object: object, Kind: KindUnreadable, Reason: reason, Err: err}).with("path", path)
	if reason == "too-large" {
		fault.with("limit_bytes", MaxFileBytes)
	}
	return nil, 0, fault
}

// readRegular returns a reason if it cannot read. It checks the type of the file before
// it opens it, since opening a pipe blocks and opening a device may have effects. It
// checks again afterwards and opens without blocking, since the file may have changed.
func readRegular(path string) (data []byte, mode fs.FileMode, reason string, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, 0, reasonOf(err), err
	}
	if reason := notRegular(info); reason != "" {
		return nil, 0, reason, nil
	}
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, 0, reasonOf(err), err
	}
	defer file.Close()
	if info, err = file.Stat(); err != nil {
		return nil, 0, reasonOf(err), err
	}
	if reason := notRegular(info); reason != "" {
		return nil, 0, reason, nil
	}
	switch data, err = text.ReadAtMost(file, MaxFileBytes); {
	case err != nil:
		return nil, 0, reasonOf(err), err
	case len(data) > MaxFileBytes:
		return nil, 0, "too-large", nil
	}
	return data, info.Mode().Perm(), "", nil
}

func notRegular(info fs.FileInfo) string {
	switch {
	case info.IsDir():
		return "is-directory"
	case !info.Mode().IsRegular():
		return "not-a-regular-file"
	}
	return ""
}

func reasonOf(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return "missing"
	case errors.Is(err, fs.ErrPermission):
		return "permission"
	}
	return "io"
}

// isBareKey recognises the usual beginnings of a DER structure or of a PEM file in
// base64, on one line.
func isBareKey(text string) bool {
	rest, ok := strings.CutPrefix(text, "MI")
	if !ok {
		rest, ok = strings.CutPrefix(text, "LS0tLS1CRUdJTi")
	}
	const shortest = 100
	digits := strings.TrimLeft(rest, base64Alphabet+"_-")
	return ok && len(rest) >= shortest && digits == ""
}

// isContent recognises a key or certificate in place of the name of its file, as in
// --key "$(cat key.pem)".
func isContent(path string) bool {
	return strings.Contains(path, "-----BEGIN") || strings.ContainsAny(path, "\n\x00") ||
		len(path) > 4096 || isBareKey(path)
}
