package keys_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/keys"
)

// now is inside the validity of the certificates in testdata/keys.
var now = time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)

// file names a throwaway file made by openssl: see testdata/keys/README.md.
func file(name string) string { return filepath.Join("..", "..", "testdata", "keys", name) }

func content(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func loadKey(t testing.TB, name string) *keys.Key {
	t.Helper()
	key, err := keys.LoadKey(file(name))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func loadCertificate(t testing.TB, name string) *keys.Certificate {
	t.Helper()
	cert, err := keys.LoadCertificate(file(name))
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// faultOf returns err as the *Fault that every error of this package must be.
func faultOf(t testing.TB, err error) *keys.Fault {
	t.Helper()
	var fault *keys.Fault
	if !errors.As(err, &fault) {
		t.Fatalf("error is %T %v, want a *keys.Fault", err, err)
	}
	return fault
}

// wantFault compares object, kind and reason.
func wantFault(t testing.TB, err error, object keys.Object, kind keys.Kind, reason string) *keys.Fault {
	t.Helper()
	fault := faultOf(t, err)
	if fault.Object != object || fault.Kind != kind || fault.Reason != reason {
		t.Errorf("fault is %v, want %s.%s (%s)", fault, object, kind, reason)
	}
	return fault
}

// kinds lists the faults as "kind" or "kind/reason", but for the permission bits,
// which a checkout does not keep.
func kinds(faults []*keys.Fault) []string {
	var list []string
	for _, f := range faults {
		if f.Kind == keys.KindReadableByOthers {
			continue
		}
		name := string(f.Kind)
		if f.Reason != "" {
			name += "/" + f.Reason
		}
		list = append(list, name)
	}
	return list
}

func wantKinds(t testing.TB, got []*keys.Fault, want ...string) {
	t.Helper()
	if !slices.Equal(kinds(got), want) {
		t.Errorf("faults are %q, want %q", kinds(got), want)
	}
}

// write puts data into a new file of the test, private to its owner.
func write(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
