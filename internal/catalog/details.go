package catalog

import (
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/finding"
)

// Flow is a way of authentication that entries of the Login Audit Trail belong to.
type Flow string

// The flows whose Details Oracle documents.
const (
	FlowClientCredentials Flow = "client credentials"
	FlowAuthorizationCode Flow = "authorization code"
	FlowTokenBased        Flow = "token-based authentication"
)

// Detail is a value of the Detail column in NetSuite's Login Audit Trail.
type Detail struct {
	Name string
	// Flows that it is documented for. Oracle has one table for all calls with an
	// OAuth 2.0 token, so that client credentials share it with the code flow. Where
	// one of Codes can be meant by it, client credentials are among them by inference.
	Flows []Flow
	Means string // Oracle's problem statement, in our words: one clause, no full stop
	// Codes are the causes in a client credentials integration that it can stand
	// for, in the catalogue's order; none for a Detail of other flows.
	Codes []finding.Code
}

// Of reports whether the Detail is documented for a flow.
func (d Detail) Of(f Flow) bool { return slices.Contains(d.Flows, f) }

// OtherFlow says of a Detail that is not documented for client credentials what its
// entry in the Login Audit Trail is likely to be.
func (d Detail) OtherFlow() string {
	words := make([]string, len(d.Flows))
	for i, f := range d.Flows {
		words[i] = string(f)
	}
	return "Oracle documents the Detail " + d.Name + " for another flow (" + strings.Join(words, ", ") + "): " +
		"its entry in the Login Audit Trail is probably of another request."
}

// Details lists every Detail that Oracle documents, in alphabetical order within
// the flow (Oracle NetSuite Help, subsect_158324637123 for calls with OAuth 2.0
// and with token-based authentication, subsect_156935170194 and
// subsect_156934879823 for signed requests and the log-in page of the latter,
// subsect_158711892221 and subsect_158711928134 for the code flow and its
// refresh). The causes are the
// catalogue's AuditDetails, read the other way round. Each call returns fresh values.
func Details() []Detail {
	var (
		calls = []Flow{FlowClientCredentials, FlowAuthorizationCode}
		m2m   = []Flow{FlowClientCredentials}
		code  = []Flow{FlowAuthorizationCode}
		tba   = []Flow{FlowTokenBased}
		all   = []Flow{FlowClientCredentials, FlowAuthorizationCode, FlowTokenBased}
	)
	list := []Detail{
		{Name: "AccessTokenExpired", Flows: calls, Means: "the access token is past its end"},
		{Name: "AuthorizationCodeGrantRequired", Flows: calls, Means: "the integration record does not allow this OAuth 2.0 grant"},
		{Name: "EntityOrRoleDisabled", Flows: calls, Means: "entity, contact or role is invalid or inactive"},
		{Name: "FeatureDisabled", Flows: all, Means: "the account's feature for this kind of log-in is off"},
		{Name: "IntegrationBlocked", Flows: all, Means: "the integration record's State is not Enabled"},
		{Name: "InvalidIntegration", Flows: calls, Means: "there is no such integration in this account"},
		{Name: "InvalidIssuer", Flows: calls, Means: "the issuer of the assertion or token is wrong"},
		{Name: "InvalidScope", Flows: calls, Means: "the scope is empty or wrong"},
		{Name: "InvalidSignature", Flows: all, Means: "the signature of the token or of the request is invalid"},
		{Name: "InvalidTokenType", Flows: calls, Means: "another kind of token was sent in an access token's place"},
		{Name: "MissingKey", Flows: m2m, Means: "the kid belongs to no valid certificate"},
		{Name: "MissingKeyId", Flows: m2m, Means: "the assertion has no kid in its header"},
		{Name: "ScopeMismatched", Flows: calls, Means: "a scope asked for is not ticked on the integration record, or none is"},
		{Name: "SignatureValidation", Flows: m2m, Means: "the assertion's signature does not verify with the certificate"},
		{Name: "TokenBlocked", Flows: calls, Means: "the token is blocked"},
		{Name: "TokenExpired", Flows: calls, Means: "the assertion or token is past its end"},
		{Name: "TokenNotAcceptable", Flows: calls, Means: "the assertion or token is issued in the future, or its nonce is wrong"},
		{Name: "TokenRejected", Flows: calls, Means: "the token is refused, such as a refresh token in an access token's place"},
		{Name: "TokenValidityTooBroad", Flows: m2m, Means: "the assertion's validity reaches too far into the future"},
		{Name: "UnknownIntegration", Flows: all, Means: "no integration has this Client ID"},
		{Name: "UnsupportedAlgo", Flows: m2m, Means: "the assertion is signed with an algorithm that NetSuite does not take"},

		{Name: "AuthorizationExplicitlyDenied", Flows: code, Means: "the user declined the access"},
		{Name: "ClientAuthenticationFailed", Flows: code, Means: "Client ID or client secret is wrong"},
		{Name: "ClientIdMismatch", Flows: code, Means: "the two steps of the flow name different Client IDs"},
		{Name: "InvalidGrant", Flows: code, Means: "the authorization code or refresh token is invalid"},
		{Name: "InvalidGrantType", Flows: code, Means: "the grant type is wrong"},
		{Name: "InvalidRedirectURI", Flows: code, Means: "the redirect URI is not the record's"},
		{Name: "InvalidRequest", Flows: code, Means: "a parameter is missing or malformed"},
		{Name: "InvalidState", Flows: code, Means: "the state parameter is invalid"},
		{Name: "RefreshTokenExpired", Flows: code, Means: "the refresh token is past its end"},
		{Name: "UnsupportedResponseType", Flows: code, Means: "the response type is wrong"},

		{Name: "InvalidTimestamp", Flows: tba, Means: "the timestamp is more than five minutes off"},
		{Name: "MissingTokenPassportRequiredFields", Flows: tba, Means: "the token passport lacks a field"},
		{Name: "NonceUsed", Flows: tba, Means: "the nonce was used before"},
		{Name: "UnknownAlgorithm", Flows: tba, Means: "the signature algorithm is not known"},
		{Name: "VersionRejected", Flows: tba, Means: "the OAuth version is not 1.0"},
		{Name: "consumer_key_refused", Flows: tba, Means: "the consumer key is refused"},
		{Name: "consumer_key_unknown", Flows: tba, Means: "the consumer key is not known"},
		{Name: "nonce_rejected", Flows: tba, Means: "the nonce is refused"},
		{Name: "nonce_used", Flows: tba, Means: "the nonce was used before"},
		{Name: "parameter_rejected", Flows: tba, Means: "a parameter is refused"},
		{Name: "permission_denied", Flows: tba, Means: "the user or role lacks a permission"},
		{Name: "temporary_locked", Flows: tba, Means: "log-in is locked for a while after failed attempts"},
		{Name: "token_rejected", Flows: tba, Means: "the token is refused"},
	}
	for _, e := range All() {
		for i := range list {
			if slices.Contains(e.AuditDetails, list[i].Name) {
				list[i].Codes = append(list[i].Codes, e.Code)
			}
		}
	}
	return list
}

// LookupDetail finds a Detail by its name, whatever its case.
func LookupDetail(name string) (Detail, bool) {
	for _, d := range Details() {
		if strings.EqualFold(d.Name, strings.TrimSpace(name)) {
			return d, true
		}
	}
	return Detail{}, false
}
