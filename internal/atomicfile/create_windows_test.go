package atomicfile

import (
	"path/filepath"
	"testing"

	"golang.org/x/sys/windows"

	"github.com/nsauth/nsauth/internal/secret"
)

// Every private file has an access list for its owner and this user alone: caches, records and profiles
// by Replace, keys by Set, archives by CreatePrivate.
func TestD7AccessList(t *testing.T) {
	dir := t.TempDir()
	replaced, written, created := filepath.Join(dir, "replaced"), filepath.Join(dir, "written"), filepath.Join(dir, "created")
	if err := Replace(replaced, []byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := Replace(replaced, []byte("again")); err != nil {
		t.Fatal(err)
	}
	if _, err := WriteFiles(t.Context(), []NewFile{{written, secret.New("x"), OwnerOnly}}, false, nil); err != nil {
		t.Fatal(err)
	}
	f, err := CreatePrivate(created)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	want, err := ownerOnly()
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{replaced, written, created} {
		sd, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION)
		if err != nil {
			t.Fatal(err)
		}
		if got := sd.String(); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// A lock's file that another process has open for itself, to remove it, is held.
func TestLockBeingRemoved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		t.Fatal(err)
	}
	h, err := windows.CreateFile(name, windows.GENERIC_READ, 0, nil, windows.CREATE_NEW, windows.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		t.Fatal(err)
	}
	if l, err := TryLock(path); l != nil || err != nil {
		t.Errorf("%v, %v", l, err)
	}
	if err := windows.CloseHandle(h); err != nil {
		t.Fatal(err)
	}
	l, err := TryLock(path)
	if l == nil || err != nil {
		t.Fatal(l, err)
	}
	l.Remove()
}
