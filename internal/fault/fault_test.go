package fault

import (
	"testing"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/netsuite"
)

// Every kind that the packages below can raise has its words.
func TestEveryFaultHasItsCode(t *testing.T) {
	for _, k := range jwtgen.Kinds() {
		code := finding.Code("assertion." + string(k.Kind))
		if _, ok := catalog.Lookup(code); !ok {
			t.Errorf("%s is not in the catalog", code)
		}
	}
	for kind, code := range connectCodes {
		if e, ok := catalog.Lookup(code); !ok || e.Owner != finding.CheckNetwork {
			t.Errorf("%s: %s", kind, code)
		}
	}
	for name, code := range tokenCodes {
		if e, ok := catalog.Lookup(code); !ok || e.Owner != finding.CheckToken {
			t.Errorf("%s: %s", name, code)
		}
	}
}

// JSON that ends in its middle was cut, whoever cut it.
func TestCutAnswer(t *testing.T) {
	for body, want := range map[string]any{`{"access_token":"eyJ0eXAi`: "cut", "[1,": "cut", `{"a":1}`: nil, "plain": nil, "": nil, `{"a" 1}`: nil, "<p>": "html"} {
		f := OfToken(&netsuite.TokenError{Answer: &netsuite.Answer{Status: 200, Body: []byte(body)}}, "")
		if f.Code != "token.unexpected-response" || f.Evidence["reason"] != want {
			t.Errorf("%q: %s, %v, want %v", body, f.Code, f.Evidence["reason"], want)
		}
	}
}
