package certgen

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// attribute is an attribute type of a subject, with its limit in RFC 5280, A.1.
type attribute struct {
	name string
	oid  asn1.ObjectIdentifier
	max  int  // length in characters
	ia5  bool // encoded as IA5String (ASCII)
}

// attributes has the attribute types that certificate tools ask for.
var attributes = []attribute{
	{name: "CN", oid: asn1.ObjectIdentifier{2, 5, 4, 3}, max: 64},
	{name: "O", oid: asn1.ObjectIdentifier{2, 5, 4, 10}, max: 64},
	{name: "OU", oid: asn1.ObjectIdentifier{2, 5, 4, 11}, max: 64},
	{name: "L", oid: asn1.ObjectIdentifier{2, 5, 4, 7}, max: 128},
	{name: "ST", oid: asn1.ObjectIdentifier{2, 5, 4, 8}, max: 128},
	{name: "C", oid: asn1.ObjectIdentifier{2, 5, 4, 6}, max: 2},
	{name: "emailAddress", oid: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}, max: 255, ia5: true},
}

// SubjectError says why the subject of a certificate is invalid.
type SubjectError struct{ Why string }

func (e *SubjectError) Error() string { return "the subject " + e.Why }

func badSubject(format string, args ...any) error {
	return &SubjectError{fmt.Sprintf(format, args...)}
}

// subject parses the subject of a certificate, which is one of these:
//
//   - a distinguished name as in RFC 4514, "CN=ERP,O=Example", where a backslash
//     escapes a comma or another character
//   - a distinguished name as in openssl, "/O=Example/CN=ERP"
//   - otherwise a common name, "ERP sync"
//
// The result has the order of the certificate, the reverse of RFC 4514.
func subject(text string) (pkix.RDNSequence, error) {
	if err := printable(text); err != nil {
		return nil, err
	}
	if strings.TrimSpace(text) == "" {
		return nil, badSubject("is empty")
	}
	text = strings.TrimSpace(text)
	separator, body := ",", text
	if rest, ok := strings.CutPrefix(text, "/"); ok && strings.Contains(rest, "=") {
		separator, body = "/", rest
	} else if name, _, found := strings.Cut(text, "="); !found || !looksLikeAttribute(name) {
		return sequence([][2]string{{"CN", text}}, false)
	}
	parts, err := split(body, separator)
	if err != nil {
		return nil, err
	}
	return sequence(parts, separator == ",")
}

func printable(text string) error {
	switch {
	case !utf8.ValidString(text):
		return badSubject("is not valid UTF-8")
	case strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }):
		return badSubject("contains a line break, a control character or another unprintable character")
	}
	return nil
}

// looksLikeAttribute reports whether name may be an attribute type. It is true for the
// start of "CN=ERP", and false for the start of the common name "night run, a=b".
func looksLikeAttribute(name string) bool {
	name = strings.TrimSpace(name)
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.')
	})
}

// split splits a distinguished name at unescaped separators into names and values. A
// backslash escapes the next character, or makes a byte of two hex digits (RFC 4514).
func split(text, separator string) ([][2]string, error) {
	var parts [][2]string
	var part []byte
	name, named := "", false
	end := func() error {
		value := strings.TrimSpace(string(part))
		part = nil
		if !named {
			return badSubject("has a part without =: write NAME=VALUE, such as CN=ERP, and a backslash before a %s in a value", separator)
		}
		parts, named = append(parts, [2]string{strings.TrimSpace(name), value}), false
		return nil
	}
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\\' && i+1 == len(text):
			return nil, badSubject("ends with a backslash")
		case c == '\\':
			if b, err := hex.DecodeString(text[i+1 : min(i+3, len(text))]); err == nil && len(b) == 1 {
				part = append(part, b...)
				i += 2
			} else {
				part = append(part, text[i+1])
				i++
			}
		case string(c) == separator:
			if err := end(); err != nil {
				return nil, err
			}
		case c == '=' && !named:
			name, named = string(part), true
			part = nil
		case c == '+' && separator == ",":
			return nil, badSubject("has several values in one part (+); write a plus in a value as \\+")
		case (c == ';' || c == '"') && separator == ",":
			return nil, badSubject("needs a backslash before %c (RFC 4514); commas separate the parts", c)
		default:
			part = append(part, c)
		}
	}
	return parts, end()
}

// sequence encodes the parts in their order, or in reverse.
func sequence(parts [][2]string, reversed bool) (pkix.RDNSequence, error) {
	var seq pkix.RDNSequence
	for i := range parts {
		part := parts[i]
		if reversed {
			part = parts[len(parts)-1-i]
		}
		value, err := encoded(part[0], part[1])
		if err != nil {
			return nil, err
		}
		seq = append(seq, pkix.RelativeDistinguishedNameSET{value})
	}
	return seq, nil
}

func encoded(name, value string) (pkix.AttributeTypeAndValue, error) {
	var names []string
	for _, a := range attributes {
		names = append(names, a.name)
		if !strings.EqualFold(a.name, name) {
			continue
		}
		if err := printable(value); err != nil { // again: escapes may have added bytes
			return pkix.AttributeTypeAndValue{}, err
		}
		switch n := utf8.RuneCountInString(value); {
		case n == 0:
			return pkix.AttributeTypeAndValue{}, badSubject("has an empty %s", a.name)
		case n > a.max:
			return pkix.AttributeTypeAndValue{}, badSubject("has %d characters in %s; X.509 allows %d", n, a.name, a.max)
		case a.name == "C" && !twoLetters(value):
			return pkix.AttributeTypeAndValue{}, badSubject("has a country (C) that is not two capital letters, such as US")
		case a.ia5 && strings.ContainsFunc(value, func(r rune) bool { return r > unicode.MaxASCII }):
			return pkix.AttributeTypeAndValue{}, badSubject("has letters in %s that are not ASCII", a.name)
		}
		var v any = value
		if a.ia5 {
			v = asn1.RawValue{Tag: asn1.TagIA5String, Bytes: []byte(value)}
		}
		return pkix.AttributeTypeAndValue{Type: a.oid, Value: v}, nil
	}
	return pkix.AttributeTypeAndValue{}, badSubject("has an unknown attribute: want %s", strings.Join(names, ", "))
}

func twoLetters(s string) bool {
	return len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}
