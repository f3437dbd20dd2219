package atomicfile

import (
	"io/fs"
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// ownerOnly is an access control list that inherits nothing from the folder (P)
// and gives the file's owner (OW, S-1-3-4) all rights: what 0600 is elsewhere.
// The language is Microsoft's SDDL.
const ownerOnly = "D:P(A;;FA;;;OW)"

// createExclusive opens a file that does not exist yet for writing. Permission
// bits mean nothing here: a file that only its owner may read is created with
// ownerOnly, so that no one else can read it at any time.
func createExclusive(path string, perm fs.FileMode) (*os.File, error) {
	if perm&0o077 != 0 {
		return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	}
	file, err := createOwned(path)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return file, nil
}

func createOwned(path string) (*os.File, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	descriptor, err := windows.SecurityDescriptorFromString(ownerOnly)
	if err != nil {
		return nil, err
	}
	attributes := &windows.SecurityAttributes{SecurityDescriptor: descriptor}
	attributes.Length = uint32(unsafe.Sizeof(*attributes))
	handle, err := windows.CreateFile(name, windows.GENERIC_WRITE, windows.FILE_SHARE_READ, attributes,
		windows.CREATE_NEW, windows.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(handle), path), nil
}
