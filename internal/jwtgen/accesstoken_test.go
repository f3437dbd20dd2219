package jwtgen_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nsauth/nsauth/internal/jwtgen"
)

func TestReadAccessToken(t *testing.T) {
	const uuid = "270C4477-C5F5-4E04-BCC1-B033D94A9C08"
	for name, c := range map[string]struct {
		raw  string
		want jwtgen.AccessToken
	}{
		"Oracle's of 2021": {
			readFile(t, "oracle", "oracle-sample-access-token.jwt"),
			jwtgen.AccessToken{
				RoleID: "3", EntityID: "7", Account: "4030059", ApplicationID: uuid,
				ClientID: "9a5068b1c4e98e8b85c302f22867f3502a0fc6075804079b763fa1c8672ba9d4",
				Scope:    []string{"rest_webservices", "restlets"},
				IssuedAt: time.Unix(1627906330, 0).UTC(), Expires: time.Unix(1627909930, 0).UTC(),
				Algorithm: "RS256", KeyID: "s.SYSTEM.2020_1", Shape: "2021",
			},
		},
		"of 2026, with Bearer and padding": {
			"bearer " + b64(`{"alg":"PS256","kid":"c.1234567.2026-01-18_02-18-17"}`) + "." +
				b64(`{"sub":"3;-5","aud":["`+uuid+`;1234567","`+clientID+`"],"scope":["restlets"],"iat":1.5e9,"exp":"1500003600"}`) + "==.sig\n",
			jwtgen.AccessToken{
				RoleID: "3", EntityID: "-5", Account: "1234567", ApplicationID: uuid, ClientID: clientID, Scope: []string{"restlets"},
				IssuedAt: time.Unix(1500000000, 0).UTC(), Expires: time.Unix(1500003600, 0).UTC(),
				Algorithm: "PS256", KeyID: "c.1234567.2026-01-18_02-18-17", Shape: "2026",
			},
		},
		"aud in another order, one scope, no signature": {
			b64(`{}`) + "." + b64(`{"sub":"1000;7","aud":["`+clientID+`","`+uuid+`;1234567_SB1"],"scope":"restlets, rest_webservices"}`),
			jwtgen.AccessToken{RoleID: "1000", EntityID: "7", Account: "1234567_SB1", ApplicationID: uuid, ClientID: clientID,
				Scope: []string{"restlets", "rest_webservices"}, Shape: "2026"},
		},
		"nothing known": {
			b64(`{"alg":1}`) + "." + b64(`{"sub":7,"aud":{},"scope":[1],"iat":"NaN","exp":1e300}`) + ".",
			jwtgen.AccessToken{Shape: "other"},
		},
		"milliseconds": {
			b64(`{}`) + "." + b64(`{"sub":"me","aud":"x","iat":1500000000000}`) + ".",
			jwtgen.AccessToken{Shape: "other", ClientID: "x", IssuedAt: time.Unix(1500000000, 0).UTC()},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := jwtgen.ReadAccessToken(c.raw)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadAccessTokenFaults(t *testing.T) {
	for raw, want := range map[string]string{
		"":                                 "malformed: empty",
		"Bearer ":                          "malformed: parts",
		"opaque":                           "malformed: parts",
		"a.b.c.d":                          "malformed: parts",
		"!.e30.":                           "malformed: base64",
		"e30.eyI.":                         "malformed: json",
		"e30.bnVsbA.":                      "malformed: not-object",
		string(make([]byte, 64<<10+1)):     "malformed: too-large",
		b64(`[1]`) + "." + b64(`{}`) + ".": "malformed: json",
	} {
		_, err := jwtgen.ReadAccessToken(raw)
		if diff := cmp.Diff([]string{want}, labels(asFaults(t, err))); diff != "" {
			t.Errorf("%.20q (-want +got):\n%s", raw, diff)
		}
	}
}

func FuzzReadAccessToken(f *testing.F) {
	seeds := []string{
		readFile(f, "oracle", "oracle-sample-access-token.jwt"),
		b64(`{}`) + "." + b64(`{"sub":"3;-5","aud":["a;b","c"],"iat":1}`) + ".",
	}
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		token, err := jwtgen.ReadAccessToken(raw)
		if (token == nil) == (err == nil) {
			t.Fatal(token, err)
		}
		asFaults(t, err)
	})
}
