package doctor

import (
	"net/http"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/diagnosis"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/lastgood"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/netsuite"
)

// token and call record at most once a minute, and keep what only an examination saw.
func TestRemember(t *testing.T) {
	s, p := lastgood.Store{Dir: t.TempDir()}, testProfile(t, nil)
	at := time.Date(2026, 11, 20, 17, 42, 3, 0, time.UTC)
	got := func() *lastgood.Record {
		t.Helper()
		r, err := s.Load(stateID(p), at.AddDate(1, 0, 0))
		if err != nil || r == nil {
			t.Fatalf("%v, %v", r, err)
		}
		return r
	}
	issue := func(p *profile.Profile, at time.Time) {
		t.Helper()
		if err := Remember(s, host.World{}, p, nil, &checks.Seed{Token: &netsuite.Token{Answer: &netsuite.Answer{Received: at, Header: http.Header{}}}}); err != nil {
			t.Fatal(err)
		}
	}
	ids := identifiers(p, []finding.Result{{Facts: finding.RoleFacts{RoleID: new("1012")}}, {Facts: finding.KeyFacts{SPKISHA256: "ab"}}})
	if err := s.Save(stateID(p), lastgood.Record{At: at, Identifiers: ids, ValidUntil: new(at.AddDate(1, 0, 0))}); err != nil {
		t.Fatal(err)
	}
	issue(p, at.Add(59*time.Second))
	if r := got(); !r.At.Equal(at) {
		t.Errorf("written again after less than a minute: %v", r.At)
	}
	issue(p, at.Add(time.Hour))
	if r := got(); !r.At.Equal(at.Add(time.Hour)) || r.Identifiers[diagnosis.IDRole] != "1012" || r.Identifiers[diagnosis.IDKey] != "ab" || r.ValidUntil == nil {
		t.Errorf("%+v", r)
	}
	other := testProfile(t, map[string][]string{"client-id": {"2c343a716c1dceb60e7fc149fa6735929ef77d28fe16293f892976dde7d8e3e2"}})
	issue(other, at.Add(2*time.Hour))
	if r := got(); r.Identifiers[diagnosis.IDRole] != "" || r.ValidUntil != nil {
		t.Errorf("kept for another Client ID: %+v", r)
	}
	if err := Remember(s, host.World{}, p, nil, &checks.Seed{Token: &netsuite.Token{}}); err != nil {
		t.Errorf("a kept token: %v", err)
	}
}

// The later of the record and what a person says counts; the identifiers are the record's.
func TestRecordAndPerson(t *testing.T) {
	at := time.Date(2026, 11, 20, 17, 42, 3, 0, time.UTC)
	record := &lastgood.Record{At: at, Identifiers: map[string]string{"client_id": "then"}}
	now := map[string]string{"client_id": "now"}
	for _, tt := range []struct {
		name   string
		record *lastgood.Record
		until  Until
		by     finding.WorkedBy
		at     time.Time
	}{
		{"only the record", record, Until{}, finding.WorkedByRecord, at},
		{"only a person", nil, Until{Time: at.AddDate(0, 0, -3), Day: true}, finding.WorkedByGiven, at.AddDate(0, 0, -3)},
		{"the person says later", record, Until{Time: at.Add(time.Hour)}, finding.WorkedByGiven, at.Add(time.Hour)},
		{"the record is later", record, Until{Time: at.AddDate(0, 0, -3), Day: true}, finding.WorkedByRecord, at},
	} {
		w := worked(tt.record, tt.until, now, at.AddDate(0, 0, 1))
		if w.By != tt.by || !w.At.Equal(tt.at) || (len(w.Identifiers) == 1) != (tt.record != nil) || w.By == finding.WorkedByRecord && w.Day {
			t.Errorf("%s: %+v", tt.name, w)
		}
	}
	if w := worked(nil, Until{}, now, at); w != nil {
		t.Errorf("out of nothing: %+v", w)
	}
}
