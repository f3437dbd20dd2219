package cli

import (
	"context"
	"io"
	"strings"
	"testing"
)

// The shell of the real world: output, exit code, cancellation.
func TestShell(t *testing.T) {
	var out strings.Builder
	if err := shell(t.Context(), "echo hello", &out); err != nil || strings.TrimSpace(out.String()) != "hello" {
		t.Errorf("%q, %v", out.String(), err)
	}
	if err := shell(t.Context(), "exit 3", io.Discard); err == nil {
		t.Error("exit 3 is no error")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := shell(ctx, "echo hello", io.Discard); err == nil {
		t.Error("a cancelled command ran")
	}
}
