package catalog

import "github.com/nsauth/nsauth/internal/finding"

// NetSuite's own menu words, and the paths below the account's UI host that work
// in every language (Oracle NetSuite Help, section_162686838198,
// section_157771733782, section_158323851171).
const (
	menuMapping     = "Setup > Integration > Manage Authentication > OAuth 2.0 Client Credentials (M2M) Setup"
	urlMapping      = "/app/oauth2/clientcredentials/setup.nl"
	menuIntegration = "Setup > Integration > Manage Integrations"
	menuFeatures    = "Setup > Company > Enable Features > SuiteCloud"
	menuAudit       = "Setup > Users/Roles > User Management > View Login Audit Trail"
	menuRoleDiff    = "Setup > Users/Roles > Show Role Differences"
	menuCompanyURLs = "Setup > Company > Company Information > Company URLs"
)

// MenuLoginAuditTrail is where NetSuite keeps the reasons that its token endpoint
// does not give (Oracle NetSuite Help, page section_158323851171).
const MenuLoginAuditTrail = menuAudit

// More of NetSuite's menus, for those who explain what no finding is about.
const (
	MenuMapping         = menuMapping
	MenuIntegrations    = menuIntegration
	MenuFeatures        = menuFeatures
	MenuRoleDifferences = menuRoleDiff
	MenuCompanyURLs     = menuCompanyURLs
)

// The pages of Oracle's NetSuite Help that the catalogue rests on.
const (
	pageTokenRequest   = "section_162755359851"  // POST request to the token endpoint
	pageAssertion      = "section_162790605110"  // structure of the client assertion
	pageCertificates   = "subsect_162755332391"  // key sizes, validity, formats
	pageMapping        = "section_162686838198"  // client credentials setup
	pageIntegration    = "section_157771733782"  // integration records for OAuth 2.0
	pageRoles          = "section_157771510070"  // permissions for OAuth 2.0
	pageEntities       = "section_157771650112"  // who can be the entity
	pageAuditTrail     = "section_158323851171"  // the Login Audit Trail
	pageAuditDetails   = "subsect_158324637123"  // its Detail values
	pageTokenErrors    = "subsect_158521832417"  // errors of the authorization code flow
	pageResourceErrors = "subsect_158521885412"  // WWW-Authenticate of resource calls
	pageRESTErrors     = "section_156570709583"  // o:errorCode
	pageCollections    = "section_156414087576"  // links, hasMore, offset of a collection
	pageRESTletErrors  = "section_4634920277"    // RESTlet status and error codes
	pageRESTletAuth    = "section_N2971402"      // header or cookies, not both
	pageServerTime     = "article_0528010158"    // serverTime
	pageRotation       = "article_92130837826"   // certificate rotation endpoint
	pageRotationList   = "article_11111634165"   // its list
	pageRotationID     = "article_0209112025"    // a certificate and its ID
	pageHosts          = "section_1498251763"    // account-specific domains
	pageDiscovery      = "chapter_157011836591"  // URL discovery
	pageSandboxID      = "section_4609939018"    // sandbox account IDs
	pageAccessToken    = "section_158255317571"  // access token claims
	pageSignES         = "section_0312092247"    // ES signatures: raw, not DER
	pageCurves         = "section_0312092212"    // curve and algorithm
	pageConcurrency    = "bridgehead_1525252812" // RESTlet concurrency
	pageAuthCode       = "section_158081952044"  // authorization code flow, scopes
)

// Standards, as links.
const (
	rfc6749 = "https://www.rfc-editor.org/rfc/rfc6749"
	rfc7515 = "https://www.rfc-editor.org/rfc/rfc7515"
	rfc7518 = "https://www.rfc-editor.org/rfc/rfc7518"
	rfc7519 = "https://www.rfc-editor.org/rfc/rfc7519"
	rfc7523 = "https://www.rfc-editor.org/rfc/rfc7523"
)

// oracle returns the addresses of pages in Oracle's NetSuite Help.
func oracle(pages ...string) []string {
	urls := make([]string, len(pages))
	for i, p := range pages {
		urls[i] = "https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/" + p + ".html"
	}
	return urls
}

// help names pages of Oracle's NetSuite Help as the source of an entry.
func help(pages ...string) string {
	s := "Oracle NetSuite Help"
	for i, p := range pages {
		if i == 0 {
			s += ", page " + p
			continue
		}
		s += ", " + p
	}
	return s
}

// HelpURLs are the addresses of pages of Oracle's NetSuite Help, such as
// "section_158323851171".
func HelpURLs(pages ...string) []string { return oracle(pages...) }

// HelpSource names pages of Oracle's NetSuite Help as a source.
func HelpSource(pages ...string) string { return help(pages...) }

// Commands that more than one entry suggests.
func keycheck() []string {
	return []string{"nsauth", "keycheck", "{key|key.pem}", "--cert", "{certificate|cert.pem}"}
}

// showCertificate takes the name under which the evidence has the file's path.
func showCertificate(file string) []string {
	return []string{"openssl", "x509", "-in", "{" + file + "|cert.pem}", "-noout", "-subject", "-dates", "-fingerprint", "-sha256"}
}

// certificateID computes the Certificate ID that a certificate's mapping will show.
func certificateID() []string {
	return []string{"nsauth", "keycheck", "--cert", "{certificate|cert.pem}"}
}

func newPair() []string {
	return []string{"nsauth", "certgen", "--key-type", "rsa-4096"}
}

// newCertificate is the remedy for a key or certificate that has to be replaced.
func newCertificate(summary string) finding.Remedy {
	return finding.Remedy{
		Summary: summary,
		Steps: []string{
			"Make a new key and certificate.",
			"In NetSuite, Create New with the same entity, role and application, and upload the new certificate. Five may be active at a time on one integration record.",
			"Put the new Certificate ID, key and certificate into the profile.",
			"Revoke the old certificate once the new one works.",
		},
		Commands: [][]string{newPair()},
		UIPath:   new(menuMapping),
		UIURL:    new(urlMapping),
		Docs:     oracle(pageCertificates, pageMapping),
	}
}

// copyCertificateID is the remedy for a Certificate ID that is not the mapping's.
func copyCertificateID(summary string) finding.Remedy {
	return finding.Remedy{
		Summary: summary,
		Steps: []string{
			"Find the row with your application, role and entity, and check that it is neither revoked nor past its end.",
			"Copy its Certificate ID whole: 43 characters, upper and lower case as shown. It may begin with a hyphen.",
		},
		UIPath: new(menuMapping),
		UIURL:  new(urlMapping),
		Docs:   oracle(pageMapping, pageRotationID),
	}
}

// copyClientID is the remedy for a Client ID that is not one.
func copyClientID() finding.Remedy {
	return finding.Remedy{
		Summary: "Use the Client ID that NetSuite showed once when the integration record was saved.",
		Steps: []string{
			"Look where the Client ID was stored on that day. It is also called consumer key: 64 characters, 0-9 and a-f.",
			"If it is lost, make a new integration record and a new mapping. Resetting the credentials stops every program that uses them.",
		},
		UIPath: new(menuIntegration),
		Docs:   oracle(pageIntegration, pageAssertion),
	}
}
