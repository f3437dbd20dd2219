package checks

import (
	"cmp"
	"context"
	"crypto/x509"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/inspect"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/text"
)

// CertificateIn chooses a certificate in a folder: the one with the Certificate ID id,
// even if id is misspelt; without an ID one that belongs to the key; without a key
// the only one. Of several for one key it prefers one that is valid at the time now.
func CertificateIn(f *keys.Folder, id string, k *keys.Key, now time.Time) *keys.Certificate {
	if id != "" {
		if c := firstOf(f.ByID(id)); c != nil {
			return c
		}
		if i := slices.IndexFunc(f.Certificates, func(c *keys.Certificate) bool { return inspect.Misspelt(id, c) != "" }); i >= 0 {
			return f.Certificates[i]
		}
		return nil
	}
	if k != nil {
		list := f.CertificatesOf(k)
		if i := slices.IndexFunc(list, func(c *keys.Certificate) bool {
			return !now.Before(c.X509.NotBefore) && !now.After(c.X509.NotAfter)
		}); i >= 0 {
			return list[i]
		}
		return firstOf(list)
	}
	for _, c := range f.Certificates {
		if c.ID() != f.Certificates[0].ID() {
			return nil
		}
	}
	return firstOf(f.Certificates)
}

func firstOf[T any](list []*T) *T {
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

// certificateInFolder returns the certificate that the check "certificate" examines
// where a folder was given, or the outcome if there is nothing to examine.
func (in *inputs) certificateInFolder(ctx context.Context, k *keys.Key) (*keys.Certificate, outcome) {
	f, p := in.job.Folder, in.job.Profile
	id := p.Text(profile.FieldCertificateID)
	c := CertificateIn(f, id, k, in.job.at())
	switch {
	case c != nil:
		return c, outcome{}
	case k != nil && id == "":
		return nil, outcome{summary: "no certificate in the folder belongs to the key", findings: []finding.Finding{
			catalog.New("certificate.key-mismatch", finding.Evidence{"reason": "none-in-folder", "key": k.Path, "folder": f.Path,
				"certificates": len(f.Certificates), "key_type": describeKey(k)})}}
	case k == nil && id == "" && p.HasKey():
		return nil, outcome{blockedBy: []finding.CheckID{finding.CheckKey}}
	case f.All:
		return nil, in.judgeFolder(ctx)
	}
	return nil, outcome{skip: finding.NotGiven}
}

// judgeFolder judges every certificate in the folder, where none was asked for.
func (in *inputs) judgeFolder(ctx context.Context) outcome {
	f := in.job.Folder
	var o outcome
	judged, first := 0, (*keys.Certificate)(nil)
	for _, c := range f.Certificates {
		own := keyInFolder(f, c)
		if isAuthority(c, own) {
			continue
		}
		judged++
		if first == nil || c.X509.NotAfter.Before(first.X509.NotAfter) {
			first = c
		}
		o.findings = append(o.findings, in.judgedInFolder(ctx, c, own).findings...)
	}
	o.findings = withoutInfo(append(o.findings, fault.OfKeys(f.FaultsOf(keys.ObjectCertificate))...))
	if judged == 0 && len(o.findings) == 0 {
		return outcome{skip: finding.NotGiven}
	}
	if o.summary = text.Counted(judged, "certificate"); first != nil {
		o.summary += ", " + expiry(first, in.job.at()) + ": " + relativeTo(f.Path, first.Path)
	}
	return o
}

// keyInFolder returns the key in the folder that c belongs to, or should belong to.
func keyInFolder(f *keys.Folder, c *keys.Certificate) *keys.Key {
	return cmp.Or(firstOf(f.KeysOf(c)), keyBeside(f, c))
}

// keyBeside returns the private key in the file of c, if no certificate of that file
// belongs to it.
func keyBeside(f *keys.Folder, c *keys.Certificate) *keys.Key {
	for _, k := range f.Keys {
		if k.Path == c.Path && !slices.ContainsFunc(f.CertificatesOf(k), func(c *keys.Certificate) bool { return c.Path == k.Path }) {
			return k
		}
	}
	return nil
}

// judgedInFolder is judgeCertificate that says of an expired one how to accept it.
func (in *inputs) judgedInFolder(ctx context.Context, c *keys.Certificate, k *keys.Key) outcome {
	o := in.judgeCertificate(ctx, c, k)
	for i, f := range o.findings {
		if f.Code == "certificate.expired" && in.job.Folder.All {
			ev := maps.Clone(f.Evidence)
			ev["reason"], ev["in_folder"] = "in-folder", relativeTo(in.job.Folder.Path, c.Path)
			o.findings[i] = catalog.New(f.Code, ev)
		}
	}
	return o
}

// isAuthority recognizes the certificate of an authority, which NetSuite never gets: it
// may sign others, and its key is not in the folder. openssl does not say so of the ones
// that it signs with their own key.
func isAuthority(c *keys.Certificate, own *keys.Key) bool {
	return own == nil && c.X509.IsCA && c.X509.KeyUsage&x509.KeyUsageCertSign != 0
}

// judgeKeysInFolder judges every key in the folder, where none was asked for.
func (in *inputs) judgeKeysInFolder(ctx context.Context) outcome {
	f := in.job.Folder
	o := outcome{findings: in.otherKeys(ctx, nil), summary: text.Counted(len(f.Keys), "key")}
	if !f.All || len(f.Keys) == 0 && len(o.findings) == 0 {
		return outcome{skip: finding.NotGiven}
	}
	return o
}

// otherKeys judges the keys of the folder besides k, if all of them count.
func (in *inputs) otherKeys(ctx context.Context, k *keys.Key) []finding.Finding {
	f := in.job.Folder
	if f == nil || !f.All {
		return nil
	}
	found := fault.OfKeys(f.FaultsOf(keys.ObjectKey))
	for _, one := range f.Keys {
		if k == nil || one.Path != k.Path {
			found = append(found, in.judgeKey(ctx, one)...)
		}
	}
	return withoutInfo(found)
}

// withoutInfo drops what is only information: of a whole folder it would hide the rest.
func withoutInfo(list []finding.Finding) []finding.Finding {
	return slices.DeleteFunc(list, func(f finding.Finding) bool { return f.Severity == finding.Info })
}

// unjudged reports whether all of the folder was to be judged, and a part of it was not.
func unjudged(f *keys.Folder) bool {
	return f != nil && f.All && f.Unjudged()
}

// relativeTo returns path relative to folder.
func relativeTo(folder, path string) string {
	if rel, err := filepath.Rel(folder, path); err == nil {
		return rel
	}
	return path
}

// folderFacts returns what a folder holds.
func folderFacts(f *keys.Folder, now time.Time) *finding.FolderFacts {
	if f == nil {
		return nil
	}
	facts := &finding.FolderFacts{Path: f.Path, Files: f.Files, Incomplete: finding.Optional(f.Incomplete),
		Certificates: []finding.FolderCertificate{}, Keys: []finding.FolderKey{}, Locked: append([]string{}, f.Locked...),
		Unreadable: append([]string{}, f.Unreadable...), Skipped: []finding.FolderSkipped{}}
	for _, s := range f.Skipped {
		facts.Skipped = append(facts.Skipped, finding.FolderSkipped{Path: s.Path, Reason: s.Why})
	}
	for _, c := range f.Certificates {
		row := finding.FolderCertificate{Path: c.Path, CertificateID: c.ID(), Subject: c.Subject(),
			NotBefore: c.X509.NotBefore.UTC().Format(time.RFC3339), NotAfter: c.X509.NotAfter.UTC().Format(time.RFC3339),
			DaysLeft: c.DaysLeft(now), SPKISHA256: finding.Optional(c.SPKISHA256()), Keys: []string{}}
		for _, k := range f.KeysOf(c) {
			row.Keys = append(row.Keys, k.Path)
		}
		facts.Certificates = append(facts.Certificates, row)
	}
	for _, k := range f.Keys {
		row := finding.FolderKey{Path: k.Path, Type: describeKey(k), SPKISHA256: k.SPKISHA256(), CertificateIDs: []string{}}
		for _, c := range f.CertificatesOf(k) {
			if id := c.ID(); !slices.Contains(row.CertificateIDs, id) {
				row.CertificateIDs = append(row.CertificateIDs, id)
			}
		}
		facts.Keys = append(facts.Keys, row)
	}
	return facts
}
