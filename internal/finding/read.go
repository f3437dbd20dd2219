package finding

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Read decodes a report that package report wrote. Unknown keys are ignored, because later
// versions may add some. The error says what data is instead of a report.
func Read(data []byte) (*Report, error) {
	var head struct {
		SchemaVersion string `json:"schema_version"`
		Kind          string `json:"kind"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	switch {
	case head.Kind == "":
		return nil, errors.New("not a document of nsauth: it has no kind")
	case head.Kind != KindReport:
		return nil, fmt.Errorf("its kind is %q, not %s", head.Kind, KindReport)
	case head.SchemaVersion != SchemaVersion:
		return nil, fmt.Errorf("its schema_version is %q, not %s", head.SchemaVersion, SchemaVersion)
	}
	var doc struct {
		Report
		Checks []struct {
			Result
			Facts json.RawMessage `json:"facts"`
		} `json:"checks"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("not a report: %w", err)
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
