package keypair

import (
	"context"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/doctor"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
)

// Given returns what keycheck examines. Its argument is a key or a folder; other
// values come from the flags in in, or else from the profile.
func Given(ctx context.Context, a *cli.App, in profile.Input, args []string) (p *profile.Profile, r doctor.Request, err error) {
	folder, err := folderGiven(a, &in, &args)
	if err != nil {
		return nil, r, err
	}
	if len(args) == 1 {
		if _, both := in.Flags["key"]; both {
			return nil, r, cli.Fail(finding.UsageFlag, "the key is given twice, as an argument and with --key")
		}
		in.Flags["key"] = args
	}
	_, key := in.Flags["key"]
	_, command := in.Flags["key-command"]
	_, cert := in.Flags["cert"]
	if key || command || cert || folder != "" {
		in.OnlyFlags = []profile.Field{profile.FieldKey, profile.FieldKeyCommand, profile.FieldCert, profile.FieldCertificateID}
	}
	p, err = cli.Resolve(ctx, in)
	if err != nil {
		return nil, r, err
	}
	r = Request(a.Tool)
	if folder != "" {
		if r.Folder, p, err = readFolder(ctx, a, folder, &in, p); err != nil {
			return nil, r, err
		}
	} else if !p.HasKey() && p.Text(profile.FieldCert) == "" {
		return nil, r, cli.Fail(finding.UsageFlag, "no key or certificate given",
			"for example: nsauth keycheck key.pem --cert cert.pem", "or name a profile with --profile")
	} else if r.Pair, err = withItsCertificate(ctx, a, p); err != nil {
		return nil, r, err
	} else if r.Pair.Certificate != nil {
		in.Flags["cert"] = []string{p.Text(profile.FieldKey)}
		if p, err = cli.Resolve(ctx, in); err != nil {
			return nil, r, err
		}
	}
	return p, r, nil
}

// withItsCertificate reads the key, and its certificate if the same file has it, as a
// PKCS#12 file does. It reads neither if the profile names a certificate. The
// examination reports errors of both.
func withItsCertificate(ctx context.Context, a *cli.App, p *profile.Profile) (keys.Pair, error) {
	key := host.KeySource(p)
	if key.Name == "" || p.Text(profile.FieldCert) != "" {
		return keys.Pair{}, nil
	}
	return cli.UnlessInterrupted(ctx, func() (pair keys.Pair, err error) {
		pair.ReadKey(ctx, a.Keys, key)
		if pair.Key == nil {
			return pair, ctx.Err()
		}
		if c, err := a.Keys.Certificate(ctx, keys.Source{Name: key.Name}, pair.Key); err == nil && c.BelongsTo(pair.Key) {
			pair.Certificate = c
		}
		return pair, ctx.Err()
	})
}
