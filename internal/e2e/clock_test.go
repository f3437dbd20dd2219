//go:build e2e

package e2e

import (
	wire "encoding/binary"
	"math"
	"net"
	"os/user"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// chronyd starts chrony's NTP server on loopback, with -x: it leaves the clock of
// this machine alone, whatever it thinks of it. It is ready once its answers say
// so: that it has the time, off by this much, or that it has none.
func chronyd(t *testing.T, ready func(off time.Duration, synchronized bool) bool, directives ...string) (address string) {
	t.Helper()
	address = freePort(t)
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	args := append([]string{
		"-d", "-x", "-U", "-u", me.Username, // in the foreground, no clock, no root, no change of user
		"port " + port(address), "bindaddress 127.0.0.1", "allow 127.0.0.1",
		"cmdport 0", "bindcmdaddress /", "pidfile " + filepath.Join(t.TempDir(), "pid"),
	}, directives...)
	s := start(t, nil, program(t, "chronyd"), args...)
	s.await(t, func() bool {
		off, synchronized, ok := askTime(address)
		return ok && ready(off, synchronized)
	})
	return address
}

// askTime asks an NTP server (RFC 5905, section 7.3) by how much its clock is
// ahead of this one's, and whether it claims to have the time.
func askTime(address string) (off time.Duration, synchronized, ok bool) {
	c, err := net.DialTimeout("udp", address, time.Second)
	if err != nil {
		return 0, false, false
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Second))
	packet := make([]byte, 48)
	packet[0] = 4<<3 | 3 // version 4, client
	if _, err := c.Write(packet); err != nil {
		return 0, false, false
	}
	if n, err := c.Read(packet); err != nil || n != len(packet) {
		return 0, false, false
	}
	const from1900 = 2208988800
	said := time.Unix(int64(wire.BigEndian.Uint32(packet[40:]))-from1900,
		int64(wire.BigEndian.Uint32(packet[44:]))*int64(time.Second)>>32)
	return time.Until(said), packet[0]>>6 != 3 && packet[1] > 0 && packet[1] < 16, true
}

// TestChrony: doctor measures what chrony's server says, takes the median of
// several, drops one that has no time, and warns where they contradict NetSuite.
func TestChrony(t *testing.T) {
	near := func(want time.Duration) func(time.Duration, bool) bool {
		return func(off time.Duration, synchronized bool) bool {
			return synchronized && (off-want).Abs() < time.Second
		}
	}
	right, right2 := chronyd(t, near(0), "local stratum 1"), chronyd(t, near(0), "local stratum 2")
	// They hold their own server to be two minutes behind the truth, so they say
	// that it is two minutes later, and this machine is behind by as much.
	source := "server 127.0.0.1 port " + port(right) + " iburst minpoll 0 offset "
	ahead, ahead2 := chronyd(t, near(2*time.Minute), source+"120"), chronyd(t, near(2*time.Minute), source+"120")
	timeless := chronyd(t, func(_ time.Duration, synchronized bool) bool { return !synchronized })
	closed := freePort(t)
	e := startEmulator(t)

	const none = math.MaxInt
	for _, tt := range []struct {
		name      string
		servers   []string
		connectTo string // "" for the emulator
		offset    int    // by the median, in seconds
		faults    []string
		status    string
		codes     []string
		exit      int
	}{
		{"right", []string{right}, "", 0, []string{""}, "pass", nil, 0},
		{"two minutes off", []string{ahead}, "", -120, []string{""}, "warn", []string{"clock.sources-disagree"}, 0},
		{"most are right", []string{right, ahead, right2}, "", 0, []string{"", "", ""}, "pass", nil, 0},
		{"most are off", []string{ahead, right, ahead2}, "", -120, []string{"", "", ""}, "warn", []string{"clock.sources-disagree"}, 0},
		{"one against one", []string{right, ahead}, "", none, []string{"", ""}, "warn", []string{"clock.sources-disagree"}, 0},
		{"one has no time", []string{timeless, right}, "", 0, []string{"unsynchronized", ""}, "pass", nil, 0},
		{"none has the time", []string{timeless, closed}, "", none, []string{"unsynchronized", "unreachable"}, "pass", nil, 0},
		// NetSuite's own clock governs; without it the time servers stand in.
		{"NetSuite is away", []string{right}, closed, 0, []string{""}, "pass", nil, 3},
		{"NetSuite is away, two minutes off", []string{ahead}, closed, -120, []string{""}, "warn", []string{"clock.skewed"}, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := append([]string{"doctor", "--connect-to", e.address}, e.identity()...)
			if tt.connectTo != "" {
				args = append(args, "--connect-to", tt.connectTo)
			}
			for _, s := range tt.servers {
				args = append(args, "--ntp-server", s)
			}
			d, r := report(t, args...)
			c := d.check(t, "clock")
			if r.exit != tt.exit || c.Status != tt.status || !slices.Equal(c.codes(), tt.codes) {
				t.Errorf("exit %d, %s, findings %v, want exit %d, %s, %v\n%v", r.exit, c.Status, c.codes(), tt.exit, tt.status, tt.codes, r)
			}
			// A second of tolerance: between two processes on one machine it is
			// milliseconds, unless the machine is very busy.
			isOff := func(fact any) bool {
				s, ok := fact.(float64)
				if tt.offset == none {
					return fact == nil
				}
				return ok && math.Abs(s-float64(tt.offset)) < 1
			}
			if !isOff(c.Facts["ntp_offset_seconds"]) {
				t.Errorf("ntp_offset_seconds is %v, want %d\n%v", c.Facts["ntp_offset_seconds"], tt.offset, r)
			}
			if s, ok := c.Facts["offset_seconds"].(float64); tt.connectTo == "" && (!ok || math.Abs(s) > 2) {
				t.Errorf("offset_seconds is %v by the clock of the emulator, want about 0\n%v", c.Facts["offset_seconds"], r)
			} else if tt.connectTo != "" && (!isOff(c.Facts["offset_seconds"]) || c.text("source") != tt.servers[0]) {
				t.Errorf("offset_seconds is %v by %v\n%v", c.Facts["offset_seconds"], c.Facts["source"], r)
			}
			var faults []string
			servers, _ := c.Facts["ntp_servers"].([]any)
			for _, s := range servers {
				fault, _ := s.(map[string]any)["fault"].(string)
				faults = append(faults, fault)
			}
			if !slices.Equal(faults, tt.faults) {
				t.Errorf("faults of the servers are %q, want %q\n%v", faults, tt.faults, r)
			}
		})
	}
}
