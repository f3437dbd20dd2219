package call

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/login"
	"github.com/nsauth/nsauth/internal/secret"
	"github.com/nsauth/nsauth/internal/text"
	"github.com/nsauth/nsauth/netsuite"
)

// exchange is one request and what came of it.
type exchange struct {
	// request is as it was sent, with a placeholder where a secret was; its body is
	// body.
	request *http.Request
	body    []byte
	answer  *netsuite.Answer // nil if there was none
	err     error            // why there is no whole answer, nil if there is
	// began and ended are before the request and after the answer's body; ended is
	// zero until then. size is the body's, which may be longer than what answer holds.
	began, ended time.Time
	size         int64
}

// tracer shows what is sent and received, without secrets: on standard error with
// --verbose, into an archive with --har. What keeps the archive from being written
// is told once, at the end.
type tracer struct {
	now     func() time.Time
	verbose io.Writer // nil without --verbose
	archive *archive
	path    string
	mask    func(harEntry) harEntry // as --mask-ids wants it; nil for no mask

	mu      sync.Mutex  // a page may be sent for while the one before is being read
	pending []*exchange // in the order of sending, which is the archive's
	err     error
}

func (r *caller) newTracer() (*tracer, error) {
	t := &tracer{now: r.Now, path: r.options.HAR}
	if r.MaskIDs {
		t.mask = func(e harEntry) harEntry { return mask(r.line.Profile, e) }
	}
	if r.options.Verbose {
		t.verbose = r.masking(r.Stderr)
	}
	if t.path == "" {
		return t, nil
	}
	var err error
	t.archive, err = createArchive(t.path, r.Tool.Name, r.Tool.Version)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil, cli.Fail(finding.IOExists, t.path+" already exists; not overwritten", "give a new file with --har")
	case err != nil:
		return nil, cli.Fail(finding.IOWrite, t.path+" cannot be written: "+text.WithoutPath(err).Error())
	}
	return t, nil
}

func (t *tracer) off() bool { return t.verbose == nil && t.archive == nil }

// token shows a token request that the pipeline made.
func (t *tracer) token(l *login.Pipeline, began time.Time, issued *netsuite.Token, err error) {
	if t.off() {
		return
	}
	x, answer, err := tokenExchange(l.Client, began, issued, err)
	if x == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pending = append(t.pending, x)
	t.showRequest(x, func(string) bool { return true })
	t.showAnswer(answer)
	if answer != nil && t.verbose != nil && len(answer.Body) > 0 {
		fmt.Fprintf(t.verbose, "< %s\n", printable(answer.Body))
	}
	t.note(x, answer, 0, err)
}

// tokenExchange is a token request as it was sent, without the assertion, and its answer
// without the token. It is nil if nothing was sent.
func tokenExchange(client *netsuite.Client, began time.Time, issued *netsuite.Token, err error) (*exchange, *netsuite.Answer, error) {
	const placeholder = "ASSERTION"
	request, wrong := client.TokenRequest(placeholder)
	if wrong != nil {
		return nil, nil, err
	}
	body, wrong := io.ReadAll(request.Body)
	if wrong != nil {
		return nil, nil, err
	}
	x := &exchange{request: request, body: bytes.Replace(body, []byte(placeholder), []byte(secret.Placeholder), 1), began: began}
	var refused *netsuite.TokenError
	switch {
	case issued != nil:
		return x, withoutToken(issued.Answer), err
	case errors.As(err, &refused):
		return x, withoutToken(refused.Answer), nil // it is an answer anyway
	}
	return x, nil, err
}

// sending shows a request that is about to be sent; nil if it is not to be shown.
func (t *tracer) sending(client *netsuite.Client, r netsuite.Request, added func(string) bool) *exchange {
	if t.off() {
		return nil
	}
	r.AccessToken = netsuite.NewSecret(secret.Placeholder)
	request, err := client.HTTPRequest(r)
	if err != nil {
		return nil // it is not sent either
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	x := &exchange{request: request, body: r.Body, began: t.now()}
	t.pending = append(t.pending, x)
	t.showRequest(x, added)
	// Masked, it could not be compared with that of another program.
	if r.TBA != nil && t.verbose != nil && t.mask == nil {
		if signed, err := r.TBA.Sign(request); err == nil {
			fmt.Fprintf(t.verbose, "* signature base string: %s\n", signed.BaseString)
		}
	}
	return x
}

func (t *tracer) showRequest(x *exchange, added func(string) bool) {
	if t.verbose != nil {
		_ = writeRequest(t.verbose, x.request, x.body, added)
	}
}

// answered shows status and headers of an answer.
func (t *tracer) answered(a *netsuite.Answer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.showAnswer(a)
}

func (t *tracer) showAnswer(a *netsuite.Answer) {
	if t.verbose == nil || a == nil {
		return
	}
	fmt.Fprintf(t.verbose, "< %s %d %s\n", a.Protocol, a.Status, http.StatusText(a.Status))
	for _, name := range slices.Sorted(maps.Keys(a.Header)) {
		for _, v := range a.Header.Values(name) {
			if slices.Contains(secretHeaders, http.CanonicalHeaderKey(name)) {
				v = secret.Placeholder
			}
			fmt.Fprintf(t.verbose, "< %s: %s\n", printable([]byte(name)), printable([]byte(v)))
		}
	}
}

// done writes an exchange down.
func (t *tracer) done(x *exchange, a *netsuite.Answer, size int64, err error) {
	if x == nil || t.off() {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.note(x, a, size, err)
}

func (t *tracer) note(x *exchange, a *netsuite.Answer, size int64, err error) {
	if err != nil && t.verbose != nil {
		fmt.Fprintf(t.verbose, "* %s\n", printable([]byte(err.Error())))
	}
	x.answer, x.size, x.err, x.ended = a, size, err, t.now()
	for len(t.pending) > 0 && !t.pending[0].ended.IsZero() {
		t.add(t.pending[0])
		t.pending = t.pending[1:]
	}
}

func (t *tracer) add(x *exchange) {
	if t.archive != nil && t.err == nil {
		entry := x.entry()
		if t.mask != nil {
			entry = t.mask(entry)
		}
		t.err = t.archive.add(entry)
	}
}

func (t *tracer) close() error {
	if t == nil || t.archive == nil {
		return nil
	}
	for _, x := range t.pending { // behind one that was given up
		if !x.ended.IsZero() {
			t.add(x)
		}
	}
	err := t.archive.close()
	if t.err != nil {
		err = t.err
	}
	if err != nil {
		return cli.Fail(finding.IOWrite, t.path+" could not be written: "+text.WithoutPath(err).Error())
	}
	return nil
}

// maxShown bounds what is shown of a request's body.
const maxShown = 4 << 10

// writeRequest writes a request for people: > before what the person gave, + before
// the headers that nsauth added.
func writeRequest(w io.Writer, r *http.Request, body []byte, added func(name string) bool) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "> %s %s\n", r.Method, r.URL)
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		mark := ">"
		if added(name) {
			mark = "+"
		}
		for _, v := range r.Header.Values(name) {
			fmt.Fprintf(b, "%s %s: %s\n", mark, name, printable([]byte(v)))
		}
	}
	switch {
	case len(body) == 0:
	case !utf8.Valid(body):
		fmt.Fprintf(b, "> (%d bytes of binary data)\n", len(body))
	default:
		shown := body[:min(len(body), maxShown)]
		for line := range strings.SplitSeq(strings.TrimRight(strings.ToValidUTF8(string(shown), ""), "\n"), "\n") {
			fmt.Fprintf(b, "> %s\n", printable([]byte(line)))
		}
		if more := len(body) - len(shown); more > 0 {
			fmt.Fprintf(b, "> (%d bytes more)\n", more)
		}
	}
	return b.Flush()
}

// show prints the request of a --dry-run.
func (r *caller) show(client *netsuite.Client, request netsuite.Request) error {
	request.AccessToken, request.TBA = netsuite.NewSecret(secret.Placeholder), r.tba
	shown, err := client.HTTPRequest(request)
	if err != nil {
		return err
	}
	if err := writeRequest(r.masking(r.Stdout), shown, request.Body, r.target.added); err != nil {
		return err
	}
	fmt.Fprintln(r.Stderr, "nsauth: note: --dry-run: nothing was sent; + marks the headers that nsauth adds")
	return nil
}
