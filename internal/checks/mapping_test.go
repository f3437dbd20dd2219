package checks

import (
	"slices"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/mapping"
)

func TestJudgeMapping(t *testing.T) {
	now := time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
	row := func(id, until string, revoked bool) mapping.Mapping {
		return mapping.Mapping{CertificateID: id, ValidFrom: "2025-01-01T00:00:00Z", ValidUntil: until, Revoked: revoked}
	}
	warn := limits{{text: "7d", severity: finding.Error, days: 7}, {text: "30d", severity: finding.Warning, days: 30}}
	for _, tt := range []struct {
		name   string
		rows   []mapping.Mapping
		want   []finding.Code
		status finding.Status
		active int
	}{
		{"fine", []mapping.Mapping{row("ours", "2027-12-31T00:00:00Z", false)}, nil, finding.Pass, 1},
		{"not there", []mapping.Mapping{row("other", "2027-12-31T00:00:00Z", false)}, []finding.Code{"mapping.not-listed"}, finding.Pass, 1},
		{"empty", nil, []finding.Code{"mapping.not-listed"}, finding.Pass, 0},
		{"revoked", []mapping.Mapping{row("ours", "2027-12-31T00:00:00Z", true)}, []finding.Code{"mapping.revoked"}, finding.Fail, 0},
		{"over", []mapping.Mapping{row("ours", "2026-11-22T00:00:00Z", false)}, []finding.Code{"mapping.expired"}, finding.Fail, 0},
		{"soon", []mapping.Mapping{row("ours", "2026-12-10T00:00:00Z", false)}, []finding.Code{"mapping.expiring-soon"}, finding.Warn, 1},
		{"very soon", []mapping.Mapping{row("ours", "2026-11-27T00:00:00Z", false)}, []finding.Code{"mapping.expiring-soon"}, finding.Fail, 1},
		{"A22: its last day, as a bare date", []mapping.Mapping{row("ours", "2026-11-23", false)}, []finding.Code{"mapping.expiring-soon"}, finding.Fail, 1},
		{"A22: the day after", []mapping.Mapping{row("ours", "2026-11-22", false)}, []finding.Code{"mapping.expired"}, finding.Fail, 0},
		{"A22: its last day, with a time and no zone", []mapping.Mapping{row("ours", "2026-11-23 00:00:00", false)}, []finding.Code{"mapping.expiring-soon"}, finding.Fail, 1},
		{"A22: no zone makes it early", []mapping.Mapping{row("ours", "2026-11-23T08:00:00", false)}, []finding.Code{"mapping.expiring-soon"}, finding.Fail, 1},
		{"A22: revoked on its last day", []mapping.Mapping{row("ours", "2026-11-23", true)}, []finding.Code{"mapping.revoked"}, finding.Fail, 0},
		{"A22: an expired row does not count", []mapping.Mapping{row("ours", "2027-11-23", false), row("old", "2023-05-21", false)}, nil, finding.Pass, 1},
		{"a date that nobody can read", []mapping.Mapping{row("ours", "next year", false)}, nil, finding.Pass, 1},
		{"four active", []mapping.Mapping{row("ours", "2027-12-31", false), row("b", "2027-12-31", false), row("c", "2027-12-31", false), row("d", "2027-12-31", false)},
			[]finding.Code{"mapping.limit-near"}, finding.Pass, 4},
		{"five active", []mapping.Mapping{row("ours", "2027-12-31", false), row("b", "2027-12-31", false), row("c", "2027-12-31", false), row("d", "2027-12-31", false), row("e", "2027-12-31", false), row("f", "2027-12-31", true)},
			[]finding.Code{"mapping.limit-reached"}, "", 5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := judgeMapping(tt.rows, "ours", "", now, warn)
			var got []finding.Code
			for _, f := range o.findings {
				got = append(got, f.Code)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("%v, want %v", got, tt.want)
			}
			if s := finding.StatusOf(o.findings); tt.status != "" && s != tt.status {
				t.Errorf("status %s, want %s", s, tt.status)
			}
			if facts := o.facts.(finding.MappingFacts); facts.Active != tt.active || len(facts.Certificates) != len(tt.rows) {
				t.Errorf("%+v", facts)
			}
		})
	}
}

// Oracle's samples show bare dates, relative URLs, and a number as application_id.
func TestA22OraclesShape(t *testing.T) {
	rows, err := mapping.ReadList([]byte(`[{"application":{"id":1,"name":"Shop","url":"/app/common/integration/integrapp.nl?id=1","application_id":1},
		"entity":{"id":-5,"name":"A","url":"/app/common/entity/employee.nl?id=-5"},"role":{"id":3,"name":"B","url":"/app/setup/role.nl?id=3"},
		"created":"2026-11-20","valid_from":"2026-11-20","valid_until":"2026-11-23","revoked":false,"certificate_id":"ours","algorithm":"EC"}]`))
	if err != nil {
		t.Fatal(err)
	}
	lastMoment := time.Date(2026, 11, 24, 11, 59, 59, 0, time.UTC) // 23:59:59 of that day in UTC-12
	o := judgeMapping(rows, "ours", "", lastMoment, nil)
	if facts := o.facts.(finding.MappingFacts); len(o.findings) != 0 || facts.Active != 1 || o.summary != "B, A, expires 2026-11-23" {
		t.Errorf("%+v %+v", o, facts)
	}
	if o := judgeMapping(rows, "ours", "", lastMoment.Add(time.Second), nil); len(o.findings) != 1 || o.findings[0].Code != "mapping.expired" {
		t.Errorf("the next day: %+v", o)
	}
}
