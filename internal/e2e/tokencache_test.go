//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// cached is a user with a token cache, and an emulator that counts.
type cached struct {
	emulator
	server *server
	env    []string
	tokens string // the folder of the cache
}

func newCached(t *testing.T) *cached {
	t.Helper()
	c := &cached{emulator: emulator{dir: t.TempDir(), account: "1234567"}, env: bareEnv(t)}
	home := strings.TrimPrefix(c.env[0], "HOME=")
	c.tokens = filepath.Join(home, ".cache", "nsauth", "tokens")
	c.server = start(t, c.env, binary(t), "emulator", "--listen", "127.0.0.1:0", "--account", c.account, "--dir", c.dir)
	c.server.exit = 0
	c.server.await(t, c.read)
	return c
}

// nsauth runs the binary as this user.
func (c *cached) nsauth(t *testing.T, args ...string) result {
	t.Helper()
	return run(t, nil, c.env, binary(t), args...)
}

func (c *cached) token(t *testing.T, args ...string) result {
	t.Helper()
	return c.nsauth(t, append([]string{"token", "--config", c.file("config.yaml")}, args...)...)
}

// asked is how many token requests the emulator has had.
func (c *cached) asked() int {
	return strings.Count(c.server.log.String(), "POST /services/rest/auth/oauth2/v1/token")
}

// file is the one file with a token; "" if there is none.
func (c *cached) kept(t *testing.T) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(c.tokens, "*.json"))
	if err != nil || len(names) > 1 {
		t.Fatalf("%v, %v", names, err)
	}
	if len(names) == 0 {
		return ""
	}
	return names[0]
}

// age makes the kept token older.
func (c *cached) age(t *testing.T, by time.Duration) {
	t.Helper()
	path := c.kept(t)
	var record map[string]any
	if err := json.Unmarshal(read(t, path), &record); err != nil {
		t.Fatal(err)
	}
	record["received_at"] = time.Now().Add(-by).UTC().Format(time.RFC3339Nano)
	data, err := json.Marshal(record)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestTokenCacheAtOnce: of processes that want the same token at the same moment
// one asks for it, when there is none and when it is time for another one.
func TestTokenCacheAtOnce(t *testing.T) {
	c := newCached(t)
	atOnce := func(n int) {
		t.Helper()
		before := c.asked()
		var wg sync.WaitGroup
		var mu sync.Mutex
		tokens := map[string]int{}
		for range n {
			wg.Go(func() {
				r := c.token(t)
				if r.exit != 0 || strings.Contains(r.stderr, "warning") {
					t.Errorf("exit %d: %s", r.exit, r.stderr)
				}
				mu.Lock()
				defer mu.Unlock()
				tokens[string(r.stdout)]++
			})
		}
		wg.Wait()
		if asked := c.asked() - before; asked != 1 || len(tokens) != 1 {
			t.Errorf("%d processes: %d token requests, %d tokens", n, asked, len(tokens))
		}
	}
	atOnce(50)
	for range 10 {
		c.age(t, 56*time.Minute)
		atOnce(2)
	}
}

// TestTokenCacheKilled: whatever moment a process is killed at, the cache holds a
// whole token or none, and the next process finds nothing wrong with it.
func TestTokenCacheKilled(t *testing.T) {
	nightly(t, "kills 200 processes")
	c := newCached(t)
	began := time.Now()
	if r := c.token(t); r.exit != 0 {
		t.Fatal(r)
	}
	span := 2 * time.Since(began) // moments are chosen within this time
	killed, finished := 0, 0
	for i := range 200 {
		switch {
		case c.kept(t) == "":
		case i%4 == 0:
			if r := c.nsauth(t, "token", "cache", "clear"); r.exit != 0 {
				t.Fatal(r)
			}
		case i%4 < 3: // it has to write; else it only reads
			c.age(t, 56*time.Minute)
		}
		cmd := exec.Command(binary(t), "token", "--config", c.file("config.yaml"))
		cmd.Env = c.env
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(rand.N(span))
		_ = cmd.Process.Kill()
		// How long a run takes depends on what else the machine does: about half of
		// them are to get to their end.
		if err := cmd.Wait(); err != nil {
			killed++
			span = span * 11 / 10
		} else {
			finished++
			span = max(span*9/10, time.Millisecond)
		}
		if strings.Contains(stderr.String(), "warning") {
			t.Errorf("run %d: %s", i, stderr.String())
		}
		path := c.kept(t)
		if path == "" {
			continue
		}
		var record struct {
			Token string `json:"access_token"`
		}
		if err := json.Unmarshal(read(t, path), &record); err != nil || strings.Count(record.Token, ".") != 2 {
			t.Fatalf("run %d left a damaged file: %v", i, err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Fatalf("run %d: %v, %v", i, info, err)
		}
	}
	if killed < 20 || finished < 5 {
		t.Errorf("%d killed, %d finished: the moments are not spread over a run", killed, finished)
	}
	if c.kept(t) != "" {
		c.age(t, 56*time.Minute)
	}
	if r := c.token(t); r.exit != 0 || r.stderr != "" {
		t.Error(r)
	}
	// The last one wrote, and has removed what the killed ones left of their own.
	entries, err := os.ReadDir(c.tokens)
	if err != nil || len(entries) != 2 {
		t.Errorf("%v, %v", entries, err)
	}
	if r := c.token(t); r.exit != 0 || !strings.HasPrefix(r.stderr, "nsauth: token from the cache, ") {
		t.Error(r)
	}
}

// TestTokenCacheFullDisk: a full disk is one warning, and the token is there.
func TestTokenCacheFullDisk(t *testing.T) {
	c := newCached(t)
	disk := t.TempDir()
	// A disk of one page, with nothing left for the token's file.
	script := fmt.Sprintf(`set -e
mount -t tmpfs -o size=4k,nr_inodes=16 tmpfs %[1]s
export XDG_CACHE_HOME=%[1]s
mkdir -m 700 %[1]s/nsauth %[1]s/nsauth/tokens
head -c 4096 /dev/zero > %[1]s/full
exec %[2]s token --config %[3]s -o json`, disk, binary(t), c.file("config.yaml"))
	command := []string{"--mount"}
	if os.Geteuid() != 0 {
		command = append(command, "--map-root-user")
	}
	r := run(t, nil, c.env, "unshare", append(command, "sh", "-c", script)...)
	if r.exit != 0 || strings.Count(r.stderr, "\n") != 1 ||
		!strings.HasPrefix(r.stderr, "nsauth: warning: the token cache was not used: ") || !strings.Contains(r.stderr, "no space left on device") {
		t.Fatal(r)
	}
	jq(t, r.stdout, `[.kind, .cached, (.access_token | length > 100)]`, `["nsauth.token",false,true]`)
}

// TestDoctorIgnoresTheCache: doctor asks for a token of its own, and leaves the
// kept one as it is.
func TestDoctorIgnoresTheCache(t *testing.T) {
	c := newCached(t)
	if r := c.token(t); r.exit != 0 {
		t.Fatal(r)
	}
	before := read(t, c.kept(t))
	if r := c.nsauth(t, "doctor", "--config", c.file("config.yaml"), "--ntp-server", freePort(t)); r.exit != 0 {
		t.Fatal(r)
	}
	if c.asked() != 2 || !bytes.Equal(before, read(t, c.kept(t))) {
		t.Errorf("%d token requests; the kept token is another one: %t", c.asked(), !bytes.Equal(before, read(t, c.kept(t))))
	}
}
