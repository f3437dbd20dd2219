package rotation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
)

// Options say what Rotate does.
type Options struct {
	Flags map[string][]string // how the account is reached: --connect-to, --ca-file, --proxy

	KeyType string // of the new key; "" for the type of the present one
	Days    int    // until the new certificate expires
	ForKey  string // an existing key file; "" makes a new key
	Cert    string // a certificate that was signed elsewhere; "" makes one
	Out     string // the folder of new files; "" is that of the present key

	RevokeOld     string // now, never or a duration such as 30d
	Hook          string // --deploy-hook
	NoHook        bool   // --no-deploy-hook: goes on without the hook that it began with
	CertificateID string // with Resume: the one of several candidates

	Resume, Undo, DryRun bool
	Yes                  bool          // no question in a profile for production
	Wait                 time.Duration // until NetSuite is ready
	Timeout              time.Duration // of a request, and for another run

	// Pause waits; nil waits by the clock. The error is that of ctx.
	Pause func(ctx context.Context, d time.Duration) error
	saved func(written bool) // of the journal
}

func (o Options) wait(ctx context.Context, d time.Duration) error {
	if o.Pause != nil {
		return o.Pause(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// runner is one rotation.
type runner struct {
	app     *cli.App
	options Options
	config  string // the profile file
	name    string
	profile *profile.Profile
	key     *keys.Key
	group   []string // the profiles that are switched, with this one
	holders []string // other profiles that sign with the same certificate
	journal *Journal
	entry   Entry
	session *session
}

// Rotate rotates the certificate of the profile called name in a profile file. The entry
// says what was done, also where the error stopped it.
func Rotate(ctx context.Context, a *cli.App, config, name string, o Options) (Entry, error) {
	r := &runner{app: a, options: o, config: config, name: name}
	r.entry = Entry{Profile: &name, Outcome: OutcomeStopped, Steps: []StepDone{}, Requests: []RequestShown{}}
	return r.end(r.run(ctx))
}

func (r *runner) run(ctx context.Context) error {
	if err := r.prepare(ctx); err != nil {
		return err
	}
	before := r.profile.Text(profile.FieldCertificateID)
	unlock, waited, err := r.lock(ctx, append(slices.Clone(r.group), r.holders...))
	if err != nil {
		return err
	}
	defer unlock()
	if waited { // what another run changed
		if err := r.prepare(ctx); err != nil {
			return err
		}
		if now := r.profile.Text(profile.FieldCertificateID); now != before && !r.options.Resume && !r.options.Undo {
			r.entry.Outcome = OutcomeUnchanged
			r.say("unchanged", "another run rotated the certificate meanwhile: %s signs with %s", r.name, now)
			return nil
		}
	}
	if err := r.readJournals(); err != nil {
		return err
	}
	switch {
	case r.options.Undo:
		return r.undo(ctx)
	case r.options.Resume:
		return r.resume(ctx)
	}
	return r.start(ctx)
}

// readJournals reads the journal of the profile. Another profile of the group may have
// one that is unfinished.
func (r *runner) readJournals() error {
	var err error
	if r.journal, err = readJournal(journalPath(r.config, r.name)); err != nil {
		return err
	}
	if r.journal != nil {
		r.journal.saved = r.options.saved
	}
	if r.journal != nil && r.journal.Profile != r.name {
		return cli.Fail(finding.UsageConfig, "the journal "+r.journal.path+" belongs to another profile: "+cli.Quoted(r.journal.Profile))
	}
	for _, other := range append(slices.Clone(r.group), r.holders...) {
		if other == r.name {
			continue
		}
		j, err := readJournal(journalPath(r.config, other))
		if err != nil {
			return err
		}
		if j.unfinished() {
			return r.unfinished(j)
		}
	}
	return nil
}

// unfinished says that a rotation has to go on or be undone.
func (r *runner) unfinished(j *Journal) error {
	hints := []string{r.app.FollowUp("cert rotate", j.Profile, "--resume") + " goes on", r.app.FollowUp("cert rotate", j.Profile, "--undo") + " takes it back"}
	if j.Doing == undoing {
		hints = hints[1:]
	}
	return cli.Fail(finding.UsageConfig, fmt.Sprintf("the rotation of %s from %s is unfinished: the last complete step is %q", j.Profile, j.Started.UTC().Format(time.DateTime), j.Step), hints...)
}

// start begins a rotation.
func (r *runner) start(ctx context.Context) error {
	if r.journal.unfinished() {
		return r.unfinished(r.journal)
	}
	if err := r.canSwitch(); err != nil {
		return err
	}
	list, err := r.open(ctx)
	if err != nil {
		return err
	}
	j, err := r.plan(list)
	if err != nil {
		return err
	}
	if r.options.DryRun {
		return r.dryRun(ctx, j)
	}
	if err := r.confirm(ctx, "Rotate the certificate of "+r.name+"?"); err != nil {
		return err
	}
	if r.journal != nil {
		j.Due = r.journal.Due
	}
	r.journal = j
	if err := j.end(Listed); err != nil {
		return err
	}
	return r.goOn(ctx)
}

// resume goes on with a rotation that was stopped.
func (r *runner) resume(ctx context.Context) error {
	j := r.journal
	switch {
	case !j.unfinished():
		return cli.Fail(finding.UsageConfig, "no rotation of "+r.name+" is unfinished", r.followUp("cert rotate")+" begins one")
	case j.Doing == undoing:
		return r.unfinished(j)
	case j.Hook && r.options.Hook == "" && !r.options.NoHook && !j.done(Hooked):
		return cli.Fail(finding.UsageFlag, "the rotation began with --deploy-hook, and a journal keeps no command",
			"give --deploy-hook again", "--no-deploy-hook goes on without it")
	}
	if err := r.confirm(ctx, "Go on with the rotation of "+r.name+"?"); err != nil {
		return err
	}
	if id := r.options.CertificateID; id != "" && id != j.New.CertificateID && j.done(Added) && !j.done(Proven) {
		j.Step, j.New.CertificateID = Made, "" // the one that was chosen before may be of someone else
	}
	if r.options.DryRun {
		if _, err := r.open(ctx); err != nil {
			return err
		}
		r.describe()
		return r.dryRun(ctx, j)
	}
	return r.goOn(ctx)
}

// goOn makes the steps that are left.
func (r *runner) goOn(ctx context.Context) error {
	j := r.journal
	r.describe()
	for _, step := range []struct {
		Step
		do func(context.Context) error
	}{{Made, r.make}, {Added, r.add}, {Proven, r.prove}, {Hooked, r.hook}, {Switched, r.doSwitch}, {Revoked, r.revokeOld}} {
		if j.done(step.Step) {
			continue
		}
		if err := step.do(ctx); ctx.Err() != nil && err != nil {
			return ctx.Err()
		} else if err != nil {
			return r.stopped(step.Step, err)
		}
		if err := j.end(step.Step); err != nil {
			return err
		}
	}
	j.State, j.Finished = Done, true
	return j.save()
}

// stopped adds to an error how the rotation goes on.
func (r *runner) stopped(step Step, err error) error {
	info := cli.ErrorInfo(err)
	hints := append(slices.Clone(info.Hints), "nothing is lost: "+r.followUp("cert rotate", "--resume")+" goes on, --undo takes it back")
	s := &stop{cli.Failure{Info: finding.ErrorInfo{Code: info.Code, Message: fmt.Sprintf("the rotation of %s stopped before %q: %s", r.name, step, info.Message), Hints: hints}}, exitCode(err), err}
	return s
}

// followUp is a command that goes on with the profile.
func (r *runner) followUp(command string, rest ...string) string {
	return r.app.FollowUp(command, r.name, rest...)
}

// stop is the error of a rotation that is not complete.
type stop struct {
	cli.Failure
	exit int
	err  error
}

func (s *stop) Unwrap() []error { return []error{&s.Failure, s.err} }

// describe fills in what the journal says of the rotation.
func (r *runner) describe() {
	j := r.journal
	r.entry.Account, r.entry.ClientID = finding.Optional(j.Account), finding.Optional(j.ClientID)
	r.entry.Journal = finding.Optional(j.path)
	r.entry.Profiles = r.group
	r.entry.Old = FilePair{CertificateID: finding.Optional(j.Old.CertificateID), Key: finding.Optional(j.Old.Key), Cert: finding.Optional(j.Old.Cert)}
	r.entry.New = FilePair{CertificateID: finding.Optional(j.New.CertificateID), Key: finding.Optional(j.New.Key), Cert: finding.Optional(j.New.Cert)}
	r.entry.RevokeOld = finding.Optional(j.RevokeOld)
}

// say tells of a step, and keeps it in the entry.
func (r *runner) say(step, format string, args ...any) {
	detail := fmt.Sprintf(format, args...)
	r.entry.Steps = append(r.entry.Steps, StepDone{Step: step, Detail: detail})
	if r.app.Format == "text" && !r.app.Quiet {
		fmt.Fprintf(r.app.Stdout, "%-9s %s\n", step, shown(r.app.MaskedText(detail)))
	}
}

// ParseRevokeOld reads --revoke-old.
func ParseRevokeOld(s string) (now bool, after time.Duration, err error) {
	switch s {
	case "", "never":
		return false, 0, nil
	case "now":
		return true, 0, nil
	}
	if after, err = ParseDays(s); err != nil {
		return false, 0, cli.Fail(finding.UsageFlag, "invalid --revoke-old: want now, never or a duration", "such as --revoke-old 7d")
	}
	return false, after, nil
}

// ParseDays reads a duration with days too, such as 30d or 36h.
func ParseDays(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		var n int
		if _, err := fmt.Sscanf(days+" ", "%d ", &n); err != nil || n < 1 || n > 3650 || fmt.Sprint(n) != days {
			return 0, fmt.Errorf("not a number of days")
		}
		return time.Duration(n) * 24 * time.Hour, nil
	}
	d, err := time.ParseDuration(s)
	if err == nil && (d <= 0 || d > 3650*24*time.Hour) {
		err = fmt.Errorf("out of bounds")
	}
	return d, err
}

// exitCode is the exit code of an error of Rotate.
func exitCode(err error) int {
	var s *stop
	switch {
	case err == nil:
		return finding.ExitOK
	case errors.As(err, &s):
		return s.exit
	}
	return cmp.Or(exitOf(err), finding.ExitUsage)
}
