package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/nsauth/nsauth/internal/atomicfile"
	"github.com/nsauth/nsauth/internal/finding"
)

// unlessInterrupted runs work that cannot be cancelled, and gives up waiting for
// it on Ctrl-C.
func unlessInterrupted[T any](ctx context.Context, work func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		v, err := work()
		done <- result{v, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var zero T
		return zero, ctx.Err()
	}
}

// openFile opens what is not a folder for reading.
func openFile(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		err = errors.New("it is a folder")
	}
	if err == nil {
		var f *os.File
		if f, err = os.Open(path); err == nil {
			return f, nil
		}
	}
	return nil, fail(finding.UsageConfig, fmt.Sprintf("%s cannot be read: %s", path, atomicfile.Plain(err)))
}
