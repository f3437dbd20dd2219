package secretscan

import (
	"encoding/base64"
	"strings"
)

// framedKeys finds private keys in PEM, also in one line, and reports whether there
// were any.
func framedKeys(text string, found map[string]Secret) (there bool) {
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
		kind := PrivateKey
		if strings.Contains(line[begin:], "ENCRYPTED") || strings.Contains(body, "4,ENCRYPTED") {
			kind = EncryptedKey
		}
		found[body] = Secret{Kind: kind, Live: LiveUnknown}
		there = true
	}
	return there
}

// bareKeys finds private keys in base64 without that frame, and whole PEM files in
// base64, as variables of CI hold them.
func bareKeys(text string, found map[string]Secret) {
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
				found[value[:shortest]] = Secret{Kind: kind, Live: LiveUnknown} // without what a line break brought in behind it
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
		return PrivateKey
	case version == 3 && next == 0x30:
		return EncryptedKey
	}
	return ""
}

// otherKeys finds private keys in PuTTY's form, and private JWKs.
func otherKeys(text string, found map[string]Secret) {
	if _, lines, ok := strings.Cut(text, "\nPrivate-Lines:"); ok && count(lines[:min(len(lines), 200)], base64std) >= 40 { // PuTTY's
		found["Private-Lines"] = Secret{Kind: PrivateKey, Live: LiveUnknown}
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
				found[text[value:value+n]] = Secret{Kind: PrivateKey, Live: LiveUnknown}
			}
		}
	}
}
