package profile

import (
	"slices"
	"sync"

	"github.com/nsauth/nsauth/internal/nsid"
)

// Field names one setting, as it is written in a profile.
type Field string

// The settings, in the order in which they are shown.
const (
	FieldAccount        Field = "account"
	FieldClientID       Field = "client_id"
	FieldCertificateID  Field = "certificate_id"
	FieldKey            Field = "key"
	FieldKeyCommand     Field = "key_command"
	FieldSignCommand    Field = "sign_command"
	FieldPublicKey      Field = "public_key"
	FieldCert           Field = "cert"
	FieldScope          Field = "scope"
	FieldAlgorithm      Field = "algorithm"
	FieldTokenURL       Field = "token_url"
	FieldAudience       Field = "audience"
	FieldAPIURL         Field = "api_url"
	FieldConnectTo      Field = "connect_to"
	FieldCAFile         Field = "ca_file"
	FieldProxy          Field = "proxy"
	FieldNTPServer      Field = "ntp_server"
	FieldPassphraseFile Field = "passphrase_file"
	FieldAPIPath        Field = "api_path"
	FieldWarn           Field = "warn"
	FieldFail           Field = "fail"
	FieldAccept         Field = "accept"
	FieldProduction     Field = "production"
	FieldAuth           Field = "auth"
	FieldConsumerKey    Field = "consumer_key"
	FieldConsumerSecret Field = "consumer_secret"
	FieldTokenID        Field = "token_id"
	FieldTokenSecret    Field = "token_secret"
	FieldAuditor        Field = "auditor"
	FieldApplication    Field = "application"

	FieldConsumerSecretCommand Field = "consumer_secret_command"
	FieldTokenSecretCommand    Field = "token_secret_command"
)

// FieldInfo describes a setting: its names and its values.
type FieldInfo struct {
	Name      Field
	Flag      string // without dashes; "" for none
	Env       string // NSAUTH_...; "" for none
	LegacyEnv string // the name that existing set-ups use; "" for none
	Usage     string // for --help; pflag shows a back-quoted word as the value's name
	Default   string // "" for none

	List     bool // several values: a repeated flag, a YAML list, or text split at commas and spaces
	Identity bool // identifies the client; values from different places give profile.mixed-sources
	Path     bool // a file name, relative to the file that holds it
	Content  bool // a file name, or -, env:NAME or fd:N for content outside files
	Secret   bool // the file has a secret, which is refused in place of its path
	Command  bool // a command to run: not repaired, and only from places that no one else can write to
	InFlags  bool // a value flag of every command; other flags belong to single commands

	// check rejects an unusable value. It runs on the repaired text, on each item of a
	// list, and never quotes the value.
	check func(text string) *fault
	// pattern is what the schema requires of a text, a part of what check does. It is a
	// regular expression that JavaScript and Go read alike; "" for none.
	pattern  string
	examples []string // values that editors offer
}

// The patterns of several settings.
const (
	urlPattern  = `^(https://|http://(localhost|127\.|\[::1\]))[^#]*$`
	daysPattern = `^([0-9]{1,4}d?|[0-9]{1,3}%)$`
)

// Fields returns the table of settings, in the order in which they are shown. All callers
// share it.
func Fields() []FieldInfo { return fields() }

// fields is made once: a profile file of a thousand profiles asks for it at each setting.
var fields = sync.OnceValue(func() []FieldInfo {
	return []FieldInfo{
		{Name: FieldAccount, Flag: "account", Env: "NSAUTH_ACCOUNT", LegacyEnv: "NETSUITE_ACCOUNT_ID", Identity: true, InFlags: true, pattern: `^[A-Za-z0-9]+([_-][A-Za-z0-9]+)?$|\.`,
			Usage: "account `ID`, such as 1234567 or 1234567_SB1, or a URL of the account"},
		{Name: FieldClientID, Flag: "client-id", Env: "NSAUTH_CLIENT_ID", LegacyEnv: "NETSUITE_CLIENT_ID", Identity: true, InFlags: true,
			Usage: "client `ID` (consumer key) of the integration record"},
		{Name: FieldCertificateID, Flag: "certificate-id", Env: "NSAUTH_CERTIFICATE_ID", LegacyEnv: "NETSUITE_CERTIFICATE_ID", Identity: true, InFlags: true,
			Usage: "certificate `ID` of the mapping; write --certificate-id=ID, it may start with a dash"},
		{Name: FieldKey, Flag: "key", Env: "NSAUTH_KEY", LegacyEnv: "NETSUITE_PRIVATE_KEY_PATH", Identity: true, Path: true, Content: true, InFlags: true,
			Usage: "private key `FILE`; - for standard input, env:NAME for a variable, fd:N for a descriptor"},
		{Name: FieldKeyCommand, Flag: "key-command", Env: "NSAUTH_KEY_COMMAND", Identity: true, Command: true, InFlags: true,
			Usage: "instead of --key: private key that `CMD` prints; the platform's shell runs it"},
		{Name: FieldSignCommand, Flag: "sign-command", Env: "NSAUTH_SIGN_COMMAND", Identity: true, Command: true, InFlags: true,
			Usage: "instead of --key: `CMD` signs its standard input and prints the signature; the key stays where it is"},
		{Name: FieldPublicKey, Flag: "public-key", Env: "NSAUTH_PUBLIC_KEY", Identity: true, Path: true, Content: true, InFlags: true,
			Usage: "public key `FILE` (or -, env:NAME, fd:N) of --sign-command (default: that of --cert)"},
		{Name: FieldCert, Flag: "cert", Env: "NSAUTH_CERT", Identity: true, Path: true, Content: true, InFlags: true,
			Usage: "certificate `FILE` (or -, env:NAME, fd:N), for checks only; it is never sent"},
		{Name: FieldScope, Flag: "scope", Env: "NSAUTH_SCOPE", Default: nsid.DefaultScope, List: true, InFlags: true, examples: nsid.Scopes(),
			Usage: "`SCOPE` to ask for: rest_webservices, restlets, suite_analytics; repeatable"},
		{Name: FieldAlgorithm, Flag: "algorithm", Env: "NSAUTH_ALGORITHM", InFlags: true, examples: algorithms()[:6],
			Usage: "signature `ALG`: PS256, PS384, PS512, ES256, ES384, ES512 (default: what fits the key)"},
		{Name: FieldTokenURL, Flag: "token-url", Env: "NSAUTH_TOKEN_URL", InFlags: true, check: checkEndpoint, pattern: urlPattern,
			Usage: "token endpoint `URL`, also of another RFC 7523 server (default: the account's)"},
		{Name: FieldAudience, Flag: "audience", Env: "NSAUTH_AUDIENCE", InFlags: true,
			Usage: "aud claim of the assertion, a `URL` (default: the token endpoint)"},
		{Name: FieldAPIURL, Flag: "api-url", Env: "NSAUTH_API_URL", InFlags: true, check: checkOrigin, pattern: urlPattern,
			Usage: "scheme and host for REST calls, a `URL` (default: the account's)"},
		{Name: FieldConnectTo, Flag: "connect-to", Env: "NSAUTH_CONNECT_TO", InFlags: true, check: checkHostPort, pattern: `:[0-9]{1,5}$`,
			Usage: "dial `HOST:PORT` for every host of the account; URLs and TLS names stay"},
		{Name: FieldCAFile, Flag: "ca-file", Env: "NSAUTH_CA_FILE", Path: true, InFlags: true,
			Usage: "trust the CA certificates in `FILE` too"},
		{Name: FieldProxy, Flag: "proxy", Env: "NSAUTH_PROXY", InFlags: true, check: checkProxy,
			Usage: "proxy `URL`, such as http://HOST:PORT; http://USER:PASSWORD@HOST:PORT logs in (default: from the environment)"},
		{Name: FieldNTPServer, Flag: "ntp-server", Env: "NSAUTH_NTP_SERVER", Default: timeServers, List: true, InFlags: true, check: checkServer,
			Usage: "NTP server `HOST[:PORT]`; repeatable, or several, separated by commas or spaces; the median counts"},
		{Name: FieldPassphraseFile, Flag: "passphrase-file", Env: "NSAUTH_PASSPHRASE_FILE", Path: true, Content: true, InFlags: true,
			Usage: "`FILE` with the key's passphrase (or -, env:NAME, fd:N); its last line break does not count"},
		{Name: FieldAPIPath, Flag: "api-path", check: checkAPIPath, pattern: `^([^/\\]|/[^/\\]|/$)`,
			Usage: "`PATH` of the call that the integration really makes"},
		{Name: FieldWarn, Flag: "warn", Default: "30d", check: checkThreshold, pattern: daysPattern,
			Usage: "warn when the certificate expires within `DAYS`, such as 30d or 20% of its validity"},
		{Name: FieldFail, Flag: "fail", check: checkThreshold, pattern: daysPattern,
			Usage: "fail when the certificate expires within `DAYS`, such as 7d or 5%"},
		{Name: FieldAccept, Flag: "accept", List: true, check: checkAccept,
			Usage: "finding `CODE` whose warning does not count; CODE=FILE only for that file, in a folder also an error; repeatable"},
		{Name: FieldProduction, check: checkBool, pattern: `^(true|false)$`,
			Usage: "whether this profile is for production: true or false"},
		{Name: FieldAuth, Env: "NSAUTH_AUTH", check: checkAuthKind, pattern: `^(m2m|tba)$`, examples: []string{AuthM2M, AuthTBA},
			Usage: "m2m, client credentials (default), or tba, a token of token-based authentication, for nsauth call"},
		{Name: FieldConsumerKey, Env: "NSAUTH_CONSUMER_KEY", Identity: true, check: checkTBAID("Consumer Key", "NetSuite showed it once, when the integration record was saved"),
			Usage: "TBA: Consumer Key of the integration record"},
		{Name: FieldConsumerSecret, Env: "NSAUTH_CONSUMER_SECRET", Identity: true, Path: true, Content: true, Secret: true, check: checkSecretSource,
			Usage: "TBA: file with the Consumer Secret; env:NAME for a variable, fd:N for a descriptor"},
		{Name: FieldConsumerSecretCommand, Env: "NSAUTH_CONSUMER_SECRET_COMMAND", Identity: true, Command: true,
			Usage: "TBA: instead of consumer_secret: a command that prints it"},
		{Name: FieldTokenID, Env: "NSAUTH_TOKEN_ID", Identity: true, check: checkTBAID("Token ID", "NetSuite showed it once, when the access token was made"),
			Usage: "TBA: Token ID of the access token"},
		{Name: FieldTokenSecret, Env: "NSAUTH_TOKEN_SECRET", Identity: true, Path: true, Content: true, Secret: true, check: checkSecretSource,
			Usage: "TBA: file with the Token Secret; env:NAME for a variable, fd:N for a descriptor"},
		{Name: FieldTokenSecretCommand, Env: "NSAUTH_TOKEN_SECRET_COMMAND", Identity: true, Command: true,
			Usage: "TBA: instead of token_secret: a command that prints it"},
		{Name: FieldAuditor, Env: "NSAUTH_AUDITOR", check: checkAuditor, pattern: `^[A-Za-z0-9_][A-Za-z0-9_.-]{0,39}$`,
			Usage: "name of another profile of the account, which looks at it from inside"},
		{Name: FieldApplication, Env: "NSAUTH_APPLICATION",
			Usage: "name or Application ID of the integration record, by which the auditor finds it"},
	}
})

// variables are the names of all environment variables with settings.
func variables() []string {
	var names []string
	for _, info := range Fields() {
		names = append(names, info.Env, info.LegacyEnv)
	}
	return slices.DeleteFunc(names, func(s string) bool { return s == "" })
}

// timeServers are three public servers of independent operators, so that one wrong
// server is outvoted. Two are national metrology institutes. None smears leap seconds:
// servers that do (time.google.com) must not be mixed with others. pool.ntp.org asks
// programs not to use it as a default.
const timeServers = "time.cloudflare.com time.nist.gov ptbtime1.ptb.de"

// Lookup returns the row of the table for f.
func Lookup(f Field) (FieldInfo, bool) {
	for _, info := range Fields() {
		if info.Name == f {
			return info, true
		}
	}
	return FieldInfo{}, false
}

// algorithms are the valid names. RS256 is one of them because it is used if it is
// named; the assertion check says what is wrong with it.
func algorithms() []string {
	return []string{"PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "RS256"}
}
