package wizard

import (
	"context"
	"errors"
	"fmt"

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
	if err := report.Prose(a.Stderr, a.TextOptions(a.Stderr), "Some values are missing. nsauth profile init saves them; here they are for this run only. "+
		"Ctrl-D or quit goes on without the rest."); err != nil {
		return nil, err
	}
	fmt.Fprintln(a.Stderr)
	in.Answers = map[profile.Field]string{}
	number, err := 0, error(nil)
	var ask []question
	for _, q := range questions() {
		for _, field := range missing {
			if q.field == field {
				ask = append(ask, q)
			}
		}
	}
	for number < len(ask) && err == nil {
		var text string
		text, err = f.value(ctx, ask[number], offer{heading: fmt.Sprintf("%s (%d of %d)", ask[number].Title, number+1, len(ask)), isFirst: number == 0})
		switch {
		case errors.Is(err, doctor.ErrBack):
			number, err = number-1, nil
			continue
		case err != nil:
			continue
		}
		in.Answers[ask[number].field] = text
		if ask[number].field == profile.FieldAccount {
			f.account = text
		}
		fmt.Fprintln(a.Stderr)
		number++
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return cli.Resolve(ctx, in)
}
