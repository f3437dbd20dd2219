//go:build !unix

package keys

import "errors"

// readDescriptor is not supported where a program inherits handles instead.
func readDescriptor(string) ([]byte, error) { return nil, errors.ErrUnsupported }
