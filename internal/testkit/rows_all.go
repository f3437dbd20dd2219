//go:build nightly

package testkit

const nightly = true
