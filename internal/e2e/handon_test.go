//go:build e2e && unix

package e2e

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// client makes calls to the emulator.
func (e emulator) client(t *testing.T) *http.Client {
	t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(read(t, e.file("ca.pem"))) {
		t.Fatal("ca.pem has no certificate")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, e.address)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: patience}
}

// accepted reports whether the emulator answers a call with this token.
func (e emulator) accepted(t *testing.T, client *http.Client, token string) bool {
	t.Helper()
	call, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+e.host+"/services/rest/record/v1/customer/107", nil)
	if err != nil {
		t.Fatal(err)
	}
	call.Header.Set("Authorization", "Bearer "+token)
	answer, err := client.Do(call)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode == http.StatusOK
}

// TestHandOnKilled: wherever SIGKILL ends nsauth token --out, the file has a whole token
// that is valid, or there is none yet; the next run leaves nothing beside it.
func TestHandOnKilled(t *testing.T) {
	t.Parallel()
	e := startEmulator(t)
	client, dir := e.client(t), t.TempDir()
	file := filepath.Join(dir, "token")
	args := []string{"token", "--config", e.file("config.yaml"), "--no-cache", "--no-state", "--out", file}
	began := time.Now()
	if r := nsauth(t, args...); r.exit != 0 {
		t.Fatal(r)
	}
	span := 2 * time.Since(began)
	killed, finished, last := 0, 0, ""
	for i := 0; killed < handOnKills && i < 4*handOnKills; i++ {
		if i%10 == 0 { // a run that begins without a file
			if err := os.Remove(file); err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			last = ""
		}
		// About half of the runs are to get to their end.
		if killedAfter(t, rand.N(span), args...) {
			killed++
			span = span * 11 / 10
		} else {
			finished++
			span = max(span*9/10, time.Millisecond)
		}
		data, err := os.ReadFile(file)
		switch {
		case os.IsNotExist(err) && last == "":
			continue
		case err != nil:
			t.Fatalf("run %d: the file is gone: %v", i, err)
		}
		token, whole := strings.CutSuffix(string(data), "\n")
		if info, err := os.Stat(file); err != nil || info.Mode() != 0o600 || !whole || strings.Contains(token, "\n") {
			t.Fatalf("run %d: %v, %v, %d bytes", i, info.Mode(), err, len(data))
		}
		if token != last && !e.accepted(t, client, token) {
			t.Fatalf("run %d: the file has a token that is not valid", i)
		}
		last = token
	}
	t.Logf("%d killed, %d finished", killed, finished)
	if killed < handOnKills || finished < handOnKills/10 {
		t.Errorf("%d killed, %d finished: the moments are not spread over a run", killed, finished)
	}
	if r := nsauth(t, args...); r.exit != 0 {
		t.Fatal(r)
	}
	if entries, err := os.ReadDir(dir); len(entries) != 1 || err != nil {
		t.Errorf("left %v, %v", entries, err)
	}
}

// TestHandOnRenewal: while nsauth renews a file and is killed and started again, who reads
// it at any moment finds a whole assertion that has not expired. A signal that asks it to
// stop is no failure.
func TestHandOnRenewal(t *testing.T) {
	t.Parallel()
	e := startEmulator(t)
	file := filepath.Join(t.TempDir(), "assertion")
	args := []string{"jwt", "build", "--config", e.file("config.yaml"), "--lifetime", "1m", "--jti", "auto", "--out", file, "--every=10s"}
	if r := nsauth(t, args[:len(args)-1]...); r.exit != 0 {
		t.Fatal(r)
	}
	seen := map[string]bool{}
	reads := 0
	look := func() {
		reads++
		text := strings.TrimSpace(string(read(t, file)))
		if seen[text] {
			return
		}
		seen[text] = true
		r := run(t, nil, bareEnv(t), binary(t), "jwt", "inspect", file, "--config", e.file("config.yaml"), "-o", "json")
		if r.exit != 0 {
			t.Errorf("a damaged or expired assertion\n%v", r)
		}
	}
	for range 2 { // killed in between
		cmd := exec.Command(binary(t), args...)
		cmd.Env = bareEnv(t)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(11 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
			look()
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	if len(seen) < 4 || reads < 100 {
		t.Errorf("%d assertions in %d reads", len(seen), reads)
	}
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		out := filepath.Join(t.TempDir(), "token")
		cmd := exec.Command(binary(t), "token", "--config", e.file("config.yaml"), "--out", out, "--every")
		var stderr transcript
		cmd.Env, cmd.Stderr = bareEnv(t), &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(patience); !strings.Contains(stderr.String(), "wrote"); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("no token is written")
			}
		}
		_ = cmd.Process.Signal(signal)
		if err := cmd.Wait(); err != nil || strings.Count(stderr.String(), "\n") != 1 {
			t.Errorf("%v: %v\n%s", signal, err, stderr.String())
		}
	}
}

// TestHandOnFullDisk: where nothing can be written, the file stays as it was.
func TestHandOnFullDisk(t *testing.T) {
	t.Parallel()
	e := startEmulator(t)
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("eyJ0.old.token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	// A limit of the process works on every machine: each write to a file fails.
	const script = `trap '' XFSZ; ulimit -f 0; exec "$@"`
	r := run(t, nil, bareEnv(t), "sh", "-c", script, "sh", binary(t), "token", "--config", e.file("config.yaml"), "--no-cache", "--no-state", "--out", file)
	if r.exit != 2 || !strings.Contains(r.stderr, "cannot be written: file too large") || len(r.stdout) > 0 {
		t.Error(r)
	}
	if got := string(read(t, file)); got != "eyJ0.old.token\n" {
		t.Errorf("the file has %q", got)
	}
	if left := temporaries(t, filepath.Dir(file)); len(left) > 0 {
		t.Errorf("left %q", left)
	}
}

// pageBlocks are the blocks of a language on the page, in their order.
func pageBlocks(t *testing.T, language string, want int) []string {
	t.Helper()
	var blocks []string
	for _, m := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(string(read(t, filepath.Join(docs, "do", "hand-on-a-token.md"))), -1) {
		blocks = append(blocks, m[1])
	}
	if len(blocks) != want {
		t.Fatalf("the page has %d blocks of %s, want %d", len(blocks), language, want)
	}
	return blocks
}

// TestHandOnPrograms: the programs of the page, in Python, Node.js and curl, get a record
// under nsauth exec and with the file, unchanged.
func TestHandOnPrograms(t *testing.T) {
	t.Parallel()
	e := startEmulator(t)
	dir := t.TempDir()
	python, node, shell := pageBlocks(t, "python", 2), pageBlocks(t, "js", 2), pageBlocks(t, "sh", 5)
	for name, text := range map[string]string{
		"exec.py": python[0], "file.py": python[1], "exec.mjs": node[0], "file.mjs": node[1],
		"exec.sh": shell[1], "file.sh": shell[4],
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct{ name, kind, command string }{
		{"Python under exec", "python", "nsauth exec -- python3 -B exec.py"},
		{"Python with the file", "python", "nsauth token --out token.txt && python3 -B file.py"},
		{"Node.js under exec", "node", "nsauth exec -- node exec.mjs"},
		{"Node.js with the file", "node", "nsauth token --out token.txt && node file.mjs"},
		{"curl under exec", "sh", ". ./exec.sh"},
		{"curl with the file", "sh", ". ./file.sh"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			// nsauth finds its profile by a variable, and the program the emulator by the
			// environment that --print-env prints.
			const script = `eval "$("$0" emulator --dir "$1" --print-env "$2")"; export NSAUTH_PROFILE=emulator; cd "$3"
nsauth() { command=$1; shift; env "$NSAUTH" "$command" --config "$CONFIG" "$@"; }; eval "$4"`
			env := append(bareEnv(t), "NSAUTH="+binary(t), "CONFIG="+e.file("config.yaml"))
			r := run(t, nil, env, "bash", "-c", script, binary(t), e.dir, tt.kind, dir, tt.command)
			if r.exit != 0 || !strings.Contains(string(r.stdout), "Finch Ltd") {
				t.Error(r)
			}
		})
	}
}

// TestExecSignals: a command under nsauth exec gets each signal once, can be stopped and
// continued, and its end is that of nsauth.
func TestExecSignals(t *testing.T) {
	t.Parallel()
	e := startEmulator(t)
	begin := func(t *testing.T, script string) (*exec.Cmd, *transcript) {
		t.Helper()
		said := new(transcript)
		cmd := exec.Command(binary(t), "exec", "--config", e.file("config.yaml"), "--", "sh", "-c", script)
		cmd.Env, cmd.Stdout, cmd.Stderr = bareEnv(t), said, said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill() })
		awaitText(t, said, "ready")
		return cmd, said
	}
	for name, signal := range map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP,
		"QUIT": syscall.SIGQUIT, "USR1": syscall.SIGUSR1, "USR2": syscall.SIGUSR2, "WINCH": syscall.SIGWINCH} {
		cmd, said := begin(t, "trap 'echo got "+name+"; exit 41' "+name+"; echo ready; while :; do sleep 0.02; done")
		_ = cmd.Process.Signal(signal)
		_ = cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code != 41 || strings.Count(said.String(), "got "+name) != 1 {
			t.Errorf("%s: exit %d\n%s", name, code, said)
		}
	}
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} { // which the command does not handle
		cmd, _ := begin(t, "echo ready; while :; do sleep 0.02; done")
		_ = cmd.Process.Signal(signal)
		_ = cmd.Wait()
		if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() || status.Signal() != signal {
			t.Errorf("%v: %v", signal, cmd.ProcessState)
		}
	}
	cmd, said := begin(t, "trap 'echo continued; exit 42' CONT; echo ready; while :; do sleep 0.02; done")
	_ = cmd.Process.Signal(syscall.SIGSTOP)
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(cmd.Process.Pid, &status, syscall.WUNTRACED, nil); err != nil || !status.Stopped() {
		t.Errorf("SIGSTOP: %v, %v", status, err)
	}
	_ = cmd.Process.Signal(syscall.SIGCONT)
	if _ = cmd.Wait(); cmd.ProcessState.ExitCode() != 42 || strings.Count(said.String(), "continued") != 1 {
		t.Errorf("SIGCONT: %v\n%s", cmd.ProcessState, said)
	}
}

func awaitText(t *testing.T, said *transcript, text string) {
	t.Helper()
	for end := time.Now().Add(patience); !strings.Contains(said.String(), text); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no %q in\n%s", text, said)
		}
	}
}

// TestExecInherits: a signal that the caller ignores stays ignored, descriptors stay open,
// but not the one that the key came from.
func TestExecInherits(t *testing.T) {
	t.Parallel()
	e := startEmulator(t)
	const script = `exec 5<"$2/key.pem" 6<"$2/cert.pem"
trap '' HUP INT
"$1" exec --config "$2/config.yaml" --key fd:5 -- sh -c 'kill -HUP $$; kill -INT $$; { true <&6; } && echo six; { true <&5; } 2>/dev/null || echo no five'`
	r := run(t, nil, bareEnv(t), "bash", "-c", script, "bash", binary(t), e.dir)
	if r.exit != 0 || string(r.stdout) != "six\nno five\n" {
		t.Error(r)
	}
}

// TestExecInTerminal: Ctrl-C on a terminal reaches the command once, and nsauth does not
// end before it.
func TestExecInTerminal(t *testing.T) {
	t.Parallel()
	e := startEmulator(t)
	m := newTerminal(t, 100)
	m.start(fmt.Sprintf(`'%s' exec --config '%s' -- sh -c 'trap "echo caught; sleep 1; echo done; exit 43" INT; echo ready; while :; do sleep 0.05; done'`,
		binary(t), e.file("config.yaml")))
	m.wait("ready")
	m.keys("C-c")
	shown := m.wait("[exit ")
	if !regexp.MustCompile(`caught *\ndone *\n\[exit 43\]`).MatchString(shown) || strings.Count(shown, "caught") != 1 { // tmux fills up
		t.Errorf("the terminal shows\n%s", shown)
	}
}

// TestExecMinValidity: a token in the cache with less left is not used, and one with more is.
func TestExecMinValidity(t *testing.T) {
	t.Parallel()
	c := newCached(t)
	asked := func(want int, args ...string) {
		t.Helper()
		r := c.nsauth(t, append(append([]string{"exec", "--config", c.file("config.yaml")}, args...), "--", "true")...)
		if got := c.asked(); r.exit != 0 || r.stderr != "" || got != want {
			t.Errorf("%d token requests, want %d\n%v", got, want, r)
		}
	}
	asked(1)
	asked(1)
	c.age(t, 52*time.Minute) // eight minutes are left
	asked(1, "--min-validity", "7m")
	asked(2)
	c.age(t, 45*time.Minute)
	asked(2)
}
