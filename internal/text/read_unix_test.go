//go:build unix

package text

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
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
	reader, err := OpenFile(path)
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
