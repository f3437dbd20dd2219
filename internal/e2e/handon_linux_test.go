//go:build e2e

package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestHandOnMode: at no moment is a file of nsauth token --out open to others, whatever the
// umask and the mode of the file before. The kernel tells of each change in the folder.
func TestHandOnMode(t *testing.T) {
	t.Parallel()
	e := startEmulator(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "token")
	watch, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(watch)
	if _, err := unix.InotifyAddWatch(watch, dir, unix.IN_CREATE|unix.IN_ATTRIB|unix.IN_MODIFY|unix.IN_MOVED_FROM|unix.IN_MOVED_TO|unix.IN_OPEN|unix.IN_CLOSE_WRITE); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("eyJ0.old.token\n"), 0o644); err != nil { // of the shell, as nsauth token > file
		t.Fatal(err)
	}
	old, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan result, 1)
	go func() {
		const script = `umask 0; for i in 1 2 3 4 5; do "$1" token --config "$2" --no-cache --out "$3" || exit; done`
		done <- run(t, nil, bareEnv(t), "sh", "-c", script, "sh", binary(t), e.file("config.yaml"), file)
	}()
	buffer := make([]byte, 64<<10)
	events, files := 0, 0
	look := func() {
		n, err := unix.Read(watch, buffer)
		if err != nil || n <= 0 {
			return
		}
		events++
		entries, _ := os.ReadDir(dir)
		for _, entry := range entries {
			info, err := os.Lstat(filepath.Join(dir, entry.Name()))
			if err != nil || os.SameFile(info, old) {
				continue
			}
			files++
			if info.Mode()&^0o600 != 0 || info.Mode()&fs.ModeType != 0 {
				t.Errorf("%s has mode %v", entry.Name(), info.Mode())
			}
		}
	}
	for {
		select {
		case r := <-done:
			look()
			if r.exit != 0 {
				t.Error(r)
			}
			if events < 10 || files < 10 {
				t.Errorf("%d events, %d files: this test looked at nothing", events, files)
			}
			return
		default:
			look()
			time.Sleep(50 * time.Microsecond)
		}
	}
}
