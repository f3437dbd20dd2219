package checks

import (
	"net/http"
	"testing"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/testkit"
	"github.com/nsauth/nsauth/netsuite"
)

// With a seed nothing is sent: a world without a network and a client is enough, and
// what the command did not ask is not run.
func TestSeed(t *testing.T) {
	refused := &netsuite.TokenError{Code: "server_error", Answer: answered(500, "application/json", `{"error":"server_error"}`)}
	page := &netsuite.TokenError{Answer: answered(200, "text/html", "<html>")}
	token := testkit.UnsignedJWT(t, map[string]any{"alg": "RS256"}, map[string]any{"sub": "1012;1042", "scope": []string{"rest_webservices"}})
	issued := &netsuite.Token{AccessToken: token, Answer: answered(200, "application/json", "{}")}
	cached := &netsuite.Token{AccessToken: token}
	call := &Call{Request: netsuite.Request{Method: http.MethodGet, URL: "/services/rest/record/v1/customer/1", AccessToken: token},
		Answer: answered(404, "application/json", "{}")}
	for _, tt := range []struct {
		name string
		seed Seed
		want map[finding.CheckID]string // a status, or the reason of a skip
	}{
		{"nothing sent", Seed{}, map[finding.CheckID]string{"network": "not-run", "clock": "not-run", "token": "blocked", "api": "blocked"}},
		{"refused", Seed{TokenErr: refused}, map[finding.CheckID]string{"network": "pass", "token": "fail", "role": "blocked", "api": "blocked"}},
		{"a page", Seed{TokenErr: page}, map[finding.CheckID]string{"network": "not-run", "token": "fail"}},
		{"unreached", Seed{TokenErr: &netsuite.ConnectError{Kind: netsuite.Refused}}, map[finding.CheckID]string{"network": "unknown", "token": "blocked"}},
		{"issued, no call", Seed{Token: issued}, map[finding.CheckID]string{"token": "pass", "features": "unknown", "role": "pass", "api": "not-run", "mapping": "not-run"}},
		{"a call that is refused", Seed{Token: issued, Call: call}, map[finding.CheckID]string{"token": "pass", "api": "fail", "mapping": "not-run"}},
		{"a call with a kept token", Seed{Token: cached, Call: call}, map[finding.CheckID]string{"network": "not-run", "token": "pass", "api": "fail"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			job := testJob(t)
			job.Seed = &tt.seed
			rows := table()
			for i, c := range rows { // as if there were an assertion, whatever the profile
				if c.id == finding.CheckAssertion {
					rows[i].needs, rows[i].run = nil, says("made")
				}
			}
			got := map[finding.CheckID]string{}
			for _, r := range run(t.Context(), rows, job) {
				got[r.ID] = string(r.Status)
				if r.Reason != nil {
					got[r.ID] = string(*r.Reason)
				} else if len(r.BlockedBy) > 0 {
					got[r.ID] = "blocked"
				}
			}
			for id, want := range tt.want {
				if got[id] != want {
					t.Errorf("%s is %s, want %s", id, got[id], want)
				}
			}
		})
	}
}
