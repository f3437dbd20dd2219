package cmd

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/keypair"
	"github.com/nsauth/nsauth/internal/profile"
)

func newKeycheck(a *cli.App) *cobra.Command {
	var at string
	c := &cobra.Command{
		Use:   "keycheck [KEY | FOLDER]",
		Short: "Judge a private key and certificate by NetSuite's rules",
		Long: `Read a private key and a certificate, say what they are, whether NetSuite accepts
them and whether they belong together, and print the Certificate ID that NetSuite
will show for the certificate. Nothing leaves this machine.

KEY and --cert take a file, - for standard input, env:NAME for an environment
variable or fd:N for an open file descriptor. Read are PKCS#8, PKCS#1 and SEC1 in
PEM or DER, PKCS#12 (.p12, .pfx) and JSON Web Keys, encrypted or not. What a
transport did to a file is fixed in memory where that needs no guess, and said.
Any other format is named, with the command that converts it.

The passphrase of an encrypted file comes from --passphrase-file,
NSAUTH_PASSPHRASE_FILE, or a question on the terminal; never from a flag, which
every user of the machine can read.

With --key-command the platform's shell runs a program of yours, such as a
password manager's, and takes what it prints. A profile may name one too
(key_command). A person who can write your profile file can then run programs as
you: a file that others may write to is refused, and so is an env file.

With KEY, --key-command or --cert, the key, certificate and certificate ID of the
environment and of the default profile are ignored; without any, the profile's
are examined.

Where KEY has the certificate of the key in it too, as a PKCS#12 file has, and there
is no --cert, that one is examined.

With a FOLDER (also as the value of --cert) its files are searched, four levels
deep, for certificates and keys: which certificate has the --certificate-id, which
belongs to the --key, and without either, which belong together. The certificate
that is found is examined, with its key if that is there.`,
		Example: `  nsauth keycheck key.pem --cert cert.pem
  nsauth keycheck bundle.p12 --passphrase-file passphrase.txt
  nsauth keycheck env:NETSUITE_KEY
  nsauth keycheck --key-command 'op read op://vault/netsuite/key' --cert cert.pem
  nsauth keycheck --cert cert.pem --certificate-id=NPMnRyPg-WDWhPiAbisjKiH0fqnBpjOZ367wDTe0pqA
  nsauth keycheck keys/ --certificate-id=NPMnRyPg-WDWhPiAbisjKiH0fqnBpjOZ367wDTe0pqA
  nsauth keycheck --profile prod --at 2027-06-30 --warn 30d
  nsauth keycheck --profile prod -o json`,
		Args: atMost(1),
		RunE: func(c *cobra.Command, args []string) error { return runKeycheck(c, a, at, args) },
	}
	addProfileFlags(c, profile.FieldWarn, profile.FieldFail)
	c.Flags().StringVar(&at, "at", "", "judge the certificate as of `TIME`, such as 2027-06-30 or 2027-06-30T12:00:00Z (default: now)")
	return c
}

func runKeycheck(c *cobra.Command, a *cli.App, at string, args []string) error {
	when, err := timeOf(at)
	if err != nil {
		return err
	}
	p, r, err := keypair.Given(c.Context(), a, input(a, c), args)
	if err != nil {
		return err
	}
	r.At = when
	return examine(c, a, a.Host(), p, r)
}

// timeOf reads a date, in UTC, or a time; zero for "".
func timeOf(text string) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil && t.Year() > 0 {
			return t, nil
		}
	}
	if text == "" {
		return time.Time{}, nil
	}
	return time.Time{}, cli.Fail(finding.UsageFlag, "--at is no time", "such as 2027-06-30 (its first second, UTC) or 2027-06-30T12:00:00Z")
}
