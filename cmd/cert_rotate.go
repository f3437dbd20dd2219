package cmd

import (
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/certgen"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/rotation"
	"github.com/nsauth/nsauth/internal/text"
)

func newCertRotate(a *cli.App) *cobra.Command {
	var o rotation.Options
	var all bool
	var within string
	c := &cobra.Command{
		Use:        "rotate",
		SuggestFor: []string{"renew"},
		Short:      "Replace a profile's certificate by a new one, step by step",
		Args:       noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			time, err := settleRotate(c, o, all, within)
			if err != nil {
				return err
			}
			in := input(a, c)
			o.Flags = setFlags(c)
			delete(o.Flags, "certificate-id")
			delete(o.Flags, "cert")
			if all {
				return rotation.CommandAll(c.Context(), a, in, time, o)
			}
			return rotation.Command(c.Context(), a, in, o)
		},
	}
	flags := c.Flags()
	flags.BoolVar(&all, "all", false, "every profile of the profile file whose certificate expires --within the time")
	flags.StringVar(&within, "within", "30d", "with --all: the `TIME` until a certificate expires, such as 30d")
	flags.StringVar(&o.RevokeOld, "revoke-old", "never", "`WHEN` to revoke the old certificate: now, never, or after a time such as 7d (nsauth cert revoke --due)")
	flags.StringVar(&o.Hook, "deploy-hook", "", "run `CMD` before the profile is switched; if it fails, nothing is switched")
	flags.BoolVar(&o.NoHook, "no-deploy-hook", false, "with --resume: go on without the hook that the rotation began with")
	flags.StringVar(&o.Cert, "cert", "", "certificate `FILE` that was signed elsewhere, for the present key or that of --for-key")
	flags.StringVar(&o.ForKey, "for-key", "", "private key `FILE` that exists; without it a new key is made")
	flags.StringVar(&o.KeyType, "key-type", "", "`TYPE` of the new key (default: that of the present key)")
	flags.IntVar(&o.Days, "days", keys.MaxValidityDays, "`DAYS` until the new certificate expires, at most 730")
	flags.StringVar(&o.Out, "out", "", "`FOLDER` for the new files (default: that of the present key)")
	flags.BoolVar(&o.Resume, "resume", false, "go on with a rotation that was stopped")
	flags.BoolVar(&o.Undo, "undo", false, "take the last rotation back")
	flags.StringVar(&o.CertificateID, "certificate-id", "", "with --resume or --undo: which `ID` is the new one, where two may be")
	addChange(c, &o)
	flags.DurationVar(&o.Wait, "wait", 2*time.Minute, "how long to wait until NetSuite accepts the new certificate")
	complete(a, c, "key-type", keyTypeNames()...)
	complete(a, c, "revoke-old", "never", "now", "7d", "30d")
	_ = c.MarkFlagDirname("out")
	_ = c.MarkFlagFilename("cert")
	_ = c.MarkFlagFilename("for-key")
	return c
}

// addChange gives c the flags of every command that changes NetSuite's list.
func addChange(c *cobra.Command, o *rotation.Options) {
	flags := c.Flags()
	for _, f := range profile.Fields() {
		if slices.Contains([]profile.Field{profile.FieldConnectTo, profile.FieldCAFile, profile.FieldProxy}, f.Name) && flags.Lookup(f.Flag) == nil {
			flags.String(f.Flag, "", f.Usage)
			if f.Path {
				_ = c.MarkFlagFilename(f.Flag)
			}
		}
	}
	flags.BoolVar(&o.DryRun, "dry-run", false, "print every request and change, and make none; only the list is read")
	addYes(c, &o.Yes)
	flags.DurationVar(&o.Timeout, "timeout", 30*time.Second, "time limit of each request, and of the wait for another run")
}

func settleRotate(c *cobra.Command, o rotation.Options, all bool, within string) (time.Duration, error) {
	time, err := rotation.ParseDays(within)
	given := func(names ...string) string {
		for _, name := range names {
			if c.Flags().Changed(name) {
				return name
			}
		}
		return ""
	}
	fail := func(format string, args ...any) error {
		return cli.Fail(finding.UsageFlag, fmt.Sprintf(format, args...))
	}
	_, _, revokeErr := rotation.ParseRevokeOld(o.RevokeOld)
	if o.KeyType != "" {
		if _, err := certgen.ParseKeyType(o.KeyType); err != nil {
			return 0, cli.Fail(finding.UsageFlag, "NetSuite does not accept this --key-type", text.DidYouMean(o.KeyType, keyTypeNames())...)
		}
	}
	goesOn := o.Resume || o.Undo
	switch {
	case err != nil:
		return 0, cli.Fail(finding.UsageFlag, "invalid --within: want a time such as 30d")
	case revokeErr != nil:
		return 0, revokeErr
	case o.Resume && o.Undo:
		return 0, fail("--resume and --undo cannot be combined")
	case given("within") != "" && !all:
		return 0, fail("--within has no effect without --all")
	case all && (goesOn || given("profile", "cert", "for-key", "out") != ""):
		return 0, fail("--all cannot be combined with --%s", given("resume", "undo", "profile", "cert", "for-key", "out"))
	case goesOn && given("cert", "for-key", "key-type", "days", "out", "revoke-old") != "":
		return 0, fail("--%s has no effect on a rotation that was begun", given("cert", "for-key", "key-type", "days", "out", "revoke-old"))
	case o.NoHook && (o.Hook != "" || !o.Resume):
		return 0, fail("--no-deploy-hook is for --resume, without --deploy-hook")
	case o.Hook != "" && o.Undo:
		return 0, fail("--deploy-hook has no effect with --undo")
	case o.CertificateID != "" && !goesOn:
		return 0, fail("--certificate-id is for --resume and --undo: a rotation takes the present one from the profile")
	case o.KeyType != "" && (o.Cert != "" || o.ForKey != ""):
		return 0, fail("--key-type has no effect: the key exists")
	case o.Days < 1 || o.Days > keys.MaxValidityDays:
		return 0, fail("--days %d is not from 1 to %d", o.Days, keys.MaxValidityDays)
	case o.Wait < 0:
		return 0, fail("invalid --wait: want a duration such as 2m")
	}
	return time, cli.CheckTimeout(o.Timeout)
}
