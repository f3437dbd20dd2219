package testkit

import "testing"

// LeftOut reports whether a test leaves out row i of a large table. With -short it takes
// each row whose number is a multiple of short, otherwise of usual. With the build tag
// nightly it takes all.
func LeftOut(i, usual, short int) bool {
	switch {
	case nightly:
		return false
	case testing.Short():
		return i%short != 0
	}
	return i%usual != 0
}
