//go:build !nightly

package testkit

const nightly = false
