//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// library is what nsauth explain NAME prints of a library, in JSON.
type library struct {
	Name   string
	Family string
	Sample struct {
		Tested          bool
		File, Run, Code string
	}
}

// TestLibraries: the code that nsauth explain prints, saved and run as it says, gets a
// token from the emulator with the variables that nsauth reads itself. Two libraries
// cannot be run here, and explain says so.
func TestLibraries(t *testing.T) {
	t.Parallel()
	e := startEmulator(t)
	untested := map[string]bool{"csharp": true, "powershell": true}
	for _, name := range []string{"node", "python", "csharp", "java", "php", "ruby", "powershell", "go", "curl"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			said := nsauth(t, "explain", name, "-o", "json")
			var doc struct{ Explanations []library }
			if err := json.Unmarshal(said.stdout, &doc); err != nil || len(doc.Explanations) != 1 {
				t.Fatal(err, said)
			}
			x := doc.Explanations[0]
			text := string(nsauth(t, "explain", name).stdout)
			if x.Sample.Tested == untested[name] || strings.Contains(text, "untested") != untested[name] || !strings.HasSuffix(text, "\n\n"+x.Sample.Code) {
				t.Errorf("tested %t, and explain prints:\n%s", x.Sample.Tested, text)
			}
			if untested[name] {
				return
			}
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, x.Sample.File), []byte(x.Sample.Code), 0o600); err != nil {
				t.Fatal(err)
			}
			env := append(bareEnv(t), libraryEnv(t, name, dir)...)
			env = append(env, "NETSUITE_ACCOUNT_ID="+e.account, "NETSUITE_CLIENT_ID="+e.clientID, "NETSUITE_PRIVATE_KEY_PATH="+e.file("key.pem"))
			kind := map[string]string{"node": "node", "java": "java"}[name]
			if kind == "" {
				kind = "sh"
			}
			for id, want := range map[string]string{e.certificateID: "", strings.Repeat("A", 43): `"server_error"`} {
				const script = `eval "$("$0" emulator --dir "$1" --print-env "$2")"; export http_proxy="$HTTPS_PROXY"; cd "$3"; eval "$4"`
				r := run(t, nil, append(env, "NETSUITE_CERTIFICATE_ID="+id), "sh", "-c", script, binary(t), e.dir, kind, dir, x.Sample.Run)
				out := string(r.stdout) + r.stderr
				if want == "" && (r.exit != 0 || !strings.Contains(out, `"serverTime"`) && !strings.Contains(out, `"access_token"`)) {
					t.Errorf("no token: %v", r)
				}
				if !strings.Contains(out, want) {
					t.Errorf("with another certificate's ID it does not print NetSuite's answer: %v", r)
				}
			}
		})
	}
}

// libraryEnv makes the library available in dir, as its package manager would, and
// returns the variables that this needs.
func libraryEnv(t *testing.T, name, dir string) []string {
	t.Helper()
	write := func(file, text string) {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	switch name {
	case "node":
		modules, err := filepath.Abs("npm/node_modules")
		if err == nil {
			err = os.Symlink(modules, filepath.Join(dir, "node_modules"))
		}
		if err != nil {
			t.Fatal(err)
		}
	case "python":
		interpreter, err := findPython()
		if err == nil {
			interpreter, err = exec.LookPath(interpreter)
		}
		if err == nil {
			err = os.Symlink(interpreter, filepath.Join(dir, "python3"))
		}
		if err != nil {
			t.Fatal(err)
		}
		return []string{"PATH=" + dir + ":" + os.Getenv("PATH")}
	case "php": // Debian's package has the file of another name; PHP's curl reads no SSL_CERT_FILE
		if err := os.Mkdir(filepath.Join(dir, "vendor"), 0o700); err != nil {
			t.Fatal(err)
		}
		write("vendor/autoload.php", "<?php require 'phpseclib3/autoload.php';\n")
		write("ca.ini", "curl.cainfo=${SSL_CERT_FILE}\n")
		return []string{"PHP_INI_SCAN_DIR=:" + dir}
	case "go":
		write("go.mod", "module sample\n\ngo 1.26\n\nrequire github.com/golang-jwt/jwt/v5 v5.3.1\n")
		write("go.sum", string(read(t, "../../go.sum")))
		variables, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE").Output()
		if err != nil {
			t.Fatal(err)
		}
		folders := strings.Fields(string(variables))
		return []string{"GOCACHE=" + folders[0], "GOMODCACHE=" + folders[1], "GOPROXY=off", "GOFLAGS=-mod=mod"}
	}
	return nil
}
