package checks

import (
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/capture"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/profile"
)

// jwt inspect has two checks and no run around them; a panic in one is unknown all
// the same.
func TestInspectSurvivesAPanic(t *testing.T) {
	p, err := profile.Resolve(profile.Input{})
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	w := host.World{Now: func() time.Time {
		if asked++; asked == 1 {
			panic("a clock that is broken")
		}
		return time.Unix(0, 0)
	}}
	r := Inspect(w, p, pairOf(p), capture.Read("e30.e30.e30"), nil)[0]
	if r.Status != finding.Unknown || len(r.Findings) != 1 || r.Findings[0].Code != "internal.panic" {
		t.Errorf("%s %+v", r.Status, r.Findings)
	}
}
