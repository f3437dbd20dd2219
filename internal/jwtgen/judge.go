package jwtgen

import (
	"crypto"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/authserver"
)

// Expect is what an assertion is compared with. An empty field means that nothing is
// compared with it.
type Expect struct {
	// Now is the time at which the assertion is judged.
	Now time.Time
	// ClientID and CertificateID are the expected "iss" and "kid".
	ClientID      string
	CertificateID string
	// Audience is the expected token endpoint. Without one, the "aud" is judged by its
	// own shape if the rules require a token endpoint.
	Audience string
	// AudienceExplicit says that the user chose Audience; it does not follow from the
	// account (evidence: expected_from).
	AudienceExplicit bool
	// Public is the public key to verify with.
	Public crypto.PublicKey
	// PSSHash is the one hash that an RSA-PSS key allows (RFC 4055, section 3.1); 0
	// for any other key.
	PSSHash crypto.Hash
	// Rules are those of the authorization server.
	Rules authserver.Rules
}

// Judge finds all faults of an assertion, in the order of Kinds. An assertion without
// faults may still be rejected: only NetSuite knows its mappings. An access token gets
// one fault only.
func (a *Assertion) Judge(e Expect) []*Fault {
	if a.IsAccessToken() {
		return []*Fault{fault(KindIsAccessToken, "", evidence{"issuer": short(a.Issuer()), "key_id": short(a.KeyID())})}
	}
	var faults []*Fault
	for _, judge := range []struct {
		part   string // the part that must be readable
		faults func(Expect) []*Fault
	}{
		{partHeader, a.judgeAlgorithm},
		{partHeader, a.judgeType},
		{partHeader, a.judgeCritical},
		{partHeader, a.judgeEmbedded},
		{partHeader, a.judgeKeyID},
		{partClaims, a.judgeIssuer},
		{partClaims, a.judgeAudience},
		{partClaims, a.judgeTimes},
		{partClaims, a.judgeScope},
		{partHeader, a.judgeDuplicates},
		{partSignature, a.judgeSignature},
	} {
		if !slices.Contains(a.sealed().unread, judge.part) {
			faults = append(faults, judge.faults(e)...)
		}
	}
	sortFaults(faults)
	return faults
}

func (a *Assertion) judgeAlgorithm(e Expect) []*Fault {
	if blank := e.placeholderIn(a.Header, "alg"); blank != nil {
		return blank
	}
	f := algorithmFault(a.Header)
	if f == nil {
		f = pssFault(a.Algorithm(), e.PSSHash)
	}
	if f == nil || (!e.Rules.DocumentedAlgorithms && (f.Kind == KindAlgDeprecated || f.Reason == "other")) {
		return nil
	}
	return []*Fault{f}
}

// judgeType judges "typ". Oracle says JWT; RFC 7519, section 5.1, makes it
// optional.
func (a *Assertion) judgeType(e Expect) []*Fault {
	const want = "JWT"
	v, present := a.Header["typ"]
	if !present {
		if !e.Rules.TypeRequired {
			return nil
		}
		return []*Fault{fault(KindTypUnexpected, "missing", evidence{"expected": want})}
	}
	typ, isString := v.(string)
	switch {
	case !isString:
		return []*Fault{fault(KindTypUnexpected, "not-a-string", evidence{"expected": want, "actual_type": JSONType(v)})}
	case typ == want:
		return nil
	case strings.EqualFold(typ, want):
		return []*Fault{fault(KindTypUnexpected, "case", evidence{"expected": want, "typ": short(typ)})}
	}
	return []*Fault{fault(KindTypUnexpected, "other", evidence{"expected": want, "typ": short(typ)})}
}

// judgeCritical rejects "crit": it lists extensions that the receiver must support
// (RFC 7515, section 4.1.11), and Oracle documents none.
func (a *Assertion) judgeCritical(Expect) []*Fault {
	v, present := a.Header["crit"]
	if !present {
		return nil
	}
	ev := evidence{"actual_type": JSONType(v)}
	if list, ok := v.([]any); ok {
		names := []string{}
		for _, item := range list {
			if s, ok := item.(string); ok {
				names = append(names, s)
			}
		}
		ev["crit"] = shortAll(names)
	}
	return []*Fault{fault(KindCritUnsupported, "", ev)}
}

// judgeEmbedded finds a key, or a link to one, in the header (RFC 7515, sections
// 4.1.2 to 4.1.6). Such a key proves nothing and is never used: NetSuite finds the
// certificate by the kid.
func (a *Assertion) judgeEmbedded(e Expect) []*Fault {
	var names []string
	for _, name := range []string{"jwk", "jku", "x5c", "x5u"} {
		if _, there := a.Header[name]; there {
			names = append(names, name)
		}
	}
	if len(names) == 0 || !e.Rules.KeyRegistered {
		return nil
	}
	return []*Fault{fault(KindKeyEmbedded, "", evidence{"member": names})}
}

func (a *Assertion) judgeKeyID(e Expect) []*Fault {
	kinds := idKinds{missing: KindKidMissing, malformed: KindKidMalformed, mismatch: KindKidMismatch, special: map[string]Kind{
		"thumbprint": KindKidIsThumbprint, "script-id": KindKidIsScriptID,
	}}
	if v, present := a.Header["kid"]; !e.Rules.KeyIDRequired && missing(a.Header, "kid", kinds.missing, v, present) != nil {
		return nil
	}
	if blank := e.placeholderIn(a.Header, "kid"); blank != nil {
		return blank
	}
	return judgeID(a.Header, "kid", kinds, e.CertificateID, e.Rules.CertificateIDShape)
}

func (a *Assertion) judgeIssuer(e Expect) []*Fault {
	kinds := idKinds{missing: KindIssuerMissing, malformed: KindIssuerMalformed, mismatch: KindIssuerMismatch, special: map[string]Kind{
		"application-id": KindIssuerIsApplicationID,
	}}
	if blank := e.placeholderIn(a.Claims, "iss"); blank != nil {
		return blank
	}
	return judgeID(a.Claims, "iss", kinds, e.ClientID, e.Rules.ClientIDShape)
}

// idKinds are the kinds of fault of one identifier. special has the kinds for some
// reasons of its shape.
type idKinds struct {
	missing, malformed, mismatch Kind
	special                      map[string]Kind
}

// judgeID judges "kid" or "iss". It finds one fault at most: a malformed value is not
// compared.
func judgeID(m map[string]any, name string, kinds idKinds, want string, shape func(string) string) []*Fault {
	v, present := m[name]
	if f := missing(m, name, kinds.missing, v, present); f != nil {
		return []*Fault{f}
	}
	id, isString := v.(string)
	if !isString {
		return []*Fault{fault(kinds.malformed, "not-a-string", evidence{"actual_type": JSONType(v)})}
	}
	ev := evidence{name: short(id), "length": len(id)}
	if want != "" {
		ev["expected"] = short(want)
	}
	if shape != nil {
		onlyCase := kinds.mismatch == KindKidMismatch && id != want && strings.EqualFold(id, want) // the better reason
		if reason := shape(id); reason != "" && !onlyCase {
			kind := kinds.malformed
			if special, ok := kinds.special[reason]; ok {
				kind = special
			}
			return []*Fault{fault(kind, reason, ev)}
		}
	}
	if want == "" || id == want {
		return nil
	}
	ev["actual"] = short(id)
	ev["first_difference"], _, _ = firstDifference(want, id)
	if strings.EqualFold(id, want) {
		return []*Fault{fault(kinds.mismatch, "case", ev)}
	}
	return []*Fault{fault(kinds.mismatch, "other", ev)}
}

// otherNames are wrong names that programs use for a member. Names that differ only in
// case are not listed.
var otherNames = map[string][]string{
	"kid":   {"key_id", "keyId", "certificate_id", "certificateId", "x5t", "x5t#S256"},
	"iss":   {"issuer", "client_id", "clientId", "sub"},
	"aud":   {"audience"},
	"scope": {"scopes", "scp"},
}

// missing is the fault of a member that is absent, null or empty; nil for any other.
func missing(m map[string]any, name string, kind Kind, v any, present bool) *Fault {
	if present {
		switch v := v.(type) {
		case string:
			if strings.TrimSpace(v) != "" {
				return nil
			}
		case []any:
			if len(v) > 0 {
				return nil
			}
		case nil:
		default:
			return nil
		}
		return fault(kind, "empty", evidence{"member": name, "actual_type": JSONType(v)})
	}
	if other := otherName(m, name); other != "" {
		return fault(kind, "other-name", evidence{"member": name, "found": other})
	}
	return fault(kind, "absent", evidence{"member": name})
}

func otherName(m map[string]any, name string) string {
	for _, other := range otherNames[name] {
		if _, found := m[other]; found {
			return other
		}
	}
	for _, member := range slices.Sorted(maps.Keys(m)) {
		if strings.EqualFold(member, name) {
			return member
		}
	}
	return ""
}

// judgeScope judges "scope". Oracle's help says "separated by a comma" and shows
// an array or one plain string (pages section_162790605110 and
// section_162755359851), so the reason is the separator.
func (a *Assertion) judgeScope(e Expect) []*Fault {
	v, present := a.Claims["scope"]
	if !e.Rules.ScopeClaim {
		return nil // then it is a string with spaces (RFC 6749, section 3.3)
	}
	if f := missing(a.Claims, "scope", KindScopeMissing, v, present); f != nil {
		return []*Fault{f}
	}
	if blank := e.placeholderIn(a.Claims, "scope"); blank != nil {
		return blank
	}
	items, isArray := v.([]any)
	if !isArray {
		items = []any{v}
	}
	var faults []*Fault
	var scopes []string
	separators := map[string]bool{}
	for _, item := range items {
		s, ok := item.(string)
		if !ok {
			return []*Fault{fault(KindScopeMissing, "not-a-string", evidence{"actual_type": JSONType(item)})}
		}
		scopes = append(scopes, splitScope(s, separators)...)
	}
	for _, reason := range []string{"space", "comma", "other"} {
		if separators[reason] {
			faults = append(faults, fault(KindScopeSeparator, reason, evidence{"scope": shortAll(scopes), "in_array": isArray}))
		}
	}
	return append(faults, scopeFaults(scopes, e.Rules.ScopeShape)...)
}

// splitScope cuts one string into scopes and adds the separators that it found.
func splitScope(s string, separators map[string]bool) []string {
	return strings.FieldsFunc(s, func(r rune) bool {
		switch r {
		case ' ':
			separators["space"] = true
		case ',':
			separators["comma"] = true
		case ';', '+', '|', '\t', '\n', '\r':
			separators["other"] = true
		default:
			return false
		}
		return true
	})
}

// connectSampleScope is the scope in Oracle's sample for SuiteAnalytics Connect, which
// its text calls suite_analytics (Oracle NetSuite Help, page article_0907012935).
const connectSampleScope = "SuiteAnalytics"

// scopeFaults has one fault for each way in which scopes are wrong.
func scopeFaults(scopes []string, shape func(string) string) []*Fault {
	if shape == nil {
		return nil
	}
	type group struct {
		kind   Kind
		reason string
	}
	groups := map[group][]string{}
	for _, s := range scopes {
		switch reason := shape(s); {
		case reason == "":
			continue
		case reason == "not-for-m2m":
			groups[group{KindScopeNotForM2M, ""}] = append(groups[group{KindScopeNotForM2M, ""}], s)
		case strings.EqualFold(s, connectSampleScope):
			groups[group{KindScopeUnknown, "connect-sample"}] = append(groups[group{KindScopeUnknown, "connect-sample"}], s)
		case shape(strings.ToLower(s)) == "":
			groups[group{KindScopeUnknown, "case"}] = append(groups[group{KindScopeUnknown, "case"}], s)
		default:
			groups[group{KindScopeUnknown, ""}] = append(groups[group{KindScopeUnknown, ""}], s)
		}
	}
	var faults []*Fault
	for _, g := range []group{{KindScopeUnknown, ""}, {KindScopeUnknown, "case"}, {KindScopeUnknown, "connect-sample"}, {KindScopeNotForM2M, ""}} {
		if len(groups[g]) > 0 {
			faults = append(faults, fault(g.kind, g.reason, evidence{"scope": shortAll(groups[g])}))
		}
	}
	return faults
}

func (a *Assertion) judgeDuplicates(Expect) []*Fault {
	var faults []*Fault
	for _, part := range []string{partHeader, partClaims} {
		if names := a.sealed().duplicates[part]; len(names) > 0 {
			faults = append(faults, fault(KindDuplicateMember, "", evidence{"part": part, "name": shortAll(names)}))
		}
	}
	return faults
}

// judgeSignature adds what Verify finds, except about the algorithm: judgeAlgorithm
// reports that.
func (a *Assertion) judgeSignature(e Expect) []*Fault {
	_, f := a.Verify(e.Public)
	if f == nil || f.Kind == KindAlgUnsupported {
		return nil
	}
	return []*Fault{f}
}
