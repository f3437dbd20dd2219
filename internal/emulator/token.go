package emulator

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
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// TokenLifetime is what Oracle documents (section_162755359851).
const TokenLifetime = time.Hour

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// tokenEndpoint judges the whole request, then the assertion in it, so that the
// verdict has everything that is wrong; the first refusal decides the answer.
func (s *Server) tokenEndpoint(x *exchange) answer {
	raw, clientID := s.judgeForm(x)
	shaped := len(x.verdict.Refusals) == 0

	j := &judgement{}
	if raw != "" {
		x.verdict.Habits = append(x.verdict.Habits, habitsOfAssertion(raw, x.account)...)
		x.verdict.AssertionSHA256 = sha256Hex(raw)
		j = judger{x.account, x.now, s.takes, s.narrow}.judge(raw)
		x.verdict.ClientID, x.verdict.CertificateID = j.clientID, j.certificateID
		if clientID != "" && j.clientID != "" && clientID != j.clientID {
			x.refuse("request.client-id-mismatch", "the parameter client_id is not the assertion's iss (RFC 7521 section 4.2)")
			shaped = false
		}
		x.verdict.Refusals = append(x.verdict.Refusals, j.refusals...)
	}
	a := s.tokenAnswer(x, j, shaped)
	s.note(x, j.mapping, a.status)
	return a
}

func (s *Server) tokenAnswer(x *exchange, j *judgement, shaped bool) answer {
	switch {
	case !shaped:
		first := x.verdict.Refusals[0]
		a := s.oauthAnswer(rules()[first.Code].oauth, x.account.ID, Guess)
		if first.Code == "request.wrong-method" {
			a.status = http.StatusMethodNotAllowed
			a.header["Allow"] = http.MethodPost
		}
		return a
	case j.accepted():
		token, err := s.issue(x.account, j.mapping, j.scope, x.now)
		if err != nil {
			return unexpectedError()
		}
		a := jsonAnswer(http.StatusOK, typeJSON, Official, tokenResponse{token, s.switches.expiresIn.write(TokenLifetime), "Bearer"})
		a.header = map[string]string{"Cache-Control": "no-store", "Pragma": "no-cache"}
		return a
	case s.errors == ErrorsOAuth && len(j.refusals) > 0:
		return s.oauthAnswer(rules()[j.refusals[0].Code].oauth, x.account.ID, Guess)
	}
	return bareServerError()
}

type tokenResponse struct {
	AccessToken string `json:"access_token"`
	ExpiresIn   any    `json:"expires_in"` // seconds, as a number or a string
	TokenType   string `json:"token_type"`
}

// judgeForm judges the request as such (Oracle NetSuite Help,
// section_162755359851; RFC 6749 section 3.2) and returns the assertion and the
// client ID beside it, "" for what is not there.
func (s *Server) judgeForm(x *exchange) (assertion, clientID string) {
	r := x.request
	posted := r.Method == http.MethodPost
	if posted {
		x.judgeContentType()
	} else {
		x.refuse("request.wrong-method", "the method is "+logText(r.Method, 20)+", not POST")
	}
	if _, there := r.Header["Authorization"]; there && !s.takes[HabitBasicHeader] {
		x.refuse("request.client-authentication", "an Authorization header beside the assertion")
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		x.refuse("request.incomplete", incomplete(err))
		return "", ""
	}
	form, ok := x.parameters(body)
	if !ok {
		x.refuse("request.malformed", "the body is not form-urlencoded")
		return "", ""
	}
	query := r.URL.Query()
	switch {
	case posted:
	case len(form) > 0:
	case len(query) > 0: // the method is to blame for it, and named already
		form, query = query, nil
	default: // somebody looks what is at this address
		return "", ""
	}
	x.verdict.Habits = append(x.verdict.Habits, habitsOfForm(r.Header, form)...)
	want := []struct{ name, value, code string }{
		{"grant_type", "client_credentials", "request.grant-type"},
		{"client_assertion_type", assertionType, "request.malformed"},
		{"client_assertion", "", ""},
	}
	for _, p := range want {
		switch values := form[p.name]; {
		case len(values) == 0 || len(values) == 1 && values[0] == "":
			x.refuse("request.parameter-missing", "no parameter "+p.name+misplaced(form, query, p.name))
		case len(values) == 1 && p.value != "" && values[0] != p.value:
			x.refuse(p.code, p.name+" is not "+p.value)
		}
	}
	for _, name := range sortedKeys(form) {
		if len(form[name]) > 1 {
			x.refuse("request.parameter-repeated", "a parameter is there more than once: "+logText(name, 40))
		}
	}
	for _, h := range []struct {
		field string
		habit Habit
	}{{"client_id", HabitClientIDField}, {"scope", HabitScopeField}} {
		if form.Has(h.field) && !s.takes[h.habit] {
			x.refuse("request.parameter-unexpected", "a parameter "+h.field+", which this server was told to refuse")
		}
	}
	if form.Has("client_secret") {
		x.refuse("request.client-authentication", "a parameter client_secret beside the assertion")
	}
	if _, there := r.Header["Cookie"]; there && !s.takes[HabitCookie] { // last, as the least certain
		x.refuse("request.cookie", "a Cookie header on the token request")
	}
	switch len(form["client_assertion"]) {
	case 0: // for the verdict, as it is refused already
		if query.Has("client_assertion") {
			return query.Get("client_assertion"), query.Get("client_id")
		}
		return form.Get(nameInstead(form, "client_assertion")), form.Get("client_id")
	case 1:
		return form.Get("client_assertion"), form.Get("client_id")
	}
	return "", ""
}

func (x *exchange) judgeContentType() {
	switch types := x.request.Header.Values("Content-Type"); {
	case len(types) == 0:
		x.refuse("request.content-type", "no Content-Type; application/x-www-form-urlencoded is wanted")
	case len(types) > 1:
		x.refuse("request.content-type", "more than one Content-Type")
	case mediaType(types[0]) != "application/x-www-form-urlencoded":
		x.refuse("request.content-type", "Content-Type is "+logText(mediaType(types[0]), 40)+", not application/x-www-form-urlencoded")
	}
}

// parameters reads those of a body in whatever form it has: what is in it is judged
// all the same, so that one run finds everything. ok is false if nothing can be made
// of it.
func (x *exchange) parameters(body []byte) (form url.Values, ok bool) {
	if form, isJSON := jsonForm(body); isJSON {
		if len(x.verdict.Refusals) == 0 || x.verdict.Refusals[0].Code != "request.content-type" {
			x.refuse("request.content-type", "the body is JSON, not a form")
		}
		return form, true
	}
	if form, isMultipart := multipartForm(x.request.Header.Get("Content-Type"), body); isMultipart {
		return form, true
	}
	form, err := url.ParseQuery(string(body))
	return form, err == nil
}

// incomplete is why a body was not read to its end.
func incomplete(err error) string {
	var long *http.MaxBytesError
	if errors.As(err, &long) {
		return fmt.Sprintf("the body is longer than %d MiB", long.Limit>>20)
	}
	return "the body did not arrive whole"
}

func mediaType(contentType string) string {
	t, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return ""
	}
	return t
}

func sortedKeys(form url.Values) []string {
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// The issuer of every access token.
const tokenIssuer = "https://system.netsuite.com"

// issue makes an access token. NetSuite signs with PS256 by its text and with
// RS256 by its samples; this server follows the samples.
func (s *Server) issue(a *account, m *mapping, scope []string, now time.Time) (string, error) {
	key, err := s.signingKey()
	if err != nil {
		return "", fmt.Errorf("emulator: token key: %w", err)
	}
	header, err := json.Marshal(map[string]string{"typ": "JWT", "alg": "RS256", "kid": s.signingKeyID(a)})
	if err != nil {
		return "", err
	}
	claims, err := json.Marshal(s.switches.shape.claims(a, m, scope, now))
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

// session is what a good access token stands for.
type session struct {
	mapping *mapping
	scope   []string
}

// authenticate finds the session of a call. Else it returns the answer.
func (s *Server) authenticate(x *exchange) (*session, answer) {
	account := x.account.ID
	values := x.request.Header.Values("Authorization")
	if len(values) == 0 {
		x.refuse("request.authorization-missing", "no Authorization header")
		return nil, invalidLogin(account).by(Guess) // nobody shows NetSuite's answer to such a call
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if len(values) > 1 || !strings.EqualFold(scheme, "Bearer") || token == "" || strings.ContainsAny(token, " ,\t") {
		x.refuse("request.authorization-malformed", "the Authorization header is not Bearer and one token")
		return nil, malformedAuthorization(account)
	}
	if len(x.request.Header.Values("Cookie")) > 0 {
		x.refuse("request.cookie", "a Cookie beside the token")
		s.note(x, nil, http.StatusUnauthorized)
		return nil, invalidLogin(account).by(Observed) // one field report
	}
	found, code, reason := s.readAccessToken(x, token)
	if code != "" {
		x.refuse(code, reason)
		var m *mapping
		if found != nil {
			m = found.mapping
		}
		s.note(x, m, http.StatusUnauthorized)
		return nil, invalidLogin(account)
	}
	if !found.mapping.Role.Has(PermissionLogin) {
		x.refuse("setup.login-permission-missing", "the role lacks the permission "+PermissionLogin)
		s.note(x, found.mapping, http.StatusUnauthorized)
		return nil, invalidLogin(account)
	}
	if x.crowded {
		x.refuse("api.rate-limited", "more calls of the account under way than its concurrency limit")
		return nil, s.tooMany()
	}
	return found, answer{}
}

// readAccessToken verifies a token that this server issued, and finds what is
// wrong with using it here and now ("" for nothing).
func (s *Server) readAccessToken(x *exchange, raw string) (found *session, code, reason string) {
	token, err := parseJWS(raw)
	if err != nil {
		return nil, "token.invalid", "the token is no JWT"
	}
	alg, _ := stringMember(token.header, "alg")
	kid, _ := stringMember(token.header, "kid")
	claims, claimsErr := s.verifyAccessToken(token)
	switch {
	case claimsErr == nil:
	case x.account.mappings[kid] != nil || alg != "RS256" && algorithms()[alg].hash != 0:
		return nil, "token.is-assertion", "the token is a client assertion, not an access token"
	default:
		return nil, "token.invalid", "the token was not issued by this server, or was changed"
	}
	holder := claims.holder()
	x.verdict.ClientID = holder.clientID
	if holder.account != x.account.ID {
		return nil, "token.account-mismatch", "the token is for another account"
	}
	if !time.Unix(claims.Expires, 0).After(x.now) {
		return nil, "token.expired", "the token has expired"
	}
	for _, m := range x.account.order {
		if m.ClientID == holder.clientID && m.subject() == holder.subject {
			return &session{m, claims.Scope}, "", ""
		}
	}
	return nil, "token.invalid", "the token is for a mapping that is gone"
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
	var claims accessClaims // ours, so its members are known to be well formed
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

// keys answers with the public keys of access tokens (RFC 7517).
func (s *Server) keys(x *exchange) answer {
	key, err := s.signingKey()
	if err != nil {
		return unexpectedError()
	}
	return jsonAnswer(http.StatusOK, typeJSON, Official, map[string]any{"keys": []map[string]string{{
		"kty": "RSA",
		"use": "sig",
		"alg": "RS256",
		"kid": s.signingKeyID(x.account),
		"n":   base64.RawURLEncoding.EncodeToString(key.N.Bytes()),
		"e":   base64.RawURLEncoding.EncodeToString([]byte{1, 0, 1}),
	}}})
}
