package rotation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/mapping"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/text"
)

// revokeOld does what --revoke-old says about the certificate that was replaced.
func (r *runner) revokeOld(ctx context.Context) error {
	j := r.journal
	now, after, err := ParseRevokeOld(j.RevokeOld)
	if err != nil {
		return err
	}
	if err := j.begin(Revoked); err != nil {
		return err
	}
	old := j.Old.CertificateID
	command := r.followUp("cert revoke", "--", old)
	switch {
	case after > 0:
		due := Due{old, r.app.Now().UTC().Add(after)}
		if !slices.ContainsFunc(j.Due, func(d Due) bool { return d.CertificateID == old }) {
			j.Due = append(j.Due, due)
		}
		r.say("due", "%s is to be revoked after %s: %s does it, from cron too", old, text.Time(due.At), r.app.FollowUp("cert revoke", "", "--due"))
		return nil
	case !now:
		r.say("kept", "%s stays active; when nothing signs with it any more: %s", old, command)
		return nil
	}
	if signs, err := r.signers(old); err != nil {
		return err
	} else if len(signs) > 0 {
		return fails("the old certificate is not revoked: "+strings.Join(signs, ", ")+" still signs with it", "rotate that profile too, then: "+command)
	}
	if !r.app.Quiet {
		fmt.Fprintln(r.app.Stderr, "nsauth: warning: other machines that have the old key get no token from now on")
	}
	if err := r.reopen(ctx); err != nil {
		return err
	}
	said, err := r.revoke(ctx, old)
	if err != nil {
		return err
	}
	r.say(string(Revoked), "%s: %s", old, said)
	return nil
}

// reopen gets a session with the credential that the profile has now.
func (r *runner) reopen(ctx context.Context) error {
	if r.session != nil {
		return nil
	}
	p, err := r.resolve(r.name, nil)
	if err != nil {
		return err
	}
	s, err := r.connect(ctx, p)
	if err != nil {
		return r.noToken(err)
	}
	r.session = s
	return nil
}

// signers are the profiles of the file that sign with a certificate now.
func (r *runner) signers(id string) ([]string, error) {
	written, err := profile.Written(r.config)
	if err != nil {
		return nil, err
	}
	var names []string
	for name := range written {
		if p, err := r.resolve(name, nil); err == nil && p.Text(profile.FieldCertificateID) == id && !p.TBA() {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// revoke revokes a certificate, and says what became of it. One that is revoked, or of
// which the list says so after an answer was lost, is done.
func (r *runner) revoke(ctx context.Context, id string) (said string, err error) {
	list, err := r.session.list(ctx)
	if err != nil {
		return "", r.endpointError(err)
	}
	m, listed := mapping.Find(list, id)
	switch {
	case !listed:
		return "", fails("NetSuite's list does not have the certificate "+id, r.followUp("cert list")+" shows the list, which may have only your own certificates")
	case m.Revoked:
		return "it was revoked before", nil
	}
	err = r.session.tryRevoke(ctx, id)
	if err == nil {
		return "revoked", nil
	}
	var e *mapping.Error
	if errors.As(err, &e) && ctx.Err() == nil && (e.Unknown || e.Reason == mapping.Refused) {
		for _, pause := range []int{0, 1, 2, 4} {
			if err := r.options.wait(ctx, time.Duration(pause)*time.Second); err != nil {
				return "", err
			}
			if list, listErr := r.session.list(ctx); listErr == nil {
				if m, listed := mapping.Find(list, id); listed && m.Revoked {
					return "revoked", nil
				}
			}
		}
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	return "", r.endpointError(err)
}

func (s *session) tryRevoke(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	return s.Revoke(ctx, id)
}
