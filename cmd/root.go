// Package cmd is the command line: flags to options, options to calls, a report
// to an exit code. A file per command; what a command finds out is decided in
// the packages below.
package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/netsuite"
)

// app is one run of nsauth: its world and the flags that every command has.
type app struct {
	World
	started time.Time
	format  string // text or json
	color   string // auto, always or never
	quiet   bool
	maskIDs bool
	config  string // --config
	profile string // --profile
	envFile string // --env-file
	values  *pflag.FlagSet
}

// Main runs nsauth with args, without the program's name, and returns the exit
// code. It is the only place that turns an error into output.
func Main(args []string, w World) int {
	ctx, stop := w.Interruptible(context.Background())
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once
	// net/http logs what a server sends out of turn, with the server's own bytes.
	log.SetOutput(io.Discard)
	// A write that failed is remembered, so that a full disk never looks like success.
	out := &sink{Writer: w.Stdout}
	a := &app{World: w, started: w.Now(), format: formatOf(args)}
	a.Stdout = out
	root := newRoot(a)
	root.SetArgs(args)
	root.SetIn(w.Stdin)
	root.SetOut(out)
	root.SetErr(w.Stderr)
	ran, err := root.ExecuteContextC(ctx)
	code := finding.ExitUsage
	if out.err == nil {
		code = a.finish(ctx, ran, err)
	}
	if out.err != nil { // there is no place for a document: the error stream is all that is left
		fmt.Fprintf(w.Stderr, "nsauth: error: the output could not be written: %s\n", checks.Plain(out.err))
		return finding.ExitUsage
	}
	return code
}

// sink is standard output, remembering its first error. It keeps being seen as
// a terminal where it is one.
type sink struct {
	io.Writer
	err error
}

func (s *sink) Write(p []byte) (int, error) {
	n, err := s.Writer.Write(p)
	if err != nil && s.err == nil {
		s.err = err
	}
	return n, err
}

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
	if errors.Is(ctx.Err(), context.Canceled) {
		r.Outcome, r.ExitCode, r.Error = finding.OutcomeInterrupted, finding.ExitInterrupted, finding.Interruption()
	} else {
		info := explain(err)
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

// explain gives an error of the packages below its code and hints.
func explain(err error) finding.ErrorInfo {
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
		info.Code, info.Message = finding.UsageUnsafeValue, "the path or URL to call cannot be used"
		info.Hints = []string{"such as record/v1/customer/107, /services/rest/system/v1/serverTime, or a URL of the account's own hosts"}
	case errors.Is(err, fs.ErrExist):
		info.Code = finding.IOExists
	}
	if info.Hints == nil {
		info.Hints = []string{}
	}
	return info
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
	shown, examines := checksOf[commandName(c)]
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
var checksOf = map[string][]finding.CheckID{
	"doctor":      nil,
	"keycheck":    {finding.CheckKey, finding.CheckCertificate, finding.CheckCertificateID},
	"token":       nil,
	"jwt inspect": {finding.CheckAssertion},
}

// formatOf finds the output format before flags are parsed, so that an error in
// them comes in the format that was asked for.
func formatOf(args []string) string {
	format := "text"
	for i, arg := range args {
		switch {
		case arg == "--":
			return format
		case (arg == "-o" || arg == "--output") && i+1 < len(args):
			format = args[i+1]
		case strings.HasPrefix(arg, "--output="):
			format = strings.TrimPrefix(arg, "--output=")
		case strings.HasPrefix(arg, "-o") && !strings.HasPrefix(arg, "--"):
			format = strings.TrimPrefix(strings.TrimPrefix(arg, "-o"), "=")
		}
	}
	return format
}

func (a *app) json() bool { return a.format == "json" }

func (a *app) printJSON(doc any) error {
	if a.maskIDs {
		doc = report.Mask(doc)
	}
	return report.JSON(a.Stdout, doc)
}

// printReport writes a report to standard output in the format asked for and
// returns its exit code as the command's error.
func (a *app) printReport(r *finding.Report) error {
	var err error
	if a.json() {
		err = a.printJSON(r)
	} else {
		err = a.printText(a.Stdout, r)
	}
	if err != nil {
		return err
	}
	return exit(r.ExitCode)
}

func (a *app) printText(w io.Writer, r *finding.Report) error {
	return report.Text(w, r, a.textOptions(w))
}

// textOptions is how text is written to w.
func (a *app) textOptions(w io.Writer) report.TextOptions {
	width, tty := a.Width(unwrap(w))
	return report.TextOptions{
		Color: a.colored(tty), Width: min(width, maxWidth), Quiet: a.quiet, MaskIDs: a.maskIDs, ASCII: a.ascii(),
	}
}

// maxWidth keeps lines readable on a wide terminal.
const maxWidth = 120

// unwrap is the writer behind a sink.
func unwrap(w io.Writer) io.Writer {
	if s, ok := w.(*sink); ok {
		return s.Writer
	}
	return w
}

func (a *app) colored(tty bool) bool {
	if a.color != "auto" {
		return a.color == "always"
	}
	if no, set := a.LookupEnv("NO_COLOR"); set && no != "" {
		return false
	}
	kind, _ := a.LookupEnv("TERM")
	return tty && kind != "dumb"
}

// ascii reports whether the terminal cannot be trusted with more than ASCII. A
// locale that is not set at all says nothing: Windows has none.
func (a *app) ascii() bool {
	if kind, _ := a.LookupEnv("TERM"); kind == "dumb" || kind == "linux" {
		return true
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale, _ := a.LookupEnv(name); locale != "" {
			locale = strings.ToLower(locale)
			return !strings.Contains(locale, "utf-8") && !strings.Contains(locale, "utf8")
		}
	}
	return false
}

func newRoot(a *app) *cobra.Command {
	a.values = newValueFlags()
	var showVersion bool
	root := &cobra.Command{
		Use:   "nsauth",
		Short: "Say why NetSuite refuses an OAuth 2.0 client credentials integration",
		Long: `nsauth says why a NetSuite OAuth 2.0 client credentials (M2M) integration stops
at {"error":"server_error"}, proves what can be proved without NetSuite, and
prints the next step in NetSuite's own menu words.

Exit codes: 0 nothing failed; 1 a check failed or a call was refused; 2 usage,
configuration or output; 3 something required could not be verified; 4 warnings,
with --fail-on=warn; 130 interrupted.`,
		Example: `  nsauth doctor --demo              # see it work, without NetSuite
  nsauth doctor --demo wrong-kid    # see it name a cause
  nsauth doctor --profile prod      # examine a real integration
  nsauth keycheck key.pem --cert cert.pem`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs, // so that RunE can name the nearest command
		RunE: func(c *cobra.Command, args []string) error {
			if showVersion {
				return a.printVersion()
			}
			return unknownSubcommand(c, args)
		},
		PersistentPreRunE: func(c *cobra.Command, _ []string) error {
			if !slices.Contains([]string{"text", "json"}, a.format) {
				a.format = "text"
				return fail(finding.UsageFlag, "the output format is neither text nor json", "pass -o text or -o json")
			}
			if !slices.Contains([]string{"auto", "always", "never"}, a.color) {
				return fail(finding.UsageFlag, "--color is none of auto, always and never")
			}
			return nil
		},
	}
	root.CompletionOptions.HiddenDefaultCmd = false
	root.Flags().BoolVar(&showVersion, "version", false, "print which nsauth this is")
	flags := root.PersistentFlags()
	flags.StringVarP(&a.format, "output", "o", a.format, "output `FORMAT`: text or json")
	flags.Lookup("output").DefValue = "text"
	flags.StringVar(&a.color, "color", "auto", "`WHEN` to colour text: auto, always or never")
	flags.BoolVarP(&a.quiet, "quiet", "q", false, "print nothing when all is well (text only)")
	flags.BoolVar(&a.maskIDs, "mask-ids", false, "mask account, client and certificate IDs in the output")
	flags.StringVar(&a.config, "config", "", "profile `FILE` (default: config.yaml in the platform's config folder)")
	flags.StringVar(&a.profile, "profile", "", "`NAME` of the profile to use")
	flags.StringVar(&a.envFile, "env-file", "", "read NSAUTH_ and NETSUITE_ variables from `FILE`")
	complete(root, "output", "text", "json")
	complete(root, "color", "auto", "always", "never")
	root.SetFlagErrorFunc(flagError)
	root.SetHelpCommand(newHelp())
	root.AddCommand(newDoctor(a), newKeycheck(a), newCertgen(a), newJWT(a), newToken(a), newCall(a),
		newProfile(a), newEmulator(a), newSchema(a), newVersion(a))
	// cobra's own completion command answers a shell that it does not know with
	// its help and success.
	root.InitDefaultCompletionCmd()
	if c, _, err := root.Find([]string{"completion"}); err == nil && c != root {
		c.Args, c.RunE = cobra.ArbitraryArgs, unknownSubcommand
	}
	return root
}

// unknownSubcommand is what a command does that has subcommands and got none of them.
func unknownSubcommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return c.Help()
	}
	return fail(finding.UsageFlag, "unknown command "+quoted(strings.TrimPrefix(commandName(c)+" ", "nsauth ")+args[0]),
		nearHint(args[0], commandNames(c), c.CommandPath()+" --help lists the commands")...)
}

// nearHint puts the nearest known name before the other hints.
func nearHint(name string, known []string, hints ...string) []string {
	if near := profile.Nearest(name, known); near != "" {
		hints = append([]string{fmt.Sprintf("did you mean %q?", near)}, hints...)
	}
	return hints
}

func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Help about any command",
		RunE: func(c *cobra.Command, args []string) error {
			found, rest, err := c.Root().Find(args)
			if err != nil || len(rest) > 0 || found == c.Root() && len(args) > 0 {
				return unknownSubcommand(c.Root(), args)
			}
			return found.Help()
		},
		ValidArgsFunction: func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if found, _, err := c.Root().Find(args); err == nil {
				return commandNames(found), cobra.ShellCompDirectiveNoFileComp
			}
			return nil, cobra.ShellCompDirectiveNoFileComp
		},
	}
}

func commandNames(c *cobra.Command) []string {
	var names []string
	for _, sub := range c.Commands() {
		names = append(names, sub.Name())
	}
	return names
}

// flagError names the flag, and the nearest one where it does not exist. It
// never repeats a value: it may be a secret in the wrong place.
func flagError(c *cobra.Command, err error) error {
	hints := []string{c.CommandPath() + " --help lists the flags"}
	var (
		unknown *pflag.NotExistError
		invalid *pflag.InvalidValueError
		missing *pflag.ValueRequiredError
	)
	switch {
	case errors.As(err, &unknown):
		name := unknown.GetSpecifiedName()
		var names []string
		c.Flags().VisitAll(addName(&names))
		c.InheritedFlags().VisitAll(addName(&names))
		if near := profile.Nearest(name, names); near != "" && len(name) > 1 {
			hints = append([]string{fmt.Sprintf("did you mean --%s?", near)}, hints...)
		}
		return fail(finding.UsageFlag, "unknown flag "+quoted(dashes(name)+name), hints...)
	case errors.As(err, &invalid):
		f := invalid.GetFlag()
		return fail(finding.UsageFlag, fmt.Sprintf("the value of --%s is not a %s", f.Name, f.Value.Type()), hints...)
	case errors.As(err, &missing):
		return fail(finding.UsageFlag, fmt.Sprintf("--%s needs a value", missing.GetFlag().Name), hints...)
	}
	return fail(finding.UsageFlag, "the flags cannot be understood", hints...)
}

func dashes(name string) string {
	if len(name) == 1 {
		return "-"
	}
	return "--"
}

// quoted quotes what a person typed, as long as it can only be a name.
func quoted(s string) string {
	if len(s) > 40 {
		return "(not shown: too long for a name)"
	}
	return fmt.Sprintf("%q", s)
}

// noArgs refuses arguments without repeating them: they may be secrets in the wrong place.
func noArgs(c *cobra.Command, args []string) error { return atMost(0)(c, args) }

func atMost(n int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) <= n {
			return nil
		}
		return fail(finding.UsageFlag, fmt.Sprintf("%s takes at most %d arguments and got %d", c.CommandPath(), n, len(args)),
			c.CommandPath()+" --help shows how it is used")
	}
}

// complete offers fixed values for a flag.
func complete(c *cobra.Command, flag string, values ...string) {
	completeFrom(c, flag, func() []string { return values })
}

// completeFrom offers values that are only worked out when a shell asks.
func completeFrom(c *cobra.Command, flag string, values func() []string) {
	// It fails only for a flag that does not exist, which a test of every
	// completion would show.
	_ = c.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return values(), cobra.ShellCompDirectiveNoFileComp
	})
}

// unlessInterrupted runs work that cannot be cancelled, and gives up waiting for
// it on Ctrl-C.
func unlessInterrupted[T any](ctx context.Context, work func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		v, err := work()
		done <- result{v, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var zero T
		return zero, ctx.Err()
	}
}

// openFile opens what is not a folder for reading.
func openFile(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		err = errors.New("it is a folder")
	}
	if err == nil {
		var f *os.File
		if f, err = os.Open(path); err == nil {
			return f, nil
		}
	}
	return nil, fail(finding.UsageConfig, fmt.Sprintf("%s cannot be read: %s", path, checks.Plain(err)))
}
