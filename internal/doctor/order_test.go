package doctor

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/testkit"
)

// The order in which checks finish never changes the answer: look-ups, connections
// and the time servers take as long as they like.
func TestTheOrderOfChecksChangesNothing(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	for row, name := range []string{"wrong-kid", "mapping-missing", "workbook-missing", "scope-not-granted", "clock-behind", "administrator-role"} {
		if testkit.LeftOut(row, 1, 3) {
			continue
		}
		s, server, p := actOut(t, name, nil)
		var want []string
		for i := range testkit.Size(5, 3, 2) {
			delays := make(chan time.Duration, 200)
			for range cap(delays) {
				delays <- time.Duration(random.IntN(20)) * time.Millisecond
			}
			wait := func() {
				select {
				case d := <-delays:
					time.Sleep(d)
				default:
				}
			}
			w := host.World{
				Now:       func() time.Time { return time.Now().Add(s.Client.ClockOffset) },
				LookupEnv: func(string) (string, bool) { wait(); return "", false },
				LookupHost: func(context.Context, string) ([]string, error) {
					wait()
					return []string{"127.0.0.1"}, nil
				},
				Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
					wait()
					if network == "udp" {
						return nil, errors.ErrUnsupported
					}
					return new(net.Dialer).DialContext(ctx, network, server.Addr())
				},
			}
			r, err := Examine(t.Context(), w, p, Request{Command: "doctor", Pair: pairOf(p)})
			if err != nil {
				t.Fatal(err)
			}
			got := inShort(r)
			if i == 0 {
				want = got
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, run %d:\n%s", name, i, diff)
			}
		}
	}
}

// inShort is what a report says, without what differs from run to run.
func inShort(r *finding.Report) []string {
	list := []string{string(r.Outcome)}
	for _, c := range r.Checks {
		line := string(c.ID) + " " + string(c.Status)
		for _, f := range c.Findings {
			line += " " + string(f.Code)
		}
		list = append(list, line)
	}
	if r.Diagnosis != nil {
		for _, c := range r.Diagnosis.Causes {
			line := string(c.Code) + " " + string(c.Confidence)
			if c.ConsequenceOf != nil {
				line += " <- " + string(*c.ConsequenceOf)
			}
			list = append(list, line)
		}
		for _, out := range r.Diagnosis.RuledOut {
			list = append(list, "not "+string(out.Code))
		}
	}
	return list
}
