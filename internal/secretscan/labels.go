package secretscan

import (
	"encoding/base64"
	"strings"
)

// labels are the names that stand before a secret, in lower case.
var labels = []struct{ label, kind string }{
	{"client_secret", ClientSecret}, {"clientsecret", ClientSecret}, {"client secret", ClientSecret}, {"client-secret", ClientSecret},
	{"consumer_secret", ClientSecret}, {"consumersecret", ClientSecret}, {"consumer secret", ClientSecret},
	{"consumer-secret", ClientSecret}, {"token-secret", TokenSecret}, {"token_secret", TokenSecret}, {"tokensecret", TokenSecret}, {"token secret", TokenSecret},
	{"access_token", AccessToken}, {"accesstoken", AccessToken}, {"refresh_token", RefreshToken}, {"refreshtoken", RefreshToken},
	{"nlauth_signature", Password},
}

// labelled finds values after the name of a secret.
func (s secrets) labelled(text, lower string) {
	for _, l := range labels {
		for at := after(lower, l.label, 0); at >= 0; at = after(lower, l.label, at) {
			start := at + run(text[at:min(len(text), at+12)], func(c byte) bool { return strings.IndexByte(" \t\r\n:=\"'\\>,`*|", c) >= 0 })
			if start == at {
				continue
			}
			value := text[start : start+run(text[start:], tokenByte)]
			at = start + len(value) // a long value is read once
			if plausible(value, l.kind) {
				s.add(value, l.kind)
			}
		}
	}
}

// clientIDWithSecret finds what curl -u and the like send: a Client ID, a colon and a
// secret.
func (s secrets) clientIDWithSecret(text string) {
	for at := after(text, ":", 0); at >= 0; at = after(text, ":", at) {
		if at > 64 && run(text[at-65:at-1], hex) == 64 && (at == 65 || !hex(text[at-66])) && run(text[at:min(len(text), at+65)], hex) == 64 {
			s.add(text[at:at+64], ClientSecret)
		}
	}
}

// passwords finds values after the word "password" in JSON, a form, SOAP or a mail. A
// password has a digit and a letter; a word of a sentence does not.
func (s secrets) passwords(text, lower string) {
	const label, shortest, longest = "password", 8, 128
	for at := after(lower, label, 0); at >= 0; at = after(lower, label, at) {
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
		if len(value) >= shortest && count(value, digit) > 0 && count(value, letter) > 0 && !strings.ContainsAny(value[:1], "$%{[(") {
			s.add(value, Password)
		}
	}
}

// plausible reports whether a value can be a secret, and is not a placeholder.
func plausible(value, kind string) bool {
	if kind == Password {
		return len(value) >= 6 && strings.Trim(value, "*xX.") != ""
	}
	if opensObject(value) {
		return false // a JWT: see jwts
	}
	different := map[byte]bool{}
	for i := range len(value) {
		different[value[i]] = true
	}
	return len(value) >= 24 && count(value, digit) >= 3 && len(different) >= 8
}

// headers finds secrets in the headers of a request.
func (s secrets) headers(text, lower string) {
	for _, h := range []struct{ scheme, kind string }{{"basic ", Basic}, {"bearer ", AccessToken}} {
		for at := after(lower, h.scheme, 0); at >= 0; at = after(lower, h.scheme, at) {
			value := text[at : at+run(text[at:], tokenByte)]
			at += len(value)
			raw, err := base64.StdEncoding.DecodeString(value)
			if plausible(value, h.kind) && (h.kind != Basic || err == nil && strings.Contains(string(raw), ":")) {
				s.add(value, h.kind)
			}
		}
	}
	for line := range strings.Lines(text) {
		l := strings.ToLower(strings.TrimLeft(line[:min(len(line), 4096)], " \t>"))
		if strings.HasPrefix(l, "cookie:") && strings.Contains(l, "jsessionid=") {
			s.add(line, SessionCookie)
		}
	}
}
