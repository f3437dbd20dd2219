//go:build e2e && unix

package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// storeStandIns are the programs of secret stores. They accept only the options of the
// recipes, as their makers' pages have them, and keep key and Certificate ID as files.
var storeStandIns = map[string]string{
	"kubectl": `
case "$*" in
"create secret generic netsuite --from-file=key.pem="*" --from-literal=certificate-id="*" --dry-run=client -o yaml")
  jq -n --rawfile key "${5#--from-file=key.pem=}" --arg id "${6#--from-literal=certificate-id=}" '{kind: "Secret", key: $key, id: $id}' ;;
"apply -f -") read -r -d '' yaml || true; [[ $yaml == *Secret* ]] || { echo "error: no objects passed to apply" >&2; exit 1; }
  jq -j .key <<<"$yaml" >"$STORE/key"; jq -j .id <<<"$yaml" >"$STORE/id" ;;
*) exit 2 ;; esac`,
	"vault": `
[[ $# == 6 && "$1 $2 $3 $4" == "kv put -mount=secret netsuite" && $5 == key=@* && $6 == certificate_id=* ]] || exit 2
cat "${5#key=@}" >"$STORE/key"; printf %s "${6#certificate_id=}" >"$STORE/id"`,
	"aws": `
[[ "$*" == "secretsmanager put-secret-value --secret-id netsuite --secret-string file:///dev/stdin" ]] || exit 2
keep`,
	"az": `
[[ "$*" == "keyvault secret set --vault-name contoso --name netsuite --encoding utf-8 --file /dev/stdin --output none" ]] || exit 2
keep`,
	"gcloud": `
[[ "$*" == "secrets versions add netsuite --data-file=-" ]] || exit 2
keep`,
}

// TestRotationRecipes runs each script of the page as the hook of a rotation: the store gets
// the pair that the profile is switched to. Where a part of the script fails, the store gets
// nothing and the profile stays.
func TestRotationRecipes(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	config := filepath.Join(s.dir, "config.yaml")
	programs, store := t.TempDir(), t.TempDir()
	arguments := filepath.Join(t.TempDir(), "arguments")
	for name, text := range storeStandIns {
		text = "#!/bin/bash\nset -euo pipefail\nprintf '%s\\n' \"$0 $*\" >>\"$ARGUMENTS\"\n" +
			"keep() { value=$(cat); jq -ej .key <<<\"$value\" >\"$STORE/key\"; jq -ej .certificate_id <<<\"$value\" >\"$STORE/id\"; }\n" + text + "\n"
		if err := os.WriteFile(filepath.Join(programs, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	broken := t.TempDir() // has what makes the value, and fails
	for _, name := range []string{"jq", "vault"} {
		if err := os.WriteFile(filepath.Join(broken, name), []byte("#!/bin/sh\nexit 1\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	page := string(read(t, filepath.Join(docs, "do/rotate-on-schedule.md")))
	_, section, _ := strings.Cut(page, "## Hand the new pair to a secret store\n")
	ran := 0
	for _, m := range shellBlock.FindAllStringSubmatch(section, -1) {
		if !strings.Contains(m[2], "TestRotationRecipes") {
			continue
		}
		ran++
		script := filepath.Join(t.TempDir(), "deploy.sh")
		if err := os.WriteFile(script, []byte(m[3]), 0o600); err != nil {
			t.Fatal(err)
		}
		rotate := func(path string, args ...string) result {
			env := append(bareEnv(t), "PATH="+path+string(os.PathListSeparator)+os.Getenv("PATH"), "STORE="+store, "ARGUMENTS="+arguments)
			return run(t, nil, env, binary(t), append([]string{"cert", "rotate", "--config", config, "-o", "json"}, args...)...)
		}
		before := string(read(t, config))
		for _, name := range []string{"key", "id"} {
			_ = os.Remove(filepath.Join(store, name))
		}
		fails := broken + string(os.PathListSeparator) + programs
		if r := rotate(fails, "--key-type", "p-256", "--revoke-old", "now", "--deploy-hook", "sh "+script); r.exit != 1 || !strings.Contains(string(r.stdout), "the deploy hook failed") || string(read(t, config)) != before {
			t.Errorf("%s\na part fails: %v", m[3], r)
		}
		if files, _ := os.ReadDir(store); len(files) > 0 {
			t.Errorf("%s\na part fails, and the store gets %v", m[3], files)
		}
		r := rotate(programs, "--resume", "--deploy-hook", "sh "+script)
		var doc struct {
			Rotations []struct {
				New struct {
					ID  string `json:"certificate_id"`
					Key string `json:"key"`
				} `json:"new"`
			} `json:"rotations"`
		}
		if err := json.Unmarshal(r.stdout, &doc); err != nil || r.exit != 0 || len(doc.Rotations) != 1 {
			t.Fatalf("%s\n%v %v", m[3], err, r)
		}
		pair := doc.Rotations[0].New
		key := string(read(t, pair.Key))
		if string(read(t, filepath.Join(store, "key"))) != key || string(read(t, filepath.Join(store, "id"))) != pair.ID || !strings.Contains(string(read(t, config)), pair.ID) {
			t.Errorf("%s\nthe store has another pair than the profile", m[3])
		}
		if strings.Contains(string(read(t, arguments)), strings.Split(key, "\n")[1]) {
			t.Errorf("%s\nthe key is an argument", m[3])
		}
	}
	if ran != len(storeStandIns) {
		t.Errorf("the page has %d scripts for secret stores, and there are %d stand-ins", ran, len(storeStandIns))
	}
}
