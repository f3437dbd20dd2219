package rotation

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/mapping"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/text"
)

// Command rotates the profile in use.
func Command(ctx context.Context, a *cli.App, in profile.Input, o Options) error {
	config, name, err := chosen(in)
	if err != nil {
		return err
	}
	entry, err := Rotate(ctx, a, config, name, o)
	return finish(ctx, a, "rotate", []Entry{entry}, err)
}

// chosen is the profile file and the name of the profile in use.
func chosen(in profile.Input) (config, name string, err error) {
	in.Flags = nil
	p, err := profile.Resolve(in)
	if err != nil {
		return "", "", err
	}
	if p.File == "" || p.Name == "" {
		return "", "", cli.Fail(finding.UsageConfig, "no profile is in use: a rotation changes a profile", "name one with --profile: nsauth profile list shows the names", "nsauth profile init makes one")
	}
	return p.File, p.Name, nil
}

// CommandAll rotates every profile of the file whose certificate expires within a time, by
// NetSuite's list. One that fails does not stop the others.
func CommandAll(ctx context.Context, a *cli.App, in profile.Input, within time.Duration, o Options) error {
	in.Flags = nil
	file, err := profile.List(in)
	switch {
	case err != nil:
		return err
	case !file.Exists:
		return cli.Fail(finding.UsageConfig, "there is no profile file", "nsauth profile init makes one")
	}
	entries := []Entry{}
	rotated := map[string]bool{} // with a profile before
	for _, name := range file.Profiles {
		if ctx.Err() != nil {
			break
		}
		if rotated[name] {
			continue
		}
		entry, skipped := rotateDue(ctx, a, file.Path, name, within, o)
		for _, other := range entry.Profiles {
			rotated[other] = true
		}
		if !skipped {
			entries = append(entries, entry)
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return finish(ctx, a, "rotate", entries, nil)
}

// rotateDue rotates a profile if it is due. skipped is one of token-based authentication
// or of another server.
func rotateDue(ctx context.Context, a *cli.App, config, name string, within time.Duration, o Options) (entry Entry, skipped bool) {
	r := &runner{app: a, options: o, config: config, name: name}
	r.entry = Entry{Profile: &name, Outcome: OutcomeStopped, Profiles: []string{}, Steps: []StepDone{}, Requests: []RequestShown{}}
	if p, err := r.resolve(name, nil); err == nil && (p.TBA() || !p.Server.NetSuite) {
		return r.entry, true
	}
	due, err := r.due(ctx, within)
	if err == nil && due {
		if a.Format == "text" && !a.Quiet {
			fmt.Fprintf(a.Stdout, "%s:\n", name)
		}
		entry, _ := Rotate(ctx, a, config, name, o)
		return entry, false
	}
	if err == nil {
		r.entry.Outcome = OutcomeUnchanged
	}
	entry, _ = r.end(err)
	return entry, false
}

func (r *runner) due(ctx context.Context, within time.Duration) (bool, error) {
	if err := r.prepare(ctx); err != nil {
		return false, err
	}
	r.entry.Profiles = r.group
	if j, err := readJournal(journalPath(r.config, r.name)); err != nil {
		return false, err
	} else if j.unfinished() {
		return false, r.unfinished(j)
	}
	list, err := r.open(ctx)
	if err != nil {
		return false, err
	}
	own, listed := mapping.Find(list, r.profile.Text(profile.FieldCertificateID))
	utc, _, dated := own.Ends()
	if !listed || !dated {
		return false, fails("NetSuite's list does not say until when the certificate of " + r.name + " is valid")
	}
	return utc.Sub(r.app.Now()) <= within, nil
}

// CommandAdd adds a certificate by hand.
func CommandAdd(ctx context.Context, a *cli.App, p *profile.Profile, file string, o ByHand) error {
	entry, err := Add(ctx, a, p, file, o)
	if err == nil && a.Quiet && a.Format == "text" && entry.New.CertificateID != nil {
		_, err = fmt.Fprintln(a.Stdout, a.MaskedText(*entry.New.CertificateID))
	}
	return finish(ctx, a, "add", []Entry{entry}, err)
}

// CommandRevoke revokes certificates by hand.
func CommandRevoke(ctx context.Context, a *cli.App, p *profile.Profile, ids []string, o ByHand) error {
	entry, err := Revoke(ctx, a, p, ids, o)
	return finish(ctx, a, "revoke", []Entry{entry}, err)
}

// CommandDue revokes what is due.
func CommandDue(ctx context.Context, a *cli.App, in profile.Input, o Options) error {
	in.Flags = nil
	file, err := profile.List(in)
	if err != nil {
		return err
	}
	entries, err := RevokeDue(ctx, a, file.Path, o)
	if err != nil {
		return err
	}
	if len(entries) == 0 && a.Format == "text" && !a.Quiet {
		waiting := ""
		if noted, err := NotedIn(file.Path); err == nil && len(noted) > 0 {
			waiting = "; next: " + a.MaskedText(noted[0].CertificateID) + ", after " + text.Time(noted[0].At)
		}
		fmt.Fprintln(a.Stdout, "nothing is due"+waiting)
	}
	return finish(ctx, a, "revoke", entries, nil)
}

// finish prints the document, or why something was not done, and returns the exit code. An
// error before anything was done is that of any command.
func finish(ctx context.Context, a *cli.App, command string, entries []Entry, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		if len(entries) == 1 && entries[0].Journal != nil && entries[0].Profile != nil {
			fmt.Fprintf(a.Stderr, "nsauth: hint: %s goes on, --undo takes it back\n", a.FollowUp("cert rotate", *entries[0].Profile, "--resume"))
		}
		return ctx.Err()
	}
	if err != nil && exitCode(err) == finding.ExitUsage && entries[0].Journal == nil {
		return err
	}
	doc := Document{Head: report.HeadOf(Kind), Command: command, Rotations: entries}
	for _, e := range entries {
		if worse(e.ExitCode, doc.ExitCode) {
			doc.ExitCode = e.ExitCode
		}
	}
	if a.JSON() {
		if err := a.PrintJSON(doc); err != nil {
			return err
		}
	} else {
		printErrors(a, entries)
	}
	if doc.ExitCode != finding.ExitOK {
		return cli.Exit(doc.ExitCode)
	}
	return nil
}

// worse orders exit codes: what NetSuite refused, what is unknown, then what could not be run.
func worse(a, b int) bool {
	rank := map[int]int{finding.ExitOK: 0, finding.ExitUsage: 1, finding.ExitInconclusive: 2, finding.ExitFail: 3}
	return rank[a] > rank[b]
}

func printErrors(a *cli.App, entries []Entry) {
	for _, e := range entries {
		if e.Error == nil {
			continue
		}
		fmt.Fprintf(a.Stderr, "nsauth: error: %s\n", shown(a.MaskedText(e.Error.Message)))
		for _, hint := range e.Error.Hints {
			fmt.Fprintf(a.Stderr, "nsauth: hint: %s\n", shown(a.MaskedText(hint)))
		}
	}
	if len(entries) < 2 || a.Quiet {
		return
	}
	rows := [][]string{}
	for _, e := range entries {
		why := ""
		if e.Error != nil {
			why = shown(a.MaskedText(e.Error.Message))
		}
		rows = append(rows, []string{*e.Profile, e.Outcome, strings.TrimSpace(why)})
	}
	_ = report.Table(a.Stdout, rows)
}
