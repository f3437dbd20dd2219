package cmd

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/handon"
	"github.com/nsauth/nsauth/internal/profile"
)

// checkOut refuses what a file cannot have, and what a renewal cannot keep.
func (o *buildOptions) checkOut() error {
	err := errors.Join(o.out.Check(), o.out.Excludes("--curl", o.curl), o.out.Excludes("--dry-run", o.dryRun))
	if err != nil || !o.out.Every.On {
		return err
	}
	for _, claim := range []string{"iat", "exp", "jti"} {
		if _, given := o.values[claim]; given {
			return cli.Fail(finding.UsageFlag, "--every cannot be combined with --claim "+claim, "each assertion has its own "+claim)
		}
	}
	switch {
	case o.at != "":
		return cli.Fail(finding.UsageFlag, "--every cannot be combined with --at", "iat is the time of each renewal")
	case o.jti != "" && o.jti != "auto":
		return cli.Fail(finding.UsageFlag, "--every cannot be combined with --jti ID", "servers accept an ID once; use --jti auto")
	case o.lifetime <= 0, o.out.Every.Interval >= o.lifetime:
		return cli.Fail(finding.UsageFlag, "--every must be shorter than --lifetime "+o.lifetime.String())
	}
	return nil
}

// write writes the assertion to the file of --out, and renews it.
func (o *buildOptions) write(a *cli.App, c *cobra.Command, p *profile.Profile) error {
	target, err := handon.NewTarget(a, o.out.File)
	if err != nil {
		return err
	}
	o.tellChanged(a)
	get := func(ctx context.Context, first bool, _ handon.Fresh) (handon.Credential, error) {
		command := commandName(c)
		if !first {
			command, o.time = "", a.Now()
			again, err := handon.Reread(ctx, a, p, func(ctx context.Context) (*profile.Profile, error) { return cli.ResolveM2M(ctx, input(a, c)) })
			if err != nil {
				return handon.Credential{}, err
			}
			p = again
		}
		doc, err := o.document(a, c, p, command)
		if err != nil {
			return handon.Credential{}, err
		}
		made := handon.Credential{Content: *doc.Assertion + "\n", Received: o.time, Life: o.lifetime}
		if a.JSON() {
			made.Content, err = a.TextOfJSON(doc)
		}
		return made, err
	}
	return (&handon.Renewal{App: a, Out: target, What: "assertion", Every: o.out.Every, Get: get}).Run(c.Context())
}
