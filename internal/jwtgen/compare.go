package jwtgen

import (
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

// The weights, gravest first. Perhaps is for what Oracle does not document, or
// what depends on the key.
const (
	Matters Weight = "yes"
	Perhaps Weight = "perhaps"
	Ignored Weight = "no"
)

// How says in what way two members differ.
type How string

// The ways. ByForm is for what means the same and is written in another way, and
// for values that are meant to differ each time but are of another shape.
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
	Part, Name string // of Part "token": kind, or what is malformed
	A, B       any
	How        How
	Weight     Weight
	// NoValue says that it is no member that differs: A and B are no JSON nulls.
	NoValue bool
	// FaultsA and FaultsB are what is wrong with one side only. Those of B may
	// also say how it differs from A, where neither is wrong by itself.
	FaultsA, FaultsB []*Fault
}

// Comparison is what two assertions have in common and what not.
type Comparison struct {
	// Differences have those that matter first.
	Differences []Difference
	// Same lists what is the same, or of the same shape where it is meant to
	// differ: "header.alg", "claims.iat", ...
	Same []string
	// InBoth are the faults that both have: no difference, and still faults.
	InBoth []*Fault
}

// side is one of the two, with all that is wrong with it.
type side struct {
	a      *Assertion
	faults []*Fault
}

// Compare lays two assertions side by side, with the faults that Read found in
// each. e is what both are judged by; its Now and Public are not used: when they
// were made, and with which key, is not the question.
func Compare(a, b *Assertion, faultsA, faultsB []*Fault, e Expect) Comparison {
	e.Now, e.Public = time.Time{}, nil
	sides := [2]side{{a, slices.Concat(faultsA, a.Judge(e))}, {b, slices.Concat(faultsB, b.Judge(e))}}
	c := comparer{sides: sides}
	c.split()
	c.kind()
	for _, part := range []struct {
		name string
		a, b map[string]any
	}{{partHeader, a.Header, b.Header}, {partClaims, a.Claims, b.Claims}} {
		if c.unread(part.name) {
			continue
		}
		names := slices.Sorted(maps.Keys(part.a))
		for name := range part.b {
			if _, both := part.a[name]; !both {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		for _, name := range names {
			c.member(part.name, name, part.a, part.b)
		}
		c.absent(part.name)
	}
	c.lifetime()
	c.signature()
	c.leftovers()
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
	sides [2]side
	only  [2][]*Fault // the faults of one side only, not told yet
	kinds bool        // one is an assertion, the other an access token
	out   Comparison
}

// unread says that a part of one of them could not be read: there is nothing to
// compare, and why is said.
func (c *comparer) unread(part string) bool {
	return slices.ContainsFunc(c.sides[:], func(s side) bool { return slices.Contains(s.a.sealed().unread, part) })
}

// split tells the faults of one side from those of both.
func (c *comparer) split() {
	label := func(f *Fault) string {
		return fmt.Sprint(f.Kind, "/", f.Reason, "/", f.Evidence["claim"], "/", f.Evidence["part"])
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

// take gives the faults of one side that are about a member, once.
func (c *comparer) take(side int, part, name string) []*Fault {
	var taken []*Fault
	c.only[side] = slices.DeleteFunc(c.only[side], func(f *Fault) bool {
		p, n := f.about()
		if p == part && n == name {
			taken = append(taken, f)
			return true
		}
		return false
	})
	return taken
}

// about is the member that a fault is about.
func (f *Fault) about() (part, name string) {
	family, _, _ := strings.Cut(string(f.Kind), "-")
	claim, _ := f.Evidence["claim"].(string)
	switch {
	case f.Kind == KindLifetimeTooLong, f.Kind == KindTimeClaimInvalid && f.Reason == "order":
		return partClaims, "lifetime"
	case f.Kind == KindTimeClaimInvalid:
		return partClaims, claim
	case f.Kind == KindKeyEmbedded:
		if names, _ := f.Evidence["member"].([]string); len(names) > 0 {
			return partHeader, names[0]
		}
	case family == "signature", f.Kind == KindSaltLength:
		return partSignature, ""
	}
	if name, ok := map[string]string{"alg": "alg", "typ": "typ", "crit": "crit", "kid": "kid"}[family]; ok {
		return partHeader, name
	}
	if name, ok := map[string]string{"issuer": "iss", "audience": "aud", "scope": "scope"}[family]; ok {
		return partClaims, name
	}
	return "token", string(f.Kind)
}

func (c *comparer) add(d Difference) { c.out.Differences = append(c.out.Differences, d) }

// kind says that one of the two is NetSuite's access token.
func (c *comparer) kind() {
	kinds := [2]any{"assertion", "assertion"}
	for i, s := range c.sides {
		if s.a.IsAccessToken() {
			kinds[i] = "access token"
		}
	}
	if c.kinds = kinds[0] != kinds[1]; c.kinds {
		c.add(Difference{Part: "token", Name: "kind", A: kinds[0], B: kinds[1], How: ByValue, Weight: Matters,
			FaultsA: c.take(0, "token", string(KindIsAccessToken)), FaultsB: c.take(1, "token", string(KindIsAccessToken))})
	}
}

// anew are the claims that every assertion has anew.
var anew = []string{"iat", "exp", "nbf", "jti", "oit"}

func (c *comparer) member(part, name string, a, b map[string]any) {
	va, inA := a[name]
	vb, inB := b[name]
	d := Difference{Part: part, Name: name, A: va, B: vb, FaultsA: c.take(0, part, name), FaultsB: c.take(1, part, name)}
	switch {
	case !inB:
		d.How = OnlyInA
	case !inA:
		d.How = OnlyInB
	case jsonType(va) != jsonType(vb):
		d.How = ByType
	case part == partClaims && slices.Contains(anew, name):
		if d.How = ByForm; shapeOf(name, va) == shapeOf(name, vb) {
			d.How = ""
		}
	case !reflect.DeepEqual(va, vb):
		d.How = ByValue
	}
	if d.How == "" && len(d.FaultsA)+len(d.FaultsB) == 0 {
		c.out.Same = append(c.out.Same, part+"."+name)
		return
	}
	c.weigh(&d)
	c.add(d)
}

// shapeOf is what is compared of a value that is meant to differ.
func shapeOf(name string, v any) string {
	if name == "jti" {
		return jsonType(v)
	}
	_, reason := seconds(v)
	return reason
}

// weigh decides whether NetSuite is known to care. A fault that only one side has
// settles it. Where neither is wrong by itself, B is judged by A.
func (c *comparer) weigh(d *Difference) {
	d.Weight = Perhaps
	switch {
	case len(d.FaultsA)+len(d.FaultsB) > 0:
		d.Weight = Matters
		return
	case c.kinds: // they are meant to say different things
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
			d.Weight = Matters // one key goes with one of them only
		}
	case "claims.scope": // no fault by itself: the integration may have either
		if d.Weight = Matters; d.How == ByType {
			d.How = ByValue
		}
		if slices.Equal(scopeSet(d.A), scopeSet(d.B)) { // Oracle's samples have both forms
			d.How, d.Weight = ByForm, Ignored
			if jsonType(d.A) != jsonType(d.B) {
				d.How = ByType
			}
		}
	case "claims.jti":
		d.Weight = Ignored // Oracle's newer sample has one, its table none
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

// absent takes the faults about members that neither has, or that one lacks.
func (c *comparer) absent(part string) {
	for i := range c.only {
		for _, f := range slices.Clone(c.only[i]) {
			p, name := f.about()
			if p != part || name == "lifetime" {
				continue
			}
			d := Difference{Part: part, Name: name, How: OnlyInA, Weight: Matters, NoValue: true}
			if i == 0 {
				d.How = OnlyInB
			}
			d.FaultsA, d.FaultsB = c.take(0, part, name), c.take(1, part, name)
			if len(d.FaultsA)+len(d.FaultsB) > 0 {
				c.add(d)
			}
		}
	}
}

// lifetime compares exp - iat: by itself it is anybody's choice.
func (c *comparer) lifetime() {
	d := Difference{Part: partClaims, Name: "lifetime", How: ByValue, Weight: Ignored,
		FaultsA: c.take(0, partClaims, "lifetime"), FaultsB: c.take(1, partClaims, "lifetime")}
	var known [2]bool
	var seconds [2]time.Duration
	for i, s := range c.sides {
		seconds[i], known[i] = s.a.Lifetime()
	}
	if known[0] {
		d.A = json.Number(fmt.Sprint(int64(seconds[0] / time.Second)))
	}
	if known[1] {
		d.B = json.Number(fmt.Sprint(int64(seconds[1] / time.Second)))
	}
	switch {
	case len(d.FaultsA)+len(d.FaultsB) > 0:
		d.Weight = Matters
	case !known[0] || !known[1]:
		return
	case c.kinds: // an access token's is NetSuite's choice
	case seconds[0] == seconds[1]:
		c.out.Same = append(c.out.Same, "claims.lifetime")
		return
	}
	c.add(d)
}

// signature compares the form of the signatures: each is another one.
func (c *comparer) signature() {
	length := func(s side) any {
		return json.Number(fmt.Sprint(len(s.a.sealed().signature)))
	}
	d := Difference{Part: partSignature, Name: "bytes", A: length(c.sides[0]), B: length(c.sides[1]), How: ByForm, Weight: Perhaps,
		FaultsA: c.take(0, partSignature, ""), FaultsB: c.take(1, partSignature, "")}
	switch {
	case len(d.FaultsA)+len(d.FaultsB) > 0:
		d.Weight = Matters
	case d.A == d.B:
		c.out.Same = append(c.out.Same, "signature.bytes")
		return
	case c.unread(partSignature):
		return
	case c.kinds:
		d.Weight = Ignored
	}
	c.add(d)
}

// leftovers are the faults that are about no member: what is malformed, and names
// that appear twice.
func (c *comparer) leftovers() {
	for i, faults := range c.only {
		for _, f := range faults {
			d := Difference{Part: "token", Name: string(f.Kind), How: OnlyInA, Weight: Matters, NoValue: true}
			if part, ok := f.Evidence["part"].(string); ok {
				d.Part = part
			}
			if i == 0 {
				d.FaultsA = []*Fault{f}
			} else {
				d.How, d.FaultsB = OnlyInB, []*Fault{f}
			}
			c.add(d)
		}
	}
}
