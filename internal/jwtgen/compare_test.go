package jwtgen_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nsauth/nsauth/internal/jwtgen"
)

// described is a comparison as text: a line for each difference.
func described(c jwtgen.Comparison) []string {
	list := []string{}
	for _, d := range c.Differences {
		s := fmt.Sprintf("%s %s.%s %s", d.Weight, d.Part, d.Name, d.How)
		for _, l := range labels(d.FaultsA) {
			s += ", A " + l
		}
		for _, l := range labels(d.FaultsB) {
			s += ", B " + l
		}
		list = append(list, s)
	}
	return list
}

// both signs header and claims changed on one side, and compares.
func compare(t *testing.T, header, claims j) jwtgen.Comparison {
	t.Helper()
	a := forge(t, goodHeader().String(), goodClaims().String())
	b := forge(t, goodHeader().edit(header).String(), goodClaims().edit(claims).String())
	return compareRaw(t, a, b)
}

func compareRaw(t *testing.T, a, b string) jwtgen.Comparison {
	t.Helper()
	e := expect(t)
	e.ClientID, e.CertificateID, e.Audience = "", "", ""
	left, faultsA := jwtgen.Read(a)
	right, faultsB := jwtgen.Read(b)
	if left == nil || right == nil {
		t.Fatal(labels(faultsA), labels(faultsB))
	}
	return jwtgen.Compare(jwtgen.Side{Assertion: left, Faults: faultsA}, jwtgen.Side{Assertion: right, Faults: faultsB}, e)
}

func TestCompare(t *testing.T) {
	sandboxAudience := strings.Replace(audience, "1234567", "1234567-sb1", 1)
	for _, tt := range []struct {
		name           string
		header, claims j
		want           []string
	}{
		{"nothing", nil, nil, []string{}},
		{"made at another time", nil, j{"iat": issued.Unix() + 1000, "exp": issued.Unix() + 1300, "jti": "x"}, []string{"no claims.jti only-in-b"}},
		{"another lifetime", nil, j{"exp": issued.Unix() + 600}, []string{"no claims.lifetime value"}},
		{"an hour", nil, j{"exp": issued.Unix() + 3600}, []string{"yes claims.lifetime value, B lifetime-too-long: exact"}},
		{"exp before iat", nil, j{"exp": issued.Unix() - 1}, []string{"yes claims.lifetime value, B time-claim-invalid: order"}},
		{"times as strings", nil, j{"iat": fmt.Sprint(issued.Unix())}, []string{"yes claims.iat type, B time-claim-invalid: string"}},
		{"milliseconds", nil, j{"exp": issued.UnixMilli()}, []string{"yes claims.exp form, B time-claim-invalid: milliseconds"}},
		{"no iat", nil, j{"iat": nil}, []string{"yes claims.iat only-in-a, B time-claim-invalid: missing"}},
		{"a list of one scope", nil, j{"scope": []string{"restlets"}}, []string{"no claims.scope type"}},
		{"another scope", nil, j{"scope": "rest_webservices"}, []string{"yes claims.scope value"}},
		{"joined scopes", nil, j{"scope": "restlets restlets"}, []string{"yes claims.scope value, B scope-separator: space"}},
		{"no scope", nil, j{"scope": nil}, []string{"yes claims.scope only-in-a, B scope-missing: absent"}},
		{"scope under another name", nil, j{"scope": nil, "scopes": "restlets"},
			[]string{"yes claims.scope only-in-a, B scope-missing: other-name", "perhaps claims.scopes only-in-b"}},
		{"another certificate", j{"kid": strings.Replace(certificateID, "N", "n", 1)}, nil, []string{"yes header.kid value, B kid-mismatch: case"}},
		{"a thumbprint", j{"kid": strings.Repeat("ab", 20)}, nil, []string{"yes header.kid value, B kid-is-thumbprint: thumbprint"}},
		{"no kid", j{"kid": nil}, nil, []string{"yes header.kid only-in-a, B kid-missing: absent"}},
		{"another client", nil, j{"iss": strings.Repeat("ab", 32)}, []string{"yes claims.iss value, B issuer-mismatch: other"}},
		{"production for sandbox", nil, j{"aud": sandboxAudience}, []string{"yes claims.aud value, B audience-mismatch: sandbox-for-production"}},
		{"the issuer", nil, j{"aud": "https://system.netsuite.com"}, []string{"yes claims.aud value, B audience-is-issuer: system-host"}},
		{"sub", nil, j{"sub": "3;-5"}, []string{"perhaps claims.sub only-in-b"}},
		{"typ", j{"typ": "jwt"}, nil, []string{"yes header.typ value, B typ-unexpected: case"}},
		{"an embedded key", j{"jwk": j{}}, nil, []string{"yes header.jwk only-in-b, B key-embedded"}},
		{"crit", j{"crit": []string{"exp"}}, nil, []string{"yes header.crit only-in-b, B crit-unsupported"}},
		{"another curve", j{"alg": "ES384"}, nil, []string{"yes header.alg value", "yes signature.bytes form, B signature-invalid: length"}},
		{"none", j{"alg": "none"}, nil, []string{"yes header.alg value, B alg-unsupported: none"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := compare(t, tt.header, tt.claims)
			if diff := cmp.Diff(tt.want, described(c)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, d := range c.Differences {
				if slices.Contains(c.Same, d.Part+"."+d.Name) {
					t.Errorf("%s.%s is the same and differs", d.Part, d.Name)
				}
			}
		})
	}
}

func TestCompareForms(t *testing.T) {
	good := forge(t, goodHeader().String(), goodClaims().String())
	parts := strings.Split(good, ".")
	for _, tt := range []struct {
		name, a, b string
		want       []string
		inBoth     []string
	}{
		{"itself", good, good, []string{}, []string{}},
		{"DER", readFile(t, "jwt", "es256.jwt"), readFile(t, "jwt", "es256-der.jwt"),
			[]string{"yes signature.bytes form, B signature-encoding-der: not-checked"}, []string{}},
		{"padding", good, parts[0] + "." + parts[1] + "=." + parts[2], []string{"yes claims.malformed only-in-b, B malformed: base64-padding"}, []string{}},
		{"a name twice", good, parts[0] + "." + b64(`{"exp":1,`+goodClaims().String()[1:]) + "." + parts[2],
			[]string{"yes claims.duplicate-member only-in-b, B duplicate-member"}, []string{}},
		{"both wrong alike", forge(t, goodHeader().String(), goodClaims().edit(j{"scope": "mcp"}).String()),
			forge(t, goodHeader().String(), goodClaims().edit(j{"scope": "mcp", "iat": issued.Unix() + 1, "exp": issued.Unix() + 301}).String()),
			[]string{}, []string{"scope-not-for-m2m"}},
		{"claims that are no JSON", good, parts[0] + "." + b64(`{"iss":`) + "." + parts[2], []string{"yes claims.malformed only-in-b, B malformed: json"}, []string{}},
		{"a fourth part", good, good + ".x", []string{"yes token.malformed only-in-b, B malformed: parts"}, []string{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := compareRaw(t, tt.a, tt.b)
			if diff := cmp.Diff(tt.want, described(c)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.inBoth, labels(c.InBoth)); diff != "" {
				t.Errorf("in both (-want +got):\n%s", diff)
			}
		})
	}
	// Of an access token everything is another thing: that alone matters.
	c := compareRaw(t, good, readFile(t, "oracle", "oracle-sample-access-token.jwt"))
	got := described(c)
	if len(got) < 5 || got[0] != "yes token.kind value, B is-access-token" ||
		slices.ContainsFunc(got[1:], func(s string) bool { return !strings.HasPrefix(s, "no ") }) {
		t.Errorf("an access token: %q", got)
	}
}

// FuzzCompare: no panic, what is compared with itself does not differ, and the
// other way round the same members differ.
func FuzzCompare(f *testing.F) {
	list := seeds(f)
	for i := range list {
		f.Add(list[i], list[(i+1)%len(list)])
	}
	e := expect(f)
	f.Fuzz(func(t *testing.T, a, b string) {
		left, faultsA := jwtgen.Read(a)
		right, faultsB := jwtgen.Read(b)
		if left == nil || right == nil {
			return
		}
		if c := jwtgen.Compare(jwtgen.Side{Assertion: left, Faults: faultsA}, jwtgen.Side{Assertion: left, Faults: faultsA}, e); len(c.Differences) > 0 {
			t.Fatalf("differs from itself: %v", described(c))
		}
		names := func(c jwtgen.Comparison) []string {
			var list []string
			for _, d := range c.Differences {
				list = append(list, fmt.Sprint(d.Weight, d.Part, d.Name))
			}
			slices.Sort(list)
			return list
		}
		there, back := jwtgen.Compare(jwtgen.Side{Assertion: left, Faults: faultsA}, jwtgen.Side{Assertion: right, Faults: faultsB}, e), jwtgen.Compare(jwtgen.Side{Assertion: right, Faults: faultsB}, jwtgen.Side{Assertion: left, Faults: faultsA}, e)
		if diff := cmp.Diff(names(there), names(back)); diff != "" {
			t.Fatalf("the other way round (-there +back):\n%s", diff)
		}
	})
}
