package handon

import (
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/login"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/text"
	"github.com/nsauth/nsauth/netsuite"
)

// The variables that a command gets, besides [login.Variable].
const (
	variableExpiry  = "NETSUITE_ACCESS_TOKEN_EXPIRES_AT"
	variableAccount = "NETSUITE_ACCOUNT_ID"
	variableREST    = "NETSUITE_REST_URL"
	variableRESTlet = "NETSUITE_RESTLET_URL"
)

// environment is this process's own, with the token and without what nsauth gets tokens
// with.
func environment(a *cli.App, p *profile.Profile, t *netsuite.Token) []string {
	given := map[string]string{login.Variable: t.AccessToken.Reveal(), variableExpiry: "", variableAccount: p.Account.ID,
		variableREST: p.APIURL, variableRESTlet: ""}
	if !t.Expiry().IsZero() {
		given[variableExpiry] = text.UTC(t.Expiry())
	}
	if p.Server.NetSuite && !p.Account.IsZero() {
		given[variableRESTlet] = "https://" + p.Account.RESTletHost()
	}
	var list []string
	if a.EnvNames != nil {
		private := privateVariables(p)
		for _, name := range a.EnvNames() {
			_, ours := given[capitals(name)]
			value, set := a.LookupEnv(name)
			if set && !ours && !strings.HasPrefix(capitals(name), "NSAUTH_") && !slices.Contains(private, capitals(name)) {
				list = append(list, name+"="+value)
			}
		}
	}
	for name, value := range given {
		if value != "" {
			list = append(list, name+"="+value)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// capitals is a variable's name as the system compares it.
func capitals(name string) string {
	if runtime.GOOS == "windows" {
		return strings.ToUpper(name)
	}
	return name
}

// privateVariables are those that have a key, a passphrase or a secret of the profile, or
// its path.
func privateVariables(p *profile.Profile) []string {
	var names []string
	for _, f := range profile.Fields() {
		if !f.Content {
			continue
		}
		if f.Path && f.LegacyEnv != "" {
			names = append(names, f.LegacyEnv)
		}
		if name, ok := strings.CutPrefix(p.Text(f.Name), "env:"); ok {
			names = append(names, capitals(name))
		}
	}
	return names
}

// descriptors are those that the settings, the profile file or the env file were read from.
// Standard input, output and error are the command's own.
func descriptors(a *cli.App, p *profile.Profile) []int {
	sources := []string{a.ConfigPath, a.EnvFile}
	for _, f := range profile.Fields() {
		if f.Path {
			sources = append(sources, p.Text(f.Name))
		}
	}
	var list []int
	for _, source := range sources {
		number, ok := keys.DescriptorOf(source)
		if n, err := strconv.Atoi(number); ok && err == nil && n > 2 {
			list = append(list, n)
		}
	}
	return list
}
