package secretscan

import (
	"strings"

	"github.com/nsauth/nsauth/internal/text"
)

// Value says what stands where a name, a path or an ID belongs: "the content of a key or
// certificate", "a token" or "a secret"; "" for any other value. It also recognizes
// damaged ones.
func Value(value string) string {
	s := strings.Trim(value, " \t\r\n\"'`\ufeff\u00a0\u200b\u201c\u201d\u2018\u2019")
	lower := text.LowerASCII(s)
	switch {
	case strings.Contains(s, "-----"), strings.Contains(lower, "private key"), strings.Contains(s, `"kty"`),
		startsDER(s), strings.Contains(s, "LS0tLS1CRUdJTi"):
		return "the content of a key or certificate"
	case sendsToken(s), isToken(s), holdsToken(s), namesToken(lower):
		return "a token"
	case namesSecret(lower), len(s) >= 120 && run(s, base64Byte) == len(s) && (s[0] == '+' || wordByte(s[0])):
		return "a secret" // two joined lines of base64; a file name would have a dot or start with a slash
	}
	return ""
}

// Opens is Value for a command line, which may name the secret that it prints: it is one
// only if it begins with a secret.
func Opens(command string) string {
	s := strings.TrimSpace(command)
	switch {
	case strings.Contains(s, "-----BEGIN"), startsDER(s), strings.HasPrefix(s, "LS0tLS1CRUdJTi"):
		return "the content of a key or certificate"
	case sendsToken(s), isToken(s):
		return "a token"
	case strings.HasPrefix(s, "{") || strings.HasPrefix(s, `"`) || !strings.ContainsAny(s, " \t\n"):
		return Value(s)
	}
	return ""
}

// Plausible reports whether a value that is not a file can be a secret: it is long,
// random rather than words, and not a path.
func Plausible(value string) bool {
	s := strings.TrimSpace(value)
	return run(s, tokenByte) == len(s) && plausible(s, AccessToken) && (!PathLike(s) || strings.ContainsAny(s, "+="))
}

// Hex reports whether a value has hexadecimal digits only. Package keys says what it is
// in place of a key.
func Hex(value string) bool { return run(value, hex) == len(value) }

// PathLike reports whether a value looks like a path: it has a separator, or a short
// extension.
func PathLike(value string) bool {
	const longest = 5 // of an extension
	if strings.ContainsAny(value, `/\`) || strings.HasPrefix(value, "~") {
		return true
	}
	dot := strings.LastIndexByte(value, '.')
	ext := value[dot+1:]
	return dot >= 0 && ext != "" && len(ext) <= longest && run(ext, text.Alphanumeric) == len(ext) && run(ext, digit) < len(ext)
}

// startsDER recognizes the DER of a key or certificate, a SEQUENCE, in base64.
func startsDER(s string) bool {
	return (strings.HasPrefix(s, "MI") || strings.HasPrefix(s, "MH")) && run(s, base64std) >= 62
}

func base64Byte(c byte) bool { return base64std(c) || c == '_' || c == '-' }

// sendsToken recognizes the value of an Authorization header, also with its name.
func sendsToken(s string) bool {
	const shortest = 8 // of a token; words are not sent
	if name, value, ok := strings.Cut(s, ":"); ok && strings.EqualFold(strings.TrimSpace(name), "authorization") {
		s = strings.TrimSpace(value)
	}
	scheme, token, ok := strings.Cut(s, " ")
	token = strings.TrimSpace(token)
	return ok && (strings.EqualFold(scheme, "Bearer") || strings.EqualFold(scheme, "Basic")) && run(token, tokenByte) >= shortest
}

// isToken recognizes the parts of a JWT: its header, a dot, and more. Spaces and line
// breaks that a terminal or a mail program put into it do not count.
func isToken(s string) bool {
	const header = 13 // the shortest one, {"alg":"x"}
	s = strings.Join(strings.Fields(s), "")
	first, rest, dotted := strings.Cut(s, ".")
	return opensObject(s) && len(first) >= header && run(first, base64url) == len(first) &&
		(dotted && rest != "" && s[1] == 'y' || len(s) >= 60)
}

// holdsToken recognizes a token after something else: a folder, a name, Bearer.
func holdsToken(s string) bool {
	for at := after(s, "e", 0); at >= 0; at = after(s, "e", at) {
		start := at - 1
		if escaped := start >= 3 && s[start-3] == '%'; start > 0 && base64url(s[start-1]) && !escaped {
			continue
		}
		rest := s[start:]
		if isToken(rest[:run(rest, func(c byte) bool { return base64url(c) || c == '.' })]) {
			return true
		}
	}
	return false
}

// namesToken recognizes the answer of a token endpoint and the body of a token request,
// also a part of them.
func namesToken(lower string) bool {
	for _, name := range []string{"access_token", "refresh_token", "id_token", "client_assertion"} {
		if at := strings.Index(lower, name); at >= 0 && given(lower[at+len(name):]) {
			return true
		}
	}
	return false
}

// namesSecret recognizes a secret with its name.
func namesSecret(lower string) bool {
	for _, name := range []string{"client_secret", "clientsecret", "consumer_secret", "consumer-secret", "token_secret", "token-secret", "password", "passphrase"} {
		if at := strings.Index(lower, name); at >= 0 && given(lower[at+len(name):]) {
			return true
		}
	}
	return false
}

// given reports whether a value of eight bytes or more follows a name.
func given(rest string) bool {
	const shortest = 8
	value := strings.TrimLeft(rest, " \t\"'\\:=")
	return len(value) < len(rest) && strings.ContainsAny(rest[:len(rest)-len(value)], ":=") && len(value) >= shortest
}
