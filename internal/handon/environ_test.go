package handon

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/netsuite"
)

// commandEnvironment is what a command gets in the environment env with these flags.
func commandEnvironment(t *testing.T, env map[string]string, flags map[string][]string) (map[string]string, *cli.App, *profile.Profile) {
	t.Helper()
	lookup := func(name string) (string, bool) { v, set := env[name]; return v, set }
	a := &cli.App{World: cli.World{World: host.World{Now: time.Now, LookupEnv: lookup}, EnvNames: func() []string { return slices.Sorted(maps.Keys(env)) }}}
	p, err := profile.Resolve(profile.Input{Flags: flags, LookupEnv: lookup, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	token := &netsuite.Token{AccessToken: netsuite.NewSecret("a.b.c"), Received: time.Unix(1_800_000_000, 0), ExpiresIn: time.Hour}
	got := map[string]string{}
	for _, variable := range environment(a, p, token) {
		name, value, _ := strings.Cut(variable, "=")
		if _, twice := got[name]; twice {
			t.Errorf("%s is set twice", name)
		}
		got[name] = value
	}
	return got, a, p
}

// A command gets the token and what belongs to it, and nothing that nsauth gets tokens with.
func TestEnvironment(t *testing.T) {
	const planted = "planted"
	env := map[string]string{
		"PATH": "/bin", "EMPTY": "", "NETSUITE_CLIENT_ID": "id", "NSAUTHOR": "stays", // not nsauth's own
		"NSAUTH_ANYTHING": planted, "NSAUTH_CERT": "env:MY_CERT", "NETSUITE_PRIVATE_KEY_PATH": planted,
		"MY_KEY": planted, "MY_PASSPHRASE": planted, "MY_CERT": planted,
		"NETSUITE_ACCESS_TOKEN": planted, "NETSUITE_ACCOUNT_ID": "7654321", "NETSUITE_RESTLET_URL": planted,
	}
	flags := map[string][]string{"account": {"1234567_SB1"}, "key": {"env:MY_KEY"}, "passphrase-file": {"env:MY_PASSPHRASE"}}
	got, _, _ := commandEnvironment(t, env, flags)
	want := map[string]string{
		"PATH": "/bin", "EMPTY": "", "NETSUITE_CLIENT_ID": "id", "NSAUTHOR": "stays",
		"NETSUITE_ACCESS_TOKEN": "a.b.c", "NETSUITE_ACCESS_TOKEN_EXPIRES_AT": "2027-01-15T09:00:00Z", "NETSUITE_ACCOUNT_ID": "1234567_SB1",
		"NETSUITE_REST_URL":    "https://1234567-sb1.suitetalk.api.netsuite.com",
		"NETSUITE_RESTLET_URL": "https://1234567-sb1.restlets.api.netsuite.com",
	}
	if !maps.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

// With another server there are only the variables that are known, and none is left from
// another run.
func TestEnvironmentOfAnotherServer(t *testing.T) {
	env := map[string]string{"NETSUITE_REST_URL": "https://old.example", "NETSUITE_RESTLET_URL": "https://old.example"}
	for api, want := range map[string]string{"": "", "https://api.example.com": "https://api.example.com"} {
		flags := map[string][]string{"token-url": {"https://login.example.com/token"}}
		if api != "" {
			flags["api-url"] = []string{api}
		}
		got, _, _ := commandEnvironment(t, env, flags)
		if got["NETSUITE_ACCESS_TOKEN"] != "a.b.c" || got["NETSUITE_REST_URL"] != want || got["NETSUITE_RESTLET_URL"] != "" || got["NETSUITE_ACCOUNT_ID"] != "" {
			t.Errorf("with %q: %v", api, got)
		}
	}
}

// Descriptors that a secret was read from are the command's no more.
func TestDescriptors(t *testing.T) {
	_, a, p := commandEnvironment(t, nil, map[string][]string{"account": {"1234567"}, "key": {"fd:7"}, "passphrase-file": {"/dev/fd/8"}, "cert": {"fd:0"}})
	a.EnvFile, a.ConfigPath = "/proc/self/fd/9", "config.yaml"
	if got := descriptors(a, p); !slices.Equal(slices.Sorted(slices.Values(got)), []int{7, 8, 9}) {
		t.Errorf("%v", got)
	}
}

func TestCheckCommand(t *testing.T) {
	for _, tt := range []struct {
		args []string
		dash int
		ok   bool
	}{
		{[]string{"env"}, 0, true}, {[]string{"env", "-i"}, 0, true},
		{nil, -1, false}, {nil, 0, false}, {[]string{"env"}, -1, false}, {[]string{"a", "env"}, 1, false}, {[]string{""}, 0, false},
	} {
		if err := CheckCommand(tt.args, tt.dash); (err == nil) != tt.ok {
			t.Errorf("%+v: %v", tt, err)
		}
	}
}

// A file that is a pipe is not read again.
func TestReadAgain(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"": true, file: true, os.DevNull: false} {
		if readAgain(name) != want {
			t.Errorf("%q: %t", name, !want)
		}
	}
}
