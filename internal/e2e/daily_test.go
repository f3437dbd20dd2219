//go:build e2e && !nightly

package e2e

import "testing"

// nightly leaves a test to .ci/nightly, which builds with the tag nightly too.
func nightly(t *testing.T, why string) {
	t.Helper()
	t.Skipf("%s; bash .ci/nightly runs it", why)
}
