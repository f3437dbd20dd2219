//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// An archive of --har is one by the schema of the format, which others wrote, also
// of calls that failed; and jq reads what call prints.
func TestCallArchives(t *testing.T) {
	t.Parallel()
	e := startEmulatorAt(t, "127.0.0.1:0", "--customers", "5")
	dead := startEmulatorAt(t, "127.0.0.1:0", "--fault", "reset,path=/services/rest/record/")
	type entry struct {
		Method, URL  string
		Status, Size int
	}
	for i, tt := range []struct {
		at       emulator
		args     []string
		exit     int
		statuses []int
	}{
		{e, []string{"record/v1/customer/107"}, 0, []int{200, 200}},
		{e, []string{"record/v1/customer", "--query", "limit=4", "--paginate", "--jsonl"}, 0, []int{200, 200, 200}},
		{e, []string{"suiteql", "SELECT nosuch FROM customer"}, 1, []int{200, 400}},
		{e, []string{"PATCH", "record/v1/customer/107", "-f", "email=é@example.com"}, 1, []int{200, 405}},
		{dead, []string{"record/v1/customer/107"}, 3, []int{200, 0}},
	} {
		archive := filepath.Join(t.TempDir(), fmt.Sprint(i, ".har"))
		args := append([]string{"call", "--config", tt.at.file("config.yaml"), "--no-cache", "--no-state", "--har", archive}, tt.args...)
		r := nsauth(t, args...)
		if r.exit != tt.exit {
			t.Fatal(r)
		}
		out := run(t, read(t, archive), nil, "node", "npm/har.mjs")
		var entries []entry
		if err := json.Unmarshal(out.stdout, &entries); err != nil {
			t.Fatalf("%v\n%v\n%s", err, out, read(t, archive))
		}
		var statuses []int
		for _, x := range entries {
			statuses = append(statuses, x.Status)
		}
		if !slices.Equal(statuses, tt.statuses) {
			t.Errorf("%v: entries %v, want statuses %v", tt.args, entries, tt.statuses)
		}
	}
	r := nsauth(t, "call", "--config", e.file("config.yaml"), "--no-state", "record/v1/customer", "--query", "limit=4", "--paginate")
	jq(t, r.stdout, "map(.id) | length, .[0], .[-1]", "8\n\"107\"\n\"1000004\"")
	r = nsauth(t, "call", "--config", e.file("config.yaml"), "--no-state", "suiteql", "SELECT id, companyName FROM customer", "--query", "limit=4", "--paginate", "--jq", "map(.companyname)")
	jq(t, r.stdout, "length", "8")
}

// A hundred thousand records come whole, in little memory. Beside it curl fetches
// the same pages one after another, with the token that nsauth has: the times of
// both are told and not judged, because other programs run on this machine.
func TestCallOfManyPages(t *testing.T) {
	nightly(t, "fetches 100,000 records several times")
	const records, limit, rounds = 100_000, 1000, 5
	e := startEmulatorAt(t, "127.0.0.1:0", "--customers", fmt.Sprint(records-3))
	env := bareEnv(t)
	url := "https://" + e.host + "/services/rest/record/v1/customer"
	token := run(t, nil, env, binary(t), "token", "--config", e.file("config.yaml"), "--no-state")
	if token.exit != 0 {
		t.Fatal(token)
	}
	var list strings.Builder
	for offset := 0; offset < records; offset += limit {
		fmt.Fprintf(&list, "url = \"%s?limit=%d&offset=%d\"\n", url, limit, offset)
	}
	urls := write(t, "urls", []byte(list.String()))

	var ours, curls []time.Duration
	var lines, pages []byte
	call := []string{"call", "--config", e.file("config.yaml"), "--no-state", "record/v1/customer", "--paginate", "--jsonl"}
	for range rounds {
		out, took := timed(t, env, binary(t), call...)
		lines, ours = out, append(ours, took)
		out, took = timed(t, env, "curl", "--silent", "--show-error", "--fail", "--cacert", e.file("ca.pem"), "--connect-to", "::"+e.address,
			"--header", "Authorization: Bearer "+strings.TrimSpace(string(token.stdout)), "--config", urls)
		pages, curls = out, append(curls, took)
	}
	if n := bytes.Count(lines, []byte("\n")); n != records {
		t.Errorf("%d records, want %d", n, records)
	}
	var same bytes.Buffer
	for d := json.NewDecoder(bytes.NewReader(pages)); d.More(); {
		var page struct{ Items []json.RawMessage }
		if err := d.Decode(&page); err != nil {
			t.Fatal(err)
		}
		for _, item := range page.Items {
			same.Write(item)
			same.WriteByte('\n')
		}
	}
	if !bytes.Equal(lines, same.Bytes()) {
		t.Error("the records are not those that curl got")
	}
	resident := residentSet(t, env, append([]string{binary(t)}, call...)...)
	slices.Sort(ours)
	slices.Sort(curls)
	t.Logf("%d records: nsauth %v (best %v), %d MB resident; curl %v (best %v)", records, ours[rounds/2], ours[0], resident>>20, curls[rounds/2], curls[0])
	if resident > 64<<20 {
		t.Errorf("%d MB resident", resident>>20)
	}
}

// timed runs a program and returns what it printed and how long it took.
func timed(t *testing.T, env []string, name string, args ...string) ([]byte, time.Duration) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	var stdout, stderr bytes.Buffer
	stdout.Grow(20 << 20)
	cmd.Env, cmd.Stdout, cmd.Stderr = env, &stdout, &stderr
	began := time.Now()
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	return stdout.Bytes(), time.Since(began)
}

// residentSet is the largest resident set of a program in bytes. A small program
// starts it: the figure would else begin at this one's size, from which it forks.
func residentSet(t *testing.T, env []string, command ...string) int64 {
	t.Helper()
	const script = `import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == "darwin" else 1024))`
	interpreter, err := findPython()
	if err != nil {
		t.Fatal(err)
	}
	r := run(t, nil, env, interpreter, append([]string{"-c", script}, command...)...)
	n, err := strconv.ParseInt(strings.TrimSpace(string(r.stdout)), 10, 64)
	if err != nil {
		t.Fatal(r)
	}
	return n
}
