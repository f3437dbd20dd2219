package report

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nsauth/nsauth/internal/finding"
)

// Read decodes a report that [JSON] wrote. Unknown keys are ignored, because later
// versions may add some. The error says what data is instead of a report.
func Read(data []byte) (*finding.Report, error) {
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
	case head.Kind != finding.KindReport:
		return nil, fmt.Errorf("its kind is %q, not %s", head.Kind, finding.KindReport)
	case head.SchemaVersion != finding.SchemaVersion:
		return nil, fmt.Errorf("its schema_version is %q, not %s", head.SchemaVersion, finding.SchemaVersion)
	}
	var doc struct {
		finding.Report
		Checks []struct {
			finding.Result
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
func readFacts(id finding.CheckID, data json.RawMessage) (any, error) {
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
var factsOf = map[finding.CheckID]func(json.RawMessage) (any, error){
	finding.CheckProfile:       factsAs[finding.ProfileFacts],
	finding.CheckKey:           factsAs[finding.KeyFacts],
	finding.CheckCertificate:   factsAs[finding.CertificateFacts],
	finding.CheckCertificateID: factsAs[finding.CertificateIDFacts],
	finding.CheckAssertion:     factsAs[finding.AssertionFacts],
	finding.CheckRequest:       factsAs[finding.TokenRequestFacts],
	finding.CheckNetwork:       factsAs[finding.NetworkFacts],
	finding.CheckClock:         factsAs[finding.ClockFacts],
	finding.CheckToken:         factsAs[finding.TokenFacts],
	finding.CheckFeatures:      factsAs[finding.ProvenBy],
	finding.CheckIntegration:   factsAs[finding.ProvenBy],
	finding.CheckRole:          factsAs[finding.RoleFacts],
	finding.CheckAPI:           factsAs[finding.APIFacts],
	finding.CheckMapping:       factsAs[finding.MappingFacts],
	finding.CheckAuditTrail:    factsAs[finding.AuditTrailFacts],
	finding.CheckSetup:         factsAs[finding.SetupFacts],
}

func factsAs[T any](data json.RawMessage) (any, error) {
	var v T
	err := json.Unmarshal(data, &v)
	return v, err
}
