package doctor

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/finding"
)

// What a run sends, and which hosts it connects to, is part of what it promises: nothing
// before the first request has a connection, and nothing that no check needs.
func TestRequests(t *testing.T) {
	const (
		api, list = "1234567.suitetalk.api.netsuite.com", "1234567.restlets.api.netsuite.com"
		probe     = "GET " + api + "/services/rest/system/v1/serverTime"
		token     = "POST " + api + "/services/rest/auth/oauth2/v1/token"
		query     = "POST " + api + "/services/rest/query/v1/suiteql"
		record    = "GET " + api + "/services/rest/record/v1/customer/107" // the profile's own call
		mapped    = "GET " + list + "/services/rest/auth/oauth2/v1/clients/CLIENT/certificates"
	)
	unknown := checks.Selection{Skip: []finding.CheckID{finding.CheckToken}}
	for name, tt := range map[string]struct {
		scenario string
		choice   checks.Selection
		down     bool     // the API's host refuses connections
		requests []string // the first two in this order
		hosts    []string // at most these
		calls    []string // in the report, in this order
		more     string   // a request that may be canceled before it is sent
	}{
		"healthy":    {"administrator-role", checks.Selection{}, false, []string{probe, token, probe, query, mapped}, []string{list, api}, []string{probe, query}, ""},
		"no token":   {"wrong-kid", checks.Selection{}, false, []string{probe, token}, []string{list, api}, nil, ""},
		"no calls":   {"login-permission-removed", checks.Selection{}, false, []string{probe, token, probe, mapped}, []string{list, api}, []string{probe}, record},
		"skipped":    {"administrator-role", unknown, false, []string{probe}, []string{api}, nil, ""},
		"no network": {"administrator-role", checks.Selection{}, true, nil, []string{api}, nil, ""},
		"offline":    {"administrator-role", checks.Selection{Offline: true}, false, nil, nil, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, server, p := actOut(t, tt.scenario, nil)
			w := toward(server, 0)
			var mu sync.Mutex
			var hosts []string
			dial := w.Dial
			w.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
				host, _, _ := strings.Cut(address, ":")
				mu.Lock()
				defer mu.Unlock()
				if network == "tcp" && !slices.Contains(hosts, host) {
					hosts = append(hosts, host)
				}
				if network == "tcp" && tt.down {
					return nil, errors.New("refused")
				}
				return dial(ctx, network, address)
			}
			r, err := Examine(t.Context(), w, p, Request{Command: "doctor", Pair: pairOf(p), Select: tt.choice})
			if err != nil {
				t.Fatal(err)
			}
			server.Close() // until then a request may not be in the log
			var requests []string
			for _, v := range server.Requests() {
				request := strings.ReplaceAll(v.Method+" "+v.Host+v.Path, *r.Profile.ClientID, "CLIENT")
				if request != tt.more {
					requests = append(requests, request)
				}
			}
			if len(requests) > 2 { // the others go together
				slices.Sort(requests[2:])
				slices.Sort(tt.requests[2:])
			}
			if diff := cmp.Diff(tt.requests, requests); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			mu.Lock()
			defer mu.Unlock()
			if slices.ContainsFunc(hosts, func(h string) bool { return !slices.Contains(tt.hosts, h) }) {
				t.Errorf("connected to %v, want %v", hosts, tt.hosts)
			}
			var order []finding.CheckID
			var calls []string
			for _, c := range r.Checks {
				order = append(order, c.ID)
				if facts, ok := c.Facts.(finding.APIFacts); ok {
					for _, call := range facts.Calls {
						path, _, _ := strings.Cut(call.Path, "?")
						calls = append(calls, call.Method+" "+api+path)
					}
				}
			}
			if diff := cmp.Diff(tt.calls, calls); diff != "" || !slices.Equal(order, checks.Listed(false)) {
				t.Errorf("%v, calls (-want +got):\n%s", order, diff)
			}
		})
	}
}
