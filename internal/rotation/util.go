package rotation

import (
	"errors"
	"unicode"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/text"
	"github.com/nsauth/nsauth/netsuite"
)

// fails is the error of what NetSuite or a hook refused: exit code 1.
func fails(message string, hints ...string) error {
	return ends(finding.ExitFail, message, hints)
}

// unknown is the error of what could not be asked: exit code 3. A network fault says
// nothing about a credential.
func unknown(message string, hints ...string) error {
	return ends(finding.ExitInconclusive, message, hints)
}

func ends(exit int, message string, hints []string) error {
	return &stop{Failure: cli.Failure{Info: finding.ErrorInfo{Code: finding.UsageConfig, Message: message, Hints: hints}}, exit: exit}
}

// unanswered reports whether a request has no complete answer.
func unanswered(err error) bool {
	var broken *netsuite.ConnectError
	return errors.As(err, &broken)
}

// exitOf is the exit code that an error of this package has, 0 for another one.
func exitOf(err error) int {
	var code cli.Exit
	if errors.As(err, &code) {
		return int(code)
	}
	return 0
}

// shown is a text without what a terminal would obey.
func shown(s string) string { return text.Escape(s, unicode.IsPrint) }
