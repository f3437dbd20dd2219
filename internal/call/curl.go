package call

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/profile"
)

// assertionVariable stands where the assertion goes: the shell fills it in, so
// that the command can be shown and kept.
const assertionVariable = "ASSERTION"

// PrintCurl prints the token request that doctor and token send, as a command for
// the shell of a system. Nothing is sent and no key is read.
func PrintCurl(a *cli.App, p *profile.Profile, shell cli.Syntax) error {
	if p.TokenURL == "" {
		return cli.Fail(finding.UsageConfig, "the token endpoint is unknown", "set the account, with --account or in a profile")
	}
	client, err := host.Connect(a.Host(), p)
	if err != nil {
		return err
	}
	const placeholder = "ASSERTION"
	r, err := client.TokenRequest(placeholder)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	lines := []string{shell.Curl + " --request " + r.Method + " " + shell.Quote(r.URL.String())}
	for _, f := range []struct {
		field profile.Field
		flag  string
		value func(string) string
	}{
		{profile.FieldConnectTo, "--connect-to", func(s string) string { return "::" + s }},
		{profile.FieldCAFile, "--cacert", func(s string) string { return s }},
		{profile.FieldProxy, "--proxy", func(s string) string { return s }}, // its password is left out
	} {
		if v := p.Text(f.field); v != "" {
			lines = append(lines, f.flag+" "+shell.Quote(f.value(v)))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		for _, v := range r.Header.Values(name) {
			lines = append(lines, "--header "+shell.Quote(name+": "+v))
		}
	}
	for _, pair := range strings.Split(string(body), "&") {
		name, value, _ := strings.Cut(pair, "=")
		if value == placeholder {
			lines = append(lines, `--data "`+name+"="+fmt.Sprintf(shell.Variable, assertionVariable)+`"`)
			continue
		}
		lines = append(lines, "--data "+shell.Quote(pair))
	}
	_, err = fmt.Fprintln(a.Stdout, strings.Join(lines, shell.Continue+"\n  "))
	return err
}
