//go:build nightly

package testkit

// Nightly is set by the build tag nightly: tests leave nothing out.
const Nightly = true
