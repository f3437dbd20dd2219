//go:build unix

package text

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A pipe is read if a program writes to it, and is an error if none does.
func TestD8Pipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if data, err := ReadFileAtMost(path, 8); err == nil || !strings.Contains(err.Error(), "nothing was written to this pipe") {
		t.Errorf("without a writer: %q, %v", data, err)
	}
	// A writer that came first waits for the reader.
	writer, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := openFile(path, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if _, err := writer.WriteString("content"); err != nil {
		t.Fatal(err)
	}
	writer.Close()
	if data, err := ReadAtMost(reader, 8); err != nil || string(data) != "content" {
		t.Errorf("with a writer: %q, %v", data, err)
	}
}

// A writer that writes nothing, or does not end, has the time that the caller gives it.
func TestD8SilentWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	writer, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	for content, want := range map[string]string{
		"":     "read " + path + ": nothing was written to it within 10ms",
		"half": "read " + path + ": what writes to it did not end within 10ms",
	} {
		if _, err := writer.WriteString(content); err != nil {
			t.Fatal(err)
		}
		if data, err := ReadFileWithin(path, 8, 10*time.Millisecond); err == nil || err.Error() != want || data != nil {
			t.Errorf("after %q: %q, %v; want %q", content, data, err, want)
		}
	}
}
