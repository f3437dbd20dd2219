// Package authserver says what an authorization server demands of a client that
// signs assertions (RFC 7523). There are two sets of rules: NetSuite's, and those of
// any other server, which the RFCs set.
package authserver

import (
	"time"

	"github.com/nsauth/nsauth/internal/nsid"
)

// Rules are what one authorization server demands. The zero value demands of an
// assertion what RFC 7515, 7519 and 7523 demand.
type Rules struct {
	// NetSuite says that the server is NetSuite: its tokens are for the API of an
	// account, and what is known of NetSuite's pages, its messages and its Login
	// Audit Trail holds.
	NetSuite bool

	// Settings are those settings of a profile without which no assertion can be
	// made; SettingsGiven those without which one that exists cannot be sent.
	Settings, SettingsGiven []string
	// DefaultScope is the scope to ask for where none is set; "" for none.
	DefaultScope string
	// ScopeParameter says that the token request has the scopes as a parameter (RFC
	// 6749, section 4.4.2). In the assertion they are a claim in any case.
	ScopeParameter bool
	// SubjectAndID says that an assertion has sub, which RFC 7523 demands (section
	// 3), and jti, without which a server may refuse it.
	SubjectAndID bool

	// ClientIDShape, CertificateIDShape and ScopeShape return "" for a value of the
	// right shape, or else a reason. They are nil where no shape is known.
	ClientIDShape      func(string) string
	CertificateIDShape func(string) string
	ScopeShape         func(string) string

	// KeySizes says that only keys of the types and sizes that NetSuite documents
	// are accepted, and certificates of at most two years.
	KeySizes bool

	// DocumentedAlgorithms says that only the algorithms that NetSuite documents are
	// accepted.
	DocumentedAlgorithms bool
	// TypeRequired says that the header has typ, optional in RFC 7519 (section 5.1).
	TypeRequired bool
	// KeyIDRequired says that the header has kid, optional in RFC 7515 (section
	// 4.1.4), and that it is the Certificate ID.
	KeyIDRequired bool
	// KeyRegistered says that the server finds the key by the kid and reads none
	// from the header.
	KeyRegistered bool
	// ScopeClaim says that the claim scope is there: one scope, or an array.
	ScopeClaim bool
	// TokenURLAudience says that aud is the token endpoint of the account, as one
	// string.
	TokenURLAudience bool
	// MaxLifetime is the limit of exp - iat; 0 for none.
	MaxLifetime time.Duration
}

// NetSuite demands what Oracle NetSuite Help says (pages section_162755359851 and
// section_162790605110). The help limits the lifetime to "less than 60 minutes",
// while its own samples have exactly 60.
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

// Generic is any other server of RFC 7523. It says itself what a token is for, and
// its assertions need neither an account nor a kid.
var Generic = Rules{
	Settings:       []string{"client_id", "key"},
	ScopeParameter: true,
	SubjectAndID:   true,
}
