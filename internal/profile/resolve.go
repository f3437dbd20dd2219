package profile

import (
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/viper"

	"github.com/nsauth/nsauth/internal/nsid"
	"github.com/nsauth/nsauth/internal/secretscan"
)

// profileVariable names a profile as --profile does.
const profileVariable = "NSAUTH_PROFILE"

// Input is everything that Resolve reads.
type Input struct {
	// Flags holds the given flags, by name without dashes. Flags that are not settings
	// are ignored. The last one of a repeated flag counts, except for lists.
	Flags map[string][]string
	// LookupEnv is the environment, as os.LookupEnv; nil is an empty one.
	LookupEnv func(string) (string, bool)
	// EnvNames lists the names of the environment variables, to find misspelled ones;
	// nil lists none.
	EnvNames func() []string
	// ReadFile reads the profile file and the env file; nil reads at most MaxFileBytes
	// from disk.
	ReadFile func(string) ([]byte, error)
	// ConfigPath is --config: this file must exist. Empty means nsauth/config.yaml
	// below ConfigDir, which may be missing.
	ConfigPath string
	// ConfigDir is the platform's folder for configuration, as os.UserConfigDir
	// gives it; empty means that there is none.
	ConfigDir string
	// ProfileName is --profile. Empty means $NSAUTH_PROFILE, then the file's default.
	ProfileName string
	// EnvFile is --env-file; empty means that no env file is read.
	EnvFile string
	// Dir is the working directory, from which paths in flags and environment
	// start; empty leaves them as they are.
	Dir string
	// OnlyFlags lists settings that only a flag or a named profile may set, not the
	// environment, the env file or the default profile. keycheck uses it for the files
	// that it did not get.
	OnlyFlags []Field
	// Answers holds the user's answers. Only the default is weaker.
	Answers map[Field]string
	// AssertionGiven says that another program signed the assertion, so that only the
	// account is required.
	AssertionGiven bool
	// Files keeps the profile file and the env file for the next Resolve; nil reads them anew.
	Files *Files
	// Remember is told the variables of the env file that a setting names as env:NAME, or
	// that hold a key; one that overrides counts before the environment. nil ignores them.
	Remember func(name, value string, overrides bool)
}

// raw is a value on its way through viper: as written, with its source.
type raw struct {
	texts  []string
	source Source
	base   string // the folder that a relative path starts from
	expand bool   // ${VAR} is meant
}

// Resolve finds the value of every setting. The error is a *ConfigError or an
// *UnsafeError, within an *InProfile if it is known which profile is used. Missing and
// malformed values are not errors: Findings lists them.
func Resolve(in Input) (*Profile, error) {
	return newResolver(in).resolve()
}

type resolver struct {
	Input
	variables map[string]envEntry // of the env file
	empty     map[Field]string    // sources of variables that are set and empty
}

func newResolver(in Input) *resolver {
	if in.LookupEnv == nil {
		in.LookupEnv = func(string) (string, bool) { return "", false }
	}
	if in.EnvNames == nil {
		in.EnvNames = func() []string { return nil }
	}
	return &resolver{Input: in}
}

func (r *resolver) resolve() (p *Profile, err error) {
	file, err := r.readConfig()
	if err != nil {
		return nil, err
	}
	chosen, named, err := r.choose(file)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil && chosen.name != "" {
			p, err = nil, &InProfile{chosen.name, err}
		}
	}()
	p = &Profile{Name: chosen.name, Named: named, File: file.path, Config: r.ConfigPath, Profiles: file.names(),
		values: map[Field]Value{}, assertionGiven: r.AssertionGiven, envNames: r.EnvNames}
	if p.previous, err = r.showPrevious(file, chosen); err != nil {
		return nil, err
	}

	flags, err := r.flags()
	if err != nil {
		return nil, err
	}
	envFile, err := r.envFile()
	if err != nil {
		return nil, err
	}
	// A private viper holds the precedence. Each value travels with its source, so
	// the one that wins says where it came from. Keys are our own lower-case names
	// without dots; the names of profiles never become keys.
	v := viper.New()
	for _, info := range Fields() {
		if info.Default != "" {
			v.SetDefault(string(info.Name), raw{texts: []string{info.Default}, source: Source{Kind: SourceDefault}})
		}
	}
	byDefault, byName := layer{}, layer{}
	if named {
		byName = sectionLayer(file, chosen, SourceProfile)
	} else {
		byDefault = sectionLayer(file, chosen, SourceDefaultProfile)
	}
	weakestFirst := []layer{r.answers(), r.exceptOnlyFlags(byDefault), r.exceptOnlyFlags(envFile), r.exceptOnlyFlags(r.environment()), byName}
	for _, l := range weakestFirst {
		if err := v.MergeConfigMap(l); err != nil {
			return nil, &ConfigError{Message: "the settings cannot be merged", Err: err}
		}
	}
	for name, value := range flags {
		v.Set(name, value)
	}

	if err := r.fill(p, v); err != nil {
		return nil, err
	}
	p.empty, p.fileNames = r.empty, slices.Sorted(maps.Keys(r.variables))
	for _, check := range []func() error{p.chooseKey, p.checkAuth, p.checkStandardInput} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	p.derive()
	if err := p.checkCombinations(); err != nil {
		return nil, err
	}
	return p, nil
}

// fill gives p the values that won.
func (r *resolver) fill(p *Profile, v *viper.Viper) error {
	for _, info := range Fields() {
		winner, ok := v.Get(string(info.Name)).(raw)
		if !ok {
			continue
		}
		value, f := r.value(info, winner)
		if f == nil {
			f = p.parse(info.Name, &value)
		}
		if f != nil {
			return f.at(info.Name, winner.source)
		}
		p.values[info.Name] = value
		if info.Content {
			r.rememberNamed(value)
		}
	}
	return nil
}

// checkStandardInput rejects a file and its passphrase that are both on standard input.
// A key and a certificate may come from there together.
func (p *Profile) checkStandardInput() error {
	const input = "-"
	passphrase := p.values[FieldPassphraseFile]
	for _, f := range []Field{FieldKey, FieldPublicKey, FieldCert} {
		if file := p.values[f]; file.Text == input && passphrase.Text == input {
			return &ConfigError{File: file.Source.File, Key: file.Source.subject(f),
				Message: file.Source.subject(f) + " and " + passphrase.Source.subject(FieldPassphraseFile) + " are both standard input",
				Hints:   []string{"give one of them as a file, a variable (env:NAME) or a descriptor (fd:N)"}}
		}
	}
	return nil
}

// chooseKey keeps the strongest of a file and the commands: of the key and of each secret.
func (p *Profile) chooseKey() error {
	for _, pair := range [][2]Field{{FieldKey, FieldKeyCommand}, {FieldKey, FieldSignCommand}, {FieldKeyCommand, FieldSignCommand}, {FieldConsumerSecret, FieldConsumerSecretCommand}, {FieldTokenSecret, FieldTokenSecretCommand}} {
		if err := p.choose(pair[0], pair[1], map[bool]string{true: "the secret", false: "the key"}[isTBAOnly(pair[0])]); err != nil {
			return err
		}
	}
	return nil
}

// choose keeps the stronger of two settings for what.
func (p *Profile) choose(fileField, commandField Field, what string) error {
	file, named := p.values[fileField]
	command, run := p.values[commandField]
	if !named || !run {
		return nil
	}
	switch strength := []SourceKind{SourceDefaultProfile, SourceEnvFile, SourceEnvironment, SourceProfile, SourceFlag}; {
	case file.Source.Kind == command.Source.Kind:
		return &ConfigError{File: command.Source.File, Key: command.Source.subject(commandField),
			Message: command.Source.subject(commandField) + " and " + file.Source.subject(fileField) + " are both set",
			Hints:   []string{"keep the one that " + what + " comes from"}}
	case slices.Index(strength, file.Source.Kind) > slices.Index(strength, command.Source.Kind):
		delete(p.values, commandField)
	default:
		delete(p.values, fileField)
	}
	return nil
}

// split gives the repaired values in texts: one, or the items of a list.
func (info FieldInfo) split(texts []string) []string {
	var items []string
	for _, t := range texts {
		t, _ = info.repair(t)
		if info.Name == FieldAccept && strings.Contains(t, "=") {
			items = append(items, t) // the name of a file may have spaces
		} else if info.List {
			items = append(items, strings.FieldsFunc(t, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })...)
		} else if t != "" {
			items = append(items, t)
		}
	}
	return items
}

// value turns what was written into what is used: expanded, repaired, checked,
// with paths resolved.
func (r *resolver) value(info FieldInfo, w raw) (Value, *fault) {
	v := Value{Source: w.source}
	texts, f := r.expanded(info, w)
	if f != nil {
		return v, f
	}
	v.Repairs = info.repairsOf(texts)
	for _, t := range texts {
		if what := info.secretIn(t); what != "" {
			return v, misplaced(what, info, w.source)
		}
	}
	if info.Command {
		if f := checkCommandSource(w.source); f != nil {
			return v, f
		}
	}
	items := info.split(texts)
	for i, item := range items {
		if info.check != nil && w.source.Kind != SourceDefault { // a test checks the defaults
			if f := info.check(item); f != nil {
				return v, f
			}
		}
		if info.Path && !(info.Content && isNoFile(item)) {
			if items[i], f = resolvePath(item, w.base, r.LookupEnv); f != nil {
				return v, f
			}
			if f = info.notAFile(item, items[i]); f != nil {
				return v, f
			}
		}
	}
	v.Text = strings.Join(items, " ")
	if info.List {
		v.List = items
	}
	return v, nil
}

// expanded are the texts with their variables replaced. In a command only the shell
// replaces them.
func (r *resolver) expanded(info FieldInfo, w raw) ([]string, *fault) {
	texts := slices.Clone(w.texts)
	if !w.expand || info.Command {
		return texts, nil
	}
	for i := range texts {
		var f *fault
		if texts[i], f = expand(texts[i], r.LookupEnv); f != nil {
			return nil, f
		}
	}
	return texts, nil
}

// repairsOf lists the repairs of texts, each once. Spaces around the items of a list are
// normal.
func (info FieldInfo) repairsOf(texts []string) []string {
	var all []string
	for _, t := range texts {
		_, repairs := info.repair(t)
		for _, what := range repairs {
			if !slices.Contains(all, what) && (!info.List || what == repairQuotes || what == repairInvisible) {
				all = append(all, what)
			}
		}
	}
	return all
}

// parse sets the field of p that a value is for. The value is made safe to print.
func (p *Profile) parse(f Field, v *Value) *fault {
	switch f {
	case FieldAccount:
		account, err := nsid.ParseAccount(v.Text)
		if err != nil {
			return unsafeAccount(v.Text, err)
		}
		switch {
		case strings.Contains(v.Text, "://"):
			v.Repairs = append(v.Repairs, repairURL)
		case strings.Contains(v.Text, "."):
			v.Repairs = append(v.Repairs, repairHost)
		}
		v.Text, p.Account = account.ID, account
	case FieldProxy:
		u, _ := ParseProxy(v.Text)
		v.Text, p.proxy = u.Redacted(), &proxyURL{u}
	case FieldWarn:
		p.Warn = parseThreshold(v.Text)
	case FieldFail:
		p.Fail = parseThreshold(v.Text)
	}
	return nil
}

// notAFile refuses a name that no file has and that may be a secret: it is not repeated.
func (info FieldInfo) notAFile(name, path string) *fault {
	may := ""
	switch {
	case info.Name == FieldPassphraseFile && !secretscan.PathLike(name):
		may = "the passphrase itself"
	case info.Secret && (secretscan.Plausible(name) || !secretscan.PathLike(name)):
		may = "the secret itself"
	case secretscan.Plausible(name) && !(secretscan.Hex(name) && (info.Name == FieldKey || info.Name == FieldCert)):
		may = "a secret"
	default:
		return nil
	}
	if _, err := os.Lstat(path); err == nil {
		return nil
	}
	f := &fault{message: "is not the path of a file that exists; not shown, it may be " + may,
		hints: []string{"give the path of a file, such as ./FILE"}}
	if info.Secret {
		f.hints = []string{"save the secret in a file that only you can read, and give its path, such as ./FILE", "or give env:NAME, where the variable NAME has the secret"}
	}
	return f
}

// misplaced is for a value that is what, a secret.
func misplaced(what string, info FieldInfo, from Source) *fault {
	f := &fault{message: "holds what looks like " + what}
	switch {
	case info.Content && from.Kind == SourceEnvironment:
		f.message += "; it takes the path of a file"
		f.hints = []string{"to read it from the variable, give --" + info.Flag + " env:" + from.Name}
		if info.Flag == "" {
			f.hints = []string{"to read it from another variable, set " + from.Name + "=env:NAME"}
		}
		return f // a variable is where CI systems keep a secret
	case info.Path:
		f.message += "; it takes the path of a file"
		f.hints = []string{"save the content in a file that only you can read, and give its path"}
	}
	f.hints = append(f.hints, "a private key or token that was stored here counts as exposed: replace it")
	return f
}

// UnsafeAccount is the message and the hints for a value that nsid.ParseAccount rejects. The
// message continues the name of the setting.
func UnsafeAccount(value string, err error) (what string, hints []string) {
	f := unsafeAccount(value, err)
	return f.message, f.hints
}

func unsafeAccount(value string, err error) *fault {
	reason := "characters"
	var e *nsid.AccountError
	if errors.As(err, &e) {
		reason = e.Reason
	}
	message := "is not a NetSuite account ID"
	switch reason {
	case "foreign-host":
		message = "is a URL or host name that does not belong to a NetSuite account"
	case "generic-host":
		message = "is a NetSuite host that belongs to no single account"
	case "too-long":
		message = "is too long for a NetSuite account ID"
	}
	if nsid.IsPlaceholder(value) || nsid.PlaceholderIn(value) != "" {
		return unsafeFault("placeholder", "is a placeholder, not an account ID",
			"put the account ID in its place, such as 1234567 or 1234567_SB1; the program or template did not fill it in",
			"Setup > Company > Company Information shows the account ID")
	}
	return unsafeFault(reason, message,
		"an account ID has letters and digits with at most one _ or - between them, such as 1234567 or 1234567_SB1",
		"Setup > Company > Company Information > Company URLs shows the account's own host names")
}
