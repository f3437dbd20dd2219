//go:build e2e && nightly

package e2e

import "testing"

// nightly runs the test: this is the build of .ci/nightly.
func nightly(*testing.T, string) {}
