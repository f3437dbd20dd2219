package auditor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/nsauth/nsauth/internal/nsid"
	"github.com/nsauth/nsauth/netsuite"
)

// canned answers each query with what a function says.
type canned func(sql string) (status int, body string)

var answered = time.Date(2026, 11, 30, 14, 3, 9, 0, time.UTC)

func (c canned) Do(_ context.Context, r netsuite.Request) (*netsuite.Answer, error) {
	var sent struct{ Q string }
	if json.Unmarshal(r.Body, &sent) != nil || r.Header.Get("Prefer") != "transient" || r.Method != http.MethodPost {
		return nil, errors.New("not a query")
	}
	status, body := c(sent.Q)
	a := &netsuite.Answer{Status: status, Body: []byte(body), Received: answered}
	if err := netsuite.APIErrorFrom(a); err != nil {
		return nil, err
	}
	return a, nil
}

func with(t *testing.T, c canned) *Auditor {
	t.Helper()
	account, err := nsid.ParseAccount("1234567")
	if err != nil {
		t.Fatal(err)
	}
	return New(account, c, nil)
}

func page(rows ...string) string {
	return fmt.Sprintf(`{"links":[],"count":%d,"hasMore":false,"items":[%s],"offset":0,"totalResults":%[1]d}`, len(rows), strings.Join(rows, ","))
}

func entry(at, more string) string {
	return `{"links":[],"at":"` + at + `","server_now":"2026-11-30 14:03:09","status":"Failure","detail":"IntegrationBlocked",` +
		`"application":"Orders","request_uri":"/services/rest/auth/oauth2/v1/token"` + more + `}`
}

func TestMatch(t *testing.T) {
	sent := answered.Add(-2 * time.Second)
	known := Known{Sent: sent, Path: "/services/rest/auth/oauth2/v1/token", Failed: true, Application: "orders"}
	for _, tt := range []struct {
		name  string
		rows  []string
		known func(*Known)
		found int
		sure  bool
		zone  time.Duration
	}{
		{"the one entry", []string{entry("2026-11-30 14:03:07", "")}, nil, 1, true, 0},
		{"nothing known to match", []string{entry("2026-11-30 14:03:07", "")}, func(k *Known) { k.Application = "" }, 1, false, 0},
		{"another application", []string{entry("2026-11-30 14:03:07", "")}, func(k *Known) { k.Application = "Invoices" }, 0, false, 0},
		{"role of the entry", []string{entry("2026-11-30 14:03:07", `,"role_id":1000`)}, func(k *Known) { k.Application, k.RoleID = "", "1000" }, 1, true, 0},
		{"another role", []string{entry("2026-11-30 14:03:07", `,"role_id":"1001"`)}, func(k *Known) { k.RoleID = "1000" }, 0, false, 0},
		{"two", []string{entry("2026-11-30 14:03:08", ""), entry("2026-11-30 14:03:07", "")}, nil, 2, false, 0},
		{"before the request", []string{entry("2026-11-30 14:02:00", "")}, nil, 0, false, 0},
		{"just before", []string{entry("2026-11-30 14:03:03", "")}, nil, 1, true, 0},
		{"three hours behind", []string{entry("2026-11-30 11:03:07", "")}, nil, 1, false, -3 * time.Hour},
		{"five and a half hours ahead", []string{entry("2026-11-30 19:33:08", "")}, nil, 1, false, 330 * time.Minute},
		{"a zone and the window", []string{entry("2026-11-30 14:03:07", ""), entry("2026-11-30 13:33:07", "")}, nil, 1, true, 0},
		{"days ago", []string{entry("2026-11-28 14:03:07", "")}, nil, 0, false, 0},
		{"another path", []string{strings.Replace(entry("2026-11-30 14:03:07", ""), "oauth2/v1/token", "x", 1)}, nil, 0, false, 0},
		{"a success", []string{strings.Replace(entry("2026-11-30 14:03:07", ""), "Failure", "Success", 1)}, nil, 0, false, 0},
		{"no date", []string{entry("yesterday", "")}, nil, 0, false, 0},
		{"cut", []string{entry("2026-11-30 14:03:07", `,"x":"`+strings.Repeat("a", 2*maxCell)+`"`)}, nil, 1, false, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			trail, err := with(t, func(string) (int, string) { return 200, page(tt.rows...) }).Trail(t.Context(), time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			k := known
			if tt.known != nil {
				tt.known(&k)
			}
			found, sure := trail.Match(k)
			if len(found) != tt.found || sure != tt.sure {
				t.Fatalf("%d found, sure %v: %+v", len(found), sure, found)
			}
			if len(found) > 0 && (found[0].Zone != tt.zone || found[0].After < -Before || found[0].After > After) {
				t.Errorf("zone %v, after %v", found[0].Zone, found[0].After)
			}
		})
	}
}

// Whatever is answered, a list has bounds, a text has no control characters, and what is
// no answer of SuiteQL is an error with its reason.
func TestHostileAnswers(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		status     int
		reason     Reason // "" for rows
		rows       int
		complete   bool
	}{
		{"two rows", page(`{"id":1,"name":"A"}`, `{"id":"2","name":null}`), 200, "", 2, true},
		{"more", strings.Replace(page(`{"id":1}`), "false", "true", 1), 200, "", 1, false},
		{"too many rows", page(slices.Repeat([]string{`{"id":1}`}, MaxRows+1)...), 200, "", MaxRows, false},
		{"long cell", page(`{"name":"` + strings.Repeat("é", 1<<18) + `"}`), 200, "", 1, false},
		{"control characters", page(`{"name":"a\u001b[31m\u0007\nb\u202e"}`), 200, "", 1, true},
		{"HTML", "<html><script>alert(1)</script>", 200, Unreadable, 0, false},
		{"items is text", `{"items":"x","hasMore":false}`, 200, Unreadable, 0, false},
		{"nested cell", page(`{"id":{"a":1}}`), 200, Unreadable, 0, false},
		{"no items", `{}`, 200, Unreadable, 0, false},
		{"table not visible", `{"o:errorDetails":[{"detail":"Record 'LoginAudit' was not found.","o:errorCode":"INVALID_PARAMETER"}]}`, 400, NotVisible, 0, false},
		{"no login", `{"o:errorDetails":[{"detail":"Invalid login attempt.","o:errorCode":"INVALID_LOGIN"}]}`, 401, Refused, 0, false},
		{"server error", `x`, 500, Unreadable, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			roles, err := with(t, func(string) (int, string) { return tt.status, tt.body }).Roles(t.Context(), "")
			var failed *Error
			if errors.As(err, &failed); tt.reason != "" && (failed == nil || failed.Reason != tt.reason) || tt.reason == "" && err != nil {
				t.Fatal(err)
			}
			if len(roles.Items) != tt.rows || roles.Complete != tt.complete {
				t.Errorf("%d rows, complete %v", len(roles.Items), roles.Complete)
			}
			for _, r := range roles.Items {
				if utf8.RuneCountInString(r.Name) > maxCell || strings.ContainsAny(r.Name, "\x1b\x07\n\u202e") {
					t.Errorf("%.40q", r.Name)
				}
			}
		})
	}
}

func TestEmployeeRolesHasTwoNames(t *testing.T) {
	var asked []string
	roles, err := with(t, func(sql string) (int, string) {
		asked = append(asked, sql)
		if strings.Contains(sql, "FROM employeeroles ") {
			return 400, `{"o:errorDetails":[{"detail":"Record 'employeeroles' was not found.","o:errorCode":"INVALID_PARAMETER"}]}`
		}
		return 200, page(`{"entity_id":-5,"role_id":3}`)
	}).EmployeeRoles(t.Context(), "-5")
	if err != nil || !slices.Equal(roles.Items, []string{"3"}) || len(asked) != 2 {
		t.Errorf("%v, %v, %q", roles, err, asked)
	}
}

// A value that is not of its kind is never in a query, and nothing is sent.
func FuzzText(f *testing.F) {
	for _, v := range []string{"", "1000", "-5", "1 OR 1=1", "1C61CD58-044D-497A-AA29-7A3E9A9BB924", "'; DROP", "1\n", "٣", "1C61CD58-044D-497A-AA29-7A3E9A9BB92'"} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v string) {
		values := map[string]string{"since": v, "role": v, "entity": v, "application": v}
		for _, q := range Queries() {
			sql, err := q.Text(values)
			switch {
			case err != nil && (sql != "" || strings.Contains(err.Error(), v) && len(v) > 8):
				t.Errorf("%s: %q, %v", q.Name, sql, err)
			case err == nil && q.SQL != sql:
				for _, c := range v {
					if !strings.ContainsRune("-0123456789abcdefABCDEF", c) {
						t.Errorf("%s: %q", q.Name, sql)
					}
				}
			}
			if !strings.HasPrefix(q.SQL, "SELECT ") || strings.ContainsAny(q.SQL, ";\n") {
				t.Errorf("%s is no plain SELECT", q.Name)
			}
		}
	})
}

// No answer panics, and every list that is read is bounded.
func FuzzRows(f *testing.F) {
	f.Add(page(entry("2026-11-30 14:03:07", "")))
	f.Add(page(`{"id":1e400,"name":"\ud800"}`))
	f.Add(`{"items":[{"a":[]}],"hasMore":true}`)
	f.Add(`[]`)
	f.Fuzz(func(t *testing.T, body string) {
		rows, err := readRows([]byte(body))
		if err != nil && len(rows.Items) > 0 || len(rows.Items) > MaxRows {
			t.Fatalf("%d rows, %v", len(rows.Items), err)
		}
		for _, r := range rows.Items {
			for _, v := range r {
				if v == "" || !utf8.ValidString(v) || strings.ContainsAny(v, "\x1b\r\n") {
					t.Errorf("%q", v)
				}
			}
		}
	})
}

// An auditor leaves room for the integrations of the account.
func TestAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int32
		a := with(t, func(string) (int, string) {
			for n := now.Add(1); n > most.Load(); {
				most.Store(n)
			}
			time.Sleep(time.Second)
			now.Add(-1)
			return 200, page()
		})
		var all sync.WaitGroup
		for range 3 * AtOnce {
			all.Go(func() {
				if _, err := a.Roles(t.Context(), ""); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if most.Load() != AtOnce {
			t.Errorf("%d at once", most.Load())
		}
	})
}

// A refused list of certificates is not a refused credential: with a 401 too.
func TestCertificatesRefused(t *testing.T) {
	account, err := nsid.ParseAccount("1234567")
	if err != nil {
		t.Fatal(err)
	}
	for _, status := range []int{401, 403, 404} {
		_, err := New(account, listRefused(status), nil).Certificates(t.Context(), strings.Repeat("a", 64))
		if e := (*Error)(nil); !errors.As(err, &e) || e.Reason != NotVisible || e.Status != status {
			t.Errorf("status %d: %+v", status, e)
		}
	}
}

type listRefused int

func (status listRefused) Do(context.Context, netsuite.Request) (*netsuite.Answer, error) {
	return nil, netsuite.APIErrorFrom(&netsuite.Answer{Status: int(status), Body: []byte(`{"o:errorDetails":[{"o:errorCode":"INVALID_LOGIN"}]}`)})
}
