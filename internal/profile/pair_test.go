package profile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const pairsFile = `# all of ours
default_profile: prod
profiles:
  prod:   # the shop
    account: "1234567"
    certificate_id: OLD-1 # from May
    # the key
    key: keys/a-key.pem

    cert: '${HOME}/a-cert.pem'
  eu:
    account: "7654321"
    certificate_id: OLD-1
    key: keys/a-key.pem
    production: true
`

func writePairs(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A switch keeps everything but the pair, and the way back restores the values as written.
func TestSwitchAndBack(t *testing.T) {
	path := writePairs(t, pairsFile)
	before, err := Written(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := before["prod"]; got.CertificateID != "OLD-1" || got.Key != "keys/a-key.pem" || got.Cert != "${HOME}/a-cert.pem" || got.Previous != nil {
		t.Fatalf("%+v", got)
	}
	to := map[string]Pairs{}
	for _, name := range []string{"prod", "eu"} {
		old := before[name].Pair
		to[name] = Pairs{Pair{"NEW-2_x", "keys/b-key.pem", Plain("/x/${y}/b: cert.pem")}, &old}
	}
	if err := CheckSwitch(path, to); err != nil {
		t.Fatal(err)
	}
	if err := Save(path, Change{Pairs: to}); err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(path)
	want := `# all of ours
default_profile: prod
profiles:
  prod:   # the shop
    account: "1234567"
    certificate_id: NEW-2_x # from May
    # the key
    key: keys/b-key.pem

    cert: '/x/$${y}/b: cert.pem'
    previous: {certificate_id: OLD-1, key: keys/a-key.pem, cert: "${HOME}/a-cert.pem"}
  eu:
    account: "7654321"
    certificate_id: NEW-2_x
    key: keys/b-key.pem
    production: true
    cert: "/x/$${y}/b: cert.pem"
    previous: {certificate_id: OLD-1, key: keys/a-key.pem}
`
	if string(text) != want {
		t.Errorf("%s", text)
	}
	p, err := Resolve(Input{ConfigPath: path, ProfileName: "prod", LookupEnv: env(map[string]string{"HOME": "/home/me"})})
	if err != nil {
		t.Fatal(err)
	}
	if p.Text(FieldCert) != "/x/${y}/b: cert.pem" || p.Text(FieldCertificateID) != "NEW-2_x" {
		t.Error(p.Show())
	}
	if shown := p.Previous(); len(shown) != 3 || shown[2] != (Shown{"previous.cert", "${HOME}/a-cert.pem", "config.yaml, profile prod"}) {
		t.Error(shown)
	}
	if last, err := Last(path); err != nil || len(last.Profiles) != 2 {
		t.Error(last, err)
	}
	if err := Save(path, Change{Pairs: before}); err != nil {
		t.Fatal(err)
	}
	if back, err := Written(path); err != nil || back["prod"] != before["prod"] || back["eu"] != before["eu"] {
		t.Error(back, err)
	}
	text, _ = os.ReadFile(path)
	if string(text) != pairsFile {
		t.Errorf("%s", text)
	}
}

// A change of other settings leaves the previous pair alone, and its values are strict.
func TestPrevious(t *testing.T) {
	const block = "profiles:\n  a:\n    account: '1'\n    certificate_id: X\n    previous: # kept\n      certificate_id: W\n\n      key: k.pem\n"
	path := writePairs(t, block)
	if err := Save(path, Change{Profile: "a", Set: map[Field][]string{FieldClientID: {"c"}}}); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(path); string(text) != block+"    client_id: c\n" {
		t.Errorf("%s", text)
	}
	if err := Save(path, Change{Pairs: map[string]Pairs{"a": {Pair: Pair{CertificateID: "W", Key: "k.pem"}}}}); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(path); string(text) != "profiles:\n  a:\n    account: '1'\n    certificate_id: W\n    client_id: c\n    key: k.pem\n" {
		t.Errorf("%s", text)
	}
	for content, want := range map[string]string{
		"profiles:\n  a:\n    previous: x\n":                                "must be a map",
		"profiles:\n  a:\n    previous: {client_id: x}\n":                   `unknown key "client_id"`,
		"profiles:\n  a:\n    previous: {key: [x]}\n":                       "must be one value",
		"profiles:\n  a:\n    previous: {cert: '-----BEGIN EC'}\n":          "looks like",
		"profiles:\n  a:\n    previous: {cert: a, cert: b}\n":               "set twice",
		"previous: {cert: a}\nprofiles:\n  a:\n    account: '1'\n":          "unknown key",
		"profiles:\n  a:\n    previous:\n      key: &k x\n      cert: *k\n": "",
	} {
		_, err := Resolve(Input{ConfigPath: writePairs(t, content)})
		if want == "" && err == nil || err != nil && want != "" && strings.Contains(err.Error(), want) {
			continue
		}
		t.Errorf("%s\n%v, want %q", content, err, want)
	}
	// What cannot be changed line by line is known before.
	flow := writePairs(t, "profiles: {a: {certificate_id: X}}\n")
	if err := CheckSwitch(flow, map[string]Pairs{"a": {Pair: Pair{CertificateID: "Y"}}}); err == nil {
		t.Error("a flow map")
	}
	if err := CheckSwitch(path, map[string]Pairs{"b": {}}); err == nil || !strings.Contains(err.Error(), `no profile "b"`) {
		t.Error(err)
	}
}
