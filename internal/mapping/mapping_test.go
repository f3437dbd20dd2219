package mapping

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/nsid"
)

// oracleList has the shape of Oracle's sample: bare dates, relative URLs, a UUID.
const oracleList = `[{"application":{"id":1,"name":"Shop","url":"/app/common/integration/integrapp.nl?id=1","application_id":"1C61CD58-044D-497A-AA29-7A3E9A9BB924"},
	"entity":{"id":-5,"name":"A. Admin","url":"/app/common/entity/employee.nl?id=-5"},"role":{"id":1000,"name":"API","url":"/app/setup/role.nl?id=1000"},
	"created":"2026-01-30","valid_from":"2026-01-30","valid_until":"2026-03-01","revoked":false,"certificate_id":"NPMnRyPg-WDWhPiAbisjKiH0fqnBpjOZ367wDTe0pqA","algorithm":"EC"}]`

// oracleAdded has the shape of the answer to an add: other names, and a number.
const oracleAdded = `{"entity_role_id":{"com":"3829855","ent":-5,"rol":1000},"application_id":1,"certificate_id":"NPMnRyPg-WDWhPiAbisjKiH0fqnBpjOZ367wDTe0pqA",
	"certificate":"-----BEGIN CERTIFICATE-----\n","algorithm":"EC","created_at":"2026-01-30","valid_from":"2026-01-30","valid_until":"2026-03-01","invalidated":false}`

func TestOraclesTwoShapes(t *testing.T) {
	list, err := ReadList([]byte(oracleList))
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	want := Mapping{CertificateID: "NPMnRyPg-WDWhPiAbisjKiH0fqnBpjOZ367wDTe0pqA", Application: Record{"1", "Shop"}, ApplicationID: "1C61CD58-044D-497A-AA29-7A3E9A9BB924",
		Role: Record{"1000", "API"}, Entity: Record{"-5", "A. Admin"}, Created: "2026-01-30", ValidFrom: "2026-01-30", ValidUntil: "2026-03-01", Algorithm: "EC"}
	if list[0] != want {
		t.Errorf("list: %+v", list[0])
	}
	added, err := ReadAdded([]byte(oracleAdded))
	if err != nil {
		t.Fatal(err)
	}
	want.Application, want.ApplicationID, want.Role.Name, want.Entity.Name = Record{ID: "1"}, "", "", ""
	if added != want {
		t.Errorf("added: %+v", added)
	}
}

func TestWhatIsNoList(t *testing.T) {
	for _, body := range []string{"", "null", "{}", `{"items":[]}`, "[1]", `[{}]`, `[{"certificate_id":""}]`, "<html>", oracleList[:200], `[{"certificate_id":"A","revoked":"no"}]`} {
		if list, err := ReadList([]byte(body)); err == nil {
			t.Errorf("%q: %v", body, list)
		}
	}
	if list, err := ReadList([]byte("[]")); err != nil || list == nil || len(list) != 0 {
		t.Error(list, err)
	}
	for _, body := range []string{"", "null", "{}", "[]", "Successfully", oracleList} {
		if m, err := ReadAdded([]byte(body)); err == nil {
			t.Errorf("%q: %v", body, m)
		}
	}
}

func TestState(t *testing.T) {
	lastMoment := time.Date(2026, 3, 2, 11, 59, 59, 0, time.UTC) // 23:59:59 of March 1 in UTC-12
	for _, tt := range []struct {
		until   string
		revoked bool
		now     time.Time
		want    State
	}{
		{"2026-03-01", false, lastMoment, Active},
		{"2026-03-01", false, lastMoment.Add(time.Second), Expired},
		{"2026-03-01", true, lastMoment, Revoked},
		{"2026-03-01", true, lastMoment.AddDate(1, 0, 0), Revoked},
		{"2026-03-01T00:00:00Z", false, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Expired},
		{"2026-03-01T08:00:00", false, time.Date(2026, 3, 1, 20, 0, 0, 0, time.UTC), Expired},
		{"2026-03-01T08:00:00", false, time.Date(2026, 3, 1, 19, 59, 59, 0, time.UTC), Active},
		{"soon", false, lastMoment, Active},
		{"", false, lastMoment, Active},
	} {
		if got := (Mapping{ValidUntil: tt.until, Revoked: tt.revoked}).State(tt.now); got != tt.want {
			t.Errorf("%q at %s: %s, want %s", tt.until, tt.now, got, tt.want)
		}
	}
}

// What is read is the same after it was written and read again, and never panics.
func FuzzReadList(f *testing.F) {
	for _, s := range []string{oracleList, oracleAdded, "[]", "null", `[{"certificate_id":"A","role":{"id":"3"},"application":{"application_id":7}}]`, `[{"certificate_id":"-Q","entity":{"id":1e3}}]`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		list, err := ReadList(body)
		if err != nil {
			return
		}
		now := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
		if n := CountActive(list, now); n < 0 || n > len(list) {
			t.Errorf("%d active of %d", n, len(list))
		}
		for _, m := range list {
			if m.CertificateID == "" || m.Role.ID != "" && !nsid.IsInternalID(m.Role.ID) || m.Entity.ID != "" && !nsid.IsInternalID(m.Entity.ID) {
				t.Errorf("%+v", m)
			}
		}
		var rows []any
		if json.Unmarshal(body, &rows) != nil || len(rows) != len(list) {
			t.Errorf("%d of %d rows", len(list), len(rows))
		}
	})
}

// A shortened Certificate ID stands for every one that it may be.
func TestMatch(t *testing.T) {
	ids := []string{"NPMnRyPg-1", "NPMnRyPg-22", "NPMn", "NPMnRyPg-1", "-QjavR-xyzk"}
	for in, want := range map[string]string{"NPMnRyPg": "NPMnRyPg-1 NPMnRyPg-22", "NPMnRyPg-2": "NPMnRyPg-22", "NPMnRyP": "", "NPMn": "NPMn", "NPMnRy…-1": "NPMnRyPg-1", "NPMnRy...-1": "NPMnRyPg-1",
		"NPM…g-22xx": "", "NPMn…-1x": "", "-QjavR…xyzk": "-QjavR-xyzk", "…avR-xyzk": "", "": "", "…": "", "NPMnRyPg-1x": "", "npmnrypg": ""} {
		found, tooShort := Match(ids, in, 8)
		if got := strings.Join(found, " "); got != want || tooShort != slices.Contains([]string{"NPMnRyP", "NPM…g-22xx", "NPMn…-1x", "…avR-xyzk", "", "…"}, in) {
			t.Errorf("%q: %q, too short %v, want %q", in, got, tooShort, want)
		}
	}
}
