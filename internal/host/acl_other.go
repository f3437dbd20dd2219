//go:build !windows

package host

// otherReaders finds none: on these systems a file's mode has its permissions.
func otherReaders(string) []string { return nil }
