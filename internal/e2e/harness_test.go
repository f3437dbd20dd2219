//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long one program may take. Only a hang gets there: the
// slowest is openssl making an RSA key of 4096 bits.
const patience = 2 * time.Minute

// result is what a program left behind.
type result struct {
	command string
	stdout  []byte
	stderr  string
	exit    int
}

func (r result) String() string {
	return fmt.Sprintf("%s\nexit %d\nstdout: %s\nstderr: %s", r.command, r.exit, r.stdout, r.stderr)
}

// run starts a program and waits for it. That it cannot be started fails the
// test; its exit code is for the caller to judge.
func run(t *testing.T, stdin []byte, env []string, name string, args ...string) result {
	t.Helper()
	return runIn(t, "", stdin, env, name, args...)
}

// runIn is run in a folder.
func runIn(t *testing.T, dir string, stdin []byte, env []string, name string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, env
	cmd.Stdin = bytes.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	r := result{
		command: filepath.Base(name) + " " + strings.Join(args, " "),
		stdout:  stdout.Bytes(), stderr: stderr.String(), exit: cmd.ProcessState.ExitCode(),
	}
	var exited *exec.ExitError
	if err != nil && !errors.As(err, &exited) || ctx.Err() != nil {
		t.Fatalf("%v (%v)\n%v", err, ctx.Err(), r)
	}
	return r
}

// openssl runs the openssl command line, which must succeed.
func openssl(t *testing.T, stdin []byte, args ...string) []byte {
	t.Helper()
	r := run(t, stdin, nil, "openssl", args...)
	if r.exit != 0 {
		t.Fatal(r)
	}
	return r.stdout
}

// jq evaluates a filter on a document and compares what jq prints, in compact
// form, with want.
func jq(t *testing.T, document []byte, filter, want string) {
	t.Helper()
	r := run(t, document, nil, "jq", "--compact-output", filter)
	if got := strings.TrimSpace(string(r.stdout)); r.exit != 0 || got != want {
		t.Errorf("jq %s\n got %s\nwant %s\n%s(exit %d)\ndocument: %s", filter, got, want, r.stderr, r.exit, document)
	}
}

// script runs one of the counterpart scripts beside this file: JSON in, JSON out.
func script(t *testing.T, in, out any, command ...string) {
	t.Helper()
	stdin, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	r := run(t, stdin, nil, command[0], command[1:]...)
	if r.exit != 0 {
		t.Fatal(r)
	}
	if err := json.Unmarshal(r.stdout, out); err != nil {
		t.Fatalf("%v\n%v", err, r)
	}
}

// node is the command line of a script in npm/.
func node(t *testing.T, args ...string) []string {
	t.Helper()
	for _, name := range []string{"jose", "oidc-provider"} {
		if _, err := os.Stat(filepath.Join("npm/node_modules", name)); err != nil {
			t.Fatalf("%v\nrun: npm ci --prefix internal/e2e/npm", err)
		}
	}
	args[0] = filepath.Join("npm", args[0])
	return append([]string{"node"}, args...)
}

// python is the command line of a script in python/.
func python(t *testing.T, args ...string) []string {
	t.Helper()
	interpreter, err := findPython()
	if err != nil {
		t.Fatal(err)
	}
	args[0] = filepath.Join("python", args[0])
	// -B: leave no compiled files in the source tree.
	return append([]string{interpreter, "-B"}, args...)
}

// findPython looks for a Python that has the modules. Debian's packages belong
// to Debian's own Python, which need not be the first on the path.
var findPython = sync.OnceValues(func() (string, error) {
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(name, "-c", "import authlib, cryptography, jose, jsonschema, junitparser, jwcrypto, jwt, requests, requests_oauthlib").Run() == nil {
			return name, nil
		}
	}
	return "", errors.New("no python3 has the modules authlib, cryptography, jose, jsonschema, junitparser, jwcrypto, jwt, requests and requests_oauthlib\n" +
		"run: bash .ci/run counterparts")
})

// scratch is a folder for the whole run of the tests, made by TestMain.
var scratch string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var err error
		if scratch, err = os.MkdirTemp("", "nsauth-e2e-"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(scratch)
		return m.Run()
	}())
}

// buildOnce builds the binary as a user would, and returns its path.
var buildOnce = sync.OnceValues(func() (string, error) {
	binary := filepath.Join(scratch, "nsauth.exe") // the ending that runs everywhere
	cmd := exec.Command("go", "build", "-trimpath", "-o", binary, "github.com/nsauth/nsauth")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%v: %w\n%s", cmd, err, out)
	}
	return binary, nil
})

func binary(t *testing.T) string {
	t.Helper()
	path, err := buildOnce()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// bareEnv is the environment of nsauth in these tests: nobody's configuration,
// nobody's proxy.
func bareEnv(t *testing.T) []string {
	home := t.TempDir()
	return []string{"HOME=" + home, "XDG_CONFIG_HOME=" + home, "PATH=" + os.Getenv("PATH"), "TERM=dumb"}
}

// nsauth runs the binary.
func nsauth(t *testing.T, args ...string) result {
	t.Helper()
	return run(t, nil, bareEnv(t), binary(t), args...)
}

// document is the part of nsauth.report that these tests read: written out
// here once more, because a consumer has no access to nsauth's own types.
type document struct {
	Kind     string `json:"kind"`
	Outcome  string `json:"outcome"`
	ExitCode int    `json:"exit_code"`
	Checks   []check
}

type check struct {
	ID       string         `json:"id"`
	Status   string         `json:"status"`
	Reason   string         `json:"reason"`
	Facts    map[string]any `json:"facts"`
	Findings []raised       `json:"findings"`
}

// raised is a finding of a check.
type raised struct {
	Code     string         `json:"code"`
	Message  string         `json:"message"`
	Evidence map[string]any `json:"evidence"`
	Remedy   struct {
		Summary  string     `json:"summary"`
		Steps    []string   `json:"steps"`
		Commands [][]string `json:"commands"`
	} `json:"remedy"`
}

// report runs nsauth with -o json and reads its one document. The exit code in
// it must be the process's own.
func report(t *testing.T, args ...string) (document, result) {
	t.Helper()
	return parse(t, nsauth(t, append(args, "-o", "json")...))
}

func parse(t *testing.T, r result) (document, result) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(r.stdout))
	var d document
	if err := decoder.Decode(&d); err != nil {
		t.Fatalf("stdout is not a JSON document: %v\n%v", err, r)
	}
	if _, err := decoder.Token(); err != io.EOF {
		t.Fatalf("stdout holds more than one document\n%v", r)
	}
	if d.Kind != "nsauth.report" || d.ExitCode != r.exit {
		t.Fatalf("kind %q, exit_code %d, but the process exited with %d\n%v", d.Kind, d.ExitCode, r.exit, r)
	}
	return d, r
}

// only returns the one finding of a check, which must have this code.
func (d document) only(t *testing.T, id, code string) raised {
	t.Helper()
	c := d.check(t, id)
	if len(c.Findings) != 1 || c.Findings[0].Code != code {
		t.Fatalf("%s: findings %v, want %s alone", id, c.codes(), code)
	}
	return c.Findings[0]
}

// evidence is one part of what a finding rests on, as text.
func (f raised) evidence(name string) string { return fmt.Sprint(f.Evidence[name]) }

// check returns one check of the report.
func (d document) check(t *testing.T, id string) check {
	t.Helper()
	for _, c := range d.Checks {
		if c.ID == id {
			return c
		}
	}
	t.Fatalf("the report has no check %q", id)
	return check{}
}

// codes are the codes of a check's findings, in their order.
func (c check) codes() []string {
	codes := []string{}
	for _, f := range c.Findings {
		codes = append(codes, f.Code)
	}
	return codes
}

// number reads a fact that is a number, or 0.
func (c check) number(name string) int {
	n, _ := c.Facts[name].(float64)
	return int(n)
}

// text reads a fact that is a string, or "".
func (c check) text(name string) string {
	s, _ := c.Facts[name].(string)
	return s
}

// write puts data into a new file of the test and returns its path.
func write(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
