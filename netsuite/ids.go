package netsuite

import "github.com/nsauth/nsauth/internal/nsid"

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
