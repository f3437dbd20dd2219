package cmd

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/certgen"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/keypair"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/text"
)

func newCertgen(a *cli.App) *cobra.Command {
	var o keypair.Options
	c := &cobra.Command{
		Use:   "certgen",
		Short: "Make a key and a certificate that NetSuite accepts",
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := settleCertgen(c, a, &o); err != nil {
				return err
			}
			return runCertgen(c.Context(), a, o)
		},
	}
	types := keyTypeNames()
	flags := c.Flags()
	flags.StringVar(&o.KeyType, "key-type", string(certgen.RSA4096), "`TYPE` of the key: "+strings.Join(types, ", "))
	flags.IntVar(&o.Days, "days", keys.MaxValidityDays, "`DAYS` until the certificate expires, at most 730")
	flags.StringVar(&o.Subject, "subject", "nsauth", "common name or distinguished `NAME` in the certificate")
	flags.StringVar(&o.Out, "out", ".", "`FOLDER` to write to")
	flags.StringVar(&o.Name, "name", "nsauth", "begin the file names with `NAME`: NAME-key.pem and NAME-cert.pem")
	flags.StringVar(&o.ForKey, "for-key", "", "make a certificate for the existing private key in `FILE` (or -, env:NAME, fd:N)")
	flags.StringVar(&o.KeyCommand, "key-command", "", "make a certificate for the private key that `CMD` prints; the platform's shell runs it")
	flags.StringVar(&o.SignCommand, "sign-command", "", "make a certificate for the key elsewhere that `CMD` signs with; --public-key says which")
	flags.StringVar(&o.PublicKey, "public-key", "", "`FILE` with the public key of --sign-command (or -, env:NAME, fd:N)")
	flags.StringVar(&o.PassphraseFile, "passphrase-file", "", "`FILE` with the passphrase, for --encrypt or of the key of --for-key")
	flags.BoolVar(&o.DER, "der", false, "also write the certificate as NAME-cert.cer in DER")
	flags.BoolVar(&o.Encrypt, "encrypt", false, "protect the key with a passphrase")
	flags.BoolVar(&o.Force, "force", false, "replace existing files, and keep them as NAME-key.bak.pem and so on")
	complete(a, c, "key-type", types...)
	_ = c.MarkFlagDirname("out")
	_ = c.MarkFlagFilename("for-key")
	_ = c.MarkFlagFilename("public-key")
	_ = c.MarkFlagFilename("passphrase-file")
	return c
}

func keyTypeNames() []string {
	var names []string
	for _, t := range certgen.KeyTypes() {
		names = append(names, string(t))
	}
	return names
}

var fileName = text.Regexp(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// settle checks the flags and adds what the environment says.
func settleCertgen(c *cobra.Command, a *cli.App, o *keypair.Options) error {
	if file, set := a.LookupEnv("NSAUTH_PASSPHRASE_FILE"); set && o.PassphraseFile == "" && (o.Encrypt || o.Existing()) {
		o.PassphraseFile = file
		if err := checkFile(a, "$NSAUTH_PASSPHRASE_FILE", file, true); err != nil {
			return err
		}
	}
	_, err := certgen.ParseKeyType(o.KeyType)
	switch {
	case err != nil:
		return cli.Fail(finding.UsageFlag, "NetSuite does not accept this --key-type",
			text.DidYouMean(o.KeyType, keyTypeNames(), "RSA: rsa-4096 or rsa-3072; EC: p-256, p-384 or p-521")...)
	case o.Days < 1 || o.Days > keys.MaxValidityDays:
		return cli.Fail(finding.UsageFlag, fmt.Sprintf("--days %d is not from 1 to %d", o.Days, keys.MaxValidityDays),
			"NetSuite shortens a certificate of more than two years")
	case !fileName().MatchString(o.Name):
		return cli.Fail(finding.UsageFlag, "--name is not a file name of letters, digits, dots, dashes and underscores")
	case o.ForKey != "" && o.KeyCommand != "":
		return cli.Fail(finding.UsageFlag, "--for-key and --key-command cannot be combined", "give one of them")
	case o.SignCommand != "" && (o.ForKey != "" || o.KeyCommand != ""):
		return cli.Fail(finding.UsageFlag, "--sign-command cannot be combined with "+existingFlag(o), "give one of them")
	case o.SignCommand != "" && o.PublicKey == "":
		return cli.Fail(finding.UsageFlag, "--sign-command needs --public-key FILE: the certificate holds the public key",
			"the store of the key prints it, such as: aws kms get-public-key --key-id KEY --query PublicKey --output text",
			"docs/do/sign-with-a-key-elsewhere.md has the command of each store")
	case o.PublicKey != "" && o.SignCommand == "":
		return cli.Fail(finding.UsageFlag, "--public-key has no effect without --sign-command")
	case o.Existing() && c.Flags().Changed("key-type"):
		return cli.Fail(finding.UsageFlag, "--key-type has no effect with "+existingFlag(o)+": the key exists")
	case o.Existing() && o.Encrypt:
		return cli.Fail(finding.UsageFlag, "--encrypt has no effect with "+existingFlag(o)+": no key is written",
			"openssl pkcs8 -topk8 -v2 aes-256-cbc -in KEY -out NEW-KEY encrypts an existing key")
	case o.ForKey == "-" && o.PassphraseFile == "-":
		return cli.Fail(finding.UsageFlag, "--for-key and --passphrase-file cannot both be standard input")
	case c.Flags().Changed("passphrase-file") && !o.Encrypt && !o.Existing():
		return cli.Fail(finding.UsageFlag, "--passphrase-file has no effect without --encrypt or --for-key")
	}
	return nil
}

// existingFlag is the flag that names the key.
func existingFlag(o *keypair.Options) string {
	switch {
	case o.ForKey != "":
		return "--for-key"
	case o.KeyCommand != "":
		return "--key-command"
	}
	return "--sign-command"
}

func runCertgen(ctx context.Context, a *cli.App, o keypair.Options) error {
	p, err := keypair.Make(ctx, a, o)
	if err != nil {
		return err
	}
	if err := printCertificate(a, p, o); err != nil {
		// Where only an error was printed, a user does not look for what was made.
		fmt.Fprintf(a.Stderr, "nsauth: note: key and certificate are written; to see what they are: %s\n",
			report.CommandLine("nsauth", "keycheck", "--cert", p.CertificatePath))
		return err
	}
	return nil
}
