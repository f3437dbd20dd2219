package atomicfile

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/gofrs/flock"
)

// Whoever reads, alters and puts back at the same time as others loses nothing of
// theirs, and no lock is left.
func TestChangeAtTheSameTime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "file")
	const writers = 16
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			err := Change(path, func() error {
				before, err := os.ReadFile(path)
				if err != nil && !errors.Is(err, os.ErrNotExist) {
					return err
				}
				return Replace(path, append(before, strconv.Itoa(i)+"\n"...))
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	got, err := os.ReadFile(path)
	if err != nil || strings.Count(string(got), "\n") != writers {
		t.Errorf("%v:\n%s", err, got)
	}
	alone(t, path)
}

func TestChangeGivesUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	other, err := TryLock(filepath.Join(filepath.Dir(path), ".file.lock"))
	if err != nil || other == nil {
		t.Fatal(other, err)
	}
	synctest.Test(t, func(t *testing.T) {
		err := Change(path, func() error { t.Error("changed while somebody else does"); return nil })
		if !errors.Is(err, ErrLocked) {
			t.Errorf("%v, want ErrLocked", err)
		}
	})
	other.Unlock()
	broken := errors.New("broken")
	if err := Change(path, func() error { return broken }); !errors.Is(err, broken) {
		t.Errorf("%v, want the change's own error", err)
	}
	if err := Change(filepath.Join(path, "below"), func() error { return nil }); err != nil {
		t.Errorf("the folder is made: %v", err)
	}
}

func TestTryLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, err := TryLock(path)
	if err != nil || first == nil {
		t.Fatal(first, err)
	}
	if second, err := TryLock(path); err != nil || second != nil {
		t.Errorf("held twice: %v, %v", second, err)
	}
	first.Remove()
	if again, err := TryLock(path); err != nil || again == nil {
		t.Errorf("after the lock's file was removed: %v, %v", again, err)
	} else {
		again.Unlock()
	}
	if l, err := TryLock(filepath.Join(path, "below-a-file")); err == nil || l != nil {
		t.Errorf("a lock below a file: %v, %v", l, err)
	}
}

// A lock whose file was removed while it was waited for holds off nobody.
func TestALockOfARemovedFileIsNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	l := flock.New(path)
	if held, err := l.TryLock(); err != nil || !held || !current(l) {
		t.Fatal(held, err)
	}
	defer l.Unlock()
	switch err := os.Remove(path); {
	case err != nil && runtime.GOOS == "windows": // which keeps a file that is open, so that it cannot happen
		return
	case err != nil:
		t.Fatal(err)
	}
	if current(l) {
		t.Error("current, without a file")
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if current(l) {
		t.Error("current, though its name is another file's")
	}
}
