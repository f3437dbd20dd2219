package checks

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/netsuite"
)

const restScope = "rest_webservices"

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
	row := finding.APICall{Method: r.Method, Path: fault.PathOf(r.URL), MS: *milliseconds(in.job.World.Now().Sub(started))}
	if err != nil {
		return row, nil, err
	}
	row.Status = &a.Status
	if in.job.Recorded != nil {
		row.MS = *milliseconds(a.Received.Sub(a.Sent))
	}
	return row, a, nil
}

// ByID is a call that reads one record by its ID and changes nothing: the
// profile's own, else the entity that the token acts for, as an employee. False
// if neither is known.
func ByID(p *profile.Profile, token netsuite.Secret) (netsuite.Request, bool) {
	own := CallRequest(http.MethodGet, p.Text(profile.FieldAPIPath))
	own.AccessToken = token
	if isOneRecord(http.MethodGet, fault.PathOf(own.URL)) {
		return own, true
	}
	t, err := jwtgen.ReadAccessToken(token.Reveal())
	if err != nil {
		return netsuite.Request{}, false
	}
	if _, err := strconv.ParseUint(t.EntityID, 10, 64); err != nil {
		return netsuite.Request{}, false
	}
	entity := CallRequest(http.MethodGet, "record/v1/employee/"+t.EntityID)
	entity.AccessToken = token
	return entity, true
}

// NeedsByID reports whether a finding has two possible causes that a call by ID
// tells apart: a role without SuiteAnalytics Workbook reads a record by its ID,
// one that may not log in reads nothing. A probe's refusal is only information.
func NeedsByID(f finding.Finding) bool {
	return f.Code == "api.workbook-permission-missing" && f.Severity == finding.Error
}

// settled is f after a call by ID was answered.
func settled(f finding.Finding, path string, a *netsuite.Answer) finding.Finding {
	ev := maps.Clone(f.Evidence)
	ev["by_id_path"], ev["by_id_status"] = path, a.Status
	e := netsuite.APIErrorFrom(a)
	switch {
	case e == nil && !a.IsHTML(), e != nil && (e.Code == "INSUFFICIENT_PERMISSION" || e.Code == "NONEXISTENT_ID"):
		ev["reason"] = "by-id-works" // the role was let in, whatever it may see
		return catalog.New(f.Code, ev)
	case e != nil && e.Code == "USER_ERROR":
		ev["reason"] = "one-record"
		return catalog.New("api.permission-missing", ev)
	}
	return f
}
