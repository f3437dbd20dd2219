package oauth

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
	"github.com/nsauth/nsauth/internal/text"
)

// The limits of an assertion's times.
const (
	// MaxLifetime is what exp-iat has to be less than (Oracle NetSuite Help,
	// section_162755359851).
	MaxLifetime = time.Hour
	// FutureTolerance is how far after the server's clock iat and nbf may be.
	// NetSuite's own is not documented: a guess.
	FutureTolerance = time.Minute
)

// judgement is the result for one assertion.
type judgement struct {
	refusals []verdict.Refusal
	unfilled map[string]bool // the members that are placeholders
	verified bool            // the signature, with the registered certificate

	clientID, certificateID string // as sent, if they look like identifiers
	mapping                 *account.ParsedMapping
	integration             *account.Integration // that of iss
	scope                   []string
}

// accepted also requires a verified signature: an assertion that no rule refused must
// not pass unverified.
func (j *judgement) accepted() bool {
	return j.verified && j.mapping != nil && j.integration != nil && len(j.scope) > 0 && len(j.refusals) == 0
}

func (j *judgement) refuse(code, format string, args ...any) { j.refuseAs(code, "", format, args...) }

func (j *judgement) refused(code string) bool {
	return slices.ContainsFunc(j.refusals, func(r verdict.Refusal) bool { return r.Code == code })
}

// refuseAs is refuse for a variant of the fault, which has its own fix.
func (j *judgement) refuseAs(code, variant, format string, args ...any) {
	j.refusals = append(j.refusals, verdict.RefuseVariant(code, variant, fmt.Sprintf(format, args...)))
}

// judger judges the assertions sent to one account.
type judger struct {
	account     *account.Snapshot
	now         time.Time
	accepts     verdict.HabitSet
	narrowScope bool
	seen        bool // this very assertion was sent before
}

// judge finds everything that is wrong with an assertion.
func (v judger) judge(raw string) *judgement {
	j := &judgement{}
	if !v.account.Features.OAuth2 {
		j.refuse("setup.features-disabled", "the feature OAUTH 2.0 is off")
	}
	token, err := parseJWS(raw)
	if err != nil {
		code := "assertion.malformed"
		if errors.Is(err, errDuplicate) {
			code = "assertion.duplicate-member"
		}
		j.refuseAs(code, malformedVariant(err), "%v", err)
		if token, err = parseJWS(unpadded(trimmed(raw))); err != nil {
			return j
		}
		token.respelled = unpadded(trimmed(raw)) != trimmed(raw)
	}
	j.unfilled = j.refuseUnfilled(token)
	v.judgeHeader(j, token)
	v.judgeSignature(j, token)
	v.judgeTimes(j, token)
	v.judgeIssuer(j, token)
	v.judgeAudience(j, token)
	v.judgeScope(j, token)
	v.judgeRole(j)
	j.clientFirst()
	for _, claim := range []verdict.Habit{verdict.HabitSub, verdict.HabitJTI} {
		if _, there := token.claims[string(claim)]; there && !v.accepts[claim] {
			j.refuse("assertion.claim-refused", "claim %s, which this server was told to refuse", claim)
		}
	}
	return j
}

// clientFirst puts an unknown Client ID before its certificate, which this server finds only
// with an integration record. Which NetSuite looks for first is a guess.
func (j *judgement) clientFirst() {
	at := func(code string) int {
		return slices.IndexFunc(j.refusals, func(r verdict.Refusal) bool { return r.Code == code })
	}
	unknown, missing := at("setup.integration-unknown"), at("setup.mapping-missing")
	if unknown >= 0 && missing >= 0 && missing < unknown {
		r := j.refusals[unknown]
		j.refusals = slices.Insert(slices.Delete(j.refusals, unknown, unknown+1), missing, r)
	}
}

func (v judger) judgeHeader(j *judgement, token *jws) {
	if _, there := token.header["crit"]; there {
		j.refuse("assertion.crit-unsupported", "crit in the header")
	}
	typ, isText := stringMember(token.header, "typ")
	_, there := token.header["typ"]
	switch {
	case !there && v.accepts[verdict.HabitTypMissing]:
	case !there:
		j.refuse("assertion.typ-unexpected", "no typ in the header")
	case !isText:
		j.refuse("assertion.typ-unexpected", "typ is not a string; JWT is expected")
	case !strings.EqualFold(typ, "JWT"):
		j.refuse("assertion.typ-unexpected", "typ is %s, not JWT", verdict.Shown(typ))
	}
}

// judgeSignature finds the registered certificate and verifies with it.
func (v judger) judgeSignature(j *judgement, token *jws) {
	alg, isText := stringMember(token.header, "alg")
	algorithm, supported := algorithms[alg]
	switch {
	case supported, j.unfilled["alg"]:
	case slices.Contains([]string{"RS256", "RS384", "RS512"}, alg):
		j.refuse("assertion.alg-deprecated", "alg is %s, which NetSuite no longer accepts", alg)
	case token.header["alg"] == nil:
		j.refuse("assertion.alg-unsupported", "no alg in the header")
	case !isText:
		j.refuse("assertion.alg-unsupported", "alg is not a string")
	default:
		j.refuse("assertion.alg-unsupported", "alg is %s, not one of PS256, PS384, PS512, ES256, ES384, ES512", verdict.Shown(alg))
	}

	kid, isText := stringMember(token.header, "kid")
	_, there := token.header["kid"]
	j.certificateID = verdict.Identifier(kid)
	switch {
	case !there || isText && kid == "":
		j.refuse("assertion.kid-missing", "no kid in the header")
		return
	case !isText:
		j.refuse("assertion.kid-malformed", "kid is not a string")
		return
	}
	m := v.account.ByCertificateID[kid]
	switch {
	case m != nil:
	case j.unfilled["kid"]:
		return
	case strings.HasPrefix(strings.TrimLeft(strings.ToLower(kid), "_ \t\n\"'"), "custcertificate"):
		j.refuse("assertion.kid-is-script-id", "kid %s is the script ID of a certificate in Setup > Company > Certificates, not the Certificate ID of a mapping", verdict.Shown(kid))
		return
	case !account.CertificateIDForm().MatchString(kid):
		j.refuse("assertion.kid-malformed", "kid has %d characters and is not a Certificate ID: those have 43, of A-Z a-z 0-9 - and _", utf8.RuneCountInString(kid))
		return
	default:
		j.refuse("setup.mapping-missing", "no certificate with the ID %s in account %s", j.certificateID, v.account.ID)
		return
	}
	j.mapping = m
	if code, why := m.Inactive(v.now); code != "" {
		j.refuse(code, "%s", why)
	}
	switch {
	case !supported:
	case !algorithm.fits(m.Key):
		j.refuse("assertion.alg-key-mismatch", "alg is %s, the registered certificate's key is %s", alg, account.DescribeKey(m.Key))
	case !algorithm.verify(m.Key, token.input, token.signature):
		code, variant, reason := algorithm.blame(alg, m.Key, token.input, token.signature)
		if !token.respelled {
			j.refuseAs(code, variant, "%s", reason)
		}
	default:
		j.verified = true
	}
}

func (v judger) judgeTimes(j *judgement, token *jws) {
	at := make(map[string]time.Time)
	for _, name := range []string{"iat", "exp", "nbf"} {
		_, there := token.claims[name]
		if name == "nbf" && !there {
			continue
		}
		if name == "nbf" && !v.accepts[verdict.HabitNbf] {
			j.refuse("assertion.claim-refused", "claim nbf, which this server was told to refuse")
		}
		if j.unfilled[name] {
			continue
		}
		t, fraction, ok := instant(token.claims, name)
		if !ok || fraction && !v.accepts[verdict.HabitFractionalTime] {
			j.refuse("assertion.time-claim-invalid", "%s", notSeconds(token.claims, name))
			continue
		}
		at[name] = t
	}
	iat, hasIat := at["iat"]
	exp, hasExp := at["exp"]
	if hasExp && !exp.After(v.now) {
		v.refuseExpired(j, exp, iat, hasIat)
	}
	if hasExp && exp.After(v.now) && v.seen && !v.accepts[verdict.HabitReused] {
		j.refuseAs("assertion.reused", "not-expired", "this very assertion was sent before, which this server was told to refuse")
	}
	if hasIat && iat.After(v.now.Add(FutureTolerance)) {
		refuseFuture(j, iat.Sub(v.now))
	}
	if nbf, there := at["nbf"]; there && nbf.After(v.now.Add(FutureTolerance)) {
		j.refuse("assertion.not-before", "nbf is %s ahead of the server's clock", text.Age(nbf.Sub(v.now)))
	}
	if !hasIat || !hasExp {
		return
	}
	switch lifetime := exp.Sub(iat).Truncate(time.Second); {
	case lifetime <= 0:
		j.refuse("assertion.time-claim-invalid", "exp is not after iat")
	case lifetime == MaxLifetime && v.accepts[verdict.HabitLifetimeHour]:
	case lifetime >= MaxLifetime:
		j.refuse("assertion.lifetime-too-long", "exp is %d s after iat; it must be less than %d s", int64(lifetime/time.Second), int64(MaxLifetime/time.Second))
	}
}

// refuseFuture refuses an assertion that was issued so far ahead.
func refuseFuture(j *judgement, ahead time.Duration) {
	if zone := timeZone(ahead, time.Minute); zone != "" {
		j.refuseAs("assertion.issued-in-future", "time-zone", "iat is %s ahead of the server's clock, about whole hours: %s, as if local time was used as UTC", text.Age(ahead), zone)
		return
	}
	j.refuse("assertion.issued-in-future", "iat is %s ahead of the server's clock", text.Age(ahead))
}

func (v judger) judgeIssuer(j *judgement, token *jws) {
	iss, isText := stringMember(token.claims, "iss")
	j.clientID = verdict.Identifier(iss)
	integration := v.account.ByClientID[iss]
	j.integration = integration
	if integration == nil {
		switch {
		case j.unfilled["iss"]:
		case token.claims["iss"] != nil && !isText:
			j.refuse("assertion.issuer-missing", "iss is not a string")
		case iss == "":
			j.refuse("assertion.issuer-missing", "no iss")
		case account.IsUUID(iss):
			j.refuse("assertion.issuer-is-application-id", "iss %s is a UUID: an Application ID, not a Client ID", iss)
		default:
			j.refuse("setup.integration-unknown", "no integration record of account %s has the Client ID %s", v.account.ID, j.clientID)
		}
		return
	}
	if j.mapping != nil && j.mapping.ClientID != iss {
		j.refuse("assertion.issuer-mismatch", "the certificate is mapped to another integration record")
	}
	if !integration.Enabled {
		j.refuse("setup.integration-disabled", "the integration record's State is not Enabled")
	}
	if !integration.ClientCredentialsGrant {
		j.refuse("setup.grant-not-enabled", "Client Credentials (Machine to Machine) Grant is not ticked")
	}
}

// connectSuffix is the host of SuiteAnalytics Connect after the account's label.
const connectSuffix = ".connect.api.netsuite.com"

const TokenPath = "/services/rest/auth/oauth2/v1/token"

func (v judger) judgeAudience(j *judgement, token *jws) {
	aud, isText := stringMember(token.claims, "aud")
	list, isArray := stringArrayMember(token.claims, "aud")
	if len(list) == 1 && v.accepts[verdict.HabitAudienceArray] {
		aud, isText = list[0], true
	}
	want := "https://" + v.account.Label + account.SuiteTalkSuffix + TokenPath
	switch {
	case j.unfilled["aud"]:
	case aud == "" && (isText || token.claims["aud"] == nil):
		j.refuse("assertion.audience-missing", "no aud; want the token URL %s", want)
	case !isText && isArray:
		j.refuse("assertion.audience-mismatch", "aud is a list of %d; want one string, the token URL %s", len(list), want)
	case !isText:
		j.refuse("assertion.audience-mismatch", "aud is not a string; want the token URL %s", want)
	case aud == want:
	case aud == "https://"+v.account.Label+account.RESTletsSuffix+TokenPath && v.accepts[verdict.HabitAudienceRESTlet]:
	case aud == "https://"+v.account.Label+connectSuffix+TokenPath && v.accepts[verdict.HabitAudienceConnect]:
	default:
		j.refuse("assertion.audience-mismatch", "aud is %s; want the token URL %s", verdict.ShownURL(aud), want)
	}
}

// connectScope is the scope suite_analytics in Oracle's sample for SuiteAnalytics Connect.
const connectScope = "SuiteAnalytics"

func (v judger) judgeScope(j *judgement, token *jws) {
	if j.unfilled["scope"] {
		return
	}
	asked, ok := v.scopes(j, token)
	if !ok {
		return
	}
	for i, s := range asked {
		if s == connectScope && v.accepts[verdict.HabitScopeConnect] {
			asked[i] = "suite_analytics"
		}
	}
	for _, s := range asked {
		switch {
		case s == "mcp":
			j.refuse("assertion.scope-not-for-m2m", "the scope mcp is not for client credentials")
			return
		case !slices.Contains(account.KnownScopes(), s):
			j.refuse("assertion.scope-unknown", "unknown scope %s", verdict.Shown(s))
			return
		}
	}
	integration := j.integration
	for _, s := range account.KnownScopes() {
		switch {
		case !slices.Contains(asked, s):
		case integration != nil && !slices.Contains(integration.Scopes, s) && !v.narrowScope:
			j.refuse("setup.scope-not-enabled", "the scope %s is not ticked on the integration record", s)
		case integration != nil && slices.Contains(integration.Scopes, s):
			j.scope = append(j.scope, s)
		}
	}
	if integration != nil && v.narrowScope && len(j.scope) == 0 {
		j.refuse("setup.scope-not-enabled", "none of the scopes is ticked on the integration record")
	}
}

// scopes reads the claim: a string or an array of strings.
func (v judger) scopes(j *judgement, token *jws) (asked []string, ok bool) {
	asked, isArray := stringArrayMember(token.claims, "scope")
	if !isArray {
		s, isText := stringMember(token.claims, "scope")
		switch {
		case token.claims["scope"] == nil:
			j.refuse("assertion.scope-missing", "no scope")
			return nil, false
		case !isText:
			j.refuse("assertion.scope-missing", "scope is neither a string nor a list of strings")
			return nil, false
		}
		for _, separator := range []struct {
			text, name string
			habit      verdict.Habit
		}{{",", "commas", verdict.HabitScopeComma}, {" ", "spaces", verdict.HabitScopeSpace}} {
			if strings.Contains(s, separator.text) && !v.accepts[separator.habit] {
				j.refuse("assertion.scope-separator", "scope is one string with %s", separator.name)
				return nil, false
			}
		}
		asked = strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
	}
	if len(asked) == 0 {
		j.refuse("assertion.scope-missing", "scope is empty")
		return nil, false
	}
	return asked, true
}

func (v judger) judgeRole(j *judgement) {
	if j.mapping == nil {
		return
	}
	if why := account.Barred(j.mapping.Role, j.mapping.Entity); why != "" {
		j.refuse("setup.role-or-entity-inactive", "%s", why)
	}
	if !j.mapping.Role.Has(account.PermissionLogin) && !v.account.LoginAtCalls {
		j.refuse("setup.login-permission-missing", "the role lacks the permission %s", account.PermissionLogin)
	}
}
