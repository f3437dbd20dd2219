package cmd

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/cli"
)

// The table "What is stored where" of SECURITY.md has every file that nsauth writes, with
// its mode, and no other.
func TestStored(t *testing.T) {
	page, err := os.ReadFile(securityPage)
	if err != nil {
		t.Fatal(err)
	}
	l := newLab(t)
	home := t.TempDir()
	t.Chdir(home)
	stand := l.runStandIn("--verdicts", filepath.Join(home, "FILE.ndjson"))
	folders := map[string]string{"CONFIG": filepath.Join(home, "config", "nsauth"), "CACHE": filepath.Join(home, "cache", "nsauth"),
		"STATE": filepath.Join(home, "state", "nsauth"), "DIR": stand.dir, "": home}
	before := map[string]bool{}
	if err := filepath.WalkDir(home, func(path string, _ fs.DirEntry, err error) error { before[path] = true; return err }); err != nil {
		t.Fatal(err)
	}
	delete(before, filepath.Join(home, "FILE.ndjson"))
	world := func(w *cli.World) {
		w.Now, w.ConfigDir, w.CacheDir, w.StateDir = labTime, filepath.Join(home, "config"), filepath.Join(home, "cache"), filepath.Join(home, "state")
	}
	config := filepath.Join(stand.dir, "config.yaml")
	for _, args := range []string{
		"doctor -q --report junit=FILE.xml --config " + config,
		"doctor -q --bundle FILE.zip --config " + config,
		"token -q --config " + config,
		"call system/v1/serverTime --har FILE.har --config " + config,
		"token -q --out FILE.token --config " + config,
		"jwt build -q --out FILE.jwt --config " + config,
		"certgen --key-type p-256 --name NAME -q",
		"certgen --key-type p-256 --name NAME -q --force",
		"profile init prod --account 1234567 --client-id " + labClientID + " --key NAME-key.pem --cert NAME-cert.pem --no-input",
		"cert rotate -q --config " + config,
		"emulator --print-env node --dir " + stand.dir,
		"doctor --demo -q", "keycheck NAME-key.pem", "explain MissingKey", "profile list", "checklist --no-input", "version",
	} {
		if r := nsauth(t, setup{dir: home, world: world}, strings.Fields(args)...); r.code != 0 {
			t.Errorf("nsauth %s: exit %d\n%s%s", args, r.code, r.stdout, r.stderr)
		}
	}

	listed := map[string]string{} // modes by file
	_, table, _ := strings.Cut(string(page), "<!-- stored -->")
	table, _, _ = strings.Cut(table, "<!-- /stored -->")
	for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]+`) \\|[^|]*\\| (\\d{4}) \\|").FindAllStringSubmatch(table, -1) {
		for _, name := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[1], -1) {
			listed[name[1]] = row[2]
		}
	}
	written := map[string]bool{}
	for _, place := range []string{"CONFIG", "CACHE", "STATE", "DIR", ""} { // the home last: it has three of the others
		err := filepath.WalkDir(folders[place], func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() && !before[path] || before[path] {
				return err
			}
			before[path] = true
			name := strings.TrimPrefix(filepath.ToSlash(strings.TrimPrefix(path, folders[place])), "/")
			name = regexp.MustCompile(`[0-9a-f]{64}`).ReplaceAllString(name, "DIGEST")
			name = regexp.MustCompile(`^emulator-\d{4}-\d\d-\d\d-`).ReplaceAllString(name, "NAME-DATE-")
			name = strings.Replace(name, "config.yaml.emulator.", "config.yaml.PROFILE.", 1)
			name = regexp.MustCompile(`^(last|seen)-.*-[0-9a-f]{12}`).ReplaceAllString(name, "$1-PROFILE-DIGEST")
			if place != "" {
				name = place + "/" + name
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			written[name] = true
			if mode := fmt.Sprintf("%04o", info.Mode().Perm()); listed[name] == "" || runtime.GOOS != "windows" && listed[name] != mode {
				t.Errorf("%s has mode %s, and SECURITY.md says %q", name, mode, listed[name])
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	for name := range listed {
		if !written[name] {
			t.Errorf("SECURITY.md lists %s, which was not written", name)
		}
	}
	if len(written) < 20 {
		t.Errorf("only %d files", len(written))
	}
}
