package checks

import (
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/finding"
)

func TestThresholds(t *testing.T) {
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	until := from.Add(100 * 24 * time.Hour)
	ts := limits{{text: "5%", severity: finding.Error, percent: 5}, {text: "30d", severity: finding.Warning, days: 30}}
	for _, tt := range []struct {
		left time.Duration
		want finding.Severity
	}{
		{31 * 24 * time.Hour, ""}, {30 * 24 * time.Hour, finding.Warning}, {6 * 24 * time.Hour, finding.Warning},
		{5 * 24 * time.Hour, finding.Error}, {time.Hour, finding.Error}, {-time.Hour, finding.Error},
	} {
		got, ok := ts.reached(from, until, until.Add(-tt.left))
		if ok != (tt.want != "") || got.severity != tt.want {
			t.Errorf("%v left: %s, want %s", tt.left, got.severity, tt.want)
		}
	}
}
