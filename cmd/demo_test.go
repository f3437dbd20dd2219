package cmd

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/testkit"
)

var runLine = regexp.MustCompile(`(?m)^ +(?:run)? +((?:nsauth|openssl|curl) \S.+)$`)

// With --keep the commands of a demo run as they are printed. Without it none of
// them names one of its files.
func TestDemoCommandsCanBeRun(t *testing.T) {
	row := 0
	for scenario, want := range map[string]string{
		"wrong-kid":                 "nsauth keycheck --cert DIR/cert.pem",
		"mapping-missing":           "nsauth keycheck --cert DIR/cert.pem",
		"key-mismatch":              "nsauth keycheck DIR/key.pem --cert DIR/cert.pem",
		"certificate-not-yet-valid": "openssl x509 -in DIR/cert.pem",
		"html-proxy":                "", // asks the demo's server, which has ended
	} {
		if row++; testkit.LeftOut(row, 1, 2) {
			continue
		}
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			temporary := nsauth(t, setup{}, "doctor", "--demo", scenario, "-v")
			for _, m := range runLine.FindAllStringSubmatch(temporary.stdout, -1) {
				if strings.Contains(m[1], "nsauth-demo-") {
					t.Errorf("without --keep it prints %s", m[1])
				}
			}
			dir := filepath.Join(t.TempDir(), "demo")
			kept := nsauth(t, setup{}, "doctor", "--demo", scenario, "--keep", dir, "-v")
			if kept.code != temporary.code || !strings.Contains(kept.stderr, "kept in") {
				t.Errorf("exit %d, without --keep %d; %s", kept.code, temporary.code, kept.stderr)
			}
			if alike := regexp.MustCompile(`(?m)^Outcome .*$|^pass     Profile .*$`); !slices.Equal(alike.FindAllString(kept.stdout, -1), alike.FindAllString(temporary.stdout, -1)) {
				t.Errorf("with --keep it says\n%s\nand without\n%s", kept.stdout, temporary.stdout)
			}
			// Its profile does not lead to NetSuite after the demo either.
			again := nsauth(t, setup{}, "doctor", "--config", filepath.Join(dir, "config.yaml"))
			for _, address := range again.dialled {
				if strings.Contains(address, "netsuite.com") {
					t.Errorf("the kept profile reaches out to %s", address)
				}
			}
			want, printed := strings.ReplaceAll(want, "DIR", dir), false
			for _, m := range runLine.FindAllStringSubmatch(kept.stdout, -1) {
				if !strings.Contains(m[1], dir) {
					continue
				}
				printed = printed || want != "" && strings.HasPrefix(m[1], want)
				runPrinted(t, strings.Fields(m[1]))
			}
			if printed != (want != "") {
				t.Errorf("%q is printed: %v\n%s", want, printed, kept.stdout)
			}
		})
	}
}

// runPrinted runs a command that a demo printed.
func runPrinted(t *testing.T, argv []string) {
	t.Helper()
	if argv[0] == "nsauth" {
		if argv[1] == "certgen" { // which writes into the current folder
			argv = append(argv, "--out", t.TempDir())
		}
		if r := nsauth(t, setup{}, argv[1:]...); r.code == finding.ExitUsage || r.stdout == "" {
			t.Errorf("%v: exit %d, %s", argv, r.code, r.stderr)
		}
		return
	}
	program, err := exec.LookPath(argv[0])
	if err != nil {
		t.Logf("not tried: %v", err)
		return
	}
	if out, err := exec.Command(program, argv[1:]...).CombinedOutput(); err != nil {
		t.Errorf("%v: %v, %s", argv, err, out)
	}
}

func TestDemoKeepsNoOtherFiles(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "key.pem", "mine")
	r := nsauth(t, setup{}, "doctor", "--demo", "--keep", dir)
	if r.code != finding.ExitUsage || !strings.Contains(r.stderr, "pass a --keep folder without such files") {
		t.Errorf("exit %d, %s", r.code, r.stderr)
	}
	if r := nsauth(t, setup{}, "doctor", "--keep", dir); r.code != finding.ExitUsage || !strings.Contains(r.stderr, "without --demo") {
		t.Errorf("exit %d, %s", r.code, r.stderr)
	}
}
