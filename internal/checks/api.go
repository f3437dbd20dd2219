package checks

import (
	"cmp"
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
	"github.com/nsauth/nsauth/internal/nsid"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/netsuite"
)

const (
	restScope    = "rest_webservices"
	restletScope = "restlets"
)

// apiProof tells other checks what the calls proved: a REST call, a query, a RESTlet.
type apiProof struct{ rest, query, restlet bool }

const (
	SuiteQLPath = nsid.SuiteQLPath
	probeQuery  = "SELECT CURRENT_DATE AS today FROM dual"
)

// makeCalls gets serverTime, which needs no permission, and at the same time makes the
// profile's own call, or else a query. If serverTime fails, the other call cannot work,
// and its answer does not count.
func makeCalls(ctx context.Context, in *inputs) []Call {
	path, rest := in.job.Profile.Text(profile.FieldAPIPath), slices.Contains(in.job.Profile.Scope(), restScope)
	together, cancel := context.WithCancel(ctx)
	defer cancel()
	var waits []func() Call
	send := func(r netsuite.Request, probe bool) {
		r.AccessToken = accessToken(ctx, in)
		waits = append(waits, in.askAlongside(together, r, probe))
	}
	if rest {
		send(netsuite.Request{Method: http.MethodGet, URL: netsuite.ServerTimePath}, false)
	}
	switch {
	case path != "":
		send(CallRequest(http.MethodGet, path), false)
	case rest:
		send(netsuite.Request{Method: http.MethodPost, URL: SuiteQLPath + "?limit=1",
			Header: http.Header{"Content-Type": {"application/json"}, "Prefer": {"transient"}},
			Body:   []byte(`{"q":"` + probeQuery + `"}`)}, true)
	}
	var calls []Call
	for i, wait := range waits {
		c := wait()
		if c.limited() && slices.ContainsFunc(waits, func(wait func() Call) bool { return !wait().limited() }) {
			// The other call may have been the one too many for this account.
			c = in.askAlongside(ctx, c.Request, c.probe)()
		}
		calls = append(calls, in.settled(ctx, c))
		if f, bad := calls[i].fault(); bad || f.Code != "" {
			break
		}
	}
	return calls
}

// limited reports whether NetSuite answered that there were too many calls.
func (c Call) limited() bool {
	f, _ := c.fault()
	return f.Code == "api.rate-limited"
}

// settled makes the second request that tells two causes of a rejection apart, if there
// are two and it can.
func (in *inputs) settled(ctx context.Context, c Call) Call {
	if f, bad := c.fault(); bad && NeedsByID(f) {
		if byID, known := ByID(in.job.Profile, c.Request.AccessToken); known {
			if settling := in.ask(ctx, byID); settling.Err == nil {
				c.byID = &settling
			}
		}
	}
	return c
}

// askAlongside makes a request while the caller goes on. The function that it returns waits
// for the answer.
func (in *inputs) askAlongside(ctx context.Context, r netsuite.Request, probe bool) (wait func() Call) {
	call := alongside(func() (Call, error) {
		c := in.ask(ctx, r)
		c.probe = probe
		return c, nil
	})
	return func() Call {
		c, _ := call()
		return c
	}
}

func (in *inputs) ask(ctx context.Context, r netsuite.Request) Call {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	started := in.job.World.Now()
	a, err := in.job.Client.Do(ctx, r)
	return Call{Request: r, Answer: a, Err: err, took: in.job.World.Now().Sub(started)}
}

// fault returns what the answer to a call shows; bad means that the call failed. A
// rejected probe is only information: not every integration makes such calls.
func (c Call) fault() (f finding.Finding, bad bool) {
	if c.Err != nil {
		return finding.Finding{}, true
	}
	f, bad = JudgeAnswer(c.Request, c.Answer, c.probe)
	switch {
	case !bad && c.Answer.Truncated: // the rest was not examined
		return catalog.New("api.unexpected-response", finding.Evidence{"reason": "too-long", "status": c.Answer.Status,
			"path": fault.PathOf(c.Request.URL)}), false
	case bad && c.own && c.Request.TBA == nil:
		f = orNotAJWT(f, c.Request.AccessToken)
	}
	return f, bad
}

// row is the call's line in the facts.
func (c Call) row() finding.APICall {
	row := finding.APICall{Method: c.Request.Method, Path: fault.PathOf(c.Request.URL), MS: *milliseconds(c.took)}
	if c.Err == nil {
		row.Status, row.MS = &c.Answer.Status, *milliseconds(cmp.Or(c.took, c.Answer.Received.Sub(c.Answer.Sent)))
	}
	return row
}

func judgeAPI(ctx context.Context, in *inputs, calls []Call) outcome {
	if len(calls) == 0 {
		return outcome{skip: finding.NoScope}
	}
	var facts finding.APIFacts
	var o outcome
	proof, worked := apiProof{}, 0
	for _, c := range calls {
		if c.Finding != nil { // found before the call was sent, or between its pages
			return outcome{findings: []finding.Finding{*c.Finding}}
		}
		rows, findings, ok := in.judgeCall(ctx, c)
		facts.Calls, o.findings = append(facts.Calls, rows...), append(o.findings, findings...)
		if !ok && c.Err == nil && o.refused == nil {
			o.refused = &sentRequest{c.Answer.Sent, rows[0].Path}
		}
		if ok {
			worked++
			path := rows[0].Path
			proof.rest = proof.rest || isREST(c.Request.Method, path)
			proof.query = proof.query || isSuiteQL(c.Request.Method, path)
			proof.restlet = proof.restlet || isRESTlet(c.Request.Method, path)
		}
	}
	o.facts, o.product = facts, proof
	switch first, last := facts.Calls[0], facts.Calls[len(facts.Calls)-1]; {
	case worked == len(facts.Calls):
		o.summary = fmt.Sprintf("%s %s answers %d", last.Method, last.Path, *last.Status)
	case len(calls) == 1:
		o.summary = first.Method + " " + first.Path
	default:
		o.summary = fmt.Sprintf("%d of %d calls worked", worked, len(facts.Calls))
	}
	return o
}

// CallRequest makes a request from a path (record/v1/customer/1, /services/rest/...)
// or from a URL of the account's own hosts. The client rejects every other host.
func CallRequest(method, path string) netsuite.Request {
	if !strings.HasPrefix(path, "/") && !strings.Contains(path, "://") {
		path = "/services/rest/" + path
	}
	return netsuite.Request{Method: method, URL: path, Header: http.Header{"Accept": {"application/json"}}}
}

// judgeCall reports whether a call worked, and what its answer shows.
func (in *inputs) judgeCall(ctx context.Context, c Call) (rows []finding.APICall, findings []finding.Finding, ok bool) {
	rows = []finding.APICall{c.row()}
	if c.Err != nil {
		target := c.Request.URL
		if strings.HasPrefix(target, "/") {
			target = in.job.Profile.APIURL + target
		}
		findings := in.requestFailed(ctx, target, c.Err)
		for i := range findings {
			if c.probe { // no answer to a call that only nsauth makes
				findings[i] = findings[i].With(finding.Info)
			}
		}
		return rows, findings, false
	}
	f, bad := c.fault()
	if f.Code == "" {
		return rows, nil, true
	}
	if code, known := f.Evidence["error_code"].(string); known {
		rows[0].ErrorCode = &code
	}
	if c.byID != nil {
		settling := c.byID.row()
		rows, f = append(rows, settling), settledByID(f, settling.Path, c.byID.Answer)
	}
	return rows, []finding.Finding{f}, !bad
}

// orNotAJWT returns f, or says that the user's own access token is not a JWT:
// NetSuite's access tokens are.
func orNotAJWT(f finding.Finding, token netsuite.Secret) finding.Finding {
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

// ByID returns a call that reads one record by its ID and changes nothing: the
// profile's own, else the token's entity as an employee. It is false if neither is
// known.
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

// NeedsByID reports whether a finding has two possible causes that a call by ID tells
// apart. A role without SuiteAnalytics Workbook can read a record by its ID; a role
// that may not log in cannot. A rejected probe is only information.
func NeedsByID(f finding.Finding) bool {
	return f.Code == "api.workbook-permission-missing" && f.Severity == finding.Error
}

// settledByID returns f as the answer to the call by ID changes it.
func settledByID(f finding.Finding, path string, a *netsuite.Answer) finding.Finding {
	ev := maps.Clone(f.Evidence)
	ev["by_id_path"], ev["by_id_status"] = path, a.Status
	e := netsuite.APIErrorFrom(a)
	switch {
	case e == nil && !a.IsHTML(), e != nil && (e.Code == "INSUFFICIENT_PERMISSION" || e.Code == "NONEXISTENT_ID"):
		ev["reason"] = "by-id-works" // the role may log in
		return catalog.New(f.Code, ev)
	case e != nil && e.Code == "USER_ERROR":
		ev["reason"] = "one-record"
		return catalog.New("api.permission-missing", ev)
	}
	return f
}
