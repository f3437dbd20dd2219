package rotation

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/testkit"
)

// killed is what a run panics with that ends at a write of its journal.
type killed struct{}

// rotateUntil makes a rotation that ends before or after write number n of its journal; it
// unlocks, as a process does that is killed.
func (f *front) rotateUntil(n int, after bool, o Options) (dead bool, writes int) {
	f.t.Helper()
	defer func() {
		if what := recover(); what != nil {
			if _, dead = what.(killed); !dead {
				panic(what)
			}
		}
	}()
	o.saved = func(written bool) {
		if !written {
			writes++
		}
		if writes == n && written == after {
			panic(killed{})
		}
	}
	if _, said, err := f.rotate(o); err != nil {
		f.t.Errorf("%v\n%s", err, said)
	}
	return false, writes
}

// TestKilledAtEachWrite ends a run before and after each write of its journal: then both
// ways out lead to their ends, also where they are ended in the same way.
func TestKilledAtEachWrite(t *testing.T) {
	const hook = "exit 0"
	whole := newFront(t, nil)
	_, writes := whole.rotateUntil(0, false, Options{RevokeOld: "now", Hook: hook})
	if writes != 14 { // two for each of six steps, and the first and the last
		t.Errorf("a rotation writes its journal %d times", writes)
	}
	i := -1
	for n := 1; n <= writes; n++ {
		for _, after := range []bool{false, true} {
			for _, again := range []int{0, 1, 2} {
				if i++; testkit.LeftOut(i, 11, 43) {
					continue
				}
				t.Run(fmt.Sprintf("%d %t %d", n, after, again), func(t *testing.T) {
					killedResume(t, n, after, again, Options{RevokeOld: "now", Hook: hook})
					killedUndo(t, n, after, again, Options{Hook: hook})
				})
			}
		}
	}
}

// begun ends a rotation, and reports whether its journal says that it is unfinished. If it
// does, a new one is refused.
func begun(t *testing.T, f *front, n int, after bool, o Options) bool {
	t.Helper()
	if dead, _ := f.rotateUntil(n, after, o); !dead {
		t.Fatal("the run was not ended")
	}
	f.listed()
	j, err := readJournal(journalPath(f.config, "emulator"))
	if err != nil {
		t.Fatal(err)
	}
	if !j.unfinished() {
		return false
	}
	if _, said, err := f.rotate(Options{}); err == nil || !strings.Contains(err.Error(), "is unfinished") || exitCode(err) != 2 {
		t.Errorf("a new rotation: %v\n%s", err, said)
	}
	return true
}

func killedResume(t *testing.T, n int, after bool, again int, o Options) {
	f := newFront(t, nil)
	before := f.pairs()["emulator"].Pair
	if !begun(t, f, n, after, o) {
		return
	}
	o.Resume = true
	if again > 0 {
		f.rotateUntil(again, after, o)
		f.listed()
	}
	if j, _ := readJournal(journalPath(f.config, "emulator")); j.unfinished() {
		if _, said, err := f.rotate(o); err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
	}
	f.works()
	j, _ := readJournal(journalPath(f.config, "emulator"))
	now := f.pairs()["emulator"]
	if j.State != Done || len(f.added) != 1 || !f.added[now.CertificateID] || now.Previous == nil || *now.Previous != before {
		t.Errorf("%s, added %v, %+v", j.State, f.added, now)
	}
	if !f.revoked(before.CertificateID) || f.revoked(now.CertificateID) {
		t.Error("not the old certificate is revoked")
	}
}

func killedUndo(t *testing.T, n int, after bool, again int, o Options) {
	f := newFront(t, nil)
	before, _ := os.ReadFile(f.config)
	begun(t, f, n, after, o)
	j, _ := readJournal(journalPath(f.config, "emulator"))
	if j == nil {
		return
	}
	o.Undo = true
	if again > 0 {
		f.rotateUntil(again, after, o)
		f.listed()
	}
	if j, _ = readJournal(journalPath(f.config, "emulator")); j.State != Undone {
		if _, said, err := f.rotate(o); err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
	}
	f.works()
	if now, _ := os.ReadFile(f.config); string(now) != string(before) {
		t.Errorf("the profile file is not as before:\n%s", now)
	}
	if _, said, err := f.rotate(Options{}); err != nil {
		t.Errorf("a new rotation after that: %v\n%s", err, said)
	}
}

// TestInterruptedAtEachRequest cancels a run at each of its requests, before and after
// NetSuite answered.
func TestInterruptedAtEachRequest(t *testing.T) {
	for n := 1; n <= 9; n++ {
		if testkit.LeftOut(n, 2, 4) {
			continue
		}
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			f := newFront(t, nil)
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			seen := 0
			f.break_(func(string) string {
				if seen++; seen == n {
					cancel()
					return "after-drop"
				}
				return ""
			})
			_, _, err := f.rotateWith(ctx, Options{RevokeOld: "now"})
			if seen < n {
				return // a rotation has fewer requests
			}
			if err == nil {
				t.Error("it was not interrupted")
			}
			f.works()
			if j, _ := readJournal(journalPath(f.config, "emulator")); j.unfinished() {
				if _, said, err := f.rotate(Options{Resume: true}); err != nil || len(f.added) != 1 {
					t.Errorf("%v\n%s", err, said)
				}
			}
		})
	}
}
