package clock

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/nsauth/nsauth/internal/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// localTime is a clock that stands still, and not where the machine's does.
var localTime = time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC)

func now() time.Time { return localTime }

func TestQueryNTP(t *testing.T) {
	for _, ahead := range []time.Duration{0, 120 * time.Second, -120 * time.Second, 400 * 24 * time.Hour} {
		server := testkit.ServeNTP(t, testkit.RightNTP(now, ahead))
		got, err := QueryNTP(t.Context(), server, Options{Now: now})
		if err != nil {
			t.Errorf("ahead %v: %v", ahead, err)
			continue
		}
		if (got.Offset-ahead).Abs() > time.Microsecond || got.Source != server ||
			got.Uncertainty < 9*time.Millisecond || got.Uncertainty > 11*time.Millisecond {
			t.Errorf("ahead %v: got %+v", ahead, got)
		}
	}
}

func TestQueryNTPByTheSystemClock(t *testing.T) {
	server := testkit.ServeNTP(t, testkit.RightNTP(time.Now, -120*time.Second))
	got, err := QueryNTP(t.Context(), server, Options{})
	if err != nil || (got.Offset+120*time.Second).Abs() > 5*time.Second {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestQueryNTPFaults(t *testing.T) {
	change := func(f func(*testkit.NTPPacket)) testkit.NTPReply {
		p := testkit.HealthyNTP()
		f(&p)
		return func(query []byte) []byte { return p.Answer(query, localTime) }
	}
	text := func(s string) testkit.NTPReply { return func([]byte) []byte { return []byte(s) } }
	for name, tt := range map[string]struct {
		reply    testkit.NTPReply
		reason   string
		evidence map[string]any
	}{
		"kiss of death":     {change(func(p *testkit.NTPPacket) { p.Stratum, p.ReferenceID, p.Leap = 0, "RATE", 3 }), KissOfDeath, map[string]any{"stratum": 0, "kiss_code": "RATE"}},
		"kiss unprintable":  {change(func(p *testkit.NTPPacket) { p.Stratum, p.ReferenceID = 0, "\x1b[1m" }), KissOfDeath, map[string]any{"stratum": 0}},
		"stratum 0":         {change(func(p *testkit.NTPPacket) { p.Stratum, p.ReferenceID, p.Leap = 0, "", 3 }), Unsynchronized, map[string]any{"stratum": 0}},
		"stratum 16":        {change(func(p *testkit.NTPPacket) { p.Stratum = 16 }), Unsynchronized, map[string]any{"stratum": 16}},
		"leap says unknown": {change(func(p *testkit.NTPPacket) { p.Leap = 3 }), Unsynchronized, map[string]any{"stratum": 2}},
		"not set for days":  {change(func(p *testkit.NTPPacket) { p.Age = 72 * time.Hour }), Unsynchronized, map[string]any{"stratum": 2}},
		"far from a clock":  {change(func(p *testkit.NTPPacket) { p.RootDispersion = 20 * time.Second }), Unsynchronized, map[string]any{"stratum": 2}},
		"set in the future": {change(func(p *testkit.NTPPacket) { p.Age = -time.Hour }), Implausible, map[string]any{"stratum": 2}},
		"another's answer":  {change(func(p *testkit.NTPPacket) { p.Origin = make([]byte, 8) }), Malformed, nil},
		"a question":        {change(func(p *testkit.NTPPacket) { p.Mode = 3 }), Malformed, nil},
		"garbage":           {text(strings.Repeat("garbage ", 6)), Malformed, nil},
		"too short":         {text("no"), Malformed, nil},
		"nothing in it":     {text(""), Malformed, nil},
		"too long":          {text(strings.Repeat("x", 2000)), Malformed, nil},
		"silence":           {testkit.SilentNTP, Timeout, nil},
	} {
		t.Run(name, func(t *testing.T) {
			server := testkit.ServeNTP(t, tt.reply)
			limit := time.Minute // a slow machine is no fault
			if tt.reason == Timeout {
				limit = 50 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			got, err := QueryNTP(ctx, server, Options{Now: now})
			check(t, got, err, server, tt.reason, tt.evidence)
			if errors.Is(err, context.DeadlineExceeded) != (tt.reason == Timeout) {
				t.Errorf("the end of the time is not told apart: %v", err)
			}
		})
	}
}

func check(t *testing.T, got Reading, err error, server, reason string, evidence map[string]any) {
	t.Helper()
	var fault *Fault
	if !errors.As(err, &fault) {
		t.Fatalf("got %+v, %v", got, err)
	}
	want := map[string]any{"server": server}
	for k, v := range evidence {
		want[k] = v
	}
	if fault.Kind != Unmeasured || fault.Reason != reason || got != (Reading{}) {
		t.Errorf("got %+v, %v, cause %v", got, err, fault.Err)
	}
	if diff := cmp.Diff(want, fault.Evidence); diff != "" {
		t.Error(diff)
	}
	if fault.Err == nil || !strings.Contains(err.Error(), reason) {
		t.Errorf("text %q, cause %v", err, fault.Err)
	}
}

func TestQueryNTPWithoutConnection(t *testing.T) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := conn.LocalAddr().String()
	conn.Close()
	for name, tt := range map[string]struct {
		server string
		dial   func(context.Context, string, string) (net.Conn, error)
		reason string
		addr   string
	}{
		"closed port": {closed, new(net.Dialer).DialContext, Unreachable, closed},
		"no such host": {"ntp.example", func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}
		}, DNS, "ntp.example:123"},
		"no route": {"ntp.example:124", func(context.Context, string, string) (net.Conn, error) { return nil, fmt.Errorf("no route") }, Unreachable, "ntp.example:124"},
		"silent resolver": {"ntp.example", func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, &net.DNSError{Err: "i/o timeout", IsTimeout: true}
		}, Timeout, "ntp.example:123"},
		"no server":  {"", nil, Unreachable, ""},
		"no address": {"[::1", nil, Unreachable, ""},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			var dialled string
			got, err := QueryNTP(ctx, tt.server, Options{Now: now, Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
				dialled = addr
				if network != "udp" {
					t.Errorf("network %s", network)
				}
				return tt.dial(ctx, network, addr)
			}})
			check(t, got, err, tt.server, tt.reason, nil)
			if dialled != tt.addr {
				t.Errorf("dialled %q, want %q", dialled, tt.addr)
			}
		})
	}
}

func TestQueryNTPCanceled(t *testing.T) {
	server := testkit.ServeNTP(t, testkit.SilentNTP)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	got, err := QueryNTP(ctx, server, Options{Now: now})
	check(t, got, err, server, Canceled, nil)
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}

	// And before anything was asked.
	got, err = QueryNTP(ctx, server, Options{Now: now})
	check(t, got, err, server, Canceled, nil)
}

// The deadline is the caller's, or else ours, and never the library's. In
// memory, by a clock that does not wait.
func TestQueryNTPDeadline(t *testing.T) {
	for given, want := range map[time.Duration]time.Duration{
		0:           DefaultTimeout,
		time.Second: time.Second,
		time.Minute: time.Minute,
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx := t.Context()
			if given > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, given)
				defer cancel()
			}
			begin := time.Now()
			got, err := QueryNTP(ctx, "ntp.example", Options{Dial: func(context.Context, string, string) (net.Conn, error) {
				return testkit.PipeNTP(testkit.SilentNTP), nil
			}})
			check(t, got, err, "ntp.example", Timeout, nil)
			if took := time.Since(begin); took != want {
				t.Errorf("took %v, want %v", took, want)
			}
		})
	}
}
