package catalog

import "github.com/nsauth/nsauth/internal/finding"

// networkEntries: what kept a request from being answered by NetSuite. None of
// these says anything about a key, a certificate or a client.
func networkEntries() []Entry {
	nothing := " This says nothing about key, certificate or Client ID."
	const cut = "Try again. If it stays, look at what is on the way: firewalls and proxies that end connections."
	const presented = "[The server presented, leaf first: {chain}.]"
	dates := func() *finding.Remedy {
		return &finding.Remedy{
			Summary:  "Check this machine's date: by a wrong one every certificate looks out of date.",
			Steps:    []string{"If it is right, ask whoever runs the network or the proxy. --ca-file does not help here.", presented},
			Commands: [][]string{{"date", "-u"}},
			Docs:     oracle(pageHosts),
		}
	}
	ca := func() finding.Remedy {
		return finding.Remedy{
			Summary: "If your network inspects TLS, give its CA certificate with --ca-file. If not, do not trust this connection.",
			Steps: []string{
				presented,
				"Ask whoever runs the network or the proxy which CA signs its certificates.",
			},
			Docs: oracle(pageHosts),
		}
	}
	lookUp := []string{"nslookup", "{host|system.netsuite.com}"}
	// The same request along the same way.
	curl := func(show string) []string {
		return []string{"curl", show, "[--connect-to ::{connect_to}]", "[--proxy {proxy}]", "[--cacert {ca_file}]",
			"https://{host}/services/rest/system/v1/serverTime"}
	}
	entries := []Entry{
		{
			Code: "network.account-not-found", Severity: finding.Error,
			Title:   "Account has no host",
			Message: "there is no host[ {host}], while {control_host|system.netsuite.com} is found: the account ID is wrong, or the account does not exist",
			Meaning: "Every account has a host of its own. DNS works here and does not know this one." + nothing,
			Remedy: finding.Remedy{
				Summary: "Correct the account ID. NetSuite shows it under Setup > Company > Company Information.",
				Steps: []string{
					"A sandbox is 1234567_SB1, Release Preview 1234567_RP.",
					"Log in to the account in a browser: the address bar shows its host.",
				},
				Commands: [][]string{lookUp},
				UIPath:   new(menuCompanyURLs),
				Docs:     oracle(pageHosts, pageSandboxID),
			},
			Confirm: menuCompanyURLs + " shows the account's own host names",
			Basis:   finding.Observed, Source: "measured 2026-10-05: hosts of accounts that do not exist have no DNS entry",
		},
		{
			Code: "network.dns-failure", Severity: finding.Warning, Status: finding.Unknown,
			Title:   "Name not resolved",
			Message: "the name {host|of the server} could not be resolved",
			Meaning: "Either the resolver does not work here, or no name of NetSuite was found." + nothing,
			Remedy: finding.Remedy{
				Summary:  "Check this machine's DNS. In a network where only the proxy resolves names, set --proxy.",
				Commands: [][]string{lookUp},
			},
			Variants: map[string]Variant{
				"dns-not-found": {Message: "this machine's DNS knows no host {host|of that name}[, and no {control_host} either]"},
			},
			Confirm: "nslookup of the host on this machine and on another network",
			Basis:   finding.Observed, Source: "measured in this run",
		},
		{
			Code: "network.unreachable", Severity: finding.Warning, Status: finding.Unknown,
			Title:   "Server not reached",
			Message: "no answer came from {host|the server}[ through the proxy {proxy}]",
			Meaning: "The connection failed before NetSuite answered." + nothing,
			Remedy: finding.Remedy{
				Summary:  "Check firewall and proxy: {endpoint|port 443 of the account's hosts} has to be reachable.",
				Commands: [][]string{curl("-sSv")},
			},
			Variants: map[string]Variant{
				"refused": {Message: "{address|the server} refused the connection[ through the proxy {proxy}]"},
				"reset": {
					Title:   "Connection cut",
					Message: "the connection to {host|the server}[ through the proxy {proxy}] was cut before an answer came",
					Meaning: "Something answered at the address and ended the connection." + nothing,
					Remedy:  &finding.Remedy{Summary: cut, Commands: [][]string{curl("-sSv")}},
				},
				"incomplete": {
					Title:   "Answer broke off",
					Message: "the answer of {host|the server}[ through the proxy {proxy}] broke off",
					Meaning: "The server was reached and began to answer." + nothing,
					Remedy:  &finding.Remedy{Summary: cut, Commands: [][]string{curl("-sSv")}},
				},
				"canceled": {Message: "the request to {host|the server} was cancelled"},
				"proxy-unreachable": {
					Message: "the proxy[ {proxy}] cannot be reached[ ({detail})]",
					Remedy:  &finding.Remedy{Summary: "Correct --proxy, or HTTPS_PROXY in the environment, or start the proxy."},
				},
				"invalid-proxy": {
					Message: "the proxy[ {proxy}] cannot be used: its address makes no sense",
					Remedy:  &finding.Remedy{Summary: "Correct --proxy, or HTTPS_PROXY in the environment: http://HOST:PORT, https or socks5."},
				},
				"gateway": {
					Message: "{host|the server} answered[ {status}][ (\"{title}\")] without being NetSuite's API: it is down, or a gateway cannot reach it",
					Meaning: "A 502, 503 or 504 can come from NetSuite during maintenance or from a proxy on the way." + nothing,
					Remedy:  &finding.Remedy{Summary: "Look at https://status.netsuite.com, then try again. If only this machine sees it, look at the proxy."},
				},
			},
			Confirm: "the same request from another network",
			Basis:   finding.Observed, Source: "measured in this run",
		},
		{
			Code: "network.timeout", Severity: finding.Warning, Status: finding.Unknown,
			Title:   "No answer in time",
			Message: "{host|the server} did not answer in time[ (phase: {reason})]",
			Meaning: "A firewall that drops packets looks like this, and so does an overloaded server." + nothing,
			Remedy: finding.Remedy{
				Summary:  "Check firewall and proxy, and try again with a longer --timeout.",
				Commands: [][]string{curl("-sSv")},
			},
			Confirm: "the same request from another network",
			Basis:   finding.Observed, Source: "measured in this run",
		},
		{
			Code: "network.tls-untrusted", Severity: finding.Error,
			Title:   "Server certificate not trusted",
			Message: "the certificate shown for {host|the server} is not trusted[: issued by {issuer}]",
			Meaning: "Someone on the way answers in NetSuite's place, often a proxy that inspects TLS, or this machine lacks the CA. Nothing was sent." + nothing,
			Remedy:  ca(),
			Variants: map[string]Variant{
				"wrong-host": {
					Message: "the certificate shown for {host|the server} is made out to another host[, issued by {issuer}]",
					Remedy: &finding.Remedy{
						Summary: "Find out where this connection leads: to a portal, by a wrong --connect-to, or by a DNS or hosts entry that points elsewhere.",
						Steps:   []string{"--ca-file does not help here.", presented},
						Docs:    oracle(pageHosts),
					},
				},
				"expired": {
					Message: "the certificate shown for {host|the server} has expired by this machine's clock[, issued by {issuer}]" + bothClocks,
					Remedy:  dates(),
				},
				"not-yet-valid": {
					Message: "the certificate shown for {host|the server} is not valid yet by this machine's clock[, issued by {issuer}]" + bothClocks,
					Remedy:  dates(),
				},
				"no-roots": {
					Message: "this machine has no list of trusted CAs, so {host|the server} cannot be verified",
					Meaning: "Nothing is known against the server. Small container images come without the list. Nothing was sent." + nothing,
					Remedy: &finding.Remedy{
						Summary: "Install the list of trusted CAs, or give it with --ca-file.",
						Steps:   []string{"Debian, Ubuntu, Alpine, Red Hat: package ca-certificates. In an image without packages, copy /etc/ssl/certs/ca-certificates.crt from another one."},
					},
				},
			},
			Confirm: "the issuer's name: a public CA, or your own network's",
			Basis:   finding.Observed, Source: "measured in this run; RFC 5280",
		},
		{
			Code: "network.tls-handshake", Severity: finding.Error,
			Title:   "No TLS connection",
			Message: "TLS with {host|the server} came to no agreement",
			Meaning: "nsauth uses TLS 1.2 or newer. Something on the way may speak an older version, or no TLS at all." + nothing,
			Remedy: finding.Remedy{
				Summary:  "Check proxy and firewall on the way to {host|the server}.",
				Commands: [][]string{{"openssl", "s_client", "-connect", "{endpoint}", "-servername", "{host}"}},
			},
			Variants: map[string]Variant{
				"not-tls":          {Message: "what answers at {host|the server} does not speak TLS"},
				"protocol-version": {Message: "{host|the server} does not offer TLS 1.2 or newer"},
				"alert":            {Message: "{host|the server} refused the TLS handshake"},
				"closed":           {Message: "{host|the server} closed the connection during the TLS handshake"},
			},
			Confirm: "openssl s_client shows how far the handshake comes",
			Basis:   finding.Observed, Source: "measured in this run",
		},
		{
			Code: "network.tls-inspected", Severity: finding.Info,
			Title:   "TLS seems to be inspected",
			Message: "the certificate shown for {host|the server} is trusted here, but its issuer is no public CA that nsauth knows[: {issuer}]",
			Meaning: "Such an issuer is most often a proxy that opens TLS, and whoever runs it can read assertions and tokens on the way. In a company network this is often intended. Not certain: Oracle does not publish which CA NetSuite's hosts use, and an inspector that borrows a public CA's name is not noticed.",
			Remedy: finding.Remedy{
				Summary: "Nothing, if you know this CA. If not, ask whoever runs the network, and do not send credentials until you know.",
				Steps:   []string{presented},
				Docs:    oracle(pageHosts),
			},
			Confirm: "the issuer's name: your own network's CA, or a public one",
			Basis:   finding.Inferred, Source: "measured in this run; the public CAs are those bound by the CA/Browser Forum Baseline Requirements, section 3.2.2.4",
		},
		{
			Code: "network.proxy-refused", Severity: finding.Error,
			Title:   "Proxy refuses the connection",
			Message: "the proxy[ {proxy}] refuses to connect to {host|the server}[ (status {proxy_status})]",
			Meaning: "The proxy's rules do not allow this host or port." + nothing,
			Remedy: finding.Remedy{
				Summary: "Have the proxy allow {endpoint|port 443 of the account's hosts}.",
			},
			Variants: map[string]Variant{
				"closed": {Message: "the proxy[ {proxy}] closed the connection instead of connecting to {host|the server}"},
				"page":   {Message: "the proxy[ {proxy}] sent a web page instead of connecting to {host|the server}"},
			},
			Confirm: "the proxy's own log",
			Basis:   finding.Observed, Source: "measured in this run",
		},
		{
			Code: "network.proxy-auth-unsupported", Severity: finding.Error,
			Title:   "Proxy wants a log-in",
			Message: "the proxy[ {proxy}] wants a log-in[ (status {proxy_status})][: {proxy_takes}]",
			Meaning: "nsauth can give a user name and password from the proxy's URL (basic authentication), and nothing else." + nothing,
			Remedy: finding.Remedy{
				Summary: "Put user name and password into the proxy's URL, in an environment variable rather than on the command line.",
				Steps:   []string{"If the proxy wants NTLM or Kerberos, use a local forwarder, or have the proxy let these hosts through."},
			},
			Variants: map[string]Variant{
				"credentials-rejected": {
					Message: "the proxy[ {proxy}] does not take the user name and password in its URL[ (status {proxy_status})]",
					Remedy:  &finding.Remedy{Summary: "Correct user name and password in the proxy's URL; write special characters as %XX."},
				},
				"scheme-unsupported": {
					Message: "the proxy[ {proxy}] wants a log-in that nsauth cannot give[: {proxy_takes}]",
					Remedy: &finding.Remedy{
						Summary: "Use a local forwarder that logs in to the proxy, or have the proxy let {host|the account's hosts} through.",
						Steps:   []string{"Point --proxy at the forwarder."},
					},
				},
			},
			Confirm: "the proxy's own log",
			Basis:   finding.Observed, Source: "measured in this run; RFC 9110, section 15.5.8",
		},
		{
			Code: "network.not-netsuite", Severity: finding.Error,
			Title:   "Something else answers",
			Message: "what answers at {host|the server}[ through the proxy {proxy}] is not NetSuite's API[ (status {status})]",
			Meaning: "NetSuite answers this request with JSON, even unsigned. A proxy's page, a log-in portal or a wrong override answers otherwise." + nothing,
			Remedy: finding.Remedy{
				Summary:  "Look at what answers: a portal to log in to, a proxy that blocks, or a wrong --api-url or --connect-to.",
				Commands: [][]string{curl("-sSi")},
				Docs:     oracle(pageServerTime),
			},
			Variants: map[string]Variant{
				"html": {Message: "a web page answers at {host|the server}[ through the proxy {proxy}][ (\"{title}\")], not NetSuite's API[ (status {status})]"},
			},
			Confirm: "curl shows the page",
			Basis:   finding.Observed, Source: help(pageServerTime) + "; measured in this run",
		},
		{
			Code: "network.redirected", Severity: finding.Error,
			Title:   "Redirected elsewhere",
			Message: "{host|the server} redirects[ to {location_host}][ (status {status})]; nsauth does not follow with credentials",
			Meaning: "A log-in portal redirects, and so does NetSuite when the host is not the account's own." + nothing,
			Remedy: finding.Remedy{
				Summary: "Use the account's own host. If the target is not NetSuite's, look at the network's log-in portal or proxy.",
				UIPath:  new(menuCompanyURLs),
				Docs:    oracle(pageHosts, pageRESTletErrors),
			},
			Confirm: menuCompanyURLs + " shows the account's own host names",
			Basis:   finding.Observed, Source: help(pageRESTletErrors) + " (302: wrong data center)",
		},
	}
	for i := range entries {
		if e := &entries[i]; e.Code != "network.account-not-found" && e.Code != "network.tls-inspected" {
			e.Remedy.Steps = append(e.Remedy.Steps, wayThere()...)
			for _, v := range e.Variants {
				if v.Remedy != nil {
					v.Remedy.Steps = append(v.Remedy.Steps, wayThere()...)
				}
			}
		}
	}
	return entries
}

// wayThere are the hints for who cannot reach NetSuite although another address is
// dialled, or on a machine whose system settings name a proxy that nsauth was not
// told of.
func wayThere() []string {
	return []string{
		"[Every host of the account is dialled at {connect_to} (--connect-to): correct it or leave it out, or start what is to answer there.]",
		"[Windows is set to use the proxy {system_proxy}. nsauth does not use that setting by itself: give --proxy {system_proxy}.]",
		"[Windows is set to use the proxy script {system_proxy_script}, which nsauth does not run: find the proxy's address in it, and give it with --proxy.]",
	}
}
