//go:build e2e && unix

package e2e

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// killedAfter runs nsauth and sends SIGKILL after the delay, unless it ended before.
func killedAfter(t *testing.T, delay time.Duration, args ...string) (killed bool) {
	t.Helper()
	cmd := exec.Command(binary(t), args...)
	cmd.Env = bareEnv(t)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(delay)
	_ = cmd.Process.Kill() // it may have ended
	_ = cmd.Wait()
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled()
}

// temporaries lists the temporary files in a folder.
func temporaries(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && strings.HasPrefix(d.Name(), ".") && !strings.HasSuffix(d.Name(), ".lock") {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestD9KilledCertgen: wherever SIGKILL ends certgen --force, the old pair is complete
// under its names or those of its backups, and the next run leaves no temporary file.
func TestD9KilledCertgen(t *testing.T) {
	nightly(t, "kills hundreds of processes")
	killed := 0
	for i := range 150 {
		dir := t.TempDir()
		if r := nsauth(t, "certgen", "--key-type", "p-256", "--out", dir); r.exit != 0 {
			t.Fatal(r)
		}
		key, cert := string(read(t, dir+"/nsauth-key.pem")), string(read(t, dir+"/nsauth-cert.pem"))
		if killedAfter(t, time.Duration(i)*200*time.Microsecond, "certgen", "--key-type", "p-256", "--out", dir, "--force") {
			killed++
		}
		same := func(name, want string) bool {
			got, err := os.ReadFile(filepath.Join(dir, name))
			return err == nil && string(got) == want
		}
		inPlace := same("nsauth-key.pem", key) && same("nsauth-cert.pem", cert)
		if !inPlace && !(same("nsauth-key.bak.pem", key) && same("nsauth-cert.bak.pem", cert)) {
			t.Errorf("killed after %d: the old pair is lost", i)
		}
		left := temporaries(t, dir)
		r := nsauth(t, "certgen", "--key-type", "p-256", "--out", dir, "--name", "next")
		if r.exit != 0 {
			t.Fatal(r)
		}
		for _, path := range left {
			if !strings.Contains(r.stderr, filepath.Base(path)) {
				t.Errorf("the next run does not name %s:\n%s", filepath.Base(path), r.stderr)
			}
		}
		if now := temporaries(t, dir); len(now) > 0 {
			t.Errorf("the next run leaves %q", now)
		}
	}
	if killed < 20 {
		t.Errorf("%d runs were killed: this test looked at nothing", killed)
	}
}

// TestD9KilledProfileSave: wherever SIGKILL ends a change, the profile file is the old or
// the new one, and the next change leaves nothing beside it.
func TestD9KilledProfileSave(t *testing.T) {
	nightly(t, "kills hundreds of processes")
	dir := t.TempDir()
	config := filepath.Join(dir, "c.yaml")
	const profiles = "profiles:\n  a: {account: \"1234567\"}\n  b: {account: \"7654321\"}\n"
	if err := os.WriteFile(config, []byte("default_profile: a\n"+profiles), 0o600); err != nil {
		t.Fatal(err)
	}
	killed := 0
	for i := range 200 {
		name := string("ab"[i%2])
		if killedAfter(t, time.Duration(i)*100*time.Microsecond, "profile", "use", name, "--config", config) {
			killed++
		}
		text := string(read(t, config))
		if rest, ok := strings.CutPrefix(text, "default_profile: a\n"); !ok || rest != profiles {
			if rest, ok := strings.CutPrefix(text, "default_profile: b\n"); !ok || rest != profiles {
				t.Fatalf("after SIGKILL:\n%s", text)
			}
		}
	}
	for _, name := range []string{"a", "b"} {
		if r := nsauth(t, "profile", "use", name, "--config", config); r.exit != 0 {
			t.Fatal(r)
		}
	}
	if now := temporaries(t, dir); len(now) > 0 {
		t.Errorf("left %q", now)
	}
	if killed < 20 {
		t.Errorf("%d runs were killed: this test looked at nothing", killed)
	}
}
