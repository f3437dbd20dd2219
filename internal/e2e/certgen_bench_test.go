//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"
)

// BenchmarkCertgenRSA4096 compares certgen, as a whole process, with openssl
// genpkey, in turn. The search for primes makes single runs differ tenfold, so
// the figures are medians:
//
//	go test -tags e2e -run '^$' -bench CertgenRSA4096 -benchtime 20x ./internal/e2e/
func BenchmarkCertgenRSA4096(b *testing.B) {
	exe, err := buildOnce()
	if err != nil {
		b.Fatal(err)
	}
	cpu := func(name string, args ...string) time.Duration {
		cmd := exec.Command(name, args...)
		cmd.Env = append(os.Environ(), "HOME="+b.TempDir())
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v: %v\n%s", cmd, err, out)
		}
		return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	var ours, theirs []time.Duration
	for b.Loop() {
		ours = append(ours, cpu(exe, "certgen", "--key-type", "rsa-4096", "--out", b.TempDir()))
		theirs = append(theirs, cpu("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:4096", "-out", os.DevNull))
	}
	median := func(list []time.Duration) float64 {
		slices.Sort(list)
		return list[len(list)/2].Seconds()
	}
	b.ReportMetric(median(ours), "certgen-cpu-s")
	b.ReportMetric(median(theirs), "openssl-cpu-s")
	b.ReportMetric(median(ours)/median(theirs), "median-ratio")
}
