package explain

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
)

// A planted secret, and how it is named. All are made up and work nowhere.
type planted struct{ Name, Text, Value, Kind, Live, Expires string }

func jwt(header, claims string) string {
	enc := base64.RawURLEncoding.EncodeToString
	return enc([]byte(header)) + "." + enc([]byte(claims)) + "." + enc([]byte(strings.Repeat("planted signature ", 5)))
}

// plantedSecrets are those that the tests of secretscan find.
func plantedSecrets() (list []planted) {
	data, err := os.ReadFile("../secretscan/testdata/planted.json")
	if err == nil {
		err = json.Unmarshal(data, &list)
	}
	if err != nil || len(list) < 30 {
		panic(fmt.Sprintf("%d secrets, %v", len(list), err))
	}
	return list
}

func TestSecretsAreNamedAndNeverRepeated(t *testing.T) {
	for _, p := range plantedSecrets() {
		t.Run(p.Name, func(t *testing.T) {
			if !strings.Contains(p.Text, p.Value) && p.Name != "a token broken by a mail" {
				t.Fatal("nothing was planted")
			}
			for _, text := range []string{p.Text, "x " + p.Text + " " + p.Text, utf16le(p.Text), strings.TrimPrefix(utf16le(p.Text), "\xff\xfe")} {
				a := Text(text, now())
				if len(a.Secrets) == 0 || a.Secrets[0].Kind != p.Kind || a.Secrets[0].Live != p.Live || a.Secrets[0].Count != 1 {
					t.Fatalf("got %+v, want %s, %s", a.Secrets, p.Kind, p.Live)
				}
				if len(a.Secrets) > 1 {
					t.Errorf("and also %+v", a.Secrets[1:])
				}
				ends := ""
				if a.Secrets[0].EndsAt != nil {
					ends = *a.Secrets[0].EndsAt
				}
				if ends != p.Expires {
					t.Errorf("ends %q, want %q", ends, p.Expires)
				}
				raw, err := json.Marshal(a)
				if err != nil {
					t.Fatal(err)
				}
				said := string(raw) + strings.Join(Reply(a), " ") + fmt.Sprintf("%v %+v %#v", a, a, a)
				if strings.Contains(said, p.Value) || strings.Contains(said, p.Value[:min(len(p.Value), 16)]) {
					t.Errorf("the secret is repeated: %s", said)
				}
				if !a.Known() {
					t.Error("not known")
				}
			}
		})
	}
}

// An assertion that is sent as an access token is what is wrong with the call.
func TestAssertionAsBearer(t *testing.T) {
	assertion := jwt(`{"alg":"PS256"}`, `{"aud":"https://1234567.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token","exp":1}`)
	refused := "\n{\"o:errorDetails\":[{\"o:errorCode\":\"INVALID_LOGIN\"}]}"
	a := Text("Authorization: Bearer "+assertion+refused, now())
	if len(a.Explanations) != 2 || a.Explanations[0].Name != "api.is-assertion" || a.Explanations[1].Name != "INVALID_LOGIN" {
		t.Errorf("%+v", a.Explanations)
	}
	if a := Text("client_assertion="+assertion+refused, now()); a.Explanations[0].Name != "INVALID_LOGIN" {
		t.Errorf("in a form: %+v", a.Explanations[0].Name)
	}
}
