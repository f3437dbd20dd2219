package certificates

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/login"
	"github.com/nsauth/nsauth/internal/mapping"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/rotation"
)

// Options say what is read, and how it is judged.
type Options struct {
	Policy
	Login   login.Options
	Timeout time.Duration // of each profile that is asked
	Folders []string      // that are searched for certificates, besides those of the profiles
}

const (
	atOnce     = 4                // lists that are asked for
	searchTime = 20 * time.Second // for all folders together
)

// gatherer reads lists, profiles and files.
type gatherer struct {
	evidence
	app         *cli.App
	options     Options
	notExamined []string
	until       time.Time
}

func newGatherer(a *cli.App, o Options) *gatherer {
	o.Now = a.Now()
	return &gatherer{evidence: evidence{files: files{}}, app: a, options: o, until: time.Now().Add(searchTime)}
}

// named resolves every profile of the profile file but the given one, each by itself. One
// that cannot be resolved is kept with the reason.
func (g *gatherer) named(ctx context.Context, given *profile.Profile) error {
	in := g.app.Input(nil)
	in.EnvFile = ""
	file, err := profile.List(in)
	if err != nil {
		return err
	}
	g.noted, _ = rotation.NotedIn(file.Path) // what cannot be read is said when it is due
	for _, name := range file.Profiles {
		if given != nil && given.Name == name {
			continue
		}
		in.ProfileName = name
		p, err := cli.Resolve(ctx, in)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			why := cli.ErrorInfo(err).Message
			if config := (*profile.ConfigError)(nil); errors.As(err, &config) { // which file it is need not be said
				why = strings.TrimPrefix(config.Message, fmt.Sprintf("profile %q: ", name))
			}
			g.subjects = append(g.subjects, &subject{Profile: Profile{Name: name, State: NotRead, Message: &why}})
		default:
			g.subjects = append(g.subjects, subjectOf(p))
		}
	}
	return nil
}

// given is the name of a profile that has only values from flags and variables.
const given = "(given values)"

func subjectOf(p *profile.Profile) *subject {
	s := &subject{p: p, Profile: Profile{Name: p.Name, State: NotAsked, Account: finding.Optional(p.Account.ID),
		ClientID: finding.Optional(p.Text(profile.FieldClientID)), CertificateID: finding.Optional(p.Text(profile.FieldCertificateID))}}
	if s.Name == "" {
		s.Name = given
	}
	if p.TBA() || !p.Server.NetSuite {
		s.State, s.Message = LeftOut, finding.Optional("its server is not NetSuite")
		if p.TBA() {
			s.Message = finding.Optional("token-based authentication has no certificates")
		}
	}
	return s
}

// search reads the certificates of the profiles and of their folders, and those of the
// folders that were given.
func (g *gatherer) search(ctx context.Context) error {
	_, err := cli.UnlessInterrupted(ctx, func() (struct{}, error) { return struct{}{}, g.searchAll(ctx) })
	return err
}

func (g *gatherer) searchAll(ctx context.Context) error {
	var folders, roots []string
	for _, s := range g.subjects {
		if s.p == nil {
			continue
		}
		source := host.CertificateSource(s.p)
		var c *keys.Certificate
		if s.given {
			c, _ = g.app.Keys.Certificate(ctx, source, nil)
		} else {
			c, _ = new(keys.Loader).Certificate(ctx, source, nil) // files only, and no question
		}
		if c != nil {
			g.files.add(c, c.Path)
		}
		roots = append(roots, s.p.Text(profile.FieldCAFile))
		for _, f := range []profile.Field{profile.FieldCert, profile.FieldKey} {
			if path := s.p.Text(f); filepath.IsAbs(path) && !slices.Contains(folders, filepath.Dir(path)) {
				folders = append(folders, filepath.Dir(path))
			}
		}
	}
	for _, folder := range folders {
		if err := g.folder(ctx, folder, keys.QuickScan(), roots); errors.Is(err, ctx.Err()) && err != nil {
			return err // another error: what is in the folder of a profile is not needed
		}
	}
	for _, folder := range g.options.Folders {
		limits := keys.FullScan()
		limits.CertificatesOnly = true
		if err := g.folder(ctx, folder, limits, roots); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return cli.Fail(finding.UsageConfig, "the folder "+cli.Quoted(folder)+" cannot be read", "give a folder with certificates to --in")
		}
	}
	return nil
}

func (g *gatherer) folder(ctx context.Context, name string, limits keys.Limits, roots []string) error {
	path := name
	if g.app.Dir != "" && !filepath.IsAbs(path) {
		path = filepath.Join(g.app.Dir, path)
	}
	limits.Until = g.until
	found, err := keys.ReadFolder(ctx, path, limits)
	if err != nil {
		return err
	}
	for _, c := range found.Certificates {
		if !slices.Contains(roots, c.Path) { // of --ca-file: no certificate of ours
			g.files.add(c, c.Path)
		}
	}
	if found.Incomplete != "" || len(found.Unreadable) > 0 {
		g.notExamined = append(g.notExamined, name)
	}
	return nil
}

// group makes a list of each Client ID of the subjects.
func (g *gatherer) group() {
	for _, s := range g.subjects {
		if s.State == LeftOut || s.p == nil {
			continue
		}
		if s.Account == nil || s.ClientID == nil {
			s.State, s.Message = NotRead, finding.Optional("account or Client ID is not set")
			continue
		}
		if g.listOf(s) == nil {
			g.lists = append(g.lists, &list{account: *s.Account, clientID: *s.ClientID})
		}
	}
}

func (g *gatherer) listOf(s *subject) *list {
	i := slices.IndexFunc(g.lists, func(l *list) bool { return l.isOf(s) })
	if i < 0 {
		return nil
	}
	return g.lists[i]
}

// turn is a profile that is asked for the list of its Client ID.
type turn struct {
	subject *subject
	list    *list
	line    *login.Pipeline
	err     error
}

// ask reads every list with the first of its profiles that can. Questions for passphrases
// come one after the other, in the order of the profiles; the requests are made together.
func (g *gatherer) ask(ctx context.Context) error {
	for {
		var turns []*turn
		for _, l := range g.lists {
			t, err := g.next(ctx, l)
			if err != nil {
				return err
			}
			if t != nil {
				turns = append(turns, t)
			}
		}
		if len(turns) == 0 {
			return nil
		}
		var wait sync.WaitGroup
		free := make(chan struct{}, atOnce)
		for _, t := range turns {
			free <- struct{}{}
			wait.Go(func() {
				defer func() { <-free }()
				g.read(ctx, t)
			})
		}
		wait.Wait()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		for _, t := range turns {
			g.note(t)
		}
	}
}

// next is the turn of the next profile of a list that is not read; nil if none is left.
func (g *gatherer) next(ctx context.Context, l *list) (*turn, error) {
	if l.rows != nil {
		return nil, nil
	}
	for _, s := range g.subjects {
		if s.State != NotAsked || s.p == nil || g.listOf(s) != l {
			continue
		}
		line := &login.Pipeline{App: g.app, Profile: s.p, Options: g.options.Login}
		err := login.CanListCertificates(s.p)
		if err == nil {
			err = line.Begin(ctx)
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err == nil {
			return &turn{subject: s, list: l, line: line}, nil
		}
		s.State, s.Message = NotRead, finding.Optional(cli.ErrorInfo(err).Message)
	}
	return nil, nil
}

func (g *gatherer) read(ctx context.Context, t *turn) {
	ctx, cancel := context.WithTimeout(ctx, g.options.Timeout)
	defer cancel()
	t.list.rows, _, t.err = t.line.Certificates(ctx)
}

// note says of the profiles of a list what became of it.
func (g *gatherer) note(t *turn) {
	if t.err != nil {
		t.subject.State, t.subject.Message = NotRead, finding.Optional(t.line.WhyNotListed(t.err))
		return
	}
	if t.list.rows == nil {
		t.list.rows = []mapping.Mapping{}
	}
	t.subject.State, t.list.readBy = Read, t.subject.Name
	for _, s := range g.subjects {
		if s.State == NotAsked && g.listOf(s) == t.list {
			s.State = Shared
		}
	}
}
