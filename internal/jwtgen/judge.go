package jwtgen

import (
	"crypto"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/authserver"
)

// Expect is what an assertion is judged against. Every field may be left empty;
// then nothing is said that would need it.
type Expect struct {
	// Now is the time of the judgement.
	Now time.Time
	// ClientID and CertificateID are what "iss" and "kid" should be.
	ClientID      string
	CertificateID string
	// Audience is the token endpoint that the assertion is for. If it is empty
	// and has to be a token endpoint, it is still judged by its own shape.
	Audience string
	// AudienceExplicit says that Audience was chosen by hand and does not follow
	// from the account; the evidence then says so (expected_from).
	AudienceExplicit bool
	// Public is the public key to verify with.
	Public crypto.PublicKey
	// PSSHash is the one hash that the key may be used with, if it is an RSA-PSS
	// key with such a restriction (RFC 4055, section 3.1); 0 otherwise.
	PSSHash crypto.Hash
	// Rules are those of the authorization server.
	Rules authserver.Rules
}

// Judge says everything that is wrong with an assertion, at once, in the order
// of Kinds. An assertion without a fault is not thereby accepted: only NetSuite
// knows its mappings. An access token gets one fault and no other.
func (a *Assertion) Judge(e Expect) []*Fault {
	if a.IsAccessToken() {
		return []*Fault{fault(KindIsAccessToken, "", evidence{"issuer": short(a.Issuer()), "key_id": short(a.KeyID())})}
	}
	var faults []*Fault
	for _, judge := range []struct {
		part   string // that has to be there
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
		return []*Fault{fault(KindTypUnexpected, "not-a-string", evidence{"expected": want, "actual_type": jsonType(v)})}
	case typ == want:
		return nil
	case strings.EqualFold(typ, want):
		return []*Fault{fault(KindTypUnexpected, "case", evidence{"expected": want, "typ": short(typ)})}
	}
	return []*Fault{fault(KindTypUnexpected, "other", evidence{"expected": want, "typ": short(typ)})}
}

// judgeCritical refuses "crit": it lists extensions that the receiver has to
// understand (RFC 7515, section 4.1.11), and Oracle documents none.
func (a *Assertion) judgeCritical(Expect) []*Fault {
	v, present := a.Header["crit"]
	if !present {
		return nil
	}
	ev := evidence{"actual_type": jsonType(v)}
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

// judgeEmbedded finds a key, or the way to one, in the header (RFC 7515, sections
// 4.1.2 to 4.1.6). The maker of the assertion wrote it there, so it proves
// nothing and is never used; NetSuite finds the certificate by the kid.
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
		"thumbprint": KindKidIsThumbprint,
	}}
	if v, present := a.Header["kid"]; !e.Rules.KeyIDRequired && missing(a.Header, "kid", kinds.missing, v, present) != nil {
		return nil
	}
	return judgeID(a.Header, "kid", kinds, e.CertificateID, e.Rules.CertificateIDShape)
}

func (a *Assertion) judgeIssuer(e Expect) []*Fault {
	kinds := idKinds{missing: KindIssuerMissing, malformed: KindIssuerMalformed, mismatch: KindIssuerMismatch, special: map[string]Kind{
		"application-id": KindIssuerIsApplicationID,
	}}
	return judgeID(a.Claims, "iss", kinds, e.ClientID, e.Rules.ClientIDShape)
}

// idKinds are the kinds of fault of one identifier. special maps a shape's
// reason to a kind of its own.
type idKinds struct {
	missing, malformed, mismatch Kind
	special                      map[string]Kind
}

// judgeID judges "kid" and "iss". One fault at most: a value of the wrong shape
// is not also called different.
func judgeID(m map[string]any, name string, kinds idKinds, want string, shape func(string) string) []*Fault {
	v, present := m[name]
	if f := missing(m, name, kinds.missing, v, present); f != nil {
		return []*Fault{f}
	}
	id, isString := v.(string)
	if !isString {
		return []*Fault{fault(kinds.malformed, "not-a-string", evidence{"actual_type": jsonType(v)})}
	}
	ev := evidence{name: short(id), "length": len(id)}
	if want != "" {
		ev["expected"] = short(want)
	}
	if shape != nil {
		onlyCase := kinds.mismatch == KindKidMismatch && id != want && strings.EqualFold(id, want) // says more
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

// otherNames are what programs write where a member has to be. A member that
// differs in case only is found without being listed.
var otherNames = map[string][]string{
	"kid":   {"key_id", "keyId", "certificate_id", "certificateId", "x5t", "x5t#S256"},
	"iss":   {"issuer", "client_id", "clientId", "sub"},
	"aud":   {"audience"},
	"scope": {"scopes", "scp"},
}

// missing is the fault of a member that is absent, null or empty, or nil.
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
		return fault(kind, "empty", evidence{"member": name, "actual_type": jsonType(v)})
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
	// The smallest, so that the answer does not depend on the order of a map.
	best := ""
	for member := range m {
		if strings.EqualFold(member, name) && (best == "" || member < best) {
			best = member
		}
	}
	return best
}

// judgeScope judges "scope". Oracle's help says "separated by a comma" and shows
// an array or one plain string (pages section_162790605110 and
// section_162755359851), so the separators are reported by name.
func (a *Assertion) judgeScope(e Expect) []*Fault {
	v, present := a.Claims["scope"]
	if !e.Rules.ScopeClaim {
		return nil // a space-separated string is right there (RFC 6749, section 3.3)
	}
	if f := missing(a.Claims, "scope", KindScopeMissing, v, present); f != nil {
		return []*Fault{f}
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
			return []*Fault{fault(KindScopeMissing, "not-a-string", evidence{"actual_type": jsonType(item)})}
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

// splitScope cuts one string into scopes and notes what stood between them.
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

// scopeFaults sorts the scopes that are not right by what is wrong with them.
func scopeFaults(scopes []string, shape func(string) string) []*Fault {
	if shape == nil {
		return nil
	}
	var unknown, wrongCase, notForM2M []string
	for _, s := range scopes {
		switch reason := shape(s); {
		case reason == "":
		case reason == "not-for-m2m":
			notForM2M = append(notForM2M, s)
		case shape(strings.ToLower(s)) == "":
			wrongCase = append(wrongCase, s)
		default:
			unknown = append(unknown, s)
		}
	}
	var faults []*Fault
	for _, group := range []struct {
		kind   Kind
		reason string
		scopes []string
	}{
		{KindScopeUnknown, "", unknown},
		{KindScopeUnknown, "case", wrongCase},
		{KindScopeNotForM2M, "", notForM2M},
	} {
		if len(group.scopes) > 0 {
			faults = append(faults, fault(group.kind, group.reason, evidence{"scope": shortAll(group.scopes)}))
		}
	}
	return faults
}

func (a *Assertion) judgeDuplicates(Expect) []*Fault {
	var faults []*Fault
	for _, part := range []struct {
		name    string
		members []string
	}{
		{partHeader, a.sealed().headerDuplicates},
		{partClaims, a.sealed().claimsDuplicates},
	} {
		if len(part.members) > 0 {
			faults = append(faults, fault(KindDuplicateMember, "", evidence{"part": part.name, "name": shortAll(part.members)}))
		}
	}
	return faults
}

// judgeSignature adds what Verify finds, but for the algorithm, which
// judgeAlgorithm has judged.
func (a *Assertion) judgeSignature(e Expect) []*Fault {
	_, f := a.Verify(e.Public)
	if f == nil || f.Kind == KindAlgUnsupported {
		return nil
	}
	return []*Fault{f}
}
