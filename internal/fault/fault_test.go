package fault

import (
	"testing"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/jwtgen"
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
