package scenario

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/emulatortest"
	"github.com/nsauth/nsauth/internal/emulator/server"
	"github.com/nsauth/nsauth/internal/testkit/keypool"
)

// notForOwn are the scenarios that the client of a profile cannot meet, by the reason.
var notForOwn = map[string][]string{
	"in an assertion that another program makes": {"scope-comma", "kid-undefined", "scope-space", "scope-empty", "no-kid", "lifetime-too-long",
		"assertion-expired", "local-time-west", "local-time-east", "connect-sample", "signature-der"},
	"in the client's own settings: certificate_id": {"certificate-file-reissued", "wrong-kid", "kid-lower-case", "kid-cut-off", "kid-padded", "kid-thumbprint",
		"kid-fingerprint", "kid-script-id", "kid-of-netsuite", "case-audit-trail"},
	"in the client's own settings: client_id": {"placeholder", "application-id", "client-id-truncated", "case-application-id"},
	"in the client's own settings: algorithm": {"rs256", "algorithm-of-other-key", "case-retired-signature"},
	"in the client's own settings: audience":  {"wrong-audience", "audience-of-restlets", "audience-without-path"},
	"in the client's own settings: scope":     {"scope-unknown", "scope-mcp"},
	"in the client's own settings: cert":      {"no-certificate-file"},
	"in the client's own key or certificate": {"expiring-soon", "validity-too-long", "key-mismatch", "small-key", "odd-key-size", "wrong-curve", "ed25519-key",
		"key-is-certificate", "key-encrypted", "key-in-one-line", "key-utf16", "expired-certificate", "certificate-not-yet-valid", "five-years-over",
		"certificate-not-uploaded", "case-five-years"},
	"in the network of the client's machine": {"account-not-found", "dns-down", "unreachable"},
	"in the call that the client makes":      {"record-missing", "bad-request"},
}

// seen is what a correct client sees: status and verdict of its token request, and of its
// call; and whether it trusts the server.
func seen(t *testing.T, p *Prepared, path string) string {
	t.Helper()
	c, assertion := prepared(t, p)
	said := fmt.Sprintf("trusted %v", p.trustedCA == nil || p.trustedCA == p.Config.CA)
	send := func(r *http.Request) (body []byte) {
		before := len(c.Requests())
		status := "no answer"
		if res, err := c.http.Do(r); err == nil {
			body, err = io.ReadAll(res.Body)
			_ = res.Body.Close()
			if status = res.Status; err != nil {
				status += ", cut off"
			}
		}
		for end := time.Now().Add(time.Minute); len(c.Requests()) == before; { // a fault is on the wire before its verdict is kept
			if time.Now().After(end) {
				t.Fatalf("no verdict of %s", r.URL.Path)
			}
			time.Sleep(time.Millisecond)
		}
		for _, v := range c.Requests()[before:] {
			status += " " + v.Fault + " " + strings.Join(emulatortest.Codes(v)[:min(1, len(v.Refusals))], "")
		}
		said += "; " + status
		return body
	}
	url := tokenURLOf(p)
	body := send(emulatortest.Request(t, "POST", url, emulatortest.Form(assertion).Encode(), "Content-Type", "application/x-www-form-urlencoded"))
	var token struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   any    `json:"expires_in"`
		Scope       any    `json:"scope"`
	}
	if json.Unmarshal(body, &token) == nil && token.AccessToken != "" {
		said += fmt.Sprintf(", expires_in %T", token.ExpiresIn)
		host := strings.TrimSuffix(url, "/services/rest/auth/oauth2/v1/token")
		if rest, is := strings.CutPrefix(path, "https://1234567.restlets"); is {
			path = strings.Replace(host, "suitetalk", "restlets", 1) + strings.TrimPrefix(rest, ".api.netsuite.com")
		} else {
			path = host + path
		}
		for _, url := range []string{path, host + "/services/rest/auth/oauth2/v1/clients/" + p.Profile["client_id"] + "/certificates"} {
			send(emulatortest.Request(t, "GET", url, "", "Authorization", "Bearer "+token.AccessToken))
		}
	}
	return said
}

// A correct client of a profile meets the fault of each scenario whose fault is not its
// own: it sees what the scenario's own client sees. Its own IDs are registered.
func TestRegisteredClientMeetsEveryScenario(t *testing.T) {
	cannot := map[string]string{}
	for reason, names := range notForOwn {
		for _, name := range names {
			cannot[name] = "its fault is " + reason
		}
	}
	met := 0
	for i, s := range All() {
		t.Run(s.Name, func(t *testing.T) {
			own, err := makePair(ClientHalf{}, emulatortest.Noon, keypool.Generate)
			if err != nil {
				t.Fatal(err)
			}
			r := Registration{Account: "7654321_SB2", ClientID: strings.Repeat("5a", 32), Certificate: own.der, Scopes: []string{"rest_webservices"}}
			if slices.Contains(s.Server.Changes, scopeNotGranted) {
				r.Scopes = []string{"rest_webservices", "suite_analytics"}
			}
			p, err := Register(r, s, emulatortest.AtNoon, keypool.Generate)
			want, listed := cannot[s.Name]
			delete(cannot, s.Name)
			if listed {
				if err == nil || err.Error() != "emulator: "+want {
					t.Errorf("error %v, want %q", err, want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if met++; testing.Short() && i%4 != 0 {
				return
			}
			values := p.Profiles[0].Values
			if values["account"] != r.Account || values["client_id"] != r.ClientID || values["certificate_id"] != account.CertificateID(own.der) {
				t.Errorf("registered as %v", values)
			}
			p.Profile, p.key = map[string]string{"account": r.Account, "client_id": r.ClientID, "certificate_id": account.CertificateID(own.der), "scope": strings.Join(r.Scopes, ",")}, own.key
			usual, err := Prepare(s, emulatortest.AtNoon, keypool.Generate)
			if err != nil {
				t.Fatal(err)
			}
			path := usual.Profile["api_path"]
			if path == "" {
				path = "/services/rest/record/v1/customer/107"
			}
			if got, want := seen(t, p, path), seen(t, usual, path); got != want {
				t.Errorf("the client of the profile sees\n%s\nand the scenario's own\n%s", got, want)
			}
			// What only the account shows.
			inside := func(c server.Config) string {
				roles := []string{}
				for _, m := range c.Accounts[0].Mappings {
					roles = append(roles, fmt.Sprint(m.Role.ID, len(m.Role.Permissions)))
				}
				slices.Sort(roles)
				return fmt.Sprint(c.AuditSilent, c.AuditDelay, c.AuditZone, c.SessionZone, c.AuditDetail, c.AuditAlso, slices.Compact(roles))
			}
			if got, want := inside(p.Config), inside(usual.Config); got != want && !emptied(s) {
				t.Errorf("the account of the profile has\n%s\nand the scenario's\n%s", got, want)
			}
		})
	}
	for name, why := range cannot {
		t.Errorf("no scenario %s, which %q is about", name, why)
	}
	if met < 50 {
		t.Errorf("only %d scenarios are met", met)
	}
}

// emptied reports whether a scenario takes the client's only mapping away: its own account
// keeps an older one.
func emptied(s Scenario) bool { return slices.Contains(s.Server.Changes, "setup.mapping-missing") }

// What the record has ticked follows from what the profile requests.
func TestRegisteredScopes(t *testing.T) {
	for _, tt := range []struct {
		scenario        string
		requested, want []string
	}{
		{"healthy", nil, account.KnownScopes()},
		{"healthy", []string{"restlets"}, []string{"restlets"}},
		{"scope-not-enabled", nil, []string{}},
		{"scope-not-enabled", []string{"restlets"}, []string{"rest_webservices", "suite_analytics"}},
		{"scope-not-granted", []string{"restlets", "suite_analytics"}, []string{"restlets"}},
	} {
		s, _ := Lookup(tt.scenario)
		if got := (Registration{Scopes: tt.requested}).ticked(s); !slices.Equal(got, tt.want) {
			t.Errorf("%s, requests %v: ticked %v, want %v", tt.scenario, tt.requested, got, tt.want)
		}
	}
	s, _ := Lookup("scope-not-granted")
	if why := s.WhyNotFor(Registration{Scopes: []string{"restlets"}}); !strings.Contains(why, "two scopes") {
		t.Errorf("one scope cannot be narrowed: %q", why)
	}
}

// A fault of the client is never served to the client of a profile, which does not have
// it. A new field of ClientHalf has to be known to WhyNotFor, or to this list.
func TestFaultsOfTheClientAreNotServed(t *testing.T) {
	servers := []string{"ClockOffset", "Inspector", "Untrusting"} // what the server can show
	half := reflect.TypeFor[ClientHalf]()
	for i := range half.NumField() {
		var s Scenario
		value := reflect.ValueOf(&s.Client).Elem().Field(i)
		switch value.Kind() {
		case reflect.String:
			value.SetString("rsa-2048")
		case reflect.Bool:
			value.SetBool(true)
		case reflect.Map:
			value.Set(reflect.ValueOf(map[string]string{"client_id": "x"}))
		case reflect.Pointer:
			value.Set(reflect.New(value.Type().Elem()))
		case reflect.Float64:
			value.SetFloat(1)
		default:
			value.SetInt(1)
		}
		name := half.Field(i).Name
		if why := s.WhyNotFor(Registration{}); (why == "") != slices.Contains(servers, name) {
			t.Errorf("%s: %q", name, why)
		}
	}
}
