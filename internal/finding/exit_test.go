package finding_test

import (
	"testing"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
)

func result(id finding.CheckID, s finding.Status) finding.Result {
	return finding.Result{ID: id, Status: s, Selected: true}
}

func TestJudge(t *testing.T) {
	type checks = []finding.Result
	const key, token, clock, api = finding.CheckKey, finding.CheckToken, finding.CheckClock, finding.CheckAPI
	required := []finding.CheckID{key, token}
	for _, tt := range []struct {
		name    string
		results checks
		demand  finding.Demand
		outcome finding.Outcome
		exit    int
	}{
		{"nothing ran", nil, finding.Demand{}, finding.OutcomePass, 0},
		{"all pass", checks{result(key, finding.Pass), result(token, finding.Pass)}, finding.Demand{Required: required}, finding.OutcomePass, 0},
		{"a skip", checks{result(key, finding.Skip)}, finding.Demand{Required: required}, finding.OutcomePass, 0},
		{"a required skip under --require", checks{result(api, finding.Skip)}, finding.Demand{MustRun: []finding.CheckID{api}}, finding.OutcomeInconclusive, 3},
		{"not judged", checks{{ID: api, Status: finding.Warn, NotJudged: true}}, finding.Demand{}, finding.OutcomeWarn, 0},
		{"not judged under --require", checks{{ID: api, Status: finding.Warn, NotJudged: true}}, finding.Demand{MustRun: []finding.CheckID{api}}, finding.OutcomeInconclusive, 3},
		{"another check's skip under --require", checks{result(clock, finding.Skip)}, finding.Demand{MustRun: []finding.CheckID{api}}, finding.OutcomePass, 0},
		{"an unknown that is not required", checks{result(clock, finding.Unknown)}, finding.Demand{Required: required}, finding.OutcomePass, 0},
		{"an unknown that is required", checks{result(token, finding.Unknown)}, finding.Demand{Required: required}, finding.OutcomeInconclusive, 3},
		{"an unknown under --require", checks{result(clock, finding.Unknown)}, finding.Demand{MustRun: []finding.CheckID{clock}}, finding.OutcomeInconclusive, 3},
		{"a warning", checks{result(key, finding.Warn)}, finding.Demand{}, finding.OutcomeWarn, 0},
		{"a warning under --fail-on=warn", checks{result(key, finding.Warn)}, finding.Demand{FailOnWarn: true}, finding.OutcomeWarn, 4},
		{"no warning under --fail-on=warn", checks{result(key, finding.Pass)}, finding.Demand{FailOnWarn: true}, finding.OutcomePass, 0},
		{"a failure", checks{result(key, finding.Fail)}, finding.Demand{}, finding.OutcomeFail, 1},
		{"a failure that nobody required", checks{result(clock, finding.Fail)}, finding.Demand{Required: required}, finding.OutcomeFail, 1},
		{"a failure before an unknown", checks{result(key, finding.Unknown), result(token, finding.Fail)}, finding.Demand{Required: required}, finding.OutcomeFail, 1},
		{"a failure before a warning", checks{result(key, finding.Warn), result(token, finding.Fail)}, finding.Demand{FailOnWarn: true}, finding.OutcomeFail, 1},
		{"an unknown before a warning", checks{result(key, finding.Warn), result(token, finding.Unknown)}, finding.Demand{Required: required, FailOnWarn: true}, finding.OutcomeInconclusive, 3},
		{"a warning beside an optional unknown", checks{result(key, finding.Warn), result(clock, finding.Unknown)}, finding.Demand{Required: required}, finding.OutcomeWarn, 0},
		{"interrupted", checks{result(key, finding.Pass)}, finding.Demand{Interrupted: true}, finding.OutcomeInterrupted, 130},
		{"interrupted before a failure", checks{result(key, finding.Fail)}, finding.Demand{Interrupted: true, FailOnWarn: true}, finding.OutcomeInterrupted, 130},
	} {
		if outcome, exit := finding.Judge(tt.results, tt.demand); outcome != tt.outcome || exit != tt.exit {
			t.Errorf("%s: %s, %d; want %s, %d", tt.name, outcome, exit, tt.outcome, tt.exit)
		}
	}
	unselected := finding.Result{ID: key, Status: finding.Fail}
	if _, exit := finding.Judge(checks{unselected}, finding.Demand{}); exit != finding.ExitFail {
		t.Errorf("a failure of a check that others needed: exit %d", exit)
	}
}

func TestCount(t *testing.T) {
	var results []finding.Result
	for i, s := range []finding.Status{finding.Pass, finding.Warn, finding.Fail, finding.Skip, finding.Unknown} {
		for range i + 1 {
			results = append(results, result(finding.CheckKey, s))
		}
	}
	if got, want := finding.Count(results), (finding.Summary{Pass: 1, Warn: 2, Fail: 3, Skip: 4, Unknown: 5}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestStatusOf(t *testing.T) {
	failing := catalog.New("key.rsa-too-small", nil)
	warning := catalog.New("certificate-id.mismatch", nil)
	unknown := catalog.New("network.timeout", nil)
	info := catalog.New("role.unreadable", nil)
	accepted := warning
	accepted.Accepted = true
	for _, tt := range []struct {
		name     string
		findings []finding.Finding
		want     finding.Status
	}{
		{"none", nil, finding.Pass},
		{"information", []finding.Finding{info}, finding.Pass},
		{"warning", []finding.Finding{info, warning}, finding.Warn},
		{"unknown before warning", []finding.Finding{warning, unknown}, finding.Unknown},
		{"fail before unknown", []finding.Finding{unknown, failing, warning}, finding.Fail},
		{"lowered by the server's yes", []finding.Finding{failing.With(finding.Warning)}, finding.Warn},
		{"lowered to information", []finding.Finding{failing.With(finding.Info)}, finding.Pass},
		{"an unknown lowered to information", []finding.Finding{unknown.With(finding.Info)}, finding.Pass},
		{"raised by a threshold", []finding.Finding{warning.With(finding.Error)}, finding.Fail},
		{"accepted", []finding.Finding{accepted}, finding.Pass},
		{"accepted beside another", []finding.Finding{accepted, unknown}, finding.Unknown},
		{"a code from elsewhere", []finding.Finding{{Code: "other.code", Severity: finding.Error}}, finding.Fail},
	} {
		if got := finding.StatusOf(tt.findings); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
