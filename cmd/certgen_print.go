package cmd

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/keypair"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/text"
)

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// printCertificate says what was made, and what to do with it.
func printCertificate(a *cli.App, p *keypair.Made, o keypair.Options) error {
	doc := p.Document(o)
	if a.JSON() {
		return a.PrintJSON(doc)
	}
	doc = cli.Masked(a, doc)
	if a.Quiet {
		for _, w := range doc.Warnings {
			fmt.Fprintf(a.Stderr, "nsauth: %s: %s\n", w.Severity, text.Escape(w.Message, unicode.IsPrint))
		}
		_, err := fmt.Fprintln(a.Stdout, doc.CertificateID)
		return err
	}
	var b strings.Builder
	protected := "private: keep it here"
	switch {
	case o.Existing():
		protected = "yours, left as it is"
	case doc.Encrypted:
		protected += ", with its passphrase elsewhere"
	}
	fmt.Fprintf(&b, "key          %s (%s)\n", doc.KeyPath, protected)
	fmt.Fprintf(&b, "certificate  %s (%d days)\n", doc.CertificatePath, p.Certificate.ValidityDays())
	if doc.DERPath != nil {
		fmt.Fprintf(&b, "the same     %s (DER)\n", *doc.DERPath)
	}
	for _, name := range doc.Backups {
		fmt.Fprintf(&b, "kept         %s\n", name)
	}
	if len(doc.Warnings) == 0 {
		fmt.Fprintf(&b, "keycheck     OK: NetSuite accepts this key and certificate\n")
	}
	width := a.TextOptions(a.Stdout).Width
	for _, w := range doc.Warnings {
		fmt.Fprintf(&b, "\n%s\n  %s\n", report.Wrap(fmt.Sprintf("%s %s: %s", w.Severity, w.Code, w.Message), 2, width), report.Wrap(w.Remedy, 2, width))
	}
	fmt.Fprintf(&b, "\nNetSuite will show:\n  Certificate ID  %s\n  Valid from      %s\n  Valid until     %s\n  Algorithm       %s\n",
		doc.NetSuite.CertificateID, text.TimeToMinute(p.Certificate.X509.NotBefore), text.TimeToMinute(p.Certificate.X509.NotAfter), doc.NetSuite.Algorithm)
	fmt.Fprintf(&b, "\nNext:\n")
	for i, step := range doc.NextSteps {
		fmt.Fprintf(&b, "  %d. %s\n", i+1, report.Wrap(step, 5, width))
	}
	for _, line := range [][2]string{{"certificate_id", doc.Profile.CertificateID}, {"key", deref(doc.Profile.Key)},
		{"key_command", deref(doc.Profile.KeyCommand)}, {"sign_command", deref(doc.Profile.SignCommand)}, {"cert", doc.Profile.Cert}, {"passphrase_file", deref(doc.Profile.PassphraseFile)}} {
		if line[1] != "" {
			fmt.Fprintf(&b, "       %s: %s\n", line[0], yamlText(line[1]))
		}
	}
	// A path may have what a terminal would obey.
	shown := text.Escape(b.String(), func(r rune) bool { return r == '\n' || unicode.IsPrint(r) })
	_, err := io.WriteString(a.Stdout, shown)
	return err
}

// yamlText is a text that YAML reads as that text.
func yamlText(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}
