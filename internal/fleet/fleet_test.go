package fleet

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/doctor"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/formats"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/testkit/manyprofiles"
)

// runOf is a run over all profiles of f in a world without time servers.
func runOf(t testing.TB, f *manyprofiles.Fleet, world func(*cli.World)) *Run {
	t.Helper()
	w := cli.System("nsauth")
	dialer := &net.Dialer{}
	w.LookupEnv = func(string) (string, bool) { return "", false }
	w.EnvNames, w.Git, w.SystemProxy, w.StateDir = nil, nil, nil, ""
	w.Stdout, w.Stderr, w.Stdin = io.Discard, io.Discard, strings.NewReader("")
	w.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if network == "udp" {
			return nil, errors.ErrUnsupported
		}
		return dialer.DialContext(ctx, network, address)
	}
	w.LookupHost = func(context.Context, string) ([]string, error) { return []string{"127.0.0.1"}, nil }
	if world != nil {
		world(&w)
	}
	a := cli.New(w, finding.Tool{Name: "nsauth", Version: "test"}, nil)
	a.ConfigPath = f.Config
	files := profile.NewFiles()
	in := a.Input(nil)
	in.Files = files
	file, err := profile.List(in)
	if err != nil {
		t.Fatal(err)
	}
	names, out, err := Choice{All: true}.Choose(file)
	if err != nil {
		t.Fatal(err)
	}
	return &Run{App: a, World: a.Host(), Names: names, LeftOut: out, Parallel: DefaultParallel, Files: files, Request: doctor.Request{Command: "doctor", Tool: a.Tool}}
}

func namesIn(doc *finding.Reports) (names []string, outcomes []finding.Outcome) {
	for _, r := range doc.Reports {
		names, outcomes = append(names, *r.Profile.Name), append(outcomes, r.Outcome)
	}
	return names, outcomes
}

// What cannot be the same twice: how long something took.
func timeless(t testing.TB, data []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%v\n%.2000s", err, data)
	}
	return v
}

// Profiles that hang, that cannot be resolved, that panic: each has a report in its place, and
// the others are examined.
func TestOneTouchesNoOther(t *testing.T) {
	f := manyprofiles.New(t, 5, 2, nil, nil, "  tba:\n    auth: tba\n  broken:\n    account: ${NOWHERE}\n  slow:\n    account: '1000001'\n    client_id: x\n    key_command: hang\n  stdin:\n    account: '1000001'\n    key: '-'\n")
	before := runtime.NumGoroutine()
	r := runOf(t, f, func(w *cli.World) {
		w.Shell = func(ctx context.Context, _ string, _ io.Writer) error { <-ctx.Done(); return ctx.Err() }
	})
	r.Request.Timeout = 3 * time.Second
	r.Audit = func(_ context.Context, _ *cli.App, p *profile.Profile) (*checks.Audit, func(), error) {
		switch p.Name {
		case "p0003":
			panic("secret in a panic")
		case "p0004":
			return nil, nil, cli.Fail(finding.UsageConfig, "no auditor", "hint")
		}
		return nil, func() {}, nil
	}
	doc := r.Document(t.Context())
	names, outcomes := namesIn(doc)
	if want := append(slices.Clone(f.Names), "broken", "slow", "stdin"); !slices.Equal(names, want) {
		t.Errorf("%v, want %v", names, want)
	}
	for i, want := range []finding.Outcome{"pass", "pass", "pass", "inconclusive", "error", "pass", "pass", "pass", "pass", "pass", "error", "inconclusive", "fail"} {
		if outcomes[i] != want {
			t.Errorf("%s: %s, want %s\n%+v", names[i], outcomes[i], want, doc.Reports[i].Diagnosis)
		}
	}
	if !reflect.DeepEqual(doc.LeftOut, []finding.LeftOut{{Profile: "tba", Reason: "tba"}}) || doc.Outcome != finding.OutcomeFail || doc.ExitCode != 1 {
		t.Errorf("%v, %s, %d", doc.LeftOut, doc.Outcome, doc.ExitCode)
	}
	if want := (finding.OutcomeCounts{Profiles: 13, Pass: 8, Fail: 1, Inconclusive: 2, Error: 2}); doc.Summary != want {
		t.Errorf("%+v", doc.Summary)
	}
	var b bytes.Buffer
	if err := report.JSON(&b, doc); err != nil || strings.Contains(b.String(), "secret in a panic") {
		t.Errorf("%v, or the text of a panic", err)
	}
	for _, where := range []int{3, 10, 11} {
		b.Reset()
		if err := report.JSON(&b, doc.Reports[where]); err != nil {
			t.Fatal(err)
		}
		if _, err := finding.Read(b.Bytes()); err != nil {
			t.Error(err)
		}
	}
	f.Server.Close()
	deadline := time.Now().Add(20 * time.Second)
	for runtime.NumGoroutine() > before && time.Now().Before(deadline) {
		time.Sleep(20 * time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > before {
		buf := make([]byte, 1<<20)
		t.Errorf("%d goroutines, %d before\n%s", n, before, buf[:runtime.Stack(buf, true)])
	}
}

// The document that is written while the run lasts is the one that is written at its end.
func TestStreamIsTheWhole(t *testing.T) {
	f := manyprofiles.New(t, 2, 1, nil, nil, "  broken:\n    account: ${NOWHERE}\n  \"quoted \\\"reports\\\": []\":\n    account: ${NOWHERE}\n  tba:\n    auth: tba\n")
	r := runOf(t, f, nil)
	var stream, whole bytes.Buffer
	exit, err := r.WriteJSON(t.Context(), &stream)
	if err != nil || exit != finding.ExitUsage {
		t.Fatal(exit, err)
	}
	read, err := finding.ReadReports(stream.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if err := report.JSON(&whole, read); err != nil || !bytes.Equal(stream.Bytes(), whole.Bytes()) {
		t.Errorf("%v\n%s\n%s", err, stream.Bytes(), whole.Bytes())
	}
	if len(read.Reports) != 4 || read.Outcome != finding.OutcomeError || read.Summary.Pass != 2 {
		t.Errorf("%+v", read)
	}
	timeless(t, stream.Bytes())
}

// The events of a profile are written before the next one ends, and together they are those of
// the saved run.
func TestEventsOfProfiles(t *testing.T) {
	f := manyprofiles.New(t, 3, 1, nil, nil, "  broken:\n    account: ${NOWHERE}\n")
	for _, parallel := range []int{1, 8} {
		r := runOf(t, f, nil)
		r.Parallel = parallel
		checked := make(chan struct{}) // a check of the first profile is written
		out := &watchedBuffer{until: `"event":"check-finished","profile":"p0000"`, reached: checked}
		stream := formats.NewStream(out)
		r.Told = stream.Tell
		r.Audit = func(ctx context.Context, _ *cli.App, p *profile.Profile) (*checks.Audit, func(), error) {
			if p.Name == f.Names[1] {
				select {
				case <-checked:
				case <-ctx.Done():
					t.Error("no event of the first profile while the second one began")
				}
			}
			return nil, func() {}, nil
		}
		sameAsSaved(t, r.Document(t.Context()), stream, &out.Buffer)
	}
}

// watchedBuffer closes reached when it holds the text until.
type watchedBuffer struct {
	bytes.Buffer
	until   string
	reached chan struct{}
}

func (w *watchedBuffer) Write(p []byte) (int, error) {
	n, err := w.Buffer.Write(p)
	if w.until != "" && strings.Contains(w.String(), w.until) {
		w.until = ""
		close(w.reached)
	}
	return n, err
}

// sameAsSaved ends a stream and compares it with what is written of doc.
func sameAsSaved(t *testing.T, doc *finding.Reports, stream *formats.Stream, out *bytes.Buffer) {
	t.Helper()
	var whole bytes.Buffer
	if err := errors.Join(stream.End(formats.Several(doc)), formats.Write(&whole, formats.JSONL, formats.Several(doc), formats.Options{})); err != nil || out.String() != whole.String() {
		t.Errorf("%v\n%s\nwhole\n%s", err, out.String(), whole.String())
	}
}

// An examination that does not end by itself keeps the checks that ended, and the stream agrees.
func TestFinishedChecksAreKept(t *testing.T) {
	for name, tt := range map[string]struct {
		stop    func(cancel func()) // with the third check
		outcome finding.Outcome
		summary finding.Summary
	}{
		"interrupted": {func(cancel func()) { cancel() }, finding.OutcomeInterrupted, finding.Summary{}},
		"broken":      {func(func()) { panic("secret in a panic") }, finding.OutcomeInconclusive, finding.Summary{Unknown: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			f := manyprofiles.New(t, 2, 1, nil, nil, "")
			r := runOf(t, f, nil)
			ctx, cancel := context.WithCancel(t.Context())
			var out bytes.Buffer
			stream := formats.NewStream(&out)
			r.Told = func(i int, so *finding.Report, ended bool) {
				stream.Tell(i, so, ended)
				if i == 0 && !ended && len(so.Checks) == 3 {
					tt.stop(cancel)
				}
			}
			doc := r.Document(ctx)
			one := doc.Reports[0]
			if one.Outcome != tt.outcome || one.Summary.Pass < 3 || one.Summary.Unknown != tt.summary.Unknown || one.Summary.Skip == 0 ||
				one.Profile == nil || deref(one.Profile.Account) != "1000001" {
				t.Errorf("%+v %s %+v", one.Profile, one.Outcome, one.Summary)
			}
			sameAsSaved(t, doc, stream, &out)
			if strings.Contains(out.String(), "secret in a panic") {
				t.Error("the text of a panic")
			}
		})
	}
}

// At most so many at once, and four of one account; every other one is not held up by a busy
// account.
func TestConcurrency(t *testing.T) {
	f := manyprofiles.New(t, 3, 9, nil, nil, "")
	for _, tt := range []struct{ parallel, most, ofOne int }{{1, 1, 1}, {3, 3, 3}, {8, 8, 4}, {64, 12, 4}} {
		t.Run(fmt.Sprint(tt.parallel), func(t *testing.T) {
			r := runOf(t, f, nil)
			r.Parallel = tt.parallel
			var mu sync.Mutex
			running, most, ofOne := map[string]int{}, 0, 0
			gate := make(chan struct{})
			all := make(chan struct{}, 100)
			r.Audit = func(_ context.Context, _ *cli.App, p *profile.Profile) (*checks.Audit, func(), error) {
				mu.Lock()
				running[p.Account.ID]++
				sum := 0
				for _, n := range running {
					sum += n
					ofOne = max(ofOne, n)
				}
				most = max(most, sum)
				mu.Unlock()
				all <- struct{}{}
				<-gate
				return nil, func() {
					mu.Lock()
					defer mu.Unlock()
					running[p.Account.ID]--
				}, nil
			}
			go func() { // until as many wait as may
				for range tt.most {
					<-all
				}
				close(gate)
			}()
			r.Request.Select.Offline = true
			r.Document(t.Context())
			if most != tt.most || ofOne != tt.ofOne {
				t.Errorf("%d at once, %d of one account; want %d, %d", most, ofOne, tt.most, tt.ofOne)
			}
		})
	}
}

// After an interrupt what ended is kept, and the rest says that it was stopped.
func TestInterrupt(t *testing.T) {
	f := manyprofiles.New(t, 8, 1, nil, nil, "")
	for _, stream := range []bool{true, false} {
		r := runOf(t, f, nil)
		r.Parallel = 1
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		r.Audit = func(ctx context.Context, _ *cli.App, p *profile.Profile) (*checks.Audit, func(), error) {
			if n++; n == 4 {
				cancel()
				<-ctx.Done()
			}
			return nil, func() {}, nil
		}
		var b bytes.Buffer
		if stream {
			if exit, err := r.WriteJSON(ctx, &b); exit != finding.ExitInterrupted || err != nil {
				t.Error(exit, err)
			}
		} else if err := report.JSON(&b, r.Document(ctx)); err != nil {
			t.Error(err)
		}
		doc, err := finding.ReadReports(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range doc.Reports {
			if len(r.Checks) != len(doc.Reports[0].Checks) {
				t.Errorf("%d checks, of the first profile %d", len(r.Checks), len(doc.Reports[0].Checks))
			}
		}
		_, outcomes := namesIn(doc)
		if fmt.Sprint(outcomes) != "[pass pass pass interrupted interrupted interrupted interrupted interrupted]" || doc.Error == nil || doc.ExitCode != 130 {
			t.Errorf("%v %v %d", outcomes, doc.Error, doc.ExitCode)
		}
	}
}

// The profile file is read once, and time servers are asked once, however many profiles use
// them.
func TestSharedOnce(t *testing.T) {
	f := manyprofiles.New(t, 6, 1, nil, nil, "")
	dialled := 0
	var mu sync.Mutex
	r := runOf(t, f, func(w *cli.World) {
		dial := w.Dial
		w.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			mu.Lock()
			defer mu.Unlock()
			if network == "udp" {
				dialled++
			}
			return dial(ctx, network, address)
		}
	})
	if err := os.Remove(f.Config); err != nil { // it was read when the profiles were chosen
		t.Fatal(err)
	}
	r.Flags = map[string][]string{"ntp-server": {"127.0.0.1:9"}}
	if doc := r.Document(t.Context()); doc.Summary.Pass != 6 {
		t.Errorf("%+v", doc.Summary)
	}
	if dialled != 1 {
		t.Errorf("time servers were asked %d times", dialled)
	}
}
