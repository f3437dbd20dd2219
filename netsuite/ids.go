package netsuite

import "github.com/nsauth/nsauth/internal/nsid"

// ControlHost is a NetSuite host that does not depend on an account. If it
// resolves and an account's host does not, the account ID is wrong. If neither
// resolves, the resolver is the problem.
const ControlHost = nsid.ControlHost

// Paths below an account's REST host.
// Source: Oracle NetSuite Help, pages section_162755359851 and article_0528010158.
const (
	TokenPath      = nsid.TokenPath
	ServerTimePath = nsid.ServerTimePath
)

// Account is a NetSuite account: ID as NetSuite shows it (1234567_SB1), Label as in
// host names (1234567-sb1). Make it with [ParseAccount]: then its hosts are always
// below netsuite.com. Its methods give the account's hosts (RESTHost, RESTletHost,
// AppHost, ConnectHost, Hosts, OwnsHost) and URLs (RESTURL, TokenURL,
// CertificatesURL).
type Account = nsid.Account

// AccountKind is the kind of an account, by the shape of its ID alone.
type AccountKind = nsid.AccountKind

// The kinds of account. An Unfamiliar ID has a safe shape, but NetSuite is not known
// to use it.
const (
	Production     = nsid.Production     // 1234567
	Sandbox        = nsid.Sandbox        // 1234567_SB1
	ReleasePreview = nsid.ReleasePreview // 1234567_RP
	Demo           = nsid.Demo           // TSTDRV1234567, TD1234567
	Unfamiliar     = nsid.Unfamiliar
)

// AccountError rejects an account ID. Do not resolve or connect to its Value. Reason
// is empty, too-long, characters, foreign-host (a URL or host name that is not an
// account's at NetSuite) or generic-host (a NetSuite host without an account).
type AccountError = nsid.AccountError

// ParseAccount reads an account ID in any spelling (1234567_SB1, 1234567-sb1,
// tstdrv1234567), or a URL or host name of the account
// (https://1234567-sb1.app.netsuite.com/app/center/card.nl). It rejects
// surrounding white space. The error is always an [*AccountError].
func ParseAccount(s string) (Account, error) { return nsid.ParseAccount(s) }

// ClientIDShape is "" if s looks like the Client ID of an integration record
// (64 lower-case hexadecimal digits), else what is wrong with it: blank,
// surrounding-space, application-id (a UUID, as the record's Application ID is),
// characters, length or upper-case.
func ClientIDShape(s string) string { return nsid.ClientIDShape(s) }

// CertificateIDShape is "" if s looks like the Certificate ID of a client
// credentials mapping (43 characters of unpadded base64url, which are 32 bytes),
// else what is wrong with it: blank, surrounding-space, netsuite-signing-key,
// hex-fingerprint (SHA-256), thumbprint (SHA-1), padded, characters, length or
// not-canonical (damaged). A leading - is valid.
func CertificateIDShape(s string) string { return nsid.CertificateIDShape(s) }

// Scopes are the scopes that NetSuite accepts in a client assertion.
// Source: Oracle NetSuite Help, page section_162755359851.
func Scopes() []string { return nsid.Scopes() }

// ScopeShape is "" for a scope of the client credentials flow, "not-for-m2m" for
// the AI Connector's, which this flow cannot use, and "unknown" for any other text.
func ScopeShape(s string) string { return nsid.ScopeShape(s) }
