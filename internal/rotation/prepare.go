package rotation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/certgen"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/mapping"
	"github.com/nsauth/nsauth/internal/nsid"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/prompt"
	"github.com/nsauth/nsauth/internal/text"
)

// resolve resolves a profile of the file. Flags are how the account is reached, and the
// values that are tried.
func (r *runner) resolve(name string, try map[profile.Field]string) (*profile.Profile, error) {
	flags := map[string][]string{}
	for flag, values := range r.options.Flags {
		flags[flag] = values
	}
	for field, value := range try {
		info, _ := profile.Lookup(field)
		flags[info.Flag] = []string{value}
	}
	in := r.app.Input(flags)
	in.ConfigPath, in.ProfileName = r.config, name
	return profile.Resolve(in)
}

// prepare reads the profile, and the profiles that sign with the same certificate.
func (r *runner) prepare(ctx context.Context) error {
	if !profile.ProfileName(r.name) {
		return cli.Fail(finding.UsageConfig, "the name of the profile is not one that nsauth writes: "+cli.Quoted(r.name), "rename it: nsauth profile rename NAME NEW-NAME")
	}
	p, err := cli.UnlessInterrupted(ctx, func() (*profile.Profile, error) { return r.resolve(r.name, nil) })
	if err != nil {
		return err
	}
	r.profile = p
	if p.TBA() {
		return cli.Fail(finding.UsageConfig, p.WhyTBA()+"; token-based authentication has no certificate")
	}
	if !p.Server.NetSuite {
		return cli.Fail(finding.UsageConfig, "the server of "+r.name+" is not NetSuite: it has no list of certificates")
	}
	for _, f := range []profile.Field{profile.FieldAccount, profile.FieldClientID, profile.FieldCertificateID} {
		if v, ok := p.Get(f); !ok || v.Source.Kind != profile.SourceProfile {
			return r.notOfTheProfile(f, v, ok)
		}
	}
	for _, f := range append([]profile.Field{profile.FieldCert}, keyFields...) {
		if v, ok := p.Get(f); ok && v.Source.Kind != profile.SourceProfile {
			return r.notOfTheProfile(f, v, ok)
		}
	}
	if !p.HasKey() {
		return cli.Fail(finding.UsageConfig, "the profile "+r.name+" names no key", r.followUp("doctor")+" says what is missing")
	}
	return r.findGroup()
}

// keyFields are the settings that say where the key is.
var keyFields = []profile.Field{profile.FieldKey, profile.FieldKeyCommand, profile.FieldSignCommand, profile.FieldPublicKey}

func (r *runner) notOfTheProfile(f profile.Field, v profile.Value, set bool) error {
	if !set {
		return cli.Fail(finding.UsageConfig, string(f)+" is missing in the profile "+r.name, r.followUp("doctor")+" says what is missing")
	}
	return cli.Fail(finding.UsageConfig, fmt.Sprintf("%s comes from %s: a rotation changes a profile, and its values must be in the file", f, v.Source),
		"write it into the profile "+r.name, "or make the change by hand: nsauth certgen, nsauth cert add")
}

// findGroup finds the profiles of the file that sign with the same certificate. Those with
// the same files are switched too.
func (r *runner) findGroup() error {
	file, err := profile.List(profile.Input{ConfigPath: r.config, Dir: r.app.Dir, LookupEnv: r.app.LookupEnv})
	if err != nil {
		return err
	}
	r.group, r.holders = nil, nil
	own := r.profile
	for _, name := range file.Profiles {
		p, err := r.resolve(name, nil)
		if name == r.name {
			r.group = append(r.group, name)
			continue
		}
		if err != nil || p.Text(profile.FieldCertificateID) != own.Text(profile.FieldCertificateID) || p.Account != own.Account {
			continue // a profile that cannot be resolved signs with nothing
		}
		otherKey := slices.ContainsFunc(keyFields, func(f profile.Field) bool { return p.Text(f) != own.Text(f) })
		if p.Text(profile.FieldClientID) == own.Text(profile.FieldClientID) && !otherKey && profile.ProfileName(name) {
			r.group = append(r.group, name)
		} else {
			r.holders = append(r.holders, name)
		}
	}
	slices.Sort(r.group)
	return nil
}

// canSwitch refuses, before anything is made, a profile that could not be switched.
func (r *runner) canSwitch() error {
	written, err := profile.Written(r.config)
	if err != nil {
		return err
	}
	own := written[r.name]
	if strings.Contains(strings.ReplaceAll(own.CertificateID, "$$", ""), "${") {
		return cli.Fail(finding.UsageConfig, "the certificate_id of "+r.name+" is a variable: "+own.CertificateID,
			"a rotation writes the new Certificate ID into the profile: write the present one there first")
	}
	o := r.options
	key := r.profile.Text(profile.FieldKey)
	sameKey := o.Cert != "" && o.ForKey == "" // the certificate is for the present key
	switch {
	case sameKey:
	case key == "":
		return cli.Fail(finding.UsageConfig, "a command has the key of "+r.name+": nsauth cannot store a new one there",
			"make the new pair there, then: "+r.followUp("cert add", "--cert", "FILE")+", and change the profile", "or give the new certificate of the same key: --cert FILE")
	case r.profile.InNoFile(profile.FieldKey) && o.Out == "" && o.ForKey == "":
		return cli.Fail(finding.UsageConfig, "the key of "+r.name+" is not in a file: "+key,
			"--out FOLDER writes the new key there, and the profile then names that file", "or make the new pair where the key is, then: "+r.followUp("cert add", "--cert", "FILE"))
	}
	test := map[string]profile.Pairs{}
	for _, name := range r.group {
		old := written[name].Pair
		test[name] = profile.Pairs{Pair: profile.Pair{CertificateID: "x", Key: old.Key, Cert: "x"}, Previous: &old}
	}
	return profile.CheckSwitch(r.config, test)
}

// plan is the journal of a new rotation, from NetSuite's list.
func (r *runner) plan(list []mapping.Mapping) (*Journal, error) {
	p, now := r.profile, r.app.Now()
	id := p.Text(profile.FieldCertificateID)
	own, listed := mapping.Find(list, id)
	if !listed || !nsid.IsInternalID(own.Role.ID) || !nsid.IsInternalID(own.Entity.ID) {
		return nil, cli.Fail(finding.UsageConfig, "NetSuite's list does not have the Certificate ID of "+r.name+", so its role and entity are not known",
			r.followUp("cert list")+" shows the list, which may have only your own certificates", r.followUp("cert add", "--cert", "FILE")+" --role ID --entity ID adds one by hand")
	}
	if own.Revoked {
		return nil, cli.Fail(finding.UsageConfig, "NetSuite's list says that the certificate of "+r.name+" is revoked", "add a new one in NetSuite: nsauth explain setup.certificate-revoked")
	}
	if active := mapping.CountActive(list, now); active >= mapping.ActiveLimit {
		return nil, r.limitReached(list)
	}
	written, err := profile.Written(r.config)
	if err != nil {
		return nil, err
	}
	j := &Journal{Kind: journalKind, path: journalPath(r.config, r.name), saved: r.options.saved, Profile: r.name, Account: p.Account.ID, ClientID: p.Text(profile.FieldClientID),
		Started: now.UTC(), State: Running, Role: own.Role.ID, Entity: own.Entity.ID,
		Old:     Credential{CertificateID: id, Key: p.Text(profile.FieldKey), Cert: p.Text(profile.FieldCert)},
		Written: map[string]profile.Pairs{}, Hook: r.options.Hook != "", RevokeOld: r.options.RevokeOld}
	if j.RevokeOld == "" {
		j.RevokeOld = "never"
	}
	for _, name := range r.group {
		j.Written[name] = written[name]
	}
	for _, m := range list {
		j.Before = append(j.Before, m.CertificateID)
	}
	j.New.PassphraseFile = p.Text(profile.FieldPassphraseFile)
	if err := r.nameFiles(j); err != nil {
		return nil, err
	}
	r.journal = j
	r.describe()
	r.say(string(Listed), "%d of at most %d certificates are active; %s signs with %s, valid until %s", mapping.CountActive(list, now), mapping.ActiveLimit,
		strings.Join(r.group, ", "), id, own.ValidUntil)
	return j, nil
}

// limitReached lists the active certificates, of which one has to go.
func (r *runner) limitReached(list []mapping.Mapping) error {
	now := r.app.Now()
	hints := []string{"revoke one that nothing signs with: " + r.followUp("cert revoke", "ID"), "NetSuite counts them over all roles and entities of the integration record"}
	for _, m := range list {
		if m.State(now) == mapping.Active {
			hint := fmt.Sprintf("active: %s, role %s, entity %s, valid until %s", m.CertificateID, named(m.Role.Name, m.Role.ID), named(m.Entity.Name, m.Entity.ID), m.ValidUntil)
			if signs, err := r.signersOf(m.CertificateID); err == nil && len(signs) > 0 {
				hint += "; keep it: " + cmp.Or(strings.Join(signs, ", "), "this run") + " signs with it"
			}
			hints = append(hints, hint)
		}
	}
	return fails(fmt.Sprintf("the integration record has %d active certificates, the most that NetSuite allows", mapping.CountActive(list, now)), hints...)
}

// nameFiles chooses the files of the new certificate.
func (r *runner) nameFiles(j *Journal) error {
	o := r.options
	switch {
	case o.Cert != "" && o.ForKey == "":
		j.New.Key, j.New.Cert = j.Old.Key, absolute(o.Cert)
		return nil
	case o.Cert != "":
		j.New.Key, j.New.Cert = absolute(o.ForKey), absolute(o.Cert)
		return nil
	}
	folder, stem := o.Out, r.name
	if !r.profile.InNoFile(profile.FieldKey) && j.Old.Key != "" {
		folder, stem = cmp.Or(o.Out, filepath.Dir(j.Old.Key)), stemOf(j.Old.Key)
	}
	if o.ForKey != "" {
		folder, stem = cmp.Or(o.Out, filepath.Dir(absolute(o.ForKey))), stemOf(o.ForKey)
	}
	name, err := freeName(absolute(folder), cmp.Or(stem, r.name)+"-"+j.Started.Format(time.DateOnly))
	if err != nil {
		return err
	}
	j.New.Key, j.New.Cert = name+keyEnd, name+certEnd
	j.New.MadeKey, j.New.MadeCert = o.ForKey == "", true
	if o.ForKey != "" {
		j.New.Key = absolute(o.ForKey)
	}
	return nil
}

// How keypair.Make names its files.
const (
	keyEnd  = "-key.pem"
	certEnd = "-cert.pem"
)

var dated = text.Regexp(`-[0-9]{4}-[0-9]{2}-[0-9]{2}(-[0-9]+)?$`)

// stemOf is the name of a key file without the date that an earlier rotation added, "" for
// one that says nothing.
func stemOf(path string) string {
	name := filepath.Base(path)
	name, cut := strings.CutSuffix(name, keyEnd)
	if !cut {
		name = strings.TrimSuffix(name, filepath.Ext(name))
		name = strings.TrimSuffix(strings.TrimSuffix(name, "-key"), "_key")
	}
	name = dated().ReplaceAllString(name, "")
	if name == "key" || name == "private" || name == "" {
		return ""
	}
	return name
}

// freeName is a path, of which neither file exists.
func freeName(folder, name string) (string, error) {
	for n := 1; n <= 1000; n++ {
		path := filepath.Join(folder, name)
		if n > 1 {
			path = fmt.Sprintf("%s-%d", path, n)
		}
		if !exists(path+keyEnd) && !exists(path+certEnd) {
			return path, nil
		}
	}
	return "", cli.Fail(finding.IOExists, "all names of new files are taken: "+filepath.Join(folder, name), "give another folder: --out FOLDER")
}

// keyType is the type of the new key.
func (r *runner) keyType() certgen.KeyType {
	if r.options.KeyType != "" {
		return certgen.KeyType(r.options.KeyType)
	}
	if t := certgen.TypeOf(r.key); t != "" {
		return t
	}
	return certgen.RSA4096
}

// confirm asks before a change of a profile for production. Without a terminal --yes has
// to say it.
func (r *runner) confirm(ctx context.Context, question string) error {
	if r.options.Yes || r.options.DryRun || !r.production() {
		return nil
	}
	return confirm(ctx, r.app, r.name+" is for production. "+question)
}

func (r *runner) production() bool {
	return slices.ContainsFunc(append(slices.Clone(r.group), r.holders...), func(name string) bool {
		p, err := r.resolve(name, nil)
		return err == nil && p.Production()
	})
}

func confirm(ctx context.Context, a *cli.App, question string) error {
	d, err := a.Dialogue(false, false)
	if err != nil {
		return err
	}
	if d == nil {
		return cli.Fail(finding.UsageFlag, "a profile for production: nothing was changed", "--yes changes it without a question, --dry-run shows what is done")
	}
	answer, err := d.Line(ctx, question+" (yes / no) ")
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, prompt.ErrTooLong) {
		return err
	}
	if _, agreed := (prompt.Choices{prompt.Yes}).Chosen(answer); !agreed || err != nil {
		return cli.Fail(finding.UsageFlag, "not confirmed: nothing was changed")
	}
	return nil
}
