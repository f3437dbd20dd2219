package stand

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

// A folder that stays is named: it holds a key.
func TestD12FolderThatStays(t *testing.T) {
	var said bytes.Buffer
	folder := t.TempDir()
	d := &Demo{Folder: folder + string(filepath.Separator) + ".", stderr: &said} // which RemoveAll refuses
	d.Close()
	if !strings.HasPrefix(said.String(), "nsauth: warning: the demo's files in "+folder) {
		t.Errorf("%q", said.String())
	}
	said.Reset()
	(&Demo{Folder: folder, stderr: &said}).Close()
	if said.Len() > 0 {
		t.Errorf("%q", said.String())
	}
}
