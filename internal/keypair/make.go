// Package keypair makes a private key and its certificate as files, and examines
// such files as nsauth keycheck does.
package keypair

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/atomicfile"
	"github.com/nsauth/nsauth/internal/certgen"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/secret"
	"github.com/nsauth/nsauth/internal/signcommand"
)

// Options say what Make creates.
type Options struct {
	KeyType        string
	Days           int    // until the certificate expires
	Subject        string // a common name or a distinguished name
	Out, Name      string // the folder, and how the names of the files begin
	ForKey         string // a key that exists: a file, -, env:NAME or fd:N; "" for a new one
	KeyCommand     string // prints a key that exists; "" for a new one
	SignCommand    string // signs with a key that exists; "" for a new one
	PublicKey      string // of SignCommand: a file, -, env:NAME or fd:N
	PassphraseFile string
	DER            bool // also write the certificate in DER
	Encrypt        bool
	Force          bool // keep existing files under another name
}

// Existing reports whether the key exists already.
func (o Options) Existing() bool { return o.ForKey != "" || o.KeyCommand != "" || o.SignCommand != "" }

// backdating is how long before now a certificate becomes valid. The clocks of this
// machine and of NetSuite differ by seconds, sometimes by minutes. The first token is
// often requested right after the upload, and NetSuite must not find the certificate
// "not valid yet". The validity counts from the same moment, so it never exceeds the
// requested days.
const backdating = 5 * time.Minute

// Made is a certificate with its key, and the files that were written.
type Made struct {
	Key             *keys.Key
	Certificate     *keys.Certificate
	KeyPath         string // a new file, or Options.ForKey
	CertificatePath string
	DERPath         string            // "" without Options.DER
	Backups         []string          // the new names of files that existed before
	Warnings        []finding.Finding // from keycheck, about the new files

	passphrase secret.Secret // of the key, if it is encrypted
}

// Make creates a certificate, and a key unless the options name one, and writes the files.
func Make(ctx context.Context, a *cli.App, o Options) (*Made, error) {
	begin := filepath.Join(o.Out, o.Name)
	p := &Made{KeyPath: begin + "-key.pem", CertificatePath: begin + "-cert.pem"}
	if o.DER {
		p.DERPath = begin + "-cert.cer"
	}
	var err error
	if o.Encrypt { // ask first: creating the key takes seconds
		if p.passphrase, err = newPassphrase(ctx, a, o.PassphraseFile); err != nil {
			return nil, err
		}
	}
	if o.Existing() {
		p.KeyPath = cmp.Or(o.ForKey, map[bool]string{true: "--sign-command", false: "--key-command"}[o.SignCommand != ""])
		p.Key, err = existingKey(ctx, a, o)
	} else {
		p.Key, err = newKey(ctx, a, certgen.KeyType(o.KeyType))
	}
	if err != nil {
		return nil, err
	}
	p.Certificate, err = certgen.SelfSign(p.Key.In(ctx), certgen.CertificateTemplate{Subject: o.Subject, NotBefore: a.Now().Add(-backdating), Days: o.Days}, nil)
	var subject *certgen.SubjectError
	if errors.As(err, &subject) {
		return nil, cli.Fail(finding.UsageFlag, "--subject: "+err.Error(), `such as --subject "ERP sync" or --subject "CN=ERP,O=Example"`)
	} else if ctx.Err() != nil {
		return nil, ctx.Err()
	} else if unsigned := (*signcommand.Fault)(nil); errors.As(err, &unsigned) {
		return nil, faultOf(fault.Findings(unsigned)[0])
	} else if err != nil {
		return nil, cli.Fail(finding.UsageFlag, "cannot create the certificate: "+err.Error())
	}
	if err := p.write(ctx, a, o); err != nil {
		return nil, err
	}
	return p, nil
}

// newKey creates a key. On a terminal it shows progress.
func newKey(ctx context.Context, a *cli.App, t certgen.KeyType) (*keys.Key, error) {
	done := func() {}
	if t == certgen.RSA4096 || t == certgen.RSA3072 {
		done = a.Working(ctx, "making an RSA key", strings.TrimPrefix(string(t), "rsa-")+" bits")
	}
	k, err := cli.UnlessInterrupted(ctx, func() (*keys.Key, error) { return certgen.Generate(t, a.GenerateKey) })
	done()
	if ctx.Err() != nil {
		return nil, ctx.Err() // nothing was written
	} else if err != nil {
		return nil, cli.Fail(finding.IOWrite, "cannot create the key: "+err.Error())
	}
	return k, nil
}

// existingKey reads the key of --for-key or --key-command, or the public key of
// --sign-command. It rejects a key that NetSuite rejects.
func existingKey(ctx context.Context, a *cli.App, o Options) (*keys.Key, error) {
	k, err := cli.UnlessInterrupted(ctx, func() (*keys.Key, error) {
		return a.Keys.Key(ctx, keys.Source{Name: o.ForKey + o.PublicKey, Command: o.KeyCommand, SignCommand: o.SignCommand, PassphraseFile: o.PassphraseFile})
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
			return nil, faultOf(f)
		}
	}
	return k, nil
}

// faultOf is the failure of a key that no certificate can be made for.
func faultOf(f finding.Finding) error {
	hints := []string{f.Remedy.Summary}
	for _, argv := range f.Remedy.Commands {
		hints = append(hints, report.CommandLine(argv...))
	}
	return cli.Fail(finding.UsageConfig, f.Message, append(hints, "for details: nsauth explain "+string(f.Code))...)
}

// write writes all files, or none if one fails or nsauth's own check fails.
func (p *Made) write(ctx context.Context, a *cli.App, o Options) error {
	var files []atomicfile.NewFile
	if !o.Existing() {
		text, err := p.Key.PKCS8PEM()
		if o.Encrypt {
			text, err = p.Key.EncryptedPKCS8PEM(p.passphrase)
		}
		if err != nil {
			return cli.Fail(finding.IOWrite, "cannot encode the key: "+err.Error())
		}
		files = append(files, atomicfile.NewFile{Path: p.KeyPath, Data: text, Perm: atomicfile.OwnerOnly})
	}
	files = append(files, atomicfile.NewFile{Path: p.CertificatePath, Data: secret.New(string(p.Certificate.PEM())), Perm: atomicfile.Readable})
	if p.DERPath != "" {
		files = append(files, atomicfile.NewFile{Path: p.DERPath, Data: secret.New(string(p.Certificate.DER)), Perm: atomicfile.Readable})
	}
	set := atomicfile.Set{Files: files, Replace: o.Force,
		Verify: func() (err error) {
			p.Warnings, err = check(ctx, a, p, o)
			return err
		},
		Swept: func(path string) {
			fmt.Fprintf(a.Stderr, "nsauth: note: removed %s, which a run left that was killed\n", path)
		},
	}
	if o.Force {
		set.BackedUp = func(backups []string) {
			fmt.Fprintf(a.Stderr, "nsauth: note: the old files stay as %s\n", strings.Join(backups, " and "))
		}
	}
	backups, err := set.Write(ctx)
	var told *cli.Failure
	switch {
	case err == nil: // an interrupt is too late now
	case errors.As(err, &told):
		return told
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		return writeFailure(err, o)
	}
	p.Backups = slices.DeleteFunc(backups, func(name string) bool { return name == "" })
	return nil
}

func writeFailure(err error, o Options) error {
	var path *fs.PathError
	if !errors.As(err, &path) {
		return cli.Fail(finding.IOWrite, "cannot write the files: "+err.Error())
	}
	switch {
	case errors.Is(err, fs.ErrExist) && o.Force && regular(path.Path):
		return cli.Fail(finding.IOExists, path.Path+" already exists, and so do all names before it", "remove backups that are no longer needed")
	case errors.Is(err, fs.ErrExist) && o.Force:
		return cli.Fail(finding.IOExists, path.Path+" is not a regular file; not overwritten", "pass another --name or --out")
	case errors.Is(err, fs.ErrExist):
		return cli.Fail(finding.IOExists, path.Path+" already exists; not overwritten", "pass another --name or --out",
			"or --force, which keeps it as a .bak file")
	}
	switch info, missing := os.Stat(o.Out); {
	case errors.Is(missing, fs.ErrNotExist):
		return cli.Fail(finding.IOWrite, "the folder "+o.Out+" does not exist", "create it, or pass another --out")
	case missing == nil && !info.IsDir():
		return cli.Fail(finding.IOWrite, o.Out+" is not a folder", "pass a folder as --out, and the names of the files as --name")
	}
	return cli.Fail(finding.IOWrite, path.Path+" cannot be written: "+path.Err.Error())
}

func regular(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode().IsRegular()
}

// check examines the files as nsauth keycheck does, and returns its warnings. An
// error is a fault of this program or of the disk.
func check(ctx context.Context, a *cli.App, p *Made, o Options) ([]finding.Finding, error) {
	files := map[profile.Field]string{profile.FieldCert: absolute(p.CertificatePath), profile.FieldCertificateID: p.Certificate.ID()}
	reader := *a
	switch {
	case o.SignCommand != "": // is not run again: only the public key is read
		files[profile.FieldSignCommand], files[profile.FieldPublicKey] = o.SignCommand, o.PublicKey
	case o.KeyCommand != "": // has run already; the loader does not run it again
		files[profile.FieldKeyCommand] = o.KeyCommand
	case o.Existing():
		files[profile.FieldKey] = o.ForKey
	default:
		files[profile.FieldKey] = absolute(p.KeyPath)
		// A new loader reads the file again and opens it with the expected passphrase.
		reader.Keys = &keys.Loader{Ask: func(context.Context, string) (secret.Secret, error) { return p.passphrase, nil }}
	}
	if o.Existing() {
		files[profile.FieldPassphraseFile] = o.PassphraseFile
	}
	r, err := Examine(ctx, &reader, files)
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
				return nil, cli.Fail(finding.IOWrite, "the new files fail nsauth's check: "+f.Message,
					"the files were removed; this is a bug in nsauth or a disk error")
			}
			warnings = append(warnings, f)
		}
	}
	return warnings, nil
}
