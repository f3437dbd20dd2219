package capture_test

import (
	"fmt"
	"testing"

	"github.com/nsauth/nsauth/internal/capture"
)

// A9: a client secret without an assertion, in more ways in which programs write it.
func TestA9ClientSecretInSettings(t *testing.T) {
	const secret = "0123456789abcdef0123456789abcdef"
	for name, c := range map[string]struct {
		text          string
		want, guessed bool
	}{
		"curl -u alone":       {"curl -u id:" + secret + " " + endpoint, true, false},
		"curl -u with a form": {"curl -u id:" + secret + " -d grant_type=client_credentials " + endpoint, true, false},
		"another flow":        {"curl -u id:" + secret + " -d grant_type=refresh_token " + endpoint, false, false},
		"variables":           {"NETSUITE_CLIENT_ID=a\nNETSUITE_CLIENT_SECRET=" + secret + "\nGRANT=client_credentials", true, true},
		"oauthlib":            {"BackendApplicationClient(client_id='a')\nfetch_token(token_url='" + endpoint + "', client_id='a', client_secret='" + secret + "')", true, true},
		"simple-oauth2":       {"const { ClientCredentials } = require('simple-oauth2');\nnew ClientCredentials({ client: { id: 'a', secret: '" + secret + "' }, auth: { tokenHost: 'https://1234567.suitetalk.api.netsuite.com' } })", true, true},
		"its variables":       {"const { ClientCredentials } = require('simple-oauth2');\nconst config = {\n  client: {\n    id: process.env.ID,\n    secret,\n  },\n  auth: { tokenHost },\n};", true, true},
		"its other flow":      {"const { AuthorizationCode } = require('simple-oauth2');\nnew AuthorizationCode({ client: { id: 'a', secret: '" + secret + "' }, auth: { tokenHost: 'x' } })", false, true},
		"another application": {"client_id=a\nclient_secret=" + secret + "\ncallback=https://a.example", false, false},
	} {
		p := capture.Read(c.text)
		if got := p.Request.Has(capture.KindClientSecretFlow); got != c.want || p.Guessed != c.guessed {
			t.Errorf("%s: %v, guessed %v", name, got, p.Guessed)
		}
	}
}

// C4: grant types of NetSuite's other flow are not judged as this one. With an assertion
// they are a fault that is not certain.
func TestC4OtherFlow(t *testing.T) {
	for name, c := range map[string]struct{ text, flow, faults string }{
		"code":              {"curl -u a:b -d grant_type=authorization_code -d code=x -d redirect_uri=https://a.example " + endpoint, "authorization_code", "[]"},
		"refresh token":     {"curl -u a:b " + endpoint + " -d grant_type=refresh_token -d refresh_token=" + jwt, "refresh_token", "[]"},
		"JSON":              {`{"grant_type": "refresh_token", "refresh_token": "x"}`, "refresh_token", "[]"},
		"with an assertion": {"grant_type=refresh_token&client_assertion_type=" + urn + "&client_assertion=" + jwt, "", "[parameter-missing (other-flow) grant_type]"},
		"password":          {"grant_type=password&client_assertion_type=" + urn + "&client_assertion=" + jwt, "", "[parameter-missing (wrong-value) grant_type]"},
	} {
		p, f := capture.Read(c.text), read(c.text)
		if p.Request.OtherFlow != c.flow || (c.flow != "") != (p.NotJudged == capture.OtherFlow) || !p.Token.IsZero() && c.flow != "" && name != "refresh token" || fmt.Sprint(f.Faults) != c.faults {
			t.Errorf("%s: %q %q %v", name, p.Request.OtherFlow, p.NotJudged, f.Faults)
		}
	}
}
