package scenario

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/emulatortest"
	"github.com/nsauth/nsauth/internal/emulator/oauth"
	"github.com/nsauth/nsauth/internal/emulator/server"
	"github.com/nsauth/nsauth/internal/testkit/keypool"
)

// The causes that a client cannot tell apart are answered with the same bytes, but
// for the Date, under the bare answers: whoever could tell them apart by the
// answer would have no set.
func TestSameAnswerForEachSet(t *testing.T) {
	members := make(map[string]string) // what acts out each member of the set
	for _, change := range setupSet(t) {
		members[change] = "change " + change
	}
	var acts []Scenario
	for change := range members {
		acts = append(acts, Scenario{Name: "change-" + change, Server: ServerHalf{Changes: []Change{Change(change)}}})
	}
	for _, s := range All() {
		refusedForSetup := slices.Contains(s.Expect.Causes, "setup.mapping-missing") && len(s.Server.Faults)+len(s.Server.Canned) == 0
		refusedHere := s.Expect.Exit != 0 && (s.Topic == "IDs" || s.Topic == "assertion" || s.Topic == "clock")
		if refusedForSetup || refusedHere {
			s.Server.Errors = oauth.ErrorsBare
			acts = append(acts, s)
		}
	}
	if len(acts) < 45 {
		t.Fatalf("only %d", len(acts))
	}
	first := ""
	for i, s := range acts {
		if testing.Short() && i%4 != 0 {
			continue
		}
		p, err := Prepare(s, emulatortest.AtNoon, keypool.Generate)
		if err != nil {
			t.Fatal(err)
		}
		c, assertion := prepared(t, p)
		got := rawAnswer(t, c, strings.TrimPrefix(tokenURLOf(p), "https://"), emulatortest.Form(assertion).Encode())
		if c.last().Accepted || len(c.last().Refusals) == 0 {
			t.Errorf("%s: %+v", s.Name, c.last())
		}
		if first == "" {
			first = got
			if !strings.HasPrefix(got, "HTTP/1.1 500 ") || !strings.HasSuffix(got, "\r\n\r\n"+`{"error":"server_error"}`) {
				t.Fatalf("%q", got)
			}
		}
		if got != first {
			t.Errorf("%s is answered otherwise:\n%q\n%q", s.Name, got, first)
		}
		c.Close()
	}
}

// So are the calls that a token does not open, whatever the reason.
func TestSameAnswerForRejectedCalls(t *testing.T) {
	var answers []string
	for _, change := range []func(*server.Config, *account.Account){
		changes["login-permission-removed"],
		func(c *server.Config, a *account.Account) {
			a.Integrations[0].Scopes = []string{"restlets"}
			c.NarrowScope = true
		}, // no rest_webservices in the token
	} {
		s := Scenario{Name: "call", Client: ClientHalf{Overrides: map[string]string{"scope": "restlets,rest_webservices"}},
			Server: ServerHalf{Scopes: []string{"restlets", "rest_webservices"}}}
		p, err := Prepare(s, emulatortest.AtNoon, keypool.Generate)
		if err != nil {
			t.Fatal(err)
		}
		change(&p.Config, &p.Config.Accounts[0])
		c, assertion := prepared(t, p)
		res := c.call(t, c.exchange(t, tokenURLOf(p), assertion), "https://1234567"+account.SuiteTalkSuffix+"/services/rest/record/v1/customer/107")
		if res.Status != 401 || c.last().Accepted {
			t.Errorf("status %d", res.Status)
		}
		res.Header.Del("Date")
		answers = append(answers, fmt.Sprint(res))
	}
	if answers[0] != answers[1] {
		t.Errorf("%s\n%s", answers[0], answers[1])
	}
}

var dateLine = regexp.MustCompile(`(?m)^Date: .*\r\n`)

// rawAnswer is the answer to a POST of the form, byte for byte, without its Date.
func rawAnswer(t *testing.T, c *standIn, url, body string) string {
	t.Helper()
	host, path, _ := strings.Cut(url, "/")
	conn, err := tls.Dial("tcp", c.Addr(), &tls.Config{RootCAs: c.CertPool(), ServerName: host, NextProtos: []string{"http/1.1"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func(conn net.Conn) { conn.Close() }(conn)
	fmt.Fprintf(conn, "POST /%s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
		path, host, len(body), body)
	got, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return dateLine.ReplaceAllString(string(got), "")
}

// The set-up of the account, one fault at a time, is answered as one.
func TestSetupBytes(t *testing.T) {
	details := map[Change]string{
		"setup.mapping-missing": "MissingKey", "setup.certificate-revoked": "MissingKey", "setup.integration-disabled": "IntegrationBlocked",
		"setup.integration-unknown": "UnknownIntegration", "setup.grant-not-enabled": "", "setup.scope-not-enabled": "ScopeMismatched", "setup.features-disabled": "FeatureDisabled",
		"setup.role-or-entity-inactive": "EntityOrRoleDisabled", "setup.login-permission-missing": "", "setup.sandbox-refreshed": "MissingKey",
	}
	var first emulatortest.Response
	for i, code := range setupSet(t) {
		change := Change(code)
		detail, listed := details[change]
		if !listed {
			t.Fatalf("no expectation for %s", change)
		}
		p, err := Prepare(Scenario{Name: "set", Server: ServerHalf{Changes: []Change{change}}}, emulatortest.AtNoon, keypool.Generate)
		if err != nil {
			t.Fatal(err)
		}
		c, assertion := prepared(t, p)
		res := c.exchange(t, tokenURLOf(p), assertion)
		if i == 0 {
			first = res
		}
		emulatortest.SameAnswer(t, first, res)
		if got := c.AuditTrail(); len(got) != 1 || got[0].Detail != detail {
			t.Errorf("%s: audit trail %+v, want %q", change, got, detail)
		}
		if code := c.last().Refusals[0].Code; code != string(change) && change != "setup.sandbox-refreshed" {
			t.Errorf("%s: verdict %s", change, code)
		}
	}
}
