package scenario

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/emulatortest"
	"github.com/nsauth/nsauth/internal/emulator/oauth"
	"github.com/nsauth/nsauth/internal/emulator/server"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// prepared is a scenario's server, and the assertion its client would send.
func prepared(t testing.TB, p *Prepared) (*standIn, string) {
	t.Helper()
	s, err := server.New(p.Config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	if err := s.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	c := &standIn{s, s.Client()}
	t.Cleanup(c.http.CloseIdleConnections)
	if p.Assertion != "" {
		return c, p.Assertion
	}
	key := p.key
	d := &emulatortest.Draft{Header: map[string]any{"typ": "JWT", "kid": p.Profile["certificate_id"]}, Key: key}
	switch key := key.(type) {
	case *rsa.PrivateKey:
		d.Header["alg"] = "PS256"
	case *ecdsa.PrivateKey:
		d.Header["alg"] = map[elliptic.Curve]string{elliptic.P256(): "ES256", elliptic.P384(): "ES384", elliptic.P521(): "ES512"}[key.Curve]
	}
	if alg := p.Profile["algorithm"]; alg != "" {
		d.Header["alg"], d.PKCS1 = alg, strings.HasPrefix(alg, "RS")
	}
	aud := p.Profile["audience"]
	if aud == "" {
		aud = tokenURLOf(p)
	}
	local := emulatortest.Noon.Add(p.Scenario.Client.ClockOffset)
	d.Claims = map[string]any{
		"iss": p.Profile["client_id"], "aud": aud, "scope": strings.Split(p.Profile["scope"], ","),
		"iat": local.Unix(), "exp": local.Add(5 * time.Minute).Unix(),
	}
	return c, d.Sign(t)
}

func tokenURLOf(p *Prepared) string {
	label := strings.ToLower(strings.ReplaceAll(p.Profile["account"], "_", "-"))
	return "https://" + label + account.SuiteTalkSuffix + oauth.TokenPath
}

// standIn is a scenario's server, and the means to reach it.
type standIn struct {
	*server.Server
	http *http.Client
}

func (c *standIn) do(t testing.TB, r *http.Request) emulatortest.Response {
	t.Helper()
	return emulatortest.Do(t, c.http, r)
}

func (c *standIn) exchange(t testing.TB, url, assertion string) emulatortest.Response {
	t.Helper()
	return c.do(t, emulatortest.Request(t, "POST", url, emulatortest.Form(assertion).Encode(), "Content-Type", "application/x-www-form-urlencoded"))
}

// call gets a URL with the token of an answer.
func (c *standIn) call(t testing.TB, token emulatortest.Response, url string) emulatortest.Response {
	t.Helper()
	var got struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(token.Body), &got); err != nil || got.AccessToken == "" {
		t.Fatalf("no token: status %d, refusals %+v", token.Status, c.last().Refusals)
	}
	return c.do(t, emulatortest.Request(t, "GET", url, "", "Authorization", "Bearer "+got.AccessToken))
}

func (c *standIn) last() verdict.Verdict {
	all := c.Requests()
	if len(all) == 0 {
		return verdict.Verdict{}
	}
	return all[len(all)-1]
}

// setupSet is the longest set of causes that cannot be told apart.
func setupSet(t testing.TB) []string {
	t.Helper()
	s, known := Lookup("sandbox-refreshed")
	if !known || len(s.Expect.Causes) < 10 {
		t.Fatalf("sandbox-refreshed has %d causes", len(s.Expect.Causes))
	}
	return s.Expect.Causes
}
