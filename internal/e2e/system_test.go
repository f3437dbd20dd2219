//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"
)

// The suite of an operating system needs no counterpart: nsauth and its emulator are all
// it runs, in folders with spaces and umlauts. "go test -tags e2e -run TestSystem" runs it
// on the machine's own system. With NSAUTH_E2E_WINE, the path of wine64, it builds nsauth
// for Windows and runs that.

// wine is the program that runs Windows programs, "" for the machine's own system.
var wine = os.Getenv("NSAUTH_E2E_WINE")

// system is a user on the system under test, in an empty folder.
type system struct {
	*testing.T
	windows bool
	dir     string // where the commands run
	home    string // the user's own folder
	env     []string
	config  string // where the profile file belongs
	tokens  string // where the tokens are kept
	temp    string // the folder of temporary files
}

func newSystem(t *testing.T) *system {
	t.Helper()
	home := filepath.Join(t.TempDir(), "Müller & Söhne")
	s := &system{T: t, windows: wine != "" || runtime.GOOS == "windows", home: home, dir: filepath.Join(home, "my files"), temp: filepath.Join(home, "temp")}
	for _, dir := range []string{s.dir, s.temp} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	roaming, local := filepath.Join(home, "AppData", "Roaming"), filepath.Join(home, "AppData", "Local")
	switch {
	case wine != "":
		// wine reads the names of files in the character set of the locale.
		s.env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "WINEPREFIX=" + os.Getenv("WINEPREFIX"), "WINEDEBUG=-all"}
		// wine gives its own user's folders to a program, whatever the environment says.
		folders := strings.Split(strings.TrimSpace(string(s.start("cmd", "/c", "echo %AppData%;%LocalAppData%;%TEMP%").stdout)), ";")
		roaming, local, s.temp = wineFolder(t, folders[0]), wineFolder(t, folders[1]), wineFolder(t, folders[2])
		t.Cleanup(func() { // the next test's user is new
			left, _ := filepath.Glob(filepath.Join(s.temp, "nsauth-*"))
			for _, path := range append(left, filepath.Join(roaming, "nsauth"), filepath.Join(local, "nsauth")) {
				os.RemoveAll(path)
			}
		})
	case runtime.GOOS == "windows":
		s.env = append(os.Environ(), "AppData="+roaming, "LocalAppData="+local, "USERPROFILE="+home, "TEMP="+s.temp, "TMP="+s.temp)
	default:
		s.env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "TMPDIR=" + s.temp}
	}
	switch {
	case s.windows:
		s.config, s.tokens = filepath.Join(roaming, "nsauth", "config.yaml"), filepath.Join(local, "nsauth", "tokens")
	case runtime.GOOS == "darwin":
		s.config = filepath.Join(home, "Library", "Application Support", "nsauth", "config.yaml")
		s.tokens = filepath.Join(home, "Library", "Caches", "nsauth", "tokens")
	default:
		s.config, s.tokens = filepath.Join(home, ".config", "nsauth", "config.yaml"), filepath.Join(home, ".cache", "nsauth", "tokens")
	}
	return s
}

// wineFolder is where a folder of wine's drives lies.
func wineFolder(t *testing.T, path string) string {
	t.Helper()
	rest, ok := strings.CutPrefix(path, `C:\`)
	if !ok {
		t.Fatalf("wine has the folder %q", path)
	}
	return filepath.Join(os.Getenv("WINEPREFIX"), "drive_c", filepath.FromSlash(strings.ReplaceAll(rest, `\`, "/")))
}

// windowsBinary builds nsauth for Windows once.
var windowsBinary = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "nsauth-windows.exe")
	cmd := exec.Command("go", "build", "-trimpath", "-o", path, "github.com/nsauth/nsauth")
	cmd.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", &buildError{cmd.String(), string(out), err}
	}
	return path, nil
})

type buildError struct {
	command, output string
	err             error
}

func (e *buildError) Error() string { return e.command + ": " + e.err.Error() + "\n" + e.output }

// command is the command line that runs nsauth.
func (s *system) command(args ...string) []string {
	s.Helper()
	if wine == "" {
		return append([]string{binary(s.T)}, args...)
	}
	path, err := windowsBinary()
	if err != nil {
		s.Fatal(err)
	}
	return append([]string{wine, path}, args...)
}

// start runs a program of the system in the user's folder.
func (s *system) start(args ...string) result {
	s.Helper()
	if wine != "" && args[0] != wine {
		args = append([]string{wine}, args...)
	}
	return runIn(s.T, s.dir, nil, s.env, args[0], args[1:]...)
}

// nsauth runs nsauth, which must end with the exit code.
func (s *system) nsauth(exit int, args ...string) result {
	s.Helper()
	r := s.start(s.command(args...)...)
	if r.exit != exit {
		s.Fatalf("exit %d, want %d\n%v", r.exit, exit, r)
	}
	return r
}

// report runs nsauth with -o json, and reads the report.
func (s *system) report(exit int, args ...string) document {
	s.Helper()
	d, _ := parse(s.T, s.nsauth(exit, append(args, "-o", "json")...))
	return d
}

// path is the path of a file in the user's folder as the system writes it.
func (s *system) path(names ...string) string {
	path := filepath.Join(append([]string{s.dir}, names...)...)
	if wine != "" {
		return "Z:" + strings.ReplaceAll(path, "/", `\`)
	}
	return path
}

// write writes a file in the user's folder.
func (s *system) write(data []byte, names ...string) {
	s.Helper()
	if err := os.WriteFile(filepath.Join(append([]string{s.dir}, names...)...), data, 0o600); err != nil {
		s.Fatal(err)
	}
}

// pair makes a key and a certificate in the folder "keys dir".
func (s *system) pair() (key, cert string) {
	s.Helper()
	if err := os.Mkdir(filepath.Join(s.dir, "keys dir"), 0o700); err != nil {
		s.Fatal(err)
	}
	s.nsauth(0, "certgen", "--key-type", "p-256", "--out", "keys dir")
	return filepath.Join("keys dir", "nsauth-key.pem"), filepath.Join("keys dir", "nsauth-cert.pem")
}

// emulate starts an emulator of the system. Its folder is "emulator".
func (s *system) emulate() *emulator {
	s.Helper()
	e := &emulator{dir: filepath.Join(s.dir, "emulator"), account: "1234567"}
	args := s.command("emulator", "--listen", "127.0.0.1:0", "--account", e.account, "--dir", s.path("emulator"))
	server := start(s.T, s.env, args[0], args[1:]...)
	server.await(s.T, e.read)
	return e
}

// utf16File is a text as Windows PowerShell's > writes it.
func utf16File(data []byte) []byte {
	out := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(crlf(string(data)))) {
		out = append(out, byte(unit), byte(unit>>8))
	}
	return out
}

// crlf is a text with the line breaks of Windows.
func crlf(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
}

// TestSystemDemo: the demos answer, in text and as JSON, and leave no file.
func TestSystemDemo(t *testing.T) {
	s := newSystem(t)
	r := s.nsauth(0, "doctor", "--demo", "--timeout", "2m")
	if !strings.Contains(string(r.stdout), "works. Token issued, API call answered") || strings.Contains(r.stderr, "warning") {
		t.Error(r)
	}
	d := s.report(1, "doctor", "--demo", "key-mismatch", "--timeout", "2m")
	if d.Outcome != "fail" || !slices.Contains(d.check(t, "certificate").codes(), "certificate.key-mismatch") {
		t.Errorf("%+v", d)
	}
	s.noTemporaryFiles("nsauth-demo-*")
}

// noTemporaryFiles fails if nsauth left a temporary file.
func (s *system) noTemporaryFiles(pattern string) {
	s.Helper()
	if left, _ := filepath.Glob(filepath.Join(s.temp, pattern)); len(left) > 0 {
		s.Errorf("left %q", left)
	}
}

// TestSystemKeyIsPrivate: a new key is its user's alone, and a key that everyone may read
// is found, with the command of this system that makes it private.
func TestSystemKeyIsPrivate(t *testing.T) {
	s := newSystem(t)
	key, cert := s.pair()
	d := s.report(0, "keycheck", s.path(key), "--cert", s.path(cert))
	if codes := d.check(t, "key").codes(); len(codes) > 0 {
		t.Errorf("the new key: %q", codes)
	}
	if runtime.GOOS == "windows" {
		if r := s.start("icacls", s.path(key), "/grant", "*S-1-1-0:R"); r.exit != 0 {
			t.Fatal(r)
		}
	} else if err := os.Chmod(filepath.Join(s.dir, key), 0o644); err != nil { // which wine shows as an access list
		t.Fatal(err)
	}
	d = s.report(0, "keycheck", s.path(key), "--cert", s.path(cert))
	f := d.only(t, "key", "key.readable-by-others")
	want := []string{"chmod", "600", s.path(key)}
	if s.windows {
		want = []string{"icacls", s.path(key), "/reset"}
		if readers, _ := f.Evidence["readers"].([]any); len(readers) == 0 {
			t.Errorf("no reader is named: %v", f.Evidence)
		}
	}
	if len(f.Remedy.Commands) == 0 || !slices.Equal(f.Remedy.Commands[0], want) {
		t.Errorf("commands %q, want first %q", f.Remedy.Commands, want)
	}
	text := string(s.nsauth(0, "keycheck", s.path(key), "--cert", s.path(cert), "-v").stdout)
	quoted := "'" + s.path(key) + "'"
	if s.windows {
		quoted = `"` + s.path(key) + `"`
	}
	if !strings.Contains(text, quoted) {
		t.Errorf("the command does not quote %s:\n%s", quoted, text)
	}
}

// TestSystemProfile: profile init writes the profile where the system keeps
// configuration, doctor reads it, and undo takes it back.
func TestSystemProfile(t *testing.T) {
	s := newSystem(t)
	key, cert := s.pair()
	clientID := strings.Repeat("0123456789abcdef", 4)
	s.nsauth(0, "profile", "init", "prod", "--no-input", "--account", "1234567", "--client-id", clientID, "--key", key, "--cert", cert, "--default")
	if _, err := os.Stat(s.config); err != nil {
		t.Fatal(err)
	}
	shown := string(s.nsauth(0, "profile", "show", "-o", "json").stdout)
	if !json.Valid([]byte(shown)) {
		t.Fatal(shown)
	}
	if whole := strings.ReplaceAll(s.path(key), `\`, `\\`); !strings.Contains(shown, whole) {
		t.Errorf("profile show lacks %s:\n%s", whole, shown)
	}
	// An editor of Windows saves it with its line breaks, and it changes again.
	config := crlf(string(read(t, s.config)))
	if err := os.WriteFile(s.config, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	s.nsauth(0, "profile", "init", "other", "--no-input", "--account", "7654321", "--client-id", clientID, "--key", key, "--cert", cert)
	listed := string(s.nsauth(0, "profile", "list").stdout)
	if !strings.Contains(listed, "prod") || !strings.Contains(listed, "other") {
		t.Error(listed)
	}
	s.nsauth(0, "profile", "undo", "--no-input")
	if listed := string(s.nsauth(0, "profile", "list").stdout); !strings.Contains(listed, "prod") || strings.Contains(listed, "other") {
		t.Error(listed)
	}
}

// TestSystemEmulator: nsauth talks to the emulator, with profile, key and certificate as
// Windows editors and PowerShell save them, and keeps the token.
func TestSystemEmulator(t *testing.T) {
	s := newSystem(t)
	e := s.emulate()
	config := s.path("emulator", "config.yaml")
	if d := s.report(0, "doctor", "--config", config); d.Outcome != "pass" {
		t.Errorf("%+v", d)
	}
	first := s.nsauth(0, "token", "--config", config)
	again := s.nsauth(0, "token", "--config", config)
	if len(first.stdout) == 0 || !bytes.Equal(first.stdout, again.stdout) || !strings.Contains(again.stderr, "cache") {
		t.Errorf("%v\n%v", first, again)
	}
	if kept, _ := filepath.Glob(filepath.Join(s.tokens, "*.json")); len(kept) != 1 {
		t.Errorf("%s has %q", s.tokens, kept)
	}
	s.nsauth(0, "token", "cache", "clear")
	if kept, _ := filepath.Glob(filepath.Join(s.tokens, "*.json")); len(kept) != 0 {
		t.Errorf("%s has %q", s.tokens, kept)
	}
	if answer := s.nsauth(0, "call", "/services/rest/system/v1/serverTime", "--config", config); !json.Valid(answer.stdout) {
		t.Error(answer)
	}
	if d := s.report(1, "doctor", "--config", config, "--client-id", strings.Repeat("ab", 32)); d.Outcome != "fail" {
		t.Errorf("%+v", d)
	}
	for _, form := range []struct {
		name, repair string
		as           func([]byte) []byte
	}{
		{"line breaks of Windows", "crlf", func(data []byte) []byte { return []byte(crlf(string(data))) }},
		{"PowerShell's UTF-16", "utf-16", utf16File},
	} {
		for _, name := range []string{"key.pem", "cert.pem"} {
			path := filepath.Join(e.dir, name)
			was := read(t, path)
			if err := os.WriteFile(path, form.as(was), 0o600); err != nil {
				t.Fatal(err)
			}
			d := s.report(0, "doctor", "--config", config, "--only", "key,certificate,token")
			kind := map[string]string{"key.pem": "key", "cert.pem": "certificate"}[name]
			if f := d.only(t, kind, kind+".repaired"); d.check(t, "token").Status != "pass" || !strings.Contains(f.Message, map[string]string{"crlf": "Windows line endings", "utf-16": "UTF-16"}[form.repair]) {
				t.Errorf("%s as %s: %+v", name, form.name, f)
			}
			if err := os.WriteFile(path, was, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestSystemHandOn: a token is written to a file that is its user's alone and replaces the
// one before, and a command that gets one ends nsauth with its own exit code.
func TestSystemHandOn(t *testing.T) {
	s := newSystem(t)
	s.emulate()
	config := s.path("emulator", "config.yaml")
	file := filepath.Join(s.dir, "token.txt")
	first := s.nsauth(0, "token", "--config", config, "--out", s.path("token.txt"))
	before := string(read(t, file))
	s.nsauth(0, "token", "--config", config, "--no-cache", "--out", s.path("token.txt"), "-q")
	after := string(read(t, file))
	if len(first.stdout) > 0 || !strings.Contains(first.stderr, "wrote the access token to ") || strings.Count(before, ".") != 2 || strings.Count(after, ".") != 2 || before == after {
		t.Errorf("%d and %d bytes\n%v", len(before), len(after), first)
	}
	if info, err := os.Stat(file); err != nil || !s.windows && info.Mode() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(s.dir, ".*")); len(left) > 0 {
		t.Errorf("left %q", left)
	}
	s.nsauth(2, "token", "--config", config, "--out", s.path("emulator", "key.pem"))
	print, fails := []string{"sh", "-c", `echo "[$NETSUITE_ACCESS_TOKEN] [$NSAUTH_NTP_SERVER]"`}, []string{"sh", "-c", "exit 7"}
	if s.windows {
		print, fails = []string{"cmd", "/c", "echo [%NETSUITE_ACCESS_TOKEN%] [%NSAUTH_NTP_SERVER%]"}, []string{"cmd", "/c", "exit 7"}
	}
	s.env = append(s.env, "NSAUTH_NTP_SERVER=planted.example")
	r := s.nsauth(0, append([]string{"exec", "--config", config, "--"}, print...)...)
	if got := string(r.stdout); strings.Count(got, ".") != 2 || strings.Contains(got, "planted") {
		t.Errorf("%d bytes\n%s", len(got), r.stderr)
	}
	s.nsauth(7, append([]string{"exec", "--config", config, "--"}, fails...)...)
	if r := s.nsauth(127, "exec", "--config", config, "--", "nosuch-program"); !strings.Contains(r.stderr, `"nosuch-program" was not started`) {
		t.Error(r)
	}
}

// TestSystemRedirected: what PowerShell's > and Set-Content write is read again: an
// assertion, a report, a file of variables.
func TestSystemRedirected(t *testing.T) {
	s := newSystem(t)
	key, cert := s.pair()
	clientID := strings.Repeat("0123456789abcdef", 4)
	variables := "$env:NSAUTH_ACCOUNT = '1234567'\n$env:NSAUTH_CLIENT_ID = '" + clientID + "'\n$env:NSAUTH_CERTIFICATE_ID = 'JxPdBoMLNDY0MhTKe6ob1X7pszSH86lzZI8qXHwVnKk'\n$env:NSAUTH_KEY = '" + key + "'\n$env:NSAUTH_CERT = '" + cert + "'\n"
	s.write([]byte(crlf(variables)), "set.ps1")
	assertion := s.nsauth(0, "jwt", "build", "--env-file", "set.ps1").stdout
	s.write(utf16File(assertion), "assertion.txt")
	if d := s.report(0, "jwt", "inspect", "assertion.txt"); d.check(t, "assertion").Status == "fail" {
		t.Errorf("%+v", d)
	}
	s.write(utf16File([]byte(variables)), "wide.ps1")
	if again := s.nsauth(0, "jwt", "build", "--env-file", "wide.ps1").stdout; bytes.Count(again, []byte(".")) != 2 {
		t.Errorf("%q", again)
	}
	report := s.nsauth(1, "doctor", "--env-file", "set.ps1", "--offline", "--client-id", "12345678-1234-1234-1234-123456789abc", "-o", "json").stdout
	s.write(utf16File(report), "report.json")
	if r := s.nsauth(0, "render", "report.json"); !strings.Contains(string(r.stdout), "Application ID") {
		t.Error(r)
	}
}

// withoutSpaces is a text however its lines were broken.
func withoutSpaces(text string) string { return strings.Join(strings.Fields(text), "") }

// TestSystemOutput: colours, completion, commands for this system's shell, exit codes.
func TestSystemOutput(t *testing.T) {
	s := newSystem(t)
	const escape = "\x1b["
	missing := []string{"keycheck", s.path("no key.pem")}
	plain := s.nsauth(1, missing...)
	if strings.Contains(string(plain.stdout), escape) || !strings.Contains(withoutSpaces(string(plain.stdout)), withoutSpaces(s.path("no key.pem"))) {
		t.Error(plain)
	}
	if r := s.nsauth(1, append(missing, "--color=always")...); !strings.Contains(string(r.stdout), escape) {
		t.Error(r)
	}
	s.env = append(s.env, "NO_COLOR=1")
	if r := s.nsauth(1, missing...); strings.Contains(string(r.stdout), escape) {
		t.Error(r)
	}
	curl := string(s.nsauth(0, "doctor", "--curl", "--account", "1234567").stdout)
	if want := map[bool]string{true: `"client_assertion=$env:ASSERTION"`, false: `"client_assertion=$ASSERTION"`}[s.windows]; !strings.Contains(curl, want) || s.windows != strings.HasPrefix(curl, "curl.exe ") {
		t.Error(curl)
	}
	if script := s.nsauth(0, "completion", "powershell"); !bytes.Contains(script.stdout, []byte("Register-ArgumentCompleter")) {
		t.Error(script)
	}
	s.nsauth(0, "certgen", "--key-type", "p-256", "--days", "5")
	for exit, args := range map[int][]string{
		0: {"version"}, 1: {"doctor", "--offline", "--account", "1234567"}, 2: {"doctor", "--no-such-flag"},
		4: {"keycheck", "--fail-on=warn", "--cert", "nsauth-cert.pem"},
	} {
		s.nsauth(exit, args...)
	}
	if d, _ := parse(t, s.nsauth(2, "doctor", "--no-such-flag", "-o", "json")); d.Outcome != "error" {
		t.Errorf("%+v", d)
	}
	if found := regexp.MustCompile(`(?i)chmod|\bexport |\$HOME`).FindString(string(plain.stdout)); s.windows && found != "" {
		t.Errorf("names %q", found)
	}
}
