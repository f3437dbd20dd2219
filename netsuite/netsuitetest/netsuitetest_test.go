package netsuitetest_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"go.uber.org/goleak"

	"github.com/nsauth/nsauth/internal/testkit/keypool"
	"github.com/nsauth/nsauth/netsuite/netsuitetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// assertion is signed by a library that this project does not verify with.
func assertion(t testing.TB, s *netsuitetest.Server, change func(header, claims map[string]any)) string {
	t.Helper()
	now := time.Now()
	token := jwt.New(jwt.SigningMethodPS256)
	if _, is := s.Key.(*ecdsa.PrivateKey); is {
		token = jwt.New(jwt.SigningMethodES256)
	}
	token.Header["kid"] = s.CertificateID
	claims := jwt.MapClaims{"iss": s.ClientID, "aud": s.TokenURL, "scope": "rest_webservices", "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix()}
	change(token.Header, claims)
	token.Claims = claims
	raw, err := token.SignedString(s.Key)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func exchange(t testing.TB, s *netsuitetest.Server, raw string) int {
	t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_assertion": {raw},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, s.TokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := s.Client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

func TestServe(t *testing.T) {
	right := func(_, _ map[string]any) {}
	s := netsuitetest.Serve(t, netsuitetest.Options{})
	if status := exchange(t, s, assertion(t, s, right)); status != 200 {
		t.Errorf("status %d, %+v", status, s.Requests())
	}
	if status := exchange(t, s, assertion(t, s, func(header, _ map[string]any) { delete(header, "kid") })); status != 500 {
		t.Errorf("without kid: status %d", status)
	}
	s.SetFaults(t, "rate-limited:1")
	if status := exchange(t, s, assertion(t, s, right)); status != 429 {
		t.Errorf("with a fault: status %d", status)
	}
	if status := exchange(t, s, assertion(t, s, right)); status != 200 {
		t.Errorf("after the fault: status %d", status)
	}
	var said []string
	for _, r := range s.Requests() {
		line := fmt.Sprint(r.Status, " ", r.Accepted, " ", r.Fault)
		for _, refusal := range r.Refusals {
			line += " " + refusal.Code + " " + refusal.Detail
		}
		said = append(said, strings.TrimSpace(line))
	}
	if want := []string{"200 true", "500 false  assertion.kid-missing MissingKeyId", "429 false rate-limited", "200 true"}; !slices.Equal(said, want) {
		t.Errorf("%q, want %q", said, want)
	}
	if !s.Key.Public().(*rsa.PublicKey).Equal(s.Certificate.PublicKey) {
		t.Error("the certificate is not the key's")
	}
}

// Refuse adds to what the scenario refuses.
func TestRefuseAddsToTheScenario(t *testing.T) {
	s := netsuitetest.ServeWith(t, netsuitetest.Options{Scenario: "audience-of-restlets", Refuse: []string{"jti"}}, keypool.Generate)
	exchange(t, s, assertion(t, s, func(_, claims map[string]any) {
		claims["jti"], claims["aud"] = "1", strings.Replace(s.TokenURL, "suitetalk", "restlets", 1)
	}))
	var codes []string
	for _, r := range s.Requests()[0].Refusals {
		codes = append(codes, r.Code)
	}
	if !slices.Contains(codes, "assertion.audience-mismatch") || !slices.Contains(codes, "assertion.claim-refused") {
		t.Errorf("%q", codes)
	}
}

func TestOptions(t *testing.T) {
	late := func() time.Time { return time.Now().Add(time.Hour) }
	for name, tt := range map[string]struct {
		options netsuitetest.Options
		status  int
		code    string
	}{
		"scenario":     {netsuitetest.Options{Scenario: "integration-disabled"}, 500, "setup.integration-disabled"},
		"OAuth errors": {netsuitetest.Options{Scenario: "integration-disabled", OAuthErrors: true}, 400, "setup.integration-disabled"},
		"refuse":       {netsuitetest.Options{Refuse: []string{"jti"}}, 500, "assertion.claim-refused"},
		"clock":        {netsuitetest.Options{Now: late}, 500, "assertion.expired"},
		"fault":        {netsuitetest.Options{Faults: []string{"unavailable"}}, 503, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := netsuitetest.ServeWith(t, tt.options, keypool.Generate)
			status := exchange(t, s, assertion(t, s, func(_, claims map[string]any) { claims["jti"] = "1" }))
			r := s.Requests()[0]
			if status != tt.status || tt.code == "" && len(r.Refusals) > 0 || tt.code != "" && (len(r.Refusals) == 0 || r.Refusals[0].Code != tt.code) {
				t.Errorf("status %d, %+v", status, r)
			}
		})
	}
}
