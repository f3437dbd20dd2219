package checks

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
)

// A result is told in its turn while later checks run. One with a finding is told once the
// checks ended that may change it, and as the report has it.
func TestToldWhileOthersRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		wait := func(d time.Duration, o outcome) func(context.Context, *inputs) outcome {
			return func(context.Context, *inputs) outcome { time.Sleep(d); return o }
		}
		small := outcome{findings: []finding.Finding{catalog.New("key.rsa-too-small", finding.Evidence{"bits": 1024})}}
		rows := []check{
			{id: finding.CheckProfile, run: wait(0, outcome{})},
			{id: finding.CheckKey, run: wait(0, small)},
			{id: finding.CheckRequest, run: wait(0, outcome{})}, // not in the report
			{id: finding.CheckNetwork, run: wait(time.Second, outcome{})},
			{id: finding.CheckClock, run: wait(2*time.Second, outcome{})},
			{id: finding.CheckToken, run: wait(3*time.Second, outcome{summary: "issued"})},
			{id: finding.CheckAPI, run: wait(4*time.Second, outcome{})},
		}
		job := testJob(t)
		var told []finding.Result
		var at []time.Duration
		job.Told = func(r finding.Result) { told, at = append(told, r), append(at, time.Since(began)) }
		var want []finding.Result
		for _, r := range job.finished(run(t.Context(), rows, job)) {
			if r.ID != finding.CheckRequest {
				want = append(want, r)
			}
		}
		if diff := cmp.Diff(want, told); diff != "" || told[1].Status != finding.Warn {
			t.Errorf("%s: %s", told[1].Status, diff)
		}
		if diff := cmp.Diff([]time.Duration{0, 3 * time.Second, 3 * time.Second, 3 * time.Second, 3 * time.Second, 4 * time.Second}, at); diff != "" {
			t.Error(diff)
		}
	})
}
