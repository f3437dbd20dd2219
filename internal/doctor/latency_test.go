package doctor

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
)

// roundTrip is the emulated latency of the benchmark.
const roundTrip = 80 * time.Millisecond

// criticalPath counts the round trips that have to follow one another: connect,
// TLS, the unsigned request, the token; then beside each other the two API calls,
// and connect, TLS and list on the certificates' own host.
const criticalPath = 4 + max(2, 3)

// BenchmarkLatency runs the doctor against the emulator over connections on which
// a round trip takes 80 ms, and reports its time as a multiple of the critical
// path. The goal is 1.15.
func BenchmarkLatency(b *testing.B) {
	_, server, p := actOut(b, "administrator-role", nil)
	w := host.World{
		Now:        time.Now,
		LookupEnv:  func(string) (string, bool) { return "", false },
		LookupHost: func(context.Context, string) ([]string, error) { return []string{"127.0.0.1"}, nil },
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			if network == "udp" {
				return nil, fmt.Errorf("no time server here")
			}
			c, err := new(net.Dialer).DialContext(ctx, network, server.Addr())
			if err != nil {
				return nil, err
			}
			time.Sleep(roundTrip)
			return distant(c), nil
		},
	}
	var took time.Duration
	for b.Loop() {
		started := time.Now()
		r, err := Examine(b.Context(), w, p, Request{Command: "doctor", Pair: pairOf(p)})
		if err != nil || r.ExitCode != finding.ExitOK || r.Summary.Fail+r.Summary.Unknown+r.Summary.Skip > 0 {
			b.Fatalf("%v, %+v", err, r)
		}
		took += time.Since(started)
	}
	each := took / time.Duration(b.N)
	b.ReportMetric(float64(each.Milliseconds()), "ms/run")
	b.ReportMetric(float64(each)/float64(criticalPath*roundTrip), "x/critical-path")
}

// distant delays what goes over c by half a round trip each way.
func distant(c net.Conn) net.Conn {
	near, far := net.Pipe()
	go late(c, far)
	go late(far, c)
	return near
}

// late copies from one end to the other, each piece half a round trip later.
func late(to, from net.Conn) {
	type piece struct {
		due  time.Time
		data []byte
	}
	queue := make(chan piece, 1024)
	var once sync.Once
	done := func() { once.Do(func() { to.Close(); from.Close() }) }
	go func() {
		defer done()
		for p := range queue {
			time.Sleep(time.Until(p.due))
			if _, err := to.Write(p.data); err != nil {
				done()
				for range queue { // the other side must not be left with a full queue
				}
				return
			}
		}
	}()
	defer close(queue)
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			queue <- piece{time.Now().Add(roundTrip / 2), append([]byte(nil), buffer[:n]...)}
		}
		if err != nil {
			return
		}
	}
}
