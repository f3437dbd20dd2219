package stand

import (
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/faults"
	"github.com/nsauth/nsauth/internal/emulator/server"
)

// The faults of the options come before those of the scenario.
func TestFaults(t *testing.T) {
	o := Options{Faults: []string{"flaky:3", "latency,delay=80ms,path=/a,path=/b"}, ClockOffset: -20 * time.Minute}
	c := server.Config{Faults: []faults.Fault{{Kind: faults.HTML}}}
	if err := o.applyFaults(&c); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range c.Faults {
		got = append(got, f.String())
	}
	if want := "flaky:3 latency,path=/a,path=/b,delay=80ms clock,offset=-20m0s html"; strings.Join(got, " ") != want {
		t.Errorf("%v", got)
	}
}
