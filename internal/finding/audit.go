package finding

// The facts of the checks that look into the account with a second credential.

// AuditTrailFacts belongs to the check "audit-trail": the entries of the Login Audit Trail
// that may be that of the refused request.
type AuditTrailFacts struct {
	LookedAt *string      `json:"looked_at"` // RFC 3339, UTC; null if there was no answer
	Window   *AuditWindow `json:"window"`    // in which the entry should be
	Entries  []AuditEntry `json:"entries"`
	Complete bool         `json:"complete"` // no row was cut
	// Proven says that there is one entry and that it is the request's: it has the
	// application, role or user that is known.
	Proven  bool    `json:"proven"`
	NotSeen *string `json:"not_seen"` // why there are no entries
}

// AuditWindow is a time span, RFC 3339 in UTC by this machine's clock.
type AuditWindow struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// AuditEntry is an entry of the Login Audit Trail. A value is null if the trail does not
// have it. User, role_name and ip are people's: only with --with-people.
type AuditEntry struct {
	At          string  `json:"at"` // RFC 3339, UTC, without the time zone
	ZoneMinutes int     `json:"zone_minutes"`
	Status      *string `json:"status"`
	Detail      *string `json:"detail"`
	Application *string `json:"application"`
	Role        *string `json:"role"` // internal ID
	RoleName    *string `json:"role_name"`
	User        *string `json:"user"` // internal ID
	UserName    *string `json:"user_name"`
	RequestURI  *string `json:"request_uri"`
	IP          *string `json:"ip"`
}

// SetupFacts belongs to the check "setup": what the account shows of the integration, the
// role and the entity. A part is null where it was not seen.
type SetupFacts struct {
	Integration *AuditedIntegration `json:"integration"`
	// AllEnabled says that every integration record of the account was seen, and is Enabled.
	AllEnabled bool `json:"all_enabled"`
	// OAuth2On says that the auditor signs in with client credentials and got an answer: the
	// feature OAUTH 2.0 is on.
	OAuth2On     bool                `json:"oauth2_on"`
	Role         *AuditedRole        `json:"role"`
	Entity       *AuditedEntity      `json:"entity"`
	Certificates []MappedCertificate `json:"certificates"`
	// NotSeen says why a part was not seen: integration, role, permissions, entity,
	// entity_roles, certificates.
	NotSeen map[string]string `json:"not_seen"`
}

// KnownBy says how the integration record, the role or the entity of a run is known.
type KnownBy string

// A token and an entry of the trail are NetSuite's own word; the last good run is, too,
// for the same certificate. A value that a person gives proves nothing.
const (
	KnownByToken   KnownBy = "token"
	KnownByLastRun KnownBy = "last-good-run"
	KnownByTrail   KnownBy = "audit-trail"
	KnownByProfile KnownBy = "profile"
	// KnownByCertificates is NetSuite's list of the certificates of the Client ID.
	KnownByCertificates KnownBy = "certificates"
)

// AuditedIntegration is an integration record.
type AuditedIntegration struct {
	ID            string  `json:"id"`
	Name          string  `json:"name"`
	ApplicationID string  `json:"application_id"`
	State         string  `json:"state"`
	KnownBy       KnownBy `json:"known_by"`
}

// AuditedRole is a role. Permissions are those that client credentials need, of those that
// the role has; null if the role's permissions were not all seen.
type AuditedRole struct {
	ID          string              `json:"id"`
	Name        *string             `json:"name"`
	Inactive    *bool               `json:"inactive"`
	Permissions []AuditedPermission `json:"permissions"`
	KnownBy     KnownBy             `json:"known_by"`
}

// AuditedPermission is a permission of a role. Level is 0 none, 1 view, 2 create, 3 edit,
// 4 full; "" if it was not seen.
type AuditedPermission struct {
	Key   string `json:"key"`
	Level string `json:"level"`
}

// AuditedEntity is the user of a mapping.
type AuditedEntity struct {
	ID       string  `json:"id"`
	Inactive *bool   `json:"inactive"`
	Access   *bool   `json:"access"`
	HasRole  *bool   `json:"has_role"`
	KnownBy  KnownBy `json:"known_by"`
}

// TrailOf is what an auditor read in the Login Audit Trail. asked is false without an
// auditor.
func TrailOf(results []Result) (f AuditTrailFacts, asked bool) {
	for _, r := range results {
		if r.ID == CheckAuditTrail {
			f, _ = r.Facts.(AuditTrailFacts)
			asked = r.Reason == nil || *r.Reason != NotConfigured
		}
	}
	return f, asked
}
