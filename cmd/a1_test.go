package cmd

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/testkit"
)

// A machine that is 20 minutes off by the server's Date and right by NTP may be right:
// the clock is not certain, the account stays, and nobody is told to change the clock.
func TestA1DateAgainstNTP(t *testing.T) {
	for _, off := range []time.Duration{20 * time.Minute, -20 * time.Minute, 90 * time.Second, -90 * time.Second} {
		t.Run(off.String(), func(t *testing.T) {
			l := newLab(t)
			probe := refusal(401, "INVALID_LOGIN", "Invalid login attempt.")
			probe.header = map[string]string{"Date": labTime().Add(off).Format(http.TimeFormat)}
			token := answer{status: 500, body: `{"error":"server_error"}`, header: probe.header}
			r := l.doctor(answers{"probe": probe, "token": token}, "--ntp-server", testkit.ServeNTP(t, testkit.RightNTP(labTime, 0)))
			report := r.report(t)
			seen := map[finding.Code]finding.Confidence{}
			for _, c := range report.Diagnosis.Causes {
				seen[c.Code] = c.Confidence
			}
			want := finding.Likely
			if off == 90*time.Second { // behind by less than the assertion's life
				want = finding.Possible
			}
			if r.code != 1 || seen["clock.skewed"] != want || seen["setup.mapping-missing"] != finding.Possible || seen["clock.sources-disagree"] != "" {
				t.Errorf("exit %d, causes %v", r.code, seen)
			}
			if strings.Contains(strings.ToLower(r.stdout), "synchronise this") {
				t.Error("it says to synchronise a machine that may be right")
			}
		})
	}
}
