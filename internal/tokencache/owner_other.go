//go:build !unix

package tokencache

import "io/fs"

const noFollow = 0

// On Windows a user's cache folder is private by what it inherits, and the mode
// bits that Go shows are made up.
func owned(fs.FileInfo, int) bool { return true }
func exposed(fs.FileInfo) bool    { return false }
