//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var issuerLine = regexp.MustCompile(`(?m)^issuer (https://127\.0\.0\.1:\d+)$`)

// TestForeignServer: npm's oidc-provider, an authorization server that knows
// nothing of NetSuite, takes nsauth's assertions as private_key_jwt (RFC 7523)
// and refuses those of another key.
func TestForeignServer(t *testing.T) {
	ca := makeAuthority(t, "Example")
	tlsKey, tlsChain := ca.issue(t, "IP:127.0.0.1")
	type client struct {
		ID   string `json:"client_id"`
		Kid  string `json:"kid"`
		Alg  string `json:"alg"`
		SPKI string `json:"spki"`
		key  string
	}
	clients := []client{
		{ID: "payroll", Kid: "payroll-2026", Alg: "PS256", key: makeRSA(t, 3072)},
		{ID: "shop", Kid: "shop-2026", Alg: "ES256", key: makeEC(t, "P-256")},
	}
	for i := range clients {
		clients[i].SPKI = string(publicPEM(t, clients[i].key))
	}
	const scope = "records:read"
	config, err := json.Marshal(map[string]any{"key": tlsKey, "cert": tlsChain, "scope": scope, "clients": clients})
	if err != nil {
		t.Fatal(err)
	}
	command := node(t, "authorization-server.mjs", write(t, "config.json", config))
	s := start(t, []string{"NODE_ENV=production"}, program(t, command[0]), command[1:]...)
	var tokenURL string
	s.await(t, func() bool {
		if m := issuerLine.FindStringSubmatch(s.log.String()); m != nil {
			tokenURL = m[1] + "/token"
		}
		return tokenURL != ""
	})
	args := func(command string, c client, key string) []string {
		list := []string{command, "--token-url", tokenURL, "--ca-file", ca.cert, "--client-id", c.ID, "--certificate-id=" + c.Kid,
			"--key", key, "--scope", scope}
		if command == "doctor" {
			list = append(list, "--ntp-server", freePort(t))
		}
		return list
	}

	for i, c := range clients {
		t.Run(c.Alg, func(t *testing.T) {
			r := nsauth(t, append(args("token", c, c.key), "-o", "json")...)
			if r.exit != 0 {
				t.Fatal(r)
			}
			jq(t, r.stdout, `[.kind, (.access_token | length > 20), .token_type, (.expires_in > 0), .account, .scope]`,
				`["nsauth.token",true,"Bearer",true,null,["`+scope+`"]]`)

			r = nsauth(t, args("token", c, c.key)...)
			if token := strings.TrimSpace(string(r.stdout)); r.exit != 0 || len(token) < 20 || strings.ContainsAny(token, " \n") {
				t.Errorf("not a token and nothing else\n%v", r)
			}
			if granted := strings.Count(s.log.String(), "granted to "+c.ID+"\n"); granted != 2 {
				t.Errorf("the server granted %d tokens to %s, want 2", granted, c.ID)
			}

			// One user, three runs, one token.
			env := bareEnv(t)
			for i, want := range []string{"[false,1]", "[true,0]", "[true,0]"} {
				r := run(t, nil, env, binary(t), append(args("token", c, c.key), "-o", "json", "--retry", "2")...)
				if r.exit != 0 || (i > 0) != strings.HasPrefix(r.stderr, "nsauth: token from the cache, ") {
					t.Fatal(r)
				}
				jq(t, r.stdout, `[.cached, (.attempts | length)]`, want)
			}
			if granted := strings.Count(s.log.String(), "granted to "+c.ID+"\n"); granted != 3 {
				t.Errorf("the server granted %d tokens to %s, want 3", granted, c.ID)
			}

			d, r := report(t, args("doctor", c, c.key)...)
			if r.exit != 0 || d.Outcome != "pass" {
				t.Error(r)
			}
			for _, id := range []string{"profile", "key", "assertion", "network", "token"} {
				if check := d.check(t, id); check.Status != "pass" || len(check.Findings) > 0 {
					t.Errorf("%s: %s %v", id, check.Status, check.codes())
				}
			}
			for _, id := range []string{"certificate-id", "features", "integration", "role", "api", "mapping"} {
				if check := d.check(t, id); check.Status != "skip" || check.Reason != "foreign-server" {
					t.Errorf("%s: %s, reason %q, want skip, foreign-server", id, check.Status, check.Reason)
				}
			}
			// Such servers demand sub and jti, and take the URL of their token endpoint.
			jq(t, r.stdout, `.checks[] | select(.id == "assertion") | .facts | [.header.alg, .header.kid, .claims.iss, .claims.sub, .claims.aud, (.claims.jti | length > 0)]`,
				fmt.Sprintf("[%q,%q,%q,%q,%q,true]", c.Alg, c.Kid, c.ID, c.ID, tokenURL))
		})

		another := makeRSA(t, 3072)
		if c.Alg == "ES256" {
			another = makeEC(t, "P-256")
		}
		for name, key := range map[string]string{"another key": another, "another client's key": clients[1-i].key} {
			t.Run(c.Alg+", "+name, func(t *testing.T) {
				r := nsauth(t, append(args("token", c, key), "-o", "json")...)
				d, _ := parse(t, r)
				f := d.only(t, "token", "token.invalid-client")
				if r.exit != 1 || f.evidence("status") != "401" || f.evidence("error") != "invalid_client" {
					t.Errorf("evidence %v\n%v", f.Evidence, r)
				}
				d, r = report(t, args("doctor", c, key)...)
				d.only(t, "token", "token.invalid-client")
				if r.exit != 1 {
					t.Error(r)
				}
			})
		}
	}

	t.Run("another audience", func(t *testing.T) {
		d, r := report(t, append(args("doctor", clients[0], clients[0].key), "--audience", "https://elsewhere.example/token")...)
		if r.exit != 1 || !slices.Contains(d.check(t, "token").codes(), "token.invalid-client") {
			t.Error(r)
		}
	})

	t.Run("no CA file", func(t *testing.T) {
		list := slices.DeleteFunc(args("doctor", clients[0], clients[0].key), func(arg string) bool { return arg == "--ca-file" || arg == ca.cert })
		d, r := report(t, list...)
		if f := d.only(t, "network", "network.tls-untrusted"); r.exit != 1 || !strings.Contains(f.evidence("issuer"), "Example Root") {
			t.Errorf("evidence %v\n%v", f.Evidence, r)
		}
	})
}
