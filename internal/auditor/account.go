package auditor

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/nsauth/nsauth/internal/nsid"
	"github.com/nsauth/nsauth/internal/text"
	"github.com/nsauth/nsauth/netsuite"
)

// Integration is an integration record.
type Integration struct {
	ID            string
	Name          string
	ApplicationID string // a UUID
	State         string // Enabled, Blocked, ...; in the language of the auditor's user
}

// Enabled reports whether programs can use the record; known is false if its State was not
// seen, or is another word than those of Oracle's pages. It may be one of another language.
func (i Integration) Enabled() (enabled, known bool) {
	switch strings.ToLower(i.State) {
	case "enabled":
		return true, true
	case "blocked", "waiting for approval":
		return false, true
	}
	return false, false
}

// Role is a role.
type Role struct {
	ID       string
	Name     string
	Inactive *bool // nil if it was not seen
}

// Permission is a permission of a role. Level is 0 none, 1 view, 2 create, 3 edit, 4 full
// (Oracle NetSuite Help, page section_0210123130); "" if it was not seen.
type Permission struct {
	RoleID, Key, Level string
}

// Employee is an employee. A box is nil if it was not seen.
type Employee struct {
	ID       string
	Name     string
	Inactive *bool
	Access   *bool // may sign in
}

// Token is a token of token-based authentication.
type Token struct {
	ID, Name, Application, UserName, RoleName, Created string
	Revoked, Inactive                                  *bool // nil if it was not seen
}

// List is what an answer showed of something.
type List[T any] struct {
	Items    []T
	Complete bool // there are no more
}

func listed[T any](rows Rows, err error, read func(Row) T) (List[T], error) {
	l := List[T]{Complete: rows.Complete}
	for _, r := range rows.Items {
		l.Items = append(l.Items, read(r))
	}
	return l, err
}

// Integrations lists the integration records: the one with that Application ID, or all if
// it is "". The errors of this method and of those below are [*Error].
func (a *Auditor) Integrations(ctx context.Context, applicationID string) (List[Integration], error) {
	name := "integrations"
	if applicationID != "" {
		name = "integration"
	}
	rows, err := a.ask(ctx, name, map[string]string{"application": strings.ToUpper(applicationID)})
	return listed(rows, err, func(r Row) Integration {
		return Integration{ID: r["id"], Name: r["name"], ApplicationID: r["application_id"], State: r["state"]}
	})
}

// Roles lists the role with that internal ID, or all if it is "".
func (a *Auditor) Roles(ctx context.Context, id string) (List[Role], error) {
	name := "roles"
	if id != "" {
		name = "role"
	}
	rows, err := a.ask(ctx, name, map[string]string{"role": id})
	return listed(rows, err, func(r Row) Role {
		return Role{ID: r["id"], Name: r["name"], Inactive: box(r["inactive"])}
	})
}

// Permissions lists the permissions of a role. The list is not complete if a row is not of
// that role, or has a key that is not one.
func (a *Auditor) Permissions(ctx context.Context, role string) (List[Permission], error) {
	rows, err := a.ask(ctx, "permissions", map[string]string{"role": role})
	for _, r := range rows.Items {
		rows.Complete = rows.Complete && r["role_id"] == role && keyShape().MatchString(r["permission"])
	}
	return listed(rows, err, readPermission)
}

// keyShape is the shape of a permission's key, which may be missing.
var keyShape = text.Regexp(`^[A-Za-z0-9_]*$`)

// SignInPermissions lists, of all roles, the permissions that client credentials need.
func (a *Auditor) SignInPermissions(ctx context.Context) (List[Permission], error) {
	rows, err := a.ask(ctx, "sign-in-permissions", nil)
	return listed(rows, err, readPermission)
}

func readPermission(r Row) Permission {
	return Permission{RoleID: r["role_id"], Key: strings.ToUpper(r["permission"]), Level: r["permission_level"]}
}

// Employees lists the employee with that internal ID. The list is empty for an entity that
// is no employee.
func (a *Auditor) Employees(ctx context.Context, id string) (List[Employee], error) {
	rows, err := a.ask(ctx, "employee", map[string]string{"entity": id})
	return listed(rows, err, func(r Row) Employee {
		return Employee{ID: r["id"], Name: r["name"], Inactive: box(r["inactive"]), Access: box(r["access"])}
	})
}

// EmployeeRoles lists the internal IDs of an employee's roles. The list is not complete if
// a row is not of that employee, or has no internal ID.
func (a *Auditor) EmployeeRoles(ctx context.Context, id string) (List[string], error) {
	entity := map[string]string{"entity": id}
	rows, err := a.ask(ctx, "employee-roles", entity)
	if refused := (*Error)(nil); errors.As(err, &refused) && refused.Reason == NotVisible {
		rows, err = a.ask(ctx, "employee-roles-for-search", entity)
	}
	for _, r := range rows.Items {
		rows.Complete = rows.Complete && r["entity_id"] == id && nsid.IsInternalID(r["role_id"])
	}
	return listed(rows, err, func(r Row) string { return r["role_id"] })
}

// Tokens lists the tokens of token-based authentication.
func (a *Auditor) Tokens(ctx context.Context) (List[Token], error) {
	rows, err := a.ask(ctx, "tokens", nil)
	return listed(rows, err, func(r Row) Token {
		return Token{ID: r["id"], Name: r["name"], Application: r["application"], UserName: r["user_name"],
			RoleName: r["role_name"], Created: r["created"], Revoked: box(r["revoked"]), Inactive: box(r["inactive"])}
	})
}

// box reads a box, which SuiteQL shows as T or F; nil for anything else.
func box(s string) *bool {
	switch strings.ToUpper(s) {
	case "T", "TRUE":
		return new(true)
	case "F", "FALSE":
		return new(false)
	}
	return nil
}

// Certificates asks for NetSuite's list of the certificates of a Client ID (Oracle NetSuite
// Help, page article_11111634165). Whether it shows those of another integration than the
// auditor's is not documented, nor whether token-based authentication may read it: a refusal
// says nothing about the auditor's credential.
func (a *Auditor) Certificates(ctx context.Context, clientID string) (*netsuite.Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, Limit)
	defer cancel()
	answer, err := a.do(ctx, netsuite.Request{Method: http.MethodGet, URL: a.account.CertificatesURL(clientID),
		Header: http.Header{"Accept": {"application/json"}}})
	if err != nil {
		e := failed(Query{Name: "certificates", Shows: "the certificates of the Client ID"}, err)
		var api *netsuite.APIError
		if e.Reason == Refused && errors.As(err, &api) { // the list, perhaps not the credential
			e.Reason = NotVisible
		}
		return nil, e
	}
	return answer, nil
}
