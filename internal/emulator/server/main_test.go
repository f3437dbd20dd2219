package server

import (
	"encoding/json"
	"net/http"
	"runtime/debug"
	"testing"

	"go.uber.org/goleak"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/emulatortest"
	"github.com/nsauth/nsauth/internal/emulator/oauth"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
	"github.com/nsauth/nsauth/internal/testkit/keypool"
)

func TestMain(m *testing.M) {
	debug.SetGCPercent(400) // as package testkit does
	goleak.VerifyTestMain(m)
}

// fixture is the configuration of a server with the accounts of the fixture.
type fixture struct {
	*emulatortest.Registered
	config Config
}

func newFixture(t testing.TB) *fixture {
	r := emulatortest.Register(t)
	return &fixture{r, Config{Accounts: r.Accounts, Now: emulatortest.AtNoon, TokenConfig: oauth.TokenConfig{GenerateKey: keypool.Generate}}}
}

func (f *fixture) own(kind string) *account.Mapping {
	for i := range f.config.Accounts[0].Mappings {
		if m := &f.config.Accounts[0].Mappings[i]; account.CertificateID(m.Certificate) == f.KeyIDs[kind] {
			return m
		}
	}
	return nil
}

// client is a server that runs, and the means to reach it.
type client struct {
	*Server
	http *http.Client
}

func start(t testing.TB, c Config) *client {
	t.Helper()
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	running := &client{s, s.Client()}
	t.Cleanup(running.http.CloseIdleConnections)
	return running
}

const (
	restURL     = "https://1234567" + account.SuiteTalkSuffix
	restletsURL = "https://1234567" + account.RESTletsSuffix
	tokenURL    = restURL + oauth.TokenPath
)

func (c *client) do(t testing.TB, r *http.Request) emulatortest.Response {
	t.Helper()
	return emulatortest.Do(t, c.http, r)
}

func (c *client) exchange(t testing.TB, assertion string) emulatortest.Response {
	t.Helper()
	return c.do(t, emulatortest.Request(t, "POST", tokenURL, emulatortest.Form(assertion).Encode(), "Content-Type", "application/x-www-form-urlencoded"))
}

func (c *client) token(t testing.TB, assertion string) string {
	t.Helper()
	res := c.exchange(t, assertion)
	var got struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(res.Body), &got); err != nil || res.Status != 200 || got.AccessToken == "" {
		t.Fatalf("no token: status %d, refusals %+v", res.Status, c.last().Refusals)
	}
	return got.AccessToken
}

func (c *client) last() verdict.Verdict {
	all := c.Requests()
	if len(all) == 0 {
		return verdict.Verdict{}
	}
	return all[len(all)-1]
}

// What answers look like, as a client of NetSuite's reads them.
type (
	wireLink struct{ Rel, Href string }
	wirePage struct {
		Links   []wireLink
		Count   int
		HasMore bool
		Items   []any
		Offset  int
		Total   int `json:"totalResults"`
	}
)

const (
	catalogURL    = restURL + "/services/rest/record/v1/metadata-catalog"
	governanceURL = restURL + "/services/rest/system/v1/governanceLimits"
	wireSchema    = "application/schema+json"
	wireSwagger   = "application/swagger+json"
)

type wireCertificate struct {
	Application struct {
		ID            int
		Name, URL     string
		ApplicationID string `json:"application_id"`
	}
	Entity, Role struct {
		ID  int
		URL string
	}
	Created       string
	ValidUntil    string `json:"valid_until"`
	Revoked       bool
	CertificateID string `json:"certificate_id"`
	Algorithm     string
}

const testIssuer = "https://system.netsuite.com"

// count is the number of open connections.
func (c *connections) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.open)
}
