package finding

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Read decodes a report that package report wrote. Unknown keys are ignored, because later
// versions may add some. The error says what data is instead of a report.
func Read(data []byte) (*Report, error) {
	if err := checkHead(data, KindReport); err != nil {
		return nil, err
	}
	var doc struct {
		Report
		Checks []struct {
			Result
			Facts json.RawMessage `json:"facts"`
		} `json:"checks"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		return nil, wrongType(err, "not a report")
	}
	r := doc.Report
	for _, c := range doc.Checks {
		facts, err := readFacts(c.ID, c.Facts)
		if err != nil {
			return nil, fmt.Errorf("facts of check %q: %w", c.ID, err)
		}
		c.Result.Facts = facts
		r.Checks = append(r.Checks, c.Result)
	}
	return &r, nil
}

// ReadReports decodes a document of several reports, as Read does for one.
func ReadReports(data []byte) (*Reports, error) {
	if err := checkHead(data, KindReports); err != nil {
		return nil, err
	}
	var doc struct {
		Reports
		List []json.RawMessage `json:"reports"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		return nil, wrongType(err, "not a document of reports")
	}
	rs := doc.Reports
	rs.Reports = make([]*Report, 0, len(doc.List))
	for i, raw := range doc.List {
		r, err := Read(raw)
		if err != nil {
			return nil, fmt.Errorf("report %d: %w", i+1, err)
		}
		rs.Reports = append(rs.Reports, r)
	}
	return &rs, nil
}

// KindOf is the kind that data says it has; "" if it says none.
func KindOf(data []byte) string {
	var head struct {
		Kind string `json:"kind"`
	}
	if json.Unmarshal(data, &head) != nil {
		return ""
	}
	return head.Kind
}

// wrongType says in the words of JSON where a value has another type than in a report. Before any
// other error it writes what.
func wrongType(err error, what string) error {
	var wrong *json.UnmarshalTypeError
	switch {
	case !errors.As(err, &wrong):
		return fmt.Errorf("%s: %w", what, err)
	case wrong.Field == "":
		return fmt.Errorf("it is a JSON %s, not an object", wrong.Value)
	}
	field := strings.TrimPrefix(strings.TrimPrefix(wrong.Field, "Reports."), "Report.") // the embedded types
	return fmt.Errorf("%s cannot be a JSON %s", field, wrong.Value)
}

// checkHead refuses data that is not a document of this kind and version.
func checkHead(data []byte, kind string) error {
	var head struct {
		SchemaVersion string `json:"schema_version"`
		Kind          string `json:"kind"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return wrongType(err, "not JSON")
	}
	switch {
	case head.Kind == "":
		return errors.New("not a document of nsauth: it has no kind")
	case head.Kind != kind:
		return fmt.Errorf("its kind is %q, not %s", head.Kind, kind)
	case head.SchemaVersion != SchemaVersion:
		return fmt.Errorf("its schema_version is %q, not %s", head.SchemaVersion, SchemaVersion)
	}
	return nil
}

// readFacts decodes the facts of a check into their type.
func readFacts(id CheckID, data json.RawMessage) (any, error) {
	if len(data) == 0 || string(data) == "null" {
		return nil, nil
	}
	read, ok := factsOf[id]
	if !ok {
		read = factsAs[any]
	}
	return read(data)
}

// factsOf has the type of the facts of each check.
var factsOf = map[CheckID]func(json.RawMessage) (any, error){
	CheckProfile:       factsAs[ProfileFacts],
	CheckKey:           factsAs[KeyFacts],
	CheckCertificate:   factsAs[CertificateFacts],
	CheckCertificateID: factsAs[CertificateIDFacts],
	CheckAssertion:     factsAs[AssertionFacts],
	CheckRequest:       factsAs[TokenRequestFacts],
	CheckNetwork:       factsAs[NetworkFacts],
	CheckClock:         factsAs[ClockFacts],
	CheckToken:         factsAs[TokenFacts],
	CheckFeatures:      factsAs[ProvenBy],
	CheckIntegration:   factsAs[ProvenBy],
	CheckRole:          factsAs[RoleFacts],
	CheckAPI:           factsAs[APIFacts],
	CheckMapping:       factsAs[MappingFacts],
	CheckAuditTrail:    factsAs[AuditTrailFacts],
	CheckSetup:         factsAs[SetupFacts],
}

func factsAs[T any](data json.RawMessage) (any, error) {
	var v T
	err := json.Unmarshal(data, &v)
	return v, err
}
