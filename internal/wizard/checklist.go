package wizard

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/checklist"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/diagnosis"
	"github.com/nsauth/nsauth/internal/doctor"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/prompt"
	"github.com/nsauth/nsauth/internal/report"
)

// AskChecklist asks a person about each open item, page by page, until none is left or
// the person stops. The error is that of ctx or of a stream.
func AskChecklist(ctx context.Context, a *cli.App, d *prompt.Dialogue, p *profile.Profile, l *checklist.List) error {
	i := &interviewer{app: a, d: d, account: p.Text(profile.FieldAccount)}
	o := a.TextOptions(a.Stderr)
	if err := report.Prose(a.Stderr, o, "Open each page in NetSuite and answer. "+prompt.EndKey+" or quit ends the questions and prints what is known."); err != nil {
		return err
	}
	fmt.Fprintln(a.Stderr)
	first := true
	for page := ""; ; {
		q, item, more := l.Ask()
		if !more {
			return nil
		}
		if item.Page == page {
			q.Menu = ""
		}
		page = item.Page
		if item.UIURL != nil && q.Menu != "" {
			q.URL = *item.UIURL
		}
		answer, err := i.put(ctx, fmt.Sprintf("%s (%d left)", item.Title, l.Document().Summary.Open), q, first)
		switch {
		case errors.Is(err, doctor.ErrBack):
			first, page = !l.Back(), ""
			continue
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil: // the end of the input, or quit
			return nil
		case answer.Question == diagnosis.AskDetail:
			err = report.Remark(a.Stderr, explainDetail(answer.Text)+pagesOf(answer.Text), o)
		default:
			first = false
			l.Answer(answer)
			err = report.Remark(a.Stderr, verdictOf(l.Document(), item.ID), o)
		}
		if err != nil {
			return err
		}
		fmt.Fprintln(a.Stderr)
	}
}

// pagesOf names the faults behind a Detail that a page in NetSuite shows.
func pagesOf(detail string) string {
	d, _ := catalog.LookupDetail(detail)
	codes := slices.DeleteFunc(slices.Clone(d.Codes), func(c finding.Code) bool { return !strings.HasPrefix(string(c), "setup.") })
	if len(codes) == 0 {
		return ""
	}
	return " Look for: " + titles(codes) + "."
}

// verdictOf says what an answer led to.
func verdictOf(c *finding.Checklist, id string) string {
	for _, i := range c.Items {
		switch {
		case i.ID != id:
		case i.State == finding.ItemWrong && i.Fix != nil:
			return "Wrong. " + *i.Fix
		case i.Fix != nil:
			return "Worth knowing: " + *i.Fix
		}
	}
	return "Noted."
}

// OfferChecklist asks a person who has no private key whether to go through the
// checklist instead.
func OfferChecklist(ctx context.Context, a *cli.App, d *prompt.Dialogue, p *profile.Profile) (bool, error) {
	missing := p.Missing()
	if d == nil || len(missing) != 1 || missing[0] != profile.FieldKey || !p.Server.NetSuite {
		return false, nil
	}
	f := &form{app: a, d: d}
	if err := f.remark("No private key? nsauth checklist goes through NetSuite's pages without it."); err != nil {
		return false, err
	}
	yes, err := f.yes(ctx, "Start it now?")
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	return yes && err == nil, nil
}
