package cmd

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

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

// caller makes one call, of however many requests.
type caller struct {
	*app
	command *cobra.Command
	options callOptions
	target  *target
	filter  *jqFilter // nil without --jq
	line    login.Pipeline
	trace   *tracer
}

// runCall is nsauth call and its subcommands; fill says what is asked for.
func runCall(c *cobra.Command, a *app, o callOptions, fill func(*target) error) error {
	if err := o.check(a); err != nil {
		return err
	}
	if !o.dryRun {
		host.ReadRoots() // while the profile, the request and the key are read
	}
	filter, err := compileJQ(o.jq)
	if err != nil {
		return err
	}
	p, err := cli.Resolve(c.Context(), a.input(c))
	if err != nil {
		return err
	}
	target, err := cli.UnlessInterrupted(c.Context(), func() (*target, error) { return newTarget(a, o, p, fill) })
	if err != nil {
		return err
	}
	if err := o.checkTarget(target); err != nil {
		return err
	}
	r := &caller{app: a, command: c, options: o, target: target, filter: filter, line: login.Pipeline{App: a.App, Profile: p, Options: o.login}}
	return r.run(c.Context())
}

// checkTarget says what is wrong with flags for this request.
func (o callOptions) checkTarget(t *target) error {
	list := t.method == http.MethodGet || t.reads || t.method == http.MethodPost && strings.HasSuffix(t.path, checks.SuiteQLPath)
	switch {
	case o.paginate && !list:
		return cli.Fail(finding.UsageFlag, "--paginate follows the pages of a GET or a SuiteQL query, not of a "+t.method)
	case (o.paginate || o.jq != "") && t.header.Get("Accept-Encoding") != "":
		return cli.Fail(finding.UsageFlag, "-H Accept-Encoding would have NetSuite pack the answer, which --paginate and --jq could not read", "leave the header out")
	case o.token == "" && t.profile.Text(profile.FieldKey) == "-" && t.stdin:
		return cli.Fail(finding.UsageFlag, "the key and the request both read standard input", "give a file for one of them")
	case o.jq != "" && t.method == http.MethodHead:
		return cli.Fail(finding.UsageFlag, "the answer to a HEAD has no body for --jq")
	}
	return nil
}

func (r *caller) run(ctx context.Context) (err error) {
	request := r.target.request()
	// The request is refused before a token is asked for: a typing error costs no login.
	client, setup := host.Connect(r.World.World, r.line.Profile)
	if setup == nil {
		if err := client.Check(request); err != nil && (!isMissing(err) || r.options.dryRun || r.options.token != "") {
			return err
		}
	}
	if r.options.dryRun || r.options.token != "" {
		if setup != nil {
			return setup
		}
	}
	if r.options.dryRun {
		return r.show(client, request)
	}
	if err := r.confirm(ctx); err != nil {
		return err
	}
	if r.options.token != "" {
		if r.line.Seen.Token, err = r.ownToken(ctx); err != nil {
			return err
		}
		r.line.Seen.Own = true
	} else if err := r.line.Begin(ctx); err != nil {
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
			return r.line.Explain(r.command.Context(), "call")
		}
	case inspect.IsAssertion(r.line.Seen.Token.AccessToken):
		return r.explain(request, nil, nil, new(catalog.New("api.is-assertion", nil)))
	}
	if r.options.paginate {
		return r.pages(ctx, request)
	}
	return r.once(ctx, request)
}

// isMissing reports whether the profile does not say where the API is. Then the
// checks say what is missing.
func isMissing(err error) bool {
	var value *netsuite.ValueError
	return errors.As(err, &value) && value.Name == "APIURL" && value.Reason == "missing"
}

// renew gets another access token in place of the present one, which was refused.
func (r *caller) renew(ctx context.Context) bool {
	if r.Unlock(ctx, r.line.Profile, cli.KeyOnly) != nil { // the key is closed if the token came from the cache
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, r.options.timeout)
	defer cancel()
	return r.line.Renew(ctx)
}

// login gets an access token.
func (r *caller) login(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, r.options.timeout)
	defer cancel()
	if !r.line.Token(ctx) {
		return false
	}
	if r.options.verbose {
		r.line.TellAge()
	}
	return true
}

// incoming is an answer whose body is still to be read.
type incoming struct {
	*netsuite.Stream
	request netsuite.Request
	cancel  context.CancelFunc
	trace   *tracer
	shown   *exchange
	size    int64
	err     error
	again   io.Reader // what was read ahead; nil for nothing
}

func (r *incoming) Read(p []byte) (int, error) {
	if r.again != nil {
		if n, err := r.again.Read(p); err == nil {
			return n, nil
		}
		r.again = nil
	}
	n, err := r.Stream.Read(p)
	r.size += int64(n)
	if err != io.EOF {
		r.err = err
	}
	return n, err
}

// look reads what an error is judged by, and leaves it to be read again.
func (r *incoming) look() {
	// What breaks off here breaks off again for whoever reads it.
	data, _ := io.ReadAll(io.LimitReader(r, netsuite.MaxBody))
	r.again = bytes.NewReader(data)
}

// Close ends the reply and has it written down.
func (r *incoming) Close() error {
	err := r.Stream.Close()
	r.cancel()
	if r.shown != nil {
		r.trace.done(r.shown, r.Answer, r.size, r.err)
		r.shown = nil
	}
	return err
}

func (r *incoming) ok() bool { return r.Status/100 == 2 }

// send makes a request with the present token. The time that it may take is also
// that of its body.
func (r *caller) send(ctx context.Context, request netsuite.Request) (*incoming, error) {
	ctx, cancel := context.WithTimeout(ctx, r.options.timeout)
	request.AccessToken = r.line.Seen.Token.AccessToken
	shown := r.trace.sending(r.line.Client, request, r.target.added)
	s, err := r.line.Client.Open(ctx, request)
	if err != nil {
		r.trace.done(shown, nil, 0, err)
		cancel()
		return nil, err
	}
	r.trace.answered(s.Answer)
	return &incoming{Stream: s, request: request, cancel: cancel, trace: r.trace, shown: shown}, nil
}

// open makes a request, and again as often as --retry says when it failed for a
// passing reason.
func (r *caller) open(ctx context.Context, request netsuite.Request) (answer *incoming, err error) {
	tries := r.options.login.Retry
	retry := netsuite.Retry{Max: tries, Temporary: r.passing(request), Waiting: func(try int, err error, wait time.Duration) {
		fmt.Fprintf(r.Stderr, "nsauth: try %d of %d: %v; the next one in %s\n", try, tries+1, err, wait.Round(100*time.Millisecond))
	}}
	err = retry.Do(ctx, func(_ context.Context, _ int) (err error) { // not with its context, which ends before the body
		if answer != nil {
			drain(answer)
		}
		if answer, err = r.authorized(ctx, request); err != nil {
			return err
		}
		if answer.Status < 400 {
			return nil
		}
		answer.look()
		return netsuite.APIErrorFrom(answer.Answer)
	})
	if answer != nil {
		return answer, nil
	}
	return nil, err
}

// passing says which errors of a request go away by themselves. What may have
// changed something is not sent again unless it was refused unseen.
func (r *caller) passing(request netsuite.Request) func(error) bool {
	once := r.target.changes() && (request.Method == http.MethodPost || request.Method == http.MethodPatch)
	return func(err error) bool {
		var refused *netsuite.APIError
		if errors.As(err, &refused) && (refused.Answer.Status == http.StatusTooManyRequests || refused.Code == "SSS_REQUEST_LIMIT_EXCEEDED") {
			return true
		}
		return !once && netsuite.Temporary(err)
	}
}

// authorized makes a request, and once more with a new token when the first is
// refused.
func (r *caller) authorized(ctx context.Context, request netsuite.Request) (*incoming, error) {
	answer, err := r.send(ctx, request)
	if err != nil || answer.Status != http.StatusUnauthorized || r.line.Seen.Own {
		return answer, err
	}
	drain(answer)
	refused := r.line.Seen.Token
	if !r.renew(ctx) {
		if r.line.Seen.Token == nil {
			r.line.Seen.Token = refused // the call was made with it
		}
		return nil, errNoToken
	}
	return r.send(ctx, request)
}

// errNoToken says that there is no token any more: why is in the pipeline.
var errNoToken = errors.New("no access token")

// drain reads what there is of an answer that nobody gets, so that its connection
// can be used again, and closes it.
func drain(answer *incoming) {
	_, _ = io.Copy(io.Discard, io.LimitReader(answer, netsuite.MaxBody))
	answer.Close()
}

// once makes a call of one request and hands its answer over.
func (r *caller) once(ctx context.Context, request netsuite.Request) error {
	answer, err := r.open(ctx, request)
	if err != nil {
		return r.failed(request, err)
	}
	defer answer.Close()
	if err := r.body(ctx, answer); err != nil {
		var broken *netsuite.ConnectError
		if errors.As(err, &broken) {
			return r.explain(answer.request, answer.Answer, err, nil)
		}
		return err
	}
	if _, bad := checks.JudgeAnswer(answer.request, answer.Answer, false); bad {
		r.settle(ctx, answer)
		return r.explain(answer.request, answer.Answer, nil, nil)
	}
	return nil
}

// body writes the answer's body to standard output, or what --jq makes of it. The
// error is a *netsuite.ConnectError if the body broke off.
func (r *caller) body(ctx context.Context, answer *incoming) error {
	if r.options.include {
		if err := writeHeader(r.Stdout, answer.Answer); err != nil {
			return err
		}
	}
	if r.filter == nil || !answer.ok() {
		return r.copyBody(answer)
	}
	whole, err := readWhole(answer)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(r.Stdout)
	defer out.Flush()
	if err := r.filter.run(ctx, out, whole); err != nil {
		return err
	}
	return out.Flush()
}

// settle makes the call by ID that tells two causes of a refusal apart, if the
// refusal has them and such a call is at hand.
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
func (r *caller) failed(request netsuite.Request, err error) error {
	var broken *netsuite.ConnectError
	switch {
	case errors.Is(err, errNoToken):
		return r.line.Explain(r.command.Context(), "call")
	case errors.As(err, &broken):
		return r.explain(request, broken.Answer, err, nil)
	}
	return err
}

// explain says why the call did not get what it was made for.
func (r *caller) explain(request netsuite.Request, a *netsuite.Answer, err error, f *finding.Finding) error {
	request.AccessToken = r.line.Seen.Token.AccessToken
	r.line.Seen.Call = &checks.Call{Request: request, Answer: a, Err: err, Finding: f}
	return r.line.Explain(r.command.Context(), "call")
}

// writeHeader writes status and headers as HTTP has them.
func writeHeader(w io.Writer, a *netsuite.Answer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %d %s\r\n", a.Protocol, a.Status, http.StatusText(a.Status))
	if err := a.Header.Write(&b); err != nil {
		return err
	}
	b.WriteString("\r\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// ownToken reads --access-token-file: the token itself, the header that has it, or
// the answer of a token endpoint.
func (r *caller) ownToken(ctx context.Context) (*netsuite.Token, error) {
	text, err := cli.UnlessInterrupted(ctx, func() (string, error) { return r.ReadNamed(r.options.token, maxToken) })
	if err != nil {
		return nil, err
	}
	text = tokenIn(text)
	if text == "" {
		return nil, cli.Fail(finding.UsageConfig, "--access-token-file holds no access token",
			"one line is expected: the token, Authorization: Bearer TOKEN, or the JSON that the token endpoint answered")
	}
	return &netsuite.Token{AccessToken: netsuite.NewSecret(text)}, nil
}
