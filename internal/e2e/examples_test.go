//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// withProfile is an environment in which the default profile is an emulator's,
// in the named scenario.
func withProfile(t *testing.T, scenario string) []string {
	t.Helper()
	s, config := emulate(t, "--scenario", scenario), t.TempDir()
	if err := os.Symlink(s.dir, filepath.Join(config, "nsauth")); err != nil {
		t.Fatal(err)
	}
	// No time server of the world is asked.
	return []string{"XDG_CONFIG_HOME=" + config, "XDG_STATE_HOME=" + config, "NSAUTH_NTP_SERVER=" + freePort(t)}
}

// TestExamplesWithJQ: what the pages of the commands pass on to jq is there.
func TestExamplesWithJQ(t *testing.T) {
	t.Parallel()
	type printed struct {
		exit int
		text string
	}
	wanted := map[string]printed{ // by what follows "nsauth "
		"doctor -o json | jq -r '.diagnosis.causes[0].code'":                                                        {1, `^setup\.mapping-missing\n$`},
		"emulator scenarios -o json | jq -r '.scenarios[].name'":                                                    {0, `^([a-z0-9-]+\n){20,}$`},
		"jwt inspect env:ASSERTION -o json | jq '.checks[0].facts.claims'":                                          {1, `"iss": "` + clientID + `"`},
		"token -o json | jq -r .expires_at":                                                                         {0, `^20\d\d-[0-9-]+T[0-9:]+Z\n$`},
		"explain -o json - < error.log | jq -r '.explanations[0].name'":                                             {0, `^server_error\n$`},
		"profile list -o json | jq -r '.profiles[].name'":                                                           {0, `(?m)^emulator$`},
		"audit-trail --auditor auditor -o json | jq -r '.entries[].detail'":                                         {0, `^([A-Za-z]+\n)*$`},
		"account --auditor auditor -o json | jq -r '.integrations[] | select(.state != \"Enabled\") | .name'":       {0, `^$`},
		"auditor init --auditor auditor -o json | jq -r '.queries[] | select(.result != \"worked\") | .permission'": {0, `^$`},
		"cert list -o json | jq -r '.certificates[] | select(.state == \"due\") | .certificate_id'":                 {0, `^$`},
		"cert inventory -o json | jq '.judgements[] | select(.level == \"problem\")'":                               {0, `^$`},
		"token cache list -o json | jq -r '.tokens[].expires_at'":                                                   {0, `^(20\d\d-[0-9-]+T[0-9:]+Z\n)*$`},
		"jwt diff works.txt fails.txt -o json | jq '.differences[] | select(.matters == \"yes\")'":                  {1, `"alg"`},
	}
	healthy, unmapped := withProfile(t, "healthy"), withProfile(t, "mapping-missing")
	// Another account's assertion, with which there is something wrong.
	healthy = append(healthy, "ASSERTION="+build(t, "ES256", makeEC(t, "P-256"), "rest_webservices"))

	dir := t.TempDir()
	for name, content := range map[string]string{
		"error.log": `{"error":"server_error"}`,
		"works.txt": build(t, "ES256", makeEC(t, "P-256"), "rest_webservices"),
		"fails.txt": build(t, "ES384", makeEC(t, "P-384"), "rest_webservices"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pages, _ := filepath.Glob(filepath.Join(docs, "commands", "*.md"))
	line, found := regexp.MustCompile(`(?m)^nsauth (.*\| jq .*)$`), 0
	for _, page := range pages {
		for _, m := range line.FindAllStringSubmatch(string(read(t, page)), -1) {
			want, known := wanted[m[1]]
			if !known {
				t.Errorf("%s: what %q prints is not known to this test", filepath.Base(page), m[1])
				continue
			}
			found++
			env := healthy
			if strings.HasPrefix(m[1], "doctor") {
				env = unmapped
			}
			r := bash(t, dir, env, "-eo pipefail", m[0])
			if r.exit != want.exit || !regexp.MustCompile(want.text).Match(r.stdout) {
				t.Errorf("%s prints, with exit %d:\n%s\n%s", m[0], r.exit, r.stdout, r.stderr)
			}
		}
	}
	if found < len(wanted) {
		t.Errorf("only %d examples found", found)
	}
}

// TestReadmeWithJQ: the lines for CI in README.md end with doctor's exit code, and
// jq prints the causes and the checks that did not pass.
func TestReadmeWithJQ(t *testing.T) {
	t.Parallel()
	_, after, found := strings.Cut(string(read(t, "../../README.md")), "## In CI\n")
	_, after, _ = strings.Cut(after, "```sh\n")
	script, _, closed := strings.Cut(after, "```\n")
	if !found || !closed || strings.Count(script, "jq ") < 2 {
		t.Fatalf("README.md has no lines with jq under \"In CI\": %q", script)
	}
	for scenario, tt := range map[string]struct {
		exit int
		want string
	}{
		"healthy":     {0, `^$`},
		"small-key":   {1, `(?m)\Acertain\tkey\.rsa-too-small\t.+(\n.*)*\nkey: fail .+$`},
		"unavailable": {3, `(?m)^token: unknown .+$`},
	} {
		t.Run(scenario, func(t *testing.T) {
			r := bash(t, t.TempDir(), withProfile(t, scenario), "-e", script)
			if r.exit != tt.exit || !regexp.MustCompile(tt.want).Match(r.stdout) {
				t.Errorf("exit %d, want %d and %s\n%v", r.exit, tt.exit, tt.want, r)
			}
		})
	}
}
