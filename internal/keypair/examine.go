package keypair

import (
	"context"

	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/doctor"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
)

// Checks returns the checks that keycheck runs.
func Checks() []finding.CheckID {
	return []finding.CheckID{finding.CheckKey, finding.CheckCertificate, finding.CheckCertificateID}
}

// Request returns the examination that keycheck requests.
func Request(tool finding.Tool) doctor.Request {
	return doctor.Request{
		Tool: tool, Command: "keycheck", AbsentIsNotGiven: true,
		Select: checks.Selection{Only: Checks(), Show: Checks(), Offline: true},
	}
}

// Examine examines key, certificate and Certificate ID as keycheck does. It reads
// only values, not the environment or a profile.
func Examine(ctx context.Context, a *cli.App, values map[profile.Field]string) (*finding.Report, error) {
	flags := map[string][]string{}
	for field, text := range values {
		if info, _ := profile.Lookup(field); text != "" {
			flags[info.Flag] = []string{text}
		}
	}
	p, err := profile.Resolve(a.Typed(flags, nil))
	if err != nil {
		return nil, err
	}
	request := Request(a.Tool)
	if request.Pair, err = a.Load(ctx, p, request.Select, keys.Pair{}); err != nil {
		return nil, err
	}
	r, err := doctor.Examine(ctx, a.Host(), p, request)
	if err == nil {
		err = ctx.Err()
	}
	return r, err
}
