//go:build e2e

package e2e

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

const docs = "../../docs"

// blocks are the fenced blocks of a page that are marked with the language.
func blocks(t *testing.T, page, language string) []string {
	t.Helper()
	var list []string
	for _, part := range strings.Split(string(read(t, filepath.Join(docs, page))), "\n```"+language+"\n")[1:] {
		text, _, closed := strings.Cut(part, "\n```\n")
		if !closed {
			t.Fatalf("%s: a block does not end", page)
		}
		list = append(list, text)
	}
	return list
}

// pathWithNsauth is a PATH on which nsauth is found first.
func pathWithNsauth(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Symlink(binary(t), filepath.Join(dir, "nsauth")); err != nil {
		t.Fatal(err)
	}
	return dir + string(os.PathListSeparator) + os.Getenv("PATH")
}

// bash runs a script with nsauth on the path, in a folder.
func bash(t *testing.T, dir string, env []string, options, script string) result {
	t.Helper()
	file := write(t, "script.sh", []byte(script))
	env = append(bareEnv(t), append([]string{"PATH=" + pathWithNsauth(t)}, env...)...)
	return run(t, nil, env, "bash", "-c", `cd "$1" && exec bash `+options+` "$2"`, "bash", dir, file)
}

// TestTranscripts: what the pages show after "$ " is what comes out, with the
// real jq. A page is read from top to bottom in one folder.
func TestTranscripts(t *testing.T) {
	t.Parallel()
	for page, least := range map[string]int{"json.md": 10, "exit-codes.md": 5, "network.md": 6, "certificates.md": 5, "assertions.md": 10, "checklist.md": 1} {
		t.Run(page, func(t *testing.T) {
			var script, want strings.Builder
			commands := 0
			for _, block := range blocks(t, page, "console") {
				for _, line := range strings.Split(block, "\n") {
					if command, is := strings.CutPrefix(line, "$ "); is {
						script.WriteString(command + "\n")
						commands++
					} else {
						want.WriteString(line + "\n")
					}
				}
			}
			if commands < least {
				t.Fatalf("only %d commands found", commands)
			}
			r := bash(t, t.TempDir(), nil, "", script.String())
			if got := string(r.stdout); got != want.String() {
				t.Errorf("got\n%s\nwant\n%s\nstderr\n%s", got, want.String(), r.stderr)
			}
		})
	}
}

// TestExitCodeExamples: each command of the table ends with its code, as text
// and as JSON.
func TestExitCodeExamples(t *testing.T) {
	t.Parallel()
	row := regexp.MustCompile("(?m)^\\| (\\d+) \\| `nsauth ([^`]+)` \\|")
	seen := map[string]bool{}
	for _, m := range row.FindAllStringSubmatch(string(read(t, filepath.Join(docs, "exit-codes.md"))), -1) {
		want, args := m[1], strings.Fields(m[2])
		seen[want] = true
		for _, format := range []string{"text", "json"} {
			r := result{}
			if args := append(args, "-o", format); want == "130" {
				r = interrupted(t, args...)
			} else {
				r = nsauth(t, args...)
			}
			if fmt.Sprint(r.exit) != want {
				t.Errorf("the table says %s\n%v", want, r)
			}
			if format == "json" {
				jq(t, r.stdout, ".exit_code", want)
			}
		}
	}
	if len(seen) != 6 {
		t.Errorf("examples for the codes %v", seen)
	}
}

// interrupted runs nsauth with an input that never comes, and interrupts it.
func interrupted(t *testing.T, args ...string) result {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary(t), args...)
	cmd.Env = bareEnv(t)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// A signal before the program has asked for it ends it without a word, so
	// it gets time to. Once it has, more time changes nothing.
	time.Sleep(500 * time.Millisecond)
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // the exit code is what is judged
	return result{command: "nsauth " + strings.Join(args, " "), stdout: stdout.Bytes(), stderr: stderr.String(),
		exit: cmd.ProcessState.ExitCode()}
}

// stand is an emulator that runs: the profile that it knows, and its files.
type stand struct {
	values map[string]string
	dir    string
}

// emulate starts the emulator as a program of its own, until the test ends.
func emulate(t *testing.T, args ...string) stand {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "emulator")
	ready := emulator{dir: dir}
	start(t, bareEnv(t), binary(t), append([]string{"emulator", "--listen", "127.0.0.1:0", "--dir", dir}, args...)...).await(t, ready.read)
	var config struct {
		Profiles map[string]map[string]any `yaml:"profiles"`
	}
	if err := yaml.Unmarshal(read(t, filepath.Join(dir, "config.yaml")), &config); err != nil || config.Profiles["emulator"] == nil {
		t.Fatalf("%v, %d profiles", err, len(config.Profiles))
	}
	s := stand{dir: dir, values: map[string]string{}}
	for name, value := range config.Profiles["emulator"] { // the others are auditors
		s.values[name] = fmt.Sprint(value)
	}
	return s
}

// workflow is what the tests read of both kinds of CI files.
type workflow struct {
	Permissions map[string]string `yaml:"permissions"`
	Jobs        map[string]struct {
		Steps []struct {
			Uses string            `yaml:"uses"`
			Env  map[string]string `yaml:"env"`
			Run  string            `yaml:"run"`
		} `yaml:"steps"`
	} `yaml:"jobs"`
	Netsuite *struct {
		Variables map[string]string `yaml:"variables"`
		Script    []string          `yaml:"script"`
	} `yaml:"netsuite"`
}

// TestCIExamples: the scripts of docs/ci.md do what the page says, against the
// emulator. What CI does around them is done here: secrets become variables.
func TestCIExamples(t *testing.T) {
	t.Parallel()
	var github, gitlab workflow
	pages := blocks(t, "ci.md", "yaml")
	if len(pages) != 2 {
		t.Fatalf("%d examples", len(pages))
	}
	for i, into := range []*workflow{&github, &gitlab} {
		if err := yaml.Unmarshal([]byte(pages[i]), into); err != nil {
			t.Fatal(err)
		}
	}
	if len(github.Permissions) != 1 || github.Permissions["contents"] != "read" {
		t.Errorf("permissions %v", github.Permissions)
	}
	pinned := regexp.MustCompile(`^[a-z-]+/[a-z-]+@v\d+\.\d+\.\d+$`)
	script, env := "", map[string]string{}
	for _, job := range github.Jobs {
		for _, step := range job.Steps {
			if step.Uses != "" && !pinned.MatchString(step.Uses) {
				t.Errorf("%s is not pinned to a full version", step.Uses)
			}
			if strings.Contains(step.Run, "nsauth doctor") {
				script, env = step.Run, step.Env
			}
		}
	}
	if script == "" || gitlab.Netsuite == nil || len(gitlab.Netsuite.Script) == 0 {
		t.Fatal("a script is missing")
	}
	examples := map[string]struct {
		options, script string
		env             map[string]string
	}{
		"github": {"-e", script, env},
		"gitlab": {"-eo pipefail", strings.Join(gitlab.Netsuite.Script, "\n"), gitlab.Netsuite.Variables},
	}
	for name, example := range examples {
		for _, tt := range []struct {
			name, scenario string
			change         func(values map[string]string)
			exit           int
			outcome        string
		}{
			{"healthy", "healthy", nil, 0, "pass"},
			{"warning", "administrator-role", nil, 4, "warn"},
			{"not mapped", "mapping-missing", nil, 1, "fail"},
			{"unavailable", "unavailable", nil, 3, "inconclusive"},
			{"nothing there", "healthy", func(v map[string]string) { v["connect_to"] = "127.0.0.1:1" }, 3, "inconclusive"},
			{"a secret that is not set", "healthy", func(v map[string]string) { v["client_id"] = "" }, 1, "fail"},
			{"a mistyped path", "healthy", func(v map[string]string) { v["cert"] = "no.pem" }, 4, "warn"},
			{"no certificate", "healthy", func(v map[string]string) { v["cert"] = "" }, 3, "inconclusive"},
		} {
			t.Run(name+" "+tt.name, func(t *testing.T) {
				s := emulate(t, "--scenario", tt.scenario)
				if tt.change != nil {
					tt.change(s.values)
				}
				dir, temp := t.TempDir(), t.TempDir()
				key := read(t, filepath.Join(s.dir, "key.pem"))
				if err := os.WriteFile(filepath.Join(dir, "netsuite-cert.pem"), read(t, filepath.Join(s.dir, "cert.pem")), 0o644); err != nil {
					t.Fatal(err)
				}
				oneLine := base64.StdEncoding.EncodeToString(key)
				summary := filepath.Join(temp, "summary")
				if err := os.WriteFile(summary, nil, 0o600); err != nil {
					t.Fatal(err)
				}
				// What CI puts in: its own variables, and the values of its store.
				put := strings.NewReplacer(
					"${{ vars.NETSUITE_ACCOUNT }}", s.values["account"], "$NETSUITE_ACCOUNT", s.values["account"],
					"${{ secrets.NETSUITE_CLIENT_ID }}", s.values["client_id"], "$NETSUITE_CLIENT_ID", s.values["client_id"],
					"${{ secrets.NETSUITE_CERTIFICATE_ID }}", s.values["certificate_id"], "$NETSUITE_CERTIFICATE_ID", s.values["certificate_id"],
					"${{ secrets.NETSUITE_PRIVATE_KEY }}", oneLine)
				vars := []string{"GITHUB_STEP_SUMMARY=" + summary, "RUNNER_TEMP=" + temp, "TMPDIR=" + temp, "NETSUITE_PRIVATE_KEY=" + oneLine,
					"NSAUTH_CONNECT_TO=" + s.values["connect_to"], "NSAUTH_CA_FILE=" + filepath.Join(s.dir, "ca.pem")}
				for variable, value := range example.env {
					value = put.Replace(value)
					if strings.Contains(value, "${{") || strings.Contains(value, "$NETSUITE") {
						t.Fatalf("%s=%s is not known to this test", variable, value)
					}
					if changed := s.values["cert"]; variable == "NSAUTH_CERT" && changed != "cert.pem" {
						value = changed
					}
					vars = append(vars, variable+"="+value)
				}
				vars = append(vars, fmt.Sprintf("GITHUB_ACTIONS=%v", name == "github"))
				r := bash(t, dir, vars, example.options, example.script)
				if r.exit != tt.exit {
					t.Errorf("exit code %d, want %d\n%v", r.exit, tt.exit, r)
				}
				report := read(t, filepath.Join(dir, "report.json"))
				jq(t, report, "[.outcome, .exit_code]", fmt.Sprintf("[%q,%d]", tt.outcome, tt.exit))
				for _, id := range []string{s.values["client_id"], s.values["certificate_id"]} {
					if id != "" && bytes.Contains(report, []byte(id)) {
						t.Errorf("the report holds the identifier %s", id)
					}
				}
				if !strings.Contains(string(r.stdout), "Outcome "+tt.outcome+", ") {
					t.Errorf("the log does not say %s:\n%s", tt.outcome, r.stdout)
				}
				annotated := bytes.Contains(r.stdout, []byte("\n::"))
				if name == "github" {
					if text := string(read(t, summary)); !strings.Contains(text, fmt.Sprintf("exit code %d</summary>", tt.exit)) {
						t.Errorf("the summary says %q", text)
					}
				} else if junit := string(read(t, filepath.Join(dir, "nsauth.xml"))); !strings.Contains(junit, fmt.Sprintf(`<property name="outcome" value=%q>`, tt.outcome)) {
					t.Errorf("JUnit says %s", junit)
				}
				if annotated != (name == "github" && tt.exit != 0) {
					t.Errorf("annotations: %v\n%s", annotated, r.stdout)
				}
				if files, err := filepath.Glob(filepath.Join(temp, "*.pem")); err != nil || len(files) > 0 {
					t.Errorf("files of the key are left: %v, %v", files, err)
				}
			})
		}
	}
}
