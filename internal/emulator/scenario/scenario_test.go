//lint:file-ignore SA1019 the test looks for the private number in print

package scenario

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/emulatortest"
	"github.com/nsauth/nsauth/internal/testkit/keypool"
)

// Every scenario can be had, and its token request ends as its story says.
func TestScenarios(t *testing.T) {
	tokens := map[string]string{ // what the verdict on the token request says first; "" for a token
		"wrong-kid": "assertion.signature-invalid", "application-id": "assertion.issuer-is-application-id",
		"kid-lower-case": "setup.mapping-missing", "kid-cut-off": "assertion.kid-malformed", "kid-padded": "assertion.kid-malformed",
		"kid-thumbprint": "assertion.kid-malformed", "kid-fingerprint": "assertion.kid-malformed", "kid-of-netsuite": "assertion.kid-malformed",
		"kid-script-id": "assertion.kid-is-script-id", "placeholder": "assertion.placeholder", "kid-undefined": "assertion.placeholder",
		"client-id-truncated": "setup.integration-unknown",

		"role-inactive": "setup.role-or-entity-inactive", "entity-without-access": "setup.role-or-entity-inactive", "entity-without-role": "setup.role-or-entity-inactive",
		"audit-entry-delayed": "setup.integration-disabled", "audit-time-zone": "setup.integration-disabled", "audit-session-zone": "setup.integration-disabled",
		"audit-two-entries": "setup.role-or-entity-inactive", "audit-no-entry": "setup.integration-disabled", "audit-contradicts": "setup.integration-disabled",
		"audit-hostile-cells": "setup.integration-disabled", "audit-endless-pages": "setup.integration-disabled", "auditor-lacks-trail": "setup.integration-disabled",
		"auditor-lacks-workbook": "setup.mapping-missing", "auditor-lacks-roles": "setup.login-permission-missing", "auditor-lacks-employeeroles": "setup.role-or-entity-inactive",
		"auditor-lacks-certificates": "setup.certificate-revoked", "auditor-df-in-where": "setup.integration-disabled", "auditor-of-other-account": "setup.integration-disabled",
		"auditor-revoked": "setup.integration-disabled",

		"key-mismatch": "assertion.signature-invalid", "small-key": "setup.mapping-missing", "odd-key-size": "setup.mapping-missing",
		"expired-certificate": "certificate.expired", "certificate-not-yet-valid": "certificate.not-yet-valid",
		"five-years-over": "certificate.expired", "certificate-not-uploaded": "setup.mapping-missing",

		"rs256": "assertion.alg-deprecated", "algorithm-of-other-key": "assertion.alg-key-mismatch",
		"wrong-audience": "assertion.audience-mismatch", "audience-of-restlets": "assertion.audience-mismatch",
		"audience-without-path": "assertion.audience-mismatch", "scope-unknown": "assertion.scope-unknown",
		"scope-mcp": "assertion.scope-not-for-m2m", "scope-space": "assertion.scope-separator", "scope-empty": "assertion.scope-missing",
		"no-kid": "assertion.kid-missing", "lifetime-too-long": "assertion.lifetime-too-long", "assertion-expired": "assertion.expired",
		"local-time-west": "assertion.expired", "local-time-east": "assertion.issued-in-future", "connect-sample": "",
		"signature-der": "assertion.signature-encoding-der",

		"clock-behind": "assertion.expired", "clock-ahead": "assertion.issued-in-future",
		"clock-three-minutes-ahead": "assertion.issued-in-future",

		"mapping-missing": "setup.mapping-missing", "mapping-revoked": "setup.certificate-revoked", "mapping-expired": "certificate.expired",
		"integration-disabled": "setup.integration-disabled", "audit-grant-recorded": "setup.grant-not-enabled", "clock-behind-and-record-blocked": "setup.integration-disabled", "integration-unknown": "setup.integration-unknown",
		"grant-not-enabled": "setup.grant-not-enabled", "scope-not-enabled": "setup.scope-not-enabled",
		"features-disabled": "setup.features-disabled", "entity-inactive": "setup.role-or-entity-inactive",
		"login-permission-missing": "setup.login-permission-missing", "sandbox-refreshed": "setup.mapping-missing",
		"no-certificate-file": "setup.mapping-missing",

		"invalid-client": "setup.integration-unknown", "invalid-grant": "setup.role-or-entity-inactive",
		"invalid-scope": "setup.scope-not-enabled", "unauthorized-client": "setup.integration-disabled",
		"unsupported-grant-type": "fault canned-answer", "invalid-request": "fault canned-answer", "token-rate-limited": "fault rate-limited",
		"token-unavailable": "fault canned-answer", "token-web-page": "fault html", "token-redirected": "fault redirect",
		"token-half": "fault canned-answer",

		"html-proxy": "fault html", "captive-portal": "fault redirect", "no-service": "fault canned-answer", "unavailable": "fault unavailable",

		"case-retired-signature": "assertion.alg-deprecated", "case-application-id": "assertion.issuer-is-application-id",
		"case-audit-trail": "assertion.signature-invalid", "case-clock": "fault canned-answer",
		"case-five-years": "setup.mapping-missing", "case-sandbox": "setup.mapping-missing",
	}
	// No answer comes whole, or nobody can sign with the key.
	silent := []string{"token-cut-off", "connection-reset", "wrong-curve", "ed25519-key"}
	name := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	seen := make(map[string]bool)
	for i, s := range All() {
		t.Run(s.Name, func(t *testing.T) {
			if seen[s.Name] || !name.MatchString(s.Name) || s.Title == "" || s.Story == "" || s.Topic == "" {
				t.Errorf("twice, or without words: %+v", s)
			}
			seen[s.Name] = true
			if s.Expect.Finding != "" && s.Expect.Causes != nil || s.Expect.Exit != 0 && s.Expect.Finding == "" && s.Expect.Causes == nil {
				t.Errorf("expects neither a finding nor a set: %+v", s.Expect)
			}
			if testing.Short() && i%4 != 0 {
				return
			}
			p, err := Prepare(s, emulatortest.AtNoon, keypool.Generate)
			if err != nil {
				t.Fatal(err)
			}
			if slices.Contains(silent, s.Name) {
				return
			}
			c, assertion := prepared(t, p)
			res := c.exchange(t, tokenURLOf(p), assertion)
			v := c.last()
			got := "fault " + v.Fault
			if v.Fault == "" {
				got = strings.Join(emulatortest.Codes(v)[:min(1, len(v.Refusals))], "")
			}
			if got != tokens[s.Name] || v.Fault == "" && (got == "") != v.Accepted {
				t.Errorf("status %d, verdict %q, want %q; if it is right, add %q: %q to the table", res.Status, got, tokens[s.Name], s.Name, got)
			}
			if v.Accepted && p.Profile["api_path"] != "" {
				path := p.Profile["api_path"]
				if !strings.HasPrefix(path, "https://") {
					path = "https://1234567" + account.SuiteTalkSuffix + path
				}
				call := c.call(t, res, path)
				if call.Status < 300 && c.last().Fault == "" {
					t.Errorf("%s: status %d", p.Profile["api_path"], call.Status)
				}
			}
		})
	}
	for known := range tokens {
		if !seen[known] {
			t.Errorf("no scenario %s", known)
		}
	}
	if _, ok := Lookup("no-such"); ok {
		t.Error("found what is not there")
	}
}

// All callers share the scenarios.
func TestPrepareChangesNoScenario(t *testing.T) {
	before, err := json.Marshal(All())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range All() {
		s.Client.KeyType, s.Client.KeyFile, s.Server.Active = "p-256", KeyFilePEM, 0 // for speed
		p, err := Prepare(s, emulatortest.AtNoon, keypool.Generate)
		if err != nil {
			t.Fatal(err)
		}
		for i := range p.Config.Accounts[0].Mappings {
			clear(p.Config.Accounts[0].Mappings[i].Role.Permissions)
		}
		clear(p.Config.Faults)
		clear(p.Profile)
	}
	if after, err := json.Marshal(All()); err != nil || !bytes.Equal(after, before) {
		t.Errorf("Prepare, or a change of what it made, changes the scenarios: %v", err)
	}
}

func TestPrepareRefuses(t *testing.T) {
	for _, s := range []Scenario{
		{Client: ClientHalf{KeyType: "dsa"}},
		{Server: ServerHalf{Changes: []Change{"x"}}},
	} {
		if _, err := Prepare(s, emulatortest.AtNoon, keypool.Generate); err == nil {
			t.Errorf("%+v: no error", s)
		}
	}
}

func TestFiles(t *testing.T) {
	s, _ := Lookup("scope-not-granted")
	p, err := Prepare(s, emulatortest.AtNoon, keypool.Generate)
	if err != nil {
		t.Fatal(err)
	}
	p.Profile["connect_to"] = "127.0.0.1:8443"
	dir := filepath.Join(t.TempDir(), "new")
	if err := p.Files(dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{FileCA, FileKey, FileCert, FileConfig, "auditor/key.pem", "auditor/cert.pem", "auditor-tba/consumer-secret.txt", "auditor-tba/token-secret.txt"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v", name, info.Mode())
		}
	}
	config, _ := os.ReadFile(filepath.Join(dir, FileConfig))
	auditor, tba := p.Auditor[0].Values, p.Auditor[1].Values
	want := `# scope-not-granted: the token has fewer scopes than requested
default_profile: emulator
profiles:
  emulator:
    account: "1234567"
    ca_file: "ca.pem"
    cert: "cert.pem"
    certificate_id: "` + p.Profile["certificate_id"] + `"
    client_id: "` + p.Profile["client_id"] + `"
    connect_to: "127.0.0.1:8443"
    key: "key.pem"
    scope: ["restlets", "rest_webservices"]
  # A second client that may read the account. Its values are throwaways: they work only here.
  auditor:
    account: "1234567"
    ca_file: "ca.pem"
    cert: "auditor/cert.pem"
    certificate_id: "` + auditor["certificate_id"] + `"
    client_id: "` + auditor["client_id"] + `"
    connect_to: "127.0.0.1:8443"
    key: "auditor/key.pem"
    scope: ["rest_webservices"]
  auditor-tba:
    account: "1234567"
    auth: "tba"
    ca_file: "ca.pem"
    connect_to: "127.0.0.1:8443"
    consumer_key: "` + tba["consumer_key"] + `"
    consumer_secret: "auditor-tba/consumer-secret.txt"
    token_id: "` + tba["token_id"] + `"
    token_secret: "auditor-tba/token-secret.txt"
`
	if string(config) != want {
		t.Errorf("config.yaml:\n%s", config)
	}
	before, _ := os.ReadFile(filepath.Join(dir, FileKey))
	for _, name := range []string{FileKey, FileConfig} { // the others must not stay behind
		other := t.TempDir()
		if err := os.WriteFile(filepath.Join(other, name), []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := p.Files(other); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s is there: %v", name, err)
		}
		entries, _ := os.ReadDir(other)
		mine, _ := os.ReadFile(filepath.Join(other, name))
		if len(entries) != 1 || string(mine) != "mine" {
			t.Errorf("%s is there: %v left behind", name, entries)
		}
	}
	if err := p.Files(dir); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second time: %v", err)
	}
	if after, _ := os.ReadFile(filepath.Join(dir, FileKey)); string(after) != string(before) {
		t.Error("the key was overwritten")
	}
}

func TestPreparedIsNotPrinted(t *testing.T) {
	s, _ := Lookup("wrong-kid")
	p, err := Prepare(s, emulatortest.AtNoon, keypool.Generate)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	printed := fmt.Sprintf("%v %+v %#v %s %v %+v", p, p, p, p, *p, *p) + string(doc)
	key := strings.Split(string(p.KeyPEM), "\n")[1]
	for _, n := range []string{key, fmt.Sprint(p.KeyPEM[:20])} {
		if strings.Contains(printed, strings.Trim(n, "[]")) {
			t.Error("a private key in print")
		}
	}
}

// The client's own certificate is valid by both clocks, where the story does
// not say otherwise.
func TestCertificateDates(t *testing.T) {
	for _, s := range All() {
		p, err := Prepare(s, emulatortest.AtNoon, keypool.Generate)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range p.Config.Accounts[0].Mappings {
			indexed, err := account.ParseMapping(m, map[string]*account.Integration{m.ClientID: {}})
			if err != nil {
				t.Fatal(err)
			}
			if m.Revoked || slices.Contains([]string{"expired-certificate", "certificate-not-yet-valid", "five-years-over", "mapping-expired"}, s.Name) {
				continue
			}
			for _, at := range []time.Time{emulatortest.Noon, emulatortest.Noon.Add(s.Client.ClockOffset)} {
				if code, _ := indexed.Inactive(at); code != "" {
					t.Errorf("%s: %s at %v", s.Name, code, at)
				}
			}
		}
	}
}
