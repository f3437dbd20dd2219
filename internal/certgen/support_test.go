package certgen_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/keys"
)

var now = time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)

// loadKey reads a throwaway key made by openssl: see testdata/keys/README.md.
func loadKey(t testing.TB, name string) *keys.Key {
	t.Helper()
	key, err := new(keys.Loader).Key(t.Context(), keys.Source{Name: filepath.Join("..", "..", "testdata", "keys", name)})
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// noFaults fails the test if NetSuite would refuse what was made.
func noFaults(t testing.TB, faults []*keys.Fault) {
	t.Helper()
	for _, f := range faults {
		if f.Kind != keys.KindReadableByOthers { // which a checkout does not keep
			t.Errorf("fault %v", f)
		}
	}
}
