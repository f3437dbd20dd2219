package cli

import "testing"

// Several --profile are what one with commas is; the same name again adds nothing.
func TestProfileNames(t *testing.T) {
	var v ProfileNames
	for _, step := range [][2]string{{"prod", "prod"}, {"prod", "prod"}, {"sandbox", "prod,sandbox"}, {"a,b", "prod,sandbox,a,b"}} {
		if err := v.Set(step[0]); err != nil || v.String() != step[1] {
			t.Errorf("after %q: %q, %v; want %q", step[0], v.String(), err, step[1])
		}
	}
}
