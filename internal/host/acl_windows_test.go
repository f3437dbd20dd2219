package host

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/windows"

	"github.com/nsauth/nsauth/internal/atomicfile"
)

// A new key is its owner's alone, also in a folder that everybody may read.
func TestNewKeyIsTheOwnersAlone(t *testing.T) {
	dir := t.TempDir()
	if out, err := exec.Command("icacls", dir, "/grant", "*S-1-1-0:(OI)(CI)R").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	key, cert := filepath.Join(dir, "key.pem"), filepath.Join(dir, "cert.pem")
	for path, err := range map[string]error{
		key:  atomicfile.WriteNew(key, []byte("throwaway"), atomicfile.OwnerOnly),
		cert: atomicfile.WriteNew(cert, []byte("throwaway"), atomicfile.Readable),
	} {
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	if names := otherReaders(key); len(names) > 0 {
		t.Errorf("the key can be read by %q", names)
	}
	if names := otherReaders(cert); len(names) == 0 {
		t.Error("the certificate does not inherit: this test looks at nothing")
	}
}

// Who may read a file by its list, in Microsoft's SDDL: FR is to read, FW to write, FA
// all, G the same in general; WD is everyone, BU the users, AU who has signed in.
func TestReadersOfLists(t *testing.T) {
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		t.Fatal(err)
	}
	me, stranger := user.User.Sid.String(), "S-1-5-21-1-2-3-1001"
	var many strings.Builder
	var first []string
	for i := range 12 {
		fmt.Fprintf(&many, "(A;;FR;;;S-1-5-21-1-2-3-%d)", 2000+i)
		first = append(first, fmt.Sprintf("S-1-5-21-1-2-3-%d", 2000+i))
	}
	const everyone, users, signedIn = "S-1-1-0", "S-1-5-32-545", "S-1-5-11"
	for list, want := range map[string][]string{
		"D:P(A;;FA;;;OW)":                                nil,
		"D:P(A;;FA;;;OW)(A;;FA;;;" + me + ")":            nil,
		"D:(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;" + me + ")": nil,
		"D:(A;;FA;;;S-1-5-21-9-9-9-1000)":                nil, // the owner, below
		"D:(A;;FA;;;CO)":                                 nil,
		"D:(A;;FR;;;WD)":                                 {everyone},
		"D:(A;;0x1;;;WD)":                                {everyone},
		"D:(A;;GR;;;WD)":                                 {everyone},
		"D:(A;;GA;;;BU)":                                 {users},
		"D:P(A;;FA;;;OW)(A;;FR;;;BU)(A;;FA;;;AU)":        {users, signedIn},
		"D:(A;ID;FR;;;BU)":                               {users}, // inherited
		"D:(A;;FR;;;BU)(A;;FA;;;BU)":                     {users}, // once
		"D:(A;;FR;;;" + stranger + ")":                   {stranger},
		"D:(A;;FW;;;WD)":                                 nil,
		"D:(A;;0x20;;;WD)":                               nil, // to run
		"D:(A;OICIIO;FR;;;WD)":                           nil, // for what a folder will hold
		"D:(D;;FR;;;WD)":                                 nil,
		"D:":                                             nil,
		"D:" + many.String():                             first[:maxReaders],
	} {
		sd, err := windows.SecurityDescriptorFromString("O:S-1-5-21-9-9-9-1000" + list)
		if err != nil {
			t.Errorf("%s: %v", list, err)
			continue
		}
		var names []string
		for _, sid := range want {
			parsed, err := windows.StringToSid(sid)
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, accountName(parsed))
		}
		if got := readers(sd); !slices.Equal(got, names) {
			t.Errorf("%s: %q, want %q", list, got, names)
		}
	}
}

// A file without a list is everyone's.
func TestReadersWithoutList(t *testing.T) {
	sd, err := windows.NewSecurityDescriptor()
	if err != nil {
		t.Fatal(err)
	}
	owner, err := windows.CreateWellKnownSid(windows.WinLocalSystemSid)
	if err != nil {
		t.Fatal(err)
	}
	if err := sd.SetOwner(owner, false); err != nil {
		t.Fatal(err)
	}
	if err := sd.SetDACL(nil, true, false); err != nil {
		t.Fatal(err)
	}
	everyone, err := windows.CreateWellKnownSid(windows.WinWorldSid)
	if err != nil {
		t.Fatal(err)
	}
	if got := readers(sd); !slices.Equal(got, []string{accountName(everyone)}) {
		t.Errorf("%q", got)
	}
}
