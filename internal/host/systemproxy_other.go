//go:build !windows

package host

// ReadSystemProxy finds none: on this platform the environment is the place where
// programs look for a proxy, and nsauth does.
func ReadSystemProxy() SystemProxy { return SystemProxy{} }
