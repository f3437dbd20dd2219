package profile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// planted stands in every file of testdata/bad where a value could be a secret.
const planted = "s3cr3t"

func hintsOf(err error) []string {
	var c *ConfigError
	var u *UnsafeError
	switch {
	case errors.As(err, &c):
		return c.Hints
	case errors.As(err, &u):
		return u.Hints
	}
	return nil
}

// One bad file per mistake, with its exact message.
func TestBadFiles(t *testing.T) {
	const (
		didYouMeanID = `did you mean "client_id"?`
		all          = "known keys: account, client_id, certificate_id, key, key_command, sign_command, public_key, cert, scope, algorithm, token_url, audience, api_url, " +
			"connect_to, ca_file, proxy, ntp_server, passphrase_file, api_path, warn, fail, accept, production, " +
			"auth, consumer_key, consumer_secret, consumer_secret_command, token_id, token_secret, token_secret_command, auditor, application, previous"
		exposed = "a private key or token that was stored here counts as exposed: replace it"
	)
	tests := []struct {
		file  string
		want  string // after the file's name
		hints []string
	}{
		{"accept.yaml", `:4: profile "prod": accept holds something that is not a finding code`, []string{`did you mean "certificate.expiring-soon"?`}},
		{"account.yaml", `:4: profile "prod": account is a URL or host name that does not belong to a NetSuite account`, []string{
			"an account ID has letters and digits with at most one _ or - between them, such as 1234567 or 1234567_SB1",
			"Setup > Company > Company Information > Company URLs shows the account's own host names"}},
		{"anchor.yaml", `: the profile file is not valid YAML`, []string{"quote a value that starts with *"}},
		{"api-path-dots.yaml", `:4: profile "prod": api_path has . or .. between its slashes, which could lead to another call`, []string{"write out the path that is meant"}},
		{"api-path.yaml", `:4: profile "prod": api_path is not a path`, []string{"such as record/v1/customer?limit=1, which is below /services/rest"}},
		{"api-url-path.yaml", `:4: profile "prod": api_url has a path or a query`, []string{"give scheme and host only, as in https://HOST"}},
		{"client-id-is-token.yaml", `:4: profile "prod": client_id holds what looks like a token`, []string{exposed}},
		{"client-secret.yaml", `:3: profile "prod": unknown key "client_secret"`, []string{"client credentials with a certificate use no client secret: remove it"}},
		{"colon.yaml", `:3: the profile file is not valid YAML near this line`, []string{`quote a value that contains ": ", and indent a setting below the name that it belongs to`}},
		{"complex-key.yaml", `:2: profiles: a key must be a plain word`, []string{"remove the question mark or the brackets"}},
		{"connect-to.yaml", `:4: profile "prod": connect_to is not HOST:PORT`, []string{"such as 127.0.0.1:8443 or [::1]:8443"}},
		{"default-missing.yaml", `:1: default_profile names "prd", and there is no such profile`, []string{`did you mean "prod"?`}},
		{"default-without-profiles.yaml", `:1: default_profile names "prod", and there is no such profile`, []string{"the file has no profiles"}},
		{"field-at-top.yaml", `:1: "client_id" stands outside a profile`, []string{"settings belong below profiles:, then the name of a profile"}},
		{"key-is-a-secret.yaml", `:3: profile "prod": unknown key (not shown: does not look like a name)`, []string{all}},
		{"key-is-pem.yaml", `:4: profile "prod": key holds what looks like the content of a key or certificate; it takes the path of a file`,
			[]string{"save the content in a file that only you can read, and give its path", exposed}},
		{"latin1.yaml", `: the profile file is not UTF-8 text`, []string{"save the file as UTF-8"}},
		{"list-in-list.yaml", `:3: profile "prod": scope has a list inside its list`, []string{"write one value per item"}},
		{"list.yaml", `:1: the file must be a map, not a list`, []string{"expected default_profile: NAME and profiles:, without dashes"}},
		{"merge.yaml", `:4: profile "prod": merge keys (<<) are not supported`, []string{"repeat the values in each place"}},
		{"no-colon.yaml", `:4: the profile file is not valid YAML near this line`, []string{"every line is KEY: VALUE"}},
		{"ntp-server.yaml", `:4: profile "prod": ntp_server is not a host name`, []string{"such as time.example.com or time.example.com:123"}},
		{"open-quote.yaml", `:3: the profile file is not valid YAML near this line`, []string{"a quote or bracket is not closed"}},
		{"production.yaml", `:4: profile "prod": production takes true or false`, []string{"write production: true"}},
		{"profile-empty-name.yaml", `:2: a profile has an empty name`, []string{"give it a name, as in prod:"}},
		{"profile-name-escape.yaml", `:2: the name of a profile has characters that cannot be printed`, []string{"use letters, digits, dots and dashes"}},
		{"profile-text.yaml", `:2: profile "prod" must be a map, not text`, []string{"expected settings, such as account: 1234567"}},
		{"profile-twice.yaml", `:3: profiles: "prod" is set twice, first on line 2`, []string{"remove one of the two"}},
		{"profiles-list.yaml", `:2: profiles must be a map, not a list`, []string{"expected NAME: and the settings of that profile below it, without dashes"}},
		{"proxy.yaml", `:4: profile "prod": proxy is not the URL of a proxy`, []string{"such as http://proxy.example.com:3128"}},
		{"tab.yaml", `:3: the profile file is not valid YAML near this line`, []string{"indent with spaces, not tabs, and quote a value that starts with @, % or a backquote"}},
		{"text.yaml", `:1: the file must be a map, not text`, []string{"expected default_profile: NAME and profiles:"}},
		{"token-url.yaml", `:4: profile "prod": token_url is an http URL: assertions and tokens would travel unencrypted`, []string{"use https; http is allowed to this machine only"}},
		{"twice.yaml", `:5: profile "prod": "client_id" is set twice, first on line 3`, []string{"remove one of the two"}},
		{"two-documents.yaml", `:3: a second YAML document starts here`, []string{"put everything in one document, without --- lines"}},
		{"unknown-key-dash.yaml", `:3: profile "prod": unknown key "certificate-id"`, []string{`did you mean "certificate_id"?`}},
		{"consumer-key.yaml", `:3: profile "prod": consumer_key is a setting of auth: tba, and the profile has no such line`,
			[]string{"for a token of token-based authentication add auth: tba", `for client credentials with a certificate: did you mean "client_id"?`}},
		{"unknown-key-far.yaml", `:3: profile "prod": unknown key "colour"`, []string{all}},
		{"unknown-key-not-selected.yaml", `:6: profile "other": unknown key "acount"`, []string{`did you mean "account"?`}},
		{"unknown-key-upper-case.yaml", `:3: profile "prod": unknown key "Client_ID"`, []string{didYouMeanID}},
		{"unknown-key.yaml", `:4: profile "prod": unknown key "clientid"`, []string{didYouMeanID}},
		{"unknown-top.yaml", `:1: unknown key "profile"`, []string{`did you mean "profiles"?`}},
		{"value-bool.yaml", `:3: profile "prod": client_id must be text, not true or false`, []string{"put the value in quotes if it is text"}},
		{"value-list.yaml", `:3: profile "prod": client_id must be one value, not a list`, []string{"remove the brackets or the dash"}},
		{"value-map.yaml", `:3: profile "prod": client_id must be a value, not a map`, []string{`quote a value that starts with { or contains ": "`}},
		{"value-tag.yaml", `:3: profile "prod": client_id has a YAML tag`, []string{"remove the tag, and quote a value that starts with !"}},
		{"variable-open.yaml", `:4: profile "prod": client_id has ${ without the closing }`, []string{"write $${ for the plain text ${"}},
		{"variable-operator.yaml", `:4: profile "prod": client_id has ${...} with something other than the name of a variable in it`,
			[]string{"only ${NAME} is known, without defaults or operators; write $${ for the plain text ${"}},
		{"variable-unset.yaml", `:5: profile "prod": client_id uses ${NSAUTH_TEST_UNSET}, and that variable is not set`,
			[]string{"set $NSAUTH_TEST_UNSET, or write $${NSAUTH_TEST_UNSET} for the plain text"}},
		{"warn.yaml", `:4: profile "prod": warn is not a number of days or a percentage`, []string{"such as 30d, or 20% of the validity"}},
	}
	untested := map[string]bool{}
	entries, err := os.ReadDir("testdata/bad")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		untested[e.Name()] = true
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			delete(untested, tt.file)
			path := filepath.Join("testdata", "bad", tt.file)
			p, err := Resolve(Input{ConfigPath: path})
			if err == nil || p != nil {
				t.Fatalf("Resolve gave %v, %v; want an error", p, err)
			}
			if got := err.Error(); got != path+tt.want {
				t.Errorf("message\n got %s\nwant %s", got, path+tt.want)
			}
			if diff := cmp.Diff(tt.hints, hintsOf(err)); diff != "" {
				t.Errorf("hints (-want +got):\n%s", diff)
			}
			if all := fmt.Sprintf("%v %+v %#v %q", err, err, err, hintsOf(err)); strings.Contains(all, planted) {
				t.Errorf("the error quotes the file: %s", all)
			}
			unsafeFile := tt.file == "account.yaml" || tt.file == "token-url.yaml"
			var refused *UnsafeError
			if errors.As(err, &refused) != unsafeFile {
				t.Errorf("error is a %T", err)
			}
		})
	}
	for file := range untested {
		t.Errorf("testdata/bad/%s is in no test", file)
	}
}

func TestUnreadableFiles(t *testing.T) {
	dir := t.TempDir()
	large := filepath.Join(dir, "large")
	if err := os.WriteFile(large, make([]byte, MaxFileBytes+1), 0o600); err != nil {
		t.Fatal(err)
	}
	missing := filepath.Join(dir, "missing")
	occupied := t.TempDir()
	inTheWay := filepath.Join(occupied, "nsauth", "config.yaml")
	if err := os.MkdirAll(inTheWay, 0o700); err != nil {
		t.Fatal(err)
	}
	denied := func(path string) ([]byte, error) {
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrPermission}
	}
	odd := func(string) ([]byte, error) { return nil, errors.New("the disk said " + planted) }
	tests := []struct {
		name string
		in   Input
		want string
		is   error
	}{
		{"config missing", Input{ConfigPath: missing}, missing + ": the profile file does not exist", fs.ErrNotExist},
		{"config is a folder", Input{ConfigPath: dir}, dir + ": the profile file is a folder", nil},
		{"config too large", Input{ConfigPath: large}, large + ": the profile file is larger than 1 MiB", nil},
		{"config denied", Input{ConfigPath: "c", ReadFile: denied}, "c: the profile file may not be read", fs.ErrPermission},
		{"config error", Input{ConfigPath: "c", ReadFile: odd}, "c: the profile file cannot be read", nil},
		{"env file missing", Input{EnvFile: missing}, missing + ": the env file does not exist", fs.ErrNotExist},
		{"env file is a folder", Input{EnvFile: dir}, dir + ": the env file is a folder", nil},
		{"env file too large", Input{EnvFile: large}, large + ": the env file is larger than 1 MiB", nil},
		{"default location is a folder", Input{ConfigDir: occupied}, inTheWay + ": the profile file is a folder", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Resolve(tt.in)
			if err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("%v is not %v", err, tt.is)
			}
		})
	}
	if p, err := Resolve(Input{ConfigDir: dir}); err != nil || p.File != "" {
		t.Errorf("a missing file in the default location: %v, %v", p, err)
	}
}

func TestBadNames(t *testing.T) {
	const file = "default_profile: prod\nprofiles: {prod: {}, sandbox: {}}\n"
	read := func(string) ([]byte, error) { return []byte(file), nil }
	tests := []struct {
		name  string
		in    Input
		want  string
		hints []string
	}{
		{"near", Input{ConfigPath: "c.yaml", ReadFile: read, ProfileName: "prdo"},
			`c.yaml: there is no profile "prdo"`, []string{`did you mean "prod"?`}},
		{"far", Input{ConfigPath: "c.yaml", ReadFile: read, ProfileName: "elsewhere"},
			`c.yaml: there is no profile "elsewhere"`, []string{`its profiles are "prod", "sandbox"`}},
		{"environment", Input{ConfigPath: "c.yaml", ReadFile: read, LookupEnv: env(map[string]string{"NSAUTH_PROFILE": "sandbx"})},
			`c.yaml: there is no profile "sandbx", which $NSAUTH_PROFILE names`, []string{`did you mean "sandbox"?`}},
		{"no file", Input{ProfileName: "prod"},
			`there is no profile "prod": there is no profile file`,
			[]string{"name the file with --config, make one with nsauth profile init, or give the values as flags and no profile"}},
		{"empty flag", Input{Flags: map[string][]string{"client-id": {" "}}}, "--client-id is empty",
			[]string{"leave the flag out, or check that its shell variable is set"}},
		{"empty list flag", Input{Flags: map[string][]string{"scope": {" , "}}}, "--scope is empty",
			[]string{"leave the flag out, or check that its shell variable is set"}},
		{"key in a flag", Input{Flags: map[string][]string{"key": {"-----BEGIN PRIVATE KEY-----\\nMIIE" + planted}}},
			"--key holds what looks like the content of a key or certificate; it takes the path of a file",
			[]string{"save the content in a file that only you can read, and give its path",
				"a private key or token that was stored here counts as exposed: replace it"}},
		{"home unknown", Input{Flags: map[string][]string{"key": {"~/key.pem"}}},
			"--key starts with ~/, and the home folder is not known", []string{"set $HOME to an absolute path, or write the whole path"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Resolve(tt.in)
			if err == nil || err.Error() != tt.want {
				t.Fatalf("got %v\nwant %s", err, tt.want)
			}
			if diff := cmp.Diff(tt.hints, hintsOf(err)); diff != "" {
				t.Errorf("hints (-want +got):\n%s", diff)
			}
		})
	}
}

// Whatever would lead an assertion to another host is refused, and never quoted.
func TestUnsafeHostIsRejected(t *testing.T) {
	tests := []struct{ flag, value, reason string }{
		{"account", "evil.example/", "foreign-host"},
		{"account", "x@evil.example#", "foreign-host"},
		{"account", "1234567/evil", "characters"},
		{"account", "1234567\nHost: evil", "characters"},
		{"account", "12345_67_89", "characters"},
		{"account", "https://system.netsuite.com/app", "generic-host"},
		{"account", strings.Repeat("1", 64), "too-long"},
		{"token-url", "http://example.com/token", "insecure-url"},
		{"token-url", "http://127.0.0.1.evil.example/token", "insecure-url"},
		{"token-url", "http://localhost.evil.example/token", "insecure-url"},
		{"token-url", "https://user:evil@example.com/token", "userinfo"},
		{"token-url", "https://1234567.suitetalk.api.netsuite.com@evil.example/token", "userinfo"},
		{"token-url", "https://example.com/token#evil", "fragment"},
		{"token-url", "https:///token", "host"},
		{"token-url", "https://evil\\.example/token", "not-a-url"},
		{"token-url", "https://exаmple.com/token", "host"}, // a Cyrillic letter
		{"token-url", "https:evil.example", "host"},
		{"token-url", "ftp://example.com/", "not-a-url"},
		{"token-url", "example.com/token", "not-a-url"},
		{"token-url", "https://example.com:99999/", "port"},
		{"token-url", "https://example.com:/", "port"},
		{"api-url", "http://10.0.0.1", "insecure-url"},
		{"api-url", "https://user@example.com", "userinfo"},
		{"api-path", "https://evil.example/services/rest/x", "foreign-host"},
		{"api-path", "http://1234567.suitetalk.api.netsuite.com/x", "insecure-url"},
		{"api-path", "https://7654321.suitetalk.api.netsuite.com/x", "foreign-host"},
	}
	for _, tt := range tests {
		t.Run(tt.flag+" "+tt.value, func(t *testing.T) {
			flags := map[string][]string{"account": {"1234567"}}
			flags[tt.flag] = []string{tt.value}
			_, err := Resolve(Input{Flags: flags})
			var e *UnsafeError
			if !errors.As(err, &e) || e.Reason != tt.reason {
				t.Fatalf("got %v (%+v), want reason %s", err, e, tt.reason)
			}
			if strings.Contains(err.Error()+fmt.Sprint(e.Hints), "evil") || len(e.Hints) == 0 {
				t.Errorf("message or hints: %v %q", err, e.Hints)
			}
			if e.Source.String() != "flag --"+tt.flag {
				t.Errorf("source %v", e.Source)
			}
		})
	}
	for _, flags := range []map[string][]string{
		{"token-url": {"http://127.0.0.1:8080/token"}},
		{"token-url": {"http://[::1]:8080/token"}},
		{"token-url": {"http://localhost/token"}, "connect-to": {"127.0.0.1:80"}},
		{"token-url": {"https://example.com/token?tenant=1"}},
		{"account": {"1234567_SB1"}, "api-path": {"https://1234567-sb1.restlets.api.netsuite.com/app/site/hosting/restlet.nl?script=1"}},
		{"token-url": {"https://example.com/token"}, "api-url": {"https://api.example.com:8443"}, "api-path": {"https://api.example.com:8443/v1"}},
	} {
		if _, err := Resolve(Input{Flags: flags}); err != nil {
			t.Errorf("%v: %v", flags, err)
		}
	}
	for _, extra := range []string{"connect-to", "proxy"} {
		flags := map[string][]string{"token-url": {"http://127.0.0.1/token"}, extra: {"evil.example:80"}}
		var e *UnsafeError
		if _, err := Resolve(Input{Flags: flags}); !errors.As(err, &e) || e.Reason != "insecure-url" {
			t.Errorf("http with --%s: %v", extra, err)
		}
	}
}
