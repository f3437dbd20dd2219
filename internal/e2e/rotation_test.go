//go:build e2e && unix

package e2e

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/testkit"
)

// TestKilledRotation kills nsauth cert rotate at random moments of its run. After each the
// profile gets a token, NetSuite's list has every certificate of the journal, and one of
// the ways out leads to its end: --resume completes the rotation, --undo restores the
// profile to the byte.
func TestKilledRotation(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	config := filepath.Join(s.dir, "config.yaml")
	journal := config + ".emulator.rotation.json"
	rotate := []string{"cert", "rotate", "--config", config, "--key-type", "p-256", "--revoke-old", "now", "--wait", "3s"}
	began := time.Now()
	if r := nsauth(t, rotate...); r.exit != 0 { // also quotes the values as later rotations do
		t.Fatal(r)
	}
	whole := time.Since(began)
	killed, resumed, undone := 0, 0, 0
	steps := map[string]int{}
	for i := range 300 {
		if testkit.LeftOut(i, 12, 12) {
			continue
		}
		before := string(read(t, config))
		dead := killedAfter(t, time.Duration(rand.Int64N(int64(whole))), rotate...)
		if r := nsauth(t, "token", "--config", config, "--no-cache", "-q"); r.exit != 0 {
			t.Fatalf("after SIGKILL no token: %v", r)
		}
		if !dead {
			continue
		}
		killed++
		var j struct {
			State, Step, Doing string
			New                struct {
				ID string `json:"certificate_id"`
			}
		}
		data, err := os.ReadFile(journal)
		if err != nil || json.Unmarshal(data, &j) != nil {
			t.Fatalf("%v\n%s", err, data)
		}
		if j.State != "running" {
			continue
		}
		steps[j.Step+" "+j.Doing]++
		if r := nsauth(t, "cert", "list", "--config", config, "-o", "json"); j.New.ID != "" && !strings.Contains(string(r.stdout), j.New.ID) {
			t.Fatalf("%s is not listed: %v", j.New.ID, r)
		}
		if r := nsauth(t, rotate...); r.exit != 2 || !strings.Contains(r.stderr, "is unfinished") {
			t.Fatal(r)
		}
		way, done := "--resume", &resumed
		if i/12%2 == 0 {
			way, done = "--undo", &undone
		}
		out := nsauth(t, "cert", "rotate", "--config", config, way, "--wait", "3s")
		if way == "--undo" && strings.Contains(out.stderr, "old certificate gets no token") { // it is revoked already
			out, done = nsauth(t, "cert", "rotate", "--config", config, "--resume", "--wait", "3s"), &resumed
		}
		if out.exit != 0 {
			t.Fatalf("after %s, %s: %v", j.Step, j.Doing, out)
		}
		*done++
		if now := string(read(t, config)); done == &undone && now != before {
			t.Fatalf("undo does not restore the file:\n%s\nwas\n%s", now, before)
		}
		if r := nsauth(t, "token", "--config", config, "--no-cache", "-q"); r.exit != 0 {
			t.Fatalf("no token: %v", r)
		}
	}
	t.Logf("%d killed, %d resumed, %d undone, at %v", killed, resumed, undone, steps)
	if killed < 5 || len(steps) < 2 {
		t.Errorf("%d runs were killed at %v: this test looked at nothing", killed, steps)
	}
}
