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
		Long: `Read a private key and a certificate. Say what they are, whether NetSuite accepts
them, and whether they belong together. Print the Certificate ID that NetSuite will
show for the certificate. Nothing leaves this machine.

KEY and --cert accept a file, - for standard input, env:NAME for an environment
variable, or fd:N for an open file descriptor. keycheck reads PKCS#8, PKCS#1 and
SEC1 in PEM or DER, PKCS#12 (.p12, .pfx) and JSON Web Keys, encrypted or not. Damage
from copying is repaired in memory where the repair is certain, and reported. Any
other format is named, with the command that converts it.

The passphrase of an encrypted file comes from --passphrase-file,
NSAUTH_PASSPHRASE_FILE, or a question on the terminal. A flag would show it to every
user of the machine.

--key-command runs a program in the platform's shell, such as a password manager,
and reads the key that it prints. A profile may name one too (key_command). A person
who can write your profile file can then run programs as you. So nsauth refuses a
command from a file that others can write to, and from an env file.

With KEY, --key-command or --cert, the key, certificate and Certificate ID of the
environment and of the default profile are ignored. Without any, those of the
profile are examined.

If KEY also contains its certificate, as a PKCS#12 file does, and there is no --cert,
keycheck examines that certificate.

With a FOLDER, also as the value of --cert, keycheck searches its files, four levels
deep, for certificates and keys. It finds the one with the --certificate-id, or the
one of the --key, or without either, which belong together. Then it examines the
certificate that was found, with its key if the folder has it.`,
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
	return time.Time{}, cli.Fail(finding.UsageFlag, "invalid --at: want YYYY-MM-DD or RFC 3339", "such as 2027-06-30 (its first second, UTC) or 2027-06-30T12:00:00Z")
}
