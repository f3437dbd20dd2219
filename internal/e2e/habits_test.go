//go:build e2e

package e2e

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	emu "github.com/nsauth/nsauth/internal/emulator/server"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// A habit and the stranger that has it: what the request is to look like, and
// what the emulator says of it when it refuses.
type habit struct {
	stranger string
	change   func(a *attempt)
	code     string
	detail   string
	status   int // when refused
}

// asItComes is the request that openid-client and oauth4webapi make with no
// more than kid, aud and scope set: it has five of the habits.
func asItComes(a *attempt) {
	a.Header = map[string]any{"kid": a.Header["kid"]}
	a.Claims = map[string]any{"aud": a.Claims["aud"], "scope": a.Claims["scope"]}
}

func strangersHabits() map[verdict.Habit]habit {
	const bad, bare = http.StatusBadRequest, http.StatusInternalServerError
	return map[verdict.Habit]habit{
		verdict.HabitClientIDField: {"oauth4webapi", asItComes, "request.parameter-unexpected", "", bad},
		verdict.HabitTypMissing:    {"oauth4webapi", asItComes, "assertion.typ-unexpected", "", bare},
		verdict.HabitNbf:           {"openid-client", asItComes, "assertion.claim-refused", "", bare},
		verdict.HabitSub:           {"openid-client", asItComes, "assertion.claim-refused", "", bare},
		verdict.HabitJTI:           {"openid-client", asItComes, "assertion.claim-refused", "", bare},
		verdict.HabitScopeField: {"openid-client", func(a *attempt) { a.Form = map[string]string{"scope": "rest_webservices"} },
			"request.parameter-unexpected", "", bad},
		verdict.HabitBasicHeader: {"openid-client", func(a *attempt) { a.Basic = true }, "request.client-authentication", "", bad},
		"cookie":                 {"openid-client", func(a *attempt) { a.Cookie = true }, "request.cookie", "", bad},
		// jsonwebtoken's "1h" and Oracle's own samples come to this.
		verdict.HabitLifetimeHour: {"jsonwebtoken", func(a *attempt) { a.Claims["exp"] = a.Claims["iat"].(int64) + 3600 },
			"assertion.lifetime-too-long", "TokenValidityTooBroad", bare},
		// Python's time.time() is like this.
		verdict.HabitFractionalTime: {"PyJWT", func(a *attempt) { a.Claims["iat"] = float64(a.Claims["iat"].(int64)) + 0.25 },
			"assertion.time-claim-invalid", "", bare},
		// golang-jwt's RegisteredClaims make an array of it.
		verdict.HabitAudienceArray: {"golang-jwt", func(a *attempt) { a.Claims["aud"] = jwt.ClaimStrings{tokenURL} },
			"assertion.audience-mismatch", "", bare},
		verdict.HabitAudienceRESTlet: {"golang-jwt", func(a *attempt) { a.Claims["aud"] = strings.Replace(tokenURL, "suitetalk", "restlets", 1) },
			"assertion.audience-mismatch", "", bare},
		// Oracle's sample for SuiteAnalytics Connect has both.
		verdict.HabitAudienceConnect: {"golang-jwt", func(a *attempt) { a.Claims["aud"] = strings.Replace(tokenURL, "suitetalk", "connect", 1) },
			"assertion.audience-mismatch", "", bare},
		verdict.HabitScopeConnect: {"jose", func(a *attempt) { a.Claims["scope"] = []string{"SuiteAnalytics"} },
			"assertion.scope-unknown", "InvalidScope", bare},
		verdict.HabitScopeComma: {"jose", func(a *attempt) { a.Claims["scope"] = "restlets,rest_webservices" },
			"assertion.scope-separator", "InvalidScope", bare},
		verdict.HabitScopeSpace: {"jose", func(a *attempt) { a.Claims["scope"] = "restlets rest_webservices" },
			"assertion.scope-separator", "InvalidScope", bare},
	}
}

// TestHabits: each habit of a real client has the default that the emulator
// states, and the switch turns it round, with the same request.
func TestHabits(t *testing.T) {
	t.Parallel()
	table := strangersHabits()
	key := strangerKey(t, "P-256")
	for _, known := range verdict.Habits() {
		h, there := table[known.Habit]
		switch known.Habit {
		case verdict.HabitReused: // TestHabitReused
			continue
		case verdict.HabitQueryLoginAudit, verdict.HabitQueryEmployeeRoles, verdict.HabitDFInWhere, verdict.HabitOtherCertificates:
			continue // of an auditor's query, not of an assertion
		}
		if !there {
			t.Errorf("no stranger has the habit %s", known.Habit)
			continue
		}
		t.Run(string(known.Habit), func(t *testing.T) {
			t.Parallel()
			for _, accepted := range []bool{known.Accepted, !known.Accepted} {
				name := map[bool]string{true: "accepted", false: "refused"}[accepted]
				c := startCounterpart(t, func(config *emu.Config) {
					switch {
					case accepted == known.Accepted: // the default
					case accepted:
						config.Accept = []verdict.Habit{known.Habit}
					default:
						config.Refuse = []verdict.Habit{known.Habit}
					}
				})
				a := newAttempt(key, name, "ES256", "rest_webservices")
				a.Claims["exp"] = a.Claims["iat"].(int64) + int64(5*time.Minute/time.Second)
				h.change(&a)
				replies := strangers[h.stranger](t, c, []attempt{a})
				verdicts, trail := c.Requests(), c.AuditTrail()
				if len(replies) != 1 || len(verdicts) != 1 || len(trail) != 1 {
					t.Fatalf("%s: %+v, %d verdicts, %d rows", name, replies, len(verdicts), len(trail))
				}
				status, codes, detail := http.StatusOK, []string(nil), ""
				if !accepted {
					status, codes, detail = h.status, []string{h.code}, h.detail
				}
				got := codesOf(verdicts[0])
				if replies[0].Status != status || verdicts[0].Accepted != accepted || !slices.Equal(got, codes) || trail[0].Detail != detail {
					t.Errorf("%s: status %d, refusals %v, audit trail %q; want %d, %v, %q\n%s", name,
						replies[0].Status, got, trail[0].Detail, status, codes, detail, replies[0].Error)
				}
				said := map[int]string{http.StatusBadRequest: "invalid_request", http.StatusInternalServerError: bareToClients}[status]
				if !signersOnly(h.stranger) && !strings.Contains(replies[0].Error, said) {
					t.Errorf("%s: the client reads %q, want %q", name, replies[0].Error, said)
				}
			}
		})
	}
}

// TestHabitReused: a program that sends one assertion twice gets two tokens by default,
// and one from an emulator that was told to refuse it.
func TestHabitReused(t *testing.T) {
	key := strangerKey(t, "RSA-3072")
	for refused, want := range map[bool]string{false: "200\n200\n", true: "200\n500\n"} {
		c := startCounterpart(t, func(config *emu.Config) {
			if refused {
				config.Refuse = []verdict.Habit{verdict.HabitReused}
			}
		})
		argv := shell("twice.sh")(t)
		r := run(t, nil, c.environment(t, "NETSUITE_CERTIFICATE_ID="+key.id, "NETSUITE_KEY_FILE="+key.key), argv[0], argv[1:]...)
		verdicts := c.Requests()
		if r.exit != 0 || string(r.stdout) != want || len(verdicts) != 2 {
			t.Fatalf("refused %t: %d requests, want %q\n%v", refused, len(verdicts), want, r)
		}
		if codes := codesOf(verdicts[1]); refused && !slices.Equal(codes, []string{"assertion.reused"}) {
			t.Errorf("refusals %v", codes)
		}
		if !refused && !slices.Contains(verdicts[1].Habits, verdict.HabitReused) || slices.Contains(verdicts[0].Habits, verdict.HabitReused) {
			t.Errorf("habits %v, then %v", verdicts[0].Habits, verdicts[1].Habits)
		}
	}
}
