package oauth

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/exchange"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// The limits of a signed request (Oracle NetSuite Help, Troubleshooting Token-based
// Authentication).
const (
	// TBATolerance is how far oauth_timestamp may be from the server's clock.
	TBATolerance = 5 * time.Minute
	// minNonce is the minimum length of oauth_nonce.
	minNonce = 6
	// maxTBAHeader bounds the header that is parsed.
	maxTBAHeader = 8 << 10
)

// The parameters of the header that NetSuite requires. Only these may be there, apart
// from oauth_version.
var tbaRequired = []string{"realm", "oauth_consumer_key", "oauth_token", "oauth_signature_method",
	"oauth_timestamp", "oauth_nonce", "oauth_signature"}

// authenticateTBA verifies a request that is signed with a token of token-based
// authentication (RFC 5849; NetSuite accepts only HMAC-SHA256). It finds everything that
// is wrong; the first refusal is the one in the Login Audit Trail.
func (s *Server) authenticateTBA(x *exchange.Exchange, header string) (*Session, exchange.Answer) {
	j := &tbaJudge{x: x, now: x.Now}
	found := j.judge(header)
	if len(x.Verdict.Refusals) == 0 && s.nonces.before(strings.Join([]string{x.Account.Label, j.params["oauth_token"], j.params["oauth_timestamp"], j.params["oauth_nonce"]}, " ")) {
		j.refuse("NonceUsed", "oauth_nonce was used before")
	}
	if len(x.Verdict.Refusals) > 0 {
		x.Note(j.mapping, http.StatusUnauthorized)
		return nil, exchange.InvalidLoginTBA(x.Account.ID)
	}
	return found, exchange.Answer{}
}

type tbaJudge struct {
	x       *exchange.Exchange
	now     time.Time
	params  map[string]string      // of the header
	mapping *account.ParsedMapping // of the token, for the Login Audit Trail
}

// refuse adds a refusal with a Detail, "" for none.
func (j *tbaJudge) refuse(detail, format string, args ...any) {
	j.x.Verdict.Refusals = append(j.x.Verdict.Refusals, verdict.RefuseVariant("tba.refused", detail, fmt.Sprintf(format, args...)))
}

func (j *tbaJudge) judge(header string) *Session {
	a := j.x.Account
	if a.Features.TBAOff {
		j.refuse("FeatureDisabled", "the feature TOKEN-BASED AUTHENTICATION is off")
	}
	params, err := parseTBAHeader(header)
	if err != nil {
		j.refuse("parameter_rejected", "the Authorization header %v", err)
		return nil
	}
	j.params = params
	j.x.Verdict.ClientID = verdict.Identifier(params["oauth_consumer_key"])
	integration, token := a.ByClientID[params["oauth_consumer_key"]], a.ByTokenID[params["oauth_token"]]
	j.judgeParameters()
	switch {
	case integration == nil:
		j.refuse("consumer_key_unknown", "no integration record of account %s has this consumer key", a.ID)
	case !integration.Enabled:
		j.refuse("consumer_key_refused", "the integration record's State is not Enabled")
	case integration.ConsumerSecret == "":
		j.refuse("consumer_key_refused", "Token-Based Authentication is not ticked on the integration record")
	}
	switch {
	case token == nil:
		j.refuse("token_rejected", "no token of account %s has this ID", a.ID)
	case token.Revoked || token.Inactive:
		j.refuse("token_rejected", "the token is revoked or inactive")
	case integration != nil && token.ClientID != integration.ClientID:
		j.refuse("token_rejected", "the token belongs to another integration record")
	}
	if integration == nil || token == nil {
		return nil
	}
	j.x.TokenName = token.Name
	j.mapping = &account.ParsedMapping{Mapping: account.Mapping{ClientID: integration.ClientID, Role: token.Role, Entity: token.Entity}, Integration: integration}
	base := baseString(j.x.Request, params)
	mac := hmac.New(sha256.New, []byte(percentEncode(integration.ConsumerSecret)+"&"+percentEncode(token.Secret)))
	mac.Write([]byte(base))
	if sent, err := base64.StdEncoding.DecodeString(params["oauth_signature"]); err != nil || !hmac.Equal(sent, mac.Sum(nil)) {
		j.refuse("InvalidSignature", "oauth_signature is not the HMAC-SHA256 of this request with the secrets of consumer and token")
	}
	if why := account.Barred(token.Role, token.Entity); why != "" {
		j.refuse("EntityOrRoleDisabled", "%s", why)
	}
	if !token.Role.Has(account.PermissionLoginTBA) {
		j.refuse("permission_denied", "the role lacks the permission %s", account.PermissionLoginTBA)
	}
	return &Session{Mapping: j.mapping, Scope: account.KnownScopes(), Signed: true}
}

// judgeParameters judges the values that need no secret.
func (j *tbaJudge) judgeParameters() {
	if realm := j.params["realm"]; realm != j.x.Account.ID {
		j.refuse("", "realm is %s, not %s", verdict.Shown(realm), j.x.Account.ID)
	}
	if method := j.params["oauth_signature_method"]; method != "HMAC-SHA256" {
		j.refuse("UnknownAlgorithm", "oauth_signature_method is %s, not HMAC-SHA256", verdict.Shown(method))
	}
	if version, there := j.params["oauth_version"]; there && version != "1.0" {
		j.refuse("VersionRejected", "oauth_version is %s, not 1.0", verdict.Shown(version))
	}
	if len(j.params["oauth_nonce"]) < minNonce {
		j.refuse("nonce_rejected", "oauth_nonce has fewer than %d characters", minNonce)
	}
	seconds, err := strconv.ParseInt(j.params["oauth_timestamp"], 10, 64)
	switch {
	case err != nil || seconds <= 0:
		j.refuse("InvalidTimestamp", "oauth_timestamp is not a number of seconds")
	case time.Unix(seconds, 0).Sub(j.now).Abs() > TBATolerance:
		j.refuse("InvalidTimestamp", "oauth_timestamp is more than %d minutes from the server's clock", int(TBATolerance.Minutes()))
	}
}

// parseTBAHeader reads the parameters of an OAuth header (RFC 5849, section 3.5.1).
func parseTBAHeader(header string) (map[string]string, error) {
	_, list, _ := strings.Cut(header, " ")
	if len(header) > maxTBAHeader {
		return nil, errors.New("is too long")
	}
	params := map[string]string{}
	for part := range strings.SplitSeq(list, ",") {
		name, quoted, is := strings.Cut(strings.TrimSpace(part), "=")
		if !is || len(quoted) < 2 || quoted[0] != '"' || quoted[len(quoted)-1] != '"' {
			return nil, errors.New(`has a part that is not NAME="VALUE"`)
		}
		value, err := url.PathUnescape(quoted[1 : len(quoted)-1])
		if err != nil || strings.ContainsAny(quoted[1:len(quoted)-1], "\"\\ +") {
			return nil, errors.New("has a value that is not percent-encoded")
		}
		if _, twice := params[name]; twice {
			return nil, errors.New("has a parameter twice")
		}
		if name != "oauth_version" && !slices.Contains(tbaRequired, name) {
			return nil, errors.New("has an unknown parameter")
		}
		params[name] = value
	}
	for _, name := range tbaRequired {
		if params[name] == "" {
			return nil, errors.New("lacks " + name)
		}
	}
	return params, nil
}

// baseString is what the client signed (RFC 5849, section 3.4.1). The parameters of a
// form body would belong to it, but no call here has such a body.
func baseString(r *http.Request, header map[string]string) string {
	type pair struct{ name, value string }
	var pairs []pair
	for name, value := range header {
		if name != "realm" && name != "oauth_signature" {
			pairs = append(pairs, pair{percentEncode(name), percentEncode(value)})
		}
	}
	for field := range strings.SplitSeq(r.URL.RawQuery, "&") {
		if field == "" {
			continue
		}
		name, value, _ := strings.Cut(field, "=")
		pairs = append(pairs, pair{percentEncode(unescapeQuery(name)), percentEncode(unescapeQuery(value))})
	}
	slices.SortFunc(pairs, func(a, b pair) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.value, b.value)) })
	var normalized strings.Builder
	for i, p := range pairs {
		if i > 0 {
			normalized.WriteByte('&')
		}
		normalized.WriteString(p.name + "=" + p.value)
	}
	target := "https://" + strings.TrimSuffix(strings.ToLower(r.Host), ":443") + r.URL.EscapedPath()
	return strings.Join([]string{percentEncode(strings.ToUpper(r.Method)), percentEncode(target), percentEncode(normalized.String())}, "&")
}

// unescapeQuery decodes a name or value of a query; a broken one stays as it is.
func unescapeQuery(s string) string {
	if decoded, err := url.QueryUnescape(s); err == nil {
		return decoded
	}
	return s
}

// percentEncode encodes every byte but the unreserved ones (RFC 5849, section 3.6).
func percentEncode(s string) string {
	const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
	var b strings.Builder
	for i := range len(s) {
		if strings.IndexByte(unreserved, s[i]) >= 0 {
			b.WriteByte(s[i])
		} else {
			fmt.Fprintf(&b, "%%%02X", s[i])
		}
	}
	return b.String()
}
