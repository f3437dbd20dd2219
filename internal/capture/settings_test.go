package capture_test

import (
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
		"another application": {"client_id=a\nclient_secret=" + secret + "\ncallback=https://a.example", false, false},
	} {
		p := capture.Read(c.text)
		if got := p.Request.Has(capture.KindClientSecretFlow); got != c.want || p.Guessed != c.guessed {
			t.Errorf("%s: %v, guessed %v", name, got, p.Guessed)
		}
	}
}
