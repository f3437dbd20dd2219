package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// lockFlags open a lock.
const lockFlags = os.O_CREATE | os.O_RDONLY

// ownerOnly returns the access control list that matches mode 0600, in Microsoft's SDDL. It
// inherits nothing from the folder (P), and gives the file's owner (OW, S-1-3-4) and this
// user all rights. What an administrator creates belongs to the group, which the same
// person without elevation does not count as.
func ownerOnly() (string, error) {
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return "", err
	}
	return "D:P(A;;FA;;;OW)(A;;FA;;;" + user.User.Sid.String() + ")", nil
}

// createExclusive creates a file for reading and writing. It fails if path exists. Windows ignores
// permission bits, so it creates a file that only its owner may read with ownerOnly.
// Other users cannot read that file at any time.
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
	list, err := ownerOnly()
	if err != nil {
		return nil, err
	}
	descriptor, err := windows.SecurityDescriptorFromString(list)
	if err != nil {
		return nil, err
	}
	attributes := &windows.SecurityAttributes{SecurityDescriptor: descriptor}
	attributes.Length = uint32(unsafe.Sizeof(*attributes))
	handle, err := windows.CreateFile(name, windows.GENERIC_READ|windows.GENERIC_WRITE, windows.FILE_SHARE_READ, attributes,
		windows.CREATE_NEW, windows.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(handle), path), nil
}

// owned reports whether a file belongs to this user, or to the administrators: what an
// elevated prompt creates belongs to them.
func owned(path string, _ fs.FileInfo) bool {
	sd, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return false
	}
	owner, _, err := sd.Owner()
	if err != nil {
		return false
	}
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	return err == nil && owner.Equals(user.User.Sid) || owner.IsWellKnown(windows.WinBuiltinAdministratorsSid)
}

const (
	// renameTries and renamePause are two seconds. A program that reads the file keeps it
	// open for a moment, and Windows does not replace an open file.
	renameTries = 40
	renamePause = 50 * time.Millisecond
)

// rename gives a file the name of another one, which it replaces.
func rename(from, to string) (err error) {
	for range renameTries {
		err = os.Rename(from, to)
		if !errors.Is(err, windows.ERROR_SHARING_VIOLATION) && !errors.Is(err, windows.ERROR_ACCESS_DENIED) {
			return err
		}
		if info, other := os.Lstat(to); other != nil || !info.Mode().IsRegular() {
			return err
		}
		time.Sleep(renamePause)
	}
	return err
}
