package oauth

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/exchange"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// TokenLifetime is what Oracle documents (section_162755359851).
const TokenLifetime = time.Hour

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// Token judges the whole request, then its assertion, so that the verdict lists every
// error. The first refusal decides the answer.
func (s *Server) Token(x *exchange.Exchange) exchange.Answer {
	raw, clientID := s.judgeForm(x)
	wellFormed := len(x.Verdict.Refusals) == 0

	j := &judgement{}
	if raw != "" {
		x.Verdict.Habits = append(x.Verdict.Habits, habitsOfAssertion(raw, x.Account)...)
		x.Verdict.AssertionSHA256 = fmt.Sprintf("%x", sha256.Sum256([]byte(raw)))
		seen := s.sent.before(x.Account.Label + " " + x.Verdict.AssertionSHA256)
		j = judger{x.Account, x.Now, s.accepts, s.config.NarrowScope, seen}.judge(raw)
		if seen && !j.refused("assertion.reused") {
			x.Verdict.Habits = append(x.Verdict.Habits, verdict.HabitReused)
		}
		x.Verdict.ClientID, x.Verdict.CertificateID = j.clientID, j.certificateID
		if clientID != "" && j.clientID != "" && clientID != j.clientID {
			x.Refuse("request.client-id-mismatch", "the parameter client_id is not the assertion's iss (RFC 7521 section 4.2)")
			wellFormed = false
		}
		x.Verdict.Refusals = append(x.Verdict.Refusals, j.refusals...)
	}
	a := s.tokenAnswer(x, j, wellFormed)
	x.Note(j.mapping, a.Status)
	return a
}

func (s *Server) tokenAnswer(x *exchange.Exchange, j *judgement, wellFormed bool) exchange.Answer {
	switch {
	case !wellFormed:
		first := x.Verdict.Refusals[0]
		a := oauthAnswer(verdict.OAuthCode(first.Code), x.Account.ID, verdict.Guess)
		if first.Code == "request.wrong-method" {
			a.Status = http.StatusMethodNotAllowed
			a.Header["Allow"] = http.MethodPost
		}
		return a
	case j.accepted():
		token, err := s.issue(x.Account, j.mapping, j.scope, x.Now)
		if err != nil {
			return exchange.UnexpectedError()
		}
		a := exchange.JSON(http.StatusOK, exchange.TypeJSON, verdict.Official, tokenResponse{token, s.config.ExpiresIn.write(TokenLifetime), "Bearer"})
		a.Header = map[string]string{"Cache-Control": "no-store", "Pragma": "no-cache"}
		return a
	case s.config.Errors == ErrorsOAuth && len(j.refusals) > 0:
		return oauthAnswer(verdict.OAuthCode(j.refusals[0].Code), x.Account.ID, verdict.Guess)
	}
	return bareServerError()
}

type tokenResponse struct {
	AccessToken string `json:"access_token"`
	ExpiresIn   any    `json:"expires_in"` // seconds, as a number or a string
	TokenType   string `json:"token_type"`
}

// judgeForm judges the request without its assertion (Oracle NetSuite Help,
// section_162755359851; RFC 6749 section 3.2). It returns the assertion and the
// parameter client_id, each "" if missing.
func (s *Server) judgeForm(x *exchange.Exchange) (assertion, clientID string) {
	r := x.Request
	posted := r.Method == http.MethodPost
	if posted {
		judgeContentType(x)
	} else {
		x.Refuse("request.wrong-method", "the method is "+verdict.LogText(r.Method, 20)+", not POST")
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		x.Refuse("request.incomplete", exchange.Incomplete(err))
		return "", ""
	}
	form, ok := readParameters(x, body)
	if !ok {
		x.Refuse("request.malformed", "the body is not form-urlencoded")
		return "", ""
	}
	query := r.URL.Query()
	switch {
	case posted:
	case len(form) > 0:
	case len(query) > 0: // a consequence of the method, which was refused above
		form, query = query, nil
	default: // someone opened the URL in a browser
		return "", ""
	}
	x.Verdict.Habits = append(x.Verdict.Habits, habitsOfForm(r.Header, form)...)
	if by := secretFlow(r.Header, form, query); by != "" {
		x.Refuse("request.client-secret-flow", by+" in place of an assertion; NetSuite's client credentials flow has no client secret")
		return "", form.Get("client_id")
	}
	if _, there := r.Header["Authorization"]; there && !s.accepts[verdict.HabitBasicHeader] {
		x.Refuse("request.client-authentication", "an Authorization header in addition to the assertion")
	}
	decodeTwice(x, form)
	judgeParameters(x, form, query)
	for _, h := range []struct {
		field string
		habit verdict.Habit
	}{{"client_id", verdict.HabitClientIDField}, {"scope", verdict.HabitScopeField}} {
		if form.Has(h.field) && !s.accepts[h.habit] {
			x.Refuse("request.parameter-unexpected", "parameter "+h.field+", which this server was told to refuse")
		}
	}
	if form.Has("client_secret") {
		x.Refuse("request.client-authentication", "parameter client_secret in addition to the assertion")
	}
	if _, there := r.Header["Cookie"]; there && !s.accepts[verdict.HabitCookie] { // last, because it is the least certain
		x.Refuse("request.cookie", "a Cookie header on the token request")
	}
	switch len(form["client_assertion"]) {
	case 0: // refused already; the assertion is still judged
		if query.Has("client_assertion") {
			return query.Get("client_assertion"), query.Get("client_id")
		}
		return form.Get(misnamed(form, "client_assertion")), form.Get("client_id")
	case 1:
		return form.Get("client_assertion"), form.Get("client_id")
	}
	return "", ""
}

// judgeParameters judges the parameters in the body and in the URL's query.
func judgeParameters(x *exchange.Exchange, form, query url.Values) {
	want := []struct{ name, value, code string }{
		{"grant_type", "client_credentials", "request.grant-type"},
		{"client_assertion_type", assertionType, "request.malformed"},
		{"client_assertion", "", ""},
	}
	for _, p := range want {
		switch values := form[p.name]; {
		case len(values) == 0 || len(values) == 1 && values[0] == "":
			x.Refuse("request.parameter-missing", "no parameter "+p.name+misplaced(form, query, p.name))
		case len(values) == 1 && p.value != "" && values[0] != p.value:
			x.Refuse(p.code, p.name+" is not "+p.value)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(form)) {
		if len(form[name]) > 1 {
			x.Refuse("request.parameter-repeated", "repeated parameter: "+verdict.LogText(name, 40))
		}
	}
}

// issuer is the iss of every access token.
const issuer = "https://system.netsuite.com"

// issue makes an access token. Oracle's text says PS256, its samples have RS256; this
// server follows the samples.
func (s *Server) issue(a *account.Snapshot, m *account.ParsedMapping, scope []string, now time.Time) (string, error) {
	key, err := s.signingKey()
	if err != nil {
		return "", fmt.Errorf("emulator: token key: %w", err)
	}
	header, err := json.Marshal(map[string]string{"typ": "JWT", "alg": "RS256", "kid": s.signingKeyID(a)})
	if err != nil {
		return "", err
	}
	claims, err := json.Marshal(s.config.TokenShape.claims(a, m, scope, now))
	if err != nil {
		return "", err
	}
	input := base64.RawURLEncoding.EncodeToString(header) + "." + base64.RawURLEncoding.EncodeToString(claims)
	digest := sha256.Sum256([]byte(input))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	if err != nil {
		return "", err
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

// Session is what a valid access token grants.
type Session struct {
	Mapping *account.ParsedMapping
	Scope   []string
	Signed  bool // with a token of token-based authentication, not a Bearer token
}

// Authenticate returns the session of a call, or nil and the answer. The caller notes a
// success, because a call may still lack its scope.
func (s *Server) Authenticate(x *exchange.Exchange) (*Session, exchange.Answer) {
	id := x.Account.ID
	values := x.Request.Header.Values("Authorization")
	if len(values) == 0 {
		x.Refuse("request.authorization-missing", "no Authorization header")
		return nil, exchange.InvalidLogin(id).By(verdict.Guess) // no source shows NetSuite's answer
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if len(values) == 1 && strings.EqualFold(scheme, "OAuth") {
		return s.authenticateTBA(x, values[0])
	}
	if len(values) > 1 || !strings.EqualFold(scheme, "Bearer") || token == "" || strings.ContainsAny(token, " ,\t") {
		return nil, x.Refused("request.authorization-malformed", "the Authorization header is not Bearer and one token", exchange.MalformedAuthorization(id))
	}
	if len(x.Request.Header.Values("Cookie")) > 0 {
		x.Refuse("request.cookie", "a Cookie in addition to the token")
		x.Note(nil, http.StatusUnauthorized)
		return nil, exchange.InvalidLogin(id).By(verdict.Observed) // one field report
	}
	found, code, reason := s.readAccessToken(x, token)
	if code != "" {
		x.Refuse(code, reason)
		x.Note(nil, http.StatusUnauthorized)
		return nil, exchange.InvalidLogin(id)
	}
	if !found.Mapping.Role.Has(account.PermissionLogin) {
		x.Refuse("setup.login-permission-missing", "the role lacks the permission "+account.PermissionLogin)
		x.Note(found.Mapping, http.StatusUnauthorized)
		return nil, exchange.InvalidLogin(id)
	}
	return found, exchange.Answer{}
}

// readAccessToken verifies a token that this server issued. code and reason say why
// it cannot be used here and now; "" if it can.
func (s *Server) readAccessToken(x *exchange.Exchange, raw string) (found *Session, code, reason string) {
	token, err := parseJWS(raw)
	if err != nil {
		return nil, "token.invalid", "the token is not a JWT"
	}
	alg, _ := stringMember(token.header, "alg")
	kid, _ := stringMember(token.header, "kid")
	claims, claimsErr := s.verifyAccessToken(token)
	switch {
	case claimsErr == nil:
	case x.Account.ByCertificateID[kid] != nil || alg != "RS256" && algorithms[alg].hash != 0:
		return nil, "token.is-assertion", "the token is a client assertion, not an access token"
	default:
		return nil, "token.invalid", "the token was not issued by this server, or was changed"
	}
	holder := claims.holder()
	x.Verdict.ClientID = holder.clientID
	if holder.account != x.Account.ID {
		return nil, "token.account-mismatch", "the token is for another account"
	}
	if !time.Unix(claims.Expires, 0).After(x.Now) {
		return nil, "token.expired", "the token has expired"
	}
	for _, m := range x.Account.Order {
		if m.ClientID == holder.clientID && m.Subject() == holder.subject {
			return &Session{Mapping: m, Scope: claims.Scope}, "", ""
		}
	}
	return nil, "token.invalid", "the token is for a mapping that no longer exists"
}

func (s *Server) verifyAccessToken(token *jws) (*accessClaims, error) {
	kid, _ := stringMember(token.header, "kid")
	ours := false
	for _, a := range s.accounts {
		ours = ours || kid == s.signingKeyID(a)
	}
	if alg, _ := stringMember(token.header, "alg"); alg != "RS256" || !ours {
		return nil, errors.New("not our key")
	}
	key, err := s.signingKey()
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(token.input)
	if err := rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digest[:], token.signature); err != nil {
		return nil, err
	}
	var claims accessClaims
	_, payload, _ := strings.Cut(string(token.input), ".")
	data, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &claims); err != nil {
		return nil, err
	}
	if len(claims.Audience) != 2 {
		return nil, errors.New("not our shape")
	}
	return &claims, nil
}

// Keys answers with the public keys of access tokens (RFC 7517).
func (s *Server) Keys(x *exchange.Exchange) exchange.Answer {
	key, err := s.signingKey()
	if err != nil {
		return exchange.UnexpectedError()
	}
	return exchange.JSON(http.StatusOK, exchange.TypeJSON, verdict.Official, map[string]any{"keys": []map[string]string{{
		"kty": "RSA",
		"use": "sig",
		"alg": "RS256",
		"kid": s.signingKeyID(x.Account),
		"n":   base64.RawURLEncoding.EncodeToString(key.N.Bytes()),
		"e":   base64.RawURLEncoding.EncodeToString([]byte{1, 0, 1}),
	}}})
}

const RevokePath = "/services/rest/auth/oauth2/v1/revoke"

// Revoke is the endpoint for refresh tokens, which client credentials never get
// (Oracle NetSuite Help, section_161071224088). It requires a Client ID and a secret;
// any secret is accepted. An access token that is sent here stays valid: the answer is
// that of RFC 7009 section 2.2 to an unknown token.
func (s *Server) Revoke(x *exchange.Exchange) exchange.Answer {
	r := x.Request
	refused := func(code, reason, oauth string) exchange.Answer {
		return x.Refused(code, reason, oauthAnswer(oauth, x.Account.ID, verdict.Guess))
	}
	if r.Method != http.MethodPost {
		return x.Refused("request.wrong-method", "the method is not POST", exchange.WrongMethod(http.MethodPost))
	}
	if types := r.Header.Values("Content-Type"); len(types) != 1 || exchange.MediaType(types[0]) != "application/x-www-form-urlencoded" {
		return refused("request.content-type", "Content-Type is not application/x-www-form-urlencoded", verdict.InvalidRequest)
	}
	client, secret, basic := r.BasicAuth()
	x.Verdict.ClientID = verdict.Identifier(client)
	if !basic || secret == "" || x.Account.ByClientID[client] == nil {
		return refused("request.client-authentication", "no Basic header with the Client ID and secret of an integration record", verdict.InvalidClient)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return refused("request.incomplete", exchange.Incomplete(err), verdict.InvalidRequest)
	}
	form, err := url.ParseQuery(string(body))
	switch {
	case err != nil:
		return refused("request.malformed", "the body is not form-urlencoded", verdict.InvalidRequest)
	case form.Get("token") == "":
		return refused("request.parameter-missing", "no parameter token", verdict.InvalidRequest)
	case len(form["token"]) > 1:
		return refused("request.parameter-repeated", "repeated parameter: token", verdict.InvalidRequest)
	}
	return exchange.Answer{Status: http.StatusOK, ContentType: exchange.TypeJSON, Basis: verdict.Guess,
		Header: map[string]string{"Cache-Control": "no-store"}}
}
