package wizard

import (
	"context"
	"errors"
	"strings"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/doctor"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/keypair"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/prompt"
	"github.com/nsauth/nsauth/internal/report"
)

// question asks for one setting.
type question struct {
	catalog.Setting
	field profile.Field
}

// questions are in the order in which they are asked.
func questions() []question {
	var list []question
	for _, s := range catalog.Settings() {
		list = append(list, question{s, profile.Field(s.Name)})
	}
	return list
}

// form asks for settings.
type form struct {
	app *cli.App
	d   *prompt.Dialogue
	// account is whose pages the links lead to, "" as long as it is not known.
	account string
	// passphraseFile opens the key that is judged; "" asks on the terminal.
	passphraseFile string
	// instead is a value that was typed in place of a yes or a no.
	instead string
}

// offer is what is proposed for a question.
type offer struct {
	heading string
	value   string // taken by pressing Enter; "" if nothing is proposed
	from    string // where it comes from
	isFirst bool   // there is nothing to go back to
	// makes says that "new" makes a key.
	makes bool
}

const wordNew = "new"

// locked reports whether a key cannot be judged for want of its passphrase alone.
func locked(f finding.Finding) bool {
	return f.Code == "key.encrypted" && f.Evidence["reason"] != "pbes1"
}

// value asks until there is a value that can be used, and returns it as it was
// typed. It is "" for an optional one that is left out, and wordNew. The error is
// doctor.ErrBack, doctor.ErrQuit, that of ctx, io.EOF, or that of a stream.
func (f *form) value(ctx context.Context, q question, o offer) (string, error) {
	choices := prompt.Choices{prompt.Back, prompt.Quit}
	if o.isFirst {
		choices = choices[1:]
	}
	shown := choices.String()
	if o.makes {
		choices = append(choices, wordNew)
		shown = "new to make a key and a certificate / " + shown
	}
	enter := ""
	switch {
	case o.value != "":
		enter = "uses " + o.value + o.from
	case q.Optional:
		enter = "skips it"
	}
	asked := report.Question{Heading: o.heading, Ask: q.Ask, Account: f.account, Look: q.Look, TBA: q.TBA, Enter: enter, Choices: shown}
	if e, ok := catalog.Lookup(q.Where); ok && e.Remedy.UIPath != nil {
		asked.Menu = *e.Remedy.UIPath
		if e.Remedy.UIURL != nil {
			asked.URL = *e.Remedy.UIURL
		}
	}
	if err := report.Ask(f.app.Stderr, asked, f.app.TextOptions(f.app.Stderr)); err != nil {
		return "", err
	}
	for {
		line, err := f.line(ctx, "> ")
		word, chosen := choices.Chosen(line)
		switch {
		case err != nil:
			return "", err
		case chosen && word == prompt.Back:
			return "", doctor.ErrBack
		case chosen && word == prompt.Quit:
			return "", doctor.ErrQuit
		case chosen:
			return word, nil
		case line == "" && (o.value != "" || q.Optional):
			return o.value, nil
		}
		ok := false
		if line == "" {
			err = f.remark("A value is required. quit stops without saving.")
		} else {
			ok, err = f.accept(ctx, q, line)
		}
		if err != nil || ok {
			return line, err
		}
	}
}

// accept judges a value at once. What nothing could be done with is refused; what
// only looks wrong is asked about.
func (f *form) accept(ctx context.Context, q question, text string) (ok bool, err error) {
	if isPEM(text) {
		told := pastedPEM
		if info, _ := profile.Lookup(q.field); info.Path {
			told += " Give the path of its file."
		}
		return false, f.remark(told)
	}
	found, refused := judgeValue(f.app, q.field, text)
	if refused != "" {
		return false, f.remark(refused)
	}
	if q.field == profile.FieldKey || q.field == profile.FieldCert {
		r, err := keypair.Examine(ctx, f.app, map[profile.Field]string{q.field: text, profile.FieldPassphraseFile: f.passphraseFile})
		if err != nil {
			return false, err
		}
		found = findingsOf(r)
	}
	good, usable, err := f.tell(found)
	if err != nil || good || !usable {
		return good, err
	}
	return f.useAnyway(ctx)
}

const pastedPEM = "A key or certificate does not belong here. nsauth did not read it."

// isPEM reports whether a line begins a PEM block.
func isPEM(line string) bool { return strings.Contains(line, "-----BEGIN ") }

// tell prints what was found. It reports whether the value is good, and whether it
// can be used anyway.
func (f *form) tell(found []finding.Finding) (good, usable bool, err error) {
	good = true
	for _, x := range found {
		switch {
		case x.Severity == finding.Info:
			continue
		case locked(x):
			if err := f.remark("The key is encrypted. nsauth will ask for its passphrase on the terminal, or read it from --passphrase-file."); err != nil {
				return false, false, err
			}
			continue
		}
		words := capital(x.Message) + "."
		if !strings.HasSuffix(string(x.Code), ".unreadable") { // whose remedy speaks of paths in a profile
			words += " " + x.Remedy.Summary
		}
		if err := f.remark(words); err != nil {
			return false, false, err
		}
		if neverWorks(x) {
			return false, false, nil
		}
		good = false
	}
	return good, true, nil
}

// neverWorks reports whether a value is useless: an Application ID as Client ID, and
// a folder or another file where a key or certificate belongs.
func neverWorks(f finding.Finding) bool {
	switch f.Code {
	case "profile.client-id-is-application-id", "key.not-a-private-key", "certificate.not-a-certificate":
		return true
	}
	return f.Evidence["reason"] == "is-directory"
}

// line is what was typed in place of a yes or a no, or else asks for a line. For one
// that is too long comes one that is refused as too long for a value.
func (f *form) line(ctx context.Context, question string) (string, error) {
	if line := f.instead; line != "" {
		f.instead = ""
		return line, nil
	}
	line, err := f.d.Line(ctx, question)
	if errors.Is(err, prompt.ErrTooLong) {
		return strings.Repeat("x", 100), nil
	}
	return line, err
}

// useAnyway asks whether to use what looks wrong. The right value is an answer too.
func (f *form) useAnyway(ctx context.Context) (bool, error) {
	yes, other, err := f.yesOr(ctx, "Use it anyway?", ", or another value")
	f.instead = other
	return yes, err
}

// yes asks a question of yes and no, until one of them is the answer.
func (f *form) yes(ctx context.Context, question string) (bool, error) {
	for {
		yes, other, err := f.yesOr(ctx, question, "")
		if err == nil && other != "" {
			err = f.remark("Please answer " + yesNo.String() + ".")
		}
		if err != nil || other == "" {
			return yes, err
		}
	}
}

var yesNo = prompt.Choices{prompt.Yes, prompt.No, prompt.Quit}

// yesOr asks once. other is what was typed instead of one of the choices.
func (f *form) yesOr(ctx context.Context, question, or string) (yes bool, other string, err error) {
	line, err := f.line(ctx, "  "+question+" "+yesNo.String()+or+" (Enter: no) > ")
	switch word, chosen := yesNo.Chosen(line); {
	case err != nil:
		return false, "", err
	case chosen && word == prompt.Quit:
		return false, "", doctor.ErrQuit
	case chosen:
		return word == prompt.Yes, "", nil
	}
	return false, line, nil
}

func (f *form) remark(s string) error {
	return report.Remark(f.app.Stderr, s, f.app.TextOptions(f.app.Stderr))
}

// judgeValue says what is odd about a value of a setting, by itself; refused is why
// it cannot be used at all. Neither quotes what may be a secret.
func judgeValue(a *cli.App, field profile.Field, text string) (found []finding.Finding, refused string) {
	info, _ := profile.Lookup(field)
	p, err := profile.Resolve(a.Typed(map[string][]string{info.Flag: {text}}, nil))
	if err != nil {
		e := cli.ErrorInfo(err)
		message := strings.TrimPrefix(e.Message, "--"+info.Flag+" ")
		return nil, "That " + message + ". " + capital(strings.Join(e.Hints, "; ")) + "."
	}
	for _, x := range p.Findings() {
		if x.Code != "profile.missing-value" && x.Code != "profile.value-repaired" {
			found = append(found, x)
		}
	}
	return found, ""
}

func findingsOf(r *finding.Report) []finding.Finding {
	var list []finding.Finding
	for _, c := range r.Checks {
		list = append(list, c.Findings...)
	}
	return list
}

// computedID is the Certificate ID of the certificate that a report is about.
func computedID(r *finding.Report) string {
	for _, c := range r.Checks {
		if facts, ok := c.Facts.(finding.CertificateIDFacts); ok && facts.Computed != nil {
			return *facts.Computed
		}
	}
	return ""
}
