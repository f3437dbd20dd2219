package rotation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/mapping"
	"github.com/nsauth/nsauth/internal/profile"
)

// ByHand are the options of Add and Revoke.
type ByHand struct {
	Options
	Role, Entity string // of the new certificate; "" for those of the profile's own mapping
	Force        bool   // also one that a profile signs with
}

// byHand is a runner for a profile whose values may come from anywhere.
func byHand(a *cli.App, p *profile.Profile, o Options) (*runner, error) {
	switch {
	case p.TBA():
		return nil, cli.Fail(finding.UsageConfig, p.WhyTBA()+"; token-based authentication has no certificate")
	case !p.Server.NetSuite:
		return nil, cli.Fail(finding.UsageConfig, "the server is not NetSuite: it has no list of certificates")
	}
	r := &runner{app: a, options: o, config: p.File, name: p.Name, profile: p}
	r.entry = Entry{Profile: finding.Optional(p.Name), Account: finding.Optional(p.Account.ID), ClientID: finding.Optional(p.Text(profile.FieldClientID)),
		Outcome: OutcomeStopped, Profiles: []string{}, Steps: []StepDone{}, Requests: []RequestShown{}}
	return r, nil
}

// end completes the entry.
func (r *runner) end(err error) (Entry, error) {
	r.entry.ExitCode = exitCode(err)
	if err != nil {
		info := cli.ErrorInfo(err)
		r.entry.Error = &info
	} else if r.entry.Outcome == OutcomeStopped {
		r.entry.Outcome = OutcomeDone
	}
	return r.entry, err
}

// Add adds a certificate at NetSuite. The entry has NetSuite's Certificate ID.
func Add(ctx context.Context, a *cli.App, p *profile.Profile, file string, o ByHand) (Entry, error) {
	r, err := byHand(a, p, o.Options)
	if err != nil {
		return Entry{}, err
	}
	return r.end(r.addByHand(ctx, file, o))
}

func (r *runner) addByHand(ctx context.Context, file string, o ByHand) error {
	c, err := cli.UnlessInterrupted(ctx, func() (*keys.Certificate, error) {
		return r.app.Keys.Certificate(ctx, keys.Source{Name: file}, nil)
	})
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return cli.Fail(finding.UsageConfig, fault.Findings(err)[0].Message, "nsauth keycheck --cert FILE says more")
	}
	for _, f := range fault.OfKeys(c.Judge(r.app.Now())) {
		if f.Severity == finding.Error {
			return cli.Fail(finding.UsageConfig, f.Message, f.Remedy.Summary)
		}
	}
	list, err := r.open(ctx)
	if err != nil {
		return err
	}
	own, _ := mapping.Find(list, r.profile.Text(profile.FieldCertificateID))
	j := &Journal{Started: r.app.Now(), Role: cmp.Or(o.Role, own.Role.ID), Entity: cmp.Or(o.Entity, own.Entity.ID), Old: Credential{CertificateID: own.CertificateID}}
	j.New = Certificate{Credential: Credential{Cert: absolute(file)}, Computed: c.ID(), Algorithm: algorithm(c), ValidUntil: c.X509.NotAfter.UTC().Format(time.DateOnly)}
	for _, m := range list {
		j.Before = append(j.Before, m.CertificateID)
	}
	r.journal = j
	switch _, there := mapping.Find(list, c.ID()); {
	case j.Role == "" || j.Entity == "":
		return cli.Fail(finding.UsageConfig, "NetSuite's list does not have the profile's own certificate, so role and entity are not known", "give both: --role ID --entity ID")
	case there:
		return fails("NetSuite has the certificate already: "+c.ID(), r.followUp("cert list")+" shows its role and entity")
	case mapping.CountActive(list, r.app.Now()) >= mapping.ActiveLimit:
		return r.limitReached(list)
	}
	if r.options.DryRun {
		request, err := r.session.AddRequest([]byte("-----BEGIN CERTIFICATE-----\n..."), j.Role, j.Entity)
		if err != nil {
			return r.endpointError(err)
		}
		r.entry.Outcome = OutcomePlanned
		r.request(string(Added), request)
		return nil
	}
	if r.profile.Production() && !o.Yes {
		if err := confirm(ctx, r.app, fmt.Sprintf("%s is for production. Add a certificate for role %s and entity %s?", r.name, j.Role, j.Entity)); err != nil {
			return err
		}
	}
	added, err := r.post(ctx, c.PEM())
	if err == nil {
		return r.accept(added, "NetSuite answered")
	}
	var e *mapping.Error
	if !errors.As(err, &e) || !e.Unknown || ctx.Err() != nil {
		return r.endpointError(err)
	}
	found, searchErr := r.search(ctx)
	if searchErr == nil && !found {
		searchErr = fails("it is not known whether NetSuite added the certificate: "+e.Error(), "its list does not have it yet: "+r.followUp("cert list"))
	}
	return searchErr
}

// Revoke revokes certificates by their IDs. One that a profile of the file signs with
// needs Force.
func Revoke(ctx context.Context, a *cli.App, p *profile.Profile, ids []string, o ByHand) (Entry, error) {
	r, err := byHand(a, p, o.Options)
	if err != nil {
		return Entry{}, err
	}
	return r.end(r.revokeByHand(ctx, ids, o))
}

func (r *runner) revokeByHand(ctx context.Context, ids []string, o ByHand) error {
	if err := r.refuseUsed(ids, o); err != nil { // before anything is sent
		return err
	}
	list, err := r.open(ctx)
	if err != nil {
		return err
	}
	if ids, err = r.whole(list, ids); err != nil {
		return err
	}
	if err := r.refuseUsed(ids, o); err != nil {
		return err
	}
	if o.DryRun {
		r.entry.Outcome = OutcomePlanned
		for _, id := range ids {
			r.request(string(Revoked), r.session.RevokeRequest(id))
		}
		return nil
	}
	if r.profile.Production() && !o.Yes {
		if err := confirm(ctx, r.app, r.name+" is for production. Revoke "+strings.Join(ids, ", ")+"?"); err != nil {
			return err
		}
	}
	for _, id := range ids {
		said, err := r.revoke(ctx, id)
		if err != nil {
			return err
		}
		r.say(string(Revoked), "%s: %s", id, said)
	}
	return nil
}

// leastOfID is how many characters of a Certificate ID say which one is to be revoked.
const leastOfID = 8

// whole are the Certificate IDs of the list that ids are or shorten.
func (r *runner) whole(list []mapping.Mapping, ids []string) ([]string, error) {
	var listed, all []string
	for _, m := range list {
		listed = append(listed, m.CertificateID)
	}
	for _, id := range ids {
		switch found, tooShort := mapping.Match(listed, id, leastOfID); len(found) {
		case 1:
			all = append(all, found[0])
		case 0:
			hints := []string{r.followUp("cert list") + " shows the list, which may have only your own certificates"}
			if tooShort {
				hints = append(hints, fmt.Sprintf("give at least %d characters of the ID, with the first four", leastOfID))
			}
			return nil, fails("NetSuite's list does not have the certificate "+id+": nothing was revoked", hints...)
		default:
			return nil, cli.Fail(finding.UsageFlag, fmt.Sprintf("%d certificates have an ID like %s: nothing was revoked", len(found), cli.Quoted(id)), "give more of the ID: "+strings.Join(found, ", "))
		}
	}
	return all, nil
}

// refuseUsed refuses a certificate that a profile signs with, unless Force is set.
func (r *runner) refuseUsed(ids []string, o ByHand) error {
	for _, id := range ids {
		signs, err := r.signersOf(id)
		if err != nil {
			return err
		}
		if len(signs) > 0 && !o.Force {
			return cli.Fail(finding.UsageConfig, cmp.Or(strings.Join(signs, ", "), "this run")+" signs with "+id+": nothing was revoked",
				r.app.FollowUp("cert rotate", signs[0])+" replaces it first", "--force revokes it: then that profile gets no token")
		}
	}
	return nil
}

// signersOf are the profiles of the file, and the one in use, that sign with a
// certificate.
func (r *runner) signersOf(id string) ([]string, error) {
	var names []string
	if r.config != "" {
		var err error
		if names, err = r.signers(id); err != nil {
			return nil, err
		}
	}
	if len(names) == 0 && r.profile.Text(profile.FieldCertificateID) == id {
		names = []string{r.name}
	}
	return names, nil
}

// RevokeDue revokes what the journals beside a profile file say is due. An entry stays
// until its certificate is revoked.
func RevokeDue(ctx context.Context, a *cli.App, config string, o Options) ([]Entry, error) {
	all, err := journals(config)
	if err != nil {
		return nil, err
	}
	entries := []Entry{}
	for _, j := range all {
		if ctx.Err() != nil {
			return entries, ctx.Err()
		}
		if !j.anyDue(a.Now()) {
			continue
		}
		r := &runner{app: a, options: o, config: config, name: j.Profile}
		r.entry = Entry{Profile: &j.Profile, Account: finding.Optional(j.Account), ClientID: finding.Optional(j.ClientID), Journal: &j.path,
			Outcome: OutcomeStopped, Profiles: []string{}, Steps: []StepDone{}, Requests: []RequestShown{}}
		entry, _ := r.end(r.revokeDue(ctx))
		entries = append(entries, entry)
	}
	return entries, nil
}

// Noted is a revocation that a journal notes.
type Noted struct {
	Due
	Account, ClientID string
}

// NotedIn are the revocations that the journals beside a profile file note, the first one
// first. The error is that of a journal that cannot be read.
func NotedIn(config string) ([]Noted, error) {
	all, err := journals(config)
	var noted []Noted
	for _, j := range all {
		for _, d := range j.Due {
			noted = append(noted, Noted{d, j.Account, j.ClientID})
		}
	}
	slices.SortStableFunc(noted, func(a, b Noted) int { return a.At.Compare(b.At) })
	return noted, err
}

func (j *Journal) anyDue(now time.Time) bool {
	for _, d := range j.Due {
		if !d.At.After(now) {
			return true
		}
	}
	return false
}

func (r *runner) revokeDue(ctx context.Context) error {
	unlock, _, err := r.lock(ctx, []string{r.name})
	if err != nil {
		return err
	}
	defer unlock()
	if r.journal, err = readJournal(journalPath(r.config, r.name)); err != nil || r.journal == nil {
		return err
	}
	if r.profile, err = r.resolve(r.name, nil); err != nil {
		return err
	}
	if r.journal.Account != r.profile.Account.ID || r.journal.ClientID != r.profile.Text(profile.FieldClientID) {
		return cli.Fail(finding.UsageConfig, "the profile "+r.name+" is for another integration by now: nothing was revoked", "the journal is "+r.journal.path)
	}
	var failed error
	for _, d := range r.journal.Due {
		if d.At.After(r.app.Now()) {
			continue
		}
		if err := r.revokeOneDue(ctx, d.CertificateID); err != nil {
			failed = err
		}
	}
	return failed
}

func (r *runner) revokeOneDue(ctx context.Context, id string) error {
	if signs, err := r.signers(id); err != nil {
		return err
	} else if len(signs) > 0 {
		return fails("the certificate "+id+" is due, and "+strings.Join(signs, ", ")+" signs with it: it is not revoked", "rotate that profile, or remove it from the file")
	}
	if r.session == nil {
		if _, err := r.open(ctx); err != nil {
			return err
		}
	}
	if r.options.DryRun {
		r.entry.Outcome = OutcomePlanned
		r.request(string(Revoked), r.session.RevokeRequest(id))
		return nil
	}
	said, err := r.revoke(ctx, id)
	if err != nil {
		return err
	}
	r.say(string(Revoked), "%s: %s", id, said)
	r.journal.Due = without(r.journal.Due, id)
	return r.journal.save()
}
