package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/atomicfile"
	"github.com/nsauth/nsauth/internal/certgen"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/secret"
)

// certgenOptions are the flags of nsauth certgen.
type certgenOptions struct {
	keyType        string
	days           int
	subject        string
	out            string
	name           string
	forKey         string
	keyCommand     string
	passphraseFile string
	der            bool
	encrypt        bool
	force          bool
}

// backdating is how much earlier than now a certificate begins. The clocks of
// this machine and of NetSuite differ by some seconds, at times by minutes, and
// the first token is often asked for right after the upload: a certificate that
// began just now would be "not valid yet" there. The end counts from the same
// moment, so that the validity never exceeds the days that were asked for.
const backdating = 5 * time.Minute

func newCertgen(a *app) *cobra.Command {
	var o certgenOptions
	c := &cobra.Command{
		Use:   "certgen",
		Short: "Make a key and a certificate that NetSuite accepts",
		Long: `Make a private key (PKCS#8, readable by you only) and a self-signed certificate
for it, ready to upload, check both as nsauth keycheck does, and print the
Certificate ID that NetSuite will show, where to upload the certificate, and the
lines for a profile. NetSuite takes RSA keys of 3072 or 4096 bits and the curves
P-256, P-384 and P-521, and certificates of at most two years: 730 days.

Both files are written whole or not at all, and never over an existing file; with
--force that file is kept beside the new one (prod-key.pem as prod-key.bak.pem).
Ctrl-C leaves nothing behind.

--encrypt writes the key behind a passphrase (PBES2: AES-256, PBKDF2), from
--passphrase-file or asked twice on the terminal. --for-key and --key-command make
a certificate for a key that is there already, such as to renew one: a file,
standard input (-), a variable (env:NAME), a descriptor (fd:N) or what a command
prints. The key is left alone. A key that NetSuite refuses gets none.

--subject is a common name ("ERP sync") or a distinguished name, either as
"CN=ERP,O=Example" with a backslash before a comma that belongs to a value, or as
openssl takes it: "/O=Example/CN=ERP". NetSuite does not look at it.

The certificate begins five minutes ago, since NetSuite's clock is not this
machine's.`,
		Example: `  nsauth certgen --name prod
  nsauth certgen --key-type p-256 --out keys --subject "CN=ERP sync,O=Example" -o json
  nsauth certgen --name prod --encrypt --passphrase-file passphrase.txt
  nsauth certgen --for-key prod-key.pem --name prod-2027`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := o.settle(c, a); err != nil {
				return err
			}
			return runCertgen(c.Context(), a, o)
		},
	}
	types := keyTypeNames()
	flags := c.Flags()
	flags.StringVar(&o.keyType, "key-type", string(certgen.RSA4096), "`TYPE` of the key: "+strings.Join(types, ", "))
	flags.IntVar(&o.days, "days", keys.MaxValidityDays, "`DAYS` until the certificate ends, at most 730")
	flags.StringVar(&o.subject, "subject", "nsauth", "common name or distinguished `NAME` in the certificate")
	flags.StringVar(&o.out, "out", ".", "`FOLDER` to write to")
	flags.StringVar(&o.name, "name", "nsauth", "begin the file names with `NAME`: NAME-key.pem and NAME-cert.pem")
	flags.StringVar(&o.forKey, "for-key", "", "make a certificate for the private key in `FILE` (or -, env:NAME, fd:N), and no new key")
	flags.StringVar(&o.keyCommand, "key-command", "", "the same for the private key that `CMD` prints; the platform's shell runs it")
	flags.StringVar(&o.passphraseFile, "passphrase-file", "", "`FILE` with the passphrase, for --encrypt or of the key of --for-key")
	flags.BoolVar(&o.der, "der", false, "write the certificate as NAME-cert.cer in DER too")
	flags.BoolVar(&o.encrypt, "encrypt", false, "write the key behind a passphrase")
	flags.BoolVar(&o.force, "force", false, "keep files that are in the way as NAME-key.bak.pem and so on, and write")
	complete(c, "key-type", types...)
	_ = c.MarkFlagDirname("out")
	_ = c.MarkFlagFilename("for-key")
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

var fileName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)
})

// settle checks the flags and adds what the environment says.
func (o *certgenOptions) settle(c *cobra.Command, a *app) error {
	if file, set := a.LookupEnv("NSAUTH_PASSPHRASE_FILE"); set && o.passphraseFile == "" && (o.encrypt || o.existing()) {
		o.passphraseFile = file
	}
	_, err := certgen.ParseKeyType(o.keyType)
	switch {
	case err != nil:
		return cli.Fail(finding.UsageFlag, "--key-type is none that NetSuite takes",
			cli.NearHint(o.keyType, keyTypeNames(), "RSA: rsa-4096 or rsa-3072; EC: p-256, p-384 or p-521")...)
	case o.days < 1 || o.days > keys.MaxValidityDays:
		return cli.Fail(finding.UsageFlag, fmt.Sprintf("--days %d is not from 1 to %d", o.days, keys.MaxValidityDays),
			"NetSuite shortens a certificate of more than two years")
	case !fileName().MatchString(o.name):
		return cli.Fail(finding.UsageFlag, "--name is not a file name of letters, digits, dots, dashes and underscores")
	case a.ProfileName != "":
		return cli.Fail(finding.UsageFlag, "--profile has no effect on certgen, which reads no profile",
			"--name begins the file names; nsauth profile init saves the pair as a profile")
	case o.forKey != "" && o.keyCommand != "":
		return cli.Fail(finding.UsageFlag, "--for-key and --key-command are both given", "keep the one that the key comes from")
	case o.existing() && c.Flags().Changed("key-type"):
		return cli.Fail(finding.UsageFlag, "--key-type has no effect with "+o.existingFlag()+": the key is there already")
	case o.existing() && o.encrypt:
		return cli.Fail(finding.UsageFlag, "--encrypt has no effect with "+o.existingFlag()+": no key is written",
			"openssl pkcs8 -topk8 -v2 aes-256-cbc -in KEY -out NEW-KEY encrypts one that is there")
	case o.forKey == "-" && o.passphraseFile == "-":
		return cli.Fail(finding.UsageFlag, "--for-key and --passphrase-file cannot both be standard input")
	case c.Flags().Changed("passphrase-file") && !o.encrypt && !o.existing():
		return cli.Fail(finding.UsageFlag, "--passphrase-file has no effect without --encrypt or --for-key")
	}
	return nil
}

// existing says that the key is there already.
func (o *certgenOptions) existing() bool { return o.forKey != "" || o.keyCommand != "" }

func (o *certgenOptions) existingFlag() string {
	if o.forKey != "" {
		return "--for-key"
	}
	return "--key-command"
}

// product is what certgen makes.
type product struct {
	key               *keys.Key
	cert              *keys.Certificate
	passphrase        secret.Secret     // of the key, if it is to be encrypted
	keyPath           string            // as the person names it: a file of ours, or what --for-key said
	certPath, derPath string            // derPath is "" without --der
	backups           []string          // what was in the way, under its new names
	warnings          []finding.Finding // of keycheck, on what was written
}

func runCertgen(ctx context.Context, a *app, o certgenOptions) error {
	p, err := makeProduct(ctx, a, o)
	if err != nil {
		return err
	}
	if err := a.printCertificate(p, o); err != nil {
		// Nobody looks for what was made where an error is all that was said.
		fmt.Fprintf(a.Stderr, "nsauth: note: what was asked for is made; to read about it: %s\n",
			report.CommandLine("nsauth", "keycheck", "--cert", p.certPath))
		return err
	}
	return nil
}

func makeProduct(ctx context.Context, a *app, o certgenOptions) (*product, error) {
	begin := filepath.Join(o.out, o.name)
	p := &product{keyPath: begin + "-key.pem", certPath: begin + "-cert.pem"}
	if o.der {
		p.derPath = begin + "-cert.cer"
	}
	var err error
	if o.encrypt { // before the seconds that the key takes
		if p.passphrase, err = a.newPassphrase(ctx, o.passphraseFile); err != nil {
			return nil, err
		}
	}
	if o.existing() {
		p.keyPath = cmp.Or(o.forKey, "--key-command")
		p.key, err = a.existingKey(ctx, o)
	} else {
		p.key, err = a.newKey(ctx, certgen.KeyType(o.keyType))
	}
	if err != nil {
		return nil, err
	}
	p.cert, err = certgen.SelfSign(p.key, certgen.CertificateTemplate{Subject: o.subject, NotBefore: a.Now().Add(-backdating), Days: o.days}, nil)
	var subject *certgen.SubjectError
	if errors.As(err, &subject) {
		return nil, cli.Fail(finding.UsageFlag, "--subject: "+err.Error(), `such as --subject "ERP sync" or --subject "CN=ERP,O=Example"`)
	} else if err != nil {
		return nil, cli.Fail(finding.UsageFlag, "the certificate cannot be made: "+err.Error())
	}
	if err := p.write(ctx, a, o); err != nil {
		return nil, err
	}
	return p, nil
}

// newKey makes a key. On a terminal it shows that it is at work.
func (a *app) newKey(ctx context.Context, t certgen.KeyType) (*keys.Key, error) {
	done := func() {}
	if t == certgen.RSA4096 || t == certgen.RSA3072 {
		done = a.progress("making an RSA key of " + strings.TrimPrefix(string(t), "rsa-") + " bits; this takes some seconds")
	}
	k, err := cli.UnlessInterrupted(ctx, func() (*keys.Key, error) { return certgen.Generate(t, a.GenerateKey) })
	done()
	if ctx.Err() != nil {
		return nil, ctx.Err() // nothing was written
	} else if err != nil {
		return nil, cli.Fail(finding.IOWrite, "the key cannot be made: "+err.Error())
	}
	return k, nil
}

// existingKey reads the key of --for-key and refuses one that NetSuite refuses.
func (a *app) existingKey(ctx context.Context, o certgenOptions) (*keys.Key, error) {
	k, err := cli.UnlessInterrupted(ctx, func() (*keys.Key, error) {
		return a.Keys.Key(ctx, keys.Source{Name: o.forKey, Command: o.keyCommand, PassphraseFile: o.passphraseFile})
	})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	var faults []finding.Finding
	if err != nil {
		faults = fault.Findings(err)
	} else {
		faults = fault.OfKeys(k.Judge())
	}
	for _, f := range faults {
		if f.Severity == finding.Error {
			hints := []string{f.Remedy.Summary}
			for _, argv := range f.Remedy.Commands {
				hints = append(hints, report.CommandLine(argv...))
			}
			return nil, cli.Fail(finding.UsageConfig, f.Message, append(hints, "nsauth explain "+string(f.Code)+" says more")...)
		}
	}
	return k, nil
}

// write writes what belongs together and passes nsauth's own check, or nothing.
func (p *product) write(ctx context.Context, a *app, o certgenOptions) error {
	var files []atomicfile.NewFile
	if !o.existing() {
		text, err := p.key.PKCS8PEM()
		if o.encrypt {
			text, err = p.key.EncryptedPKCS8PEM(p.passphrase)
		}
		if err != nil {
			return cli.Fail(finding.IOWrite, "the key cannot be encoded: "+err.Error())
		}
		files = append(files, atomicfile.NewFile{Path: p.keyPath, Data: text, Perm: atomicfile.OwnerOnly})
	}
	files = append(files, atomicfile.NewFile{Path: p.certPath, Data: secret.New(string(p.cert.PEM())), Perm: atomicfile.Readable})
	if p.derPath != "" {
		files = append(files, atomicfile.NewFile{Path: p.derPath, Data: secret.New(string(p.cert.DER)), Perm: atomicfile.Readable})
	}
	backups, err := atomicfile.WriteFiles(ctx, files, o.force, func() (err error) {
		p.warnings, err = a.checkProduct(ctx, p, o)
		return err
	})
	var told *cli.Failure
	switch {
	case err == nil: // whoever interrupts from here on finds everything done
	case errors.As(err, &told):
		return told
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		return writeFailure(err, o)
	}
	p.backups = slices.DeleteFunc(backups, func(name string) bool { return name == "" })
	return nil
}

func writeFailure(err error, o certgenOptions) error {
	var path *fs.PathError
	if !errors.As(err, &path) {
		return cli.Fail(finding.IOWrite, "the files cannot be written: "+err.Error())
	}
	switch {
	case errors.Is(err, fs.ErrExist) && o.force:
		return cli.Fail(finding.IOExists, path.Path+" is no file and was left alone", "pass another --name or --out")
	case errors.Is(err, fs.ErrExist):
		return cli.Fail(finding.IOExists, path.Path+" is there already and was left alone", "pass another --name or --out",
			"or --force, which keeps it as a .bak file")
	}
	switch info, missing := os.Stat(o.out); {
	case errors.Is(missing, fs.ErrNotExist):
		return cli.Fail(finding.IOWrite, "the folder "+o.out+" does not exist", "make it, or pass another --out")
	case missing == nil && !info.IsDir():
		return cli.Fail(finding.IOWrite, o.out+" is no folder", "pass the folder to write to as --out, and the names of the files with --name")
	}
	return cli.Fail(finding.IOWrite, path.Path+" cannot be written: "+path.Err.Error())
}

// checkProduct examines the files as nsauth keycheck does, and returns what it
// warns of. Anything worse is a fault of this program or of the disk.
func (a *app) checkProduct(ctx context.Context, p *product, o certgenOptions) ([]finding.Finding, error) {
	files := map[profile.Field]string{profile.FieldCert: absolute(p.certPath), profile.FieldCertificateID: p.cert.ID()}
	reader := *a
	switch {
	case o.keyCommand != "": // it has run, and is not run again
		files[profile.FieldKeyCommand] = o.keyCommand
	case o.existing():
		files[profile.FieldKey] = o.forKey
	default:
		files[profile.FieldKey] = absolute(p.keyPath)
		// Read anew, and opened with the passphrase that it should have.
		reader.Keys = &keys.Loader{Ask: func(context.Context, string) (secret.Secret, error) { return p.passphrase, nil }}
	}
	if o.existing() {
		files[profile.FieldPassphraseFile] = o.passphraseFile
	}
	r, err := reader.judgeFiles(ctx, files)
	if err != nil {
		return nil, err
	}
	var warnings []finding.Finding
	for _, c := range r.Checks {
		for _, f := range c.Findings {
			switch {
			case f.Code == "certificate.expiring-soon":
				continue // as --days asked for
			case f.Severity == finding.Error:
				return nil, cli.Fail(finding.IOWrite, "what was written does not pass nsauth's own check: "+f.Message,
					"the files were removed again; this is a fault of nsauth or of the disk")
			}
			warnings = append(warnings, f)
		}
	}
	return warnings, nil
}
