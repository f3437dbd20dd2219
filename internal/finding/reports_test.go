package finding

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestReadReports(t *testing.T) {
	days, id := 9, "NPMnRyPg-WDWhPiAbisjKiH0fqnBpjOZ367wDTe0pqA"
	name := "prod"
	want := &Reports{SchemaVersion: SchemaVersion, Kind: KindReports, Command: "doctor", LeftOut: []LeftOut{{"tba", "tba"}}, Outcome: OutcomeFail, ExitCode: 1,
		Diagnosis: FleetDiagnosis{[]Shared{{ByAccount, "1234567", "setup.mapping-missing", "Mapping", []string{"a", "b"}}}},
		Reports: []*Report{{SchemaVersion: SchemaVersion, Kind: KindReport, Outcome: OutcomeFail, ExitCode: 1, Profile: &Subject{Name: &name, CertificateID: &id},
			Diagnosis: &Diagnosis{Causes: []Cause{{Code: "setup.mapping-missing", Title: "Mapping", Confidence: Likely}}},
			Checks: []Result{{ID: CheckCertificate, Status: Warn, Facts: CertificateFacts{NotAfter: "2026-12-09T10:00:00Z", DaysLeft: 9}},
				{ID: CheckMapping, Status: Pass, Facts: MappingFacts{Certificates: []MappedCertificate{{ValidUntil: "2020-01-01"}, {CertificateID: id, ValidUntil: "2026-12-08"}}}},
				{ID: CheckAPI, Status: Skip}, {ID: CheckMapping, Status: Skip, Reason: new(NotSelected)}, {ID: CheckSetup, Status: Skip, Reason: new(NotConfigured)}, {ID: CheckClock, Status: Unknown}}}}}
	want.Summary.Add(OutcomeFail)
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadReports(data)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v\n%+v\n%+v", err, got, want)
	}
	row := FleetRow{Profile: name, Outcome: OutcomeFail, ExitCode: 1, Cause: "setup.mapping-missing", Title: "Mapping", Confidence: Likely, NotAfter: "2026-12-09", DaysLeft: &days,
		ListedEnd: "2026-12-08", NotChecked: []CheckID{CheckAPI, CheckClock}}
	if r := RowOf(got.Reports[0]); !reflect.DeepEqual(r, row) {
		t.Errorf("%+v\n%+v", r, row)
	}
	for broken, says := range map[string]string{
		`[]`:                       "it is a JSON array, not an object",
		`{}`:                       "it has no kind",
		`{"kind":"nsauth.report"}`: "its kind is",
		strings.Replace(string(data), `"1.0"`, `"2.0"`, 1):                                                                               "schema_version",
		strings.Replace(string(data), `"nsauth.report"`, `"nsauth.profile"`, 1):                                                          "report 1: its kind is",
		strings.Replace(string(data), `"exit_code":1,"error":null,"summary":{"prof`, `"exit_code":"x","error":null,"summary":{"prof`, 1): "exit_code cannot be a JSON string",
	} {
		if _, err := ReadReports([]byte(broken)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.60s: %v, want %s", broken, err, says)
		}
	}
	if KindOf(data) != KindReports || KindOf([]byte("x")) != "" {
		t.Error("kind")
	}
}

// Each outcome against each other one, and a warning that counts against one that does not.
func TestWorse(t *testing.T) {
	order := []Outcome{OutcomePass, OutcomeWarn, OutcomeInconclusive, OutcomeError, OutcomeFail, OutcomeInterrupted}
	for i, a := range order {
		for j, b := range order {
			if got := Worse(a, 0, b, 0); got != (i > j) {
				t.Errorf("%s over %s: %t", a, b, got)
			}
		}
	}
	if !Worse(OutcomeWarn, ExitWarnings, OutcomeWarn, 0) {
		t.Error("--fail-on=warn")
	}
}
