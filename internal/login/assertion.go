package login

import (
	"context"
	"errors"

	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/doctor"
	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
)

// Sign signs an assertion with the profile's key. From says what the algorithm comes
// from: key or setting. Why a key cannot be read is explained as the doctor explains
// it, in the name of command.
func Sign(ctx context.Context, a *cli.App, p *profile.Profile, params jwtgen.Params, command string) (made *jwtgen.Assertion, from string, err error) {
	pair, err := a.LoadKey(ctx, p, keys.Pair{})
	switch {
	case err != nil:
		return nil, "", err
	case pair.Key == nil && command == "" && pair.KeyErr != nil:
		return nil, "", errors.New(fault.Findings(pair.KeyErr)[0].Message)
	case pair.Key == nil:
		return nil, "", explainOffline(ctx, a, p, pair, command)
	}
	params.PSSHash = pair.Key.PSSHash
	made, err = jwtgen.Build(params, pair.Key.In(ctx).Signer())
	if ctx.Err() != nil {
		return nil, "", ctx.Err()
	}
	if err != nil {
		return nil, "", cannotBuild(err)
	}
	from = "key"
	if p.Text(profile.FieldAlgorithm) != "" {
		from = "setting"
	}
	return made, from, nil
}

// explainOffline reports why no assertion could be made.
func explainOffline(ctx context.Context, a *cli.App, p *profile.Profile, pair keys.Pair, command string) error {
	r, err := doctor.Examine(ctx, a.Host(), p, doctor.Request{
		Tool: a.Tool, Command: command, NoResult: true, Pair: pair,
		Select: checks.Selection{Only: []finding.CheckID{finding.CheckAssertion}, Offline: true},
	})
	switch {
	case err != nil:
		return err
	case a.JSON():
		return a.PrintReport(r)
	}
	if err := a.PrintText(a.Stderr, r); err != nil {
		return err
	}
	return cli.Exit(r.ExitCode)
}

// Draft makes the assertion unsigned. The algorithm is the setting's, the one that
// fits certificate or key, if either can be read, or else assumed.
func Draft(ctx context.Context, a *cli.App, p *profile.Profile, params jwtgen.Params) (*jwtgen.Assertion, string, error) {
	from := "setting"
	if params.Algorithm == "" {
		params.Algorithm, from = "PS256", "assumed"
		if alg, by, ok := fitting(ctx, p); ok {
			params.Algorithm, from = alg, by
		}
	}
	made, err := jwtgen.Draft(params)
	if err != nil {
		return nil, "", cannotBuild(err)
	}
	return made, from, nil
}

// cannotBuild is what keeps an assertion with these settings from being made.
func cannotBuild(err error) error {
	f := fault.Findings(err)[0]
	return cli.Fail(finding.UsageConfig, f.Message, f.Remedy.Summary)
}

// fitting is the algorithm that the profile's certificate, or else its key, goes
// with. They are looked at only if they are files that open without a passphrase:
// a dry run asks no question.
func fitting(ctx context.Context, p *profile.Profile) (alg, from string, ok bool) {
	found, _ := cli.UnlessInterrupted(ctx, func() ([2]string, error) {
		var files keys.Loader
		if c, err := files.Certificate(ctx, host.CertificateSource(p), nil); err == nil {
			if alg, err := jwtgen.AlgorithmFor(c.Public(), c.PSSHash); err == nil {
				return [2]string{alg, "certificate"}, nil
			}
		}
		if k, err := files.Key(ctx, host.KeySource(p)); err == nil {
			if alg, err := jwtgen.AlgorithmFor(k.Public(), k.PSSHash); err == nil {
				return [2]string{alg, "key"}, nil
			}
		}
		return [2]string{}, nil
	})
	return found[0], found[1], found[0] != ""
}
