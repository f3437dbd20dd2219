package checks

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
)

func testJob(t *testing.T) Job {
	t.Helper()
	p, err := profile.Resolve(profile.Input{Flags: map[string][]string{"account": {"1234567"}}})
	if err != nil {
		t.Fatal(err)
	}
	return Job{Profile: p, World: host.World{Now: time.Now, LookupEnv: func(string) (string, bool) { return "", false }}}
}

// pairOf reads the key and the certificate that p names.
func pairOf(p *profile.Profile) (pair keys.Pair) {
	pair.ReadKey(context.Background(), new(keys.Loader), host.KeySource(p))
	pair.ReadCertificate(context.Background(), new(keys.Loader), host.CertificateSource(p))
	return pair
}

func says(summary string) func(context.Context, *inputs) outcome {
	return func(context.Context, *inputs) outcome { return outcome{summary: summary, product: summary} }
}

func statuses(results []finding.Result) []finding.Status {
	var s []finding.Status
	for _, r := range results {
		s = append(s, r.Status)
	}
	return s
}

func TestIndependentChecksRunSideBySide(t *testing.T) {
	// Each waits for the other to have begun: one after the other they would hang.
	synctest.Test(t, func(t *testing.T) {
		a, b := make(chan bool), make(chan bool)
		rows := []check{
			{id: "first", run: func(context.Context, *inputs) outcome { close(a); <-b; return outcome{summary: "1"} }},
			{id: "second", run: func(context.Context, *inputs) outcome { close(b); <-a; return outcome{summary: "2"} }},
		}
		results := run(t.Context(), rows, testJob(t))
		if results[0].Summary != "1" || results[1].Summary != "2" {
			t.Errorf("results out of order: %+v", results)
		}
	})
}

func TestOrderIsTheTablesWhateverFinishesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := func(d time.Duration) func(context.Context, *inputs) outcome {
			return func(context.Context, *inputs) outcome { time.Sleep(d); return outcome{} }
		}
		rows := []check{{id: "c", run: slow(3 * time.Second)}, {id: "a", run: slow(time.Second)}, {id: "b", run: slow(2 * time.Second)}}
		var ids []finding.CheckID
		for _, r := range run(t.Context(), rows, testJob(t)) {
			ids = append(ids, r.ID)
		}
		if !slices.Equal(ids, []finding.CheckID{"c", "a", "b"}) {
			t.Errorf("order %v", ids)
		}
	})
}

func TestAPanicIsUnknownAndTheOthersRun(t *testing.T) {
	rows := []check{
		{id: "bad", run: func(context.Context, *inputs) outcome { panic("what it was reading: SECRET") }},
		{id: "worse", run: func(context.Context, *inputs) outcome { var p *profile.Profile; _ = p.Name; return outcome{} }},
		{id: "good", run: says("fine")},
		{id: "after", uses: []finding.CheckID{"bad"}, run: says("fine too")},
	}
	results := run(t.Context(), rows, testJob(t))
	if got := statuses(results); !slices.Equal(got, []finding.Status{"unknown", "unknown", "pass", "pass"}) {
		t.Fatalf("statuses %v", got)
	}
	for _, r := range results[:2] {
		if r.Findings[0].Code != "internal.panic" {
			t.Errorf("%s: %v", r.ID, r.Findings)
		}
		for _, v := range r.Findings[0].Evidence {
			if s, ok := v.(string); ok && strings.Contains(s, "SECRET") {
				t.Errorf("%s: the panic's own text is shown", r.ID)
			}
		}
	}
}

func TestReadingWithoutDeclaring(t *testing.T) {
	rows := []check{
		{id: "quiet", run: says("here")},
		{id: "nosy", run: func(_ context.Context, in *inputs) outcome { productOf[string](in, "quiet"); return outcome{} }},
		{id: "honest", uses: []finding.CheckID{"quiet"}, run: func(_ context.Context, in *inputs) outcome {
			s, ok := productOf[string](in, "quiet")
			if !ok || s != "here" {
				t.Errorf("got %q, %v", s, ok)
			}
			return outcome{}
		}},
	}
	if got := statuses(run(t.Context(), rows, testJob(t))); !slices.Equal(got, []finding.Status{"pass", "unknown", "pass"}) {
		t.Errorf("statuses %v", got)
	}
}

func TestAHangingCheckEndsWithTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		release := make(chan bool)
		defer close(release)
		rows := []check{
			{id: "stuck", run: func(context.Context, *inputs) outcome { <-release; return outcome{} }},
			{id: "done", run: says("fine")},
			{id: "waiting", uses: []finding.CheckID{"stuck"}, run: says("never")},
			{id: "polite", run: func(ctx context.Context, _ *inputs) outcome { <-ctx.Done(); return outcome{summary: "what it had"} }},
		}
		started := time.Now()
		results := run(ctx, rows, testJob(t))
		if got := time.Since(started); got != 5*time.Second+grace { // the clock of the bubble: exact
			t.Errorf("the run took %v", got)
		}
		if got := statuses(results); !slices.Equal(got, []finding.Status{"unknown", "pass", "unknown", "pass"}) {
			t.Errorf("statuses %v", got)
		}
		if results[3].Summary != "what it had" {
			t.Errorf("a check that ends in time keeps its word: %q", results[3].Summary)
		}
		if results[0].Findings[0].Code != "internal.timed-out" {
			t.Errorf("%v", results[0].Findings)
		}
	})
}

func TestAnInterruptKeepsFinishedChecks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		rows := []check{
			{id: "local", run: says("fine")},
			{id: "wire", online: true, run: func(ctx context.Context, _ *inputs) outcome {
				time.Sleep(time.Second) // by then the other one is done
				cancel()
				<-ctx.Done()
				return outcome{}
			}},
			{id: "later", uses: []finding.CheckID{"wire"}, run: says("never")},
		}
		results := run(ctx, rows, testJob(t))
		if got := statuses(results); !slices.Equal(got, []finding.Status{"pass", "skip", "skip"}) {
			t.Fatalf("statuses %v", got)
		}
		for _, r := range results[1:] {
			if r.Reason == nil || *r.Reason != finding.NotRun {
				t.Errorf("%s: %v", r.ID, r.Reason)
			}
		}
	})
}

func TestBlockedChecksNameTheirBlockers(t *testing.T) {
	rows := []check{
		{id: finding.CheckKey, run: func(context.Context, *inputs) outcome {
			return outcome{findings: []finding.Finding{catalog.New("key.unparsable", finding.Evidence{})}}
		}},
		{id: finding.CheckNetwork, run: func(context.Context, *inputs) outcome { return outcome{unverified: true} }},
		{id: "both", needs: []value{signingKey, answer}, run: says("never")},
	}
	results := run(t.Context(), rows, testJob(t))
	if !slices.Equal(results[2].BlockedBy, []finding.CheckID{finding.CheckKey, finding.CheckNetwork}) || results[2].Status != finding.Skip {
		t.Errorf("%+v", results[2])
	}
	if results[1].Status != finding.Unknown {
		t.Errorf("unverified is %s", results[1].Status)
	}
}

// The table itself: every need has a producer that stands earlier, no check waits
// in a circle, and every check of the catalog of ids is there once.
func TestTable(t *testing.T) {
	seen := map[finding.CheckID]bool{}
	var order []finding.CheckID
	for _, c := range table() {
		if seen[c.id] || c.title == "" || c.run == nil {
			t.Errorf("row %s", c.id)
		}
		seen[c.id] = true
		order = append(order, c.id)
	}
	want := []finding.CheckID{"profile", "key", "certificate", "certificate-id", "assertion", "request", "network", "clock", "token",
		"features", "integration", "role", "api", "mapping", "audit-trail", "setup"}
	if !slices.Equal(order, want) {
		t.Errorf("order %v, want %v; a new check belongs in this list", order, want)
	}
	byID := map[finding.CheckID]check{}
	for _, c := range table() {
		byID[c.id] = c
		for _, v := range c.needs {
			if !seen[producers[v]] {
				t.Errorf("%s needs %s, which no check settles", c.id, v)
			}
		}
	}
	var visit func(id finding.CheckID, path []finding.CheckID)
	visit = func(id finding.CheckID, path []finding.CheckID) {
		if slices.Contains(path, id) {
			t.Fatalf("a circle: %v", append(path, id))
		}
		for _, next := range byID[id].waits() {
			visit(next, append(slices.Clone(path), id))
		}
	}
	for id := range byID {
		visit(id, nil)
	}
	if got := IDs(); !slices.Equal(got, want) {
		t.Errorf("IDs %v", got)
	}
}
