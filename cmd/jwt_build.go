package cmd

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/call"
	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/handon"
	"github.com/nsauth/nsauth/internal/inspect"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/login"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/report"
)

// buildOptions are the flags of jwt build, and what they come to.
type buildOptions struct {
	dryRun, curl    bool
	at, scopeFormat string
	lifetime        time.Duration
	jti             string
	claims          []string
	out             handon.Output

	time   time.Time      // of at
	values map[string]any // of claims
}

func newJWTBuild(a *cli.App) *cobra.Command {
	var o buildOptions
	c := &cobra.Command{
		Use:   "build",
		Short: "Build and sign the client assertion of the profile",
		Args:  noArgsAfter(&o.out),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := errors.Join(o.check(a), o.checkOut()); err != nil {
				return err
			}
			p, err := cli.ResolveM2M(c.Context(), input(a, c))
			if err != nil {
				return err
			}
			for _, f := range p.Placeholders() {
				fmt.Fprintf(a.Stderr, "nsauth: warning: %s\n", a.MaskedText(f.Message))
			}
			if o.curl {
				if changed := o.changed(); len(changed) > 0 {
					return cli.Fail(finding.UsageFlag, "--curl prints $ASSERTION in place of the assertion, so it cannot be combined with --"+strings.Join(changed, ", --"),
						"the same command without --curl makes the assertion")
				}
				return call.PrintCurl(a, p, cli.SyntaxOf(runtime.GOOS))
			}
			return buildAssertion(a, c, p, &o)
		},
	}
	addProfileFlags(a, c)
	offersNot(c, "api-url", "ntp-server")
	flags := c.Flags()
	flags.BoolVar(&o.dryRun, "dry-run", false, "show header, claims and signing input; sign nothing and read no key")
	flags.BoolVar(&o.curl, "curl", false, "print the token request as a curl command, with $ASSERTION in place of the assertion")
	flags.StringVar(&o.at, "at", "", "set iat to `TIME`: 2026-11-23T15:00:00Z, seconds since 1970, or an offset from now such as -5m")
	flags.DurationVar(&o.lifetime, "lifetime", jwtgen.DefaultLifetime, "exp is this `DURATION` after iat")
	flags.StringVar(&o.jti, "jti", "", "add the claim jti with this `ID`; auto generates one")
	flags.StringVar(&o.scopeFormat, "scope-format", "", "write the scopes as `FORMAT`: string, array or comma (default: a string for one scope, else an array)")
	flags.Var((*list)(&o.claims), "claim", "set a claim to any JSON, as `NAME=JSON`; repeatable")
	addOut(c, &o.out)
	complete(a, c, "scope-format", "string", "array", "comma")
	complete(a, c, "jti", "auto")
	return c
}

// check reads the values of the flags.
func (o *buildOptions) check(a *cli.App) error {
	var err error
	switch {
	case o.curl && (a.JSON() || o.dryRun):
		return cli.Fail(finding.UsageFlag, "--curl cannot be combined with -o json or --dry-run")
	case a.MaskIDs:
		return cli.Fail(finding.UsageFlag, "an assertion cannot be masked", "nsauth jwt inspect --mask-ids shows it without its IDs")
	case !slices.Contains([]string{"", "string", "array", "comma"}, o.scopeFormat):
		return cli.Fail(finding.UsageFlag, "invalid --scope-format: want string, array or comma")
	case o.lifetime == 0:
		return cli.Fail(finding.UsageFlag, "--lifetime is zero", "such as 5m; negative for an experiment")
	case o.lifetime%time.Second != 0:
		return cli.Fail(finding.UsageFlag, "--lifetime is not a whole number of seconds", "such as 5m; negative for an experiment")
	}
	if o.time, err = parseAt(o.at, a.Now()); err != nil {
		return err
	}
	o.values, err = parseClaims(o.claims)
	return err
}

// parseAt reads a time, or how far it is from now.
func parseAt(s string, now time.Time) (time.Time, error) {
	if s == "" || s == "now" {
		return now, nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil && !t.IsZero() {
		return t, nil
	}
	if seconds, err := strconv.ParseInt(s, 10, 64); err == nil && s[0] != '+' && seconds >= 0 && seconds < 1e11 {
		return time.Unix(seconds, 0), nil
	}
	if d, err := time.ParseDuration(s); err == nil && strings.ContainsAny(s[:1], "+-") {
		return now.Add(d), nil
	}
	return time.Time{}, cli.Fail(finding.UsageFlag, "invalid --at "+cli.Quoted(s)+": want RFC 3339, seconds since 1970, or an offset",
		"such as 2026-11-23T15:00:00Z, 1795446000, -5m or +1h")
}

// parseClaims reads NAME=JSON. The values stay as they were written.
func parseClaims(list []string) (map[string]any, error) {
	claims := map[string]any{}
	for _, item := range list {
		name, value, ok := strings.Cut(item, "=")
		switch {
		case !ok || name == "":
			return nil, cli.Fail(finding.UsageFlag, "--claim "+cli.Quoted(item)+" is not NAME=JSON", `such as --claim 'sub="3;-5"' or --claim nbf=1795446000`)
		case claims[name] != nil:
			return nil, cli.Fail(finding.UsageFlag, "--claim "+cli.Quoted(name)+" is given twice")
		case !json.Valid([]byte(value)):
			if !strings.HasPrefix(cli.Quoted(name), `"`) {
				return nil, cli.Fail(finding.UsageFlag, "the value of a --claim is not JSON", `quote a text twice: --claim 'sub="text"'`)
			}
			return nil, cli.Fail(finding.UsageFlag, "the value of --claim "+cli.Quoted(name)+" is not JSON",
				"quote a text twice: --claim '"+name+`="text"'`)
		}
		claims[name] = json.RawMessage(value)
	}
	return claims, nil
}

// apply makes the changes.
func (o *buildOptions) apply(p *jwtgen.Params) (err error) {
	p.IssuedAt, p.Lifetime, p.ScopeFormat, p.Claims = o.time, o.lifetime, jwtgen.ScopeFormat(o.scopeFormat), o.values
	if p.JTI = cmp.Or(o.jti, p.JTI); o.jti == "auto" {
		p.JTI, err = jwtgen.NewID()
	}
	return err
}

// changed names what is other than token and doctor send.
func (o *buildOptions) changed() []string {
	list := []string{}
	for _, change := range []struct {
		is   bool
		name string
	}{
		{o.at != "" && o.at != "now", "at"}, {o.lifetime != jwtgen.DefaultLifetime, "lifetime"},
		{o.jti != "", "jti"}, {o.scopeFormat != "", "scope-format"},
	} {
		if change.is {
			list = append(list, change.name)
		}
	}
	for _, item := range o.claims {
		name, _, _ := strings.Cut(item, "=")
		list = append(list, "claim "+name)
	}
	return list
}

// notes says of each claim which option brought it in.
func (o *buildOptions) notes() map[string]string {
	notes := map[string]string{}
	for _, n := range []struct {
		claim, flag string
		given       bool
	}{
		{"iat", "--at", o.at != ""}, {"exp", "--lifetime", o.lifetime != jwtgen.DefaultLifetime},
		{"jti", "--jti", o.jti != ""}, {"scope", "--scope-format", o.scopeFormat != ""},
	} {
		if n.given {
			notes[n.claim] = n.flag
		}
	}
	for name := range o.values {
		notes[name] = "--claim"
	}
	return notes
}

// lacking names the settings without which there is no assertion: those that no
// claim is given for.
func (o *buildOptions) lacking(p *profile.Profile) []string {
	var list []string
	for _, need := range []struct {
		claim string
		field profile.Field
		there bool
	}{
		{"aud", profile.FieldAccount, p.Audience != ""},
		{"iss", profile.FieldClientID, p.Text(profile.FieldClientID) != ""},
		{"", profile.FieldCertificateID, !p.Lacks(profile.FieldCertificateID)},
		{"", profile.FieldKey, p.HasKey() || o.dryRun},
	} {
		if _, given := o.values[need.claim]; !need.there && !given {
			list = append(list, string(need.field))
		}
	}
	return list
}

// buildAssertion prints the assertion, or with --dry-run what it would say.
func buildAssertion(a *cli.App, c *cobra.Command, p *profile.Profile, o *buildOptions) error {
	if lacking := o.lacking(p); len(lacking) > 0 {
		return cli.Fail(finding.UsageConfig, "there is no assertion without "+strings.Join(lacking, ", "),
			"give it by flag, environment or profile; nsauth profile show says what is set")
	}
	if o.out.File != "" {
		return o.write(a, c, p)
	}
	doc, err := o.document(a, c, p, commandName(c))
	if err != nil {
		return err
	}
	if a.JSON() {
		return a.PrintJSON(doc)
	}
	if o.dryRun {
		header := map[string]string{}
		if doc.AlgorithmFrom == "assumed" {
			header["alg"] = "assumed: no key or certificate was read"
		}
		return report.Draft(a.Stdout, doc, a.Now(), header, o.notes(), a.TextOptions(a.Stdout))
	}
	o.tellChanged(a)
	_, err = fmt.Fprintln(a.Stdout, *doc.Assertion)
	return err
}

// tellChanged says what is other than token and doctor send.
func (o *buildOptions) tellChanged(a *cli.App) {
	if changed := o.changed(); len(changed) > 0 && !a.Quiet {
		fmt.Fprintf(a.Stderr, "nsauth: note: other than token and doctor send, by --%s\n", strings.Join(changed, ", --"))
	}
}

// document is the assertion as a document. Why there is none is explained in the name of
// command, "" for in a line.
func (o *buildOptions) document(a *cli.App, c *cobra.Command, p *profile.Profile, command string) (doc report.AssertionDocument, err error) {
	params, err := checks.Parameters(a.Host(), p)
	if err != nil {
		return doc, err
	}
	doc.Head = report.HeadOf(report.KindAssertion)
	if err = o.apply(&params); err != nil {
		return doc, err
	}
	doc.Changed = o.changed()
	var made *jwtgen.Assertion
	if o.dryRun {
		made, doc.AlgorithmFrom, err = login.Draft(c.Context(), a, p, params)
	} else {
		made, doc.AlgorithmFrom, err = login.Sign(c.Context(), a, p, params, command)
	}
	if err != nil {
		return doc, err
	}
	doc.Header, doc.Claims, doc.SigningInput = made.Header, made.Claims, made.SigningInput()
	doc.Times, doc.LifetimeSeconds = inspect.ClaimedTimes(made, a.Now())
	doc.TokenURL = finding.Optional(p.TokenURL)
	if !o.dryRun {
		doc.Assertion, doc.SHA256 = new(made.Raw().Reveal()), new(made.SHA256())
	}
	return doc, nil
}
