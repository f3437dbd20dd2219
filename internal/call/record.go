package call

import (
	"bytes"
	"encoding/json"
	"sync"
	"time"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/secret"
	"github.com/nsauth/nsauth/netsuite"
)

// Recorder keeps the requests of an examination and their answers, without secrets.
type Recorder struct {
	now func() time.Time

	mu        sync.Mutex
	exchanges []*exchange
}

// NewRecorder returns an empty Recorder.
func NewRecorder(now func() time.Time) *Recorder { return &Recorder{now: now} }

// Token keeps a token request.
func (r *Recorder) Token(client *netsuite.Client, began time.Time, issued *netsuite.Token, err error) {
	x, answer, err := tokenExchange(client, began, issued, err)
	r.keep(x, answer, err)
}

// Call keeps a request of the API.
func (r *Recorder) Call(client *netsuite.Client, began time.Time, q netsuite.Request, a *netsuite.Answer, err error) {
	if !q.AccessToken.IsZero() {
		q.AccessToken = netsuite.NewSecret(secret.Placeholder)
	}
	request, wrong := client.HTTPRequest(q)
	if wrong != nil {
		return // nothing was sent
	}
	r.keep(&exchange{request: request, body: q.Body, began: began}, withoutToken(a), err)
}

func (r *Recorder) keep(x *exchange, a *netsuite.Answer, err error) {
	if x == nil {
		return
	}
	x.answer, x.err, x.ended = a, err, r.now()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.exchanges = append(r.exchanges, x)
}

// Archive is what was kept, as an HTTP Archive. m replaces its IDs and those
// of the profile p; nil shows them.
func (r *Recorder) Archive(by finding.Tool, p *profile.Profile, m *report.Masker) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	entries := []harEntry{}
	for _, x := range r.exchanges {
		entries = append(entries, x.entry())
	}
	if m != nil && p != nil {
		entries = maskWith(m, p, entries)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(map[string]any{"log": map[string]any{"version": "1.2", "creator": by, "entries": entries}})
	return b.Bytes(), err
}
