package secretscan

import (
	"encoding/base64"
	"strings"
)

// pemKeys finds private keys in PEM, also in one line, and reports whether there are
// any.
func (s secrets) pemKeys(text string) (found bool) {
	const label = "PRIVATE KEY-----"
	for at := after(text, label, 0); at >= 0; at = after(text, label, at) {
		start := at - len(label)
		line := text[max(0, start-40):start]
		begin := strings.LastIndex(line, "-----BEGIN")
		if begin < 0 {
			continue
		}
		body := text[at:min(len(text), at+400)]
		body, _, _ = strings.Cut(body, "-----END")
		if count(body, base64std) < 40 {
			continue // a placeholder
		}
		kind := PrivateKey
		if strings.Contains(line[begin:], "ENCRYPTED") || strings.Contains(body, "4,ENCRYPTED") {
			kind = EncryptedKey
		}
		s.add(body, kind)
		found = true
	}
	return found
}

// base64Keys finds private keys in base64 without the PEM lines, and whole PEM files
// in base64, as in CI variables.
func (s secrets) base64Keys(text string) {
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
			s.pemKeys(string(raw))
		default:
			if kind := keyKind(value); kind != "" {
				s.add(value[:shortest], kind) // without text joined after it
			}
		}
		at += n + 1
	}
}

// keyKind is the kind of a private key by its first bytes in DER, "" for anything
// else. Each is a SEQUENCE that begins with an INTEGER: 0 and the modulus (PKCS#1) or
// the algorithm (PKCS#8), 1 and the private number (SEC 1), 3 and encrypted data
// (PKCS#12). Certificates and public keys begin differently.
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

// otherKeys finds private keys of PuTTY, and private JWKs.
func (s secrets) otherKeys(text string) {
	if _, lines, ok := strings.Cut(text, "\nPrivate-Lines:"); ok && count(lines[:min(len(lines), 200)], base64std) >= 40 {
		s.add("Private-Lines", PrivateKey)
	}
	if !strings.Contains(text, `"kty"`) {
		return
	}
	for at := after(text, `"d"`, 0); at >= 0; at = after(text, `"d"`, at) {
		value := at + run(text[at:min(len(text), at+16)], func(c byte) bool { return strings.IndexByte(" :\"\n\r\t", c) >= 0 })
		if n := run(text[value:], base64url); n >= 40 {
			s.add(text[value:value+n], PrivateKey)
		}
	}
}
