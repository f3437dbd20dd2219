//go:build e2e

package e2e

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

const installScript = "../../install.sh"

// tarball is an archive of a release with these files.
func tarball(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(files[name]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(files[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// small stands for the program where the size of the real one would only cost time.
const small = "#!/bin/sh\necho nsauth 9.9.9\n"

// release is the files of a release with a program, by their names.
func release(t *testing.T, program []byte) (archive string, files map[string][]byte) {
	t.Helper()
	archive = "nsauth_9.9.9_linux_" + runtime.GOARCH + ".tar.gz"
	files = map[string][]byte{archive: tarball(t, map[string][]byte{"nsauth_9.9.9/LICENSE": []byte("license"), "nsauth_9.9.9/nsauth": program})}
	files["checksums.txt"] = fmt.Appendf(nil, "%064d  nsauth_9.9.9_darwin_universal.tar.gz\n%x  %s\n%064d  %s\n",
		1, sha256.Sum256(files[archive]), archive, 2, strings.Replace(archive, ".tar.gz", ".deb", 1))
	return archive, files
}

// serveFiles serves the files of a release; what is not there is 404.
func serveFiles(t *testing.T, files map[string][]byte) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, is := files[strings.TrimPrefix(r.URL.Path, "/")]
		if !is {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(data)
	}))
	t.Cleanup(server.Close)
	return server
}

// installation is a place to install to: folders with a space and an umlaut in their names.
type installation struct {
	dir, temp string
	env       []string
}

func newInstallation(t *testing.T) installation {
	t.Helper()
	base := filepath.Join(t.TempDir(), "Jörg Meier")
	i := installation{dir: filepath.Join(base, ".local", "bin"), temp: filepath.Join(base, "temp")}
	if err := os.MkdirAll(i.temp, 0o755); err != nil {
		t.Fatal(err)
	}
	i.env = []string{"HOME=" + base, "TMPDIR=" + i.temp, "PATH=" + os.Getenv("PATH")}
	return i
}

// clean checks that only want is in the folder of programs, and nothing in the temporary one.
func (i installation) clean(t *testing.T, want ...string) {
	t.Helper()
	for folder, want := range map[string][]string{i.dir: want, i.temp: nil} {
		entries, err := os.ReadDir(folder)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		if !slices.Equal(names, want) {
			t.Errorf("%s has %q, want %q", folder, names, want)
		}
	}
}

// shells are those that /bin/sh is on Debian, on macOS and Fedora, and on Alpine.
var shells = [][]string{{"dash"}, {"bash", "--posix"}, {"busybox", "sh"}}

func TestInstallScript(t *testing.T) {
	t.Parallel()
	program, err := os.ReadFile(binary(t))
	if err != nil {
		t.Fatal(err)
	}
	archive, files := release(t, program)
	server := serveFiles(t, files)
	for _, shell := range shells {
		t.Run(shell[0], func(t *testing.T) {
			t.Parallel()
			i := newInstallation(t)
			said := run(t, nil, i.env, shell[0], append(shell[1:], installScript, "--from", server.URL+"/")...)
			out := string(said.stdout)
			for _, want := range []string{"downloading " + archive + "\n", "installed nsauth ", " to " + i.dir + "/nsauth\n",
				"export PATH=\"" + i.dir + ":$PATH\"\n", "uninstall: rm " + i.dir + "/nsauth\n"} {
				if !strings.Contains(out, want) {
					t.Errorf("it does not say %q", want)
				}
			}
			if said.exit != 0 || said.stderr != "" {
				t.Error(said)
			}
			i.clean(t, "nsauth")
			if said := run(t, nil, i.env, filepath.Join(i.dir, "nsauth"), "doctor", "--demo", "-q"); said.exit != 0 {
				t.Error(said)
			}
			// Again, over the first one, which is in PATH now.
			env := append(slices.Clone(i.env), "PATH="+i.dir+":"+os.Getenv("PATH"))
			said = run(t, nil, env, shell[0], append(shell[1:], installScript, "--from", server.URL, "--version", "v9.9.9")...)
			if said.exit != 0 || strings.Contains(string(said.stdout), "PATH") {
				t.Error(said)
			}
			i.clean(t, "nsauth")
		})
	}
}

// Whatever is wrong with the download, the script says so and the old program stays.
func TestInstallScriptRefuses(t *testing.T) {
	archive, good := release(t, []byte(small))
	with := func(name, content string) func(map[string][]byte) {
		return func(files map[string][]byte) { files[name] = []byte(content) }
	}
	// signed is an archive that the checksums agree with.
	signed := func(data []byte) func(map[string][]byte) {
		return func(files map[string][]byte) {
			files[archive] = data
			files["checksums.txt"] = fmt.Appendf(nil, "%x  %s\n", sha256.Sum256(data), archive)
		}
	}
	sum := fmt.Sprintf("%x", sha256.Sum256(good[archive]))
	tests := map[string]struct {
		change func(map[string][]byte)
		args   []string
		want   string
	}{
		"no checksums":            {change: func(f map[string][]byte) { delete(f, "checksums.txt") }, want: "cannot download "},
		"a page, not checksums":   {change: with("checksums.txt", "<!DOCTYPE html>\n<html>sign in</html>\n"), want: "checksums.txt lists no archive for "},
		"empty checksums":         {change: with("checksums.txt", ""), want: "checksums.txt lists no archive for "},
		"other systems only":      {change: with("checksums.txt", sum+"  nsauth_9.9.9_plan9_amd64.tar.gz\n"), want: "checksums.txt lists no archive for "},
		"a path in the checksums": {change: with("checksums.txt", sum+"  ../"+archive+"\n"), want: "checksums.txt lists no archive for "},
		"two archives": {change: with("checksums.txt", sum+"  "+archive+"\n"+sum+"  "+strings.Replace(archive, "9.9.9", "9.9.8", 1)+"\n"),
			want: "checksums.txt lists both "},
		"a short checksum":             {change: with("checksums.txt", sum[:40]+"  "+archive+"\n"), want: "checksums.txt has no SHA-256 for "},
		"a word for a checksum":        {change: with("checksums.txt", strings.Repeat("z", 64)+"  "+archive+"\n"), want: "checksums.txt has no SHA-256 for "},
		"another checksum":             {change: with("checksums.txt", strings.Repeat("0", 64)+"  "+archive+"\n"), want: " is not the file of the release: its SHA-256 is " + sum},
		"no archive":                   {change: func(f map[string][]byte) { delete(f, archive) }, want: "cannot download "},
		"a page, not an archive":       {change: with(archive, "<html>blocked</html>"), want: " is not the file of the release"},
		"half an archive":              {change: with(archive, string(good[archive][:len(good[archive])/2])), want: " is not the file of the release"},
		"another version":              {args: []string{"--version", "9.9.8"}, want: ", not version 9.9.8"},
		"what tar cannot read":         {change: signed([]byte("not an archive")), want: " cannot be unpacked"},
		"an archive without a program": {change: signed(tarball(t, map[string][]byte{"a/LICENSE": []byte("x")})), want: " has no nsauth"},
		"a program that does not run":  {change: signed(tarball(t, map[string][]byte{"nsauth": []byte("\x7fELF no program")})), want: " does not run on this system"},
		"an option without a value":    {args: []string{"--dir"}, want: "--dir needs a value"},
		"an unknown option":            {args: []string{"--force"}, want: "unknown argument: --force"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := maps.Clone(good)
			if tt.change != nil {
				tt.change(files)
			}
			server := serveFiles(t, files)
			for _, shell := range shells {
				i := newInstallation(t)
				old := keepOld(t, i)
				said := run(t, nil, i.env, shell[0], slices.Concat(shell[1:], []string{installScript, "--from", server.URL}, tt.args)...)
				if said.exit != 1 || !strings.Contains(said.stderr, "install.sh: ") || !strings.Contains(said.stderr, tt.want) {
					t.Errorf("want exit 1 and %q\n%v", tt.want, said)
				}
				old(t)
				i.clean(t, "nsauth")
			}
		})
	}
}

// keepOld puts an older program in place. The result checks that it is unchanged.
func keepOld(t *testing.T, i installation) func(*testing.T) {
	t.Helper()
	path := filepath.Join(i.dir, "nsauth")
	if err := os.MkdirAll(i.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("old"), 0o755); err != nil {
		t.Fatal(err)
	}
	return func(t *testing.T) {
		t.Helper()
		if data, err := os.ReadFile(path); err != nil || string(data) != "old" {
			t.Errorf("the old program is now %.20q, %v", data, err)
		}
	}
}

// A machine without a program that the script needs, or that no release is for.
func TestInstallScriptOnOtherMachines(t *testing.T) {
	_, files := release(t, []byte(small))
	server := serveFiles(t, files)
	needed := []string{"uname", "mktemp", "tar", "gzip", "rm", "cp", "mv", "mkdir", "chmod", "grep"}
	uname := func(system, machine string) string {
		return fmt.Sprintf("#!/bin/sh\n[ \"$1\" = -m ] && echo %s || echo %s\n", machine, system)
	}
	for name, tt := range map[string]struct {
		programs []string
		uname    string
		from     string
		want     string // "" is a success
	}{
		"curl":                  {programs: []string{"curl", "sha256sum"}},
		"wget, openssl":         {programs: []string{"wget", "openssl"}},
		"shasum":                {programs: []string{"curl", "shasum", "perl"}},
		"neither curl nor wget": {programs: []string{"sha256sum"}, want: "curl or wget is missing"},
		"no SHA-256":            {programs: []string{"curl"}, want: "sha256sum, shasum or openssl is needed"},
		"wget of busybox":       {programs: []string{"busybox wget", "sha256sum"}, from: "https://127.0.0.1:1", want: "does not verify certificates"},
		"FreeBSD":               {programs: []string{"curl", "sha256sum"}, uname: uname("FreeBSD", "amd64"), want: "no release for the system FreeBSD"},
		"32 bits":               {programs: []string{"curl", "sha256sum"}, uname: uname("Linux", "armv7l"), want: "no release for the processor armv7l"},
		"Git Bash":              {programs: []string{"curl", "sha256sum"}, uname: uname("MINGW64_NT-10.0", "x86_64"), want: "run install.ps1 in PowerShell"},
		"macOS":                 {programs: []string{"curl", "sha256sum"}, uname: uname("Darwin", "arm64"), want: "cannot download "}, // the universal archive, which is not served
		"not encrypted":         {programs: []string{"curl", "sha256sum"}, from: "http://example.com", want: "not an https URL: http://example.com"},
		"a user name":           {programs: []string{"curl", "sha256sum"}, from: "http://127.0.0.1:80@example.com", want: "a URL with a user name"},
		"another host":          {programs: []string{"curl", "sha256sum"}, from: "http://localhost.example.com", want: "not an https URL"},
		"a file":                {programs: []string{"curl", "sha256sum"}, from: "file:///etc", want: "not an https URL"},
		"no server":             {programs: []string{"curl", "sha256sum"}, from: "http://127.0.0.1:1", want: "cannot download http://127.0.0.1:1/checksums.txt (curl ended with 7)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newInstallation(t)
			tools := t.TempDir()
			for _, program := range append(tt.programs, needed...) {
				target, link, is := strings.Cut(program, " ")
				if !is {
					link = target
				}
				path, err := exec.LookPath(target)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.Symlink(path, filepath.Join(tools, link)); err != nil {
					t.Fatal(err)
				}
			}
			if tt.uname != "" {
				if err := os.Remove(filepath.Join(tools, "uname")); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(tools, "uname"), []byte(tt.uname), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			from := tt.from
			if from == "" {
				from = server.URL
			}
			dash, err := exec.LookPath("dash")
			if err != nil {
				t.Fatal(err)
			}
			said := run(t, nil, append(i.env, "PATH="+tools), dash, installScript, "--from", from)
			if tt.want == "" {
				if said.exit != 0 {
					t.Error(said)
				}
				i.clean(t, "nsauth")
				return
			}
			if said.exit != 1 || !strings.Contains(said.stderr, tt.want) {
				t.Errorf("want exit 1 and %q\n%v", tt.want, said)
			}
			i.clean(t)
		})
	}
}

// A redirect from https to http is refused, although the files are right.
func TestInstallScriptRefusesADowngrade(t *testing.T) {
	_, files := release(t, []byte(small))
	plain := serveFiles(t, files)
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/moved/") {
			http.Redirect(w, r, plain.URL+strings.TrimPrefix(r.URL.Path, "/moved"), http.StatusFound)
			return
		}
		_, _ = w.Write(files[strings.TrimPrefix(r.URL.Path, "/")])
	}))
	t.Cleanup(secure.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, client := range []string{"curl", "wget"} {
		for path, exit := range map[string]int{"": 0, "/moved": 1} {
			i := newInstallation(t)
			tools := t.TempDir()
			for _, program := range []string{client, "uname", "mktemp", "tar", "gzip", "rm", "cp", "mv", "mkdir", "chmod", "grep", "sha256sum", "dash"} {
				found, err := exec.LookPath(program)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.Symlink(found, filepath.Join(tools, program)); err != nil {
					t.Fatal(err)
				}
			}
			// wget reads the certificate from its file of settings, curl from the variable.
			rc := filepath.Join(i.temp, "..", "wgetrc")
			if err := os.WriteFile(rc, []byte("ca_certificate = "+ca+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			said := run(t, nil, append(i.env, "PATH="+tools, "CURL_CA_BUNDLE="+ca, "WGETRC="+rc), filepath.Join(tools, "dash"), installScript, "--from", secure.URL+path)
			if said.exit != exit || exit == 1 && !strings.Contains(said.stderr, "cannot download "+secure.URL+path+"/checksums.txt") {
				t.Errorf("%s, %q: want exit %d\n%v", client, path, exit, said)
			}
		}
	}
}

// A script that arrives in part, as through a pipe from curl, does nothing.
func TestInstallScriptInPart(t *testing.T) {
	script, err := os.ReadFile(installScript)
	if err != nil {
		t.Fatal(err)
	}
	last := bytes.LastIndex(script, []byte("main \"$@\""))
	for _, length := range []int{100, len(script) / 3, len(script) / 2, last - 2, last, last + 3} {
		i := newInstallation(t)
		said := run(t, script[:length], i.env, "dash", "-s", "--", "--from", "http://127.0.0.1:1")
		if strings.Contains(said.stderr, "cannot download") {
			t.Errorf("with %d of %d bytes:\n%v", length, len(script), said)
		}
		i.clean(t)
	}
	i := newInstallation(t)
	if said := run(t, script, i.env, "dash", "-s", "--", "--from", "http://127.0.0.1:1"); !strings.Contains(said.stderr, "cannot download") {
		t.Error(said)
	}
}

// PowerShell does not run here. So its script is parsed, and calls only what Windows
// PowerShell 5.1 has. docs/platforms.md says that no test runs it.
func TestInstallScriptForPowerShellIsValid(t *testing.T) {
	said := run(t, nil, bareEnv(t), "node", node(t, "powershell.mjs", "../../install.ps1")[1:]...)
	var found struct{ Errors, Commands []string }
	if err := json.Unmarshal(said.stdout, &found); err != nil {
		t.Fatal(err, said)
	}
	for _, e := range found.Errors {
		t.Errorf("install.ps1 is not PowerShell: %s", e)
	}
	known := []string{"Copy-Item", "Expand-Archive", "Get-ChildItem", "Get-Content", "Get-FileHash", "Invoke-WebRequest", "Join-Path", "Move-Item",
		"New-Item", "Out-Null", "Remove-Item", "Select-Object", "Where-Object", "Write-Output",
		"Stop-Install", "Test-AllowedUrl", "Get-Target", "Save-File", "Find-Archive", "Install-Nsauth"}
	for _, command := range found.Commands {
		if !slices.Contains(known, command) && !strings.HasPrefix(command, "$") {
			t.Errorf("install.ps1 calls %s", command)
		}
	}
	if len(found.Commands) < 20 {
		t.Errorf("only the commands %q were found", found.Commands)
	}
	broken := filepath.Join(t.TempDir(), "broken.ps1")
	if err := os.WriteFile(broken, []byte("if ($x { 'y' }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if said := run(t, nil, bareEnv(t), "node", node(t, "powershell.mjs", broken)[1:]...); !strings.Contains(string(said.stdout), "line 1") {
		t.Error("a broken script has no error:", said)
	}
}
