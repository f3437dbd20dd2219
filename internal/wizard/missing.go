package wizard

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/doctor"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/prompt"
	"github.com/nsauth/nsauth/internal/report"
)

// AskMissing asks for what the profile lacks. What a person does not give stays
// missing, and the report says so.
func AskMissing(ctx context.Context, a *cli.App, d *prompt.Dialogue, in profile.Input, p *profile.Profile) (*profile.Profile, error) {
	missing := p.Missing()
	if d == nil || len(missing) == 0 || !p.Server.NetSuite { // whose values NetSuite's pages do not show
		return p, nil
	}
	f := &form{app: a, d: d, account: p.Text(profile.FieldAccount)}
	if err := report.Prose(a.Stderr, a.TextOptions(a.Stderr), "Some values are missing. Enter them for this run only; nsauth profile init saves them. "+
		prompt.EndKey+" or quit continues without the rest."); err != nil {
		return nil, err
	}
	fmt.Fprintln(a.Stderr)
	in.Answers = map[profile.Field]string{}
	ask := slices.DeleteFunc(questions(), func(q question) bool { return !slices.Contains(missing, q.field) })
	for n := 0; n < len(ask); n++ {
		q := ask[n]
		text, err := f.value(ctx, q, offer{heading: fmt.Sprintf("%s (%d of %d)", q.Title, n+1, len(ask)), isFirst: n == 0})
		if errors.Is(err, doctor.ErrBack) {
			n -= 2
			continue
		} else if err != nil {
			break
		}
		if in.Answers[q.field] = text; q.field == profile.FieldAccount {
			f.account = text
		}
		fmt.Fprintln(a.Stderr)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return cli.Resolve(ctx, in)
}
