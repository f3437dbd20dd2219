package host

import (
	"testing"

	"github.com/nsauth/nsauth/internal/finding"
)

func TestEveryPublicCAHasASource(t *testing.T) {
	for _, i := range publicIssuers {
		if i.organization == "" || i.source == "" || i.basis != finding.Inferred && i.basis != finding.Observed {
			t.Errorf("an issuer without its ground: %+v", i)
		}
	}
}
