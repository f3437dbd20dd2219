package keys

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// Look says how far a look into a folder goes.
type Look struct {
	Files            int   // at most so many files are looked at
	Bytes            int64 // and of them together no more than this
	FileBytes        int64 // a longer file is passed over
	Depth            int   // folders below the folder: 0 for none
	CertificatesOnly bool  // read no private keys
}

// Beside is the look for other certificates in the folder of one: bounded so
// that a home folder or a share full of other things costs no more than a moment.
func Beside() Look {
	return Look{Files: 1_000, Bytes: 16 << 20, FileBytes: 64 << 10, CertificatesOnly: true}
}

// Whole is the look into a folder that a person names.
func Whole() Look {
	return Look{Files: 20_000, Bytes: 256 << 20, FileBytes: MaxFileBytes, Depth: 4}
}

// Folder is what was found in a folder. Its certificates and keys are in the
// order of their paths; a file that holds several certificates has each of them.
type Folder struct {
	Path         string
	Certificates []*Certificate
	Keys         []*Key
	Locked       []string // files with something behind a passphrase, which was not given or does not fit
	Unreadable   []string // files, and folders within, that the system would not let this user read
	Files        int      // read
	// Incomplete says why not all was looked at: "files", "bytes" or "depth"; ""
	// if it was.
	Incomplete string

	unlock unlocker // nil where there is no passphrase
}

// skippedFolders hold other people's certificates, thousands of them.
var skippedFolders = []string{".git", "node_modules"}

// ReadFolder looks for certificates and private keys in the files of a folder. It
// follows no link to a folder, and a file that cannot be read is passed over, as
// is what holds neither. The error is a *Fault where the folder itself cannot be
// read, or that of ctx.
func ReadFolder(ctx context.Context, path string, look Look) (*Folder, error) {
	return readFolder(ctx, path, look, nil)
}

// Folder is ReadFolder that tries one passphrase on whatever is locked: that of
// passphraseFile, which may be "" for none. None is asked for. The error is
// a *Fault as well where something is locked and there is no such passphrase.
func (l *Loader) Folder(ctx context.Context, path string, look Look, passphraseFile string) (*Folder, error) {
	if passphraseFile == "" {
		return ReadFolder(ctx, path, look)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	f, err := readFolder(ctx, path, look, l.unlocker(ctx, Source{PassphraseFile: passphraseFile}, input{}))
	if err != nil || len(f.Locked) == 0 {
		return f, err
	}
	if _, reason := l.readPassphrase(passphraseFile); reason != "" {
		return nil, noPassphrase(ObjectKey, passphraseFile, reason).at(f.Locked[0])
	}
	return f, nil
}

func readFolder(ctx context.Context, path string, look Look, unlock unlocker) (*Folder, error) {
	f := &Folder{Path: path, unlock: unlock}
	left := look.Bytes
	root, err := filepath.EvalSymlinks(path) // the folder itself may be a link
	if err != nil {
		return nil, unreadableFolder(path, err)
	}
	seen := 0
	err = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if rel, bad := filepath.Rel(root, name); bad == nil && rel != "." {
			name = filepath.Join(path, rel)
		} else {
			name = path
		}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && name == path:
			return err
		case err != nil:
			f.Unreadable = append(f.Unreadable, name) // a folder within
			return nil
		case d.IsDir():
			return f.enter(name, d, look)
		case !d.Type().IsRegular() && d.Type()&fs.ModeSymlink == 0:
			return nil
		case seen == look.Files:
			f.Incomplete = "files"
			return fs.SkipAll
		case left <= 0:
			f.Incomplete = "bytes"
			return fs.SkipAll
		}
		seen++
		if info, err := d.Info(); err != nil || info.Size() > look.FileBytes {
			return nil
		}
		data, mode, reason, _ := readRegular(name)
		if reason == "permission" || reason == "io" {
			f.Unreadable = append(f.Unreadable, name)
		}
		if reason != "" || int64(len(data)) > look.FileBytes {
			return nil
		}
		f.Files++
		left -= int64(len(data))
		f.add(name, data, mode, look)
		return nil
	})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, unreadableFolder(path, err)
	}
	return f, nil
}

func unreadableFolder(path string, err error) *Fault {
	return (&Fault{Object: ObjectCertificate, Kind: KindUnreadable, Reason: reasonOf(err), Err: err}).at(path)
}

// enter decides about a folder below the one that is looked into.
func (f *Folder) enter(name string, d fs.DirEntry, look Look) error {
	rel, err := filepath.Rel(f.Path, name)
	if err != nil || rel == "." {
		return nil
	}
	switch {
	case slices.Contains(skippedFolders, d.Name()):
		return fs.SkipDir
	case strings.Count(rel, string(filepath.Separator)) >= look.Depth:
		if look.Depth > 0 {
			f.Incomplete = cmp.Or(f.Incomplete, "depth")
		}
		return fs.SkipDir
	}
	return nil
}

// add takes in what a file holds.
func (f *Folder) add(path string, data []byte, mode fs.FileMode, look Look) {
	for _, c := range certificatesIn(data, f.unlock) {
		c.Path = path
		f.Certificates = append(f.Certificates, c)
	}
	if look.CertificatesOnly {
		return
	}
	k, fault := parseKey(data, f.unlock)
	switch {
	case fault == nil:
		k.Path, k.Mode = path, mode
		f.Keys = append(f.Keys, k)
	case fault.Kind == KindEncrypted, fault.Kind == KindPassphraseWrong:
		f.Locked = append(f.Locked, path)
	}
}

// certificatesIn returns every certificate in a file: of several PEM blocks each,
// else whatever ParseCertificate makes of it.
func certificatesIn(data []byte, unlock unlocker) []*Certificate {
	var all []*Certificate
	if bytes.Count(data, []byte("-----BEGIN ")) > 1 {
		for rest := data; ; {
			var block *pem.Block
			if block, rest = pem.Decode(rest); block == nil {
				break
			}
			if block.Type != "CERTIFICATE" && block.Type != "X509 CERTIFICATE" && block.Type != "TRUSTED CERTIFICATE" {
				continue
			}
			if c, err := ParseCertificate(pem.EncodeToMemory(block)); err == nil {
				all = append(all, c)
			}
		}
	}
	if len(all) > 0 {
		return all
	}
	if c, fault := parseCertificate(data, nil, unlock); fault == nil {
		return []*Certificate{c}
	}
	return nil
}

// fingerprint is the SHA-256 of a public key, as of SPKISHA256; "" for a type
// that Go does not know.
func fingerprint(public any) string {
	if public == nil {
		return ""
	}
	spki, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(spki)
	return hex.EncodeToString(sum[:])
}

// SPKISHA256 is the fingerprint of the certificate's public key: the one that its
// private key has. It is "" for a type that Go does not know.
func (c *Certificate) SPKISHA256() string { return fingerprint(c.Public()) }

// ByID returns the certificates with this Certificate ID: the same one in several
// files, or none.
func (f *Folder) ByID(id string) []*Certificate {
	return filtered(f.Certificates, func(c *Certificate) bool { return c.ID() == id })
}

// CertificatesOf returns the certificates that belong to a key, the one with the
// latest start first.
func (f *Folder) CertificatesOf(k *Key) []*Certificate {
	list := filtered(f.Certificates, func(c *Certificate) bool { return c.BelongsTo(k) })
	slices.SortStableFunc(list, func(a, b *Certificate) int { return b.X509.NotBefore.Compare(a.X509.NotBefore) })
	return list
}

// KeysOf returns the private keys that a certificate belongs to: the same one in
// several files, or none.
func (f *Folder) KeysOf(c *Certificate) []*Key { return filtered(f.Keys, c.BelongsTo) }

func filtered[T any](list []T, keep func(T) bool) (kept []T) {
	for _, v := range list {
		if keep(v) {
			kept = append(kept, v)
		}
	}
	return kept
}

// CertificateBeside returns the certificate with this Certificate ID in the folder
// of the file path, or nil. Its bounds are those of Beside.
func CertificateBeside(ctx context.Context, path, id string) *Certificate {
	if path == "" {
		return nil // not read from a file
	}
	f, err := ReadFolder(ctx, filepath.Dir(path), Beside())
	if err != nil {
		return nil
	}
	for _, c := range f.ByID(id) {
		return c
	}
	return nil
}
