package checks

import (
	"testing"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
)

// Every kind that the packages below can raise has its words.
func TestEveryFaultHasItsCode(t *testing.T) {
	for _, r := range apiRules {
		if e, ok := catalog.Lookup(r.result); !ok || e.Owner != finding.CheckAPI {
			t.Errorf("%+v", r)
		}
	}
	for _, explained := range reportedAs {
		for _, code := range explained {
			if _, ok := catalog.Lookup(code); !ok {
				t.Errorf("%s is not in the catalog", code)
			}
		}
	}
}
