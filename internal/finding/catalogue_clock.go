package finding

// clockEntries: this machine's clock. NetSuite publishes no tolerance for client
// assertions, so an offset by itself is a warning.
func clockEntries() []Entry {
	sync := func() Remedy {
		return Remedy{
			Summary: "Synchronise this machine's clock.",
			Steps: []string{
				"Linux: timedatectl status tells whether it is synchronised. Windows: w32tm /query /status. macOS: sntp time.apple.com.",
				"In a container or virtual machine the host's clock counts.",
			},
			Commands: [][]string{{"date", "-u"}},
			Docs:     oracle(pageAssertion),
		}
	}
	return []Entry{
		{
			Code: "clock.skewed", Severity: Warning, Refused: true,
			Title:   "Clock is off",
			Message: "this machine's clock is {offset|off}[ by the clock of {source}]",
			Meaning: "iat and exp are taken from this clock and read by NetSuite's. How much NetSuite tolerates is not documented.",
			Remedy:  sync(),
			Variants: map[string]Variant{
				"ahead": {
					Message: "this machine's clock is {offset|ahead}[ by the clock of {source}]: iat lies in the future for NetSuite",
					Meaning: "The audit trail has a Detail for a token issued in the future. How much NetSuite tolerates is not documented.",
				},
				"assertion-expired": {
					Severity: Error, Basis: Official,
					Message: "this machine's clock is {offset|behind}[ by the clock of {source}]: an assertion has expired before it arrives",
					Meaning: "An assertion lives for minutes. By NetSuite's clock it is already past its end, whatever else is right.",
				},
			},
			Confirm:      "nsauth doctor --only clock, once the clock is right",
			AuditDetails: []string{"TokenExpired", "TokenNotAcceptable"},
			Basis:        Inferred, Source: help(pageAssertion, pageAuditDetails) + " (TokenExpired, TokenNotAcceptable)",
		},
		{
			Code: "clock.sources-disagree", Severity: Warning,
			Title:   "Two clocks disagree",
			Message: "this machine's clock is {offset|off}[ by {source}], but {ntp_offset|different} by NTP[ ({ntp_source})]",
			Meaning: "One of the references is wrong, or something on the way answers in NetSuite's place. For an assertion NetSuite's clock counts.",
			Remedy:  sync(),
			Confirm: "another NTP server, and the Date header seen from another network",
			Basis:   Inferred, Source: "measured in this run",
		},
		{
			Code: "clock.unmeasured", Severity: Warning, Status: Unknown,
			Title:   "Clock not measured",
			Message: "no clock answered to compare this machine's with",
			Meaning: "Neither an answer of NetSuite with a Date header nor an NTP server was there. Nothing is known about the clock.",
			Remedy: Remedy{
				Summary:  "Compare by hand, or name a reachable NTP server with --ntp-server.",
				Commands: [][]string{{"date", "-u"}},
			},
			Confirm: "date -u beside a clock that you trust",
			Basis:   Observed, Source: "measured in this run",
		},
	}
}
