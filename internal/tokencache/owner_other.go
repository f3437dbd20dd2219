//go:build !unix

package tokencache

import "io/fs"

const noFollow = 0

// On Windows the cache folder inherits private permissions, and the mode bits of Go
// mean nothing.
func owned(fs.FileInfo, int) bool { return true }
func exposed(fs.FileInfo) bool    { return false }
