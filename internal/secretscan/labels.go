package secretscan

import (
	"encoding/base64"
	"strings"
)

// labelled finds values beside the name of a secret.
func labelled(text, lower string, found map[string]Secret) {
	for _, l := range []struct{ label, kind string }{
		{"client_secret", ClientSecret}, {"clientsecret", ClientSecret}, {"client secret", ClientSecret}, {"client-secret", ClientSecret},
		{"consumer_secret", ClientSecret}, {"consumersecret", ClientSecret}, {"consumer secret", ClientSecret},
		{"token_secret", TokenSecret}, {"tokensecret", TokenSecret}, {"token secret", TokenSecret},
		{"access_token", AccessToken}, {"accesstoken", AccessToken}, {"refresh_token", RefreshToken}, {"refreshtoken", RefreshToken},
		{"nlauth_signature", Password},
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
			found[value] = Secret{Kind: l.kind, Live: LiveUnknown}
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
			found[text[at:at+64]] = Secret{Kind: ClientSecret, Live: LiveUnknown}
		}
	}
}

// passwords finds what stands behind the word, as in JSON, a form, SOAP or a mail:
// with a digit and a letter in it, as a word of a sentence has not.
func passwords(text, lower string, found map[string]Secret) {
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
			found[value] = Secret{Kind: Password, Live: LiveUnknown}
		}
	}
}

// plausible tells a value from a word that somebody put in its place.
func plausible(value, kind string) bool {
	if kind == Password {
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
func headers(text, lower string, found map[string]Secret) {
	for _, h := range []struct{ scheme, kind string }{{"basic ", Basic}, {"bearer ", AccessToken}} {
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
			if h.kind == Basic {
				raw, err := base64.StdEncoding.DecodeString(value)
				if err != nil || !strings.Contains(string(raw), ":") {
					continue
				}
			}
			found[value] = Secret{Kind: h.kind, Live: LiveUnknown}
		}
	}
	for line := range strings.Lines(text) {
		l := strings.ToLower(strings.TrimLeft(line[:min(len(line), 4096)], " \t>"))
		if strings.HasPrefix(l, "cookie:") && strings.Contains(l, "jsessionid=") {
			found[line] = Secret{Kind: SessionCookie, Live: LiveUnknown}
		}
	}
}
