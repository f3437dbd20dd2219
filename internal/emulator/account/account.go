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
	return r.ID == AdministratorRole
}

const AdministratorRole = 3

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
	for _, kind := range RecordTypes() {
		names = append(names, kind.Permission)
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

var certificateIDForm = text.Regexp(`^[A-Za-z0-9_-]{43}$`)

// IsCertificateID reports whether s has the form of every known Certificate ID: 32
// bytes in base64url.
func IsCertificateID(s string) bool { return certificateIDForm().MatchString(s) }

// Snapshot is an Account, checked and indexed. It never changes: a certificate
// that is added or revoked makes the next version of it, so that one request
// sees one state and needs no lock.
type Snapshot struct {
	Account
	Label           string // in host names
	ByClientID      map[string]*Integration
	ByCertificateID map[string]*ParsedMapping
	Order           []*ParsedMapping // as configured, then as added
	shared          *versions
}

// ParsedMapping is a Mapping whose certificate was read.
type ParsedMapping struct {
	Mapping
	Integration *Integration
	Key         crypto.PublicKey
	KeyType     string    // RSA or EC
	Created     time.Time // zero for a configured one
	KeyFault    string    // why NetSuite would not have taken the upload; "" if it would
}

var accountForm = text.Regexp(`^[A-Za-z0-9]{1,40}([_-][A-Za-z0-9]{1,20})?$`)

// ValidID reports whether an account ID has NetSuite's form, - for _ allowed.
func ValidID(id string) bool { return accountForm().MatchString(id) }

// MaxActive is how many active certificates an integration record may have
// (Oracle NetSuite Help, section_162686838198).
const MaxActive = 5

// tooManyActive names an integration with more than NetSuite allows.
func (a *Snapshot) tooManyActive(now time.Time) (clientID string, over bool) {
	active := make(map[string]int)
	for _, m := range a.Order {
		if m.Inactive(now) != "" {
			continue
		}
		if active[m.ClientID]++; active[m.ClientID] > MaxActive {
			return m.ClientID, true
		}
	}
	return "", false
}

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
			return nil, fmt.Errorf("emulator: account %q: there twice", a.ID)
		}
		if client, over := indexed.tooManyActive(now); over {
			return nil, fmt.Errorf("emulator: account %q: client ID %q: more than %d active certificates", a.ID, client, MaxActive)
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
		case IsUUID(i.ClientID): // who sends it would be told that all is well
			return nil, fmt.Errorf("integration %q: the client ID is an Application ID", i.Name)
		}
		if out.ByClientID[i.ClientID] != nil {
			return nil, fmt.Errorf("client ID %q: there twice", i.ClientID)
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
			return nil, fmt.Errorf("certificate %q: there twice; a certificate stands for one combination of integration, role and entity", indexed.CertificateID)
		}
		out.ByCertificateID[indexed.CertificateID] = indexed
		out.Order = append(out.Order, indexed)
	}
	if err := out.indexRESTlets(); err != nil {
		return nil, err
	}
	out.shared.latest.Store(out)
	return out, nil
}

func ParseMapping(m Mapping, integrations map[string]*Integration) (*ParsedMapping, error) {
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
	out := &ParsedMapping{Mapping: m, Integration: integration, Key: publicKey(cert)}
	out.KeyType, out.KeyFault = judgeKey(out.Key)
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

// Inactive says why the mapping is no use at this time, "" if it is of use.
func (m *ParsedMapping) Inactive(now time.Time) string {
	switch {
	case m.KeyFault != "":
		return m.KeyFault
	case m.Revoked:
		return "setup.certificate-revoked"
	case now.Before(m.ValidFrom):
		return "certificate.not-yet-valid"
	case !now.Before(m.ValidUntil):
		return "certificate.expired"
	}
	return ""
}

func (m *ParsedMapping) CreatedAt() time.Time {
	if m.Created.IsZero() {
		return m.ValidFrom
	}
	return m.Created
}

// Subject is role and entity, as tokens have it.
func (m *ParsedMapping) Subject() string {
	return strconv.Itoa(m.Role.ID) + ";" + strconv.Itoa(m.Entity.ID)
}

// Unfit says why a mapping is of no use at a time, "" if it is of use or its
// certificate cannot be read.
func (m Mapping) Unfit(now time.Time) string {
	indexed, err := ParseMapping(m, map[string]*Integration{m.ClientID: {}})
	if err != nil || indexed.Inactive(now) == "" {
		return ""
	}
	return indexed.Describe(now)
}

// Describe says of an inactive mapping what makes it so.
func (m *ParsedMapping) Describe(now time.Time) string {
	switch {
	case m.KeyFault != "":
		return "the registered certificate's key is " + DescribeKey(m.Key)
	case m.Revoked:
		return "the registered certificate is revoked"
	case now.Before(m.ValidFrom):
		return "the registered certificate begins at " + m.ValidFrom.UTC().Format(time.RFC3339)
	}
	return "the registered certificate ended at " + m.ValidUntil.UTC().Format(time.RFC3339)
}

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

func IsUUID(s string) bool { return uuidForm().MatchString(s) }
