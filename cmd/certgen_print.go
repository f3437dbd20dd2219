package cmd

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/certgen"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/report"
)

// progressEvery is how often the seconds of a long work are shown.
const progressEvery = time.Second

// progress shows on a terminal, and nowhere else, that something is being worked
// at. The function that it returns takes the line away.
func (a *app) progress(what string) (done func()) {
	if _, tty := a.Width(a.Stderr); !tty || a.JSON() || a.Quiet {
		return func() {}
	}
	if kind, _ := a.LookupEnv("TERM"); kind == "dumb" {
		fmt.Fprintln(a.Stderr, what)
		return func() {}
	}
	fmt.Fprint(a.Stderr, what)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		ticker := time.NewTicker(progressEvery)
		defer ticker.Stop()
		for n := 1; ; n++ {
			select {
			case <-ticker.C:
				fmt.Fprintf(a.Stderr, "\r%s: %d s", what, n)
			case <-stop:
				fmt.Fprintf(a.Stderr, "\r%*s\r", len(what)+len(": 9999 s"), "")
				return
			}
		}
	}()
	return func() {
		close(stop)
		<-stopped
	}
}

// document is what is to be said of a product.
func (p *product) document(o certgenOptions) report.CertificateDocument {
	doc := report.NewCertificateDocument()
	doc.KeyPath, doc.CertificatePath, doc.DERPath = p.keyPath, p.certPath, finding.Optional(p.derPath)
	doc.KeyType, doc.Encrypted, doc.Subject = string(certgen.TypeOf(p.key)), o.encrypt, p.cert.Subject()
	doc.CertificateID = p.cert.ID()
	doc.NotBefore = p.cert.X509.NotBefore.UTC().Format(time.RFC3339)
	doc.NotAfter = p.cert.X509.NotAfter.UTC().Format(time.RFC3339)
	doc.Backups = append([]string{}, p.backups...)
	doc.Warnings = []report.CertificateWarning{}
	for _, f := range p.warnings {
		doc.Warnings = append(doc.Warnings, report.CertificateWarning{
			Code: f.Code, Severity: f.Severity, Message: f.Message, Remedy: f.Remedy.Summary})
	}
	menu, url := uploadPath()
	doc.NetSuite = report.NetSuiteShows{UIPath: menu, UIURL: url, CertificateID: doc.CertificateID,
		ValidFrom: doc.NotBefore, ValidUntil: doc.NotAfter, Algorithm: algorithmName(p.key)}
	doc.Profile = report.CertificateProfile{CertificateID: doc.CertificateID, Cert: absolute(p.certPath),
		KeyCommand: finding.Optional(o.keyCommand)}
	switch {
	case o.keyCommand != "":
	case !o.existing() || p.key.Path != "":
		doc.Profile.Key = finding.Optional(absolute(p.keyPath))
	case strings.HasPrefix(o.forKey, "env:"):
		doc.Profile.Key = finding.Optional(o.forKey)
	}
	if file := o.passphraseFile; file != "" && file != "-" {
		if _, err := os.Stat(file); err == nil {
			file = absolute(file)
		}
		doc.Profile.PassphraseFile = &file
	}
	doc.NextSteps = []string{
		"In NetSuite, go to " + menu + " > Create New.",
		"Choose the entity, the role and the application, and upload " + p.certPath + ". Never upload or send the key.",
		"The row should show the Certificate ID " + doc.CertificateID + ".",
		"Save the pair as a profile: nsauth profile init asks for the rest, or write certificate_id, key and cert into one yourself. Then run: nsauth doctor",
	}
	return doc
}

// indented breaks a text into lines of at most width columns, those after the
// first so far to the right; 0 leaves it as it is.
func indented(text string, by, width int) string {
	var b strings.Builder
	column := by
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case width > 0 && column+1+n > width:
			b.WriteString("\n" + strings.Repeat(" ", by))
			column = by
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// algorithmName is the word by which NetSuite lists a certificate (Oracle
// NetSuite Help, page article_11111634165).
func algorithmName(k *keys.Key) string {
	if k.Type == keys.TypeEC {
		return "EC"
	}
	return "RSA"
}

func (a *app) printCertificate(p *product, o certgenOptions) error {
	doc := p.document(o)
	if a.JSON() {
		return a.PrintJSON(doc)
	}
	if a.MaskIDs {
		doc = report.Mask(doc)
	}
	if a.Quiet {
		for _, w := range doc.Warnings {
			fmt.Fprintf(a.Stderr, "nsauth: %s: %s\n", w.Severity, w.Message)
		}
		_, err := fmt.Fprintln(a.Stdout, doc.CertificateID)
		return err
	}
	var b strings.Builder
	protected := "private: keep it here"
	switch {
	case o.existing():
		protected = "yours, left as it is"
	case doc.Encrypted:
		protected += ", with its passphrase elsewhere"
	}
	fmt.Fprintf(&b, "key          %s (%s)\n", doc.KeyPath, protected)
	fmt.Fprintf(&b, "certificate  %s (%d days)\n", doc.CertificatePath, p.cert.ValidityDays())
	if doc.DERPath != nil {
		fmt.Fprintf(&b, "the same     %s (DER)\n", *doc.DERPath)
	}
	for _, name := range doc.Backups {
		fmt.Fprintf(&b, "kept         %s\n", name)
	}
	if len(doc.Warnings) == 0 {
		fmt.Fprintf(&b, "keycheck     nothing speaks against them\n")
	}
	width := a.TextOptions(a.Stdout).Width
	for _, w := range doc.Warnings {
		fmt.Fprintf(&b, "\n%s\n  %s\n", indented(fmt.Sprintf("%s %s: %s", w.Severity, w.Code, w.Message), 2, width), indented(w.Remedy, 2, width))
	}
	fmt.Fprintf(&b, "\nNetSuite will show:\n  Certificate ID  %s\n  Valid from      %s\n  Valid until     %s\n  Algorithm       %s\n",
		doc.NetSuite.CertificateID, shortTime(p.cert.X509.NotBefore), shortTime(p.cert.X509.NotAfter), doc.NetSuite.Algorithm)
	fmt.Fprintf(&b, "\nNext:\n")
	for i, step := range doc.NextSteps {
		fmt.Fprintf(&b, "  %d. %s\n", i+1, indented(step, 5, width))
	}
	for _, line := range [][2]string{{"certificate_id", doc.Profile.CertificateID}, {"key", deref(doc.Profile.Key)},
		{"key_command", deref(doc.Profile.KeyCommand)}, {"cert", doc.Profile.Cert}, {"passphrase_file", deref(doc.Profile.PassphraseFile)}} {
		if line[1] != "" {
			fmt.Fprintf(&b, "       %s: %s\n", line[0], yamlText(line[1]))
		}
	}
	_, err := io.WriteString(a.Stdout, b.String())
	return err
}

func shortTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// yamlText is a text that YAML reads as that text.
func yamlText(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

// absolute is a path for a file that may lie anywhere.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// uploadPath is where a certificate is mapped, in NetSuite's menu words and as a
// path below the account's UI host.
func uploadPath() (menu, url string) {
	e, _ := catalog.Lookup("setup.mapping-missing")
	if e.Remedy.UIURL != nil {
		url = *e.Remedy.UIURL
	}
	return *e.Remedy.UIPath, url
}
