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

	"github.com/nsauth/nsauth/internal/text"
)

// Token is an access token from the token endpoint.
type Token struct {
	AccessToken Secret
	TokenType   string        // "bearer" in NetSuite's help, "Bearer" in its samples
	Received    time.Time     // by [Options].Now
	ExpiresIn   time.Duration // since Received; 0 if not stated
	Scope       []string      // nil if not stated: the requested scopes
	// Answer is the endpoint's answer, with a placeholder for the token. It is nil for
	// a cached token.
	Answer *Answer
}

// A token is renewed renewBefore it expires, so that it does not expire during a
// request. It is renewed up to renewJitter earlier, at random, so that programs that
// were started together do not renew together.
const (
	renewBefore = 5 * time.Minute
	renewJitter = 30 * time.Second
)

// Expiry is when the token expires, zero if the server did not say. It is wall-clock
// time: the monotonic clock stops while a machine sleeps.
func (t *Token) Expiry() time.Time {
	if t.ExpiresIn == 0 {
		return time.Time{}
	}
	return t.Received.Round(0).Add(t.ExpiresIn)
}

// RenewAt is when to renew the token: five minutes before it expires, minus a random
// part of 30 seconds that differs for each call. A token with a lifetime under twenty
// minutes is renewed when a quarter of it is left. It is zero, which is always in the
// past, if the server did not state a lifetime.
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

// TokenForm is the complete body of a token request. It contains the assertion: do
// not print it.
// Sources: Oracle NetSuite Help, page section_162755359851; RFC 7523, section 2.2.
func TokenForm(assertion string) url.Values {
	return url.Values{
		"grant_type":            {"client_credentials"},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		"client_assertion":      {assertion},
	}
}

// Exchange sends a signed client assertion to the token endpoint, once. The error
// is a [*TokenError] if the endpoint answered, a [*ConnectError] if it did not, and
// a [*ValueError] if nothing was sent.
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

// TokenRequest is the request that Exchange would send, for display. Pass a
// placeholder as the assertion.
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

// token reads an answer of the token endpoint and hides the access token in it.
func (a *rawAnswer) token() (*Token, error) {
	m := members(a.raw)
	if a.Status/100 == 2 && !a.Truncated {
		if issued := stringMember(m, "access_token"); issued != "" && sendable(issued) {
			a.hide(secretParts(issued))
			return &Token{
				AccessToken: NewSecret(issued),
				TokenType:   oneLine(stringMember(m, "token_type"), maxCode),
				Received:    a.Received,
				ExpiresIn:   expiresIn(m["expires_in"]),
				Scope:       scopes(m["scope"]),
				Answer:      a.Answer,
			}, nil
		}
	}
	// From the cleaned body, which cannot hold the assertion.
	m = members(a.Body)
	return nil, &TokenError{
		Answer:          a.Answer,
		Code:            errorCode(stringMember(m, "error")),
		Description:     oneLine(stringMember(m, "error_description"), maxText),
		WWWAuthenticate: oneLine(strings.Join(a.Header.Values("WWW-Authenticate"), ", "), maxText),
	}
}

// sendable reports whether s is allowed in an Authorization header.
func sendable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}

// members are the members of a JSON object; nil if body is not an object.
func members(body []byte) map[string]json.RawMessage {
	var m map[string]json.RawMessage
	if json.Unmarshal(text.TrimBOM(body), &m) != nil {
		return nil
	}
	return m
}

// stringMember is a string member, "" if it is absent or has another type.
func stringMember(m map[string]json.RawMessage, name string) string {
	var s string
	if json.Unmarshal(m[name], &s) != nil {
		return ""
	}
	return s
}

// maxLifetime is the longest valid lifetime. NetSuite's is an hour.
const maxLifetime = 10 * 365 * 24 * time.Hour

// expiresIn reads a number of seconds, or a string with one, as some servers send.
// It is 0 for anything else.
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
