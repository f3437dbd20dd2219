package catalog

import "github.com/nsauth/nsauth/internal/finding"

// bothClocks ends the message of a finding about time: what this machine's clock
// said, and what another one said if one answered.
const bothClocks = "[; it is {local_time} by this machine's clock][, {reference_time} by that of {reference_source}]"

// hereAndThere is the same where the message has named the other clock.
const hereAndThere = "[; it is {local_time} here][, {reference_time} there]"

// clockEntries: this machine's clock. NetSuite publishes no tolerance for client
// assertions, so an offset by itself is a warning.
func clockEntries() []Entry {
	sync := func(summary string) finding.Remedy {
		return finding.Remedy{
			Summary: summary,
			Steps: []string{
				"Linux: timedatectl status tells whether it is synchronised. Windows: w32tm /query /status. macOS: sntp time.apple.com.",
				"In a container or virtual machine the host's clock counts.",
				"Failures that come and go, or at certain times, fit a clock that drifts and is set right again: look at it more than once.",
				"Let assertions live five minutes: one of a minute ends on the way when the clock is a little behind.",
			},
			Commands: [][]string{{"date", "-u"}},
			Docs:     oracle(pageAssertion),
		}
	}
	agree := finding.Remedy{
		Summary:  "Name NTP servers that are right with --ntp-server, three of them so that one that is wrong is outvoted.",
		Commands: [][]string{{"date", "-u"}},
	}
	return []Entry{
		{
			Code: "clock.skewed", Severity: finding.Warning, Refused: true,
			Title:   "Clock is off",
			Message: "this machine's clock is {offset|off}[ by the clock of {source}]" + hereAndThere,
			Meaning: "iat and exp are taken from this clock and read by NetSuite's. How much NetSuite tolerates is not documented.",
			Remedy:  sync("Synchronise this machine's clock."),
			Variants: map[string]Variant{
				"ahead": {
					Message: "this machine's clock is {offset|ahead}[ by the clock of {source}]: iat lies in the future for NetSuite" + hereAndThere,
					Meaning: "The audit trail has a Detail for a token issued in the future. How much NetSuite tolerates is not documented.",
				},
				"assertion-expired": {
					Severity: finding.Error, Basis: finding.Official,
					Message: "this machine's clock is {offset|behind}[ by the clock of {source}]: an assertion has expired before it arrives" + hereAndThere,
					Meaning: "An assertion lives for minutes. By NetSuite's clock it is already past its end, whatever else is right.",
				},
			},
			Confirm:      "nsauth doctor --only network,clock, once the clock is right",
			AuditDetails: []string{"TokenExpired", "TokenNotAcceptable"},
			Basis:        finding.Inferred, Source: help(pageAssertion, pageAuditDetails) + " (TokenExpired, TokenNotAcceptable)",
		},
		{
			Code: "clock.sources-disagree", Severity: finding.Warning,
			Title:   "Two clocks disagree",
			Message: "this machine's clock is {offset|off}[ by the clock of {source}], but {ntp_offset|different} by NTP[ ({ntp_source})]" + hereAndThere,
			Meaning: "One of the references is wrong, or something on the way answers in NetSuite's place. For an assertion NetSuite's clock counts.",
			Remedy:  sync("Find out which of the two is right, and synchronise this machine's clock with it."),
			Variants: map[string]Variant{
				"ntp-servers": {
					Message: "the NTP servers contradict each other[ ({ntp_servers}: {ntp_answers})]; this machine's clock is {offset|off}[ by the clock of {source}]" + hereAndThere,
					Meaning: "No majority of them agrees, so NTP says nothing here. For an assertion NetSuite's clock counts.",
					Remedy:  &agree,
				},
			},
			Confirm: "another NTP server, and the Date header seen from another network",
			Basis:   finding.Inferred, Source: "measured in this run",
		},
		{
			Code: "clock.unmeasured", Severity: finding.Warning, Status: finding.Unknown,
			Title:   "Clock not measured",
			Message: "no clock answered to compare this machine's with[ (NTP servers asked: {ntp_servers}; answers: {ntp_answers})][; it says {local_time}]",
			Meaning: "Neither an answer of NetSuite with a Date header nor an NTP server was there. Nothing is known about the clock.",
			Remedy: finding.Remedy{
				Summary:  "Compare by hand, or name a reachable NTP server with --ntp-server.",
				Commands: [][]string{{"date", "-u"}},
			},
			Variants: map[string]Variant{
				"not-asked": {
					Message: "this machine's clock was compared with no other[; it says {local_time}]",
					Meaning: "No answer of NetSuite with a Date header was there, and no NTP server was asked: nsauth doctor does that. Nothing is known about the clock.",
					Remedy: &finding.Remedy{
						Summary:  "Compare by hand, or with nsauth doctor, which asks NTP servers too.",
						Commands: [][]string{{"date", "-u"}},
					},
				},
				"ntp-servers": {
					Message: "the NTP servers contradict each other[ ({ntp_servers}: {ntp_answers})], and NetSuite's clock was not seen[; this machine's says {local_time}]",
					Meaning: "No majority of them agrees, and no answer of NetSuite with a Date header was there. Nothing is known about the clock.",
					Remedy:  &agree,
				},
			},
			Confirm: "date -u beside a clock that you trust",
			Basis:   finding.Observed, Source: "measured in this run",
		},
	}
}
