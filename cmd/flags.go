package cmd

import (
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
func (a *app) input(c *cobra.Command) profile.Input { return a.Input(setFlags(c)) }

// addNoState gives c --no-state.
func (a *app) addNoState(c *cobra.Command) {
	c.Flags().BoolVar(&a.NoState, "no-state", false, "neither read nor write the record of the last good run")
}

func addName(names *[]string) func(*pflag.Flag) {
	return func(f *pflag.Flag) { *names = append(*names, f.Name) }
}
