package stand

import (
	"cmp"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/faults"
	"github.com/nsauth/nsauth/internal/emulator/oauth"
	"github.com/nsauth/nsauth/internal/emulator/scenario"
	"github.com/nsauth/nsauth/internal/emulator/server"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/nsid"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/text"
)

// Options are the flags of nsauth emulator.
type Options struct {
	Listen   string // ADDRESS:PORT
	Dir      string // for the client's files
	Scenario string // "" if none was named
	Account  string // "" for the scenario's
	Accounts string // a YAML file of accounts; "" for none
	Verdicts string // a new file for verdicts as JSON; "" for none

	Errors, Audit  string   // "" for the scenario's own
	Accept, Refuse []string // habits of clients
	Faults         []string
	ClockOffset    time.Duration // how far the server's clock is ahead

	AuditDelay             time.Duration // before an entry can be queried
	AuditZone, SessionZone time.Duration // of LoginAudit ahead of SYSDATE, of SYSDATE ahead of UTC

	ExpiresIn   string // "" for the scenario's own, as TokenShape
	TokenShape  string
	Concurrency int // API calls at once; 0 for no limit
	RetryAfter  int // seconds; 0 for no header
	Customers   int // in addition to the three with names
}

// HabitNames are the habits of clients that --accept and --refuse know.
func HabitNames() []string {
	return names(verdict.Habits(), func(h verdict.HabitDefault) string { return string(h.Habit) })
}

// FaultNames are the kinds of faults.
func FaultNames() []string {
	return names(faults.Kinds(), func(k faults.Kind) string { return string(k) })
}

// ScenarioNames are the scenarios by topic.
func ScenarioNames() []string {
	return names(scenario.All(), func(s scenario.Scenario) string { return s.Name })
}

func names[T any](list []T, name func(T) string) []string {
	var all []string
	for _, x := range list {
		all = append(all, name(x))
	}
	return all
}

// validate checks the options and normalizes the account.
func (o *Options) validate() error {
	if o.Dir == "" {
		return cli.Fail(finding.UsageFlag, "--dir is missing", "name a folder for the client's files: key, certificate, CA and profile")
	}
	if err := o.apply(new(server.Config)); err != nil {
		return err
	}
	if _, port, err := net.SplitHostPort(o.Listen); err != nil || !portNumber(port) {
		return cannotListen(o.Listen, "it is not ADDRESS:PORT with a port from 0 to 65535")
	}
	if o.Account != "" {
		account, err := nsid.ParseAccount(o.Account)
		if err != nil {
			what, hints := profile.UnsafeAccount(o.Account, err)
			return cli.Fail(finding.UsageUnsafeValue, "--account "+what, hints...)
		}
		o.Account = account.ID
	}
	return nil
}

func portNumber(port string) bool {
	_, err := strconv.ParseUint(port, 10, 16)
	return err == nil
}

// apply puts the options into the configuration of a server.
func (o *Options) apply(c *server.Config) error {
	for _, step := range []func(*server.Config) error{o.applyHabits, o.applyAnswers, o.applyFaults} {
		if err := step(c); err != nil {
			return err
		}
	}
	return nil
}

func (o *Options) applyHabits(c *server.Config) error {
	for _, list := range []struct {
		flag  string
		names []string
		into  *[]verdict.Habit
	}{{"accept", o.Accept, &c.Accept}, {"refuse", o.Refuse, &c.Refuse}} {
		for _, name := range list.names {
			if !slices.Contains(HabitNames(), name) {
				return cli.Fail(finding.UsageFlag, "--"+list.flag+": unknown habit "+cli.Quoted(name),
					text.DidYouMean(name, HabitNames(), "one of "+strings.Join(HabitNames(), ", "))...)
			}
			*list.into = append(*list.into, verdict.Habit(name))
		}
	}
	for _, name := range o.Accept {
		if slices.Contains(o.Refuse, name) {
			return cli.Fail(finding.UsageFlag, cli.Quoted(name)+" is both accepted and refused", "leave one of --accept and --refuse out")
		}
	}
	return nil
}

func (o *Options) applyAnswers(c *server.Config) error {
	errors, audit := cmp.Or(oauth.Errors(o.Errors), c.Errors, oauth.ErrorsBare), cmp.Or(o.Audit, "full")
	expiresIn, shape := cmp.Or(oauth.ExpiresIn(o.ExpiresIn), c.ExpiresIn, oauth.ExpiresInNumber), cmp.Or(oauth.TokenShape(o.TokenShape), c.TokenShape, oauth.Shape2026)
	wrong := ""
	switch {
	case errors != oauth.ErrorsBare && errors != oauth.ErrorsOAuth:
		wrong = "--errors is neither bare nor oauth"
	case audit != "full" && audit != "silent":
		wrong = "--audit is neither full nor silent"
	case expiresIn != oauth.ExpiresInNumber && expiresIn != oauth.ExpiresInString:
		wrong = "--expires-in is neither number nor string"
	case shape != oauth.Shape2026 && shape != oauth.Shape2021:
		wrong = "--token-shape is neither 2026 nor 2021"
	case o.Concurrency < 0:
		wrong = "--concurrency is negative"
	case o.RetryAfter < 0:
		wrong = "--retry-after is negative"
	case o.Customers < 0 || o.Customers > account.MaxCustomers:
		wrong = fmt.Sprintf("--customers must be from 0 to %d", account.MaxCustomers)
	case o.AuditDelay < 0:
		wrong = "--audit-delay is negative"
	case o.AuditZone.Abs() > 26*time.Hour || o.SessionZone.Abs() > 26*time.Hour:
		wrong = "--audit-zone and --session-zone must be at most 26 hours"
	case o.RetryAfter > 0 && o.Concurrency == 0:
		wrong = "--retry-after has no effect without --concurrency"
	}
	if wrong != "" {
		return cli.Fail(finding.UsageFlag, wrong)
	}
	c.Errors, c.ExpiresIn, c.TokenShape = errors, expiresIn, shape
	if o.Audit != "" { // else as the scenario has it
		c.AuditSilent = audit == "silent"
	}
	c.AuditDelay, c.AuditZone, c.SessionZone = cmp.Or(o.AuditDelay, c.AuditDelay), cmp.Or(o.AuditZone, c.AuditZone), cmp.Or(o.SessionZone, c.SessionZone)
	c.ConcurrencyLimit, c.RetryAfter, c.Customers = o.Concurrency, o.RetryAfter, o.Customers
	return nil
}

// applyFaults puts the faults of the options before the scenario's: the first one that
// matches a request applies.
func (o *Options) applyFaults(c *server.Config) error {
	var own []faults.Fault
	for _, spec := range o.Faults {
		f, err := faults.Parse(spec)
		if err != nil {
			name, _, _ := strings.Cut(spec, ",")
			name, _, _ = strings.Cut(name, ":")
			return cli.Fail(finding.UsageFlag, "--fault: "+strings.TrimPrefix(err.Error(), "fault: "), text.DidYouMean(name, FaultNames(),
				"such as --fault flaky:2, --fault latency,delay=80ms or --fault html,path=/services/rest/auth/")...)
		}
		own = append(own, f)
	}
	if o.ClockOffset != 0 {
		f := faults.Fault{Kind: faults.Clock, Offset: o.ClockOffset}
		if err := f.Validate(); err != nil {
			return cli.Fail(finding.UsageFlag, "--clock-offset: "+strings.TrimPrefix(err.Error(), "fault clock: "),
				"give a duration such as 10m, -20m or 48h")
		}
		own = append(own, f)
	}
	if len(own) > faults.MaxFaults {
		return cli.Fail(finding.UsageFlag, "too many --fault flags")
	}
	c.Faults = append(own, c.Faults...)
	return nil
}
