//go:build e2e

package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// generated are the two files that certgen wrote, whatever it called them.
func generated(t *testing.T, dir string) (key, certificate string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch data := read(t, path); {
		case bytes.HasPrefix(data, []byte("-----BEGIN PRIVATE KEY-----\n")):
			key = path
		case bytes.HasPrefix(data, []byte("-----BEGIN CERTIFICATE-----\n")):
			certificate = path
		}
	}
	if len(entries) != 2 || key == "" || certificate == "" {
		t.Fatalf("certgen left %v: want one PKCS#8 key and one certificate, both PEM", entries)
	}
	return key, certificate
}

// TestCertgen: openssl reads what certgen writes, and finds in it what was
// asked for.
func TestCertgen(t *testing.T) {
	const day = 24 * 60 * 60
	for keyType, want := range map[string]keyText{
		"rsa-3072": {kind: "RSA", bits: 3072},
		"rsa-4096": {kind: "RSA", bits: 4096},
		"p-256":    {kind: "EC", bits: 256, curve: "P-256"},
		"p-384":    {kind: "EC", bits: 384, curve: "P-384"},
		"p-521":    {kind: "EC", bits: 521, curve: "P-521"},
	} {
		t.Run(keyType, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if r := nsauth(t, "certgen", "--key-type", keyType, "--out", dir, "--name", "integration"); r.exit != 0 {
				t.Fatal(r)
			}
			key, certificate := generated(t, dir)

			if got := describeKey(t, key); got != want {
				t.Errorf("openssl reads %+v, want %+v", got, want)
			}
			if out := openssl(t, nil, "pkey", "-in", key, "-check", "-noout"); !strings.Contains(string(out), "Key is valid") {
				t.Errorf("openssl pkey -check: %s", out)
			}
			if info, err := os.Stat(key); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
				t.Errorf("the key's mode is %v, want 0600 (%v)", info.Mode(), err)
			}
			if got := openssl(t, nil, "x509", "-in", certificate, "-noout", "-pubkey"); !bytes.Equal(got, publicPEM(t, key)) {
				t.Errorf("the certificate holds another public key:\n%s", got)
			}
			text := openssl(t, nil, "x509", "-in", certificate, "-noout", "-text")
			for _, pattern := range []string{
				`Version: 3 `, `Public-Key: \(` + strconv.Itoa(want.bits) + ` bit\)`, `Signature Algorithm: \S*(?i:sha(256|384|512))`,
			} {
				if !regexp.MustCompile(pattern).Match(text) {
					t.Errorf("openssl x509 -text has no %q:\n%s", pattern, text)
				}
			}
			if out := openssl(t, nil, "verify", "-CAfile", certificate, certificate); !strings.HasSuffix(strings.TrimSpace(string(out)), ": OK") {
				t.Errorf("openssl verify: %s", out)
			}
			// Two years, which is the most that NetSuite takes, and not more.
			for days, exit := range map[int]int{729: 0, 731: 1} {
				r := run(t, nil, nil, "openssl", "x509", "-in", certificate, "-noout", "-checkend", strconv.Itoa(days*day))
				if r.exit != exit {
					t.Errorf("want exit %d: %v", exit, r)
				}
			}

			// nsauth takes its own pair, and computes the ID that openssl does.
			d, r := report(t, "keycheck", key, "--cert", certificate)
			if r.exit != 0 || d.check(t, "key").Status != "pass" || d.check(t, "certificate").Status != "pass" {
				t.Errorf("keycheck objects\n%v", r)
			}
			if got, want := d.check(t, "certificate-id").text("computed"), certificateID(t, certificate); got != want {
				t.Errorf("keycheck computes the Certificate ID %q, openssl %q\n%v", got, want, r)
			}

			// A second run overwrites nothing.
			before := append(read(t, key), read(t, certificate)...)
			if r := nsauth(t, "certgen", "--key-type", keyType, "--out", dir, "--name", "integration"); r.exit != 2 {
				t.Errorf("want exit 2 where the files exist: %v", r)
			}
			generated(t, dir)
			if !bytes.Equal(before, append(read(t, key), read(t, certificate)...)) {
				t.Error("the second run changed the files")
			}
		})
	}
}
