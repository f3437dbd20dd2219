package host

import (
	"context"

	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
)

// LoadKey reads the private key that the profile names. The error is a
// *keys.Fault, or that of ctx.
func LoadKey(ctx context.Context, w World, p *profile.Profile) (*keys.Key, error) {
	return w.Keys.Key(ctx, keySource(p))
}

// KeyIdentity names that key without opening it, see [keys.Loader.Identity].
func KeyIdentity(ctx context.Context, w World, p *profile.Profile) (string, error) {
	return w.Keys.Identity(ctx, keySource(p))
}

func keySource(p *profile.Profile) keys.Source {
	return keys.Source{Name: p.Text(profile.FieldKey), Command: p.Text(profile.FieldKeyCommand), PassphraseFile: p.Text(profile.FieldPassphraseFile)}
}

// LoadCertificate reads the certificate that the profile names: of several in one
// file the one that belongs to k. The error is as LoadKey's.
func LoadCertificate(ctx context.Context, w World, p *profile.Profile, k *keys.Key) (*keys.Certificate, error) {
	return w.Keys.Certificate(ctx, keys.Source{Name: p.Text(profile.FieldCert),
		PassphraseFile: p.Text(profile.FieldPassphraseFile)}, k)
}
