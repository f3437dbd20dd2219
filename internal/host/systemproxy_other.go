//go:build !windows

package host

// ReadSystemProxy finds none: on these systems programs read the environment.
func ReadSystemProxy() SystemProxy { return SystemProxy{} }
