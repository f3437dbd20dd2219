package api

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/emulatortest"
	"github.com/nsauth/nsauth/internal/emulator/oauth"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
	"github.com/nsauth/nsauth/internal/testkit/keypool"
)

// inside is an account with a blocked record, a token, and people in several states.
var inside = sync.OnceValue(func() *account.Snapshot {
	a := account.Account{ID: "1234567", Integrations: []account.Integration{
		{Name: "Orders", ClientID: emulatortest.ClientID("a"), ApplicationID: account.ApplicationID("a"), Enabled: true},
		{Name: "Reports", ClientID: emulatortest.ClientID("b"), ApplicationID: account.ApplicationID("b")},
	}, Roles: []account.Role{{ID: 1013, Name: "Former", Inactive: true}, {ID: 3, Name: "Administrator", Permissions: []string{"Customers"}}},
		Entities: []account.Entity{{ID: 7, Name: "Left", Inactive: true, NoAccess: true}}}
	emulatortest.AddToken(&a)
	a.Tokens[0].Entity.Email = "user@customer.example"
	byLabel, err := account.Index([]account.Account{a}, emulatortest.Noon)
	if err != nil {
		panic(err)
	}
	return byLabel["1234567"]
})

func auditor(without ...string) account.Role {
	all := slices.DeleteFunc(account.KnownPermissions(), func(p string) bool { return slices.Contains(without, p) })
	return account.Role{ID: 1099, Name: "Auditor", Permissions: all}
}

var trail = []verdict.AuditEntry{
	{Time: emulatortest.Noon.Add(-time.Hour), Account: "1234567", Status: "Success", Application: "Orders", Role: "nsauth Integration", RoleID: 1012, Entity: "Integration User", EntityID: 1042, RequestURI: "/old"},
	{Time: emulatortest.Noon.Add(-30 * time.Second), Account: "1234567_SB1", Status: "Failure", Detail: "MissingKey"},
	{Time: emulatortest.Noon.Add(-20 * time.Second), Account: "1234567", Status: "Failure", Detail: "IntegrationBlocked", Application: "Reports", RequestURI: "/token"},
	{Time: emulatortest.Noon.Add(-2 * time.Second), Account: "1234567", Status: "Failure", Detail: "UnsupportedAlgo"},
}

// table writes the rows of an answer, one a line.
func tableOf(rows []map[string]any) string {
	var lines []string
	for _, row := range rows {
		var cells []string
		for name, value := range row {
			if name != "links" {
				cells = append(cells, name+"="+fmt.Sprint(value))
			}
		}
		slices.Sort(cells)
		lines = append(lines, strings.Join(cells, " "))
	}
	return strings.Join(lines, "\n")
}

// The queries of an auditor, in the words in which users write them.
func TestAccountFromInside(t *testing.T) {
	for name, tt := range map[string]struct{ q, want string }{
		"entries since": {"SELECT TO_CHAR(LoginAudit.date,'YYYY-MM-DD HH24:MI:SS') AS at, TO_CHAR(SYSDATE,'YYYY-MM-DD HH24:MI:SS') AS server_now, LoginAudit.status AS status, LoginAudit.detail AS detail, " +
			"LoginAudit.oAuthAppName AS application, LoginAudit.user AS user_id, BUILTIN.DF(LoginAudit.user) AS user_name, LoginAudit.role AS role_id, BUILTIN.DF(LoginAudit.role) AS role_name, " +
			"LoginAudit.ipAddress AS ip, LoginAudit.requestUri AS request_uri FROM LoginAudit WHERE LoginAudit.date > TO_TIMESTAMP('2026-11-23 10:00:00','YYYY-MM-DD HH24:MI:SS') AND LoginAudit.status IN ('Success','Failure') ORDER BY LoginAudit.date DESC",
			"at=2026-11-23 11:59:58 detail=UnsupportedAlgo server_now=2026-11-23 12:00:00 status=Failure\n" +
				"application=Reports at=2026-11-23 11:59:40 detail=IntegrationBlocked request_uri=/token server_now=2026-11-23 12:00:00 status=Failure\n" +
				"application=Orders at=2026-11-23 11:00:00 request_uri=/old role_id=1012 role_name=nsauth Integration server_now=2026-11-23 12:00:00 status=Success user_id=1042 user_name=Integration User"},
		"last five minutes": {"SELECT LoginAudit.detail AS detail FROM LoginAudit WHERE LoginAudit.date > SYSDATE - 5/1440 ORDER BY LoginAudit.date", "detail=IntegrationBlocked\ndetail=UnsupportedAlgo"},
		"without TO_CHAR":   {"SELECT date FROM loginaudit WHERE LoginAudit.detail = 'UnsupportedAlgo'", "date=11/23/2026"},
		"rolepermissions": {"SELECT rolepermissions.role AS role_id, rolepermissions.permkey AS permkey, rolepermissions.permlevel AS permlevel, BUILTIN.DF(rolepermissions.permlevel) AS shown FROM rolepermissions WHERE rolepermissions.role = 1012 AND rolepermissions.permkey IN ('ADMI_LOGIN_OAUTH2','REPO_ANALYTICS')",
			"permkey=ADMI_LOGIN_OAUTH2 permlevel=4 role_id=1012 shown=Full\npermkey=REPO_ANALYTICS permlevel=3 role_id=1012 shown=Edit"},
		"no row of the administrator": {"SELECT role FROM rolepermissions WHERE role = 3", ""},
		"role":                        {"SELECT role.id AS id, role.name AS name, role.isinactive AS isinactive FROM role WHERE role.isinactive = 'T'", "id=1013 isinactive=T name=Former"},
		"employee":                    {"SELECT id, isinactive, giveaccess FROM employee", "giveaccess=F id=7 isinactive=T\ngiveaccess=T id=1042 isinactive=F"},
		"employeeroles":               {"SELECT employeeroles.entity AS entity, BUILTIN.DF(employeeroles.role) AS role_name FROM employeeroles WHERE employeeroles.entity = 1042 AND employeeroles.role = 1012", "entity=1042 role_name=nsauth Integration"},
		"its other name":              {"SELECT entity FROM employeerolesforsearch", "entity=1042"},
		"integration":                 {"SELECT integration.id AS id, integration.name AS name, integration.applicationid AS application_id, BUILTIN.DF(integration.state) AS state FROM integration ORDER BY integration.id", "application_id=" + account.ApplicationID("a") + " id=1 name=Orders state=Enabled\napplication_id=" + account.ApplicationID("b") + " id=2 name=Reports state=Blocked"},
		"DF in WHERE":                 {"SELECT integration.name AS name FROM integration WHERE BUILTIN.DF(integration.state) = 'Blocked'", "name=Reports"},
		"OAuthToken":                  {"SELECT OAuthToken.TBA_Token_Name AS token, BUILTIN.DF(OAuthToken.TBA_App_Name) AS application, BUILTIN.DF(OAuthToken.Entity_Name) AS entity, OAuthToken.BREVOKED AS revoked FROM OAuthToken", "application=Orders entity=Integration User revoked=F token=main token"},
		"dual":                        {"SELECT TO_CHAR(SYSDATE,'YYYY-MM-DD\"T\"HH24:MI:SS') now FROM dual", "now=2026-11-23T12:00:00"},
	} {
		t.Run(name, func(t *testing.T) {
			rows, err := query1(new(Server), tt.q, caller{auditor(), inside(), trail, emulatortest.Noon})
			if got := tableOf(rows); err != nil || got != tt.want {
				t.Errorf("%v\n%s\nwant\n%s", err, got, tt.want)
			}
		})
	}
}

// A clause that was not understood never gets rows.
func TestQueriesThatAreRefused(t *testing.T) {
	for _, q := range []string{
		"SELECT user FROM LoginAudit", "SELECT LoginAudit.detail FROM LoginAudit WHERE user = 5", "SELECT LoginAudit.user AS user FROM LoginAudit", "SELECT detail FROM LoginAudit ORDER BY user",
		"SELECT detail FROM LoginAudit WHERE LoginAudit.date > '2026-11-23'", "SELECT detail FROM LoginAudit WHERE LoginAudit.status > SYSDATE",
		"SELECT detail FROM LoginAudit WHERE LoginAudit.date > TO_TIMESTAMP('2026-11-23','YYYY-MM-DD HH24:MI:SS')", "SELECT TO_CHAR(date,'DAY') FROM LoginAudit",
		"SELECT TO_CHAR(detail,'YYYY') FROM LoginAudit", "SELECT detail FROM LoginAudit WHERE SYSDATE - 1/0 < LoginAudit.date", "SELECT detail FROM LoginAudit WHERE date < SYSDATE - 1/0",
		"SELECT detail FROM LoginAudit WHERE 1 = 1", "SELECT detail FROM LoginAudit WHERE detail = status", "SELECT other.detail FROM LoginAudit", "SELECT detail FROM LoginAudit la",
		"SELECT detail FROM LoginAudit -- a", "SELECT detail /* a */ FROM LoginAudit", `SELECT "detail" FROM LoginAudit`, "SELECT detail FROM LoginAudit WHERE detail = 'a", "SELECT BUILTIN.CF(detail) FROM LoginAudit",
		"SELECT BUILTIN.DF('x') FROM LoginAudit", "SELECT DISTINCT detail FROM LoginAudit", "SELECT detail FROM LoginAudit; SELECT 1 FROM dual", "DELETE FROM LoginAudit", "SELECT detail FROM LoginAudit WHERE detail IN ()",
		"SELECT detail FROM LoginAudit WHERE (detail = 'a')", "SELECT detail || status FROM LoginAudit", "SELECT clientid FROM integration", "SELECT detail FROM LoginAudit WHERE detail NOT = 'a'",
		"SELECT detail FROM LoginAudit FETCH FIRST 1000000 ROWS ONLY", "SELECT detail FROM LoginAudit WHERE detail IN (" + strings.Repeat("1,", maxList) + "1)", "SELECT " + strings.Repeat("a", maxName+1) + " FROM LoginAudit",
		"SELECT detail FROM LoginAudit WHERE detail = '" + strings.Repeat("a", maxQuery) + "'",
	} {
		rows, err := query1(new(Server), q, caller{auditor(), inside(), trail, emulatortest.Noon})
		var invalid *queryError
		if !errors.As(err, &invalid) || invalid.code != "api.query-invalid" || rows != nil {
			t.Errorf("%s: %v, %v", q[:min(len(q), 120)], rows, err)
		}
	}
}

// Each table needs its permission, and two may be kept back by a switch.
func TestTablesNeedPermissions(t *testing.T) {
	switched := func(habit verdict.Habit) *Server {
		authorization, err := oauth.New(nil, emulatortest.Noon, oauth.TokenConfig{Refuse: []verdict.Habit{habit}, GenerateKey: keypool.Generate})
		if err != nil {
			t.Fatal(err)
		}
		return &Server{oauth: authorization}
	}
	for name, inner := range insideTables {
		q := "SELECT * FROM " + strings.ToUpper(name)
		by := caller{auditor(), inside(), trail, emulatortest.Noon}
		if rows, err := query1(new(Server), q, by); err != nil || len(rows) == 0 {
			t.Errorf("%s: %d rows, %v", name, len(rows), err)
		}
		by.role = auditor(inner.permission)
		want := "Record '" + strings.ToUpper(name) + "' was not found."
		if rows, err := query1(new(Server), q, by); err == nil || err.Error() != want || rows != nil {
			t.Errorf("%s without %s: %v, %v", name, inner.permission, rows, err)
		}
		by.role = account.Role{ID: account.AdministratorRole}
		if _, err := query1(new(Server), q, by); err != nil {
			t.Errorf("%s as Administrator: %v", name, err)
		}
		if inner.habit == "" {
			continue
		}
		if habits := habitsOfQuery(q); !slices.Equal(habits, []verdict.Habit{inner.habit}) {
			t.Errorf("%s: habits %v", name, habits)
		}
		if _, err := query1(switched(inner.habit), q, by); err == nil || err.Error() != want {
			t.Errorf("%s refused: %v", name, err)
		}
	}
	by := caller{auditor(), inside(), trail, emulatortest.Noon}
	q := "SELECT name FROM integration WHERE BUILTIN.DF(integration.state) = 'Blocked'"
	if rows, err := query1(switched(verdict.HabitDFInWhere), q, by); err != nil || len(rows) > 0 {
		t.Errorf("BUILTIN.DF in WHERE: %v, %v", rows, err)
	}
	if rows, err := query1(switched(verdict.HabitDFInWhere), "SELECT BUILTIN.DF(state) AS state FROM integration", by); err != nil || len(rows) != 2 {
		t.Errorf("BUILTIN.DF elsewhere: %v, %v", rows, err)
	}
}

// The switches of the trail: what is delayed is not there yet, and zones shift dates.
func TestTrailIsDelayedAndShifted(t *testing.T) {
	q := "SELECT TO_CHAR(LoginAudit.date,'YYYY-MM-DD HH24:MI:SS') AS at, TO_CHAR(SYSDATE,'YYYY-MM-DD HH24:MI:SS') AS server_now FROM LoginAudit WHERE LoginAudit.date > SYSDATE - 10/1440"
	for name, tt := range map[string]struct {
		config CallConfig
		want   string
	}{
		"delayed":      {CallConfig{AuditDelay: 20 * time.Second}, "at=2026-11-23 11:59:40 server_now=2026-11-23 12:00:00"},
		"more delayed": {CallConfig{AuditDelay: 21 * time.Second}, ""},
		"session":      {CallConfig{SessionZone: -8 * time.Hour, AuditDelay: 10 * time.Second}, "at=2026-11-23 03:59:40 server_now=2026-11-23 04:00:00"},
		"behind":       {CallConfig{AuditZone: -30 * time.Minute}, ""},
		"ahead":        {CallConfig{AuditZone: 330 * time.Minute, AuditDelay: 10 * time.Second}, "at=2026-11-23 16:30:00 server_now=2026-11-23 12:00:00\nat=2026-11-23 17:29:40 server_now=2026-11-23 12:00:00"},
	} {
		rows, err := query1(&Server{config: tt.config}, q, caller{auditor(), inside(), trail, emulatortest.Noon})
		if got := tableOf(rows); err != nil || got != tt.want {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, got, tt.want)
		}
	}
}
