package checks

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/paste"
	"github.com/nsauth/nsauth/internal/profile"
)

// The kid of another certificate in the folder is named, whether a certificate or
// only a key is at hand; a kid that no file has stays a plain mismatch.
func TestKidOfAnotherFile(t *testing.T) {
	dir := filepath.Join("..", "..", "testdata", "keys")
	load := func(name string) *keys.Certificate {
		c, err := keys.LoadCertificate(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	own, other := load("ec-p256-cert.pem"), load("ec-p384-cert.pem")
	key, err := keys.LoadKey(filepath.Join(dir, "ec-p256.pem"))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name, kid, field, file string
		code, reason           string
	}{
		{"its own, by the certificate", own.ID(), "cert", "ec-p256-cert.pem", "", ""},
		{"its own, by the key", own.ID(), "key", "ec-p256.pem", "", ""},
		{"another's, by the certificate", other.ID(), "cert", "ec-p256-cert.pem", "assertion.kid-mismatch", "other-file"},
		{"another's, by the key", other.ID(), "key", "ec-p256.pem", "assertion.kid-mismatch", "other-file"},
		{"its own in lower case", strings.ToLower(own.ID()), "cert", "ec-p256-cert.pem", "assertion.kid-mismatch", "case"},
		{"nobody's, by the certificate", keys.CertificateID([]byte("nobody")), "cert", "ec-p256-cert.pem", "assertion.kid-mismatch", "other"},
		{"nobody's, by the key", keys.CertificateID([]byte("nobody")), "key", "ec-p256.pem", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, err := jwtgen.Build(jwtgen.Params{KeyID: tt.kid, Issuer: "1c343a716c1dceb60e7fc149fa6735929ef77d28fe16293f892976dde7d8e3e2",
				Audience: "https://1234567.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token", Scope: []string{"restlets"}, IssuedAt: now}, key.Signer())
			if err != nil {
				t.Fatal(err)
			}
			p, err := profile.Resolve(profile.Input{Flags: map[string][]string{tt.field: {filepath.Join(dir, tt.file)}}})
			if err != nil {
				t.Fatal(err)
			}
			r := Inspect(World{Now: func() time.Time { return now }}, p, paste.Read(a.Raw().Reveal()), nil)
			switch {
			case tt.code == "" && len(r.Findings) > 0:
				t.Errorf("%v", r.Findings)
			case tt.code != "" && (len(r.Findings) != 1 || string(r.Findings[0].Code) != tt.code || r.Findings[0].Evidence["reason"] != tt.reason):
				t.Errorf("%v, want %s (%s)", r.Findings, tt.code, tt.reason)
			case tt.reason == "other-file" && r.Findings[0].Evidence["other"] == "":
				t.Error("the other file is not named")
			}
		})
	}
	if got := kidFaults(context.Background(), &jwtgen.Assertion{}, verifier{}, nil); got != nil {
		t.Errorf("without a file: %v", got)
	}
}

func BenchmarkInspect(b *testing.B) {
	dir := filepath.Join("..", "..", "testdata", "jwt")
	key, err := keys.LoadKey(filepath.Join(dir, "rsa.pem"))
	if err != nil {
		b.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
	a, err := jwtgen.Build(jwtgen.Params{KeyID: keys.CertificateID(nil), Issuer: "1c343a716c1dceb60e7fc149fa6735929ef77d28fe16293f892976dde7d8e3e2",
		Audience: "https://1234567.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token", Scope: []string{"restlets"}, IssuedAt: now}, key.Signer())
	if err != nil {
		b.Fatal(err)
	}
	raw := a.Raw().Reveal()
	for name, flags := range map[string]map[string][]string{
		"without a key":                         nil,
		"verifying, the key read from its file": {"key": {filepath.Join(dir, "rsa.pem")}},
	} {
		p, err := profile.Resolve(profile.Input{Flags: flags})
		if err != nil {
			b.Fatal(err)
		}
		w := World{Now: func() time.Time { return now }}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if r := Inspect(w, p, paste.Read(raw), nil); len(r.Findings) > 0 {
					b.Fatal(r.Findings)
				}
			}
		})
	}
}
