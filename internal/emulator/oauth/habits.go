package oauth

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// habitsOfForm finds the habits of a token request around its assertion.
func habitsOfForm(header http.Header, form url.Values) []verdict.Habit {
	var found []verdict.Habit
	for _, h := range []struct {
		habit verdict.Habit
		there bool
	}{
		{verdict.HabitClientIDField, form.Has("client_id")},
		{verdict.HabitScopeField, form.Has("scope")},
		{verdict.HabitBasicHeader, header.Get("Authorization") != ""},
		{verdict.HabitCookie, header.Get("Cookie") != ""},
	} {
		if h.there {
			found = append(found, h.habit)
		}
	}
	return found
}

// habitsOfAssertion finds the habits of an assertion. It decides nothing: it
// says of an accepted assertion what nobody knows about NetSuite.
func habitsOfAssertion(raw string, a *account.Snapshot) []verdict.Habit {
	token, err := parseJWS(raw)
	if err != nil {
		return nil
	}
	has := func(name string) bool { _, there := token.claims[name]; return there }
	_, typ := token.header["typ"]
	iat, iatFraction, iatOK := seconds(token.claims, "iat")
	exp, expFraction, expOK := seconds(token.claims, "exp")
	aud, _ := stringMember(token.claims, "aud")
	list, _ := stringArrayMember(token.claims, "aud")
	audArray := len(list) == 1
	if audArray {
		aud = list[0]
	}
	scope, _ := stringMember(token.claims, "scope")
	var found []verdict.Habit
	for _, h := range []struct {
		habit verdict.Habit
		there bool
	}{
		{verdict.HabitTypMissing, !typ},
		{verdict.HabitNbf, has("nbf")},
		{verdict.HabitSub, has("sub")},
		{verdict.HabitJTI, has("jti")},
		{verdict.HabitLifetimeHour, iatOK && expOK && exp-iat == int64(MaxLifetime/time.Second)},
		{verdict.HabitFractionalTime, iatFraction || expFraction},
		{verdict.HabitAudienceArray, audArray},
		{verdict.HabitAudienceRESTlet, aud == "https://"+a.Label+account.RESTletsSuffix+TokenPath},
		{verdict.HabitScopeComma, strings.Contains(scope, ",")},
		{verdict.HabitScopeSpace, strings.Contains(scope, " ")},
	} {
		if h.there {
			found = append(found, h.habit)
		}
	}
	return found
}
