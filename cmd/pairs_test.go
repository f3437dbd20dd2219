package cmd

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/emulator/scenario"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/testkit"
	"github.com/nsauth/nsauth/internal/testkit/keypool"
)

// single is a fault on this side, put into an integration that works.
type single struct {
	code finding.Code
	// part is what it spoils: two faults of one part exclude each other.
	part       string
	confidence finding.Confidence
	into       func(*scenario.Scenario)
}

// singles are in the order in which to fix them.
func singles() []single {
	value := func(name, v string) func(*scenario.Scenario) {
		return func(s *scenario.Scenario) { s.Client.Overrides[name] = v }
	}
	age := func(begun float64, days int) func(*scenario.Scenario) {
		return func(s *scenario.Scenario) { s.Client.CertificateAgeDays, s.Client.CertificateDays = begun, days }
	}
	return []single{
		{"key.rsa-too-small", "key", finding.Certain, func(s *scenario.Scenario) { s.Client.KeyType = "rsa-2048" }},
		{"certificate.key-mismatch", "key", finding.Certain, func(s *scenario.Scenario) { s.Client.UseOtherKey = true }},
		{"certificate.expired", "dates", finding.Certain, age(400, 365)},
		{"certificate.not-yet-valid", "dates", finding.Likely, age(-2, 365)},
		{"profile.certificate-id-malformed", "certificate_id", finding.Likely, value("certificate_id", "{certificate_id_cut_off}")},
		{"certificate-id.mismatch", "certificate_id", finding.Likely, value("certificate_id", "{certificate_id_lower_case}")},
		{"profile.client-id-is-application-id", "client_id", finding.Certain, value("client_id", "{application_id}")},
		{"profile.client-id-malformed", "client_id", finding.Likely, value("client_id", "6794a308b1e5c27d")},
		{"assertion.alg-key-mismatch", "algorithm", finding.Certain, func(s *scenario.Scenario) {
			s.Client.Overrides["algorithm"] = map[bool]string{true: "ES256", false: "PS256"}[s.Client.KeyType == "rsa-2048"]
		}},
		{"assertion.audience-is-issuer", "audience", finding.Likely, value("audience", "https://1234567.suitetalk.api.netsuite.com")},
		{"profile.scope-not-for-m2m", "scope", finding.Certain, value("scope", "mcp")},
		{"profile.scope-unknown", "scope", finding.Likely, value("scope", "rest_webservice")},
		{"clock.skewed", "clock", finding.Certain, func(s *scenario.Scenario) { s.Client.ClockOffset = -20 * time.Minute }},
	}
}

// unsent is the one of them with which no assertion can be made.
const unsent = "assertion.alg-key-mismatch"

// Of two faults at once both are named, each with the confidence that it has alone,
// the surer first and equals in the order in which to fix them; neither is taken
// for a consequence of the other, and no other fault is found.
func TestPairsOfFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("a matrix of faults")
	}
	all := singles()
	pairs := 0
	for i, first := range all {
		for _, second := range all[i+1:] {
			if first.part == second.part {
				continue
			}
			if pairs++; testkit.LeftOut(pairs, 3, 3) {
				continue
			}
			t.Run(fmt.Sprintf("%s %s", first.code, second.code), func(t *testing.T) {
				t.Parallel()
				s := scenario.Scenario{Name: "pair", Client: scenario.ClientHalf{Overrides: map[string]string{}}}
				first.into(&s)
				second.into(&s)
				prepared, err := scenario.Prepare(s, time.Now, keypool.Generate)
				if err != nil {
					t.Fatal(err)
				}
				report := nsauth(t, setup{world: func(w *cli.World) {
					now := w.Now
					w.Now = func() time.Time { return now().Add(s.Client.ClockOffset) }
				}}, "doctor", "--config", serve(t, prepared), "-o", "json").report(t)
				want := []finding.Cause{{Code: first.code, Confidence: first.confidence}, {Code: second.code, Confidence: second.confidence}}
				if first.confidence == finding.Likely && second.confidence == finding.Certain {
					slices.Reverse(want)
				}
				if e, _ := catalog.Lookup(want[1].Code); (first.code == unsent || second.code == unsent) && want[1].Confidence == finding.Likely && e.Severity == finding.Warning {
					want[1].Confidence = finding.Possible // nothing was sent, so nothing was refused
				}
				var got []finding.Cause
				for _, c := range report.Diagnosis.Causes {
					if c.ConsequenceOf == nil && !strings.HasPrefix(string(c.Code), "setup.") {
						got = append(got, finding.Cause{Code: c.Code, Confidence: c.Confidence})
					}
				}
				if report.ExitCode != finding.ExitFail || !reflect.DeepEqual(got, want) {
					t.Errorf("exit %d, causes %v, want %v", report.ExitCode, got, want)
				}
			})
		}
	}
	if pairs < 30 {
		t.Errorf("only %d pairs", pairs)
	}
	parts := map[string]bool{}
	for _, s := range all {
		parts[s.part] = true
	}
	t.Logf("%d pairs of %d faults in %v", pairs, len(all), slices.Sorted(maps.Keys(parts)))
}
