package inspect

import (
	"context"
	"testing"

	"github.com/nsauth/nsauth/internal/jwtgen"
)

func TestKidFaultsOfNothing(t *testing.T) {
	if got := kidFaults(context.Background(), &jwtgen.Assertion{}, Verifier{}, nil); got != nil {
		t.Errorf("without a file: %v", got)
	}
}
