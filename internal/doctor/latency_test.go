package doctor

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/auditor"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
)

// roundTrip is the latency of the benchmark.
const roundTrip = 80 * time.Millisecond

// fewest counts the round trips that no run can do without: TCP, TLS 1.3, the token
// request and a call.
const fewest = 4

// BenchmarkLatency runs the doctor against the emulator through a relay on which a
// round trip takes 80 ms, and reports how many of them a healthy run takes. The goal is
// 5.5: the four, the unsigned request before the token request, and half of one for
// everything else.
func BenchmarkLatency(b *testing.B) {
	_, server, p := actOut(b, "administrator-role", nil)
	w := far(b, server.Addr())
	took, fastest := time.Duration(0), time.Hour
	for b.Loop() {
		started := time.Now()
		r, err := Examine(b.Context(), w, p, Request{Command: "doctor", Pair: pairOf(p)})
		if err != nil || r.ExitCode != finding.ExitOK || r.Summary.Fail+r.Summary.Unknown+r.Summary.Skip > 0 {
			b.Fatalf("%v, %+v", err, r)
		}
		took, fastest = took+time.Since(started), min(fastest, time.Since(started))
	}
	trips := float64(took) / float64(b.N) / float64(roundTrip)
	b.ReportMetric(trips, "roundtrips")
	b.ReportMetric(trips/fewest, "x/fewest")
	b.ReportMetric(float64(fastest)/float64(roundTrip), "roundtrips-fastest") // without what else the machine does
}

// BenchmarkAuditor measures what an auditor adds to a run whose token request is refused, in
// round trips of 80 ms. The goal is two at most.
func BenchmarkAuditor(b *testing.B) {
	without := 0.0
	for _, bm := range []struct{ name, scenario, auditor string }{
		{"none", "integration-disabled", ""},
		{"m2m", "integration-disabled", "auditor"},
		{"tba", "integration-disabled", "auditor-tba"},
		{"m2m-no-entry", "audit-no-entry", "auditor"},
		{"tba-role-from-the-trail", "entity-inactive", "auditor-tba"},
	} {
		b.Run(bm.name, func(b *testing.B) {
			_, server, p := actOut(b, bm.scenario, nil)
			w := far(b, server.Addr())
			took, runs := time.Duration(0), 0
			for b.Loop() {
				r, done := Request{Command: "doctor", Pair: pairOf(p)}, func() {}
				if bm.auditor != "" {
					r.Audit, done = inspector(b, w, p, bm.auditor)
					r.Audit.Application = "nsauth demo"
				}
				started := time.Now()
				report, err := Examine(b.Context(), w, p, r)
				took, runs = took+time.Since(started), runs+1
				done()
				if err != nil || report.ExitCode != finding.ExitFail || bm.auditor != "" && report.Diagnosis.Causes[0].Confidence == finding.Possible {
					b.Fatalf("%v, %v", err, report)
				}
				time.Sleep(auditor.Before + time.Second) // else two entries may be of the next request
			}
			trips := float64(took) / float64(runs) / float64(roundTrip)
			if bm.auditor == "" {
				without = trips
			}
			b.ReportMetric(trips, "roundtrips")
			b.ReportMetric(trips-without, "added")
			b.ReportMetric(trips/without, "x/without")
		})
	}
}

// far is a world where every connection ends at the server, a round trip of 80 ms away.
func far(tb testing.TB, server string) host.World {
	relay := relayTo(tb, server)
	return host.World{
		Now:        time.Now,
		LookupEnv:  func(string) (string, bool) { return "", false },
		LookupHost: func(context.Context, string) ([]string, error) { return []string{"127.0.0.1"}, nil },
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			if network == "udp" {
				return nil, errors.ErrUnsupported
			}
			return new(net.Dialer).DialContext(ctx, network, relay)
		},
	}
}

// relayTo starts a relay that delays what it passes on by half a round trip each way. It
// cannot delay the answer to a SYN, so it holds the first bytes for a whole one.
func relayTo(tb testing.TB, server string) (address string) {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	var running sync.WaitGroup
	ctx, stop := context.WithCancel(context.Background())
	tb.Cleanup(func() { stop(); l.Close(); running.Wait() })
	running.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			connected := time.Now().Add(roundTrip)
			far, err := net.Dial("tcp", server)
			if err != nil {
				near.Close()
				continue
			}
			end := context.AfterFunc(ctx, func() { near.Close(); far.Close() })
			running.Go(func() {
				defer end()
				var both sync.WaitGroup
				both.Go(func() { passOn(far, near, connected) })
				both.Go(func() { passOn(near, far, connected) })
				both.Wait()
			})
		}
	})
	return l.Addr().String()
}

// passOn copies from one end to the other, each piece half a round trip after it came,
// but none sooner than that after from. When one end closes, so does the other.
func passOn(to, from net.Conn, connected time.Time) {
	type piece struct {
		due  time.Time
		data []byte
	}
	queue := make(chan piece, 1024)
	var reading sync.WaitGroup
	reading.Go(func() {
		defer close(queue)
		for buffer := make([]byte, 64<<10); ; {
			n, err := from.Read(buffer)
			sent := time.Now()
			if sent.Before(connected) {
				sent = connected
			}
			queue <- piece{sent.Add(roundTrip / 2), append([]byte(nil), buffer[:n]...)}
			if err != nil {
				return
			}
		}
	})
	var failed error
	for p := range queue {
		time.Sleep(time.Until(p.due))
		if failed == nil {
			_, failed = to.Write(p.data)
		}
		if failed != nil {
			from.Close()
		}
	}
	to.Close()
	reading.Wait()
}
