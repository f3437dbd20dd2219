package emulatortest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
)

// Signer signs requests with a token of token-based authentication. It is independent
// of the server's verification.
type Signer struct {
	Realm, ConsumerKey, ConsumerSecret, TokenID, TokenSecret string

	At     time.Time
	Nonce  string
	Method string                  // of the signature; "" means HMAC-SHA256
	Change func(map[string]string) // of the parameters, before they are signed
	Spoil  func(map[string]string) // after
}

// SignerOf signs with a token of an account.
func SignerOf(a account.Account, number int, at time.Time) *Signer {
	t := a.Tokens[number]
	i := slices.IndexFunc(a.Integrations, func(i account.Integration) bool { return i.ClientID == t.ClientID })
	return &Signer{Realm: a.ID, ConsumerKey: t.ClientID, ConsumerSecret: a.Integrations[i].ConsumerSecret, TokenID: t.ID, TokenSecret: t.Secret, At: at, Nonce: "0123456789abcdef"}
}

// escape is RFC 5849's encoding: of what url.QueryEscape does otherwise, the space.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// Sign adds the Authorization header.
func (s *Signer) Sign(r *http.Request) *http.Request {
	if s.Method == "" {
		s.Method = "HMAC-SHA256"
	}
	params := map[string]string{"oauth_consumer_key": s.ConsumerKey, "oauth_token": s.TokenID, "oauth_signature_method": s.Method,
		"oauth_timestamp": fmt.Sprint(s.At.Unix()), "oauth_nonce": s.Nonce, "oauth_version": "1.0"}
	if s.Change != nil {
		s.Change(params)
	}
	var lines []string
	for name, value := range params {
		lines = append(lines, escape(name)+"="+escape(value))
	}
	for name, values := range r.URL.Query() {
		for _, value := range values {
			lines = append(lines, escape(name)+"="+escape(value))
		}
	}
	slices.Sort(lines)
	base := r.Method + "&" + escape("https://"+r.URL.Host+r.URL.EscapedPath()) + "&" + escape(strings.Join(lines, "&"))
	mac := hmac.New(sha256.New, []byte(escape(s.ConsumerSecret)+"&"+escape(s.TokenSecret)))
	mac.Write([]byte(base))
	params["oauth_signature"], params["realm"] = base64.StdEncoding.EncodeToString(mac.Sum(nil)), s.Realm
	if s.Spoil != nil {
		s.Spoil(params)
	}
	var header []string
	for name, value := range params {
		header = append(header, name+`="`+escape(value)+`"`)
	}
	r.Header.Set("Authorization", "OAuth "+strings.Join(header, ", "))
	return r
}

// AddToken gives an account a token of token-based authentication, for its first
// integration record.
func AddToken(a *account.Account) {
	a.Integrations[0].ConsumerSecret = "consumer & secret/1"
	role := Role()
	role.Permissions = append(role.Permissions, account.PermissionLoginTBA)
	a.Tokens = append(a.Tokens, account.Token{Name: "main token", ClientID: a.Integrations[0].ClientID, ID: "7a6b5c", Secret: "token secret%2", Role: role,
		Entity: account.Entity{ID: 1042, Name: "Integration User"}, Created: Noon.Add(-24 * time.Hour)})
}
