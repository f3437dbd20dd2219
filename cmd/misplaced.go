package cmd

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/secretscan"
)

// sentAsIs are the flags whose value is sent or signed, so that it may hold a secret. No
// message repeats it.
var sentAsIs = []string{"header", "query", "field", "data", "claim", "jq", "audit-detail"}

// takesText are the commands whose arguments are texts to read, with secrets in them, or
// belong to another program.
var takesText = []string{"explain", "jwt inspect", "jwt diff", "call", "call suiteql", "call restlet", "exec"}

// noSecret refuses a secret in place of another value: a token where its file belongs, a
// key where its path belongs. It never repeats one.
func noSecret(a *cli.App, c *cobra.Command, args []string) error {
	var err error
	var settings map[string][]string // package profile looks at them
	if c.Flags().Lookup("account") != nil {
		settings = setFlags(c)
	}
	c.Flags().Visit(func(f *pflag.Flag) {
		if _, setting := settings[f.Name]; err == nil && !setting {
			err = checkValue(a, f)
		}
	})
	if err != nil || slices.Contains(takesText, commandName(c)) {
		return err
	}
	for _, arg := range args {
		if what := secretscan.Value(arg); what != "" {
			return cli.Fail(finding.UsageFlag, "an argument is "+what+"; not shown", c.CommandPath()+" --help shows what it accepts", exposed)
		}
		if secretscan.Plausible(arg) && !exists(a, arg) && !(secretscan.Hex(arg) && c.Name() == "keycheck") && !(strings.HasPrefix(commandName(c), "cert ") && len(arg) <= 43) {
			return cli.Fail(finding.UsageFlag, "an argument may be a secret and is not a file; not shown", c.CommandPath()+" --help shows what it accepts")
		}
	}
	return nil
}

// exposed is the hint after a secret on a command line.
const exposed = "other users may have read what was on a command line, and the shell's history has it"

// checkValue refuses a secret as the value of a flag. Package profile does it for the
// settings.
func checkValue(a *cli.App, f *pflag.Flag) error {
	if slices.Contains(sentAsIs, f.Name) {
		return nil
	}
	recognise := secretscan.Value
	if strings.HasSuffix(f.Name, "-command") {
		recognise = secretscan.Opens
	}
	want, usage := pflag.UnquoteUsage(f)
	file := strings.HasPrefix(want, "FILE")
	wanted := "want " + want
	hints := []string{exposed}
	if file {
		wanted = "a file was expected"
		hints = append([]string{"save it in a file that only you can read, and give its path"}, hints...)
		if strings.Contains(usage, "standard input") || strings.Contains(usage, "-,") {
			wanted = "a file or - was expected"
			hints[0] = "save it in a file that only you can read and give its path, or write it to standard input and give -"
		}
	}
	for _, value := range valuesOf(f) {
		if what := recognise(value); what != "" {
			return cli.Fail(finding.UsageFlag, "invalid --"+f.Name+": that is "+what+" ("+wanted+")", hints...)
		}
		if file {
			if err := checkFile(a, "--"+f.Name, value, f.Name == "passphrase-file"); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkFile refuses a name that no file has and that may be a secret.
func checkFile(a *cli.App, what, name string, passphrase bool) error {
	may := secretscan.Value(name) != "" || secretscan.Plausible(name) || passphrase && !secretscan.PathLike(name)
	if !may || name == "-" || strings.HasPrefix(name, "env:") || strings.HasPrefix(name, "fd:") || exists(a, name) {
		return nil
	}
	return cli.Fail(finding.UsageConfig, what+" is not the path of a file that exists; not shown, it may be a secret",
		"give the path of a file, such as ./FILE")
}

func valuesOf(f *pflag.Flag) []string {
	if list, ok := f.Value.(pflag.SliceValue); ok {
		return list.GetSlice()
	}
	return []string{f.Value.String()}
}

func exists(a *cli.App, path string) bool {
	if !filepath.IsAbs(path) {
		path = filepath.Join(a.Dir, path)
	}
	_, err := os.Lstat(path)
	return err == nil
}
