package audit

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/auditor"
	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/mapping"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/text"
)

// AccountDocument is what nsauth account prints. A list is null where it was not seen, and
// NotSeen says why. Times are RFC 3339, UTC.
type AccountDocument struct {
	report.Head
	Account      string                      `json:"account"`
	Auditor      string                      `json:"auditor"`
	Profile      *string                     `json:"profile"` // whose integration is judged; null if there is none
	LookedAt     string                      `json:"looked_at"`
	Integrations []AccountIntegration        `json:"integrations"`
	Roles        []AccountRole               `json:"roles"` // those that have a permission of client credentials
	Use          []AccountUse                `json:"use"`   // of the last days, by application
	Tokens       []AccountToken              `json:"tokens"`
	Certificates []finding.MappedCertificate `json:"certificates"` // of the profile's Client ID
	UseSince     string                      `json:"use_since"`
	// Checklist is what must be right for the profile's integration, as far as it was read.
	Checklist []AccountItem `json:"checklist"`
	// NotSeen says why a list is null or not complete, by the name of the list.
	NotSeen map[string]string `json:"not_seen"`

	answered bool // a query or the list of certificates was
}

// Unanswered reports whether nothing at all was seen.
func (d *AccountDocument) Unanswered() bool { return !d.answered }

// AccountItem is an item of nsauth checklist with that ID. State is ok, wrong or not-seen.
type AccountItem struct {
	ID    string `json:"id"`
	State string `json:"state"`
	Why   string `json:"why"`
}

// AccountIntegration is an integration record.
type AccountIntegration struct {
	Name          string `json:"name"`
	ApplicationID string `json:"application_id"`
	State         string `json:"state"`
}

// AccountRole is a role, and what it lacks for client credentials with REST.
type AccountRole struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Inactive *bool    `json:"inactive"`
	Missing  []string `json:"missing"` // permissions by name
}

// AccountUse counts the entries of an application in the Login Audit Trail.
type AccountUse struct {
	Application string  `json:"application"`
	By          string  `json:"by"` // tba, if the entries name a token; else oauth2
	Success     int     `json:"success"`
	Failure     int     `json:"failure"`
	LastDetail  *string `json:"last_detail"` // of the newest failure
	LastAt      *string `json:"last_at"`
}

// AccountToken is a token of token-based authentication: what has to move before it ends.
type AccountToken struct {
	Name        string  `json:"name"`
	Application string  `json:"application"`
	User        *string `json:"user"` // a person's name, only with --with-people
	Role        string  `json:"role"`
	Created     string  `json:"created"`
	Revoked     *bool   `json:"revoked"`
	Inactive    *bool   `json:"inactive"`
}

// signIn are the permissions that client credentials with REST need, with their names.
var signIn = []struct{ key, name string }{
	{"ADMI_LOGIN_OAUTH2", "Log in using OAuth 2.0 Access Tokens"},
	{"ADMI_RESTWEBSERVICES", "REST Web Services"},
	{"REPO_ANALYTICS", "SuiteAnalytics Workbook"},
}

// Account reads what the auditor sees of the account, with the trail of the last d and the
// certificates of a Client ID, unless it is "". The error is that of the first query if NetSuite
// refused the auditor itself, or did not answer.
func Account(ctx context.Context, a *auditor.Auditor, clientID string, d time.Duration, people bool) (AccountDocument, error) {
	doc := AccountDocument{Head: report.HeadOf(KindAccount), NotSeen: map[string]string{}, Checklist: []AccountItem{}}
	integrations, err := a.Integrations(ctx, "")
	if e := (*auditor.Error)(nil); errors.As(err, &e) && (e.Reason == auditor.Refused || e.Reason == auditor.NoAnswer) {
		return doc, err
	}
	note := func(list string, complete bool, err error) {
		switch e := (*auditor.Error)(nil); {
		case errors.As(err, &e):
			doc.NotSeen[list] = string(e.Reason)
		case !complete:
			doc.NotSeen[list] = "only the first rows"
		}
		doc.answered = doc.answered || err == nil
	}
	note("integrations", integrations.Complete, err)
	for _, i := range integrations.Items {
		doc.Integrations = append(doc.Integrations, AccountIntegration{i.Name, i.ApplicationID, i.State})
	}
	permissions, err := a.SignInPermissions(ctx)
	roles, rolesErr := a.Roles(ctx, "")
	note("roles", permissions.Complete && roles.Complete, errors.Join(err, rolesErr))
	if err == nil {
		doc.Roles = rolesWith(permissions.Items, roles.Items)
	}
	trail, err := a.Trail(ctx, d)
	note("use", trail.Complete, err)
	if err == nil {
		doc.Use, doc.LookedAt = useOf(trail), text.UTC(trail.Answered)
		doc.UseSince = text.UTC(trail.Answered.Add(-d))
	}
	tokens, err := a.Tokens(ctx)
	note("tokens", tokens.Complete, err)
	for _, t := range tokens.Items {
		row := AccountToken{Name: t.Name, Application: t.Application, Role: t.RoleName, Created: t.Created, Revoked: t.Revoked, Inactive: t.Inactive}
		if people {
			row.User = finding.Optional(t.UserName)
		}
		doc.Tokens = append(doc.Tokens, row)
	}
	if clientID == "" {
		doc.NotSeen["certificates"] = "no profile with a Client ID"
		return doc, nil
	}
	answer, err := a.Certificates(ctx, clientID)
	note("certificates", true, err)
	if err == nil {
		if doc.Certificates, err = checks.ReadCertificates(answer.Body); err != nil {
			doc.NotSeen["certificates"] = string(auditor.Unreadable)
		}
		for i := range doc.Certificates {
			if !people {
				doc.Certificates[i].Entity = ""
			}
		}
	}
	return doc, nil
}

// rolesWith lists the roles that have one of the permissions, with what each lacks.
func rolesWith(permissions []auditor.Permission, roles []auditor.Role) []AccountRole {
	has := map[string]map[string]bool{}
	var order []string
	for _, p := range permissions {
		if has[p.RoleID] == nil {
			has[p.RoleID] = map[string]bool{}
			order = append(order, p.RoleID)
		}
		if p.Level != "0" {
			has[p.RoleID][p.Key] = true
		}
	}
	list := []AccountRole{}
	for _, id := range order {
		row := AccountRole{ID: id, Missing: []string{}}
		if i := slices.IndexFunc(roles, func(r auditor.Role) bool { return r.ID == id }); i >= 0 {
			row.Name, row.Inactive = roles[i].Name, roles[i].Inactive
		}
		for _, p := range signIn {
			if !has[id][p.key] {
				row.Missing = append(row.Missing, p.name)
			}
		}
		list = append(list, row)
	}
	return list
}

// useOf counts the entries by application, most used first.
func useOf(t auditor.Trail) []AccountUse {
	list := []AccountUse{}
	for _, e := range t.Entries { // newest first
		if e.Application == "" {
			continue
		}
		by := "oauth2"
		if e.TokenName != "" {
			by = "tba"
		}
		i := slices.IndexFunc(list, func(u AccountUse) bool { return strings.EqualFold(u.Application, e.Application) && u.By == by })
		if i < 0 {
			i = len(list)
			list = append(list, AccountUse{Application: e.Application, By: by})
			if e.Dated {
				list[i].LastAt = new(text.UTC(t.Answered.Add(-e.Age)))
			}
		}
		if !e.Failed() {
			list[i].Success++
			continue
		}
		list[i].Failure++
		if list[i].LastDetail == nil {
			list[i].LastDetail = finding.Optional(e.Detail)
		}
	}
	slices.SortStableFunc(list, func(a, b AccountUse) int { return (b.Success + b.Failure) - (a.Success + a.Failure) })
	return list
}

// Judge answers the items of the checklist that the lists show, for the integration of the
// certificate with that ID.
func (d *AccountDocument) Judge(certificateID string, now time.Time) {
	add := func(id, state, why string) { d.Checklist = append(d.Checklist, AccountItem{id, state, why}) }
	yesNo := map[bool]string{true: "ok", false: "wrong"}
	i := slices.IndexFunc(d.Certificates, func(c finding.MappedCertificate) bool { return c.CertificateID == certificateID })
	if d.Use != nil {
		if slices.ContainsFunc(d.Use, func(u AccountUse) bool { return u.By == "oauth2" && u.Success > 0 }) {
			add("features", "ok", "a sign-in with OAuth 2.0 succeeded since "+d.UseSince)
		} else {
			add("features", "not-seen", "no query shows it, and no sign-in with OAuth 2.0 succeeded since "+d.UseSince)
		}
	}
	if i < 0 {
		state, why := "not-seen", "NetSuite's list of certificates was not read"
		if len(d.Certificates) > 0 {
			state, why = "wrong", "NetSuite's list has other certificates of this Client ID, but not this one"
		}
		add("mapping-row", state, why)
		return
	}
	row := d.Certificates[i]
	add("mapping-row", "ok", "for "+row.Application+", role "+row.Role)
	_, until, dated := mapping.Ends(row.ValidUntil)
	add("mapping-valid", yesNo[!row.Revoked && (!dated || until.After(now))], "Valid until "+row.ValidUntil+map[bool]string{true: ", revoked", false: ""}[row.Revoked])
	records := slices.DeleteFunc(slices.Clone(d.Integrations), func(i AccountIntegration) bool { return !strings.EqualFold(i.Name, row.Application) })
	if len(records) != 1 {
		add("integration-enabled", "not-seen", "no single record with this name was shown")
	} else if enabled, known := (auditor.Integration{State: records[0].State}).Enabled(); known {
		add("integration-enabled", yesNo[enabled], "its State is "+records[0].State)
	} else {
		add("integration-enabled", "not-seen", "its State was not shown, or is in another language")
	}
	roles := slices.DeleteFunc(slices.Clone(d.Roles), func(r AccountRole) bool { return !strings.EqualFold(r.Name, row.Role) })
	for _, p := range []struct{ id, name string }{{"login-permission", signIn[0].name}, {"rest-permission", signIn[1].name}, {"workbook-permission", signIn[2].name}} {
		switch {
		case len(roles) != 1:
			add(p.id, "not-seen", "no single role with this name was shown")
		case d.NotSeen["roles"] != "" && slices.Contains(roles[0].Missing, p.name):
			add(p.id, "not-seen", "not all permissions were shown")
		default:
			add(p.id, yesNo[!slices.Contains(roles[0].Missing, p.name)], p.name)
		}
	}
}
