package handon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/host"
)

// issuer is a server whose tokens have a number, in a world whose clock is that of synctest.
type issuer struct {
	Renewal
	t      *testing.T
	dir    string
	said   strings.Builder
	began  time.Time
	asked  []time.Duration // since began
	life   time.Duration
	broken func(since time.Duration) error // nil issues
}

func newIssuer(t *testing.T, life time.Duration, every string) *issuer {
	i := &issuer{t: t, dir: t.TempDir(), life: life, began: time.Now()}
	app := &cli.App{World: cli.World{World: host.World{Now: time.Now}, Stderr: &i.said, Dir: i.dir}}
	out, err := NewTarget(app, "token")
	if err != nil {
		t.Fatal(err)
	}
	i.Renewal = Renewal{App: app, Out: out, What: "access token", Get: i.get}
	if every != "" {
		if err := i.Every.Set(every); err != nil {
			t.Fatal(err)
		}
	}
	return i
}

func (i *issuer) get(context.Context, bool, Fresh) (Credential, error) {
	since := time.Since(i.began)
	i.asked = append(i.asked, since)
	if i.broken != nil {
		if err := i.broken(since); err != nil {
			return Credential{}, err
		}
	}
	return Credential{fmt.Sprintf("token-%d\n", len(i.asked)), time.Now(), i.life}, nil
}

func (i *issuer) file() string {
	i.t.Helper()
	data, err := os.ReadFile(filepath.Join(i.dir, "token"))
	if err != nil {
		i.t.Fatal(err)
	}
	return string(data)
}

// runFor runs for a time, and then is interrupted.
func (i *issuer) runFor(d time.Duration) {
	i.t.Helper()
	ctx, cancel := context.WithTimeout(i.t.Context(), d)
	defer cancel()
	if err := i.Run(ctx); err != nil {
		i.t.Error(err)
	}
	if since := time.Since(i.began); since != d {
		i.t.Errorf("it ran for %s, want %s", since, d)
	}
}

// The file is renewed when two thirds of the life are over, or as often as --every says, but
// always before it expires.
func TestRenewal(t *testing.T) {
	for _, tt := range []struct {
		life, all time.Duration
		every     string
		asked     string
		says      string
	}{
		{time.Hour, 130 * time.Minute, "auto", "[0s 40m0s 1h20m0s 2h0m0s]", "expires at"},
		{time.Hour, 50 * time.Minute, "20m", "[0s 20m0s 40m0s]", "expires at"},
		{time.Hour, 2 * time.Hour, "3h", "[0s 55m0s 1h50m0s]", "nsauth: note: --every is too long for a life of 60 minutes; renewed every 55 minutes\n"},
		{0, 50 * time.Minute, "20m", "[0s 20m0s 40m0s]", "nsauth: wrote the access token to token\n"},
		{5 * time.Minute, 9 * time.Minute, "auto", "[0s 3m20s 6m40s]", "(in 5 minutes)"},
	} {
		synctest.Test(t, func(t *testing.T) {
			i := newIssuer(t, tt.life, tt.every)
			i.runFor(tt.all)
			if got := fmt.Sprint(i.asked); got != tt.asked {
				t.Errorf("every %s of %s: asked at %s, want %s", tt.every, tt.life, got, tt.asked)
			}
			if got := i.file(); got != fmt.Sprintf("token-%d\n", len(i.asked)) {
				t.Errorf("the file has %q", got)
			}
			if !strings.Contains(i.said.String(), tt.says) {
				t.Errorf("it says\n%s", i.said.String())
			}
		})
	}
}

// A renewal that fails is told once, and tried again at intervals that grow to a minute;
// the file keeps the old token, and it is said when that has expired.
func TestRenewalFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t, time.Hour, "auto")
		i.broken = func(since time.Duration) error {
			if since >= 40*time.Minute && since < 70*time.Minute {
				return errors.New("the server does not answer")
			}
			return nil
		}
		go func() {
			time.Sleep(65 * time.Minute)
			if got := i.file(); got != "token-1\n" {
				t.Errorf("after failures the file has %q", got)
			}
		}()
		i.runFor(75 * time.Minute)
		said := i.said.String()
		for _, want := range []string{
			"nsauth: warning: no new access token: the server does not answer; nsauth tries again until it gets one\n",
			"nsauth: warning: token keeps the old one, which expires in 20 minutes\n",
			"nsauth: warning: the access token in token expired at 2000-01-01 01:00:00 UTC\n",
		} {
			if strings.Count(said, want) != 1 {
				t.Errorf("%q is not said once in\n%s", want, said)
			}
		}
		last, expiry := time.Duration(0), false
		for n, at := range i.asked[1:] {
			if pause := at - last; n > 0 && (pause > time.Minute || pause < firstPause/2 && at != time.Hour && last != time.Hour) {
				t.Errorf("try %d after %s", n, pause)
			}
			last, expiry = at, expiry || at == time.Hour
		}
		if n := len(i.asked); n < 30 || n > 80 || !expiry {
			t.Errorf("%d tries: %v", n, i.asked)
		}
		if got := i.file(); got != fmt.Sprintf("token-%d\n", len(i.asked)) || last < 70*time.Minute || last > 71*time.Minute {
			t.Errorf("after the failures the file has %q of %s", got, last)
		}
	})
}

// A file that cannot be written any more is a failed renewal.
func TestRenewalCannotWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t, time.Hour, "auto")
		path := filepath.Join(i.dir, "token")
		i.broken = func(since time.Duration) (err error) {
			switch {
			case since == 40*time.Minute:
				err = errors.Join(os.Remove(path), os.Mkdir(path, 0o700))
			case since > 45*time.Minute:
				_ = os.Remove(path)
			}
			if err != nil {
				t.Error(err)
			}
			return nil
		}
		i.runFor(50 * time.Minute)
		if said := i.said.String(); strings.Count(said, "nsauth: warning: no new access token: token is a folder; not replaced; nsauth tries") != 1 {
			t.Errorf("it says\n%s", said)
		}
		if got := i.file(); got != fmt.Sprintf("token-%d\n", len(i.asked)) {
			t.Errorf("the file has %q", got)
		}
	})
}

// The first failure ends the command with its error, and the file stays.
func TestRenewalFailsAtFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t, time.Hour, "auto")
		if err := i.Out.Write("old\n"); err != nil {
			t.Fatal(err)
		}
		want := errors.New("no")
		i.broken = func(time.Duration) error { return want }
		if err := i.Run(t.Context()); err != want || i.file() != "old\n" || len(i.asked) != 1 {
			t.Errorf("%v, the file has %q, %d tries", err, i.file(), len(i.asked))
		}
		i.broken, i.life = nil, 0
		if err := i.Run(t.Context()); err == nil || i.file() != "old\n" {
			t.Errorf("%v without a life, the file has %q", err, i.file())
		}
		i.Every = Every{}
		if err := i.Run(t.Context()); err != nil || i.file() != "token-3\n" {
			t.Errorf("%v without --every, the file has %q", err, i.file())
		}
	})
}

// A machine that slept renews at once: the monotonic clock stood still.
func TestRenewalAfterSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t, time.Hour, "auto")
		i.App.Now = func() time.Time {
			if time.Since(i.began) > 10*time.Minute {
				return time.Now().Round(0).Add(3 * time.Hour)
			}
			return time.Now()
		}
		if !i.waitUntil(t.Context(), i.began.Round(0).Add(40*time.Minute)) || time.Since(i.began) > 11*time.Minute {
			t.Errorf("it waits until %s", time.Since(i.began))
		}
	})
}

// A token in the cache is fresh until it would be renewed.
func TestFresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newIssuer(t, time.Hour, "auto")
		if i.fresh()(time.Now().Add(-39*time.Minute), time.Hour) == false || i.fresh()(time.Now().Add(-40*time.Minute), time.Hour) {
			t.Error("not until two thirds of the life are over")
		}
		i.Every.Interval = 20 * time.Minute
		if i.fresh()(time.Now().Add(-19*time.Minute), time.Hour) == false || i.fresh()(time.Now().Add(-20*time.Minute), time.Hour) {
			t.Error("not until the interval is over")
		}
		if i.Every = (Every{}); i.fresh() != nil {
			t.Error("without --every there is a rule")
		}
	})
}

func TestOutputCheck(t *testing.T) {
	for _, tt := range []struct {
		file, every string
		bad         bool
	}{
		{"", "", false}, {"f", "", false}, {"f", "auto", false}, {"f", "10s", false},
		{"", "auto", true}, {"", "20m", true}, {"f", "9s", true}, {"f", "-20m", true},
	} {
		o := Output{File: tt.file}
		if tt.every != "" {
			if err := o.Every.Set(tt.every); err != nil || o.Every.String() == "" {
				t.Errorf("%s: %v", tt.every, err)
			}
		}
		if err := o.Check(); (err != nil) != tt.bad {
			t.Errorf("%+v: %v", tt, err)
		}
	}
	if new(Every).Set("often") == nil || new(Every).Set("") == nil {
		t.Error("a text is a duration")
	}
	o := Output{Every: Every{On: true}}
	if err := o.CheckArgs([]string{"20m"}); err == nil || !strings.Contains(err.Error(), "must follow =") {
		t.Errorf("%v", err)
	}
	if err := o.CheckArgs([]string{"x"}); err != nil {
		t.Error(err)
	}
}
