package api

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
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

// maxMappings bounds what can be added to an account: revoked certificates stay
// in the list, so that five active ones are no bound of it.
const maxMappings = 1000

// certificates is the certificate rotation endpoint: list, add and revoke
// (Oracle NetSuite Help, article_92130837826, article_11111634165,
// article_0209112025, article_0209112818). The permission is for the caller's own
// certificates; that "own" means those of the token's integration and entity,
// and an administrator's every one's of the integration, is a guess.
func (s *Server) certificates(x *exchange.Exchange) exchange.Answer {
	clientID, rest, _ := strings.Cut(strings.TrimPrefix(x.Request.URL.Path, ClientsPath), "/")
	collection, rest, one := strings.Cut(rest, "/")
	certificateID, action, _ := strings.Cut(rest, "/")
	if collection != "certificates" || one && (certificateID == "" || action != "revoke") {
		return x.Refused("api.not-found", "no such path", notFound())
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
		x.Refuse("api.permission-missing", "the role lacks the permission "+account.PermissionCertificates)
		a := permissionMissing(account.PermissionCertificates)
		a.Basis = verdict.Guess
		return a
	}
	if clientID != found.Mapping.ClientID {
		return x.Refused("api.not-found", "not the integration of the token", notFound())
	}
	switch {
	case one:
		return s.revokeCertificate(x, found, certificateID)
	case x.Request.Method == http.MethodPost:
		return s.addCertificate(x, found)
	}
	return listCertificates(x.Account, found)
}

// mayManage is what "own" in the permission's name means here.
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

func listCertificates(a *account.Snapshot, found *oauth.Session) exchange.Answer {
	list := []listedCertificate{}
	app := "https://" + a.Label + account.AppSuffix
	for _, m := range a.Order {
		if !mayManage(found, m) {
			continue
		}
		number := 1 + slices.IndexFunc(a.Integrations, func(i account.Integration) bool { return i.ClientID == m.ClientID })
		list = append(list, listedCertificate{
			Application:   listedApplication{number, m.Integration.Name, app + "/app/common/integration/integrapp.nl?id=" + strconv.Itoa(number), m.Integration.ApplicationID},
			Entity:        listedRecord{m.Entity.ID, m.Entity.Name, app + "/app/common/entity/entity.nl?id=" + strconv.Itoa(m.Entity.ID)},
			Role:          listedRecord{m.Role.ID, m.Role.Name, app + "/app/setup/role.nl?id=" + strconv.Itoa(m.Role.ID)},
			Created:       timestamp(m.CreatedAt()),
			ValidFrom:     timestamp(m.ValidFrom),
			ValidUntil:    timestamp(m.ValidUntil),
			Revoked:       m.Revoked,
			CertificateID: m.CertificateID,
			Algorithm:     m.KeyType,
		})
	}
	return exchange.JSON(http.StatusOK, exchange.TypeJSON, verdict.Official, list)
}

func timestamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// addedCertificate is the answer to a certificate that was added. Its members
// are not named as those of the list (Oracle NetSuite Help, article_0209112025);
// what each holds beyond the name is partly a guess.
type addedCertificate struct {
	EntityRole struct {
		Company string `json:"com"`
		Entity  int    `json:"ent"`
		Role    int    `json:"rol"`
	} `json:"entity_role_id"`
	ApplicationID string `json:"application_id"`
	CertificateID string `json:"certificate_id"`
	Certificate   string `json:"certificate"` // PEM
	Algorithm     string `json:"algorithm"`
	CreatedAt     string `json:"created_at"`
	ValidFrom     string `json:"valid_from"`
	ValidUntil    string `json:"valid_until"`
	Invalidated   bool   `json:"invalidated"`
}

// refusedChange is why a certificate was not added or revoked.
type refusedChange struct {
	refusal verdict.Refusal
	answer  exchange.Answer
}

func (r *refusedChange) Error() string { return r.refusal.Reason }

// cannot makes a refusedChange. No source shows such an answer: all of them are
// guesses, but for the words of the one on key sizes.
func cannot(code, reason, nsCode, detail string) *refusedChange {
	// The Detail of a rule is about logging in, and this is none.
	return &refusedChange{
		verdict.Refusal{Code: verdict.Refuse(code, reason).Code, Reason: reason, Basis: verdict.Guess},
		exchange.RESTError(http.StatusBadRequest, verdict.Guess, nsCode, detail),
	}
}

func (s *Server) changed(x *exchange.Exchange, err error, done func() exchange.Answer) exchange.Answer {
	var refused *refusedChange
	switch {
	case err == nil:
		return done()
	case errors.As(err, &refused):
		x.Verdict.Refusals = append(x.Verdict.Refusals, refused.refusal)
		return refused.answer
	}
	return x.Refused("internal.panic", "a mistake in the emulator", exchange.UnexpectedError())
}

func (s *Server) addCertificate(x *exchange.Exchange, found *oauth.Session) exchange.Answer {
	var added *account.ParsedMapping
	m, err := readUpload(x, found)
	if err == nil {
		err = x.Account.Change(func(next *account.Snapshot) error {
			var err error
			if added, err = admit(next, m, x.Now); err != nil {
				return err
			}
			next.ByCertificateID[added.CertificateID] = added
			next.Order = append(next.Order, added)
			return nil
		})
	}
	return s.changed(x, err, func() exchange.Answer {
		out := addedCertificate{
			ApplicationID: added.Integration.ApplicationID,
			CertificateID: added.CertificateID,
			Certificate:   string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: added.Certificate})),
			Algorithm:     added.KeyType,
			CreatedAt:     timestamp(added.Created),
			ValidFrom:     timestamp(added.ValidFrom),
			ValidUntil:    timestamp(added.ValidUntil),
		}
		out.EntityRole.Company, out.EntityRole.Entity, out.EntityRole.Role = x.Account.ID, added.Entity.ID, added.Role.ID
		return exchange.JSON(http.StatusOK, exchange.TypeJSON, verdict.Official, out)
	})
}

// readUpload reads the body of a request to add a certificate. Roles and entities
// are those that mappings of the account have.
func readUpload(x *exchange.Exchange, found *oauth.Session) (account.Mapping, error) {
	bad := func(detail string) error { return cannot("api.invalid-request", detail, "INVALID_CONTENT", detail) }
	if exchange.MediaType(x.Request.Header.Get("Content-Type")) != "application/json" {
		return account.Mapping{}, bad("The Content-Type is not application/json.")
	}
	body, err := io.ReadAll(x.Request.Body)
	if err != nil {
		return account.Mapping{}, bad("The body cannot be read: " + exchange.Incomplete(err) + ".")
	}
	var upload struct {
		FileContent string      `json:"fileContent"`
		Role        json.Number `json:"role"`
		Entity      json.Number `json:"entity"`
	}
	if err := exchange.UnmarshalStrict(body, &upload); err != nil {
		return account.Mapping{}, bad("The body is not a JSON object with fileContent, role and entity.")
	}
	m := account.Mapping{ClientID: found.Mapping.ClientID}
	if m.Certificate, err = readPEM(upload.FileContent); err != nil {
		return account.Mapping{}, err
	}
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
		return account.Mapping{}, cannot("api.invalid-request", "no such role, or an inactive one", "INVALID_PARAMETER", "The role does not exist or is inactive.")
	case !entityKnown || m.Entity.Inactive:
		return account.Mapping{}, cannot("api.invalid-request", "no such entity, or an inactive one", "INVALID_PARAMETER", "The entity does not exist or is inactive.")
	case !mayManage(found, &account.ParsedMapping{Mapping: m}):
		refused := cannot("api.permission-missing", "the entity is not the caller's own", "", "")
		refused.answer = permissionMissing("OAuth 2.0 Authorized Applications Management").By(verdict.Guess)
		return account.Mapping{}, refused
	}
	return m, nil
}

// readPEM takes exactly one certificate.
func readPEM(text string) ([]byte, error) {
	bad := func(reason string) error {
		return cannot("certificate.not-a-certificate", reason, "INVALID_CONTENT", "fileContent is not one certificate in PEM form: "+reason+".")
	}
	block, rest := pem.Decode([]byte(text))
	switch {
	case block == nil:
		return nil, bad("there is no PEM block in it")
	case block.Type != "CERTIFICATE":
		return nil, bad("the PEM block is of another type")
	case strings.TrimSpace(string(rest)) != "":
		return nil, bad("there is more after the certificate")
	}
	if _, err := x509.ParseCertificate(block.Bytes); err != nil {
		return nil, cannot("certificate.unparsable", "the certificate cannot be read", "INVALID_CONTENT", "The certificate cannot be read.")
	}
	return block.Bytes, nil
}

// admit judges a certificate as NetSuite does when it is uploaded.
func admit(a *account.Snapshot, m account.Mapping, now time.Time) (*account.ParsedMapping, error) {
	added, err := account.ParseMapping(m, a.ByClientID)
	if err != nil {
		return nil, err // a mistake in this package: readUpload has read it
	}
	added.Created = now
	active := 0
	for _, other := range a.Order {
		if other.ClientID == m.ClientID && other.Inactive(now) == "" {
			active++
		}
	}
	switch {
	case added.KeyFault != "": // the words that the menu shows, by a field report
		return nil, cannot(added.KeyFault, "the key of the certificate is none that NetSuite takes", "INVALID_CONTENT", "Provided x509 certificate has an invalid bit length")
	case !now.Before(added.ValidUntil):
		return nil, cannot("certificate.expired", "the certificate has expired", "INVALID_CONTENT", "The certificate has expired.")
	case a.ByCertificateID[added.CertificateID] != nil: // section_162686838198: one combination; a revoked one in no other
		return nil, cannot("mapping.certificate-in-use", "the certificate stands for a combination of integration, role and entity already",
			"INVALID_CONTENT", "The certificate is mapped already. Provide a new one.")
	case active >= account.MaxActive, len(a.Order) >= maxMappings:
		return nil, cannot("mapping.limit-reached", "the integration record has "+strconv.Itoa(active)+" active certificates",
			"USER_ERROR", "The integration record has the maximum number of active certificates. Revoke one first.")
	}
	return added, nil
}

// revokeCertificate marks a certificate. Whether the tokens that it got before
// end with it is not known: here they do not.
func (s *Server) revokeCertificate(x *exchange.Exchange, found *oauth.Session, certificateID string) exchange.Answer {
	err := x.Account.Change(func(next *account.Snapshot) error {
		m := next.ByCertificateID[certificateID]
		if m == nil || !mayManage(found, m) {
			refused := cannot("api.not-found", "no certificate with this ID among the caller's own", "", "")
			refused.answer = notFound()
			return refused
		}
		if m.Revoked {
			return cannot("mapping.revoked", "the certificate is revoked already", "USER_ERROR", "The certificate is revoked already.")
		}
		revoked := *m
		revoked.Revoked = true
		next.ByCertificateID[certificateID] = &revoked
		next.Order[slices.Index(next.Order, m)] = &revoked
		return nil
	})
	return s.changed(x, err, func() exchange.Answer {
		return exchange.Answer{Status: http.StatusOK, ContentType: "text/plain;charset=utf-8", Header: nil, Body: []byte("Successfully revoked"), Basis: verdict.Official}
	})
}
