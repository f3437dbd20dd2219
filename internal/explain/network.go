package explain

import (
	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
)

// networkFaults: what programs say when no answer came, or one that is not
// NetSuite's. Texts are those of libuv and Node.js (axios, undici), OpenSSL,
// CPython (requests, urllib3), OpenJDK, .NET, Go, curl and Windows. None of them
// says anything about a key, a certificate of the mapping or a client.
func networkFaults() []entry {
	const observed = "texts of the programs themselves"
	list := []entry{
		{
			name: "ENOTFOUND", title: "The host name does not exist",
			meaning: "DNS knows no such host. Every NetSuite account has hosts of its own, so a wrong account ID looks exactly like this; so does a machine without DNS.",
			causes:  []finding.Code{"network.account-not-found", "network.dns-failure"},
			do: finding.Remedy{
				Summary: "Check the account part of the host: lower case, with a hyphen (1234567-sb1), as the browser's address bar shows it.",
				Steps: []string{"nsauth doctor looks up the account's host and system.netsuite.com in one run: that tells a wrong account from a broken DNS.",
					"Where only a proxy resolves names, the program has to use it."},
				Commands: [][]string{{"nslookup", "system.netsuite.com"}},
			},
			words: []string{"EAI_NONAME", "NXDOMAIN", "UnknownHostException", "NameResolutionError", "WSAHOST_NOT_FOUND", "ERR_NAME_NOT_RESOLVED", "EAI_NODATA"},
			phrases: [][]string{says("name or service not known"), says("nodename nor servname provided"), says("could not resolve host"), says("no such host"),
				says("getaddrinfo failed"), says("the remote name could not be resolved"), says("failed to resolve"), says("no address associated with hostname"),
				says("server can't find", "nxdomain"), says("non-existent domain"), says("nameresolutionfailure"), says("name does not resolve"),
				says("the requested name is valid, but no data of the requested type was found")},
		},
		{
			name: "EAI_AGAIN", title: "The name could not be looked up now",
			meaning: "The resolver did not answer. That says nothing about the account.",
			causes:  []finding.Code{"network.dns-failure"},
			words:   []string{"SERVFAIL", "EAI_FAIL", "ESERVFAIL", "WSATRY_AGAIN"},
			phrases: [][]string{says("temporary failure in name resolution"), says("name resolution timed out"), says("server misbehaving"), says("resource temporarily unavailable", ":443)")},
		},
		{
			name: "ECONNREFUSED", title: "The connection was refused",
			meaning: "Something answered that nothing listens there. NetSuite's hosts listen on 443, so it is a proxy that is not running, a wrong port, or a stand-in server that was not started.",
			causes:  []finding.Code{"network.unreachable", "network.proxy-refused"},
			words:   []string{"ConnectionRefusedError", "WSAECONNREFUSED", "ERR_CONNECTION_REFUSED"},
			phrases: [][]string{says("connection refused"), says("actively refused it"), says("winerror 10061")},
		},
		{
			name: "ECONNRESET", title: "The connection was cut",
			meaning: "It was open and ended before an answer came: a firewall, a proxy, an idle connection that was used again, or a server that was restarted.",
			causes:  []finding.Code{"network.unreachable", "network.tls-handshake"},
			words:   []string{"EPIPE", "WSAECONNRESET", "RemoteDisconnected", "ConnectionResetError", "UND_ERR_SOCKET", "ERR_CONNECTION_RESET"},
			phrases: [][]string{says("connection reset"), says("socket hang up"), says("forcibly closed by the remote host"), says("connection aborted"),
				says("unexpected end of file from server"), says("the response ended prematurely"), says("connection was closed unexpectedly"), says("other side closed"), says("winerror 10054"),
				says("empty reply from server"), says("nohttpresponseexception"), says("remote end closed connection without response"), says("header parser received no bytes"), says("eof reached while reading"), says(`": eof`), says("unable to read data from the transport connection"), says("broken pipe"),
				says("server closed idle connection"), says("connection closed before message completed")},
		},
		{
			name: "ETIMEDOUT", title: "No answer in time",
			meaning: "A firewall that drops packets looks like this, and so does an overloaded server or a limit that is too short.",
			causes:  []finding.Code{"network.timeout"},
			words: []string{"ESOCKETTIMEDOUT", "ECONNABORTED", "UND_ERR_CONNECT_TIMEOUT", "UND_ERR_HEADERS_TIMEOUT", "ConnectTimeoutError", "ConnectTimeout", "ReadTimeout",
				"ReadTimeoutError", "TimeoutError", "OpenTimeout", "HttpConnectTimeoutException", "SocketTimeoutException", "ConnectTimeoutException", "HttpTimeoutException", "TaskCanceledException", "ERR_CONNECTION_TIMED_OUT", "WSAETIMEDOUT", "ERR_SOCKET_CONNECTION_TIMEOUT"},
			phrases: [][]string{says("connection timed out"), says("operation timed out"), says("read timed out"), says("connect timed out"), says("request timed out"),
				says("a task was canceled"), says("due to the configured httpclient.timeout"), says("context deadline exceeded"), says("client.timeout exceeded"),
				says("timeout of", "ms exceeded"), says("i/o timeout"), says("the operation has timed out"), says("did not properly respond after a period of time"), says("aborted due to timeout"), says("tls handshake timeout"), says("winerror 10060")},
		},
		{
			name: "EHOSTUNREACH", title: "No way to the server",
			meaning: "This machine has no route there: no network, a VPN that is down, or IPv6 without a way out.",
			causes:  []finding.Code{"network.unreachable"},
			words:   []string{"ENETUNREACH", "ENETDOWN", "NoRouteToHostException", "ERR_INTERNET_DISCONNECTED", "ERR_ADDRESS_UNREACHABLE"},
			phrases: [][]string{says("no route to host"), says("network is unreachable"), says("a socket operation was attempted to an unreachable")},
		},
		{
			name: "CERTIFICATE_VERIFY_FAILED", title: "The server's TLS certificate is not trusted",
			meaning: "This is the certificate of the web server, not the one uploaded to NetSuite. Most often a proxy inspects TLS and the program does not know its CA; Node.js, Java and Python each have a list of CAs of their own.",
			causes:  []finding.Code{"network.tls-untrusted", "network.tls-inspected"},
			do: finding.Remedy{
				Summary: "If your network inspects TLS, make its CA known to the program. Do not switch verification off.",
				Steps: []string{"Node.js: NODE_EXTRA_CA_CERTS; Python requests: REQUESTS_CA_BUNDLE; curl and OpenSSL: SSL_CERT_FILE; Java: keytool -importcert into the truststore; .NET and Go: the system's store.",
					"nsauth doctor names the issuer that was presented; --ca-file gives it the CA."},
				Commands: [][]string{{"nsauth", "doctor", "--only", "network"}},
				Docs:     catalog.HelpURLs(pageHosts),
			},
			words: []string{"UNABLE_TO_VERIFY_LEAF_SIGNATURE", "SELF_SIGNED_CERT_IN_CHAIN", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "UNABLE_TO_GET_ISSUER_CERT",
				"DEPTH_ZERO_SELF_SIGNED_CERT", "SSLCertVerificationError", "UntrustedRoot", "PartialChain", "SunCertPathBuilderException", "SEC_E_UNTRUSTED_ROOT",
				"ERR_CERT_AUTHORITY_INVALID", "CertPathBuilderException", "RemoteCertificateChainErrors", "CRYPT_E_NO_REVOCATION_CHECK"},
			phrases: [][]string{says("certificate verify failed"), says("pkix path building failed"), says("unable to find valid certification path"),
				says("the remote certificate is invalid"), says("could not establish trust relationship for the ssl"), says("certificate signed by unknown authority"),
				says("ssl certificate problem"), says("self-signed certificate"), says("self signed certificate"), says("unable to get local issuer certificate"),
				says("unable to verify the first certificate"), says("certificate is not trusted")},
		},
		{
			name: "ERR_TLS_CERT_ALTNAME_INVALID", title: "The server's TLS certificate is made out to another host", first: true,
			meaning: "The name that the program called is not in the certificate of what answered: a host written by hand (an underscore where the host has a hyphen), or something else in NetSuite's place.",
			causes:  []finding.Code{"network.tls-untrusted", "network.not-netsuite"},
			do: doAt(catalog.MenuCompanyURLs, "Use the account's own host, copied from NetSuite. If it is right, look at proxy and DNS.", []string{
				"A sandbox is 1234567_SB1 as an account and 1234567-sb1 in a host."}, pageHosts),
			words: []string{"RemoteCertificateNameMismatch", "SSLPeerUnverifiedException", "ERR_CERT_COMMON_NAME_INVALID", "SEC_E_WRONG_PRINCIPAL"},
			phrases: [][]string{says("hostname mismatch"), says("certificate is valid for", "not"), says("no alternative certificate subject name matches"),
				says("no subject alternative", "matching"), says("hostname/ip does not match certificate"), says("doesn't match either of"), says("no name matching")},
		},
		{
			name: "CERT_HAS_EXPIRED", title: "The server's TLS certificate has ended, or is not valid yet", first: true,
			meaning: "By this machine's clock, and of the web server's certificate, not the one uploaded to NetSuite. NetSuite renews its own: suspect the clock first, then a proxy.",
			causes:  []finding.Code{"clock.skewed", "network.tls-untrusted"},
			words:   []string{"CERT_NOT_YET_VALID", "CertificateExpiredException", "CertificateNotYetValidException", "NotTimeValid", "ERR_CERT_DATE_INVALID", "SEC_E_CERT_EXPIRED"},
			phrases: [][]string{says("certificate has expired"), says("certificate is not yet valid"), says("certificate has expired or is not yet valid")},
		},
		{
			name: "not-tls", title: "What answered does not speak TLS", first: true, // what follows from it is told too, by some programs first
			meaning: "The program asked for TLS, and plain HTTP or something else came back: https:// with the port of an http server, or a proxy whose own address was written with https://.",
			causes:  []finding.Code{"network.tls-handshake", "network.not-netsuite"},
			words:   []string{"ERR_SSL_WRONG_VERSION_NUMBER", "WRONG_VERSION_NUMBER", "ERR_SSL_PACKET_LENGTH_TOO_LONG"},
			phrases: [][]string{says("wrong version number"), says("first record does not look like a tls handshake"), says("unrecognized ssl message"),
				says("server gave http response to https client"), says("packet length too long")},
		},
		{
			name: "tls-handshake", title: "TLS came to no agreement",
			meaning: "An old TLS version on one side, a proxy that speaks plain HTTP where TLS is expected (or the other way round), or a connection cut in the handshake.",
			causes:  []finding.Code{"network.tls-handshake", "network.unreachable"},
			words: []string{"EPROTO", "SSLV3_ALERT_HANDSHAKE_FAILURE", "TLSV1_ALERT_PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "SSL_ERROR_SYSCALL",
				"SSLHandshakeException", "ERR_SSL_PROTOCOL_ERROR", "SEC_E_ILLEGAL_MESSAGE"},
			phrases: [][]string{says("handshake_failure"), says("handshake failure"), says("received fatal alert"), says("could not create ssl/tls secure channel"),
				says("the ssl connection could not be established"), says("eof occurred in violation of protocol"),
				says("do not possess a common algorithm"), says("remote host terminated the handshake"), says("client network socket disconnected before secure tls")},
			generic: true,
		},
		{
			name: "proxy-log-in", title: "The proxy wants a log-in (407)", first: true,
			meaning: "The request never left your network. It has nothing to do with NetSuite's log-in.",
			causes:  []finding.Code{"network.proxy-auth-unsupported"},
			words:   []string{"407", "HTTP 407", "ERR_PROXY_AUTH"},
			phrases: [][]string{says("proxy authentication required"), says("407 from proxy"), says("statuscode=407")},
		},
		{
			name: "proxy-refused", title: "The proxy does not connect",
			meaning: "The proxy's rules do not allow this host or port, or the proxy itself cannot be reached.",
			causes:  []finding.Code{"network.proxy-refused", "network.unreachable"},
			words:   []string{"ERR_TUNNEL_CONNECTION_FAILED", "ProxyError", "ERR_PROXY_CONNECTION_FAILED"},
			phrases: [][]string{says("tunnel connection failed"), says("from proxy after connect"), says("unable to tunnel through proxy"), says("tunneling socket could not be established"),
				says("proxyconnect tcp"), says("cannot connect to proxy"), says("connect tunnel failed"), says("proxy connect aborted")},
		},
		{
			name: "no-service-at-this-url", title: "The host does not serve this account", first: true,
			meaning: "NetSuite's page for a generic host, or one of another data center. Each account has hosts of its own.",
			causes:  []finding.Code{"network.not-netsuite"},
			do: doAt(catalog.MenuCompanyURLs, "Call the account's own host, ACCOUNT.suitetalk.api.netsuite.com, and not system, rest or webservices.netsuite.com.", []string{
				"https://rest.netsuite.com/rest/datacenterurls?account=ACCOUNT answers with the account's hosts, without a log-in."}, pageDiscovery, pageHosts),
			basis: finding.Official, source: catalog.HelpSource(pageDiscovery),
			phrases: [][]string{says("no service is available at this url")},
		},
		{
			name: "login-page", title: "A log-in page of NetSuite in place of an answer", first: true,
			meaning: "The address is one of NetSuite's pages for people (app.netsuite.com, system.netsuite.com), or the program followed a redirect there. An API answers in JSON.",
			causes:  []finding.Code{"network.not-netsuite", "network.redirected", "api.redirected"},
			do: doAt(catalog.MenuCompanyURLs, "Call the account's suitetalk or restlets host, and do not follow redirects with a token.", nil,
				pageHosts, pageRESTlet),
			phrases: [][]string{says("<html", "netsuite", "customerlogin"), says("<html", "netsuite", `type="password"`), says("<title>netsuite", "login"), says("<title>oracle netsuite", "log in")},
		},
		{
			name: "block-page", title: "A page of a proxy or firewall in place of an answer", first: true,
			meaning: "The network blocked or inspected the request and answered itself. NetSuite did not see it.",
			causes:  []finding.Code{"network.not-netsuite", "network.proxy-refused"},
			phrases: [][]string{says("<html", "zscaler"), says("<html", "squid"), says("<html", "fortinet"), says("<html", "fortiguard"), says("<html", "blue coat"), says("<html", "bluecoat"),
				says("<html", "cisco umbrella"), says("<html", "forcepoint"), says("<html", "web gateway"), says("<html", "netskope"), says("<html", "palo alto networks"), says("<html", "cloudflare", "blocked"),
				says("err_access_denied"), says("<html", "blocked by", "policy"), says("<html", "web page blocked"), says("<html", "sophos")},
		},
		{
			name: "captive-portal", title: "A network's log-in portal in place of an answer", first: true,
			meaning: "A guest or hotel network answers everything with its own page until somebody logs in to it in a browser.",
			causes:  []finding.Code{"network.not-netsuite", "network.redirected"},
			phrases: [][]string{says("captive portal"), says("captiveportal"), says("<html", "guest network"), says("<html", "wi-fi", "accept", "terms"), says("<html", "hotspot", "log"), says("511 network authentication required")},
		},
		{
			name: "maintenance-page", title: "NetSuite says that it is not available", first: true,
			meaning: "Maintenance or an outage. It says nothing about credentials.",
			causes:  []finding.Code{"token.unavailable", "api.unavailable"},
			phrases: [][]string{says("netsuite", "scheduled maintenance"), says("netsuite", "currently unavailable"), says("netsuite", "temporarily unavailable for maintenance")},
		},
		{
			name: "html-page", title: "A web page in place of JSON",
			meaning: "Token endpoint and API answer in JSON. A page comes from a proxy, a portal, a gateway, or a host that is not the account's API. A parser then stumbles over the first <.",
			causes:  []finding.Code{"network.not-netsuite", "network.redirected", "token.unexpected-response"},
			phrases: [][]string{says("<!doctype html"), says("<html"), says("unexpected token '<'"), says("unexpected token < in json"), says("'<' is an invalid start of a value"),
				says("unexpected character ('<'"), says("expecting value: line 1 column 1 (char 0)"), says("unexpected character encountered while parsing value: <"), says("invalid character '<' looking for beginning of value")},
			generic: true,
		},
		{
			name: "no-answer", title: "The program got no answer, and does not say why",
			meaning: "A wrapper around a network fault: the cause stands in a nested error (cause, inner exception, Caused by) that was cut off.",
			causes:  []finding.Code{"network.unreachable", "network.timeout", "network.dns-failure", "network.tls-untrusted"},
			do: do("Get the nested error: Node.js err.cause, .NET InnerException, Java Caused by, Python the last line of the chain; then explain that.", []string{
				"nsauth doctor --only network measures DNS, connection, TLS and proxy from this machine."}),
			confirm: "the nested error",
			words:   []string{"ERR_NETWORK", "ConnectException", "ResourceAccessException", "HTTPSConnectionPool", "ConnectionError", "NewConnectionError"},
			phrases: [][]string{says("fetch failed"), says("network error"), says("an error occurred while sending the request"), says("i/o error on post request"),
				says("max retries exceeded with url"), says("could not get response"), says("couldn't connect to server"), says("could not connect to server"), says("error: getaddrinfo")},
			generic: true,
		},
	}
	for i := range list {
		e := &list[i]
		e.family = FamilyNetwork
		if e.basis == "" {
			e.basis, e.source = finding.Observed, observed
		}
	}
	return list
}
