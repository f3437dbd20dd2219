package accountsfile

import (
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/emulatortest"
	"github.com/nsauth/nsauth/internal/testkit/keypool"
)

const exampleAccounts = `
# One account and its sandbox.
accounts:
  - id: 1234567
    features: {oauth2: true, rest_web_services: true}
    integrations:
      - name: Web shop
        client_id: 1c34
        application_id: 5F1E7D84-0B6D-4E62-9C0A-5A3F4B1C2D3E
        scopes: [rest_webservices, restlets]
        consumer_secret: throwaway-1
      - name: Reports
        client_id: 2d45
        enabled: false
        client_credentials_grant: false
    roles:
      - id: 1012
        name: Shop
        permissions: &usual [Log in using OAuth 2.0 Access Tokens, REST Web Services]
      - {id: 1013, permissions: *usual, inactive: true}
    entities:
      - {id: 1042, name: Shop user, email: shop@customer.example, access: false, removed_roles: [1013]}
      - {id: 1043, inactive: true}
    mappings: # they may name what stands below
      - certificate: a.pem
        integration: Web shop
        role: 1012
        entity: 1042
        valid_from: 2026-11-01
        valid_until: 2027-11-01T12:00:00Z
      - {certificate: b.pem, integration: 2d45, role: 1013, entity: 1043, revoked: true, valid_until: 2027-11-02}
    tokens:
      - {name: Old shop, token_id: 7a6b, token_secret: throwaway-2, integration: Web shop, role: 1012, entity: 1042, revoked: true}
      - {token_id: 7a6c, token_secret: throwaway-3, integration: Web shop, role: 1012, entity: 1043, inactive: true}
    restlets:
      - {script: customscript_orders, deploy: customdeploy_orders, audience: [1012]}
      - {script: 12, deploy: 1}
  - id: 1234567-rp
    features: {token_based_authentication: false}
    restlets: []
`

// certificates are the files that the accounts of these tests name.
func certificates(t testing.TB) func(string) ([]byte, error) {
	key, err := keypool.Generate("p-256") // testKeys has slower ones too
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, name := range []string{"a.pem", "b.pem", "c.pem", "d.pem", "e.pem", "f.pem"} {
		files[name] = emulatortest.Certify(t, key, 100)
	}
	return func(name string) ([]byte, error) {
		if der := files[name]; der != nil {
			return der, nil
		}
		return nil, errors.New(name + " does not exist")
	}
}

func TestReadAccounts(t *testing.T) {
	files := certificates(t)
	accounts, err := parse("f.yaml", []byte(exampleAccounts), emulatortest.Noon, files)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := account.Index(accounts, emulatortest.Noon); err != nil {
		t.Fatal(err)
	}
	shop, replay := accounts[0], accounts[1]
	a, _ := files("a.pem")
	first, second := shop.Mappings[0], shop.Mappings[1]
	switch {
	case shop.ID != "1234567" || replay.ID != "1234567_RP" || replay.Features != (account.Features{OAuth2: true, RESTWebServices: true, TBAOff: true}):
		t.Errorf("accounts %s and %s", shop.ID, replay.ID)
	case !slices.Equal(shop.Integrations[0].Scopes, []string{"rest_webservices", "restlets"}) || !shop.Integrations[0].Enabled:
		t.Errorf("integration %+v", shop.Integrations[0])
	case shop.Integrations[1].Enabled || shop.Integrations[1].ClientCredentialsGrant || len(shop.Integrations[1].Scopes) != 3 || !account.IsUUID(shop.Integrations[1].ApplicationID):
		t.Errorf("integration %+v", shop.Integrations[1])
	case !slices.Equal(first.Certificate, a) || first.ClientID != "1c34" || first.Role.ID != 1012 || first.Entity.Name != "Shop user" || first.Revoked:
		t.Errorf("mapping %+v", first)
	case !first.ValidFrom.Equal(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)) || !first.ValidUntil.Equal(time.Date(2027, 11, 1, 12, 0, 0, 0, time.UTC)):
		t.Errorf("from %s until %s", first.ValidFrom, first.ValidUntil)
	case !second.ValidUntil.Equal(time.Date(2027, 11, 2, 23, 59, 59, 0, time.UTC)): // A22: a bare date is a whole day
		t.Errorf("until %s", second.ValidUntil)
	case second.ClientID != "2d45" || !second.Role.Inactive || !second.Role.Has(account.PermissionREST) || !second.Entity.Inactive || !second.Revoked:
		t.Errorf("mapping %+v", second)
	case len(shop.RESTlets) != 2 || shop.RESTlets[0].Deploy != "customdeploy_orders" || !slices.Equal(shop.RESTlets[0].Audience, []int{1012}) || shop.RESTlets[1].Script != "12":
		t.Errorf("RESTlets %+v", shop.RESTlets)
	case len(shop.Tokens) != 2 || shop.Tokens[0].Name != "Old shop" || shop.Tokens[0].ID != "7a6b" || shop.Tokens[0].Secret != "throwaway-2" || !shop.Tokens[0].Revoked ||
		shop.Tokens[0].ClientID != "1c34" || shop.Tokens[0].Role.ID != 1012 || shop.Integrations[0].ConsumerSecret != "throwaway-1" || !shop.Tokens[1].Inactive || shop.Tokens[1].Entity.ID != 1043:
		t.Errorf("tokens %+v", shop.Tokens)
	case len(shop.Roles) != 2 || len(shop.Entities) != 2 || !shop.Entities[0].NoAccess || shop.Entities[1].NoAccess || shop.Entities[0].Email != "shop@customer.example" || !slices.Equal(first.Entity.RemovedRoles, []int{1013}):
		t.Errorf("roles %+v, entities %+v", shop.Roles, shop.Entities)
	case replay.RESTlets == nil || len(replay.RESTlets) != 0:
		t.Errorf("an empty list of RESTlets became %+v", replay.RESTlets)
	}
}

// Every mistake is one error with its line and, where there is one, a hint; and
// no error repeats what may be a secret.
func TestBadAccounts(t *testing.T) {
	const begin = "accounts:\n  - id: 1234567\n    integrations: [{client_id: 1c34, name: Shop}]\n"
	six := begin + "    mappings:\n"
	for _, c := range "abcdef" {
		six += fmt.Sprintf("      - {certificate: %c.pem}\n", c)
	}
	for name, tt := range map[string]struct {
		text, want, hint string
	}{
		"empty":              {"", "f.yaml: the accounts file is empty", ""},
		"comments":           {"# nothing\n", "f.yaml: the accounts file is empty", ""},
		"no account":         {"accounts: []\n", "f.yaml: the accounts file has no account", "- id:"},
		"two documents":      {"accounts: []\n---\naccounts: []\n", "f.yaml:2: a second YAML document starts here", ""},
		"not YAML":           {"accounts:\n  - id: [1\n", "the accounts file is not valid YAML near this line", "bracket"},
		"unknown key":        {"acounts: []\n", `f.yaml:1: unknown key "acounts"`, `did you mean "accounts"?`},
		"deep unknown key":   {begin + "    featurs: {}\n", `f.yaml:4: account: unknown key "featurs"`, `did you mean "features"?`},
		"far unknown key":    {"accounts:\n  - {id: 1, sausage: 1}\n", `f.yaml:2: account: unknown key "sausage"`, "known keys: id, features"},
		"secret as key":      {"accounts:\n  - {id: 1, eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiIxYzM0In0.c2VjcmV0: 1}\n", "f.yaml:2: account: unknown key (not shown", ""},
		"key twice":          {"accounts:\n  - id: 1\n    id: 2\n", `f.yaml:3: account: "id" is set twice`, ""},
		"merge":              {"accounts:\n  - &a {id: 1}\n  - {<<: *a, id: 2}\n", "merge keys (<<) are not supported", ""},
		"account twice":      {"accounts:\n  - id: 1234567_SB1\n  - id: 1234567-sb1\n", "f.yaml:3: duplicate account 1234567_SB1, first on line 2", ""},
		"no id":              {"accounts:\n  - features: {}\n", "f.yaml:2: an account without an id", ""},
		"bad id":             {"accounts:\n  - id: https://evil.example\n", "f.yaml:2: id is not an account ID", "1234567_SB1"},
		"list for text":      {"accounts:\n  - id: [1]\n", "f.yaml:2: account: id must be one value, not a list", ""},
		"map for text":       {"accounts:\n  - id: {a: 1}\n", "f.yaml:2: account: id must be a value, not a map", ""},
		"bool for text":      {"accounts:\n  - id: true\n", "f.yaml:2: account: id must be text, not true or false", ""},
		"nothing for text":   {"accounts:\n  - id:\n", "f.yaml:2: account: id has no value", ""},
		"tag":                {"accounts:\n  - id: !!binary MQ==\n", "f.yaml:2: account: id has a YAML tag", ""},
		"text for list":      {"accounts: 1234567\n", "f.yaml:1: accounts is not a list", "dash"},
		"text for map":       {"accounts:\n  - 1234567\n", "f.yaml:2: account must be a map, not text", "KEY: VALUE"},
		"text for bool":      {begin + "    features: {oauth2: \"true\"}\n", "f.yaml:4: oauth2 must be true or false", "write true or false without quotes"},
		"text for number":    {begin + "    roles: [{id: admin}]\n", "f.yaml:4: id is not a positive whole number", ""},
		"negative":           {begin + "    roles: [{id: -3}]\n", "f.yaml:4: id is not a positive whole number", ""},
		"role twice":         {begin + "    roles: [{id: 3}, {id: 3}]\n", "f.yaml:4: duplicate role 3", ""},
		"role without id":    {begin + "    roles: [{name: x}]\n", "f.yaml:4: a role without an id", ""},
		"entity twice":       {begin + "    entities: [{id: 3}, {id: 3}]\n", "f.yaml:4: duplicate entity 3", ""},
		"entity without id":  {begin + "    entities: [{name: x}]\n", "f.yaml:4: an entity without an id", ""},
		"no client ID":       {"accounts:\n  - id: 1\n    integrations: [{name: x}]\n", "f.yaml:3: an integration without a client_id", ""},
		"bad client ID":      {"accounts:\n  - id: 1\n    integrations: [{client_id: \"a b\"}]\n", "f.yaml:3: client_id is not a Client ID", ""},
		"bad application ID": {"accounts:\n  - id: 1\n    integrations: [{client_id: a, application_id: b}]\n", "f.yaml:3: application_id is not a UUID", ""},
		"client ID twice":    {"accounts:\n  - id: 1\n    integrations: [{client_id: a}, {client_id: a}]\n", "f.yaml:3: another integration of this account has this client_id", ""},
		"name twice":         {"accounts:\n  - id: 1\n    integrations: [{client_id: a, name: x}, {client_id: b, name: x}]\n", `f.yaml:3: duplicate integration "x"`, ""},
		"scope":              {"accounts:\n  - id: 1\n    integrations: [{client_id: a, scopes: [restlet]}]\n", `f.yaml:3: unknown scope "restlet"`, `did you mean "restlets"?`},
		"no certificate":     {begin + "    mappings: [{role: 1012}]\n", "f.yaml:4: a mapping without a certificate", ""},
		"absent certificate": {begin + "    mappings: [{certificate: z.pem}]\n", "f.yaml:4: certificate: z.pem does not exist", ""},
		"no integration":     {"accounts:\n  - id: 1\n    mappings: [{certificate: a.pem}]\n", "f.yaml:3: account 1 has 0 integrations", "integration: NAME"},
		"which integration":  {"accounts:\n  - id: 1\n    integrations: [{client_id: a}, {client_id: b}]\n    mappings: [{certificate: a.pem}]\n", "f.yaml:4: account 1 has 2 integrations", ""},
		"wrong integration":  {begin + "    mappings: [{certificate: a.pem, integration: Shopp}]\n", `f.yaml:4: no integration "Shopp" in account 1234567`, `did you mean "Shop"?`},
		"wrong role":         {begin + "    mappings: [{certificate: a.pem, role: 9}]\n", "f.yaml:4: no role 9 in account 1234567", "roles:"},
		"wrong entity":       {begin + "    mappings: [{certificate: a.pem, entity: 9}]\n", "f.yaml:4: no entity 9 in account 1234567", "entities:"},
		"which role":         {begin + "    roles: [{id: 1}, {id: 2}]\n    mappings: [{certificate: a.pem}]\n", "f.yaml:5: account 1234567 has several roles", ""},
		"which entity":       {begin + "    entities: [{id: 1}, {id: 2}]\n    mappings: [{certificate: a.pem}]\n", "f.yaml:5: account 1234567 has several entities", ""},
		"date":               {begin + "    mappings: [{certificate: a.pem, valid_from: soon}]\n", "f.yaml:4: valid_from is not a date", ""},
		"dates":              {begin + "    mappings: [{certificate: a.pem, valid_from: 2026-11-02, valid_until: 2026-11-01}]\n", "f.yaml:4: valid_until is not after valid_from", ""},
		"two combinations":   {begin + "    roles: [{id: 1}, {id: 2}]\n    mappings:\n      - {certificate: a.pem, role: 1}\n      - {certificate: a.pem, role: 2}\n", "f.yaml:7: the certificate is mapped twice, first on line 6", "one combination"},
		"permission":         {begin + "    roles: [{id: 1, permissions: [REST Web Service]}]\n", `f.yaml:4: unknown permission "REST Web Service"`, `"REST Web Services"`},
		"RESTlet":            {begin + "    restlets: [{script: 1}]\n", "f.yaml:4: a RESTlet without script or deploy", "customdeploy_orders"},
		"RESTlet twice":      {begin + "    restlets: [{script: 1, deploy: 2}, {script: 1, deploy: 2}]\n", `f.yaml:4: duplicate RESTlet "1", "2"`, ""},
		"RESTlet's audience": {begin + "    restlets: [{script: 1, deploy: 2, audience: [9]}]\n", "f.yaml:4: no role 9 in account 1234567", "roles:"},
		"token ID":           {begin + "    tokens: [{token_secret: eyJ}]\n", "f.yaml:4: a token without a token_id", ""},
		"bad token ID":       {begin + "    tokens: [{token_id: \"a b\"}]\n", "f.yaml:4: token_id is not a token ID", ""},
		"token secret":       {begin + "    tokens: [{token_id: a}]\n", "f.yaml:4: a token without a token_secret", ""},
		"no consumer secret": {begin + "    tokens: [{token_id: a, token_secret: eyJ}]\n", "f.yaml:4: the token's integration does not use token-based authentication", "consumer_secret"},
		"token twice":        {strings.Replace(begin, "name: Shop", "name: Shop, consumer_secret: eyJ", 1) + "    tokens: [{token_id: a, token_secret: eyJ}, {token_id: a, token_secret: x}]\n", `f.yaml:4: duplicate token_id "a", first on line 4`, ""},
		"token's role":       {begin + "    roles: [{id: 1}, {id: 2}]\n    tokens: [{token_id: a, token_secret: eyJ}]\n", "f.yaml:5: account 1234567 has several roles; the token must name one", ""},
		"six active":         {six, `f.yaml:10: integration "Shop" has more than 5 active certificates`, "revoked: true"},
	} {
		t.Run(name, func(t *testing.T) {
			accounts, err := parse("f.yaml", []byte(tt.text), emulatortest.Noon, certificates(t))
			var f *Error
			if !errors.As(err, &f) || accounts != nil {
				t.Fatalf("%v, accounts %v", err, accounts)
			}
			if !strings.Contains(err.Error(), tt.want) || !strings.Contains(f.Hint, tt.hint) || strings.ContainsAny(err.Error()+f.Hint, "\n\r") {
				t.Errorf("got  %s (%s)\nwant %s (%s)", err, f.Hint, tt.want, tt.hint)
			}
			if strings.Contains(err.Error(), "eyJ") {
				t.Errorf("a secret in %s", err)
			}
		})
	}
	// A sixth that is revoked is no active one.
	if _, err := parse("f.yaml", []byte(strings.Replace(six, "{certificate: c.pem}", "{certificate: c.pem, revoked: true}", 1)), emulatortest.Noon, certificates(t)); err != nil {
		t.Errorf("five active ones and a revoked one: %v", err)
	}
}

// Aliases of aliases multiply what is read without end, but for the limit.
func TestAliasBomb(t *testing.T) {
	var b strings.Builder
	b.WriteString("accounts:\n  - id: 1\n    integrations:\n      - &i {client_id: a, scopes: &s [restlets")
	b.WriteString(strings.Repeat(", restlets", 5000) + "]}\n")
	for n := range 100 {
		fmt.Fprintf(&b, "      - {client_id: b%d, scopes: *s}\n", n)
	}
	_, err := parse("f.yaml", []byte(b.String()), emulatortest.Noon, certificates(t))
	if err == nil || !strings.Contains(err.Error(), "more than 200000 values") {
		t.Errorf("got %v", err)
	}
}

func TestReadCertificate(t *testing.T) {
	dir := t.TempDir()
	key := emulatortest.Keys()["p-256"]
	der := emulatortest.Certify(t, key, 100)
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	random := make([]byte, 64)
	_, _ = rand.Read(random)
	for name, tt := range map[string]struct {
		data []byte
		want string // "" for the certificate
	}{
		"pem":       {append([]byte("Bag Attributes\n"), block...), ""},
		"der":       {der, ""},
		"with key":  {append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), block...), ""},
		"key":       {pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), "is a private key"},
		"public":    {pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: random}), "is another kind of PEM file"},
		"two":       {append(slices.Clone(block), block...), "holds more than one certificate"},
		"damaged":   {pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der[:40]}), "holds a certificate that cannot be read"},
		"cut":       {block[:80], "is a damaged PEM file"},
		"random":    {random, "is not a certificate"},
		"empty":     {nil, "is not a certificate"},
		"too large": {make([]byte, maxFile+1), "is larger than 1 MiB"},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, tt.data, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := ReadCertificate(path)
		if tt.want == "" && (err != nil || !slices.Equal(got, der)) {
			t.Errorf("%s: %v", name, err)
		}
		if tt.want != "" && (err == nil || err.Error() != path+" "+tt.want && !strings.HasPrefix(err.Error(), path+" "+tt.want)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for path, want := range map[string]string{dir: "is a folder", filepath.Join(dir, "nowhere"): "does not exist"} {
		if _, err := ReadCertificate(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// What is read can be served, and what cannot be read is one FileError.
func FuzzAccounts(f *testing.F) {
	seeds := []string{exampleAccounts, "accounts:\n  - id: 1\n", "accounts: &a\n  - *a\n", "a: [", "---\n---\n", "\xff\xfe", "? []\n: 1\n"}
	for _, s := range seeds {
		f.Add(s)
	}
	files := certificates(f)
	f.Fuzz(func(t *testing.T, text string) {
		accounts, err := parse("f.yaml", []byte(text), emulatortest.Noon, files)
		var file *Error
		if err != nil {
			if !errors.As(err, &file) || accounts != nil || file.Message == "" {
				t.Fatalf("%T %v", err, err)
			}
			return
		}
		if _, err := account.Index(accounts, emulatortest.Noon); err != nil {
			t.Fatalf("read, and not served: %v", err)
		}
	})
}

// The accounts file that the page shows is one that can be read.
func TestPageAccounts(t *testing.T) {
	data, err := os.ReadFile("../../../docs/emulator.md")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindStringSubmatch(strings.ReplaceAll(string(data), "\r\n", "\n"))
	if m == nil {
		t.Fatal("no YAML")
	}
	files := certificates(t)
	names := map[string]string{"shop-cert.pem": "a.pem", "old-cert.pem": "b.pem", "sandbox-cert.pem": "c.pem"}
	accounts, err := parse("page.yaml", []byte(m[1]), emulatortest.Noon, func(name string) ([]byte, error) { return files(names[name]) })
	if err != nil || len(accounts) != 2 || len(accounts[0].Mappings) != 2 {
		t.Fatalf("%v, %d accounts", err, len(accounts))
	}
	if _, err := account.Index(accounts, emulatortest.Noon); err != nil {
		t.Error(err)
	}
}
