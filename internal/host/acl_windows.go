package host

import (
	"slices"
	"unsafe"

	"golang.org/x/sys/windows"
)

// The rights by which a file's content can be read (winnt.h).
const readRights = windows.FILE_READ_DATA | windows.GENERIC_READ | windows.GENERIC_ALL

// maxReaders bounds how many accounts are listed.
const maxReaders = 10

// trustedReaders are the groups that can read every file, and those that mean the
// owner (Microsoft, "Well-known SIDs").
var trustedReaders = []windows.WELL_KNOWN_SID_TYPE{
	windows.WinLocalSystemSid, windows.WinBuiltinAdministratorsSid, windows.WinCreatorOwnerSid, windows.WinCreatorOwnerRightsSid,
}

// otherReaders returns the accounts, other than the file's owner, the current user and
// administrators, that the file's access control list lets read it. It ignores denying
// entries and group memberships, and returns none where the list cannot be read.
func otherReaders(path string) []string {
	sd, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT,
		windows.OWNER_SECURITY_INFORMATION|windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return nil
	}
	return readers(sd)
}

// readers is otherReaders of a file that has this owner and list.
func readers(sd *windows.SECURITY_DESCRIPTOR) []string {
	owner, _, err := sd.Owner()
	if err != nil {
		return nil
	}
	acl, _, err := sd.DACL()
	if err != nil {
		return nil
	}
	if acl == nil { // everyone may read a file without a list
		everyone, err := windows.CreateWellKnownSid(windows.WinWorldSid)
		if err != nil {
			return nil
		}
		return []string{accountName(everyone)}
	}
	var own *windows.SID
	if user, err := windows.GetCurrentProcessToken().GetTokenUser(); err == nil {
		own = user.User.Sid
	}
	var names []string
	for i := range uint32(acl.AceCount) {
		var ace *windows.ACCESS_ALLOWED_ACE
		if err := windows.GetAce(acl, i, &ace); err != nil {
			return names
		}
		if ace.Header.AceType != windows.ACCESS_ALLOWED_ACE_TYPE || ace.Mask&readRights == 0 ||
			ace.Header.AceFlags&windows.INHERIT_ONLY_ACE != 0 {
			continue
		}
		sid := (*windows.SID)(unsafe.Pointer(&ace.SidStart))
		if sid.Equals(owner) || own != nil && sid.Equals(own) || slices.ContainsFunc(trustedReaders, sid.IsWellKnown) {
			continue
		}
		if name := accountName(sid); !slices.Contains(names, name) && len(names) < maxReaders {
			names = append(names, name)
		}
	}
	return names
}

func accountName(sid *windows.SID) string {
	account, domain, _, err := sid.LookupAccount("")
	switch {
	case err != nil:
		return sid.String()
	case domain == "":
		return account
	}
	return domain + `\` + account
}
