package emulator

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/faults"
	"github.com/nsauth/nsauth/internal/text"
)

// Config describes the accounts and how the server answers. Everything but
// Accounts has a useful zero value. New copies what it needs: a later change
// of a Config has no effect.
type Config struct {
	Accounts []Account

	// Now is the server's clock: of the Date header, of every judgement of a
	// time, of the logs. Nil means the machine's.
	Now func() time.Time

	// Errors is how a refused assertion is answered; "" means ErrorsBare.
	Errors Errors

	// AuditSilent keeps requests that were answered with status 500 out of
	// the Login Audit Trail, as some users report it of NetSuite.
	AuditSilent bool

	// Accept and Refuse settle habits of clients that no source documents,
	// against their defaults: see Habits.
	Accept, Refuse []Habit

	// NarrowScope issues a token for those scopes that are ticked on the
	// integration record, where otherwise an unticked one refuses the assertion.
	NarrowScope bool

	Faults []faults.Fault

	// Canned are answers in place of the right ones.
	Canned []CannedAnswer

	// ExpiresIn is how a token response writes expires_in; "" means ExpiresInNumber.
	ExpiresIn ExpiresIn

	// TokenShape is that of the access tokens; "" means Shape2026.
	TokenShape TokenShape

	// ConcurrencyLimit is how many API calls of one account may be under way at
	// once; 0 means any number.
	ConcurrencyLimit int

	// RetryAfter is the header of that name, in seconds, in the refusal of a call
	// over the limit; 0 means none, as no source shows one.
	RetryAfter int

	// Customers is how many further customers there are, beside the three with names:
	// a list of many pages. Each takes about 400 bytes. 0 means none.
	Customers int

	// CA signs the TLS certificate; nil means one of the server's own.
	CA *CA

	// GenerateKey makes the key that signs access tokens; nil means GenerateKey.
	GenerateKey KeyGenerator

	// OnVerdict is called once for each answered request, one call at a time.
	OnVerdict func(Verdict)

	// LogSize bounds the audit trail and the request log, each; 0 means
	// DefaultLogSize.
	LogSize int

	// MaxConnections bounds how many connections are open at a time: for a new
	// one the one goes that has waited longest. 0 means DefaultMaxConnections.
	MaxConnections int
}

// DefaultLogSize is how many entries each log holds before the oldest goes.
const DefaultLogSize = 1000

// Errors is a way to answer refused assertions.
type Errors string

const (
	// ErrorsBare answers every refused assertion with the bare status 500
	// {"error":"server_error"}, which is all that real users report.
	ErrorsBare Errors = "bare"
	// ErrorsOAuth answers with the codes of RFC 6749 section 5.2.
	ErrorsOAuth Errors = "oauth"
)

// Account is one NetSuite account.
type Account struct {
	ID           string // such as 1234567 or 1234567_SB1
	Features     Features
	Integrations []Integration
	Mappings     []Mapping

	// RESTlets are the deployed ones; nil means DefaultRESTlets.
	RESTlets []RESTlet

	// LoginAtCalls leaves the role's log-in permission out of the token request, and
	// refuses the calls of a role that lacks it. Where NetSuite looks for it after
	// the mapping was made is not known: the default here is both.
	LoginAtCalls bool
}

// Features are those of Setup > Company > Enable Features > SuiteCloud.
type Features struct {
	OAuth2          bool // OAUTH 2.0
	RESTWebServices bool // REST WEB SERVICES
}

// Integration is one integration record.
type Integration struct {
	Name                   string
	ClientID               string   // 64 lower-case hexadecimal digits
	ApplicationID          string   // a UUID
	Enabled                bool     // State
	ClientCredentialsGrant bool     // Client Credentials (Machine to Machine) Grant
	Scopes                 []string // the ticked ones: restlets, rest_webservices, suite_analytics
}

// Mapping is one row of OAuth 2.0 Client Credentials (M2M) Setup: a
// certificate, for one combination of integration, role and entity.
type Mapping struct {
	CertificateID string // "" means that of Certificate
	Certificate   []byte // DER
	ClientID      string // of the integration
	Role          Role
	Entity        Entity
	// ValidFrom and ValidUntil default to the certificate's. More than
	// MaxMappingValidity apart, the end is moved, as NetSuite does.
	ValidFrom, ValidUntil time.Time
	Revoked               bool
}

// MaxMappingValidity is NetSuite's two years (Oracle NetSuite Help,
// subsect_162755332391). Oracle does not say whether that is 730 days or 731.
const MaxMappingValidity = 730 * 24 * time.Hour

// Role is a role and its permissions, by NetSuite's names.
type Role struct {
	ID          int
	Name        string
	Permissions []string
	Inactive    bool
}

// Has reports whether the role has the permission.
func (r Role) Has(permission string) bool {
	for _, p := range r.Permissions {
		if p == permission {
			return true
		}
	}
	return r.ID == administratorRole
}

const administratorRole = 3

// Entity is the user on whose behalf the integration acts.
type Entity struct {
	ID       int
	Name     string
	Inactive bool
}

// The permissions that this server asks for, by their names in NetSuite.
const (
	PermissionLogin        = "Log in using OAuth 2.0 Access Tokens"
	PermissionREST         = "REST Web Services"
	PermissionWorkbook     = "SuiteAnalytics Workbook"
	PermissionCertificates = "Manage own OAuth 2.0 Client Credentials Certificates"
)

// KnownPermissions are all that this server asks for, sorted.
func KnownPermissions() []string {
	names := []string{PermissionLogin, PermissionREST, PermissionWorkbook, PermissionCertificates}
	for _, kind := range recordTypes() {
		names = append(names, kind.permission)
	}
	slices.Sort(names)
	return names
}

// CertificateID is the ID that NetSuite gives a certificate: the unpadded
// base64url of the SHA-256 of its DER form (computed from the pair on Oracle
// NetSuite Help, article_0209112025).
func CertificateID(der []byte) string {
	sum := sha256.Sum256(der)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// certificateIDForm is that of every known Certificate ID: 32 bytes in base64url.
var certificateIDForm = text.Regexp(`^[A-Za-z0-9_-]{43}$`)

// account is an Account, checked and indexed. It never changes: a certificate
// that is added or revoked makes the next version of it, so that one request
// sees one state and needs no lock.
type account struct {
	Account
	label        string // in host names
	integrations map[string]*Integration
	mappings     map[string]*mapping
	order        []*mapping // as configured, then as added
	shared       *accountState
}

// mapping is a Mapping whose certificate was read.
type mapping struct {
	Mapping
	integration *Integration
	key         crypto.PublicKey
	keyType     string    // RSA or EC
	created     time.Time // zero for a configured one
	unfit       string    // why NetSuite would not have taken the upload; "" if it would
}

var accountForm = text.Regexp(`^[A-Za-z0-9]{1,40}([_-][A-Za-z0-9]{1,20})?$`)

// MaxActive is how many active certificates an integration record may have
// (Oracle NetSuite Help, section_162686838198).
const MaxActive = 5

// tooManyActive names an integration with more than NetSuite allows.
func (a *account) tooManyActive(now time.Time) (clientID string, over bool) {
	active := make(map[string]int)
	for _, m := range a.order {
		if m.inactive(now) != "" {
			continue
		}
		if active[m.ClientID]++; active[m.ClientID] > MaxActive {
			return m.ClientID, true
		}
	}
	return "", false
}

func indexAccounts(configured []Account, now time.Time) (byLabel map[string]*account, err error) {
	if len(configured) == 0 {
		return nil, errors.New("emulator: no account")
	}
	byLabel = make(map[string]*account, len(configured))
	for _, a := range configured {
		indexed, err := indexAccount(a)
		if err != nil {
			return nil, fmt.Errorf("emulator: account %q: %w", a.ID, err)
		}
		if byLabel[indexed.label] != nil {
			return nil, fmt.Errorf("emulator: account %q: there twice", a.ID)
		}
		if client, over := indexed.tooManyActive(now); over {
			return nil, fmt.Errorf("emulator: account %q: client ID %q: more than %d active certificates", a.ID, client, MaxActive)
		}
		byLabel[indexed.label] = indexed
	}
	return byLabel, nil
}

func indexAccount(a Account) (*account, error) {
	if !accountForm().MatchString(a.ID) {
		return nil, errors.New("not an account ID")
	}
	a.ID = strings.ToUpper(strings.ReplaceAll(a.ID, "-", "_"))
	out := &account{
		Account:      a,
		label:        hostLabel(a.ID),
		integrations: make(map[string]*Integration),
		mappings:     make(map[string]*mapping),
		shared:       new(accountState),
	}
	for _, i := range a.Integrations {
		switch {
		case i.ClientID == "":
			return nil, fmt.Errorf("integration %q: no client ID", i.Name)
		case uuid().MatchString(i.ClientID): // who sends it would be told that all is well
			return nil, fmt.Errorf("integration %q: the client ID is an Application ID", i.Name)
		}
		if out.integrations[i.ClientID] != nil {
			return nil, fmt.Errorf("client ID %q: there twice", i.ClientID)
		}
		i.Scopes = append([]string(nil), i.Scopes...)
		out.integrations[i.ClientID] = &i
	}
	for _, m := range a.Mappings {
		indexed, err := indexMapping(m, out.integrations)
		if err != nil {
			return nil, err
		}
		if out.mappings[indexed.CertificateID] != nil {
			return nil, fmt.Errorf("certificate %q: there twice; a certificate stands for one combination of integration, role and entity", indexed.CertificateID)
		}
		out.mappings[indexed.CertificateID] = indexed
		out.order = append(out.order, indexed)
	}
	if err := out.indexRESTlets(); err != nil {
		return nil, err
	}
	out.shared.latest.Store(out)
	return out, nil
}

func indexMapping(m Mapping, integrations map[string]*Integration) (*mapping, error) {
	cert, err := x509.ParseCertificate(m.Certificate)
	if err != nil {
		return nil, fmt.Errorf("certificate %q: cannot be read: %w", m.CertificateID, err)
	}
	if m.CertificateID == "" {
		m.CertificateID = CertificateID(m.Certificate)
	}
	integration := integrations[m.ClientID]
	if integration == nil {
		return nil, fmt.Errorf("certificate %q: no integration with client ID %q", m.CertificateID, m.ClientID)
	}
	if m.ValidFrom.IsZero() {
		m.ValidFrom = cert.NotBefore
	}
	if m.ValidUntil.IsZero() {
		m.ValidUntil = cert.NotAfter
	}
	if m.ValidUntil.Sub(m.ValidFrom) > MaxMappingValidity {
		m.ValidUntil = m.ValidFrom.Add(MaxMappingValidity)
	}
	m.Role.Permissions = append([]string(nil), m.Role.Permissions...)
	out := &mapping{Mapping: m, integration: integration, key: publicKey(cert)}
	out.keyType, out.unfit = judgeKey(out.key)
	return out, nil
}

// publicKey is the key of a certificate. The standard library leaves out those
// of type RSASSA-PSS (golang/go#48314), whose key has the same form as any RSA key.
func publicKey(cert *x509.Certificate) crypto.PublicKey {
	if cert.PublicKey != nil {
		return cert.PublicKey
	}
	var info struct {
		Algorithm struct {
			OID        asn1.ObjectIdentifier
			Parameters asn1.RawValue `asn1:"optional"`
		}
		Key asn1.BitString
	}
	rest, err := asn1.Unmarshal(cert.RawSubjectPublicKeyInfo, &info)
	if err != nil || len(rest) > 0 || !info.Algorithm.OID.Equal(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}) {
		return nil
	}
	key, err := x509.ParsePKCS1PublicKey(info.Key.RightAlign())
	if err != nil {
		return nil
	}
	return key
}

// judgeKey says what kind of key it is and whether NetSuite takes it: RSA of
// exactly 3072 or 4096 bits, EC of 256, 384 or 521 (Oracle NetSuite Help,
// subsect_162755332391).
func judgeKey(key crypto.PublicKey) (keyType, unfit string) {
	switch key := key.(type) {
	case *rsa.PublicKey:
		switch bits := key.N.BitLen(); {
		case bits == 3072, bits == 4096:
			return "RSA", ""
		case bits < 3072:
			return "RSA", "key.rsa-too-small"
		}
		return "RSA", "key.rsa-size-unsupported"
	case *ecdsa.PublicKey:
		switch key.Curve {
		case elliptic.P256(), elliptic.P384(), elliptic.P521():
			return "EC", ""
		}
		return "EC", "key.curve-unsupported"
	}
	return "", "key.type-unsupported"
}

// inactive says why the mapping is no use at this time, "" if it is of use.
func (m *mapping) inactive(now time.Time) string {
	switch {
	case m.unfit != "":
		return m.unfit
	case m.Revoked:
		return "setup.certificate-revoked"
	case now.Before(m.ValidFrom):
		return "certificate.not-yet-valid"
	case !now.Before(m.ValidUntil):
		return "certificate.expired"
	}
	return ""
}
