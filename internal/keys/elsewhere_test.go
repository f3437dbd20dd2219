package keys_test

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/nsauth/nsauth/internal/keys"
)

// stub is a signer that only knows its public key.
type stub struct {
	crypto.PublicKey
	ctx context.Context
}

func (s stub) Public() crypto.PublicKey { return s.PublicKey }
func (s stub) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.ErrUnsupported
}
func (s stub) In(ctx context.Context) crypto.Signer { return stub{s.PublicKey, ctx} }

// The public half of a key elsewhere is read in every form that stores print.
func TestElsewhere(t *testing.T) {
	dir := t.TempDir()
	commands := []string{}
	l := func() *keys.Loader {
		return &keys.Loader{Elsewhere: func(command string, public crypto.PublicKey) crypto.Signer {
			commands = append(commands, command)
			return stub{public, nil}
		}}
	}
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, name := range []string{"ec-p256", "rsa-3072", "rsa-pss-3072"} {
		private, err := new(keys.Loader).Key(t.Context(), keys.Source{Name: "../../testdata/keys/" + name + ".pem"})
		if err != nil {
			t.Fatal(err)
		}
		spki, err := x509.MarshalPKIXPublicKey(private.Public())
		if err != nil {
			t.Fatal(err)
		}
		block := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki})
		for form, data := range map[string][]byte{
			"PEM": block, "DER": spki, "base64 of DER": []byte(base64.StdEncoding.EncodeToString(spki) + "\n"), "text around": append([]byte("Using slot 0\n"), block...),
		} {
			path := write(name, data)
			k, err := l().Key(t.Context(), keys.Source{Name: path, SignCommand: "sign"})
			if err != nil {
				t.Errorf("%s, %s: %v", name, form, err)
				continue
			}
			if !k.Elsewhere || k.SPKISHA256() != private.SPKISHA256() || k.Encoding != "sign command" || k.Path != "" || len(k.Judge()) > 0 {
				t.Errorf("%s, %s: %s, %v", name, form, k, k.Judge())
			}
			id, err := l().Identity(t.Context(), keys.Source{Name: path, SignCommand: "sign"})
			if err != nil || id != private.SPKISHA256() {
				t.Errorf("%s, %s: identity %q, %v", name, form, id, err)
			}
			if bound := k.In(t.Context()); bound.Signer().(stub).ctx != t.Context() || k.Signer().(stub).ctx != nil || bound.SPKISHA256() != k.SPKISHA256() {
				t.Errorf("%s: not the same key with another context", name)
			}
		}
	}
	jwk := write("jwk-public", []byte(`{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}`)) // RFC 7515, A.3.1
	if k, err := l().Key(t.Context(), keys.Source{Name: jwk, SignCommand: "sign"}); err != nil || k.Curve != "P-256" {
		t.Error(k, err)
	}
	cert := keys.Source{Name: "../../testdata/keys/ec-p256-cert.pem", SignCommand: "sign"}
	k, err := l().Key(t.Context(), cert)
	if err != nil || k.Curve != "P-256" {
		t.Fatal(k, err)
	}
	// The certificate is found where the key's public half is.
	var pair keys.Pair
	loader := l()
	pair.ReadKey(t.Context(), loader, cert)
	pair.ReadOwnCertificate(t.Context(), loader, cert)
	if pair.Certificate == nil || !pair.Certificate.BelongsTo(pair.Key) || pair.OfOneSource() {
		t.Errorf("%v, %v", pair.Certificate, pair.CertificateErr)
	}
	for path, reason := range map[string]string{
		"../../testdata/keys/ec-p256.pem": "private-key", filepath.Join(dir, "no.pem"): "missing", dir: "unreadable",
		write("text", []byte("hello")): "other", write("empty", nil): "other",
		write("jwk", []byte(`{"kty":"oct","k":"AAAA"}`)): "other",
	} {
		_, err := l().Key(t.Context(), keys.Source{Name: path, SignCommand: "sign"})
		var f *keys.Fault
		if !errors.As(err, &f) || f.Kind != keys.KindPublicKeyUnusable || f.Reason != reason || f.Object != keys.ObjectKey {
			t.Errorf("%s: %v, want %s", path, err, reason)
		}
		if _, err := l().Identity(t.Context(), keys.Source{Name: path, SignCommand: "sign"}); !errors.As(err, &f) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := new(keys.Loader).Key(t.Context(), cert); err == nil {
		t.Error("a loader without commands made a signer")
	}
	for _, c := range commands {
		if c != "sign" {
			t.Errorf("command %q", c)
		}
	}
}
