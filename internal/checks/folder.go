package checks

import (
	"path/filepath"
	"slices"
	"time"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/inspect"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
)

// CertificateIn chooses a certificate in a folder: the one with the Certificate ID id,
// even if id is misspelt; without an ID one that belongs to the key; without a key
// the only one. Of several for one key it prefers one that is valid at the time now.
func CertificateIn(f *keys.Folder, id string, k *keys.Key, now time.Time) *keys.Certificate {
	if id != "" {
		if c := first(f.ByID(id)); c != nil {
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
		return first(list)
	}
	for _, c := range f.Certificates {
		if c.ID() != f.Certificates[0].ID() {
			return nil
		}
	}
	return first(f.Certificates)
}

func first(list []*keys.Certificate) *keys.Certificate {
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

// certificateInFolder returns the certificate that the check "certificate" examines
// where a folder was given, or the outcome if there is nothing to examine.
func (in *inputs) certificateInFolder(k *keys.Key) (*keys.Certificate, outcome) {
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
	}
	return nil, outcome{skip: finding.NotGiven}
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
		Unreadable: append([]string{}, f.Unreadable...)}
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
