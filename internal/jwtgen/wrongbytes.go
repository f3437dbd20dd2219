package jwtgen

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
)

// textFault recognises a signature that is text: hexadecimal digits, base64, or what a
// program prints of a value that is not bytes. It is nil for bytes.
func (alg algorithm) textFault(sig []byte) *Fault {
	ev := evidence{"alg": alg.name, "length": len(sig)}
	text, plain := strings.TrimSpace(string(sig)), base64.RawURLEncoding.EncodeToString(sig)
	if f := wordFault(plain); f != nil {
		return f
	}
	switch {
	case isBoolean(text):
		return fault(KindSignatureInvalid, "boolean", ev)
	case len(plain) >= minHex && isHex(plain):
		return fault(KindSignatureInvalid, "hex-part", ev)
	case len(text) < 16 && !isWords(text):
		return nil
	case isWords(text):
		return fault(KindSignatureInvalid, "not-bytes", ev)
	case isHex(text):
		return fault(KindSignatureInvalid, "hex", ev)
	case isBase64(text):
		return fault(KindSignatureInvalid, "encoded-twice", ev)
	}
	return nil
}

// minHex is the length of the shortest signature in hexadecimal, that of ES256.
const minHex = 128

// wordFault recognises a third part that is the word for a value and not base64url; nil
// for other text.
func wordFault(part string) *Fault {
	switch {
	case isBoolean(part):
		return fault(KindSignatureInvalid, "boolean", evidence{"length": len(part)})
	case isWords(part):
		return fault(KindSignatureInvalid, "not-bytes", evidence{"length": len(part)})
	}
	return nil
}

func isBoolean(s string) bool {
	return slices.Contains([]string{"1", "0", "true", "false"}, strings.ToLower(s))
}

// isWords recognises undefined, [object Promise], b'\x1a...', <Buffer 1a ...> and
// System.Byte[].
func isWords(s string) bool {
	lower := strings.ToLower(s)
	return slices.Contains([]string{"undefined", "null", "none", "nil", "system.byte[]", "nan"}, lower) ||
		strings.HasPrefix(s, "[object ") || strings.HasPrefix(s, "b'") || strings.HasPrefix(s, `b"`) || strings.HasPrefix(s, "<Buffer ") || strings.HasPrefix(s, "[B@")
}

func isHex(s string) bool {
	_, err := hex.DecodeString(strings.NewReplacer(":", "", " ", "").Replace(s))
	return err == nil
}

// isBase64 recognises text of more than 80 characters in base64: bytes are never by
// chance that many letters and digits.
func isBase64(s string) bool {
	return len(s) > 80 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_\r\n") == ""
}

// otherInputs are what programs sign by mistake in place of the signing input.
var otherInputs = []struct {
	name string // for people
	of   func(header, claims string) []byte
}{
	{"the text with a line break at its end", func(h, c string) []byte { return []byte(h + "." + c + "\n") }},
	{"the text with another dot at its end", func(h, c string) []byte { return []byte(h + "." + c + ".") }},
	{"the claims alone", func(_, c string) []byte { return []byte(c) }},
	{"the claims alone, as JSON", func(_, c string) []byte { return decoded(c) }},
	{"the JSON, before base64url", func(h, c string) []byte { return bytes.Join([][]byte{decoded(h), decoded(c)}, []byte(".")) }},
	{"the text with = padding", func(h, c string) []byte { return []byte(padded(h) + "." + padded(c)) }},
	{"the SHA-256 hash of the text, which is hashed again", func(h, c string) []byte {
		sum := sha256.Sum256([]byte(h + "." + c))
		return sum[:]
	}},
	{"the SHA-256 hash of the text in hexadecimal", func(h, c string) []byte {
		sum := sha256.Sum256([]byte(h + "." + c))
		return []byte(hex.EncodeToString(sum[:]))
	}},
}

func decoded(part string) []byte {
	data, _ := base64.RawURLEncoding.DecodeString(part)
	return data
}

func padded(part string) string { return part + strings.Repeat("=", (4-len(part)%4)%4) }

// otherInput is what was signed in place of the signing input, or "".
func (a *Assertion) otherInput(alg algorithm, key publicKey) string {
	header, claims, _ := strings.Cut(a.SigningInput(), ".")
	for _, input := range otherInputs {
		if signed := string(input.of(header, claims)); alg.verify(key, alg.digest(signed), a.sealed().signature) {
			return input.name
		}
	}
	sig := a.sealed().signature
	switch digest := alg.digest(a.SigningInput()); {
	case alg.verify(key, alg.digest(string(digest)), sig):
		return "the " + alg.hash.String() + " hash of the text, which is hashed again"
	case alg.scheme == schemeECDSA && alg.verify(key, []byte(a.SigningInput()), sig):
		return "the begin of the text, which was not hashed"
	}
	return ""
}
