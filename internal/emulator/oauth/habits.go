package oauth

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// observed is a habit and whether a request has it.
type observed struct {
	habit   verdict.Habit
	present bool
}

func present(all ...observed) []verdict.Habit {
	var found []verdict.Habit
	for _, o := range all {
		if o.present {
			found = append(found, o.habit)
		}
	}
	return found
}

// habitsOfForm finds the habits of a token request, without its assertion.
func habitsOfForm(header http.Header, form url.Values) []verdict.Habit {
	return present(
		observed{verdict.HabitClientIDField, form.Has("client_id")},
		observed{verdict.HabitScopeField, form.Has("scope")},
		observed{verdict.HabitBasicHeader, header.Get("Authorization") != ""},
		observed{verdict.HabitCookie, header.Get("Cookie") != ""},
	)
}

// habitsOfAssertion finds the habits of an assertion, for the verdict only: NetSuite's
// answer to them is not known.
func habitsOfAssertion(raw string, a *account.Snapshot) []verdict.Habit {
	token, err := parseJWS(raw)
	if err != nil {
		return nil
	}
	has := func(name string) bool { _, there := token.claims[name]; return there }
	_, typ := token.header["typ"]
	iat, iatFraction, iatOK := instant(token.claims, "iat")
	exp, expFraction, expOK := instant(token.claims, "exp")
	aud, _ := stringMember(token.claims, "aud")
	list, _ := stringArrayMember(token.claims, "aud")
	audArray := len(list) == 1
	if audArray {
		aud = list[0]
	}
	scope, _ := stringMember(token.claims, "scope")
	scopes, _ := stringArrayMember(token.claims, "scope")
	return present(
		observed{verdict.HabitTypMissing, !typ},
		observed{verdict.HabitNbf, has("nbf")},
		observed{verdict.HabitSub, has("sub")},
		observed{verdict.HabitJTI, has("jti")},
		observed{verdict.HabitLifetimeHour, iatOK && expOK && exp.Sub(iat).Truncate(time.Second) == MaxLifetime},
		observed{verdict.HabitFractionalTime, iatFraction || expFraction},
		observed{verdict.HabitAudienceArray, audArray},
		observed{verdict.HabitAudienceRESTlet, aud == "https://"+a.Label+account.RESTletsSuffix+TokenPath},
		observed{verdict.HabitAudienceConnect, aud == "https://"+a.Label+connectSuffix+TokenPath},
		observed{verdict.HabitScopeConnect, scope == connectScope || slices.Contains(scopes, connectScope)},
		observed{verdict.HabitScopeComma, strings.Contains(scope, ",")},
		observed{verdict.HabitScopeSpace, strings.Contains(scope, " ")},
	)
}
