package server

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/api"
	"github.com/nsauth/nsauth/internal/emulator/emulatortest"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// auditorHabits are the habits of a client that reads the account, each with a request
// and the status that it gets with the habit refused.
var auditorHabits = map[verdict.Habit]func(t *testing.T, c *client, token string) (res emulatortest.Response, refused int){
	verdict.HabitQueryLoginAudit: func(t *testing.T, c *client, token string) (emulatortest.Response, int) {
		return c.query(t, token, `{"q":"SELECT detail FROM LoginAudit"}`), 400
	},
	verdict.HabitQueryEmployeeRoles: func(t *testing.T, c *client, token string) (emulatortest.Response, int) {
		return c.query(t, token, `{"q":"SELECT role FROM employeeroles"}`), 400
	},
	verdict.HabitDFInWhere: func(t *testing.T, c *client, token string) (emulatortest.Response, int) {
		return c.query(t, token, `{"q":"SELECT id FROM integration WHERE BUILTIN.DF(integration.state) = 'Enabled'"}`), 200
	},
	verdict.HabitOtherCertificates: func(t *testing.T, c *client, token string) (emulatortest.Response, int) {
		return c.get(t, token, restletsURL+api.ClientsPath+emulatortest.ClientID("second")+"/certificates"), 404
	},
}

// auditing gives the role of the client every permission.
func auditing(t *testing.T) *fixture {
	f := newFixture(t)
	for i := range f.config.Accounts[0].Mappings {
		f.config.Accounts[0].Mappings[i].Role = account.Role{ID: 1099, Name: "Auditor", Permissions: account.KnownPermissions()}
	}
	return f
}

// What an auditor asks for is answered, and not answered with the habit refused. The
// verdict names it.
func TestHabitsOfAnAuditor(t *testing.T) {
	for habit, ask := range auditorHabits {
		for _, refuse := range []bool{false, true} {
			f := auditing(t)
			if refuse {
				f.config.Refuse = []verdict.Habit{habit}
			}
			c := start(t, f.config)
			res, refused := ask(t, c, c.token(t, f.Genuine("p-256", "ES256").Sign(t)))
			want := 200
			if refuse {
				want = refused
			}
			empty := strings.Contains(res.Body, `"count":0`)
			if res.Status != want || empty != (refuse && want == 200) {
				t.Errorf("%s, refused %v: status %d %s", habit, refuse, res.Status, res.Body)
			}
			if habits := c.last().Habits; !slices.Contains(habits, habit) {
				t.Errorf("%s: the verdict has %v", habit, habits)
			}
		}
	}
}

// Of another Client ID the list may be read, and nothing changed.
func TestCertificatesOfAnotherClient(t *testing.T) {
	f := auditing(t)
	second := f.config.Accounts[0].Mappings[0]
	second.Certificate, second.ClientID, second.Revoked = emulatortest.Certify(t, emulatortest.Keys()["p-256"], 300), emulatortest.ClientID("second"), true
	f.config.Accounts[0].Mappings = append(f.config.Accounts[0].Mappings, second)
	c := start(t, f.config)
	token := c.token(t, f.Genuine("p-256", "ES256").Sign(t))
	url := restletsURL + api.ClientsPath + emulatortest.ClientID("second") + "/certificates"
	var list []wireCertificate
	res := c.get(t, token, url)
	if err := json.Unmarshal([]byte(res.Body), &list); err != nil || len(list) != 1 || !list[0].Revoked || list[0].Application.Name != "second" {
		t.Errorf("%s, %v", res.Body, err)
	}
	for _, url := range []string{url, url + "/" + second.ID() + "/revoke"} {
		if res := c.post(t, token, url, upload(t, "x", 1012, 1042)); res.Status != 404 {
			t.Errorf("POST: status %d", res.Status)
		}
	}
	if res := c.get(t, token, strings.Replace(url, emulatortest.ClientID("second"), emulatortest.ClientID("none"), 1)); res.Status != 404 {
		t.Errorf("unknown Client ID: status %d", res.Status)
	}
}

// With TBA the same tables are read, and not the certificates.
func TestAuditorWithTBA(t *testing.T) {
	f := auditing(t)
	a := &f.config.Accounts[0]
	a.Features.OAuth2 = false
	emulatortest.AddToken(a)
	a.Tokens[0].Role = a.Mappings[0].Role
	c := start(t, f.config)
	c.exchange(t, f.Genuine("p-256", "ES256").Sign(t))
	s := emulatortest.SignerOf(*a, 0, emulatortest.Noon)
	res := c.do(t, s.Sign(emulatortest.Request(t, http.MethodPost, suiteqlURL+"?limit=5&offset=0", `{"q":"SELECT LoginAudit.status AS status, LoginAudit.detail AS detail, LoginAudit.oAuthAccessTokenName AS token FROM LoginAudit ORDER BY LoginAudit.date"}`,
		"Content-Type", "application/json", "Prefer", "transient")))
	var page wirePage
	if err := json.Unmarshal([]byte(res.Body), &page); err != nil || page.Count != 2 {
		t.Fatalf("status %d: %s", res.Status, res.Body)
	}
	first, own := page.Items[0].(map[string]any), page.Items[1].(map[string]any)
	if first["detail"] != "FeatureDisabled" || first["status"] != "Failure" || own["token"] != "main token" || own["detail"] != nil {
		t.Errorf("%v", page.Items)
	}
	s.Nonce += "2"
	if res := c.do(t, s.Sign(emulatortest.Request(t, http.MethodGet, certificatesURL, ""))); res.Status != 401 {
		t.Errorf("certificates: status %d", res.Status)
	}
}
