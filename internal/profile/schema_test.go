package profile

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

var update = flag.Bool("update", false, "write docs/schema/config.json")

// The published schema is the program's.
func TestPublishedSchema(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "schema", "config.json")
	if *update {
		if err := os.WriteFile(path, Schema(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	published, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(Schema()), string(published)); diff != "" {
		t.Errorf("run go test ./internal/profile -update (-program +published):\n%s", diff)
	}
}

// validator judges profile files as an editor does.
type validator struct{ schema *jsonschema.Schema }

func newValidator(t *testing.T) validator {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("urn:test", doc); err != nil {
		t.Fatal(err)
	}
	return validator{c.MustCompile("urn:test")}
}

// judge reports what the schema says. parsed is false for what is not one document
// of YAML: no schema judges it.
func (v validator) judge(content []byte) (parsed bool, err error) {
	var file any
	if yaml.Unmarshal(bytes.TrimPrefix(content, []byte("\ufeff")), &file) != nil {
		return false, nil
	}
	text, err := json.Marshal(file)
	if err != nil {
		return false, nil // a key that is not text
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return false, nil
	}
	return true, v.schema.Validate(doc)
}

// onlyTheReader lists the files in testdata/bad that only the reader rejects, because a
// schema cannot say why.
var onlyTheReader = map[string]string{
	"account.yaml":                  "the host of an account",
	"anchor.yaml":                   "YAML",
	"api-path-dots.yaml":            "dots between slashes",
	"api-url-path.yaml":             "a path in a URL",
	"client-id-is-token.yaml":       "a secret, by its shape",
	"complex-key.yaml":              "YAML",
	"default-missing.yaml":          "a name elsewhere in the file",
	"default-without-profiles.yaml": "a name elsewhere in the file",
	"merge.yaml":                    "YAML",
	"ntp-server.yaml":               "a host name",
	"proxy.yaml":                    "a URL",
	"two-documents.yaml":            "YAML",
	"value-tag.yaml":                "YAML",
	"variable-open.yaml":            "a variable",
	"variable-operator.yaml":        "a variable",
	"variable-unset.yaml":           "a variable",
}

// What the reader rejects, the schema rejects, apart from the listed files.
func TestSchemaRejects(t *testing.T) {
	v := newValidator(t)
	names, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(names) < 40 {
		t.Fatalf("%d files, %v", len(names), err)
	}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Resolve(Input{ConfigPath: name}); err == nil {
			t.Errorf("%s: the reader accepts it", name)
		}
		parsed, err := v.judge(content)
		if why, listed := onlyTheReader[filepath.Base(name)]; (err == nil) != listed && parsed || !parsed && (listed && why != "YAML") {
			t.Errorf("%s: parsed %v, schema: %v; listed: %q", name, parsed, err, why)
		}
	}
}

// samples has values of each setting that both accept.
var samples = map[Field][]string{
	FieldAccount:               {"1234567", "1234567_SB1", "tstdrv1234567", "https://1234567-sb1.app.netsuite.com/app/center/card.nl", "1234567.suitetalk.api.netsuite.com"},
	FieldClientID:              {validClientID, "x", "2026-11-23"},
	FieldCertificateID:         {"NPMnRyPg-WDWhPiAbisjKiH0fqnBpjOZ367wDTe0pqA", "-starts"},
	FieldKey:                   {"keys/prod.pem", "'-'", "env:KEY", "fd:3", "~/key.pem"},
	FieldKeyCommand:            {"pass show $KEY", "cat key.pem"},
	FieldSignCommand:           {"sign --alg $NSAUTH_SIGN_ALG", "./sign.sh"},
	FieldPublicKey:             {"public.pem", "env:PUBLIC_KEY"},
	FieldCert:                  {"cert.pem"},
	FieldScope:                 {"rest_webservices", "restlets, suite_analytics", "[rest_webservices, restlets]", "mcp"},
	FieldAlgorithm:             {"PS256", "RS256", "none"},
	FieldTokenURL:              {"https://example.com/token?tenant=1", "http://127.0.0.1:8080/token", "http://[::1]/token", "http://localhost/token"},
	FieldAudience:              {"urn:x"},
	FieldAPIURL:                {"https://example.com:8443/"},
	FieldConnectTo:             {"127.0.0.1:8443", "'[::1]:1'", "stand-in:443"},
	FieldCAFile:                {"ca.pem"},
	FieldProxy:                 {"http://proxy.example.com:3128", "proxy:3128", "socks5://p:1"},
	FieldNTPServer:             {"time.example.com", "[a.example, b.example:123]", "192.0.2.1"},
	FieldPassphraseFile:        {"./pass", "env:PASSPHRASE"},
	FieldAPIPath:               {"record/v1/customer?limit=1", "/services/rest/x", "/"},
	FieldWarn:                  {"30d", "30", "0", "20%", "100%", "3650"},
	FieldFail:                  {"7d", "5%"},
	FieldAccept:                {"[certificate.expiring-soon]", "certificate.expiring-soon, key.in-git-work-tree", "certificate.expired=old certs/cert.pem", "[certificate.expired=a.pem, clock.skewed]"},
	FieldProduction:            {"true", "false", "'true'"},
	FieldAuth:                  {"m2m", "tba"},
	FieldConsumerKey:           {"c0ffee"},
	FieldConsumerSecret:        {"env:CS", "./secret"},
	FieldConsumerSecretCommand: {"pass show cs"},
	FieldTokenID:               {"c0ffee"},
	FieldTokenSecret:           {"fd:4"},
	FieldTokenSecretCommand:    {"pass show ts"},
	FieldAuditor:               {"admin-tba"},
	FieldApplication:           {"My integration", "11111111-2222-3333-4444-555555555555"},
}

// agree fails unless the reader and the schema both accept the text, or both reject it.
func (v validator) agree(t *testing.T, text string, want bool) {
	t.Helper()
	_, reader := Resolve(Input{ConfigPath: "c", LookupEnv: env(map[string]string{"V": "m2m", "HOME": os.TempDir()}), ReadFile: files(map[string]string{"c": text})})
	parsed, schema := v.judge([]byte(text))
	if !parsed || (reader == nil) != want || (schema == nil) != want {
		t.Errorf("%s\nwant accepted %v; reader: %v; schema: %v", text, want, reader, schema)
	}
}

// What the reader accepts, the schema accepts.
func TestSchemaAccepts(t *testing.T) {
	v := newValidator(t)
	for _, text := range acceptedFiles {
		v.agree(t, text, true)
	}
	for _, info := range Fields() {
		if len(samples[info.Name]) == 0 {
			t.Errorf("no sample of %s", info.Name)
		}
		begin := "default_profile: p\nprofiles:\n  p:\n    " + string(info.Name) + ": "
		end := "\n"
		if isTBAOnly(info.Name) {
			end = "\n    auth: tba\n"
		}
		for _, value := range append([]string{"", "~", `""`}, samples[info.Name]...) {
			v.agree(t, begin+value+end, true)
		}
		for _, value := range []string{"{a: b}", "[[a]]"} {
			v.agree(t, begin+value+end, false)
		}
		v.agree(t, begin+"[x]"+end, info.List && info.Name != FieldAccept)
		v.agree(t, begin+"true"+end, info.Name == FieldProduction)
		if isTBAOnly(info.Name) {
			v.agree(t, begin+samples[info.Name][0]+"\n", false)
		}
	}
	v.agree(t, "default_profile: p\nprofiles:\n  p:\n    auth: ${V}\n", true)
}

// A key that is not a setting fails in both, also another program's name for one.
func TestSchemaRejectsKeys(t *testing.T) {
	v := newValidator(t)
	var keys []string
	for key := range otherNames {
		keys = append(keys, key)
	}
	for _, info := range Fields() {
		name := string(info.Name)
		keys = append(keys, name+"s", strings.ToUpper(name), name[1:], "x-"+name)
		v.agree(t, name+": x\n", false)
	}
	for _, key := range keys {
		if _, known := Lookup(Field(key)); known {
			continue
		}
		v.agree(t, "profiles:\n  p:\n    "+key+": x\n", false)
		v.agree(t, key+": x\n", false)
	}
}

// What is outside of a setting's values fails in both.
func TestSchemaRejectsValues(t *testing.T) {
	v := newValidator(t)
	for field, values := range map[Field][]string{
		FieldAccount:    {"1234567/evil", "12 34"},
		FieldTokenURL:   {"http://example.com/token", "example.com", "https://example.com/#x"},
		FieldAPIURL:     {"ftp://example.com"},
		FieldConnectTo:  {"127.0.0.1", "'host:'"},
		FieldAPIPath:    {"//evil.example/x"},
		FieldWarn:       {"soon", "30 d", "-1", "12345d", "99999"},
		FieldFail:       {"30w"},
		FieldAccept:     {"certificate.expiring-son", "[certificate.expired, x]", "certificate.expired="},
		FieldProduction: {"'yes'", "1"},
		FieldAuth:       {"oauth", "TBA", "1"},
		FieldAuditor:    {"a b"},
		FieldKey:        {"-----BEGIN PRIVATE KEY-----"},
	} {
		for _, value := range values {
			v.agree(t, "default_profile: p\nprofiles:\n  p:\n    "+string(field)+": "+value+"\n", false)
		}
	}
}

// A new file names the schema, which is written beside it and kept up to date. The line
// survives every change, and a file without it stays without it.
func TestSchemaLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "my.yaml")
	beside := filepath.Join(filepath.Dir(path), "my.yaml.schema.json")
	const line = "# yaml-language-server: $schema=my.yaml.schema.json\n"
	values := map[Field][]string{FieldAccount: {"1234567"}}
	for i, c := range []Change{
		{Profile: "a", Set: values, Default: true},
		{Profile: "b", Set: values},
		{Profile: "b", Default: true},
		{Profile: "b", NewName: "c"},
		{Profile: "a", Remove: true},
		{Profile: "c", Remove: true},
		{Profile: "d", Set: values},
	} {
		if err := os.WriteFile(beside, []byte("of another version"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Save(path, c); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		schema, err := os.ReadFile(beside)
		if !strings.HasPrefix(string(content), line) || strings.Count(string(content), line) != 1 || !bytes.Equal(schema, Schema()) {
			t.Errorf("change %d: %v, schema of %d bytes\n%s", i, err, len(schema), content)
		}
		last, err := Last(path)
		if err == nil {
			err = Undo(path, last)
		}
		if err == nil {
			last, err = Last(path)
		}
		if err == nil {
			err = Undo(path, last)
		}
		again, _ := os.ReadFile(path)
		if err != nil || !bytes.Equal(again, content) {
			t.Errorf("change %d, undone twice: %v\n%s", i, err, again)
		}
	}
	old := filepath.Join(t.TempDir(), "old.yaml")
	if err := os.WriteFile(old, []byte("profiles:\n  a:\n    account: 1234567\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Save(old, Change{Profile: "b", Set: values, Default: true}); err != nil {
		t.Fatal(err)
	}
	content, _ := os.ReadFile(old)
	if _, err := os.Stat(schemaPath(old)); err == nil || strings.Contains(string(content), "schema") {
		t.Errorf("a file without the line got it, or a schema: %v\n%s", err, content)
	}
}
