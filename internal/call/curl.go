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
	"github.com/nsauth/nsauth/internal/text"
)

// assertionVariable stands where the assertion goes: the shell fills it in, so
// that the command can be shown and kept.
const assertionVariable = "$ASSERTION"

// PrintCurl prints the token request that doctor and token send, as a command for
// a POSIX shell. Nothing is sent and no key is read.
func PrintCurl(a *cli.App, p *profile.Profile) error {
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
	lines := []string{"curl --request " + r.Method + " " + text.SingleQuote(r.URL.String())}
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
			lines = append(lines, f.flag+" "+text.SingleQuote(f.value(v)))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		for _, v := range r.Header.Values(name) {
			lines = append(lines, "--header "+text.SingleQuote(name+": "+v))
		}
	}
	for _, pair := range strings.Split(string(body), "&") {
		name, value, _ := strings.Cut(pair, "=")
		if value == placeholder {
			lines = append(lines, `--data "`+name+"="+assertionVariable+`"`)
			continue
		}
		lines = append(lines, "--data "+text.SingleQuote(pair))
	}
	_, err = fmt.Fprintln(a.Stdout, strings.Join(lines, " \\\n  "))
	return err
}
