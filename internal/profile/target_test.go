package profile

import (
	"slices"
	"testing"
)

// The command line of a target is read as it is meant, also with a name that looks like a flag.
func TestTargetArgv(t *testing.T) {
	for _, tt := range []struct {
		target Target
		want   []string
	}{
		{Target{}, []string{"nsauth", "profile", "show", "x"}},
		{Target{Config: "c.yaml", Profile: "prod"}, []string{"nsauth", "profile", "show", "--config", "c.yaml", "--profile", "prod", "x"}},
		{Target{Profile: "-dash"}, []string{"nsauth", "profile", "show", "--profile=-dash", "x"}},
		{Target{Profile: "a::b"}, []string{"nsauth", "profile", "show", "--profile", "NAME", "x"}},
	} {
		if got := tt.target.Argv("profile show", "x"); !slices.Equal(got, tt.want) {
			t.Errorf("%+v: %q, want %q", tt.target, got, tt.want)
		}
	}
}
