package checks

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nsauth/nsauth/internal/auditor"
	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/mapping"
	"github.com/nsauth/nsauth/internal/profile"
)

// The permissions that client credentials need (Oracle NetSuite Help, pages
// section_157771510070 and article_5085602973), with their names in NetSuite.
const (
	permissionLogin    = "ADMI_LOGIN_OAUTH2"
	permissionREST     = "ADMI_RESTWEBSERVICES"
	permissionWorkbook = "REPO_ANALYTICS"
)

// relevantPermissions are the permissions that the facts show.
var relevantPermissions = []string{permissionLogin, permissionREST, permissionWorkbook, "ADMI_LOGIN_OAUTH"}

// owner is what the auditor saw of a role and an entity.
type owner struct {
	roleID, entityID                                       string
	roles                                                  auditor.List[auditor.Role]
	permissions                                            auditor.List[auditor.Permission]
	employees                                              auditor.List[auditor.Employee]
	employeeRoles                                          auditor.List[string]
	roleErr, permissionsErr, employeeErr, employeeRolesErr error
}

// seenSetup is what the auditor saw of the account.
type seenSetup struct {
	ids
	owner
	integrations                    auditor.List[auditor.Integration]
	certificates                    []mapping.Mapping
	integrationErr, certificatesErr error
}

func checkSetup(ctx context.Context, in *inputs) outcome {
	if o, unable := in.unable(); unable {
		return o
	}
	a := in.job.audit
	var entry *finding.AuditEntry
	trail, _ := productOf[*finding.AuditTrailFacts](in, finding.CheckAuditTrail)
	if trail != nil && trail.Proven {
		entry = &trail.Entries[0]
	}
	seen := seenSetup{ids: in.knownIDs(entry)}
	seen.read(ctx, a)
	o := outcome{}
	facts := seen.facts(a, entry)
	if _, refused := in.refusedRequest(); refused {
		o.findings = in.judgeSetup(facts)
	}
	if err := seen.trouble(); err != nil {
		o.findings = append(o.findings, AuditorTrouble(a.Name, err))
	}
	o.facts = facts
	if o.summary = summaryOfSetup(facts); o.summary == "" {
		o.summary, o.unverified = "nothing of this integration was seen"+because(facts.NotSeen["integration"]), true
	}
	return o
}

// read asks for what is not asked yet, at the same time.
func (s *seenSetup) read(ctx context.Context, a *audit) {
	s.owner, _ = a.owner()
	if s.roleID != s.role || s.entityID != s.entity {
		s.owner = readOwner(ctx, a.Auditor, s.role, s.entity)
	}
	s.integrations, s.integrationErr = a.integrations()
	s.certificates, s.certificatesErr = a.certificates()
}

// readOwner asks for a role and an entity, at the same time; not for one that is "".
func readOwner(ctx context.Context, a *auditor.Auditor, roleID, entityID string) owner {
	o := owner{roleID: roleID, entityID: entityID}
	var asking sync.WaitGroup
	if roleID != "" {
		asking.Go(func() { o.roles, o.roleErr = a.Roles(ctx, roleID) })
		asking.Go(func() { o.permissions, o.permissionsErr = a.Permissions(ctx, roleID) })
	}
	if entityID != "" {
		asking.Go(func() { o.employees, o.employeeErr = a.Employees(ctx, entityID) })
		asking.Go(func() { o.employeeRoles, o.employeeRolesErr = a.EmployeeRoles(ctx, entityID) })
	}
	asking.Wait()
	return o
}

// trouble is the first error if nothing at all could be read. A certificates list that
// another integration's credential may not read is no trouble.
func (s *seenSetup) trouble() error {
	errs := []error{s.integrationErr}
	if s.role != "" {
		errs = append(errs, s.roleErr, s.permissionsErr)
	}
	if s.entity != "" {
		errs = append(errs, s.employeeErr, s.employeeRolesErr)
	}
	if slices.Contains(errs, nil) {
		return nil
	}
	return errs[0]
}

func (s *seenSetup) facts(a *audit, entry *finding.AuditEntry) finding.SetupFacts {
	f := finding.SetupFacts{NotSeen: map[string]string{}}
	missing := func(part string, err error, otherwise string) {
		if err != nil {
			otherwise = notSeen(err)
		}
		f.NotSeen[part] = otherwise
	}
	s.integrationFacts(&f, a, entry, missing)
	if s.certificatesErr != nil {
		missing("certificates", s.certificatesErr, "")
	} else {
		f.Certificates = []finding.MappedCertificate{}
		for _, r := range s.certificates {
			if !a.People {
				r.Entity.Name = ""
			}
			f.Certificates = append(f.Certificates, mappingFacts(r))
		}
	}
	s.roleFacts(&f, missing)
	s.entityFacts(&f, missing)
	f.OAuth2On = a.ClientID != "" && reached(s.integrationErr)
	return f
}

// reached reports whether NetSuite answered a query, or said that it is not allowed.
func reached(err error) bool {
	var e *auditor.Error
	return err == nil || errors.As(err, &e) && e.Reason == auditor.NotVisible
}

func (s *seenSetup) integrationFacts(f *finding.SetupFacts, a *audit, entry *finding.AuditEntry, missing func(string, error, string)) {
	all := s.integrations
	disabled := slices.DeleteFunc(slices.Clone(all.Items), func(i auditor.Integration) bool {
		enabled, known := i.Enabled()
		return enabled && known
	})
	f.AllEnabled = s.integrationErr == nil && all.Complete && len(all.Items) > 0 && len(disabled) == 0
	wanted, by := a.application()
	if wanted == "" && entry != nil {
		wanted, by = orEmpty(entry.Application), finding.KnownByTrail
	}
	named := slices.DeleteFunc(slices.Clone(all.Items), func(i auditor.Integration) bool {
		return wanted == "" || !strings.EqualFold(i.Name, wanted) && !strings.EqualFold(i.ApplicationID, wanted)
	})
	switch {
	case s.integrationErr != nil:
		missing("integration", s.integrationErr, "")
	case len(named) == 1:
		i := named[0]
		f.Integration = &finding.AuditedIntegration{ID: i.ID, Name: i.Name, ApplicationID: i.ApplicationID, State: i.State, KnownBy: by}
		if _, known := i.Enabled(); !known {
			missing("integration", nil, "its State is "+cmp.Or(i.State, "not shown"))
		}
	case len(named) > 1:
		missing("integration", nil, "several records have that name")
	case wanted != "":
		missing("integration", nil, "no record with that name or Application ID was shown")
	default:
		reason := "which record it is, is not known: name it with --application"
		if len(disabled) > 0 {
			var names []string
			for _, i := range disabled[:min(len(disabled), 5)] {
				names = append(names, i.Name+" ("+cmp.Or(i.State, "State not shown")+")")
			}
			reason += "; not Enabled: " + strings.Join(names, ", ")
		}
		missing("integration", nil, reason)
	}
}

func (s *seenSetup) roleFacts(f *finding.SetupFacts, missing func(string, error, string)) {
	if s.role == "" {
		missing("role", nil, "which role it is, is not known: name it with --role")
		return
	}
	r := &finding.AuditedRole{ID: s.role, KnownBy: s.roleKnown}
	f.Role = r
	i := slices.IndexFunc(s.roles.Items, func(r auditor.Role) bool { return r.ID == s.role })
	switch {
	case i >= 0:
		r.Name, r.Inactive = finding.Optional(s.roles.Items[i].Name), s.roles.Items[i].Inactive
	default:
		missing("role", s.roleErr, "no row of this role was shown")
	}
	rows := slices.DeleteFunc(slices.Clone(s.permissions.Items), func(p auditor.Permission) bool { return p.RoleID != s.role })
	switch {
	case s.role == administratorRole:
		missing("permissions", nil, "the Administrator is not judged by permissions")
	case s.permissionsErr != nil, len(rows) == 0, !s.permissions.Complete:
		missing("permissions", s.permissionsErr, "not all permissions of this role were shown")
	default:
		r.Permissions = []finding.AuditedPermission{}
		for _, p := range rows {
			if slices.Contains(relevantPermissions, p.Key) {
				r.Permissions = append(r.Permissions, finding.AuditedPermission{Key: p.Key, Level: p.Level})
			}
		}
	}
}

func (s *seenSetup) entityFacts(f *finding.SetupFacts, missing func(string, error, string)) {
	if s.entity == "" {
		missing("entity", nil, "which entity it is, is not known: name it with --entity")
		return
	}
	e := &finding.AuditedEntity{ID: s.entity, KnownBy: s.entityKnown}
	f.Entity = e
	i := slices.IndexFunc(s.employees.Items, func(e auditor.Employee) bool { return e.ID == s.entity })
	if i >= 0 {
		e.Inactive, e.Access = s.employees.Items[i].Inactive, s.employees.Items[i].Access
	} else {
		missing("entity", s.employeeErr, "no employee with this ID was shown: it may be a contact, a customer or a vendor")
	}
	switch {
	case s.role == "":
	case slices.Contains(s.employeeRoles.Items, s.role):
		e.HasRole = new(true)
	case s.employeeRolesErr == nil && s.employeeRoles.Complete && len(s.employeeRoles.Items) > 0:
		e.HasRole = new(false)
	default:
		missing("entity_roles", s.employeeRolesErr, "no role of this entity was shown")
	}
}

// judgeSetup says which of what was read explains a refusal. "proven" is true if it is
// known for sure that the role, entity or record is the one of the request.
func (in *inputs) judgeSetup(f finding.SetupFacts) []finding.Finding {
	var out []finding.Finding
	add := addSetup(func(code finding.Code, proven bool, ev finding.Evidence) {
		ev["read_by"], ev["proven"] = string(finding.ReadByAuditor), proven
		found := catalog.New(code, ev)
		if !proven {
			found = found.With(finding.Warning)
		}
		out = append(out, found)
	})
	if i := f.Integration; i != nil {
		if enabled, known := (auditor.Integration{State: i.State}).Enabled(); known && !enabled {
			add("setup.integration-disabled", i.KnownBy != finding.KnownByProfile, finding.Evidence{"application": i.Name, "state": i.State})
		}
	}
	if f.Role != nil {
		in.judgeAuditedRole(f.Role, add)
	}
	if f.Entity != nil {
		judgeEntity(f.Entity, f.Role, add)
	}
	in.judgeCertificates(f, add)
	return out
}

// addSetup adds a finding about what was read; see judgeSetup.
type addSetup func(code finding.Code, proven bool, ev finding.Evidence)

func (in *inputs) judgeAuditedRole(r *finding.AuditedRole, add addSetup) {
	proven := r.KnownBy != finding.KnownByProfile
	ev := func() finding.Evidence {
		ev := finding.Evidence{"role_id": r.ID}
		ev.Set("role_name", orEmpty(r.Name))
		return ev
	}
	if r.Inactive != nil && *r.Inactive {
		e := ev()
		e["reason"] = "role-inactive"
		add("setup.role-or-entity-inactive", proven, e)
	}
	if r.Permissions == nil {
		return
	}
	if !hasPermission(r, permissionLogin) {
		add("setup.login-permission-missing", proven, ev())
	}
	in.judgeCallPermissions(r, func(code finding.Code, permission string) {
		e := ev()
		e["permission"], e["reason"] = permission, "read"
		add(code, proven, e)
	})
}

func judgeEntity(e *finding.AuditedEntity, r *finding.AuditedRole, add addSetup) {
	for _, fault := range []struct {
		reason string
		is     bool
	}{
		{"entity-inactive", e.Inactive != nil && *e.Inactive},
		{"entity-without-access", e.Access != nil && !*e.Access},
		{"entity-without-role", e.HasRole != nil && !*e.HasRole},
	} {
		if fault.is {
			ev := finding.Evidence{"entity_id": e.ID, "reason": fault.reason}
			if r != nil {
				ev["role_id"] = r.ID
			}
			add("setup.role-or-entity-inactive", e.KnownBy != finding.KnownByProfile, ev)
		}
	}
}

// judgeCallPermissions names the permission that a refused call needs.
func (in *inputs) judgeCallPermissions(r *finding.AuditedRole, add func(code finding.Code, permission string)) {
	if in.seen[finding.CheckAPI].refused == nil {
		return
	}
	if !hasPermission(r, permissionREST) {
		add("api.permission-missing", "REST Web Services")
	}
	if !hasPermission(r, permissionWorkbook) && in.raised("api.workbook-permission-missing") {
		add("api.workbook-permission-missing", "SuiteAnalytics Workbook")
	}
}

func hasPermission(r *finding.AuditedRole, key string) bool {
	return slices.ContainsFunc(r.Permissions, func(p finding.AuditedPermission) bool { return p.Key == key && p.Level != "0" })
}

// judgeCertificates looks for the configured certificate in the list of its Client ID.
func (in *inputs) judgeCertificates(f finding.SetupFacts, add addSetup) {
	id, now := in.job.Profile.Text(profile.FieldCertificateID), in.job.World.Now()
	if len(f.Certificates) == 0 || id == "" {
		return
	}
	for _, c := range f.Certificates {
		if c.CertificateID != id {
			continue
		}
		_, until, dated := mapping.Ends(c.ValidUntil)
		ev := finding.Evidence{"certificate_id": id, "reason": "read-revoked"}
		ev.Set("new_key_type", in.newKeyType())
		switch {
		case c.Revoked:
			add("setup.certificate-revoked", true, ev)
		case dated && !until.After(now.Add(-time.Minute)):
			ev["reason"], ev["valid_until"] = "read-expired", c.ValidUntil
			add("setup.certificate-revoked", true, ev)
		}
		return
	}
	if cert, ok := productOf[*keys.Certificate](in, finding.CheckCertificate); ok && cert.ID() != id {
		if slices.ContainsFunc(f.Certificates, func(c finding.MappedCertificate) bool { return c.CertificateID == cert.ID() }) {
			add("certificate-id.mismatch", true, finding.Evidence{"configured": id, "computed": cert.ID()})
			return
		}
	}
	add("setup.mapping-missing", false, finding.Evidence{"certificate_id": id, "listed": len(f.Certificates)})
}

// summaryOfSetup says what was seen, in a few words; "" for nothing.
func summaryOfSetup(f finding.SetupFacts) string {
	var parts []string
	if i := f.Integration; i != nil {
		parts = append(parts, i.Name+" is "+cmp.Or(i.State, "in an unknown State"))
	}
	if r := f.Role; r != nil && (r.Inactive != nil || r.Permissions != nil) {
		parts = append(parts, "role "+cmp.Or(orEmpty(r.Name), r.ID)+activeWord(r.Inactive))
	}
	if e := f.Entity; e != nil && (e.Inactive != nil || e.Access != nil || e.HasRole != nil) {
		parts = append(parts, "entity "+e.ID+activeWord(e.Inactive))
	}
	if len(parts) == 0 && len(f.Certificates) > 0 {
		parts = append(parts, "NetSuite lists certificates of this Client ID")
	}
	return strings.Join(parts, ", ")
}

// because adds a reason, if there is one.
func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}

func activeWord(inactive *bool) string {
	switch {
	case inactive == nil:
		return " was read in part"
	case *inactive:
		return " is inactive"
	}
	return " is active"
}
