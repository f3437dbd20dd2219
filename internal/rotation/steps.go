package rotation

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/fault"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/keypair"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/mapping"
	"github.com/nsauth/nsauth/internal/profile"
)

// make makes the new key and certificate, or reads what was given. Files that a stopped
// run has made are used.
func (r *runner) make(ctx context.Context) error {
	j := r.journal
	if err := j.begin(Made); err != nil {
		return err
	}
	if j.New.MadeCert && !exists(j.New.Cert) {
		if err := r.makeFiles(ctx); err != nil {
			return err
		}
	}
	c, err := r.newCertificate(ctx)
	if err != nil {
		return err
	}
	j.New.Computed, j.New.ValidUntil = c.ID(), c.X509.NotAfter.UTC().Format(time.DateOnly)
	j.New.Algorithm = algorithm(c)
	r.describe()
	r.say(string(Made), "%s, %s", j.New.Key, j.New.Cert)
	return nil
}

func (r *runner) makeFiles(ctx context.Context) error {
	j := r.journal
	if r.key == nil {
		key, err := r.loadKey(ctx, r.profile, r.followUp("keycheck"))
		if err != nil {
			return err
		}
		r.key = key
	}
	o := keypair.Options{KeyType: string(r.keyType()), Days: r.options.days(), Subject: r.subject(ctx), Out: filepath.Dir(j.New.Cert),
		Name: strings.TrimSuffix(filepath.Base(j.New.Cert), certEnd), PassphraseFile: j.New.PassphraseFile, Encrypt: r.key.Encrypted}
	if !j.New.MadeKey || exists(j.New.Key) { // the latter was made by a run that was stopped
		o.ForKey, o.Encrypt = j.New.Key, false
	} else if !o.Encrypt {
		o.PassphraseFile = ""
	}
	_, err := keypair.Make(ctx, r.app, o)
	return err
}

func (o Options) days() int {
	if o.Days == 0 {
		return keys.MaxValidityDays
	}
	return o.Days
}

// subject is the subject of the present certificate, if it is a file.
func (r *runner) subject(ctx context.Context) string {
	if c, err := r.app.Keys.Certificate(ctx, host.CertificateSource(r.profile), nil); err == nil && c.Subject() != "" {
		return c.Subject()
	}
	return "nsauth"
}

// newCertificate reads the new certificate, and refuses one that does not belong to the
// new key or that NetSuite rejects.
func (r *runner) newCertificate(ctx context.Context) (*keys.Certificate, error) {
	j := r.journal
	p, err := r.newProfile("")
	if err != nil {
		return nil, err
	}
	key, err := r.loadKey(ctx, p, "nsauth keycheck FILE")
	if err != nil {
		return nil, err
	}
	c, err := r.app.Keys.Certificate(ctx, keys.Source{Name: j.New.Cert, PassphraseFile: j.New.PassphraseFile}, key)
	if err != nil {
		return nil, cli.Fail(finding.UsageConfig, fault.Findings(err)[0].Message, "nsauth keycheck --cert FILE says more")
	}
	if !c.BelongsTo(key) {
		return nil, cli.Fail(finding.UsageConfig, "the certificate does not belong to the key", "give the key of the certificate: --for-key FILE")
	}
	for _, f := range fault.OfKeys(c.Judge(r.app.Now())) {
		if f.Severity == finding.Error {
			return nil, cli.Fail(finding.UsageConfig, f.Message, f.Remedy.Summary)
		}
	}
	if c.ID() == j.Old.CertificateID || slices.Contains(j.Before, c.ID()) {
		return nil, cli.Fail(finding.UsageConfig, "NetSuite has that certificate already", "a rotation needs a new certificate: leave --cert out, and nsauth makes one")
	}
	return c, nil
}

// newProfile is the profile with the new pair, and a Certificate ID unless it is "".
func (r *runner) newProfile(id string) (*profile.Profile, error) {
	j := r.journal
	try := map[profile.Field]string{profile.FieldCert: j.New.Cert}
	if j.New.Key != "" {
		try[profile.FieldKey] = j.New.Key
	}
	if id != "" {
		try[profile.FieldCertificateID] = id
	}
	return r.resolve(r.name, try)
}

func algorithm(c *keys.Certificate) string {
	if c.X509.PublicKeyAlgorithm.String() == "ECDSA" {
		return "EC"
	}
	return "RSA"
}

// add adds the new certificate at NetSuite. Its answer, or else its list, says the new
// Certificate ID.
func (r *runner) add(ctx context.Context) error {
	j := r.journal
	tried := j.Sent
	list, err := r.open(ctx)
	if err != nil {
		return err
	}
	if !tried {
		j.Before = nil // as late as possible: someone else may have added one
		for _, m := range list {
			j.Before = append(j.Before, m.CertificateID)
		}
		if mapping.CountActive(list, r.app.Now()) >= mapping.ActiveLimit {
			return r.limitReached(list)
		}
	}
	j.Sent = true
	if err := j.begin(Added); err != nil {
		return err
	}
	if tried {
		if found, err := r.search(ctx); found || err != nil {
			return err
		}
	}
	certificate, err := r.newCertificate(ctx)
	if err != nil {
		return err
	}
	done := r.app.Working(ctx, "waiting for NetSuite", "adding the certificate")
	added, err := r.post(ctx, certificate.PEM())
	done()
	var e *mapping.Error
	switch {
	case err == nil:
		return r.accept(added, "NetSuite answered")
	case !errors.As(err, &e):
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	case e.Unknown || tried && e.Reason == mapping.Refused: // the latter may say that it is mapped already
		if found, searchErr := r.search(ctx); found || searchErr != nil {
			return searchErr
		}
		return unknown("it is not known whether NetSuite added the certificate: "+e.Error(), "its list does not have it yet")
	case !tried: // NetSuite did not add it
		j.Sent = false
		if err := j.end(Made); err != nil {
			return err
		}
	}
	return r.endpointError(err)
}

func (r *runner) post(ctx context.Context, pem []byte) (mapping.Mapping, error) {
	ctx, cancel := context.WithTimeout(ctx, r.options.Timeout)
	defer cancel()
	return r.session.Add(ctx, pem, r.journal.Role, r.journal.Entity)
}

// accept takes NetSuite's answer for the new certificate.
func (r *runner) accept(m mapping.Mapping, how string) error {
	j := r.journal
	if m.CertificateID == j.Old.CertificateID {
		return fails("NetSuite answered with the Certificate ID of the present certificate: " + m.CertificateID)
	}
	j.New.CertificateID = m.CertificateID
	r.describe()
	r.say(string(Added), "%s, for role %s and entity %s, valid until %s", m.CertificateID, j.Role, j.Entity, m.ValidUntil)
	if j.New.Computed != m.CertificateID && !r.app.Quiet {
		fmt.Fprintf(r.app.Stderr, "nsauth: warning: %s with another Certificate ID than the one of the file, %s; NetSuite's counts\n", how, r.app.MaskedText(j.New.Computed))
	}
	return nil
}

// search looks in NetSuite's list for a certificate that an add, whose answer is not
// known, may have added.
func (r *runner) search(ctx context.Context) (found bool, err error) {
	var candidates []mapping.Mapping
	_, err = r.backoff(ctx, "is the certificate added?", func(int) (bool, error) {
		list, err := r.session.list(ctx)
		var e *mapping.Error
		if errors.As(err, &e) && ctx.Err() == nil && (e.Reason == mapping.Failed || e.Reason == mapping.NoAnswer) {
			return false, nil
		} else if err != nil {
			return false, r.endpointError(err)
		}
		candidates = r.candidates(list)
		return len(candidates) > 0, nil
	})
	switch {
	case err != nil || len(candidates) == 0:
		return false, err
	case len(candidates) == 1 && r.options.CertificateID == "":
		return true, r.accept(candidates[0], "NetSuite lists it")
	}
	var ids []string
	for _, m := range candidates {
		if m.CertificateID == r.options.CertificateID {
			return true, r.accept(m, "it is chosen")
		}
		ids = append(ids, m.CertificateID)
	}
	if id := r.options.CertificateID; id != "" {
		return false, cli.Fail(finding.UsageConfig, "invalid --certificate-id "+cli.Quoted(id)+": the new certificate may be one of "+strings.Join(ids, ", "),
			r.followUp("cert rotate", "--resume", "--certificate-id=ID")+" chooses one")
	}
	return false, cli.Fail(finding.UsageConfig, "two certificates may be the new one: "+strings.Join(ids, ", "),
		"look which one is yours: "+r.followUp("cert list"), r.followUp("cert rotate", "--resume", "--certificate-id=ID")+" chooses one")
}

// candidates are the certificates that NetSuite did not list before, and that may be the
// new one.
func (r *runner) candidates(list []mapping.Mapping) []mapping.Mapping {
	j := r.journal
	return slices.DeleteFunc(slices.Clone(list), func(m mapping.Mapping) bool {
		return slices.Contains(j.Before, m.CertificateID) || m.Revoked || m.Role.ID != j.Role || m.Entity.ID != j.Entity ||
			m.Algorithm != "" && m.Algorithm != j.New.Algorithm || !j.endsWith(m)
	})
}

// endsWith reports whether a row of the list ends on the day of the new certificate. The
// list's time zone is not known, and NetSuite shortens what is valid for over two years.
func (j *Journal) endsWith(m mapping.Mapping) bool {
	listed, ok := mapping.Time(m.ValidUntil)
	own, err := time.Parse(time.DateOnly, j.New.ValidUntil)
	if !ok || err != nil {
		return true
	}
	const near = 48 * time.Hour
	return listed.Sub(own).Abs() <= near || listed.Before(own) && own.Sub(j.Started) > keys.MaxValidityDays*24*time.Hour+near
}

// prove gets a token with the new certificate.
func (r *runner) prove(ctx context.Context) error {
	if err := r.journal.begin(Proven); err != nil {
		return err
	}
	p, err := r.newProfile(r.journal.New.CertificateID)
	if err != nil {
		return err
	}
	tries, err := r.tokenWith(ctx, p, "is the new certificate ready?")
	if err != nil {
		return err
	}
	r.say(string(Proven), "NetSuite issued a token with the new certificate (try %d)", tries)
	return nil
}

// tokenWith gets a token with the credential of p, and waits where NetSuite is not ready.
func (r *runner) tokenWith(ctx context.Context, p *profile.Profile, what string) (tries int, err error) {
	var last error
	ok, err := r.backoff(ctx, what, func(n int) (bool, error) {
		tries = n
		s, err := r.connect(ctx, p)
		switch {
		case ctx.Err() != nil:
			return false, ctx.Err()
		case err == nil:
			r.session = s
			return true, nil
		case !mayPass(err):
			return false, r.noToken(err)
		}
		last = err
		return false, nil
	})
	switch {
	case err != nil:
		return tries, err
	case !ok:
		why := fmt.Sprintf("no token with the certificate %s after %d tries: %s", p.Text(profile.FieldCertificateID), tries, r.app.MaskedText(last.Error()))
		if unanswered(last) {
			return tries, unknown(why)
		}
		return tries, fails(why, "NetSuite may need longer: --wait 10m")
	}
	return tries, nil
}

// doSwitch switches the profiles in one write. The old values stay as previous:.
func (r *runner) doSwitch(ctx context.Context) error {
	j := r.journal
	written, err := profile.Written(r.config)
	if err != nil {
		return err
	}
	if j.Switch == nil {
		j.Switch = map[string]profile.Pairs{}
		for name, old := range j.Written {
			before := old.Pair
			to := profile.Pair{CertificateID: profile.Plain(j.New.CertificateID), Key: old.Key, Cert: r.writtenPath(old, j.New.Cert)}
			if j.New.Key != j.Old.Key {
				to.Key = r.writtenPath(old, j.New.Key)
			}
			j.Switch[name] = profile.Pairs{Pair: to, Previous: &before}
		}
	}
	if err := j.begin(Switched); err != nil {
		return err
	}
	for name, old := range j.Written {
		if now := written[name]; now.Pair != old.Pair && now.Pair != j.Switch[name].Pair {
			return cli.Fail(finding.UsageConfig, "the profile "+name+" was changed during the rotation: "+r.config, "restore its certificate_id, key and cert: "+r.app.FollowUp("profile undo", ""))
		}
	}
	if err := cli.SaveProfile(r.config, profile.Change{Pairs: j.Switch}); err != nil {
		return err
	}
	r.say(string(Switched), "%s signs with %s; the old values stay as previous:", strings.Join(r.group, ", "), j.New.CertificateID)
	return nil
}

// writtenPath is how a profile names a new file: in the form in which it names its key, if
// both are in one folder.
func (r *runner) writtenPath(old profile.Pairs, path string) string {
	plain := profile.Plain(path)
	if filepath.Dir(path) != filepath.Dir(r.journal.Old.Key) || r.profile.InNoFile(profile.FieldKey) {
		return plain
	}
	i := strings.LastIndexAny(old.Key, `/`+string(filepath.Separator))
	if strings.Contains(old.Key[i+1:], "$") { // a variable may have the folder too
		return plain
	}
	return old.Key[:i+1] + profile.Plain(filepath.Base(path))
}

func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
