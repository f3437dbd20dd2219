package clock

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nsauth/nsauth/internal/testkit"
)

// The servers of the tests, by the name that says what is wrong with them.
func replies() map[string]testkit.NTPReply {
	return map[string]testkit.NTPReply{
		"right": testkit.RightNTP(now, 0), "right-too": testkit.RightNTP(now, time.Millisecond),
		"right-again": testkit.RightNTP(now, -time.Millisecond),
		"off-by-120":  testkit.RightNTP(now, 120*time.Second), "off-by-minus-120": testkit.RightNTP(now, -120*time.Second),
		"kiss-of-death": testkit.KissOfDeath(now), "stratum-16": testkit.UnsynchronizedNTP(now),
		"garbage": testkit.GarbageNTP, "silent": testkit.SilentNTP,
	}
}

func TestAsk(t *testing.T) {
	second := time.Second
	for _, tt := range []struct {
		servers string
		offset  time.Duration // of the median; -1 for none
		width   time.Duration // the most that its uncertainty may be
		agree   bool
		dropped string // server=reason of those without a reading
	}{
		{"right", 0, second, true, ""},
		{"off-by-120", 120 * second, second, true, ""},
		{"right right-too right-again", 0, second, true, ""},
		{"right right-too off-by-120", 0, second, true, ""},
		{"off-by-120 right right-too", 0, second, true, ""},
		{"off-by-minus-120 right off-by-120 right-too right-again", 0, second, true, ""},
		{"off-by-minus-120 right off-by-120", 0, second, false, ""},
		{"right off-by-120", 60 * second, 61 * second, false, ""},
		{"right right-too off-by-120 off-by-minus-120", 0, second, false, ""},
		{"right right right off-by-120 off-by-120", 60 * second, 61 * second, false, ""}, // one vote each
		{"right kiss-of-death stratum-16 garbage", 0, second, true,
			"kiss-of-death=kiss-of-death stratum-16=unsynchronized garbage=malformed"},
		{"kiss-of-death off-by-120 stratum-16 off-by-120", 120 * second, second, true,
			"kiss-of-death=kiss-of-death stratum-16=unsynchronized"},
		{"kiss-of-death stratum-16 garbage", -1, 0, false,
			"kiss-of-death=kiss-of-death stratum-16=unsynchronized garbage=malformed"},
		{"right silent", 0, second, true, "silent=timeout"},
		{"silent right off-by-120 right-too", 0, second, true, "silent=timeout"},
		{"silent", -1, 0, false, "silent=timeout"},
		{"silent garbage", -1, 0, false, "silent=timeout garbage=malformed"},
		{"", -1, 0, false, ""},
	} {
		hold := func(t *testing.T, survey Survey) {
			t.Helper()
			var dropped []string
			for _, a := range survey {
				switch {
				case a.Fault != nil && a.Reading != (Reading{}):
					t.Errorf("%s has a reading and a fault", a.Server)
				case a.Fault != nil:
					dropped = append(dropped, a.Server+"="+a.Fault.Reason)
				case a.Reading.Source != a.Server:
					t.Errorf("%s answers as %s", a.Server, a.Reading.Source)
				}
			}
			if got := strings.Join(dropped, " "); got != tt.dropped {
				t.Errorf("dropped %q, want %q", got, tt.dropped)
			}
			got, ok := survey.Median()
			if ok != (tt.offset != -1) || survey.Agree(5*second) != tt.agree {
				t.Errorf("median %v, agree %v", ok, survey.Agree(5*second))
			}
			if ok && ((got.Offset-tt.offset).Abs() > 10*time.Millisecond || got.Uncertainty > tt.width) {
				t.Errorf("median %+v, want %v", got, tt.offset)
			}
		}
		// In memory, by a clock that does not wait.
		t.Run(tt.servers, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				survey := Ask(t.Context(), strings.Fields(tt.servers), 3*second, Options{Now: now, Dial: toServers}).Wait(t.Context())
				hold(t, survey)
				want := time.Duration(0)
				if strings.Contains(tt.servers, "silent") {
					want = 3 * second // and no more, however many are silent
				}
				if took := time.Since(begin); took != want {
					t.Errorf("took %v, want %v", took, want)
				}
			})
		})
		// Over real sockets.
		t.Run(tt.servers+" by UDP", func(t *testing.T) {
			t.Parallel()                 // the silent ones take their time
			names := map[string]string{} // by address
			var addresses []string
			for _, s := range strings.Fields(tt.servers) {
				if i := slices.IndexFunc(addresses, func(a string) bool { return names[a] == s }); i >= 0 {
					addresses = append(addresses, addresses[i])
					continue
				}
				address := testkit.ServeNTP(t, replies()[s])
				names[address] = s
				addresses = append(addresses, address)
			}
			limit := time.Minute // a slow machine is no fault
			if strings.Contains(tt.servers, "silent") {
				limit = second
			}
			survey := Ask(t.Context(), addresses, limit, Options{Now: now}).Wait(t.Context())
			for i, a := range survey {
				survey[i].Server = names[a.Server]
				if a.Fault == nil {
					survey[i].Reading.Source = names[a.Reading.Source]
				}
			}
			hold(t, survey)
		})
	}
}

// toServers dials the servers of replies in memory.
func toServers(_ context.Context, network, address string) (net.Conn, error) {
	name, _, err := net.SplitHostPort(address)
	if reply, ok := replies()[name]; ok && err == nil && network == "udp" {
		return testkit.PipeNTP(reply), nil
	}
	return nil, fmt.Errorf("no server %s over %s", address, network)
}

// Who waits less than the limit gets what is there; a late answer is not lost on
// the way to nobody, and the queries end with their own context.
func TestWaitLessThanTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		slow := func(query []byte) []byte {
			time.Sleep(2 * time.Second)
			return testkit.RightNTP(now, 0)(query)
		}
		q := Ask(ctx, []string{"slow", "right", "silent"}, time.Minute, Options{Now: now,
			Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
				if strings.HasPrefix(address, "slow:") {
					return testkit.PipeNTP(slow), nil
				}
				return toServers(ctx, network, address)
			}})
		patience, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		survey := q.Wait(patience)
		if took := time.Since(begin); took != time.Second {
			t.Errorf("waited %v", took)
		}
		var got []string
		for _, a := range survey {
			reason := "answered"
			if a.Fault != nil {
				reason = a.Fault.Reason
				if !errors.Is(a.Fault, context.DeadlineExceeded) || a.Fault.Evidence["server"] != a.Server {
					t.Errorf("%s: %v, %v", a.Server, a.Fault.Err, a.Fault.Evidence)
				}
			}
			got = append(got, a.Server+" "+reason)
		}
		if d := cmp.Diff([]string{"slow timeout", "right answered", "silent timeout"}, got); d != "" {
			t.Error(d)
		}
		stop()
		time.Sleep(2 * time.Second) // the slow server's own; the bubble ends only when every query has
	})
}

func TestWaitCanceled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		q := Ask(ctx, []string{"silent", "right"}, time.Minute, Options{Now: now, Dial: toServers})
		synctest.Wait()
		cancel()
		survey := q.Wait(ctx)
		if f := survey[0].Fault; f == nil || f.Reason != Canceled || !errors.Is(f, context.Canceled) {
			t.Errorf("silent: %v", f)
		}
		if survey[1].Fault != nil {
			t.Errorf("what had come before is kept: %v", survey[1].Fault)
		}
	})
	var none *Inquiry
	if survey := none.Wait(t.Context()); survey != nil {
		t.Errorf("nobody was asked: %v", survey)
	}
}

// A panic shows where the answers are read, and not as the end of the program.
func TestAskPanics(t *testing.T) {
	defer func() {
		if p := recover(); p != "a fault of ours" {
			t.Errorf("recovered %v", p)
		}
	}()
	Ask(t.Context(), []string{"a", "b"}, time.Minute, Options{Now: now,
		Dial: func(context.Context, string, string) (net.Conn, error) { panic("a fault of ours") }}).Wait(t.Context())
}

// Whatever the others say: if half of the servers or more tell the truth, it is
// within the median's span; and if all of them do, that span is not much wider
// than the widest of theirs.
func TestMedianHoldsTheTruth(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	within := func(d time.Duration) time.Duration { return time.Duration(random.Int64N(2*int64(d)+1)) - d }
	for range 20_000 {
		truth := within(time.Hour)
		n := 1 + random.IntN(7)
		liars := random.IntN(n/2 + 1)
		var s Survey
		var worst time.Duration
		for i := range n {
			r := Reading{Uncertainty: within(time.Second).Abs(), Source: fmt.Sprint(i)}
			if i < liars {
				r.Offset = within(2 * time.Hour)
			} else {
				r.Offset = truth + within(r.Uncertainty)
				worst = max(worst, r.Uncertainty)
			}
			s = append(s, Answer{Server: r.Source, Reading: r})
		}
		random.Shuffle(n, func(i, j int) { s[i], s[j] = s[j], s[i] })
		got, ok := s.Median()
		if !ok || (got.Offset-truth).Abs() > got.Uncertainty+1 {
			t.Fatalf("%d of %d lie, the truth is %v: %+v from %+v", liars, n, truth, got, s)
		}
		if liars == 0 && got.Uncertainty > 2*worst {
			t.Fatalf("all tell the truth within %v: %+v from %+v", worst, got, s)
		}
		if 2*liars < n && !s.Agree(0) {
			t.Fatalf("%d of %d lie and no majority is seen: %+v", liars, n, s)
		}
	}
}

// With equal uncertainties it is the median of the textbook.
func TestMedian(t *testing.T) {
	for _, tt := range []struct {
		offsets []time.Duration
		want    Reading
	}{
		{[]time.Duration{7}, Reading{7, 2, "0"}},
		{[]time.Duration{9, 1, 5}, Reading{5, 2, "0, 1, 2"}},
		{[]time.Duration{9, 1, 5, 100, -100}, Reading{5, 2, "0, 1, 2, 3, 4"}},
		{[]time.Duration{10, 20}, Reading{15, 7, "0, 1"}},
		{[]time.Duration{10, 20, -50, 90}, Reading{15, 7, "0, 1, 2, 3"}},
	} {
		var s Survey
		for i, offset := range tt.offsets {
			s = append(s, Answer{Reading: Reading{Offset: offset, Uncertainty: 2, Source: fmt.Sprint(i)}})
			s = append(s, Answer{Fault: &Fault{Reason: Timeout}}) // has no vote
		}
		if got, ok := s.Median(); !ok || got != tt.want {
			t.Errorf("%v: %+v, want %+v", tt.offsets, got, tt.want)
		}
	}
}

func TestAgree(t *testing.T) {
	for _, tt := range []struct {
		name    string
		offsets []time.Duration
		want    bool
	}{
		{"one", []time.Duration{1000}, true},
		{"two within", []time.Duration{0, 9}, true}, // 5, and 2 for each
		{"two beyond", []time.Duration{0, 10}, false},
		{"two of three", []time.Duration{0, 500, 9}, true},
		{"a chain", []time.Duration{0, 9, 18}, true}, // two of three
		{"two of four", []time.Duration{0, 9, 500, 509}, false},
		{"none", nil, false},
	} {
		var s Survey
		for _, offset := range tt.offsets {
			s = append(s, Answer{Reading: Reading{Offset: offset, Uncertainty: 2}})
		}
		if got := s.Agree(5); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}
