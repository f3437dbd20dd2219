package keypair

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/certgen"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/report"
)

// Document returns the certificate and its files as a JSON document.
func (p *Made) Document(o Options) report.CertificateDocument {
	doc := report.CertificateDocument{Head: report.HeadOf(report.KindCertificate)}
	doc.KeyPath, doc.CertificatePath, doc.DERPath = p.KeyPath, p.CertificatePath, finding.Optional(p.DERPath)
	doc.KeyType, doc.Encrypted, doc.Subject = string(certgen.TypeOf(p.Key)), o.Encrypt, p.Certificate.Subject()
	doc.CertificateID = p.Certificate.ID()
	doc.NotBefore = p.Certificate.X509.NotBefore.UTC().Format(time.RFC3339)
	doc.NotAfter = p.Certificate.X509.NotAfter.UTC().Format(time.RFC3339)
	doc.Backups = append([]string{}, p.Backups...)
	doc.Warnings = []report.CertificateWarning{}
	for _, f := range p.Warnings {
		doc.Warnings = append(doc.Warnings, report.CertificateWarning{
			Code: f.Code, Severity: f.Severity, Message: f.Message, Remedy: f.Remedy.Summary})
	}
	menu, url := UploadPath()
	doc.NetSuite = report.NetSuiteShows{UIPath: menu, UIURL: url, CertificateID: doc.CertificateID,
		ValidFrom: doc.NotBefore, ValidUntil: doc.NotAfter, Algorithm: algorithmName(p.Key)}
	doc.Profile = report.CertificateProfile{CertificateID: doc.CertificateID, Cert: absolute(p.CertificatePath),
		KeyCommand: finding.Optional(o.KeyCommand)}
	switch {
	case o.SignCommand != "":
		doc.Profile.SignCommand = &o.SignCommand // the certificate has the public key
	case o.KeyCommand != "":
	case !o.Existing() || p.Key.Path != "":
		doc.Profile.Key = finding.Optional(absolute(p.KeyPath))
	case strings.HasPrefix(o.ForKey, "env:"):
		doc.Profile.Key = finding.Optional(o.ForKey)
	}
	if file := o.PassphraseFile; file != "" && file != "-" {
		if _, err := os.Stat(file); err == nil {
			file = absolute(file)
		}
		doc.Profile.PassphraseFile = &file
	}
	doc.NextSteps = []string{
		"In NetSuite, go to " + menu + " > Create New.",
		"Choose the entity, the role and the application, and upload " + p.CertificatePath + ". Never upload or send the key.",
		"The row should show the Certificate ID " + doc.CertificateID + ".",
		"Save the pair in a profile with nsauth profile init, or set certificate_id, key and cert in one yourself. Then run: nsauth doctor",
	}
	return doc
}

// algorithmName returns the algorithm as NetSuite's list of certificates names it
// (Oracle NetSuite Help, page article_11111634165).
func algorithmName(k *keys.Key) string {
	if k.Type == keys.TypeEC {
		return "EC"
	}
	return "RSA"
}

// absolute returns path as an absolute path, or unchanged if that fails.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// UploadPath returns the NetSuite page where a certificate is mapped: its menu path,
// and its URL path below the account's UI host.
func UploadPath() (menu, url string) {
	e, _ := catalog.Lookup("setup.mapping-missing")
	if e.Remedy.UIURL != nil {
		url = *e.Remedy.UIURL
	}
	return *e.Remedy.UIPath, url
}
