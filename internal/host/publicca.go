package host

import (
	"slices"

	"github.com/nsauth/nsauth/internal/finding"
)

// IsPublicCA reports whether organization, as in the issuer of a certificate, is a
// CA of the public web, so that the certificate is not a sign of TLS inspection.
func IsPublicCA(organization string) bool {
	return slices.ContainsFunc(publicIssuers, func(i issuer) bool { return i.organization == organization })
}

// issuer is an organization, as the O of an issuer's name has it, whose signature
// on the certificate of a NetSuite host is not a sign of TLS inspection.
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

// publicIssuers lists them. Oracle does not publish which CA NetSuite's hosts use,
// and says not to pin certificates (Oracle NetSuite Help, page section_1498251763),
// so the CA may change any day. Hence not the one CA of today is listed, but those
// that serve most of the public web: the CA/Browser Forum's Baseline Requirements
// bind them to sign only for who controls the name, which an inspecting proxy does
// not. Each is inferred; none was measured on a NetSuite host.
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
