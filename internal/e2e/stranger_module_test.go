//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestAStrangersModule: a module that is not this one imports the client, builds
// with nothing of a command line in it, and gets along with the emulator.
func TestAStrangersModule(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, data := range map[string][]byte{
		"main.go": read(t, "testdata/stranger/main.go"),
		"go.sum":  read(t, filepath.Join(root, "go.sum")), // or the network would have to be asked
		"go.mod": fmt.Appendf(nil, "module example.com/stranger\n\ngo 1.26.0\n\nrequire github.com/nsauth/nsauth v0.0.0\n\nreplace github.com/nsauth/nsauth => %s\n",
			root),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// The programs of the documentation are a stranger's too.
	shown := blocks(t, "client.md", "go")
	if len(shown) != 2 {
		t.Fatalf("%d programs in docs/client.md", len(shown))
	}
	for i, program := range shown {
		folder := filepath.Join(dir, "shown"+strconv.Itoa(i))
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "main.go"), []byte(program), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// The first one's tests are those of docs/testing.md.
	tests := blocks(t, "testing.md", "go")
	if len(tests) != 1 {
		t.Fatalf("%d programs in docs/testing.md", len(tests))
	}
	if err := os.WriteFile(filepath.Join(dir, "shown0", "main_test.go"), []byte(tests[0]), 0o600); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "stranger.exe")
	env := append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	if r := run(t, nil, env, "go", "-C", dir, "build", "-o", program, "."); r.exit != 0 {
		t.Fatal(r)
	}
	if r := run(t, nil, env, "go", "-C", dir, "build", "./..."); r.exit != 0 {
		t.Fatal(r)
	}
	if r := run(t, nil, env, "go", "-C", dir, "test", "-count=1", "-v", "./shown0"); r.exit != 0 || strings.Count(string(r.stdout), "--- PASS: TestNames") != 3 {
		t.Fatal(r)
	}
	r := run(t, nil, env, "go", "-C", dir, "list", "-deps", ".")
	if r.exit != 0 {
		t.Fatal(r)
	}
	deps := strings.Fields(string(r.stdout))
	for _, dep := range deps {
		for _, unwanted := range []string{"github.com/spf13/", "go.yaml.in/", "github.com/fatih/", "golang.org/x/term", "github.com/nsauth/nsauth/cmd"} {
			if strings.HasPrefix(dep, unwanted) {
				t.Errorf("it gets %s", dep)
			}
		}
	}
	if len(deps) < 50 {
		t.Errorf("only %d packages: %v", len(deps), deps)
	}

	c := newCached(t)
	in, err := json.Marshal(map[string]string{"Account": c.account, "ClientID": c.clientID, "CertificateID": c.certificateID,
		"KeyFile": c.emulator.file("key.pem"), "CAFile": c.emulator.file("ca.pem"), "ConnectTo": c.address})
	if err != nil {
		t.Fatal(err)
	}
	r = run(t, in, bareEnv(t), program)
	if r.exit != 0 {
		t.Fatal(r)
	}
	jq(t, r.stdout, `[(.token | split(".") | length), .expires_in, (.code | length > 0)]`, `[3,3600,true]`)
	if c.asked() != 1 {
		t.Errorf("%d token requests for 20 calls at once", c.asked())
	}
	var out struct{ Token string }
	if err := json.Unmarshal(r.stdout, &out); err != nil {
		t.Fatal(err)
	}
	if log := r.stderr; !strings.Contains(log, "kind=token-request") || !strings.Contains(log, "status=404") || strings.Contains(log, out.Token) {
		t.Errorf("its log: %s", log)
	}
}
