package profile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const tbaFile = `profiles:
  old:
    auth: tba
    account: 1234567-sb1
    consumer_key: ` + hex64 + `
    consumer_secret: secrets/consumer
    token_id: ` + hex64 + `
    token_secret_command: pass show netsuite/token
    application: Orders to ERP
  new:
    account: 1234567_SB1
    auditor: old
`

const hex64 = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"

// A TBA profile needs its own five values, and ignores what the environment has for the
// other kind.
func TestTBAProfile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(path, []byte(tbaFile), 0o600); err != nil {
		t.Fatal(err)
	}
	in := Input{ConfigPath: path, ProfileName: "old", LookupEnv: env(map[string]string{"NSAUTH_CLIENT_ID": validClientID, "NSAUTH_KEY": "k.pem"})}
	p, err := Resolve(in)
	if err != nil {
		t.Fatal(err)
	}
	if !p.TBA() || p.Auth() != "tba" || p.Account.ID != "1234567_SB1" || len(p.Missing()) > 0 || len(p.Findings()) > 0 ||
		p.Text(FieldConsumerSecret) != filepath.Join(dir, "secrets", "consumer") || p.Text(FieldTokenSecretCommand) != "pass show netsuite/token" {
		t.Errorf("missing %v, findings %+v, %+v", p.Missing(), p.Findings(), p.Show())
	}
	in.ProfileName = "new"
	in.LookupEnv = env(map[string]string{"NSAUTH_TOKEN_SECRET": "env:X", "NSAUTH_CONSUMER_KEY": hex64}) // for another profile
	if p, err = Resolve(in); err != nil || p.TBA() || p.Auth() != "m2m" || p.Text(FieldAuditor) != "old" {
		t.Errorf("%v, %+v", err, p)
	}
	if p, err = Resolve(Input{LookupEnv: env(map[string]string{"NSAUTH_AUTH": "tba", "NSAUTH_ACCOUNT": "1234567", "NSAUTH_TOKEN_SECRET": "env:X", "NSAUTH_AUDITOR": "old"})}); err != nil ||
		!slices.Equal(p.Missing(), []Field{FieldConsumerKey, FieldConsumerSecret, FieldTokenID}) || p.Text(FieldTokenSecret) != "env:X" || p.Text(FieldAuditor) != "old" {
		t.Errorf("%v, %+v", err, p)
	}
	for _, f := range p.Findings() {
		if f.Code == "profile.missing-value" && (f.Evidence["flag"] != nil || !strings.HasPrefix(f.Evidence["env"].(string), "NSAUTH_")) {
			t.Errorf("%+v", f)
		}
	}
}

// A wrong value is named with what is right, and never repeated where it may be a secret.
func TestTBAWrongValues(t *testing.T) {
	const uuid = "4f9c1d2e-7a3b-4c5d-8e6f-0a1b2c3d4e5f"
	for _, tt := range []struct{ line, want, hint string }{
		{"auth: oauth1", "auth takes m2m or tba", "m2m is OAuth 2.0"},
		{"consumer_key: " + uuid, "consumer_key is an Application ID (a UUID), not a Consumer Key", "give the Consumer Key: 64 characters"},
		{"consumer_key: YOUR_CONSUMER_KEY", "consumer_key is a placeholder, not a Consumer Key", ""},
		{"token_id: " + uuid, "token_id is an Application ID (a UUID), not a Token ID", "give the Token ID"},
		{"token_id: a b", "token_id has characters that no Token ID has", ""},
		{"consumer_secret: " + hex64, "consumer_secret is not the path of a file that exists; not shown, it may be the secret itself", "save the secret in a file"},
		{"token_secret: " + uuid, "token_secret is not the path of a file that exists; not shown, it may be the secret itself", "or give env:NAME"},
		{"token_secret: hunter2", "token_secret is not the path of a file that exists; not shown, it may be the secret itself", ""},
		{"token_secret: token_secret=" + hex64, "token_secret holds what looks like a secret; it takes the path of a file", ""},
		{"token_secret: '-'", "token_secret cannot be standard input", "a variable (env:NAME)"},
		{"token_secret_command: '" + `"token_secret":"` + hex64 + `"'`, "token_secret_command holds what looks like a secret", ""},
		{"consumer_secret: env:A\n    consumer_secret_command: x", `consumer_secret_command and profile "p": consumer_secret are both set`, "keep the one that the secret comes from"},
		{"auditor: a/b", "auditor is not the name of a profile", ""},
	} {
		text := "profiles:\n  p:\n    " + tt.line + "\n"
		if !strings.HasPrefix(tt.line, "auth") {
			text += "    auth: tba\n"
		}
		_, err := Resolve(Input{ConfigPath: "config.yaml", ProfileName: "p", ReadFile: files(map[string]string{"config.yaml": text})})
		var e *ConfigError
		if !errors.As(err, &e) || !strings.Contains(e.Message, tt.want) || !strings.Contains(strings.Join(e.Hints, "\n"), tt.hint) {
			t.Errorf("%s: %v, hints %q", tt.line, err, e)
			continue
		}
		if said := fmt.Sprint(err, e.Hints); strings.Contains(said, hex64) || strings.Contains(said, uuid) || strings.Contains(said, "hunter2") {
			t.Errorf("%s: the value is repeated: %s", tt.line, said)
		}
	}
	// Without auth: tba.
	for line, want := range map[string]string{"consumer_key: " + hex64: `did you mean "client_id"?`, "token_secret: env:X": "use no secret: remove it"} {
		_, err := Resolve(Input{ConfigPath: "config.yaml", ProfileName: "p", ReadFile: files(map[string]string{"config.yaml": "profiles:\n  p:\n    " + line + "\n"})})
		var e *ConfigError
		if !errors.As(err, &e) || !strings.Contains(e.Message, "is a setting of auth: tba") || !slices.ContainsFunc(e.Hints, func(h string) bool { return strings.Contains(h, want) }) || e.Line != 3 {
			t.Errorf("%s: %v, %q", line, err, e)
		}
	}
	// A command from a file that comes with a project.
	_, err := Resolve(Input{EnvFile: "env", ReadFile: files(map[string]string{"env": "NSAUTH_TOKEN_SECRET_COMMAND='rm -rf /'\n"})})
	var unsafe *UnsafeError
	if !errors.As(err, &unsafe) || unsafe.Reason != "command-in-env-file" || !strings.Contains(strings.Join(unsafe.Hints, ""), "$NSAUTH_TOKEN_SECRET_COMMAND") {
		t.Errorf("%v", err)
	}
	// A secret in a variable, where CI systems keep it.
	_, err = Resolve(Input{LookupEnv: env(map[string]string{"NSAUTH_AUTH": "tba", "NSAUTH_TOKEN_SECRET": hex64})})
	if err == nil || !strings.HasPrefix(err.Error(), "$NSAUTH_TOKEN_SECRET is not the path of a file") || strings.Contains(err.Error(), hex64) {
		t.Error(err)
	}
}
