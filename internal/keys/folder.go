package keys

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Limits bound the search of a folder.
type Limits struct {
	Files            int       // files read at most
	Bytes            int64     // of all files together
	FileBytes        int64     // a longer file is skipped
	Until            time.Time // when the search ends; zero for no such limit
	Depth            int       // levels of folders below the folder: 0 for none
	CertificatesOnly bool      // read no private keys
}

// QuickScan is for other certificates in the folder of one: a home folder or a share
// full of other files takes only a moment.
func QuickScan() Limits {
	return Limits{Files: 1_000, Bytes: 16 << 20, FileBytes: 64 << 10, CertificatesOnly: true}
}

// FullScan is for a folder that a person names.
func FullScan() Limits {
	return Limits{Files: 20_000, Bytes: 256 << 20, FileBytes: MaxFileBytes, Depth: 4, Until: time.Now().Add(20 * time.Second)}
}

// Folder is what was found in a folder. Certificates and keys are in the order of
// their paths; of a file with several certificates each one is listed.
type Folder struct {
	Path         string
	Certificates []*Certificate
	Keys         []*Key
	Locked       []string // files encrypted with a passphrase that was not given, or that was wrong
	Unreadable   []string // files and folders that this user may not read
	// Faults say why a certificate or a private key in a PEM block cannot be read, the
	// first of each file. Those of other formats are not listed.
	Faults []*Fault
	// All says that every certificate and key counts, since none was asked for.
	All   bool
	Files int // read
	// Incomplete names the limit that ended the search: "files", "bytes", "time" or
	// "depth"; "" if none did.
	Incomplete string
	Skipped    []Skipped // what was not looked at

	unlock passphraseFinder // nil where there is no passphrase
}

// Skipped is a file or a folder that was not looked at. Why is one of
//
//	kernel    a folder such as /proc
//	software  .git or node_modules
//	depth     a folder too far down
//	link      a link to a folder
//	pipe      a pipe, also by a link
//	large     a file longer than Limits.FileBytes
type Skipped struct{ Path, Why string }

// Unjudged reports whether a key or a certificate may be in what was not examined. Other
// software's folders and long files hold none of NetSuite's.
func (f *Folder) Unjudged() bool {
	return len(f.Locked)+len(f.Unreadable) > 0 || f.Incomplete != "" ||
		slices.ContainsFunc(f.Skipped, func(s Skipped) bool { return s.Why == "link" || s.Why == "pipe" })
}

func (f *Folder) skip(path, why string) { f.Skipped = append(f.Skipped, Skipped{path, why}) }

// visitsPerFile bounds the folders and other things that are passed by.
const visitsPerFile = 10

// kernelFolders hold no files of people, and reading there has no end.
var kernelFolders = []string{"/proc", "/sys", "/dev"}

// skippedFolders may hold thousands of certificates of other software.
var skippedFolders = []string{".git", "node_modules"}

// ReadFolder finds certificates and private keys in the files of a folder. It does
// not follow links to folders and skips files that it cannot read. The error is a
// *Fault if the folder itself cannot be read, or that of ctx.
func ReadFolder(ctx context.Context, path string, limits Limits) (*Folder, error) {
	return readFolder(ctx, path, limits, nil)
}

// Folder is ReadFolder that tries the passphrase of passphraseFile, if any, on
// encrypted files. It does not ask for a passphrase. The error is a *Fault too if
// a file is encrypted and passphraseFile cannot be read.
func (l *Loader) Folder(ctx context.Context, path string, limits Limits, passphraseFile string) (*Folder, error) {
	if passphraseFile == "" {
		return ReadFolder(ctx, path, limits)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	f, err := readFolder(ctx, path, limits, l.passphraseFinder(ctx, Source{PassphraseFile: passphraseFile}, input{}))
	if err != nil || len(f.Locked) == 0 {
		return f, err
	}
	if _, reason := l.readPassphrase(passphraseFile); reason != "" {
		return nil, noPassphrase(ObjectKey, passphraseFile, reason).at(f.Locked[0])
	}
	return f, nil
}

func readFolder(ctx context.Context, path string, limits Limits, unlock passphraseFinder) (*Folder, error) {
	f := &Folder{Path: path, unlock: unlock}
	left := limits.Bytes
	root, err := filepath.EvalSymlinks(path) // the folder itself may be a link
	if err != nil {
		return nil, unreadableFolder(path, err)
	}
	if inKernel(root) && !strings.HasPrefix(root, "/dev") { // /dev/shm is a folder of people
		f.skip(path, "kernel")
		return f, nil
	}
	seen, visited := 0, 0
	err = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		real := name
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
			f.Unreadable = append(f.Unreadable, name) // a subfolder
			return nil
		case visited == visitsPerFile*limits.Files:
			f.Incomplete = "files"
			return fs.SkipAll
		case !limits.Until.IsZero() && !time.Now().Before(limits.Until):
			f.Incomplete = "time"
			return fs.SkipAll
		}
		visited++
		switch {
		case d.IsDir():
			return f.enter(name, real, d, limits)
		case d.Type()&fs.ModeNamedPipe != 0:
			f.skip(name, "pipe")
			return nil
		case !d.Type().IsRegular() && d.Type()&fs.ModeSymlink == 0:
			return nil
		case seen == limits.Files:
			f.Incomplete = "files"
			return fs.SkipAll
		case left <= 0:
			f.Incomplete = "bytes"
			return fs.SkipAll
		}
		seen++
		left -= f.read(name, d, limits)
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

// read reads a file, and returns how long it is.
func (f *Folder) read(name string, d fs.DirEntry, limits Limits) int64 {
	info, err := d.Info()
	switch {
	case err != nil, info.Size() == 0 && info.Mode().IsRegular(): // also a file of the kernel, whose reading may wait
		return 0
	case info.Size() > limits.FileBytes:
		f.skip(name, "large")
		return 0
	}
	data, mode, reason, _ := readRegular(name)
	switch {
	case reason == "permission", reason == "io":
		f.Unreadable = append(f.Unreadable, name)
	case reason == "is-directory":
		f.skip(name, "link")
	case reason == "not-a-regular-file":
		if info, err := os.Stat(name); err == nil && info.Mode()&fs.ModeNamedPipe != 0 {
			f.skip(name, "pipe")
		}
	case reason == "too-large", int64(len(data)) > limits.FileBytes:
		f.skip(name, "large")
	case reason == "":
		f.Files++
		f.add(name, data, mode, limits)
		return int64(len(data))
	}
	return 0
}

func unreadableFolder(path string, err error) *Fault {
	return (&Fault{Object: ObjectCertificate, Kind: KindUnreadable, Reason: reasonOf(err), Err: err}).at(path)
}

// inKernel reports whether path is a folder of the kernel, or in one.
func inKernel(path string) bool {
	return slices.ContainsFunc(kernelFolders, func(k string) bool { return path == k || strings.HasPrefix(path, k+"/") })
}

// enter returns fs.SkipDir for a subfolder that is not searched; real is its path without
// links.
func (f *Folder) enter(name, real string, d fs.DirEntry, limits Limits) error {
	rel, err := filepath.Rel(f.Path, name)
	if err != nil || rel == "." {
		return nil
	}
	switch {
	case slices.Contains(skippedFolders, d.Name()):
		f.skip(name, "software")
		return fs.SkipDir
	case slices.Contains(kernelFolders, real):
		f.skip(name, "kernel")
		return fs.SkipDir
	case strings.Count(rel, string(filepath.Separator)) >= limits.Depth:
		if limits.Depth > 0 {
			f.Incomplete = cmp.Or(f.Incomplete, "depth")
			f.skip(name, "depth")
		}
		return fs.SkipDir
	}
	return nil
}

// add adds the certificates and the key of a file.
func (f *Folder) add(path string, data []byte, mode fs.FileMode, limits Limits) {
	certificates, fault := certificatesIn(data, f.unlock)
	for _, c := range certificates {
		c.Path = path
		f.Certificates = append(f.Certificates, c)
	}
	if fault != nil {
		f.Faults = append(f.Faults, fault.at(path))
	}
	if limits.CertificatesOnly {
		return
	}
	k, fault := parseKey(data, f.unlock)
	switch {
	case fault == nil:
		k.Path, k.Mode = path, mode
		f.Keys = append(f.Keys, k)
	case fault.Kind == KindEncrypted, fault.Kind == KindPassphraseWrong:
		f.Locked = append(f.Locked, path)
	case claimsKey(data) && fault.Reason != string(opensshKey):
		f.Faults = append(f.Faults, fault.at(path))
	}
}

// claimsKey reports whether data says that it holds a private key in PEM.
func claimsKey(data []byte) bool {
	found, _ := scan(data)
	return slices.ContainsFunc(found, func(b blob) bool { return b.claims(ObjectKey) })
}

// certificatesIn returns every certificate in a file, and why the first of those that
// cannot be read cannot.
func certificatesIn(data []byte, unlock passphraseFinder) (all []*Certificate, fault *Fault) {
	found, applied, locked := scanCertificates(data, unlock)
	if locked != nil {
		return nil, nil
	}
	for _, b := range found {
		if !b.claims(ObjectCertificate) {
			continue
		}
		c, bad := readCertificate(b)
		if bad != nil {
			fault = cmp.Or(fault, bad)
			continue
		}
		c.Repairs, c.Position = applied.list(), len(all)+1
		all = append(all, c)
	}
	for _, c := range all {
		c.Count = len(all)
	}
	return all, fault
}

// fingerprint is the SHA-256 of a public key, in hex; "" for a type that Go does
// not know.
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

// SPKISHA256 is the fingerprint of the certificate's public key, equal to that of its
// private key. It is "" for a type that Go does not know.
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

// FaultsOf returns the faults about certificates or about private keys.
func (f *Folder) FaultsOf(object Object) []*Fault {
	return filtered(f.Faults, func(one *Fault) bool { return one.Object == object })
}

func filtered[T any](list []T, keep func(T) bool) (kept []T) {
	for _, v := range list {
		if keep(v) {
			kept = append(kept, v)
		}
	}
	return kept
}

// CertificateInFolderOf returns the certificate with this Certificate ID in the folder
// of the file path, or nil. It is bounded by QuickScan.
func CertificateInFolderOf(ctx context.Context, path, id string) *Certificate {
	if path == "" {
		return nil // not read from a file
	}
	f, err := ReadFolder(ctx, filepath.Dir(path), QuickScan())
	if err != nil {
		return nil
	}
	for _, c := range f.ByID(id) {
		return c
	}
	return nil
}
