package host

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/nsauth/nsauth/internal/atomicfile"
)

// A new key is its owner's alone, also in a folder that everybody may read.
func TestNewKeyIsTheOwnersAlone(t *testing.T) {
	dir := t.TempDir()
	if out, err := exec.Command("icacls", dir, "/grant", "*S-1-1-0:(OI)(CI)R").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	key, cert := filepath.Join(dir, "key.pem"), filepath.Join(dir, "cert.pem")
	for path, err := range map[string]error{
		key:  atomicfile.WriteNew(key, []byte("throwaway"), atomicfile.OwnerOnly),
		cert: atomicfile.WriteNew(cert, []byte("throwaway"), atomicfile.Readable),
	} {
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	if names := otherReaders(key); len(names) > 0 {
		t.Errorf("the key can be read by %q", names)
	}
	if names := otherReaders(cert); len(names) == 0 {
		t.Error("the certificate does not inherit: this test looks at nothing")
	}
}
