package keys

import (
	"errors"
	"io/fs"
	"testing"
)

// A test that runs as root is refused nothing, so the classification is tested
// by itself.
func TestReasonOf(t *testing.T) {
	for want, err := range map[string]error{
		"missing":    fs.ErrNotExist,
		"permission": fs.ErrPermission,
		"io":         errors.New("input/output error"),
	} {
		if got := reasonOf(&fs.PathError{Op: "open", Path: "key.pem", Err: err}); got != want {
			t.Errorf("%v: reason %q, want %q", err, got, want)
		}
	}
}

// Every kind of content has its place: it is read, or it has a verdict, or it
// is damage.
func TestVerdicts(t *testing.T) {
	for object, list := range verdicts {
		for _, v := range list {
			for _, is := range v.contents {
				if v.kind == "" || is == "" {
					t.Errorf("%s: the verdict on %q is incomplete", object, is)
				}
				if f := (blob{is: is}).fault(object); f == nil || f.Kind != v.kind || f.Reason == "" {
					t.Errorf("%s: %q is accepted in spite of its verdict: %v", object, is, f)
				}
			}
		}
	}
	for is := range labels {
		key, cert := (blob{is: is, armour: "DER"}).fault(ObjectKey), (blob{is: is, armour: "DER"}).fault(ObjectCertificate)
		if (key == nil) == (cert == nil) {
			t.Errorf("%q is a key: %v, and a certificate: %v", is, key == nil, cert == nil)
		}
	}
}
