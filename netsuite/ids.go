package netsuite

import "github.com/nsauth/nsauth/internal/nsid"

// ControlHost is a host of NetSuite that exists whatever the account is. If an
// account's host cannot be resolved and this one can, the account ID is wrong;
// if neither can, the resolver is the trouble.
const ControlHost = nsid.ControlHost

// Paths below an account's REST host.
// Source: Oracle NetSuite Help, pages section_162755359851 and article_0528010158.
const (
	TokenPath      = nsid.TokenPath
	ServerTimePath = nsid.ServerTimePath
)

// Account is a NetSuite account in both of its spellings: ID is as NetSuite shows
// it (1234567_SB1), Label as host names spell it (1234567-sb1). Make it with
// [ParseAccount], which is what keeps a host made from it inside netsuite.com.
// Its methods name the account's hosts (RESTHost, RESTletHost, AppHost, ConnectHost,
// Hosts, OwnsHost) and URLs (RESTURL, TokenURL, CertificatesURL).
type Account = nsid.Account

// AccountKind says what sort of account an ID belongs to, by its shape alone.
type AccountKind = nsid.AccountKind

// The kinds of account. An ID of an unfamiliar kind has a safe shape, which
// NetSuite is not known to hand out.
const (
	Production     = nsid.Production     // 1234567
	Sandbox        = nsid.Sandbox        // 1234567_SB1
	ReleasePreview = nsid.ReleasePreview // 1234567_RP
	Demo           = nsid.Demo           // TSTDRV1234567, TD1234567
	Unfamiliar     = nsid.Unfamiliar
)

// AccountError is the refusal of an account ID. Nothing may be looked up or
// connected to under its Value. Reason is empty, too-long, characters,
// foreign-host (a URL or host name that is not an account's at NetSuite) or
// generic-host (a host of NetSuite that belongs to no account).
type AccountError = nsid.AccountError

// ParseAccount reads an account ID in any spelling (1234567_SB1, 1234567-sb1,
// tstdrv1234567), or takes it from a URL or bare host name of the account
// (https://1234567-sb1.app.netsuite.com/app/center/card.nl). It accepts no
// surrounding white space. The error is always an [*AccountError].
func ParseAccount(s string) (Account, error) { return nsid.ParseAccount(s) }

// ClientIDShape is "" if s looks like the client ID of an integration record
// (64 lower-case hexadecimal digits), else what is the matter with it: blank,
// surrounding-space, application-id (a UUID: the record's Application ID, which is
// not its client ID), characters, length or upper-case.
func ClientIDShape(s string) string { return nsid.ClientIDShape(s) }

// CertificateIDShape is "" if s looks like the Certificate ID of a client
// credentials mapping (43 characters of unpadded base64url, which are 32 bytes),
// else what is the matter with it: blank, surrounding-space, netsuite-signing-key,
// hex-fingerprint (SHA-256), thumbprint (SHA-1), padded, characters, length or
// not-canonical (damaged on the way). A leading - is as good as any other character.
func CertificateIDShape(s string) string { return nsid.CertificateIDShape(s) }

// Scopes are the scopes that NetSuite accepts in a client assertion.
// Source: Oracle NetSuite Help, page section_162755359851.
func Scopes() []string { return nsid.Scopes() }

// ScopeShape is "" for a scope that the client credentials flow has,
// "not-for-m2m" for the one that it is refused (the AI Connector's), and
// "unknown" for every other text.
func ScopeShape(s string) string { return nsid.ScopeShape(s) }
