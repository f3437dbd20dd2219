package certificates

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/login"
	"github.com/nsauth/nsauth/internal/mapping"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/text"
)

// List reads NetSuite's list of the Client ID of p. Only what p signs with counts for the
// exit code. A list that was not read is reported as the error.
func List(ctx context.Context, a *cli.App, p *profile.Profile, o Options) (*Document, error) {
	if err := login.CanListCertificates(p); err != nil {
		return nil, err
	}
	g, err := around(ctx, a, p, o)
	if err != nil {
		return nil, err
	}
	line := &login.Pipeline{App: a, Profile: p, Options: o.Login}
	if err := line.Begin(ctx); err != nil {
		return nil, err
	}
	own := g.subjects[0]
	t := &turn{subject: own, list: &list{account: p.Account.ID, clientID: p.Text(profile.FieldClientID)}, line: line}
	g.read(ctx, t)
	if t.err != nil {
		return nil, line.ExplainCertificates(ctx, "cert list", t.err)
	}
	g.lists = []*list{t.list}
	g.note(t)
	if err := g.search(ctx); err != nil {
		return nil, err
	}
	doc := g.document("list", g.join(g.options.Policy))
	doc.judgeUse(a, func(name string) bool { return name == own.Name })
	doc.judgeNoted(a)
	doc.judgeLimit()
	doc.conclude()
	return doc, nil
}

// around is a gatherer with p first, and the other profiles of the profile file.
func around(ctx context.Context, a *cli.App, p *profile.Profile, o Options) (*gatherer, error) {
	g := newGatherer(a, o)
	own := subjectOf(p)
	own.given = true
	g.subjects = []*subject{own}
	return g, g.named(ctx, p)
}

// Show describes one certificate: that of a file, that with this ID or beginning of an ID,
// or with "" the one that p signs with. A list that was not read is only said.
func Show(ctx context.Context, a *cli.App, p *profile.Profile, o Options, which string) (*Document, error) {
	g, err := around(ctx, a, p, o)
	if err != nil {
		return nil, err
	}
	own := g.subjects[0]
	if which == "" && own.State == LeftOut {
		return nil, login.CanListCertificates(p)
	}
	if err := g.search(ctx); err != nil {
		return nil, err
	}
	id, err := g.given(ctx, which)
	if err != nil {
		return nil, err
	}
	if own.State != LeftOut && !p.Unset() {
		if own.Account != nil && own.ClientID != nil {
			g.lists = []*list{{account: *own.Account, clientID: *own.ClientID}}
		} else {
			own.State, own.Message = NotRead, finding.Optional("account or Client ID is not set")
		}
		if err := g.ask(ctx); err != nil {
			return nil, err
		}
	}
	rows := g.join(g.options.Policy)
	rows = append(rows, g.unmapped(rows, g.options.Policy)...)
	if id, err = g.find(rows, id); err != nil {
		return nil, err
	}
	rows = slices.DeleteFunc(rows, func(r Row) bool { return deref(r.CertificateID) != id })
	doc := g.document("show", rows)
	doc.judgeUse(a, func(string) bool { return true })
	doc.judgeNoted(a)
	if read := doc.anyRead(); !read {
		for i := range doc.Certificates {
			if r := &doc.Certificates[i]; r.State == NotMapped {
				r.State, r.Message = Unknown, finding.Optional("no list was read")
			}
		}
		if own.State == NotRead && len(doc.Judgements) == 0 {
			doc.Judgements = append(doc.Judgements, Judgement{Judgement: string(Unknown), Level: Unsettled, Basis: "list", CertificateIDs: []string{id}, Profiles: []string{},
				Message: "NetSuite's list was not read: " + deref(own.Message)})
		}
	}
	doc.conclude()
	return doc, nil
}

// given is the Certificate ID, or the beginning of one, that a person means.
func (g *gatherer) given(ctx context.Context, which string) (string, error) {
	if which == "" {
		id := deref(g.subjects[0].CertificateID)
		if id == "" {
			return "", cli.Fail(finding.UsageConfig, "the profile has no Certificate ID", "name a certificate: nsauth cert show ID, or nsauth cert show FILE", g.listing()+" shows the IDs")
		}
		return id, nil
	}
	path := which
	if g.app.Dir != "" && !filepath.IsAbs(path) {
		path = filepath.Join(g.app.Dir, path)
	}
	info, err := os.Stat(path)
	if err != nil || info.IsDir() {
		if strings.ContainsAny(which, `/\`) || strings.Contains(which, ".") && !strings.Contains(which, "...") {
			return "", cli.Fail(finding.UsageConfig, "no certificate file "+cli.Quoted(which), "give a file with a certificate, or a Certificate ID")
		}
		return which, nil
	}
	c, err := g.app.Keys.Certificate(ctx, keys.Source{Name: path}, nil)
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err != nil:
		return "", cli.Fail(finding.UsageConfig, fault.Findings(err)[0].Message, "nsauth keycheck --cert "+which+" says more")
	}
	g.files.add(c, which)
	return c.ID(), nil
}

// listing is the command that lists what this run is about.
func (g *gatherer) listing() string { return g.app.FollowUp("cert list", g.app.ProfileName) }

// find is the one Certificate ID that begins with id. It may be shortened in the middle, as
// in the table.
func (g *gatherer) find(rows []Row, id string) (string, error) {
	matches, _ := mapping.Match(idsOf(rows...), id, 4)
	switch len(matches) {
	case 1:
		return matches[0], nil
	case 0:
		hint := g.listing() + " shows the IDs; give at least the first four characters"
		return "", cli.Fail(finding.UsageConfig, "no certificate with the ID "+cli.Quoted(id)+" is in NetSuite's list, in a profile or in a file", hint)
	}
	return "", cli.Fail(finding.UsageFlag, text.Counted(len(matches), "certificate")+" begin with "+cli.Quoted(id), "give more of the ID: "+strings.Join(matches[:min(3, len(matches))], ", "))
}

// Inventory reads the lists of all profiles.
func Inventory(ctx context.Context, a *cli.App, o Options) (*Document, error) {
	g := newGatherer(a, o)
	if err := g.named(ctx, nil); err != nil {
		return nil, err
	}
	if len(g.subjects) == 0 {
		return nil, cli.Fail(finding.UsageConfig, "there are no profiles", "nsauth profile init makes one; nsauth cert list works with flags alone")
	}
	done := a.Working(ctx, "reading certificates", "")
	defer done()
	if err := g.search(ctx); err != nil {
		return nil, err
	}
	g.group()
	if err := g.ask(ctx); err != nil {
		return nil, err
	}
	rows := append(g.join(g.options.Policy), g.strays(g.options.Policy)...)
	rows = append(rows, g.unmapped(rows, g.options.Policy)...)
	doc := g.document("inventory", rows)
	doc.judgeUse(a, func(string) bool { return true })
	doc.judgeNoted(a)
	doc.judgeLimit()
	doc.judgeAll(g.options.Policy)
	doc.conclude()
	return doc, nil
}

// document has all that was read, without judgements.
func (g *gatherer) document(command string, rows []Row) *Document {
	d := &Document{Head: report.HeadOf(Kind), Command: command, LookedAt: text.UTC(g.options.Now), WithinDays: g.options.WithinDays,
		Profiles: []Profile{}, Lists: []ClientList{}, Certificates: rows, Judgements: []Judgement{}, NotExamined: append([]string{}, g.notExamined...)}
	for _, s := range g.subjects {
		d.Profiles = append(d.Profiles, s.Profile)
	}
	for _, l := range g.lists {
		row := ClientList{Account: l.account, ClientID: l.clientID, ReadBy: finding.Optional(l.readBy)}
		if l.rows != nil {
			row.Certificates, row.Active = new(len(l.rows)), new(mapping.CountActive(l.rows, g.options.Now))
		}
		for _, m := range l.rows {
			if row.Integration == nil {
				row.Integration = finding.Optional(m.Application.Name)
			}
		}
		d.Lists = append(d.Lists, row)
	}
	return d
}
