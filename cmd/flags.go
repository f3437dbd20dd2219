package cmd

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/login"
	"github.com/nsauth/nsauth/internal/nsid"
	"github.com/nsauth/nsauth/internal/profile"
)

// addProfileFlags gives c the value flags that every command has, and those
// further ones that extra names.
func addProfileFlags(a *cli.App, c *cobra.Command, extra ...profile.Field) {
	for _, f := range profile.Fields() {
		if f.Flag == "" || !f.InFlags && !slices.Contains(extra, f.Name) {
			continue
		}
		if f.List {
			c.Flags().Var(new(list), f.Flag, f.Usage)
		} else {
			c.Flags().String(f.Flag, "", f.Usage)
		}
		if f.Path {
			_ = c.MarkFlagFilename(f.Flag)
		}
	}
	complete(a, c, "algorithm", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
	complete(a, c, "scope", nsid.Scopes()...)
}

// list is the value of a flag that can be repeated. pflag's own makes a CSV writer for
// each such flag at every start.
type list []string

func (l *list) Set(value string) error { return l.Append(value) }
func (l *list) String() string         { return strings.Join(*l, ",") }
func (l *list) Type() string           { return "stringArray" }
func (l *list) GetSlice() []string     { return *l }

func (l *list) Append(value string) error {
	*l = append(*l, value)
	return nil
}

func (l *list) Replace(values []string) error {
	*l = values
	return nil
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
func input(a *cli.App, c *cobra.Command) profile.Input { return a.Input(setFlags(c)) }

// addNoState gives c --no-state.
func addNoState(a *cli.App, c *cobra.Command) {
	c.Flags().BoolVar(&a.NoState, "no-state", false, "neither read nor write the record of the last good run")
}

func addName(names *[]string) func(*pflag.Flag) {
	return func(f *pflag.Flag) { *names = append(*names, f.Name) }
}

// addLoginFlags gives c the flags that say how its token is got.
func addLoginFlags(c *cobra.Command, o *login.Options) {
	c.Flags().BoolVar(&o.NoCache, "no-cache", false, "neither use nor write the token cache")
	c.Flags().IntVar(&o.Retry, "retry", 0, "`N` more tries after a connection fault, 429 or 502 to 504, each with a new assertion")
}
