package cmd

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/testkit"
)

// causeLine begins a cause in a report's text.
var causeLine = regexp.MustCompile(`(?m) \(([a-z0-9-]+\.[a-z0-9-]+)\)$`)

// Every fault of the emulator, met by a call of one request and by the pages of a
// list, at the token endpoint and at the API: the right code and exit code, before
// the time is up, with valid JSON where a list was begun, no secret shown and
// nothing left running.
func TestFaultsOfCalls(t *testing.T) {
	if testing.Short() {
		t.Skip("a matrix of faults")
	}
	const token, api = ",path=/services/rest/auth/", ",path=/services/rest/record/"
	const ok, failed, unknown = finding.ExitOK, finding.ExitFail, finding.ExitInconclusive
	type outcome struct {
		exit int
		code finding.Code
	}
	fine := outcome{ok, "none"}
	broken := outcome{failed, "api.pages-broken"}
	rows := []struct {
		spec        string
		once, pages outcome // of pages the same as of one request, if it is empty
	}{
		{"html" + token, outcome{failed, "token.unexpected-response"}, outcome{}},
		{"html" + api, outcome{failed, "api.unexpected-response"}, outcome{}},
		{"unavailable" + token, outcome{unknown, "token.unavailable"}, outcome{}},
		{"unavailable,retry-after=7" + api, outcome{unknown, "api.unavailable"}, outcome{}},
		{"flaky" + token, outcome{unknown, "token.unavailable"}, outcome{unknown, "network.unreachable"}}, // in turn
		{"flaky:1" + api, outcome{unknown, "api.unavailable"}, fine},                                      // for one request
		{"rate-limited" + token, outcome{unknown, "token.rate-limited"}, outcome{}},
		{"rate-limited,retry-after=5" + api, outcome{unknown, "api.rate-limited"}, outcome{}},
		{"redirect,location=https://other.example/x" + token, outcome{failed, "network.redirected"}, outcome{}},
		{"redirect,location=https://other.example/x" + api, outcome{failed, "api.redirected"}, outcome{}},
		{"captive-portal" + token, outcome{failed, "network.redirected"}, outcome{}},
		{"captive-portal" + api, outcome{failed, "api.redirected"}, outcome{}},
		{"latency,delay=30ms", fine, fine},
		{"latency,delay=1m" + token, outcome{unknown, "network.timeout"}, outcome{}},
		{"latency,delay=1m" + api, outcome{unknown, "network.timeout"}, outcome{}},
		{"hang" + token, outcome{unknown, "network.timeout"}, outcome{}},
		{"hang" + api, outcome{unknown, "network.timeout"}, outcome{}},
		{"hang-body" + token, outcome{unknown, "network.timeout"}, outcome{}},
		{"hang-body" + api, outcome{unknown, "network.timeout"}, outcome{}},
		{"reset" + token, outcome{unknown, "network.unreachable"}, outcome{}},
		{"reset" + api, outcome{unknown, "network.unreachable"}, outcome{}},
		{"truncated" + token, outcome{unknown, "network.unreachable"}, outcome{}},
		{"truncated" + api, outcome{unknown, "network.unreachable"}, outcome{}},
		{"length-lie" + token, outcome{failed, "token.unexpected-response"}, outcome{}},
		{"length-lie" + api, outcome{failed, "api.unexpected-response"}, broken},
		{"endless" + token, outcome{failed, "token.unexpected-response"}, outcome{}},
		{"endless" + api, outcome{finding.ExitInterrupted, "none"}, outcome{}}, // a call takes what comes, until Ctrl-C
		{"gzip-bomb" + token, outcome{failed, "token.unexpected-response"}, outcome{}},
		{"gzip-bomb" + api, outcome{failed, "api.unexpected-response"}, broken},
		{"wrong-type" + token, fine, fine},
		{"wrong-type" + api, fine, fine}, // the body is what counts
		{"malformed-header" + token, outcome{failed, "network.not-netsuite"}, outcome{}},
		{"malformed-header" + api, outcome{failed, "network.not-netsuite"}, outcome{}},
		{"conflict" + api, outcome{failed, "api.invalid-request"}, outcome{}},
		{"too-large" + api, outcome{failed, "api.invalid-request"}, outcome{}},
		{"as-form" + token, outcome{failed, "token.unexpected-response"}, outcome{}},
		{"as-xml" + token, outcome{failed, "token.unexpected-response"}, outcome{}},
		{"as-array" + token, outcome{failed, "token.unexpected-response"}, outcome{}},
		{"cells-huge" + token, fine, fine}, // they concern lists
		{"cells-control" + token, fine, fine},
		{"cells-html" + token, fine, fine},
		{"cells-typed" + token, fine, fine},
		{"pages-endless" + token, fine, fine},
		{"list-late" + token, fine, fine},
		{"failed-after" + token, outcome{failed, "token.unexpected-response"}, outcome{}},
		{"lost-after" + token, outcome{unknown, "network.unreachable"}, outcome{}},
		{"tls-foreign-ca", outcome{failed, "network.tls-untrusted"}, outcome{}},
		{"tls-expired", outcome{failed, "network.tls-untrusted"}, outcome{}},
		{"tls-1.1", outcome{failed, "network.tls-handshake"}, outcome{}},
		{"clock,offset=10m", outcome{failed, "clock.skewed"}, outcome{}},
	}
	leaks := goleak.IgnoreCurrent()
	t.Run("all", func(t *testing.T) {
		f := newFaulty(t)
		used := map[string]bool{}
		for i, row := range rows {
			if row.pages == (outcome{}) {
				row.pages = row.once
			}
			fault := faultRow{spec: row.spec}
			used[fault.kind()] = true
			if testkit.LeftOut(i, 3, 3) { // which takes faults of both requests
				continue
			}
			for _, kind := range []struct {
				name string
				args []string
				want outcome
			}{
				{"once", []string{"record/v1/customer/107"}, row.once},
				{"pages", []string{"record/v1/customer", "--query", "limit=1", "--paginate"}, row.pages},
			} {
				t.Run(row.spec+"/"+kind.name, func(t *testing.T) {
					f, limit := fault.server(t, f)
					if kind.name == "once" || !strings.HasPrefix(row.spec, "flaky") {
						f.inject(t, row.spec)
					}
					ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second) // far behind --timeout
					defer cancel()
					pressed, press := context.WithCancel(ctx)
					defer press()
					if row.spec == "endless"+api {
						limit = "1s"
						time.AfterFunc(2*time.Second, press)
					}
					r := nsauth(t, setup{ctx: pressed}, append([]string{"call", "--config", f.config, "--no-cache", "--no-state", "--timeout", limit}, kind.args...)...)
					if ctx.Err() != nil {
						t.Fatal("not done when the time was up")
					}
					code := finding.Code("none")
					for _, m := range causeLine.FindAllStringSubmatch(r.stderr, -1) {
						if code == "none" && m[1] != "clock.unmeasured" { // which nothing depends on here
							code = finding.Code(m[1])
						}
					}
					if r.code != kind.want.exit || code != kind.want.code {
						t.Errorf("exit %d %s, want %d %s\n%.2000s\n%s", r.code, code, kind.want.exit, kind.want.code, r.stdout, r.stderr)
					}
					if (r.stderr == "") != (kind.want == fine) {
						t.Errorf("said %s", r.stderr)
					}
					if strings.HasPrefix(r.stdout, "[") && !json.Valid([]byte(r.stdout)) {
						t.Errorf("not valid JSON: %.200q", r.stdout)
					}
					if strings.Contains(r.stderr, "curl -") && !strings.Contains(r.stderr, "--connect-to ::127.0.0.1:") {
						t.Errorf("the command goes another way than the call:\n%s", r.stderr)
					}
					if strings.Contains(r.stderr, "not-a-token") {
						t.Errorf("a token is shown: %s", r.stderr)
					}
				})
			}
		}
		allTried(t, used)
		f.inject(t)
		if r := nsauth(t, setup{}, "call", "--config", f.config, "record/v1/customer", "--query", "limit=1", "--paginate", "--jq", "length"); r.code != ok || r.stdout != "3\n" {
			t.Errorf("with every fault lifted: exit %d, %s%s", r.code, r.stdout, r.stderr)
		}
	})
	goleak.VerifyNone(t, leaks)
}
