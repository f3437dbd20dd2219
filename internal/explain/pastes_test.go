package explain

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/secretscan"
	"github.com/nsauth/nsauth/internal/testkit"
)

func now() time.Time { return time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC) }

// copied is what somebody copies out of a terminal, a log or a mail. All are
// made up, in the true format of the program that writes it.
type copied struct {
	from  string
	text  string
	first string   // the first explanation
	also  []string // named, as explained or as seen
	never []string // neither
}

var pastes = []copied{
	// The answer itself.
	{from: "the bare body", text: `{"error":"server_error"}`, first: "server_error"},
	{from: "the body, escaped once more", text: `"body":"{\"error\":\"server_error\"}"`, first: "server_error"},
	{from: "the body, twice escaped", text: `{"log":"response: {\\\"error\\\":\\\"invalid_grant\\\"}\\nserver_error_count 0\\n"}`, first: "invalid_grant"},
	{from: "the body as .NET writes quotes", text: `{\u0022error\u0022:\u0022invalid_client\u0022}`, first: "invalid_client"},
	{from: "A10 until restart", text: "works for an hour after start, then server_error until restart", first: "works-until-restart", also: []string{"server_error"}},
	{from: "A10 some minutes", text: "works for 45 minutes then server_error until I restart it", first: "works-until-restart"},
	{from: "A10 another order", text: "token request works for about one hour, then 500 server_error; restart fixes it", first: "works-until-restart"},
	{from: "A10 a service", text: "stops working after 60 minutes until the service is restarted", first: "works-until-restart"},
	{from: "A10 an application pool", text: "first call works, after an hour invalid_grant, need to restart the app pool", first: "works-until-restart", also: []string{"invalid_grant"}},
	{from: "A10 a deployment", text: "integration dies every hour, redeploy fixes it", first: "works-until-restart"},
	{from: "A10 without a restart", text: "the token request works for 20 minutes, then server_error", first: "works-until-restart"},
	{from: "A10 a while", text: "our sync fails after a while with server_error", first: "works-until-restart"},
	{from: "A10 a Detail says more", text: "until restart; the audit trail says MissingKey", first: "MissingKey", also: []string{"works-until-restart"}},
	{from: "A10 a clock", text: "our clock is one hour off and we get server_error", first: "server_error", never: []string{"works-until-restart"}},
	{from: "A10 an expired token", text: "calls fail with 401 after an hour", never: []string{"works-until-restart"}, first: "token-lifetime"},
	{from: "A10 a restart helps", text: "the service gets tokens for a while, then every token request fails; restarting the container helps", first: "works-until-restart"},
	{from: "A7 a script ID", text: "custcertificate3", first: "assertion.kid-is-script-id"},
	{from: "A7 a script ID with a name", text: "CUSTCERTIFICATE_NSAUTH_PROD", first: "assertion.kid-is-script-id"},
	{from: "A7 a script ID in a log", text: `signing with kid=custcertificate_prod ... response: {"error":"server_error"}`, first: "assertion.kid-is-script-id", also: []string{"server_error"}},
	{from: "B3 a form that is not there", text: `{"title":"Not Acceptable","status":406,"o:errorDetails":[{"detail":"Invalid value for the header Accept.","o:errorCode":"INVALID_HEADER"}]}`, first: "HTTP 406"},
	{from: "B3 a conflict", text: `{"title":"Conflict","status":409,"o:errorDetails":[{"detail":"A record with this external ID already exists.","o:errorCode":"DUP_RCRD"}]}`, first: "HTTP 409"},
	{from: "B3 a large body", text: "HTTP/1.1 413 Request Entity Too Large\n\n" + `{"status":413,"o:errorDetails":[{"detail":"Too big"}]}`, first: "HTTP 413"},
	{from: "B3 a condition", text: "412 Precondition Failed", first: "HTTP 412"},
	{from: "B2 nothing new", text: "the server returned 304 Not Modified", first: "HTTP 304"},
	{from: "a status line and headers", first: "server_error", also: []string{"HTTP 500"}, text: `HTTP/1.1 500 Internal Server Error
Date: Mon, 23 Nov 2026 15:04:05 GMT
Content-Type: application/json; charset=utf-8
Content-Length: 24

{"error":"server_error"}`},
	{from: "curl -v", first: "server_error", never: []string{"ECONNREFUSED"}, text: `* Host 1234567.suitetalk.api.netsuite.com:443 was resolved.
* IPv6: (none)
* IPv4: 203.0.113.10
*   Trying 203.0.113.10:443...
* Connected to 1234567.suitetalk.api.netsuite.com (203.0.113.10) port 443
* ALPN: curl offers h2,http/1.1
* TLSv1.3 (OUT), TLS handshake, Client hello (1):
* SSL connection using TLSv1.3 / TLS_AES_256_GCM_SHA384 / X25519 / RSASSA-PSS
* Server certificate:
*  subject: C=US; ST=California; O=Oracle Corporation; CN=*.suitetalk.api.netsuite.com
*  SSL certificate verify ok.
* using HTTP/1.x
> POST /services/rest/auth/oauth2/v1/token HTTP/1.1
> Host: 1234567.suitetalk.api.netsuite.com
> User-Agent: curl/8.5.0
> Accept: */*
> Content-Length: 912
> Content-Type: application/x-www-form-urlencoded
>
* upload completely sent off: 912 bytes
< HTTP/1.1 500 Internal Server Error
< Date: Mon, 23 Nov 2026 15:04:05 GMT
< Content-Type: application/json
<
* Connection #0 to host 1234567.suitetalk.api.netsuite.com left intact
{"error":"server_error"}`},
	{from: "curl -v whose first address failed", first: "server_error", text: `*   Trying [2001:db8::1]:443...
* connect to 2001:db8::1 port 443 from 2001:db8::2 port 40000 failed: Connection refused
*   Trying 203.0.113.10:443...
* Connected to 1234567.suitetalk.api.netsuite.com (203.0.113.10) port 443
< HTTP/2 500
< content-type: application/json
{"error":"server_error"}`},
	{from: "curl -v of a call", first: "INVALID_LOGIN", also: []string{"invalid_token"}, text: `> GET /services/rest/record/v1/customer/107 HTTP/1.1
> Host: 1234567-sb1.suitetalk.api.netsuite.com
> Authorization: Bearer [redacted]
>
< HTTP/1.1 401 Unauthorized
< WWW-Authenticate: Bearer realm="1234567_SB1", error="invalid_token", error_description="Invalid login attempt."
< Content-Type: application/vnd.oracle.resource+json; type=error; charset=UTF-8
<
{"type":"https://www.rfc-editor.org/rfc/rfc9110.html#section-15.5.2","title":"Unauthorized","status":401,"o:errorDetails":[{"detail":"Invalid login attempt. For more details, see the Login Audit Trail in the NetSuite UI at Setup > Users/Roles > User Management > View Login Audit Trail.","o:errorCode":"INVALID_LOGIN"}]}`},
	{from: "a header alone", text: `www-authenticate: Bearer realm="1234567", error="invalid_token", error_description="Invalid login attempt."`,
		first: "INVALID_LOGIN", also: []string{"invalid_token"}},
	{from: "curl -v with a cookie", first: "INVALID_LOGIN", also: []string{"cookie-beside-token"}, text: `> GET /services/rest/system/v1/serverTime HTTP/1.1
> Authorization: Bearer abc
> Cookie: NS_ROUTING_VERSION=LAGGING
>
< HTTP/1.1 401
{"title":"Unauthorized","status":401,"o:errorDetails":[{"detail":"Invalid login attempt.","o:errorCode":"INVALID_LOGIN"}]}`},

	// NetSuite's own codes.
	{from: "a list without Workbook", first: "role-lacks-permission", also: []string{"USER_ERROR"}, text: `{"type":"https://www.rfc-editor.org/rfc/rfc9110.html#section-15.5.1","title":"Bad Request","status":400,"o:errorDetails":[{"detail":"Your current role does not have permission to perform this action.","o:errorCode":"USER_ERROR"}]}`},
	{from: "a query the role cannot make", first: "record-not-found-in-query", also: []string{"INVALID_PARAMETER"}, text: `{"title":"Bad Request","status":400,"o:errorDetails":[{"detail":"Invalid search query. Detailed unprocessed description follows. Search error occurred: Record 'transaction' was not found.","o:errorQueryParam":"q","o:errorCode":"INVALID_PARAMETER"}]}`},
	{from: "a wrong query", first: "query-refused", text: `{"title":"Bad Request","status":400,"o:errorDetails":[{"detail":"Invalid search query. Detailed unprocessed description follows. Invalid search type. Unknown identifier 'foo'. Available identifiers are: {customer=customer}.","o:errorCode":"INVALID_PARAMETER"}]}`},
	{from: "a permission that NetSuite names", first: "INSUFFICIENT_PERMISSION", also: []string{"HTTP 403"}, text: `{"title":"Forbidden","status":403,"o:errorDetails":[{"detail":"Permission Violation: You need the 'Custom Lists' permission to access this page. Please contact your account administrator.","o:errorCode":"INSUFFICIENT_PERMISSION"}]}`},
	{from: "a missing record", first: "NONEXISTENT_ID", text: `{"title":"Not Found","status":404,"o:errorDetails":[{"detail":"The record instance does not exist. Provide a valid record instance ID.","o:errorUrlPath":"99","o:errorCode":"NONEXISTENT_ID"}]}`},
	{from: "concurrency, as Oracle prints it", first: "CONCURRENCY_LIMIT_EXCEEDED", text: `{"type": "https://www.rfc-editor.org/rfc/rfc6585#section-4" "title": "Bad Request", "status": 429, "o:errorDetails": [{"detail": "Concurrent request limit exceeded. Request blocked.", "o:errorCode": "CONCURRENCY_LIMIT_EXCEEDED"}]}`},
	{from: "an error of NetSuite's", first: "UNEXPECTED_ERROR", text: `{"title":"Internal Server Error","status":500,"o:errorDetails":[{"detail":"An unexpected error occurred. Error ID: abcdefghij1234","o:errorCode":"UNEXPECTED_ERROR"}]}`},
	{from: "a RESTlet's log-in", first: "INVALID_LOGIN_ATTEMPT", text: `{"error" : {"code" : "INVALID_LOGIN_ATTEMPT", "message" : "Invalid login attempt."}}`},
	{from: "the same through another service", first: "INVALID_LOGIN_ATTEMPT", text: `{"error":{"payload":{"error":{"code":"INVALID_LOGIN_ATTEMPT","message":"Invalid login attempt."}}}}`},
	{from: "a RESTlet's plain text", first: "SSS_INVALID_SCRIPTLET_ID", text: "error code: SSS_INVALID_SCRIPTLET_ID\nerror message: That Suitelet is invalid, disabled, or no longer exists."},
	{from: "a RESTlet's limit", first: "SSS_REQUEST_LIMIT_EXCEEDED", text: `{"error":{"code":"SSS_REQUEST_LIMIT_EXCEEDED","message":"Request Limit Exceeded"}}`},
	{from: "a RESTlet's INVALID_REQUEST", first: "INVALID_REQUEST", text: "GET /app/site/hosting/restlet.nl?script=1&deploy=1\n" + `{"error":{"code":"INVALID_REQUEST","message":"The request could not be understood by the server due to malformed syntax."}}`},

	// The audit trail.
	{from: "a row of the audit trail", first: "MissingKey", text: "11/23/2026 7:04:05 am\tFailure\tIntegration User\tIntegration Role\tOAuth 2.0\t203.0.113.77\tMissingKey\tMy Integration"},
	{from: "a mail with both", first: "UnsupportedAlgo", also: []string{"server_error"}, text: `Hi,
> we still get {"error":"server_error"} with status 500.
> In the Login Audit Trail the Detail says UnsupportedAlgo.
Thanks`},
	{from: "TBA's audit trail", first: "nonce_used", text: "Failure nonce_used My TBA app"},

	// Node.js.
	{from: "axios", first: "server_error", also: []string{"HTTP 500"}, text: `AxiosError: Request failed with status code 500
    at settle (/app/node_modules/axios/dist/node/axios.cjs:2049:12)
    at IncomingMessage.handleStreamEnd (/app/node_modules/axios/dist/node/axios.cjs:3166:11)
    at process.processTicksAndRejections (node:internal/process/task_queues:105:5) {
  code: 'ERR_BAD_RESPONSE',
  config: { method: 'post', url: 'https://1234567.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token' },
  response: {
    status: 500,
    statusText: 'Internal Server Error',
    data: { error: 'server_error' }
  },
  status: 500
}`},
	{from: "axios without the answer", first: "HTTP 401", text: `AxiosError: Request failed with status code 401
    at settle (/app/node_modules/axios/dist/node/axios.cjs:2049:12) {
  code: 'ERR_BAD_REQUEST'`},
	{from: "Node.js in colour", first: "invalid_grant", text: "\x1b[1m\x1b[31mError\x1b[39m\x1b[22m: \x1b[31minvalid_grant\x1b[39m (\x1b[33m400\x1b[39m)"},
	{from: "Node.js' fetch and DNS", first: "ENOTFOUND", also: []string{"no-answer"}, text: `TypeError: fetch failed
    at node:internal/deps/undici/undici:13185:13
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5) {
  [cause]: Error: getaddrinfo ENOTFOUND 123456x.suitetalk.api.netsuite.com
      at GetAddrInfoReqWrap.onlookupall [as oncomplete] (node:dns:120:26) {
    errno: -3008,
    code: 'ENOTFOUND',
    syscall: 'getaddrinfo',
    hostname: '123456x.suitetalk.api.netsuite.com'
  }
}`},
	{from: "Node.js' fetch, the cause cut off", first: "no-answer", text: "TypeError: fetch failed\n    at node:internal/deps/undici/undici:13185:13"},
	{from: "undici's timeout", first: "ETIMEDOUT", text: `TypeError: fetch failed {
  cause: ConnectTimeoutError: Connect Timeout Error (attempted address: 1234567.suitetalk.api.netsuite.com:443, timeout: 10000ms) {
    code: 'UND_ERR_CONNECT_TIMEOUT'
  }
}`},
	{from: "axios' timeout", first: "ETIMEDOUT", text: `AxiosError: timeout of 5000ms exceeded { code: 'ECONNABORTED' }`},
	{from: "Node.js and a CA", first: "CERTIFICATE_VERIFY_FAILED", text: `Error: self-signed certificate in certificate chain
    at TLSSocket.onConnectSecure (node:_tls_wrap:1674:34) { code: 'SELF_SIGNED_CERT_IN_CHAIN' }`},
	{from: "Node.js and a name", first: "ERR_TLS_CERT_ALTNAME_INVALID", text: `Error [ERR_TLS_CERT_ALTNAME_INVALID]: Hostname/IP does not match certificate's altnames: Host: 1234567_sb1.suitetalk.api.netsuite.com. is not in the cert's altnames: DNS:*.suitetalk.api.netsuite.com`},
	{from: "Node.js and a refused connection", first: "ECONNREFUSED", text: `Error: connect ECONNREFUSED 127.0.0.1:8443
    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1607:16) { errno: -111, code: 'ECONNREFUSED', syscall: 'connect', address: '127.0.0.1', port: 8443 }`},
	{from: "Go and a server that closed first", first: "ECONNRESET", text: `Post "https://1234567.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token": http: server closed idle connection`},
	{from: "node-fetch and a cut connection", first: "ECONNRESET", text: `FetchError: request to https://1234567.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token failed, reason: socket hang up`},
	{from: "Node.js and a page", first: "html-page", text: `SyntaxError: Unexpected token '<', "<!DOCTYPE "... is not valid JSON
    at JSON.parse (<anonymous>)`},
	{from: "jsonwebtoken and no key", first: "key-unreadable", text: `Error: secretOrPrivateKey must be an asymmetric key when using PS256
    at module.exports [as sign] (/app/node_modules/jsonwebtoken/sign.js:130:22)`},
	{from: "jsonwebtoken and a small key", first: "key-too-small", text: `Error: secretOrPrivateKey has a minimum key size of 2048 bits for PS256`},
	{from: "Node.js and a key in one line", first: "key-unreadable", text: `Error: error:1E08010C:DECODER routines::unsupported
    at Sign.sign (node:internal/crypto/sig:131:29) { library: 'DECODER routines', reason: 'unsupported', code: 'ERR_OSSL_UNSUPPORTED' }`},
	{from: "openid-client", first: "invalid_client", text: `OPError: invalid_client (Client authentication failed)
    at processResponse (/app/node_modules/openid-client/lib/helpers/process_response.js:38:13) { error: 'invalid_client' }`},
	{from: "n8n", first: "INVALID_LOGIN", text: "{\n\"title\": \n\"Unauthorized\",\n\"status\": \n401,\n\"o:errorDetails\": \n[\n{\n\"detail\": \n\"Invalid login attempt. For more details, see the Login Audit Trail\",\n\"o:errorCode\": \n\"INVALID_LOGIN\""},

	// Postman.
	{from: "Postman's console", first: "server_error", text: "POST https://1234567.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token\n500 Internal Server Error\n312 ms\nResponse Body\n{\n    \"error\": \"server_error\"\n}"},
	{from: "Postman without an answer", first: "ENOTFOUND", text: "Could not get response\nError: getaddrinfo ENOTFOUND {{account}}.suitetalk.api.netsuite.com"},
	{from: "Postman's authorization dialog", first: "invalid_scope", text: `Couldn't complete authentication. Error: invalid_scope`},

	// Python.
	{from: "requests", first: "HTTP 500", text: `Traceback (most recent call last):
  File "/app/token.py", line 31, in <module>
    response.raise_for_status()
  File "/usr/lib/python3/dist-packages/requests/models.py", line 1021, in raise_for_status
    raise HTTPError(http_error_msg, response=self)
requests.exceptions.HTTPError: 500 Server Error: Internal Server Error for url: https://1234567.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token`},
	{from: "requests and DNS", first: "ENOTFOUND", text: `requests.exceptions.ConnectionError: HTTPSConnectionPool(host='12345.suitetalk.api.netsuite.com', port=443): Max retries exceeded with url: /services/rest/auth/oauth2/v1/token (Caused by NameResolutionError("<urllib3.connection.HTTPSConnection object at 0x7f43f00a67b0>: Failed to resolve '12345.suitetalk.api.netsuite.com' ([Errno -2] Name or service not known)"))`},
	{from: "requests and a broken DNS", first: "EAI_AGAIN", text: `urllib3.exceptions.NewConnectionError: <urllib3.connection.HTTPSConnection object at 0x7f83a84a45d0>: Failed to establish a new connection: [Errno -3] Temporary failure in name resolution`},
	{from: "requests and a CA", first: "CERTIFICATE_VERIFY_FAILED", text: `requests.exceptions.SSLError: HTTPSConnectionPool(host='1234567.suitetalk.api.netsuite.com', port=443): Max retries exceeded with url: / (Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate (_ssl.c:1000)')))`},
	{from: "requests and a proxy", first: "proxy-log-in", text: `requests.exceptions.ProxyError: HTTPSConnectionPool(host='1234567.suitetalk.api.netsuite.com', port=443): Max retries exceeded with url: / (Caused by ProxyError('Unable to connect to proxy', OSError('Tunnel connection failed: 407 Proxy Authentication Required')))`},
	{from: "requests and a timeout", first: "ETIMEDOUT", text: `requests.exceptions.ReadTimeout: HTTPSConnectionPool(host='1234567.suitetalk.api.netsuite.com', port=443): Read timed out. (read timeout=10)`},
	{from: "authlib", first: "invalid_client", text: `authlib.integrations.base_client.errors.OAuthError: invalid_client: `},
	{from: "oauthlib", first: "invalid_grant", text: `oauthlib.oauth2.rfc6749.errors.InvalidGrantError: (invalid_grant)`},
	{from: "oauthlib without the answer", first: "missing_token", text: `oauthlib.oauth2.rfc6749.errors.MissingTokenError: (missing_token) Missing access token parameter.`},
	{from: "requests and a page", first: "html-page", text: `requests.exceptions.JSONDecodeError: Expecting value: line 1 column 1 (char 0)`},
	{from: "cryptography and an encrypted key", first: "key-encrypted", text: `TypeError: Password was not given but private key is encrypted`},
	{from: "cryptography and no key", first: "key-unreadable", text: `ValueError: ('Could not deserialize key data. The data may be in an incorrect format, it may be encrypted with an unsupported algorithm, or it may be an unsupported key type', [<OpenSSLError(code=503841036, lib=60, reason=524556, reason_text=unsupported)>])`},

	// .NET.
	{from: ".NET Framework in German", first: "HTTP 500", text: `Fehler: Der Remoteserver hat einen Fehler zurückgegeben: (500) Interner Serverfehler.`},
	{from: "HttpClient", first: "HTTP 401", text: `System.Net.Http.HttpRequestException: Response status code does not indicate success: 401 (Unauthorized).
   at System.Net.Http.HttpResponseMessage.EnsureSuccessStatusCode()`},
	{from: "HttpClient and a CA", first: "CERTIFICATE_VERIFY_FAILED", text: `System.Net.Http.HttpRequestException: The SSL connection could not be established, see inner exception.
 ---> System.Security.Authentication.AuthenticationException: The remote certificate is invalid because of errors in the certificate chain: UntrustedRoot
   at System.Net.Security.SslStream.CompleteHandshake(SslAuthenticationOptions sslAuthenticationOptions)`},
	{from: "HttpClient and DNS", first: "ENOTFOUND", text: `System.Net.Http.HttpRequestException: No such host is known. (1234567x.suitetalk.api.netsuite.com:443)
 ---> System.Net.Sockets.SocketException (11001): No such host is known.`},
	{from: "HttpClient and a timeout", first: "ETIMEDOUT", text: `System.Threading.Tasks.TaskCanceledException: The request was canceled due to the configured HttpClient.Timeout of 100 seconds elapsing.`},
	{from: "System.Text.Json and a page", first: "html-page", text: `System.Text.Json.JsonReaderException: '<' is an invalid start of a value. LineNumber: 0 | BytePositionInLine: 0.`},
	{from: "an old WebException", first: "HTTP 401", text: `System.Net.WebException: The remote server returned an error: (401) Unauthorized.`},
	{from: "IdentityModel", first: "unsupported_grant_type", text: `IdentityModel.Client.TokenResponse: IsError=True, Error=unsupported_grant_type, HttpStatusCode=BadRequest`},

	// Java.
	{from: "Java and DNS", first: "ENOTFOUND", text: `java.net.UnknownHostException: 1234567_sb1.suitetalk.api.netsuite.com
	at java.base/sun.nio.ch.NioSocketImpl.connect(NioSocketImpl.java:567)`},
	{from: "Java and a CA", first: "CERTIFICATE_VERIFY_FAILED", text: `javax.net.ssl.SSLHandshakeException: PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path to requested target`},
	{from: "Spring", first: "invalid_grant", also: []string{"HTTP 400"}, text: `org.springframework.web.client.HttpClientErrorException$BadRequest: 400 Bad Request: "{"error":"invalid_grant"}"`},
	{from: "Spring Security", first: "invalid_client", text: `org.springframework.security.oauth2.core.OAuth2AuthorizationException: [invalid_client] 401`},
	{from: "Spring without an answer", first: "ECONNREFUSED", text: `org.springframework.web.client.ResourceAccessException: I/O error on POST request for "https://localhost:8443/token": Connection refused; nested exception is java.net.ConnectException: Connection refused`},
	{from: "Java and a key", first: "key-label", text: `java.security.spec.InvalidKeySpecException: java.security.InvalidKeyException: IOException : algid parse error, not a sequence`},
	{from: "MuleSoft", first: "server_error", text: `ERROR 2026-11-23 15:04:05,123 [[netsuite].uber.04] OnErrorPropagateHandler:
Message : HTTP POST on resource 'https://1234567.suitetalk.api.netsuite.com:443/services/rest/auth/oauth2/v1/token' failed: internal server error (500).
Payload : {"error":"server_error"}`},

	// Go, curl, Windows.
	{from: "x/oauth2", first: "invalid_client", text: `oauth2: "invalid_client"
oauth2: cannot fetch token: 401 Unauthorized
Response: {"error":"invalid_client"}`},
	{from: "Go and DNS", first: "ENOTFOUND", text: `Post "https://123.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token": dial tcp: lookup 123.suitetalk.api.netsuite.com on 127.0.0.53:53: no such host`},
	{from: "Go and a timeout", first: "ETIMEDOUT", text: `Post "https://1234567.suitetalk.api.netsuite.com/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`},
	{from: "Go and a CA", first: "CERTIFICATE_VERIFY_FAILED", text: `tls: failed to verify certificate: x509: certificate signed by unknown authority`},
	{from: "curl and DNS", first: "ENOTFOUND", text: `curl: (6) Could not resolve host: 1234567-sb9.suitetalk.api.netsuite.com`},
	{from: "curl and a CA", first: "CERTIFICATE_VERIFY_FAILED", text: `curl: (60) SSL certificate problem: unable to get local issuer certificate`},
	{from: "curl and the clock", first: "CERT_HAS_EXPIRED", text: `curl: (60) SSL certificate problem: certificate is not yet valid`},
	{from: "curl and a proxy", first: "proxy-refused", text: `curl: (56) CONNECT tunnel failed, response 403`},
	{from: "nslookup", first: "ENOTFOUND", text: "Server:\t\t127.0.0.53\nAddress:\t127.0.0.53#53\n\n** server can't find 1234567x.suitetalk.api.netsuite.com: NXDOMAIN"},
	{from: "PowerShell", first: "ENOTFOUND", text: `Invoke-RestMethod : The remote name could not be resolved: '1234567x.suitetalk.api.netsuite.com'`},
	{from: "Java and plain HTTP, when the reader of the answer fails before TLS", first: "not-tls", text: `java.io.IOException: HTTP/1.1 header parser received no bytes
	at java.net.http/jdk.internal.net.http.HttpClientImpl.send(HttpClientImpl.java:591)
Caused by: java.io.IOException: HTTP/1.1 header parser received no bytes
	at java.net.http/jdk.internal.net.http.common.Utils.wrapWithExtraDetail(Utils.java:348)
Caused by: javax.net.ssl.SSLException: Unrecognized SSL message, plaintext connection?
	at java.base/sun.security.ssl.SSLEngineInputRecord.bytesInCompletePacket(SSLEngineInputRecord.java:145)`},
	{from: "PowerShell and old TLS", first: "tls-handshake", text: `Invoke-WebRequest : The request was aborted: Could not create SSL/TLS secure channel.`},
	{from: "nginx in between", first: "HTTP 502", text: "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>"},

	// Pages.
	{from: "NetSuite's log-in page", first: "login-page", never: []string{"invalid_client"}, text: `HTTP/1.1 200 OK
Content-Type: text/html;charset=utf-8

<!DOCTYPE html><html><head><title>NetSuite - Customer Login</title></head><body><form action="/app/login/secure/enterpriselogin.nl" method="POST"><input type="password" name="password"></form></body></html>`},
	{from: "a proxy's page", first: "block-page", text: `<html><head><title>ERROR: The requested URL could not be retrieved</title></head><body id=ERR_ACCESS_DENIED><p>Access Denied.</p><p>Generated by proxy (squid/5.7)</p></body></html>`},
	{from: "Zscaler", first: "block-page", text: `HTTP/1.1 403 Forbidden
Server: Zscaler/6.2

<!DOCTYPE html><html><head><title>Internet Security by Zscaler</title></head><body>Website blocked</body></html>`},
	{from: "a hotel", first: "captive-portal", text: `<html><head><title>Guest Network</title></head><body>Please accept the terms to use our Wi-Fi.</body></html>`},
	{from: "a generic host", first: "no-service-at-this-url", text: `<html><head><title>Service Unavailable</title></head><body><h2>Service Unavailable</h2>No service is available at this URL</body></html>`},
	{from: "maintenance", first: "maintenance-page", text: `HTTP/1.1 503 Service Unavailable

<html><body>NetSuite is currently unavailable due to scheduled maintenance.</body></html>`},

	// PHP, Ruby, SOAP and others.
	{from: "Guzzle", first: "invalid_client", also: []string{"HTTP 401"}, text: "Client error: `POST https://1234567.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token` resulted in a `401 Unauthorized` response:\n{\"error\":\"invalid_client\"}"},
	{from: "PHP's curl", first: "ETIMEDOUT", text: `cURL error 28: Operation timed out after 30001 milliseconds with 0 bytes received (see https://curl.haxx.se/libcurl/c/libcurl-errors.html)`},
	{from: "PHP's OpenSSL", first: "key-unreadable", text: `openssl_sign(): Supplied key param cannot be coerced into a private key`},
	{from: "Ruby", first: "ENOTFOUND", text: `SocketError: Failed to open TCP connection to 123x.suitetalk.api.netsuite.com:443 (getaddrinfo: Name or service not known)`},
	{from: "the oauth2 gem", first: "invalid_grant", text: `OAuth2::Error: invalid_grant: {"error":"invalid_grant"}`},
	{from: "zeep", first: "INVALID_LOGIN", text: `zeep.exceptions.Fault: Invalid login attempt.`},
	{from: "golang-jwt", first: "key-as-text", text: `key is of invalid type: RSA sign expects *rsa.PrivateKey`},
	{from: "jose", first: "key-not-pkcs8", text: `TypeError: "pkcs8" must be PKCS#8 formatted string`},
	{from: "new cryptography", first: "key-unreadable", text: `ValueError: Unable to load PEM file. See https://cryptography.io/en/latest/faq/#why-can-t-i-import-my-pem-file for more details. MalformedFraming`},
	{from: ".NET and a slow server", first: "ETIMEDOUT", text: `System.Net.Sockets.SocketException (10060): A connection attempt failed because the connected party did not properly respond after a period of time, or established connection failed because connected host has failed to respond.`},
	{from: "Windows' curl in a company", first: "CERTIFICATE_VERIFY_FAILED", text: `curl: (35) schannel: next InitializeSecurityContext failed: CRYPT_E_NO_REVOCATION_CHECK (0x80092012) - The revocation function was unable to check revocation for the certificate.`},
	{from: "nsauth itself", first: "usage.config", text: `{"error":{"code":"usage.config","message":"config.yaml cannot be read"}}`},

	// NetSuite's pages and tools.
	{from: "the upload page", first: "invalid-bit-length", text: `Provided x509 certificate has an invalid bit length`},
	{from: "the SuiteCloud CLI", first: "suitecloud-features", text: `Server error: Verify the arguments of the command that the account has following features enabled: Oauth 2.0 and Suitecloud Development Framework.`},
	{from: "the log-in page of OAuth 2.0", first: "no-oauth2-login", text: `Your role does not support OAuth 2.0 login.`},
	{from: "a redirect with an error", first: "access_denied", text: `https://app.example/callback?state=abcdefghijklmnopqrstuvwxyz&error=access_denied`},
	{from: "an error in a URL, escaped", first: "invalid_scope", text: `redirect=https%3A%2F%2Fapp.example%2Fcallback%3Ferror%3Dinvalid_scope%26state%3D1`},

	// Questions.
	{from: "a question about the sandbox", first: "works-in-production-fails-in-sandbox", text: `It works in production but fails in sandbox, why?`},
	{from: "the same asked otherwise", first: "works-in-production-fails-in-sandbox", text: `Why does it work in production but not in the sandbox?`},
	{from: "a question about reuse", first: "certificate-reuse", text: `Can I reuse a certificate?`},
	{from: "a question about the token", first: "token-lifetime", text: `How long is an access token valid?`},
	{from: "a question about kid", first: "certificate-id", text: `what is kid`},
	{from: "a question about mails", first: "expiry-mails", text: `who gets the expiry mails?`},
	{from: "a question about the Client ID", first: "identifiers", text: `where do I find the client id`},
	{from: "a question about Postman", first: "works-in-postman", text: `same key works in Postman, not in our Java code`},
	{from: "a question about TBA", first: "tba-dates", text: `when does TBA end?`},
	{from: "a question about refresh tokens", first: "refresh-token", text: `our refresh token expires every 7 days`},
	{from: "an error and a question", first: "server_error", also: []string{"worked-yesterday"}, text: `we get server_error since this morning, it worked yesterday`},

	{from: "a Detail in other letters", first: "MissingKey", text: `audit trail says: Detail = missingkey`},
	{from: "a code in other letters", first: "USER_ERROR", text: `we got a user_error from NetSuite`},

	// Nothing that is known.
	{from: "a text about something else", text: `panic: runtime error: index out of range [3] with length 3`},
	{from: "a good answer", text: `HTTP/1.1 200 OK` + "\n\n" + `{"serverTime":"2026-11-24T09:00:00.000Z"}`},
	{from: "words that only contain names", text: `my_server_errors UserServerError XMissingKeyY notENOTFOUNDatall`},
	{from: "words that only end like phrases", text: `casino such host, unconnection refused, xproxy authentication required`},
	{from: "words within words", text: `the atbas were sending 12fab`},
	{from: "a cookie of a browser", text: "GET / HTTP/1.1\nHost: app.example\nCookie: theme=dark"},
	{from: "no status: a number", text: `processed 500 records in 401 ms`},
}

func TestPastes(t *testing.T) {
	if len(pastes) < 40 {
		t.Fatalf("only %d pastes", len(pastes))
	}
	for _, p := range pastes {
		t.Run(p.from, func(t *testing.T) {
			for how, text := range map[string]string{"": p.text, " in a quoted mail": "> " + strings.ReplaceAll(p.text, "\n", "\n> "),
				" with Windows' line ends": strings.ReplaceAll(p.text, "\n", "\r\n"), " in UTF-16": utf16le(p.text),
				" in UTF-16, the other way": swapped(utf16le(p.text))} {
				a := Text(text, now())
				if len(a.Secrets) > 0 {
					t.Errorf("a secret%s: %+v", how, a.Secrets)
				}
				var names []string
				for _, x := range a.Explanations {
					names = append(names, x.Name)
				}
				first := ""
				if len(names) > 0 {
					first = names[0]
				}
				if first != p.first {
					t.Errorf("first%s is %q, want %q; all: %v, also seen: %v", how, first, p.first, names, a.AlsoSeen)
				}
				named := append(names, a.AlsoSeen...)
				for _, name := range p.also {
					if !slices.Contains(named, name) {
						t.Errorf("%s is not named%s: %v", name, how, named)
					}
				}
				for _, name := range p.never {
					if slices.Contains(named, name) {
						t.Errorf("%s is named%s: %v", name, how, named)
					}
				}
				for _, x := range a.Explanations[min(1, len(a.Explanations)):] {
					if e := spellings()[fold(x.Name)]; e[0].Generic {
						t.Errorf("%s, which says little, is explained beside %s", x.Name, first)
					}
				}
				if a.Known() != (p.first != "") {
					t.Errorf("known: %v", a.Known())
				}
			}
		})
	}
}

func utf16le(s string) string {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

func swapped(s string) string {
	b := []byte(s)
	for i := 0; i+1 < len(b); i += 2 {
		b[i], b[i+1] = b[i+1], b[i]
	}
	return string(b)
}

// A name that REST and RESTlets share is the one's whose call the paste shows.
func TestSharedNamesFollowThePaste(t *testing.T) {
	for text, want := range map[string][]string{
		"POST /services/rest/record/v1/customer\nINVALID_REQUEST": {catalog.FamilyREST},
		"restlet.nl?script=1\nINVALID_REQUEST":                    {catalog.FamilyRESTlet},
	} {
		var got []string
		for _, x := range Text(text, now()).Explanations {
			got = append(got, x.Family)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

// What a paste shows of the flow decides which reading comes first.
func TestReadingsFollowThePaste(t *testing.T) {
	for _, tt := range []struct{ text, name, where string }{
		{"POST /services/rest/auth/oauth2/v1/token\ngrant_type=authorization_code&code=x\n\n{\"error\":\"invalid_grant\"}", "invalid_grant", code},
		{"grant_type=client_credentials\n{\"error\":\"invalid_grant\"}", "invalid_grant", m2m},
		{"Authorization: OAuth realm=\"1234567_SB1\", oauth_consumer_key=\"x\", oauth_signature=\"y\"\nInvalidSignature", "InvalidSignature", tba},
		{"zeep.exceptions.Fault: Invalid login attempt.", "INVALID_LOGIN", tba},
		{"restlet.nl?script=1 failed with status 403", "HTTP 403", catalog.RESTletCall},
		{"GET /services/rest/record/v1/customer/1 -> status 403", "HTTP 403", catalog.RESTCall},
	} {
		a := Text(tt.text, now())
		if len(a.Explanations) == 0 || a.Explanations[0].Name != tt.name {
			t.Errorf("%q: %+v", tt.text, a)
			continue
		}
		if r := a.Explanations[0].Readings[0]; r.Where != tt.where || !r.Applies {
			t.Errorf("%q: %+v", tt.text, r)
		}
	}
	for _, r := range Lookup("invalid_grant")[0].Readings {
		if r.Applies {
			t.Errorf("without a paste %s applies", r.Where)
		}
	}
}

// vocabulary lists every string that may be in an answer.
func ownWords() map[string]bool {
	own := map[string]bool{}
	var add func(v any)
	add = func(v any) {
		switch v := v.(type) {
		case string:
			own[v] = true
		case []any:
			for _, e := range v {
				add(e)
			}
		case map[string]any:
			for k, e := range v {
				own[k] = true
				add(e)
			}
		}
	}
	for _, e := range all() {
		add(generic(e.explain(nil)))
	}
	for _, x := range catalog.Secrets() {
		add(generic(x))
	}
	own[expired] = true
	for _, s := range []string{secretscan.LiveYes, secretscan.LiveNo, secretscan.LiveUnknown, "Secrets", "Explanations", "AlsoSeen"} {
		own[s] = true
	}
	return own
}

func generic(v any) any {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	var out any
	if err := json.Unmarshal(raw, &out); err != nil {
		panic(err)
	}
	return out
}

// foreign returns a string of an answer that is not one of ours.
func foreign(a Answer, own map[string]bool) string {
	for i := range a.Secrets {
		if e := a.Secrets[i].EndsAt; e != nil {
			if _, err := time.Parse(time.RFC3339, *e); err != nil {
				return *e
			}
			a.Secrets[i].EndsAt = nil
		}
	}
	var found string
	var look func(v any)
	look = func(v any) {
		switch v := v.(type) {
		case string:
			if !own[v] {
				found = v
			}
		case []any:
			for _, e := range v {
				look(e)
			}
		case map[string]any:
			for k, e := range v {
				look(k)
				look(e)
			}
		}
	}
	look(generic(a))
	return found
}

func TestAnswersAreOwnWords(t *testing.T) {
	own := ownWords()
	for _, p := range pastes {
		if s := foreign(Text(p.text, now()), own); s != "" {
			t.Errorf("%s: the answer holds %q", p.from, s)
		}
	}
	if foreign(Answer{AlsoSeen: []string{"planted"}}, own) != "planted" {
		t.Error("the test does not look")
	}
}

func FuzzText(f *testing.F) {
	n := 0
	for _, p := range pastes {
		if n++; !testkit.LeftOut(n, 1, 4) {
			f.Add(p.text)
		}
	}
	for _, s := range plantedSecrets() {
		if n++; !testkit.LeftOut(n, 1, 4) {
			f.Add(s.Text)
		}
	}
	for _, s := range []string{"\x1b[", "\\u00", "%4", "\xff\xfea", "eyJ.eyJ.eyJ", "MII", `"kty" "d":`, "-----BEGIN PRIVATE KEY-----", "\\", ":::", "client_secret=", "\xe2\x80", "basic "} {
		f.Add(s)
		n++
	}
	if n < 100 {
		f.Fatalf("only %d seeds", n)
	}
	own := ownWords()
	f.Fuzz(func(t *testing.T, text string) {
		a := Text(text, now())
		if s := foreign(a, own); s != "" {
			t.Errorf("the answer to %q holds %q", text, s)
		}
		for _, s := range a.Secrets {
			if s.Count < 1 || s.Live == "" || s.Title == "" {
				t.Errorf("%+v", s)
			}
		}
		for _, line := range Reply(a) {
			if len(line) > 1500 || strings.ContainsAny(line, "\x00\x1b\n") {
				t.Errorf("a paragraph of the reply: %q", line)
			}
		}
		for _, name := range Related(text) {
			if len(Lookup(name)) == 0 {
				t.Errorf("%q is suggested and unknown", name)
			}
		}
	})
}

// The same text gives the same answer.
func TestAnswersAreStable(t *testing.T) {
	var text string
	for _, p := range pastes {
		text += p.text + "\n"
	}
	want := generic(Text(text, now()))
	for range 5 {
		got := generic(Text(text, now()))
		a, _ := json.Marshal(want)
		b, _ := json.Marshal(got)
		if string(a) != string(b) {
			t.Fatal("two answers to one text")
		}
	}
	if len(Text(text, now()).Explanations) < 20 {
		t.Error("a text with everything has few explanations")
	}
	var _ finding.Explanation
}

// hostile are pieces that, repeated, make a careless search go over the rest of
// the text again and again.
var hostile = []string{"client_secret=", "client_secret", "access_token\":\"", "eyJ", "eyJ.", "eyJh.eyJh.", "MII", "MIIEvQIBA", `"d":"`, `"kty""d"`,
	"-----BEGIN PRIVATE KEY-----", "PRIVATE KEY-----", "bearer ", "bearer", "basic ", "basicbasic ", ".", "-", "a.b-c", "%2", "%25", "\\", "\\u00", "\x1b[", "\x1b", "cookie:\n",
	"cookie:jsessionid=", ":", "<html", "invalid login attempt", "invalid login", "0123456789abcdef", "500 ", "status 500 ", "\xff\xfe", "\xc2", "\xe2\x80", " ", "\n> ", "\r\n"}

// A megabyte of any of them comes to an end: what is quadratic would run into
// the time limit of the tests.
func TestHostileRepetition(t *testing.T) {
	own := ownWords()
	size := MaxBytes / testkit.Size(1, 16, 64) // enough for what is quadratic to show
	for _, piece := range hostile {
		if s := foreign(Text(strings.Repeat(piece, size/len(piece)), now()), own); s != "" {
			t.Errorf("%q: the answer holds %q", piece, s)
		}
	}
	for i, e := range all() {
		if testkit.LeftOut(i, 1, 4) {
			continue
		}
		for _, p := range e.Phrases {
			Text(strings.Repeat(strings.Join(p, " ")+" ", 200), now())
		}
	}
}

// A megabyte of log with one error in it, and one of nothing but near misses.
func BenchmarkText(b *testing.B) {
	line := "2026-11-23T15:04:05.123Z INFO  [worker-3] com.example.sync.OrderJob - processed order 4711 for customer 1042 in 87 ms (status 200, attempt 1)\n"
	log := strings.Repeat(line, MaxBytes/len(line)-1)
	log = log[:len(log)/2] + "AxiosError: Request failed with status code 500 {\"error\":\"server_error\"}\n" + log[len(log)/2:]
	near := strings.Repeat("eyJ server_errors client_secret: -----BEGIN CERTIFICATE----- connection refuse invalid login attemp <htm MII ", MaxBytes/105)
	for name, text := range map[string]string{"log": log, "near misses": near, "labels": strings.Repeat("client_secret=", MaxBytes/14)} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				Text(text, now())
			}
		})
	}
}
