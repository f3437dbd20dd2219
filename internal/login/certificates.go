package login

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/doctor"
	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/mapping"
	"github.com/nsauth/nsauth/internal/nsid"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/netsuite"
)

// ErrNoToken says that there is no access token: Explain says why.
var ErrNoToken = errors.New("no access token")

// CanListCertificates says what has to be changed in a profile before NetSuite can be
// asked for its certificates. Without the values of a token request, Explain says more.
func CanListCertificates(p *profile.Profile) error {
	switch {
	case p.TBA():
		return cli.Fail(finding.UsageConfig, p.WhyTBA()+"; the list of certificates needs OAuth 2.0 client credentials (auth: m2m)",
			"token-based authentication has no certificates")
	case !p.Server.NetSuite:
		return cli.Fail(finding.UsageConfig, "the server is not NetSuite: only NetSuite has a list of certificates",
			"remove token_url, or name another profile: nsauth profile list")
	case len(p.Scope()) > 0 && !slices.Contains(p.Scope(), nsid.DefaultScope):
		return cli.Fail(finding.UsageConfig, "the list of certificates needs the scope "+nsid.DefaultScope+", which the profile does not ask for",
			"add it: --scope "+nsid.DefaultScope+", or scope in the profile; the integration record needs it too")
	}
	return nil
}

// Certificates reads NetSuite's list of the profile's Client ID, after Begin. The endpoint
// has the token that read it. A token from the cache that NetSuite rejects is renewed
// once. The error is that of [CanListCertificates], ErrNoToken, or a *mapping.Error.
func (l *Pipeline) Certificates(ctx context.Context) ([]mapping.Mapping, mapping.Endpoint, error) {
	if err := CanListCertificates(l.Profile); err != nil {
		return nil, mapping.Endpoint{}, err
	}
	if !l.Token(ctx) {
		return nil, mapping.Endpoint{}, ErrNoToken
	}
	if err := l.connect(); err != nil {
		return nil, mapping.Endpoint{}, err
	}
	e := mapping.Endpoint{Client: l.Client, URL: l.Profile.Account.CertificatesURL(l.Profile.Text(profile.FieldClientID))}
	list, err := l.listed(ctx, &e)
	if failed := (*mapping.Error)(nil); l.cached() && errors.As(err, &failed) && failed.Reason == mapping.Rejected {
		if err := l.Open(ctx); err != nil {
			return nil, e, err
		}
		if !l.Renew(ctx) {
			return nil, e, ErrNoToken
		}
		list, err = l.listed(ctx, &e)
	}
	return list, e, err
}

// listed reads the list with the present token.
func (l *Pipeline) listed(ctx context.Context, e *mapping.Endpoint) ([]mapping.Mapping, error) {
	e.Token = l.Seen.Token.AccessToken
	answered := l.App.WaitingFor(ctx, l.Profile.Account.RESTletHost(), "certificates")
	defer answered()
	return e.List(ctx)
}

// ListFinding is why a list of certificates was not read. What the list would have shown
// is unknown, so it judges nothing.
func (l *Pipeline) ListFinding(err error) finding.Finding {
	ev := finding.Evidence{}
	var failed *mapping.Error
	if errors.As(err, &failed) {
		if failed.Status != 0 {
			ev["status"] = failed.Status
		}
		if failed.Detail != "" {
			ev["detail"] = failed.Detail
		}
		switch failed.Reason {
		case mapping.NoPermission:
			ev["reason"], ev["permission"] = "permission", mapping.Permission
			if claims, err := jwtgen.ReadAccessToken(l.Seen.Token.AccessToken.Reveal()); err == nil && claims.RoleID != "" {
				ev["role_id"] = claims.RoleID
			}
		case mapping.NoAnswer:
			ev["reason"] = "no-answer"
			var broken *netsuite.ConnectError
			if errors.As(err, &broken) {
				ev["detail"] = broken.Error()
			}
		case mapping.Unreadable:
			ev["reason"] = "not-a-list"
		}
	}
	return catalog.New("mapping.unreadable", ev)
}

// ExplainCertificates reports an error of Certificates in the name of command.
func (l *Pipeline) ExplainCertificates(ctx context.Context, command string, err error) error {
	var failed *mapping.Error
	switch {
	case errors.Is(err, ErrNoToken):
		return l.Explain(ctx, command)
	case !errors.As(err, &failed):
		return err
	case errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	}
	a, f := l.App, l.ListFinding(err)
	r := doctor.Unknown(doctor.Request{Tool: a.Tool, Command: command}, l.Profile, a.Started, finding.CheckMapping, f)
	if a.JSON() {
		return a.PrintReport(r)
	}
	fmt.Fprintf(a.Stderr, "nsauth: error: %s: %s\nnsauth: hint: %s\n", f.Code, a.MaskedText(f.Message), f.Remedy.Summary)
	if f.Remedy.UIPath != nil {
		fmt.Fprintln(a.Stderr, "nsauth: hint: "+*f.Remedy.UIPath)
	}
	return cli.Exit(r.ExitCode)
}

// WhyNotListed is an error of Certificates in one clause, without a report.
func (l *Pipeline) WhyNotListed(err error) string {
	var failed *mapping.Error
	switch {
	case errors.As(err, &failed):
		return l.ListFinding(err).Message
	case !errors.Is(err, ErrNoToken):
		return cli.ErrorInfo(err).Message
	case l.Seen.TokenErr != nil:
		return "no access token: " + l.Seen.TokenErr.Error()
	case l.setup != nil:
		return cli.ErrorInfo(l.setup).Message
	case l.pair.KeyErr != nil:
		return "no access token: " + fault.Findings(l.pair.KeyErr)[0].Message
	}
	var missing []string
	for _, f := range l.Profile.Missing() {
		missing = append(missing, string(f))
	}
	return "no access token: " + strings.Join(missing, ", ") + " not set"
}
