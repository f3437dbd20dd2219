package rotation

import (
	"context"
	"os"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
)

// undo takes a rotation back. Before a profile is switched back, the old certificate has
// to get a token. A new certificate that a hook may have handed on stays active.
func (r *runner) undo(ctx context.Context) error {
	j := r.journal
	if j == nil || j.State == Undone {
		return cli.Fail(finding.UsageConfig, "there is no rotation of "+r.name+" to undo", "its previous values, if any: "+r.followUp("profile show"))
	}
	r.describe()
	written, err := profile.Written(r.config)
	if err != nil {
		return err
	}
	switched := false
	for name, old := range j.Written {
		now := written[name]
		switch to, planned := j.Switch[name]; {
		case planned && now.Pair == to.Pair:
			switched = true
		case now.Pair != old.Pair:
			return cli.Fail(finding.UsageConfig, "the profile "+name+" was changed after the rotation: it is not undone", "change it by hand: "+r.app.FollowUp("profile show", name))
		}
	}
	if now, _, err := ParseRevokeOld(j.RevokeOld); err == nil && now && j.done(Revoked) {
		return fails("the rotation is not undone: with --revoke-old now it revoked the old certificate "+j.Old.CertificateID, "the profile stays as it is", r.followUp("cert rotate")+" makes a new certificate")
	}
	if r.options.DryRun {
		return r.dryUndo(switched)
	}
	if err := r.confirm(ctx, "Undo the rotation of "+r.name+"?"); err != nil {
		return err
	}
	oldProfile, err := r.oldProfile()
	if err != nil {
		return err
	}
	if !switched && !j.Sent { // NetSuite never heard of it
		r.removeFiles()
		j.State, j.Doing = Undone, ""
		r.entry.Outcome = OutcomeUndone
		return j.save()
	}
	if _, err := r.tokenWith(ctx, oldProfile, "does the old certificate work?"); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s := unknown
		if exitCode(err) != finding.ExitInconclusive {
			s = fails
		}
		return s("the rotation is not undone: the old certificate gets no token: "+cli.ErrorInfo(err).Message, "the profile stays as it is", r.followUp("doctor")+" says whether it works")
	}
	j.State = Running
	if err := j.begin(undoing); err != nil {
		return err
	}
	if switched {
		if err := cli.SaveProfile(r.config, profile.Change{Pairs: j.Written}); err != nil {
			return err
		}
		r.say("restored", "%s signs with %s again", strings.Join(r.group, ", "), j.Old.CertificateID)
	} else {
		r.say("unchanged", "%s signs with %s", strings.Join(r.group, ", "), j.Old.CertificateID)
	}
	if err := r.discard(ctx); err != nil {
		return err
	}
	j.State, j.Doing = Undone, ""
	j.Due = without(j.Due, j.Old.CertificateID) // it is in use again
	r.entry.Outcome = OutcomeUndone
	return j.save()
}

// oldProfile is the profile with the pair from before.
func (r *runner) oldProfile() (*profile.Profile, error) {
	j := r.journal
	try := map[profile.Field]string{profile.FieldCertificateID: j.Old.CertificateID}
	if j.Old.Key != "" {
		try[profile.FieldKey] = j.Old.Key
	}
	if j.Old.Cert != "" {
		try[profile.FieldCert] = j.Old.Cert
	}
	return r.resolve(r.name, try)
}

// discard revokes the new certificate and removes its files, if it is sure that no one
// uses them.
func (r *runner) discard(ctx context.Context) error {
	j := r.journal
	if j.New.CertificateID == "" && j.Sent {
		found, err := r.search(ctx)
		if err != nil {
			return err
		}
		if !found {
			r.say("unknown", "NetSuite does not list a new certificate; if it appears later: %s", r.followUp("cert list"))
			r.keepFiles()
			return nil
		}
	}
	id := j.New.CertificateID
	switch why, err := r.whyKept(id); {
	case err != nil:
		return err
	case why != "":
		r.say("kept", "%s stays active: %s; to revoke it: %s", id, why, r.followUp("cert revoke", "--", id))
		r.keepFiles()
		return nil
	}
	if id != "" {
		said, err := r.revoke(ctx, id)
		if err != nil {
			return err
		}
		r.say(string(Revoked), "%s: %s", id, said)
	}
	r.removeFiles()
	return nil
}

// whyKept is why an undo does not revoke the new certificate; "" if it does, or if there is
// none.
func (r *runner) whyKept(id string) (string, error) {
	j := r.journal
	if id == "" {
		return "", nil
	}
	signs, err := r.signers(id)
	signs = slices.DeleteFunc(signs, func(name string) bool { return slices.Contains(r.group, name) && r.options.DryRun })
	switch {
	case err != nil:
		return "", err
	case len(signs) > 0:
		return strings.Join(signs, ", ") + " signs with it", nil
	case j.Finished:
		return "the rotation was complete, so other machines may have its key", nil
	case j.Hook && j.hooked():
		return "the deploy hook may have handed its key on", nil
	case id != j.New.Computed && !j.done(Proven):
		return "it is not sure that it is the one of this rotation", nil
	}
	return "", nil
}

// hooked reports whether the hook may have run.
func (j *Journal) hooked() bool { return j.done(Proven) }

// removeFiles removes the files that the rotation made, unless others have their names by
// now.
func (r *runner) removeFiles() {
	j := r.journal
	c, err := r.app.Keys.Certificate(context.Background(), keys.Source{Name: j.New.Cert}, nil)
	if !j.New.MadeCert || err != nil || c.ID() != j.New.Computed {
		r.keepFiles()
		return
	}
	var removed []string
	for _, path := range j.madeFiles() {
		if os.Remove(path) == nil {
			removed = append(removed, path)
		}
	}
	r.say("removed", "%s", strings.Join(removed, ", "))
}

// madeFiles are the files of the journal that nsauth made and that exist.
func (j *Journal) madeFiles() []string {
	var paths []string
	if j.New.MadeKey {
		paths = append(paths, j.New.Key)
	}
	if j.New.MadeCert {
		paths = append(paths, j.New.Cert)
	}
	return slices.DeleteFunc(paths, func(path string) bool { return !exists(path) })
}

// keepFiles names the files that stay.
func (r *runner) keepFiles() {
	if paths := r.journal.madeFiles(); len(paths) > 0 {
		r.say("kept", "%s", strings.Join(paths, ", "))
	}
}

func without(due []Due, id string) []Due {
	var rest []Due
	for _, d := range due {
		if d.CertificateID != id {
			rest = append(rest, d)
		}
	}
	return rest
}
