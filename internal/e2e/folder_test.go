//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestKeycheckFolder: which certificate of a folder belongs to which key, and
// what its Certificate ID is, is what openssl says of each two files.
func TestKeycheckFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var keys, certificates []string
	for i, source := range []string{makeRSA(t, 3072), makeEC(t, "P-256"), makeEC(t, "P-384"), makeKey(t, "RSA-PSS", "rsa_keygen_bits:3072")} {
		key := filepath.Join(dir, fmt.Sprintf("key-%d.pem", i))
		if err := os.WriteFile(key, read(t, source), 0o600); err != nil {
			t.Fatal(err)
		}
		for days := range 3 {
			certificate := filepath.Join(dir, fmt.Sprintf("cert-%d-%d.pem", i, days))
			data := read(t, makeCertificate(t, source, 100+days))
			if days == 2 { // and one as DER
				data = openssl(t, data, "x509", "-outform", "DER")
			}
			if err := os.WriteFile(certificate, data, 0o600); err != nil {
				t.Fatal(err)
			}
			certificates = append(certificates, certificate)
		}
		if i != 2 { // the certificates of this one have no key here
			keys = append(keys, key)
		} else if err := os.Remove(key); err != nil {
			t.Fatal(err)
		}
	}
	d, _ := report(t, "keycheck", dir)
	raw, err := json.Marshal(d.check(t, "certificate-id").Facts["folder"])
	if err != nil {
		t.Fatal(err)
	}
	var folder struct {
		Certificates []struct {
			Path          string
			CertificateID string `json:"certificate_id"`
			Keys          []string
		}
		Keys []struct{ Path string }
	}
	if err := json.Unmarshal(raw, &folder); err != nil || len(folder.Certificates) != len(certificates) || len(folder.Keys) != len(keys) {
		t.Fatalf("%v\n%s", err, raw)
	}
	for _, c := range folder.Certificates {
		form := "PEM"
		if !bytes.HasPrefix(read(t, c.Path), []byte("-----")) {
			form = "DER"
		}
		public := openssl(t, nil, "x509", "-inform", form, "-in", c.Path, "-noout", "-pubkey")
		var want []string
		for _, key := range keys {
			if bytes.Equal(publicPEM(t, key), public) {
				want = append(want, key)
			}
		}
		if !slices.Equal(c.Keys, want) || c.CertificateID != certificateID(t, c.Path) {
			t.Errorf("%s: keys %q, ID %s; by openssl %q, %s", c.Path, c.Keys, c.CertificateID, want, certificateID(t, c.Path))
		}
		// Asked by its ID it is found, with its key.
		d, r := report(t, "keycheck", dir, "--certificate-id="+c.CertificateID)
		if got := d.check(t, "certificate-id"); got.Status != "pass" || got.text("computed") != c.CertificateID {
			t.Errorf("by its ID: %v", r)
		}
		if got, want := d.check(t, "key").Status, map[bool]string{true: "pass", false: "skip"}[len(want) > 0]; got != want {
			t.Errorf("%s: its key is %s, want %s", c.Path, got, want)
		}
	}
}
