package testkit

import (
	"os"
	"runtime/debug"
)

// Tests make much garbage and keep little: with Go's own setting an eighth of their CPU
// time went into collecting it.
func init() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
}
