//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

type row = map[string]any

// nodeAccount is a running npm/account.mjs, and a folder with profiles for it: "prod",
// which it refuses, its auditor "siem", and "wrong", which is "siem" with another token secret.
type nodeAccount struct {
	*server
	dir, config string
}

// arrival is a request as the account saw it.
type arrival struct {
	Method, Path, Wrong, SQL string
	Status                   int
}

// startAccount starts one with these rows, by table. refused is the entry of the trail that a
// token request leaves.
func startAccount(t *testing.T, tables map[string][]row, refused row) nodeAccount {
	t.Helper()
	ca := makeAuthority(t, "Account")
	key, chain := ca.issue(t, "DNS:1234567-sb1.suitetalk.api.netsuite.com", "DNS:1234567-sb1.restlets.api.netsuite.com")
	secrets := map[string]string{"consumer": strings.Repeat("5e", 32), "token": strings.Repeat("a1", 32), "other": strings.Repeat("b2", 32)}
	pair := func(id, secret string) map[string]string {
		return map[string]string{"key": strings.Repeat(id, 32), "secret": secret}
	}
	settings, err := json.Marshal(map[string]any{"key": key, "cert": chain, "account": "1234567_SB1", "consumer": pair("0c", secrets["consumer"]),
		"token": pair("0d", secrets["token"]), "tables": tables, "refused": refused})
	if err != nil {
		t.Fatal(err)
	}
	command := node(t, "account.mjs", write(t, "account.json", settings))
	a := nodeAccount{server: start(t, nil, command[0], command[1:]...), dir: t.TempDir()}
	var port string
	a.await(t, func() bool {
		_, said, found := strings.Cut(a.log.String(), "port ")
		if found {
			port, _, found = strings.Cut(said, "\n")
		}
		return found
	})
	a.config = filepath.Join(a.dir, "config.yaml")
	own, cert := makeEC(t, "P-256"), filepath.Join(a.dir, "cert.pem")
	openssl(t, nil, "req", "-new", "-x509", "-key", own, "-sha256", "-days", "30", "-subj", "/CN=prod", "-out", cert)
	at := fmt.Sprintf("    account: 1234567_SB1\n    ca_file: %s\n    connect_to: 127.0.0.1:%s\n", ca.cert, port)
	tba := func(name, secret string) string {
		return "  " + name + ":\n    auth: tba\n" + at + "    consumer_key: " + strings.Repeat("0c", 32) + "\n    consumer_secret: " + write(t, "consumer", []byte(secrets["consumer"])) +
			"\n    token_id: " + strings.Repeat("0d", 32) + "\n    token_secret: " + write(t, "token", []byte(secrets[secret])) + "\n"
	}
	text := "default_profile: prod\nprofiles:\n  prod:\n" + at + "    client_id: " + strings.Repeat("c1", 32) + "\n    certificate_id: " + certificateID(t, cert) +
		"\n    key: " + own + "\n    cert: " + cert + "\n    application: Orders\n    auditor: siem\n" + tba("siem", "token") + tba("wrong", "other")
	if err := os.WriteFile(a.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return a
}

// arrivals are the requests so far.
func (a nodeAccount) arrivals(t *testing.T) []arrival {
	t.Helper()
	var all []arrival
	for line := range strings.Lines(a.log.String()) {
		var one arrival
		if strings.HasPrefix(line, "port ") {
			continue
		}
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		all = append(all, one)
	}
	return all
}

// documentedQueries are the queries of docs/auditor.md, each as what its text must match.
func documentedQueries(t *testing.T) map[string]*regexp.Regexp {
	t.Helper()
	kinds := strings.NewReplacer(`\{since:minutes\}`, `[0-9]{1,6}`, `\{role:id\}`, `-?[0-9]{1,18}`, `\{entity:id\}`, `-?[0-9]{1,18}`,
		`\{application:uuid\}`, `[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}`)
	queries := map[string]*regexp.Regexp{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\|.*\\| `(SELECT [^`]+)` \\|$").FindAllSubmatch(read(t, "../../docs/auditor.md"), -1) {
		queries[string(m[1])] = regexp.MustCompile("^" + kinds.Replace(regexp.QuoteMeta(string(m[2]))) + "$")
	}
	if len(queries) != 12 {
		t.Fatalf("%d queries are documented, want 12", len(queries))
	}
	return queries
}

// TestAuditor: an account that shares no code with the emulator, whose signatures npm's
// oauth-1.0a checks, and whose answers have the shape of NetSuite's, agrees with the auditor
// in every command. What arrives are the documented queries.
func TestAuditor(t *testing.T) {
	integrations := []row{
		{"id": "11", "name": "Orders", "application_id": "5F1E7D84-0B6D-4E62-9C0A-5A3F4B1C2D3E", "state": "Blocked"},
		{"id": "12", "name": "Invoices", "application_id": "6F1E7D84-0B6D-4E62-9C0A-5A3F4B1C2D3E", "state": "Enabled"},
	}
	tables := map[string][]row{
		"LoginAudit": {{"at": "2026-01-02 03:04:05", "status": "Success", "application": "Invoices", "user_id": 5, "user_name": "Grace Hopper",
			"role_id": 1012, "role_name": "API role", "ip": "192.0.2.7", "request_uri": "/services/rest/auth/oauth2/v1/token"}},
		"integration":     integrations,
		"role":            {{"id": "1012", "name": "API role", "inactive": "F"}},
		"rolepermissions": {{"role_id": 1012, "permission": "ADMI_LOGIN_OAUTH2", "permission_level": 4}, {"role_id": 1012, "permission": "ADMI_RESTWEBSERVICES", "permission_level": 4}},
		"employee":        {{"id": "5", "name": "Grace Hopper", "inactive": "F", "access": "T"}},
		"employeeroles":   {{"entity_id": 5, "role_id": 1012}},
		"OAuthToken":      {{"id": "1", "name": "SIEM", "application": "Collector", "user_name": "Grace Hopper", "role_name": "API role", "revoked": "F", "inactive": "F"}},
	}
	// A refusal before the mapping is read: the columns of role and user are null, so absent.
	a := startAccount(t, tables, row{"status": "Failure", "detail": "IntegrationBlocked", "application": "Orders", "ip": "192.0.2.7",
		"request_uri": "/services/rest/auth/oauth2/v1/token"})

	d, r := report(t, "doctor", "--config", a.config)
	jq(t, r.stdout, `.diagnosis.causes[0] | .code, .confidence, .read_by`, "\"setup.integration-disabled\"\n\"certain\"\n\"auditor\"")
	jq(t, r.stdout, `[.checks[] | select(.id == "setup") | .facts.integration | .name, .state, .id]`, `["Orders","Blocked","11"]`)
	jq(t, r.stdout, `[.checks[] | select(.id == "audit-trail") | .facts | .proven, .complete, .entries[].detail, .entries[].zone_minutes]`, `[true,true,"IntegrationBlocked",0]`)
	if r.exit != 1 || !slices.Contains(d.check(t, "setup").codes(), "setup.integration-disabled") || strings.Contains(string(r.stdout), "192.0.2.7") {
		t.Error(r)
	}
	said := nsauth(t, "doctor", "--config", a.config)
	if text := string(said.stdout); said.exit != 1 || !strings.Contains(text, "IntegrationBlocked") || !strings.Contains(text, "Blocked, not Enabled") {
		t.Error(said)
	}

	for _, tt := range []struct {
		args         []string
		filter, want string
	}{
		{[]string{"audit-trail", "--failures"}, `.complete, ([.entries[] | .detail, .application, .causes[0]] | unique)`, "true\n[\"IntegrationBlocked\",\"Orders\",\"setup.integration-disabled\"]"},
		{[]string{"audit-trail", "--application", "invoices"}, `[.entries[] | .user_name, .role_id, .user_id, .ip]`, `["Grace Hopper","1012","5","192.0.2.7"]`},
		{[]string{"account"}, `[.integrations[] | .name, .state], [.roles[] | .id, .missing], [.tokens[].name]`, "[\"Orders\",\"Blocked\",\"Invoices\",\"Enabled\"]\n[\"1012\",[\"SuiteAnalytics Workbook\"]]\n[\"SIEM\"]"},
		{[]string{"account"}, `.certificates, .not_seen.certificates`, "[]\n\"not-visible\""},
		{[]string{"auditor", "init"}, `.worked, [.queries[] | select(.result != "worked") | .name, .result]`, "11\n[\"employee-roles-for-search\",\"not-visible\"]"},
	} {
		r := nsauth(t, append(tt.args, "--config", a.config, "-o", "json")...)
		jq(t, r.stdout, tt.filter, tt.want)
		if want := map[bool]int{true: 1}[tt.args[0] == "auditor"]; r.exit != want {
			t.Errorf("want exit %d: %v", want, r)
		}
	}
	call := nsauth(t, "call", "--config", a.config, "--profile", "siem", "suiteql", "SELECT integration.id AS id FROM integration", "--query", "limit=1", "--paginate", "--jsonl")
	if call.exit != 0 || string(call.stdout) != "{\"links\":[],\"id\":\"11\"}\n{\"links\":[],\"id\":\"12\"}\n" {
		t.Error(call)
	}

	// Everything that arrived was signed right. What the auditor asked is documented.
	documented, arrived := documentedQueries(t), map[string]bool{}
	for _, one := range a.arrivals(t) {
		if one.Wrong != "" && !strings.HasSuffix(one.Path, "serverTime") || one.Method != "POST" && one.SQL != "" {
			t.Errorf("refused: %+v", one)
		}
		if one.SQL == "" || strings.Contains(one.Path, "limit=1&") || strings.HasSuffix(one.Path, "limit=1") {
			continue
		}
		known := false
		for name, pattern := range documented {
			if pattern.MatchString(one.SQL) {
				arrived[name], known = true, true
			}
		}
		if !known || !strings.HasSuffix(one.Path, "?limit=200") {
			t.Errorf("not in docs/auditor.md: %+v", one)
		}
	}
	if len(arrived) != len(documented) {
		t.Errorf("only %v arrived", slices.Sorted(maps.Keys(arrived)))
	}

	t.Run("refused", func(t *testing.T) {
		_, r := report(t, "doctor", "--config", a.config, "--auditor", "wrong")
		jq(t, r.stdout, `[.checks[] | select(.id == "setup" or .id == "audit-trail") | .findings[].code] | unique`, `["auditor.refused"]`)
		jq(t, r.stdout, `[.diagnosis.causes[] | select(.confidence == "certain" or .read_by == "auditor")]`, `[]`)
		for _, args := range [][]string{{"audit-trail"}, {"account"}, {"auditor", "init"}} {
			r := nsauth(t, append(args, "--config", a.config, "--auditor", "wrong")...)
			want := map[bool]int{true: 1, false: 3}[args[0] == "auditor"]
			if text := string(r.stdout) + r.stderr; r.exit != want || !strings.Contains(text, "refused") || strings.Contains(text, "setup.") {
				t.Error(r)
			}
		}
		all := a.arrivals(t)
		if last := all[len(all)-1]; last.Wrong != "oauth_signature" || last.Status != 401 {
			t.Errorf("%+v", last)
		}
	})
}
