package doctor

import (
	"errors"
	"slices"
	"time"

	"github.com/nsauth/nsauth/internal/diagnosis"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/lastgood"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/text"
	"github.com/nsauth/nsauth/netsuite"
)

// refusedCalls are calls that were refused although the token was new: status 401 and 403.
var refusedCalls = []finding.Code{"api.invalid-login", "api.permission-missing"}

// counted are the codes that a history counts. Each is in it from the first run on, with
// zero, so that Prometheus sees the first refusal as an increase.
func counted() []finding.Code { return append(diagnosis.Refusals(), refusedCalls...) }

// history adds this run to what earlier runs of p have seen: a run of every check, or a
// token request of a command. A server that only variables of the environment led to is not
// the profile's. The note says why it could not be written.
func (r Request) history(w host.World, p *profile.Profile, results []finding.Result, started time.Time, chain []netsuite.PeerCertificate) (history *finding.History, note string) {
	if r.Seed != nil {
		if chain = chainOf(r.Seed.Token, r.Seed.TokenErr); r.Seed.Own || chain == nil {
			return nil, ""
		}
	} else if len(r.Select.Only)+len(r.Select.Skip) > 0 || r.Select.Offline {
		return nil, ""
	}
	if !r.Given.IsZero() || host.OriginOf(w, p, chain) != host.Known {
		return nil, ""
	}
	h, err := r.State.Record(stateID(p), started, func(h *lastgood.History) { see(h, p, results) })
	if errors.Is(err, lastgood.ErrMissing) {
		return nil, finding.NoteUncounted + "is not kept: " + err.Error() + "."
	}
	if err != nil {
		return nil, finding.NoteUncounted + "in " + r.State.Dir + " could not be written: " + text.WithoutPath(err).Error() + "."
	}
	if h == nil {
		return nil, ""
	}
	history = &finding.History{Since: h.Since.Format(time.RFC3339), Refusals: map[finding.Code]int{},
		CertificateEnds: finding.CertificateEnds{File: rfc3339(h.FileEnd), NetSuite: rfc3339(h.ListedEnd)}}
	for _, code := range counted() { // no other key of the file: it may be damaged
		history.Refusals[code] = h.Refused[string(code)]
	}
	return history, ""
}

// see adds results to h.
func see(h *lastgood.History, p *profile.Profile, results []finding.Result) {
	for _, code := range counted() {
		h.Refused[string(code)] += 0
	}
	for _, c := range results {
		if c.ID != finding.CheckToken && c.ID != finding.CheckAPI {
			continue
		}
		for _, f := range c.Findings {
			if slices.Contains(counted(), f.Code) {
				h.Refused[string(f.Code)]++
				break // one refusal, with one cause
			}
		}
	}
	if at, err := time.Parse(time.RFC3339, factsOf[finding.CertificateFacts](results).NotAfter); err == nil {
		h.FileEnd = &at
	}
	id := p.Text(profile.FieldCertificateID)
	if at := listedValidUntil(p, results); at != nil {
		h.ListedEnd, h.ListedID = at, id
	} else if h.ListedID != id { // that was another certificate
		h.ListedEnd, h.ListedID = nil, ""
	}
}

func rfc3339(t *time.Time) *string {
	if t == nil {
		return nil
	}
	return finding.Optional(t.UTC().Format(time.RFC3339))
}
