//go:build e2e

package e2e

import (
	"strconv"
	"testing"
)

// TestConfigSchema: python3-jsonschema judges profile files by the schema as nsauth itself
// does. JSON is YAML too.
func TestConfigSchema(t *testing.T) {
	t.Parallel()
	accepted := []string{
		`null`, `{}`, `{"default_profile":"p","profiles":{"p":null}}`,
		`{"default_profile":"p","profiles":{"p":{"account":1234567,"client_id":"${V}","scope":["restlets","rest_webservices"],"production":true,"warn":"20%","fail":7}}}`,
		`{"default_profile":"p","profiles":{"p":{"auth":"tba","consumer_key":"c0ffee","accept":["certificate.expiring-soon"],"key":"k.pem"}}}`,
	}
	rejected := []string{
		`[]`, `"x"`, `{"profile":{}}`, `{"account":"1234567"}`, `{"profiles":[]}`, `{"profiles":{"p":"x"}}`, `{"profiles":{"p":{"acount":"1234567"}}}`,
		`{"profiles":{"p":{"account":true}}}`, `{"profiles":{"p":{"scope":[["x"]]}}}`,
		`{"default_profile":"p","profiles":{"p":{"warn":"soon"}}}`, `{"default_profile":"p","profiles":{"p":{"warn":99999}}}`,
		`{"default_profile":"p","profiles":{"p":{"consumer_key":"c0ffee"}}}`, `{"default_profile":"p","profiles":{"p":{"key":"-----BEGIN PRIVATE KEY-----"}}}`,
		`{"default_profile":"p","profiles":{"p":{"accept":["certificate.expiring-son"]}}}`, `{"default_profile":"p","profiles":{"p":{"token_url":"http://example.com/token"}}}`,
	}
	var files []string
	for i, text := range append(accepted, rejected...) {
		files = append(files, write(t, "config"+strconv.Itoa(i)+".json", []byte(text)))
	}
	for i, found := range schemaErrors(t, "config", files...) {
		want := i < len(accepted)
		out := run(t, nil, append(bareEnv(t), "V=x"), binary(t), "profile", "show", "--config", files[i])
		if (len(found) == 0) != want || (out.exit == 0) != want {
			t.Errorf("%s\nwant accepted %v; schema: %q; %v", read(t, files[i]), want, found, out)
		}
	}
}
