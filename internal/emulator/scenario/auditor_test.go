package scenario

import (
	"crypto"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/emulatortest"
	"github.com/nsauth/nsauth/internal/testkit/keypool"
)

// rows are the answer to an auditor's query, which it signs.
func rows(t *testing.T, c *standIn, s *emulatortest.Signer, q string) (status int, items []map[string]any) {
	t.Helper()
	s.Nonce += "x"
	body, err := json.Marshal(map[string]string{"q": q})
	if err != nil {
		t.Fatal(err)
	}
	host := "https://" + account.HostLabel(s.Realm) + account.SuiteTalkSuffix
	res := emulatortest.Do(t, c.http, s.Sign(emulatortest.Request(t, http.MethodPost, host+"/services/rest/query/v1/suiteql?limit=100", string(body),
		"Content-Type", "application/json", "Prefer", "transient")))
	var page struct{ Items []map[string]any }
	if err := json.Unmarshal([]byte(res.Body), &page); err != nil {
		t.Fatalf("%d: %s", res.Status, res.Body)
	}
	return res.Status, page.Items
}

// refused sends the scenario's token request.
func refused(t *testing.T, name string) (*standIn, *emulatortest.Signer) {
	t.Helper()
	s, known := Lookup(name)
	if !known {
		t.Fatalf("no scenario %s", name)
	}
	p, err := Prepare(s, emulatortest.AtNoon, keypool.Generate)
	if err != nil {
		t.Fatal(err)
	}
	c, assertion := prepared(t, p)
	c.exchange(t, tokenURLOf(p), assertion)
	accounts := p.Config.Accounts
	return c, emulatortest.SignerOf(accounts[len(accounts)-1], 0, emulatortest.Noon)
}

const (
	trailQuery       = "SELECT LoginAudit.detail AS detail, LoginAudit.oAuthAppName AS application FROM LoginAudit WHERE LoginAudit.status = 'Failure' ORDER BY LoginAudit.date"
	integrationQuery = "SELECT integration.name AS name, BUILTIN.DF(integration.state) AS state FROM integration"
	loginQuery       = "SELECT rolepermissions.permkey AS permkey FROM rolepermissions WHERE rolepermissions.role = 1012 AND rolepermissions.permkey = 'ADMI_LOGIN_OAUTH2'"
	roleQuery        = "SELECT role.isinactive AS isinactive FROM role WHERE role.id = 1012"
	entityQuery      = "SELECT employee.isinactive AS isinactive, employee.giveaccess AS access FROM employee WHERE employee.id = 1042"
	hasRoleQuery     = "SELECT employeeroles.role AS role FROM employeeroles WHERE employeeroles.entity = 1042 AND employeeroles.role = 1012"
)

// For each cause that looks the same from outside, the account seen from inside has it.
func TestEveryCauseIsSeenFromInside(t *testing.T) {
	seen := map[string]struct{ detail, q, want string }{
		"healthy":                  {"", integrationQuery, `[{"links":[],"name":"nsauth demo","state":"Enabled"},{"links":[],"name":"nsauth auditor","state":"Enabled"}]`},
		"mapping-missing":          {"MissingKey", integrationQuery, `[{"links":[],"name":"nsauth demo","state":"Enabled"},{"links":[],"name":"nsauth auditor","state":"Enabled"}]`},
		"mapping-revoked":          {"MissingKey", roleQuery, `[{"isinactive":"F","links":[]}]`},
		"integration-disabled":     {"IntegrationBlocked", integrationQuery, `[{"links":[],"name":"nsauth demo","state":"Blocked"},{"links":[],"name":"nsauth auditor","state":"Enabled"}]`},
		"integration-unknown":      {"UnknownIntegration", integrationQuery, `[{"links":[],"name":"nsauth auditor","state":"Enabled"}]`},
		"grant-not-enabled":        {"none", integrationQuery, `[{"links":[],"name":"nsauth demo","state":"Enabled"},{"links":[],"name":"nsauth auditor","state":"Enabled"}]`},
		"scope-not-enabled":        {"ScopeMismatched", roleQuery, `[{"isinactive":"F","links":[]}]`},
		"features-disabled":        {"FeatureDisabled", roleQuery, `[{"isinactive":"F","links":[]}]`},
		"entity-inactive":          {"EntityOrRoleDisabled", entityQuery, `[{"access":"T","isinactive":"T","links":[]}]`},
		"entity-without-access":    {"EntityOrRoleDisabled", entityQuery, `[{"access":"F","isinactive":"F","links":[]}]`},
		"entity-without-role":      {"EntityOrRoleDisabled", hasRoleQuery, `[]`},
		"role-inactive":            {"EntityOrRoleDisabled", roleQuery, `[{"isinactive":"T","links":[]}]`},
		"login-permission-missing": {"none", loginQuery, `[]`},
		"login-permission-removed": {"", loginQuery, `[]`},
		"sandbox-refreshed":        {"MissingKey", hasRoleQuery, `[]`},
		"rs256":                    {"UnsupportedAlgo", loginQuery, `[{"links":[],"permkey":"ADMI_LOGIN_OAUTH2"}]`},
		"wrong-kid":                {"SignatureValidation", hasRoleQuery, `[{"links":[],"role":"1012"}]`},
		"no-permission":            {"", "SELECT rolepermissions.name AS name FROM rolepermissions WHERE rolepermissions.role = 1012 AND rolepermissions.name = 'Customers'", `[]`},
	}
	for _, code := range setupSet(t) {
		if !slices.ContainsFunc(All(), func(s Scenario) bool {
			_, listed := seen[s.Name]
			return listed && slices.Contains(s.Server.Changes, Change(code))
		}) {
			t.Errorf("no row of %s", code)
		}
	}
	for name, want := range seen {
		t.Run(name, func(t *testing.T) {
			c, s := refused(t, name)
			_, trail := rows(t, c, s, trailQuery)
			switch {
			case want.detail == "" && len(trail) > 0, want.detail != "" && len(trail) != 1:
				t.Errorf("audit trail %v", trail)
			case want.detail == "none" && trail[0]["detail"] != nil, want.detail != "" && want.detail != "none" && trail[0]["detail"] != want.detail:
				t.Errorf("audit trail %v, want %s", trail, want.detail)
			}
			status, items := rows(t, c, s, want.q)
			if got, _ := json.Marshal(items); status != 200 || string(got) != want.want {
				t.Errorf("status %d, %s, want %s", status, got, want.want)
			}
		})
	}
}

// The scenarios of the auditor's own troubles.
func TestAuditorScenarios(t *testing.T) {
	details := func(items []map[string]any) string {
		var all []string
		for _, i := range items {
			detail, _ := i["detail"].(string)
			application, _ := i["application"].(string)
			all = append(all, application+" "+detail)
		}
		return strings.Join(all, ", ")
	}
	for name, want := range map[string]struct {
		status int
		trail  string
	}{
		"audit-entry-delayed":         {200, ""},
		"audit-time-zone":             {200, "nsauth demo IntegrationBlocked"},
		"audit-session-zone":          {200, "nsauth demo IntegrationBlocked"},
		"audit-two-entries":           {200, "nsauth demo MissingKey, nsauth demo EntityOrRoleDisabled"},
		"audit-no-entry":              {200, ""},
		"audit-contradicts":           {200, "nsauth demo UnsupportedAlgo"},
		"auditor-lacks-trail":         {400, ""},
		"auditor-lacks-workbook":      {400, ""},
		"auditor-of-other-account":    {200, ""},
		"auditor-revoked":             {401, ""},
		"auditor-lacks-employeeroles": {200, "nsauth demo EntityOrRoleDisabled"},
		"auditor-lacks-roles":         {200, "nsauth demo "},
		"auditor-lacks-certificates":  {200, "nsauth demo MissingKey"},
		"auditor-df-in-where":         {200, "nsauth demo IntegrationBlocked"},
		"audit-hostile-cells":         {200, "\x1b[31m\a\r\n\x00\u202ensauth demo \x1b[31m\a\r\n\x00\u202eIntegrationBlocked"},
		"audit-endless-pages":         {200, "nsauth demo IntegrationBlocked"},
	} {
		t.Run(name, func(t *testing.T) {
			c, s := refused(t, name)
			status, items := rows(t, c, s, trailQuery)
			if status != want.status || details(items) != want.trail {
				t.Errorf("status %d, %q", status, details(items))
			}
		})
	}
}

// The auditor with a certificate gets a token, unless the feature is off.
func TestAuditorGetsAToken(t *testing.T) {
	for name, want := range map[string]int{"mapping-missing": 200, "features-disabled": 500, "auditor-revoked": 500} {
		s, _ := Lookup(name)
		p, err := Prepare(s, emulatortest.AtNoon, keypool.Generate)
		if err != nil {
			t.Fatal(err)
		}
		own := p.Auditor[0]
		block, _ := pem.Decode([]byte(own.files["key"].Reveal()))
		key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		other := &Prepared{Profile: own.Values, Config: p.Config, key: key.(crypto.Signer)}
		c, assertion := prepared(t, other)
		if res := c.exchange(t, tokenURLOf(other), assertion); res.Status != want {
			t.Errorf("%s: status %d, %+v", name, res.Status, c.last().Refusals)
		}
	}
}
