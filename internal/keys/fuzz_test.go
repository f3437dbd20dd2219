package keys_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/keys"
)

// seeds adds every openssl-made file, and fails if they went missing.
func seeds(f *testing.F) {
	f.Helper()
	paths, err := filepath.Glob(file("*"))
	if err != nil || len(paths) < 40 {
		f.Fatalf("%d seeds, %v: testdata/keys is not there", len(paths), err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add(bytes.ReplaceAll(data, []byte("\n"), []byte(`\n`)))
		f.Add(data[:len(data)/2])
		if block, _ := pem.Decode(data); block != nil {
			f.Add(block.Bytes)
		}
	}
}

// Whatever the bytes: either a key that can be written and read again as the
// same key, or one fault of the key that quotes nothing.
func FuzzParseKey(f *testing.F) {
	seeds(f)
	for _, public := range []string{sshRSA(2048), sshRSA(3072), sshWire("ssh-ed25519", "point"), sshWire("sk-ssh-ed25519@openssh.com")} {
		f.Add([]byte(openSSHFile(public)))
		f.Add([]byte(puttyFile(public)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		key, err := keys.ParseKey(data)
		if (key == nil) == (err == nil) {
			t.Fatalf("key %v and error %v", key, err)
		}
		if err != nil {
			fault := faultOf(t, err)
			if fault.Object != keys.ObjectKey || fault.Kind == "" || fault.Kind == keys.KindUnreadable {
				t.Fatalf("fault is %v", fault)
			}
			if text := fmt.Sprint(fault, fault.Evidence); len(text) > 400 {
				t.Fatalf("fault of %d bytes: %s", len(text), text)
			}
			return
		}
		text, err := key.PKCS8PEM()
		if err != nil {
			t.Fatal(err)
		}
		again, err := keys.ParseKey([]byte(text.Reveal()))
		if err != nil {
			t.Fatal(err)
		}
		if again.SPKISHA256() != key.SPKISHA256() || again.Bits != key.Bits || again.Curve != key.Curve {
			t.Fatalf("read back %v, was %v", again, key)
		}
		for _, fault := range key.Judge() {
			if fault.Object != keys.ObjectKey || fault.Kind == "" {
				t.Fatalf("fault is %v", fault)
			}
		}
		if strings.Contains(fmt.Sprintf("%v %+v %#v", key, *key, key), "PRIVATE") {
			t.Fatal("the key shows itself")
		}
	})
}

// Whatever the bytes: either a certificate whose ID depends on its DER alone, or
// one fault of the certificate.
func FuzzParseCertificate(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		cert, err := keys.ParseCertificate(data)
		if (cert == nil) == (err == nil) {
			t.Fatalf("certificate %v and error %v", cert, err)
		}
		if err != nil {
			if fault := faultOf(t, err); fault.Object != keys.ObjectCertificate || fault.Kind == "" || fault.Kind == keys.KindUnreadable {
				t.Fatalf("fault is %v", fault)
			}
			return
		}
		sum := sha256.Sum256(cert.DER)
		if want := base64.RawURLEncoding.EncodeToString(sum[:]); cert.ID() != want || len(want) != 43 {
			t.Fatalf("ID is %s, want %s", cert.ID(), want)
		}
		again, err := keys.ParseCertificate(cert.PEM())
		if err != nil {
			t.Fatal(err)
		}
		if again.ID() != cert.ID() || again.Type != cert.Type || again.Bits != cert.Bits {
			t.Fatalf("read back %s, was %s", again.ID(), cert.ID())
		}
		for _, fault := range cert.Judge(now) {
			if fault.Object != keys.ObjectCertificate || fault.Kind == "" {
				t.Fatalf("fault is %v", fault)
			}
		}
		cert.BelongsTo(&keys.Key{})
		if valid := !now.Before(cert.X509.NotBefore) && !now.After(cert.X509.NotAfter); valid && cert.DaysLeft(now) < 0 {
			t.Fatalf("valid with %d days left", cert.DaysLeft(now))
		}
	})
}
