package netsuite

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// Token is an access token as the token endpoint issued it.
type Token struct {
	AccessToken Secret        // what calls are made with
	TokenType   string        // "bearer" in NetSuite's help, "Bearer" in its samples
	Received    time.Time     // by [Options].Now
	ExpiresIn   time.Duration // since Received; 0 if not stated
	Scope       []string      // nil if not stated, which means: as asked for
	// Answer brought the token; its body has a placeholder where the token was. It
	// is nil for a token that was kept somewhere.
	Answer *Answer
}

// A token is replaced renewBefore its end, so that no request is under way with
// one that ends, and up to renewJitter earlier, at random, so that programs which
// were started together do not all ask at once.
const (
	renewBefore = 5 * time.Minute
	renewJitter = 30 * time.Second
)

// Expiry is when the token expires, zero if the server did not say. It is wall-clock
// time: the monotonic clock stands still while a machine sleeps, and tokens expire
// anyway.
func (t *Token) Expiry() time.Time {
	if t.ExpiresIn == 0 {
		return time.Time{}
	}
	return t.Received.Round(0).Add(t.ExpiresIn)
}

// RenewAt is when it is time for another token: five minutes before the end and
// at random up to 30 seconds earlier, so each call gives another time. A token that
// lives less than twenty minutes has a quarter of its life left by then. Zero, which
// is always past, if the server did not say when the token expires.
func (t *Token) RenewAt() time.Time {
	if t.ExpiresIn == 0 {
		return time.Time{}
	}
	before := min(renewBefore, t.ExpiresIn/4)
	jitter := rand.N(min(renewJitter, before/4) + 1)
	return t.Expiry().Add(-before - jitter)
}

func (t *Token) plain() *oauth2.Token {
	return &oauth2.Token{AccessToken: t.AccessToken.Reveal(), TokenType: t.TokenType, Expiry: t.Expiry(),
		ExpiresIn: int64(t.ExpiresIn / time.Second)}
}

// TokenForm is the body of a token request, and all that is in it. The values
// hold the assertion: they are to be sent, not shown.
// Sources: Oracle NetSuite Help, page section_162755359851; RFC 7523, section 2.2.
func TokenForm(assertion string) url.Values {
	return url.Values{
		"grant_type":            {"client_credentials"},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		"client_assertion":      {assertion},
	}
}

// Exchange sends a signed client assertion to the token endpoint, once. The
// error is a [*TokenError] if the endpoint answered, a [*ConnectError] if it did
// not, and a [*ValueError] if nothing was sent.
func (c *Client) Exchange(ctx context.Context, assertion string) (*Token, error) {
	r, err := c.exchange(assertion)
	if err != nil {
		return nil, err
	}
	answer, err := c.send(ctx, r)
	if err != nil {
		return nil, err
	}
	return answer.token()
}

// TokenRequest is the request that Exchange sends, for showing: give it a
// placeholder in place of the assertion.
func (c *Client) TokenRequest(assertion string) (*http.Request, error) {
	r, err := c.exchange(assertion)
	if err != nil {
		return nil, err
	}
	return c.request(context.Background(), r)
}

func (c *Client) exchange(assertion string) (call, error) {
	if c.tokenURL == nil {
		return call{}, &ValueError{Name: "TokenURL", Reason: "missing"}
	}
	if assertion == "" {
		return call{}, &ValueError{Name: "assertion", Reason: "missing"}
	}
	form := TokenForm(assertion)
	if c.scope != "" {
		form.Set("scope", c.scope)
	}
	return call{
		method: http.MethodPost,
		url:    c.tokenURL,
		header: http.Header{
			"Content-Type": {"application/x-www-form-urlencoded"},
			"Accept":       {"application/json"},
		},
		body:   []byte(form.Encode()),
		secret: assertion,
		issues: true,
	}, nil
}

// token reads an answer of the token endpoint and puts a placeholder where the
// access token was.
func (a *rawAnswer) token() (*Token, error) {
	m := members(a.raw)
	if a.Status/100 == 2 && !a.Truncated {
		if text := stringMember(m, "access_token"); text != "" && sendable(text) {
			a.hide(text)
			return &Token{
				AccessToken: NewSecret(text),
				TokenType:   oneLine(stringMember(m, "token_type"), maxCode),
				Received:    a.Received,
				ExpiresIn:   expiresIn(m["expires_in"]),
				Scope:       scopes(m["scope"]),
				Answer:      a.Answer,
			}, nil
		}
	}
	// From the cleaned body, so that an echo of the assertion stays out.
	m = members(a.Body)
	return nil, &TokenError{
		Answer:          a.Answer,
		Code:            errorCode(stringMember(m, "error")),
		Description:     oneLine(stringMember(m, "error_description"), maxText),
		WWWAuthenticate: oneLine(strings.Join(a.Header.Values("WWW-Authenticate"), ", "), maxText),
	}
}

// sendable reports whether s can stand in an Authorization header.
func sendable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}

// members are the members of a JSON object; nil if body is not one.
func members(body []byte) map[string]json.RawMessage {
	var m map[string]json.RawMessage
	if json.Unmarshal(body, &m) != nil {
		return nil
	}
	return m
}

// stringMember is the text of a member, "" if it is absent or no string.
func stringMember(m map[string]json.RawMessage, name string) string {
	var s string
	if json.Unmarshal(m[name], &s) != nil {
		return ""
	}
	return s
}

// maxLifetime bounds what is believed as a lifetime. NetSuite's is an hour.
const maxLifetime = 10 * 365 * 24 * time.Hour

// expiresIn reads a number of seconds, or a string that holds one, which some
// servers send. Anything else counts as not stated.
func expiresIn(raw json.RawMessage) time.Duration {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		s = string(raw)
	}
	seconds, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || !(seconds > 0) || seconds > maxLifetime.Seconds() {
		return 0
	}
	return time.Duration(seconds * float64(time.Second))
}

// scopes reads the space-separated list of RFC 6749, section 3.3, or an array.
func scopes(raw json.RawMessage) []string {
	var list []string
	if json.Unmarshal(raw, &list) == nil {
		return list
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return nil
	}
	return strings.Fields(s)
}
