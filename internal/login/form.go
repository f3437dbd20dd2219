package login

// The output is read by programs: one line and nothing else.

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
)

// Variable is the name in the assignments of --env.
const Variable = "NETSUITE_ACCESS_TOKEN"

// Form is how a token is printed: as itself if nothing is set.
type Form struct {
	Header, Curl bool
	Env          string // a shell
}

// Shells are those that an assignment can be written for.
func Shells() []string { return []string{"sh", "powershell", "cmd", "dotenv"} }

// Check refuses forms that cannot be combined.
func (f Form) Check(json bool) error {
	given := []string{}
	for _, form := range []struct {
		set  bool
		name string
	}{{f.Header, "--header"}, {f.Env != "", "--env"}, {f.Curl, "--curl"}, {json, "-o json"}} {
		if form.set {
			given = append(given, form.name)
		}
	}
	switch {
	case len(given) > 1:
		return cli.Fail(finding.UsageFlag, strings.Join(given, " and ")+" cannot be combined", "give one of them")
	case f.Env != "" && !slices.Contains(Shells(), f.Env):
		return cli.Fail(finding.UsageFlag, "invalid --env: want one of "+strings.Join(Shells(), ", "))
	}
	return nil
}

// Line is the token in this form.
func (f Form) Line(token string) (string, error) {
	switch {
	case f.Header:
		return "Authorization: Bearer " + token, nil
	case f.Env == "":
		return token, nil
	}
	shell := assignments[f.Env]
	if f.Env == "dotenv" && !strings.ContainsFunc(token, OutsideBearer) {
		return Variable + "=" + token, nil // docker takes quotes for a part of the value
	}
	if strings.ContainsAny(token, shell.cannot) {
		return "", cli.Fail(finding.UsageFlag, fmt.Sprintf("the token has a character that cannot be quoted for %s", f.Env),
			"print the token alone, without --env")
	}
	return strings.TrimSuffix(fmt.Sprintf(shell.Assign, Variable, shell.Quote(token)), "\n"), nil
}

// assignment is a shell's syntax and what it has no way to write. Tokens are
// printable ASCII without spaces: nothing else need be thought of.
type assignment struct {
	cli.Syntax
	cannot string
}

var assignments = map[string]assignment{
	"sh":         {Syntax: cli.POSIX},
	"powershell": {Syntax: cli.PowerShell},
	// Between these quotes cmd leaves & | < > ^ alone; % and ! it replaces, in a
	// file and at its prompt by different rules, and a quote ends the protection.
	"cmd": {cli.Syntax{Assign: "set \"%s=%s\"\n", Quote: func(s string) string { return s }}, "%!\""},
	// Every reader of such files takes single quotes literally, and none of them
	// in the same way as others what is in double ones.
	"dotenv": {cli.Syntax{Assign: "%s='%s'\n", Quote: func(s string) string { return s }}, "'"},
}
