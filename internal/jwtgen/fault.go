package jwtgen

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/nsauth/nsauth/internal/text"
)

// Kind is a kind of fault: the part of a finding code after "assertion.".
type Kind string

// The kinds, in the order in which Judge reports them.
const (
	KindMalformed             Kind = "malformed"
	KindIsAccessToken         Kind = "is-access-token"
	KindAlgDeprecated         Kind = "alg-deprecated"
	KindAlgUnsupported        Kind = "alg-unsupported"
	KindAlgKeyMismatch        Kind = "alg-key-mismatch"
	KindSaltLength            Kind = "salt-length"
	KindTypUnexpected         Kind = "typ-unexpected"
	KindCritUnsupported       Kind = "crit-unsupported"
	KindKeyEmbedded           Kind = "key-embedded"
	KindPlaceholder           Kind = "placeholder"
	KindKidMissing            Kind = "kid-missing"
	KindKidMalformed          Kind = "kid-malformed"
	KindKidIsScriptID         Kind = "kid-is-script-id"
	KindKidIsThumbprint       Kind = "kid-is-thumbprint"
	KindKidMismatch           Kind = "kid-mismatch"
	KindIssuerMissing         Kind = "issuer-missing"
	KindIssuerMalformed       Kind = "issuer-malformed"
	KindIssuerIsApplicationID Kind = "issuer-is-application-id"
	KindIssuerMismatch        Kind = "issuer-mismatch"
	KindAudienceMissing       Kind = "audience-missing"
	KindAudienceMismatch      Kind = "audience-mismatch"
	KindAudienceIsIssuer      Kind = "audience-is-issuer"
	KindExpired               Kind = "expired"
	KindIssuedInFuture        Kind = "issued-in-future"
	KindNotBefore             Kind = "not-before"
	KindLifetimeTooLong       Kind = "lifetime-too-long"
	KindTimeClaimInvalid      Kind = "time-claim-invalid"
	KindScopeMissing          Kind = "scope-missing"
	KindScopeUnknown          Kind = "scope-unknown"
	KindScopeNotForM2M        Kind = "scope-not-for-m2m"
	KindScopeSeparator        Kind = "scope-separator"
	KindDuplicateMember       Kind = "duplicate-member"
	KindSignatureInvalid      Kind = "signature-invalid"
	KindSignatureEncodingDER  Kind = "signature-encoding-der"
)

// KindInfo is one kind and its reasons. The reason "" stands for a fault without
// one. The shape functions of the rules add their own reasons to kid-malformed,
// kid-is-thumbprint and issuer-malformed.
type KindInfo struct {
	Kind    Kind
	Reasons []string
}

//go:embed kinds.txt
var kinds string

// Kinds lists every kind of this package, in the order of Judge: those of kinds.txt,
// where a dash is the reason "".
var Kinds = sync.OnceValue(func() []KindInfo {
	var list []KindInfo
	for line := range strings.Lines(kinds) {
		kind, reasons, _ := strings.Cut(line, ":")
		info := KindInfo{Kind: Kind(kind)}
		for reason := range strings.FieldsSeq(reasons) {
			info.Reasons = append(info.Reasons, strings.TrimPrefix(reason, "-"))
		}
		list = append(list, info)
	}
	return list
})

// Fault is one error in an assertion, or in the request to build one.
type Fault struct {
	Kind Kind
	// Reason refines the kind: kebab-case, one of Kinds, or "".
	Reason string
	// Evidence holds what was measured: snake_case names, values of type string,
	// []string, bool, int, int64 or float64. Times are RFC 3339 in UTC. Strings
	// from the assertion are single claims, shortened; never the assertion itself.
	Evidence map[string]any
	// Err is the signer's error in an alg-key-mismatch, or nil.
	Err error
}

// Error names kind, reason and part, but nothing from the assertion.
func (f *Fault) Error() string {
	s := "assertion: " + string(f.Kind)
	if f.Reason != "" {
		s += ": " + f.Reason
	}
	if part, ok := f.Evidence["part"].(string); ok {
		s += " (" + part + ")"
	}
	return s
}

// Unwrap returns the signer's own error.
func (f *Fault) Unwrap() error { return f.Err }

// evidence is short for the map of a Fault.
type evidence = map[string]any

func fault(k Kind, reason string, ev evidence) *Fault {
	return &Fault{Kind: k, Reason: reason, Evidence: ev}
}

// sortFaults sorts faults by the order of Kinds, and is stable.
func sortFaults(faults []*Fault) {
	kinds := Kinds()
	rank := func(f *Fault) int {
		return slices.IndexFunc(kinds, func(k KindInfo) bool { return k.Kind == f.Kind })
	}
	slices.SortStableFunc(faults, func(a, b *Fault) int { return rank(a) - rank(b) })
}

// short bounds a string from outside to 256 bytes: longer than any valid identifier or
// URL, short enough for a report.
func short(s string) string { return text.Shorten(s, 256) }

// shortAll bounds a list from outside and each of its strings.
func shortAll(list []string) []string {
	const maxItems = 32
	out := make([]string, 0, min(len(list), maxItems))
	for _, s := range list[:min(len(list), maxItems)] {
		out = append(out, short(s))
	}
	return out
}

// JSONType is the JSON type of a decoded value: string, number, boolean, array,
// object or null.
func JSONType(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "string"
	case bool:
		return "boolean"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	}
	return "number"
}
