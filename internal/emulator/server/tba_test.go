package server

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/emulatortest"
)

// Each thing that can be wrong with a signed request is named, and no two answers differ.
func TestTBA(t *testing.T) {
	type signer = emulatortest.Signer
	set := func(name, value string) func(map[string]string) {
		return func(p map[string]string) { p[name] = value }
	}
	for name, tt := range map[string]struct {
		account func(*account.Account)
		signer  func(*signer)
		detail  string // "-" for an accepted request
	}{
		"good":                 {detail: "-"},
		"no version":           {signer: func(s *signer) { s.Change = func(p map[string]string) { delete(p, "oauth_version") } }, detail: "-"},
		"clock ahead":          {signer: func(s *signer) { s.At = s.At.Add(5 * time.Minute) }, detail: "-"},
		"clock too far ahead":  {signer: func(s *signer) { s.At = s.At.Add(5*time.Minute + time.Second) }, detail: "InvalidTimestamp"},
		"clock too far behind": {signer: func(s *signer) { s.At = s.At.Add(-5*time.Minute - time.Second) }, detail: "InvalidTimestamp"},
		"milliseconds":         {signer: func(s *signer) { s.Change = set("oauth_timestamp", fmt.Sprint(emulatortest.Noon.UnixMilli())) }, detail: "InvalidTimestamp"},
		"realm in lower case":  {signer: func(s *signer) { s.Realm = "1234567-sb1" }, detail: ""},
		"other account":        {signer: func(s *signer) { s.Realm = "1234567" }, detail: ""},
		"SHA-1":                {signer: func(s *signer) { s.Method = "HMAC-SHA1" }, detail: "UnknownAlgorithm"},
		"version":              {signer: func(s *signer) { s.Change = set("oauth_version", "2.0") }, detail: "VersionRejected"},
		"short nonce":          {signer: func(s *signer) { s.Nonce = "12345" }, detail: "nonce_rejected"},
		"consumer key":         {signer: func(s *signer) { s.ConsumerKey = "c0ffee" }, detail: "consumer_key_unknown"},
		"token":                {signer: func(s *signer) { s.TokenID = "c0ffee" }, detail: "token_rejected"},
		"consumer secret":      {signer: func(s *signer) { s.ConsumerSecret = "other" }, detail: "InvalidSignature"},
		"token secret":         {signer: func(s *signer) { s.TokenSecret = "other" }, detail: "InvalidSignature"},
		"signature":            {signer: func(s *signer) { s.Spoil = set("oauth_signature", "AAAA") }, detail: "InvalidSignature"},
		"nonce changed":        {signer: func(s *signer) { s.Spoil = set("oauth_nonce", "0123456789abcdee") }, detail: "InvalidSignature"},
		"unknown parameter":    {signer: func(s *signer) { s.Change = set("oauth_callback", "oob") }, detail: "parameter_rejected"},
		"blocked":              {account: func(a *account.Account) { a.Integrations[0].Enabled = false }, detail: "consumer_key_refused"},
		"not ticked":           {account: func(a *account.Account) { a.Integrations[0].ConsumerSecret = "" }, detail: "consumer_key_refused"},
		"feature off":          {account: func(a *account.Account) { a.Features.TBAOff = true }, detail: "FeatureDisabled"},
		"OAuth 2.0 off":        {account: func(a *account.Account) { a.Features.OAuth2 = false }, detail: "-"},
		"revoked":              {account: func(a *account.Account) { a.Tokens[0].Revoked = true }, detail: "token_rejected"},
		"inactive":             {account: func(a *account.Account) { a.Tokens[0].Inactive = true }, detail: "token_rejected"},
		"another record's":     {account: func(a *account.Account) { a.Tokens[0].ClientID = emulatortest.ClientID("second") }, detail: "token_rejected"},
		"role inactive":        {account: func(a *account.Account) { a.Tokens[0].Role.Inactive = true }, detail: "EntityOrRoleDisabled"},
		"entity inactive":      {account: func(a *account.Account) { a.Tokens[0].Entity.Inactive = true }, detail: "EntityOrRoleDisabled"},
		"role removed":         {account: func(a *account.Account) { a.Tokens[0].Entity.RemovedRoles = []int{1012} }, detail: "EntityOrRoleDisabled"},
		"log-in permission":    {account: func(a *account.Account) { a.Tokens[0].Role = emulatortest.Role() }, detail: "permission_denied"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			a := &f.config.Accounts[0]
			a.ID = "1234567_SB1"
			f.config.Accounts = f.config.Accounts[:1]
			emulatortest.AddToken(a)
			s := emulatortest.SignerOf(*a, 0, emulatortest.Noon)
			if tt.account != nil {
				tt.account(a)
			}
			if tt.signer != nil {
				tt.signer(s)
			}
			c := start(t, f.config)
			url := "https://1234567-sb1" + account.SuiteTalkSuffix + "/services/rest/record/v1/customer?q=companyName+START_WITH+%22B%22&limit=5"
			res := c.do(t, s.Sign(emulatortest.Request(t, http.MethodGet, url, "")))
			trail := c.AuditTrail()
			if len(trail) != 1 || trail[0].TokenName != "main token" && name != "consumer key" && name != "token" && name != "unknown parameter" {
				t.Fatalf("audit trail %+v", trail)
			}
			if tt.detail == "-" {
				if res.Status != 200 || !strings.Contains(res.Body, `"108"`) || trail[0].Status != "Success" || trail[0].EntityID != 1042 {
					t.Errorf("status %d, %s, %+v", res.Status, res.Body, c.last().Refusals)
				}
				return
			}
			code, _ := errorCode(t, res)
			if res.Status != 401 || code != "INVALID_LOGIN" || !strings.HasPrefix(res.Header.Get("WWW-Authenticate"), "OAuth ") {
				t.Errorf("status %d, %s", res.Status, res.Body)
			}
			if trail[0].Status != "Failure" || trail[0].Detail != tt.detail {
				t.Errorf("Detail %q, want %q: %+v", trail[0].Detail, tt.detail, c.last().Refusals)
			}
			if codes := emulatortest.Codes(c.last()); !slices.Contains(codes, "tba.refused") {
				t.Errorf("codes %v", codes)
			}
			for _, secret := range []string{s.ConsumerSecret, s.TokenSecret} {
				if strings.Contains(fmt.Sprintf("%+v", c.last()), secret) {
					t.Error("a secret in the verdict")
				}
			}
		})
	}
}

// A request that was accepted is refused when it comes again.
func TestTBANonceIsUsedOnce(t *testing.T) {
	f := newFixture(t)
	emulatortest.AddToken(&f.config.Accounts[0])
	c := start(t, f.config)
	s := emulatortest.SignerOf(f.config.Accounts[0], 0, emulatortest.Noon)
	for i, want := range []int{200, 401, 200} {
		if i == 2 {
			s.Nonce += "x"
		}
		if res := c.do(t, s.Sign(emulatortest.Request(t, http.MethodGet, timeURL, ""))); res.Status != want {
			t.Errorf("request %d: status %d, %+v", i, res.Status, c.last().Refusals)
		}
	}
	if detail := c.AuditTrail()[1].Detail; detail != "NonceUsed" {
		t.Errorf("Detail %q", detail)
	}
}
