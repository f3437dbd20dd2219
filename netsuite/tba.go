package netsuite

import (
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/secret"
)

// TBA signs requests with a token of token-based authentication (OAuth 1.0, RFC 5849),
// as [Request].TBA or in a session of [Client.NewTBASession]. The algorithm is
// HMAC-SHA256, the only one that NetSuite accepts.
type TBA struct {
	Account        Account // its ID is the realm: upper case, with an underscore
	ConsumerKey    string  // of the integration record
	ConsumerSecret Secret
	TokenID        string // of the access token
	TokenSecret    Secret
	// Now is the clock of the timestamp, which NetSuite accepts within five minutes; nil
	// means that of the [Client], else [time.Now].
	Now func() time.Time
	// Nonce returns a text that is never used twice with the same timestamp; nil means
	// random ones.
	Nonce func() string
}

// Signature is the OAuth 1.0 signature of one request.
type Signature struct {
	// BaseString is what was signed. It has no secret: those are only in the key. To find
	// out why a signature is invalid, compare it with the one of another program.
	BaseString string
	Header     Secret // the value of the Authorization header
	Value      Secret // the signature alone, in base64
}

// Sign signs a request without changing it. The body counts only if it is a form
// (application/x-www-form-urlencoded) that GetBody returns. Each call has its own
// timestamp and nonce: sign again before a request is repeated. The error is a
// [*ValueError], or that of GetBody.
func (t TBA) Sign(r *http.Request) (*Signature, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	form, err := formOf(r)
	if err != nil {
		return nil, err
	}
	now, nonce := t.Now, t.Nonce
	if now == nil {
		now = time.Now
	}
	if nonce == nil {
		nonce = rand.Text
	}
	own := []parameter{{"oauth_consumer_key", t.ConsumerKey}, {"oauth_token", t.TokenID}, {"oauth_signature_method", "HMAC-SHA256"},
		{"oauth_timestamp", strconv.FormatInt(now().Unix(), 10)}, {"oauth_nonce", nonce()}, {"oauth_version", "1.0"}}
	base, err := baseString(r.Method, r.URL, form, own)
	if err != nil {
		return nil, err
	}
	value := sign(sha256.New, base, t.ConsumerSecret, t.TokenSecret)
	header := `OAuth realm="` + t.Account.ID + `"`
	for _, p := range append(own, parameter{"oauth_signature", value}) {
		header += ", " + p.name + `="` + percentEncode(p.value) + `"`
	}
	return &Signature{BaseString: base, Header: NewSecret(header), Value: NewSecret(value)}, nil
}

// check finds a missing or impossible value.
func (t TBA) check() error {
	for _, v := range []struct{ name, value string }{{"Account", t.Account.ID}, {"ConsumerKey", t.ConsumerKey},
		{"ConsumerSecret", t.ConsumerSecret.Reveal()}, {"TokenID", t.TokenID}, {"TokenSecret", t.TokenSecret.Reveal()}} {
		switch {
		case v.value == "":
			return &ValueError{Name: v.name, Reason: "missing"}
		case !sendable(v.value):
			return &ValueError{Name: v.name, Reason: "characters"}
		}
	}
	return nil
}

// parameter is a name and a value, decoded or encoded.
type parameter struct{ name, value string }

// baseString is the signature base string of RFC 5849, section 3.4.1. own are the
// parameters of the Authorization header without realm and signature.
func baseString(method string, u *url.URL, form string, own []parameter) (string, error) {
	all := slices.Clone(own)
	for _, encoded := range []string{u.RawQuery, form} {
		for pair := range strings.SplitSeq(encoded, "&") {
			if pair == "" {
				continue
			}
			name, value, _ := strings.Cut(pair, "=")
			var p parameter
			var err error
			if p.name, err = url.QueryUnescape(name); err == nil {
				p.value, err = url.QueryUnescape(value)
			}
			if err != nil { // no two programs read such an escape alike
				return "", &ValueError{Name: "URL", Reason: "characters"}
			}
			all = append(all, p)
		}
	}
	for i, p := range all {
		all[i] = parameter{percentEncode(p.name), percentEncode(p.value)}
	}
	slices.SortFunc(all, func(a, b parameter) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.value, b.value))
	})
	pairs := make([]string, len(all))
	for i, p := range all {
		pairs[i] = p.name + "=" + p.value
	}
	return percentEncode(cmp.Or(strings.ToUpper(method), http.MethodGet)) + "&" + percentEncode(baseURI(u)) + "&" +
		percentEncode(strings.Join(pairs, "&")), nil
}

// baseURI is the URL without its query and default port (RFC 5849, section 3.4.1.2). The
// path is escaped as it is sent.
func baseURI(u *url.URL) string {
	scheme, host := strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	if h, port, err := net.SplitHostPort(host); err == nil && (scheme == "https" && port == "443" || scheme == "http" && port == "80") {
		if host = h; strings.Contains(h, ":") {
			host = "[" + h + "]"
		}
	}
	return scheme + "://" + host + cmp.Or(u.EscapedPath(), "/")
}

// sign is the signature of a base string (RFC 5849, section 3.4.2). Only a test has
// another hash, for the examples of the RFC.
func sign(hash func() hash.Hash, base string, consumer, token Secret) string {
	mac := hmac.New(hash, []byte(percentEncode(consumer.Reveal())+"&"+percentEncode(token.Reveal())))
	io.WriteString(mac, base)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// percentEncode encodes all but the unreserved characters (RFC 5849, section 3.6).
func percentEncode(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// formOf is the body of a request if it is a form, whose parameters are signed.
func formOf(r *http.Request) (string, error) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "application/x-www-form-urlencoded" || replayable(r) && r.GetBody == nil {
		return "", nil
	}
	if r.GetBody == nil {
		return "", &ValueError{Name: "Body", Reason: "unsignable"}
	}
	body, err := r.GetBody()
	if err != nil {
		return "", err
	}
	defer body.Close()
	form, err := io.ReadAll(body)
	return string(form), err
}

// hidden are the forms of a signature that an answer may repeat: as it is, and escaped.
// The longer one is the first.
func (s *Signature) hidden() []string {
	value := strings.TrimRight(s.Value.Reveal(), "=")
	return slices.Compact([]string{percentEncode(value), value})
}

// displayed is the header with a placeholder in place of the signature.
func (s *Signature) displayed() string {
	return strings.Replace(s.Header.Reveal(), percentEncode(s.Value.Reveal()), secret.Placeholder, 1)
}

// NewTBASession makes a session that signs each request with t, instead of sending an
// access token. It retries as a session of [Client.NewSession] does, with a new signature
// each time, but not after a 401. The error is a [*ValueError].
func (c *Client) NewTBASession(t TBA, retry Retry) (*Session, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	return &Session{client: c, tba: &t, retry: retry}, nil
}

// sign signs a request that is about to be sent.
func (c *Client) sign(r *http.Request, t TBA) (*Signature, error) {
	if t.Now == nil {
		t.Now = c.now
	}
	signed, err := t.Sign(r)
	if err == nil {
		r.Header.Set("Authorization", signed.Header.Reveal())
	}
	return signed, err
}
