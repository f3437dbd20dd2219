package audit

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/auditor"
	"github.com/nsauth/nsauth/internal/finding"
)

var at = time.Date(2026, 11, 30, 14, 3, 9, 0, time.UTC)

func trail() auditor.Trail {
	return auditor.Trail{Answered: at, Complete: true, Entries: []auditor.Entry{
		{Date: "2026-11-30 14:03:07", Status: "Failure", Detail: "IntegrationBlocked", Application: "Orders", RoleID: "1012", RoleName: "API", IP: "192.0.2.7", Age: 2 * time.Second, Dated: true},
		{Date: "2026-11-30 14:00:09", Status: "Success", Application: "orders", TokenName: "old token", RoleID: "1012", IP: "198.51.100.7", Age: 3 * time.Minute, Dated: true},
		{Date: "yesterday", Status: "Success"},
	}}
}

func TestTrail(t *testing.T) {
	doc := Trail(trail(), time.Hour, Filter{}, nil)
	first := doc.Entries[0]
	if len(doc.Entries) != 3 || *first.At != "2026-11-30T14:03:07Z" || !slices.Contains(first.Causes, "setup.integration-disabled") || first.Fix == nil ||
		doc.Entries[2].At != nil || doc.Unexpected != nil || doc.ExitCode != 0 {
		t.Errorf("%+v", doc)
	}
	if doc := Trail(trail(), time.Hour, Filter{Failures: true}, nil); len(doc.Entries) != 1 {
		t.Errorf("%d failures", len(doc.Entries))
	}
	if doc := Trail(trail(), time.Hour, Filter{Application: "ORDERS"}, nil); len(doc.Entries) != 2 {
		t.Errorf("%d of Orders", len(doc.Entries))
	}
}

// What a filter finds in a trail that was read in part says nothing about the rest.
func TestFilteredInPart(t *testing.T) {
	cut := trail()
	cut.Complete, cut.Entries = false, cut.Entries[:2]
	for _, tt := range []struct {
		filter Filter
		exit   int
	}{{Filter{}, 0}, {Filter{Failures: true}, 3}, {Filter{Application: "Orders"}, 3}} {
		doc := Trail(cut, time.Hour, tt.filter, nil)
		if doc.ExitCode != tt.exit || doc.ReadBackTo == nil || *doc.ReadBackTo != "2026-11-30T14:00:09Z" {
			t.Errorf("%+v: exit %d, back to %v", tt.filter, doc.ExitCode, doc.ReadBackTo)
		}
	}
}

func TestTrouble(t *testing.T) {
	all := func(result, code string) QueriesDocument {
		doc := Untried()
		for i := range doc.Queries {
			doc.Queries[i].Result, doc.Queries[i].Code = result, finding.Optional(code)
		}
		return doc
	}
	one := all("not-visible", "USER_ERROR")
	one.Queries[3].Result = "worked"
	for _, tt := range []struct {
		doc  QueriesDocument
		want Trouble
	}{{all("refused", ""), CredentialRefused}, {all("not-visible", "USER_ERROR"), NoSuiteQL}, {all("not-visible", "INVALID_PARAMETER"), ""}, {one, ""}, {Untried(), ""}} {
		if got := tt.doc.Trouble(); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

func TestExpect(t *testing.T) {
	for _, tt := range []struct {
		file string
		want []string // what is unexpected of each entry
		exit int
	}{
		{"applications: [ORDERS, '']", []string{"", "", ""}, 0},
		{"applications: [Orders]", []string{"", "", "application"}, 1},
		{"roles: [api, 1012]", []string{"", "", "role"}, 1},
		{"roles: ['1012', '']\naddresses: [192.0.2.0/24, '']", []string{"", "address", ""}, 1},
		{"addresses: [192.0.2.7, '::ffff:198.51.100.7', '']", []string{"", "", ""}, 0},
		{"applications: []", []string{"application", "application", "application"}, 1},
	} {
		expected, err := ReadExpected("normal.yaml", []byte(tt.file))
		if err != nil {
			t.Fatal(tt.file, err)
		}
		doc := Trail(trail(), time.Hour, Filter{}, expected)
		var got []string
		for _, e := range doc.Entries {
			got = append(got, strings.Join(e.Unexpected, " "))
		}
		if !slices.Equal(got, tt.want) || doc.ExitCode != tt.exit {
			t.Errorf("%s: %q, exit %d", tt.file, got, doc.ExitCode)
		}
	}
	cut := trail()
	cut.Complete = false
	expected, _ := ReadExpected("normal.yaml", []byte("applications: [orders, '']"))
	if doc := Trail(cut, time.Hour, Filter{}, expected); doc.ExitCode != finding.ExitInconclusive {
		t.Errorf("a trail that is cut: exit %d", doc.ExitCode)
	}
	for _, bad := range []string{"", "apps: [x]", "applications: Orders", "addresses: [10.0.0]", "addresses: [10.0.0.0/99]", "- x", "roles: [{a: 1}]"} {
		if _, err := ReadExpected("normal.yaml", []byte(bad)); err == nil || !strings.Contains(err.Error(), "normal.yaml") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// Whatever the file says, what is accepted judges at least one value, and nothing panics.
func FuzzReadExpected(f *testing.F) {
	for _, s := range []string{"applications: [Orders]", "roles: [3]\naddresses: [10.0.0.0/8]", "addresses: ['']", "applications: null", "a: &x [*x]", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, err := ReadExpected("x", []byte(s))
		if err != nil {
			return
		}
		if !e.judged.applications && !e.judged.roles && !e.judged.addresses {
			t.Errorf("%q judges nothing", s)
		}
		e.unlisted(auditor.Entry{IP: "10.0.0.1", Application: "x"})
	})
}

func TestUse(t *testing.T) {
	use := useOf(trail())
	if len(use) != 2 || use[0].By != "oauth2" || use[1].By != "tba" || use[0].Failure != 1 || use[1].Success != 1 || *use[0].LastDetail != "IntegrationBlocked" {
		t.Errorf("%+v", use)
	}
}

func TestRolesWith(t *testing.T) {
	roles := rolesWith([]auditor.Permission{{RoleID: "1", Key: "ADMI_LOGIN_OAUTH2", Level: "4"}, {RoleID: "1", Key: "REPO_ANALYTICS", Level: "0"}, {RoleID: "2", Key: "ADMI_RESTWEBSERVICES", Level: "4"}},
		[]auditor.Role{{ID: "1", Name: "API", Inactive: new(true)}})
	if len(roles) != 2 || roles[0].Name != "API" || !slices.Equal(roles[0].Missing, []string{"REST Web Services", "SuiteAnalytics Workbook"}) || len(roles[1].Missing) != 2 {
		t.Errorf("%+v", roles)
	}
}

func TestJudge(t *testing.T) {
	doc := AccountDocument{NotSeen: map[string]string{}, Use: []AccountUse{}, Certificates: []finding.MappedCertificate{{CertificateID: "A", Application: "Orders", Role: "API", ValidUntil: "2026-11-30"}},
		Integrations: []AccountIntegration{{Name: "orders", State: "Blocked"}}, Roles: []AccountRole{{ID: "1", Name: "API", Missing: []string{"REST Web Services"}}}}
	states := func(id string) string {
		d := doc
		d.Judge(id, at)
		var s []string
		for _, i := range d.Checklist {
			s = append(s, i.ID+" "+i.State)
		}
		return strings.Join(s, ", ")
	}
	if got := states("A"); got != "features not-seen, mapping-row ok, mapping-valid ok, integration-enabled wrong, login-permission ok, rest-permission wrong, workbook-permission ok" {
		t.Error(got)
	}
	if got := states("B"); got != "features not-seen, mapping-row wrong" {
		t.Error(got)
	}
	doc.Integrations[0].State = "Bloqueado" // in another language
	if got := states("A"); !strings.Contains(got, "integration-enabled not-seen") {
		t.Error(got)
	}
	doc.NotSeen["roles"] = "only the first rows"
	if got := states("A"); !strings.Contains(got, "rest-permission not-seen") {
		t.Error(got)
	}
}
