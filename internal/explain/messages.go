package explain

import (
	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
)

// messages: what signing libraries, tools, NetSuite's own pages and nsauth's errors say.
// Most of them stop a program before anything is sent.
func messages() []entry {
	const (
		seen = "texts of the programs themselves"
		own  = "nsauth's own exit codes"
	)
	list := []entry{
		{
			name: "invalid-bit-length", title: "The certificate's key has a size that NetSuite does not take",
			meaning: "NetSuite's upload page says \"Provided x509 certificate has an invalid bit length\": RSA has to have 3072 or 4096 bits, EC 256, 384 or 521.",
			causes:  []finding.Code{"key.rsa-too-small", "key.rsa-size-unsupported", "key.curve-unsupported"},
			basis:   finding.Observed, source: "one field report of the upload page; " + catalog.HelpSource(pageCertificates),
			phrases: [][]string{says("certificate has an invalid bit length")},
		},
		{
			name: "no-oauth2-login", title: "\"Your role does not support OAuth 2.0 login\"",
			meaning: "NetSuite's log-in page says it in the authorization code flow. The role lacks the OAuth 2.0 permission, or is a Web Services Only role, which cannot log in in a browser.",
			causes:  []finding.Code{"setup.login-permission-missing"},
			basis:   finding.Observed, source: "public articles and code; one field report on the Web Services Only role",
			phrases: [][]string{says("role does not support oauth 2.0 login")},
		},
		{
			name: "suitecloud-features", title: "The SuiteCloud CLI suspects features that may be on",
			meaning: "It says so for several failures. Users who saw it had both features enabled, so check key, certificate and Certificate ID first.",
			causes:  []finding.Code{"certificate-id.mismatch", "certificate.key-mismatch", "setup.mapping-missing", "setup.features-disabled"},
			basis:   finding.Observed, source: "public issues of the SuiteCloud SDK",
			do: do("Check key, certificate and Certificate ID with nsauth keycheck, then the mapping in this account, then the features.", []string{
				"A Certificate ID that begins with a hyphen cannot be given to that tool."}, pageMapping),
			confirm: "nsauth keycheck KEY --cert CERT --certificate-id ID",
			phrases: [][]string{says("has following features enabled", "suitecloud development framework"), says("has the following features enabled", "suitecloud development framework")},
		},
		{
			name: "key-unreadable", title: "The signing library could not read the private key",
			meaning: "Nothing was sent. The text is no PEM private key for this library: a certificate or public key in its place, line ends lost in an environment variable (a literal \\n), or PKCS#1 where it wants PKCS#8.",
			causes:  []finding.Code{"key.unparsable", "key.not-a-private-key", "key.repaired", "key.type-unsupported", "key.encrypted"},
			basis:   finding.Observed, source: seen,
			do: finding.Remedy{Summary: "Let nsauth keycheck say what the file is. It names each of these accidents.",
				Steps: []string{"In an environment variable, keep real line ends, or store the key in a file.",
					"For a library that wants PKCS#8: openssl pkcs8 -topk8 -nocrypt -in key.pem -out key8.pem"},
				Commands: [][]string{{"nsauth", "keycheck", "key.pem"}}},
			confirm: "nsauth keycheck key.pem",
			words:   []string{"ERR_OSSL_UNSUPPORTED", "ERR_OSSL_PEM_NO_START_LINE", "ERR_OSSL_ASN1_WRONG_TAG", "InvalidKeySpecException", "InvalidKeyException"},
			phrases: [][]string{says("decoder routines::unsupported"), says("pem routines", "no start line"), says("could not deserialize key data"), says("secretorprivatekey must be an asymmetric key"),
				says("algid parse error"), says("no supported data to decode"), says("invalid pemformatted message"), says("no supported key formats were found"), says("unable to load private key"),
				says("could not parse the provided public key"), says("unable to parse an rsa_jwk from key"), says("could not read private key"), says("could not read key from"), says("store routines", "unsupported"), says("invalid character", "frompkcs8"), says("invalidkeyformat"), says("asn1 encoding routines", "wrong tag"),
				says("must be pkcs#8 formatted string"), says("unable to load pem file"), says("use parsepkcs1privatekey instead for this key format"), says("use parsepkcs8privatekey instead for this key format"),
				says("key must be a pem encoded pkcs1 or pkcs8"), says("no pem encoded data found"), says("cannot be coerced into a private key"), says("it was not possible to parse your key"), says("neither pub key nor priv key")},
		},
		{
			name: "key-encrypted", title: "The private key needs a passphrase",
			meaning: "Nothing was sent. The key file is encrypted, and the program gave no passphrase or a wrong one.",
			causes:  []finding.Code{"key.encrypted", "key.passphrase-wrong"},
			basis:   finding.Observed, source: seen,
			phrases: [][]string{says("password was not given but private key is encrypted"), says("bad decrypt"), says("interrupted or cancelled"), says("incorrect password, could not decrypt key"),
				says("maybe wrong password"), says("bad password read"), says("passphrase required for encrypted key")},
		},
		{
			name: "algorithm-and-key", title: "The signing library refuses this algorithm with this key",
			meaning: "Nothing was sent. PS256 needs an RSA key, ES256 a P-256 key, ES384 P-384, ES512 P-521; or this version of the library does not know PS256.",
			causes:  []finding.Code{"assertion.alg-key-mismatch", "assertion.alg-unsupported", "key.type-unsupported"},
			basis:   finding.Observed, source: seen,
			phrases: [][]string{says(`"alg" parameter for`, "key type must be one of"), says(`"alg" parameter`, "requires curve"), says("algorithm 'ps256' could not be found"), says("invalid key for this operation, its asymmetrickeytype"),
				says("key type does not support", "algorithm"), says("algorithm ps256 is not supported"), says("algorithm not supported", "ps256"), says("digest too big for rsa key"), says("key is of invalid type"), says("unsupported jws algorithm ps256"), says("invalid or unsupported jwk"), says("idx10634")},
		},
		{
			name: "key-too-small", title: "The signing library refuses a small RSA key",
			meaning: "Nothing was sent. NetSuite takes RSA keys of 3072 and 4096 bits only.",
			causes:  []finding.Code{"key.rsa-too-small"},
			basis:   finding.Observed, source: seen,
			words:   []string{"WeakKeyException", "IDX10653"},
			phrases: [][]string{says("has a minimum key size of 2048 bits"), says("must have a size >= 2048 bits"), says("requires key moduluslength to be 2048"), says("key size must be at least 2048")},
		},
		{
			name: finding.UsageFlag, title: "nsauth: wrong usage",
			meaning: "A flag, an argument or a name is not one that nsauth knows. Nothing was examined, exit code 2.",
			do:      do("Read the message and its hints; nsauth COMMAND --help lists the flags.", nil),
			confirm: "the message beside it", basis: finding.Official, source: own,
		},
		{
			name: finding.UsageConfig, title: "nsauth: configuration that cannot be used",
			meaning: "A profile, an environment variable or a file cannot be read or has a wrong value. Nothing was examined, exit code 2.",
			do:      do("Read the message and its hints; nsauth profile show says where each value comes from.", nil),
			confirm: "nsauth profile show", basis: finding.Official, source: own,
		},
		{
			name: finding.UsageUnsafeValue, title: "nsauth: a value that is not safe to use",
			meaning: "A value would send credentials to another host, or over a connection that is not encrypted. Nothing was sent, exit code 2.",
			do:      do("Correct the account, the URL or the path that the message names.", nil),
			confirm: "nsauth profile show", basis: finding.Official, source: own,
		},
		{
			name: finding.IOWrite, title: "nsauth: output that cannot be written",
			meaning: "A disk is full, a folder does not exist or may not be written. Exit code 2, so that it never looks like success.",
			do:      do("Make room, or give another folder.", nil),
			confirm: "the message beside it", basis: finding.Official, source: own,
		},
		{
			name: finding.IOExists, title: "nsauth: a file that is there already",
			meaning: "nsauth overwrites no key and no certificate. Nothing was changed, exit code 2.",
			do:      do("Give another name, or move the file away.", nil),
			confirm: "the message beside it", basis: finding.Official, source: own,
		},
		{
			name: "missing_token", title: "The client library found no access token, and hides the answer",
			meaning: "The answer had no access_token. Status and body of the token endpoint say why; the library did not show them.",
			causes:  []finding.Code{"token.server-error", "token.unexpected-response", "token.invalid-client"},
			basis:   finding.Observed, source: seen,
			do: do("Make the program show status and body of the answer, then explain that. The answer to a refusal holds no secret.", []string{
				"Or run nsauth token with the same values: it shows what NetSuite answered."}),
			confirm: "status and body of the token endpoint's answer",
			words:   []string{"MissingTokenError"},
			phrases: [][]string{says("missing access token parameter"), says("server response missing access_token"), says("missing_access_token")},
			generic: true,
		},
		{
			name: "cookie-beside-token", title: "A Cookie header was sent with the token",
			meaning: "RESTlets take a header or cookies, not both (Oracle); one field report says the same of REST, as INVALID_LOGIN. Postman and HTTP clients with a cookie jar send them unasked.",
			causes:  []finding.Code{"request.cookie"},
			basis:   finding.Official, source: catalog.HelpSource(pageRESTletAuth) + "; one field report",
		},
		{
			name: "assertion-parameter", title: "The JWT was sent as \"assertion\"",
			meaning: "The form parameter is client_assertion, with client_assertion_type beside it and grant_type=client_credentials.",
			causes:  []finding.Code{"request.parameter-missing"},
			phrases: [][]string{says("grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer"), says("grant_type=client_credentials&assertion=")},
		},
	}
	for i := range list {
		list[i].family = FamilyMessage
	}
	return list
}
