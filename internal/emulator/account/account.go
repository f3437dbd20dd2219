package account

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
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/text"
)

// Account is one NetSuite account.
type Account struct {
	ID           string // such as 1234567 or 1234567_SB1
	Features     Features
	Integrations []Integration
	Mappings     []Mapping
	Tokens       []Token // of token-based authentication

	// Roles and Entities are those of the account, also without a mapping or a token.
	// Those of mappings and tokens need not be listed.
	Roles    []Role
	Entities []Entity

	// RESTlets are the deployed ones; nil means DefaultRESTlets.
	RESTlets []RESTlet

	// LoginAtCalls checks the role's login permission only at calls, not at the token
	// request. Where NetSuite checks it after the mapping was made is not known: the
	// default here is both.
	LoginAtCalls bool
}

// Features are those of Setup > Company > Enable Features > SuiteCloud.
type Features struct {
	OAuth2          bool // OAUTH 2.0
	RESTWebServices bool // REST WEB SERVICES
	TBAOff          bool // TOKEN-BASED AUTHENTICATION is not ticked
}

// Integration is one integration record.
type Integration struct {
	Name                   string
	ClientID               string   // 64 lower-case hexadecimal digits
	ApplicationID          string   // a UUID
	Enabled                bool     // State
	ClientCredentialsGrant bool     // Client Credentials (Machine to Machine) Grant
	Scopes                 []string // the ticked ones: restlets, rest_webservices, suite_analytics
	ConsumerSecret         string   // of the consumer key, which is ClientID; "" means that token-based authentication is not ticked
}

// Mapping is one row of OAuth 2.0 Client Credentials (M2M) Setup: a
// certificate, for one combination of integration, role and entity.
type Mapping struct {
	CertificateID string // "" means that of Certificate
	Certificate   []byte // DER
	ClientID      string // of the integration
	Role          Role
	Entity        Entity
	// ValidFrom and ValidUntil default to the certificate's. ValidUntil is shortened to
	// MaxMappingValidity, as in NetSuite.
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
	return r.ID == AdministratorRole || slices.Contains(r.Permissions, permission)
}

// AdministratorRole is the ID of a role that has every permission.
const AdministratorRole = 3

// Entity is the user on whose behalf the integration acts.
type Entity struct {
	ID           int
	Name         string
	Email        string
	Inactive     bool
	NoAccess     bool  // Give Access is not ticked
	RemovedRoles []int // roles that the user no longer has
}

// The permissions that this server checks, by their names in NetSuite.
const (
	PermissionLogin        = "Log in using OAuth 2.0 Access Tokens"
	PermissionREST         = "REST Web Services"
	PermissionWorkbook     = "SuiteAnalytics Workbook"
	PermissionCertificates = "Manage own OAuth 2.0 Client Credentials Certificates"
	PermissionManageOAuth2 = "OAuth 2.0 Authorized Applications Management"
	PermissionLoginTBA     = "Log in using Access Tokens"
)

// KnownPermissions are all permissions that this server checks, sorted.
func KnownPermissions() []string {
	return slices.Sorted(maps.Keys(permissions()))
}

// CertificateID is the ID that NetSuite gives a certificate: the unpadded
// base64url of the SHA-256 of its DER form (computed from the pair on Oracle
// NetSuite Help, article_0209112025).
func CertificateID(der []byte) string {
	sum := sha256.Sum256(der)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// CertificateIDForm matches every known Certificate ID: 32 bytes in base64url.
var CertificateIDForm = text.Regexp(`^[A-Za-z0-9_-]{43}$`)

// Snapshot is an Account, checked and indexed. It never changes: adding or revoking a
// certificate makes the next version. So a request sees one state and needs no lock.
type Snapshot struct {
	Account
	Label           string // in host names
	ByClientID      map[string]*Integration
	ByCertificateID map[string]*ParsedMapping
	ByTokenID       map[string]*Token
	Order           []*ParsedMapping // as configured, then as added
	shared          *versions
}

// ParsedMapping is a Mapping and its parsed certificate.
type ParsedMapping struct {
	Mapping
	Integration *Integration
	Key         crypto.PublicKey
	KeyType     string    // RSA or EC
	Created     time.Time // zero if it was configured
	KeyFault    string    // why NetSuite would have rejected the upload; "" if it would not
}

var accountForm = text.Regexp(`^[A-Za-z0-9]{1,40}([_-][A-Za-z0-9]{1,20})?$`)

// ValidID reports whether an account ID has NetSuite's form, with _ or -.
func ValidID(id string) bool { return accountForm().MatchString(id) }

// MaxActive is the maximum number of active certificates of an integration record
// (Oracle NetSuite Help, section_162686838198).
const MaxActive = 5

// Index checks the accounts and indexes them by their host label.
func Index(configured []Account, now time.Time) (byLabel map[string]*Snapshot, err error) {
	if len(configured) == 0 {
		return nil, errors.New("emulator: no account")
	}
	byLabel = make(map[string]*Snapshot, len(configured))
	for _, a := range configured {
		indexed, err := indexAccount(a)
		if err != nil {
			return nil, fmt.Errorf("emulator: account %q: %w", a.ID, err)
		}
		if byLabel[indexed.Label] != nil {
			return nil, fmt.Errorf("emulator: duplicate account %q", a.ID)
		}
		for _, i := range a.Integrations {
			if indexed.Active(i.ClientID, now) > MaxActive {
				return nil, fmt.Errorf("emulator: account %q: client ID %q: more than %d active certificates", a.ID, i.ClientID, MaxActive)
			}
		}
		byLabel[indexed.Label] = indexed
	}
	return byLabel, nil
}

func indexAccount(a Account) (*Snapshot, error) {
	if !ValidID(a.ID) {
		return nil, errors.New("not an account ID")
	}
	a.ID = strings.ToUpper(strings.ReplaceAll(a.ID, "-", "_"))
	out := &Snapshot{
		Account:         a,
		Label:           HostLabel(a.ID),
		ByClientID:      make(map[string]*Integration),
		ByCertificateID: make(map[string]*ParsedMapping),
		shared:          new(versions),
	}
	for _, i := range a.Integrations {
		switch {
		case i.ClientID == "":
			return nil, fmt.Errorf("integration %q: no client ID", i.Name)
		case IsUUID(i.ClientID): // else the emulator would accept it
			return nil, fmt.Errorf("integration %q: the client ID is an Application ID", i.Name)
		}
		if out.ByClientID[i.ClientID] != nil {
			return nil, fmt.Errorf("duplicate client ID %q", i.ClientID)
		}
		i.Scopes = append([]string(nil), i.Scopes...)
		out.ByClientID[i.ClientID] = &i
	}
	for _, m := range a.Mappings {
		indexed, err := ParseMapping(m, out.ByClientID)
		if err != nil {
			return nil, err
		}
		if out.ByCertificateID[indexed.CertificateID] != nil {
			return nil, fmt.Errorf("duplicate certificate %q: a certificate stands for one combination of integration, role and entity", indexed.CertificateID)
		}
		out.ByCertificateID[indexed.CertificateID] = indexed
		out.Order = append(out.Order, indexed)
	}
	if err := out.indexTokens(); err != nil {
		return nil, err
	}
	if err := out.indexRESTlets(); err != nil {
		return nil, err
	}
	out.shared.latest.Store(out)
	return out, nil
}

// ID is the mapping's Certificate ID.
func (m Mapping) ID() string {
	if m.CertificateID == "" {
		return CertificateID(m.Certificate)
	}
	return m.CertificateID
}

// ParseMapping reads the certificate and fills in the defaults.
func ParseMapping(m Mapping, integrations map[string]*Integration) (*ParsedMapping, error) {
	cert, err := x509.ParseCertificate(m.Certificate)
	if err != nil {
		return nil, fmt.Errorf("certificate %q: cannot be read: %w", m.CertificateID, err)
	}
	m.CertificateID = m.ID()
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
	out := &ParsedMapping{Mapping: m, Integration: integration, Key: publicKey(cert)}
	out.KeyType, out.KeyFault = judgeKey(out.Key)
	return out, nil
}

// publicKey is the key of a certificate. The standard library does not read keys of
// type RSASSA-PSS (golang/go#48314), which have the same form as any RSA key.
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

// judgeKey returns the type of a key and why NetSuite rejects it, "" if it does not. It
// accepts RSA with exactly 3072 or 4096 bits and EC with 256, 384 or 521 (Oracle
// NetSuite Help, subsect_162755332391).
func judgeKey(key crypto.PublicKey) (keyType, fault string) {
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

// Inactive returns the code and a description of why the mapping is not active at this
// time, "" if it is.
func (m *ParsedMapping) Inactive(now time.Time) (code, why string) {
	switch {
	case m.KeyFault != "":
		return m.KeyFault, "the registered certificate's key is " + DescribeKey(m.Key)
	case m.Revoked:
		return "setup.certificate-revoked", "the registered certificate is revoked"
	case now.Before(m.ValidFrom):
		return "certificate.not-yet-valid", "the registered certificate becomes valid at " + m.ValidFrom.UTC().Format(time.RFC3339)
	case !now.Before(m.ValidUntil):
		return "certificate.expired", "the registered certificate expired at " + m.ValidUntil.UTC().Format(time.RFC3339)
	}
	return "", ""
}

// Active counts the active mappings of an integration.
func (a *Snapshot) Active(clientID string, now time.Time) (active int) {
	for _, m := range a.Order {
		if code, _ := m.Inactive(now); code == "" && m.ClientID == clientID {
			active++
		}
	}
	return active
}

// CreatedAt is the time of the upload, ValidFrom if it was configured.
func (m *ParsedMapping) CreatedAt() time.Time {
	if m.Created.IsZero() {
		return m.ValidFrom
	}
	return m.Created
}

// Subject is "role;entity", as in the sub of a token.
func (m *ParsedMapping) Subject() string {
	return strconv.Itoa(m.Role.ID) + ";" + strconv.Itoa(m.Entity.ID)
}

// WhyInactive describes why a mapping is not active at this time. It is "" if the mapping
// is active or its certificate cannot be read.
func (m Mapping) WhyInactive(now time.Time) string {
	indexed, err := ParseMapping(m, map[string]*Integration{m.ClientID: {}})
	if err != nil {
		return ""
	}
	_, why := indexed.Inactive(now)
	return why
}

// DescribeKey is a key's type and size, such as "RSA 3072".
func DescribeKey(key any) string {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", key.N.BitLen())
	case *ecdsa.PublicKey:
		return "EC " + key.Params().Name
	}
	return "of another type"
}

var uuidForm = text.Regexp(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

// IsUUID reports whether s has the form of a UUID, such as an Application ID.
func IsUUID(s string) bool { return uuidForm().MatchString(s) }
