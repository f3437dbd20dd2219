package doctor

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/diagnosis"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/lastgood"
	"github.com/nsauth/nsauth/internal/mapping"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/text"
	"github.com/nsauth/nsauth/netsuite"
)

// Until is a time up to which a person says that the set-up worked.
type Until struct {
	Time time.Time // zero if not said
	Day  bool      // the day, not the second
}

// lastGood is the record of p's last good run; the note says why it could not be read.
func (r Request) lastGood(p *profile.Profile, started time.Time) (record *lastgood.Record, note string) {
	if !r.Given.IsZero() || r.Seed != nil && r.Seed.Own {
		return nil, "" // the record is about nsauth's own assertions and tokens
	}
	record, err := r.State.Load(stateID(p), started)
	if err != nil {
		note = err.Error() + "."
	}
	return record, note
}

// worked combines what the record and the person say; the later time counts.
func worked(record *lastgood.Record, until Until, now map[string]string, started time.Time) *diagnosis.Worked {
	if record == nil && until.Time.IsZero() {
		return nil
	}
	w := &diagnosis.Worked{At: until.Time, Day: until.Day, By: finding.WorkedByGiven, Now: started}
	if record == nil {
		return w
	}
	if !until.Time.After(record.At) {
		w.At, w.Day, w.By = record.At, false, finding.WorkedByRecord
	}
	if record.ValidUntil != nil {
		w.ValidUntil = *record.ValidUntil
	}
	for _, name := range slices.Sorted(maps.Keys(record.Identifiers)) {
		w.Identifiers = append(w.Identifiers, diagnosis.Identifier{Name: name, Was: record.Identifiers[name], Is: now[name]})
	}
	return w
}

// remember records this run as the profile's last good one if a token was issued for
// the profile's values and no check failed. The note says why it could not be written.
func (r Request) remember(w host.World, p *profile.Profile, report *finding.Report, started time.Time, token *netsuite.Token) (note string) {
	if r.Seed != nil {
		token = r.Seed.Token
	}
	if !ofTheAccount(w, p, token) {
		return ""
	}
	good := report.Outcome == finding.OutcomePass || report.Outcome == finding.OutcomeWarn
	if !good || !r.Given.IsZero() || !issued(report.Checks) {
		return ""
	}
	record := lastgood.Record{At: tokenTime(report.Checks, started), Identifiers: identifiers(p, report.Checks), ValidUntil: listedValidUntil(p, report.Checks)}
	if err := r.State.Save(stateID(p), record); err != nil {
		return "This good run could not be recorded in " + r.State.Dir + ", so a later failure will not say since when: " + text.WithoutPath(err).Error() + "."
	}
	return ""
}

// ofTheAccount reports whether a token is from the server that the profile means, and not
// from an emulator to which variables of the environment led.
func ofTheAccount(w host.World, p *profile.Profile, token *netsuite.Token) bool {
	return token == nil || token.Answer == nil || host.OriginOf(w, p, token.Answer.Chain) == host.Known
}

// watched is a client that keeps the last token, and who vouched for the server.
type watched struct {
	*netsuite.Client
	record Recorder // nil keeps nothing
	now    func() time.Time
	mu     sync.Mutex
	token  *netsuite.Token
	chain  []netsuite.PeerCertificate
}

// Recorder is told of the requests of an examination, each with its answer.
type Recorder interface {
	Token(client *netsuite.Client, began time.Time, issued *netsuite.Token, err error)
	Call(client *netsuite.Client, began time.Time, q netsuite.Request, a *netsuite.Answer, err error)
}

func (c *watched) Do(ctx context.Context, q netsuite.Request) (*netsuite.Answer, error) {
	began := c.now()
	a, err := c.Client.Do(ctx, q)
	if c.record != nil {
		c.record.Call(c.Client, began, q, a, err)
	}
	return a, err
}

func (c *watched) Exchange(ctx context.Context, assertion string) (*netsuite.Token, error) {
	began := c.now()
	t, err := c.Client.Exchange(ctx, assertion)
	if c.record != nil {
		c.record.Token(c.Client, began, t, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.chain = chainOf(t, err)
	if err == nil {
		c.token = t
	}
	return t, err
}

// chainOf is the chain of the server that issued or refused a token; nil without an answer.
func chainOf(t *netsuite.Token, err error) []netsuite.PeerCertificate {
	var refused *netsuite.TokenError
	switch {
	case errors.As(err, &refused):
		return refused.Answer.Chain
	case t != nil && t.Answer != nil:
		return t.Answer.Chain
	}
	return nil
}

func (c *watched) server() []netsuite.PeerCertificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.chain
}

func (c *watched) last() *netsuite.Token {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.token
}

// stateID is the ID of p's record. Another server that stands in for the profile's has a
// record of its own.
func stateID(p *profile.Profile) lastgood.ID {
	id := lastgood.ID{File: p.File, Profile: p.Name, Account: p.Text(profile.FieldAccount),
		Route: p.Text(profile.FieldConnectTo) + p.Text(profile.FieldCAFile)}
	if id.Account == "" && !p.Server.NetSuite {
		id.Account = p.TokenURL
	}
	return id
}

func issued(results []finding.Result) bool {
	return slices.ContainsFunc(results, func(c finding.Result) bool {
		return c.ID == finding.CheckToken && (c.Status == finding.Pass || c.Status == finding.Warn)
	})
}

// tokenTime is when the token was issued: by the server's clock, or by this machine's.
func tokenTime(results []finding.Result, started time.Time) time.Time {
	if f := factsOf[finding.TokenFacts](results); f.At != nil {
		if at, err := time.Parse(time.RFC3339, *f.At); err == nil {
			return at
		}
	}
	return started
}

// identifiers are those of p and those that the checks measured, without unknown ones.
func identifiers(p *profile.Profile, results []finding.Result) map[string]string {
	ids := map[string]string{
		diagnosis.IDAccount: stateID(p).Account, diagnosis.IDClient: p.Text(profile.FieldClientID),
		diagnosis.IDCertificate: p.Text(profile.FieldCertificateID),
		diagnosis.IDKey:         factsOf[finding.KeyFacts](results).SPKISHA256,
	}
	role := factsOf[finding.RoleFacts](results)
	for name, id := range map[string]*string{diagnosis.IDRole: role.RoleID, diagnosis.IDEntity: role.EntityID} {
		if id != nil {
			ids[name] = *id
		}
	}
	maps.DeleteFunc(ids, func(_, v string) bool { return v == "" })
	return ids
}

// listedValidUntil is the Valid until of p's certificate in NetSuite's own list.
func listedValidUntil(p *profile.Profile, results []finding.Result) *time.Time {
	for _, m := range factsOf[finding.MappingFacts](results).Certificates {
		if _, until, ok := mapping.Ends(m.ValidUntil); ok && m.CertificateID == p.Text(profile.FieldCertificateID) {
			return &until
		}
	}
	return nil
}

// minInterval is the least time between two records of the same set-up, so that a
// program that gets a token per call does not write a file per call.
const minInterval = time.Minute

// Remember records that p got a token outside an examination, with key. While the
// identifiers are the same, it keeps what only an examination sees: role, entity, and
// NetSuite's Valid until of the certificate.
func Remember(s lastgood.Store, w host.World, p *profile.Profile, key *keys.Key, seen *checks.Seed) error {
	if seen.Token == nil || seen.Token.Answer == nil || !ofTheAccount(w, p, seen.Token) { // a cached token was issued earlier
		return nil
	}
	record := lastgood.Record{At: seen.Token.Answer.Received, Identifiers: identifiers(p, nil)}
	if date, ok := seen.Token.Answer.Date(); ok {
		record.At = date
	}
	if key != nil {
		record.Identifiers[diagnosis.IDKey] = key.SPKISHA256()
	}
	if last, err := s.Load(stateID(p), record.At); err == nil && last != nil && includes(last.Identifiers, record.Identifiers) {
		if age := record.At.Sub(last.At); age >= 0 && age < minInterval {
			return nil
		}
		record.Identifiers, record.ValidUntil = last.Identifiers, last.ValidUntil
	}
	return s.Save(stateID(p), record)
}

func includes(all, some map[string]string) bool {
	for name, v := range some {
		if all[name] != v {
			return false
		}
	}
	return true
}
