package finding

// The facts of each check: what it measured, for programs. Pointers are null
// where a thing was not measured.

// ProfileFacts belongs to the check "profile".
type ProfileFacts struct {
	Values map[string]ProfileValue `json:"values"`
}

// ProfileValue is one configured value and where it came from, such as
// "flag --client-id", "$NSAUTH_CLIENT_ID" or "config.yaml, profile prod".
type ProfileValue struct {
	Value  string `json:"value"`
	Source string `json:"source"`
}

// KeyFacts belongs to the check "key".
type KeyFacts struct {
	Type       string  `json:"type"` // RSA, EC, ...
	Bits       int     `json:"bits"`
	Curve      *string `json:"curve"`
	Encoding   string  `json:"encoding"`
	Encrypted  bool    `json:"encrypted"`
	SPKISHA256 string  `json:"spki_sha256"` // hex
}

// CertificateFacts belongs to the check "certificate". Times are RFC 3339, UTC.
type CertificateFacts struct {
	NotBefore    string `json:"not_before"`
	NotAfter     string `json:"not_after"`
	ValidityDays int    `json:"validity_days"`
	DaysLeft     int    `json:"days_left"` // negative once expired
	Serial       string `json:"serial"`    // hex
	Subject      string `json:"subject"`
	SHA256       string `json:"sha256"` // hex, over the DER
}

// CertificateIDFacts belongs to the check "certificate-id".
type CertificateIDFacts struct {
	Configured *string `json:"configured"`
	Computed   *string `json:"computed"`
	// Folder is what keycheck found in a folder; null if none was given.
	Folder *FolderFacts `json:"folder"`
}

// FolderFacts is which certificates and keys a folder holds, and which belong
// together.
type FolderFacts struct {
	Path  string `json:"path"`
	Files int    `json:"files"` // read
	// Incomplete is the bound that cut the look short: files, bytes, time or depth.
	Incomplete   *string             `json:"incomplete"`
	Certificates []FolderCertificate `json:"certificates"`
	Keys         []FolderKey         `json:"keys"`
	Locked       []string            `json:"locked"` // files that a passphrase protects, not opened
	Unreadable   []string            `json:"unreadable"`
	Skipped      []FolderSkipped     `json:"skipped"` // not looked at
}

// SkippedPaths returns the paths of what was not looked at.
func (f FolderFacts) SkippedPaths() (paths []string) {
	for _, s := range f.Skipped {
		paths = append(paths, s.Path)
	}
	return paths
}

// FolderSkipped is a file or a folder that was not looked at. Reason is kernel, software,
// depth, link, pipe or large.
type FolderSkipped struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

// FolderCertificate is a certificate in a folder. Times are RFC 3339, UTC.
type FolderCertificate struct {
	Path          string   `json:"path"`
	CertificateID string   `json:"certificate_id"`
	Subject       string   `json:"subject"`
	NotBefore     string   `json:"not_before"`
	NotAfter      string   `json:"not_after"`
	DaysLeft      int      `json:"days_left"`   // negative once expired
	SPKISHA256    *string  `json:"spki_sha256"` // of its key, as of the private key
	Keys          []string `json:"keys"`        // paths of the private keys that it belongs to
}

// FolderKey is a private key in a folder.
type FolderKey struct {
	Path           string   `json:"path"`
	Type           string   `json:"type"` // such as "RSA 4096 bits, PKCS#8 PEM"
	SPKISHA256     string   `json:"spki_sha256"`
	CertificateIDs []string `json:"certificate_ids"` // of the certificates that belong to it
}

// AssertionFacts belongs to the check "assertion".
type AssertionFacts struct {
	Header    map[string]any `json:"header"`
	Claims    map[string]any `json:"claims"`
	Signature string         `json:"signature"` // verified, invalid, not-checked
	MadeBy    string         `json:"made_by"`   // nsauth, given
	// Kind is assertion, access-token or unknown, the last for text that is not a JWT.
	Kind string `json:"kind"`
	// CheckedWith is the file or key that the signature was held against; null if
	// it was not checked.
	CheckedWith *string `json:"checked_with"`
	// Times are iat, exp and nbf, where they can be read as times.
	Times           map[string]ClaimedTime `json:"times"`
	LifetimeSeconds *int64                 `json:"lifetime_seconds"`
	// AccessToken is what an access token says; null for anything else.
	AccessToken *RoleFacts `json:"access_token"`
	// Input is the text that it was found in; null unless it came as a text.
	Input *InputFacts `json:"input"`
}

// ClaimedTime is a time that a token claims.
type ClaimedTime struct {
	Time           string `json:"time"`             // RFC 3339, UTC
	SecondsFromNow int64  `json:"seconds_from_now"` // by this machine's clock; negative once past
}

// InputFacts is what a text turned out to be in which a token was found, and the
// request around it. No value of the request is in it.
type InputFacts struct {
	Form          string        `json:"form"` // token, curl, http-request, form, json, text
	Name          *string       `json:"name"` // the parameter, member or header that held the token
	Use           *string       `json:"use"`  // what the text says that it is for: assertion, access-token
	Stripped      []string      `json:"stripped"`
	FurtherTokens int           `json:"further_tokens"` // in the same text, not looked at
	Request       *RequestFacts `json:"request"`
}

// RequestFacts is a request that another program makes.
type RequestFacts struct {
	Method          *string  `json:"method"`
	URL             *string  `json:"url"` // without query
	ContentType     *string  `json:"content_type"`
	Parameters      []string `json:"parameters"` // names only
	ToTokenEndpoint bool     `json:"to_token_endpoint"`
}

// TokenRequestFacts belongs to the check "request".
type TokenRequestFacts struct {
	ReadAs     string   `json:"read_as"` // how the text was read, such as "curl command"
	URL        *string  `json:"url"`     // without query; null if the text does not say
	Method     *string  `json:"method"`
	Parameters []string `json:"parameters"` // names only
}

// NetworkFacts belongs to the check "network". Durations are milliseconds, and
// null for a phase that did not take place; with a proxy, dns_ms and connect_ms
// are the way to the proxy.
type NetworkFacts struct {
	Host        string   `json:"host"`
	Addresses   []string `json:"addresses"`
	Proxy       *string  `json:"proxy"`
	DNSMS       *float64 `json:"dns_ms"`
	ConnectMS   *float64 `json:"connect_ms"`
	ProxyMS     *float64 `json:"proxy_ms"` // until the proxy has connected us
	TLSMS       *float64 `json:"tls_ms"`
	FirstByteMS *float64 `json:"first_byte_ms"`
	TLSVersion  *string  `json:"tls_version"`
	Issuer      *string  `json:"issuer"`
}

// ClockFacts belongs to the check "clock". A positive offset means that the
// local clock is ahead of the reference.
type ClockFacts struct {
	OffsetSeconds      *float64    `json:"offset_seconds"`
	Source             *string     `json:"source"`
	UncertaintySeconds *float64    `json:"uncertainty_seconds"`
	NTPOffsetSeconds   *float64    `json:"ntp_offset_seconds"` // the median of those who answered, if most agree
	NTPServers         []NTPServer `json:"ntp_servers"`        // empty if none was asked
}

// NTPServer is what one time server said, or why there is nothing.
type NTPServer struct {
	Server             string   `json:"server"`
	OffsetSeconds      *float64 `json:"offset_seconds"`
	UncertaintySeconds *float64 `json:"uncertainty_seconds"`
	// Fault is why there is no offset: dns, unreachable, timeout, canceled,
	// kiss-of-death, unsynchronized, malformed or implausible.
	Fault *string `json:"fault"`
}

// TokenFacts belongs to the check "token".
type TokenFacts struct {
	Status    *int    `json:"status"`     // HTTP status of the token endpoint
	Error     *string `json:"error"`      // its "error" member
	ExpiresIn *int64  `json:"expires_in"` // seconds
	// At is the second, RFC 3339 in UTC, at which the endpoint answered: by its own
	// clock if it told, else by this machine's.
	At *string `json:"at"`
	// Cached says that the token was asked for by an earlier run.
	Cached bool `json:"cached"`
}

// ProvenBy belongs to the checks "features" and "integration".
type ProvenBy struct {
	By string `json:"by"` // token, api, answered, none
}

// RoleFacts belongs to the check "role": what the access token says.
type RoleFacts struct {
	RoleID        *string  `json:"role_id"`
	EntityID      *string  `json:"entity_id"`
	ApplicationID *string  `json:"application_id"`
	ClientID      *string  `json:"client_id"`
	Account       *string  `json:"account"`
	Scope         []string `json:"scope"`
}

// APIFacts belongs to the check "api".
type APIFacts struct {
	Calls []APICall `json:"calls"`
}

// APICall is one request and its answer.
type APICall struct {
	Method    string  `json:"method"`
	Path      string  `json:"path"`
	Status    *int    `json:"status"` // null when no answer came
	ErrorCode *string `json:"error_code"`
	MS        float64 `json:"ms"`
}

// MappingFacts belongs to the check "mapping".
type MappingFacts struct {
	Certificates []MappedCertificate `json:"certificates"`
	Active       int                 `json:"active"` // at least: the list may be partial
}

// MappedCertificate is one row of NetSuite's list. Times are as NetSuite sent them.
type MappedCertificate struct {
	CertificateID string `json:"certificate_id"`
	Application   string `json:"application"`
	Role          string `json:"role"`
	Entity        string `json:"entity"`
	ValidFrom     string `json:"valid_from"`
	ValidUntil    string `json:"valid_until"`
	Revoked       bool   `json:"revoked"`
}
