package checks

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/auditor"
	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/mapping"
	"github.com/nsauth/nsauth/internal/nsid"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/netsuite"
)

// Audit is how a run looks into the account with a second credential.
type Audit struct {
	// Name is that of the auditor's profile.
	Name string
	// Auditor asks the account; nil if Trouble says why it cannot.
	Auditor *auditor.Auditor
	Trouble *finding.Finding
	// Connect begins the connections for what a run asks of a Client ID; nil does nothing.
	Connect func(ctx context.Context, clientID string)
	// ClientID and CertificateID are those of its client credentials; "" if it has none.
	ClientID, CertificateID string
	// Application is the name or the Application ID of the integration record, as the
	// profile or a person says. RoleID and EntityID are those of the mapping, and KnownBy
	// says from where; "" if unknown.
	Application      string
	RoleID, EntityID string
	KnownBy          finding.KnownBy
	// Wait says that an entry that is not there yet is asked for again.
	Wait bool
	// People says that the report may have names and addresses of people.
	People bool
}

// audit is the part of a job that runs while other checks wait.
type audit struct {
	*Audit
	integrations func() (auditor.List[auditor.Integration], error)
	certificates func() ([]mapping.Mapping, error)
	owner        func() (owner, error) // of the ids that are known without the token and the trail
}

// startAudit begins what depends on no other check: the integration records, the
// certificates of the profile's Client ID, and the role and entity that these name.
func startAudit(ctx context.Context, job *Job, wanted map[finding.CheckID]bool) *audit {
	if job.Audit == nil {
		return nil
	}
	a := &audit{Audit: job.Audit}
	if a.Auditor == nil || job.Select.Offline || !wanted[finding.CheckAuditTrail] && !wanted[finding.CheckSetup] {
		return a
	}
	clientID, certificateID := job.Profile.Text(profile.FieldClientID), job.Profile.Text(profile.FieldCertificateID)
	if a.Connect != nil {
		a.Connect(ctx, clientID)
	}
	a.integrations = alongside(func() (auditor.List[auditor.Integration], error) { return a.Auditor.Integrations(ctx, "") })
	a.certificates = alongside(func() ([]mapping.Mapping, error) { return a.listCertificates(ctx, clientID) })
	a.owner = alongside(func() (owner, error) {
		known := a.idsBefore(ids{}, certificateID)
		known.set(a.RoleID, a.EntityID, a.KnownBy)
		return readOwner(ctx, a.Auditor, known.role, known.entity), nil
	})
	return a
}

// listCertificates asks for NetSuite's list of the certificates of a Client ID.
func (a *audit) listCertificates(ctx context.Context, clientID string) ([]mapping.Mapping, error) {
	if clientID == "" {
		return nil, errors.New("no Client ID")
	}
	answer, err := a.Auditor.Certificates(ctx, clientID)
	if err != nil {
		return nil, err
	}
	rows, err := mapping.ReadList(answer.Body)
	if err != nil {
		return nil, errors.New("not a list of certificates")
	}
	if clientID != a.ClientID && slices.ContainsFunc(rows, func(r mapping.Mapping) bool { return r.CertificateID == a.CertificateID }) {
		return nil, errOwnList
	}
	return rows, nil
}

// errOwnList says that NetSuite listed the auditor's certificates instead of those of the
// Client ID that was asked for: whether it does is not documented.
var errOwnList = errors.New("the auditor's own certificates")

// alongside runs f while the caller goes on. The function that it returns waits for the
// result, and panics if f did.
func alongside[T any](f func() (T, error)) (wait func() (T, error)) {
	var value T
	var err error
	var panicked any
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { panicked = recover() }()
		value, err = f()
	}()
	return func() (T, error) {
		<-done
		if panicked != nil {
			panic(panicked)
		}
		return value, err
	}
}

// sentRequest is a request that NetSuite refused.
type sentRequest struct {
	at   time.Time // by this machine's clock
	path string
}

// refusedRequest is the request of this run that NetSuite refused: the token request, else
// a call.
func (in *inputs) refusedRequest() (sentRequest, bool) {
	for _, id := range []finding.CheckID{finding.CheckToken, finding.CheckAPI} {
		if r := in.seen[id].refused; r != nil {
			return *r, true
		}
	}
	return sentRequest{}, false
}

// unable is the outcome of a check whose auditor cannot look; ok is false if it can.
func (in *inputs) unable() (o outcome, ok bool) {
	switch a := in.job.audit; {
	case a == nil:
		return outcome{skip: finding.NotConfigured}, true
	case a.Trouble != nil:
		return outcome{findings: []finding.Finding{*a.Trouble}}, true
	case in.job.Client == nil: // nothing is sent, or was: see Seed
		return outcome{skip: finding.NotRun}, true
	}
	return outcome{}, false
}

// AuditorTrouble is the finding about a query of the auditor called name that has no answer.
func AuditorTrouble(name string, err error) finding.Finding {
	var e *auditor.Error
	if !errors.As(err, &e) {
		return catalog.New("auditor.unreadable", finding.Evidence{})
	}
	ev := finding.Evidence{"auditor": name, "query": e.Query.Name, "shows": e.Query.Shows, "permission": e.Query.Permission}
	if e.Status != 0 {
		ev["status"] = e.Status
	}
	ev.Set("error_code", e.Code)
	switch e.Reason {
	case auditor.Refused:
		return catalog.New("auditor.refused", ev)
	case auditor.NotVisible:
		if e.Code == "USER_ERROR" {
			ev["reason"] = "user-error"
		}
		return catalog.New("auditor.query-refused", ev)
	}
	ev["reason"] = string(e.Reason)
	return catalog.New("auditor.unreadable", ev)
}

// notSeen says in a few words why a query has no answer.
func notSeen(err error) string {
	var e *auditor.Error
	switch {
	case errors.Is(err, errOwnList):
		return "NetSuite listed the auditor's own certificates instead"
	case !errors.As(err, &e):
		return "no list of certificates came back"
	}
	words := map[auditor.Reason]string{
		auditor.Refused:    "NetSuite refused the auditor's credential",
		auditor.NotVisible: "the auditor's role may not read it",
		auditor.Unreadable: "the answer could not be read",
		auditor.NoAnswer:   "no answer came",
	}
	return words[e.Reason]
}

// ids are the role and the entity of the run, and how each is known.
type ids struct {
	role, entity           string
	roleKnown, entityKnown finding.KnownBy
}

// knownIDs takes the role and the entity from the token, else from the row of the
// certificate in NetSuite's list, else from what was known before, else from an entry of the
// trail that is proven to be the request's.
func (in *inputs) knownIDs(entry *finding.AuditEntry) ids {
	var k ids
	if t, ok := productOf[*netsuite.Token](in, finding.CheckToken); ok {
		if a, err := jwtgen.ReadAccessToken(t.AccessToken.Reveal()); err == nil {
			k = ids{a.RoleID, a.EntityID, finding.KnownByToken, finding.KnownByToken}
		}
	}
	a := in.job.audit
	k = a.idsBefore(k, in.job.Profile.Text(profile.FieldCertificateID))
	if entry != nil {
		k.set(orEmpty(entry.Role), orEmpty(entry.User), finding.KnownByTrail)
	}
	k.set(a.RoleID, a.EntityID, a.KnownBy)
	return k
}

// set adds a role and an entity, unless they are known.
func (k *ids) set(role, entity string, by finding.KnownBy) {
	if k.role == "" && nsid.IsInternalID(role) {
		k.role, k.roleKnown = role, by
	}
	if k.entity == "" && nsid.IsInternalID(entity) {
		k.entity, k.entityKnown = entity, by
	}
}

// idsBefore adds what is known before the request: by NetSuite's list, else by the last
// good run.
func (a *audit) idsBefore(k ids, certificateID string) ids {
	rows, _ := a.certificates()
	for _, r := range rows {
		if r.CertificateID == certificateID {
			k.set(r.Role.ID, r.Entity.ID, finding.KnownByCertificates)
		}
	}
	if a.KnownBy != finding.KnownByProfile {
		k.set(a.RoleID, a.EntityID, a.KnownBy)
	}
	return k
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// application is the integration record of the profile's Client ID: its name in NetSuite's
// list of the certificates of that Client ID, else what the profile or a person says of it.
// It is "" if neither is known.
func (a *audit) application() (name string, by finding.KnownBy) {
	rows, _ := a.certificates()
	several := slices.ContainsFunc(rows, func(r mapping.Mapping) bool { return r.Application.Name != rows[0].Application.Name })
	switch {
	case len(rows) > 0 && !several && rows[0].Application.Name != "":
		return rows[0].Application.Name, finding.KnownByCertificates
	case a.Application != "":
		return a.Application, finding.KnownByProfile
	}
	return "", ""
}

// applicationName is the name of that record, as an entry of the trail has it. It is "" for
// a name that no record has: that must not hide the entry.
func (a *audit) applicationName() string {
	known, _ := a.application()
	if known == "" {
		return ""
	}
	list, err := a.integrations()
	for _, i := range list.Items {
		if strings.EqualFold(i.ApplicationID, known) || strings.EqualFold(i.Name, known) {
			return i.Name
		}
	}
	if auditor.IsApplicationID(known) || err == nil && list.Complete && len(list.Items) > 0 {
		return ""
	}
	return known
}
