package tokencache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nsauth/nsauth/netsuite"
)

var start = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)

func subject() Subject {
	return Subject{TokenURL: "https://1234567.suitetalk.api.netsuite.com/token", ClientID: "c", CertificateID: "k",
		Scope: []string{"restlets", "rest_webservices"}, Key: "spki", Other: []string{"aud", "", "", ""}}
}

// at is a cache below dir whose clock stands.
func at(dir string, now time.Time) *Cache { return New(dir, func() time.Time { return now }) }

func issue(text string, now time.Time) func(context.Context) (*netsuite.Token, error) {
	return func(context.Context) (*netsuite.Token, error) {
		return &netsuite.Token{AccessToken: netsuite.NewSecret(text), TokenType: "bearer", Received: now, ExpiresIn: time.Hour,
			Scope: []string{"rest_webservices"}, Answer: &netsuite.Answer{}}, nil
	}
}

// fill keeps a token of an hour, as of start.
func fill(t *testing.T, dir string) *Entry {
	t.Helper()
	e := at(dir, start).Entry(subject())
	if got, trouble, err := e.Renew(t.Context(), netsuite.Secret{}, issue("one", start)); err != nil || trouble != nil || textOf(got) != "one" {
		t.Fatal(textOf(got), trouble, err)
	}
	return e
}

func textOf(t *netsuite.Token) string {
	if t == nil {
		return ""
	}
	return t.AccessToken.Reveal()
}

func TestKeepsUntilRenewal(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir)
	for _, tt := range []struct {
		after time.Duration
		load  string // what there is, though it may be time for another one
		renew string
	}{
		{-time.Second, "", "two"}, // the clock was set back
		{0, "one", "one"},
		{54 * time.Minute, "one", "one"},
		{55 * time.Minute, "one", "two"},
		{time.Hour - time.Second, "one", "two"},
		{time.Hour, "", "two"},
	} {
		t.Run(fmt.Sprint(tt.after), func(t *testing.T) {
			copied := t.TempDir()
			if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			restrict(t, copied)
			now := start.Add(tt.after)
			e := at(copied, now).Entry(subject())
			kept, err := e.Load()
			if err != nil || textOf(kept) != tt.load {
				t.Errorf("Load: %q, %v; want %q", textOf(kept), err, tt.load)
			}
			got, trouble, err := e.Renew(t.Context(), netsuite.Secret{}, issue("two", now))
			if err != nil || trouble != nil || textOf(got) != tt.renew {
				t.Errorf("Renew: %q, %v, %v; want %q", textOf(got), trouble, err, tt.renew)
			}
			if kept, _ := e.Load(); textOf(kept) != tt.renew {
				t.Errorf("afterwards %q is kept", textOf(kept))
			}
		})
	}
}

// restrict makes a copied cache private again.
func restrict(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(dir, "nsauth"), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.Chmod(path, 0o700)
		}
		return os.Chmod(path, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTokenIsComplete(t *testing.T) {
	e := fill(t, t.TempDir())
	got, err := e.Load()
	if err != nil {
		t.Fatal(err)
	}
	if got.TokenType != "bearer" || !got.Received.Equal(start) || got.ExpiresIn != time.Hour ||
		fmt.Sprint(got.Scope) != "[rest_webservices]" || got.Answer != nil {
		t.Errorf("%+v", got)
	}
	info, err := os.Stat(e.path(tokenEnding))
	if err != nil || info.Mode().Perm() != 0o600 && exposedIsKnown {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if info, err = os.Stat(e.cache.dir); err != nil || info.Mode().Perm() != 0o700 && exposedIsKnown {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// Every part of the subject makes another token of it, and nothing else does.
func TestNamedByTheSubject(t *testing.T) {
	base := subject()
	names := map[string]string{base.digest(): "base"}
	for name, change := range map[string]func(*Subject){
		"token URL":   func(s *Subject) { s.TokenURL += "x" },
		"client":      func(s *Subject) { s.ClientID = "ck" },
		"certificate": func(s *Subject) { s.CertificateID = "" },
		"moved":       func(s *Subject) { s.ClientID, s.CertificateID = "ck", "" },
		"scopes":      func(s *Subject) { s.Scope = s.Scope[:1] },
		"one scope":   func(s *Subject) { s.Scope = []string{"restlets rest_webservices"} },
		"key":         func(s *Subject) { s.Key = "other" },
		"audience":    func(s *Subject) { s.Other = []string{"other", "", "", ""} },
		"other":       func(s *Subject) { s.Other = []string{"", "aud", "", ""} },
		"fewer":       func(s *Subject) { s.Other = nil },
	} {
		s := subject()
		change(&s)
		if same, taken := names[s.digest()]; taken {
			t.Errorf("%s has the name of %s", name, same)
		}
		names[s.digest()] = name
	}
	s := subject()
	s.Scope = []string{"rest_webservices", "restlets", "restlets"}
	if s.digest() != base.digest() {
		t.Error("the order of scopes makes a difference")
	}
}

// A token that was refused is not handed out again, and another one is.
func TestRejectedToken(t *testing.T) {
	dir := t.TempDir()
	e := fill(t, dir)
	failed := errors.New("no connection")
	_, _, err := e.Renew(t.Context(), netsuite.NewSecret("one"), func(context.Context) (*netsuite.Token, error) { return nil, failed })
	if !errors.Is(err, failed) {
		t.Error(err)
	}
	if kept, _ := e.Load(); kept != nil {
		t.Error("the refused token is still there")
	}
	if got, _, _ := e.Renew(t.Context(), netsuite.NewSecret("one"), issue("two", start)); textOf(got) != "two" {
		t.Error(textOf(got))
	}
	if got, _, _ := e.Renew(t.Context(), netsuite.NewSecret("one"), issue("three", start)); textOf(got) != "two" {
		t.Errorf("%q, though another run had replaced the refused one", textOf(got))
	}
}

// A token without a stated end is not kept, and no error is.
func TestTokenNotKept(t *testing.T) {
	e := at(t.TempDir(), start).Entry(subject())
	got, trouble, err := e.Renew(t.Context(), netsuite.Secret{}, func(context.Context) (*netsuite.Token, error) {
		return &netsuite.Token{AccessToken: netsuite.NewSecret("x"), Received: start}, nil
	})
	if textOf(got) != "x" || trouble != nil || err != nil {
		t.Error(textOf(got), trouble, err)
	}
	if kept, err := e.Load(); kept != nil || err != nil {
		t.Error(textOf(kept), err)
	}
}

// Many at once, in one process: one asks, all get its token.
func TestOneProcessRequests(t *testing.T) {
	dir := t.TempDir()
	var asked atomic.Int32
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			e := at(dir, start).Entry(subject())
			got, trouble, err := e.Renew(t.Context(), netsuite.Secret{}, func(ctx context.Context) (*netsuite.Token, error) {
				asked.Add(1)
				time.Sleep(50 * time.Millisecond)
				return issue("one", start)(ctx)
			})
			if textOf(got) != "one" || trouble != nil || err != nil {
				t.Error(textOf(got), trouble, err)
			}
		})
	}
	wg.Wait()
	if n := asked.Load(); n != 1 {
		t.Errorf("%d asked", n)
	}
}

// Whatever is wrong is a miss and one trouble, and the token is there all the same.
func TestTrouble(t *testing.T) {
	for _, tt := range []struct {
		name   string
		spoil  func(t *testing.T, e *Entry)
		reason string
		mended bool // the next run finds a token again
	}{
		{"empty", func(t *testing.T, e *Entry) { write(t, e, "") }, "damaged", true},
		{"truncated", func(t *testing.T, e *Entry) { data := read(t, e); write(t, e, data[:len(data)/2]) }, "damaged", true},
		{"one byte short", func(t *testing.T, e *Entry) { data := read(t, e); write(t, e, data[:len(data)-1]) }, "damaged", true},
		{"something behind", func(t *testing.T, e *Entry) { write(t, e, read(t, e)+"{}") }, "damaged", true},
		{"another's", func(t *testing.T, e *Entry) {
			write(t, e, strings.Replace(read(t, e), `"client_id":"c"`, `"client_id":"d"`, 1))
		}, "damaged", true},
		{"of the future", func(t *testing.T, e *Entry) {
			write(t, e, strings.Replace(read(t, e), `"version":1`, `"version":2`, 1))
		}, "damaged", true},
		{"no end", func(t *testing.T, e *Entry) {
			write(t, e, strings.Replace(read(t, e), `"expires_in":3600`, `"expires_in":0`, 1))
		}, "damaged", true},
		{"huge", func(t *testing.T, e *Entry) { write(t, e, read(t, e)+strings.Repeat(" ", maxRecord)) }, "damaged", true},
		{"folder in the file's place", func(t *testing.T, e *Entry) {
			try(t, os.Remove(e.path(tokenEnding)))
			try(t, os.Mkdir(e.path(tokenEnding), 0o700))
			try(t, os.WriteFile(filepath.Join(e.path(tokenEnding), "x"), nil, 0o600))
		}, "not-a-file", false},
		{"file in the folder's place", func(t *testing.T, e *Entry) {
			try(t, os.RemoveAll(e.cache.dir))
			try(t, os.WriteFile(e.cache.dir, nil, 0o600))
		}, "io", false},
		{"no cache folder", func(t *testing.T, e *Entry) { e.cache.dir = "" }, "no-folder", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := fill(t, t.TempDir())
			tt.spoil(t, e)
			if kept, err := e.Load(); kept != nil || err == nil {
				t.Errorf("Load: %q, %v", textOf(kept), err)
			}
			got, trouble, err := e.Renew(t.Context(), netsuite.Secret{}, issue("two", start))
			if textOf(got) != "two" || err != nil {
				t.Fatal(textOf(got), err)
			}
			var is *Trouble
			if !errors.As(trouble, &is) || is.Reason != tt.reason {
				t.Errorf("trouble %v, want %s", trouble, tt.reason)
			}
			if strings.Contains(fmt.Sprint(trouble), `"one"`) {
				t.Errorf("the trouble quotes the file: %v", trouble)
			}
			kept, _ := e.Load()
			if got := textOf(kept); tt.mended && got != "two" || !tt.mended && got != "" {
				t.Errorf("the next run finds %q", got)
			}
		})
	}
}

func try(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, e *Entry) string {
	t.Helper()
	data, err := os.ReadFile(e.path(tokenEnding))
	try(t, err)
	return string(data)
}

func write(t *testing.T, e *Entry, data string) {
	t.Helper()
	try(t, os.WriteFile(e.path(tokenEnding), []byte(data), 0o600))
}

// A lock that is not let go is waited for half of the time, and then done without.
func TestHeldLock(t *testing.T) {
	dir := t.TempDir()
	held := make(chan struct{})
	release := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		_, _, _ = at(dir, start).Entry(subject()).Renew(t.Context(), netsuite.Secret{}, func(context.Context) (*netsuite.Token, error) {
			close(held)
			<-release
			return nil, errors.New("never mind")
		})
	})
	<-held
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	short, end := context.WithTimeout(ctx, 400*time.Millisecond)
	defer end()
	got, trouble, err := at(dir, start).Entry(subject()).Renew(short, netsuite.Secret{}, issue("two", start))
	var is *Trouble
	if textOf(got) != "two" || err != nil || !errors.As(trouble, &is) || is.Reason != "locked" {
		t.Error(textOf(got), trouble, err)
	}
	close(release)
	wg.Wait()
}

// What a process left that was ended while it wrote is gone after the next one.
func TestTemporaryFilesAreRemoved(t *testing.T) {
	dir := t.TempDir()
	e := at(dir, start).Entry(subject())
	try(t, e.cache.prepare())
	left := filepath.Join(e.cache.dir, "."+e.name+".json.12345")
	strange := filepath.Join(e.cache.dir, "notes.txt")
	for _, path := range []string{left, strange} {
		try(t, os.WriteFile(path, []byte("half a tok"), 0o600))
	}
	fill(t, dir)
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Error("it is still there")
	}
	if _, err := os.Stat(strange); err != nil {
		t.Error(err)
	}
}

func TestListAndClear(t *testing.T) {
	dir := t.TempDir()
	c := at(dir, start)
	if items, err := c.List(); len(items) != 0 || err != nil {
		t.Error(items, err)
	}
	if n, err := c.Clear(); n != 0 || err != nil {
		t.Error(n, err)
	}
	fill(t, dir)
	other := subject()
	other.ClientID = "d"
	if _, _, err := c.Entry(other).Renew(t.Context(), netsuite.Secret{}, issue("secret-token", start)); err != nil {
		t.Fatal(err)
	}
	write(t, c.Entry(other), "{")
	strange := filepath.Join(c.dir, "notes.txt")
	try(t, os.WriteFile(strange, nil, 0o600))
	items, err := c.List()
	if err != nil || len(items) != 2 {
		t.Fatal(items, err)
	}
	good, bad := 0, 0
	for _, i := range items {
		if i.Trouble != nil {
			bad++
			continue
		}
		good++
		if i.ClientID != "c" || !i.Expiry.Equal(start.Add(time.Hour)) || !i.Received.Equal(start) || i.TokenURL != subject().TokenURL {
			t.Errorf("%+v", i)
		}
	}
	if good != 1 || bad != 1 {
		t.Error(items)
	}
	if n, err := c.Clear(); n != 2 || err != nil {
		t.Error(n, err)
	}
	left, err := os.ReadDir(c.dir)
	if err != nil || len(left) != 1 || left[0].Name() != "notes.txt" {
		t.Error(left, err)
	}
	fill(t, dir) // and it can be used again
}
