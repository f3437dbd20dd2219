package rotation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/mapping"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/netsuite"
)

// session is an access token for the certificates of a Client ID, and the key that it was
// signed with. No cache has the token.
type session struct {
	mapping.Endpoint
	key     *keys.Key
	timeout time.Duration
}

// connect gets a token with the credential of p.
func (r *runner) connect(ctx context.Context, p *profile.Profile) (*session, error) {
	key, err := r.loadKey(ctx, p, r.followUp("keycheck"))
	if err != nil {
		return nil, err
	}
	client, err := host.Connect(r.app.Host(), p)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, r.options.Timeout)
	defer cancel()
	a, err := checks.Sign(ctx, r.app.Host(), p, key)
	if err != nil {
		return nil, cli.Fail(finding.UsageConfig, fault.Findings(err)[0].Message, r.followUp("doctor")+" says more")
	}
	defer r.app.WaitingFor(ctx, fault.HostOf(p.TokenURL), "token request")()
	t, err := client.Exchange(ctx, a.Raw().Reveal())
	if err != nil {
		return nil, err
	}
	return &session{mapping.Endpoint{Client: client, URL: p.Account.CertificatesURL(p.Text(profile.FieldClientID)), Token: t.AccessToken}, key, r.options.Timeout}, nil
}

// loadKey reads the key of p. command examines one that cannot be used.
func (r *runner) loadKey(ctx context.Context, p *profile.Profile, command string) (*keys.Key, error) {
	pair, err := r.app.LoadKey(ctx, p, keys.Pair{})
	if err == nil && pair.Key == nil {
		why := "the private key cannot be used"
		if found := fault.Findings(pair.KeyErr); len(found) > 0 {
			why = found[0].Message
		}
		err = cli.Fail(finding.UsageConfig, why, command+" says how to correct it")
	}
	return pair.Key, err
}

// list reads NetSuite's list.
func (s *session) list(ctx context.Context) ([]mapping.Mapping, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	return s.List(ctx)
}

// open gets a token with the credential that the profile has, and NetSuite's list.
func (r *runner) open(ctx context.Context) ([]mapping.Mapping, error) {
	if r.session == nil {
		s, err := r.connect(ctx, r.profile)
		if err != nil {
			return nil, r.noToken(err)
		}
		r.session, r.key = s, s.key
	}
	list, err := r.session.list(ctx)
	if err != nil {
		return nil, r.endpointError(err)
	}
	return list, nil
}

// noToken words why no token was issued.
func (r *runner) noToken(err error) error {
	if told := (*cli.Failure)(nil); errors.As(err, &told) {
		return err
	}
	why, hint := fmt.Sprintf("no access token with the certificate of %s: %s", r.name, r.app.MaskedText(err.Error())), r.followUp("doctor")+" says why"
	if unanswered(err) {
		return unknown(why, hint)
	}
	return fails(why, hint)
}

// endpointError words an error of the certificate endpoint.
func (r *runner) endpointError(err error) error {
	var e *mapping.Error
	if !errors.As(err, &e) {
		return err
	}
	var hints []string
	exit := finding.ExitFail
	switch e.Reason {
	case mapping.NoAnswer, mapping.Failed:
		exit = finding.ExitInconclusive
	case mapping.NoPermission:
		hints = []string{"add the permission to the role of the integration: " + mapping.Permission, "nsauth explain mapping.unreadable"}
	case mapping.Rejected:
		hints = []string{"the scope rest_webservices is needed: " + r.followUp("doctor") + " says what the token has"}
	case mapping.Limit:
		hints = []string{"revoke one that nothing signs with: " + r.followUp("cert list") + ", then " + r.followUp("cert revoke", "ID")}
	}
	return &stop{cli.Failure{Info: finding.ErrorInfo{Code: finding.UsageConfig, Message: e.Error(), Hints: hints}}, exit, err}
}

// backoff calls try until it says that it is done, first at once and then after longer
// and longer waits, for at most --wait. It returns false if that passed.
func (r *runner) backoff(ctx context.Context, what string, try func(n int) (done bool, err error)) (bool, error) {
	const longest = 15 * time.Second
	var waited time.Duration
	for n, pause := 1, 250*time.Millisecond; ; n, pause = n+1, min(2*pause, longest) {
		done, err := try(n)
		if done || err != nil {
			return done, err
		}
		if waited >= r.options.Wait {
			return false, nil
		}
		pause = min(pause, r.options.Wait-waited)
		stop := r.app.Working(ctx, "waiting for NetSuite", what)
		err = r.options.wait(ctx, pause)
		stop()
		if err != nil {
			return false, err
		}
		waited += pause
	}
}

// mayPass reports whether an error of a token request may go away by itself, where
// NetSuite has just got the certificate. It names no reason for most refusals.
func mayPass(err error) bool {
	var refused *netsuite.TokenError
	return errors.As(err, &refused) || netsuite.Temporary(err)
}
