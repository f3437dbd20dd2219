package cmd

import (
	"context"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nsauth/nsauth/internal/profile"
)

// newValueFlags makes the flags of the one table of settings.
func newValueFlags() *pflag.FlagSet {
	flags := pflag.NewFlagSet("values", pflag.ContinueOnError)
	for _, f := range profile.Fields() {
		switch {
		case f.Flag == "":
		case f.List:
			flags.StringArray(f.Flag, nil, f.Usage)
		default:
			flags.String(f.Flag, "", f.Usage)
		}
	}
	return flags
}

// addProfileFlags gives c the value flags that every command has, and those
// further ones that extra names. The commands share them: one command runs, and
// making a hundred flags would be half of what every start costs.
func (a *app) addProfileFlags(c *cobra.Command, extra ...profile.Field) {
	if a.values == nil {
		a.values = newValueFlags()
	}
	for _, f := range profile.Fields() {
		if f.Flag == "" || !f.InFlags && !slices.Contains(extra, f.Name) {
			continue
		}
		c.Flags().AddFlag(a.values.Lookup(f.Flag))
		if f.Path {
			_ = c.MarkFlagFilename(f.Flag)
		}
	}
	complete(c, "algorithm", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
	complete(c, "scope", "rest_webservices", "restlets", "suite_analytics")
}

// setFlags collects the value flags that were given.
func setFlags(c *cobra.Command) map[string][]string {
	set := map[string][]string{}
	for _, f := range profile.Fields() {
		flag := c.Flags().Lookup(f.Flag)
		if f.Flag == "" || flag == nil || !flag.Changed {
			continue
		}
		if list, ok := flag.Value.(pflag.SliceValue); ok {
			set[f.Flag] = list.GetSlice()
		} else {
			set[f.Flag] = []string{flag.Value.String()}
		}
	}
	return set
}

// input is what the profile is resolved from.
func (a *app) input(c *cobra.Command) profile.Input {
	return profile.Input{
		Flags: setFlags(c), LookupEnv: a.LookupEnv, EnvNames: a.EnvNames, ReadFile: nil,
		ConfigPath: a.config, ConfigDir: a.ConfigDir, ProfileName: a.profile, EnvFile: a.envFile, Dir: a.Dir,
	}
}

// resolve can be interrupted: a file may be a pipe that nobody writes to.
func resolve(ctx context.Context, in profile.Input) (*profile.Profile, error) {
	return unlessInterrupted(ctx, func() (*profile.Profile, error) { return profile.Resolve(in) })
}

func addName(names *[]string) func(*pflag.Flag) {
	return func(f *pflag.Flag) { *names = append(*names, f.Name) }
}
