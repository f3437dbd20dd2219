package keypair

import (
	"context"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/doctor"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
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
	_, signs := in.Flags["sign-command"]
	_, cert := in.Flags["cert"]
	if key || command || signs || cert || folder != "" {
		in.OnlyFlags = []profile.Field{profile.FieldKey, profile.FieldKeyCommand, profile.FieldSignCommand, profile.FieldPublicKey, profile.FieldCert, profile.FieldCertificateID}
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
	} else if p.Lacks(profile.FieldPublicKey) {
		return nil, r, cli.Fail(finding.UsageFlag, "--sign-command needs --public-key or --cert", "keycheck examines them, and does not run the command")
	} else if !p.HasKey() && p.Text(profile.FieldCert) == "" {
		return nil, r, cli.Fail(finding.UsageFlag, "no key or certificate given",
			"for example: nsauth keycheck key.pem --cert cert.pem", "or name a profile with --profile")
	} else if !p.HasKey() {
		holds, err := cli.UnlessInterrupted(ctx, func() (bool, error) {
			return a.Keys.HoldsKey(ctx, host.CertificateSource(p)), nil
		})
		if err != nil || !holds {
			return p, r, err
		}
		in.Flags["key"] = []string{p.Text(profile.FieldCert)}
		if p, err = cli.Resolve(ctx, in); err != nil {
			return nil, r, err
		}
	}
	return p, r, nil
}
