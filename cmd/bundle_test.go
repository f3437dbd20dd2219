package cmd

import (
	"archive/zip"
	"bytes"
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/bundle"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/testkit"
)

// unzipped are the files of a bundle.
func unzipped(t *testing.T, path string) map[string]string {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(data)
	}
	return files
}

// inBase64 are parts of a text that each contain s in base64, wherever in it s begins.
func inBase64(s string) (parts []string) {
	for shift := range 3 {
		if len(s) < 12 {
			break
		}
		whole := s[shift : shift+(len(s)-shift)/3*3]
		parts = append(parts, base64.StdEncoding.EncodeToString([]byte(whole)), base64.RawURLEncoding.EncodeToString([]byte(whole)))
	}
	return parts
}

// No file of a bundle has a secret: of the key, of its passphrase, of the environment, of the
// assertion or of the token, which the server repeats wherever it can.
func TestBundleHasNoSecret(t *testing.T) {
	l := newLab(t)
	private, err := privateKey[*ecdsa.PrivateKey](l, labKey).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	const inEnvironment = "planted-value-of-a-variable"
	planted := append(forms(private), plantedToken, strings.Split(plantedToken, ".")[2], "throwaway", inEnvironment, "throwaway-proxy-password")
	for _, name := range []string{labKey + ".pem", "ec-p256-encrypted-pkcs8.pem"} {
		lines := strings.Split(strings.TrimSpace(string(l.read(l.path(name)))), "\n")
		planted = append(planted, lines[1:len(lines)-1]...)
	}
	l.write("passphrase.txt", []byte("throwaway\n"))
	env := map[string]string{"NSAUTH_PLANTED": inEnvironment, "https_proxy": "http://user:throwaway-proxy-password@proxy.example", "NO_PROXY": "*", "SECRET_OF_OTHERS": inEnvironment}
	names := func(w *cli.World) {
		w.Now = labTime
		w.EnvNames = func() []string { return []string{"https_proxy", "SECRET_OF_OTHERS", "NSAUTH_PLANTED", "NO_PROXY"} }
	}
	for _, issue := range []bool{false, true} {
		for i, more := range [][]string{nil, {"--no-mask-ids"}, {"--key", "ec-p256-encrypted-pkcs8.pem", "--passphrase-file", "passphrase.txt"}} {
			if testkit.LeftOut(i, 1, 2) {
				continue
			}
			server := &leaky{issue: issue}
			file := filepath.Join(t.TempDir(), "case.zip")
			args := append(append(append([]string{"doctor", "--bundle", file}, l.identity()...), "--connect-to", l.serveLeaky(server), "--ca-file", "ca.pem"), more...)
			r := nsauth(t, setup{dir: l.dir, env: env, world: names}, args...)
			if r.code == 2 {
				t.Fatalf("exit 2: %s", r.stderr)
			}
			files := unzipped(t, file)
			secrets := slices.Clone(planted)
			for _, a := range server.assertions() {
				secrets = append(secrets, a, a[strings.LastIndexByte(a, '.')+1:])
			}
			if len(server.assertions()) == 0 {
				t.Error("no assertion was sent: nothing was planted")
			}
			for _, s := range slices.Clone(secrets) {
				secrets = append(secrets, inBase64(s)...)
			}
			for name, text := range files {
				for _, s := range secrets {
					if strings.Contains(text, s) {
						t.Errorf("%v: %s has a secret", more, name)
						break
					}
				}
				shown := slices.Contains(more, "--no-mask-ids") && name != "environment.txt" && name != "versions.json"
				if has := strings.Contains(text, labClientID) || strings.Contains(text, labAccount); has != shown && (has || name == "report.json" || name == "exchange.har") {
					t.Errorf("%v: %s: has IDs: %v", more, name, has)
				}
			}
			if got := files["environment.txt"]; got != "NO_PROXY\nNSAUTH_PLANTED\nhttps_proxy\n" {
				t.Errorf("environment.txt has %q", got)
			}
			checkExchange(t, files["exchange.har"], issue)
		}
	}
}

// The bundle of several profiles has no secret of any of them, neither in a file nor in the name
// of one, and each profile's own requests. --dry-run lists its files and sends nothing.
func TestBundleOfSeveral(t *testing.T) {
	l := newLab(t)
	private, err := privateKey[*ecdsa.PrivateKey](l, labKey).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	l.write("passphrase.txt", []byte("throwaway\n"))
	own := fmt.Sprintf("\n    account: %q\n    client_id: %s\n    certificate_id: %s\n    cert: %s-cert.pem\n", labAccount, labClientID, l.certificateID(labKey+"-cert.pem"), labKey)
	l.write("many.yaml", []byte("profiles:\n  prod-"+labAccount+":"+own+"    key: "+labKey+".pem\n  \"../../x <b>\":"+own+"    key: ec-p256-encrypted-pkcs8.pem\n    passphrase_file: passphrase.txt\n"+
		"  broken-9999999_SB1:\n    account: ${NOWHERE}\n  legacy:\n    auth: tba\n"))
	for row, issue := range []bool{false, true} {
		if testkit.LeftOut(row, 1, 2) {
			continue
		}
		server := &leaky{issue: issue}
		file := filepath.Join(t.TempDir(), "case.zip")
		args := []string{"doctor", "--config", "many.yaml", "--all-profiles", "--bundle", file, "--connect-to", l.serveLeaky(server), "--ca-file", "ca.pem"}
		s := setup{dir: l.dir, env: map[string]string{"NSAUTH_PLANTED": "planted-value"}, world: func(w *cli.World) { w.Now = labTime }}
		listed := nsauth(t, s, append(args, "--dry-run")...)
		if _, err := os.Stat(file); err == nil || listed.code != 0 || len(server.assertions())+len(listed.dialled) > 0 {
			t.Fatalf("dry run: exit %d, %v, %d requests\n%s", listed.code, err, len(listed.dialled), listed.stderr)
		}
		folders := []string{"profiles/001-prod-_account_/", "profiles/002-______x__b_/", "profiles/003-broken-_account-2_/"}
		if !strings.Contains(listed.stdout, "\n3 profiles, each with a folder: "+strings.Join(folders, ", ")+"\n") {
			t.Errorf("dry run:\n%s", listed.stdout)
		}
		for _, f := range bundle.Files(true) {
			if !strings.Contains(listed.stdout, f.Name+" ") {
				t.Errorf("--dry-run does not list %s", f.Name)
			}
		}
		if r := nsauth(t, s, args...); r.code == 0 || !strings.Contains(r.stdout, "Left out: legacy") {
			t.Fatalf("exit %d\n%s%s", r.code, r.stdout, r.stderr)
		}
		files := unzipped(t, file)
		secrets := append(forms(private), plantedToken, strings.Split(plantedToken, ".")[2], "throwaway", "planted-value")
		for _, a := range server.assertions() {
			secrets = append(secrets, a, a[strings.LastIndexByte(a, '.')+1:])
		}
		if len(server.assertions()) != 2 || len(files) != 5+3*6 {
			t.Errorf("%d assertions, %d files", len(server.assertions()), len(files))
		}
		for _, s := range slices.Clone(secrets) {
			secrets = append(secrets, inBase64(s)...)
		}
		for name, text := range files {
			for _, s := range append(secrets, labAccount, labClientID, "9999999") {
				if strings.Contains(name+"\x00"+text, s) {
					t.Errorf("%s has a secret or an ID", name)
					break
				}
			}
		}
		checkExchange(t, files[folders[0]+"exchange.har"], issue)
		checkExchange(t, files[folders[1]+"exchange.har"], issue)
		if text := files[folders[2]+"exchange.har"]; !strings.Contains(text, `"entries": []`) {
			t.Errorf("requests of a profile that was not examined:\n%s", text)
		}
		for _, name := range []string{"report.txt", "report.json", folders[2] + "report.json"} {
			if !strings.Contains(files[name], "broken-<account-2>") {
				t.Errorf("%s has another number for an account:\n%s", name, files[name])
			}
		}
		saved := nsauth(t, setup{dir: l.dir, stdin: files["report.json"]}, "render", "-", "-o", "html")
		if saved.stdout != files["report.html"] || !strings.HasPrefix(files["report.txt"], "  PROFILE") {
			t.Errorf("render of report.json is not report.html, or no table:\n%.300s", files["report.txt"])
		}
	}
}

// checkExchange checks that an archive has the requests that were sent.
func checkExchange(t *testing.T, text string, issued bool) {
	t.Helper()
	var har struct {
		Log struct {
			Version string
			Entries []struct {
				Request  struct{ Method, URL string }
				Response struct{ Status int }
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &har); err != nil {
		t.Fatal(err)
	}
	status, calls := 0, 0
	for _, e := range har.Log.Entries {
		switch {
		case e.Request.Method == "POST" && strings.HasSuffix(e.Request.URL, "/oauth2/v1/token"):
			status = e.Response.Status
		case e.Response.Status == 500:
			calls++
		}
	}
	want := map[bool]int{false: 500, true: 200}[issued]
	if har.Log.Version != "1.2" || status != want || issued && calls == 0 || !strings.Contains(text, "client_assertion=<secret>") {
		t.Errorf("token request answered with %d, %d calls in\n%.3000s", status, calls, text)
	}
}

// A bundle has the files that --dry-run lists. It is a new file that only its owner can read.
func TestBundle(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "case.zip")
	with := func(args ...string) run {
		return nsauth(t, setup{dir: dir}, append([]string{"doctor", "--demo", "wrong-kid", "--bundle", "case.zip"}, args...)...)
	}
	listed := with("--dry-run")
	if _, err := os.Stat(file); err == nil || listed.code != 0 {
		t.Fatalf("dry run: exit %d, %v", listed.code, err)
	}
	plain := with("-q", "-o", "json")
	files := unzipped(t, file)
	if len(files) != len(bundle.Files(false)) || plain.code != 1 {
		t.Errorf("%d files, exit %d", len(files), plain.code)
	}
	for _, f := range bundle.Files(false) {
		if !strings.Contains(listed.stdout, f.Name+" ") || !strings.Contains(listed.stdout, f.Holds) {
			t.Errorf("--dry-run does not list %s:\n%s", f.Name, listed.stdout)
		}
		if files[f.Name] == "" && f.Name != "environment.txt" {
			t.Errorf("%s is empty", f.Name)
		}
	}
	if info, err := os.Stat(file); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	before, _ := os.ReadFile(file)
	if again := with(); again.code != 2 || !strings.Contains(again.stderr, "case.zip already exists; not overwritten") {
		t.Errorf("again: exit %d, %s", again.code, again.stderr)
	}
	if after, _ := os.ReadFile(file); !bytes.Equal(before, after) {
		t.Error("the bundle changed")
	}
	r := nsauth(t, setup{dir: dir}, "render", "-", "-o", "html")
	if r.code != 2 {
		t.Errorf("render of nothing: exit %d", r.code)
	}
	saved := nsauth(t, setup{dir: dir, stdin: files["report.json"]}, "render", "-", "-o", "html")
	if saved.stdout != files["report.html"] {
		t.Error("render of report.json is not report.html")
	}
	if lost := nsauth(t, setup{dir: dir}, "doctor", "--demo", "wrong-kid", "-q", "--bundle", filepath.Join("missing", "case.zip")); lost.code != 2 ||
		!strings.Contains(lost.stderr, "cannot write --bundle") || !strings.Contains(lost.stdout, "Certificate ID") {
		t.Errorf("exit %d, %s%s", lost.code, lost.stdout, lost.stderr)
	}
	for _, args := range [][]string{{"doctor", "--dry-run"}, {"doctor", "--bundle", "x.zip", "--curl"}, {"doctor", "--bundle", "x.zip", "--dry-run", "-o", "json"}} {
		if r := nsauth(t, setup{dir: dir}, args...); r.code != 2 {
			t.Errorf("%v: exit %d", args, r.code)
		}
	}
}
