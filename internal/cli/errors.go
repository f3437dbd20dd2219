package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/formats"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/secretscan"
	"github.com/nsauth/nsauth/internal/text"
	"github.com/nsauth/nsauth/netsuite"
)

// Exit is the error of a command that has said all there is to say.
type Exit int

func (e Exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// Failure is the error of a command that could not do its work at all: exit code 2.
type Failure struct{ Info finding.ErrorInfo }

func (f *Failure) Error() string { return f.Info.Message }

// Fail is a *Failure of one of the codes usage.* and io.*.
func Fail(code, message string, hints ...string) error {
	return &Failure{finding.ErrorInfo{Code: code, Message: message, Hints: hints}}
}

// Finish turns the error of a command into output and the exit code. notRun are the
// checks of a command that failed before its first one.
func (a *App) Finish(ctx context.Context, command string, notRun []finding.Result, err error) int {
	a.live.yield(false)
	out, _ := a.Stdout.(*sink)
	code := finding.ExitUsage
	if out.failed() == nil {
		code = a.conclude(ctx, command, notRun, err)
	}
	if err := out.failed(); err != nil { // there is no place for a document: the error stream is all that is left
		fmt.Fprintf(a.Stderr, "nsauth: error: cannot write the output: %s\n", text.WithoutPath(err))
		return finding.ExitUsage
	}
	return code
}

func (a *App) conclude(ctx context.Context, command string, notRun []finding.Result, err error) int {
	var code Exit
	if err == nil {
		return finding.ExitOK
	} else if errors.As(err, &code) {
		return int(code)
	}
	r := &finding.Report{SchemaVersion: report.SchemaVersion, Kind: report.KindReport, Tool: a.Tool,
		Command: command, StartedAt: a.Started.UTC().Format(time.RFC3339),
		Outcome: finding.OutcomeError, ExitCode: finding.ExitUsage, Checks: notRun}
	var told *Failure // what a command found out itself outranks that it was ended
	if errors.Is(ctx.Err(), context.Canceled) && !errors.As(err, &told) {
		r.Outcome, r.ExitCode, r.Error = finding.OutcomeInterrupted, finding.ExitInterrupted, finding.Interruption()
	} else {
		info := ErrorInfo(err)
		r.Error = &info
	}
	if name := a.profileOf(err); name != "" && len(notRun) > 0 {
		r.Profile = &finding.Subject{Name: &name}
	}
	r.Summary = finding.Count(r.Checks)
	run := formats.One(r)
	files := a.writeFiles(run)
	document := a.Document() // else the error stream is where a person looks
	if document {
		_ = a.writeFormat(run) // the sink remembers
	} else {
		a.tell(*r)
	}
	a.annotate(run, document)
	if files != nil {
		a.tell(*files)
	}
	return r.ExitCode
}

// profileOf is the profile of a run that failed; "" if it is not known. What was given as its
// name may be a secret.
func (a *App) profileOf(err error) string {
	var in *profile.InProfile
	if errors.As(err, &in) {
		return in.Name
	}
	if names := profile.SplitNames(a.ProfileName); len(names) == 1 && text.NameLike(names[0]) && Quoted(names[0]) == `"`+names[0]+`"` {
		return names[0]
	}
	return ""
}

// ErrorInfo gives an error of the packages below its code and hints.
func ErrorInfo(err error) finding.ErrorInfo {
	var (
		known    *Failure
		config   *profile.ConfigError
		unsafe   *profile.UnsafeError
		setup    *host.SetupError
		insecure *netsuite.InsecureURLError
		foreign  *netsuite.ForeignHostError
		value    *netsuite.ValueError
	)
	info := finding.ErrorInfo{Code: finding.UsageConfig, Message: err.Error(), Hints: []string{}}
	switch {
	case errors.As(err, &known):
		info = known.Info
	case errors.As(err, &unsafe):
		info.Code, info.Hints = finding.UsageUnsafeValue, unsafe.Hints
	case errors.As(err, &config):
		info.Hints = config.Hints
	case errors.As(err, &insecure), errors.As(err, &foreign):
		info.Code = finding.UsageUnsafeValue
	case errors.As(err, &setup):
		info.Hints = []string{"give a PEM file with the CA of your proxy, or omit " + string(setup.Field)}
	case errors.As(err, &value) && value.Name == "URL":
		info.Code, info.Message = finding.UsageUnsafeValue, "invalid path or URL"+whyNoURL[value.Reason]
		info.Hints = []string{"such as record/v1/customer/107, /services/rest/system/v1/serverTime, or a URL of the account's own hosts"}
	case errors.As(err, &value) && value.Name == "APIURL" && value.Reason == "missing":
		info.Message, info.Hints = "no host to call", []string{"set the account, with --account or in a profile, or --api-url for another server"}
	case errors.As(err, &value) && strings.HasPrefix(value.Name, "Header "):
		info.Code, info.Message = finding.UsageFlag, "the header "+Quoted(strings.TrimPrefix(value.Name, "Header "))+" has characters that HTTP does not allow"
	case errors.Is(err, fs.ErrExist):
		info.Code = finding.IOExists
	}
	if info.Hints == nil {
		info.Hints = []string{}
	}
	return info
}

// whyNoURL says what is wrong with the path or URL of a call, by the client's reason.
var whyNoURL = map[string]string{
	"unparsable":   ": not a URL, or it has control characters or a % without two hex digits",
	"scheme":       ": it is neither https nor http",
	"userinfo":     ": it has a user name or password",
	"relative":     ": the host is missing",
	"dot-segments": ": it has . or .. between slashes, which could lead to another call",
}

// Quoted quotes what a person typed, as long as it can only be a name.
func Quoted(s string) string {
	switch {
	case len(s) > 40:
		return "(not shown: too long for a name)"
	case secretscan.Value(s) != "" || secretscan.Plausible(s):
		return "(not shown: it may be a secret)"
	}
	return fmt.Sprintf("%q", s)
}

// CheckTimeout refuses a --timeout that would end everything before it began.
func CheckTimeout(timeout time.Duration) error {
	if timeout <= 0 {
		return Fail(finding.UsageFlag, "invalid --timeout: want a positive duration", "such as --timeout 30s")
	}
	return nil
}
