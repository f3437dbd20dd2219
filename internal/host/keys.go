package host

import (
	"cmp"

	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
)

// KeySource is where the profile's private key is; zero without one.
func KeySource(p *profile.Profile) keys.Source {
	if command := p.Text(profile.FieldSignCommand); command != "" {
		return keys.Source{Name: cmp.Or(p.Text(profile.FieldPublicKey), p.Text(profile.FieldCert)), SignCommand: command,
			PassphraseFile: p.Text(profile.FieldPassphraseFile)}
	}
	return keys.Source{Name: p.Text(profile.FieldKey), Command: p.Text(profile.FieldKeyCommand), PassphraseFile: p.Text(profile.FieldPassphraseFile)}
}

// CertificateSource is where the profile's certificate is; zero without one.
func CertificateSource(p *profile.Profile) keys.Source {
	return keys.Source{Name: p.Text(profile.FieldCert), PassphraseFile: p.Text(profile.FieldPassphraseFile)}
}
