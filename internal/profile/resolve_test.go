package profile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/secretscan"
)

func env(vars map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := vars[name]; return v, ok }
}

// files is a ReadFile over a map.
func files(m map[string]string) func(string) ([]byte, error) {
	return func(path string) ([]byte, error) {
		if text, ok := m[path]; ok {
			return []byte(text), nil
		}
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
}

const validCertificateID = "NPMnRyPg-WDWhPiAbisjKiH0fqnBpjOZ367wDTe0pqA"

var validClientID = strings.Repeat("1c343a71", 8)

// place is one source and a way to put a value there.
type place struct {
	name   string
	set    func(w *setup, f FieldInfo, value string)
	source func(f FieldInfo) string
	fits   func(f FieldInfo) bool
}

// places lists every source, strongest first. The two kinds of profile cannot both be asked: a named one replaces the
// default one, which is what their order in this table says.
func places() []place {
	always := func(FieldInfo) bool { return true }
	legacy := func(f FieldInfo) bool { return f.LegacyEnv != "" }
	return []place{
		{"flag", func(w *setup, f FieldInfo, value string) { w.flags[f.Flag] = []string{value} },
			func(f FieldInfo) string { return "flag --" + f.Flag }, always},
		{"named profile", func(w *setup, f FieldInfo, value string) { w.named[f.Name] = value },
			func(FieldInfo) string { return "config.yaml, profile Named.One" }, always},
		{"NSAUTH_ variable", func(w *setup, f FieldInfo, value string) { w.env[f.Env] = value },
			func(f FieldInfo) string { return "$" + f.Env }, always},
		{"NETSUITE_ variable", func(w *setup, f FieldInfo, value string) { w.env[f.LegacyEnv] = value },
			func(f FieldInfo) string { return "$" + f.LegacyEnv }, legacy},
		{"NSAUTH_ in env file", func(w *setup, f FieldInfo, value string) { w.envFile[f.Env] = value },
			func(f FieldInfo) string { return ".env: " + f.Env }, always},
		{"NETSUITE_ in env file", func(w *setup, f FieldInfo, value string) { w.envFile[f.LegacyEnv] = value },
			func(f FieldInfo) string { return ".env: " + f.LegacyEnv }, legacy},
		{"default profile", func(w *setup, f FieldInfo, value string) { w.byDefault[f.Name] = value },
			func(FieldInfo) string { return "config.yaml, profile The.Default" }, always},
		{"default", func(*setup, FieldInfo, string) {},
			func(FieldInfo) string { return "default" }, func(f FieldInfo) bool { return f.Default != "" }},
	}
}

type setup struct {
	flags            map[string][]string
	named, byDefault map[Field]string
	env, envFile     map[string]string
}

func newSetup() *setup {
	return &setup{map[string][]string{}, map[Field]string{}, map[Field]string{}, map[string]string{}, map[string]string{}}
}

func (w *setup) resolve(t *testing.T) *Profile {
	t.Helper()
	var config, dotenv strings.Builder
	config.WriteString("default_profile: The.Default\nprofiles:\n")
	for name, values := range map[string]map[Field]string{"The.Default": w.byDefault, "Named.One": w.named} {
		fmt.Fprintf(&config, "  %s:\n    {", name)
		for f, v := range values {
			fmt.Fprintf(&config, "%s: %q,", f, v)
		}
		config.WriteString("}\n")
	}
	for name, v := range w.envFile {
		fmt.Fprintf(&dotenv, "%s='%s'\n", name, v)
	}
	in := Input{Flags: w.flags, LookupEnv: env(w.env), ConfigPath: "/etc/config.yaml", EnvFile: "/srv/.env",
		ReadFile: files(map[string]string{"/etc/config.yaml": config.String(), "/srv/.env": dotenv.String()})}
	if len(w.named) > 0 {
		in.ProfileName = "Named.One"
	}
	p, err := Resolve(in)
	if err != nil {
		t.Fatalf("%v %q", err, hintsOf(err))
	}
	return p
}

// All pairs of places, not only neighbours: the stronger wins, for one value and
// for a list, and a list replaces a list, it is not added to it.
func TestPrecedence(t *testing.T) {
	values := map[Field][2]string{ // what the stronger and the weaker place say
		FieldClientID:  {"Strong", "weak"},
		FieldAlgorithm: {"ES256", "PS256"},
		FieldScope:     {"restlets,suite_analytics", "rest_webservices"},
		FieldNTPServer: {"a.example,b.example", "c.example"},
	}
	pairs := 0
	for field, value := range values {
		info, _ := Lookup(field)
		all := slices.DeleteFunc(places(), func(p place) bool { return !p.fits(info) })
		for i, strong := range all {
			for _, weak := range all[i+1:] {
				pairs++
				t.Run(fmt.Sprintf("%s/%s over %s", field, strong.name, weak.name), func(t *testing.T) {
					w := newSetup()
					weak.set(w, info, value[1])
					strong.set(w, info, value[0])
					v, ok := w.resolve(t).Get(field)
					if !ok || v.Source.String() != strong.source(info) {
						t.Fatalf("source %q, want %q", v.Source, strong.source(info))
					}
					if want := strings.ReplaceAll(value[0], ",", " "); v.Text != want {
						t.Errorf("value %q, want %q", v.Text, want)
					}
					if info.List && !slices.Equal(v.List, strings.Split(value[0], ",")) {
						t.Errorf("list %q", v.List)
					}
				})
			}
		}
	}
	if want := 7*6/2 + 5*4/2 + 2*6*5/2; pairs != want {
		t.Errorf("%d pairs tested, want %d", pairs, want)
	}
}

func TestNamedByEnvironment(t *testing.T) {
	config := "default_profile: a\nprofiles:\n  a: {client_id: A}\n  b.C: {client_id: B}\n  b.c: {client_id: C}\n"
	in := Input{ConfigPath: "config.yaml", ReadFile: files(map[string]string{"config.yaml": config}),
		LookupEnv: env(map[string]string{"NSAUTH_PROFILE": "b.C", "NSAUTH_CLIENT_ID": "E"})}
	p, err := Resolve(in)
	if err != nil || p.Text(FieldClientID) != "B" || p.Name != "b.C" || !p.Named {
		t.Errorf("NSAUTH_PROFILE: %v, %v", p, err)
	}
	if want := []string{"a", "b.C", "b.c"}; !slices.Equal(p.Profiles, want) {
		t.Errorf("profiles %q", p.Profiles)
	}
	in.LookupEnv = env(map[string]string{"NSAUTH_PROFILE": "b.C\n"})
	if p, err = Resolve(in); err != nil || p.Name != "b.C" {
		t.Errorf("NSAUTH_PROFILE with a line end: %v, %v", p, err)
	}
	in.ProfileName = "b.c"
	if p, err = Resolve(in); err != nil || p.Text(FieldClientID) != "C" {
		t.Errorf("--profile over NSAUTH_PROFILE: %v, %v", p, err)
	}
	in.ProfileName, in.LookupEnv = "", env(map[string]string{"NSAUTH_PROFILE": " ", "NSAUTH_CLIENT_ID": " "})
	if p, err = Resolve(in); err != nil || p.Text(FieldClientID) != "A" || p.Named || p.Name != "a" {
		t.Errorf("empty variables: %v, %v", p, err)
	}
}

// Values reach the program as they were written: no case, number or dot is lost.
func TestValuesAreUntouched(t *testing.T) {
	config := `default_profile: p
profiles:
  p:
    account: 0012345
    client_id: 1e10
    certificate_id: 0x1F_a.B
    audience: 2026-11-23
    algorithm: No
    key: a.b/C d.PEM
    api_path: /A?b=C&d=$x
    production: true
`
	p, err := Resolve(Input{ConfigPath: "/c/config.yaml", ReadFile: files(map[string]string{"/c/config.yaml": config})})
	if err != nil {
		t.Fatal(err)
	}
	for f, want := range map[Field]string{FieldAccount: "0012345", FieldClientID: "1e10", FieldCertificateID: "0x1F_a.B",
		FieldAudience: "2026-11-23", FieldAlgorithm: "No", FieldKey: filepath.FromSlash("/c/a.b/C d.PEM"), FieldAPIPath: "/A?b=C&d=$x"} {
		if got := p.Text(f); got != want {
			t.Errorf("%s: %q, want %q", f, got, want)
		}
	}
	if !p.Production() {
		t.Error("production is lost")
	}
}

func TestOnlyFlags(t *testing.T) {
	config := "default_profile: p\nprofiles: {p: {key: p.pem, cert: p.crt, certificate_id: P}}\n"
	in := Input{ConfigPath: "/c/config.yaml", EnvFile: "/c/.env",
		ReadFile:  files(map[string]string{"/c/config.yaml": config, "/c/.env": "NSAUTH_CERT=f.crt\nNSAUTH_CERTIFICATE_ID=F"}),
		LookupEnv: env(map[string]string{"NSAUTH_KEY": "e.pem", "NSAUTH_ACCOUNT": "1234567"}),
		Flags:     map[string][]string{"cert": {"flag.crt"}},
		OnlyFlags: []Field{FieldKey, FieldCert, FieldCertificateID}}
	p, err := Resolve(in)
	if err != nil {
		t.Fatal(err)
	}
	if p.Text(FieldKey) != "" || p.Text(FieldCert) != "flag.crt" || p.Text(FieldCertificateID) != "" || p.Text(FieldAccount) != "1234567" {
		t.Errorf("%+v", p.Show())
	}
	in.ProfileName = "p"
	if p, _ = Resolve(in); p.Text(FieldKey) != filepath.FromSlash("/c/p.pem") || p.Text(FieldCert) != "flag.crt" {
		t.Errorf("named: %+v", p.Show())
	}
}

func TestPaths(t *testing.T) {
	home := t.TempDir()
	whole := filepath.Join(home, "ca.pem")
	config := "default_profile: p\nprofiles: {p: {key: keys/k.pem, cert: ~/c.crt, ca_file: '" + whole + "', passphrase_file: ~x}}\n"
	p, err := Resolve(Input{Dir: "/srv", ConfigPath: "conf/config.yaml",
		ReadFile:  files(map[string]string{filepath.FromSlash("/srv/conf/config.yaml"): config}),
		LookupEnv: env(map[string]string{"HOME": "me", "USERPROFILE": home})})
	if err != nil {
		t.Fatal(err)
	}
	for f, want := range map[Field]string{FieldKey: "/srv/conf/keys/k.pem", FieldCert: filepath.ToSlash(home) + "/c.crt", FieldCAFile: filepath.ToSlash(whole),
		FieldPassphraseFile: "/srv/conf/~x"} {
		if got := filepath.ToSlash(p.Text(f)); got != want {
			t.Errorf("%s: %s, want %s", f, got, want)
		}
	}
	p, err = Resolve(Input{Dir: "/srv", EnvFile: "sub/.env",
		ReadFile:  files(map[string]string{filepath.FromSlash("/srv/sub/.env"): "NETSUITE_PRIVATE_KEY_PATH=k.pem\n"}),
		LookupEnv: env(map[string]string{"NSAUTH_CERT": "../c.crt"}),
		Flags:     map[string][]string{"ca-file": {"ca.pem"}, "passphrase-file": {"-"}}})
	if err != nil {
		t.Fatal(err)
	}
	for f, want := range map[Field]string{FieldKey: "/srv/sub/k.pem", FieldCert: "/c.crt", FieldCAFile: "/srv/ca.pem", FieldPassphraseFile: "-"} {
		if got := filepath.ToSlash(p.Text(f)); got != want {
			t.Errorf("%s: %s, want %s", f, got, want)
		}
	}
}

func TestExpand(t *testing.T) {
	lookup := env(map[string]string{"A": "x", "B_1": "${A}$$", "EMPTY": "", "BLANK": " "})
	for in, want := range map[string]string{
		"":               "",
		"plain":          "plain",
		"${A}":           "x",
		"a${A}b${A}":     "axbx",
		"${B_1}":         "${A}$$", // not expanded again
		"$${A}":          "${A}",
		"$$${A}":         "$x",
		"$$":             "$",
		"$A $ $(A) a$":   "$A $ $(A) a$",
		"100%$ of {A}":   "100%$ of {A}",
		"$$$$":           "$$",
		"https://${A}/$": "https://x/$",
	} {
		if got, f := expand(in, lookup); f != nil || got != want {
			t.Errorf("expand(%q) = %q, %v; want %q", in, got, f, want)
		}
	}
	for _, in := range []string{"${", "${A", "${}", "${A:-x}", "${UNSET}", "${EMPTY}", "${BLANK}", "${1A}", "${A B}", "${" + strings.Repeat("A", 65) + "}"} {
		if got, f := expand(in, lookup); f == nil {
			t.Errorf("expand(%q) = %q, want an error", in, got)
		}
	}
}

// Variables are looked up only where their value is used.
func TestExpandOnlyWhatIsUsed(t *testing.T) {
	config := "default_profile: p\nprofiles: {p: {client_id: '${UNSET}'}, q: {account: '${UNSET}'}}\n"
	_, err := Resolve(Input{ConfigPath: "c", ReadFile: files(map[string]string{"c": config}),
		Flags: map[string][]string{"client-id": {"x"}}})
	if err != nil {
		t.Error(err)
	}
}

func TestRepair(t *testing.T) {
	tests := []struct {
		in, want string
		repairs  []string
	}{
		{"abc", "abc", nil},
		{" abc", "abc", []string{"surrounding-space"}},
		{"abc\r\n", "abc", []string{"surrounding-space"}},
		{"\ufeffabc\u200b", "abc", []string{"invisible"}},
		{"\u00a0abc", "abc", []string{"surrounding-space"}},
		{`"abc"`, "abc", []string{"quotes"}},
		{"' abc '\n", "abc", []string{"surrounding-space", "quotes"}},
		{"\u201cabc\u201d", "abc", []string{"quotes"}},
		{`"abc`, `"abc`, nil},
		{`"`, `"`, nil},
		{`""`, "", []string{"quotes"}},
		{"a b", "a b", nil},
		{"a\nb", "a\nb", nil},
	}
	for _, tt := range tests {
		got, repairs := repair(tt.in)
		if got != tt.want || !slices.Equal(repairs, tt.repairs) {
			t.Errorf("repair(%q) = %q, %q; want %q, %q", tt.in, got, repairs, tt.want, tt.repairs)
		}
	}
}

func TestKeyMaterial(t *testing.T) {
	base64Line := strings.Repeat("MIIEvQIBADANBgkqhkiG9w0BAQEFAASC", 4)
	for _, s := range []string{
		"-----BEGIN PRIVATE KEY-----", "KEY-----nMIIEvQ", `-----BEGIN RSA PRIVATE KEY-----\nMII`, "begin private key",
		base64Line, base64Line[:64], `{"kty":"RSA","n":"x"}`, "eyJhbGciOiJQUzI1NiJ9.eyJpc3MiOiJ4In0.sig", strings.Repeat("Ab1_", 40),
	} {
		if secretscan.Value(s) == "" {
			t.Errorf("not recognised: %q", s)
		}
	}
	for _, s := range []string{
		validClientID, validCertificateID, "1C61CD58-044D-497A-AA29-7A3E9A9BB924", "keys/MIgration/prod.pem",
		"/home/MIchael/" + strings.Repeat("folder/", 30) + "key", "https://1234567.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token",
		"C:\\Users\\me\\key.pem", "-Qjavxyz", strings.Repeat("ab", 40),
	} {
		if secretscan.Value(s) != "" {
			t.Errorf("taken for key material: %q", s)
		}
	}
	// A key in pieces, as a list.
	_, err := Resolve(Input{Flags: map[string][]string{"scope": {"-----BEGIN", planted}}})
	if err == nil || strings.Contains(err.Error(), planted) {
		t.Errorf("list: %v", err)
	}
}

func TestDerivedValues(t *testing.T) {
	resolve := func(flags map[string][]string) *Profile {
		t.Helper()
		p, err := Resolve(Input{Flags: flags})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	const endpoint = "https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token"
	p := resolve(map[string][]string{"account": {"1234567-sb1"}})
	if p.TokenURL != endpoint || p.Audience != endpoint || p.APIURL != "https://1234567-sb1.suitetalk.api.netsuite.com" || !p.Server.NetSuite {
		t.Errorf("account: %+v", p.Show())
	}
	want := []Shown{
		{"account", "1234567_SB1", "flag --account"},
		{"scope", "rest_webservices", "default"},
		{"token_url", endpoint, "from account"},
		{"audience", endpoint, "from account"},
		{"api_url", "https://1234567-sb1.suitetalk.api.netsuite.com", "from account"},
		{"ntp_server", "time.cloudflare.com time.nist.gov ptbtime1.ptb.de", "default"},
		{"warn", "30d", "default"},
	}
	if diff := cmp.Diff(want, p.Show()); diff != "" {
		t.Errorf("Show (-want +got):\n%s", diff)
	}
	if facts := p.Facts(); len(facts.Values) != len(want) || facts.Values["audience"] != (finding.ProfileValue{Value: endpoint, Source: "from account"}) {
		t.Errorf("Facts %+v", facts)
	}

	p = resolve(map[string][]string{"account": {"1234567"}, "token-url": {"https://as.example/token"}})
	if p.Server.NetSuite || p.Audience != "https://as.example/token" || p.APIURL != "" || len(p.Scope()) != 0 {
		t.Errorf("foreign: %v %+v", !p.Server.NetSuite, p.Show())
	}
	p = resolve(map[string][]string{"token-url": {"https://as.example/token"}, "audience": {"urn:x"}, "scope": {"own"}})
	if p.Audience != "urn:x" || !slices.Equal(p.Scope(), []string{"own"}) {
		t.Errorf("audience and scope: %+v", p.Show())
	}
	for url, foreign := range map[string]bool{
		"https://7654321.suitetalk.api.netsuite.com/x": false,
		"https://7654321.SUITETALK.api.NetSuite.com/x": false,
		"https://evilnetsuite.com/x":                   true,
		"https://netsuite.com.evil.example/x":          true,
		"https://127.0.0.1:8443/x":                     true,
	} {
		if p := resolve(map[string][]string{"token-url": {url}}); !p.Server.NetSuite != foreign {
			t.Errorf("Foreign with %s is %v", url, !foreign)
		}
	}
	p = resolve(map[string][]string{"api-url": {"https://api.example/"}, "warn": {"20%"}, "fail": {"7"}})
	if p.APIURL != "https://api.example" || p.TokenURL != "" || p.Audience != "" {
		t.Errorf("api url: %+v", p.Show())
	}
	if p.Warn == nil || *p.Warn != (Threshold{Percent: 20}) {
		t.Errorf("warn %+v", p.Warn)
	}
	if p.Fail == nil || *p.Fail != (Threshold{Days: 7}) {
		t.Errorf("fail %+v", p.Fail)
	}
}

// The password of a proxy leaves by ProxyURL only.
func TestProxyPassword(t *testing.T) {
	for _, value := range []string{"http://me:" + planted + "@proxy.example:3128", "me:" + planted + "@proxy.example:3128"} {
		p, err := Resolve(Input{Flags: map[string][]string{"proxy": {value}, "account": {" 1234567"}}})
		if err != nil {
			t.Fatal(err)
		}
		if pw, _ := p.ProxyURL().User.Password(); pw != planted {
			t.Errorf("ProxyURL lost the password")
		}
		v, _ := p.Get(FieldProxy)
		facts, _ := json.Marshal(p.Facts())
		whole, _ := json.Marshal(p)
		out := fmt.Sprintf("%v %+v %#v %s %s %v %+v %s", p, *p, *p, facts, whole, v, p.Findings(), p.Text(FieldProxy))
		if strings.Contains(out, planted) {
			t.Errorf("the password is in %s", out)
		}
		if !strings.Contains(out, "proxy.example:3128") {
			t.Errorf("the proxy is not shown: %s", out)
		}
	}
}

// What Get returns can be changed without changing the profile.
func TestGetCopies(t *testing.T) {
	p, err := Resolve(Input{Flags: map[string][]string{"scope": {"restlets"}}})
	if err != nil {
		t.Fatal(err)
	}
	p.Scope()[0] = "changed"
	if p.Scope()[0] != "restlets" {
		t.Error("Scope shares its memory")
	}
}

func TestFieldsTable(t *testing.T) {
	seen := map[string]bool{}
	for _, info := range Fields() {
		flag := strings.ReplaceAll(string(info.Name), "_", "-")
		if info.InFlags && (info.Flag != flag || info.Env != "NSAUTH_"+strings.ToUpper(string(info.Name))) {
			t.Errorf("%s: flag %q, variable %q", info.Name, info.Flag, info.Env)
		}
		if info.Usage == "" || strings.Count(info.Usage, "`")%2 != 0 {
			t.Errorf("%s: usage %q", info.Name, info.Usage)
		}
		for _, name := range []string{string(info.Name), "--" + info.Flag, info.Env, info.LegacyEnv} {
			if seen[name] && name != "" && name != "--" {
				t.Errorf("%s is there twice", name)
			}
			seen[name] = true
		}
		for _, item := range info.split([]string{info.Default}) {
			if info.check != nil && info.check(item) != nil {
				t.Errorf("%s: its default %q does not pass its own check", info.Name, item)
			}
		}
	}
	if len(Fields()) != 32 {
		t.Errorf("%d fields", len(Fields()))
	}
}

func TestErrorsUnwrap(t *testing.T) {
	err := error(&ConfigError{File: "f", Line: 3, Message: "m", Err: fs.ErrNotExist})
	if !errors.Is(err, fs.ErrNotExist) || err.Error() != "f:3: m" {
		t.Error(err)
	}
}

// Of key and key_command the stronger place counts; both in one place are a
// contradiction.
func TestKeyCommand(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "config.yaml")
	text := "profiles:\n  a:\n    key_command: 'pass show \"private key\" ${NOT_OURS}'\n  b:\n    key: k.pem\n    key_command: x\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name         string
		in           Input
		key, command string
		want         string // in the error
	}{
		{"taken as it is written", Input{ConfigPath: path, ProfileName: "a"}, "", `pass show "private key" ${NOT_OURS}`, ""},
		{"a flag wins", Input{ConfigPath: path, ProfileName: "a", Flags: map[string][]string{"key": {"f.pem"}}}, "f.pem", "", ""},
		{"a named profile wins over the environment", Input{ConfigPath: path, ProfileName: "a", LookupEnv: env(map[string]string{"NSAUTH_KEY": "e.pem"})},
			"", `pass show "private key" ${NOT_OURS}`, ""},
		{"a flag wins over a file", Input{ConfigPath: path, ProfileName: "a", Flags: map[string][]string{"key-command": {"'q' x"}}}, "", "'q' x", ""},
		{"both in one profile", Input{ConfigPath: path, ProfileName: "b"}, "", "", "are both set"},
		{"both as flags", Input{Flags: map[string][]string{"key": {"a"}, "key-command": {"b"}}}, "", "", "are both set"},
		{"a key in place of a command", Input{Flags: map[string][]string{"key-command": {"-----BEGIN PRIVATE KEY-----"}}}, "", "", "content of a key"},
		{"names for what is in no file", Input{Dir: dir, Flags: map[string][]string{"key": {"env:KEY"}}}, "env:KEY", "", ""},
		{"a descriptor", Input{Dir: dir, Flags: map[string][]string{"key": {"fd:3"}}}, "fd:3", "", ""},
		{"standard input", Input{Dir: dir, Flags: map[string][]string{"key": {"-"}}}, "-", "", ""},
	} {
		p, err := Resolve(tt.in)
		if tt.want != "" {
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: error %v", tt.name, err)
			}
			continue
		}
		if err != nil || p.Text(FieldKey) != tt.key || p.Text(FieldKeyCommand) != tt.command || !p.HasKey() {
			t.Errorf("%s: key %q, command %q, %v", tt.name, p.Text(FieldKey), p.Text(FieldKeyCommand), err)
		}
	}
	if runtime.GOOS == "windows" {
		return
	}
	for _, mode := range []os.FileMode{0o620, 0o602} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		var unsafe *UnsafeError
		if _, err := Resolve(Input{ConfigPath: path, ProfileName: "a"}); !errors.As(err, &unsafe) || unsafe.Reason != "command-in-writable-file" {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
}

// A sign command is a third place of the key. It needs the public key, and is not taken
// from an env file.
func TestSignCommand(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "config.yaml")
	text := "profiles:\n  a:\n    sign_command: 'hsm sign \"the key\" ${NOT_OURS}'\n    cert: c.pem\n  b:\n    sign_command: x\n  c:\n    key_command: x\n    sign_command: y\n" +
		"  d:\n    public_key: p.pem\n    sign_command: y\n  e:\n    key: k.pem\n    sign_command: y\n  f:\n    auth: tba\n    sign_command: y\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name         string
		in           Input
		command, key string
		lacks        bool
		want         string // in the error
	}{
		{"taken as it is written", Input{ProfileName: "a"}, `hsm sign "the key" ${NOT_OURS}`, "", false, ""},
		{"without a public key", Input{ProfileName: "b"}, "x", "", true, ""},
		{"a public key", Input{ProfileName: "d"}, "y", "", false, ""},
		{"with a key command", Input{ProfileName: "c"}, "", "", false, "are both set"},
		{"with a key", Input{ProfileName: "e"}, "", "", false, "are both set"},
		{"a key as a flag wins", Input{ProfileName: "a", Flags: map[string][]string{"key": {"f.pem"}}}, "", "f.pem", false, ""},
		{"a flag wins over a key command", Input{ProfileName: "c", Flags: map[string][]string{"sign-command": {"z"}}}, "z", "", true, ""},
		{"a variable", Input{LookupEnv: env(map[string]string{"NSAUTH_SIGN_COMMAND": "z", "NSAUTH_PUBLIC_KEY": "env:P"})}, "z", "", false, ""},
		{"public key and passphrase on standard input", Input{Flags: map[string][]string{"sign-command": {"z"}, "public-key": {"-"}, "passphrase-file": {"-"}}}, "", "", false, "both standard input"},
	} {
		tt.in.ConfigPath = path
		p, err := Resolve(tt.in)
		if tt.want != "" {
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: error %v", tt.name, err)
			}
			continue
		}
		if err != nil || p.Text(FieldSignCommand) != tt.command || p.Text(FieldKey) != tt.key || p.HasKey() == tt.lacks || p.Lacks(FieldPublicKey) != tt.lacks || p.Lacks(FieldKey) {
			t.Errorf("%s: command %q, key %q, has a key %v, lacks %v, %v", tt.name, p.Text(FieldSignCommand), p.Text(FieldKey), p.HasKey(), p.Missing(), err)
		}
	}
	envFile := filepath.Join(dir, "x.env")
	if err := os.WriteFile(envFile, []byte("NSAUTH_SIGN_COMMAND=echo ran\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var refused *UnsafeError
	if _, err := Resolve(Input{EnvFile: envFile}); !errors.As(err, &refused) || !strings.Contains(err.Error(), "env files come along") {
		t.Errorf("from an env file: %v", err)
	}
}
