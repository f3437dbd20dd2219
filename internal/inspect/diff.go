package inspect

import (
	"cmp"
	"errors"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/nsauth/nsauth/internal/capture"
	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/finding"

	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
)

// NoAssertionError says that one side has no assertion; the finding says why.
type NoAssertionError struct {
	Side    string // A or B
	Finding finding.Finding
}

func (e *NoAssertionError) Error() string { return e.Side + ": " + e.Finding.Message }

// Diff compares the assertions in two texts: header, claims, signature, and the requests
// around them, if both have one. It judges both by p at the time now, and verifies both
// with set, or else with pair. The error is an *NoAssertionError.
func Diff(now time.Time, p *profile.Profile, pair keys.Pair, a, b *capture.Paste, set *KeySet) (*finding.AssertionDiff, error) {
	diff := assertionDiff{finding.AssertionDiff{SchemaVersion: finding.SchemaVersion, Kind: finding.KindAssertionDiff,
		A: finding.DiffSide{Input: inputFacts(a)}, B: finding.DiffSide{Input: inputFacts(b)}}}
	left, faultsA, err := readSide("A", a)
	right, faultsB, errB := readSide("B", b)
	if err := errors.Join(err, errB); err != nil {
		return nil, err
	}
	diff.A.Kind, diff.B.Kind = kindOfToken(left), kindOfToken(right)
	sideA, sideB := sideOf(&diff.A, left, faultsA, pair, set), sideOf(&diff.B, right, faultsB, pair, set)
	c := jwtgen.Compare(sideA, sideB, Expectations(now, p))
	diff.SignaturesCompared = c.SignaturesCompared
	for _, d := range c.Differences {
		diff.Differences = append(diff.Differences, finding.AssertionDifference{
			Part: d.Part, Name: d.Name, A: d.A, B: d.B, TypeA: typeOf(d.A, !d.NoValue && d.How != jwtgen.OnlyInB), TypeB: typeOf(d.B, !d.NoValue && d.How != jwtgen.OnlyInA),
			How: string(d.How), Matters: string(d.Weight),
			Findings: append(withSide("a", d.FaultsA), withSide("b", d.FaultsB)...),
		})
	}
	diff.Same, diff.InBoth = c.Same, withSide("", c.InBoth)
	if left.SHA256() == right.SHA256() && !left.IsAccessToken() {
		again := catalog.New("assertion.reused", finding.Evidence{"reason": "same-text"})
		diff.InBoth = append(diff.InBoth, finding.SidedFinding{Finding: again})
	}
	diff.addRequests(a.Request, b.Request, [2]*finding.Finding{urlFinding(p, a), urlFinding(p, b)})
	weights := []string{string(jwtgen.Matters), string(jwtgen.Perhaps), string(jwtgen.Ignored)}
	slices.SortStableFunc(diff.Differences, func(x, y finding.AssertionDifference) int {
		return cmp.Compare(slices.Index(weights, x.Matters), slices.Index(weights, y.Matters))
	})
	if len(diff.Differences) > 0 && diff.Differences[0].Matters == string(jwtgen.Matters) {
		diff.Matters, diff.ExitCode = true, finding.ExitFail
	}
	return &diff.AssertionDiff, nil
}

// assertionDiff is the comparison while it is made.
type assertionDiff struct{ finding.AssertionDiff }

func readSide(side string, text *capture.Paste) (*jwtgen.Assertion, []*jwtgen.Fault, error) {
	if f := cutFault(text); f != nil {
		return nil, nil, &NoAssertionError{side, fault.OfJWT(f)}
	}
	if text.Elsewhere != "" {
		return nil, nil, &NoAssertionError{side, catalog.New("assertion.malformed", finding.Evidence{"reason": text.Elsewhere})}
	}
	if text.NotJudged == capture.OtherFlow {
		return nil, nil, &NoAssertionError{side, catalog.New("request.not-judged", finding.Evidence{"reason": capture.OtherFlow, "grant_type": text.Request.OtherFlow})}
	}
	if WithoutAssertion(text) {
		return nil, nil, &NoAssertionError{side, catalog.New("request.client-secret-flow", nil)}
	}
	a, faults := jwtgen.Read(text.Token.Reveal())
	if a == nil {
		return nil, nil, &NoAssertionError{side, fault.OfJWT(faults[0])}
	}
	return a, faults, nil
}

// sideOf returns what is compared of an assertion, and notes in d what its signature was
// checked with, or why it was not.
func sideOf(d *finding.DiffSide, a *jwtgen.Assertion, faults []*jwtgen.Fault, pair keys.Pair, set *KeySet) jwtgen.Side {
	by, without := set.verifier(a)
	if set == nil && !a.IsAccessToken() { // NetSuite signs access tokens, with a key of its set
		by, without = verifierOf(pair)
	}
	state, _ := a.Verify(by.public)
	if d.Signature = string(state); state != jwtgen.NotChecked {
		d.CheckedWith = finding.Optional(by.name)
	} else if len(without) > 0 {
		d.NotCheckedBecause = finding.Optional(without[0].Message)
	}
	return jwtgen.Side{Assertion: a, Faults: faults, Public: by.public, PSSHash: by.pssHash}
}

func kindOfToken(a *jwtgen.Assertion) string {
	if a.IsAccessToken() {
		return "access-token"
	}
	return "assertion"
}

// typeOf names the JSON type of a value, or "absent".
func typeOf(v any, there bool) string {
	if !there {
		return "absent"
	}
	return jwtgen.JSONType(v)
}

// withSide returns faults as findings with the side that has them; "" for both.
func withSide(side string, faults []*jwtgen.Fault) []finding.SidedFinding {
	list := []finding.SidedFinding{}
	for _, f := range faults {
		list = append(list, finding.SidedFinding{Side: finding.Optional(side), Finding: fault.OfJWT(f)})
	}
	return list
}

// addRequests compares the requests around two tokens, where both texts have one.
func (diff *assertionDiff) addRequests(a, b *capture.Request, urls [2]*finding.Finding) {
	if a == nil || b == nil {
		return
	}
	if urls[0] != nil && urls[1] != nil && urls[0].Message == urls[1].Message {
		diff.InBoth = append(diff.InBoth, finding.SidedFinding{Finding: *urls[0]})
		urls = [2]*finding.Finding{}
	}
	faults := [2]map[string][]*capture.Fault{faultsByName(a), faultsByName(b)}
	for _, f := range a.Faults {
		name := nameOfFault(f)
		if slices.ContainsFunc(faults[1][name], f.Alike) {
			diff.InBoth = append(diff.InBoth, finding.SidedFinding{Finding: fault.OfRequest(f)})
		}
	}
	var rows []finding.AssertionDifference
	for _, name := range []string{"method", "url", "content-type", "authentication", "cookie"} {
		rows = append(rows, requestRow(name, requestValue(a, name), requestValue(b, name), faults))
	}
	for _, name := range parameters(a, b, faults) {
		rows = append(rows, requestRow(name, sent(a, name), sent(b, name), faults))
	}
	for _, row := range rows {
		if row.Name == "url" {
			addURLs(&row, urls)
		}
		unsaid := slices.Contains([]string{"method", "url", "content-type"}, row.Name) && (row.A == nil || row.B == nil)
		if unsaid && len(row.Findings) == 0 {
			continue // one of the texts does not say
		}
		if row.How == "" {
			diff.Same = append(diff.Same, "request."+row.Name)
		} else {
			diff.Differences = append(diff.Differences, row)
		}
	}
}

// urlFinding is what is wrong with the URL of the request in a text; nil for nothing.
func urlFinding(p *profile.Profile, text *capture.Paste) *finding.Finding {
	if text.Request == nil {
		return nil
	}
	return wrongURL(p, text.Request, audienceOf(text))
}

// addURLs adds to the row of the URL what is wrong with one of them.
func addURLs(row *finding.AssertionDifference, urls [2]*finding.Finding) {
	for i, side := range []string{"a", "b"} {
		if urls[i] == nil {
			continue
		}
		row.Findings = append(row.Findings, finding.SidedFinding{Side: &side, Finding: *urls[i]})
		if urls[i].Severity == finding.Error {
			row.Matters = string(jwtgen.Matters)
		}
		if row.How == "" {
			row.How = string(jwtgen.ByValue) // a part that is not shown
		}
	}
}

// parameters lists the names to compare, each once: those of a, those that faults are
// about, those of b.
func parameters(a, b *capture.Request, faults [2]map[string][]*capture.Fault) []string {
	seen := map[string]bool{"method": true, "content-type": true, "authentication": true, "cookie": true}
	for _, f := range slices.Concat(a.Faults, b.Faults) {
		if wrong, ok := f.Evidence["given"].(string); ok && sent(a, wrong) != sent(b, wrong) {
			seen[wrong] = true // reported in the row of the correct name
		}
	}
	all := slices.Concat(a.Parameters, slices.Sorted(maps.Keys(faults[0])), slices.Sorted(maps.Keys(faults[1])), b.Parameters)
	return slices.DeleteFunc(all, func(name string) bool {
		was := seen[name]
		seen[name] = true
		return was
	})
}

// faultsByName sorts a request's faults by what they are about.
func faultsByName(r *capture.Request) map[string][]*capture.Fault {
	by := map[string][]*capture.Fault{}
	for _, f := range r.Faults {
		by[nameOfFault(f)] = append(by[nameOfFault(f)], f)
	}
	return by
}

func nameOfFault(f *capture.Fault) string {
	name, ok := map[capture.Kind]string{capture.KindWrongMethod: "method", capture.KindContentType: "content-type",
		capture.KindClientAuthentication: "authentication", capture.KindCookie: "cookie"}[f.Kind]
	if !ok {
		name, _ = f.Evidence["parameter"].(string)
	}
	return name
}

// requestValue returns the value of a part of a request; nil if it is unknown.
func requestValue(r *capture.Request, name string) any {
	text := map[string]string{"method": r.Method, "url": r.URL, "content-type": r.ContentType}[name]
	for _, f := range r.Faults {
		switch {
		case f.Kind == capture.KindClientAuthentication && name == "authentication":
			return f.Evidence["what"]
		case f.Kind == capture.KindCookie && name == "cookie":
			return "sent"
		}
	}
	if text == "" {
		return nil
	}
	return text
}

// sent is "sent" for a parameter that the request has: values are not shown.
func sent(r *capture.Request, name string) any {
	if slices.Contains(r.Parameters, name) {
		return "sent"
	}
	return nil
}

func requestRow(name string, a, b any, faults [2]map[string][]*capture.Fault) finding.AssertionDifference {
	row := finding.AssertionDifference{Part: "request", Name: name, A: a, B: b, TypeA: typeOf(a, a != nil), TypeB: typeOf(b, b != nil),
		Matters: string(jwtgen.Perhaps), Findings: []finding.SidedFinding{}}
	for i, side := range []string{"a", "b"} {
		for _, f := range faults[i][name] {
			if !slices.ContainsFunc(faults[1-i][name], f.Alike) {
				row.Findings = append(row.Findings, finding.SidedFinding{Side: &side, Finding: fault.OfRequest(f)})
			}
		}
	}
	switch {
	case reflect.DeepEqual(a, b):
		if len(row.Findings) > 0 {
			row.How = string(jwtgen.ByValue) // the value is not shown
		}
	case a == nil:
		row.How = string(jwtgen.OnlyInB)
	case b == nil:
		row.How = string(jwtgen.OnlyInA)
	default:
		row.How = string(jwtgen.ByValue)
	}
	if len(row.Findings) > 0 {
		row.Matters = string(jwtgen.Matters)
	}
	return row
}
