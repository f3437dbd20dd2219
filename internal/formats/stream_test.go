package formats

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/testkit"
)

// wholeLines fails the test unless each Write is one line.
type wholeLines struct {
	t testing.TB
	bytes.Buffer
	closed bool
}

func (w *wholeLines) Write(p []byte) (int, error) {
	if bytes.IndexByte(p, '\n') != len(p)-1 {
		w.t.Errorf("not one line: %q", p)
	}
	return w.Buffer.Write(p)
}

func (w *wholeLines) Close() error { w.closed = true; return nil }

// partly is r with its first n checks, as a run tells it.
func partly(r *finding.Report, n int) *finding.Report {
	return &finding.Report{Tool: r.Tool, Command: r.Command, StartedAt: r.StartedAt, Profile: r.Profile, Checks: r.Checks[:n]}
}

// However the examinations of several profiles take turns, the lines are those of the saved
// run, and each is written as soon as those before it are final.
func TestStreamIsTheSavedRun(t *testing.T) {
	doc := fleet(t, "pass", "certain", "usage", "unicode").All()
	var want bytes.Buffer
	if err := Write(&want, JSONL, Several(doc), Options{}); err != nil {
		t.Fatal(err)
	}
	for seed := range testkit.Size(2000, 200, 50) {
		random := rand.New(rand.NewPCG(uint64(seed), 1))
		w := &wholeLines{t: t}
		s := NewStream(w)
		so, ended := make([]int, len(doc.Reports)), 0 // checks told; reports that ended, in their order
		for ended < len(doc.Reports) {
			i := random.IntN(len(doc.Reports))
			r := doc.Reports[i]
			if so[i] < len(r.Checks) {
				so[i] = min(len(r.Checks), so[i]+random.IntN(4))
				s.Tell(i, partly(r, so[i]), false) // also of a report that ended
			}
			if random.IntN(20) == 0 {
				s.Tell(ended, doc.Reports[ended], true)
				ended++
			}
		}
		if err := s.End(Several(doc)); err != nil || !w.closed || w.String() != want.String() {
			t.Fatalf("seed %d: %v\n%s", seed, err, w.String())
		}
	}
}

// What is final is on the stream: no line waits for the end of the run.
func TestStreamDoesNotWait(t *testing.T) { synctest.Test(t, streamDoesNotWait) }

func streamDoesNotWait(t *testing.T) {
	doc := fleet(t, "pass", "certain", "usage", "unicode").All()
	w := &wholeLines{t: t}
	s := NewStream(w)
	lines := func(want int) {
		t.Helper()
		synctest.Wait() // until all that can be written is
		if got := strings.Count(w.String(), "\n"); got != want {
			t.Fatalf("%d lines, want %d", got, want)
		}
	}
	s.Tell(0, partly(doc.Reports[0], 0), false)
	lines(1)
	s.Tell(0, partly(doc.Reports[0], 3), false)
	lines(4)
	s.Tell(1, partly(doc.Reports[1], 2), false)
	lines(4)
	s.Tell(0, doc.Reports[0], true)
	first := len(doc.Reports[0].Checks) + 2
	lines(first + 3)
	s.Tell(0, doc.Reports[0], false)
	lines(first + 3)
	// A report that broke off has its end too, and no check twice.
	s.Tell(1, &finding.Report{Profile: doc.Reports[1].Profile, Checks: doc.Reports[1].Checks[1:2], Outcome: finding.OutcomeInterrupted}, true)
	lines(first + 4)
}

// A reader that pauses holds up no examination, and misses nothing.
func TestStreamToReaderThatPauses(t *testing.T) {
	doc := fleet(t, "pass", "certain", "usage", "unicode").All()
	var want bytes.Buffer
	if err := Write(&want, JSONL, Several(doc), Options{}); err != nil {
		t.Fatal(err)
	}
	goOn := make(chan struct{})
	w := &wholeLines{t: t}
	s := NewStream(writerFunc(func(p []byte) (int, error) { <-goOn; return w.Write(p) }))
	for i, r := range doc.Reports { // all of it, while the first line is on its way
		s.Tell(i, partly(r, min(1, len(r.Checks))), false)
		s.Tell(i, r, true)
		s.Tell(i, partly(r, 0), false)
	}
	close(goOn)
	if err := s.End(Several(doc)); err != nil || w.String() != want.String() {
		t.Errorf("%v\n%s", err, w.String())
	}
}

// A run over several profiles that breaks off ends with the report that says why.
func TestStreamOfRunThatBreaksOff(t *testing.T) {
	doc := fleet(t, "pass", "certain", "usage", "unicode").All()
	why := &finding.Report{Outcome: finding.OutcomeError, ExitCode: 2, Error: &finding.ErrorInfo{Code: "internal.panic", Message: "why"}}
	for n := range doc.Reports {
		w := &wholeLines{t: t}
		s := NewStream(w)
		for i := range n {
			s.Tell(i, doc.Reports[i], true)
		}
		if err := s.End(One(why)); err != nil || strings.Count(w.String(), `"event":"run-finished"`) != n+1 || strings.Count(w.String(), `"why"`) != 1 {
			t.Errorf("%d ended: %v\n%s", n, err, w.String())
		}
	}
}

// The first error stays, and nothing is written after it.
func TestStreamThatFails(t *testing.T) {
	n := 0
	s := NewStream(writerFunc(func([]byte) (int, error) { n++; return 0, errors.New("full") }))
	doc := fleet(t, "pass", "certain", "usage", "unicode").All()
	s.Tell(0, partly(doc.Reports[0], 2), false)
	if err := s.End(Several(doc)); fmt.Sprint(err) != "full" || n != 1 {
		t.Errorf("%v after %d writes", err, n)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// A report that cannot be written is an error, also the last of several.
func TestLastReportCannotBeWritten(t *testing.T) {
	good, bad := load(t, "certain"), load(t, "certain")
	bad.Checks[0].Facts = map[string]any{"x": math.NaN()}
	if err := Write(io.Discard, JSON, Several(&finding.Reports{Reports: []*finding.Report{good, bad}}), Options{}); err == nil {
		t.Error("no error")
	}
}
