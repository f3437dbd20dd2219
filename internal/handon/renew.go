package handon

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/text"
)

// Output is what the flags --out and --every say.
type Output struct {
	File  string // "" for standard output
	Every Every
}

// Check refuses --every without a file, and with an interval that is too short.
func (o *Output) Check() error {
	switch e := o.Every; {
	case e.On && o.File == "":
		return cli.Fail(finding.UsageFlag, "--every needs --out", "--out FILE names the file that is renewed")
	case e.Interval < 0, e.Interval != 0 && e.Interval < shortestInterval:
		return cli.Fail(finding.UsageFlag, "invalid --every: want at least 10s", "such as --every=20m; without a value, when two thirds of the life are over")
	}
	return nil
}

// Excludes refuses a flag that prints something else than a credential.
func (o *Output) Excludes(flag string, given bool) error {
	if o.File == "" || !given {
		return nil
	}
	return cli.Fail(finding.UsageFlag, "--out cannot be combined with "+flag, "omit --out: "+flag+" prints no credential")
}

// CheckArgs refuses --every DURATION, which is an argument, before others are refused.
func (o *Output) CheckArgs(args []string) error {
	if len(args) == 0 || !o.Every.On || o.Every.Interval != 0 {
		return nil
	}
	if _, err := time.ParseDuration(args[0]); err != nil {
		return nil
	}
	return cli.Fail(finding.UsageFlag, "the duration of --every must follow =", "--every="+args[0])
}

// Every is the value of --every.
type Every struct {
	On       bool
	Interval time.Duration // 0: when two thirds of the life are over
}

// Auto is --every without a value.
const Auto = "auto"

// shortestInterval keeps a script from signing in again and again.
const shortestInterval = 10 * time.Second

// Set, String and Type make it the value of a flag.
func (e *Every) Set(value string) (err error) {
	e.On, e.Interval = true, 0
	if value != Auto {
		e.Interval, err = time.ParseDuration(value)
	}
	return err
}

func (e *Every) String() string {
	switch {
	case !e.On:
		return ""
	case e.Interval == 0:
		return Auto
	}
	return e.Interval.String()
}

// Type is what the messages about a wrong value call it.
func (*Every) Type() string { return "duration" }

// Credential is the content of the file, and how long it is valid.
type Credential struct {
	Content  string
	Received time.Time
	Life     time.Duration // 0 if the server did not say
}

// Expiry is when the credential expires, zero if it is not known.
func (c Credential) Expiry() time.Time {
	if c.Life == 0 {
		return time.Time{}
	}
	return c.Received.Round(0).Add(c.Life)
}

// Fresh reports whether a credential is new enough to be written.
type Fresh func(received time.Time, life time.Duration) bool

// Renewal writes a credential to a file, and with --every keeps it valid.
type Renewal struct {
	App   *cli.App
	Out   *Target
	What  string // "access token"
	Every Every
	// Get gets a credential. At first it explains a failure itself, and later it returns
	// the reason in a line. fresh is nil without --every.
	Get func(ctx context.Context, first bool, fresh Fresh) (Credential, error)
}

// Run writes the file. With --every it renews it until ctx ends, which is no error.
func (r *Renewal) Run(ctx context.Context) error {
	c, err := r.Get(ctx, true, r.fresh())
	if err != nil {
		return err
	}
	if r.Every.On && r.interval(c.Life) == 0 {
		return cli.Fail(finding.UsageConfig, "the server does not say how long the "+r.What+" is valid", "say how often to renew it, such as --every=20m")
	}
	if err := r.Out.Write(c.Content); err != nil {
		return err
	}
	if interval := r.interval(c.Life); r.Every.On && interval < r.Every.Interval {
		r.note("--every is too long for a life of %s; renewed every %s", text.Age(c.Life), text.Age(interval))
	}
	r.wrote(c)
	for r.Every.On && r.waitUntil(ctx, c.Received.Round(0).Add(r.interval(c.Life))) {
		if c = r.renew(ctx, c); c.Content == "" {
			break
		}
		r.wrote(c)
	}
	return nil
}

// interval is the time from one credential to the next, 0 if it is not known.
func (r *Renewal) interval(life time.Duration) time.Duration {
	switch {
	case r.Every.Interval == 0:
		return life * 2 / 3
	case life == 0:
		return r.Every.Interval
	}
	return min(r.Every.Interval, life-min(latestRenewal, life/4))
}

// latestRenewal is how long before the expiry a token is renewed at the latest.
const latestRenewal = 5 * time.Minute

func (r *Renewal) fresh() Fresh {
	if !r.Every.On {
		return nil
	}
	return func(received time.Time, life time.Duration) bool {
		return r.App.Now().Before(received.Round(0).Add(r.interval(life)))
	}
}

// After a failure the pause doubles from firstPause to longestPause, a part of it at random.
const (
	firstPause   = 5 * time.Second
	longestPause = time.Minute
)

// renew replaces old in the file, however often it must try. The content is "" if ctx ends.
func (r *Renewal) renew(ctx context.Context, old Credential) Credential {
	told, expired := false, false
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		c, err := r.Get(ctx, false, r.fresh())
		if err == nil {
			err = r.Out.Write(c.Content)
		}
		if ctx.Err() != nil {
			return Credential{}
		}
		if err == nil {
			return c
		}
		now := r.App.Now().Round(0)
		if !told || r.App.Verbose {
			told = true
			r.warn("no new %s: %s; nsauth tries again until it gets one", r.What, err)
			if left := old.Expiry().Sub(now); left > 0 {
				r.warn("%s keeps the old one, which expires in %s", r.Out.Name, text.Age(left))
			}
		}
		end := old.Expiry()
		if !expired && !end.IsZero() && !now.Before(end) {
			expired = true
			r.warn("the %s in %s expired at %s", r.What, r.Out.Name, text.Time(end))
		}
		next := now.Add(pause/2 + rand.N(pause/2))
		if now.Before(end) && end.Before(next) {
			next = end // to say so
		}
		if !r.waitUntil(ctx, next) {
			return Credential{}
		}
	}
}

// longestSleep bounds one sleep: the monotonic clock stops while a machine sleeps.
const longestSleep = 30 * time.Second

// waitUntil waits for a time by the wall clock, or as long by the monotonic clock, which
// is not set back. It returns false if ctx ends.
func (r *Renewal) waitUntil(ctx context.Context, until time.Time) bool {
	began := r.App.Now()
	all := until.Sub(began.Round(0))
	for {
		now := r.App.Now()
		left := min(until.Sub(now.Round(0)), all-now.Sub(began))
		if left <= 0 {
			return ctx.Err() == nil
		}
		select {
		case <-time.After(min(left, longestSleep)):
		case <-ctx.Done():
			return false
		}
	}
}

// wrote says what the file has, and until when.
func (r *Renewal) wrote(c Credential) {
	if r.App.Quiet {
		return
	}
	line := fmt.Sprintf("nsauth: wrote the %s to %s", r.What, r.Out.Name)
	if end := c.Expiry(); !end.IsZero() {
		line += "; it expires at " + text.Time(end)
		if left := end.Sub(r.App.Now()); left > 0 {
			line += " (in " + text.Age(left) + ")"
		}
	}
	fmt.Fprintln(r.App.Stderr, r.App.MaskedText(line))
}

func (r *Renewal) note(format string, args ...any) {
	if !r.App.Quiet {
		fmt.Fprintln(r.App.Stderr, "nsauth: note: "+fmt.Sprintf(format, args...))
	}
}

func (r *Renewal) warn(format string, args ...any) {
	fmt.Fprintln(r.App.Stderr, r.App.MaskedText("nsauth: warning: "+fmt.Sprintf(format, args...)))
}
