package api

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// caller is who sends a query, and what the account has at that time.
type caller struct {
	role    account.Role
	account *account.Snapshot
	trail   []verdict.AuditEntry // the Login Audit Trail, the oldest entry first
	now     time.Time
}

// insideTable is a table that shows the account from inside. Its columns and names are
// those that users query; the permission that opens it is a guess.
type insideTable struct {
	permission string
	habit      verdict.Habit // "" if the table is always there
	columns    []string
	dates      []string
	rows       func(s *Server, by caller) []insideRow
}

// insideRow is one row: the values, and what BUILTIN.DF shows instead.
type insideRow struct{ cells, display map[string]value }

const (
	permissionTrail  = "View Login Audit Trail"
	permissionRoles  = "View Roles"
	permissionRecord = "Integration Application"
	permissionTokens = "Access Token Management"
)

var insideTables = map[string]insideTable{
	"loginaudit": {permission: permissionTrail, habit: verdict.HabitQueryLoginAudit, rows: (*Server).loginAudit, dates: []string{"date"},
		columns: []string{"date", "status", "detail", "oauthappname", "oauthaccesstokenname", "user", "role", "emailaddress", "ipaddress", "requesturi", "secchallenge", "useragent"}},
	"rolepermissions": {permission: permissionRoles, rows: rolePermissions, columns: []string{"role", "name", "permkey", "permlevel", "restriction"}},
	"role":            {permission: permissionRoles, rows: roles, columns: []string{"id", "name", "scriptid", "isinactive", "iswebserviceonlyrole"}},
	"employee":        {permission: "Employees", rows: employees, columns: []string{"id", "entityid", "email", "isinactive", "giveaccess"}},
	"employeeroles":   {permission: "Employees", habit: verdict.HabitQueryEmployeeRoles, rows: employeeRoles, columns: []string{"entity", "role"}},
	"employeerolesforsearch": {permission: "Employees", rows: employeeRoles,
		columns: []string{"entity", "role"}},
	"integration": {permission: permissionRecord, rows: integrations, dates: []string{"datecreated"}, columns: []string{"id", "name", "applicationid", "state", "datecreated"}},
	"oauthtoken": {permission: permissionTokens, rows: tokens, dates: []string{"dcreated"},
		columns: []string{"id", "tba_token_name", "tba_app_name", "entity_name", "role_name", "dcreated", "createdby", "brevoked", "binactive"}},
}

// tableFor finds a table that the caller may see.
func (s *Server) tableFor(written string, by caller) (*table, error) {
	name := strings.ToLower(written)
	if name == "dual" {
		return &table{name: name, columns: []string{"dummy"}, length: 1, cell: func(int, string) value { return textValue("X") }}, nil
	}
	invisible := &queryError{"api.record-not-visible", "Record '" + written + "' was not found."}
	if inside, is := insideTables[name]; is {
		if !by.role.Has(inside.permission) || inside.habit != "" && !s.accepts(inside.habit) {
			return nil, invisible
		}
		rows := inside.rows(s, by)
		return &table{name: name, columns: inside.columns, dates: inside.dates, length: len(rows),
			cell:    func(row int, column string) value { return rows[row].cells[column] },
			display: func(row int, column string) value { return rows[row].display[column] }}, nil
	}
	kind, known := account.RecordTypes()[name]
	if !known || !by.role.Has(kind.Permission) {
		return nil, invisible
	}
	records := s.recordsOf(name)
	fields := map[string]bool{}
	for _, record := range kind.Records {
		for field := range record {
			fields[strings.ToLower(field)] = true
		}
	}
	return &table{name: name, columns: slices.Sorted(maps.Keys(fields)), hidden: kind.Hidden, length: len(records),
		cell: func(row int, column string) value {
			text, there := account.Field(records[row], column)
			return value{text: text, set: there}
		}}, nil
}

// habitsOfQuery are the habits of a query whose treatment is not known.
func habitsOfQuery(q string) (found []verdict.Habit) {
	parsed, err := parseQuery(q)
	if err != nil {
		return nil
	}
	if habit := insideTables[strings.ToLower(parsed.table)].habit; habit != "" {
		found = append(found, habit)
	}
	if slices.ContainsFunc(parsed.where, func(c condition) bool { return c.left.op == opDF }) {
		found = append(found, verdict.HabitDFInWhere)
	}
	return found
}

// accepts reports whether the server accepts a habit.
func (s *Server) accepts(h verdict.Habit) bool {
	if s.oauth == nil {
		return h.Default().Accepted
	}
	return s.oauth.Accepts(h)
}

// sessionTime is a time as SYSDATE shows it: in the zone of the session, which no source
// tells.
func (s *Server) sessionTime(at time.Time) time.Time {
	return at.UTC().Add(s.config.SessionZone).Truncate(time.Second)
}

// loginAudit has the newest entry last. An entry appears after the configured delay.
func (s *Server) loginAudit(by caller) (rows []insideRow) {
	for _, e := range by.trail {
		if by.account == nil || e.Account != by.account.ID || by.now.Before(e.Time.Add(s.config.AuditDelay)) {
			continue
		}
		rows = append(rows, insideRow{map[string]value{
			"date": {at: s.sessionTime(e.Time).Add(s.config.AuditZone), set: true}, "status": textValue(e.Status), "detail": textValue(e.Detail),
			"oauthappname": textValue(e.Application), "oauthaccesstokenname": textValue(e.TokenName), "user": number0(e.EntityID), "role": number0(e.RoleID),
			"emailaddress": textValue(e.Email), "ipaddress": textValue(e.IPAddress), "requesturi": textValue(e.RequestURI), "useragent": textValue(e.UserAgent),
		}, map[string]value{"user": textValue(e.Entity), "role": textValue(e.Role)}})
	}
	return rows
}

// number0 is a number, null for 0.
func number0(n int) value {
	if n == 0 {
		return value{}
	}
	return textValue(strconv.Itoa(n))
}

// flag is a box: T or F.
func flag(ticked bool) value {
	if ticked {
		return textValue("T")
	}
	return textValue("F")
}

// rolePermissions has no row of the administrator, who may do everything.
func rolePermissions(_ *Server, by caller) (rows []insideRow) {
	levels := []string{"None", "View", "Create", "Edit", "Full"}
	for _, r := range by.account.AllRoles() {
		if r.ID == account.AdministratorRole {
			continue
		}
		for _, name := range r.Permissions {
			p := account.LookupPermission(name)
			rows = append(rows, insideRow{map[string]value{"role": number0(r.ID), "name": textValue(name), "permkey": textValue(p.Key), "permlevel": textValue(strconv.Itoa(p.Level))},
				map[string]value{"role": textValue(r.Name), "permlevel": textValue(levels[p.Level])}})
		}
	}
	return rows
}

func roles(_ *Server, by caller) (rows []insideRow) {
	for _, r := range by.account.AllRoles() {
		script := fmt.Sprintf("customrole%d", r.ID)
		if r.ID == account.AdministratorRole {
			script = "administrator"
		}
		rows = append(rows, insideRow{cells: map[string]value{"id": number0(r.ID), "name": textValue(r.Name), "scriptid": textValue(script),
			"isinactive": flag(r.Inactive), "iswebserviceonlyrole": flag(false)}})
	}
	return rows
}

func employees(_ *Server, by caller) (rows []insideRow) {
	for _, e := range by.account.AllEntities() {
		rows = append(rows, insideRow{cells: map[string]value{"id": number0(e.ID), "entityid": textValue(e.Name), "email": textValue(e.Email),
			"isinactive": flag(e.Inactive), "giveaccess": flag(!e.NoAccess)}})
	}
	return rows
}

func employeeRoles(_ *Server, by caller) (rows []insideRow) {
	for _, p := range by.account.Assigned() {
		rows = append(rows, insideRow{map[string]value{"entity": number0(p.Entity.ID), "role": number0(p.Role.ID)},
			map[string]value{"entity": textValue(p.Entity.Name), "role": textValue(p.Role.Name)}})
	}
	return rows
}

// integrations lacks the Client ID: no source shows a column with it.
func integrations(s *Server, by caller) (rows []insideRow) {
	for n, i := range by.account.Integrations {
		state, shown := "1", "Enabled"
		if !i.Enabled {
			state, shown = "2", "Blocked"
		}
		rows = append(rows, insideRow{map[string]value{"id": number0(n + 1), "name": textValue(i.Name), "applicationid": textValue(i.ApplicationID),
			"state": textValue(state), "datecreated": {at: s.sessionTime(by.now).AddDate(-1, 0, 0), set: true}}, map[string]value{"state": textValue(shown)}})
	}
	return rows
}

func tokens(s *Server, by caller) (rows []insideRow) {
	for n, t := range by.account.Tokens {
		integration := by.account.ByClientID[t.ClientID]
		rows = append(rows, insideRow{map[string]value{"id": number0(n + 1), "tba_token_name": textValue(t.Name), "tba_app_name": number0(numberOf(by.account, t.ClientID)),
			"entity_name": number0(t.Entity.ID), "role_name": number0(t.Role.ID), "dcreated": {at: s.sessionTime(t.Created), set: !t.Created.IsZero()},
			"createdby": number0(t.Entity.ID), "brevoked": flag(t.Revoked), "binactive": flag(t.Inactive)},
			map[string]value{"tba_app_name": textValue(integration.Name), "entity_name": textValue(t.Entity.Name), "role_name": textValue(t.Role.Name), "createdby": textValue(t.Entity.Name)}})
	}
	return rows
}
