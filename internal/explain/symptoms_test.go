package explain

import (
	"strings"
	"testing"
)

// symptom is a text and the explanations that it must have, the first one first.
type symptom struct {
	text  string
	names string
	says  string // in the first explanation or its remedy
}

func (s symptom) check(t *testing.T) {
	t.Helper()
	var names []string
	a := Text(s.text, now())
	for _, x := range a.Explanations {
		names = append(names, x.Name)
	}
	if got := strings.Join(names, " "); got != s.names {
		t.Errorf("%s\nis explained as %q, want %q", s.text, got, s.names)
		return
	}
	x := a.Explanations[0]
	said := x.Title + " " + x.Meaning + " " + x.Remedy.Summary + " " + strings.Join(x.Remedy.Steps, " ")
	for _, c := range x.Remedy.Commands {
		said += " " + strings.Join(c, " ")
	}
	if !strings.Contains(said, s.says) {
		t.Errorf("%s\nis explained without %q: %s", s.text, s.says, said)
	}
}

// TestC1ReadWrongly: three texts that were taken for something else, and their kind.
func TestC1ReadWrongly(t *testing.T) {
	for _, s := range []symptom{
		{"Faraday::ServerError: the server responded with status 500", "HTTP 500", "Internal server error"},
		{"Google::Apis::ServerError: Internal error (500)", "", ""},
		{"OAuth2::Errors::InvalidGrant", "InvalidGrant", ""},
		{"Faraday::ServerError (the server responded with status 500): {\"error\":\"server_error\"}", "server_error", "refusal"},
		{"IOException : Only named ECParameters supported", "key-explicit-parameters", "explicit parameters"},
		{"key is of invalid type: RSA-PSS sign expects *rsa.PrivateKey", "key-as-text", "[]byte"},
		{"Error: Invalid PEM formatted message.", "key-not-pem", "keycheck"},
		{"java.lang.IllegalArgumentException: Illegal base64 character a", "key-line-breaks-kept", "getMimeDecoder"},
		{"TypeError: Password was given but private key is not encrypted.", "key-not-encrypted", "password=None"},
		{"tls: private key does not match public key", "key-and-certificate", "not a pair"},
		{"nodejs: error:05800074:x509 certificate routines::key values mismatch", "key-and-certificate", "not a pair"},
		{"System.Security.Cryptography.CryptographicException: Keyset does not exist", "key-store-access", "store"},
		{"java.security.SignatureException: Parameters required for RSASSA-PSS signatures", "pss-parameters", "32"},
		{"Error: ENOENT: no such file or directory, open '/app/key.pem'", "file-missing", "relative path"},
	} {
		if s.names != "" {
			s.check(t)
		} else if a := Text(s.text, now()); len(a.Explanations) > 0 && a.Explanations[0].Name == "server_error" {
			t.Errorf("%s is taken for server_error", s.text)
		}
	}
}

// TestC1NotAKey: texts with words of a key's faults that are not about a key.
func TestC1NotAKey(t *testing.T) {
	for _, text := range []string{
		"API key is invalid", "tls: failed to find any PEM data in certificate input", "Data truncated for column 'memo' at row 1", "Error: Data too long for column 'name'", "Incorrect password",
		"openssl dgst -sha256 -sign key.pem -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32",
		"openssl asn1parse: OBJECT :1.2.840.113549.1.1.10", "from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey",
		"the private key was not found on this machine", "we support 8, 16, 24 and 32 bits", "the key type is invalid",
	} {
		for _, x := range Text(text, now()).Explanations {
			if strings.HasPrefix(x.Name, "key-") && x.Family == "message" {
				t.Errorf("%q is explained as %s", text, x.Name)
			}
		}
	}
}

// TestC2NextLayer: what programs say of a missing token, and what other layers say.
func TestC2NextLayer(t *testing.T) {
	for _, s := range []symptom{
		{"Traceback (most recent call last):\n  File \"app.py\", line 12, in <module>\n    token = r.json()['access_token']\nKeyError: 'access_token'", "missing_token", "status and body"},
		{"TypeError: Cannot read properties of undefined (reading 'access_token')\n    at getToken (/app/token.js:14:30)", "missing_token", "status and body"},
		{"TypeError: Cannot read property 'access_token' of undefined", "missing_token", "status and body"},
		{`PHP Warning:  Undefined array key "access_token" in /app/token.php on line 20`, "missing_token", "status and body"},
		{`org.json.JSONException: JSONObject["access_token"] not found.`, "missing_token", "status and body"},
		{"KeyError: 'access_token'\n{\"error\":\"server_error\"}", "server_error", "refusal"},
		{"System.Security.Cryptography.CryptographicException: The requested operation is not supported.", "ps256-unsupported", "RSACng"},
		{"java.security.NoSuchAlgorithmException: RSASSA-PSS Signature not available", "ps256-unsupported", "JDK since 11"},
		{"jose.exceptions.JWSError: Algorithm PS256 not supported.", "ps256-unsupported", "python-jose"},
		{"Your account is locked.", "account-locked", "no password"},
		{`{"error":"invalid_client","error_description":"AADSTS700027: Client assertion contains an invalid signature."}`, "AADSTS700027 invalid_client", "token endpoint of the NetSuite account"},
		{"AADSTS7000215: Invalid client secret provided.", "AADSTS700027", "Entra"},
	} {
		s.check(t)
	}
}

// TestC3SuiteCloud: texts of the SuiteCloud CLI, with the command that helps.
func TestC3SuiteCloud(t *testing.T) {
	const setup = "suitecloud account:setup:ci"
	for _, s := range []symptom{
		{"Something went wrong when trying to access credentials. Contact support.", "suitecloud-secure-storage", "SUITECLOUD_CI_PASSKEY"},
		{"Something went wrong when trying to save credentials. Contact support.", "suitecloud-secure-storage", setup},
		{"Secure storage is inaccessible. Ensure that the secure storage in your system is properly configured and accessible.", "suitecloud-secure-storage", "SUITECLOUD_FALLBACK_PASSKEY"},
		{"Some of your authentication details are not compatible with the current version of this SuiteCloud SDK tool. Delete the /home/ci/.suitecloud-sdk/credentials file to proceed.", "suitecloud-credentials-file", "delete the file"},
		{"The current passkey cannot decrypt the credentials file /root/.suitecloud-sdk/credentials_ci.p12.", "suitecloud-credentials-file", setup},
		{"Browser-based authentication is not allowed for the current execution context.", "suitecloud-wrong-mode", "suitecloud account:setup"},
		{"Machine-to-machine authentication is not allowed for the current execution context.", "suitecloud-wrong-mode", "SUITECLOUD_CI=1"},
		{`Value is expected here instead of "-QexampleexampleexampleexampleexampleexampleX".`, "suitecloud-hyphen", "nsauth certgen"},
		{"There was an error with the certificate ID used to authenticate. Verify that certificate ID abc is valid and not expired or revoked in account 1234567_SB1.", "suitecloud-certificate-id", "new authentication ID"},
		{"There was an error with the private key used to authenticate. The private key does not match the certificate ID abc.", "suitecloud-private-key", "nsauth keycheck key.pem --cert cert.pem"},
		{"There was an error with the private key used to authenticate. Verify the contents of the private key.", "suitecloud-private-key", setup},
		{"Verify the certificate file", "suitecloud-private-key", "nsauth keycheck key.pem --cert cert.pem"},
		{"This authentication ID is already in use.", "suitecloud-authid-in-use", "suitecloud account:manageauth --remove ci"},
	} {
		s.check(t)
	}
}

// TestC4AnotherFlow: words of the AI connector and of other flows.
func TestC4AnotherFlow(t *testing.T) {
	for _, s := range []symptom{
		{"Couldn't reach the MCP server", "ai-connector", "Authorization Code Grant"},
		{"how do I connect Claude to the NetSuite AI connector", "ai-connector", "signs a person in"},
		{"POST https://1234567.suitetalk.api.netsuite.com/services/mcp/v1/all", "ai-connector", "mcp"},
		{"can a public client use client credentials?", "public-client", "another integration record"},
		{"InvalidRefreshToken", "InvalidRefreshToken refresh-token", "refresh request"},
		{"Failure InvalidRefreshToken My Integration", "InvalidRefreshToken refresh-token", "refresh request"},
	} {
		s.check(t)
	}
}

// TestA24TBA: a signature and a realm of TBA, and a host of another data center.
func TestA24TBA(t *testing.T) {
	for _, s := range []symptom{
		{"token_rejected", "token_rejected", "without its query"},
		{`Authorization: OAuth realm="1234567-sb1", oauth_consumer_key="x", oauth_signature="y"` + "\ntoken_rejected", "token_rejected tba-realm", "capitals with an underscore"},
		{`Authorization: OAuth realm="1234567-sb1",oauth_consumer_key="x",oauth_token="z"`, "tba-realm", "1234567_SB1"},
		{"Incorrect data center requested! The data center you are requesting is not the data center where your account is.", "wrong-data-center", "own host"},
	} {
		s.check(t)
	}
	if x := Text(`Authorization: OAuth realm="1234567_SB1", oauth_consumer_key="x"`+"\nhost: 1234567-sb1.suitetalk.api.netsuite.com", now()).Explanations; len(x) > 0 {
		t.Errorf("a good realm is explained as %s", x[0].Name)
	}
}
