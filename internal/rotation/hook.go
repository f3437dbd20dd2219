package rotation

import (
	"context"

	"github.com/nsauth/nsauth/internal/text"
)

// HookPrefix begins the names of the variables of a deploy hook.
const HookPrefix = "NSAUTH_ROTATE_"

// hook runs the deploy hook before the profile is switched. It may run again after a
// rotation was stopped.
func (r *runner) hook(ctx context.Context) error {
	if err := r.journal.begin(Hooked); err != nil {
		return err
	}
	if r.options.Hook == "" {
		return nil
	}
	done := r.app.Working(ctx, "running the deploy hook", "")
	out := &text.Plain{To: r.app.Stderr, Prefix: "hook: "}
	err := r.app.Filter(ctx, r.options.Hook, nil, r.hookVariables(), out, out)
	done()
	out.End()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return fails("the deploy hook failed: "+err.Error(), "the profile is not switched, and the old certificate works", "give --deploy-hook again with --resume: the hook then runs again")
	}
	r.say(string(Hooked), "the deploy hook succeeded")
	return nil
}

// hookVariables are what the hook knows. They have no secret, and none is a setting of
// nsauth, so that a hook can run nsauth itself.
func (r *runner) hookVariables() []string {
	j := r.journal
	values := [][2]string{{"PROFILE", r.name}, {"ACCOUNT", j.Account}, {"CLIENT_ID", j.ClientID}, {"CONFIG", r.config},
		{"OLD_CERTIFICATE_ID", j.Old.CertificateID}, {"OLD_KEY", j.Old.Key}, {"OLD_CERT", j.Old.Cert},
		{"NEW_CERTIFICATE_ID", j.New.CertificateID}, {"NEW_KEY", j.New.Key}, {"NEW_CERT", j.New.Cert}}
	var list []string
	for _, v := range values {
		list = append(list, HookPrefix+v[0]+"="+v[1])
	}
	return list
}
