// Package call makes an authenticated request: it puts the request together, sends
// it with an access token, hands the answer over and explains a refusal.
package call

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/inspect"
	"github.com/nsauth/nsauth/internal/login"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/netsuite"
)

// Options are the request as it was written, and what is done with it.
type Options struct {
	Timeout   time.Duration // of one request; each page is one
	Login     login.Options
	TokenFile string // an access token in place of one from the pipeline; -, env:NAME or a file

	Headers        []string // NAME: VALUE
	Query          []string // NAME=VALUE
	Fields         []string // NAME=VALUE or NAME:=JSON
	Data           string   // the body, @FILE, file:FILE or -
	Script, Deploy string   // of a RESTlet

	Yes       bool // send a change to a profile for production without a question
	DryRun    bool
	Verbose   bool
	HAR       string // a new file for the exchange
	Include   bool   // status and headers before the body
	Paginate  bool
	MaxPages  int // 0: no limit
	JSONLines bool
	JQ        string
}

// check says what is wrong with flags beside each other.
func (o Options) check(json bool) error {
	if json {
		return cli.Fail(finding.UsageFlag, "call prints the body of the response and does not support -o json", "omit -o json")
	}
	if err := errors.Join(cli.CheckTimeout(o.Timeout), o.Login.Check()); err != nil {
		return err
	}
	for _, clash := range []struct {
		is      bool
		message string
		hint    string
	}{
		{len(o.Fields) > 0 && o.Data != "", "-f and -d cannot be combined: both set the body", "give one of them"},
		{o.JSONLines && !o.Paginate, "--jsonl has no effect without --paginate", "add --paginate"},
		{o.MaxPages != 0 && !o.Paginate, "--max-pages has no effect without --paginate", "add --paginate"},
		{o.MaxPages < 0, "invalid --max-pages: want 0 or more", "such as --max-pages 10"},
		{o.Paginate && o.Include, "--paginate and -i cannot be combined: the array comes from several responses", "-v shows the headers of each"},
		{o.JQ != "" && o.Include, "--jq and -i cannot be combined: only the body is filtered", "-v shows the headers"},
		{o.TokenFile == "-" && (o.Data == "-" || o.Data == "@-"), "--access-token-file - and -d - both read standard input", "give a file for one of them"},
	} {
		if clash.is {
			return cli.Fail(finding.UsageFlag, clash.message, clash.hint)
		}
	}
	return nil
}

// caller makes one call, of however many requests.
type caller struct {
	*cli.App
	options Options
	target  *target
	filter  *jqFilter // nil without --jq
	line    login.Pipeline
	tba     *netsuite.TBA // signs each request; nil for an access token
	trace   *tracer
}

// Run makes the call of what is asked for, with the profile that in resolves to. It
// prints the answer's body, and why the call was refused on standard error.
func Run(ctx context.Context, a *cli.App, o Options, in profile.Input, what What) error {
	a.Verbose = o.Verbose
	if err := o.check(a.JSON()); err != nil {
		return err
	}
	if !o.DryRun {
		host.PreloadRoots() // while the profile, the request and the key are read
	}
	filter, err := compileJQ(o.JQ)
	if err != nil {
		return err
	}
	p, err := cli.Resolve(ctx, in)
	if err != nil {
		return err
	}
	target, err := cli.UnlessInterrupted(ctx, func() (*target, error) { return newTarget(a, o, p, what) })
	if err != nil {
		return err
	}
	if err := o.checkTarget(target); err != nil {
		return err
	}
	r := &caller{App: a, options: o, target: target, filter: filter, line: login.Pipeline{App: a, Profile: p, Options: o.Login}}
	return r.run(ctx)
}

// checkTarget says what is wrong with flags for this request.
func (o Options) checkTarget(t *target) error {
	list := t.method == http.MethodGet || t.reads || t.method == http.MethodPost && strings.HasSuffix(t.path, checks.SuiteQLPath)
	switch {
	case o.Paginate && !list:
		return cli.Fail(finding.UsageFlag, "--paginate works with GET and SuiteQL queries, not with "+t.method)
	case (o.Paginate || o.JQ != "") && t.header.Get("Accept-Encoding") != "":
		return cli.Fail(finding.UsageFlag, "-H Accept-Encoding cannot be combined with --paginate and --jq: they cannot read a compressed response", "omit the header")
	case o.TokenFile == "" && t.profile.Text(profile.FieldKey) == "-" && t.stdin:
		return cli.Fail(finding.UsageFlag, "the key and the request both read standard input", "give a file for one of them")
	case o.JQ != "" && t.method == http.MethodHead:
		return cli.Fail(finding.UsageFlag, "--jq cannot be combined with HEAD: its response has no body")
	}
	return nil
}

func (r *caller) run(ctx context.Context) (err error) {
	request := r.target.request()
	// The request is refused before a token is asked for: a typing error costs no login.
	client, setup := host.Connect(r.Host(), r.line.Profile)
	if setup == nil {
		if err := client.Check(request); err != nil && (!isMissing(err) || r.options.DryRun || r.options.TokenFile != "") {
			return err
		}
	}
	if r.options.DryRun || r.options.TokenFile != "" {
		if setup != nil {
			return setup
		}
	}
	if r.line.Profile.TBA() && r.options.TokenFile == "" {
		if r.tba, err = login.TBA(ctx, r.App, r.line.Profile, r.options.DryRun); err != nil {
			return err
		}
	}
	if r.options.DryRun {
		return r.show(client, request)
	}
	if err := r.confirm(ctx); err != nil {
		return err
	}
	if err := r.begin(ctx); err != nil {
		return err
	}
	r.line.Client = client
	if r.trace, err = r.newTracer(); err != nil {
		return err
	}
	r.line.Exchanged = func(began time.Time, t *netsuite.Token, err error) { r.trace.token(&r.line, began, t, err) }
	defer func() {
		if closed := r.trace.close(); closed != nil {
			err = closed
		}
	}()
	switch {
	case !r.line.Seen.Own:
		if !r.login(ctx) {
			return r.line.Explain(ctx, "call")
		}
	case inspect.IsAssertion(r.line.Seen.Token.AccessToken):
		return r.explain(ctx, request, nil, nil, new(catalog.New("api.is-assertion", nil)))
	}
	if r.options.Paginate {
		return r.pages(ctx, request)
	}
	return r.once(ctx, request)
}

// begin takes the credential that needs no token request, or gets ready for one.
func (r *caller) begin(ctx context.Context) (err error) {
	switch {
	case r.tba != nil:
		r.line.Seen.Token, r.line.Seen.Own = new(netsuite.Token), true
	case r.options.TokenFile != "":
		r.line.Seen.Token, err = r.ownToken(ctx)
		r.line.Seen.Own = err == nil
	default:
		return r.line.Begin(ctx)
	}
	return err
}

// isMissing reports whether the profile does not say where the API is. Then the
// checks say what is missing.
func isMissing(err error) bool {
	var value *netsuite.ValueError
	return errors.As(err, &value) && value.Name == "APIURL" && value.Reason == "missing"
}

// renew gets another access token in place of the present one, which was refused.
func (r *caller) renew(ctx context.Context) bool {
	if r.line.Open(ctx) != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, r.options.Timeout)
	defer cancel()
	return r.line.Renew(ctx)
}

// login gets an access token.
func (r *caller) login(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, r.options.Timeout)
	defer cancel()
	if !r.line.Token(ctx) {
		return false
	}
	if r.options.Verbose {
		r.line.TellAge()
	}
	return true
}

// once makes a call of one request and hands its answer over.
func (r *caller) once(ctx context.Context, request netsuite.Request) error {
	answer, err := r.open(ctx, request)
	if err != nil {
		return r.failed(ctx, request, err)
	}
	defer answer.Close()
	r.tell(answer)
	if err := r.body(ctx, answer); err != nil {
		var broken *netsuite.ConnectError
		if errors.As(err, &broken) {
			return r.explain(ctx, answer.request, answer.Answer, err, nil)
		}
		return err
	}
	if _, bad := checks.JudgeAnswer(answer.request, answer.Answer, false); bad {
		r.settle(ctx, answer)
		return r.explain(ctx, answer.request, answer.Answer, nil, nil)
	}
	return nil
}

// tell says what the body of an answer does not: where a new record is, or that nothing
// has changed.
func (r *caller) tell(answer *incoming) {
	location := answer.Header.Get("Location")
	switch {
	case r.Quiet || r.options.Include || r.options.Verbose: // it is not wanted, or shown
	case answer.ok() && location != "":
		fmt.Fprintf(r.Stderr, "nsauth: note: HTTP %d, Location: %s\n", answer.Status, oneLine(r.masked(location)))
	case answer.Status == http.StatusNotModified && netsuite.IsConditional(answer.request.Header):
		fmt.Fprintln(r.Stderr, "nsauth: note: HTTP 304: not changed, so the response has no body")
	}
}

// settle makes the call by ID that tells two causes of a refusal apart, if the
// refusal has them and such a call is known.
func (r *caller) settle(ctx context.Context, answer *incoming) {
	f, _ := checks.JudgeAnswer(answer.request, answer.Answer, false)
	byID, known := checks.ByID(r.line.Profile, answer.request.AccessToken)
	if !known || !checks.NeedsByID(f) {
		return
	}
	one, err := r.send(ctx, byID)
	if err != nil {
		return // what is not known stays so
	}
	defer one.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(one, netsuite.MaxBody)); err == nil {
		r.line.Seen.ByID = &checks.Call{Request: byID, Answer: one.Answer}
	}
}

// failed explains a request without an answer.
func (r *caller) failed(ctx context.Context, request netsuite.Request, err error) error {
	var broken *netsuite.ConnectError
	switch {
	case errors.Is(err, errNoToken):
		return r.line.Explain(ctx, "call")
	case errors.As(err, &broken):
		return r.explain(ctx, request, broken.Answer, err, nil)
	}
	return err
}

// explain says why the call did not get what it was made for.
func (r *caller) explain(ctx context.Context, request netsuite.Request, a *netsuite.Answer, err error, f *finding.Finding) error {
	request.AccessToken, request.TBA = r.line.Seen.Token.AccessToken, r.tba
	r.line.Seen.Call = &checks.Call{Request: request, Answer: a, Err: err, Finding: f}
	return r.line.Explain(ctx, "call")
}
