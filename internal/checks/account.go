package checks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/netsuite"
)

// This file holds the checks of what lies in the NetSuite account: they can only
// be proven by what a token and an API call show.

const restScope = "rest_webservices"

func checkFeatures(_ context.Context, in *inputs) outcome {
	_, issued := from[*netsuite.Token](in, finding.CheckToken)
	calls, _ := from[apiProof](in, finding.CheckAPI)
	switch {
	case issued && calls.rest:
		return outcome{facts: finding.ProvenBy{By: "api"}, summary: "OAUTH 2.0 and REST WEB SERVICES are on: a token and a REST call prove it"}
	case issued:
		return outcome{facts: finding.ProvenBy{By: "token"}, unverified: true,
			summary: "OAUTH 2.0 is on: a token proves it; REST WEB SERVICES was not proven by a REST call"}
	}
	return outcome{facts: finding.ProvenBy{By: "none"}, unverified: true, summary: "only an access token can prove them"}
}

func checkIntegration(_ context.Context, in *inputs) outcome {
	if _, issued := from[*netsuite.Token](in, finding.CheckToken); issued {
		return outcome{facts: finding.ProvenBy{By: "token"}, summary: "enabled, with the client credentials grant: a token proves it"}
	}
	return outcome{facts: finding.ProvenBy{By: "none"}, unverified: true, summary: "only an access token can prove it"}
}

// token is the access token that was issued, or a person's own.
func (in *inputs) token() *netsuite.Token {
	if t, ok := from[*netsuite.Token](in, finding.CheckToken); ok {
		return t
	}
	return in.job.Recorded.Token
}

// administratorRole is the internal ID of NetSuite's built-in Administrator.
const administratorRole = "3"

func checkRole(_ context.Context, in *inputs) outcome {
	a, err := jwtgen.ReadAccessToken(in.token().AccessToken.Reveal())
	if err != nil {
		return outcome{findings: []finding.Finding{catalog.New("role.unreadable", finding.Evidence{})}}
	}
	o := outcome{
		facts: finding.RoleFacts{RoleID: finding.Optional(a.RoleID), EntityID: finding.Optional(a.EntityID),
			ApplicationID: finding.Optional(a.ApplicationID), ClientID: finding.Optional(a.ClientID), Account: finding.Optional(a.Account),
			Scope: a.Scope},
		summary: fmt.Sprintf("role %s, entity %s, scope %s", orUnknown(a.RoleID), orUnknown(a.EntityID),
			orUnknown(strings.Join(a.Scope, " "))),
	}
	if a.RoleID == "" && a.EntityID == "" {
		o.findings = append(o.findings, catalog.New("role.unreadable", finding.Evidence{}))
	}
	if a.RoleID == administratorRole {
		o.findings = append(o.findings, catalog.New("role.administrator", finding.Evidence{"role_id": a.RoleID}))
	}
	p := in.job.Profile
	var missing []string
	for _, s := range p.Scope() {
		if !slices.Contains(a.Scope, s) {
			missing = append(missing, s)
		}
	}
	if len(missing) > 0 && len(a.Scope) > 0 {
		o.findings = append(o.findings, catalog.New("role.scope-not-granted", finding.Evidence{
			"missing": missing, "granted": a.Scope, "asked": p.Scope(),
		}))
	}
	o.findings = append(o.findings, ofOtherAccount(a, p)...)
	return o
}

// ofOtherAccount is what is wrong with a token that is not of the profile's account.
func ofOtherAccount(a *jwtgen.AccessToken, p *profile.Profile) []finding.Finding {
	ours, ok := p.Account()
	if !ok || !comparableAccount(a, ours) || sameAccount(ours, a.Account) {
		return nil
	}
	return []finding.Finding{catalog.New("role.account-mismatch", finding.Evidence{"account": ours.ID, "token_account": a.Account})}
}

// comparableAccount reports whether the token's account is of the kind that ours is. In the
// shape of 2021 the subject begins with a company number; which one an account other
// than a plain number has, such as a sandbox, is not documented.
func comparableAccount(t *jwtgen.AccessToken, ours netsuite.Account) bool {
	return t.Account != "" && (t.Shape != "2021" || isNumber(ours.ID) || !isNumber(t.Account))
}

// sameAccount compares in the one form that both renderings reduce to.
func sameAccount(ours netsuite.Account, theirs string) bool {
	a, err := netsuite.ParseAccount(theirs)
	return err == nil && a.ID == ours.ID
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}

// apiProof is what the calls prove to other checks.
type apiProof struct{ rest bool }

// SuiteQLPath is the query service (Oracle NetSuite Help, "Executing SuiteQL
// Queries Through REST Web Services").
const (
	SuiteQLPath = "/services/rest/query/v1/suiteql"
	probeQuery  = "SELECT CURRENT_DATE AS today FROM dual"
)

func checkAPI(ctx context.Context, in *inputs) outcome {
	path := in.job.Profile.Text(profile.FieldAPIPath)
	if in.job.Recorded != nil {
		return in.judgeCall(ctx, in.job.Recorded.Call)
	}
	if path == "" && !slices.Contains(in.job.Profile.Scope(), restScope) {
		return outcome{skip: finding.NoScope}
	}
	var facts finding.APIFacts
	var o outcome
	proof := apiProof{}
	try := func(r netsuite.Request, probe bool) bool {
		r.AccessToken = in.token().AccessToken
		ctx, cancel := context.WithTimeout(ctx, callLimit)
		defer cancel()
		calls, f, ok := in.call(ctx, r, probe)
		facts.Calls = append(facts.Calls, calls...)
		proof.rest = proof.rest || ok && isREST(r.Method, calls[0].Path)
		o.findings = append(o.findings, f...)
		return ok
	}
	worked := 0
	if slices.Contains(in.job.Profile.Scope(), restScope) {
		if try(netsuite.Request{Method: http.MethodGet, URL: netsuite.ServerTimePath}, false) {
			worked++
		}
	}
	switch {
	case len(o.findings) > 0: // serverTime needs no permission: nothing else can work
	case path != "":
		if try(CallRequest(http.MethodGet, path), false) {
			worked++
		}
	default:
		if try(netsuite.Request{Method: http.MethodPost, URL: SuiteQLPath + "?limit=1",
			Header: http.Header{"Content-Type": {"application/json"}, "Prefer": {"transient"}},
			Body:   []byte(`{"q":"` + probeQuery + `"}`)}, true) {
			worked++
		}
	}
	o.facts, o.product = facts, proof
	o.summary = fmt.Sprintf("%d of %d calls worked", worked, len(facts.Calls))
	if worked == len(facts.Calls) {
		last := facts.Calls[len(facts.Calls)-1]
		o.summary = fmt.Sprintf("%s %s answers %d", last.Method, last.Path, *last.Status)
	}
	return o
}

// CallRequest turns what a person writes (record/v1/customer/1, /services/rest/...,
// or a URL of the account's own hosts) into a request. The client refuses every
// other host.
func CallRequest(method, path string) netsuite.Request {
	if !strings.HasPrefix(path, "/") && !strings.Contains(path, "://") {
		path = "/services/rest/" + path
	}
	return netsuite.Request{Method: method, URL: path, Header: http.Header{"Accept": {"application/json"}}}
}

// judgeCall judges the one call that a command made.
func (in *inputs) judgeCall(ctx context.Context, c *Call) outcome {
	if c == nil {
		return outcome{skip: finding.NotRun}
	}
	if c.Finding != nil { // found before it was sent, or while its pages came
		return outcome{findings: []finding.Finding{*c.Finding}}
	}
	rows, findings, ok := in.call(ctx, c.Request, false)
	return outcome{facts: finding.APIFacts{Calls: rows}, findings: findings,
		product: apiProof{rest: ok && isREST(c.Request.Method, rows[0].Path)},
		summary: fmt.Sprintf("%s %s", rows[0].Method, rows[0].Path)}
}

// call makes one request and judges the answer. A refusal of a probe that only
// nsauth makes is information: not every integration makes such calls. A refusal
// with two possible causes is settled by a second call, if one is at hand.
func (in *inputs) call(ctx context.Context, r netsuite.Request, probe bool) ([]finding.APICall, []finding.Finding, bool) {
	row, a, err := in.ask(ctx, r)
	rows := []finding.APICall{row}
	if err != nil {
		target := r.URL
		if strings.HasPrefix(target, "/") {
			target = in.job.Profile.APIURL() + target
		}
		return rows, in.failed(ctx, target, err), false
	}
	f, bad := JudgeAnswer(r, a, probe)
	if in.job.Recorded != nil && in.job.Recorded.Own {
		f = ofOwnToken(f, r.AccessToken)
	}
	switch {
	case !bad && a.Truncated && in.job.Recorded == nil: // only the beginning is known to be in order
		return rows, []finding.Finding{catalog.New("api.unexpected-response",
			finding.Evidence{"reason": "too-long", "status": a.Status, "path": row.Path})}, true
	case !bad:
		return rows, nil, true
	}
	if code, ok := f.Evidence["error_code"].(string); ok {
		rows[0].ErrorCode = &code
	}
	if byID, known := ByID(in.job.Profile, r.AccessToken); known && NeedsByID(f) {
		if row, a, err := in.ask(ctx, byID); err == nil {
			rows, f = append(rows, row), settled(f, row.Path, a)
		}
	}
	return rows, []finding.Finding{f}, false
}

// ofOwnToken is f where the access token is a person's own, which may be anything:
// NetSuite's are JWTs.
func ofOwnToken(f finding.Finding, token netsuite.Secret) finding.Finding {
	if f.Code != "api.invalid-login" {
		return f
	}
	if _, err := jwtgen.ReadAccessToken(token.Reveal()); err == nil {
		return f
	}
	ev := maps.Clone(f.Evidence)
	ev["reason"] = "not-a-jwt"
	return catalog.New(f.Code, ev)
}

// ask makes one request, or finds what came of it when it was made earlier.
func (in *inputs) ask(ctx context.Context, r netsuite.Request) (finding.APICall, *netsuite.Answer, error) {
	started := in.job.World.Now()
	a, err := in.server().Do(ctx, r)
	row := finding.APICall{Method: r.Method, Path: pathOf(r.URL), MS: *milliseconds(in.job.World.Now().Sub(started))}
	if err != nil {
		return row, nil, err
	}
	row.Status = &a.Status
	if in.job.Recorded != nil {
		row.MS = *milliseconds(a.Received.Sub(a.Sent))
	}
	return row, a, nil
}

// pathOf is path and query of a path or URL.
func pathOf(raw string) string {
	_, rest, isURL := strings.Cut(raw, "://")
	if !isURL {
		return raw
	}
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		return rest[i:]
	}
	return "/"
}

// mappingRow is one row of NetSuite's list (Oracle NetSuite Help, page
// article_11111634165). Names and IDs come as text or number.
type mappingRow struct {
	Application   named  `json:"application"`
	Entity        named  `json:"entity"`
	Role          named  `json:"role"`
	ValidFrom     string `json:"valid_from"`
	ValidUntil    string `json:"valid_until"`
	Revoked       bool   `json:"revoked"`
	CertificateID string `json:"certificate_id"`
}

type named struct {
	Name string `json:"name"`
}

// activeLimit is how many certificates one integration record may have active
// (Oracle NetSuite Help, page section_162686838198).
const activeLimit = 5

func checkMapping(ctx context.Context, in *inputs) outcome {
	if in.job.Recorded != nil {
		return outcome{skip: finding.NotRun}
	}
	t, _ := from[*netsuite.Token](in, finding.CheckToken)
	p := in.job.Profile
	ours, ok := p.Account()
	if !ok {
		return outcome{skip: finding.NotRun}
	}
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	a, err := in.server().Do(ctx, netsuite.Request{Method: http.MethodGet,
		URL:    ours.CertificatesURL(p.Text(profile.FieldClientID)),
		Header: http.Header{"Accept": {"application/json"}}, AccessToken: t.AccessToken})
	if err != nil {
		return outcome{findings: []finding.Finding{catalog.New("mapping.unreadable", connectEvidence(err))}}
	}
	if a.Status == 400 || a.Status == 401 || a.Status == 403 {
		return outcome{skip: finding.NoPermission}
	}
	var rows []mappingRow
	if a.Status != 200 || json.Unmarshal(a.Body, &rows) != nil {
		return outcome{findings: []finding.Finding{catalog.New("mapping.unreadable", finding.Evidence{"status": a.Status})}}
	}
	o := judgeMapping(rows, p.Text(profile.FieldCertificateID), in.job.World.Now(), thresholds(p))
	o.findings = slices.DeleteFunc(o.findings, in.saidOfFile)
	return o
}

// saidOfFile reports whether the check "certificate" has already said of the file
// what f says of the mapping: that it ends soon, on the same day, which is the
// usual case. NetSuite's own end can be earlier, and then both are said.
func (in *inputs) saidOfFile(f finding.Finding) bool {
	c, ok := from[*keys.Certificate](in, finding.CheckCertificate)
	if !ok || f.Code != "mapping.expiring-soon" {
		return false
	}
	text, _ := f.Evidence["valid_until"].(string)
	until, _ := MappingTime(text)
	return until.After(c.X509.NotAfter.Add(-24*time.Hour)) && // the list may have dates without a time
		slices.ContainsFunc(in.seen[finding.CheckCertificate].result.Findings, func(of finding.Finding) bool {
			return of.Code == "certificate.expiring-soon" && of.Severity == f.Severity
		})
}

func connectEvidence(err error) finding.Evidence {
	ev := finding.Evidence{}
	var broken *netsuite.ConnectError
	if errors.As(err, &broken) {
		ev["reason"] = string(broken.Kind)
	}
	return ev
}

// judgeMapping finds our certificate in NetSuite's own list. The list may be
// partial, so that a certificate is not in it is information and counts are "at least".
func judgeMapping(rows []mappingRow, id string, now time.Time, ts limits) outcome {
	facts := finding.MappingFacts{Certificates: []finding.MappedCertificate{}}
	var o outcome
	listed := false
	for _, r := range rows {
		facts.Certificates = append(facts.Certificates, finding.MappedCertificate{
			CertificateID: r.CertificateID, Application: r.Application.Name, Role: r.Role.Name, Entity: r.Entity.Name,
			ValidFrom: r.ValidFrom, ValidUntil: r.ValidUntil, Revoked: r.Revoked,
		})
		until, dated := MappingTime(r.ValidUntil)
		if !r.Revoked && (!dated || until.After(now)) {
			facts.Active++
		}
		if r.CertificateID != id {
			continue
		}
		listed = true
		o.summary = fmt.Sprintf("%s, %s, until %s", r.Role.Name, r.Entity.Name, endOf(r.ValidUntil))
		from, _ := MappingTime(r.ValidFrom)
		limit, soon := ts.reached(from, until, now)
		ev := finding.Evidence{"certificate_id": id, "valid_until": r.ValidUntil}
		switch {
		case r.Revoked:
			o.findings = append(o.findings, catalog.New("mapping.revoked", ev))
		case dated && !until.After(now):
			o.findings = append(o.findings, catalog.New("mapping.expired", ev))
		case dated && soon:
			ev["days_left"], ev["threshold"] = keys.WholeDays(now, until), limit.text
			o.findings = append(o.findings, catalog.New("mapping.expiring-soon", ev).With(limit.severity))
		}
	}
	if !listed {
		o.findings = append(o.findings, catalog.New("mapping.not-listed", finding.Evidence{
			"certificate_id": id, "listed": len(rows)}))
	}
	switch {
	case facts.Active >= activeLimit:
		o.findings = append(o.findings, catalog.New("mapping.limit-reached", finding.Evidence{"active": facts.Active, "limit": activeLimit}))
	case facts.Active == activeLimit-1:
		o.findings = append(o.findings, catalog.New("mapping.limit-near", finding.Evidence{"active": facts.Active, "limit": activeLimit}))
	}
	o.facts = facts
	return o
}

// endOf is the day on which a mapping ends, in the words of the check "certificate".
func endOf(validUntil string) string {
	if until, ok := MappingTime(validUntil); ok {
		return until.UTC().Format(time.DateOnly)
	}
	return orUnknown(validUntil)
}

// MappingTime reads a time of the list. Oracle's samples have a zone; without one
// UTC is assumed.
func MappingTime(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05.000Z", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
