package clock

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// packet is an answer of an NTP server (RFC 5905, section 7.3).
type packet struct {
	leap, version, mode, stratum byte
	rootDelay, rootDispersion    time.Duration
	referenceID                  string
	age                          time.Duration // since the server's own clock was set
	origin                       []byte        // the query's if nil
}

var healthy = packet{version: 4, mode: 4, stratum: 2, rootDispersion: 10 * time.Millisecond, age: time.Minute}

// answer gives the bytes that answer query at the server's time now.
func (p packet) answer(query []byte, now time.Time) []byte {
	b := make([]byte, 48)
	b[0] = p.leap<<6 | p.version<<3 | p.mode
	b[1], b[2], b[3] = p.stratum, 6, 0xe9
	short := func(d time.Duration) uint32 { return uint32(d * 65536 / time.Second) }
	stamp := func(t time.Time) uint64 {
		d := t.Sub(time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC))
		return uint64(d/time.Second)<<32 | uint64(d%time.Second)<<32/uint64(time.Second)
	}
	binary.BigEndian.PutUint32(b[4:], short(p.rootDelay))
	binary.BigEndian.PutUint32(b[8:], short(p.rootDispersion))
	copy(b[12:16], p.referenceID)
	binary.BigEndian.PutUint64(b[16:], stamp(now.Add(-p.age)))
	copy(b[24:32], query[40:48])
	if p.origin != nil {
		copy(b[24:32], p.origin)
	}
	binary.BigEndian.PutUint64(b[32:], stamp(now))
	binary.BigEndian.PutUint64(b[40:], stamp(now))
	return b
}

// serve answers every datagram on a loopback port with what reply gives, and
// with silence for nil.
func serve(t *testing.T, reply func(query []byte) []byte) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buffer := make([]byte, 2048)
		for {
			n, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			if answer := reply(buffer[:n]); answer != nil {
				conn.WriteTo(answer, from)
			}
		}
	}()
	t.Cleanup(func() { conn.Close(); <-done })
	return conn.LocalAddr().String()
}

// localTime is a clock that stands still, and not where the machine's does.
var localTime = time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC)

func now() time.Time { return localTime }

func TestQueryNTP(t *testing.T) {
	for _, ahead := range []time.Duration{0, 120 * time.Second, -120 * time.Second, 400 * 24 * time.Hour} {
		server := serve(t, func(query []byte) []byte { return healthy.answer(query, localTime.Add(-ahead)) })
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
	server := serve(t, func(query []byte) []byte { return healthy.answer(query, time.Now().Add(120*time.Second)) })
	got, err := QueryNTP(t.Context(), server, Options{})
	if err != nil || (got.Offset+120*time.Second).Abs() > 5*time.Second {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestQueryNTPFaults(t *testing.T) {
	change := func(f func(*packet)) func([]byte) []byte {
		p := healthy
		f(&p)
		return func(query []byte) []byte { return p.answer(query, localTime) }
	}
	text := func(s string) func([]byte) []byte { return func([]byte) []byte { return []byte(s) } }
	for name, tt := range map[string]struct {
		reply    func([]byte) []byte
		reason   string
		evidence map[string]any
	}{
		"kiss of death":     {change(func(p *packet) { p.stratum, p.referenceID, p.leap = 0, "RATE", 3 }), KissOfDeath, map[string]any{"stratum": 0, "kiss_code": "RATE"}},
		"kiss unprintable":  {change(func(p *packet) { p.stratum, p.referenceID = 0, "\x1b[1m" }), KissOfDeath, map[string]any{"stratum": 0}},
		"stratum 16":        {change(func(p *packet) { p.stratum = 16 }), Unsynchronized, map[string]any{"stratum": 16}},
		"leap says unknown": {change(func(p *packet) { p.leap = 3 }), Unsynchronized, map[string]any{"stratum": 2}},
		"not set for days":  {change(func(p *packet) { p.age = 72 * time.Hour }), Unsynchronized, map[string]any{"stratum": 2}},
		"far from a clock":  {change(func(p *packet) { p.rootDispersion = 20 * time.Second }), Unsynchronized, map[string]any{"stratum": 2}},
		"set in the future": {change(func(p *packet) { p.age = -time.Hour }), Implausible, map[string]any{"stratum": 2}},
		"another's answer":  {change(func(p *packet) { p.origin = make([]byte, 8) }), Malformed, nil},
		"a question":        {change(func(p *packet) { p.mode = 3 }), Malformed, nil},
		"garbage":           {text(strings.Repeat("garbage ", 6)), Malformed, nil},
		"too short":         {text("no"), Malformed, nil},
		"nothing in it":     {text(""), Malformed, nil},
		"too long":          {text(strings.Repeat("x", 2000)), Malformed, nil},
		"silence":           {func([]byte) []byte { return nil }, Timeout, nil},
	} {
		t.Run(name, func(t *testing.T) {
			server := serve(t, tt.reply)
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			begin := time.Now()
			got, err := QueryNTP(ctx, server, Options{Now: now})
			if took := time.Since(begin); took > 2*time.Second {
				t.Errorf("took %v", took)
			}
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
	server := serve(t, func([]byte) []byte { return nil })
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	begin := time.Now()
	got, err := QueryNTP(ctx, server, Options{Now: now})
	check(t, got, err, server, Canceled, nil)
	if took := time.Since(begin); !errors.Is(err, context.Canceled) || took > 2*time.Second {
		t.Errorf("took %v: %v", took, err)
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
				ours, theirs := net.Pipe()
				go func() { io.Copy(io.Discard, theirs); theirs.Close() }()
				return ours, nil
			}})
			check(t, got, err, "ntp.example", Timeout, nil)
			if took := time.Since(begin); took != want {
				t.Errorf("took %v, want %v", took, want)
			}
		})
	}
}
