package checks

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"math"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/clock"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/testkit"
	"github.com/nsauth/nsauth/netsuite"
)

const netsuiteHost = "1234567.suitetalk.api.netsuite.com"

// said is a survey of servers "a", "b", ... each an offset in seconds or a fault.
func said(answers ...any) clock.Survey {
	var s clock.Survey
	for i, a := range answers {
		name := string(rune('a' + i))
		switch a := a.(type) {
		case int:
			s = append(s, clock.Answer{Server: name,
				Reading: clock.Reading{Offset: time.Duration(a) * time.Second, Uncertainty: 10 * time.Millisecond, Source: name}})
		case string:
			s = append(s, clock.Answer{Server: name, Fault: &clock.Fault{Kind: clock.Unmeasured, Reason: a}})
		}
	}
	return s
}

func TestJudgeClock(t *testing.T) {
	date := func(offset, uncertainty time.Duration) *clock.Reading {
		return &clock.Reading{Offset: offset, Uncertainty: uncertainty, Source: netsuiteHost}
	}
	const second = time.Second
	for _, tt := range []struct {
		name   string
		date   *clock.Reading
		ntp    clock.Survey
		want   string // code/reason of each finding
		status finding.Status
		offset any // seconds; nil for null
		by     any // the source
		ntpOff any
	}{
		{"both fine", date(200*time.Millisecond, second), said(0, 0, 1), "", finding.Pass, 0.2, netsuiteHost, 0.0},
		{"Date only", date(0, second), nil, "", finding.Pass, 0.0, netsuiteHost, nil},
		{"Date, and UDP blocked", date(0, second), said("timeout", "timeout", "dns"), "", finding.Pass, 0.0, netsuiteHost, nil},
		{"NTP only", nil, said(3), "", finding.Pass, 3.0, "a", 3.0},
		{"NTP only, some dropped", nil, said("kiss-of-death", 3, "unsynchronized", 3), "", finding.Pass, 3.0, "b, d", 3.0},
		{"nothing", nil, nil, "clock.unmeasured/not-asked", finding.Unknown, nil, nil, nil},
		{"nobody answers", nil, said("timeout", "timeout"), "clock.unmeasured", finding.Unknown, nil, nil, nil},
		{"all sent away", nil, said("kiss-of-death", "unsynchronized", "malformed"), "clock.unmeasured", finding.Unknown, nil, nil, nil},
		{"two contradict, no Date", nil, said(0, 120), "clock.unmeasured/ntp-servers", finding.Unknown, nil, nil, nil},
		{"two contradict", date(0, second), said(0, 120), "clock.sources-disagree/ntp-servers", finding.Warn, 0.0, netsuiteHost, nil},
		{"three contradict", date(0, second), said(0, 60, 120), "clock.sources-disagree/ntp-servers", finding.Warn, 0.0, netsuiteHost, nil},
		{"one of three is outvoted", date(0, second), said(0, 120, 0), "", finding.Pass, 0.0, netsuiteHost, 0.0},
		{"one of three is outvoted, no Date", nil, said(0, 0, -120), "", finding.Pass, 0.0, "a, b, c", 0.0},
		{"NTP says otherwise", date(0, second), said(120), "clock.sources-disagree", finding.Warn, 0.0, netsuiteHost, 120.0},
		{"the majority says otherwise", date(0, second), said(0, -120, -120), "clock.sources-disagree", finding.Warn, 0.0, netsuiteHost, -120.0},
		{"five seconds beyond both uncertainties", date(0, second), said(6), "", finding.Pass, 0.0, netsuiteHost, 6.0},
		{"and more", date(0, 900*time.Millisecond), said(6), "clock.sources-disagree", finding.Warn, 0.0, netsuiteHost, 6.0},
		{"a slow answer is no contradiction", date(4*second, 8*second), said(15), "", finding.Pass, 4.0, netsuiteHost, 15.0},
		{"ahead", date(62*second, second), nil, "clock.skewed/ahead", finding.Warn, 62.0, netsuiteHost, nil},
		{"ahead by both", date(120*second, second), said(120), "clock.skewed/ahead", finding.Warn, 120.0, netsuiteHost, 120.0},
		{"ahead, perhaps", date(61*second, second), nil, "", finding.Pass, 61.0, netsuiteHost, nil},
		{"behind", date(-120*second, second), nil, "clock.skewed/behind", finding.Warn, -120.0, netsuiteHost, nil},
		{"behind the assertion's life", date(-301*second, second), nil, "clock.skewed/assertion-expired", finding.Fail, -301.0, netsuiteHost, nil},
		{"just not", date(-300*second, second), nil, "clock.skewed/behind", finding.Warn, -300.0, netsuiteHost, nil},
		{"behind by NTP alone is not NetSuite's clock", nil, said(-3600), "clock.skewed/behind", finding.Warn, -3600.0, "a", -3600.0},
		{"A1: ahead, and right by NTP", date(90*second, second), said(0), "clock.skewed/not-by-ntp clock.sources-disagree", finding.Warn, 90.0, netsuiteHost, 0.0},
		{"A1: 20 min behind, and right by NTP", date(-1200*second, second), said(0, 0, 0), "clock.skewed/not-by-ntp clock.sources-disagree", finding.Warn, -1200.0, netsuiteHost, 0.0},
		{"A1: 20 min behind, and 2 min by NTP", date(-1200*second, second), said(-120), "clock.skewed/not-by-ntp clock.sources-disagree", finding.Warn, -1200.0, netsuiteHost, -120.0},
		{"A1: 20 min behind, one NTP server of two says right", date(-1200*second, second), said(-1200, 0), "clock.skewed/not-by-ntp clock.sources-disagree/ntp-servers", finding.Warn, -1200.0, netsuiteHost, nil},
		{"A1: 20 min behind, by both", date(-1200*second, second), said(-1200), "clock.skewed/assertion-expired", finding.Fail, -1200.0, netsuiteHost, -1200.0},
		{"A1: 20 min behind, no UDP", date(-1200*second, second), said("timeout"), "clock.skewed/assertion-expired", finding.Fail, -1200.0, netsuiteHost, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := comparison{date: tt.date, ntp: tt.ntp, left: 300 * second}.judge()
			var got []string
			for _, f := range o.findings {
				code := string(f.Code)
				if reason, ok := f.Evidence["reason"].(string); ok {
					code += "/" + reason
				}
				got = append(got, code)
				if strings.Contains(f.Message, "unknown") || strings.ContainsAny(f.Message, "{}[]") {
					t.Errorf("message %q", f.Message)
				}
			}
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("findings %q, want %q", s, tt.want)
			}
			if s := finding.StatusOf(o.findings); s != tt.status {
				t.Errorf("status %s, want %s", s, tt.status)
			}
			facts := o.facts.(finding.ClockFacts)
			if d := cmp.Diff([]any{tt.offset, tt.by, tt.ntpOff}, []any{deref(facts.OffsetSeconds), deref(facts.Source), deref(facts.NTPOffsetSeconds)}); d != "" {
				t.Error(d)
			}
			if len(facts.NTPServers) != len(tt.ntp) {
				t.Errorf("%d servers in the facts, want %d", len(facts.NTPServers), len(tt.ntp))
			}
			for i, s := range facts.NTPServers {
				if a := tt.ntp[i]; s.Server != a.Server || (s.Fault == nil) != (a.Fault == nil) || (s.OffsetSeconds == nil) != (a.Fault != nil) {
					t.Errorf("server %+v for %+v", s, a)
				}
			}
		})
	}
}

func deref[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

func TestClockMessages(t *testing.T) {
	d := clock.Reading{Offset: 500 * time.Millisecond, Uncertainty: 500 * time.Millisecond, Source: netsuiteHost}
	for _, tt := range []struct {
		c    comparison
		want string
	}{
		{comparison{ntp: said(0, "timeout", 120)}, "the NTP servers contradict each other (a, b, c: in sync within 0.1 s, timeout, 2 min 0 s ahead), and no answer showed NetSuite's clock"},
		{comparison{ntp: said("timeout", "dns")}, "no time source answered, so this machine's clock was not compared (NTP servers asked: a, b; answers: timeout, dns)"},
		{comparison{}, "this machine's clock was not compared with another one"},
		{comparison{date: &d, ntp: said(0, -120)}, "the NTP servers contradict each other (a, b: in sync within 0.1 s, 2 min 0 s behind); this machine's clock is in sync within 1 s by the clock of " + netsuiteHost},
		{comparison{date: &d, ntp: said(-120, -120)}, "this machine's clock is in sync within 1 s by the clock of " + netsuiteHost + ", but 2 min 0 s behind by NTP (a, b)"},
	} {
		if got := tt.c.judge().findings[0].Message; got != tt.want {
			t.Errorf("%q\nwant %q", got, tt.want)
		}
	}
	for _, tt := range []struct {
		c    comparison
		want string
	}{
		{comparison{date: &d, ntp: said(0)}, "in sync with " + netsuiteHost + " (within 1 s), in sync with NTP (within 0.1 s)"},
		{comparison{date: &d, ntp: said(0, 120)}, "in sync with " + netsuiteHost + " (within 1 s)"},
		{comparison{ntp: said(-3)}, "3.0 s behind a"},
	} {
		if got := tt.c.judge().summary; got != tt.want {
			t.Errorf("summary %q, want %q", got, tt.want)
		}
	}
}

// clockRow is the table's own row.
func clockRow() check {
	rows := table()
	return rows[slices.IndexFunc(rows, func(c check) bool { return c.id == finding.CheckClock })]
}

// clockRun is a run of the clock check after a network check that takes its time.
func clockRun(t *testing.T, servers []string, network func(context.Context) outcome) (Job, []check) {
	t.Helper()
	p, err := profile.Resolve(profile.Input{Flags: map[string][]string{"account": {"1234567"}, "ntp-server": servers}})
	if err != nil {
		t.Fatal(err)
	}
	job := Job{Profile: p, World: host.World{Now: time.Now, Dial: dialNTP}}
	return job, []check{
		{id: finding.CheckAssertion, run: says("")},
		{id: finding.CheckNetwork, online: true, run: func(ctx context.Context, _ *inputs) outcome { return network(ctx) }},
		clockRow(),
	}
}

// dialNTP dials, in memory, the servers whose names say what they are.
func dialNTP(_ context.Context, network, address string) (net.Conn, error) {
	replies := map[string]testkit.NTPReply{
		"right.example:123": testkit.RightNTP(time.Now, 0), "off.example:123": testkit.RightNTP(time.Now, 120*time.Second),
		"silent.example:123": testkit.SilentNTP, "kiss.example:123": testkit.KissOfDeath(time.Now),
		"unsynchronized.example:123": testkit.UnsynchronizedNTP(time.Now), "garbage.example:123": testkit.GarbageNTP,
	}
	if reply, ok := replies[address]; ok && network == "udp" {
		return testkit.PipeNTP(reply), nil
	}
	return nil, fmt.Errorf("no server %s over %s", address, network)
}

// answersAfter is a network check whose answer has a Date and takes d.
func answersAfter(d time.Duration) func(context.Context) outcome {
	return func(ctx context.Context) outcome {
		sent := time.Now()
		select {
		case <-time.After(d):
		case <-ctx.Done():
			return outcome{}
		}
		return outcome{product: &netsuite.Answer{URL: "https://" + netsuiteHost + "/", Sent: sent, Received: time.Now(),
			Header: http.Header{"Date": {time.Now().UTC().Format(http.TimeFormat)}}}}
	}
}

// fails is a network check without an answer, after d.
func failsAfter(d time.Duration) func(context.Context) outcome {
	return func(context.Context) outcome { time.Sleep(d); return outcome{} }
}

func TestNTPIsAskedBesideTheNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := make(chan bool)
		// The network answers once the time server was asked: one after the other
		// they would never end.
		job, rows := clockRun(t, []string{"right.example"}, func(ctx context.Context) outcome {
			<-asked
			return answersAfter(0)(ctx)
		})
		job.World.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			close(asked)
			return dialNTP(ctx, network, address)
		}
		facts := run(t.Context(), rows, job)[2].Facts.(finding.ClockFacts)
		if *facts.Source != netsuiteHost || facts.NTPOffsetSeconds == nil {
			t.Errorf("%+v", facts)
		}
	})
}

// How long the clock check takes: as long as the network, and no longer than the
// patience after it; without a Date as long as the time servers may take.
func TestClockWaits(t *testing.T) {
	const ms = time.Millisecond
	for _, tt := range []struct {
		name    string
		servers []string
		network func(context.Context) outcome
		want    time.Duration
		source  any
		faults  []string
	}{
		{"all at once", []string{"right.example"}, answersAfter(0), 0, netsuiteHost, []string{""}},
		{"NTP was faster", []string{"right.example", "off.example"}, answersAfter(500 * ms), 500 * ms, netsuiteHost, []string{"", ""}},
		{"silent, and Date at once", []string{"silent.example", "right.example"}, answersAfter(0), ntpGrace, netsuiteHost, []string{"timeout", ""}},
		{"silent, and Date late", []string{"silent.example"}, answersAfter(2 * time.Second), 2*time.Second + ntpGrace, netsuiteHost, []string{"timeout"}},
		{"silent, and Date later than the limit", []string{"silent.example"}, answersAfter(5 * time.Second), 5 * time.Second, netsuiteHost, []string{"timeout"}},
		{"no Date", []string{"right.example", "kiss.example"}, failsAfter(0), 0, "right.example", []string{"", "kiss-of-death"}},
		{"no Date, one silent", []string{"silent.example", "right.example"}, failsAfter(time.Second), ntpLimit, "right.example", []string{"timeout", ""}},
		{"no Date, all silent", []string{"silent.example", "silent.example:123"}, failsAfter(0), ntpLimit, nil, []string{"timeout", "timeout"}},
		{"no server of that name", []string{"nosuch.example"}, answersAfter(0), 0, netsuiteHost, []string{"unreachable"}},
		{"all kinds", []string{"unsynchronized.example", "garbage.example", "off.example"}, failsAfter(0), 0, "off.example",
			[]string{"unsynchronized", "malformed", ""}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				job, rows := clockRun(t, tt.servers, tt.network)
				open := countOpen(&job)
				facts := run(t.Context(), rows, job)[2].Facts.(finding.ClockFacts)
				if took := time.Since(began); took != tt.want {
					t.Errorf("took %v, want %v", took, tt.want)
				}
				if got := deref(facts.Source); got != tt.source {
					t.Errorf("source %v, want %v", got, tt.source)
				}
				var faults []string
				for _, s := range facts.NTPServers {
					f, _ := deref(s.Fault).(string)
					faults = append(faults, f)
				}
				if d := cmp.Diff(tt.faults, faults); d != "" {
					t.Error(d)
				}
				if synctest.Wait(); open.Load() > 0 {
					t.Errorf("%d queries outlive the run", open.Load())
				}
			})
		})
	}
}

// The end of the run ends the queries, whatever the clock check was waiting for.
func TestClockEndsWithTheRun(t *testing.T) {
	for _, tt := range []struct {
		name    string
		network func(context.Context) outcome
		end     func(context.Context) (context.Context, context.CancelFunc)
		status  finding.Status
		after   time.Duration
	}{
		{"interrupted while the network is busy", answersAfter(time.Minute), cancelAfter(time.Second), finding.Skip, time.Second},
		{"interrupted while NTP is silent", failsAfter(0), cancelAfter(time.Second), finding.Skip, time.Second},
		{"timed out while the network is busy", answersAfter(time.Minute), timeoutAfter(time.Second), finding.Unknown, time.Second},
		{"timed out while NTP is silent", failsAfter(0), timeoutAfter(time.Second), finding.Unknown, time.Second},
		{"over before it began", answersAfter(0), timeoutAfter(0), finding.Unknown, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := tt.end(t.Context())
				defer cancel()
				job, rows := clockRun(t, []string{"silent.example"}, tt.network)
				open, began := countOpen(&job), time.Now()
				r := run(ctx, rows, job)[2]
				if r.Status != tt.status {
					t.Errorf("%s: %v", r.Status, r.Findings)
				}
				if took := time.Since(began); took != tt.after {
					t.Errorf("took %v, want %v", took, tt.after)
				}
				if synctest.Wait(); open.Load() > 0 {
					t.Errorf("%d queries outlive the run", open.Load())
				}
			})
		})
	}
}

// countOpen counts the connections of a job that are open.
func countOpen(job *Job) *atomic.Int32 {
	var open atomic.Int32
	dial := job.World.Dial
	job.World.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		open.Add(1)
		return closing{conn, func() { open.Add(-1) }}, nil
	}
	return &open
}

func cancelAfter(d time.Duration) func(context.Context) (context.Context, context.CancelFunc) {
	return func(ctx context.Context) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancel(ctx)
		time.AfterFunc(d, cancel)
		return ctx, cancel
	}
}

func timeoutAfter(d time.Duration) func(context.Context) (context.Context, context.CancelFunc) {
	return func(ctx context.Context) (context.Context, context.CancelFunc) { return context.WithTimeout(ctx, d) }
}

func TestWhenNobodyIsAsked(t *testing.T) {
	for name, change := range map[string]func(*Job){
		"offline":          func(j *Job) { j.Select.Offline = true },
		"skipped":          func(j *Job) { j.Select.Skip = []finding.CheckID{finding.CheckClock} },
		"not selected":     func(j *Job) { j.Select.Only = []finding.CheckID{finding.CheckNetwork} },
		"a command's own":  func(j *Job) { j.Seed = &Seed{} },
		"a world of files": func(j *Job) { j.World.Dial = unsupported },
		"too late":         nil, // the run is over before it began
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				job, rows := clockRun(t, []string{"right.example", "off.example"}, answersAfter(0))
				var mu sync.Mutex
				var dialled []string
				job.World.Dial = func(_ context.Context, _, address string) (net.Conn, error) {
					mu.Lock()
					defer mu.Unlock()
					dialled = append(dialled, address)
					return nil, errors.New("not here")
				}
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if cancel(); change != nil {
					ctx = t.Context()
					change(&job)
				}
				r := run(ctx, rows, job)[2]
				if len(dialled) > 0 {
					t.Errorf("dialled %v", dialled)
				}
				if facts, ok := r.Facts.(finding.ClockFacts); ok && (facts.NTPServers != nil || facts.NTPOffsetSeconds != nil || r.Status != finding.Pass) {
					t.Errorf("%s: %+v", r.Status, facts)
				}
			})
		})
	}
}

func unsupported(context.Context, string, string) (net.Conn, error) {
	return nil, fmt.Errorf("no UDP: %w", errors.ErrUnsupported)
}

// How much too late is too late depends on the assertion that is sent: another
// program's may have less time left than ours.
func TestClockAndTheAssertionsEnd(t *testing.T) {
	now := time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
	assertion := func(exp time.Time) outcome {
		text := base64.RawURLEncoding.EncodeToString
		a, err := jwtgen.Parse(text([]byte(`{"alg":"PS256"}`)) + "." + text(fmt.Appendf(nil, `{"iat":%d,"exp":%d}`, now.Unix()-600, exp.Unix())) + "." + text([]byte("signature")))
		if err != nil {
			t.Fatal(err)
		}
		return outcome{product: a}
	}
	for _, tt := range []struct {
		name   string
		left   time.Duration
		behind time.Duration
		want   any
	}{
		{"time enough", 300 * time.Second, 100 * time.Second, "behind"},
		{"too little", 90 * time.Second, 100 * time.Second, "assertion-expired"},
		{"none by either clock: that is said elsewhere", -time.Second, 100 * time.Second, "behind"},
		{"a long one", time.Hour, 1000 * time.Second, "behind"},
		{"in order", 30 * time.Second, 0, nil},
	} {
		job, rows := clockRun(t, []string{"nosuch.example"}, func(context.Context) outcome {
			return outcome{product: &netsuite.Answer{URL: "https://" + netsuiteHost + "/", Sent: now, Received: now,
				Header: http.Header{"Date": {now.Add(tt.behind).Format(http.TimeFormat)}}}}
		})
		job.World.Now = func() time.Time { return now }
		rows[0].run = func(context.Context, *inputs) outcome { return assertion(now.Add(tt.left)) }
		var got any
		for _, f := range run(t.Context(), rows, job)[2].Findings {
			got = f.Evidence["reason"]
		}
		if got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// Behind a proxy the time servers are asked directly, and no answer is no finding.
func TestNTPGoesPastTheProxy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		job, rows := clockRun(t, []string{"right.example", "nosuch.example"}, answersAfter(0))
		job.World.LookupEnv = func(name string) (string, bool) { return "http://proxy.example:3128", true }
		r := run(t.Context(), rows, job)[2]
		facts := r.Facts.(finding.ClockFacts)
		if r.Status != finding.Pass || len(r.Findings) > 0 || facts.NTPOffsetSeconds == nil || *facts.NTPServers[1].Fault != clock.Unreachable {
			t.Errorf("%s: %v, %+v", r.Status, r.Findings, facts)
		}
	})
}

func TestAPanicWhileAskingIsTheClocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		job, rows := clockRun(t, []string{"right.example"}, answersAfter(0))
		job.World.Dial = func(context.Context, string, string) (net.Conn, error) { panic("a fault of ours") }
		results := run(t.Context(), rows, job)
		if got := statuses(results); !slices.Equal(got, []finding.Status{"pass", "pass", "unknown"}) || results[2].Findings[0].Code != "internal.panic" {
			t.Errorf("%v: %v", got, results[2].Findings)
		}
	})
}

// The same over real sockets.
func TestClockByUDP(t *testing.T) {
	right, off := testkit.ServeNTP(t, testkit.RightNTP(time.Now, 0)), testkit.ServeNTP(t, testkit.RightNTP(time.Now, 120*time.Second))
	kiss := testkit.ServeNTP(t, testkit.KissOfDeath(time.Now))
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	for _, tt := range []struct {
		servers []string
		network func(context.Context) outcome
		want    []finding.Code
	}{
		{[]string{right}, answersAfter(0), nil},
		{[]string{right, kiss}, failsAfter(0), nil},
		{[]string{off}, answersAfter(0), []finding.Code{"clock.sources-disagree"}},
		{[]string{off}, failsAfter(0), []finding.Code{"clock.skewed"}},
		{[]string{off, right}, answersAfter(0), []finding.Code{"clock.sources-disagree"}},
		{[]string{off, right}, failsAfter(0), []finding.Code{"clock.unmeasured"}},
		{[]string{kiss}, failsAfter(0), []finding.Code{"clock.unmeasured"}},
		{[]string{kiss}, answersAfter(0), nil},
	} {
		// The network waits for the time servers, so that no machine is too slow for
		// the patience that they get.
		var asked sync.WaitGroup
		asked.Add(len(tt.servers))
		job, rows := clockRun(t, tt.servers, func(ctx context.Context) outcome { asked.Wait(); return tt.network(ctx) })
		job.World.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, address)
			return closing{conn, asked.Done}, err
		}
		r := run(t.Context(), rows, job)[2]
		var got []finding.Code
		for _, f := range r.Findings {
			got = append(got, f.Code)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%v: %v, %+v", tt.servers, got, r.Facts)
		}
	}
}

// closing says when a connection is closed.
type closing struct {
	net.Conn
	closed func()
}

func (c closing) Close() error { defer c.closed(); return c.Conn.Close() }

// Both clocks are shown with every finding about time, and with no other.
func TestShowClocks(t *testing.T) {
	local := time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
	results := func(facts any) []finding.Result {
		var rs []finding.Result
		for _, e := range catalog.All() {
			rs = append(rs, finding.Result{ID: e.Owner, Findings: []finding.Finding{
				catalog.New(e.Code, finding.Evidence{"path": "cert.pem"}).With(finding.Info)}})
			for _, reason := range slices.Sorted(maps.Keys(e.Variants)) {
				rs = append(rs, finding.Result{ID: e.Owner, Findings: []finding.Finding{catalog.New(e.Code, finding.Evidence{"reason": reason})}})
			}
		}
		return append(rs, finding.Result{ID: finding.CheckClock, Facts: facts})
	}
	ninety, source := 90.0, netsuiteHost
	measured := finding.ClockFacts{OffsetSeconds: &ninety, Source: &source}
	const here, there = "2026-11-23T15:00:00Z", "2026-11-23T14:58:30Z"
	for name, facts := range map[string]any{"measured": measured, "unmeasured": finding.ClockFacts{}, "skipped": nil} {
		before, after := results(facts), addClocks(results(facts), local)
		for i, r := range after {
			for j, f := range r.Findings {
				was := before[i].Findings[j]
				if !dependsOnTime(f) {
					if d := cmp.Diff(was, f); d != "" {
						t.Errorf("%s: %s is not about time:\n%s", name, f.Code, d)
					}
					continue
				}
				if f.Code != was.Code || f.Severity != was.Severity || f.Evidence["path"] != was.Evidence["path"] {
					t.Errorf("%s: %+v was %+v", name, f, was)
				}
				if f.Evidence["local_time"] != here || !strings.Contains(f.Message, "2026-11-23 15:00:00 UTC") {
					t.Errorf("%s: %s: %q, %v", name, f.Code, f.Message, f.Evidence)
				}
				if name != "measured" {
					if _, ok := f.Evidence["reference_time"]; ok || strings.Contains(f.Message, ", 2026") {
						t.Errorf("%s: %s: %q, %v", name, f.Code, f.Message, f.Evidence)
					}
					continue
				}
				if f.Evidence["reference_time"] != there || f.Evidence["reference_source"] != netsuiteHost {
					t.Errorf("%s: %v", f.Code, f.Evidence)
				}
				if f.Code != "clock.unmeasured" && !strings.Contains(f.Message, ", 2026-11-23 14:58:30 UTC") {
					t.Errorf("%s: %q", f.Code, f.Message)
				}
			}
		}
	}
	for _, e := range catalog.All() {
		if strings.Contains(e.Message, "{local_time}") != slices.Contains(timeDependent, e.Code) {
			t.Errorf("%s: about time %v, message %q", e.Code, slices.Contains(timeDependent, e.Code), e.Message)
		}
	}
}

func TestDescribeOffset(t *testing.T) {
	for _, tt := range []struct {
		offset, uncertainty time.Duration
		want                string
	}{
		{0, 0, "in sync within 0.1 s"},
		{40 * time.Millisecond, 10 * time.Millisecond, "in sync within 0.1 s"},
		{500 * time.Millisecond, 510 * time.Millisecond, "in sync within 2 s"},
		{-400 * time.Millisecond, 500 * time.Millisecond, "in sync within 1 s"},
		{time.Second, 10 * time.Millisecond, "1.0 s ahead"},
		{-90500 * time.Millisecond, time.Second, "90 s behind"},
		{-20 * time.Minute, time.Second, "20 min 0 s behind"},
		{7*time.Hour + 30*time.Minute, time.Second, "7 h 30 min ahead"},
		{-14689 * time.Hour, time.Second, "612 days behind"},
		{math.MinInt64 + 1, 0, "106751 days behind"},
	} {
		if got := describeOffset(clock.Reading{Offset: tt.offset, Uncertainty: tt.uncertainty}, ""); got != tt.want {
			t.Errorf("%v ± %v: %q, want %q", tt.offset, tt.uncertainty, got, tt.want)
		}
	}
}
