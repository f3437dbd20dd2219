package netsuite

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

var decoderSeeds = []string{
	`{"access_token":"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIzOy01In0.c2lnbmF0dXJl","expires_in":"3600","token_type":"bearer","scope":"a b"}`,
	`{"access_token":"t","expires_in":3600,"scope":["a"]}`,
	`{"access_token":"t\\u0041","access_token":"second"}`,
	`{"access_token":"cut off`,
	`{"access_token":{"access_token":"nested-access-token"}}`,
	`{"error":"server_error"}`,
	`{"error":"invalid_grant","error_description":"d\u202e"}`,
	`{"error":{"code":"SSS_INVALID_SCRIPTLET_ID","message":"m"}}`,
	`{"title":"Unauthorized","status":401,"o:errorDetails":[{"detail":"Invalid login attempt. Error ID: abc","o:errorCode":"INVALID_LOGIN","o:errorPath":"p"}]}`,
	"error code: X\nerror message: m\n", `<error><code>X</code><message>m</message></error>`,
	`{"o:errorDetails":[]}`, `{"o:errorDetails":[7]}`, `[]`, `null`, `7`, `"x"`, ``, "\xff", `<html><title>x</title>`,
}

// shown are texts that end up before people's eyes.
func shown(t *testing.T, code string, texts ...string) {
	t.Helper()
	for _, s := range append(texts, code) {
		if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) || utf8.RuneCountInString(s) > maxText {
			t.Fatalf("unfit to be shown: %q", s)
		}
	}
	if len(code) > maxCode || strings.Contains(code, " ") {
		t.Fatalf("not a code: %q", code)
	}
}

func FuzzDecodeAnswers(f *testing.F) {
	if len(decoderSeeds) < 15 {
		f.Fatalf("only %d seeds", len(decoderSeeds))
	}
	for _, s := range decoderSeeds {
		for _, status := range []int{200, 400, 500} {
			f.Add(status, s, `Bearer realm="1", error="invalid_token"`)
		}
	}
	f.Fuzz(func(t *testing.T, status int, body, challenge string) {
		newAnswer := func() *rawAnswer {
			return &rawAnswer{raw: []byte(body), Answer: &Answer{
				Status: status, Body: hideTokens([]byte(body)), Header: http.Header{"Www-Authenticate": {challenge}},
			}}
		}
		token, err := newAnswer().token()
		switch e := err.(type) {
		case nil:
			secret := token.AccessToken.Reveal()
			if secret == "" || !sendable(secret) || status/100 != 2 || token.ExpiresIn < 0 || token.ExpiresIn > maxLifetime {
				t.Fatalf("got %+v", token)
			}
			shown(t, "", token.TokenType)
			// A short text is found by chance, and one written with escapes not at all.
			if len(secret) >= 16 && bytes.Contains(token.Answer.Body, []byte(secret)) {
				t.Fatalf("the body keeps the token: %s", token.Answer.Body)
			}
		case *TokenError:
			if token != nil || e.Answer == nil {
				t.Fatalf("got %+v beside %+v", token, e)
			}
			shown(t, e.Code, e.Description, e.WWWAuthenticate, e.Error())
		default:
			t.Fatalf("untyped error %v", err)
		}

		a := newAnswer().Answer
		e := APIErrorFrom(a)
		if (e == nil) != (status/100 == 2) {
			t.Fatalf("status %d gives %v", status, e)
		}
		if e != nil {
			shown(t, e.Code, e.Title, e.Detail, e.ErrorPath, e.ErrorID, e.Error())
		}
		if a.IsJSON() && a.IsHTML() {
			t.Fatal("JSON and HTML at once")
		}
		shown(t, "", a.HTMLTitle())
	})
}
