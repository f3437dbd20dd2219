package cli

import (
	"context"
	"fmt"
	"io"
	"os"
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

// A command that signs gets bytes and variables, and its errors go where they are shown.
func TestFilter(t *testing.T) {
	if alg, set := os.LookupEnv("SIGN_ALG"); set { // this test is the command too: no program is on every system
		data, _ := io.ReadAll(os.Stdin)
		fmt.Printf("got %s", data)
		fmt.Fprint(os.Stderr, alg)
		os.Exit(0)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out, errs strings.Builder
	if err := filter(t.Context(), `"`+self+`" -test.run=^TestFilter$`, []byte("b\na\n"), []string{"SIGN_ALG=PS256"}, &out, &errs); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(strings.Fields(out.String()), " "); got != "got b a" || errs.String() != "PS256" {
		t.Errorf("%q, %q", out.String(), errs.String())
	}
	// A command that does not read its input is no error.
	if err := filter(t.Context(), "exit 0", make([]byte, 1<<20), nil, io.Discard, io.Discard); err != nil {
		t.Error(err)
	}
}
