package certificates

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/mapping"
	"github.com/nsauth/nsauth/internal/text"
)

const partial = "; the list may have only the certificates of the user who asks"

// judgeUse judges the certificates that profiles sign with.
func (d *Document) judgeUse(a *cli.App, counts func(profile string) bool) {
	for i := range d.Certificates {
		r := &d.Certificates[i]
		by := slices.DeleteFunc(slices.Clone(r.SignedBy), func(name string) bool { return !counts(name) })
		if len(by) == 0 {
			continue
		}
		j := Judgement{Judgement: string(r.State), Level: Problem, Basis: "list", CertificateIDs: idsOf(*r), Profiles: by}
		signs := who(by) + " " + deref(r.CertificateID)
		switch r.State {
		case Revoked:
			j.Message = signs + ", which NetSuite lists as revoked"
		case Expired:
			j.Message = signs + ", which expired" + r.dated()
			if r.ValidUntil == nil {
				j.Basis = "files"
			}
		case NotListed:
			j.Message = signs + ", which is not in NetSuite's list" + partial
		case Due:
			j.Level, j.Message = Soon, signs+", which expires"+r.dated()
		case Unknown:
			j.Level, j.Message = Unsettled, signs+", whose state is unknown: "+cmp.Or(deref(r.Message), "NetSuite's list was not read")
			j.Remedy = new(doctorFor(a, by[0]) + " says more")
			if r.CertificateID == nil {
				j.Message = names(by) + ": " + deref(r.Message)
			}
		default:
			continue
		}
		d.Judgements = append(d.Judgements, j)
	}
}

// doctorFor is the command that examines a profile.
func doctorFor(a *cli.App, profile string) string {
	if profile == given {
		profile = ""
	}
	return a.FollowUp("doctor", profile)
}

// who says which profiles sign.
func who(profiles []string) string {
	if len(profiles) == 1 {
		return names(profiles) + " signs with"
	}
	return names(profiles) + " sign with"
}

func names(profiles []string) string {
	return strings.Join(profiles, ", ")
}

// dated says on which day a certificate expires.
func (r *Row) dated() string {
	if r.DaysLeft == nil {
		return ""
	}
	day := cmp.Or(deref(r.ValidUntil), day(r.ExpiresAt))
	switch n := *r.DaysLeft; {
	case n == 0 && r.State == Expired:
		return " on " + day
	case n < 0:
		return fmt.Sprintf(" on %s, %s ago", day, text.Counted(-n, "day"))
	case n == 0:
		return " on " + day + ", in less than a day"
	default:
		return fmt.Sprintf(" on %s, in %s", day, text.Counted(n, "day"))
	}
}

func day(at *string) string { return strings.SplitN(deref(at), "T", 2)[0] }

func idsOf(rows ...Row) []string {
	ids := []string{}
	for _, r := range rows {
		if r.CertificateID != nil && !slices.Contains(ids, *r.CertificateID) {
			ids = append(ids, *r.CertificateID)
		}
	}
	return ids
}

// live reports whether NetSuite accepts the certificate of a row, as far as is known.
func (r *Row) live() bool { return r.State == Active || r.State == Due }

// judgeLimit judges how many certificates each integration record has active.
func (d *Document) judgeLimit() {
	for _, l := range d.Lists {
		if l.Active == nil || *l.Active < mapping.ActiveLimit-1 {
			continue
		}
		kind, said := "limit-near", "; one more can be added"
		if *l.Active >= mapping.ActiveLimit {
			kind, said = "limit-reached", "; before the next one is added, one has to be revoked"
		}
		d.note(kind, "list", nil, "%s of account %s has at least %d of %d active certificates%s",
			cmp.Or(deref(l.Integration), "Client ID "+l.ClientID), l.Account, *l.Active, mapping.ActiveLimit, said)
	}
}

// judgeNoted names the certificates that a rotation wants revoked.
func (d *Document) judgeNoted(a *cli.App) {
	for _, r := range d.Certificates {
		if at, err := time.Parse(time.RFC3339, deref(r.RevokeAfter)); err == nil {
			d.note("revocation-noted", "both", []Row{r}, "%s is to be revoked after %s, by: %s", *r.CertificateID, text.Time(at), a.FollowUp("cert revoke", "", "--due"))
		}
	}
}

func (d *Document) note(kind, basis string, rows []Row, format string, args ...any) {
	var by []string
	for _, r := range rows {
		by = append(by, r.SignedBy...)
	}
	slices.Sort(by)
	d.Judgements = append(d.Judgements, Judgement{Judgement: kind, Level: Note, Basis: basis, CertificateIDs: idsOf(rows...),
		Profiles: append([]string{}, slices.Compact(by)...), Message: fmt.Sprintf(format, args...)})
}

// judgeAll judges what only a look at all profiles shows.
func (d *Document) judgeAll(p Policy) {
	d.judgeShared()
	d.judgeKeys(p)
	for _, r := range d.Certificates {
		switch {
		case r.live() && r.Listed != nil && *r.Listed && r.File == nil:
			d.note("mapping-without-file", "both", []Row{r}, "no file that was looked at holds %s, which NetSuite lists as active for %s", *r.CertificateID, r.combination())
		case r.State == NotMapped && d.anyRead():
			d.note("file-without-mapping", "both", []Row{r}, "%s holds %s, which is in no list that was read", strings.Join(r.Files, ", "), *r.CertificateID)
		}
	}
}

func (d *Document) anyRead() bool {
	return slices.ContainsFunc(d.Lists, func(l ClientList) bool { return l.ReadBy != nil })
}

// combination is what a certificate is mapped to.
func (r *Row) combination() string {
	const longest = 60 // a name may have a megabyte
	part := func(label string, name, id *string) string {
		return label + text.Shorten(cmp.Or(named(name, id), "unknown"), longest)
	}
	return cmp.Or(text.Shorten(deref(r.Integration), longest), "Client ID "+deref(r.ClientID)) + ", " + part("role ", r.Role, r.RoleID) + ", " + part("entity ", r.Entity, r.EntityID)
}

// judgeShared finds certificates that are mapped twice, and keys of several certificates.
func (d *Document) judgeShared() {
	byID, byKey := map[string][]Row{}, map[string][]Row{}
	var ids, keys []string
	for _, r := range d.Certificates {
		if !r.live() || r.CertificateID == nil {
			continue
		}
		if byID[*r.CertificateID] == nil {
			ids = append(ids, *r.CertificateID)
		}
		byID[*r.CertificateID] = append(byID[*r.CertificateID], r)
		if r.File == nil || r.File.KeySHA256 == nil {
			continue
		}
		if key := *r.File.KeySHA256; byKey[key] == nil {
			keys = append(keys, key)
		}
		byKey[*r.File.KeySHA256] = append(byKey[*r.File.KeySHA256], r)
	}
	for _, id := range ids {
		if rows := byID[id]; len(rows) > 1 {
			d.note("same-certificate", "list", rows, "%s is mapped %d times: %s", id, len(rows), combinations(rows))
		}
	}
	for _, key := range keys {
		if rows := byKey[key]; len(idsOf(rows...)) > 1 {
			d.note("same-key", "both", rows, "one private key has %d certificates that NetSuite accepts: %s", len(idsOf(rows...)), strings.Join(idsOf(rows...), ", "))
		}
	}
}

func combinations(rows []Row) string {
	var list []string
	for _, r := range rows {
		list = append(list, r.combination())
	}
	return strings.Join(list, "; ")
}

// judgeKeys finds keys that are older than the policy. Without a file, only the date of
// the mapping is known.
func (d *Document) judgeKeys(p Policy) {
	if p.KeyMonths == 0 && p.KeyDays == 0 {
		return
	}
	oldest := p.Now.AddDate(0, -p.KeyMonths, -p.KeyDays)
	done := map[string]bool{}
	for _, r := range d.Certificates {
		since, key, basis := cmp.Or(deref(r.Created), deref(r.ValidFrom)), deref(r.CertificateID), "list"
		if r.File != nil {
			since, key, basis = r.File.KeySince, cmp.Or(deref(r.File.KeySHA256), key), "both"
		}
		at, ok := mapping.Time(since)
		if !r.live() && len(r.SignedBy) == 0 || !ok || done[key] || !at.Before(oldest) {
			continue
		}
		done[key] = true
		d.note("old-key", basis, []Row{r}, "the key of %s is at least %s old: since %s", *r.CertificateID, text.Counted(int(p.Now.Sub(at).Hours()/24), "day"), at.UTC().Format("2006-01-02"))
	}
}

// codes are the findings that explain a judgement.
var codes = map[string]finding.Code{
	"revoked": "mapping.revoked", "expired": "mapping.expired", "due": "mapping.expiring-soon", "not-listed": "mapping.not-listed",
	"limit-near": "mapping.limit-near", "limit-reached": "mapping.limit-reached",
}

// conclude orders the judgements, worst first, and sets the exit code.
func (d *Document) conclude() {
	worst := func(l Level) int { return slices.Index([]Level{Problem, Unsettled, Soon, Note}, l) }
	slices.SortStableFunc(d.Judgements, func(a, b Judgement) int { return worst(a.Level) - worst(b.Level) })
	for i := range d.Judgements {
		j := &d.Judgements[i]
		if code, ok := codes[j.Judgement]; ok {
			j.Code, j.Remedy = new(string(code)), new(catalog.New(code, nil).Remedy.Summary)
		}
	}
	d.ExitCode = finding.ExitOK
	if len(d.Judgements) > 0 {
		d.ExitCode = map[Level]int{Problem: finding.ExitFail, Unsettled: finding.ExitInconclusive, Soon: finding.ExitWarnings}[d.Judgements[0].Level]
	}
}
