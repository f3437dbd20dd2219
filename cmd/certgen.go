package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/report"
)

// certgenOptions are the flags of nsauth certgen.
type certgenOptions struct {
	keyType string
	days    int
	subject string
	out     string
	name    string
}

func newCertgen(a *app) *cobra.Command {
	var o certgenOptions
	c := &cobra.Command{
		Use:   "certgen",
		Short: "Make a key and a certificate that NetSuite accepts",
		Long: `Make a private key (PKCS#8, readable by you only) and a self-signed certificate
for it, ready to upload, and print the Certificate ID that NetSuite will show.
No file is ever overwritten. NetSuite takes RSA keys of 3072 or 4096 bits and the
curves P-256, P-384 and P-521, and certificates of at most two years.`,
		Example: `  nsauth certgen --name prod
  nsauth certgen --key-type p-256 --out keys --subject "ERP sync" -o json`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runCertgen(c.Context(), a, o) },
	}
	var types []string
	for _, t := range keys.KeyTypes() {
		types = append(types, string(t))
	}
	flags := c.Flags()
	flags.StringVar(&o.keyType, "key-type", string(keys.RSA4096), "`TYPE` of the key: "+strings.Join(types, ", "))
	flags.IntVar(&o.days, "days", keys.MaxValidityDays, "`DAYS` until the certificate ends, at most 730")
	flags.StringVar(&o.subject, "subject", "nsauth", "common `NAME` in the certificate")
	flags.StringVar(&o.out, "out", ".", "`FOLDER` to write to")
	flags.StringVar(&o.name, "name", "nsauth", "begin the file names with `NAME`: NAME-key.pem and NAME-cert.pem")
	complete(c, "key-type", types...)
	_ = c.MarkFlagDirname("out")
	return c
}

var fileName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)
})

func runCertgen(ctx context.Context, a *app, o certgenOptions) error {
	keyType, err := keys.ParseKeyType(o.keyType)
	switch {
	case err != nil:
		return fail(finding.UsageFlag, "--key-type is none that NetSuite takes", "RSA: rsa-4096 or rsa-3072; EC: p-256, p-384 or p-521")
	case o.days < 1 || o.days > keys.MaxValidityDays:
		return fail(finding.UsageFlag, fmt.Sprintf("--days %d is not from 1 to %d", o.days, keys.MaxValidityDays),
			"NetSuite shortens a certificate of more than two years")
	case !fileName().MatchString(o.name):
		return fail(finding.UsageFlag, "--name is not a file name of letters, digits, dots, dashes and underscores")
	}
	keyPath, certPath := filepath.Join(o.out, o.name+"-key.pem"), filepath.Join(o.out, o.name+"-cert.pem")
	if !a.json() && !a.quiet && keyType == keys.RSA4096 {
		if _, tty := a.Width(a.Stderr); tty {
			fmt.Fprintln(a.Stderr, "making an RSA key of 4096 bits; this takes some seconds")
		}
	}
	k, err := unlessInterrupted(ctx, func() (*keys.Key, error) { return keys.Generate(keyType, nil) })
	if ctx.Err() != nil {
		return ctx.Err() // nothing was written
	} else if err != nil {
		return fail(finding.IOWrite, "the key cannot be made: "+err.Error())
	}
	cert, err := keys.SelfSign(k, keys.CertificateTemplate{Subject: o.subject, NotBefore: a.Now(), Days: o.days}, nil)
	if err != nil {
		return fail(finding.UsageFlag, "the certificate cannot be made: "+err.Error())
	}
	if err := keys.WritePair(keyPath, k, certPath, cert); err != nil {
		return writeFailure(err, o.out)
	}
	return a.printCertificate(keyPath, certPath, keyType, cert)
}

func writeFailure(err error, folder string) error {
	var path *fs.PathError
	if !errors.As(err, &path) {
		return fail(finding.IOWrite, "the files cannot be written: "+err.Error())
	}
	if errors.Is(err, fs.ErrExist) {
		return fail(finding.IOExists, path.Path+" is there already and was left alone", "pass another --name or --out")
	}
	if errors.Is(err, fs.ErrNotExist) {
		return fail(finding.IOWrite, "the folder "+folder+" does not exist", "make it, or pass another --out")
	}
	return fail(finding.IOWrite, path.Path+" cannot be written: "+path.Err.Error())
}

func (a *app) printCertificate(keyPath, certPath string, keyType keys.KeyType, cert *keys.Certificate) error {
	upload := uploadPath()
	doc := report.NewCertificateDocument()
	doc.KeyPath, doc.CertificatePath, doc.KeyType, doc.CertificateID = keyPath, certPath, string(keyType), cert.ID()
	doc.NotBefore = cert.X509.NotBefore.UTC().Format(time.RFC3339)
	doc.NotAfter = cert.X509.NotAfter.UTC().Format(time.RFC3339)
	doc.NextSteps = []string{
		"In NetSuite, go to " + upload + " > Create New.",
		"Choose the entity, the role and the application, and upload " + certPath + ". Never upload or send the key.",
		"The row should show the Certificate ID " + cert.ID() + ".",
		"Put it, the account and the client ID of the integration record into a profile, and run: nsauth doctor",
	}
	if a.json() {
		return a.printJSON(doc)
	}
	if a.maskIDs {
		doc = report.Mask(doc)
	}
	if a.quiet {
		_, err := fmt.Fprintln(a.Stdout, doc.CertificateID)
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "key          %s (private: keep it here)\n", doc.KeyPath)
	fmt.Fprintf(&b, "certificate  %s, until %s\n", doc.CertificatePath, cert.X509.NotAfter.UTC().Format("2006-01-02"))
	fmt.Fprintf(&b, "Certificate ID to expect in NetSuite:\n  %s\n\nNext:\n", doc.CertificateID)
	for i, step := range doc.NextSteps {
		fmt.Fprintf(&b, "  %d. %s\n", i+1, step)
	}
	_, err := io.WriteString(a.Stdout, b.String())
	return err
}

// uploadPath is where a certificate is mapped, in NetSuite's menu words.
func uploadPath() string {
	e, _ := finding.Lookup("setup.mapping-missing")
	return *e.Remedy.UIPath
}
