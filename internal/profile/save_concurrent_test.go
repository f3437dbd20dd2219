package profile

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
)

// Of several that save at once none loses another's profile, and of two new ones
// with one name one is told.
func TestSaveAtTheSameTime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	const names = 6
	var wg sync.WaitGroup
	refused := make(chan error, 2*names)
	for i := range 2 * names {
		wg.Go(func() {
			if err := Save(path, Change{Profile: fmt.Sprintf("p%d", i%names), Set: newValues, New: true}); err != nil {
				refused <- err
			}
		})
	}
	wg.Wait()
	close(refused)
	n := 0
	for err := range refused {
		if n++; !errors.Is(err, ErrExists) {
			t.Error(err)
		}
	}
	file, err := List(Input{ConfigPath: path})
	if err != nil || len(file.Profiles) != names || n != names {
		t.Errorf("%v: %d refused, profiles %v", err, n, file.Profiles)
	}
}
