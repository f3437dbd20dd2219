package host

import (
	"slices"

	"github.com/nsauth/nsauth/internal/finding"
)

// IsPublicCA reports whether organization, of a certificate's issuer, is a CA of the
// public web, so that the certificate is not a sign of TLS inspection.
func IsPublicCA(organization string) bool {
	return slices.ContainsFunc(publicIssuers, func(i issuer) bool { return i.organization == organization })
}

// issuer is an organization (the O of an issuer's name) that may sign the certificate
// of a NetSuite host.
type issuer struct {
	organization string
	basis        finding.Basis
	source       string
}

// The sources of publicIssuers.
const (
	oracleUses    = "the CA of most of Oracle's public hosts; not confirmed for NetSuite"
	baselineRules = "CA/Browser Forum Baseline Requirements, section 3.2.2.4: a public CA signs for who controls the name"
)

// publicIssuers lists the CAs of most of the public web. Oracle does not publish which
// CA NetSuite's hosts use, and says not to pin certificates (Oracle NetSuite Help, page
// section_1498251763). The CA/Browser Forum's Baseline Requirements bind these CAs to
// sign only for those who control the name, which an inspecting proxy does not. Each is
// inferred; none was measured on a NetSuite host.
var publicIssuers = []issuer{
	{"DigiCert Inc", finding.Inferred, oracleUses},
	{"DigiCert, Inc.", finding.Inferred, oracleUses},
	{"Let's Encrypt", finding.Inferred, baselineRules},
	{"Sectigo Limited", finding.Inferred, baselineRules},
	{"GlobalSign nv-sa", finding.Inferred, baselineRules},
	{"Google Trust Services", finding.Inferred, baselineRules},
	{"Google Trust Services LLC", finding.Inferred, baselineRules},
	{"Amazon", finding.Inferred, baselineRules},
	{"Entrust, Inc.", finding.Inferred, baselineRules},
	{"GoDaddy.com, Inc.", finding.Inferred, baselineRules},
	{"nsauth emulator", finding.Observed, "nsauth's own emulator, which stands in for NetSuite"},
}
