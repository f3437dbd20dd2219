package explain

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
)

// The kinds of secrets, gravest first.
const (
	kindPrivateKey    = "private-key"
	kindEncryptedKey  = "encrypted-private-key"
	kindClientSecret  = "client-secret"
	kindBasic         = "basic-header"
	kindTokenSecret   = "tba-token-secret"
	kindPassword      = "password"
	kindRefreshToken  = "refresh-token"
	kindAccessToken   = "access-token"
	kindAssertion     = "assertion"
	kindJWT           = "jwt"
	kindSessionCookie = "session-cookie"
)

// Whether a secret can be used by whoever has it.
const (
	liveYes     = "yes"
	liveNo      = "no"
	liveUnknown = "unknown"
)

// exposures say of each kind what it is worth and what to do.
func exposures() []finding.Exposure {
	newPair := finding.Remedy{
		Summary: "Revoke the certificate of this key in NetSuite, and make a new pair.",
		Steps: []string{
			"Make the new key and certificate first, add the mapping, switch the program, then revoke the old row.",
			"Take the text out of tickets, chats and logs. That alone is not enough.",
		},
		Commands: [][]string{{"nsauth", "certgen"}},
		UIPath:   menu(catalog.MenuMapping),
		Docs:     catalog.HelpURLs(pageMapping),
	}
	reset := doAt(catalog.MenuIntegrations, "Replace the credentials of the integration record at a time when every program that uses them can be changed.", []string{
		"Reset Credentials changes Client ID and secret; all programs with the old ones stop, in other accounts too if the record is shared.",
		"A new integration record beside the old one is the quieter way.",
		"Client credentials (M2M) use no secret: whoever sends one here does not need to.",
	}, pageReset, pageResetSandbox)
	return []finding.Exposure{
		{Kind: kindPrivateKey, Title: "a private key",
			Meaning: "Whoever has it can sign assertions and get tokens until its certificate is revoked or ends.", Remedy: newPair},
		{Kind: kindEncryptedKey, Title: "an encrypted private key",
			Meaning: "It is as safe as its passphrase. If that is weak, or was sent along, treat it as a private key in the open.", Remedy: newPair},
		{Kind: kindClientSecret, Title: "a client or consumer secret",
			Meaning: "With the Client ID it authenticates the integration in the authorization code flow and signs for TBA, until it is reset.", Remedy: reset},
		{Kind: kindBasic, Title: "a Basic header",
			Meaning: "It is Client ID and client secret, or user and password, in base64: readable by everybody.", Remedy: reset},
		{Kind: kindTokenSecret, Title: "a TBA token secret",
			Meaning: "With the other three values it signs requests as its user, without an end.",
			Remedy: doAt("Setup > Users/Roles > Access Tokens", "Revoke that token and make a new one.", []string{
				"Better: move the program to OAuth 2.0."}, pageTBAAudit)},
		{Kind: kindPassword, Title: "a password",
			Meaning: "It logs in as that user.",
			Remedy:  do("Change that user's password, and call with OAuth 2.0: NLAuth, which sends one, stops with 2027.1.", nil, pageRESTlet)},
		{Kind: kindRefreshToken, Title: "a refresh token",
			Meaning: "It gets access tokens for days.",
			Remedy: do("Revoke it: POST token=... to /services/rest/auth/oauth2/v1/revoke with the client's Basic header, then log in again.", nil,
				pageRevoke)},
		{Kind: kindAccessToken, Title: "an access token",
			Meaning: "Until its end, 60 minutes after it was issued, whoever has it can call the API as its role.",
			Remedy: doAt(catalog.MenuIntegrations, "Let it end, or stop the integration: set State of its record to Blocked until then, if the role can do harm.", []string{
				"Oracle documents revocation for refresh tokens only; whether revoking a certificate ends tokens that were issued is not known.",
				"Take it out of tickets, chats and logs.",
			}, pageRevoke)},
		{Kind: kindAssertion, Title: "a client assertion",
			Meaning: "Until its exp whoever has it can exchange it for an access token. Whether it works twice is not known.",
			Remedy: do("Wait until its exp has passed, and sign for 5 minutes at the most.", []string{
				"To show an assertion, leave out what follows the last dot: header and claims are enough.",
				"nsauth jwt inspect prints them without the signature."}, pageAssertion)},
		{Kind: kindJWT, Title: "a JWT",
			Meaning: "It is signed and not known to be an assertion or a NetSuite token. Treat it as a token.",
			Remedy:  do("Find out what issued it, and revoke it there, or wait for its end.", nil)},
		{Kind: kindSessionCookie, Title: "a session cookie",
			Meaning: "While that log-in lasts, whoever has it is that user in NetSuite.",
			Remedy:  do("Log out in that browser or program; that ends the session. API calls need no cookie.", nil, pageRESTletAuth)},
	}
}

func menu(path string) *string { return &path }

// ended is what there is to say of a token that has.
const ended = "It has ended, so nobody can use it any more. If that was so already when the request was made, it alone explains a refusal."

// secret is one secret in a text. Its value is only compared, never kept beyond
// the search.
type secret struct {
	kind   string
	live   string
	ends   time.Time
	bearer bool // sent as an access token
}

// find finds the secrets in a text, by value.
func find(text string, now time.Time) map[string]secret {
	found := map[string]secret{}
	lower := asciiLower(text)
	whole := rejoined(text)
	jwts(whole, now, found)
	if !framedKeys(text, found) {
		bareKeys(whole, found)
	}
	otherKeys(text, found)
	labelled(text, lower, found)
	headers(text, lower, found)
	return found
}

// exposed names the secrets that were found.
func exposed(found map[string]secret) []finding.Exposure {
	var list []finding.Exposure
	for _, x := range exposures() {
		var last time.Time
		for _, s := range found {
			if s.kind != x.Kind {
				continue
			}
			x.Count++
			if last.Before(s.ends) {
				last = s.ends
			}
			if x.Live == "" || rank(s.live) < rank(x.Live) {
				x.Live = s.live
			}
		}
		if x.Count == 0 {
			continue
		}
		if x.Live == liveNo {
			x.Meaning = ended
		}
		if !last.IsZero() {
			ends := last.UTC().Format(time.RFC3339)
			x.EndsAt = &ends
		}
		list = append(list, x)
	}
	slices.SortStableFunc(list, func(a, b finding.Exposure) int { return boolInt(a.Live == liveNo) - boolInt(b.Live == liveNo) })
	return list
}

func rank(live string) int { return slices.Index([]string{liveYes, liveUnknown, liveNo}, live) }

// rejoined is a text with what a mail program, a terminal or a quoted answer broke
// into lines put together again: a line that ends in the middle of something long
// in base64, and the next one, without the marks of a quotation. Encoded dots are
// dots.
func rejoined(text string) string {
	const long = 40 // what ends a line that was broken; words are shorter
	var b strings.Builder
	b.Grow(len(text))
	for rest := text; ; {
		i := strings.IndexAny(rest, "\r\n\\%")
		if i < 0 {
			b.WriteString(rest)
			return b.String()
		}
		b.WriteString(rest[:i])
		before, after := rest[:i], rest[i:]
		next := after[lineBreak(after):]
		switch {
		case len(after) >= 3 && strings.EqualFold(after[:3], "%2E"):
			b.WriteByte('.')
			rest = after[3:]
		case len(next) < len(after) && next != "" && tokenByte(next[0]) && !strings.HasPrefix(next, "eyJ") && endsInRun(before, long):
			rest = next
		default:
			b.WriteByte(after[0])
			rest = after[1:]
		}
	}
}

// endsInRun reports whether s ends with n bytes of a token.
func endsInRun(s string, n int) bool {
	return len(s) >= n && run(s[len(s)-n:], tokenByte) == n
}

// lineBreak is the length of a line break, in JSON's escape or as it is, with the
// marks of a quotation after it; 0 if s does not begin with one.
func lineBreak(s string) int {
	rest := s
	for _, end := range []string{"\r", "\n", `\r`, `\n`} {
		rest = strings.TrimPrefix(rest, end)
	}
	if len(rest) == len(s) {
		return 0
	}
	return len(s) - len(strings.TrimLeft(rest, " \t>|"))
}

// jwts finds signed JWTs: three parts of base64url, the first of which begins with
// the { of a JSON object and what may follow it.
func jwts(text string, now time.Time, found map[string]secret) {
	for at := 0; ; {
		i := strings.IndexByte(text[at:], 'e')
		if i < 0 {
			return
		}
		start := at + i
		at = start + 1
		if !opensObject(text[start:]) || start > 0 && base64url(text[start-1]) {
			continue
		}
		end := start + run(text[start:], func(c byte) bool { return base64url(c) || c == '.' })
		at = end
		parts := strings.Split(text[start:end], ".")
		if len(parts) < 3 || len(parts[1]) < 4 || len(parts[2]) < minSignature {
			continue // no signature, or one that was taken out: nobody can use it
		}
		s := secret{kind: kindJWT, live: liveUnknown}
		var header struct {
			KeyID string `json:"kid"`
		}
		var claims struct {
			Issuer   string          `json:"iss"`
			Audience json.RawMessage `json:"aud"`
			Expires  float64         `json:"exp"`
		}
		if decode(parts[0], &header) && decode(parts[1], &claims) {
			s.judge(header.KeyID, claims.Issuer, string(claims.Audience), claims.Expires, now)
		}
		before := asciiLower(text[max(0, start-40):start])
		s.bearer = strings.HasSuffix(before, "bearer ")
		switch {
		case strings.Contains(before, "refresh_token"):
			s.kind = kindRefreshToken
		case s.kind != kindJWT:
		case strings.Contains(before, "client_assertion"):
			s.kind = kindAssertion
		case strings.Contains(before, "bearer") || strings.Contains(before, "access_token"):
			s.kind = kindAccessToken
		}
		found[parts[0]+"."+parts[1]] = s // without what a line break brought in behind it
	}
}

// opensObject reports whether base64url begins with {" , or { and a blank.
func opensObject(s string) bool {
	if len(s) < 3 || s[0] != 'e' {
		return false
	}
	return s[1] == 'y' && (s[2] == 'J' || s[2] == 'A') || s[1] == 'w' && (s[2] == 'o' || s[2] == '0' || s[2] == 'k')
}

const (
	// minSignature is below every signature, and above what people write in place
	// of one.
	minSignature = 20
	// maxExpiry is the last second that time.RFC3339 can write.
	maxExpiry = 253402300799
)

// judge says what a JWT is for and whether it has ended.
func (s *secret) judge(keyID, issuer, audience string, expires float64, now time.Time) {
	switch {
	case strings.Contains(issuer, "netsuite.com") || strings.HasPrefix(keyID, "s.SYSTEM") || strings.HasPrefix(keyID, "c."):
		s.kind = kindAccessToken
	case strings.Contains(strings.ReplaceAll(audience, `\/`, "/"), "/oauth2/v1/token"):
		s.kind = kindAssertion
	}
	if expires > 0 && expires <= maxExpiry {
		s.ends, s.live = time.Unix(int64(expires), 0), liveNo
		if now.Before(s.ends) {
			s.live = liveYes
		}
	}
}

func decode(part string, into any) bool {
	raw, err := base64.RawURLEncoding.DecodeString(part)
	return err == nil && json.Unmarshal(raw, into) == nil
}

// framedKeys finds private keys in PEM, also in one line, and reports whether there
// were any.
func framedKeys(text string, found map[string]secret) (there bool) {
	const frame = "PRIVATE KEY-----"
	for at := 0; ; {
		i := strings.Index(text[at:], frame)
		if i < 0 {
			break
		}
		start := at + i
		at = start + len(frame)
		line := text[max(0, start-40):start]
		begin := strings.LastIndex(line, "-----BEGIN")
		if begin < 0 {
			continue
		}
		body := text[at:min(len(text), at+400)]
		body, _, _ = strings.Cut(body, "-----END")
		if count(body, base64std) < 40 {
			continue // taken out
		}
		kind := kindPrivateKey
		if strings.Contains(line[begin:], "ENCRYPTED") || strings.Contains(body, "4,ENCRYPTED") {
			kind = kindEncryptedKey
		}
		found[body] = secret{kind: kind, live: liveUnknown}
		there = true
	}
	return there
}

// bareKeys finds private keys in base64 without that frame, and whole PEM files in
// base64, as variables of CI hold them.
func bareKeys(text string, found map[string]secret) {
	const (
		shortest = 60               // no key is shorter
		pem      = "LS0tLS1CRUdJTi" // -----BEGIN
	)
	for at := 0; at < len(text); {
		n := run(text[at:], func(c byte) bool { return base64std(c) && c != '=' })
		switch value := text[at : at+n]; {
		case n < shortest:
		case strings.HasPrefix(value, pem):
			raw, _ := base64.RawStdEncoding.DecodeString(value[:n-n%4])
			framedKeys(string(raw), found)
		default:
			if kind := keyKind(value); kind != "" {
				found[value[:shortest]] = secret{kind: kind, live: liveUnknown} // without what a line break brought in behind it
			}
		}
		at += n + 1
	}
}

// keyKind is the kind of a private key by its first bytes in DER, "" for anything
// else. All are a SEQUENCE that begins with an INTEGER: 0 and the modulus (PKCS#1)
// or the algorithm (PKCS#8), 1 and the private number (SEC 1), 3 and what is
// encrypted (PKCS#12). Certificates and public keys begin in another way.
func keyKind(value string) string {
	der, err := base64.RawStdEncoding.DecodeString(value[:16])
	if err != nil || der[0] != 0x30 {
		return ""
	}
	length := 1
	if der[1] >= 0x80 {
		length += int(der[1] - 0x80)
	}
	if length > 3 || der[1+length] != 0x02 || der[2+length] != 1 {
		return ""
	}
	switch version, next := der[3+length], der[4+length]; {
	case version == 0 && (next == 0x02 || next == 0x30), version == 1 && (next == 0x04 || next == 0x30):
		return kindPrivateKey
	case version == 3 && next == 0x30:
		return kindEncryptedKey
	}
	return ""
}

// otherKeys finds private keys in PuTTY's form, and private JWKs.
func otherKeys(text string, found map[string]secret) {
	if _, lines, ok := strings.Cut(text, "\nPrivate-Lines:"); ok && count(lines[:min(len(lines), 200)], base64std) >= 40 { // PuTTY's
		found["Private-Lines"] = secret{kind: kindPrivateKey, live: liveUnknown}
	}
	if strings.Contains(text, `"kty"`) {
		for at := 0; ; {
			i := strings.Index(text[at:], `"d"`)
			if i < 0 {
				break
			}
			at += i + 3
			rest := strings.TrimLeft(text[at:min(len(text), at+16)], " :\"\n\r\t")
			value := len(text[at:min(len(text), at+16)]) - len(rest) + at
			if n := run(text[value:], base64url); n >= 40 {
				found[text[value:value+n]] = secret{kind: kindPrivateKey, live: liveUnknown}
			}
		}
	}
}

// labelled finds values beside the name of a secret.
func labelled(text, lower string, found map[string]secret) {
	for _, l := range []struct{ label, kind string }{
		{"client_secret", kindClientSecret}, {"clientsecret", kindClientSecret}, {"client secret", kindClientSecret}, {"client-secret", kindClientSecret},
		{"consumer_secret", kindClientSecret}, {"consumersecret", kindClientSecret}, {"consumer secret", kindClientSecret},
		{"token_secret", kindTokenSecret}, {"tokensecret", kindTokenSecret}, {"token secret", kindTokenSecret},
		{"access_token", kindAccessToken}, {"accesstoken", kindAccessToken}, {"refresh_token", kindRefreshToken}, {"refreshtoken", kindRefreshToken},
		{"nlauth_signature", kindPassword},
	} {
		for at := 0; ; {
			i := strings.Index(lower[at:], l.label)
			if i < 0 {
				break
			}
			at += i + len(l.label)
			start := at + run(text[at:min(len(text), at+12)], func(c byte) bool { return strings.IndexByte(" \t\r\n:=\"'\\>,`*|", c) >= 0 })
			if start == at {
				continue
			}
			value := text[start : start+run(text[start:], tokenByte)]
			at = start + len(value) // and not again through a long one
			if !plausible(value, l.kind) {
				continue
			}
			found[value] = secret{kind: l.kind, live: liveUnknown}
		}
	}
	passwords(text, lower, found)
	// curl -u and the like: a Client ID and a secret.
	for at := 0; ; {
		i := strings.IndexByte(text[at:], ':')
		if i < 0 {
			return
		}
		at += i + 1
		if at > 64 && run(text[at-65:at-1], hex) == 64 && (at == 65 || !hex(text[at-66])) && run(text[at:min(len(text), at+65)], hex) == 64 {
			found[text[at:at+64]] = secret{kind: kindClientSecret, live: liveUnknown}
		}
	}
}

// passwords finds what stands behind the word, as in JSON, a form, SOAP or a mail:
// with a digit and a letter in it, as a word of a sentence has not.
func passwords(text, lower string, found map[string]secret) {
	const label, shortest, longest = "password", 8, 128
	for at := 0; ; {
		i := strings.Index(lower[at:], label)
		if i < 0 {
			return
		}
		at += i + len(label)
		if tag := strings.IndexByte(text[at:min(len(text), at+64)], '>'); tag > 0 && text[at] == ' ' && !strings.ContainsAny(text[at:at+tag], "<\n") {
			at += tag // past the attributes of an element
		}
		between := run(text[at:min(len(text), at+6)], func(c byte) bool { return strings.IndexByte(" \t:=\"'\\>", c) >= 0 })
		if !strings.ContainsAny(text[at:at+between], ":=>") {
			continue
		}
		start := at + between
		value := text[start : start+run(text[start:min(len(text), start+longest)], func(c byte) bool {
			return c > ' ' && strings.IndexByte("\"'\\<>&,;", c) < 0
		})]
		digits := count(value, func(c byte) bool { return c >= '0' && c <= '9' })
		letters := count(value, func(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' })
		if len(value) >= shortest && digits > 0 && letters > 0 && !strings.ContainsAny(value[:1], "$%{[(") {
			found[value] = secret{kind: kindPassword, live: liveUnknown}
		}
	}
}

// plausible tells a value from a word that somebody put in its place.
func plausible(value, kind string) bool {
	if kind == kindPassword {
		return len(value) >= 6 && strings.Trim(value, "*xX.") != ""
	}
	if opensObject(value) {
		return false // a JWT, which was looked at already
	}
	digits := count(value, func(c byte) bool { return c >= '0' && c <= '9' })
	different := map[byte]bool{}
	for i := range len(value) {
		different[value[i]] = true
	}
	return len(value) >= 24 && digits >= 3 && len(different) >= 8
}

// headers finds what the headers of a request hold.
func headers(text, lower string, found map[string]secret) {
	for _, h := range []struct{ scheme, kind string }{{"basic ", kindBasic}, {"bearer ", kindAccessToken}} {
		for at := 0; ; {
			i := strings.Index(lower[at:], h.scheme)
			if i < 0 {
				break
			}
			at += i + len(h.scheme)
			value := text[at : at+run(text[at:], tokenByte)]
			at += len(value)
			if !plausible(value, h.kind) {
				continue
			}
			if h.kind == kindBasic {
				raw, err := base64.StdEncoding.DecodeString(value)
				if err != nil || !strings.Contains(string(raw), ":") {
					continue
				}
			}
			found[value] = secret{kind: h.kind, live: liveUnknown}
		}
	}
	for line := range strings.Lines(text) {
		l := strings.ToLower(strings.TrimLeft(line[:min(len(line), 4096)], " \t>"))
		if strings.HasPrefix(l, "cookie:") && strings.Contains(l, "jsessionid=") {
			found[line] = secret{kind: kindSessionCookie, live: liveUnknown}
		}
	}
}

func run(s string, in func(byte) bool) int {
	n := 0
	for n < len(s) && in(s[n]) {
		n++
	}
	return n
}

func count(s string, in func(byte) bool) int {
	n := 0
	for i := range len(s) {
		if in(s[i]) {
			n++
		}
	}
	return n
}

func base64url(c byte) bool { return wordByte(c) || c == '-' }
func base64std(c byte) bool { return wordByte(c) && c != '_' || c == '+' || c == '/' || c == '=' }
func tokenByte(c byte) bool { return wordByte(c) || strings.IndexByte("-.~+/=", c) >= 0 }
func hex(c byte) bool       { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }
