package call

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/prompt"
)

// confirm asks before a change in a profile for production. Without a terminal --yes
// has to say it.
func (r *caller) confirm(ctx context.Context) error {
	p := r.line.Profile
	if !p.Production() || !r.target.changes() || r.options.Yes {
		return nil
	}
	what := fmt.Sprintf("%s %s, in the profile %s, which is for production", r.target.method, r.target.path, p.Name)
	d, err := r.Dialogue(false, r.target.stdin || r.options.TokenFile == "-")
	if err != nil {
		return err
	}
	if d == nil {
		return cli.Fail(finding.UsageFlag, oneLine(what)+": nothing was sent", "--yes sends it without a question, --dry-run shows it")
	}
	answer, err := d.Line(ctx, "This changes something: "+oneLine(what)+".\nSend it? (yes / no) ")
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, prompt.ErrTooLong) {
		return err
	}
	yes := prompt.Choices{prompt.Yes}
	if _, sent := yes.Chosen(answer); !sent || err != nil {
		return cli.Fail(finding.UsageFlag, "not confirmed: nothing was sent")
	}
	return nil
}
