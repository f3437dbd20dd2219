package cmd

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/lastgood"
)

// addNoState gives c --no-state.
func (a *app) addNoState(c *cobra.Command) {
	c.Flags().BoolVar(&a.noState, "no-state", false, "neither read nor write the record of the last good run")
}

// state is where the records of the last good runs lie.
func (a *app) state() lastgood.Store {
	if a.noState || a.StateDir == "" {
		return lastgood.Store{}
	}
	return lastgood.Store{Dir: filepath.Join(a.StateDir, "nsauth")}
}
