package checks

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nsauth/nsauth/internal/auditor"
	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/mapping"
	"github.com/nsauth/nsauth/internal/nsid"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/netsuite"
)

// inside answers an auditor: the rows of a table by its name, or a status.
type inside struct {
	rows   map[string]string
	status map[string]int
	asked  []string
	mu     sync.Mutex
}

func (s *inside) Do(_ context.Context, r netsuite.Request) (*netsuite.Answer, error) {
	var q struct{ Q string }
	json.Unmarshal(r.Body, &q)
	table := "certificates"
	if q.Q != "" {
		_, after, _ := strings.Cut(q.Q, " FROM ")
		table = strings.Fields(after)[0]
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, table)
	status, body := http.StatusOK, s.rows[table]
	if v := s.status[table]; v != 0 {
		status, body = v, fmt.Sprintf(`{"o:errorDetails":[{"detail":"Record '%s' was not found.","o:errorCode":"INVALID_PARAMETER"}]}`, table)
	} else if table != "certificates" {
		body = `{"hasMore":false,"items":[` + body + `]}`
	}
	a := &netsuite.Answer{Status: status, Body: []byte(body), Received: time.Now()}
	if err := netsuite.APIErrorFrom(a); err != nil {
		return nil, err
	}
	return a, nil
}

// nobody is the client of the profile, which these checks do not use.
type nobody struct{ Client }

// audited is a check's input after NetSuite refused the token request.
func audited(t *testing.T, s *inside, sent time.Time, change func(*Audit)) *inputs {
	t.Helper()
	account, err := nsid.ParseAccount("1234567")
	if err != nil {
		t.Fatal(err)
	}
	p, err := profile.Resolve(profile.Input{Flags: map[string][]string{"account": {"1234567"}, "certificate-id": {strings.Repeat("A", 43)},
		"client-id": {strings.Repeat("a", 64)}}})
	if err != nil {
		t.Fatal(err)
	}
	a := &Audit{Name: "auditor", Auditor: auditor.New(account, s, nil), Application: "Orders"}
	if change != nil {
		change(a)
	}
	job := &Job{World: host.World{Now: time.Now}, Profile: p, Client: nobody{}, Audit: a}
	job.audit = &audit{Audit: a,
		integrations: func() (auditor.List[auditor.Integration], error) { return a.Auditor.Integrations(t.Context(), "") },
		certificates: func() ([]mapping.Mapping, error) {
			return (&audit{Audit: a}).listCertificates(t.Context(), strings.Repeat("a", 64))
		}}
	job.audit.owner = func() (owner, error) { return owner{}, nil }
	seen := map[finding.CheckID]*node{}
	for _, id := range IDs() {
		seen[id] = &node{}
	}
	seen[finding.CheckToken].refused = &sentRequest{sent, "/services/rest/auth/oauth2/v1/token"}
	return &inputs{id: finding.CheckAuditTrail, job: job, seen: seen}
}

func trailRow(at time.Time, more string) string {
	return fmt.Sprintf(`{"at":%q,"server_now":%q,"status":"Failure","detail":"IntegrationBlocked","user_name":"Jane Doe","ip":"192.0.2.1"%s}`,
		at.Format(time.DateTime), time.Now().Format(time.DateTime), more)
}

// An entry that comes late is asked for again after 2 and 5 seconds, where that is wanted.
func TestAuditTrailWaits(t *testing.T) {
	for _, tt := range []struct {
		name  string
		wait  bool
		late  time.Duration
		code  finding.Code
		asked int
		took  time.Duration
	}{
		{"at once", false, 0, "audit-trail.entry", 2, 0},
		{"after two seconds", true, time.Second, "audit-trail.entry", 3, 2 * time.Second},
		{"after seven seconds", true, 6 * time.Second, "audit-trail.entry", 4, 7 * time.Second},
		{"never", true, time.Hour, "audit-trail.no-entry", 5, 7 * time.Second}, // and twice far back
		{"late, not waited for", false, time.Second, "audit-trail.no-entry", 2, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sent := time.Now()
				s := &inside{rows: map[string]string{}}
				time.AfterFunc(tt.late, func() {
					s.mu.Lock()
					defer s.mu.Unlock()
					s.rows["LoginAudit"] = trailRow(sent.Add(time.Second), `,"application":"Orders"`)
				})
				if tt.late == 0 {
					synctest.Wait()
				}
				o := checkAuditTrail(t.Context(), audited(t, s, sent, func(a *Audit) { a.Wait = tt.wait }))
				took := time.Since(sent)
				synctest.Wait() // for what was asked alongside
				asked := slices.DeleteFunc(slices.Clone(s.asked), func(table string) bool { return table != "LoginAudit" })
				if len(o.findings) != 1 || o.findings[0].Code != tt.code || len(asked) != tt.asked || took != tt.took {
					t.Errorf("%v, asked %v, took %v", o.findings, s.asked, took)
				}
			})
		})
	}
}

func TestAuditTrail(t *testing.T) {
	sent := time.Now()
	for _, tt := range []struct {
		name   string
		rows   string
		status int
		change func(*Audit)
		code   finding.Code
		reason any
		proven bool
	}{
		{"matched", trailRow(sent, `,"application":"Orders"`), 0, nil, "audit-trail.entry", nil, true},
		{"nothing known", trailRow(sent, `,"application":"Orders"`), 0, func(a *Audit) { a.Application = "" }, "audit-trail.entry", "not-matched", false},
		{"a name that no record has", trailRow(sent, `,"application":"Orders"`), 0, func(a *Audit) { a.Application = "Ordres" }, "audit-trail.entry", "not-matched", false},
		{"several", trailRow(sent, "") + "," + trailRow(sent, ""), 0, nil, "audit-trail.entry", "several", false},
		{"another time zone", trailRow(sent.Add(-7*time.Hour), `,"application":"Orders"`), 0, nil, "audit-trail.entry", "time-zone", false},
		{"empty", "", 0, nil, "audit-trail.no-entry", nil, false},
		{"not visible", "", 400, nil, "auditor.query-refused", nil, false},
		{"refused", "", 401, nil, "auditor.refused", nil, false},
		{"HTML", "<html>", 0, nil, "auditor.unreadable", "unreadable", false},
		{"with people", trailRow(sent, `,"application":"Orders"`), 0, func(a *Audit) { a.People = true }, "audit-trail.entry", nil, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &inside{rows: map[string]string{"LoginAudit": tt.rows, "integration": `{"id":1,"name":"Orders","state":"Blocked"}`}, status: map[string]int{"LoginAudit": tt.status}}
			in := audited(t, s, sent, tt.change)
			o := checkAuditTrail(t.Context(), in)
			facts := o.facts.(finding.AuditTrailFacts)
			if len(o.findings) != 1 || o.findings[0].Code != tt.code || o.findings[0].Evidence["reason"] != tt.reason || facts.Proven != tt.proven {
				t.Errorf("%+v, proven %v", o.findings, facts.Proven)
			}
			said, _ := json.Marshal(o.facts)
			named := strings.Contains(string(said), "Jane Doe") || strings.Contains(string(said), "192.0.2.1")
			if named != in.job.Audit.People || strings.Contains(o.findings[0].Message+o.summary, "Jane") {
				t.Errorf("people named: %v", named)
			}
		})
	}
}

func TestSetup(t *testing.T) {
	sent := time.Now()
	id := strings.Repeat("A", 43)
	whole := map[string]string{
		"integration":     `{"id":1,"name":"Orders","application_id":"1C61CD58-044D-497A-AA29-7A3E9A9BB924","state":"Enabled"},{"id":2,"name":"Other","state":"Blocked"}`,
		"role":            `{"id":1000,"name":"API","inactive":"F"}`,
		"rolepermissions": `{"role_id":1000,"permission":"ADMI_LOGIN_OAUTH2","permission_level":4},{"role_id":1000,"permission":"LIST_EMPLOYEE","permission_level":1}`,
		"employee":        `{"id":7,"inactive":"F","access":"T"}`,
		"employeeroles":   `{"entity_id":7,"role_id":1000}`,
		"certificates":    `[{"certificate_id":"` + id + `","valid_until":"2099-01-01","revoked":false}]`,
	}
	for _, tt := range []struct {
		name, table, rows string
		status            int
		change            func(*Audit)
		want              []string // code, reason, proven
		notSeen           []string
	}{
		{"all in order", "", "", 0, nil, nil, nil},
		{"blocked, as a person says", "integration", `{"id":1,"name":"orders","state":"Blocked"}`, 0, nil, []string{"setup.integration-disabled <nil> false"}, nil},
		{"state in another language", "integration", `{"id":1,"name":"Orders","state":"Aktiviert"}`, 0, nil, nil, []string{"integration"}},
		{"blocked, two of that name", "integration", `{"id":1,"name":"Orders","state":"Blocked"},{"id":2,"name":"Orders","state":"Enabled"}`, 0, nil, nil, []string{"integration"}},
		{"blocked, not named", "integration", `{"id":1,"name":"Orders","state":"Blocked"}`, 0, func(a *Audit) { a.Application = "" }, nil, []string{"integration"}},
		{"role inactive", "role", `{"id":1000,"inactive":"T"}`, 0, nil, []string{"setup.role-or-entity-inactive role-inactive true"}, nil},
		{"role inactive, as a person says", "role", `{"id":1000,"inactive":"T"}`, 0, func(a *Audit) { a.KnownBy = finding.KnownByProfile },
			[]string{"setup.role-or-entity-inactive role-inactive false"}, nil},
		{"box not shown", "role", `{"id":1000}`, 0, nil, nil, nil},
		{"another role's row", "role", `{"id":1001,"inactive":"T"}`, 0, nil, nil, []string{"role"}},
		{"permission without a key's shape", "rolepermissions", `{"role_id":1000,"permission":"<b>ADMI_LOGIN_OAUTH2","permission_level":4}`, 0, nil, nil, []string{"permissions"}},
		{"permissions of two roles", "rolepermissions", `{"role_id":1000,"permission":"LIST_EMPLOYEE","permission_level":4},{"role_id":"x1000","permission":"ADMI_LOGIN_OAUTH2","permission_level":4}`, 0, nil, nil, []string{"permissions"}},
		{"no login permission", "rolepermissions", `{"role_id":1000,"permission":"LIST_EMPLOYEE","permission_level":1}`, 0, nil, []string{"setup.login-permission-missing <nil> true"}, nil},
		{"login permission of level 0", "rolepermissions", `{"role_id":1000,"permission":"ADMI_LOGIN_OAUTH2","permission_level":0}`, 0, nil, []string{"setup.login-permission-missing <nil> true"}, nil},
		{"no permissions shown", "rolepermissions", ``, 0, nil, nil, []string{"permissions"}},
		{"permissions not visible", "rolepermissions", ``, 400, nil, nil, []string{"permissions"}},
		{"Administrator", "rolepermissions", `{"role_id":3,"permission":"LIST_EMPLOYEE","permission_level":1}`, 0, func(a *Audit) { a.RoleID = "3" }, []string{"setup.role-or-entity-inactive entity-without-role true"}, []string{"role", "permissions"}},
		{"entity inactive", "employee", `{"id":7,"inactive":"T","access":"T"}`, 0, nil, []string{"setup.role-or-entity-inactive entity-inactive true"}, nil},
		{"no access", "employee", `{"id":7,"inactive":"F","access":"F"}`, 0, nil, []string{"setup.role-or-entity-inactive entity-without-access true"}, nil},
		{"no employee", "employee", ``, 0, nil, nil, []string{"entity"}},
		{"roles that are no IDs", "employeeroles", `{"entity_id":7,"role_id":"<b>1000"}`, 0, nil, nil, nil},
		{"roles of another entity", "employeeroles", `{"entity_id":8,"role_id":3}`, 0, nil, nil, nil},
		{"without the role", "employeeroles", `{"entity_id":7,"role_id":3}`, 0, nil, []string{"setup.role-or-entity-inactive entity-without-role true"}, nil},
		{"revoked", "certificates", `[{"certificate_id":"` + id + `","revoked":true}]`, 0, nil, []string{"setup.certificate-revoked read-revoked true"}, nil},
		{"expired", "certificates", `[{"certificate_id":"` + id + `","valid_until":"2020-01-01","revoked":false}]`, 0, nil, []string{"setup.certificate-revoked read-expired true"}, nil},
		{"not listed", "certificates", `[{"certificate_id":"B"}]`, 0, nil, []string{"setup.mapping-missing <nil> false"}, nil},
		{"an empty list", "certificates", `[]`, 0, nil, nil, nil},
		{"list refused", "certificates", ``, 403, nil, nil, []string{"certificates"}},
		{"nothing known of role and entity", "", "", 0, func(a *Audit) { a.RoleID, a.EntityID = "", "" }, nil, []string{"role", "entity"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &inside{rows: map[string]string{}, status: map[string]int{tt.table: tt.status}}
			for table, rows := range whole {
				s.rows[table] = rows
			}
			if tt.table != "" {
				s.rows[tt.table] = tt.rows
			}
			in := audited(t, s, sent, func(a *Audit) {
				a.RoleID, a.EntityID, a.KnownBy = "1000", "7", finding.KnownByLastRun
				if tt.change != nil {
					tt.change(a)
				}
			})
			o := checkSetup(t.Context(), in)
			var got []string
			for _, f := range o.findings {
				got = append(got, fmt.Sprint(f.Code, " ", f.Evidence["reason"], " ", f.Evidence["proven"]))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			facts := o.facts.(finding.SetupFacts)
			for _, part := range []string{"integration", "role", "permissions", "entity", "certificates"} {
				if (facts.NotSeen[part] != "") != slices.Contains(tt.notSeen, part) {
					t.Errorf("not seen: %v, want %v", facts.NotSeen, tt.notSeen)
				}
			}
		})
	}
}

// NetSuite's list of the Client ID's certificates says which record, role and entity it is,
// unless it is the auditor's own.
func TestSetupOfTheList(t *testing.T) {
	list := fmt.Sprintf(`[{"certificate_id":%q,"application":{"name":"Invoices"},"role":{"id":1000},"entity":{"id":"7"},"valid_until":"2099-01-01"}]`, strings.Repeat("A", 43))
	rows := map[string]string{
		"integration":     `{"id":1,"name":"Orders","state":"Enabled"},{"id":2,"name":"Invoices","state":"Blocked"}`,
		"rolepermissions": `{"role_id":1000,"permission":"LIST_EMPLOYEE","permission_level":1}`,
		"employee":        `{"id":7,"inactive":"T","access":"T"}`,
		"certificates":    list,
	}
	for name, tt := range map[string]struct {
		change func(*Audit)
		want   []string
	}{
		"theirs":        {nil, []string{"setup.integration-disabled", "setup.login-permission-missing", "setup.role-or-entity-inactive"}},
		"the auditor's": {func(a *Audit) { a.ClientID, a.CertificateID = "another", strings.Repeat("A", 43) }, nil},
		"of the same record": {func(a *Audit) { a.ClientID, a.CertificateID = strings.Repeat("a", 64), strings.Repeat("A", 43) },
			[]string{"setup.integration-disabled", "setup.login-permission-missing", "setup.role-or-entity-inactive"}},
	} {
		t.Run(name, func(t *testing.T) {
			o := checkSetup(t.Context(), audited(t, &inside{rows: rows}, time.Now(), tt.change))
			var got []string
			for _, f := range o.findings {
				got = append(got, string(f.Code))
				if f.Evidence["proven"] != true {
					t.Errorf("%s is not proven", f.Code)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// A set-up of which nothing was read is not judged: it has not passed.
func TestSetupUnseen(t *testing.T) {
	for _, tt := range []struct {
		name string
		rows map[string]string
		want bool
	}{
		{"nothing", map[string]string{"certificates": "[]"}, true},
		{"another record", map[string]string{"certificates": "[]", "integration": `{"id":2,"name":"Invoices","state":"Enabled"}`}, true},
		{"the record", map[string]string{"certificates": "[]", "integration": `{"id":1,"name":"Orders","state":"Enabled"}`}, false},
		{"its certificates", map[string]string{"certificates": `[{"certificate_id":"B"}]`}, false},
	} {
		in := audited(t, &inside{rows: tt.rows}, time.Now(), nil)
		if o := checkSetup(t.Context(), in); o.unverified != tt.want {
			t.Errorf("%s: unverified %t: %s", tt.name, o.unverified, o.summary)
		}
	}
}

func TestQueryRefusedByUserError(t *testing.T) {
	for code, want := range map[string]string{"USER_ERROR": "Add SuiteAnalytics Workbook", "INVALID_PARAMETER": "Add the permission Employees"} {
		f := AuditorTrouble("auditor", &auditor.Error{Query: auditor.Query{Permission: "Employees"}, Reason: auditor.NotVisible, Status: 400, Code: code})
		if !strings.HasPrefix(f.Remedy.Summary, want) {
			t.Errorf("%s: %s", code, f.Remedy.Summary)
		}
	}
}

func TestEntityMenu(t *testing.T) {
	for reason, want := range map[string]string{"role-inactive": "Setup > Users/Roles > Manage Roles", "entity-inactive": "Lists > Employees > Employees > the employee > Access",
		"entity-without-access": "Lists > Employees > Employees > the employee > Access", "entity-without-role": "Lists > Employees > Employees > the employee > Access"} {
		if f := catalog.New("setup.role-or-entity-inactive", finding.Evidence{"reason": reason}); f.Remedy.UIPath == nil || *f.Remedy.UIPath != want {
			t.Errorf("%s: %v", reason, f.Remedy.UIPath)
		}
	}
}
