//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/formats"
	"github.com/nsauth/nsauth/internal/testkit"
	"github.com/nsauth/nsauth/internal/testkit/manyprofiles"
)

// measured is what one process used.
type measured struct {
	stdout []byte
	exit   int
	took   time.Duration
	cpu    time.Duration
	mostKB int64
}

func measure(t *testing.T, args ...string) measured {
	t.Helper()
	c := exec.CommandContext(t.Context(), binary(t), args...)
	c.Env = bareEnv(t)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	began := time.Now()
	_ = c.Run()
	if c.ProcessState == nil || errs.Len() > 0 {
		t.Fatalf("%v: %s", args, errs.Bytes())
	}
	use := c.ProcessState.SysUsage().(*syscall.Rusage)
	return measured{out.Bytes(), c.ProcessState.ExitCode(), time.Since(began), c.ProcessState.UserTime() + c.ProcessState.SystemTime(), use.Maxrss}
}

// A run over many profiles, each with an RSA key of its own, holds neither all keys nor all
// reports.
func TestFleetMemory(t *testing.T) {
	n := testkit.Size(1000, 60, 20)
	f := manyprofiles.New(t, n/4, 4, manyprofiles.DistinctRSA3072(t, n), nil, "")
	own := []string{"--config", f.Config, "--ntp-server", freePort(t), "--no-state"}
	one := measure(t, append([]string{"doctor", f.Names[0], "-o", "json"}, own...)...)
	all := measure(t, append([]string{"doctor", "--all-profiles", "-o", "json"}, own...)...)
	jq(t, all.stdout, `[.kind, .outcome, .summary.profiles, (.reports | map(.profile.name) | . == sort)]`, fmt.Sprintf(`["nsauth.reports","pass",%d,true]`, n))
	t.Logf("one: %v, CPU %v, %d KB; %d: %v, CPU %v (%v each), %d KB, %d bytes", one.took, one.cpu, one.mostKB, n, all.took, all.cpu, all.cpu/time.Duration(n), all.mostKB, len(all.stdout))
	if all.mostKB > 128<<10 {
		t.Errorf("%d profiles need %d KB of memory, more than 128 MB", n, all.mostKB)
	}
	// Every format of profiles that all fail is the most that a run can write.
	failing := filepath.Join(f.Dir, "failing.yaml")
	if err := os.WriteFile(failing, regexp.MustCompile(`certificate_id: .*`).ReplaceAll(read(t, f.Config), []byte("certificate_id: "+strings.Repeat("x", 43))), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"doctor", "--all-profiles", "-q", "--mask-ids", "--config", failing, "--ntp-server", freePort(t), "--no-state"}
	for _, format := range formats.Names() {
		args = append(args, "--report", format+"="+filepath.Join(f.Dir, "report."+format))
	}
	every := measure(t, args...)
	saved := read(t, filepath.Join(f.Dir, "report.json"))
	jq(t, saved, `[.outcome, .summary.fail, (.reports | length)]`, fmt.Sprintf(`["fail",%d,%d]`, n, n))
	t.Logf("every format: %v, CPU %v, %d KB, %d bytes of JSON", every.took, every.cpu, every.mostKB, len(saved))
	if every.mostKB > 192<<10 {
		t.Errorf("%d profiles need %d KB of memory with every format, more than 192 MB", n, every.mostKB)
	}
	if found := schemaErrors(t, "reports", write(t, "reports.json", all.stdout)); len(found[0]) > 0 {
		t.Error(found[0])
	}
}
