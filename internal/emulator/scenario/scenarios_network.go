package scenario

import (
	"github.com/nsauth/nsauth/internal/emulator/api"
	"github.com/nsauth/nsauth/internal/emulator/faults"
	"github.com/nsauth/nsauth/internal/emulator/server"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// networkScenarios are those in which no answer of NetSuite's arrives: they say
// nothing about any credential.
func networkScenarios() []Scenario {
	everything := func(f faults.Fault) ServerHalf { return ServerHalf{Faults: []faults.Fault{f}} }
	return []Scenario{
		{
			Name:   "account-not-found",
			Title:  "there is no such account",
			Story:  "A typing mistake in the account ID: its host name does not exist, NetSuite's others do.",
			Client: ClientHalf{Resolver: ResolverNXDomainAccount},
			Expect: Expect{Exit: 1, Finding: "network.account-not-found"},
		},
		{
			Name:   "dns-down",
			Title:  "no name resolves",
			Story:  "The resolver answers for nothing, NetSuite's other hosts included: that says nothing about the account.",
			Client: ClientHalf{Resolver: ResolverDown},
			Expect: Expect{Exit: 3, Finding: "network.dns-failure"},
		},
		{
			Name:   "unreachable",
			Title:  "nothing answers at the address",
			Story:  "A firewall or a wrong route: the name resolves, the connection is refused.",
			Client: ClientHalf{Dial: DialRefused},
			Expect: Expect{Exit: 3, Finding: "network.unreachable"},
		},
		{
			Name:   "connection-reset",
			Title:  "the connection ends without an answer",
			Story:  "TLS comes about; whatever is asked then, the connection is closed.",
			Server: everything(faults.Fault{Kind: faults.Reset}),
			Expect: Expect{Exit: 3, Finding: "network.unreachable"},
		},
		{
			Name:   "tls-untrusted",
			Title:  "a proxy opens TLS, and its CA is not trusted",
			Story:  "The company's gateway shows a certificate of its own for NetSuite's hosts. Browsers know its CA; this program does not.",
			Client: ClientHalf{Inspector: "Example Corp", Untrusting: true},
			Expect: Expect{Exit: 1, Finding: "network.tls-untrusted"},
		},
		{
			Name:   "html-proxy",
			Title:  "a proxy answers with its own page",
			Story:  "A web gateway answers everything with its login page and status 200.",
			Server: everything(faults.Fault{Kind: faults.HTML}),
			Expect: Expect{Exit: 1, Finding: "network.not-netsuite"},
		},
		{
			Name:   "captive-portal",
			Title:  "everything is redirected to a portal",
			Story:  "A network that wants a log-in of its own first.",
			Server: everything(faults.Fault{Kind: faults.Redirect, Location: "https://portal.example/login"}),
			Expect: Expect{Exit: 1, Finding: "network.redirected"},
		},
		{
			Name:   "no-service",
			Title:  "no service at this host",
			Story:  "A host of NetSuite's that is not the account's own: a page with status 503 says that no service is available at this URL.",
			Server: ServerHalf{Canned: []server.CannedAnswer{{Path: "/", Status: 503, ContentType: "text/html; charset=utf-8", Body: api.NoServicePage, Basis: verdict.Official}}},
			Expect: Expect{Exit: 3, Finding: "network.unreachable"},
		},
		{
			Name:   "unavailable",
			Title:  "NetSuite is down for maintenance",
			Story:  "Every request is answered with status 503.",
			Server: everything(faults.Fault{Kind: faults.Unavailable}),
			Expect: Expect{Exit: 3, Finding: "token.unavailable"},
		},
	}
}
