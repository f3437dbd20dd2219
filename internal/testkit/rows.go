package testkit

import "testing"

// Size returns how much a test does: all with the build tag nightly, short with -short,
// otherwise usual.
func Size(all, usual, short int) int {
	switch {
	case Nightly:
		return all
	case testing.Short():
		return short
	}
	return usual
}

// LeftOut reports whether a test leaves out row i of a large table. It takes each row
// whose number is a multiple of usual, or with -short of short; with the build tag
// nightly it takes all.
func LeftOut(i, usual, short int) bool { return i%Size(1, usual, short) != 0 }
