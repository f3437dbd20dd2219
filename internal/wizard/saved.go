package wizard

import (
	"context"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/keypair"
	"github.com/nsauth/nsauth/internal/profile"
)

// Saved is what Init saved.
type Saved struct {
	Profile *profile.Profile
	Default bool
	Made    *keypair.Made    // nil if no key was made
	Files   []finding.Result // of key and certificate, as far as they are files
}

// read examines the files of the profile, for text output.
func (s *Saved) read(ctx context.Context, a *cli.App) error {
	files := map[profile.Field]string{}
	for _, f := range []profile.Field{profile.FieldKey, profile.FieldCert, profile.FieldPassphraseFile} {
		if text := s.Profile.Text(f); text != "" && !s.Profile.InNoFile(f) {
			files[f] = text
		}
	}
	if a.JSON() || a.Quiet || files[profile.FieldKey] == "" && files[profile.FieldCert] == "" {
		return nil
	}
	r, err := keypair.Examine(ctx, a, files)
	if err == nil {
		s.Files = r.Checks
	}
	return err
}
