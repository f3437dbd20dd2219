package api

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/exchange"
	"github.com/nsauth/nsauth/internal/emulator/oauth"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

const ClientsPath = "/services/rest/auth/oauth2/v1/clients/"

// maxMappings is the maximum number of an account's certificates. Revoked ones stay in
// the list, so MaxActive does not limit it.
const maxMappings = 1000

// certificates is the certificate rotation endpoint: list, add and revoke
// (Oracle NetSuite Help, article_92130837826, article_11111634165,
// article_0209112025, article_0209112818). The permission is for the caller's own
// certificates. A guess: those are the certificates of the token's integration and
// entity, and for an administrator all of the integration's.
func (s *Server) certificates(x *exchange.Exchange) exchange.Answer {
	clientID, rest, _ := strings.Cut(strings.TrimPrefix(x.Request.URL.Path, ClientsPath), "/")
	collection, rest, one := strings.Cut(rest, "/")
	certificateID, action, _ := strings.Cut(rest, "/")
	if collection != "certificates" || one && (certificateID == "" || action != "revoke") {
		return x.Refused("api.not-found", "unknown path", notFound())
	}
	switch m := x.Request.Method; {
	case m == http.MethodPost, !one && (m == http.MethodGet || m == http.MethodHead):
	case one:
		return x.Refused("request.wrong-method", "the method is not POST", exchange.WrongMethod("POST"))
	default:
		return x.Refused("request.wrong-method", "the method is neither GET nor POST", exchange.WrongMethod("GET, POST"))
	}
	found, a := s.rest(x)
	if found == nil {
		return a
	}
	if !found.Mapping.Role.Has(account.PermissionCertificates) {
		return x.Refused("api.permission-missing", "the role lacks the permission "+account.PermissionCertificates,
			permissionMissing(account.PermissionCertificates).By(verdict.Guess))
	}
	if found.Signed { // the page asks for a Bearer token
		x.Refuse("tba.refused", "the certificates need a Bearer token, not one of token-based authentication")
		return exchange.InvalidLoginTBA(x.Account.ID)
	}
	if clientID != found.Mapping.ClientID {
		return s.otherCertificates(x, found, clientID, one || x.Request.Method == http.MethodPost)
	}
	switch {
	case one:
		return s.revokeCertificate(x, found, certificateID)
	case x.Request.Method == http.MethodPost:
		return s.addCertificate(x, found)
	}
	return listCertificates(x.Account, func(m *account.ParsedMapping) bool { return mayManage(found, m) })
}

// otherCertificates answers for another Client ID than the token's. Whether NetSuite lists
// its certificates to a role that manages all authorizations is not known.
func (s *Server) otherCertificates(x *exchange.Exchange, found *oauth.Session, clientID string, change bool) exchange.Answer {
	x.Verdict.Habits = append(x.Verdict.Habits, verdict.HabitOtherCertificates)
	if change || !found.Mapping.Role.Has(account.PermissionManageOAuth2) || !s.accepts(verdict.HabitOtherCertificates) || x.Account.ByClientID[clientID] == nil {
		return x.Refused("api.not-found", "the token belongs to another integration", notFound())
	}
	return listCertificates(x.Account, func(m *account.ParsedMapping) bool { return m.ClientID == clientID }).By(verdict.Guess)
}

// mayManage says what "own" in the permission's name means here.
func mayManage(found *oauth.Session, m *account.ParsedMapping) bool {
	caller := found.Mapping
	return m.ClientID == caller.ClientID && (m.Entity.ID == caller.Entity.ID || caller.Role.ID == account.AdministratorRole)
}

// listedCertificate is one row of the certificates list (Oracle NetSuite Help,
// article_92130837826).
type listedCertificate struct {
	Application   listedApplication `json:"application"`
	Entity        listedRecord      `json:"entity"`
	Role          listedRecord      `json:"role"`
	Created       string            `json:"created"`
	ValidFrom     string            `json:"valid_from"`
	ValidUntil    string            `json:"valid_until"`
	Revoked       bool              `json:"revoked"`
	CertificateID string            `json:"certificate_id"`
	Algorithm     string            `json:"algorithm"` // RSA or EC
}

type listedApplication struct {
	ID            int    `json:"id"`
	Name          string `json:"name"`
	URL           string `json:"url"`
	ApplicationID string `json:"application_id"`
}

type listedRecord struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
	URL  string `json:"url"`
}

func listCertificates(a *account.Snapshot, listed func(*account.ParsedMapping) bool) exchange.Answer {
	list := []listedCertificate{}
	for _, m := range a.Order {
		if !listed(m) {
			continue
		}
		number := numberOf(a, m.ClientID)
		list = append(list, listedCertificate{
			Application:   listedApplication{number, m.Integration.Name, "/app/common/integration/integrapp.nl?id=" + strconv.Itoa(number), m.Integration.ApplicationID},
			Entity:        listedRecord{m.Entity.ID, m.Entity.Name, "/app/common/entity/entity.nl?id=" + strconv.Itoa(m.Entity.ID)},
			Role:          listedRecord{m.Role.ID, m.Role.Name, "/app/setup/role.nl?id=" + strconv.Itoa(m.Role.ID)},
			Created:       day(m.CreatedAt()),
			ValidFrom:     day(m.ValidFrom),
			ValidUntil:    day(m.ValidUntil),
			Revoked:       m.Revoked,
			CertificateID: m.CertificateID,
			Algorithm:     m.KeyType,
		})
	}
	return exchange.JSON(http.StatusOK, exchange.TypeJSON, verdict.Official, list)
}

// numberOf is the internal ID of an integration record, by its place.
func numberOf(a *account.Snapshot, clientID string) int {
	return 1 + slices.IndexFunc(a.Integrations, func(i account.Integration) bool { return i.ClientID == clientID })
}

// day is a date of both samples, which have no time.
func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// addedCertificate describes a certificate that was added. Its members have other names
// than in the list (Oracle NetSuite Help, article_0209112025); their values are partly
// guesses.
type addedCertificate struct {
	EntityRole struct {
		Company string `json:"com"`
		Entity  int    `json:"ent"`
		Role    int    `json:"rol"`
	} `json:"entity_role_id"`
	ApplicationID int    `json:"application_id"` // unlike in the list
	CertificateID string `json:"certificate_id"`
	Certificate   string `json:"certificate"` // PEM
	Algorithm     string `json:"algorithm"`
	CreatedAt     string `json:"created_at"`
	ValidFrom     string `json:"valid_from"`
	ValidUntil    string `json:"valid_until"`
	Invalidated   bool   `json:"invalidated"`
}

// cannot refuses to add or revoke a certificate. No source shows such an answer: all
// of them are guesses, except for the words of the one on key sizes. The Detail of a
// rule is about logins, so it is left out.
func cannot(x *exchange.Exchange, code, reason string, answer exchange.Answer) exchange.Answer {
	x.Verdict.Refusals = append(x.Verdict.Refusals,
		verdict.Refusal{Code: verdict.Refuse(code, reason).Code, Reason: reason, Basis: verdict.Guess})
	return answer
}

func badRequest(nsCode, detail string) exchange.Answer {
	return exchange.RESTError(http.StatusBadRequest, verdict.Guess, nsCode, detail)
}

func (s *Server) addCertificate(x *exchange.Exchange, found *oauth.Session) exchange.Answer {
	m, refused := readUpload(x, found)
	if refused.Status != 0 {
		return refused
	}
	var added *account.ParsedMapping
	x.Account.Change(func(next *account.Snapshot) bool {
		if added, refused = admit(x, next, m); refused.Status != 0 {
			return false
		}
		next.ByCertificateID[added.CertificateID] = added
		next.Order = append(next.Order, added)
		return true
	})
	if refused.Status != 0 {
		return refused
	}
	out := addedCertificate{
		ApplicationID: numberOf(x.Account, added.ClientID),
		CertificateID: added.CertificateID,
		Certificate:   string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: added.Certificate})),
		Algorithm:     added.KeyType,
		CreatedAt:     day(added.Created),
		ValidFrom:     day(added.ValidFrom),
		ValidUntil:    day(added.ValidUntil),
	}
	out.EntityRole.Company, out.EntityRole.Entity, out.EntityRole.Role = x.Account.ID, added.Entity.ID, added.Role.ID
	return exchange.JSON(http.StatusOK, exchange.TypeJSON, verdict.Official, out)
}

// readUpload reads the body of a request to add a certificate. Its role and entity
// must be those of an existing mapping. A refusal comes as an answer with a status.
func readUpload(x *exchange.Exchange, found *oauth.Session) (m account.Mapping, refused exchange.Answer) {
	bad := func(detail string) (account.Mapping, exchange.Answer) {
		return m, cannot(x, "api.invalid-request", detail, badRequest("INVALID_CONTENT", detail))
	}
	if exchange.MediaType(x.Request.Header.Get("Content-Type")) != "application/json" {
		return bad("The Content-Type is not application/json.")
	}
	body, err := io.ReadAll(x.Request.Body)
	if err != nil {
		return bad("The body cannot be read: " + exchange.Incomplete(err) + ".")
	}
	var upload struct {
		FileContent string      `json:"fileContent"`
		Role        json.Number `json:"role"`
		Entity      json.Number `json:"entity"`
	}
	if err := exchange.UnmarshalStrict(body, &upload); err != nil {
		return bad("The body is not a JSON object with fileContent, role and entity.")
	}
	if m.Certificate, refused = readPEM(x, upload.FileContent); refused.Status != 0 {
		return m, refused
	}
	m.ClientID = found.Mapping.ClientID
	var roleKnown, entityKnown bool
	for _, of := range x.Account.Order {
		if strconv.Itoa(of.Role.ID) == upload.Role.String() && !roleKnown {
			m.Role, roleKnown = of.Role, true
		}
		if strconv.Itoa(of.Entity.ID) == upload.Entity.String() && !entityKnown {
			m.Entity, entityKnown = of.Entity, true
		}
	}
	switch {
	case !roleKnown || m.Role.Inactive:
		return m, cannot(x, "api.invalid-request", "unknown or inactive role", badRequest("INVALID_PARAMETER", "The role does not exist or is inactive."))
	case !entityKnown || m.Entity.Inactive:
		return m, cannot(x, "api.invalid-request", "unknown or inactive entity", badRequest("INVALID_PARAMETER", "The entity does not exist or is inactive."))
	case !mayManage(found, &account.ParsedMapping{Mapping: m}):
		return m, cannot(x, "api.permission-missing", "the entity is not the caller's own",
			permissionMissing("OAuth 2.0 Authorized Applications Management").By(verdict.Guess))
	}
	return m, refused
}

// readPEM reads exactly one certificate.
func readPEM(x *exchange.Exchange, text string) ([]byte, exchange.Answer) {
	bad := func(reason string) ([]byte, exchange.Answer) {
		return nil, cannot(x, "certificate.not-a-certificate", reason, badRequest("INVALID_CONTENT", "fileContent is not one certificate in PEM form: "+reason+"."))
	}
	block, rest := pem.Decode([]byte(text))
	switch {
	case block == nil:
		return bad("it has no PEM block")
	case block.Type != "CERTIFICATE":
		return bad("the PEM block has another type")
	case strings.TrimSpace(string(rest)) != "":
		return bad("there is more after the certificate")
	}
	if _, err := x509.ParseCertificate(block.Bytes); err != nil {
		return nil, cannot(x, "certificate.unparsable", "the certificate cannot be read", badRequest("INVALID_CONTENT", "The certificate cannot be read."))
	}
	return block.Bytes, exchange.Answer{}
}

// admit applies NetSuite's rules for an upload.
func admit(x *exchange.Exchange, a *account.Snapshot, m account.Mapping) (*account.ParsedMapping, exchange.Answer) {
	added, err := account.ParseMapping(m, a.ByClientID)
	if err != nil { // a mistake in this package: readUpload has read it
		return nil, x.Refused("internal.panic", "a mistake in the emulator", exchange.UnexpectedError())
	}
	added.Created = x.Now
	active := a.Active(m.ClientID, x.Now)
	no := func(code, reason, nsCode, detail string) (*account.ParsedMapping, exchange.Answer) {
		return nil, cannot(x, code, reason, badRequest(nsCode, detail))
	}
	switch {
	case added.KeyFault != "": // a field report shows these words in the menu
		return no(added.KeyFault, "NetSuite does not accept the certificate's key", "INVALID_CONTENT", "Provided x509 certificate has an invalid bit length")
	case !x.Now.Before(added.ValidUntil):
		return no("certificate.expired", "the certificate has expired", "INVALID_CONTENT", "The certificate has expired.")
	case a.ByCertificateID[added.CertificateID] != nil: // section_162686838198: one combination, even after it is revoked
		return no("mapping.certificate-in-use", "the certificate is already mapped to a combination of integration, role and entity",
			"INVALID_CONTENT", "The certificate is mapped already. Provide a new one.")
	case active >= account.MaxActive, len(a.Order) >= maxMappings:
		return no("mapping.limit-reached", "the integration record has "+strconv.Itoa(active)+" active certificates",
			"USER_ERROR", "The integration record has the maximum number of active certificates. Revoke one first.")
	}
	return added, exchange.Answer{}
}

// revokeCertificate revokes a certificate. Whether NetSuite then revokes its tokens is
// not known: here they stay valid.
func (s *Server) revokeCertificate(x *exchange.Exchange, found *oauth.Session, certificateID string) (answer exchange.Answer) {
	x.Account.Change(func(next *account.Snapshot) bool {
		m := next.ByCertificateID[certificateID]
		switch {
		case m == nil || !mayManage(found, m):
			answer = cannot(x, "api.not-found", "the caller has no certificate with this ID", notFound())
			return false
		case m.Revoked:
			answer = cannot(x, "mapping.revoked", "the certificate is already revoked", badRequest("USER_ERROR", "The certificate is revoked already."))
			return false
		}
		revoked := *m
		revoked.Revoked = true
		next.ByCertificateID[certificateID] = &revoked
		next.Order[slices.Index(next.Order, m)] = &revoked
		answer = exchange.Answer{Status: http.StatusOK, ContentType: "text/plain;charset=utf-8", Body: []byte("Successfully revoked"), Basis: verdict.Official}
		return true
	})
	return answer
}
