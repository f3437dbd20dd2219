//go:build e2e

package e2e

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// signPage is the page with the recipes.
const signPage = "do/sign-with-a-key-elsewhere.md"

// recipe is the blocks of commands below a heading of the page.
func recipe(t *testing.T, heading string) string {
	t.Helper()
	_, rest, found := strings.Cut(string(read(t, filepath.Join(docs, signPage))), heading+"\n")
	m := shellBlock.FindStringSubmatch(rest)
	if !found || m == nil || strings.Contains(rest[:strings.Index(rest, m[0])], "\n## ") {
		t.Fatalf("%s has no block of commands", heading)
	}
	return m[3]
}

// printed finds the lines for the profile that certgen printed.
var printed = regexp.MustCompile(`(?m)^ +(certificate_id|sign_command|cert): .*$`)

// perform runs a recipe in a folder, and returns the lines for the profile, one map for
// each certificate.
func perform(t *testing.T, dir string, env []string, block string) []map[string]string {
	t.Helper()
	r := runIn(t, dir, nil, env, "bash", "-euo", "pipefail", "-c", block)
	if r.exit != 0 {
		t.Fatal(r)
	}
	var made []map[string]string
	for _, line := range printed.FindAllString(string(r.stdout), -1) {
		var one map[string]string
		if err := yaml.Unmarshal([]byte(strings.TrimSpace(line)), &one); err != nil {
			t.Fatal(err)
		}
		if one["certificate_id"] != "" {
			made = append(made, map[string]string{})
		}
		for name, value := range one {
			made[len(made)-1][name] = value
		}
	}
	if len(made) == 0 {
		t.Fatalf("certgen printed no profile\n%v", r)
	}
	return made
}

// prove uses a profile with an emulator that knows its certificate: doctor finds nothing
// wrong, and the command signs for a token.
func prove(t *testing.T, dir string, env []string, values map[string]string) {
	t.Helper()
	values["account"], values["client_id"] = "1234567", strings.Repeat("ab12", 16)
	data, err := yaml.Marshal(map[string]any{"profiles": map[string]any{"own": values}})
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(config, data, 0o600); err != nil {
		t.Fatal(err)
	}
	stand := emulate(t, "--config", config, "--profile", "own")
	if stand.values["sign_command"] != values["sign_command"] {
		t.Errorf("the emulator's profile has the sign_command %q", stand.values["sign_command"])
	}
	with := []string{"--config", filepath.Join(stand.dir, "config.yaml"), "--profile", "emulator"}
	nsauth := func(args ...string) result {
		return runIn(t, dir, nil, env, binary(t), append(args, with...)...)
	}
	r := nsauth("doctor", "--ntp-server", freePort(t), "--no-state", "-o", "json")
	if r.exit != 0 {
		t.Error(r)
	}
	jq(t, r.stdout, `[.checks[]|select(.id=="assertion")|.summary|contains("signed by the sign command, signature verified")]`, "[true]")
	if r := nsauth("call", "system/v1/serverTime", "--no-cache"); r.exit != 0 {
		t.Error(r)
	}
}

// verify runs the command of a profile once, and compares why its signature is refused: "" if it
// is valid.
func verify(t *testing.T, dir string, env []string, values map[string]string, reason string) {
	t.Helper()
	args := []string{"doctor", "--offline", "-o", "json", "--account", "1234567", "--client-id", strings.Repeat("ab12", 16),
		"--certificate-id=" + values["certificate_id"], "--cert", values["cert"], "--sign-command", values["sign_command"]}
	exit, want := 0, "[]"
	if reason != "" {
		exit, want = 1, `["`+reason+`"]`
	}
	if values["algorithm"] != "" {
		args = append(args, "--algorithm", values["algorithm"])
	}
	r := runIn(t, dir, nil, env, binary(t), args...)
	if r.exit != exit {
		t.Fatal(r)
	}
	jq(t, r.stdout, `[.checks[]|select(.id=="assertion")|.findings[]|.evidence.reason]`, want)
}

// here is a folder for a recipe, and its environment, in which programs come first.
func here(t *testing.T, programs string) (dir string, env []string) {
	t.Helper()
	dir = t.TempDir()
	return dir, append(bareEnv(t), "PATH="+programs+string(os.PathListSeparator)+pathWithNsauth(t), "HOME="+dir)
}

// TestSignWithSoftHSM: the recipe makes two keys in an HSM, and NetSuite's emulator accepts
// what they sign.
func TestSignWithSoftHSM(t *testing.T) {
	dir, env := here(t, "")
	profiles := perform(t, dir, env, recipe(t, "## SoftHSM, and each HSM with PKCS#11"))
	if len(profiles) != 2 {
		t.Fatalf("%d certificates", len(profiles))
	}
	env = append(env, "SOFTHSM2_CONF="+filepath.Join(dir, "softhsm2.conf"), "PIN=1234")
	for _, p := range profiles {
		t.Run(filepath.Base(p["cert"]), func(t *testing.T) {
			if r := run(t, nil, nil, "openssl", "verify", "-CAfile", p["cert"], p["cert"]); r.exit != 0 {
				t.Error(r)
			}
			prove(t, dir, env, p)
		})
	}
	// What the HSM can do wrong is named, and nothing is sent.
	pss := profiles[1]
	for name, tt := range map[string]struct{ old, new, want string }{
		"PKCS#1 v1.5":     {"SHA256-RSA-PKCS-PSS --mgf MGF1-SHA256 --salt-len 32", "SHA256-RSA-PKCS", "pkcs1"},
		"salt":            {"--salt-len 32", "--salt-len 20", "salt-length"},
		"hash":            {"SHA256-RSA-PKCS-PSS --mgf MGF1-SHA256 --salt-len 32", "SHA384-RSA-PKCS-PSS --mgf MGF1-SHA384 --salt-len 48", "other-algorithm"},
		"hashed twice":    {"pkcs11-tool", "openssl dgst -sha256 -binary | pkcs11-tool", "other-input"},
		"another key":     {pss["sign_command"], profiles[0]["sign_command"], "other-size"},
		"a wrong PIN":     {"env:PIN", "env:HOME", "exit"},
		"no such program": {"pkcs11-tool", "pkcs11-tol", "not-found"},
	} {
		t.Run(name, func(t *testing.T) {
			wrong := maps.Clone(pss)
			wrong["sign_command"] = strings.Replace(pss["sign_command"], tt.old, tt.new, 1)
			verify(t, dir, env, wrong, tt.want)
		})
	}
}

// TestSignWithOpenSSL: the script of the page signs with each kind of key that NetSuite
// accepts, and with each algorithm.
func TestSignWithOpenSSL(t *testing.T) {
	for name, key := range map[string]string{"RSA": makeRSA(t, 3072), "P-256": makeEC(t, "P-256"), "P-384": makeEC(t, "P-384"), "P-521": makeEC(t, "P-521")} {
		t.Run(name, func(t *testing.T) {
			dir, env := here(t, "")
			if err := os.WriteFile(filepath.Join(dir, "key.pem"), read(t, key), 0o600); err != nil {
				t.Fatal(err)
			}
			p := perform(t, dir, env, recipe(t, "## A script with openssl"))[0]
			if name != "RSA" {
				verify(t, dir, env, p, "")
				return
			}
			for _, alg := range []string{"PS384", "PS512"} {
				p["algorithm"] = alg
				verify(t, dir, env, p, "")
			}
			delete(p, "algorithm")
			prove(t, dir, env, p)
		})
	}
}

// standIns are programs of other makers, built from openssl: each knows only the options
// that it documents, and needs $STAND_IN_KEY.
var standIns = map[string]string{
	"aws": `
service="$1 $2"; shift 2
while (($#)); do case $1 in
  --key-id) key=$2 ;; --message) message=${2#fileb://} ;; --message-type) type=$2 ;; --signing-algorithm) alg=$2 ;;
  --query) query=$2 ;; --output) output=$2 ;; *) echo "Unknown options: $1" >&2; exit 252 ;; esac; shift 2; done
[[ $key == alias/netsuite && $output == text ]] || exit 255
case "$service/$query/${type-}/${alg-}" in
  "kms get-public-key/PublicKey//") openssl pkey -in "$STAND_IN_KEY" -pubout -outform DER | openssl base64 -A; echo ;;
  "kms sign/Signature/RAW/RSASSA_PSS_SHA_256") pss <"$message" | openssl base64 -A; echo ;;
  *) exit 254 ;; esac`,
	"az": `
command="$1 $2 $3"; shift 3
while (($#)); do case $1 in
  --vault-name) vault=$2 ;; --name) name=$2 ;; --encoding) encoding=$2 ;; --file) file=$2 ;; --algorithm) alg=$2 ;; --digest) digest=$2 ;;
  --query) query=$2 ;; --output) output=$2 ;; *) echo "unrecognized arguments: $1" >&2; exit 2 ;; esac; shift 2; done
[[ $vault/$name == contoso/netsuite ]] || exit 3
case "$command/${query-}/${output-}/${alg-}/${encoding-}" in
  "keyvault key download////PEM") openssl pkey -in "$STAND_IN_KEY" -pubout -out "$file" ;;
  "keyvault key sign/signature/tsv/PS256/") openssl base64 -d -A <<<"$digest" | openssl pkeyutl -sign -inkey "$STAND_IN_KEY" -pkeyopt digest:sha256 -pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:digest | openssl base64 -A; echo ;;
  *) exit 4 ;; esac`,
	"gcloud": `
command=()
while (($#)); do case $1 in
  --key) key=$2; shift 2 ;; --keyring) ring=$2; shift 2 ;; --location) place=$2; shift 2 ;; --output-file) out=$2; shift 2 ;; --version) version=$2; shift 2 ;;
  --digest-algorithm) digest=$2; shift 2 ;; --input-file) in=$2; shift 2 ;; --signature-file) sig=$2; shift 2 ;;
  -*) echo "unrecognized arguments: $1" >&2; exit 2 ;; *) command+=("$1"); shift ;; esac; done
[[ $key/$ring/$place == netsuite/integration/europe-west3 ]] || exit 3
case "${command[*]}/${version-}/${digest-}/${sig-}" in
  "kms keys versions get-public-key 1///") openssl pkey -in "$STAND_IN_KEY" -pubout -out "$out" ;;
  "kms asymmetric-sign/1/sha256/-") [[ -e $in ]] && pss <"$in" ;; # a path, not -: gcloud opens it
  *) exit 4 ;; esac`,
	"vault": `
case "$*" in
"read -format=json transit/keys/netsuite") jq -n --arg key "$(openssl pkey -in "$STAND_IN_KEY" -pubout)" '{data: {keys: {"1": {public_key: $key}}}}' ;;
"write -field=signature transit/sign/netsuite/sha2-256 input="*)
  shift 3; salt=max padding=pss
  for a; do case $a in input=*) input=${a#input=} ;; signature_algorithm=pss) padding=pss ;; salt_length=hash) salt=digest ;; key_version=1 | marshaling_algorithm=asn1) ;; *) exit 2 ;; esac; done
  printf 'vault:v1:%s\n' "$(openssl base64 -d -A <<<"$input" | openssl dgst -sha256 -sign "$STAND_IN_KEY" -sigopt "rsa_padding_mode:$padding" -sigopt "rsa_pss_saltlen:$salt" | openssl base64 -A)" ;;
*) exit 3 ;; esac`,
	"yubico-piv-tool": `
[[ "$*" == "--action generate --slot 9a --algorithm ECCP256 --pin-policy once --touch-policy never --output public.pem" ]] || exit 2
openssl pkey -in "$STAND_IN_EC_KEY" -pubout -out public.pem`,
	"pkcs11-tool": `
[[ "$*" == "--module "*"/libykcs11.so --login --pin env:YUBIKEY_PIN --sign --id 01 --mechanism ECDSA" && $YUBIKEY_PIN == 123456 ]] || exit 2
openssl pkeyutl -sign -inkey "$STAND_IN_EC_KEY"`,
}

// TestRecipes runs each recipe for a service or a device that is not here, with a stand-in
// for its program.
func TestRecipes(t *testing.T) {
	programs := t.TempDir()
	for name, text := range standIns {
		text = "#!/bin/bash\nset -euo pipefail\npss() { openssl dgst -sha256 -sign \"$STAND_IN_KEY\" -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest; }\n" + text + "\n"
		if err := os.WriteFile(filepath.Join(programs, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	keys := []string{"STAND_IN_KEY=" + makeRSA(t, 3072), "STAND_IN_EC_KEY=" + makeEC(t, "P-256"), "YUBIKEY_PIN=123456"}
	for _, heading := range []string{"### AWS KMS", "### Azure Key Vault", "### Google Cloud KMS", "### HashiCorp Vault Transit", "### YubiKey"} {
		t.Run(heading, func(t *testing.T) {
			dir, env := here(t, programs)
			env = append(env, keys...)
			for _, p := range perform(t, dir, env, recipe(t, heading)) {
				verify(t, dir, env, p, "")
			}
		})
	}
	if marks := strings.Count(string(read(t, filepath.Join(docs, signPage))), "<!-- not run: "); marks != 5 {
		t.Errorf("the page has %d blocks that are not run; TestRecipes runs 5", marks)
	}
}

// TestSignCommandIsEnded: a command that hangs ends with --timeout, and what it started
// ends with it.
func TestSignCommandIsEnded(t *testing.T) {
	key := makeEC(t, "P-256")
	cert, file := makeCertificate(t, key, 30), filepath.Join(t.TempDir(), "pid")
	command := fmt.Sprintf("sh -c 'echo $$ >%s; exec sleep 600' | cat", file)
	r := run(t, nil, bareEnv(t), "setsid", "--wait", binary(t), "doctor", "--offline", "--timeout", "2s", "-o", "json", "--account", "1234567", "--client-id", strings.Repeat("ab12", 16),
		"--certificate-id="+certificateID(t, cert), "--cert", cert, "--sign-command", command)
	if r.exit != 1 {
		t.Fatal(r)
	}
	jq(t, r.stdout, `.checks[]|select(.id=="assertion")|.findings[0].evidence.reason`, `"timed-out"`)
	if _, err := os.Stat("/proc/" + strings.TrimSpace(string(read(t, file))) + "/cmdline"); err == nil {
		if state := string(read(t, "/proc/"+strings.TrimSpace(string(read(t, file)))+"/stat")); !strings.Contains(state, ") Z ") {
			t.Errorf("what the command started still runs: %s", state)
		}
	}
}
