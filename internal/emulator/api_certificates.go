package emulator

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
)

const clientsPath = "/services/rest/auth/oauth2/v1/clients/"

// maxMappings bounds what can be added to an account: revoked certificates stay
// in the list, so that five active ones are no bound of it.
const maxMappings = 1000

// certificates is the certificate rotation endpoint: list, add and revoke
// (Oracle NetSuite Help, article_92130837826, article_11111634165,
// article_0209112025, article_0209112818). The permission is for the caller's own
// certificates; that "own" means those of the token's integration and entity,
// and an administrator's every one's of the integration, is a guess.
func (s *Server) certificates(x *exchange) answer {
	clientID, rest, _ := strings.Cut(strings.TrimPrefix(x.request.URL.Path, clientsPath), "/")
	collection, rest, one := strings.Cut(rest, "/")
	certificateID, action, _ := strings.Cut(rest, "/")
	if collection != "certificates" || one && (certificateID == "" || action != "revoke") {
		x.refuse("api.not-found", "no such path")
		return notFound()
	}
	switch m := x.request.Method; {
	case m == http.MethodPost, !one && (m == http.MethodGet || m == http.MethodHead):
	case one:
		x.refuse("request.wrong-method", "the method is not POST")
		return wrongMethod("POST")
	default:
		x.refuse("request.wrong-method", "the method is neither GET nor POST")
		return wrongMethod("GET, POST")
	}
	found, a := s.rest(x)
	if found == nil {
		return a
	}
	if !found.mapping.Role.Has(PermissionCertificates) {
		x.refuse("api.permission-missing", "the role lacks the permission "+PermissionCertificates)
		a := permissionMissing(PermissionCertificates)
		a.basis = Guess
		return a
	}
	if clientID != found.mapping.ClientID {
		x.refuse("api.not-found", "not the integration of the token")
		return notFound()
	}
	switch {
	case one:
		return s.revokeCertificate(x, found, certificateID)
	case x.request.Method == http.MethodPost:
		return s.addCertificate(x, found)
	}
	return listCertificates(x.account, found)
}

// mayManage is what "own" in the permission's name means here.
func (found *session) mayManage(m *mapping) bool {
	caller := found.mapping
	return m.ClientID == caller.ClientID && (m.Entity.ID == caller.Entity.ID || caller.Role.ID == administratorRole)
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

func listCertificates(a *account, found *session) answer {
	list := []listedCertificate{}
	app := "https://" + a.label + appSuffix
	for _, m := range a.order {
		if !found.mayManage(m) {
			continue
		}
		number := 1 + slices.IndexFunc(a.Integrations, func(i Integration) bool { return i.ClientID == m.ClientID })
		list = append(list, listedCertificate{
			Application:   listedApplication{number, m.integration.Name, app + "/app/common/integration/integrapp.nl?id=" + strconv.Itoa(number), m.integration.ApplicationID},
			Entity:        listedRecord{m.Entity.ID, m.Entity.Name, app + "/app/common/entity/entity.nl?id=" + strconv.Itoa(m.Entity.ID)},
			Role:          listedRecord{m.Role.ID, m.Role.Name, app + "/app/setup/role.nl?id=" + strconv.Itoa(m.Role.ID)},
			Created:       timestamp(m.createdAt()),
			ValidFrom:     timestamp(m.ValidFrom),
			ValidUntil:    timestamp(m.ValidUntil),
			Revoked:       m.Revoked,
			CertificateID: m.CertificateID,
			Algorithm:     m.keyType,
		})
	}
	return jsonAnswer(http.StatusOK, typeJSON, Official, list)
}

func (m *mapping) createdAt() time.Time {
	if m.created.IsZero() {
		return m.ValidFrom
	}
	return m.created
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
	refusal Refusal
	answer  answer
}

func (r *refusedChange) Error() string { return r.refusal.Reason }

// cannot makes a refusedChange. No source shows such an answer: all of them are
// guesses, but for the words of the one on key sizes.
func cannot(code, reason, nsCode, detail string) *refusedChange {
	// The Detail of a rule is about logging in, and this is none.
	return &refusedChange{
		Refusal{Code: refuse(code, reason).Code, Reason: reason, Basis: Guess},
		restError(http.StatusBadRequest, Guess, nsCode, detail),
	}
}

func (s *Server) changed(x *exchange, err error, done func() answer) answer {
	var refused *refusedChange
	switch {
	case err == nil:
		return done()
	case errors.As(err, &refused):
		x.verdict.Refusals = append(x.verdict.Refusals, refused.refusal)
		return refused.answer
	}
	x.refuse("internal.panic", "a mistake in the emulator")
	return unexpectedError()
}

func (s *Server) addCertificate(x *exchange, found *session) answer {
	var added *mapping
	m, err := readUpload(x, found)
	if err == nil {
		err = x.account.change(func(next *account) error {
			var err error
			if added, err = next.admit(m, x.now); err != nil {
				return err
			}
			next.mappings[added.CertificateID] = added
			next.order = append(next.order, added)
			return nil
		})
	}
	return s.changed(x, err, func() answer {
		out := addedCertificate{
			ApplicationID: added.integration.ApplicationID,
			CertificateID: added.CertificateID,
			Certificate:   string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: added.Certificate})),
			Algorithm:     added.keyType,
			CreatedAt:     timestamp(added.created),
			ValidFrom:     timestamp(added.ValidFrom),
			ValidUntil:    timestamp(added.ValidUntil),
		}
		out.EntityRole.Company, out.EntityRole.Entity, out.EntityRole.Role = x.account.ID, added.Entity.ID, added.Role.ID
		return jsonAnswer(http.StatusOK, typeJSON, Official, out)
	})
}

// readUpload reads the body of a request to add a certificate. Roles and entities
// are those that mappings of the account have.
func readUpload(x *exchange, found *session) (Mapping, error) {
	bad := func(detail string) error { return cannot("api.invalid-request", detail, "INVALID_CONTENT", detail) }
	if mediaType(x.request.Header.Get("Content-Type")) != "application/json" {
		return Mapping{}, bad("The Content-Type is not application/json.")
	}
	body, err := io.ReadAll(x.request.Body)
	if err != nil {
		return Mapping{}, bad("The body cannot be read: " + incomplete(err) + ".")
	}
	var upload struct {
		FileContent string      `json:"fileContent"`
		Role        json.Number `json:"role"`
		Entity      json.Number `json:"entity"`
	}
	if err := unmarshalStrict(body, &upload); err != nil {
		return Mapping{}, bad("The body is not a JSON object with fileContent, role and entity.")
	}
	m := Mapping{ClientID: found.mapping.ClientID}
	if m.Certificate, err = readPEM(upload.FileContent); err != nil {
		return Mapping{}, err
	}
	var roleKnown, entityKnown bool
	for _, of := range x.account.order {
		if strconv.Itoa(of.Role.ID) == upload.Role.String() && !roleKnown {
			m.Role, roleKnown = of.Role, true
		}
		if strconv.Itoa(of.Entity.ID) == upload.Entity.String() && !entityKnown {
			m.Entity, entityKnown = of.Entity, true
		}
	}
	switch {
	case !roleKnown || m.Role.Inactive:
		return Mapping{}, cannot("api.invalid-request", "no such role, or an inactive one", "INVALID_PARAMETER", "The role does not exist or is inactive.")
	case !entityKnown || m.Entity.Inactive:
		return Mapping{}, cannot("api.invalid-request", "no such entity, or an inactive one", "INVALID_PARAMETER", "The entity does not exist or is inactive.")
	case !found.mayManage(&mapping{Mapping: m}):
		refused := cannot("api.permission-missing", "the entity is not the caller's own", "", "")
		refused.answer = permissionMissing("OAuth 2.0 Authorized Applications Management").by(Guess)
		return Mapping{}, refused
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
func (a *account) admit(m Mapping, now time.Time) (*mapping, error) {
	added, err := indexMapping(m, a.integrations)
	if err != nil {
		return nil, err // a mistake in this package: readUpload has read it
	}
	added.created = now
	active := 0
	for _, other := range a.order {
		if other.ClientID == m.ClientID && other.inactive(now) == "" {
			active++
		}
	}
	switch {
	case added.unfit != "": // the words that the menu shows, by a field report
		return nil, cannot(added.unfit, "the key of the certificate is none that NetSuite takes", "INVALID_CONTENT", "Provided x509 certificate has an invalid bit length")
	case !now.Before(added.ValidUntil):
		return nil, cannot("certificate.expired", "the certificate has expired", "INVALID_CONTENT", "The certificate has expired.")
	case a.mappings[added.CertificateID] != nil: // section_162686838198: one combination; a revoked one in no other
		return nil, cannot("mapping.certificate-in-use", "the certificate stands for a combination of integration, role and entity already",
			"INVALID_CONTENT", "The certificate is mapped already. Provide a new one.")
	case active >= MaxActive, len(a.order) >= maxMappings:
		return nil, cannot("mapping.limit-reached", "the integration record has "+strconv.Itoa(active)+" active certificates",
			"USER_ERROR", "The integration record has the maximum number of active certificates. Revoke one first.")
	}
	return added, nil
}

// revokeCertificate marks a certificate. Whether the tokens that it got before
// end with it is not known: here they do not.
func (s *Server) revokeCertificate(x *exchange, found *session, certificateID string) answer {
	err := x.account.change(func(next *account) error {
		m := next.mappings[certificateID]
		if m == nil || !found.mayManage(m) {
			refused := cannot("api.not-found", "no certificate with this ID among the caller's own", "", "")
			refused.answer = notFound()
			return refused
		}
		if m.Revoked {
			return cannot("mapping.revoked", "the certificate is revoked already", "USER_ERROR", "The certificate is revoked already.")
		}
		revoked := *m
		revoked.Revoked = true
		next.mappings[certificateID] = &revoked
		next.order[slices.Index(next.order, m)] = &revoked
		return nil
	})
	return s.changed(x, err, func() answer {
		return answer{http.StatusOK, "text/plain;charset=utf-8", nil, []byte("Successfully revoked"), Official}
	})
}
