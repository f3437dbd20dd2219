// Package authserver has the rules of authorization servers for clients that sign
// assertions (RFC 7523): NetSuite's rules, and those of the RFCs for any other server.
package authserver

import (
	"time"

	"github.com/nsauth/nsauth/internal/nsid"
)

// Rules are the rules of one authorization server. The zero value has those of RFC
// 7515, 7519 and 7523.
type Rules struct {
	// NetSuite says that the server is NetSuite: its tokens are for the API of an
	// account, and NetSuite's pages, messages and Login Audit Trail apply.
	NetSuite bool

	// Settings are the settings of a profile that are required to make an assertion.
	// SettingsGiven are those that are required to send an existing one.
	Settings, SettingsGiven []string
	// DefaultScope is the scope to request if none is set; "" for none.
	DefaultScope string
	// ScopeParameter says that the token request has the scopes as a parameter (RFC
	// 6749, section 4.4.2). The assertion always has them as a claim.
	ScopeParameter bool
	// SubjectAndID says that an assertion has sub, which RFC 7523 requires (section
	// 3), and jti, which a server may require.
	SubjectAndID bool

	// ClientIDShape, CertificateIDShape and ScopeShape return "" for a valid shape,
	// else a reason. They are nil if no shape is known.
	ClientIDShape      func(string) string
	CertificateIDShape func(string) string
	ScopeShape         func(string) string

	// KeySizes says that the server accepts only the types and sizes of keys that
	// NetSuite documents, and certificates of at most two years.
	KeySizes bool

	// DocumentedAlgorithms says that the server accepts only the algorithms that
	// NetSuite documents.
	DocumentedAlgorithms bool
	// TypeRequired says that the header has typ, optional in RFC 7519 (section 5.1).
	TypeRequired bool
	// KeyIDRequired says that the header has kid with the Certificate ID; it is
	// optional in RFC 7515 (section 4.1.4).
	KeyIDRequired bool
	// KeyRegistered says that the server finds the key by the kid and ignores keys in
	// the header.
	KeyRegistered bool
	// ScopeClaim says that the claim scope is required: one scope, or an array.
	ScopeClaim bool
	// TokenURLAudience says that aud is one string, the token endpoint of the account.
	TokenURLAudience bool
	// MaxLifetime is the limit of exp - iat; 0 for none.
	MaxLifetime time.Duration
}

// NetSuite has the rules of Oracle NetSuite Help (pages section_162755359851 and
// section_162790605110). The help limits the lifetime to "less than 60 minutes", but
// its own samples have exactly 60.
var NetSuite = Rules{
	NetSuite:             true,
	Settings:             []string{"account", "client_id", "certificate_id", "key"},
	SettingsGiven:        []string{"account"},
	DefaultScope:         nsid.DefaultScope,
	ClientIDShape:        nsid.ClientIDShape,
	CertificateIDShape:   nsid.CertificateIDShape,
	ScopeShape:           nsid.ScopeShape,
	KeySizes:             true,
	DocumentedAlgorithms: true,
	TypeRequired:         true,
	KeyIDRequired:        true,
	KeyRegistered:        true,
	ScopeClaim:           true,
	TokenURLAudience:     true,
	MaxLifetime:          time.Hour,
}

// Generic has the rules of any other RFC 7523 server. Its assertions need neither an
// account nor a kid.
var Generic = Rules{
	Settings:       []string{"client_id", "key"},
	ScopeParameter: true,
	SubjectAndID:   true,
}
