package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/netsuite"
)

// exit is the error of a command that has said all there is to say.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// failure is the error of a command that could not do its work at all: exit code 2.
type failure struct{ info finding.ErrorInfo }

func (f *failure) Error() string { return f.info.Message }

func fail(code, message string, hints ...string) error {
	return &failure{finding.ErrorInfo{Code: code, Message: message, Hints: hints}}
}

// finish turns the error of a command into output and the exit code.
func (a *app) finish(ctx context.Context, ran *cobra.Command, err error) int {
	var code exit
	if err == nil {
		return finding.ExitOK
	} else if errors.As(err, &code) {
		return int(code)
	}
	r := &finding.Report{SchemaVersion: report.SchemaVersion, Kind: report.KindReport, Tool: tool(),
		Command: commandName(ran), StartedAt: a.started.UTC().Format(time.RFC3339),
		Outcome: finding.OutcomeError, ExitCode: finding.ExitUsage, Checks: notRun(ran)}
	var told *failure // what a command found out itself outranks that it was ended
	if errors.Is(ctx.Err(), context.Canceled) && !errors.As(err, &told) {
		r.Outcome, r.ExitCode, r.Error = finding.OutcomeInterrupted, finding.ExitInterrupted, finding.Interruption()
	} else {
		info := infoOf(err)
		r.Error = &info
	}
	r.Summary = finding.Count(r.Checks)
	if a.json() {
		_ = a.printJSON(r) // the sink remembers
		return r.ExitCode
	}
	r.Checks = nil // nothing was examined: the error is all there is to read
	_ = a.printText(a.Stderr, r)
	return r.ExitCode
}

// infoOf gives an error of the packages below its code and hints.
func infoOf(err error) finding.ErrorInfo {
	var (
		known    *failure
		config   *profile.ConfigError
		unsafe   *profile.UnsafeError
		setup    *checks.SetupError
		insecure *netsuite.InsecureURLError
		foreign  *netsuite.ForeignHostError
		value    *netsuite.ValueError
	)
	info := finding.ErrorInfo{Code: finding.UsageConfig, Message: err.Error(), Hints: []string{}}
	switch {
	case errors.As(err, &known):
		info = known.info
	case errors.As(err, &unsafe):
		info.Code, info.Hints = finding.UsageUnsafeValue, unsafe.Hints
	case errors.As(err, &config):
		info.Hints = config.Hints
	case errors.As(err, &insecure), errors.As(err, &foreign):
		info.Code = finding.UsageUnsafeValue
	case errors.As(err, &setup):
	case errors.As(err, &value) && value.Name == "URL":
		info.Code, info.Message = finding.UsageUnsafeValue, "the path or URL to call cannot be used"+whyNoURL()[value.Reason]
		info.Hints = []string{"such as record/v1/customer/107, /services/rest/system/v1/serverTime, or a URL of the account's own hosts"}
	case errors.As(err, &value) && value.Name == "APIURL" && value.Reason == "missing":
		info.Message, info.Hints = "there is no host to call", []string{"set the account, with --account or in a profile, or --api-url for another server"}
	case errors.As(err, &value) && strings.HasPrefix(value.Name, "Header "):
		info.Code, info.Message = finding.UsageFlag, "the header "+quoted(strings.TrimPrefix(value.Name, "Header "))+" has characters that cannot be sent"
	case errors.Is(err, fs.ErrExist):
		info.Code = finding.IOExists
	}
	if info.Hints == nil {
		info.Hints = []string{}
	}
	return info
}

// whyNoURL says what is wrong with the path or URL of a call, by the client's reason.
func whyNoURL() map[string]string {
	return map[string]string{
		"unparsable":   ": it is no URL, or has control characters or a % that escapes nothing",
		"scheme":       ": it is neither https nor http",
		"userinfo":     ": it has a user name or password",
		"relative":     ": it names no host where one belongs",
		"dot-segments": ": it has . or .. between its slashes, which could lead to another call",
	}
}

// commandName is the command without the program's name, "doctor" or "jwt inspect".
func commandName(c *cobra.Command) string {
	if c == nil || !c.HasParent() {
		return "nsauth"
	}
	_, name, _ := strings.Cut(c.CommandPath(), " ")
	return name
}

// notRun lists the checks of a command that ended before its first check.
func notRun(c *cobra.Command) []finding.Result {
	shown, examines := checksOf()[commandName(c)]
	if !examines {
		return []finding.Result{}
	}
	reason := finding.NotRun
	var rows []finding.Result
	for _, r := range checks.Blank() {
		if len(shown) == 0 || slices.Contains(shown, r.ID) {
			r.Status, r.Reason = finding.Skip, &reason
			rows = append(rows, r)
		}
	}
	return rows
}

// checksOf lists the checks of the commands that print a report; none means all.
func checksOf() map[string][]finding.CheckID {
	return map[string][]finding.CheckID{
		"doctor":      nil,
		"keycheck":    {finding.CheckKey, finding.CheckCertificate, finding.CheckCertificateID},
		"token":       nil,
		"jwt inspect": {finding.CheckAssertion},
	}
}
