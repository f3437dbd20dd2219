package wizard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/certgen"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/doctor"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/keypair"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/prompt"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/text"
)

// InitOptions are what nsauth profile init was asked for.
type InitOptions struct {
	Name    string // "" if the argument names none
	Default bool   // make it the default profile
	Force   bool   // change a profile of this name without asking
}

// Init saves a profile with the values that in has as flags, and asks in d for the
// others. Without d they must be there.
func Init(ctx context.Context, a *cli.App, d *prompt.Dialogue, in profile.Input, o InitOptions) (*Saved, error) {
	file, err := profile.List(in)
	switch {
	case err != nil:
		return nil, err
	case file.Path == "":
		return nil, cli.Fail(finding.UsageConfig, "no folder for the profile file found", "give a file with --config")
	}
	i := &initiation{form: form{app: a, d: d}, options: o, file: file, in: in, values: map[profile.Field][]string{}}
	if d != nil {
		fmt.Fprintf(a.Stderr, "Profile file: %s\n", file.Path)
		err = report.Prose(a.Stderr, a.TextOptions(a.Stderr), "Nothing is saved before the last question. "+
			"back returns to the previous question; quit or "+prompt.EndKey+" stops without saving.")
		fmt.Fprintln(a.Stderr)
	}
	if err == nil {
		err = i.chooseName(ctx)
	}
	if err == nil {
		err = i.collect(ctx)
	}
	if err == nil && d != nil && !o.Default && file.Default != "" && file.Default != i.name {
		i.options.Default, err = i.yes(ctx, "Make it the default profile instead of "+file.Default+"?")
	}
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, doctor.ErrQuit), errors.Is(err, io.EOF), errors.Is(err, doctor.ErrBack):
		return nil, cli.Fail(finding.UsageFlag, "stopped before the last question; no profile was saved", i.leftBehind()...)
	case err != nil:
		return nil, err
	}
	return i.save(ctx)
}

// initiation is one run of profile init.
type initiation struct {
	form
	options InitOptions
	file    *profile.File
	in      profile.Input
	name    string
	// changes says that there is such a profile, and known are its values and those
	// of the environment.
	changes bool
	known   *profile.Profile
	values  map[profile.Field][]string
	// computed is the Certificate ID of the certificate, "" if there is none, and
	// made are the files of a new key.
	computed string
	made     *keypair.Made
}

// chooseName finds the profile's name, and asks whether one of that name may be changed.
func (i *initiation) chooseName(ctx context.Context) error {
	i.name = i.options.Name
	switch {
	case i.name != "" && i.in.ProfileName != "" && i.name != i.in.ProfileName:
		return cli.Fail(finding.UsageFlag, "the profile has two names: the argument and --profile")
	case i.name == "":
		i.name = i.in.ProfileName
	}
	given := i.name != ""
	if !given && i.d == nil {
		return cli.Fail(finding.UsageFlag, "the name of the profile is missing", "such as nsauth profile init prod")
	}
	for {
		if !given {
			if err := i.askName(ctx); err != nil {
				return err
			}
		}
		if ok, err := i.acceptName(ctx, given); err != nil {
			return err
		} else if ok {
			return i.know()
		}
	}
}

// acceptName reports whether the name can be used. One that was given, rather than
// typed at the question, is not asked for again.
func (i *initiation) acceptName(ctx context.Context, given bool) (bool, error) {
	if !profile.ProfileName(i.name) {
		if given {
			return false, cli.Fail(finding.UsageFlag, "invalid profile name", "use letters, digits, dots, dashes and underscores, as in prod or prod-eu")
		}
		return false, i.remark("Invalid profile name. Use letters, digits, dots, dashes and underscores.")
	}
	i.changes = slices.Contains(i.file.Profiles, i.name)
	if !i.changes || i.options.Force {
		return true, nil
	}
	if i.d == nil {
		return false, cli.Fail(finding.IOExists, "profile "+cli.Quoted(i.name)+" already exists; not changed", "pass --force to change it, or give another name")
	}
	change, err := i.yes(ctx, "Profile "+i.name+" already exists. Change it?")
	if err == nil && !change && given {
		err = cli.Fail(finding.IOExists, "profile "+cli.Quoted(i.name)+" was not changed")
	}
	return change, err
}

func (i *initiation) askName(ctx context.Context) error {
	o := offer{heading: "Name", isFirst: true, value: "prod"}
	if slices.Contains(i.file.Profiles, o.value) {
		o.value = ""
	}
	name, err := i.value(ctx, question{Setting: catalog.Setting{Ask: "What is the name of the profile?", Look: "A short name, such as prod or sandbox, for --profile NAME."}}, o)
	fmt.Fprintln(i.app.Stderr)
	i.name = name
	return err
}

// know reads what is known already: flags, the profile if there is one, and the
// environment. The default profile is another one and has no say.
func (i *initiation) know() (err error) {
	in := i.in
	if in.ProfileName = i.name; !i.changes {
		in.ProfileName, in.ConfigPath, in.ConfigDir = "", "", ""
		lookup := in.LookupEnv
		in.LookupEnv = func(name string) (string, bool) {
			if name == "NSAUTH_PROFILE" {
				return "", false
			}
			return lookup(name)
		}
	}
	if i.known, err = profile.Resolve(in); err == nil && i.known.TBA() {
		return cli.Fail(finding.UsageConfig, i.known.WhyTBA()+"; profile init makes profiles for OAuth 2.0 client credentials",
			"give another name, or edit the file: nsauth help config lists the settings")
	}
	return err
}

// collect takes the values from the flags and asks for the others.
func (i *initiation) collect(ctx context.Context) error {
	for _, info := range profile.Fields() {
		texts, given := i.in.Flags[info.Flag]
		if given && !info.List {
			texts = []string{i.known.Text(info.Name)}
		}
		if given {
			i.values[info.Name] = texts
		}
	}
	if err := i.judgeFlags(ctx); err != nil {
		return err
	}
	if i.d == nil {
		return i.complete()
	}
	var open []question
	for _, q := range questions() {
		if _, given := i.values[q.field]; !given && (q.field != profile.FieldKey || !i.hasKeyCommand()) {
			open = append(open, q)
		}
	}
	return i.ask(ctx, open)
}

// hasKeyCommand reports whether a command prints the key or signs, so that no file is named.
func (i *initiation) hasKeyCommand() bool {
	return i.known.Text(profile.FieldKeyCommand) != "" || i.known.Text(profile.FieldSignCommand) != ""
}

// judgeFlags refuses values of flags with which no token can be had, and warns of others.
func (i *initiation) judgeFlags(ctx context.Context) error {
	var found []finding.Finding
	given := map[profile.Field]string{}
	for _, q := range questions() {
		texts := i.values[q.field]
		if len(texts) == 0 {
			continue
		}
		odd, _ := judgeValue(i.app, q.field, strings.Join(texts, " "))
		found = append(found, odd...)
		if q.field == profile.FieldKey || q.field == profile.FieldCert || q.field == profile.FieldCertificateID {
			given[q.field] = texts[0]
		}
	}
	i.passphraseFile = i.known.Text(profile.FieldPassphraseFile)
	if given[profile.FieldKey] != "" || given[profile.FieldCert] != "" {
		given[profile.FieldPassphraseFile] = i.passphraseFile
		r, err := keypair.Examine(ctx, i.app, given)
		if err != nil {
			return err
		}
		i.computed = computedID(r)
		found = append(found, findingsOf(r)...)
	}
	i.account = i.known.Text(profile.FieldAccount)
	for _, f := range found {
		switch {
		case locked(f): // which can be saved, and be judged later
			fmt.Fprintf(i.app.Stderr, "nsauth: warning: %s\n", f.Message)
		case f.Severity == finding.Error:
			return cli.Fail(finding.UsageConfig, f.Message, f.Remedy.Summary, "nothing was saved")
		case f.Severity == finding.Warning:
			fmt.Fprintf(i.app.Stderr, "nsauth: warning: %s\n", f.Message)
		}
	}
	return nil
}

// complete is for runs without questions: the required values must be set.
func (i *initiation) complete() error {
	if i.values[profile.FieldCertificateID] == nil && i.computed != "" && !i.changes {
		i.values[profile.FieldCertificateID] = []string{i.computed}
	}
	if i.changes {
		return nil
	}
	var missing []string
	for _, q := range questions() {
		info, _ := profile.Lookup(q.field)
		if !q.Optional && i.values[q.field] == nil && (q.field != profile.FieldKey || !i.hasKeyCommand()) {
			missing = append(missing, "--"+info.Flag)
		}
	}
	if len(missing) > 0 {
		return cli.Fail(finding.UsageFlag, "profile init needs "+strings.Join(missing, ", ")+", and standard input is not a terminal",
			"give them as flags, or pass --ask to be asked on standard input; nsauth certgen makes a key")
	}
	return nil
}

// ask goes through the questions, and back.
func (i *initiation) ask(ctx context.Context, open []question) error {
	for n := 0; n < len(open); {
		q := open[n]
		if i.made != nil && q.field == profile.FieldCert { // it came with the key
			n++
			continue
		}
		text, err := i.value(ctx, i.worded(q), i.offer(q, n, len(open)))
		switch {
		case errors.Is(err, doctor.ErrBack):
			fmt.Fprintln(i.app.Stderr)
			for n = max(0, n-1); n > 0 && i.made != nil && open[n].field == profile.FieldCert; n-- {
			}
			continue
		case err != nil:
			return err
		}
		fits, err := i.keep(ctx, q, text)
		if err != nil {
			return err
		}
		fmt.Fprintln(i.app.Stderr)
		if fits {
			n++
		}
	}
	return nil
}

// worded is a question in view of what was answered before.
func (i *initiation) worded(q question) question {
	if q.field == profile.FieldCertificateID && i.computed != "" {
		q.Look = "Your certificate's is " + i.computed + ": the row shows the same, or will once the certificate is uploaded. " + q.Look
	}
	return q
}

func (i *initiation) offer(q question, n, all int) offer {
	o := offer{heading: fmt.Sprintf("%s (%d of %d)", q.Title, n+1, all), isFirst: n == 0, makes: q.field == profile.FieldKey}
	v, known := i.known.Get(q.field)
	switch kept := i.values[q.field]; {
	case len(kept) > 0: // after back
		o.value = strings.Join(kept, " ")
	case q.field == profile.FieldCertificateID && i.computed != "":
		o.value = i.computed
	case known:
		o.value = v.Text
		if v.Source.Kind != profile.SourceDefault {
			o.from = " (" + v.Source.String() + ")"
		}
	}
	return o
}

// keep takes an answer, and makes a key where that was the answer. It reports
// whether the answer fits those before.
func (i *initiation) keep(ctx context.Context, q question, text string) (bool, error) {
	switch {
	case text == wordNew && q.field == profile.FieldKey:
		return i.makeKey(ctx)
	case text == "":
		delete(i.values, q.field)
		return true, nil
	case q.field == profile.FieldScope:
		i.values[q.field] = strings.Fields(strings.ReplaceAll(text, ",", " "))
		return true, nil
	}
	p, err := profile.Resolve(i.app.Typed(nil, map[profile.Field]string{q.field: text}))
	if err != nil {
		return false, err
	}
	i.values[q.field] = []string{p.Text(q.field)}
	switch q.field {
	case profile.FieldAccount:
		i.account = p.Text(q.field)
	case profile.FieldKey:
		i.made = nil
	case profile.FieldCert, profile.FieldCertificateID:
		fits, err := i.compare(ctx, q.field)
		if !fits {
			delete(i.values, q.field)
		}
		return fits, err
	}
	return true, nil
}

// compare holds certificate and Certificate ID against what was given before.
func (i *initiation) compare(ctx context.Context, field profile.Field) (bool, error) {
	files := map[profile.Field]string{profile.FieldPassphraseFile: i.passphraseFile}
	for _, f := range []profile.Field{profile.FieldKey, profile.FieldCert} {
		if v := i.values[f]; len(v) > 0 {
			files[f] = v[0]
		}
	}
	if field == profile.FieldCertificateID {
		files[field] = i.values[field][0]
	}
	if files[profile.FieldCert] == "" {
		return true, nil
	}
	r, err := keypair.Examine(ctx, i.app, files)
	if err != nil {
		return false, err
	}
	i.computed = computedID(r)
	var news []finding.Finding
	for _, f := range findingsOf(r) {
		switch f.Code {
		case "certificate.key-mismatch", "certificate-id.mismatch", "certificate-id.belongs-to-other-file":
			news = append(news, f)
		}
	}
	good, usable, err := i.tell(news)
	if err != nil || good || !usable {
		return good, err
	}
	return i.yes(ctx, "Use it anyway?")
}

// makeKey makes a key and a certificate beside the profile file.
func (i *initiation) makeKey(ctx context.Context) (bool, error) {
	dir := filepath.Dir(i.file.Path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return false, cli.Fail(finding.IOWrite, "cannot create the folder "+dir+": "+text.WithoutPath(err).Error())
	}
	o := keypair.Options{KeyType: string(certgen.RSA4096), Days: keys.MaxValidityDays, Subject: "nsauth " + i.name, Out: dir, Name: i.name}
	p, err := keypair.Make(ctx, i.app, o)
	var told *cli.Failure
	if errors.As(err, &told) && told.Info.Code == finding.IOExists {
		return false, i.remark(capital(told.Info.Message) + ". Give the path of a key, or make one with nsauth certgen.")
	} else if err != nil {
		return false, err
	}
	i.made, i.computed = p, p.Certificate.ID()
	i.values[profile.FieldKey], i.values[profile.FieldCert] = []string{p.KeyPath}, []string{p.CertificatePath}
	delete(i.values, profile.FieldCertificateID)
	return true, i.remark("Made " + p.KeyPath + " (private: keep it here) and " + p.CertificatePath + ".")
}

// leftBehind names the files that a run made before it stopped without saving.
func (i *initiation) leftBehind() []string {
	if i.made == nil {
		return nil
	}
	return []string{"the new key and certificate are kept: " + i.made.KeyPath + ", " + i.made.CertificatePath}
}

func (i *initiation) save(ctx context.Context) (*Saved, error) {
	i.options.Default = i.options.Default || i.file.Default == ""
	for field, texts := range i.values {
		v, _ := i.known.Get(field)
		same := v.Text == strings.Join(texts, " ")
		// A default is not written down, and what the profile says already stays as it
		// is written, with its ${VAR} and relative path.
		if same && (v.Source.Kind == profile.SourceDefault || v.Source.Kind == profile.SourceProfile) {
			delete(i.values, field)
		}
	}
	for field, texts := range i.values { // a file beside the profile file by its name alone
		if info, _ := profile.Lookup(field); info.Path && filepath.Dir(texts[0]) == filepath.Dir(i.file.Path) {
			i.values[field] = []string{filepath.Base(texts[0])}
		}
	}
	change := profile.Change{Profile: i.name, Set: i.values, Default: i.options.Default, New: !i.changes && !i.options.Force}
	switch err := cli.SaveProfile(i.file.Path, change); {
	case errors.Is(err, profile.ErrExists):
		return nil, cli.Fail(finding.IOExists, "another process saved profile "+cli.Quoted(i.name)+" meanwhile; not changed",
			append([]string{"pass --force to change it, or give another name"}, i.leftBehind()...)...)
	case err != nil:
		return nil, err
	}
	in := i.in
	in.Flags, in.ProfileName, in.ConfigPath, in.LookupEnv = nil, i.name, i.file.Path, i.app.LookupEnv
	p, err := cli.Resolve(ctx, in)
	if err != nil {
		return nil, err
	}
	saved := &Saved{Profile: p, Default: i.options.Default, Made: i.made}
	return saved, saved.read(ctx, i.app)
}
