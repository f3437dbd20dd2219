package keys

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// files are those of testdata/keys. A fuzz target without seeds says nothing.
func files(f *testing.F) [][]byte {
	f.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "..", "testdata", "keys", "*"))
	if err != nil || len(paths) < 40 {
		f.Fatalf("%d files, %v", len(paths), err)
	}
	var all [][]byte
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		all = append(all, data)
	}
	return all
}

var (
	ours = regexp.MustCompile(`^[a-z0-9-]*$`)
	oid  = regexp.MustCompile(`^[0-9.]*$`)
)

// quotesNothing fails if anything in a fault can be from the input: each text in
// it has to be one of this package's own.
func quotesNothing(t *testing.T, f *Fault) {
	t.Helper()
	known := map[string]bool{"oct": true, "PBKDF2": true, "scrypt": true, "PKCS#12": true}
	for _, names := range []map[string]string{algorithmTypes, curveNames, pbes1} {
		for _, name := range names {
			known[name] = true
		}
	}
	for _, alg := range sshTypes {
		known[alg.Type] = true
	}
	for name := range legacyCiphers {
		known[name] = true
	}
	for _, name := range knownLabels {
		known[name] = true
	}
	if !ours.MatchString(f.Reason) || f.Err != nil || f.Kind == "" {
		t.Fatalf("fault %q %q, error %v", f.Kind, f.Reason, f.Err)
	}
	for name, value := range f.Evidence {
		switch v := value.(type) {
		case int, []string:
		case string:
			if !known[v] && !oid.MatchString(v) && !(name == "content" && ours.MatchString(v)) {
				t.Fatalf("%s: %q", name, v)
			}
		default:
			t.Fatalf("%s is a %T", name, v)
		}
	}
}

// FuzzScan: the block scanner finds something in any bytes, never fails, and what
// it decoded is what encodes to the same again.
func FuzzScan(f *testing.F) {
	for _, data := range files(f) {
		f.Add(data)
		f.Add(bytes.ReplaceAll(data, []byte("\n"), []byte(`\n`)))
		f.Add(bytes.ReplaceAll(data, []byte("\n"), []byte(" ")))
		f.Add(bytes.ReplaceAll(data, []byte("\n"), []byte("n")))
		if header := []byte("Proc-Type: "); bytes.Contains(data, header) {
			f.Add(bytes.Replace(data, header, []byte("Proc-Type: \\\\\\/\\\u200b/"), 1))
		}
		f.Add(append([]byte("\xff\xfe"), bytes.ReplaceAll(data, []byte(""), []byte("\x00"))...))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		found, r := scan(data)
		if len(found) == 0 || len(r.list()) != len(r) {
			t.Fatalf("%d things, repairs %v", len(found), r)
		}
		for _, b := range found {
			for _, object := range []Object{ObjectKey, ObjectCertificate} {
				if fault := b.fault(object); fault != nil {
					quotesNothing(t, fault)
				}
			}
			if b.armour != "PEM" || b.der == nil {
				continue
			}
			again, clean := scan(pem.EncodeToMemory(&pem.Block{Type: b.label, Headers: b.headers, Bytes: b.der}))
			if len(again) != 1 || again[0].is != b.is || !bytes.Equal(again[0].der, b.der) || len(clean) > 0 {
				t.Fatalf("%s comes back as %s with %v", b.is, again[0].is, clean.list())
			}
		}
	})
}

// FuzzUnwrap: of PKCS#8 and SubjectPublicKeyInfo only the wrapping is taken off.
// The numbers inside encode to the very bytes that were there.
func FuzzUnwrap(f *testing.F) {
	for _, data := range files(f) {
		if block, _ := pem.Decode(data); block != nil {
			f.Add(block.Bytes)
		}
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		if k, fault := parseKey(der, nil); fault != nil {
			quotesNothing(t, fault)
		} else if key, ok := k.Signer().(*rsa.PrivateKey); ok && outline(der).is == pkcs8 {
			if inner := outline(der).parts[2].Bytes; !bytes.Equal(x509.MarshalPKCS1PrivateKey(key), inner) {
				t.Fatal("another private key comes out than went in")
			}
		}
		c, fault := parseCertificate(der, nil, nil)
		if fault != nil {
			quotesNothing(t, fault)
			return
		}
		if key, ok := c.Public().(*rsa.PublicKey); ok {
			var bits asn1.BitString
			if _, err := asn1.Unmarshal(publicKeyInfo(outline(c.DER))[1].FullBytes, &bits); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(x509.MarshalPKCS1PublicKey(key), bits.Bytes) {
				t.Fatal("another public key comes out than went in")
			}
		}
	})
}
