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

	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
)

// folderGiven removes the folder from the argument or the --cert flag of keycheck,
// and returns it. It returns "" if neither is a folder.
func folderGiven(a *cli.App, in *profile.Input, args *[]string) (string, error) {
	argument, value := "", ""
	if len(*args) == 1 && isFolder(a, (*args)[0]) {
		argument, *args = (*args)[0], nil
	}
	cert := in.Flags["cert"]
	if len(cert) > 0 && isFolder(a, cert[len(cert)-1]) {
		value = cert[len(cert)-1]
		delete(in.Flags, "cert")
	}
	switch {
	case argument != "" && value != "" && filepath.Clean(argument) != filepath.Clean(value):
		return "", cli.Fail(finding.UsageFlag, "two folders are given", "give one, and search it with --key or --certificate-id")
	case argument != "" && value == "" && len(cert) > 0:
		return "", cli.Fail(finding.UsageFlag, "a folder and --cert are both given", "give the folder alone, or --cert with the key's file")
	}
	return cmp.Or(argument, value), nil
}

func isFolder(a *cli.App, name string) bool {
	info, err := os.Stat(inDir(a, name))
	return err == nil && info.IsDir()
}

// inDir returns name as a path below the App's folder, unless it is absolute.
func inDir(a *cli.App, name string) string {
	if a.Dir == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(a.Dir, name)
}

// readFolder reads a folder for keycheck. If no key was given and the folder has the
// key of the selected certificate, the returned profile has that key.
func readFolder(ctx context.Context, a *cli.App, name string, in *profile.Input, p *profile.Profile) (*keys.Folder, *profile.Profile, error) {
	folder, err := cli.UnlessInterrupted(ctx, func() (*keys.Folder, error) {
		return a.Keys.Folder(ctx, inDir(a, name), keys.FullScan(), p.Text(profile.FieldPassphraseFile))
	})
	none := err == nil && len(folder.Certificates)+len(folder.Keys)+len(folder.Faults) == 0
	switch {
	case ctx.Err() != nil:
		return nil, nil, ctx.Err()
	case errors.Is(err, fs.ErrPermission):
		return nil, nil, cli.Fail(finding.UsageConfig, "permission denied to read the folder "+name)
	case err != nil:
		return nil, nil, cli.Fail(finding.UsageConfig, fault.Findings(err)[0].Message)
	case none && len(folder.Locked) > 0:
		return nil, nil, cli.Fail(finding.UsageConfig, "every key and certificate in "+name+" is encrypted: "+someOf(folder.Locked),
			"pass the file with the passphrase as --passphrase-file", "or examine one file in a terminal, where nsauth asks for it")
	case none:
		return nil, nil, cli.Fail(finding.UsageConfig, "no certificate or key found in "+name+notExamined(folder))
	case p.HasKey():
		return folder, p, nil
	}
	folder.All = p.Text(profile.FieldCertificateID) == ""
	c := checks.CertificateIn(folder, p.Text(profile.FieldCertificateID), nil, a.Now())
	if c == nil {
		return folder, p, nil
	}
	if list := folder.KeysOf(c); len(list) > 0 {
		in.Flags["key"] = []string{list[0].Path}
		p, err = cli.Resolve(ctx, *in)
	}
	return folder, p, err
}

// notExamined says that the search did not see everything; "" if it did.
func notExamined(f *keys.Folder) string {
	paths := slices.Clone(f.Unreadable)
	for _, s := range f.Skipped {
		paths = append(paths, s.Path)
	}
	said := ""
	if f.Incomplete != "" {
		said = "; not all of it was examined (" + f.Incomplete + ")"
	}
	if len(paths) > 0 {
		said += "; not examined: " + someOf(paths)
	}
	return said
}

// someOf lists the base names of the first five paths, and counts the rest.
func someOf(paths []string) string {
	const most = 5
	var names []string
	for _, path := range paths[:min(len(paths), most)] {
		names = append(names, filepath.Base(path))
	}
	if more := len(paths) - most; more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}
