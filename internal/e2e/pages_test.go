//go:build e2e

package e2e

import (
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"go.yaml.in/yaml/v3"
)

// shellBlock is a block of commands. A mark before it says why it is not run here.
var shellBlock = regexp.MustCompile("(?ms)^( *)(?:<!-- not run: ([^\n]+) -->\n\n? *)?```sh\n(.*?)^ *```$")

// notRun are the blocks with a mark. A new mark raises it, so that none slips in.
const notRun = 19

// clipboard is a line that reads the clipboard of one system.
var clipboard = regexp.MustCompile(`^(pbpaste|Get-Clipboard|wl-paste) `)

// placeholders are lines of the help that only show the form of a command, and why.
var placeholders = map[string]string{
	"H=$(nsauth token --header) && printf '%s\\n' \"$H\" | curl -f -H @- https://...":                   "an address that is not one",
	"nsauth token --env powershell | Out-String | Invoke-Expression":                                    "PowerShell",
	"Get-Content -Raw error.log | nsauth explain -":                                                     "PowerShell",
	"Get-Content -Raw report.json | nsauth render -":                                                    "PowerShell",
	"nsauth keycheck --key-command 'op read op://vault/netsuite/key' --cert cert.pem":                   "a program of another maker",
	"nsauth keycheck bundle.p12 --passphrase-file passphrase.txt":                                       "TestKeyTexts reads such files",
	"eval \"$(nsauth emulator --dir emulator --print-env sh)\"":                                         "docs/emulator-clients.md runs it",
	"nsauth token --out token.txt --every":                                                              "runs until it is interrupted: TestHandOnRenewal",
	"nsauth explain -":                                                                                  "waits for a text that is pasted",
	"nsauth cert rotate --profile prod --deploy-hook ./deploy.sh":                                       "a program of the reader",
	"nsauth cert rotate --profile prod --resume":                                                        "goes on with a rotation that was stopped: TestKilledRotation",
	"nsauth cert add --cert new-cert.pem":                                                               "a certificate of the reader",
	"nsauth cert add --cert new-cert.pem --role 1012 --entity 1042 -o json":                             "a certificate of the reader",
	"nsauth profile undo":                                                                               "asks on a terminal",
	"my-program --print-assertion | nsauth jwt inspect -":                                               "a program of the reader",
	"nsauth profile init":                                                                               "asks on a terminal: TestWizard",
	"nsauth profile init sandbox":                                                                       "asks on a terminal: TestWizard",
	"nsauth profile init prod --account 1234567 --client-id ID --key key.pem --cert cert.pem --default": "ID",
	"nsauth doctor --account 1234567 --client-id ID --certificate-id=ID --key key.pem --cert cert.pem":  "ID",
	"nsauth cert show NPMnRy --profile prod":                                                            "ID",
	"nsauth cert show -- -QjavR7":                                                                       "ID",
	"nsauth token -o json | nsauth jwt inspect --jwks https://1234567.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/keys": "a host of NetSuite",
}

// wrapper makes bash note each exit code of nsauth, and starts an emulator in the
// background: a page says "in another terminal".
const wrapper = `
nsauth() {
  local code=0
  if [[ ${1-} == emulator && ${2-} != scenarios && ${2-} != health && " $* " != *" --print-env "* ]]; then
    [[ ! -f $PAGE/emulator.pid ]] || kill "$(<"$PAGE/emulator.pid")" 2>/dev/null
    command nsauth "$@" --listen "127.0.0.1:$PORT" </dev/null >"$PAGE/emulator.log" 2>&1 &
    echo $! >"$PAGE/emulator.pid"
    for _ in $(seq 150); do
      ! grep -q '^listening on' "$PAGE/emulator.log" || break
      kill -0 $! 2>/dev/null || break
      sleep 0.1
    done
    kill -0 $! 2>/dev/null || { code=2; cat "$PAGE/emulator.log" >&2; }
    ((BASH_SUBSHELL == 0 || code)) || wait # a page that says & stops it with kill $!
  else
    command nsauth "$@" || code=$?
  fi
  echo "$code nsauth $*" >>"$PAGE/codes"
  return $code
}
`

// TestCommandsOfPages runs every block of commands on README.md and all pages, in a
// home with the profiles prod, sandbox and auditor of an emulator. A command may fail as
// a check fails, but not with exit code 2: its options, names and files are right.
// Transcripts are compared by TestPages in cmd, TestTranscripts and TestExplainPage.
func TestCommandsOfPages(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	pages := []string{"../../README.md"}
	for _, pattern := range []string{"*.md", "*/*.md"} {
		found, err := filepath.Glob(filepath.Join(docs, pattern))
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, found...)
	}
	files := pageFiles(t)
	var ran, marked atomic.Int32
	t.Run("pages", func(t *testing.T) {
		for _, page := range pages {
			if base := filepath.Base(page); base == "SKILL.md" || base == "glossary.md" {
				continue // TestSkill and TestLibraries run them
			}
			// .ci/snapshot runs the installation.
			text := regexp.MustCompile(`(?ms)^## Install$.*?^## `).ReplaceAllString(string(read(t, page)), "## ")
			var todo []string
			for _, m := range shellBlock.FindAllStringSubmatch(text, -1) {
				if m[2] != "" {
					marked.Add(1)
					continue
				}
				todo = append(todo, scripts(page, regexp.MustCompile(`(?m)^`+m[1]).ReplaceAllString(m[3], ""))...)
			}
			if len(todo) == 0 {
				continue
			}
			t.Run(filepath.ToSlash(strings.TrimPrefix(page, docs+"/")), func(t *testing.T) {
				t.Parallel()
				env, dir := home(t, s, files)
				for _, script := range todo {
					ran.Add(1)
					runBlock(t, env, dir, script)
				}
			})
		}
	})
	if ran.Load() < 150 || marked.Load() != notRun {
		t.Errorf("%d scripts ran, %d blocks have a mark, want %d", ran.Load(), marked.Load(), notRun)
	}
	t.Logf("%d scripts of %d pages ran; not run: %d blocks with a mark, %d lines of the help", ran.Load(), len(pages), marked.Load(), len(placeholders))
}

// The nightly job says why nothing could be examined, and ends with nsauth's own code.
func TestNightlyJob(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, ".config", "nsauth"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, ".config", "nsauth", "config.yaml"), []byte("profiles: [\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	job := regexp.MustCompile(`(?ms)^ +status=0$.*?^ +exit "\$status"$`).Find(read(t, filepath.Join(docs, "do", "check-many-profiles.md")))
	r := runIn(t, home, nil, []string{"HOME=" + home, "PATH=" + pathWithNsauth(t)}, "bash", "-c", string(job))
	if r.exit != 2 || !strings.Contains(string(r.stdout), "error\t") || !strings.Contains(string(r.stdout), "not valid YAML") || r.stderr != "" {
		t.Error(r, string(r.stdout))
	}
}

// scripts are what to run of a block. On the pages of the commands, which are made
// from the help, each line is one example.
func scripts(page, block string) []string {
	if filepath.Base(filepath.Dir(page)) != "commands" {
		return []string{block}
	}
	var lines []string
	for line := range strings.Lines(block) {
		bare, _, _ := strings.Cut(line, "   #")
		if line = strings.TrimSpace(bare); line != "" && placeholders[line] == "" && !clipboard.MatchString(line) {
			lines = append(lines, line)
		}
	}
	return lines
}

func runBlock(t *testing.T, env []string, dir, script string) {
	t.Helper()
	codes := filepath.Join(dir, "..", "codes")
	if err := os.WriteFile(codes, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	// 8443 may be in use on this machine.
	port := env[slices.IndexFunc(env, func(v string) bool { return strings.HasPrefix(v, "PORT=") })][len("PORT="):]
	file := write(t, "block.sh", []byte(wrapper+strings.ReplaceAll(script, "8443", port)))
	r := run(t, nil, env, "timeout", "60", "bash", "-c", `cd "$1" && source "$2"; code=$?; exit $code`, "bash", dir, file)
	wrong := slices.Contains([]int{2, 124, 126, 127}, r.exit) || strings.Contains(r.stderr, "command not found")
	explained := r.exit == 0 // by an exit code of nsauth
	for line := range strings.Lines(string(read(t, codes))) {
		wrong = wrong || strings.HasPrefix(line, "2 ") || strings.HasPrefix(line, "5")
		explained = explained || !strings.HasPrefix(line, "0 ")
	}
	wrong = wrong || !explained
	if wrong {
		t.Errorf("the block\n%s\nends with %d\n%s\n%s", script, r.exit, read(t, codes), r.stderr)
	}
}

// home makes a home folder with profiles of the emulator, and a folder in it with the
// files that the pages name.
func home(t *testing.T, s stand, files map[string]string) (env []string, dir string) {
	t.Helper()
	root := t.TempDir()
	config, dir := filepath.Join(root, ".config", "nsauth"), filepath.Join(root, "here")
	for _, folder := range []string{dir, filepath.Join(root, "netsuite")} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.CopyFS(config, os.DirFS(s.dir)); err != nil {
		t.Fatal(err)
	}
	var file map[string]any
	if err := yaml.Unmarshal(read(t, filepath.Join(config, "config.yaml")), &file); err != nil {
		t.Fatal(err)
	}
	profiles := file["profiles"].(map[string]any)
	for _, name := range []string{"prod", "sandbox", "old-sandbox", "orders"} {
		profiles[name] = profiles["emulator"]
	}
	delete(profiles, "emulator")
	file["default_profile"] = "prod"
	data, err := yaml.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	content := map[string]string{filepath.Join(config, "config.yaml"): string(data)}
	maps.Copy(content, files)
	for name, from := range map[string]string{"key.pem": "key.pem", "cert.pem": "cert.pem", "keys/a.pem": "key.pem", "old/cert.pem": "cert.pem"} {
		content[name] = string(read(t, filepath.Join(s.dir, from)))
	}
	for name, text := range content {
		if !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	environment := []string{"HOME=" + root, "PATH=" + pathWithNsauth(t)}
	for _, name := range []string{"sandbox", "prod"} { // so that there is a change to undo
		if r := run(t, nil, environment, binary(t), "profile", "use", name); r.exit != 0 {
			t.Fatal(r)
		}
	}
	t.Cleanup(func() {
		_ = exec.Command("bash", "-c", `[[ ! -f $1 ]] || kill "$(<"$1")"`, "bash", filepath.Join(root, "emulator.pid")).Run()
	})
	_, port, err := net.SplitHostPort(freePort(t))
	if err != nil {
		t.Fatal(err)
	}
	return append(environment, "PORT="+port, "PAGE="+root, "TERM=dumb", "NSAUTH_NTP_SERVER="+freePort(t),
		// A command with values of its own means the emulator too.
		"NSAUTH_CONNECT_TO="+s.values["connect_to"], "NSAUTH_CA_FILE="+filepath.Join(s.dir, "ca.pem"),
		"ASSERTION="+files["assertion.txt"], "NETSUITE_KEY="+content["key.pem"], "URL=http://127.0.0.1:1/", "NS_TOKEN=none"), dir
}

// pageFiles are files that the pages name, besides those of the emulator.
func pageFiles(t *testing.T) map[string]string {
	t.Helper()
	saved := nsauth(t, "doctor", "--demo", "mapping-missing", "-o", "json")
	files := map[string]string{
		"error.log":       `{"error":"server_error"}`,
		"normal.yaml":     "applications: [nsauth demo]\n",
		"customer.json":   `{"companyName":"Example"}`,
		"open-orders.sql": "SELECT id FROM transaction",
		"report.json":     string(saved.stdout),
		"accounts.yaml":   "accounts:\n  - id: 1234567\n",
		"report.py":       "import os; os.environ['NETSUITE_ACCESS_TOKEN']\n", // TestHandOnPrograms has the one of the page
		"passphrase.txt":  "correct horse battery staple\n",
	}
	assertion := build(t, "ES256", makeEC(t, "P-256"), "rest_webservices")
	for _, name := range []string{"assertion.txt", "assertion.jwt", "works.txt", "fails.txt", "postman.txt", "code.jwt"} {
		files[name] = assertion
	}
	files["print-assertion.js"] = fmt.Sprintf("console.log(%q)", assertion)
	return files
}
