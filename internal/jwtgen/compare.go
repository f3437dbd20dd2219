package jwtgen

import (
	"crypto"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/authserver"
)

// Weight says whether NetSuite is known to care about a difference.
type Weight string

// The weights, most important first. Perhaps is for what Oracle does not document, or
// what depends on the key.
const (
	Matters Weight = "yes"
	Perhaps Weight = "perhaps"
	Ignored Weight = "no"
)

// How says how two members differ.
type How string

// The values of How. ByForm is for the same meaning in another form, and for values
// that differ each time if their shapes differ too.
const (
	ByValue How = "value"
	ByType  How = "type"
	OnlyInA How = "only-in-a"
	OnlyInB How = "only-in-b"
	ByForm  How = "form"
)

// Difference is one way in which two assertions differ. A and B are JSON values,
// nil where a side has none.
type Difference struct {
	Part, Name string // Part is header, claims, signature or token
	A, B       any
	How        How
	Weight     Weight
	// NoValue says that the difference is not in a member: A and B are not JSON nulls.
	NoValue bool
	// FaultsA and FaultsB are the faults of one side only. Those of B may also say how
	// it differs from A, if neither is wrong alone.
	FaultsA, FaultsB []*Fault
}

// Comparison is the result of Compare.
type Comparison struct {
	// Differences are sorted, most important first.
	Differences []Difference
	// Same lists equal members, and members that differ each time and have the same
	// shape: "header.alg", "claims.iat", ...
	Same []string
	// InBoth are the faults that both have.
	InBoth []*Fault
	// SignaturesCompared says that a key verified one of the signatures, or the reason why
	// it does not verify is known: otherwise other keys may have made them.
	SignaturesCompared bool
}

// Side is one of the two: the assertion, the faults that Read found in it, and the key to
// verify it with, nil for none.
type Side struct {
	Assertion *Assertion
	Faults    []*Fault
	Public    crypto.PublicKey
	PSSHash   crypto.Hash
}

// side is a Side with all its faults.
type side struct {
	a         *Assertion
	faults    []*Fault
	signature Signature
}

// judged is the side with what e and its own key find. Times are not compared.
func (s Side) judged(e Expect) side {
	e.Now, e.Public, e.PSSHash = time.Time{}, s.Public, s.PSSHash
	state, _ := s.Assertion.Verify(s.Public)
	return side{s.Assertion, slices.Concat(s.Faults, s.Assertion.Judge(e)), state}
}

// Compare compares two assertions, each judged by e and verified with its own key.
func Compare(a, b Side, e Expect) Comparison {
	c := comparer{sides: [2]side{a.judged(e), b.judged(e)}}
	c.split()
	c.kind()
	for _, part := range []struct {
		name string
		a, b map[string]any
	}{{partHeader, a.Assertion.Header, b.Assertion.Header}, {partClaims, a.Assertion.Claims, b.Assertion.Claims}} {
		if c.unread(part.name) {
			continue
		}
		names := slices.Concat(slices.Collect(maps.Keys(part.a)), slices.Collect(maps.Keys(part.b)))
		slices.Sort(names)
		for _, name := range slices.Compact(names) {
			c.member(part.name, name, part.a, part.b)
		}
		c.absent(part.name)
	}
	c.lifetime()
	c.signature()
	c.withoutMember()
	slices.SortStableFunc(c.out.Differences, func(x, y Difference) int { return x.rank() - y.rank() })
	return c.out
}

// rank is the order in which differences are listed.
func (d Difference) rank() int {
	weight := slices.Index([]Weight{Matters, Perhaps, Ignored}, d.Weight)
	place := slices.Index([]string{"kind", "alg", "kid", "iss", "aud", "scope", "iat", "exp", "lifetime"}, d.Name)
	if place < 0 {
		place = 50
	}
	return weight*100 + place
}

type comparer struct {
	sides          [2]side
	only           [2][]*Fault // the faults of one side only that are not in a difference yet
	differentKinds bool        // one is an assertion, the other an access token
	out            Comparison
}

// difference begins a difference, with the faults of one side about this member.
func (c *comparer) difference(part, name string, a, b any) Difference {
	return Difference{Part: part, Name: name, A: a, B: b, How: ByValue,
		FaultsA: c.takeFaults(0, part, name), FaultsB: c.takeFaults(1, part, name)}
}

// faulty reports whether one side has a fault.
func (d Difference) faulty() bool { return len(d.FaultsA)+len(d.FaultsB) > 0 }

// unread reports whether a part of one side could not be read. A fault says why.
func (c *comparer) unread(part string) bool {
	return slices.ContainsFunc(c.sides[:], func(s side) bool { return slices.Contains(s.a.sealed().unread, part) })
}

// split separates the faults of one side from those of both.
func (c *comparer) split() {
	label := func(f *Fault) string {
		return fmt.Sprint(f.Kind, "/", f.Reason, "/", f.Evidence["claim"], "/", f.Evidence["member"], "/", f.Evidence["part"])
	}
	for i, s := range c.sides {
		for _, f := range s.faults {
			both := slices.ContainsFunc(c.sides[1-i].faults, func(g *Fault) bool { return label(g) == label(f) })
			switch {
			case !both:
				c.only[i] = append(c.only[i], f)
			case i == 0:
				c.out.InBoth = append(c.out.InBoth, f)
			}
		}
	}
}

// takeFaults removes the faults of one side about a member, and returns them.
func (c *comparer) takeFaults(side int, part, name string) []*Fault {
	var taken []*Fault
	c.only[side] = slices.DeleteFunc(c.only[side], func(f *Fault) bool {
		p, n := f.member()
		same := p == part && n == name
		if same {
			taken = append(taken, f)
		}
		return same
	})
	return taken
}

// familyMembers are the members for the first words of the kinds.
var familyMembers = map[string][2]string{
	"alg": {partHeader, "alg"}, "typ": {partHeader, "typ"}, "crit": {partHeader, "crit"}, "kid": {partHeader, "kid"},
	"issuer": {partClaims, "iss"}, "audience": {partClaims, "aud"}, "scope": {partClaims, "scope"},
	"signature": {partSignature, ""}, "salt": {partSignature, ""},
}

// member is the member with the fault.
func (f *Fault) member() (part, name string) {
	switch {
	case f.Kind == KindLifetimeTooLong, f.Kind == KindTimeClaimInvalid && f.Reason == "order":
		return partClaims, "lifetime"
	case f.Kind == KindTimeClaimInvalid:
		claim, _ := f.Evidence["claim"].(string)
		return partClaims, claim
	case f.Kind == KindPlaceholder:
		name, _ := f.Evidence["member"].(string)
		if name == "alg" || name == "kid" {
			return partHeader, name
		}
		return partClaims, name
	case f.Kind == KindKeyEmbedded:
		if names, _ := f.Evidence["member"].([]string); len(names) > 0 {
			return partHeader, names[0]
		}
	}
	family, _, _ := strings.Cut(string(f.Kind), "-")
	if m, ok := familyMembers[family]; ok {
		return m[0], m[1]
	}
	return "token", string(f.Kind)
}

func (c *comparer) add(d Difference) { c.out.Differences = append(c.out.Differences, d) }

// kind adds a difference if only one side is a NetSuite access token.
func (c *comparer) kind() {
	kinds := [2]any{"assertion", "assertion"}
	for i, s := range c.sides {
		if s.a.IsAccessToken() {
			kinds[i] = "access token"
		}
	}
	if c.differentKinds = kinds[0] != kinds[1]; c.differentKinds {
		d := c.difference("token", string(KindIsAccessToken), kinds[0], kinds[1])
		d.Name, d.Weight = "kind", Matters
		c.add(d)
	}
}

// changingClaims differ in every assertion.
var changingClaims = []string{"iat", "exp", "nbf", "jti", "oit"}

func (c *comparer) member(part, name string, a, b map[string]any) {
	va, inA := a[name]
	vb, inB := b[name]
	d := c.difference(part, name, va, vb)
	switch {
	case !inB:
		d.How = OnlyInA
	case !inA:
		d.How = OnlyInB
	case JSONType(va) != JSONType(vb):
		d.How = ByType
	case part == partClaims && slices.Contains(changingClaims, name):
		if d.How = ByForm; shapeOf(name, va) == shapeOf(name, vb) {
			d.How = ""
		}
	case reflect.DeepEqual(va, vb):
		d.How = ""
	}
	if d.How == "" && !d.faulty() {
		c.out.Same = append(c.out.Same, part+"."+name)
		return
	}
	c.weigh(&d)
	c.add(d)
}

// shapeOf is the part that is compared of a value that differs each time.
func shapeOf(name string, v any) string {
	if name == "jti" {
		return JSONType(v)
	}
	_, reason := numericDate(v)
	return reason
}

// weigh decides whether NetSuite is known to care. It does if only one side has a
// fault. Without a fault, B is compared with A.
func (c *comparer) weigh(d *Difference) {
	d.Weight = Perhaps
	switch {
	case d.faulty():
		d.Weight = Matters
		return
	case c.differentKinds: // they have different contents
		d.Weight = Ignored
		return
	}
	ta, aText := d.A.(string)
	tb, bText := d.B.(string)
	texts := aText && bText
	switch d.Part + "." + d.Name {
	case "header.kid":
		if d.Weight = Matters; texts {
			d.FaultsB = judgeID(map[string]any{"kid": tb}, "kid", idKinds{mismatch: KindKidMismatch}, ta, nil)
		}
	case "claims.iss":
		if d.Weight = Matters; texts {
			d.FaultsB = judgeID(map[string]any{"iss": tb}, "iss", idKinds{mismatch: KindIssuerMismatch}, ta, nil)
		}
	case "claims.aud":
		d.Weight = Matters
		if f := audienceFault(tb, Expect{Audience: ta, AudienceExplicit: true, Rules: authserver.NetSuite}); texts && f != nil {
			d.FaultsB = []*Fault{f}
		}
	case "header.alg":
		a, knowsA := lookupAlgorithm(ta)
		b, knowsB := lookupAlgorithm(tb)
		if knowsA && knowsB && (a.scheme != b.scheme || a.scheme == schemeECDSA && a.name != b.name) {
			d.Weight = Matters // a key fits only one of them
		}
	case "claims.scope": // the integration may allow either
		if d.Weight = Matters; d.How == ByType {
			d.How = ByValue
		}
		if slices.Equal(scopeSet(d.A), scopeSet(d.B)) { // Oracle's samples have both forms
			d.How, d.Weight = ByForm, Ignored
			if JSONType(d.A) != JSONType(d.B) {
				d.How = ByType
			}
		}
	case "claims.jti":
		d.Weight = Ignored // Oracle's newer sample has one, its table does not
	}
	for _, f := range d.FaultsB {
		f.Evidence["expected_from"] = "A"
	}
}

func scopeSet(v any) []string {
	set := readScope(v)
	slices.Sort(set)
	return slices.Compact(set)
}

// absent adds the faults about members that one side or both lack.
func (c *comparer) absent(part string) {
	for i := range c.only {
		for _, f := range slices.Clone(c.only[i]) {
			p, name := f.member()
			if p != part || name == "lifetime" {
				continue
			}
			d := c.difference(part, name, nil, nil)
			d.How, d.Weight, d.NoValue = [2]How{OnlyInB, OnlyInA}[i], Matters, true
			if d.faulty() {
				c.add(d)
			}
		}
	}
}

// lifetime compares exp - iat. Without a fault any lifetime is fine.
func (c *comparer) lifetime() {
	lifetime := func(s side) any {
		if d, ok := s.a.Lifetime(); ok {
			return json.Number(fmt.Sprint(int64(d / time.Second)))
		}
		return nil
	}
	d := c.difference(partClaims, "lifetime", lifetime(c.sides[0]), lifetime(c.sides[1]))
	d.Weight = Ignored
	switch {
	case d.faulty():
		d.Weight = Matters
	case d.A == nil || d.B == nil:
		return
	case c.differentKinds: // NetSuite chooses that of an access token
	case d.A == d.B:
		c.out.Same = append(c.out.Same, "claims.lifetime")
		return
	}
	c.add(d)
}

// signature compares what a key says of the signatures, and their lengths: they always
// differ in value.
func (c *comparer) signature() {
	a, b := c.sides[0].signature, c.sides[1].signature
	unknown := slices.ContainsFunc(c.out.InBoth, func(f *Fault) bool { return f.Kind == KindSignatureInvalid && f.Reason == "other" })
	c.out.SignaturesCompared = a != NotChecked && b != NotChecked && !unknown
	if a == Verified && b == Verified {
		c.out.Same = append(c.out.Same, "signature.verified")
	}
	length := func(s side) any {
		return json.Number(fmt.Sprint(len(s.a.sealed().signature)))
	}
	d := c.difference(partSignature, "", length(c.sides[0]), length(c.sides[1]))
	d.Name, d.How, d.Weight = "bytes", ByForm, Perhaps
	switch {
	case d.faulty():
		d.Weight = Matters
	case d.A == d.B:
		c.out.Same = append(c.out.Same, "signature.bytes")
		return
	case c.unread(partSignature):
		return
	case c.differentKinds:
		d.Weight = Ignored
	}
	c.add(d)
}

// withoutMember adds the faults that concern no member: malformed parts, and duplicate
// members.
func (c *comparer) withoutMember() {
	for i, faults := range c.only {
		for _, f := range faults {
			d := Difference{Part: "token", Name: string(f.Kind), How: OnlyInA, Weight: Matters, NoValue: true, FaultsA: []*Fault{f}}
			if part, ok := f.Evidence["part"].(string); ok {
				d.Part = part
			}
			if i == 1 {
				d.How, d.FaultsA, d.FaultsB = OnlyInB, nil, d.FaultsA
			}
			c.add(d)
		}
	}
}
